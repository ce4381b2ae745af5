"""Models that pyhf itself evaluates: the compiled ones as twins, closed formulae for modifiers of one's own."""

import pickle
from dataclasses import replace

import numpy as np
import pyhf
import pytest

from numm_stats.errors import InputError
from numm_stats.inference.batch.engine import ToyEngine
from numm_stats.inference.batch.ensemble import draw_block
from numm_stats.inference.compiled import CompiledModel
from numm_stats.inference.compiling import compile_model
from numm_stats.inference.fitting import find_minimum, fit
from numm_stats.inference.foreign import ForeignModel, foreign_model, model_of
from numm_stats.inference.likelihood import Likelihood
from numm_stats.inference.limits import upper_limit
from numm_stats.inference.statmodel import read_workspace, statistical_model_of
from numm_stats.inference.toys import conditional_hypothesis

NAMES = ("counting", "uncorrelated", "correlated", "staterror", "control_region", "free_shape", "magnetic_moment")
SLOPES = np.array([0.0, 0.5, 1.0])


class TiltBuilder(pyhf.modifiers.normfactor_builder):
    """A parameter with a Gaussian constraint, where a normfactor's is free."""

    def append(self, key, channel, sample, thismod, defined_samp):
        super().append(key, channel, sample, thismod, defined_samp)
        if thismod:
            self.required_parsets[thismod["name"]] = [pyhf.modifiers.normsys.required_parset(None, None)]


class Tilt(pyhf.modifiers.normfactor_combined):
    """exp(theta slope) in each bin."""

    name = "tilt"

    def apply(self, pars):
        library, _ = pyhf.get_backend()
        if not self.param_viewer.index_selection:
            return None
        power = super().apply(pars) * library.astensor(SLOPES)
        return library.where(self.normfactor_mask_bool, library.exp(power), self.normfactor_default)


class Strength(pyhf.modifiers.normfactor_combined):
    """A normfactor under a name that is not known."""

    name = "strength"


MODIFIERS = {
    **pyhf.modifiers.histfactory_set,
    "tilt": (TiltBuilder, Tilt),
    "strength": (pyhf.modifiers.normfactor_builder, Strength),
}


def tilted(build, **options):
    background = build.sample("background", [60.0, 50.0, 40.0], {"name": "lean", "type": "tilt", "data": None})
    channels = [{"name": "bin", "samples": [build.sample("signal", [2.0, 5.0, 9.0], build.mu), background]}]
    return pyhf.Model({"channels": channels}, modifier_set=MODIFIERS, validate=False, **options)


def both_ways(workspace):
    """The same model and data: compiled, and left to pyhf."""
    compiled = read_workspace(workspace)
    model = foreign_model(pyhf.Workspace(workspace).model(), "asked for")
    return compiled, replace(compiled, model=replace(model, parameters=compiled.model.parameters))


@pytest.fixture(params=NAMES)
def pair(request, library):
    return both_ways(library[request.param])


def test_counts_and_derivatives_are_those_of_the_compiled_model(pair):
    compiled, foreign = (one.model for one in pair)
    rng = np.random.default_rng(4)
    assert foreign.bin_count == compiled.bin_count
    for _ in range(3):
        theta = compiled.parameters.initial + rng.uniform(0.02, 0.4, len(compiled.parameters))
        counts, jacobian = foreign.expected_and_jacobian(theta)
        expected, analytic = compiled.expected_and_jacobian(theta)
        assert counts == pytest.approx(expected, rel=1e-12)
        # rounding of counts, 1e-16, over a step of 1/256 sigma or less; a sigma of thousands of counts is 1 % of them
        np.testing.assert_allclose(jacobian, analytic, rtol=1e-9, atol=1e-9 * np.abs(analytic).max())


def test_channels_are_those_of_the_compiled_model(pair):
    compiled, foreign = (one.model for one in pair)
    theta = compiled.parameters.initial * 1.1
    for theirs, ours in zip(foreign.channels, compiled.channels, strict=True):
        assert (theirs.name, theirs.samples, theirs.bins) == (ours.name, ours.samples, ours.bins)
        assert theirs.nominal.tolist() == ours.nominal.tolist()
        assert theirs.yields(theta) == pytest.approx(ours.yields(theta), rel=1e-12)
        assert theirs.expected(theta) == pytest.approx(ours.expected(theta), rel=1e-12)


def test_fits_and_limits_are_those_of_the_compiled_model(library):
    for name in ("counting", "staterror", "control_region"):
        compiled, foreign = both_ways(library[name])
        best, theirs = fit(compiled), fit(foreign)
        assert theirs.minus_two_log_likelihood == pytest.approx(best.minus_two_log_likelihood, abs=1e-7)
        assert theirs.values == pytest.approx(best.values, abs=1e-3 * best.errors.max())
        # both are exact to what they say of themselves
        limit, slower = upper_limit(compiled), upper_limit(foreign)
        allowed = 3.0 * (limit.uncertainty + slower.uncertainty)
        assert slower.observed == pytest.approx(limit.observed, abs=allowed), name
        assert slower.median == pytest.approx(limit.median, abs=allowed), name


def test_a_modifier_of_ones_own_is_evaluated(build):
    model = model_of(tilted(build))
    assert isinstance(model, ForeignModel)
    assert "'lean' has type 'tilt'" in model.note
    assert not model.is_polynomial
    assert model.constraints.sigma.tolist() == [1.0]
    theta = np.array([{"lean": -0.3, "mu": 1.5}[name] for name in model.parameters.names])
    counts, jacobian = model.expected_and_jacobian(theta)
    background = np.array([60.0, 50.0, 40.0]) * np.exp(-0.3 * SLOPES)
    slopes = dict(zip(model.parameters.names, jacobian, strict=True))
    assert counts == pytest.approx(background + 1.5 * np.array([2.0, 5.0, 9.0]), rel=1e-14)
    assert slopes["lean"] == pytest.approx(background * SLOPES, rel=1e-9, abs=1e-9)
    assert slopes["mu"] == pytest.approx([2.0, 5.0, 9.0], rel=1e-9)


def test_a_fit_with_a_modifier_of_ones_own(build):
    # data at the expectation of a truth: the fit must return it, but for the pull of the constraint, so that is moved
    model = tilted(build)
    truth = np.array([{"lean": 0.2, "mu": 1.2}[name] for name in model.config.par_names])
    data = np.asarray(model.expected_data(truth))
    ours = statistical_model_of(model, data)
    minimum = find_minimum(ours)
    assert minimum.converged
    assert minimum.deviance == pytest.approx(0.0, abs=1e-9)
    assert minimum.theta == pytest.approx(truth, abs=1e-5)
    assert ours.poi == "mu"
    assert ours.warnings == (ours.model.note,)


def test_the_limit_under_an_unknown_name_is_that_under_the_known_one(build):
    observed, signal, background = 31.0, [2.5], [24.0]
    norm = build.normsys("norm", 1.1, 0.92)
    specs = [
        {"name": "bin", "samples": [build.sample("s", signal, strength), build.sample("b", background, norm)]}
        for strength in (build.mu, {"name": "mu", "type": "strength", "data": None})
    ]
    models = [pyhf.Model({"channels": [spec]}, modifier_set=MODIFIERS, validate=False) for spec in specs]
    compiled, foreign = (statistical_model_of(model, [observed]) for model in models)
    assert isinstance(compiled.model, CompiledModel)
    assert isinstance(foreign.model, ForeignModel)
    assert compiled.warnings == ()
    limits = [upper_limit(model) for model in (compiled, foreign)]
    assert limits[1].observed == pytest.approx(limits[0].observed, rel=1e-6)
    assert limits[1].expected == pytest.approx(limits[0].expected, rel=1e-6)


def test_clipped_models_stay_clipped(build):
    spec = {"channels": [{"name": "bin", "samples": [build.sample("s", [-4.0, 2.0], build.mu)]}]}
    for options in ({"clip_bin_data": 0.5}, {"clip_sample_data": 0.5}):
        model = model_of(pyhf.Model(spec, **options))
        assert "clips" in model.note
        counts, jacobian = model.expected_and_jacobian(np.array([3.0]))
        assert counts.tolist() == [0.5, 6.0]
        assert jacobian[0] == pytest.approx([0.0, 2.0], abs=1e-9)


def test_batched_models_are_evaluated_at_one_point(library):
    space = pyhf.Workspace(library["staterror"])
    batched, compiled = model_of(space.model(batch_size=3)), compile_model(space.model())
    theta = compiled.parameters.initial * 1.05
    assert "batched" in batched.note
    assert batched.expected(theta) == pytest.approx(compiled.expected(theta), rel=1e-12)
    assert batched.channels[0].yields(theta) == pytest.approx(compiled.channels[0].yields(theta), rel=1e-12)
    assert batched.constraints.expected(theta) == pytest.approx(compiled.constraints.expected(theta))


def test_powers_of_a_parameter(build):
    free = {"name": "g4", "type": "normfactor", "data": None}
    samples = [build.sample("interference", [-2.0], {**free, "name": "g2"}), build.sample("square", [5.0], free)]
    strong = build.sample("background", [40.0], {"name": "k", "type": "strength", "data": None})
    spec = {"channels": [{"name": "bin", "samples": [*samples, strong]}]}
    model = model_of(pyhf.Model(spec, modifier_set=MODIFIERS, validate=False, poi_name="g2"), {"g4": ("g2", 2)})
    assert model.parameters.names == ("g2", "k")
    assert model.is_polynomial
    counts, jacobian = model.expected_and_jacobian(np.array([1.5, 0.9]))
    assert counts == pytest.approx([36.0 - 3.0 + 11.25], rel=1e-14)
    assert jacobian.ravel() == pytest.approx([-2.0 + 15.0, 40.0], rel=1e-9)


def test_differences_stay_inside_the_bounds(build):
    asked = []

    class Watched(Strength):
        def apply(self, pars):
            asked.append(float(pars[0]))
            return super().apply(pars)

    known = {**MODIFIERS, "strength": (pyhf.modifiers.normfactor_builder, Watched)}
    spec = {
        "channels": [
            {"name": "bin", "samples": [build.sample("s", [50.0], {"name": "k", "type": "strength", "data": None})]}
        ],
        "parameters": [{"name": "k", "bounds": [[0.0, 1e-3]], "inits": [1e-3]}],
    }
    model = model_of(pyhf.Model(spec, modifier_set=known, validate=False, poi_name=None))
    for value in (0.0, 5e-4, 1e-3):
        assert model.expected_and_jacobian(np.array([value]))[1][0] == pytest.approx([50.0], rel=1e-9)
    assert min(asked) >= 0.0
    assert max(asked) <= 1e-3


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1e6])
def test_a_unit_of_the_parameter_does_not_matter(build, scale):
    strength = {"name": "mu", "type": "strength", "data": None}
    samples = [build.sample("s", [2.5 * scale], strength), build.sample("b", [24.0], build.normsys("n", 1.1, 0.92))]
    spec = {"channels": [{"name": "bin", "samples": samples}]}
    model = statistical_model_of(pyhf.Model(spec, modifier_set=MODIFIERS, validate=False), [31.0])
    known = read_workspace(
        build.workspace(
            {"bin": [build.sample("s", [2.5], build.mu), build.sample("b", [24.0], build.normsys("n", 1.1, 0.92))]},
            {"bin": [31.0]},
        )
    )
    assert upper_limit(model).observed * scale == pytest.approx(upper_limit(known).observed, rel=1e-6)


@pytest.fixture
def half_precision():
    """The caller's own choice of pyhf's backend: 32 bits, and Minuit."""
    pyhf.set_backend("numpy", "minuit", precision="32b")
    yield pyhf.get_backend()
    pyhf.set_backend("numpy", "scipy", precision="64b")


def test_the_backend_of_the_caller_is_kept_and_not_used(build, half_precision):
    model = model_of(tilted(build))
    theta = np.full(2, 0.3)
    counts, _ = model.expected_and_jacobian(theta)
    exact = np.array([60.0, 50.0, 40.0]) * np.exp(0.3 * SLOPES) + 0.3 * np.array([2.0, 5.0, 9.0])
    assert counts == pytest.approx(exact, rel=1e-14)  # 32 bits would give 1e-7
    assert pyhf.get_backend() == half_precision


def test_the_backend_comes_back_after_an_error(build, half_precision):
    model = model_of(tilted(build))
    with pytest.raises(IndexError):
        model.expected(np.array([1.0]))
    assert pyhf.get_backend() == half_precision


def test_a_copy_in_another_process_is_the_same_model(build, half_precision):  # noqa: ARG001
    model = model_of(tilted(build))
    theta = np.full(2, 0.3)
    bits = pickle.dumps(model)
    pyhf.set_backend("numpy", precision="64b")
    assert pickle.loads(bits).expected(theta).tolist() == model.expected(theta).tolist()


# Minuit is content with 2e-6 in each minimum, Newton's step with 1e-11
@pytest.mark.parametrize(("engine", "close"), [("iminuit", 2e-5), ("numpy", 1e-9)])
def test_toys_of_a_model_that_is_not_compiled(library, engine, close):
    compiled, foreign = both_ways(library["counting"])
    hypothesis = conditional_hypothesis(compiled, 3.0)
    toys = [draw_block(one.model, hypothesis, seed=5, block=0).take(slice(64)) for one in (compiled, foreign)]
    assert toys[0].main.tolist() == toys[1].main.tolist()
    for poi in (None, 3.0):
        ours, theirs = (ToyEngine(one, engine).fit(toys[0], hypothesis.theta, poi=poi) for one in (compiled, foreign))
        assert theirs.failures == 0
        assert theirs.deviances == pytest.approx(ours.deviances, abs=close)


@pytest.mark.parametrize("what", ["samples", "channels"])
def test_what_is_wrong_in_itself_is_refused(build, what):
    spec = tilted(build).spec
    items = spec["channels"] if what == "channels" else spec["channels"][0]["samples"]
    items.append({**items[-1]})
    with pytest.raises(InputError, match=f"two {what}.*are called"):
        model_of(pyhf.Model(spec, modifier_set=MODIFIERS, validate=False))


def test_a_tie_to_nothing_is_refused(build):
    with pytest.raises(InputError, match="cannot tie 'mu' to 'g'"):
        model_of(tilted(build), {"mu": ("g", 2)})


@pytest.mark.parametrize(
    ("data", "poi", "message"),
    [
        ([1.0, 2.0], None, "3 main counts, followed by 1 auxiliary data or none"),
        ([1.0, 2.0, -3.0], None, "observed count -3.0"),
        ([1.0, 2.0, 3.0], "nu", "parameter of interest 'nu' is not in the workspace"),
    ],
)
def test_data_and_parameter_must_be_the_models(build, data, poi, message):
    with pytest.raises(InputError, match=message):
        statistical_model_of(tilted(build), data, poi=poi)


def test_auxiliary_data_may_be_given(build):
    model = tilted(build)
    assert statistical_model_of(model, [1.0, 2.0, 3.0]).data.auxiliary.tolist() == [0.0]
    moved = statistical_model_of(model, [1.0, 2.0, 3.0, 0.5])
    assert moved.data.auxiliary.tolist() == [0.5]
    theta = np.full(2, 0.3)
    theirs = -2.0 * float(np.asarray(model.logpdf(theta, [1.0, 2.0, 3.0, 0.5]))[0])
    assert Likelihood(moved.model, moved.data).minus_two_log_likelihood(theta) == pytest.approx(theirs, rel=1e-12)
