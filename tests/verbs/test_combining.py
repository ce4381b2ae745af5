"""The verb combine: likelihoods add up where nothing is shared, in our engine and in pyhf; what is shared is one."""

import json

import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import numm_stats as ns
from numm_stats.analyses.reading import parse_analysis, parse_toml
from numm_stats.errors import InputError
from numm_stats.inference.profile import Profile
from numm_stats.verbs.combining import combination
from numm_stats.verbs.loading import catalogue_text, load
from numm_stats.verbs.pipeline import build_spec_of, statistical_model
from numm_stats.workspace.poi import PointOfInterest

MOMENT = "mu_nu2_over_1e-11_squared"
PAIRS = [
    ("isodar-juno-0.2mev", "isodar-kamland-1mev"),
    ("isodar-juno-1mev-vector", "isodar-sno-0.2mev-vector"),
    ("xenonnt-sr0", "lz-ws2022"),
    ("nova-counting", "lz-ws2022"),
]
BACKGROUNDS = ("isodar-kamland-backgrounds", "dune-argon")  # with staterror and tens of millions of events


def counting(signal, background, *, error=0.0, parameter="flux", poi=MOMENT, observed=None, name="m"):
    """Channels of many counts, nearly Gaussian, with a linear systematic of the background."""
    shift = [error * b for b in background]
    sides = {"hi_data": [b + d for b, d in zip(background, shift, strict=True)],
             "lo_data": [b - d for b, d in zip(background, shift, strict=True)]}  # fmt: skip
    modifiers = [{"name": parameter, "type": "histosys", "data": sides}] if error else []
    strength = [{"name": poi, "type": "normfactor", "data": None}]
    samples = [
        {"name": "signal", "data": list(signal), "modifiers": strength},
        {"name": "background", "data": list(background), "modifiers": modifiers},
    ]
    return {
        "channels": [{"name": "counts", "samples": samples}],
        "observations": [{"name": "counts", "data": list(background if observed is None else observed)}],
        "measurements": [{"name": name, "config": {"poi": poi, "parameters": []}}],
        "version": "1.0.0",
    }


def deviances(target, values):
    """-2 ln L at fixed values of the parameter of interest, other parameters at their best."""
    profile = Profile(statistical_model(target)[0])
    return np.array([profile.conditional(float(mu)).deviance for mu in values])


def rise(target, mu):
    first, last = deviances(target, [0.0, mu])
    return last - first


@pytest.fixture
def minuit():
    """pyhf with Minuit, its backend as it was afterwards."""
    backend, optimiser = pyhf.get_backend()
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(strategy=2, tolerance=1e-3))
    yield
    pyhf.set_backend(backend, optimiser)


def pyhf_rises(spec, values):
    """-2 ln L by pyhf's own model and fits, relative to that at the first value."""
    workspace = pyhf.Workspace(spec)
    model = workspace.model()
    bounds = model.config.suggested_bounds()
    bounds[model.config.poi_index] = (0.0, 1e6)
    options = {"par_bounds": bounds, "return_fitted_val": True}
    data = workspace.data(model)
    found = np.array([float(pyhf.infer.mle.fixed_poi_fit(mu, data, model, **options)[1]) for mu in values])
    return found - found[0]


@pytest.mark.parametrize("pair", [*PAIRS, BACKGROUNDS])
@pytest.mark.usefixtures("minuit")
def test_without_sharing_the_likelihoods_multiply(pair):
    """To 1e-6 of -2 ln L; so it is in pyhf's own fits, where Minuit finds their minima (not in dune-argon's)."""
    data = "asimov" if "nova-counting" in pair else None
    made, values = combination(pair, data=data), np.linspace(0.0, 4.0, 5)
    specs = [build_spec_of(load(name, data=data)) for name in pair]
    own = [values * factor for factor in made.factors.values()]
    alone = sum(deviances(spec, mu) for spec, mu in zip(specs, own, strict=True))
    assert deviances(made.spec, values) == pytest.approx(alone, abs=1e-6)
    if pair != BACKGROUNDS:
        pyhf_alone = sum(pyhf_rises(spec, mu) for spec, mu in zip(specs, own, strict=True))
        assert pyhf_rises(made.spec, values) == pytest.approx(pyhf_alone, abs=1e-6)


def with_flux(name, size):
    """A solar analysis of the catalogue whose signal is as uncertain as the flux."""
    document = parse_toml(catalogue_text(name), name)
    return parse_analysis(
        {**document, "systematic": [{"name": "solar_flux", "kind": "normalisation", "size": size}]}, name
    )


@pytest.mark.parametrize("size", [0.06, 0.5])
def test_two_solar_analyses_with_one_flux(size):
    """Stronger than either; an error that both have in common costs more than one for each."""
    pair = [with_flux(name, size) for name in ("xenonnt-sr0", "lz-ws2022")]
    alone = [ns.limit(analysis) for analysis in pair]
    one, two = (combination(pair, share=names) for names in ("solar_flux", ()))
    assert one.shared == {"solar_flux": ("xenonnt-sr0", "lz-ws2022")}
    together, apart = ns.limit(one.spec), ns.limit(two.spec)
    assert together.observed < min(limit.observed for limit in alone)
    assert together.expected[2] < min(limit.expected[2] for limit in alone)
    assert together.expected[2] > apart.expected[2]
    assert together.observed > apart.observed


def test_a_shared_gaussian_in_closed_form():
    """GLS with 1e10 counts a bin: the law of Gauss to 1e-5, covariance n + d d^T of the shared error's shifts d."""
    signals, backgrounds, errors = ((3e5, 1e5), (2e5, 4e5)), ((1e10, 2e10), (3e10, 1e10)), (2e-5, 1e-5)
    pair = [counting(s, b, error=e) for s, b, e in zip(signals, backgrounds, errors, strict=True)]
    signal, background = np.concatenate(signals), np.concatenate(backgrounds)
    shift = np.concatenate([e * np.array(b) for e, b in zip(errors, backgrounds, strict=True)])
    expected = {}
    for shares, blocks in ((("flux",), [slice(0, 4)]), ((), [slice(0, 2), slice(2, 4)])):
        covariances = [np.diag(background[k]) + np.outer(shift[k], shift[k]) for k in blocks]
        rises = [signal[k] @ np.linalg.solve(v, signal[k]) for k, v in zip(blocks, covariances, strict=True)]
        made = combination(pair, share=shares)
        expected[shares] = sum(rises)
        # counts are written with ten digits, means move by 1e-5 of themselves
        assert rise(made.spec, 1.0) == pytest.approx(sum(rises), rel=1e-4)
    assert expected["flux",] > 1.02 * expected[()]  # each holds the background of the other


references = st.sampled_from([5e-12, 1e-11, 3e-11, 2e-10])


@st.composite
def triples(draw):
    """Three workspaces at references of their own, with a parameter of one name."""
    found = []
    for k in range(3):
        bins = draw(st.integers(1, 3))
        background = [draw(st.floats(20.0, 200.0)) for _ in range(bins)]
        reference = draw(references)
        signal = [draw(st.floats(1.0, 10.0)) * (reference / 1e-11) ** 2 for _ in range(bins)]
        observed = [draw(st.integers(10, 250)) + k / 8 for _ in range(bins)]  # never the same data
        poi = PointOfInterest.of_kind("mu_nu2", reference).name
        found.append(counting(signal, background, error=0.1, poi=poi, observed=observed, name=f"m{k}"))
    return found


@given(triples(), st.sampled_from([(), ("flux",)]))
@settings(max_examples=15, deadline=None)
def test_order_and_brackets_do_not_matter(specs, shares):
    """Of the same likelihood; and two at a time give the three at once."""
    one, two, three = specs
    made = combination(specs, share=shares)
    turned = combination([three, one, two], share=shares)
    nested = combination([combination([one, two], share=shares).spec, three], share=shares)
    values = np.array([0.0, 0.5, 2.0])
    assert made.poi == turned.poi == nested.poi
    expected = deviances(made.spec, values)
    # written with ten digits, -2 ln L of up to some thousands
    assert deviances(turned.spec, values) == pytest.approx(expected, rel=1e-8, abs=1e-7)
    assert deviances(nested.spec, values) == pytest.approx(expected, rel=1e-8, abs=1e-7)


@pytest.mark.parametrize("reference", [5e-12, 1e-10])
def test_the_limit_does_not_know_the_reference(reference):
    made, other = (combination(PAIRS[0], reference=r) for r in (None, reference))
    assert other.poi.reference == reference
    assert ns.limit(other.spec).expected == pytest.approx(ns.limit(made.spec).expected, rel=1e-6)


def test_the_verb_returns_a_workspace():
    workspace = ns.combine(PAIRS[0], share="normalisation", reference=2e-11)
    assert isinstance(workspace, pyhf.Workspace)
    assert ns.limit(workspace).poi.name == "mu_nu2_over_2e-11_squared"
    assert {"normalisation", "mu_nu2_over_2e-11_squared"} == set(workspace.model().config.par_map)


def test_a_workspace_of_any_kind_is_a_target(tmp_path):
    spec = counting([5.0], [50.0])
    path = tmp_path / "file.json"
    path.write_text(json.dumps(counting([4.0], [50.0])))
    made = combination([spec, pyhf.Workspace(counting([3.0], [51.0])), str(path)])
    assert list(made.factors) == ["m-1", "m-2", "file"]
    assert list(combination([spec, path], names=["x", "y"]).factors) == ["x", "y"]
    with pytest.raises(InputError, match="1 names for 2 workspaces"):
        combination([spec, path], names=["x"])


def test_measurements_are_chosen_where_they_are():
    several = counting([5.0], [50.0], error=0.1)
    config = several["measurements"][0]["config"]
    fixed = [{"name": "flux", "fixed": True, "inits": [0.5]}]
    several["measurements"].append({"name": "other", "config": {**config, "parameters": fixed}})
    one = counting([4.0], [40.0])
    made = combination([several, one], measurement="other")
    assert {"name": "flux", "fixed": True, "inits": [0.5]} in made.spec["measurements"][0]["config"]["parameters"]
    assert list(made.factors) == ["other", "m"]
    with pytest.raises(InputError, match="--measurement oter: in no file, did you mean 'other'"):
        combination([several, one], measurement=("oter",))
    with pytest.raises(InputError, match="workspace 1: has the measurements m2, other"):
        combination([{**several, "measurements": [{"name": "m2", "config": config}, several["measurements"][1]]}, one],
                    measurement="m")  # fmt: skip


def test_asimov_sets_of_one_truth():
    real, made = counting([5.0], [50.0], observed=[61.0]), counting([9.0, 1.0], [50.0, 40.0], name="n_asimov")
    with pytest.raises(InputError, match="--data asimov makes Asimov sets of all"):
        combination([real, made])
    blind = combination([real, made], data="asimov:2e-11")
    assert blind.asimov
    assert [entry["data"] for entry in blind.spec["observations"]] == [[70.0], [86.0, 44.0]]
    with pytest.raises(InputError, match="--data observed: workspace 2 holds an Asimov set"):
        combination([real, made], data="observed")
    assert not combination([real, counting([9.0], [50.0])], data="observed").asimov


def test_asimov_sets_of_different_truths_are_refused():
    empty = counting([5.0], [50.0], name="a_asimov")
    full = counting([20.0, 4.0], [50.0, 40.0], poi="mu_nu2_over_2e-11_squared", observed=[60.0, 42.0], name="b_asimov")
    with pytest.raises(
        InputError, match="workspace 2 is an Asimov set of mu_nu2_over_1e-11_squared = 2, workspace 1 of"
    ):
        combination([empty, full])
    same = counting([5.0], [50.0], observed=[60.0], name="c_asimov")  # 2 of 1e-11 are 0.5 of 2e-11
    assert combination([same, full]).asimov
    strange = counting([5.0, 1.0], [50.0, 40.0], observed=[48.0, 41.0], name="d_asimov")  # of some other model
    assert combination([empty, strange]).asimov


def test_no_signal_is_shown_as_zero():
    """Counts of ten digits leave 1e-9 of it."""
    full = counting([5.0, 4.0], [50.0, 40.0], observed=[60.0, 48.0], name="b_asimov")
    empty = counting([5.0, 1.0], [50.0, 40.0], observed=[50.0 + 5e-9, 40.0 + 1e-9], name="a_asimov")
    with pytest.raises(InputError, match=r"is an Asimov set of mu_nu2_over_1e-11_squared = 2, workspace 1 of 0: they"):
        combination([empty, full])


def test_the_same_data_under_another_name(tmp_path):
    """A name, its own file and its own workspace are one measurement; of one bin, too, and inside a combination."""
    written = tmp_path / "workspace.json"
    written.write_text(json.dumps(build_spec_of(load("lsnd"))))
    table = tmp_path / "mine.toml"
    table.write_text(catalogue_text("lsnd").replace("reference = 7e-10", "reference = 4e-10"))
    for other in (written, table):
        with pytest.raises(InputError, match=f"{other} holds the data of lsnd, channel for channel: the same data"):
            combination(["lsnd", other])
    other = counting([5.0, 4.0], [50.0, 40.0], error=0.1, poi="mu_nu2_over_7e-10_squared")
    both = combination([json.loads(written.read_text()), other]).spec
    with pytest.raises(InputError, match="lsnd holds the data of workspace 1, channel for channel"):
        combination([both, "lsnd"])


def test_a_name_of_the_parameter_that_no_file_has():
    pair = [counting([5.0], [50.0]), counting([4.0], [40.0])]
    with pytest.raises(InputError, match="--poi mu=foo: no file has a parameter of these names; they have mu_nu2_over"):
        combination(pair, poi="mu", called=("foo",))
    foreign = [counting([5.0], [50.0], poi="strength"), counting([4.0], [40.0], poi="mu")]
    assert combination(foreign, poi="mu", called=("strength", "foo")).poi.name == "mu"


def test_mediators_of_another_mass_are_another_quantity():
    massive = load("isodar-kamland-1mev-vector", ("signal.mediator_mass_mev=1.0",))
    with pytest.raises(InputError, match=r"signal.mediator_mass_mev = 1.0, .* has 0.0: a combination is about one .*"
                       r"`numm-stats workspace .* --set signal.mediator_mass_mev=... -o FILE`"):  # fmt: skip
        combination(["isodar-juno-1mev-vector", massive])
    with pytest.raises(InputError, match=r"signal.kind = magnetic-moment"):
        combination(["isodar-juno-1mev-vector", "isodar-juno-1mev"])


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ([], "nothing to combine"),
        (["isodar-juno-1mev"], "only isodar-juno-1mev to combine: give two or more"),
        ("isodar-juno-1mev", "only isodar-juno-1mev to combine"),
        (["isodar-juno-1mev", "isodar-juno-1mev"], "isodar-juno-1mev is given twice: the same data"),
        (["isodar-juno-1mev", "isodar-juno-3mv"], "no analysis 'isodar-juno-3mv', did you mean 'isodar-juno-3mev'"),
        (["isodar-juno-1mev", "borexino-phase2"], "has several configurations: write one with `numm-stats workspace"),
        (["isodar-juno-1mev", {"channels": []}], "workspace 2: not a pyhf workspace"),
        (["isodar-juno-1mev", 3], "3: must be an analysis, a workspace, a name or a path"),
    ],
)
def test_what_is_no_list_of_workspaces(targets, message):
    with pytest.raises(InputError, match=message):
        combination(targets)


def test_a_combination_that_is_no_model_is_refused():
    """Two kinds of modifiers under one name: pyhf refuses that only when it makes the model."""
    wrong = counting([5.0], [50.0], error=0.1)
    wrong["channels"][0]["samples"][0]["modifiers"].append({"name": "flux", "type": "normfactor", "data": None})
    with pytest.raises(InputError, match="no consistent model"):
        combination([wrong, counting([4.0], [40.0])])
