"""Where a rising curve crosses a level, on the scale of the problem: no bracket from the user, relative tolerances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from numm_stats.errors import ComputationError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RELATIVE_TOLERANCE", "last_crossing", "upward_crossing"]

RELATIVE_TOLERANCE = 1e-9  # of the distance between the best fit and the crossing
MAXIMUM_DOUBLINGS = 60
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
