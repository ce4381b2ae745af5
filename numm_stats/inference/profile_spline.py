"""A profile likelihood as a spline: fitted once, then evaluated as often as an average or a quantile wants.

Cubic in each piece, with the slopes that conditional fits know without further cost: exact where ln L is a parabola.
Pieces are halved until the middle of each is where the spline said, and closest where the likelihood is largest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import ComputationError, InputError
from numm_stats.inference.landmarks import ProfileCurve

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.interpolate import PPoly

    from numm_stats.inference.profile import Profile
    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["ACCURACY", "ProfileSpline", "profile_spline", "spline_through"]

ACCURACY: Final = 1e-6  # of -2 ln lambda~ at its minimum: 2e-7 of a limit
GAIN: Final = 1.0 / 8.0  # of halving a piece: 1/16 for a cubic, with room to spare
MOST_KNOTS: Final = 1000
FINEST: Final = 1e-9  # of the last knot: a piece that is not halved


@dataclass(frozen=True)
class ProfileSpline:
    """-2 ln lambda~ of one dataset along mu >= 0, straight lines beyond the knots.

    Attributes:
        mu: knots, ascending (k,).
        rises: -2 ln lambda~ there (k,).
        slopes: its derivatives (k,).
        mu_hat: best fit, zero or more.
        deviance: -2 ln [L / L(saturated)] at the best fit.
        null: -2 ln lambda~ at mu = 0; infinite where background alone cannot have made the data.
        accuracy: of -2 ln lambda~ near its minimum.
    """

    mu: Array
    rises: Array
    slopes: Array
    mu_hat: float
    deviance: float
    null: float
    accuracy: float = 0.0

    def rise(self, mu: Array) -> Array:
        """Return -2 ln lambda~ at mu, any shape."""
        inside = np.clip(mu, self.mu[0], self.mu[-1])
        beyond = np.where(mu > inside, self.slopes[-1], self.slopes[0]) * (mu - inside)
        return np.asarray(self._curve(inside) + beyond, dtype=float)

    def slope(self, mu: Array) -> Array:
        """Return the derivative of -2 ln lambda~ at mu, any shape."""
        return np.asarray(self._curve(np.clip(mu, self.mu[0], self.mu[-1]), 1), dtype=float)

    def rescaled(self, unit: float) -> ProfileSpline:
        """Return the same in another unit of mu, of which there are `unit` in one of this."""
        return replace(self, mu=self.mu * unit, slopes=self.slopes / unit, mu_hat=self.mu_hat * unit)

    @cached_property
    def _curve(self) -> PPoly:
        from scipy.interpolate import CubicHermiteSpline  # noqa: PLC0415

        return CubicHermiteSpline(self.mu, self.rises, self.slopes)


def profile_spline(data: StatisticalModel | Profile, *, reach: float, accuracy: float = ACCURACY) -> ProfileSpline:
    """Return the profile of a dataset as a spline.

    Args:
        data: a model with its data, or the profile of one.
        reach: -2 ln lambda~ up to which the spline has knots.
        accuracy: of -2 ln lambda~ where it is zero; e times worse for every four units that it rises.

    Raises:
        ComputationError: if a fit fails, the data do not constrain mu, or the profile is too rough.
    """
    curve = ProfileCurve(data)
    curve.explore(reach)
    mu = curve.known
    below = np.flatnonzero([curve.rise(value) <= reach for value in mu.tolist()])
    knots = _refined(curve, mu[max(below[0] - 1, 0) : below[-1] + 2].tolist(), accuracy)
    return ProfileSpline(
        mu=np.array(knots),
        rises=np.array([curve.rise(value) for value in knots]),
        slopes=np.array([curve.slope(value) for value in knots]),
        mu_hat=curve.profile.mu_hat,
        deviance=curve.profile.best.deviance,
        null=curve.rise(0.0),
        accuracy=accuracy,
    )


def spline_through(mu: ArrayLike, values: ArrayLike, slopes: ArrayLike) -> ProfileSpline:
    """Return the spline through points of a profile from elsewhere.

    Args:
        mu: ascending, zero or more (k,), beginning at zero unless L is negligible below the first.
        values: -2 ln L, or the deviance: what profiles of the same data have in common may be left out (k,).
        slopes: their derivatives by mu (k,).

    Raises:
        InputError: for fewer than two points, arrays of different lengths, points that do not ascend from zero, or
            numbers that are not finite.
    """
    x, y, dy = (np.asarray(array, dtype=float) for array in (mu, values, slopes))
    if not (x.ndim == 1 and len(x) > 1 and x.shape == y.shape == dy.shape):
        raise InputError(f"a profile of shapes {x.shape}, {y.shape}, {dy.shape}: must be at least two points, as many")
    if not (np.isfinite([x, y, dy]).all() and x[0] >= 0.0 and (np.diff(x) > 0.0).all()):
        raise InputError("the points of a profile must be finite numbers, their mu ascending from zero or above")
    raw = ProfileSpline(x, y, dy, 0.0, 0.0, 0.0)
    turns = raw._curve.derivative().roots(extrapolate=False)
    candidates = np.concatenate([x, turns[np.isfinite(turns)]])
    best = float(candidates[np.argmin(raw.rise(candidates))])
    lowest = float(raw.rise(np.array(best)))
    null = float(raw.rise(np.array(0.0))) - lowest
    return ProfileSpline(x, y - lowest, dy, best, lowest, null)


def _refined(curve: ProfileCurve, knots: list[float], accuracy: float) -> list[float]:
    """Return the knots and the middles that are needed between them."""
    pieces = list(pairwise(knots))
    found = set(knots)
    while pieces:
        low, high = pieces.pop()
        middle = 0.5 * (low + high)
        found.add(middle)
        if len(found) > MOST_KNOTS:
            raise ComputationError(
                f"the profile of {curve.profile.model.poi} is too rough for a spline: look at it with `scan`"
            )
        allowed = accuracy * math.exp(0.25 * max(min(curve.rise(low), curve.rise(high)), 0.0))
        if GAIN * _surprise(curve, low, middle, high) > allowed and high - low > FINEST * knots[-1]:
            pieces += [(low, middle), (middle, high)]
    return sorted(found)


def _surprise(curve: ProfileCurve, low: float, middle: float, high: float) -> float:
    """Return how far -2 ln lambda~ in the middle is from the cubic between the ends; the fit starts between theirs."""
    for mu in (low, high):
        curve.profile.remember(mu, curve.minima[mu].theta)
    cubic = 0.5 * (curve.rise(low) + curve.rise(high)) + 0.125 * (high - low) * (curve.slope(low) - curve.slope(high))
    return abs(curve.rise(middle) - cubic)
