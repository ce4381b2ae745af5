"""Batches of fits: the same counts, slopes, steps and minima as fits of one data set at a time, with both engines."""

import numpy as np
import pyhf
import pytest

from numm_stats.inference.batch.engine import by_kernels
from numm_stats.inference.batch.ensemble import ToyData
from numm_stats.inference.batch.vectorised import CONVERGED, STUCK, fit_batch
from numm_stats.inference.batch.vectorised_build import make_terms
from numm_stats.inference.batch.vectorised_model import evaluate
from numm_stats.inference.batch.vectorised_step import newton_step, solve
from numm_stats.inference.compiling import compile_model
from numm_stats.inference.likelihood import Dataset, Likelihood
from numm_stats.inference.newton import minimise
from numm_stats.inference.statmodel import read_workspace


def modifier(name, kind, data=None):
    return {"name": name, "type": kind, "data": data}


def everything(build):
    """Two channels; every modifier, and samples with up to three of those that act on single bins."""
    first, second = np.array([40.0, 30.0, 22.0]), np.array([15.0, 13.0, 11.0])
    lumi = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.03], "bounds": [[0.5, 1.5]], "inits": [1.0]}
    bent = build.histosys("bend", 1.1 * first, [37.0, 29.5, 22.5])
    channels = {
        "one": [
            build.sample("signal", [4.0, 7.0, 5.0], build.mu, modifier("lumi", "lumi")),
            build.sample(
                "first",
                first,
                build.staterror("mc", 0.06 * first),
                modifier("poisson", "shapesys", [4.0, 3.0, 2.5]),
                modifier("free", "shapefactor"),
                bent,
                build.normsys("bend", 1.05, 0.97),
            ),
            build.sample("second", second, build.staterror("mc", 0.1 * second), build.normsys("norm", 1.1, 0.92)),
        ],
        "two": [
            build.sample("signal", [1.0, 1.0, 2.0], build.mu, build.normsys("norm", 1.02, 0.98)),
            build.sample("first", 3.0 * first, modifier("free", "shapefactor"), modifier("scale", "normfactor")),
            build.sample("third", [50.0, 60.0, 55.0], build.histosys("tilt", [52.0, 60.0, 51.0], [47.0, 60.5, 58.0])),
        ],
    }
    counts = {"one": [60.0, 50.0, 38.0], "two": [172.0, 149.0, 121.0]}
    return build.workspace(channels, counts, [lumi, build.poi_range(20.0)])


def many_shapes(build):
    """So many shape variations that derivatives of bins are cheaper than pairs of terms."""
    rng = np.random.default_rng(5)
    samples = [build.sample("signal", [5.0, 9.0, 6.0, 3.0], build.mu)]
    for i in range(8):
        nominal = rng.uniform(20.0, 60.0, 4)
        shapes = [
            build.histosys(f"shape{h}", nominal * rng.normal(1.02, 0.03, 4), nominal * rng.normal(0.98, 0.03, 4))
            for h in range(4)
        ]
        samples.append(build.sample(f"background{i}", nominal, *shapes, build.staterror("mc", 0.05 * nominal)))
    total = sum(np.array(sample["data"]) for sample in samples[1:])
    return build.workspace({"bin": samples}, {"bin": total}, [build.poi_range(40.0)])


def few_events(build):
    """Bins of which most are empty, with statistical errors and a bound that many toys touch."""
    background = np.array([0.2, 1.5, 0.4, 0.1])
    samples = [
        build.sample("signal", [0.3, 0.5, 0.2, 0.1], build.mu),
        build.sample("rare", background, build.normsys("norm", 1.3, 0.8), build.staterror("mc", 0.3 * background)),
    ]
    return build.workspace({"bin": samples}, {"bin": [0.0, 2.0, 0.0, 0.0]}, [build.poi_range(50.0)])


def tied(build):
    """A signal a g + b g^2."""
    samples = [
        build.sample("linear", [3.0, 2.0], modifier("g", "normfactor")),
        build.sample("square", [2.0, 6.0], modifier("g_square", "normfactor")),
        build.sample("background", [30.0, 25.0], build.normsys("norm", 1.1, 0.92)),
    ]
    channels, counts = {"bin": samples}, {"bin": [36.0, 33.0]}
    parameters = [{"name": "g", "bounds": [[0.0, 10.0]], "inits": [1.0]}]
    return read_workspace(build.workspace(channels, counts, parameters, poi="g"), powers={"g_square": ("g", 2)}).model


def compiled(workspace, **settings):
    settings = {"modifier_settings": settings} if settings else {}
    return compile_model(pyhf.Workspace(workspace).model(**settings))


NAMES = (
    *("counting", "uncorrelated", "correlated", "staterror", "control_region", "free_shape", "magnetic_moment"),
    *("everything", "everything_piecewise", "everything_quadratic", "many_shapes", "few_events", "tied"),
)


@pytest.fixture(scope="module")
def models(library, build):
    def codes(normsys, histosys):
        return {"normsys": {"interpcode": normsys}, "histosys": {"interpcode": histosys}}

    return {
        **{name: compiled(library[name]) for name in NAMES if name in library},
        "everything": compiled(everything(build), **codes("code4", "code4p")),
        "everything_piecewise": compiled(everything(build), **codes("code1", "code0")),
        "everything_quadratic": compiled(everything(build), **codes("code4", "code2")),
        "many_shapes": compiled(many_shapes(build)),
        "few_events": compiled(few_events(build)),
        "tied": tied(build),
    }


def fit_by_kernels(model, counts, auxiliary, starts, held):
    pytest.importorskip("numba")
    thetas, deviances, stuck = by_kernels(model, ToyData(counts, auxiliary), starts, held)
    return thetas, deviances, np.where(stuck, STUCK, CONVERGED)


@pytest.fixture(scope="module", params=["numpy", "numba"])
def fit(request):
    return {"numpy": fit_batch, "numba": fit_by_kernels}[request.param]


def toys(model, count, seed=0, poi=0.4):
    """Counts, auxiliary measurements and starts of toys thrown at a small signal, mu or g."""
    rng = np.random.default_rng(seed)
    theta = model.parameters.initial.copy()
    theta[[i for i, name in enumerate(model.parameters.names) if name in {"mu", "g"}]] = poi
    c = model.constraints
    auxiliary = np.tile(model.nominal_auxiliary, (count, 1))
    auxiliary[:, c.gaussian_data] = rng.normal(theta[c.gaussian_parameters], c.sigma, (count, len(c.sigma)))
    auxiliary[:, c.poisson_data] = rng.poisson(c.tau * theta[c.poisson_parameters], (count, len(c.tau)))
    main = rng.poisson(model.expected(theta), (count, model.bin_count)).astype(float)
    return main, auxiliary, np.tile(theta, (count, 1))


def some_points(model, count):
    """Parameters in all branches of the interpolations, inside the bounds."""
    rng = np.random.default_rng(7)
    low, high = model.parameters.bounds.T
    wide = low < -1.0
    spread = np.where(wide, 1.2, 0.05)
    return np.clip(model.parameters.initial + rng.normal(0.0, spread, (count, len(low))), low, high)


def at_points(model, count=6):
    """The batch's own evaluation at some points, with parameters in the model's order, and the likelihoods there."""
    main, auxiliary, _ = toys(model, count)
    theta, terms = some_points(model, count), make_terms(model)
    point = evaluate(terms, main.T, auxiliary.T, theta[:, terms.order].T)
    likelihoods = [Likelihood(model, Dataset(n, a)) for n, a in zip(main, auxiliary, strict=True)]
    return terms, main.T, point, list(zip(likelihoods, theta, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_deviance_and_gradient_are_those_of_the_likelihood(models, name):
    terms, _, point, singles = at_points(models[name])
    for k, (likelihood, theta) in enumerate(singles):
        # sums of some hundred terms in another order
        assert point.deviance[k] == pytest.approx(likelihood.deviance(theta), rel=1e-11, abs=1e-11)
        gradient = likelihood.gradient(theta)[terms.order]
        assert point.gradient[:, k] == pytest.approx(gradient, rel=1e-9, abs=1e-9 * np.abs(gradient).max())


@pytest.mark.parametrize("name", NAMES)
def test_the_gradient_is_the_difference_of_deviances(models, name):
    model = models[name]
    main, auxiliary, _ = toys(model, 1)
    terms, middle = make_terms(model), some_points(model, 1)[0]
    middle += 1e-3  # away from bounds and from the kink of code0 at zero
    size, steps = len(middle), 1e-5 * np.eye(len(middle))
    around = np.concatenate([middle + steps, middle - steps, middle[None]])[:, terms.order].T
    repeated = (np.repeat(data, 2 * size + 1, axis=0).T for data in (main, auxiliary))
    point = evaluate(terms, *repeated, around)
    slope = ((point.deviance[:size] - point.deviance[size:-1]) / 2e-5)[terms.order]
    # third derivatives times 1e-10, rounding of a deviance of 1e2 over 1e-5
    assert point.gradient[:, -1] == pytest.approx(slope, rel=1e-5, abs=1e-5 * np.abs(slope).max())


@pytest.mark.parametrize("name", [n for n in NAMES if n not in {"few_events"}])
def test_the_step_solves_the_full_system(models, name):
    terms, counts, point, singles = at_points(models[name])
    free = np.ones(point.gradient.shape, dtype=bool)
    free[:, 3:] = np.random.default_rng(2).random(free[:, 3:].shape) > 0.3
    step, fine = newton_step(terms, counts, point, free)
    assert fine.all()
    for k, (likelihood, theta) in enumerate(singles):
        _, gradient, curvature = likelihood.derivatives(theta)
        used = terms.order[free[:, k]]
        expected = np.linalg.solve(curvature[np.ix_(used, used)], -gradient[used])
        assert step[free[:, k], k] == pytest.approx(expected, rel=1e-6, abs=1e-8 * np.abs(step[:, k]).max())
        assert (step[~free[:, k], k] == 0.0).all()


def test_both_ways_to_the_curvature_are_taken(models):
    assert all(channel.pairs is not None for channel in make_terms(models["magnetic_moment"]).channels)
    assert all(channel.pairs is None for channel in make_terms(models["many_shapes"]).channels)


def check_against_single_fits(fit, model, data, held, *, kinks=False):
    main, auxiliary, starts = data
    thetas, deviances, states = fit(model, main, auxiliary, starts, held)
    assert kinks or (states == CONVERGED).all()
    for k in range(len(main)):
        likelihood = Likelihood(model, Dataset(main[k], auxiliary[k]))
        single = minimise(likelihood, starts[k], held)
        assert single.converged == (states[k] == CONVERGED)
        if not single.converged:
            continue
        assert deviances[k] == pytest.approx(single.deviance, abs=1e-8)
        information = likelihood.information(single.theta)
        errors = np.sqrt(2.0 * np.diag(np.linalg.pinv(information, rcond=1e-12, hermitian=True)))
        assert (np.abs(thetas[k] - single.theta) <= 1e-4 * errors).all()
        assert (thetas[k][held] == starts[k][held]).all()


@pytest.mark.parametrize("name", NAMES)
def test_minima_are_those_of_single_fits(models, name, fit):
    model = models[name]
    main, auxiliary, starts = toys(model, 25)
    held = model.parameters.fixed.copy()
    kinks = name == "everything_piecewise"  # some minima are at a kink, where no Newton method arrives
    check_against_single_fits(fit, model, (main, auxiliary, starts), held, kinks=kinks)
    held[[i for i, n in enumerate(model.parameters.names) if n in {"mu", "g"}]] = True
    check_against_single_fits(fit, model, (main, auxiliary, starts), held, kinks=kinks)


def test_toys_at_both_bounds(build, fit):
    # some toys want a signal below zero, others more of it than the upper bound allows
    measurements = build.workspace({}, {}, [build.poi_range(1.0, 0.5)])["measurements"]
    model = compiled(build.with_staterror() | {"measurements": measurements})
    main, auxiliary, starts = toys(model, 60, poi=0.5)
    thetas, _, _ = fit(model, main, auxiliary, starts, model.parameters.fixed)
    assert {0.0, 1.0} <= set(thetas[:, model.parameters.index("mu")].tolist())
    check_against_single_fits(fit, model, (main, auxiliary, starts), model.parameters.fixed)


def test_many_statistical_errors(build, fit):
    model = read_workspace(build.magnetic_moment(bins=120)).model
    assert make_terms(model).dense_count < 10
    main, auxiliary, starts = toys(model, 8)
    check_against_single_fits(fit, model, (main, auxiliary, starts), model.parameters.fixed)


def test_one_toy_alone_is_as_good_as_one_of_many(models, fit):
    model = models["everything"]
    main, auxiliary, starts = toys(model, 9)
    together = fit(model, main, auxiliary, starts, model.parameters.fixed)
    for k in range(9):
        alone = fit(model, main[k : k + 1], auxiliary[k : k + 1], starts[k : k + 1], model.parameters.fixed)
        for one, all_of_them in zip(alone, together, strict=True):
            # products of matrices of other sizes are rounded otherwise
            assert one[0] == pytest.approx(all_of_them[k], rel=1e-9, abs=1e-9)


def test_more_toys_than_the_pool_holds(build, fit):
    # one bin without uncertainty: mu = (n - b) / s, the bound at zero, and its deviance, are known
    model = read_workspace(build.counting(background=3.0, uncertainty=0.0, signal=2.0)).model
    main, auxiliary, starts = toys(model, 9000)
    thetas, deviances, states = fit(model, main, auxiliary, starts, np.array([False]))
    mu = np.maximum(0.0, (main[:, 0] - 3.0) / 2.0)
    left = np.where(
        main[:, 0] < 3.0, 2.0 * (3.0 - main[:, 0] + main[:, 0] * np.log(np.maximum(main[:, 0], 1.0) / 3.0)), 0
    )
    assert (states == CONVERGED).all()
    assert thetas[:, 0] == pytest.approx(mu, abs=1e-4)
    assert deviances == pytest.approx(left, abs=1e-8)


def test_no_toys_at_all(models, fit):
    model = models["counting"]
    main, auxiliary, starts = toys(model, 0)
    assert [len(result) for result in fit(model, main, auxiliary, starts, model.parameters.fixed)] == [0, 0, 0]


def test_with_everything_held_the_deviance_is_that_of_the_start(models, fit):
    model = models["everything"]
    main, auxiliary, starts = toys(model, 3)
    starts[:, model.parameters.index("mu")] = 30.0  # beyond its bound
    thetas, deviances, states = fit(model, main, auxiliary, starts, np.ones(starts.shape[1], dtype=bool))
    assert (states == CONVERGED).all()
    assert (thetas == starts).all()
    expected = [Likelihood(model, Dataset(n, a)).deviance(t) for n, a, t in zip(main, auxiliary, starts, strict=True)]
    assert deviances == pytest.approx(expected, rel=1e-12)


def test_an_impossible_point_is_stuck_and_does_not_harm_the_others(build, fit):
    # without background and signal, five events are impossible and none are a perfect fit
    model = read_workspace(build.counting(background=0.0, uncertainty=0.0)).model
    main = np.array([[5.0], [0.0]])
    _, deviances, states = fit(model, main, np.empty((2, 0)), np.zeros((2, 1)), np.array([True]))
    assert states.tolist() == [STUCK, CONVERGED]
    assert deviances.tolist() == [np.inf, 0.0]


def test_a_start_where_the_data_are_impossible_is_left_or_reported(build, fit):
    # at bend = -4.5 the shape has taken more than all of the second bin: no way back may be found, but none invented
    bent = build.histosys("bend", [35.0, 26.0], [25.0, 14.0])
    samples = [build.sample("signal", [1.0, 3.0], build.mu), build.sample("background", [30.0, 20.0], bent)]
    model = compiled(build.workspace({"bin": samples}, {"bin": [33.0, 24.0]}))
    starts = np.array([[{"mu": 0.0, "bend": bend}[name] for name in model.parameters.names] for bend in (-4.5, 0.0)])
    main, auxiliary = np.array([[33.0, 24.0]] * 2), np.zeros((2, 1))
    assert (model.expected(starts[0]) < 0.0).any()
    thetas, deviances, states = fit(model, main, auxiliary, starts, np.zeros(2, dtype=bool))
    assert states[1] == CONVERGED
    assert (states[0] == STUCK) == np.isinf(deviances[0])
    assert states[0] == STUCK or thetas[0] == pytest.approx(thetas[1], abs=1e-3)


def test_a_parameter_that_moves_nothing_stays(build, fit):
    samples = [
        build.sample("signal", [1.0], build.mu),
        build.sample("background", [20.0]),
        build.sample("empty", [0.0], modifier("idle", "normfactor")),
    ]
    model = read_workspace(build.workspace({"bin": samples}, {"bin": [23.0]})).model
    start = np.array([[{"mu": 1.0, "idle": 0.7}[name] for name in model.parameters.names]])
    thetas, _, states = fit(model, np.array([[23.0]]), np.empty((1, 0)), start, np.zeros(2, dtype=bool))
    assert states.tolist() == [CONVERGED]
    assert dict(zip(model.parameters.names, thetas[0], strict=True)) == pytest.approx({"mu": 3.0, "idle": 0.7})


def test_two_parameters_that_do_the_same_share_the_minimum(build, fit):
    samples = [build.sample("signal", [4.0], build.mu), build.sample("other", [4.0], modifier("twin", "normfactor"))]
    model = read_workspace(build.workspace({"bin": samples}, {"bin": [20.0]})).model
    start = model.parameters.initial[None]
    thetas, deviances, states = fit(model, np.array([[20.0]]), np.empty((1, 0)), start, np.zeros(2, dtype=bool))
    assert states.tolist() == [CONVERGED]
    assert thetas.sum() == pytest.approx(5.0, abs=1e-3)
    assert deviances == pytest.approx([0.0], abs=1e-8)


@pytest.mark.parametrize("size", [1, 2, 9])
def test_solve(size):
    rng = np.random.default_rng(size)
    root = rng.normal(size=(20, size, size))
    scales = 10.0 ** rng.uniform(-4.0, 4.0, size)
    matrices = (root @ root.transpose(0, 2, 1) + 0.1 * np.eye(size)) * np.outer(scales, scales)
    right = rng.normal(size=(20, size)) * scales
    matrices[3] = np.outer(scales, scales)  # of rank one
    system = np.concatenate([matrices, right[:, None]], axis=1).transpose(1, 2, 0).copy()
    solution, fine = solve(system)
    singular = np.arange(20) == 3
    assert (fine == ~(singular & (size > 1))).all()
    expected = np.linalg.solve(matrices[~singular], right[~singular, :, None])[..., 0]
    assert solution.T[~singular] * scales == pytest.approx(expected * scales, rel=1e-7, abs=1e-9)
