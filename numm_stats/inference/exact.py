"""One Poisson bin without nuisance parameters, by exact summation: CLs, CLs+b, and Feldman and Cousins' intervals.

n events are observed where a known background b and a signal are expected. Signals are numbers of events here, mu * s.
The acceptance regions of discrete counts jump as the signal grows: a p-value is a saw-tooth, and the accepted signals
may be several intervals. In both orderings a count m is as extreme as the observed n on one side of a single rate,

    rate(n, m) = exp[(g(n) - g(m)) / (n - m)],   g(k) = k ln max(k, b) - max(k, b),

where t~ of the two is equal (arXiv:1007.1727, eq. 11): every jump of the saw-tooth is known beforehand.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from itertools import count
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import gammainc, gammaincc, gammaln, logsumexp

from numm_stats.errors import InputError, nearest
from numm_stats.inference.crossing import upward_crossing

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "counting_cls",
    "counting_clsb",
    "counting_t_mu_tilde",
    "counting_upper_limit",
    "feldman_cousins_interval",
    "feldman_cousins_p_value",
]

CONSTRUCTIONS: Final = ("cls", "clsb")
SLACK: Final = 1e-12  # relative, of the rate: counts whose order is equal by mathematics tie in spite of rounding
MOST_COUNTS: Final = 2**50
SMALLEST_TAIL: Final = 1e-280  # below, its logarithm is summed term by term
TOLERANCE: Final = 1e-12  # of a root, relative


def counting_t_mu_tilde(n: int, signal: float, background: float) -> float:
    """Return t~_mu = -2 ln [P(n | s + b) / P(n | max(n, b))] (arXiv:1007.1727, eq. 11).

    Args:
        n: observed events.
        signal: expected signal events.
        background: expected background events.

    Raises:
        InputError: for a count that is no integer or negative, or an expectation that is negative or not finite.

    >>> round(counting_t_mu_tilde(0, 2.0, 3.0), 6), round(counting_t_mu_tilde(4, 6.0, 0.0), 6)
    (4.0, 0.756279)
    """
    _check(n, signal=signal, background=background)
    rate, best = signal + background, max(float(n), background)
    if n == 0 or rate == 0.0:
        return 2.0 * signal if n == 0 else math.inf
    excess = signal if n <= background else rate - n
    ratio = math.log1p(excess / best) if excess > -0.5 * best else math.log(rate) - math.log(best)
    return 2.0 * (excess - n * ratio)


def counting_clsb(n: int, signal: float, background: float) -> float:
    """Return CLs+b, the probability of a q~_mu at least as large as observed where the signal is there.

    q~_mu falls with the count up to n = s + b and is zero beyond (arXiv:1007.1727, eq. 16): the Poisson sum up to n
    for n < s + b, else one.

    Args:
        n: observed events.
        signal: expected signal events.
        background: expected background events.

    Raises:
        InputError: for a count that is no integer or negative, or an expectation that is negative or not finite.

    >>> round(counting_clsb(0, 2.302585, 0.0), 6)
    0.1
    """
    _check(n, signal=signal, background=background)
    return _up_to(n, signal + background) if n < signal + background else 1.0


def counting_cls(n: int, signal: float, background: float) -> float:
    """Return CLs = CLs+b / CLb: the ratio of Poisson sums up to n for n < s + b, else one.

    Arguments and errors as `counting_clsb`.

    >>> round(counting_cls(0, 2.302585, 5.0), 6)
    0.1
    """
    _check(n, signal=signal, background=background)
    if n >= signal + background:
        return 1.0
    return math.exp(_log_up_to(n, signal + background) - _log_up_to(n, background))


def counting_upper_limit(n: int, background: float, construction: str = "cls", *, confidence_level: float) -> float:
    """Return the upper limit on the number of signal events: the largest signal that is not excluded.

    Args:
        n: observed events.
        background: expected background events.
        construction: "cls", or "clsb", which may exclude every signal: the limit is then zero.
        confidence_level: between 0 and 1.

    Raises:
        InputError: for bad counts, an unknown construction or a confidence level that is not between 0 and 1.

    >>> round(counting_upper_limit(0, 3.0, confidence_level=0.9), 4)
    2.3026
    >>> round(counting_upper_limit(3, 0.0, "clsb", confidence_level=0.9), 2)
    6.68
    """
    _check(n, background=background)
    _check_level(confidence_level)
    if construction not in CONSTRUCTIONS:
        raise InputError(
            f"construction '{construction}' is unknown{nearest(construction, CONSTRUCTIONS)}; "
            f"known for a single bin are {', '.join(CONSTRUCTIONS)}"
        )
    norm = _log_up_to(n, background) if construction == "cls" else 0.0
    target = math.log1p(-confidence_level) + norm
    threshold = max(float(n), background)  # the p-value is one up to s + b = n, and falls from there
    if _log_up_to(n, threshold) <= target:
        return threshold - background
    return upward_crossing(lambda signal: target - _log_up_to(n, background + signal), threshold - background, 1.0)


def feldman_cousins_p_value(n: int, signal: float, background: float) -> float:
    """Return P(t~_mu >= t~_mu of the data) where the signal is there: physics/9711021, the ordering of section IV.

    Args:
        n: observed events.
        signal: expected signal events.
        background: expected background events.

    Raises:
        InputError: for a count that is no integer or negative, or an expectation that is negative or not finite.

    >>> round(feldman_cousins_p_value(0, 2.0, 3.0), 4), round(feldman_cousins_p_value(2, 0.5, 3.0), 4)
    (0.0204, 0.5954)
    """
    _check(n, signal=signal, background=background)
    rate = signal + background
    low = bisect_right(range(n), rate * (1.0 + SLACK), key=lambda m: _rate_of_tie(n, m, background))
    above = range(n + 1, MOST_COUNTS)
    high = n + 1 + bisect_left(above, rate * (1.0 - SLACK), key=lambda m: _rate_of_tie(n, m, background))
    if low < n:
        return _up_to(low - 1, rate) + _from(n, rate)
    return 1.0 if high == n + 1 else _up_to(n, rate) + _from(high, rate)


def feldman_cousins_interval(n: int, background: float, confidence_level: float) -> tuple[tuple[float, float], ...]:
    """Return all intervals of the signal that Feldman and Cousins accept, ascending: p-value > 1 - CL.

    Several where the saw-tooth of the p-value dips below 1 - CL; tables quote the first lower and the last upper edge.
    The edges are exact to rounding; those at a jump belong to the interval. The tables of physics/9711021 step the
    signal by 0.005, and smooth the upper edge where it grows with the background.

    Args:
        n: observed events.
        background: expected background events.
        confidence_level: between 0 and 1.

    Raises:
        InputError: for a count that is no integer or negative, a background that is negative or not finite, or a
            confidence level that is not between 0 and 1.

    >>> [(round(low, 2), round(high, 2)) for low, high in feldman_cousins_interval(6, 3.0, 0.9)]
    [(0.15, 8.47)]
    """
    _check(n, background=background)
    _check_level(confidence_level)
    merged: list[tuple[float, float]] = []
    for low, high in _accepted_rates(n, background, confidence_level):
        if merged and low == merged[-1][1]:
            merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return tuple((max(low - background, 0.0), high - background) for low, high in merged)


def _accepted_rates(n: int, background: float, confidence_level: float) -> Iterator[tuple[float, float]]:
    """Yield the accepted ranges of the rate s + b: where the counts less extreme than n hold less than CL."""
    for low, high, first, last in _teeth(n, background, 2.0 * math.log(2.0 / (1.0 - confidence_level))):
        if first > last:
            yield low, high
            continue
        peak = math.exp((gammaln(last + 1.0) - gammaln(float(first))) / (last - first + 1.0)) if first else 0.0
        top = min(max(peak, low), high)
        if _probability(first, last, top) < confidence_level:
            yield low, high
            continue
        if _probability(first, last, low) < confidence_level:
            yield low, _crossing(first, last, (low, top), confidence_level)
        if _probability(first, last, high) < confidence_level:
            yield _crossing(first, last, (top, high), confidence_level), high


def _teeth(n: int, background: float, reach: float) -> Iterator[tuple[float, float, int, int]]:
    """Yield the pieces of the saw-tooth: from rate, to rate, first and last of the counts less extreme than n.

    Rates with t~ above the reach are left out: by Chernoff's inequality P(t~ >= t) <= 2 exp(-t / 2).
    """
    start, highest = _rates_within(n, background, reach)
    for m in range(bisect_right(range(n), start, key=lambda m: _rate_of_tie(n, m, background)), n):
        end = _rate_of_tie(n, m, background)
        yield start, end, m, n - 1
        start = end
    for m in count(n + 1):
        end = min(_rate_of_tie(n, m, background), highest)
        if end > start:
            yield start, end, n + 1, m - 1
        start = max(start, end)
        if start >= highest:
            return


def _rates_within(n: int, background: float, reach: float) -> tuple[float, float]:
    """Return the lowest and highest rate s + b with t~ of n below the reach."""
    best = max(float(n), background)

    def beyond(rate: float) -> float:
        return counting_t_mu_tilde(n, max(rate - background, 0.0), background) - reach

    highest = best + 1.0
    while beyond(highest) < 0.0:
        highest = best + 2.0 * (highest - best)
    if n <= background or beyond(background) < 0.0:
        return background, highest
    lowest = best
    while beyond(max(lowest, background)) < 0.0:
        lowest *= 0.5
    return max(lowest, background), highest


def _crossing(first: int, last: int, rates: tuple[float, float], level: float) -> float:
    """Return the rate between these where the probability of the counts first to last is the level."""
    from scipy.optimize import brentq  # noqa: PLC0415

    def excess(rate: float) -> float:
        return _probability(first, last, rate) - level

    return float(brentq(excess, *rates, xtol=TOLERANCE * rates[0], rtol=TOLERANCE))


def _probability(first: int, last: int, rate: float) -> float:
    """P(first <= N <= last)."""
    return _up_to(last, rate) - _up_to(first - 1, rate)


def _rate_of_tie(n: int, m: int, background: float) -> float:
    """Return the rate where t~ of n and of m are equal, between max(n, b) and max(m, b); no digits cancel."""
    many, few = max(n, m), min(n, m)
    upper, lower = max(float(many), background), max(float(few), background)
    logarithm = few * math.log1p((upper - lower) / lower) if few else 0.0
    return upper * math.exp((logarithm - (upper - lower)) / (many - few))


def _up_to(n: int, rate: float) -> float:
    """P(N <= n)."""
    return float(gammaincc(n + 1.0, rate)) if n >= 0 else 0.0


def _from(n: int, rate: float) -> float:
    """P(N >= n)."""
    return float(gammainc(float(n), rate)) if n > 0 else 1.0


def _log_up_to(n: int, rate: float) -> float:
    """Ln P(N <= n), also where the probability itself is no number any more."""
    probability = _up_to(n, rate)
    if probability > SMALLEST_TAIL:
        return math.log(probability)
    counts = np.arange(n + 1.0)
    return float(logsumexp(counts * math.log(rate) - rate - gammaln(counts + 1.0)))


def _check(n: int, **rates: float) -> None:
    if not float(n).is_integer() or n < 0:
        raise InputError(f"n = {n}: the observed events must be an integer, zero or more")
    for name, value in rates.items():
        if not (math.isfinite(value) and value >= 0.0):
            raise InputError(f"{name} = {value}: expected events must be a finite number, zero or more")


def _check_level(confidence_level: float) -> None:
    if not 0.0 < confidence_level < 1.0:
        raise InputError(f"confidence level {confidence_level}: must lie between 0 and 1, for example 0.9")
