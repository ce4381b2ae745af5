"""Bounded Newton minimisation with the analytic curvature: the engine's own step, exact to rounding.

A projected Newton method (Bertsekas, SIAM J. Control Optim. 20, 221 (1982)): parameters that stand at a bound with
the gradient pushing outward are held, the others take a Newton step, projected onto the box and shortened until the
function falls. The curvature is scaled to a unit diagonal first, so that a parameter of order 1e-6 or 1e9 is as good
as one of order one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.inference.linear import is_positive, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.likelihood import Likelihood

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["Minimum", "leaves_slope", "minimise", "pushed_out"]

EDM_GOAL = 1e-11  # estimated distance to the minimum in -2 ln L: five orders below the accuracy promised for minima
MAXIMUM_ITERATIONS = 100
EXACT_FROM = 3  # iterations after which all second derivatives are worth their time
DAMPINGS = (0.0, 1e-6, 1e-3, 1e-1, 1.0, 10.0, 1e3)
SUFFICIENT_DECREASE = 1e-4


@dataclass(frozen=True)
class Minimum:
    """Where a minimisation ended.

    Attributes:
        theta: parameters (p,).
        deviance: -2 ln L relative to the saturated model.
        gradient: its derivative there (p,), not zero for what is fixed or at a bound.
        converged: whether the estimated distance to the minimum is below `EDM_GOAL`.
        distance: that distance (EDM) in units of -2 ln L.
        iterations: Newton steps taken.
    """

    theta: Array
    deviance: float
    gradient: Array
    converged: bool
    distance: float
    iterations: int


def minimise(
    likelihood: Likelihood,
    start: Array,
    fixed: Mask,
    *,
    longest_step: float = math.inf,
    bounds: Array | None = None,
) -> Minimum:
    """Minimise the deviance inside the model's bounds.

    Args:
        likelihood: what is minimised.
        start: first guess (p,); clipped into the bounds, but for the fixed parameters.
        fixed: parameters that keep their value of `start` (p,).
        longest_step: in standard deviations; short ones do not leave the valley they are in.
        bounds: others than the model's (p, 2).

    Returns:
        The minimum, with `converged` False where the iterations ran out or no step went downhill.
    """
    bounds = likelihood.model.parameters.bounds if bounds is None else bounds
    theta = np.where(fixed, start, np.clip(start, *bounds.T))
    derivatives = likelihood.derivatives(theta)
    for iteration in range(MAXIMUM_ITERATIONS):
        value, gradient, curvature = derivatives
        parabola = _Parabola(likelihood, theta, gradient, curvature, ~(fixed | pushed_out(theta, gradient, bounds)))
        parabola = parabola.exact() if iteration >= EXACT_FROM else parabola
        step = parabola.step()
        if leaves_slope(gradient, parabola.curvature, step, parabola.free):
            parabola = replace(parabola, curvature=likelihood.information(theta))
            step = parabola.step()
        distance = 0.5 * abs(float(gradient @ step))
        here = Minimum(theta, value, gradient, converged=True, distance=distance, iterations=iteration)
        if distance < EDM_GOAL and np.isfinite(value):
            return here
        if distance > longest_step**2:
            step *= longest_step / math.sqrt(distance)
        trial = parabola.inside(step, bounds)
        derivatives = likelihood.derivatives(trial)
        if not _falls_enough(derivatives[0] - value, gradient, trial - theta):
            found = _line_search(parabola, value, bounds)
            if found is None:
                return replace(here, converged=False)
            trial, derivatives = found, likelihood.derivatives(found)
        theta = trial
    return replace(here, converged=False)


@dataclass(frozen=True)
class _Parabola:
    """-2 ln L near theta, as its gradient and a curvature have it, in the free parameters."""

    likelihood: Likelihood
    theta: Array
    gradient: Array
    curvature: Array
    free: Mask

    def exact(self) -> _Parabola:
        """Return the one with all second derivatives, where that has a minimum; else this one."""
        curvature = self.curvature + self.likelihood.bending(self.theta)
        return replace(self, curvature=curvature) if is_positive(curvature, self.free) else self

    def step(self, damping: float = 0.0) -> Array:
        """Return the way to the minimum, bounds or not."""
        return -solve(self.curvature, self.gradient, self.free, self.likelihood.layout.narrow, damping)

    def inside(self, step: Array, bounds: Array) -> Array:
        """Return where a step ends: what would leave goes to its bound, and the others take that as given."""
        low, high = bounds.T
        left = self.free
        for _ in range(len(step)):
            trial = self.theta + step
            leaves = left & ((trial < low) | (trial > high))
            if not leaves.any():
                break
            left = left & ~leaves
            moved = np.where(self.free & ~left, np.clip(trial, low, high) - self.theta, 0.0)
            slope = self.gradient + self.curvature @ moved
            step = moved - solve(self.curvature, slope, left, self.likelihood.layout.narrow)
        return np.where(self.free, np.clip(self.theta + step, low, high), self.theta)


def _falls_enough(change: float, gradient: Array, moved: Array) -> bool:
    """Armijo's rule: the function falls by at least a small part of what its slope promised."""
    return change <= SUFFICIENT_DECREASE * float(gradient @ moved) < 0.0


def pushed_out(theta: Array, gradient: Array, bounds: Array) -> Mask:
    """Return which parameters stand at a bound (p, 2) with the slope of -2 ln L pushing outward, shape (p,)."""
    low, high = bounds.T
    held: Mask = ((theta <= low) & (gradient > 0.0)) | ((theta >= high) & (gradient < 0.0))
    return held


def leaves_slope(gradient: Array, curvature: Array, step: Array, free: Mask) -> bool:
    """Return whether a step leaves some of the slope as it is, because the curvature has no grip there.

    Bins without events have slope and no curvature: -2 ln L = 2 nu. There the expected information must serve.
    """
    excess = np.abs(gradient + curvature @ step) - 1e-3 * np.abs(gradient)
    if not (excess[free] > 0.0).any():
        return False
    return bool((excess > 1e-9 * (np.abs(curvature) @ np.abs(step)))[free].any())


def _line_search(parabola: _Parabola, value: float, bounds: Array) -> Array | None:
    """Return a point with a sufficiently lower deviance, or None: steps shorter and shorter, more and more damped."""
    theta, deviance = parabola.theta, parabola.likelihood.deviance
    for damping in DAMPINGS:
        step = parabola.step(damping)
        for shrink in (1.0, 0.5, 0.1, 0.01):
            trial = np.where(parabola.free, np.clip(theta + shrink * step, *bounds.T), theta)
            if _falls_enough(deviance(trial) - value, parabola.gradient, trial - theta):
                return np.asarray(trial, dtype=float)
    return None
