"""Workspaces: what pyhf reads, what they say, and what is refused."""

import json
import math

import numpy as np
import pyhf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.templates.templates import SideMeasurement, Template, Templates, histogram
from numm_stats.workspace.spec import build_spec, digest, rounded, to_text

EDGES = np.array([0.2, 0.5, 1.0, 2.0])
POI = "mu_nu2_over_3e-11_squared"
SIGNAL = np.array([3.0, 2.0, 1.0]) / 7
WEAK = np.array([30.0, 40.0, 50.0]) / 7
FLAT = np.array([1.0, 2.0, 4.0]) / 3


def sample(counts, **more):
    return Template(histogram(np.array(counts, dtype=float), EDGES), **more)


def shifted(counts, size):
    return histogram(counts * (1 + size), EDGES), histogram(counts * (1 - size), EDGES)


def templates():
    norm = {"norm": (1.007, 0.993)}
    return Templates(
        EDGES,
        {
            "signal": sample(SIGNAL, power=2, variations={"scale": shifted(SIGNAL, 0.1)}, normalisations=norm),
            "weak": sample(WEAK, variations={"scale": shifted(WEAK, 0.02)}, normalisations=norm),
            "flat": sample(FLAT, statistical=0.1 * FLAT),
        },
    )


def built(**more):
    return build_spec("test", templates(), [POI], **more)


def test_pyhf_accepts_it_and_expects_what_the_templates_say():
    workspace = pyhf.Workspace(built())
    model = workspace.model()
    pars = np.array(model.config.suggested_init())
    assert model.config.poi_name == POI
    assert tuple(model.config.suggested_bounds()[model.config.poi_index]) == (0.0, 10.0)
    expected = SIGNAL + WEAK + FLAT
    # ten digits in the file
    assert model.expected_actualdata(pars) == pytest.approx(expected, rel=1e-9)
    pars[model.config.par_slice("norm")] = 1.0
    pars[model.config.par_slice("scale")] = -1.0
    moved = 1.007 * (0.9 * SIGNAL + 0.98 * WEAK) + FLAT
    # one standard deviation is where pyhf's interpolations pass through the templates
    assert model.expected_actualdata(pars) == pytest.approx(moved, rel=1e-9)


def test_modifiers_stand_where_they_belong():
    signal, weak, flat = built()["channels"][0]["samples"]
    assert [m["type"] for m in signal["modifiers"]] == ["normfactor", "normsys", "histosys"]
    assert [m["type"] for m in weak["modifiers"]] == ["normsys", "histosys"]
    assert [m["type"] for m in flat["modifiers"]] == ["staterror"]
    assert weak["modifiers"][0]["data"] == {"hi": 1.007, "lo": 0.993}
    assert flat["modifiers"][0]["data"] == pytest.approx(0.1 * FLAT, rel=1e-9)


def test_asimov_is_exactly_the_sum_of_the_background_samples_as_stated():
    spec = built()
    samples = spec["channels"][0]["samples"]
    total = [rounded(a + b) for a, b in zip(samples[1]["data"], samples[2]["data"], strict=True)]
    assert spec["observations"] == [{"name": "test", "data": total}]
    assert spec["measurements"][0]["name"] == "test_asimov"


def test_injected_signal_is_added_in_units_of_the_parameter():
    plain, injected = built()["observations"][0]["data"], built(injected=[4.0])["observations"][0]["data"]
    assert np.subtract(injected, plain) == pytest.approx(4.0 * SIGNAL, rel=1e-8)


def test_real_observations_are_kept():
    spec = built(observed=[5, 0, 7.0], bounds=(0.0, 3.0))
    assert spec["observations"][0]["data"] == [5.0, 0.0, 7.0]
    assert spec["measurements"][0]["name"] == "test"
    assert spec["measurements"][0]["config"]["parameters"] == [{"name": POI, "bounds": [[0.0, 3.0]], "inits": [1.0]}]
    assert pyhf.Workspace(spec).data(pyhf.Workspace(spec).model(), include_auxdata=False) == [5.0, 0.0, 7.0]


@pytest.mark.parametrize("observed", [[1.0, 2.0], [1.0, 2.0, 3.0, 4.0], []])
def test_a_wrong_number_of_counts_is_refused(observed):
    with pytest.raises(InputError, match=rf"{len(observed)} counts for 3 bins"):
        built(observed=observed)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0])
def test_impossible_counts_are_refused_with_their_place(bad):
    with pytest.raises(InputError, match=r"count 1 is (nan|inf|-1\.0)"):
        built(observed=[1.0, bad, 2.0])


def test_a_staterror_on_a_negative_sample_is_refused():
    """pyhf divides by the sum of the samples that share it."""
    negative = sample([1.0, -2.0, 1.0], statistical=np.array([0.1, 0.1, 0.1]))
    with pytest.raises(InputError, match=r"'flat' is negative in bin 1 \(-2\)"):
        build_spec("test", Templates(EDGES, {**templates().samples, "flat": negative}), [POI])


@given(st.floats(-1e300, 1e300))
def test_rounding_keeps_ten_digits_and_is_idempotent(value):
    once = rounded(value)
    # half a unit of the tenth digit; numbers near the smallest float have fewer digits than that
    assert once == pytest.approx(value, rel=5.1e-10, abs=1e-320)
    assert rounded(once) == once


def test_every_number_is_rounded_and_nothing_else_changed():
    document = {"a": [1 / 3, 2, True, None, "x"], "b": (np.float64(2 / 3),)}
    assert rounded(document) == {"a": [0.3333333333, 2, True, None, "x"], "b": [0.6666666667]}
    assert type(rounded(document)["a"][1]) is int
    assert json.loads(to_text(built())) == rounded(built())


def test_text_is_the_same_every_time_and_reads_back_to_the_same_workspace():
    spec = built()
    text = to_text(spec)
    assert text == to_text(built())
    assert text == to_text(json.loads(text))
    assert json.loads(text) == spec
    assert text.endswith("}\n")
    assert text.isascii()
    # a list of numbers is one line, so that a diff shows what moved
    assert any(line.strip().startswith('"data": [') and line.rstrip().endswith("]") for line in text.splitlines())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(-1e300, 1e300) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_any_document_survives_its_text(document):
    assert json.loads(to_text(document)) == rounded(document)


def test_the_digest_is_pyhfs():
    spec = built()
    assert digest(spec) == pyhf.utils.digest(spec, algorithm="sha256")
    assert digest(json.loads(to_text(spec))) == digest(spec)


def test_every_signal_term_needs_its_parameter():
    with pytest.raises(ValueError, match="zip"):
        build_spec("test", templates(), [])


def side(counts=(4.0,), observed=(5.0,), **more):
    edges = np.arange(len(counts) + 1.0)
    return SideMeasurement(
        Templates(edges, {"captures": Template(histogram(np.array(counts), edges), **more)}), observed
    )


def with_scales(*, beside=None, factor=1.0, more_signal=False):
    rate = {"sun_rate": (0.0, 5.0)}
    samples = {
        "signal_sun": sample(factor * SIGNAL, power=2, scales=rate),
        "signal_others": sample(0.5 * SIGNAL, power=2),
        "weak": sample(factor * WEAK, scales=rate),
        "flat": sample(FLAT, scales={"flat_rate": (-3.0, 3.0)}),
    }
    if more_signal:
        samples = {"signal_more": sample(0.25 * SIGNAL, power=2), **samples}
    return Templates(EDGES, samples, beside={"side": beside or side(scales=rate)})


def test_signals_of_one_power_share_the_parameter_and_each_has_its_scale():
    spec = build_spec("test", with_scales(), [POI])
    factors = {
        s["name"]: [m["name"] for m in s["modifiers"] if m["type"] == "normfactor"]
        for s in spec["channels"][0]["samples"]
    }
    assert factors == {
        "signal_sun": [POI, "sun_rate"],
        "signal_others": [POI],
        "weak": ["sun_rate"],
        "flat": ["flat_rate"],
    }
    parameters = spec["measurements"][0]["config"]["parameters"]
    assert [(p["name"], p["bounds"], p["inits"]) for p in parameters] == [
        (POI, [[0.0, 10.0]], [1.0]),
        ("sun_rate", [[0.0, 5.0]], [1.0]),
        ("flat_rate", [[-3.0, 3.0]], [1.0]),
    ]


def test_pyhf_multiplies_what_shares_a_scale():
    model = pyhf.Workspace(build_spec("test", with_scales(), [POI])).model()
    theta = np.array(model.config.suggested_init())
    for name, value in ((POI, 3.0), ("sun_rate", 1.5), ("flat_rate", 0.2)):
        theta[model.config.par_slice(name)] = value
    channels = {
        "side": [1.5 * 4.0],
        "test": 3.0 * (1.5 * SIGNAL + 0.5 * SIGNAL) + 1.5 * WEAK + 0.2 * FLAT,
    }
    expected = model.expected_actualdata(theta)
    for name, counts in channels.items():
        # ten digits in the file
        assert expected[model.config.channel_slices[name]] == pytest.approx(counts, rel=1e-9)


def test_beside_an_asimov_set_is_what_is_expected_beside_data_what_was_observed():
    spec = build_spec("test", with_scales(), [POI])
    assert spec["observations"][1] == {"name": "side", "data": [4.0]}
    spec = build_spec("test", with_scales(), [POI], observed=[1.0, 2.0, 3.0])
    assert spec["observations"][1] == {"name": "side", "data": [5.0]}
    assert spec["measurements"][0]["name"] == "test"


def test_the_asimov_set_is_that_of_the_truth_in_every_channel():
    truth = with_scales(factor=1.2, beside=side((7.0,)))
    spec = build_spec("test", with_scales(), [POI], truth=truth, injected=[2.0, 2.0])
    wanted = 1.2 * WEAK + FLAT + 2.0 * (1.2 * SIGNAL + 0.5 * SIGNAL)
    assert spec["observations"][0]["data"] == pytest.approx(wanted, rel=1e-9)
    assert spec["observations"][1]["data"] == [7.0]
    plain = build_spec("test", with_scales(), [POI])
    assert spec["channels"] == plain["channels"]


def test_each_signal_of_the_truth_is_injected():
    truth = with_scales(more_signal=True)
    spec = build_spec("test", with_scales(), [POI], truth=truth, injected=[2.0] * 3)
    assert spec["observations"][0]["data"] == pytest.approx(WEAK + FLAT + 2.0 * 1.75 * SIGNAL, rel=1e-9)


def test_a_truth_without_what_the_model_has_is_refused():
    lacking = Templates(EDGES, with_scales().samples)
    with pytest.raises(InputError, match=r"data\.truth has no 'side'"):
        build_spec("test", with_scales(), [POI], truth=lacking)
    other = Templates(EDGES[:-1], {"weak": Template(histogram(WEAK[:-1], EDGES[:-1]))}, beside={"side": side()})
    with pytest.raises(InputError, match=r"data\.truth has other bins"):
        build_spec("test", with_scales(), [POI], truth=other)


def test_a_channel_beside_has_a_name_of_its_own():
    with pytest.raises(InputError, match="name = 'side' is that of a measurement beside"):
        build_spec("side", with_scales(), [POI])
