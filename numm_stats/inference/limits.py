"""Upper limits on the parameter of interest, one construction a function, one type for the answer.

`cls` and `delta-chi2` by the asymptotic formulae of arXiv:1007.1727. Root finding runs on the square roots of the test
statistics, which are nearly straight lines; the fits under it are the engine's Newton minima, and those at the limit
are made again by Minuit, whose difference enters the uncertainty that is quoted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.inference.asymptotic import BAND, cls, root_asimov_at_limit, threshold_one_sided
from numm_stats.inference.crossing import (
    RELATIVE_TOLERANCE,
    SEARCH_POINTS,
    last_crossing,
    newton_crossing,
    upward_crossing,
)
from numm_stats.inference.fitting import run_minuit, starting_point
from numm_stats.inference.newton import EDM_GOAL
from numm_stats.inference.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from numm_stats.inference.statmodel import StatisticalModel

__all__ = ["CONSTRUCTIONS", "UpperLimit", "background_asimov", "cls_scan", "upper_limit"]

CONSTRUCTIONS: Final = ("cls", "delta-chi2")
MINUIT_CHECK_UP_TO = 100  # parameters; beyond, Minuit's own start-up would cost more than all the rest


@dataclass(frozen=True)
class UpperLimit:
    """An upper limit on the parameter of interest.

    Attributes:
        construction: "cls" or "delta-chi2".
        calculator: "asymptotic".
        confidence_level: between 0 and 1.
        poi: name of the parameter of interest.
        observed: the limit; None where the data are an Asimov set.
        expected: for background fluctuating by -2, -1, 0, 1, 2 sigma; only the middle where there is no band.
        uncertainty: numerical uncertainty of the observed limit, or of the median where that is None.
        delta_chi2: the rise of -2 ln L, for "delta-chi2".
        warnings: what a reader of the number should know.
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
        construction: "cls" (CLs = 1 - CL) or "delta-chi2" (-2 ln lambda~ = c).
        confidence_level: between 0 and 1.
        delta_chi2: the rise c for "delta-chi2"; by default one-sided, 1.642 at 90 %.

    Raises:
        InputError: for an unknown construction or a confidence level that is not between 0 and 1.
        ComputationError: if a fit fails or the data do not constrain the signal.
    """
    if construction not in CONSTRUCTIONS:
        raise InputError(
            f"construction '{construction}' is unknown{nearest(construction, CONSTRUCTIONS)}; "
            f"known are {', '.join(CONSTRUCTIONS)}"
        )
    if not 0.0 < confidence_level < 1.0:
        raise InputError(f"confidence level {confidence_level}: must lie between 0 and 1, for example 0.9")
    if construction == "cls":
        return _cls_limit(model, confidence_level)
    if delta_chi2 is None and confidence_level <= 0.5:
        raise InputError(
            f"confidence level {confidence_level}: a one-sided delta-chi2 limit lies above the best fit "
            "only beyond 0.5; give a higher level, or delta_chi2"
        )
    level = threshold_one_sided(confidence_level) if delta_chi2 is None else delta_chi2
    if not (math.isfinite(level) and level > 0.0):
        raise InputError(f"delta_chi2 = {level}: must be a positive number, for example 1.642 or 2.706")
    return _delta_chi2_limit(model, confidence_level, level)


def background_asimov(model: StatisticalModel, profile: Profile) -> StatisticalModel:
    """Return the model with the background-only Asimov set, nuisances at their conditional best fit to the data."""
    return model.with_data(model.asimov_data(profile.conditional(0.0).theta))


def cls_scan(
    model: StatisticalModel, mu: list[float]
) -> tuple[list[float] | None, list[tuple[float, float, float, float, float]]]:
    """Return observed CLs (None for an Asimov set) and the expected band (-2 to +2 sigma) at each mu."""
    data = Profile(model)
    asimov = Profile(background_asimov(model, data))
    roots = [math.sqrt(asimov.minus_two_log_ratio(value)) for value in mu]
    band = [tuple(_expected_cls(root, sigmas) for sigmas in BAND) for root in roots]
    observed = [cls(math.sqrt(data.q_mu_tilde(m)), root) for m, root in zip(mu, roots, strict=True)]
    return (None if model.asimov else observed), band  # type: ignore[return-value]


def _expected_cls(root_asimov: float, sigmas: float) -> float:
    from scipy.special import log_ndtr  # noqa: PLC0415

    return math.exp(float(log_ndtr(sigmas - root_asimov)) - float(log_ndtr(sigmas)))


def _cls_limit(model: StatisticalModel, confidence_level: float) -> UpperLimit:
    alpha = 1.0 - confidence_level
    data = Profile(model)
    asimov = Profile(background_asimov(model, data))
    targets = [root_asimov_at_limit(sigmas, alpha) for sigmas in BAND]
    expected = tuple(_root_limit(asimov, target) for target in targets)
    observed = None if model.asimov else _observed_cls(data, asimov, alpha)
    deciding = asimov if observed is None else data
    limit = expected[2] if observed is None else observed
    return UpperLimit(
        construction="cls",
        calculator="asymptotic",
        confidence_level=confidence_level,
        poi=model.poi,
        observed=observed,
        expected=expected,
        uncertainty=_numerical_uncertainty(deciding, limit),
        warnings=_warnings(asimov, limit),
    )


def _delta_chi2_limit(model: StatisticalModel, confidence_level: float, level: float) -> UpperLimit:
    data = Profile(model)
    asimov = Profile(background_asimov(model, data))
    target = math.sqrt(level)
    median = _root_limit(asimov, target)
    observed = None if model.asimov else _root_limit(data, target)
    deciding, limit = (asimov, median) if observed is None else (data, observed)
    return UpperLimit(
        construction="delta-chi2",
        calculator="asymptotic",
        confidence_level=confidence_level,
        poi=model.poi,
        observed=observed,
        expected=(None, None, median, None, None),
        uncertainty=_numerical_uncertainty(deciding, limit),
        delta_chi2=level,
        warnings=_warnings(asimov, limit) + _several(deciding, target),
    )


def _root_limit(profile: Profile, target: float) -> float:
    """Return mu > mu_hat where sqrt(-2 ln lambda~) reaches the target: the largest such mu."""
    if profile.model.model.is_polynomial:
        return last_crossing(partial(_root_above, profile, target), profile.mu_hat, target * profile.mu_error)[0]

    def curve(mu: float) -> tuple[float, float]:
        root, slope = profile.root_and_slope(mu)
        return root - target, slope

    return newton_crossing(curve, profile.mu_hat, target * profile.mu_error)


def _root_above(profile: Profile, target: float, mu: float) -> float:
    return math.sqrt(profile.minus_two_log_ratio(mu)) - target


def _observed_cls(data: Profile, asimov: Profile, alpha: float) -> float:
    def curve(mu: float) -> float:
        root = math.sqrt(data.q_mu_tilde(mu))
        return math.log(alpha) - math.log(max(cls(root, math.sqrt(asimov.minus_two_log_ratio(mu))), 1e-300))

    find: Callable[..., Any] = last_crossing if data.model.model.is_polynomial else upward_crossing
    start = data.mu_hat if curve(data.mu_hat) < 0.0 else 0.0  # an excess at a low confidence level: below the best fit
    found = find(curve, start, root_asimov_at_limit(0.0, alpha) * asimov.mu_error)
    return float(found[0] if isinstance(found, tuple) else found)


def _several(profile: Profile, target: float) -> tuple[str, ...]:
    if not profile.model.model.is_polynomial:
        return ()
    curve = partial(_root_above, profile, target)
    low = float(profile.model.model.parameters.bounds[profile.model.poi_index, 0])
    allowed = [curve(mu) < 0.0 for mu in np.linspace(low, profile.mu_hat, SEARCH_POINTS).tolist()]
    below = any(one and not following for one, following in pairwise(allowed))
    if below or last_crossing(curve, profile.mu_hat, target * profile.mu_error)[1]:
        return ("the allowed region has several parts: the limit is its upper end",)
    return ()


def _numerical_uncertainty(profile: Profile, limit: float) -> float:
    """Root-finding tolerance and accuracy of the minima, as an uncertainty of the limit."""
    step = 1e-3 * (limit - profile.mu_hat)
    slope = (profile.minus_two_log_ratio(limit + step) - profile.minus_two_log_ratio(limit - step)) / (2.0 * step)
    accuracy = 2.0 * EDM_GOAL + _difference_to_minuit(profile, limit)
    return 2.0 * RELATIVE_TOLERANCE * abs(limit) + accuracy / max(abs(slope), np.finfo(float).tiny)


def _difference_to_minuit(profile: Profile, limit: float) -> float:
    """|change of -2 ln lambda~(limit)| when Minuit makes both fits again from the engine's minima."""
    model = profile.model
    if len(model.model.parameters) > MINUIT_CHECK_UP_TO:
        return 0.0
    change = 0.0
    for minimum, poi in ((profile.best, None), (profile.conditional(limit), limit)):
        minuit, _ = run_minuit(model.likelihood, minimum.theta, starting_point(model, poi)[1])
        change += abs(float(minuit.fval) - minimum.deviance)
    return change


def _warnings(asimov: Profile, limit: float) -> tuple[str, ...]:
    """Say where the asymptotic law is doubtful: few background events, or few counts where the signal sits."""
    model = asimov.model
    background = model.data.main
    theta = asimov.conditional(limit).theta
    signal = model.model.expected(theta) - background
    out = []
    if background.sum() < 10.0:
        out.append(f"{background.sum():.3g} background events in all: the asymptotic law is doubtful")
    weight = np.abs(signal) / max(float(np.abs(signal).sum()), np.finfo(float).tiny)
    typical = float(weight @ background)
    if typical < 5.0:
        out.append(f"the bins that carry the signal expect {typical:.3g} counts: the asymptotic law is doubtful")
    high = float(model.model.parameters.bounds[model.poi_index, 1])
    if limit > high:
        out.append(f"the limit {limit:.4g} lies above the upper bound {high:.4g} of the parameter in the measurement")
    return tuple(out)
