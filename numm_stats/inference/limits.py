"""Upper limits on the parameter of interest, one construction a function, one type for the answer.

| construction | rule |
|---|---|
| `cls` | CLs = p_mu / (1 - p_b) = 1 - CL |
| `clsb` | CLs+b = p_mu = 1 - CL; may exclude every signal after a downward fluctuation: the limit is then zero |
| `pcl` | power-constrained, arXiv:1105.3166: `clsb`, but never below what -1 sigma of background would give |
| `delta-chi2` | -2 ln lambda~(mu) = c |

All by the asymptotic formulae of arXiv:1007.1727, with the engine's Newton minima. On request the fits at the limit
are made again by Minuit, whose difference enters the uncertainty that is quoted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scipy.special import log_ndtr

from numm_stats.errors import InputError, nearest
from numm_stats.inference.asymptotic import (
    BAND,
    cls,
    root_asimov_at_clsb_limit,
    root_asimov_at_limit,
    threshold_one_sided,
)
from numm_stats.inference.caveats import limit_warnings, numerical_uncertainty
from numm_stats.inference.limit_roots import observed_cls, observed_clsb, root_limit
from numm_stats.inference.pieces import allowed_pieces
from numm_stats.inference.profile import Profile
from numm_stats.inference.profile_root import Track

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["CONSTRUCTIONS", "MINIMIZERS", "UpperLimit", "background_asimov", "cls_scan", "upper_limit"]

CONSTRUCTIONS: Final = ("cls", "clsb", "pcl", "delta-chi2")
MINIMIZERS: Final = ("auto", "iminuit")


@dataclass(frozen=True)
class UpperLimit:
    """An upper limit on the parameter of interest.

    Attributes:
        construction: one of `CONSTRUCTIONS`.
        calculator: "asymptotic" or "toys".
        confidence_level: between 0 and 1.
        poi: name of the parameter of interest.
        observed: the limit; None where the data are an Asimov set.
        expected: for background fluctuating by -2, -1, 0, 1, 2 sigma; only the middle where there is no band.
        uncertainty: numerical uncertainty of the observed limit, or of the median where that is None.
        delta_chi2: the rise of -2 ln L, for "delta-chi2".
        warnings: what a reader of the number should know.
        toys: thrown for it, of all hypotheses together.
        seconds: that they took.
        expected_uncertainty: of each expected limit, from toys.
        fallbacks: fits of toys that went to iminuit.
        failures: toys of which a fit failed there too; they are left out.
        intervals: all values of the parameter that are not excluded, where the construction gives intervals.
        tests: what toys gave at each value of the parameter that was tested.
        prior: of "bayes": what it is flat in.
        likelihood: of "bayes": "profile" or "marginal".
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
    expected_uncertainty: tuple[float | None, ...] = ()
    fallbacks: int = 0
    failures: int = 0
    intervals: tuple[tuple[float, float], ...] = ()
    tests: tuple[dict[str, float], ...] = ()
    prior: str | None = None
    likelihood: str | None = None

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
        lists = {name: list(value) for name, value in self.__dict__.items() if isinstance(value, tuple)}
        return {**self.__dict__, **lists}


def upper_limit(
    model: StatisticalModel,
    construction: str = "cls",
    *,
    confidence_level: float = 0.9,
    delta_chi2: float | None = None,
    minimizer: str = "auto",
    start: Array | None = None,
) -> UpperLimit:
    """Return the upper limit on the parameter of interest.

    Args:
        model: a statistical model with its data.
        construction: "cls", "clsb", "pcl" or "delta-chi2".
        confidence_level: between 0 and 1.
        delta_chi2: the rise c for "delta-chi2"; by default one-sided, 1.642 at 90 %.
        minimizer: "auto", or "iminuit" to let Minuit make the fits at the limit again: the difference enters the
            uncertainty.
        start: where the free fit begins (p,), such as the best fit of a neighbour; by default the initial values.

    Raises:
        InputError: for an unknown construction or minimizer, a confidence level that is not between 0 and 1, or a rise
            that is given with another construction.
        ComputationError: if a fit fails or the data do not constrain the signal.
    """
    _check(construction, confidence_level, delta_chi2)
    _check_minimizer(minimizer)
    data, asimov = (Track(profile) for profile in _profiles(model, start))
    if construction == "delta-chi2":
        delta_chi2 = threshold_one_sided(confidence_level) if delta_chi2 is None else delta_chi2
        found = _delta_chi2_limit(data, asimov, delta_chi2)
    else:
        rules = {"cls": _cls_limit, "clsb": _clsb_limit, "pcl": _power_constrained_limit}
        found = rules[construction](data, asimov, 1.0 - confidence_level)
    pieces = _pieces(found, asimov.profile, construction, delta_chi2 or 1.0 - confidence_level)
    return UpperLimit(
        construction=construction,
        calculator="asymptotic",
        confidence_level=confidence_level,
        poi=model.poi,
        observed=found.observed,
        expected=found.expected,
        uncertainty=numerical_uncertainty(found.source, found.value, by_minuit=minimizer == "iminuit")
        + (0.0 if construction == "delta-chi2" and found.source is data.profile else _asimov_uncertainty(data, asimov)),
        delta_chi2=delta_chi2,
        warnings=model.warnings
        + limit_warnings(data.profile, asimov.profile, found.value)
        + found.warnings
        + (("the allowed region has several parts: the limit is its upper end",) if len(pieces) > 1 else ()),
        intervals=pieces,
    )


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


def _check_minimizer(minimizer: str) -> None:
    if minimizer not in MINIMIZERS:
        raise InputError(
            f"minimizer '{minimizer}' is unknown{nearest(minimizer, MINIMIZERS)}; known are {', '.join(MINIMIZERS)}"
        )


def background_asimov(model: StatisticalModel, profile: Profile) -> StatisticalModel:
    """Return the model with the background-only Asimov set, nuisances at their conditional best fit to the data."""
    return model.with_data(model.asimov_data(profile.background.theta))


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


def _profiles(model: StatisticalModel, start: Array | None = None) -> tuple[Profile, Profile]:
    """Return the profiles of the data and of the background-only Asimov set, for q~_mu: no negative mu-hat."""
    data = Profile(model.above_zero(), start=start)
    background = data.background.theta
    return data, Profile(data.model.with_data(model.asimov_data(background)), start=background)


@dataclass(frozen=True)
class _Found:
    """The limits of one construction, and the profile from which the quoted one comes."""

    observed: float | None
    expected: tuple[float | None, ...]
    source: Profile
    warnings: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        return self.observed if self.observed is not None else self.expected[2] or 0.0


def _cls_limit(data: Track, asimov: Track, alpha: float) -> _Found:
    expected = tuple(root_limit(asimov, root_asimov_at_limit(sigmas, alpha)) for sigmas in BAND)
    if data.profile.model.asimov:
        return _Found(None, expected, asimov.profile)
    return _Found(observed_cls(data, asimov, alpha), expected, data.profile)


def _clsb_limit(data: Track, asimov: Track, alpha: float) -> _Found:
    expected = _clsb_band(asimov, alpha)
    if data.profile.model.asimov:
        return _Found(None, expected, asimov.profile)
    observed = observed_clsb(data, asimov, alpha)
    none_left = "the data exclude every signal by p_mu, a downward fluctuation: quote cls or pcl"
    return _Found(observed, expected, data.profile, (none_left,) if observed == 0.0 else ())


def _power_constrained_limit(data: Track, asimov: Track, alpha: float) -> _Found:
    """arXiv:1105.3166, section 3: a signal is excluded only where background at -1 sigma would exclude it too."""
    band = _clsb_band(asimov, alpha)
    floor = band[1]
    expected = tuple(max(value, floor) for value in band)
    if data.profile.model.asimov:
        return _Found(None, expected, asimov.profile)
    observed = observed_clsb(data, asimov, alpha)
    if observed > floor:
        return _Found(observed, expected, data.profile)
    held = "the data lie below -1 sigma: the limit is the power constraint's"
    return _Found(floor, expected, asimov.profile, (held,))


def _delta_chi2_limit(data: Track, asimov: Track, level: float) -> _Found:
    target = math.sqrt(level)
    expected = (None, None, root_limit(asimov, target), None, None)
    if data.profile.model.asimov:
        return _Found(None, expected, asimov.profile)
    return _Found(root_limit(data, target), expected, data.profile)


def _asimov_uncertainty(data: Track, asimov: Track) -> float:
    """Return how far the Asimov set moves a limit: by what its nuisance parameters are known to, in their errors."""
    return math.sqrt(data.profile.background.distance) * asimov.profile.mu_error


def _pieces(found: _Found, asimov: Profile, construction: str, target: float) -> tuple[tuple[float, float], ...]:
    """Return all allowed ranges where the signal is not linear in mu; nothing where the limit says all."""
    if not asimov.model.model.is_polynomial or found.value == 0.0:
        return ()
    p_value = {"cls": "cls", "clsb": "clsb", "pcl": "clsb"}.get(construction)
    return allowed_pieces(found.source, asimov, found.value, p_value, target)


def _clsb_band(asimov: Track, alpha: float) -> tuple[float, ...]:
    """Return the expected CLs+b limits; zero where the fluctuation would exclude every signal."""
    targets = (root_asimov_at_clsb_limit(sigmas, alpha) for sigmas in BAND)
    return tuple(root_limit(asimov, target) if target > 0.0 else 0.0 for target in targets)
