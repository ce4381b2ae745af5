"""What a reader of a limit should know: how far its digits reach, and where the asymptotic law is doubtful."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.inference.crossing import RELATIVE_TOLERANCE, SEARCH_POINTS, last_crossing
from numm_stats.inference.fitting import run_minuit, starting_point
from numm_stats.inference.newton import EDM_GOAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.profile import Profile

    Array = NDArray[np.float64]

__all__ = ["few_counts", "limit_warnings", "numerical_uncertainty", "odd_expectation", "several_parts"]

MINUIT_CHECK_UP_TO = 100  # parameters; beyond, Minuit's own start-up would cost more than all the rest


def numerical_uncertainty(profile: Profile, limit: float) -> float:
    """Return root-finding tolerance and accuracy of the minima, as an uncertainty of the limit; zero at mu-hat."""
    step = 1e-3 * (limit - profile.mu_hat)
    if step == 0.0:
        return 0.0
    slope = (profile.minus_two_log_ratio(limit + step) - profile.minus_two_log_ratio(limit - step)) / (2.0 * step)
    accuracy = 2.0 * EDM_GOAL + _difference_to_minuit(profile, limit)
    return 2.0 * RELATIVE_TOLERANCE * abs(limit) + accuracy / max(abs(slope), np.finfo(float).tiny)


def several_parts(profile: Profile, target: float) -> tuple[str, ...]:
    """Say so where sqrt(-2 ln lambda~) is below the target in several intervals of mu."""
    if not profile.model.model.is_polynomial:
        return ()

    def curve(mu: float) -> float:
        return math.sqrt(profile.minus_two_log_ratio(mu)) - target

    low = float(profile.model.model.parameters.bounds[profile.model.poi_index, 0])
    allowed = [curve(mu) < 0.0 for mu in np.linspace(low, profile.mu_hat, SEARCH_POINTS).tolist()]
    below = any(one and not following for one, following in pairwise(allowed))
    if below or last_crossing(curve, profile.mu_hat, target * profile.mu_error)[1]:
        return ("the allowed region has several parts: the limit is its upper end",)
    return ()


def limit_warnings(data: Profile, asimov: Profile, limit: float) -> tuple[str, ...]:
    """Say where the asymptotic law is doubtful for a limit, and where its expectation is not what one may think."""
    model = asimov.model
    background = model.data.main
    theta = asimov.conditional(limit or asimov.mu_error).theta
    return few_counts(background, model.model.expected(theta) - background) + odd_expectation(data)


def odd_expectation(data: Profile) -> tuple[str, ...]:
    """An Asimov set with a signal in it, or data that background alone cannot have made."""
    if not math.isfinite(data.conditional(0.0).deviance):
        return ("the data are impossible for background alone: the expected limits mean little",)
    if data.model.asimov and data.mu_hat > 0.01 * data.mu_error:
        return (
            f"the Asimov set holds a signal ({data.mu_hat:.4g}): expected limits are for background alone; see `scan`",
        )
    return ()


def few_counts(background: Array, signal: Array) -> tuple[str, ...]:
    """Say where the asymptotic law is doubtful: few background events, or few counts where the signal sits."""
    out = []
    if background.sum() < 10.0:
        out.append(f"{background.sum():.3g} background events in all: the asymptotic law is doubtful")
    weight = np.abs(signal) / max(float(np.abs(signal).sum()), np.finfo(float).tiny)
    typical = float(weight @ background)
    if typical < 5.0:
        out.append(f"the bins that carry the signal expect {typical:.3g} counts: the asymptotic law is doubtful")
    return tuple(out)


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
