"""Feldman-Cousins intervals by toys (physics/9711021; with nuisance parameters, ordering by t~_mu).

A value of mu belongs to the confidence region if at least a part 1 - CL of toys thrown there, nuisance parameters at
their conditional best fit to the data, has a t~_mu as large as the data's. With few counts that part is a saw-tooth in
mu: it is sought cell by cell where it comes near 1 - CL, and the region may have several parts.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import ComputationError
from numm_stats.inference.acceptance import Edge, edges_of_region, intervals_of_region
from numm_stats.inference.asymptotic import threshold_two_sided
from numm_stats.inference.batch.ensemble import BLOCK
from numm_stats.inference.crossing import upward_crossing
from numm_stats.inference.limits import UpperLimit, background_asimov, upper_limit
from numm_stats.inference.profile import Profile
from numm_stats.inference.toy_ladder import ToyLadder, ToyOptions, failure_warnings, rounded

if TYPE_CHECKING:
    from numm_stats.inference.statmodel import StatisticalModel
    from numm_stats.inference.toy_points import ToyPoint

__all__ = ["feldman_cousins", "first_values", "region_from_points"]

CELLS: Final = 24
BEYOND: Final = 2.2  # times the asymptotic threshold of t~: how far the first values go
GROWTH: Final = 4  # from one round of toys to the next, where their number is found out
COARSE: Final = 8  # the first round throws so many times fewer toys
NEAR: Final = 2.5  # a cell whose p-values are within this factor of alpha is looked into
PARTS: Final = 4
BISECTIONS: Final = 8
FARTHEST: Final = 12  # steps of 1.3 beyond the first values
HALVINGS: Final = 10
AROUND_EXPECTED: Final = (0.5, 0.7, 0.85, 1.0, 1.15, 1.35, 1.7)  # times the asymptotic expected edge
MOST_FOR_EXPECTED: Final = 16 * BLOCK
OUTSIDE: Final = "the expected limit lies outside the values that were tested"
NARROWEST: Final = 1e-3  # part of mu: cells are not cut below it


def feldman_cousins(model: StatisticalModel, options: ToyOptions, *, confidence_level: float = 0.9) -> UpperLimit:
    """Return the confidence region of the parameter of interest, all its intervals, and their upper end as a limit.

    The expected limit is that of the background-only Asimov set, with the same toys.

    Args:
        model: a statistical model with its data.
        options: number of toys for each value that matters, seed, engine, executor; values far from an edge of the
            region get fewer.
        confidence_level: between 0 and 1.

    Raises:
        ComputationError: if the data do not constrain the signal, or too few toys were thrown to see an edge.
    """
    start, alpha = time.perf_counter(), 1.0 - confidence_level
    ladder = ToyLadder(model, first_values(model, confidence_level), options, "t_mu_tilde")
    if options.announce is not None:
        options.announce(options.toys * len(ladder.points))
    _explore(ladder, alpha)
    if not model.asimov:
        _explore_expected(ladder, confidence_level)
    found = region_from_points(model, ladder.points, confidence_level=confidence_level)
    return replace(found, seconds=time.perf_counter() - start, fallbacks=ladder.fallbacks)


def region_from_points(model: StatisticalModel, points: list[ToyPoint], *, confidence_level: float = 0.9) -> UpperLimit:
    """Return the confidence region that toys at a grid of values give, thrown now or read from a campaign.

    Raises:
        ComputationError: if there is no upper edge between the values tested.
    """
    alpha = 1.0 - confidence_level
    edges = edges_of_region(points, [point.signal.tail() for point in points], alpha)
    intervals = intervals_of_region(points, edges)
    median = edges[-1] if model.asimov else _expected(model, points, alpha)
    failures, thrown = sum(point.signal.failures for point in points), sum(point.toys for point in points)
    return UpperLimit(
        construction="feldman-cousins",
        calculator="toys",
        confidence_level=confidence_level,
        poi=model.poi,
        observed=None if model.asimov else intervals[-1][1],
        expected=(None, None, None if median is None else median.mu, None, None),
        uncertainty=edges[-1].error,
        expected_uncertainty=(None, None, None if median is None else median.error, None, None),
        warnings=failure_warnings(failures, thrown) + (() if median else (OUTSIDE,)),
        toys=thrown,
        failures=failures,
        intervals=intervals,
        tests=tuple(_test(point) for point in points),
    )


def _test(point: ToyPoint) -> dict[str, float]:
    tail = point.signal.tail()
    low, high = tail.interval()
    return {"mu": point.mu, "t": point.observed, "toys": point.toys, "p": tail.value, "p_low": low, "p_high": high}


def first_values(model: StatisticalModel, confidence_level: float, cells: int = CELLS) -> list[float]:
    """Return values from where t~ of the data is far beyond its asymptotic threshold to where it is so again."""
    data = Profile(model.above_zero())
    target = math.sqrt(BEYOND * threshold_two_sided(confidence_level))

    def beyond(mu: float) -> float:
        return math.sqrt(data.minus_two_log_ratio(mu)) - target

    high = upward_crossing(beyond, data.mu_hat, target * data.mu_error)
    low = 0.0
    if data.mu_hat > 0.0 and beyond(0.0) > 0.0:
        upper = data.mu_hat
        for _ in range(HALVINGS):
            middle = 0.5 * (low + upper)
            low, upper = (middle, upper) if beyond(middle) > 0.0 else (low, middle)
    return [rounded(mu) for mu in np.linspace(low, high, cells + 1)]


def _explore(ladder: ToyLadder, alpha: float) -> None:
    """Throw few toys everywhere, look into the cells where p comes near alpha, and throw more at the edges."""
    options = ladder.options
    few = min(BLOCK if options.grows else BLOCK * -(-options.toys // (COARSE * BLOCK)), options.toys)
    ladder.extend([point.mu for point in ladder.points], few)
    for _ in range(FARTHEST):
        if ladder.points[-1].signal.tail().value <= alpha:
            break
        ladder.insert(rounded(1.3 * ladder.points[-1].mu))
        ladder.extend([ladder.points[-1].mu], few)
    for low, high in list(pairwise(ladder.points)):
        if all(alpha / NEAR < point.signal.tail().value < alpha * NEAR for point in (low, high)):
            for mu in np.linspace(low.mu, high.mu, PARTS + 1)[1:-1].tolist():
                ladder.insert(rounded(mu))
                ladder.extend([rounded(mu)], few)
    toys = min(GROWTH * few, options.toys) if options.grows else options.toys
    _refine(ladder, alpha, toys)
    while toys < options.toys and not all(_is_settled(ladder, edge, alpha) for edge in _edges(ladder, alpha)):
        toys = min(GROWTH * toys, options.toys)
        _refine(ladder, alpha, toys)


def _is_settled(ladder: ToyLadder, edge: Edge, alpha: float) -> bool:
    """Whether the options ask for no more toys at an edge."""
    precision, adaptive = ladder.options.precision, ladder.options.adaptive
    if precision is not None:
        return edge.error < precision * edge.mu
    tails = [point.signal.tail() for point in ladder.points[edge.place : edge.place + 2]]
    return all(abs(tail.value - alpha) > (adaptive or 0.0) * tail.error for tail in tails)


def _refine(ladder: ToyLadder, alpha: float, toys: int) -> None:
    """Throw so many toys at the edges, and cut their cells until they are as narrow as that tells."""
    for _ in range(BISECTIONS):
        _throw_at_edges(ladder, alpha, toys)
        if not _bisect(ladder, alpha, toys):
            return


def _throw_at_edges(ladder: ToyLadder, alpha: float, toys: int) -> None:
    """Throw toys where p is not clear of alpha and on both sides of every edge, as often as those change."""
    while True:
        places = {place for edge in _edges(ladder, alpha) for place in (edge.place, edge.place + 1)}
        at_edges = {ladder.points[place].mu for place in places}
        for point in ladder.points:
            tail = point.signal.tail()
            if abs(tail.value - alpha) < 4.0 * tail.error:
                at_edges.add(point.mu)
        missing = [point.mu for point in ladder.points if point.mu in at_edges and point.toys < toys]
        if not missing:
            return
        ladder.extend(missing, toys)


def _bisect(ladder: ToyLadder, alpha: float, toys: int) -> bool:
    """Add a value in the middle of each cell with an edge that is wider than what is known of the edge; say if any."""
    middles = []
    for edge in _edges(ladder, alpha):
        low, high = (point.mu for point in ladder.points[edge.place : edge.place + 2])
        if high - low > max(edge.error, NARROWEST * high):
            middles.append(rounded(0.5 * (low + high)))
    for middle in middles:
        ladder.insert(middle)
    ladder.extend(middles, toys)
    return bool(middles)


def _edges(ladder: ToyLadder, alpha: float) -> list[Edge]:
    return edges_of_region(ladder.points, [point.signal.tail() for point in ladder.points], alpha)


def _expected(model: StatisticalModel, points: list[ToyPoint], alpha: float) -> Edge | None:
    """Return the upper edge for the background-only Asimov set; None where it lies outside the values tested."""
    data = Profile(model.above_zero())
    asimov = Profile(background_asimov(data.model, data))
    tails = [point.signal.tail(asimov.minus_two_log_ratio(point.mu)) for point in points]
    try:
        return edges_of_region(points, tails, alpha)[-1]
    except ComputationError:
        return None


def _explore_expected(ladder: ToyLadder, confidence_level: float) -> None:
    """Throw toys around the upper edge that the background-only Asimov set has, where the data's region has none."""
    edge = upper_limit(
        ladder.model, "delta-chi2", confidence_level=confidence_level, delta_chi2=threshold_two_sided(confidence_level)
    ).median
    tested = [point.mu for point in ladder.points]
    missing = [rounded(part * edge) for part in AROUND_EXPECTED]
    new = [mu for mu in missing if not tested[0] <= mu <= tested[-1]]
    for mu in new:
        ladder.insert(mu)
    ladder.extend(new, min(ladder.options.toys, MOST_FOR_EXPECTED))
