"""Upper limits from toys: CLs, CLs+b and power-constrained, with their band, and an uncertainty on every number.

At each of a few values of mu, q~_mu of the data is compared with toys of signal plus background, nuisance parameters at
their conditional best fit to the data at mu, and with background-only toys. The limit is where ln CLs crosses ln alpha,
interpolated along the asymptotic curve, and its uncertainty is what the binomial errors of the two points around it
make of it. All constructions are read from the same toys, in memory that does not depend on their number.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr

from numm_stats.errors import ComputationError, InputError, nearest
from numm_stats.inference.asymptotic import BAND
from numm_stats.inference.batch.ensemble import BLOCK
from numm_stats.inference.caveats import odd_expectation
from numm_stats.inference.limits import UpperLimit, background_asimov, upper_limit
from numm_stats.inference.profile import Profile
from numm_stats.inference.toy_ladder import ToyLadder, ToyOptions, failure_warnings, rounded
from numm_stats.inference.toy_points import Crossing, Estimate, ToyPoint, asymptotic_log_p, crossing

if TYPE_CHECKING:
    from numm_stats.inference.statmodel import StatisticalModel

__all__ = [
    "CONSTRUCTIONS_WITH_TOYS",
    "limit_from_points",
    "suggested_grid",
    "toy_upper_limit",
    "toy_upper_limits",
]

CONSTRUCTIONS_WITH_TOYS: Final = ("cls", "clsb", "pcl")
STEP: Final = 1.2  # from one tested value to the next
FEWEST_POINTS, MOST_POINTS = 12, 32
FIRST_ROUND: Final = 4 * BLOCK  # of toys, where their number is found out
FEW_TOYS: Final = 10
BELOW, ABOVE = 0.75, 1.3  # of the lowest and highest asymptotic limit of the band: where the grid begins and ends
FARTHEST: Final = 12  # steps of 1.3 beyond the grid, where the asymptotic formulae were wrong about it


def toy_upper_limits(
    model: StatisticalModel, constructions: tuple[str, ...], options: ToyOptions, *, confidence_level: float = 0.9
) -> tuple[UpperLimit, ...]:
    """Return the upper limits of several constructions from the same toys.

    Args:
        model: a statistical model with its data.
        constructions: of "cls", "clsb" and "pcl".
        options: number of toys, seed, engine, executor.
        confidence_level: between 0 and 1.

    Raises:
        InputError: for another construction.
        ComputationError: if the limit lies far outside the grid that the asymptotic band suggests, or too few
            background toys are as extreme as the data.
    """
    start = time.perf_counter()
    for construction in constructions:
        _check_construction(construction)
    ladder = ToyLadder(model, suggested_grid(model, confidence_level), options)
    if options.announce is not None:
        options.announce(options.toys * (1 + len(ladder.points)))
    first = min(FIRST_ROUND, options.toys) if options.grows else options.toys
    ladder.extend([point.mu for point in ladder.points], first)
    kinds = {"clsb" if construction == "pcl" else construction for construction in constructions}
    for kind in sorted(kinds):
        _enclose(ladder, kind, 1.0 - confidence_level, first)
    if options.grows:
        for kind in sorted(kinds):
            _adapt(ladder, kind, 1.0 - confidence_level)
    found = [limit_from_points(model, name, ladder.points, confidence_level=confidence_level) for name in constructions]
    spent = time.perf_counter() - start
    return tuple(replace(limit, seconds=spent, toys=ladder.toys, fallbacks=ladder.fallbacks) for limit in found)


def toy_upper_limit(
    model: StatisticalModel, construction: str, options: ToyOptions, *, confidence_level: float = 0.9
) -> UpperLimit:
    """Return the upper limit of one construction from toys, see `toy_upper_limits`."""
    return toy_upper_limits(model, (construction,), options, confidence_level=confidence_level)[0]


def _check_construction(construction: str) -> None:
    if construction not in CONSTRUCTIONS_WITH_TOYS:
        raise InputError(
            f"construction '{construction}' has no toys{nearest(construction, CONSTRUCTIONS_WITH_TOYS)}; "
            f"there are {', '.join(CONSTRUCTIONS_WITH_TOYS)}, and feldman-cousins"
        )


def suggested_grid(model: StatisticalModel, confidence_level: float = 0.9) -> list[float]:
    """Return values of mu that enclose the observed limits and their bands, from the asymptotic formulae.

    The same ones for all constructions, so that toys stored for one serve the others.
    """
    known = []
    for construction in ("cls", "clsb") if confidence_level > 0.5 else ("cls",):
        asymptotic = upper_limit(model, construction, confidence_level=confidence_level)
        known += [value for value in (asymptotic.observed, *asymptotic.expected) if value]
    low, high = BELOW * min(known), ABOVE * max(known)
    count = int(np.clip(np.ceil(np.log(high / low) / np.log(STEP)) + 1, FEWEST_POINTS, MOST_POINTS))
    return [rounded(mu) for mu in np.geomspace(low, high, count)]


def _wanted(ladder: ToyLadder, construction: str, alpha: float) -> list[float | None]:
    """Return the fluctuations of which a limit is wanted, None for the data: not those that exclude every signal."""
    band: list[float | None]
    band = [float(sigmas) for sigmas in BAND if construction == "cls" or ndtr(sigmas) > alpha]
    return band if ladder.model.asimov else [None, *band]


def _enclose(ladder: ToyLadder, construction: str, alpha: float, toys: int) -> None:
    """Add values below and above until all limits are between two of them, as far as that goes."""
    for sigmas in _wanted(ladder, construction, alpha):
        for _ in range(FARTHEST):
            edges = [point.p_value(construction, sigmas).value for point in (ladder.points[0], ladder.points[-1])]
            if edges[1] > alpha:
                new = ladder.points[-1].mu * ABOVE
            elif edges[0] <= alpha:
                new = ladder.points[0].mu / ABOVE
            else:
                break
            ladder.insert(rounded(new))
            ladder.extend([rounded(new)], toys)


def _adapt(ladder: ToyLadder, construction: str, alpha: float) -> None:
    """Throw more toys at the two points around each crossing, until they say enough or the budget is spent."""
    options = ladder.options
    for sigmas in _wanted(ladder, construction, alpha):
        while True:
            found = crossing(ladder.points, alpha, construction, sigmas)
            if found is None:
                break
            around = ladder.points[found.place : found.place + 2]
            if options.precision is not None:
                poor = around if found.error > options.precision * found.mu else []
            else:
                poor = [point for point in around if not _is_clear(point.p_value(construction, sigmas), alpha, options)]
            poor = [point for point in poor if point.toys < options.toys]
            if not poor:
                break
            fewest = min(point.toys for point in poor)
            ladder.extend([point.mu for point in poor], min(2 * fewest, options.toys))


def _is_clear(found: Estimate, alpha: float, options: ToyOptions) -> bool:
    """Whether a p-value is clear of alpha, by the larger of its own error and that of a p-value of alpha.

    Its own is too small where it fluctuated downward: that would end the toys when they are wrong.
    """
    scale = math.sqrt(alpha / found.value) if 0.0 < found.value < alpha else 1.0
    return abs(found.value - alpha) > (options.adaptive or 0.0) * scale * found.error


def limit_from_points(
    model: StatisticalModel, construction: str, points: list[ToyPoint], *, confidence_level: float = 0.9
) -> UpperLimit:
    """Return the limit that toys at a grid of values give, thrown now or read from a campaign."""
    _check_construction(construction)
    data = Profile(model.above_zero())
    limits = _Limits(data, points, 1.0 - confidence_level, "clsb" if construction == "pcl" else construction)
    observed = None if model.asimov else limits.at(None)
    band = [limits.at(float(sigmas)) for sigmas in BAND]
    warnings = _remarks(data, observed, band)
    if construction == "pcl":
        observed, band, warnings = _power_constrained(observed, band)
    quoted = band[2] if model.asimov else observed
    if quoted is None:
        raise ComputationError(
            f"the {construction} limit lies outside mu = {points[0].mu:.4g} to {points[-1].mu:.4g}, where the "
            "asymptotic formulae put it: the signal or the background is too small for them"
        )
    failures = sum(point.signal.failures + point.background.failures for point in points)
    thrown = sum(point.toys for point in points) + max(len(point.background) for point in points)
    return UpperLimit(
        construction=construction,
        calculator="toys",
        confidence_level=confidence_level,
        poi=model.poi,
        observed=None if observed is None else observed.mu,
        expected=tuple(None if edge is None else edge.mu for edge in band),
        uncertainty=quoted.error,
        expected_uncertainty=tuple(None if edge is None else edge.error for edge in band),
        warnings=warnings + failure_warnings(failures, thrown),
        toys=thrown,
        failures=failures,
        tests=tuple(point.to_dict() for point in points),
    )


class _Limits:
    """Crossings of one construction for the data and at all fluctuations of the background."""

    def __init__(self, data: Profile, points: list[ToyPoint], alpha: float, construction: str) -> None:
        self.points, self.alpha, self.construction = points, alpha, construction
        asimov = Profile(background_asimov(data.model, data))
        self._shape = partial(asymptotic_log_p, data, asimov, construction)

    def at(self, sigmas: float | None) -> Crossing | None:
        """Return the crossing: at zero where every signal is excluded, None where it is outside the tested values."""
        if self.construction == "clsb" and self._excludes_all(sigmas):
            return Crossing(0.0, 0.0, 0, len(self.points[0].signal))
        try:
            return crossing(self.points, self.alpha, self.construction, sigmas, self._shape(sigmas))
        except ComputationError:
            if sigmas is None:
                raise
            return None

    def _excludes_all(self, sigmas: float | None) -> bool:
        """CLs+b of the faintest signal is CLb: that of the data is as good as its value at the lowest mu tested."""
        lowest = self.points[0]
        if sigmas is None:
            return lowest.p_value("clsb").value <= self.alpha
        background = lowest.background
        return background.tail(background.quantile(float(ndtr(sigmas)))).value <= self.alpha


def _power_constrained(
    observed: Crossing | None, band: list[Crossing | None]
) -> tuple[Crossing | None, list[Crossing | None], tuple[str, ...]]:
    """arXiv:1105.3166, section 3: a signal is excluded only where background at -1 sigma would exclude it too."""
    floor = band[1]
    if floor is None:
        raise ComputationError("the -1 sigma limit of clsb, which constrains pcl, lies outside the values tested")
    raised = [edge if edge is None or edge.mu > floor.mu else floor for edge in band]
    if observed is None or observed.mu > floor.mu:
        return observed, raised, ()
    return floor, raised, ("the data lie below -1 sigma: the limit is the power constraint's",)


def _remarks(data: Profile, observed: Crossing | None, band: list[Crossing | None]) -> tuple[str, ...]:
    missing = [f"{sigmas:+d} sigma" for sigmas, edge in zip(BAND, band, strict=True) if edge is None]
    found: tuple[str, ...] = ()
    if missing:
        found += (f"the limit at {', '.join(missing)} lies outside the values that were tested",)
    poor = [f"{sigmas:+d} sigma" for sigmas, edge in zip(BAND, band, strict=True) if edge and edge.toys < FEW_TOYS]
    if observed is not None and observed.toys < FEW_TOYS:
        poor.insert(0, "the data")
    if poor:
        found += (f"fewer than {FEW_TOYS} toys decide the limit of {', '.join(poor)}: its uncertainty is a rough one",)
    if observed is not None and observed.mu == 0.0:
        found += ("the data exclude every signal by p_mu, a downward fluctuation: quote cls or pcl",)
    return data.model.warnings + found + odd_expectation(data)
