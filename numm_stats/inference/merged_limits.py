"""Upper limits read from an averaged profile or an envelope, by every construction that needs no toys.

The constructions are those of `limits` and `bayes`, with -2 ln P in the place of -2 ln L: of one configuration alone
they are the same numbers. No fit is made here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import ComputationError, InputError, nearest
from numm_stats.inference.asymptotic import (
    BAND,
    cls,
    clsb,
    root_asimov_at_clsb_limit,
    root_asimov_at_limit,
    threshold_one_sided,
)
from numm_stats.inference.limits import UpperLimit
from numm_stats.inference.merged_density import MergedDensity

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from numm_stats.inference.averaging import MergedProfile, Merger

    Array = NDArray[np.float64]

__all__ = ["CONSTRUCTIONS", "Construction", "Spread", "merged_limit", "spread_of"]

CONSTRUCTIONS: Final = ("cls", "clsb", "pcl", "delta-chi2", "bayes")
WITH_BACKGROUND: Final = ("cls", "clsb", "pcl")
RELATIVE_TOLERANCE: Final = 1e-12
LOWEST_P_VALUE: Final = 1e-300
CLOSE_TO_ZERO: Final = 1e-3  # of the first point above

Intervals = tuple[tuple[float, float], ...]
Expected = tuple[float | None, ...]


@dataclass(frozen=True)
class Construction:
    """How an upper limit is read from a curve.

    Attributes:
        name: one of `CONSTRUCTIONS`.
        confidence_level: between 0 and 1.
        delta_chi2: of "delta-chi2", the rise; one-sided by default, 1.642 at 90 %.
        power: of "bayes": the prior is flat in mu^(1/power).
    """

    name: str = "bayes"
    confidence_level: float = 0.9
    delta_chi2: float | None = None
    power: int = 1

    def __post_init__(self) -> None:
        name, level = self.name, self.confidence_level
        if name not in CONSTRUCTIONS:
            known = ", ".join(CONSTRUCTIONS)
            raise InputError(f"construction '{name}' is unknown{nearest(name, CONSTRUCTIONS)}; known are {known}")
        if not 0.0 < level < 1.0:
            raise InputError(f"confidence level {level}: must lie between 0 and 1, for example 0.9")
        if self.delta_chi2 is not None and name != "delta-chi2":
            raise InputError(f"delta_chi2 = {self.delta_chi2} belongs to the construction delta-chi2, not to '{name}'")
        if self.delta_chi2 is not None and not 0.0 < self.delta_chi2 < math.inf:
            raise InputError(f"delta_chi2 = {self.delta_chi2}: must be a positive number, for example 1.642 or 2.706")
        if name not in ("cls", "bayes") and self.delta_chi2 is None and level <= 0.5:
            raise InputError(
                f"confidence level {level}: a one-sided {name} limit lies above the best fit only beyond 0.5"
            )
        if self.power < 1 or self.power != int(self.power):
            raise InputError(f"power = {self.power}: must be a positive integer, the prior being flat in mu^(1/power)")

    @property
    def rise(self) -> float | None:
        """Of -2 ln P at the limit, of "delta-chi2"."""
        if self.name != "delta-chi2":
            return None
        return threshold_one_sided(self.confidence_level) if self.delta_chi2 is None else self.delta_chi2


@dataclass(frozen=True)
class Spread:
    """The limits of single configurations: their range and their standard deviation (n - 1); zero for one."""

    minimum: float
    maximum: float
    standard_deviation: float


def spread_of(limits: tuple[float, ...]) -> Spread:
    """Return the spread of limits, one or more."""
    deviation = float(np.std(limits, ddof=1)) if len(limits) > 1 else 0.0
    return Spread(min(limits), max(limits), deviation)


def merged_limit(merger: Merger, construction: Construction, warnings: tuple[str, ...] = ()) -> UpperLimit:
    """Return the upper limit that a construction reads from an average, an envelope, or one configuration.

    Args:
        merger: what `averaged`, `enveloped` or `single` returns.
        construction: how to read.
        warnings: to hand on with the limit.

    Raises:
        InputError: for "cls", "clsb" and "pcl" without Asimov sets.
        ComputationError: if the limit lies beyond what the profiles reach.
    """
    if construction.name in WITH_BACKGROUND and merger.background is None:
        raise InputError(f"construction '{construction.name}' needs background-only Asimov sets: profiles without them")
    readers = {"delta-chi2": _delta_chi2, "bayes": _bayes}
    found = readers.get(construction.name, _by_p_value)(merger, construction)
    quoted = merger.data if found.observed is not None or merger.background is None else merger.background
    limit = found.observed if found.observed is not None else found.expected[2]
    power = construction.power
    flat_in = f"flat in {merger.poi}" + (f"^(1/{power})" if power > 1 else "")
    return UpperLimit(
        construction=construction.name,
        calculator="asymptotic",
        confidence_level=construction.confidence_level,
        poi=merger.poi,
        observed=found.observed,
        expected=found.expected,
        uncertainty=_uncertainty(quoted, construction, limit or 0.0),
        delta_chi2=construction.rise,
        warnings=warnings + found.warnings,
        intervals=found.pieces,
        prior=flat_in if construction.name == "bayes" else None,
        likelihood="profile" if construction.name == "bayes" else None,
    )


@dataclass(frozen=True)
class _Found:
    observed: float | None
    expected: Expected
    pieces: Intervals = ()
    warnings: tuple[str, ...] = ()


def _bayes(merger: Merger, construction: Construction) -> _Found:
    def limit(curve: MergedProfile) -> float:
        return MergedDensity(curve, construction.power).above(1.0 - construction.confidence_level)

    expected = None if merger.background is None else limit(merger.background)
    return _Found(None if merger.asimov else limit(merger.data), (None, None, expected, None, None))


def _delta_chi2(merger: Merger, construction: Construction) -> _Found:
    root = math.sqrt(construction.rise or 0.0)
    expected = None if merger.background is None else _root_limit(merger.background, root)
    band = (None, None, expected, None, None)
    if merger.asimov:
        return _with_pieces(None, band, _allowed(merger.data, _over(merger.data, root)))
    pieces = _allowed(merger.data, _over(merger.data, root))
    return _with_pieces(pieces[-1][1], band, pieces)


def _by_p_value(merger: Merger, construction: Construction) -> _Found:
    """CLs, CLs+b, and CLs+b with the power constraint of arXiv:1105.3166."""
    alpha, data, background = 1.0 - construction.confidence_level, merger.data, merger.background or merger.data
    of_cls = construction.name == "cls"
    target = root_asimov_at_limit if of_cls else root_asimov_at_clsb_limit
    band = tuple(_root_limit(background, target(sigmas, alpha)) for sigmas in BAND)
    floor = band[1] if construction.name == "pcl" else 0.0
    expected: Expected = tuple(max(value, floor) for value in band)
    if merger.asimov:
        return _Found(None, expected)
    pieces = _allowed(data, _over_alpha(data, background, cls if of_cls else clsb, alpha))
    limit = pieces[-1][1] if pieces else 0.0
    if limit < floor:
        return _Found(floor, expected, (), ("the data lie below -1 sigma: the limit is the power constraint's",))
    if not pieces:
        none_left = "the data exclude every signal by p_mu, a downward fluctuation: quote cls or pcl"
        return _Found(0.0, expected, (), (none_left,))
    return _with_pieces(limit, expected, pieces)


def _with_pieces(observed: float | None, expected: Expected, pieces: Intervals) -> _Found:
    several = ("the allowed region has several parts: the limit is its upper end",) if len(pieces) > 1 else ()
    return _Found(observed, expected, pieces if several else (), several)


def _root_limit(curve: MergedProfile, root: float) -> float:
    """Return the last mu at which sqrt(-2 ln P) rises through a value; zero where that is negative."""
    return _allowed(curve, _over(curve, root))[-1][1] if root > 0.0 else 0.0


def _over(curve: MergedProfile, root: float) -> Callable[[Array], Array]:
    return lambda mu: np.asarray(np.sqrt(np.maximum(curve.rise(mu), 0.0)) - root, dtype=float)


def _over_alpha(
    data: MergedProfile, background: MergedProfile, p_value: Callable[[float, float], float], alpha: float
) -> Callable[[Array], Array]:
    def excess(mu: Array) -> Array:
        roots = np.sqrt(np.maximum(data.rise(mu), 0.0))
        asimov = np.sqrt(np.where(mu > background.mu_hat, np.maximum(background.rise(mu), 0.0), 0.0))
        values = [p_value(*pair) for pair in zip(roots.tolist(), asimov.tolist(), strict=True)]
        return np.asarray(math.log(alpha) - np.log(np.maximum(values, LOWEST_P_VALUE)), dtype=float)

    return excess


def _allowed(curve: MergedProfile, excess: Callable[[Array], Array]) -> Intervals:
    """Return the ranges of mu that are not excluded, ascending: all below mu-hat, and where the excess is negative.

    Raises:
        ComputationError: if the last knot is not excluded.
    """
    from scipy.optimize import brentq  # noqa: PLC0415

    def at(mu: float) -> float:
        return float(excess(np.array([mu]))[0])

    points = np.append(curve.mu_hat, curve.grid[curve.grid > curve.mu_hat])
    inside = excess(points) <= 0.0
    inside[0] = curve.mu_hat > 0.0 or at(CLOSE_TO_ZERO * points[1]) <= 0.0  # p-values at zero itself say nothing
    if inside[-1]:
        raise ComputationError(
            f"no limit up to {points[-1]:.4g}, beyond which no profile was made: ask for a lower level"
        )
    edges = [0.0] if inside[0] else []
    for k in np.flatnonzero(inside[1:] != inside[:-1]):
        low, high = points[k], points[k + 1]
        edges.append(float(brentq(at, low, high, xtol=RELATIVE_TOLERANCE * high, rtol=RELATIVE_TOLERANCE)))
    return tuple(zip(edges[::2], edges[1::2], strict=True))


def _uncertainty(curve: MergedProfile, construction: Construction, limit: float) -> float:
    """Return what the accuracy of -2 ln P makes of a limit."""
    if limit <= curve.mu_hat:
        return 0.0
    if construction.name == "bayes":
        return MergedDensity(curve, construction.power).uncertainty(limit, 1.0 - construction.confidence_level)
    slope = max(abs(curve.slope(limit)), np.finfo(float).tiny)
    return curve.accuracy / slope + 2.0 * RELATIVE_TOLERANCE * limit
