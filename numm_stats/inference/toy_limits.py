"""Upper limits from toys: CLs and CLs+b with their band, and an uncertainty on every number.

At each of a few values of mu, q~_mu of the data is compared with toys of signal plus background, nuisance parameters at
their conditional best fit to the data at mu, and with background-only toys. Tail probabilities come with their binomial
errors; the limit is where ln CLs, joined by straight lines in mu, crosses ln alpha, and its uncertainty is what the
binomial errors of the two points around it make of it.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import ComputationError, InputError, nearest
from numm_stats.inference.asymptotic import BAND
from numm_stats.inference.caveats import odd_expectation
from numm_stats.inference.limits import UpperLimit, upper_limit
from numm_stats.inference.profile import Profile
from numm_stats.inference.toys import ToyValues, conditional_hypothesis, throw, toy_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = [
    "ToyOptions",
    "ToyPoint",
    "limit_from_points",
    "suggested_grid",
    "tail_probability",
    "toy_points",
    "toy_upper_limit",
    "toy_upper_limits",
]

CONSTRUCTIONS_WITH_TOYS: Final = ("cls", "clsb")
GRID_POINTS: Final = 16
BELOW, ABOVE = 0.75, 1.3  # of the lowest and highest asymptotic limit of the band: where the grid begins and ends
FAILURES_WORTH_SAYING: Final = 1e-3
FEWEST_BACKGROUND_TOYS: Final = 5  # as extreme as the data: fewer say nothing about CLb


@dataclass(frozen=True)
class ToyOptions:
    """How toys are thrown.

    Attributes:
        toys: for each hypothesis, at most.
        seed: of the random numbers.
        engine: "auto", "numba", "numpy" or "iminuit".
        executor: does the work; this process without one.
        report: is told the number of toys done.
    """

    toys: int = 10000
    seed: int = 0
    engine: str = "auto"
    executor: Executor | None = None
    report: Callable[[int], None] | None = None


@dataclass(frozen=True)
class ToyPoint:
    """Toys at one value of mu.

    Attributes:
        mu: parameter of interest.
        observed: q~_mu of the data.
        signal: q~_mu of signal-plus-background toys (n,).
        background: q~_mu of background-only toys (m,).
        failures: toys of which a fit failed.
    """

    mu: float
    observed: float
    signal: Array
    background: Array
    failures: int

    @classmethod
    def of_values(cls, mu: float, observed: float, signal: Array, background: Array) -> ToyPoint:
        """Return a point from all values, NaN where a fit failed: those are counted and left out."""
        failures = int(np.isnan(signal).sum() + np.isnan(background).sum())
        return cls(mu, observed, _kept(signal), _kept(background), failures)

    def cls(self, q: float | None = None) -> tuple[float, float]:
        """Return CLs and its standard error at an observed q~_mu, the data's own by default.

        NaN where fewer than five background toys are as extreme: CLb is then unknown, and with it CLs.
        """
        value = self.observed if q is None else q
        clsb, clsb_error = tail_probability(self.signal, value)
        clb, clb_error = tail_probability(self.background, value)
        if clb * len(self.background) < FEWEST_BACKGROUND_TOYS - 0.5:
            return math.nan, math.nan
        ratio = clsb / clb
        return ratio, math.hypot(clsb_error / clb, ratio * clb_error / clb)

    def clsb(self, q: float | None = None) -> tuple[float, float]:
        """Return CLs+b and its standard error."""
        return tail_probability(self.signal, self.observed if q is None else q)

    def at_background_quantile(self, sigmas: float) -> float:
        """Return the q~_mu that background alone exceeds as often as a fluctuation of -sigmas: band of the limit.

        A downward fluctuation of the background (negative sigmas) makes a signal look more excluded: a larger q~_mu.
        """
        from scipy.special import ndtr  # noqa: PLC0415

        return float(np.quantile(self.background, float(ndtr(-sigmas)), method="higher"))


def tail_probability(values: Array, observed: float) -> tuple[float, float]:
    """Return P(q >= observed) and its binomial standard error; where no toy passes, the error of one.

    >>> tail_probability(np.array([0.0, 1.0, 2.0, 3.0]), 2.0)
    (0.5, 0.25)
    """
    count = len(values)
    slack = 1e-9 * max(abs(observed), 1.0)  # fits agree to less than this: equal data have equal q
    fraction = float(np.count_nonzero(values >= observed - slack)) / count
    spread = max(fraction * (1.0 - fraction), 1.0 / count * (1.0 - 1.0 / count))
    return fraction, math.sqrt(spread / count)


def toy_points(model: StatisticalModel, mu: list[float], options: ToyOptions) -> list[ToyPoint]:
    """Return toys at each mu; background-only toys are thrown once and tested at all of them."""
    model = model.above_zero()
    data = Profile(model)
    tested = tuple(mu)
    background = _throw(model, 0.0, tested, options)
    points = []
    for k, value in enumerate(tested):
        signal = _throw(model, value, (value,), options)
        point = ToyPoint.of_values(value, data.q_mu_tilde(value), signal.values[0], background.values[k])
        points.append(point)
    return points


def toy_upper_limits(
    model: StatisticalModel, constructions: tuple[str, ...], options: ToyOptions, *, confidence_level: float = 0.9
) -> tuple[UpperLimit, ...]:
    """Return the upper limits of several constructions from the same toys.

    Args:
        model: a statistical model with its data.
        constructions: of "cls" and "clsb".
        options: number of toys, seed, engine, executor.
        confidence_level: between 0 and 1.

    Raises:
        InputError: for another construction.
        ComputationError: if the limit lies outside the grid that the asymptotic band suggests, or too few background
            toys are as extreme as the data.
    """
    start = time.perf_counter()
    for construction in constructions:
        _check_construction(construction)
    points = toy_points(model, suggested_grid(model, confidence_level), options)
    found = [limit_from_points(model, name, points, confidence_level=confidence_level) for name in constructions]
    return tuple(replace(limit, seconds=time.perf_counter() - start) for limit in found)


def toy_upper_limit(
    model: StatisticalModel, construction: str, options: ToyOptions, *, confidence_level: float = 0.9
) -> UpperLimit:
    """Return the upper limit of "cls" or "clsb" from toys, see `toy_upper_limits`."""
    return toy_upper_limits(model, (construction,), options, confidence_level=confidence_level)[0]


def _check_construction(construction: str) -> None:
    if construction not in CONSTRUCTIONS_WITH_TOYS:
        raise InputError(
            f"construction '{construction}' has no toys{nearest(construction, CONSTRUCTIONS_WITH_TOYS)}; "
            "there are cls and clsb"
        )


def limit_from_points(
    model: StatisticalModel, construction: str, points: list[ToyPoint], *, confidence_level: float = 0.9
) -> UpperLimit:
    """Return the limit that toys at a grid of values give, thrown now or read from a campaign."""
    _check_construction(construction)
    alpha = 1.0 - confidence_level
    observed, error = (None, 0.0) if model.asimov else _crossing(points, alpha, construction, None)
    expected = [_expected(points, alpha, construction, sigmas) for sigmas in BAND]
    if observed is None and expected[2][0] is None:
        raise ComputationError(f"the expected {construction} limit lies outside the values that were tested")
    thrown = sum(len(point.signal) for point in points) + len(points[0].background)
    return UpperLimit(
        construction=construction,
        calculator="toys",
        confidence_level=confidence_level,
        poi=model.poi,
        observed=observed,
        expected=tuple(value for value, _ in expected),
        uncertainty=error if observed is not None else expected[2][1],
        warnings=_warnings(points) + _outside(expected) + odd_expectation(Profile(model.above_zero())),
        toys=thrown,
    )


def _throw(model: StatisticalModel, mu: float, tested: tuple[float, ...], options: ToyOptions) -> ToyValues:
    task = toy_task(model, conditional_hypothesis(model, mu), tested, seed=options.seed, engine=options.engine)
    return throw(task, options.toys, executor=options.executor, report=options.report)


def _kept(values: Array) -> Array:
    kept = values[~np.isnan(values)]
    if not len(kept):
        raise ComputationError("the fit of every toy failed: look at `numm-stats fit` first")
    return np.asarray(kept, dtype=float)


def suggested_grid(model: StatisticalModel, confidence_level: float = 0.9) -> list[float]:
    """Return values of mu that enclose the observed limit and the band, from the asymptotic formulae."""
    asymptotic = upper_limit(model, "cls", confidence_level=confidence_level)
    known = [value for value in (asymptotic.observed, *asymptotic.expected) if value is not None]
    return [float(mu) for mu in np.geomspace(BELOW * min(known), ABOVE * max(known), GRID_POINTS)]


def _crossing(points: list[ToyPoint], alpha: float, construction: str, sigmas: float | None) -> tuple[float, float]:
    """Return where ln p crosses ln alpha, by straight lines through the points, and its standard error."""
    values, errors = [], []
    for point in points:
        q = None if sigmas is None else point.at_background_quantile(sigmas)
        value, error = point.cls(q) if construction == "cls" else point.clsb(q)
        floor = 0.5 / len(point.signal)
        values.append(value if math.isnan(value) else max(value, floor))
        errors.append(error)
    above = [k for k, value in enumerate(values) if value > alpha]
    if any(math.isnan(value) for value in values[(above[-1] if above else 0) :][:2]):
        raise ComputationError(
            f"fewer than {FEWEST_BACKGROUND_TOYS} of {len(points[0].background)} background toys are as extreme as the "
            "data: CLs needs more toys"
        )
    if not above or above[-1] == len(points) - 1:
        raise ComputationError(
            f"the {construction} limit lies outside mu = {points[0].mu:.4g} to {points[-1].mu:.4g}, where the "
            "asymptotic formulae put it: the signal or the background is too small for them"
        )
    k = above[-1]
    low, high = math.log(values[k]), math.log(values[k + 1])
    share = (low - math.log(alpha)) / (low - high)
    width = points[k + 1].mu - points[k].mu
    spread = math.hypot((1.0 - share) * errors[k] / values[k], share * errors[k + 1] / values[k + 1])
    return points[k].mu + share * width, spread * width / (low - high)


def _expected(points: list[ToyPoint], alpha: float, construction: str, sigmas: float) -> tuple[float | None, float]:
    """Return one limit of the band and its error; None where it lies outside the grid, as clsb's may, at zero."""
    try:
        return _crossing(points, alpha, construction, sigmas)
    except ComputationError:
        return None, math.nan


def _outside(expected: list[tuple[float | None, float]]) -> tuple[str, ...]:
    missing = [f"{sigmas:+d} sigma" for sigmas, (value, _) in zip(BAND, expected, strict=True) if value is None]
    return (f"the limit at {', '.join(missing)} lies outside the values that were tested",) if missing else ()


def _warnings(points: list[ToyPoint]) -> tuple[str, ...]:
    thrown = sum(len(point.signal) + len(point.background) for point in points)
    failed = sum(point.failures for point in points)
    if failed > FAILURES_WORTH_SAYING * thrown:
        return (f"{failed} of {thrown} toys could not be fitted, by iminuit neither: they are left out",)
    return ()
