"""Several workspaces as one, on their specifications: rescaled signals, names apart, what is said of parameters."""

import json

import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.inference.profile import Profile
from numm_stats.inference.statmodel import read_workspace
from numm_stats.workspace.combining import combine_parts, refuse_twins
from numm_stats.workspace.parts import read_part, renamed, spec_of
from numm_stats.workspace.poi import PointOfInterest, normfactors, tied_powers
from numm_stats.workspace.rescaling import common_parameter, rescaled
from numm_stats.workspace.spec import to_text

MOMENT = "mu_nu2_over_2e-11_squared"
SIZES = {
    "normsys": {"hi": 1.1, "lo": 0.9},
    "histosys": {"hi_data": [33.0, 21.0], "lo_data": [27.0, 19.0]},
    "staterror": [3.0, 2.0],
    "shapesys": [3.0, 2.0],
}


def modifier(name, kind="normsys", size=None):
    return {"name": name, "type": kind, "data": size if size is not None else SIZES.get(kind)}


def workspace(
    *modifiers,
    poi=MOMENT,
    signal=(5.0, 3.0),
    extra=(),
    channel="recoil",
    observed=(31.0, 22.0),
    parameters=(),
    name="m",
):
    """Two bins of signal and background, `modifiers` on the background and `extra` on the signal."""
    samples = [
        {"name": "signal", "data": list(signal), "modifiers": [modifier(poi, "normfactor"), *extra]},
        {"name": "background", "data": [30.0, 20.0], "modifiers": list(modifiers)},
    ]
    return {
        "channels": [{"name": channel, "samples": samples}],
        "observations": [{"name": channel, "data": list(observed)}],
        "measurements": [{"name": name, "config": {"poi": poi, "parameters": list(parameters)}}],
        "version": "1.0.0",
    }


def parts(*specs, **options):
    return [read_part(spec, label, f"{label}.json", **options) for spec, label in zip(specs, "abcdef", strict=False)]


def combined(*specs, **options):
    return combine_parts(parts(*specs), **options)


def said(made):
    return {config["name"]: config for config in made.spec["measurements"][0]["config"]["parameters"]}


def names(made):
    return set(pyhf.Workspace(made.spec).model().config.par_map)


def model_of(spec):
    return read_workspace(spec, powers=tied_powers(normfactors(spec)))


def profile(spec, mu):
    return Profile(model_of(spec)).conditional(mu).deviance


EVERYTHING = workspace(
    modifier("rate", "normfactor"),
    modifier("mc", "staterror"),
    modifier("bins", "shapesys", [4.0, 1.0]),
    extra=(
        modifier("flux"),
        modifier("shape", "histosys", {"hi_data": [6.0, 3.5], "lo_data": [4.5, 2.0]}),
        modifier("mc", "staterror", [0.5, 0.4]),
    ),
    parameters=[{"name": "rate", "bounds": [[0.2, 3.0]], "fixed": True}],
)


@given(st.floats(0.1, 10.0).filter(lambda factor: factor != 1.0), st.sampled_from([0.0, 0.3, 1.0, 2.5, 6.0]))
@settings(max_examples=25, deadline=None)
def test_a_likelihood_does_not_know_its_reference(factor, mu):
    """All modifiers at once; pyhf alone would change the size of a staterror that signal and background share."""
    target = PointOfInterest.read(MOMENT).at(2e-11 * factor)
    moved = rescaled(read_part(EVERYTHING, "a"), target)
    scale = (2e-11 / target.reference) ** 2  # of the parameter
    # minima of a few tens: 1e-9 of them
    assert profile(spec_of(moved), mu * scale) == pytest.approx(profile(EVERYTHING, mu), rel=1e-9, abs=1e-9)
    (bounds,) = moved.parameters[target.name]["bounds"]
    assert bounds == pytest.approx([0.0, 10.0 * scale])


def test_a_staterror_of_signal_and_background_keeps_its_size():
    moved = rescaled(read_part(EVERYTHING, "a"), PointOfInterest.read(MOMENT).at(4e-11))
    sizes = np.hypot([3.0, 2.0], [0.5, 0.4]) / [35.0, 23.0]
    assert moved.parameters["mc"]["sigmas"] == pytest.approx(list(sizes))
    assert pyhf.Workspace(spec_of(moved)).model().config.param_set("mc").sigmas == pytest.approx(list(sizes))
    alone = workspace(extra=(modifier("mc", "staterror", [0.5, 0.4]),))
    assert "mc" not in rescaled(read_part(alone, "a"), PointOfInterest.read(MOMENT).at(4e-11)).parameters


def test_both_terms_of_an_interfering_signal_move_together():
    spec = workspace(poi="g2_over_2e-7_squared", signal=(-4.0, -1.0))
    quartic = {"name": "square", "data": [6.0, 2.0], "modifiers": [modifier("g4_over_2e-7_fourth", "normfactor")]}
    spec["channels"][0]["samples"].append(quartic)
    moved = spec_of(rescaled(read_part(spec, "a"), PointOfInterest.read("g2_over_6e-7_squared")))
    data = {sample["name"]: sample["data"] for sample in moved["channels"][0]["samples"]}
    assert data["signal"] == pytest.approx([-36.0, -9.0])
    assert data["square"] == pytest.approx([486.0, 162.0])
    assert tied_powers(normfactors(moved)) == {"g4_over_6e-7_fourth": ("g2_over_6e-7_squared", 2)}
    for mu in (0.0, 0.7, 2.0):
        assert profile(moved, mu / 9.0) == pytest.approx(profile(spec, mu), rel=1e-9)
    made = combined(spec, workspace(poi="g2_over_6e-7_squared"))
    assert made.poi.name == "g2_over_2e-7_squared"
    assert made.factors == pytest.approx({"a": 1.0, "b": 1.0 / 9.0})


def test_the_smallest_reference_is_taken_in_any_order():
    other = workspace(poi="mu_nu2_over_4e-11_squared")
    for specs in ((workspace(), other), (other, workspace())):
        assert combined(*specs).poi.name == MOMENT
    made = combined(workspace(), other, reference=1e-11)
    assert made.poi.name == "mu_nu2_over_1e-11_squared"
    assert made.factors == {"a": pytest.approx(0.25), "b": pytest.approx(0.0625)}
    with pytest.raises(InputError, match="--reference nan: must be a positive number"):
        combined(workspace(), other, reference=float("nan"))


def test_observations_and_backgrounds_are_untouched():
    made = combined(workspace(), workspace(poi="mu_nu2_over_4e-11_squared"))
    assert [entry["data"] for entry in made.spec["observations"]] == [[31.0, 22.0]] * 2
    assert [c["samples"][1]["data"] for c in made.spec["channels"]] == [[30.0, 20.0]] * 2
    assert [c["samples"][0]["data"] for c in made.spec["channels"]] == [[5.0, 3.0], [1.25, 0.75]]


def test_the_parameter_is_where_both_allow_it():
    """In the moment squared: [0, 10] of 2e-11 are [0, 2.5] of 4e-11; 1 is no start where it is not inside."""

    def bounded(low, high):
        return workspace(parameters=[{"name": MOMENT, "bounds": [[low, high]], "inits": [1.0]}])

    other = workspace(poi="mu_nu2_over_4e-11_squared")
    assert said(combined(bounded(-1.0, 50.0), other))[MOMENT]["bounds"] == [[0.0, 40.0]]
    assert said(combined(bounded(0.5, 3.0), other))[MOMENT] == {"name": MOMENT, "bounds": [[0.5, 3.0]], "inits": [1.0]}
    assert said(combined(bounded(2.0, 3.0), other))[MOMENT]["inits"] == [2.5]
    with pytest.raises(InputError, match=r"has bounds that no value is in: \[\[50.0, 60.0\]\] in a.json; .* in b.json"):
        combined(bounded(50.0, 60.0), other)


def test_equal_names_are_apart_unless_shared():
    one = workspace(modifier("flux"), modifier("own"))
    other = workspace(modifier("flux", "histosys"), modifier("other"))
    made = combined(one, other)
    assert names(made) == {MOMENT, "a_flux", "b_flux", "own", "other"}
    assert made.renamed == {label: {"flux": f"{label}_flux", "recoil": f"{label}_recoil"} for label in "ab"}
    assert made.channels == {"a_recoil": "a", "b_recoil": "b"}
    assert made.shared == {}
    made = combined(one, other, sharing=["flux"])
    assert names(made) == {MOMENT, "flux", "own", "other"}
    assert made.shared == {"flux": ("a", "b")}


def test_a_pattern_shares_what_can_be():
    spec = workspace(modifier("pp_flux"), modifier("Be7_flux"), modifier("gain"), modifier("x_flux", "staterror"))
    made = combined(spec, spec, sharing=["*_flux"])
    assert set(made.shared) == {"pp_flux", "Be7_flux"}
    assert {"a_gain", "b_gain", "a_x_flux", "b_x_flux"} < names(made)
    assert set(combined(spec, spec, sharing=["*"]).shared) == {"pp_flux", "Be7_flux", "gain"}  # no channel


def test_of_three_those_that_have_it_share():
    specs = workspace(modifier("flux")), workspace(modifier("flux")), workspace(modifier("gain"))
    made = combined(*specs, sharing=["flux"])
    assert made.shared == {"flux": ("a", "b")}
    assert names(made) == {MOMENT, "flux", "gain"}


@pytest.mark.parametrize(
    ("one", "other", "name", "message"),
    [
        (modifier("x"), modifier("x", "normfactor"), "x", "it is constrained by .* in a.json and free .* in b.json"),
        (modifier("x", "staterror"), modifier("x", "staterror"), "x", "a staterror belongs to the bins of its own"),
        (modifier("x", "shapesys"), modifier("x", "shapesys"), "x", "a shapesys belongs to the bins of its own"),
        (modifier("flux"), modifier("flux"), "fluxes", "no such parameter or channel, did you mean 'flux'"),
        (modifier("flux"), modifier("gain"), "gain", "only b.json has it"),
        (modifier("flux"), modifier("gain"), "pp_*", "no such parameter or channel; in several files are: .*recoil"),
        (modifier("flux"), modifier("gain"), "recoil", "the channel of b.json is not that of a.json"),
    ],
)
def test_what_cannot_be_shared(one, other, name, message):
    with pytest.raises(InputError, match=f"--share {name.replace('*', '.')}: {message}"):
        combined(workspace(one), workspace(other), sharing=[name])


def test_a_shapefactor_is_shared_by_as_many_bins():
    spec = workspace(modifier("shape", "shapefactor"))
    assert "shape" in names(combined(spec, spec, sharing=["shape"]))
    longer = json.loads(json.dumps(spec))
    for sample in longer["channels"][0]["samples"]:
        sample["data"].append(1.0)
    longer["observations"][0]["data"].append(1.0)
    with pytest.raises(InputError, match="--share shape: a shapefactor of channels with 2 and 3 bins"):
        combined(spec, longer, sharing=["shape"])


def test_what_is_said_of_a_shared_parameter_must_agree():
    def saying(**config):
        return workspace(modifier("rate", "normfactor"), parameters=[{"name": "rate", **config}])

    def shared(one, other):
        return said(combined(saying(**one), saying(**other), sharing=["rate"]))["rate"]

    assert shared({"bounds": [[0.0, 5.0]]}, {"bounds": [[-2.0, 4.0]]})["bounds"] == [[0.0, 4.0]]
    assert shared({"bounds": [[0.5, 20.0]]}, {})["bounds"] == [[0.5, 10.0]]  # pyhf's own bounds are said by silence
    assert shared({"inits": [1.0]}, {})["inits"] == [1.0]
    with pytest.raises(InputError, match=r"b.json: 'inits' of parameter 'rate' is \[2.0\], and \[1.0\] in a.json"):
        shared({}, {"inits": [2.0]})
    with pytest.raises(InputError, match=r"b.json: 'fixed' of parameter 'rate' is True, and False in a.json"):
        shared({}, {"fixed": True})
    with pytest.raises(InputError, match="'rate' has bounds that no value is in"):
        shared({"bounds": [[0.0, 1.0]]}, {"bounds": [[1.0, 2.0]]})


def test_there_is_one_luminosity():
    def lumi(sigma):
        config = {"name": "lumi", "auxdata": [1.0], "sigmas": [sigma], "bounds": [[0.5, 1.5]], "inits": [1.0]}
        return workspace(modifier("lumi", "lumi"), parameters=[config])

    made = combined(lumi(0.02), lumi(0.02), sharing=["lumi"])
    assert said(made)["lumi"]["sigmas"] == [0.02]
    with pytest.raises(InputError, match=r"a.json: 'lumi' is in another file too, and pyhf knows one; --share lumi"):
        combined(lumi(0.02), lumi(0.02))
    with pytest.raises(InputError, match=r"b.json: 'sigmas' of parameter 'lumi' is \[0.03\], and \[0.02\] in a.json"):
        combined(lumi(0.02), lumi(0.03), sharing=["lumi"])
    unused = workspace(parameters=[{"name": "lumi", "auxdata": [1.0], "sigmas": [0.5]}])  # said, but acting on nothing
    assert said(combined(lumi(0.02), unused))["lumi"]["sigmas"] == [0.02]


def gallium(**changes):
    """A workspace with a second channel, the same in several."""
    spec = workspace(modifier("pp_rate", "normfactor"), modifier("gain"), **changes)
    modifiers = [modifier("pp_rate", "normfactor"), modifier("mc_gallium", "staterror", [1.0])]
    samples = [{"name": "pp", "data": [66.0], "modifiers": modifiers}]
    spec["channels"].append({"name": "gallium", "samples": samples})
    spec["observations"].append({"name": "gallium", "data": [65.4]})
    return spec


def test_a_measurement_that_both_use_counts_once():
    one, other = gallium(), gallium(channel="hits", poi="mu_nu2_over_4e-11_squared")
    made = combined(one, other, sharing=["gallium"])
    assert list(made.channels.items()) == [("recoil", "a"), ("gallium", "a"), ("hits", "b")]
    assert made.shared == {"pp_rate": ("a", "b"), "mc_gallium": ("a", "b"), "gallium": ("a", "b")}
    assert {"pp_rate", "mc_gallium", "a_gain", "b_gain"} < names(made)
    assert [config["name"] for config in said(made).values()] == [MOMENT]
    twice = combined(one, other, sharing=["pp_rate"])
    assert list(twice.channels) == ["recoil", "a_gallium", "hits", "b_gallium"]
    # with the same counts in the rest the doubled measurement holds the rate twice as firmly
    assert _error_of_rate(twice) < _error_of_rate(made)


def _error_of_rate(made):
    model = model_of(made.spec)
    minimum = Profile(model).conditional(0.0)
    covariance = np.linalg.inv(np.delete(np.delete(model.likelihood.information(minimum.theta), 0, 0), 0, 1))
    names = [name for name in model.model.parameters.names if name != model.poi]
    return covariance[names.index("pp_rate"), names.index("pp_rate")]


def test_the_same_counts_are_told():
    assert len(combined(workspace(), workspace()).warnings) == 1
    assert "channels 'a_recoil' and 'b_recoil' hold the same counts" in combined(workspace(), workspace()).warnings[0]
    assert not combined(workspace(), workspace(observed=(31.0, 23.0))).warnings


def one_bin(background=30.0, **changes):
    spec = workspace(modifier("flux"), **changes)
    for sample in spec["channels"][0]["samples"]:
        sample["data"] = sample["data"][:1]
    spec["channels"][0]["samples"][1]["data"] = [background]
    spec["observations"][0]["data"] = spec["observations"][0]["data"][:1]
    return spec


def test_one_number_may_be_the_same_by_chance():
    """But not with its samples and their modifiers, whatever these are called and at whatever reference."""
    assert not combined(one_bin(), one_bin(31.0)).warnings
    other = workspace(modifier("gain"), channel="twin", poi="mu_nu2_over_4e-11_squared", signal=(20.0, 12.0))
    other["channels"][0]["samples"] = [{**s, "data": s["data"][:1]} for s in other["channels"][0]["samples"]]
    other["observations"][0]["data"] = [31.0]
    assert "channels 'recoil' and 'twin' hold the same counts" in combined(one_bin(), other).warnings[0]


def test_what_is_measured_once_counts_once():
    two, same = workspace(modifier("flux")), workspace(modifier("gain"), channel="twin")
    more = gallium(channel="hits")
    interest = PointOfInterest.read(MOMENT)
    far = rescaled(read_part(two, "c", "c.json"), PointOfInterest.read("mu_nu2_over_4e-11_squared"))
    for others in (parts(two, same), [parts(two)[0], far]):
        with pytest.raises(InputError, match=r"holds the data of a.json, channel for channel: the same data must not"):
            refuse_twins(others, interest)
    refuse_twins(parts(two, workspace(modifier("flux"), observed=(31.0, 23.0))), interest)
    refuse_twins(parts(more, gallium(observed=(32.0, 22.0))), interest)  # one channel in common, and one of its own
    alone = {**more, "channels": more["channels"][1:], "observations": more["observations"][1:]}
    alone["channels"][0]["samples"].append(two["channels"][0]["samples"][0])
    channels, observations = [*two["channels"], *alone["channels"]], [*two["observations"], *alone["observations"]]
    with pytest.raises(InputError, match=r"b.json holds the data of a.json"):
        refuse_twins(parts({**more, "channels": channels, "observations": observations}, alone), interest)


def test_new_names_meet_no_old_ones():
    one, other = workspace(modifier("flux"), modifier("b_flux")), workspace(modifier("flux"), channel="other")
    assert names(combined(one, other)) == {MOMENT, "b_flux", "a_flux", "b_b_flux"}
    with pytest.raises(InputError, match="two workspaces are called 'a'"):
        combine_parts([read_part(workspace(), "a"), read_part(workspace(), "a")])


def test_channels_of_one_staterror_keep_their_order():
    """pyhf counts its bins in the order of the channels' names: both are renamed, or their sizes would be exchanged."""
    spec = gallium(channel="zinc")
    spec["channels"][0]["samples"][1]["modifiers"].append(modifier("mc_gallium", "staterror"))
    spec["channels"][1]["samples"][0]["name"] = "background"  # pyhf wants the same samples in each
    sigmas = [{"name": "mc_gallium", "sigmas": [0.5, 0.1, 0.2]}]
    spec["measurements"][0]["config"]["parameters"] = sigmas
    made = combined(spec, workspace(channel="zinc", observed=(30.0, 21.0)))
    assert list(made.channels) == ["a_zinc", "a_gallium", "b_zinc"]
    expected = profile(spec, 1.0) + profile(workspace(observed=(30.0, 21.0)), 1.0)
    assert profile(made.spec, 1.0) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ({}, {"poi": "g4_over_1e-6_fourth"}, "b.json is about 'g4_over_1e-6_fourth' .coupling.4., a.json about 'mu_"),
        ({"poi": "g2_over_1e-6_squared"}, {"poi": "g4_over_1e-6_fourth"}, "b.json is about"),
        (
            {"poi": "strength_at_g_3e-7"},
            {"poi": "strength_at_g_1.1e-6"},
            "one parameter of interest; each is a strength at its own coupling .* --set signal.reference=... -o FILE`$",
        ),
        ({"poi": "mu"}, {"poi": "strength"}, "--poi mu=strength says that they are the same"),
        ({}, {"poi": "mu"}, f"--poi {MOMENT}=mu says that they are the same"),
        ({}, {"name": "m_asimov"}, "a.json holds observed counts and b.json an Asimov set: --data asimov"),
    ],
)
def test_what_does_not_belong_together(one, other, message):
    with pytest.raises(InputError, match=message):
        combined(workspace(**one), workspace(**other))


def test_foreign_parameters_of_one_name_are_one():
    made = combined(workspace(poi="mu"), workspace(poi="mu", observed=(30.0, 20.0)))
    assert (made.poi.name, made.poi.unit, made.factors) == ("mu", "1", {"a": 1.0, "b": 1.0})
    with pytest.raises(InputError, match="parameter 'mu' has no reference"):
        combined(workspace(poi="mu"), workspace(poi="mu"), reference=1e-11)


def test_a_foreign_parameter_may_be_said_to_be_ours():
    foreign = workspace(poi="mu", signal=(20.0, 12.0))
    one, other = parts(workspace(), foreign, poi="mu_nu2_over_4e-11_squared", called=("mu",))
    assert (one.poi, other.poi) == (MOMENT, "mu_nu2_over_4e-11_squared")
    made = combine_parts([one, other])
    signals = [channel["samples"][0]["data"] for channel in made.spec["channels"]]
    assert signals == [[5.0, 3.0], [5.0, 3.0]]


def test_asimov_sets_stay_asimov():
    made = combined(workspace(name="x_asimov"), workspace(name="y_asimov"))
    assert (made.name, made.asimov) == ("a+b_asimov", True)
    assert combined(workspace(), workspace(), name="both").name == "both"


@pytest.mark.parametrize(
    ("spec", "options", "message"),
    [
        (workspace(parameters=[{"name": MOMENT, "fixed": True}]), {}, f"x.json: '{MOMENT}' is fixed in the"),
        (workspace(), {"measurement": "n"}, "x.json: measurement 'n' is not in it; it has m"),
        (workspace(), {"poi": "nu"}, f"x.json: parameter of interest 'nu' is not in it.*{MOMENT}"),
        (workspace(poi="mu"), {"poi": MOMENT, "called": ("mu", "signal")}, None),
    ],
)
def test_reading_a_part(spec, options, message):
    if message is None:
        assert read_part(spec, "x", "x.json", **options).poi == MOMENT
        return
    with pytest.raises(InputError, match=message):
        read_part(spec, "x", "x.json", **options)


def test_strengths_at_two_couplings_are_never_one():
    one, other = "strength_at_g_3e-7", "strength_at_g_1.1e-6"
    spec = workspace(poi=one)
    for poi, called in ((other, (one,)), (one, (other,)), ("mu", (one, other))):
        with pytest.raises(InputError, match=f"{other} and {one} are strengths at different couplings or radii"):
            read_part(spec, "x", poi=poi, called=called)
    assert read_part(spec, "x", poi="mu", called=(one,)).poi == "mu"


def test_a_tied_parameter_is_none_of_interest():
    spec = workspace(modifier("g4_over_1e-6_fourth", "normfactor"), poi="g2_over_1e-6_squared")
    with pytest.raises(InputError, match="'g4_over_1e-6_fourth' is a power of 'g2_over_1e-6_squared': choose that"):
        read_part(spec, "x", poi="g4_over_1e-6_fourth")


def test_parts_are_not_changed_and_the_text_is_the_same():
    specs = workspace(modifier("flux")), workspace(modifier("flux"), poi="mu_nu2_over_4e-11_squared")
    before = json.dumps(specs)
    texts = {to_text(combined(*specs).spec) for _ in range(3)}
    assert len(texts) == 1
    assert json.dumps(specs) == before


def test_a_name_that_is_not_there_stays_away():
    part = read_part(workspace(modifier("flux")), "a")
    assert renamed(part, {"other": "x"}) == part
    assert common_parameter([part, part]).name == MOMENT
