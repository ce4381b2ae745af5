"""Where p-values of toys at several values of mu cross 1 - CL: the edges of a confidence region."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

from numm_stats.errors import ComputationError

if TYPE_CHECKING:
    from numm_stats.inference.tally import PValue
    from numm_stats.inference.toy_points import ToyPoint

__all__ = ["Edge", "accepted", "edges_of_region", "intervals_of_region"]

CLEAR: Final = 3.0  # standard errors that a gap must be below alpha to be one
UNCLEAR: Final = 2.0  # standard errors within which the other side of alpha is possible


@dataclass(frozen=True)
class Edge:
    """Where the p-value crosses alpha.

    Attributes:
        mu: the place.
        error: its standard error.
        place: number of the tested value before it; the next one is on the other side.
        rises: whether values above it are accepted.
    """

    mu: float
    error: float
    place: int
    rises: bool


def accepted(tails: list[PValue], alpha: float) -> list[bool]:
    """Return which values are accepted; a gap in which no p-value is clearly below alpha is a fluctuation of toys."""
    sides = [tail.value > alpha for tail in tails]
    joined: list[bool] = []
    for side, run in groupby(range(len(sides)), key=lambda k: sides[k]):
        places = list(run)
        inside = not side and places[0] > 0 and places[-1] < len(sides) - 1
        clear = any(alpha - tails[k].value > CLEAR * tails[k].error for k in places)
        joined += [side or (inside and not clear)] * len(places)
    return joined


def edges_of_region(points: list[ToyPoint], tails: list[PValue], alpha: float) -> list[Edge]:
    """Return the edges, by straight lines of ln p; the error from a slope that is more than noise.

    Raises:
        ComputationError: if there is no upper edge between the values tested.
    """
    logs = [math.log(max(tail.value, 0.5 / tail.total)) for tail in tails]
    errors = [tail.error / math.exp(log) for tail, log in zip(tails, logs, strict=True)]
    found = []
    for k, (one, other) in enumerate(pairwise(accepted(tails, alpha))):
        if one == other:
            continue
        width, step = points[k + 1].mu - points[k].mu, logs[k] - logs[k + 1]
        share = min(max((logs[k] - math.log(alpha)) / step, 0.0), 1.0) if step else 0.5
        spread = math.hypot((1.0 - share) * errors[k], share * errors[k + 1])
        mu = [point.mu for point in points]
        edge, slope = mu[k] + share * width, _slope(mu, logs, errors, k)
        doubt = max(abs(mu[end] - edge) for end in _unclear(tails, alpha, k))
        found.append(Edge(edge, max(spread / slope, doubt / UNCLEAR), k, rises=other))
    if not found or found[-1].rises:
        raise ComputationError(
            f"no upper edge of the confidence region between {points[0].mu:.4g} and {points[-1].mu:.4g}: "
            "throw more toys"
        )
    return found


def _unclear(tails: list[PValue], alpha: float, k: int) -> tuple[int, int]:
    """Return the last values on both sides of an edge with nothing between that is clear of alpha."""

    def is_unclear(place: int) -> bool:
        return abs(tails[place].value - alpha) < UNCLEAR * tails[place].error

    low, high = k, k + 1
    while low > 0 and is_unclear(low) and is_unclear(low - 1):
        low -= 1
    while high < len(tails) - 1 and is_unclear(high) and is_unclear(high + 1):
        high += 1
    return (low if is_unclear(low) else k + 1), (high if is_unclear(high) else k)


def _slope(mu: list[float], logs: list[float], errors: list[float], k: int) -> float:
    """Return |d ln p / d mu| between the nearest values around an edge whose p-values differ by more than noise."""
    low, high = k, k + 1
    while abs(logs[low] - logs[high]) < CLEAR * math.hypot(errors[low], errors[high]):
        if low == 0 and high == len(mu) - 1:
            break
        low, high = max(low - 1, 0), min(high + 1, len(mu) - 1)
    return max(abs(logs[low] - logs[high]), 1e-9) / (mu[high] - mu[low])


def intervals_of_region(points: list[ToyPoint], edges: list[Edge]) -> tuple[tuple[float, float], ...]:
    """Return the intervals between the edges; the first begins at the first value tested if that is accepted."""
    starts = [edge.mu for edge in edges if edge.rises]
    if not edges[0].rises:
        starts.insert(0, points[0].mu)
    return tuple(zip(starts, [edge.mu for edge in edges if not edge.rises], strict=True))
