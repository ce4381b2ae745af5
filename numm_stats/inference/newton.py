"""Bounded Newton minimisation with the analytic curvature: the engine's own step, exact to rounding.

A projected Newton method (Bertsekas, SIAM J. Control Optim. 20, 221 (1982)): parameters that stand at a bound with
the gradient pushing outward are held, the others take a Newton step, projected onto the box and shortened until the
function falls. The curvature is scaled to a unit diagonal first, so that a parameter of order 1e-6 or 1e9 is as good
as one of order one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.likelihood import Likelihood

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["Minimum", "minimise"]

EDM_GOAL = 1e-11  # estimated distance to the minimum in -2 ln L: five orders below the accuracy promised for minima
MAXIMUM_ITERATIONS = 100
DAMPINGS = (0.0, 1e-6, 1e-3, 1e-1, 1.0, 10.0)
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


def minimise(likelihood: Likelihood, start: Array, fixed: Mask) -> Minimum:
    """Minimise the deviance inside the model's bounds.

    Args:
        likelihood: what is minimised.
        start: first guess (p,); clipped into the bounds, but for the fixed parameters.
        fixed: parameters that keep their value of `start` (p,).

    Returns:
        The minimum, with `converged` False where the iterations ran out or no step went downhill.
    """
    low, high = likelihood.model.parameters.bounds.T
    theta = np.where(fixed, start, np.clip(start, low, high))
    derivatives = likelihood.derivatives(theta)
    for iteration in range(MAXIMUM_ITERATIONS):
        value, gradient, curvature = derivatives
        free = ~fixed & ~((theta <= low) & (gradient > 0.0)) & ~((theta >= high) & (gradient < 0.0))
        step = _newton_step(gradient, curvature, free)
        if _leaves_slope(gradient, curvature, step, free):
            curvature = likelihood.information(theta)
            step = _newton_step(gradient, curvature, free)
        distance = 0.5 * abs(float(gradient @ step))
        here = Minimum(theta, value, gradient, converged=True, distance=distance, iterations=iteration)
        if distance < EDM_GOAL and np.isfinite(value):
            return here
        trial = np.where(free, np.clip(theta + step, low, high), theta)
        derivatives = likelihood.derivatives(trial)
        if not _falls_enough(derivatives[0] - value, gradient, trial - theta):
            found = _line_search(likelihood, theta, (value, gradient, curvature), free)
            if found is None:
                return replace(here, converged=False)
            trial, derivatives = found, likelihood.derivatives(found)
        theta = trial
    return replace(here, converged=False)


def _falls_enough(change: float, gradient: Array, moved: Array) -> bool:
    """Armijo's rule: the function falls by at least a small part of what its slope promised."""
    return change <= SUFFICIENT_DECREASE * float(gradient @ moved) < 0.0


def _newton_step(gradient: Array, curvature: Array, free: Mask, damping: float = 0.0) -> Array:
    """Return -H^-1 g on the free parameters, zero on the others; where H is singular, its pseudo-inverse."""
    step = np.zeros_like(gradient)
    diagonal = np.diagonal(curvature)
    used = np.flatnonzero(free & (diagonal > 0.0))
    if not used.size:
        return step
    scale = 1.0 / np.sqrt(diagonal[used])
    matrix = curvature[np.ix_(used, used)] * np.outer(scale, scale)
    np.einsum("ii->i", matrix)[:] += damping
    target = -scale * gradient[used]
    try:
        solved = np.linalg.solve(matrix, target)
    except np.linalg.LinAlgError:
        solved = np.linalg.lstsq(matrix, target, rcond=None)[0]
    step[used] = scale * solved
    return step


def _leaves_slope(gradient: Array, curvature: Array, step: Array, free: Mask) -> bool:
    """Return whether a step leaves some of the slope as it is, because the curvature has no grip there.

    Bins without events have slope and no curvature: -2 ln L = 2 nu. There the expected information must serve.
    """
    left = np.abs(gradient + curvature @ step)
    allowed = 1e-3 * np.abs(gradient) + 1e-9 * (np.abs(curvature) @ np.abs(step))
    return bool((left > allowed)[free].any())


def _line_search(
    likelihood: Likelihood, theta: Array, derivatives: tuple[float, Array, Array], free: Mask
) -> Array | None:
    """Return a point with a sufficiently lower deviance, or None: steps shorter and shorter, more and more damped."""
    value, gradient, curvature = derivatives
    low, high = likelihood.model.parameters.bounds.T
    for damping in DAMPINGS:
        step = _newton_step(gradient, curvature, free, damping)
        for shrink in (1.0, 0.5, 0.1, 0.01):
            trial = np.where(free, np.clip(theta + shrink * step, low, high), theta)
            if _falls_enough(likelihood.deviance(trial) - value, gradient, trial - theta):
                return np.asarray(trial, dtype=float)
    return None
