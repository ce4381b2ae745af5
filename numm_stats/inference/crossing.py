"""Where a rising curve crosses a level, on the scale of the problem: no bracket from the user, relative tolerances."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from numm_stats.errors import ComputationError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RELATIVE_TOLERANCE", "SEARCH_POINTS", "last_crossing", "newton_crossing", "secant", "upward_crossing"]

RELATIVE_TOLERANCE = 1e-9  # of the distance between the best fit and the crossing
NEWTON_TOLERANCE = 1e-5  # of that distance: a last step whose error is its square
MAXIMUM_DOUBLINGS = 60
SECANT_STEPS = 40
SECANT_TOLERANCE = 1e-11  # of the distance to the start
SEARCH_BEYOND = 40.0  # multiples of the first crossing that are searched for another one
SEARCH_POINTS = 24


def upward_crossing(curve: Callable[[float], float], start: float, scale: float) -> float:
    """Return x > start with curve(x) = 0, for a curve that is negative at start.

    Args:
        curve: rises through zero; close to linear in x helps (a square root of a likelihood ratio is).
        start: where the search begins; the curve is taken to be negative there.
        scale: first distance tried; doubled until the curve is positive.

    Raises:
        ComputationError: if the curve stays negative over 60 doublings of the scale.
    """
    from scipy.optimize import brentq  # noqa: PLC0415

    low, step = start, scale
    for _ in range(MAXIMUM_DOUBLINGS):
        high = start + step
        if curve(high) > 0.0:
            tolerance = RELATIVE_TOLERANCE * step
            return float(brentq(curve, low, high, xtol=tolerance, rtol=4.0 * 2.3e-16 + RELATIVE_TOLERANCE))
        low, step = high, 2.0 * step
    raise ComputationError(
        f"no limit up to {high:.4g}: the data do not constrain the parameter of interest; "
        "does the signal reach any bin?"
    )


def newton_crossing(curve: Callable[[float], tuple[float, float]], start: float, scale: float) -> float:
    """Return x > start with value(x) = 0, for a rising curve that gives (value, derivative) and is nearly straight.

    Newton's method inside a bracket that it narrows itself; a step that leaves the bracket is replaced by a bisection,
    or a doubling where there is no upper end yet. Ends when a step is below 1e-5 of the distance to the start, for the
    next one would be its square.

    Raises:
        ComputationError: if the curve stays negative over 60 doublings of the scale.
    """
    low, high = start, math.inf
    x = start + scale
    for _ in range(MAXIMUM_DOUBLINGS):
        value, slope = curve(x)
        low, high = (x, high) if value < 0.0 else (low, x)
        following = x - value / slope if slope > 0.0 else math.nan
        if abs(following - x) <= NEWTON_TOLERANCE * (x - start):
            return following
        outside = not low < following < min(high, start + 4.0 * (x - start))
        widened = start + 2.0 * (x - start) if math.isinf(high) else 0.5 * (low + high)
        x = widened if outside else following
    raise ComputationError(
        f"no limit up to {x:.4g}: the data do not constrain the parameter of interest; does the signal reach any bin?"
    )


def secant(curve: Callable[[float], float], start: float, scale: float) -> float:
    """Return x > start with curve(x) = 0, from x = start + scale, for a smooth curve that is cheap; NaN if none."""
    x, distance = start + 1.1 * scale, scale
    before, value = curve(start + distance), curve(x)
    for _ in range(SECANT_STEPS):
        rise = value - before
        if rise == 0.0:
            return x if value == 0.0 else math.nan
        following = x - value * (x - start - distance) / rise
        distance = x - start
        if abs(following - x) <= SECANT_TOLERANCE * distance:
            return following
        x, before = max(following, start + 0.1 * distance), value
        value = curve(x)
    return math.nan


def last_crossing(curve: Callable[[float], float], start: float, scale: float) -> tuple[float, bool]:
    """Return the largest upward crossing and whether there are several, for a curve that may dip again.

    The curve is searched up to 40 times the first crossing, on a geometric grid.
    """
    crossing = upward_crossing(curve, start, scale)
    several = False
    reach = crossing - start
    ratio = SEARCH_BEYOND ** (1.0 / SEARCH_POINTS)
    for k in range(1, SEARCH_POINTS + 1):
        point = start + reach * ratio**k
        if point > crossing and curve(point) < 0.0:
            crossing, several = upward_crossing(curve, point, point - start), True
    return crossing, several
