"""The lowest minimum, where -2 ln L may have several.

Variations that move a yield the same way on both sides make a second valley, and so do nuisance parameters that are
pulled by several standard deviations, where products of factors are far from a plane. Other ways lead down into it: by
short steps, along the slope alone, and from the minimum with one pull turned round. An ordinary fit pays for none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.inference.compiled import CompiledModel
from numm_stats.inference.kinks import minimise_branches as minimise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from numm_stats.inference.likelihood import Likelihood
    from numm_stats.inference.newton import Minimum

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["WALL", "lowest_minimum"]

WALL: Final = 1e30  # in -2 ln L, for data that are impossible
QUICK: Final = 6  # Newton steps of an ordinary fit; one that takes more is far from a parabola
CAUTIOUS: Final = 2.0  # standard deviations: the longest step of a way that is to stay in its valley
FAR: Final = 2.0  # standard deviations of a pull: few ordinary fits have a longer one
NEAR: Final = 0.5  # a shorter one says nothing about the side that its valley is on
MOST_TURNED: Final = 10  # pulls
MOST_ROUNDS: Final = 3
LOWER: Final = 1e-6  # in -2 ln L


def lowest_minimum(likelihood: Likelihood, initial: Array, held: Mask, start: Array | None = None) -> Minimum:
    """Return the minimum next to a start, or a lower one where there may be several.

    Args:
        likelihood: what is minimised.
        initial: values of all parameters to begin with (p,).
        held: parameters that keep their value of `initial` (p,).
        start: a better guess (p,), such as the minimum of a neighbouring fit, whose valley is taken as the right one
            if it is found at once, and the model is not known to have several.
    """
    best = minimise(likelihood, initial if start is None else np.where(held, initial, start), held)
    turning = _turning(likelihood, held)
    is_odd = not best.converged or best.iterations > QUICK
    if not is_odd and start is not None and not turning.any():
        return best
    if not np.isfinite(best.deviance) and likelihood.is_excluded(best.theta, held):
        return best
    if is_odd or (start is None and turning.any()):
        best = _lower(best, minimise(likelihood, initial, held, longest_step=CAUTIOUS))
    if (np.abs(_pulls(likelihood, best.theta)[~held]) > FAR).any():
        is_odd, down = True, _down_the_slope(likelihood, initial, held)
        best = _lower(best, minimise(likelihood, down, held, longest_step=CAUTIOUS))
    return _lowest_of_turned(likelihood, best, held, ~held if is_odd else turning, both=start is None)


def _lower(one: Minimum, other: Minimum) -> Minimum:
    return min(one, other, key=lambda each: (not each.converged, each.deviance))


def _turning(likelihood: Likelihood, held: Mask) -> Mask:
    """Return which parameters are known to move a yield the same way, or by another slope, on both sides."""
    mask = np.zeros(len(held), dtype=bool)
    if isinstance(likelihood.model, CompiledModel):
        mask[likelihood.model.turning] = True
        mask[likelihood.model.kinks] = True
    return mask & ~held


def _pulls(likelihood: Likelihood, theta: Array) -> Array:
    """Return the pulls of parameters with a Gaussian constraint (p,), zero of the others."""
    c, pulls = likelihood.model.constraints, np.zeros(len(theta))
    pulls[c.gaussian_parameters] = (theta[c.gaussian_parameters] - likelihood.data.auxiliary[c.gaussian_data]) / c.sigma
    return pulls


def _lowest_of_turned(likelihood: Likelihood, best: Minimum, held: Mask, candidates: Mask, *, both: bool) -> Minimum:
    """Return the lowest minimum that is found by turning single pulls round; see `_turned_round`."""
    for _ in range(MOST_ROUNDS):
        before = best
        for turned in _turned_round(likelihood, before.theta, candidates, both=both):
            best = _lower(best, minimise(likelihood, turned, held, longest_step=CAUTIOUS))
        if best.deviance > before.deviance - LOWER:
            break
    return best


def _turned_round(likelihood: Likelihood, theta: Array, candidates: Mask, *, both: bool) -> Iterator[Array]:
    """Yield the parameters with one pull of the candidates (p,) on its other side, at least by one; the longest first.

    Of a short pull `both` sides are tried, or none.
    """
    c, pulls = likelihood.model.constraints, _pulls(likelihood, theta)
    places = np.flatnonzero(candidates[c.gaussian_parameters])
    order = np.argsort(-np.abs(pulls[c.gaussian_parameters[places]]), kind="stable")
    for place in places[order][:MOST_TURNED]:
        i, centre = c.gaussian_parameters[place], likelihood.data.auxiliary[c.gaussian_data[place]]
        reach = c.sigma[place] * max(abs(pulls[i]), 1.0)
        sides = (-np.sign(pulls[i]),) if abs(pulls[i]) > NEAR else (-1.0, 1.0) if both else ()
        for side in sides:
            turned = theta.copy()
            turned[i] = centre + side * reach
            yield turned


def _down_the_slope(likelihood: Likelihood, initial: Array, held: Mask) -> Array:
    """Return where a truncated Newton method ends that knows the slope only, S. G. Nash, SIAM J. Numer. Anal. 21, 770.

    Its first steps are short, as those of the optimisers that other programs use.
    """
    from scipy.optimize import minimize  # noqa: PLC0415

    bounds = np.where(held[:, None], initial[:, None], likelihood.model.parameters.bounds)
    result = minimize(
        lambda theta: min(likelihood.deviance(theta), WALL),
        np.clip(initial, *bounds.T),
        jac=likelihood.gradient,
        bounds=bounds,
        method="TNC",
    )
    return np.asarray(result.x, dtype=float)
