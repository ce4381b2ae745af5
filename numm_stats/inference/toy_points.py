"""What toys say at one value of mu, and where between two values a p-value crosses its target.

| p-value | of |
|---|---|
| CLs+b = P(q >= q_obs) | signal-plus-background toys |
| CLb = P(q >= q_obs) | background-only toys |
| CLs = CLs+b / CLb | both |

For the expected band, q_obs is what a given part of the background-only toys exceeds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scipy.special import log_ndtr, ndtr

from numm_stats.errors import ComputationError
from numm_stats.inference.asymptotic import cls, clsb
from numm_stats.inference.tally import PValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from numm_stats.inference.profile import Profile
    from numm_stats.inference.tally import Tally

__all__ = ["FEWEST_BACKGROUND_TOYS", "Crossing", "Estimate", "ToyPoint", "asymptotic_log_p", "bracket", "crossing"]

FEWEST_BACKGROUND_TOYS: Final = 5  # as extreme as the data: fewer say nothing about CLb


@dataclass(frozen=True)
class Estimate:
    """A p-value with its errors.

    Attributes:
        value: the p-value.
        own_error: standard error from the signal-plus-background toys, independent at each mu.
        common_error: signed shift from one standard deviation of the background-only toys, which all mu share.
        toys: signal-plus-background toys that decided it.
    """

    value: float
    own_error: float
    common_error: float
    toys: int

    @property
    def error(self) -> float:
        """Standard error."""
        return math.hypot(self.own_error, self.common_error)


@dataclass(frozen=True)
class ToyPoint:
    """Toys at one value of mu.

    Attributes:
        mu: parameter of interest.
        observed: q~_mu of the data.
        signal: q~_mu of signal-plus-background toys, the data's own watched.
        background: q~_mu of background-only toys, the data's own watched.
    """

    mu: float
    observed: float
    signal: Tally
    background: Tally

    @property
    def toys(self) -> int:
        """Toys of signal plus background, those of which a fit failed too."""
        return len(self.signal) + self.signal.failures

    def p_value(self, construction: str, sigmas: float | None = None) -> Estimate:
        """Return CLs or CLs+b, of the data or of background fluctuating by `sigmas`.

        CLs is NaN where fewer than five background toys are as extreme: CLb is then unknown. Binomial errors are half
        the 68 % Clopper-Pearson interval.
        """
        if sigmas is not None:
            return self._expected(construction, float(ndtr(sigmas)))
        above, below = self.signal.tail(), self.background.tail()
        if construction == "clsb":
            return Estimate(above.value, above.error, 0.0, above.count)
        if below.count < FEWEST_BACKGROUND_TOYS:
            return Estimate(math.nan, math.nan, math.nan, above.count)
        ratio = above.value / below.value
        return Estimate(ratio, above.error / below.value, -ratio * below.error / below.value, above.count)

    def _expected(self, construction: str, part: float) -> Estimate:
        """What a given part of the background-only toys is beyond; their fluctuation moves the quantile and CLb."""
        total = len(self.background)
        error = PValue(round(part * total), total).error
        above, below = self._beyond(part, 0.0)
        if construction == "cls" and below * total < FEWEST_BACKGROUND_TOYS:
            return Estimate(math.nan, math.nan, math.nan, above.count)
        shifted = []
        for shift in (error, -error):
            tail, clb = self._beyond(part, shift)
            shifted.append(tail.value if construction == "clsb" else tail.value / clb)
        scale = 1.0 if construction == "clsb" else below
        return Estimate(above.value / scale, above.error / scale, 0.5 * (shifted[0] - shifted[1]), above.count)

    def _beyond(self, part: float, shift: float) -> tuple[PValue, float]:
        """Return the tail of the signal toys and CLb at the quantile, if background tails were larger by `shift`."""
        q = self.background.quantile(max(part - shift, 1.0 / len(self.background)))
        return self.signal.tail(q), self.background.tail(q).value + shift

    def to_dict(self) -> dict[str, Any]:
        """Return what was found for the data, for JSON: p-values and the edges of their 68 % intervals."""
        found: dict[str, Any] = {"mu": self.mu, "q": self.observed, "toys": self.toys}
        for name, tail in (("clsb", self.signal.tail()), ("clb", self.background.tail())):
            low, high = tail.interval()
            found |= {name: tail.value, f"{name}_low": low, f"{name}_high": high}
        ratio = self.p_value("cls")
        known = math.isfinite(ratio.value)
        return found | {"cls": ratio.value if known else None, "cls_error": ratio.error if known else None}


@dataclass(frozen=True)
class Crossing:
    """Where a p-value falls below its target.

    Attributes:
        mu: the place.
        error: its standard error, from those of the p-values around it.
        place: number of the last tested value that is not excluded; the next one is.
        toys: signal-plus-background toys beyond the statistic at the poorer of the two.
    """

    mu: float
    error: float
    place: int
    toys: int


def bracket(values: list[float], alpha: float) -> int | None:
    """Return the place of the last value above alpha; None where none is, or where it is the last of all."""
    above = [k for k, value in enumerate(values) if value > alpha]
    return above[-1] if above and above[-1] < len(values) - 1 else None


def crossing(
    points: list[ToyPoint],
    alpha: float,
    construction: str,
    sigmas: float | None = None,
    shape: Callable[[float], float] | None = None,
) -> Crossing | None:
    """Return where p crosses alpha, or None where it does so outside the values that were tested.

    Args:
        points: toys at increasing values of mu.
        alpha: the target.
        construction: "cls" or "clsb".
        sigmas: fluctuation of the background, None for the data.
        shape: ln p as the asymptotic formulae have it, a function of mu: between two values it is that, moved by a
            straight line so that it passes through both; straight lines of ln p without it.

    Raises:
        ComputationError: if too few background toys are as extreme as the data for CLs to be known there.
    """
    found = [point.p_value(construction, sigmas) for point in points]
    floors = [0.5 / point.toys for point in points]  # max would lose a NaN that stands second
    values = [max(estimate.value, floor) for estimate, floor in zip(found, floors, strict=True)]
    known = [k for k, value in enumerate(values) if value > alpha]
    if any(math.isnan(value) for value in values[(known[-1] if known else 0) :][:2]):
        raise ComputationError(
            f"fewer than {FEWEST_BACKGROUND_TOYS} of {len(points[0].background)} background toys are as extreme as the "
            "data: CLs needs more toys"
        )
    k = bracket(values, alpha)
    if k is None:
        return None
    (low, high), logs = (points[k].mu, points[k + 1].mu), (math.log(values[k]), math.log(values[k + 1]))
    mu = _between((low, high), logs, math.log(alpha), shape)
    share = (mu - low) / (high - low)
    parts = ((1.0 - share) / values[k], share / values[k + 1])
    own = math.hypot(parts[0] * found[k].own_error, parts[1] * found[k + 1].own_error)
    common = parts[0] * found[k].common_error + parts[1] * found[k + 1].common_error
    error = math.hypot(own, common) * (high - low) / (logs[0] - logs[1])
    return Crossing(mu, error, k, min(found[k].toys, found[k + 1].toys))


def _between(
    edges: tuple[float, float], logs: tuple[float, float], target: float, shape: Callable[[float], float] | None
) -> float:
    from scipy.optimize import brentq  # noqa: PLC0415

    (low, high), (first, second) = edges, logs
    straight = low + (first - target) / (first - second) * (high - low)
    if shape is None:
        return straight
    at_low, at_high = shape(low), shape(high)
    if not (math.isfinite(at_low) and math.isfinite(at_high)):
        return straight

    def excess(mu: float) -> float:
        share = (mu - low) / (high - low)
        return shape(mu) + (1.0 - share) * (first - at_low) + share * (second - at_high) - target

    return float(brentq(excess, low, high, xtol=1e-9 * (high - low), rtol=1e-9))


def asymptotic_log_p(
    data: Profile, asimov: Profile, construction: str, sigmas: float | None
) -> Callable[[float], float]:
    """Return ln CLs or ln CLs+b as a function of mu by the asymptotic formulae, minus infinity where it vanishes."""

    def log_p(mu: float) -> float:
        root_asimov = math.sqrt(asimov.minus_two_log_ratio(mu))
        if sigmas is not None:
            background = float(log_ndtr(sigmas)) if construction == "cls" else 0.0
            return float(log_ndtr(sigmas - root_asimov)) - background
        root = math.sqrt(data.q_mu_tilde(mu))
        p = cls(root, root_asimov) if construction == "cls" else clsb(root, root_asimov)
        return math.log(p) if p > 0.0 else -math.inf

    return log_p
