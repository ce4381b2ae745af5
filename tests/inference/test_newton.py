"""The bounded Newton step, on bowls whose minimum is known and on likelihoods that start badly."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numm_stats.inference.linear import is_positive
from numm_stats.inference.newton import minimise
from numm_stats.inference.response import Layout
from numm_stats.inference.statmodel import read_workspace


@dataclass
class Bowl:
    """A likelihood with Gaussian measurements only: (theta - centre)^T A (theta - centre)."""

    matrix: np.ndarray
    centre: np.ndarray
    bounds: np.ndarray

    @property
    def model(self):
        return SimpleNamespace(parameters=SimpleNamespace(bounds=self.bounds))

    @property
    def layout(self):
        return Layout.dense(len(self.centre))

    def deviance(self, theta):
        return float((theta - self.centre) @ self.matrix @ (theta - self.centre))

    def derivatives(self, theta):
        return self.deviance(theta), 2.0 * self.matrix @ (theta - self.centre), 2.0 * self.matrix

    def bending(self, theta):
        return np.zeros((len(theta), len(theta)))

    def information(self, theta):  # noqa: ARG002
        return 2.0 * self.matrix


def bowl(seed, size, scales=None, reach=np.inf):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(size, size)) + 2.0 * np.eye(size)
    scales = np.ones(size) if scales is None else scales
    matrix = (root @ root.T + 0.1 * np.eye(size)) / np.outer(scales, scales)
    return Bowl(matrix, scales * rng.normal(size=size), np.outer(scales, [-reach, reach]))


def free(size):
    return np.zeros(size, dtype=bool)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_a_parabola_takes_one_step(seed, size):
    well = bowl(seed, size)
    found = minimise(well, np.full(size, 5.0), free(size))
    # one step goes to the centre, a second look confirms it
    assert found.converged
    assert found.iterations == 1
    # rounding of the solution of equations with condition numbers up to 1e4
    assert found.theta == pytest.approx(well.centre, abs=1e-10)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_scales_do_not_matter(seed):
    scales = np.array([1e-6, 1.0, 1e9])
    well = bowl(seed, 3, scales)
    found = minimise(well, 5.0 * scales, free(3))
    assert found.converged
    assert found.theta / scales == pytest.approx(well.centre / scales, abs=1e-10)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_at_a_bound_the_slope_points_outwards(seed, size):
    # Karush, Kuhn and Tucker: zero slope inside, outward slope at a bound. For a bowl this is the minimum.
    well = bowl(seed, size, reach=0.5)
    found = minimise(well, np.zeros(size), free(size))
    slope = well.derivatives(found.theta)[1]
    low, high = well.bounds.T
    assert found.converged
    assert (found.theta >= low).all()
    assert (found.theta <= high).all()
    inside = (found.theta > low) & (found.theta < high)
    # a distance of 1e-10 in -2 ln L: slopes up to 2 sqrt(1e-10 x curvature of 100)
    assert slope[inside] == pytest.approx(np.zeros(inside.sum()), abs=2e-4)
    assert (slope[found.theta == low] >= 0.0).all()
    assert (slope[found.theta == high] <= 0.0).all()


def test_a_step_to_a_corner_takes_the_others_along():
    # a long narrow valley across the box: the parameter that is stopped changes where the other one is best
    well = Bowl(np.array([[1.0, 0.999], [0.999, 1.0]]), np.array([5.0, -5.0]), np.array([[-1.0, 1.0], [-9.0, 9.0]]))
    found = minimise(well, np.zeros(2), free(2))
    assert found.theta == pytest.approx([1.0, -5.0 + 0.999 * 4.0], abs=1e-9)
    assert found.iterations <= 2


def test_short_steps_stay_short():
    seen = []

    class Watched(Bowl):
        def derivatives(self, theta):
            seen.append(theta)
            return super().derivatives(theta)

    well = Watched(np.eye(2), np.array([30.0, 40.0]), np.outer(np.ones(2), [-np.inf, np.inf]))
    found = minimise(well, np.zeros(2), free(2), longest_step=2.0)
    assert found.theta == pytest.approx([30.0, 40.0], abs=1e-5)
    assert np.linalg.norm(np.diff(seen, axis=0), axis=1).max() <= 2.0 + 1e-12


@pytest.mark.parametrize("smallest", [1e-3, -1e-3, 0.0])
def test_positive_curvature_is_recognised(smallest):
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    scales = np.array([1e-4, 1.0, 1e5])
    matrix = turn @ np.diag([smallest - 1e-9, 1.0, 2.0]) @ turn.T * np.outer(scales, scales)
    assert is_positive(matrix, ~free(3)) == (smallest > 0.0)


def test_what_moves_nothing_has_no_part_in_that():
    matrix = np.diag([1.0, 0.0, -1.0])
    assert is_positive(matrix, np.array([True, True, False]))
    assert not is_positive(matrix, ~free(3))


def test_fixed_parameters_stay_even_outside_their_bounds():
    well = bowl(1, 3, reach=1.0)
    fixed = np.array([False, True, False])
    found = minimise(well, np.array([0.0, 7.0, 0.0]), fixed)
    assert found.theta[1] == 7.0
    assert found.converged


def test_a_start_outside_is_clipped_into_the_bounds():
    well = Bowl(np.eye(2), np.zeros(2), np.array([[-1.0, 1.0], [0.5, 1.0]]))
    found = minimise(well, np.array([50.0, -50.0]), free(2))
    assert found.theta == pytest.approx([0.0, 0.5], abs=1e-12)


def test_a_slope_without_curvature_ends_at_the_bound(build):
    model = read_workspace(build.counting(observed=0.0, background=3.0, uncertainty=0.0))
    found = minimise(model.likelihood, np.array([40.0]), free(1))
    assert found.converged
    assert found.theta.tolist() == [0.0]


def test_a_start_where_the_expectation_is_negative(build):
    # at alpha = -5 the shape has taken more than all of the second bin
    bent = build.histosys("bend", [35.0, 26.0], [25.0, 14.0])
    samples = [build.sample("signal", [1.0, 3.0], build.mu), build.sample("background", [30.0, 20.0], bent)]
    model = read_workspace(build.workspace({"bin": samples}, {"bin": [33.0, 24.0]}))
    names = model.model.parameters.names
    start = np.array([{"mu": 0.0, "bend": -5.0}[name] for name in names])
    assert (model.model.expected(start) < 0.0).any()
    assert not np.isfinite(model.likelihood.deviance(start))
    found = minimise(model.likelihood, start, free(2))
    good = minimise(model.likelihood, model.model.parameters.initial, free(2))
    assert found.converged
    assert found.deviance == pytest.approx(good.deviance, abs=1e-9)


def test_an_impossible_point_is_no_minimum(build):
    # nothing can be moved and the data are excluded: no convergence may be claimed
    model = read_workspace(build.counting(observed=5.0, background=0.0, uncertainty=0.0))
    assert not minimise(model.likelihood, np.array([0.0]), np.array([True])).converged


def test_a_parameter_that_moves_nothing_stays(build):
    idle = build.sample("empty", [0.0], {"name": "idle", "type": "normfactor", "data": None})
    samples = [build.sample("signal", [1.0], build.mu), build.sample("background", [20.0]), idle]
    model = read_workspace(build.workspace({"bin": samples}, {"bin": [23.0]}))
    start = np.array([{"mu": 1.0, "idle": 0.7}[name] for name in model.model.parameters.names])
    found = minimise(model.likelihood, start, free(2))
    assert found.converged
    assert dict(zip(model.model.parameters.names, found.theta, strict=True)) == pytest.approx({"mu": 3.0, "idle": 0.7})


def test_two_parameters_that_do_the_same_share_the_minimum(build):
    twin = {"name": "twin", "type": "normfactor", "data": None}
    samples = [build.sample("signal", [4.0], build.mu), build.sample("other", [4.0], twin)]
    model = read_workspace(build.workspace({"bin": samples}, {"bin": [20.0]}))
    found = minimise(model.likelihood, model.model.parameters.initial, free(2))
    assert found.converged
    assert found.theta.sum() == pytest.approx(5.0, abs=1e-5)  # 1e-10 in -2 ln L is 1e-5 of an error of one
