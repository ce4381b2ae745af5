"""The kernels of numba: bins with their local parameter at its best, the series of the deviance, and who fits what."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from numm_stats.inference import fitting
from numm_stats.inference.batch.engine import ToyEngine, by_kernels
from numm_stats.inference.batch.ensemble import Hypothesis, ToyData, draw_block
from numm_stats.inference.batch.flat import flatten
from numm_stats.inference.batch.flat_bins import single_bins
from numm_stats.inference.likelihood import Dataset, Likelihood, poisson_deviance
from numm_stats.inference.statmodel import read_workspace

pytest.importorskip("numba")

from numm_stats.inference.batch import kernel_chord, kernel_profile


def shapesys(nominal, relative):
    return {"name": "poisson", "type": "shapesys", "data": [relative * value for value in nominal]}


def with_poisson_errors(build):
    """Two samples, of which one has a Poisson constraint in each bin; the bend makes the other asymmetric."""
    first, second = [30.0, 22.0, 15.0, 9.0], [14.0, 12.0, 8.0, 7.0]
    samples = [
        build.sample("signal", [1.0, 3.0, 5.0, 2.0], build.mu),
        build.sample("first", first, shapesys(first, 0.2), build.normsys("norm", 1.1, 0.92)),
        build.sample("second", second, build.histosys("bend", [15.0, 12.5, 8.3, 7.0], [13.5, 11.0, 8.1, 6.9])),
    ]
    return read_workspace(build.workspace({"bin": samples}, {"bin": [46.0, 35.0, 24.0, 17.0]}, [build.poi_range(20.0)]))


@pytest.fixture(params=["staterror", "shapesys"])
def model(request, build):
    gaussian = request.param == "staterror"
    return read_workspace(build.with_staterror()) if gaussian else with_poisson_errors(build)


def profiled(model, data, theta):
    """Theta with the local parameters at their best, half the dense gradient and the deviance, by the kernels."""
    flat, bins = flatten(model.model), single_bins(model.model)
    held = np.zeros(len(theta), dtype=bool)
    work, shapes = np.ones((kernel_profile.WORK_ROWS, flat.bin_count)), flat.nominal.copy()
    factors, slope = np.zeros((4, 20)), np.zeros(len(flat.dense))
    theta = theta.copy()
    kernel_profile.constrain_bins(flat, bins, data.auxiliary, theta, held, work)
    kernel_profile.forward(flat, bins, theta, work, shapes, factors)
    assert kernel_profile.profile_bins(flat, bins, data.main, work, bins.tau.max() > 0.0)
    kernel_profile.gradient(flat, bins, data.auxiliary, theta, work, shapes, factors, slope)
    theta[bins.parameter] = work[kernel_profile.BEST]
    return theta, slope, kernel_profile.deviance(flat, data.main, data.auxiliary, theta, work)


def some_toys(model, mu=0.7):
    theta = model.model.parameters.initial.copy()
    theta[model.poi_index] = mu
    return theta, draw_block(model.model, Hypothesis(mu, theta), seed=3, block=0)


def test_local_parameters_are_at_their_best(model):
    theta, toys = some_toys(model)
    theta[flatten(model.model).dense] += 0.13
    local = single_bins(model.model).parameter
    for k in range(5):
        data = Dataset(toys.main[k], toys.auxiliary[k])
        found, slope, deviance = profiled(model, data, theta)
        likelihood = Likelihood(model.model, data)
        gradient = likelihood.gradient(found)
        assert gradient[local] == pytest.approx(0.0, abs=1e-9)
        assert 2.0 * slope == pytest.approx(gradient[flatten(model.model).dense], rel=1e-10, abs=1e-10)
        assert deviance == pytest.approx(likelihood.deviance(found), rel=1e-12)
        for p in local[:2]:

            def along(value, p=p, at=found, likelihood=likelihood):
                moved = at.copy()
                moved[p] = value
                return likelihood.deviance(moved)

            best = minimize_scalar(along, bounds=(0.3, 2.0), method="bounded", options={"xatol": 1e-9})
            assert found[p] == pytest.approx(best.x, abs=1e-6)


@pytest.mark.parametrize("ratio", [0.01, 0.5, 0.66, 0.67, 0.99, 1.0, 1.0 + 1e-9, 1.3, 1.34, 20.0])
def test_series_of_the_deviance(build, ratio):
    model = read_workspace(build.counting(background=50.0, uncertainty=0.0))
    counts, theta = np.array([50.0 / ratio]), np.zeros(1)
    work = np.full((kernel_profile.WORK_ROWS, 1), 50.0)
    value = kernel_profile.deviance(flatten(model.model), counts, np.empty(0), theta, work)
    assert value == pytest.approx(poisson_deviance(counts, np.array([50.0]))[0], rel=1e-12)


def test_an_empty_bin_has_twice_its_expectation(build):
    model = read_workspace(build.counting(background=5.0, uncertainty=0.0))
    work = np.full((kernel_profile.WORK_ROWS, 1), 5.0)
    assert kernel_profile.deviance(flatten(model.model), np.zeros(1), np.empty(0), np.zeros(1), work) == 10.0


def by_chords(model, starts, toys):
    parameters = model.model.parameters
    thetas, deviances, states = np.empty_like(starts), np.empty(len(toys)), np.ones(len(toys), dtype=np.int64)
    data = toys.main, toys.auxiliary, starts, parameters.fixed, starts[0], thetas, deviances, states
    kernel_chord.fit_by_chords(flatten(model.model), single_bins(model.model), *data)
    return thetas, deviances, states


def test_chords_fit_most_toys_and_agree_with_the_batches_of_numpy(build):
    model = read_workspace(build.magnetic_moment(scale=5.0))
    theta, toys = some_toys(model, mu=0.1)  # half of the toys want less than no signal
    thetas, deviances, states = by_chords(model, np.tile(theta, (len(toys), 1)), toys)
    done = states == kernel_chord.CONVERGED
    assert done.mean() > 0.95
    other = ToyEngine(model, "numpy").fit(toys, theta)
    assert deviances[done] == pytest.approx(other.deviances[done], abs=2e-8)
    assert (thetas[done, model.poi_index] == 0.0).mean() > 0.1
    assert thetas[done, model.poi_index] == pytest.approx(other.thetas[done, model.poi_index], abs=1e-5)


def test_a_curvature_from_elsewhere_is_as_good_as_it_need_be(build):
    # toys without signal, curvature and starts at a large one: what chords do not fit, Newton's method does
    model = read_workspace(build.with_staterror())
    theta, toys = some_toys(model, mu=0.0)
    away = theta.copy()
    away[model.poi_index] = 15.0
    thetas, deviances, stuck = by_kernels(
        model.model, toys, np.tile(away, (len(toys), 1)), model.model.parameters.fixed
    )
    other = ToyEngine(model, "numpy").fit(toys, theta)
    assert not stuck.any()
    assert deviances == pytest.approx(other.deviances, abs=2e-8)
    assert thetas == pytest.approx(other.thetas, abs=1e-3)


def test_local_parameters_may_be_held(model):
    theta, toys = some_toys(model)
    toys = toys.take(slice(0, 20))
    held = model.model.parameters.fixed.copy()
    held[single_bins(model.model).parameter[1:3]] = True
    thetas, deviances, stuck = by_kernels(model.model, toys, np.tile(theta, (20, 1)), held)
    assert not stuck.any()
    assert (thetas[:, held] == theta[held]).all()
    for k in range(20):
        likelihood = Likelihood(model.model, Dataset(toys.main[k], toys.auxiliary[k]))
        assert likelihood.deviance(thetas[k]) == pytest.approx(deviances[k], abs=1e-8)
        inside = ~held & (thetas[k] > model.model.parameters.bounds[:, 0])
        errors = np.sqrt(2.0 / np.diag(likelihood.information(thetas[k]))[inside])
        assert likelihood.gradient(thetas[k])[inside] * errors == pytest.approx(0.0, abs=1e-3)


def test_minima_are_those_of_minuit(model, monkeypatch):
    monkeypatch.setattr(fitting, "MINUIT_TOLERANCE", 1e-5)
    theta, toys = some_toys(model)
    few = toys.take(slice(0, 12))
    ours, minuit = (ToyEngine(model, name).fit(few, theta) for name in ("numba", "iminuit"))
    assert ours.fallbacks == 0
    assert ours.deviances == pytest.approx(minuit.deviances, abs=1e-6)


def test_few_events_do_not_send_toys_to_minuit(build):
    background = np.array([0.9, 0.8, 0.6, 0.4, 0.3])  # three events in five bins
    samples = [
        build.sample("signal", [0.2, 0.4, 0.5, 0.4, 0.2], build.mu),
        build.sample("rare", background, build.normsys("norm", 1.2, 0.85), build.staterror("mc", 0.2 * background)),
    ]
    model = read_workspace(
        build.workspace({"bin": samples}, {"bin": [1.0, 1.0, 1.0, 0.0, 0.0]}, [build.poi_range(50.0)])
    )
    theta, toys = some_toys(model, mu=0.5)
    ours, other = (ToyEngine(model, name).fit(toys, theta) for name in ("numba", "numpy"))
    assert ours.fallbacks == 0
    assert ours.deviances == pytest.approx(other.deviances, abs=1e-7)


def test_models_of_several_local_parameters_in_a_bin_have_no_chords(build, library):
    first = np.array([30.0, 20.0])
    both = build.sample("first", first, build.staterror("mc", 0.1 * first), shapesys(first, 0.1))
    channels = {"bin": [build.sample("signal", [1.0, 2.0], build.mu), both]}
    model = read_workspace(build.workspace(channels, {"bin": [31.0, 22.0]}, [build.poi_range(20.0)]))
    assert single_bins(model.model) is None
    assert single_bins(read_workspace(library["free_shape"]).model) is None
    theta, toys = some_toys(model)
    empty = ToyData(toys.main[:0], toys.auxiliary[:0])
    assert len(by_kernels(model.model, empty, theta[None][:0], model.model.parameters.fixed)[1]) == 0
    assert ToyEngine(model, "numba").fit(toys, theta).fallbacks == 0
