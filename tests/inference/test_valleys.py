"""Likelihoods with several minima: the lowest is found, and ordinary fits are not made longer."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from numm_stats.inference import valleys
from numm_stats.inference.fitting import find_minimum
from numm_stats.inference.newton import minimise
from numm_stats.inference.statmodel import read_workspace

NOMINAL = np.array([300.0, 200.0])


def one_sided(build, observed, up, down, *, norm=()):
    """A shape that raises the counts on both sides, by `up` and `down`, beside a signal in the first bin."""
    bent = build.histosys("bend", NOMINAL + up, NOMINAL + down)
    samples = [
        build.sample("signal", [10.0, 0.0], build.mu),
        build.sample("background", NOMINAL, bent, *norm),
    ]
    return read_workspace(build.workspace({"bin": samples}, {"bin": observed}, [build.poi_range(50.0)]))


def lowest_of_scan(model, **given):
    """The lowest minimum along the shape's pull: a grid finds the valleys, and Brent's method each one's ground."""

    def profile(alpha):
        return find_minimum(model, fixed={"bend": alpha}, **given).deviance

    grid = np.linspace(-5.0, 5.0, 201)
    values = np.array([profile(alpha) for alpha in grid])
    place = int(np.clip(np.argmin(values), 1, len(grid) - 2))
    found = minimize_scalar(
        profile, bounds=(grid[place - 1], grid[place + 1]), method="bounded", options={"xatol": 1e-7}
    )
    return found.fun


@pytest.mark.parametrize("poi", [None, 0.0, 2.0])
@pytest.mark.parametrize(("up", "down"), [(30.0, 30.0), (20.0, 28.0), (34.0, 12.0)])
def test_the_lower_of_two_minima_is_found(build, up, down, poi):
    model = one_sided(build, [340.0, 241.0], up, down)
    assert model.model.turning.size == 1
    assert find_minimum(model, poi=poi).deviance == pytest.approx(lowest_of_scan(model, poi=poi), abs=1e-6)


def test_a_start_at_the_top_between_them_is_left(build):
    # the slope vanishes at the nominal shape, where the search starts: a maximum
    model = one_sided(build, [350.0, 250.0], 30.0, 30.0)
    found = find_minimum(model, poi=0.0)
    bend = found.theta[model.index("bend")]
    assert abs(bend) > 1.0
    assert found.deviance < model.likelihood.deviance(model.model.parameters.initial * [0.0, 1.0]) - 5.0


def test_a_neighbour_in_the_wrong_valley_does_not_mislead(build):
    model = one_sided(build, [340.0, 241.0], 34.0, 20.0)
    best = find_minimum(model, poi=1.0)
    wrong = best.theta.copy()
    wrong[model.index("bend")] *= -1.0
    assert minimise(model.likelihood, wrong, np.arange(2) == model.poi_index).deviance > best.deviance + 1e-3
    assert find_minimum(model, poi=1.0, start=wrong).deviance == pytest.approx(best.deviance, abs=1e-9)


def test_an_ordinary_fit_goes_one_way(build, monkeypatch):
    model, starts = read_workspace(build.counting()), []

    def counted(*arguments, **options):
        starts.append(options)
        return minimise(*arguments, **options)

    monkeypatch.setattr(valleys, "minimise", counted)
    find_minimum(model)
    assert starts == [{}]


def test_a_far_pull_is_tried_on_its_other_side(build):
    # two ways to explain the excess, one of them at the far end of a factor that is shared with a measured sample
    norm = build.normsys("norm", 1.3, 0.75)
    model = one_sided(build, [700.0, 480.0], 25.0, -22.0, norm=(norm,))
    found = find_minimum(model, poi=0.0)
    assert np.abs(found.theta).max() > valleys.FAR
    assert found.deviance == pytest.approx(lowest_of_scan(model, poi=0.0), abs=1e-6)
