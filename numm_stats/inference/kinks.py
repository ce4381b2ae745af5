"""Minima of likelihoods with kinks: interpolation codes whose slope jumps where a nuisance parameter is zero.

`code0` (histosys) and `code1` (normsys) join two smooth branches at zero. On one side of every kink the likelihood is
smooth, and a minimum at a kink is a minimum at a bound: each branch is minimised by itself, and the side is changed
where the other one leads further down.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.inference.compiled import CompiledModel
from numm_stats.inference.newton import Minimum, minimise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.likelihood import Likelihood

    Array = NDArray[np.float64]
    Index = NDArray[np.intp]
    Mask = NDArray[np.bool_]

__all__ = ["minimise_branches"]

EDGE = 1e-10  # where a branch ends: the slope beside a kink is asked for there, and -2 ln L is the kink's to 1e-8


def minimise_branches(likelihood: Likelihood, start: Array, fixed: Mask, *, longest_step: float = math.inf) -> Minimum:
    """Minimise the deviance inside the model's bounds, kinks included; see `newton.minimise`.

    Args:
        likelihood: what is minimised.
        start: first guess (p,).
        fixed: parameters that keep their value of `start` (p,).
        longest_step: in standard deviations.

    Returns:
        The minimum; `converged` also where it stands at a kink.
    """
    found = minimise(likelihood, start, fixed, longest_step=longest_step)
    if found.converged or not isinstance(likelihood.model, CompiledModel):
        return found
    bounds, kinks = likelihood.model.parameters.bounds, likelihood.model.kinks
    kinks = kinks[~fixed[kinks] & (bounds[kinks, 0] < -EDGE) & (bounds[kinks, 1] > EDGE)]
    if not kinks.size:
        return found
    sides = np.where(found.theta[kinks] < 0.0, -1.0, 1.0)
    for _ in range(2 + 2 * len(kinks)):  # each change of side goes downhill
        found = minimise(likelihood, _onto(found.theta, kinks, sides), fixed, bounds=_branch(bounds, kinks, sides))
        other = _leads_down(likelihood, found.theta, kinks, sides)
        if not found.converged or not other.any():
            break
        sides[other] *= -1.0
    return found


def _onto(theta: Array, kinks: Index, sides: Array) -> Array:
    moved = theta.copy()
    moved[kinks] = sides * np.maximum(sides * theta[kinks], EDGE)
    return moved


def _branch(bounds: Array, kinks: Index, sides: Array) -> Array:
    inside = bounds.copy()
    inside[kinks[sides > 0.0], 0] = EDGE
    inside[kinks[sides < 0.0], 1] = -EDGE
    return inside


def _leads_down(likelihood: Likelihood, theta: Array, kinks: Index, sides: Array) -> Mask:
    """Return which kink, of those the minimum stands at, has the steepest way down on its other side; or none."""
    fall = np.zeros(len(kinks))
    for k in np.flatnonzero(np.abs(theta[kinks]) <= EDGE):
        beyond = theta.copy()
        beyond[kinks[k]] = -sides[k] * EDGE
        fall[k] = sides[k] * likelihood.gradient(beyond)[kinks[k]]
    steepest: Mask = (fall > 0.0) & (fall == fall.max(initial=0.0))
    return steepest
