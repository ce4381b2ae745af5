"""Where the constructions of limits put the limit: roots of the test statistics along the parameter of interest.

The direct way follows the profiles with their nuisance parameters (`profile_root`). Where it does not arrive, and for
signals that are not linear, whose profile may dip again, or where a fit finds a lower valley than the one followed,
the curve is searched point by point with fits at each (`crossing`); its running variable is the square root of the
statistic, nearly a straight line.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy.special import ndtr

from numm_stats.inference.asymptotic import cls, clsb, root_asimov_at_clsb_limit, root_asimov_at_limit
from numm_stats.inference.compiled import CompiledModel
from numm_stats.inference.crossing import last_crossing, newton_crossing, secant, upward_crossing
from numm_stats.inference.profile_root import common_crossing

if TYPE_CHECKING:
    from collections.abc import Callable

    from numm_stats.inference.profile import Profile
    from numm_stats.inference.profile_root import Parabola, Track

__all__ = [
    "observed_cls",
    "observed_clsb",
    "root_limit",
    "searched_cls",
    "searched_clsb",
    "searched_root_limit",
]

SAME_VALLEY = 1e-4  # of the root of the statistic: a fit that goes several ways found no other valley
TINY = 1e-300  # below any p-value that has a logarithm


def root_limit(track: Track, target: float) -> float:
    """Return mu > mu_hat where sqrt(-2 ln lambda~) reaches the target: the largest such mu."""
    profile = track.profile
    if profile.model.model.is_polynomial:

        def above(mu: float) -> float:
            return math.sqrt(profile.minus_two_log_ratio(mu)) - target

        return last_crossing(above, profile.mu_hat, target * profile.mu_error)[0]
    direct = common_crossing([track], lambda parabola: parabola.crossing(target))
    if direct is not None and _may_turn(profile):
        root = math.sqrt(profile.minus_two_log_ratio(direct))
        direct = direct if abs(root - target) < SAME_VALLEY else None
    return searched_root_limit(profile, target) if direct is None else direct


def searched_root_limit(profile: Profile, target: float) -> float:
    """Return the same by conditional fits at trial values."""

    def curve(mu: float) -> tuple[float, float]:
        root, slope = profile.root_and_slope(mu)
        return root - target, slope

    return newton_crossing(curve, profile.mu_hat, target * profile.mu_error)


def observed_cls(data: Track, asimov: Track, alpha: float) -> float:
    """Return mu where CLs = alpha."""
    if alpha < 0.5:  # at mu-hat CLs is above a half
        direct = _direct(data, asimov, cls, alpha)
        if direct is not None:
            return direct
    return searched_cls(data.profile, asimov.profile, alpha)


def searched_cls(data: Profile, asimov: Profile, alpha: float) -> float:
    """Return the same by conditional fits at trial values."""

    def curve(mu: float) -> float:
        root = math.sqrt(data.q_mu_tilde(mu))
        return math.log(alpha) - math.log(max(cls(root, math.sqrt(asimov.minus_two_log_ratio(mu))), TINY))

    start = data.mu_hat if curve(data.mu_hat) < 0.0 else 0.0  # an excess at a low confidence level: below the best fit
    return _last(data, curve, start, root_asimov_at_limit(0.0, alpha) * asimov.mu_error)


def observed_clsb(data: Track, asimov: Track, alpha: float) -> float:
    """Return mu where p_mu = alpha; zero where p_mu is smaller already for the faintest signal.

    For mu -> 0 at mu-hat = 0, s^2 = mu d(-2 ln L)/dmu and a = mu / sigma, so that p_mu -> Phi(-sigma/2 d(-2 ln L)/dmu).
    """
    profile = data.profile
    slope = float(profile.best.gradient[profile.model.poi_index]) if profile.mu_hat <= 0.0 else 0.0
    faintest = float(ndtr(-slope * asimov.profile.mu_error / 2.0))
    if faintest <= alpha:
        return 0.0
    direct = _direct(data, asimov, clsb, alpha)
    return searched_clsb(profile, asimov.profile, alpha, faintest) if direct is None else direct


def searched_clsb(data: Profile, asimov: Profile, alpha: float, faintest: float) -> float:
    """Return the same by conditional fits at trial values; `faintest` is p_mu of the faintest signal."""

    def curve(mu: float) -> float:
        root, root_asimov = math.sqrt(data.q_mu_tilde(mu)), math.sqrt(asimov.minus_two_log_ratio(mu))
        p_mu = clsb(root, root_asimov) if mu > data.mu_hat else faintest
        return math.log(alpha) - math.log(max(p_mu, TINY))

    return _last(data, curve, data.mu_hat, root_asimov_at_clsb_limit(0.0, alpha) * asimov.mu_error)


def _direct(data: Track, asimov: Track, rule: Callable[[float, float], float], alpha: float) -> float | None:
    """Return mu where a p-value of the two roots is alpha, both profiles followed; None where that does not arrive."""
    lowest = data.profile.mu_hat
    if data.profile.model.model.is_polynomial:
        return None
    asimov.go_near(lowest + asimov.passed[len(asimov.passed) // 2].mu if asimov.passed else lowest)

    def condition(of_data: Parabola, of_asimov: Parabola) -> float:
        def excess(mu: float) -> float:
            return math.log(alpha) - math.log(max(rule(of_data.root(mu), of_asimov.root(mu)), TINY))

        distance = of_data.mu - lowest if of_data.mu > lowest else of_asimov.mu
        return secant(excess, lowest, distance)

    return common_crossing([data, asimov], condition)


def _may_turn(profile: Profile) -> bool:
    """Whether variations of one sign may make several valleys: who follows a profile would stay in one of them."""
    model = profile.model.model
    return isinstance(model, CompiledModel) and len(model.turning) > 0


def _last(data: Profile, curve: Callable[[float], float], start: float, scale: float) -> float:
    """Return the crossing of a rising curve; the last one where the signal is not linear and it may dip again."""
    if data.model.model.is_polynomial:
        return last_crossing(curve, start, scale)[0]
    return upward_crossing(curve, start, scale)
