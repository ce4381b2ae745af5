"""Upper limits on the parameter of interest, one construction a function, one type for the answer.

| construction | rule |
|---|---|
| `cls` | CLs = p_mu / (1 - p_b) = 1 - CL |
| `clsb` | CLs+b = p_mu = 1 - CL; may exclude every signal after a downward fluctuation: the limit is then zero |
| `pcl` | power-constrained, arXiv:1105.3166: `clsb`, but never below what -1 sigma of background would give |
| `delta-chi2` | -2 ln lambda~(mu) = c |

All by the asymptotic formulae of arXiv:1007.1727. Root finding runs on the square roots of the test statistics, which
are nearly straight lines; the fits under it are the engine's Newton minima, and those at the limit are made again by
Minuit, whose difference enters the uncertainty that is quoted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scipy.special import log_ndtr, ndtr

from numm_stats.errors import InputError, nearest
from numm_stats.inference.asymptotic import (
    BAND,
    cls,
    clsb,
    root_asimov_at_clsb_limit,
    root_asimov_at_limit,
    threshold_one_sided,
)
from numm_stats.inference.caveats import limit_warnings, numerical_uncertainty, several_parts
from numm_stats.inference.crossing import last_crossing, newton_crossing, upward_crossing
from numm_stats.inference.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from numm_stats.inference.statmodel import StatisticalModel

__all__ = ["CONSTRUCTIONS", "UpperLimit", "background_asimov", "cls_scan", "upper_limit"]

CONSTRUCTIONS: Final = ("cls", "clsb", "pcl", "delta-chi2")


@dataclass(frozen=True)
class UpperLimit:
    """An upper limit on the parameter of interest.

    Attributes:
        construction: one of `CONSTRUCTIONS`.
        calculator: "asymptotic".
        confidence_level: between 0 and 1.
        poi: name of the parameter of interest.
        observed: the limit; None where the data are an Asimov set.
        expected: for background fluctuating by -2, -1, 0, 1, 2 sigma; only the middle where there is no band.
        uncertainty: numerical uncertainty of the observed limit, or of the median where that is None.
        delta_chi2: the rise of -2 ln L, for "delta-chi2".
        warnings: what a reader of the number should know.
        toys: thrown for it, of all hypotheses together.
        seconds: that they took.
    """

    construction: str
    calculator: str
    confidence_level: float
    poi: str
    observed: float | None
    expected: tuple[float | None, ...]
    uncertainty: float
    delta_chi2: float | None = None
    warnings: tuple[str, ...] = ()
    toys: int = 0
    seconds: float = 0.0

    @property
    def median(self) -> float:
        """The median expected limit."""
        middle = self.expected[2]
        return math.nan if middle is None else middle

    @property
    def value(self) -> float:
        """The observed limit, or the median expected one where nothing was observed."""
        return self.median if self.observed is None else self.observed

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists for JSON."""
        return {**self.__dict__, "expected": list(self.expected), "warnings": list(self.warnings)}


def upper_limit(
    model: StatisticalModel,
    construction: str = "cls",
    *,
    confidence_level: float = 0.9,
    delta_chi2: float | None = None,
) -> UpperLimit:
    """Return the upper limit on the parameter of interest.

    Args:
        model: a statistical model with its data.
        construction: "cls", "clsb", "pcl" or "delta-chi2".
        confidence_level: between 0 and 1.
        delta_chi2: the rise c for "delta-chi2"; by default one-sided, 1.642 at 90 %.

    Raises:
        InputError: for an unknown construction, a confidence level that is not between 0 and 1, or a rise that is
            given with another construction.
        ComputationError: if a fit fails or the data do not constrain the signal.
    """
    _check(construction, confidence_level, delta_chi2)
    if construction == "delta-chi2":
        level = threshold_one_sided(confidence_level) if delta_chi2 is None else delta_chi2
        return _delta_chi2_limit(model, confidence_level, level)
    rules = {"cls": _cls_limit, "clsb": _clsb_limit, "pcl": _power_constrained_limit}
    return rules[construction](model, confidence_level)


def _check(construction: str, confidence_level: float, delta_chi2: float | None) -> None:
    if delta_chi2 is not None and construction != "delta-chi2":
        raise InputError(
            f"delta_chi2 = {delta_chi2} belongs to the construction delta-chi2, not to '{construction}': "
            "leave one of the two out"
        )
    if construction not in CONSTRUCTIONS:
        raise InputError(
            f"construction '{construction}' is unknown{nearest(construction, CONSTRUCTIONS)}; "
            f"known are {', '.join(CONSTRUCTIONS)}"
        )
    if not 0.0 < confidence_level < 1.0:
        raise InputError(f"confidence level {confidence_level}: must lie between 0 and 1, for example 0.9")
    if construction != "cls" and delta_chi2 is None and confidence_level <= 0.5:
        way_out = "give a higher level" + (", or delta_chi2" if construction == "delta-chi2" else ", or take cls")
        raise InputError(
            f"confidence level {confidence_level}: a one-sided {construction} limit lies above the best fit "
            f"only beyond 0.5; {way_out}"
        )
    if delta_chi2 is not None and not (math.isfinite(delta_chi2) and delta_chi2 > 0.0):
        raise InputError(f"delta_chi2 = {delta_chi2}: must be a positive number, for example 1.642 or 2.706")


def background_asimov(model: StatisticalModel, profile: Profile) -> StatisticalModel:
    """Return the model with the background-only Asimov set, nuisances at their conditional best fit to the data."""
    return model.with_data(model.asimov_data(profile.conditional(0.0).theta))


def cls_scan(
    model: StatisticalModel, mu: list[float]
) -> tuple[list[float] | None, list[tuple[float, float, float, float, float]]]:
    """Return observed CLs (None for an Asimov set) and the expected band (-2 to +2 sigma) at each mu."""
    data, asimov = _profiles(model)
    roots = [math.sqrt(asimov.minus_two_log_ratio(value)) for value in mu]
    band = [tuple(_expected_cls(root, sigmas) for sigmas in BAND) for root in roots]
    observed = [cls(math.sqrt(data.q_mu_tilde(m)), root) for m, root in zip(mu, roots, strict=True)]
    return (None if model.asimov else observed), band  # type: ignore[return-value]


def _expected_cls(root_asimov: float, sigmas: float) -> float:
    return math.exp(float(log_ndtr(sigmas - root_asimov)) - float(log_ndtr(sigmas)))


def _profiles(model: StatisticalModel) -> tuple[Profile, Profile]:
    """Return the profiles of the data and of the background-only Asimov set, for q~_mu: no negative mu-hat."""
    data = Profile(model.above_zero())
    return data, Profile(background_asimov(data.model, data))


def _cls_limit(model: StatisticalModel, confidence_level: float) -> UpperLimit:
    alpha = 1.0 - confidence_level
    data, asimov = _profiles(model)
    expected = tuple(_root_limit(asimov, root_asimov_at_limit(sigmas, alpha)) for sigmas in BAND)
    observed = None if model.asimov else _observed_cls(data, asimov, alpha)
    return _answer("cls", confidence_level, observed, expected, data=data, asimov=asimov)


def _clsb_limit(model: StatisticalModel, confidence_level: float) -> UpperLimit:
    data, asimov = _profiles(model)
    expected = _clsb_band(asimov, 1.0 - confidence_level)
    observed = None if model.asimov else _observed_clsb(data, asimov, 1.0 - confidence_level)
    none_left = "the data exclude every signal by p_mu, a downward fluctuation: quote cls or pcl"
    warnings = (none_left,) if observed == 0.0 else ()
    return _answer("clsb", confidence_level, observed, expected, data=data, asimov=asimov, warnings=warnings)


def _power_constrained_limit(model: StatisticalModel, confidence_level: float) -> UpperLimit:
    """arXiv:1105.3166, section 3: a signal is excluded only where background at -1 sigma would exclude it too."""
    data, asimov = _profiles(model)
    band = _clsb_band(asimov, 1.0 - confidence_level)
    floor = band[1]
    expected = tuple(max(value, floor) for value in band)
    if model.asimov:
        return _answer("pcl", confidence_level, None, expected, data=data, asimov=asimov)
    observed = max(_observed_clsb(data, asimov, 1.0 - confidence_level), floor)
    held = observed == floor
    warnings = ("the data lie below -1 sigma: the limit is the power constraint's",) if held else ()
    return _answer(
        "pcl", confidence_level, observed, expected, data=asimov if held else data, asimov=asimov, warnings=warnings
    )


def _delta_chi2_limit(model: StatisticalModel, confidence_level: float, level: float) -> UpperLimit:
    data, asimov = _profiles(model)
    target = math.sqrt(level)
    median = _root_limit(asimov, target)
    observed = None if model.asimov else _root_limit(data, target)
    parts = several_parts(asimov if observed is None else data, target)
    expected = (None, None, median, None, None)
    return _answer(
        "delta-chi2", confidence_level, observed, expected, data=data, asimov=asimov, delta_chi2=level, warnings=parts
    )


def _answer(
    construction: str,
    confidence_level: float,
    observed: float | None,
    expected: tuple[float | None, ...],
    *,
    data: Profile,
    asimov: Profile,
    delta_chi2: float | None = None,
    warnings: tuple[str, ...] = (),
) -> UpperLimit:
    limit = observed if observed is not None else expected[2] or 0.0
    return UpperLimit(
        construction=construction,
        calculator="asymptotic",
        confidence_level=confidence_level,
        poi=asimov.model.poi,
        observed=observed,
        expected=expected,
        uncertainty=numerical_uncertainty(asimov if observed is None else data, limit),
        delta_chi2=delta_chi2,
        warnings=limit_warnings(data, asimov, limit) + warnings,
    )


def _clsb_band(asimov: Profile, alpha: float) -> tuple[float, ...]:
    """Return the expected CLs+b limits; zero where the fluctuation would exclude every signal."""
    targets = (root_asimov_at_clsb_limit(sigmas, alpha) for sigmas in BAND)
    return tuple(_root_limit(asimov, target) if target > 0.0 else 0.0 for target in targets)


def _root_limit(profile: Profile, target: float) -> float:
    """Return mu > mu_hat where sqrt(-2 ln lambda~) reaches the target: the largest such mu."""
    if profile.model.model.is_polynomial:

        def above(mu: float) -> float:
            return math.sqrt(profile.minus_two_log_ratio(mu)) - target

        return last_crossing(above, profile.mu_hat, target * profile.mu_error)[0]

    def curve(mu: float) -> tuple[float, float]:
        root, slope = profile.root_and_slope(mu)
        return root - target, slope

    return newton_crossing(curve, profile.mu_hat, target * profile.mu_error)


def _observed_cls(data: Profile, asimov: Profile, alpha: float) -> float:
    def curve(mu: float) -> float:
        root = math.sqrt(data.q_mu_tilde(mu))
        return math.log(alpha) - math.log(max(cls(root, math.sqrt(asimov.minus_two_log_ratio(mu))), 1e-300))

    start = data.mu_hat if curve(data.mu_hat) < 0.0 else 0.0  # an excess at a low confidence level: below the best fit
    return _last(data, curve, start, root_asimov_at_limit(0.0, alpha) * asimov.mu_error)


def _observed_clsb(data: Profile, asimov: Profile, alpha: float) -> float:
    """Return mu where p_mu = alpha; zero where p_mu is smaller already for the faintest signal.

    For mu -> 0 at mu-hat = 0, s^2 = mu d(-2 ln L)/dmu and a = mu / sigma, so that p_mu -> Phi(-sigma/2 d(-2 ln L)/dmu).
    """
    slope = float(data.best.gradient[data.model.poi_index]) if data.mu_hat <= 0.0 else 0.0
    faintest = float(ndtr(-slope * asimov.mu_error / 2.0))
    if faintest <= alpha:
        return 0.0

    def curve(mu: float) -> float:
        root, root_asimov = math.sqrt(data.q_mu_tilde(mu)), math.sqrt(asimov.minus_two_log_ratio(mu))
        p_mu = clsb(root, root_asimov) if mu > data.mu_hat else faintest
        return math.log(alpha) - math.log(max(p_mu, 1e-300))

    return _last(data, curve, data.mu_hat, root_asimov_at_clsb_limit(0.0, alpha) * asimov.mu_error)


def _last(data: Profile, curve: Callable[[float], float], start: float, scale: float) -> float:
    """Return the crossing of a rising curve; the last one where the signal is not linear and it may dip again."""
    if data.model.model.is_polynomial:
        return last_crossing(curve, start, scale)[0]
    return upward_crossing(curve, start, scale)
