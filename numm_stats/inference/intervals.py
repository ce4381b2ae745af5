"""Two-sided intervals of the parameter of interest, mostly mu >= 0: every piece of what is accepted.

| construction | accepted |
|---|---|
| `delta-chi2` | -2 ln lambda~(mu) <= Phi^-1((1 + CL)/2)^2, 2.706 at 90 % (arXiv:1007.1727, eq. 11) |
| `t-mu-tilde` | p_mu >= 1 - CL by the asymptotic law of t~_mu near the boundary (eqs. 43 to 45) |
| `bayes` | credible interval, prior flat in mu^(1/power): highest density in that variable, or equal tails |
| `feldman-cousins` | p_mu >= 1 - CL by the law of t~_mu that toys have: `interval_from_toys` |

A parameter of either sign has the first only, with -2 ln lambda(mu) of eq. 8: it has no boundary for the second.

The second has the ordering of Feldman and Cousins, physics/9711021, and is their construction for large counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from scipy.special import ndtr

from numm_stats.errors import InputError, nearest
from numm_stats.inference.asymptotic import threshold_two_sided
from numm_stats.inference.bayes import laplace_warnings
from numm_stats.inference.caveats import few_counts, numerical_uncertainty
from numm_stats.inference.landmarks import ProfileCurve
from numm_stats.inference.limits import background_asimov
from numm_stats.inference.posterior import LikelihoodKind, posterior_of
from numm_stats.inference.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from numm_stats.inference.statmodel import StatisticalModel
    from numm_stats.inference.toy_ladder import ToyOptions

__all__ = [
    "CONSTRUCTIONS",
    "ConfidenceRegion",
    "interval_from_toys",
    "p_value_of_t_mu_tilde",
    "two_sided_interval",
]

CONSTRUCTIONS: Final = ("delta-chi2", "t-mu-tilde", "bayes")
CREDIBLE: Final = ("highest-density", "central")
LOWEST_P_VALUE: Final = 1e-300

Intervals = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class ConfidenceRegion:
    """Accepted values of the parameter of interest.

    Attributes:
        construction: one of `CONSTRUCTIONS`, or "feldman-cousins".
        calculator: "asymptotic", "quadrature" for "bayes", or "toys".
        confidence_level: between 0 and 1.
        poi: name of the parameter of interest.
        best: its best fit, zero or more but for a parameter of either sign.
        intervals: accepted (low, high), ascending and disjoint; low is zero where mu >= 0 and zero is accepted.
        uncertainty: numerical uncertainty of the edges, the largest; from toys the statistical one of the highest edge.
        warnings: what a reader of the numbers should know.
        toys: thrown for it.
        seconds: that they took.
        fallbacks: fits of toys that went to iminuit.
        failures: toys of which a fit failed there too; they are left out.
        prior: of "bayes": what it is flat in.
    """

    construction: str
    calculator: str
    confidence_level: float
    poi: str
    best: float
    intervals: Intervals
    uncertainty: float
    warnings: tuple[str, ...] = ()
    toys: int = 0
    seconds: float = 0.0
    fallbacks: int = 0
    failures: int = 0
    prior: str | None = None

    @property
    def low(self) -> float:
        """Lower edge of the lowest interval."""
        return self.intervals[0][0]

    @property
    def high(self) -> float:
        """Upper edge of the highest interval."""
        return self.intervals[-1][1]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists for JSON."""
        intervals = [list(edges) for edges in self.intervals]
        return {**self.__dict__, "intervals": intervals, "warnings": list(self.warnings)}


def two_sided_interval(
    model: StatisticalModel,
    construction: str = "delta-chi2",
    *,
    confidence_level: float = 0.9,
    power: int = 1,
    likelihood: LikelihoodKind = "profile",
    credible: Literal["highest-density", "central"] = "highest-density",
    either_sign: bool = False,
) -> ConfidenceRegion:
    """Return the two-sided interval of the parameter of interest, in as many pieces as it has.

    Args:
        model: a statistical model with its data.
        construction: "delta-chi2", "t-mu-tilde" or "bayes".
        confidence_level: between 0 and 1.
        power: for "bayes": the prior is flat in mu^(1/power).
        likelihood: for "bayes": "profile" or "marginal".
        credible: for "bayes": "highest-density" (in mu^(1/power)) or "central", with equal tails, never from zero.
        either_sign: whether mu may be negative, for "delta-chi2".

    Raises:
        InputError: for an unknown construction or option, or a confidence level that is not between 0 and 1.
        ComputationError: if a fit fails or the data do not constrain the signal.
    """
    _check(construction, confidence_level, credible, either_sign=either_sign)
    if construction == "bayes":
        return _credible_interval(model, confidence_level, power, likelihood, credible)
    curve = ProfileCurve(model, either_sign=either_sign)
    level = threshold_two_sided(confidence_level)
    curve.explore(level)
    excess = curve.over(level)
    warnings: tuple[str, ...] = ()
    if construction == "t-mu-tilde":
        asimov = Profile(background_asimov(curve.profile.model, curve.profile))
        excess = _over_alpha(curve, asimov, 1.0 - confidence_level)
        warnings = _doubts(asimov)
    intervals = curve.accepted(excess)
    return ConfidenceRegion(
        construction=construction,
        calculator="asymptotic",
        confidence_level=confidence_level,
        poi=model.poi,
        best=curve.profile.mu_hat,
        intervals=intervals,
        uncertainty=_largest(partial(numerical_uncertainty, curve.profile), intervals),
        warnings=warnings + _remarks(model, intervals),
    )


def interval_from_toys(
    model: StatisticalModel, options: ToyOptions, *, confidence_level: float = 0.9
) -> ConfidenceRegion:
    """Return the interval of Feldman and Cousins by toys, in as many pieces as it has.

    Args:
        model: a statistical model with its data.
        options: number of toys for each value that matters, seed, engine, executor.
        confidence_level: between 0 and 1.

    Raises:
        InputError: for a confidence level that is not between 0 and 1, or an engine or a seed that there is not.
        ComputationError: if the data do not constrain the signal, or too few toys were thrown to see an edge.
    """
    from numm_stats.inference.feldman_cousins import feldman_cousins  # noqa: PLC0415

    _check_level(confidence_level)
    found = feldman_cousins(model, options, confidence_level=confidence_level)
    noise = ("parts that are close may be the noise of few toys",) if len(found.intervals) > 1 else ()
    return ConfidenceRegion(
        construction=found.construction,
        calculator=found.calculator,
        confidence_level=confidence_level,
        poi=model.poi,
        best=Profile(model.above_zero()).mu_hat,
        intervals=found.intervals,
        uncertainty=found.uncertainty,
        warnings=found.warnings + _remarks(model, found.intervals) + noise,
        toys=found.toys,
        seconds=found.seconds,
        fallbacks=found.fallbacks,
        failures=found.failures,
    )


def p_value_of_t_mu_tilde(root_t: float, root_asimov: float) -> float:
    """Return P(t~_mu >= t) where mu is the truth, by the asymptotic law (arXiv:1007.1727, eqs. 43 to 45).

    With a = mu / sigma: 2 Phi(-sqrt t) for t <= a^2, where neither side meets the boundary, else
    Phi(-sqrt t) + Phi(-(t + a^2) / (2 a)), the best fits below zero counting less.

    Args:
        root_t: sqrt(t~_mu).
        root_asimov: a, sqrt(t~_mu) of the background-only Asimov set.

    >>> round(p_value_of_t_mu_tilde(1.6448536, 5.0), 6), round(p_value_of_t_mu_tilde(1.2815516, 0.0), 6)
    (0.1, 0.1)
    """
    if root_t <= root_asimov:
        return float(2.0 * ndtr(-root_t))
    if root_asimov <= 0.0:
        return float(ndtr(-root_t))
    return float(ndtr(-root_t) + ndtr(-(root_t**2 + root_asimov**2) / (2.0 * root_asimov)))


def _over_alpha(curve: ProfileCurve, asimov: Profile, alpha: float) -> Callable[[float], float]:
    """p_mu lies below 2 Phi(-sqrt t), so that all that is accepted lies where `delta-chi2` accepts."""

    def excess(mu: float) -> float:
        root = math.sqrt(max(curve.rise(mu), 0.0))
        p_mu = p_value_of_t_mu_tilde(root, math.sqrt(asimov.minus_two_log_ratio(mu)))
        return math.log(alpha) - math.log(max(p_mu, LOWEST_P_VALUE))

    return excess


def _credible_interval(
    model: StatisticalModel,
    confidence_level: float,
    power: int,
    likelihood: LikelihoodKind,
    credible: str,
) -> ConfidenceRegion:
    tail = (1.0 - confidence_level) / 2.0
    posterior = posterior_of(model, power=power, likelihood=likelihood, tail=tail)
    if credible == "central":
        intervals: Intervals = ((posterior.above(1.0 - tail), posterior.above(tail)),)
    else:
        intervals = posterior.highest(confidence_level)
    warnings = laplace_warnings(posterior, intervals[-1][1]) if likelihood == "marginal" else ()
    return ConfidenceRegion(
        construction="bayes",
        calculator="quadrature",
        confidence_level=confidence_level,
        poi=model.poi,
        best=posterior.profile.mu_hat,
        intervals=intervals,
        uncertainty=_largest(posterior.uncertainty, intervals),
        warnings=warnings + _remarks(model, intervals),
        prior=f"flat in {model.poi}" + (f"^(1/{power})" if power > 1 else ""),
    )


def _largest(uncertainty: Callable[[float], float], intervals: Intervals) -> float:
    """Return the largest uncertainty of the edges; zero itself has none."""
    return max((uncertainty(edge) for edges in intervals for edge in edges if edge != 0.0), default=0.0)


def _remarks(model: StatisticalModel, intervals: Intervals) -> tuple[str, ...]:
    parts = (f"the accepted region has {len(intervals)} parts",) if len(intervals) > 1 else ()
    return (*parts, "the data are an Asimov set: the interval is an expected one") if model.asimov else parts


def _doubts(asimov: Profile) -> tuple[str, ...]:
    """Say where the asymptotic law of t~_mu is doubtful: few counts, or a best fit that is no Gaussian variable."""
    model = asimov.model
    background = model.data.main
    doubts = few_counts(model, background, model.model.expected(asimov.conditional(asimov.mu_error).theta) - background)
    if not model.model.is_polynomial:
        return doubts
    return (*doubts, f"the signal is not linear in {model.poi}: the asymptotic law of t~_mu is doubtful")


def _check(construction: str, confidence_level: float, credible: str, *, either_sign: bool) -> None:
    for what, value, known in (("construction", construction, CONSTRUCTIONS), ("credible", credible, CREDIBLE)):
        if value not in known:
            raise InputError(f"{what} '{value}' is unknown{nearest(value, known)}; known are {', '.join(known)}")
    if either_sign and construction != "delta-chi2":
        raise InputError(
            f"construction '{construction}' is for mu >= 0: for a parameter of either sign take 'delta-chi2'"
        )
    _check_level(confidence_level)


def _check_level(confidence_level: float) -> None:
    if not 0.0 < confidence_level < 1.0:
        raise InputError(f"confidence level {confidence_level}: must lie between 0 and 1, for example 0.9")
