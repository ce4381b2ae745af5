"""What a reader of a limit should know: how far its digits reach, and where the asymptotic law is doubtful."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.inference.crossing import RELATIVE_TOLERANCE
from numm_stats.inference.fitting import run_minuit, starting_point
from numm_stats.inference.newton import EDM_GOAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.newton import Minimum
    from numm_stats.inference.profile import Profile
    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["few_counts", "limit_warnings", "not_whole", "numerical_uncertainty", "odd_expectation"]

DECIDING: Final = 0.1  # part of the sensitivity from which a channel's few counts matter
ROUNDING: Final = 1e-6  # of a whole number of counts


def numerical_uncertainty(profile: Profile, limit: float, *, by_minuit: bool = False) -> float:
    """Return root-finding tolerance and accuracy of the minima, as an uncertainty of the limit; zero at mu-hat.

    Args:
        profile: of the data that the limit comes from.
        limit: value of the parameter of interest.
        by_minuit: whether Minuit makes the fits again, and the difference counts as well.
    """
    if limit == profile.mu_hat:
        return 0.0
    minimum = profile.conditional(limit)
    accuracy = 2.0 * EDM_GOAL + profile.best.distance + minimum.distance
    if by_minuit:
        accuracy += _difference_to_minuit(profile, (profile.best, None), (minimum, limit))
    slope = abs(float(minimum.gradient[profile.model.poi_index]))
    return 2.0 * RELATIVE_TOLERANCE * abs(limit) + accuracy / max(slope, np.finfo(float).tiny)


def limit_warnings(data: Profile, asimov: Profile, limit: float) -> tuple[str, ...]:
    """Say where the asymptotic law is doubtful for a limit, and where its expectation is not what one may think."""
    model = asimov.model
    background = model.data.main
    theta = asimov.conditional(limit or asimov.mu_error).theta
    return few_counts(model, background, model.model.expected(theta) - background) + odd_expectation(data)


def odd_expectation(data: Profile) -> tuple[str, ...]:
    """An Asimov set with a signal in it, or data that background alone cannot have made, or that are no counts."""
    if not math.isfinite(data.background.deviance):
        return (*not_whole(data.model), "the data are impossible for background alone: the expected limits mean little")
    if data.model.asimov and data.mu_hat > 0.01 * data.mu_error:
        return (
            f"the Asimov set holds a signal ({data.mu_hat:.4g}): expected limits are for background alone; see `scan`",
        )
    return not_whole(data.model)


def not_whole(model: StatisticalModel) -> tuple[str, ...]:
    """Say which channels have observed counts that are not whole; of an Asimov set they need not be."""
    off = np.abs(model.data.main - np.rint(model.data.main)) > ROUNDING
    names = [f"'{channel.name}'" for channel in model.model.channels if off[channel.bins].any()]
    if model.asimov or not names:
        return ()
    first = model.data.main[off][0]
    return (f"the observed counts of {', '.join(names)} are not whole ({first:.6g}): a rate read as counts?",)


def few_counts(model: StatisticalModel, background: Array, signal: Array) -> tuple[str, ...]:
    """Say where the asymptotic law is doubtful: few background events, or few counts where a channel's signal sits.

    A channel counts where it has a tenth of the sensitivity s^2 / (b + s), summed over bins.

    Args:
        model: whose channels they are.
        background: expected counts (b,).
        signal: added to them (b,).
    """
    out = []
    if background.sum() < 10.0:
        out.append(f"{background.sum():.3g} background events in all: the asymptotic law is doubtful")
    size, tiny = np.abs(signal), np.finfo(float).tiny
    power = size**2 / np.maximum(background + size, tiny)
    for channel in model.model.channels:
        here = channel.bins
        if power[here].sum() < DECIDING * power.sum():
            continue
        typical = float(size[here] @ background[here]) / max(float(size[here].sum()), tiny)
        if typical < 5.0:
            where = f" of channel '{channel.name}'" if len(model.model.channels) > 1 else ""
            out.append(
                f"the bins{where} that carry the signal expect {typical:.3g} counts: the asymptotic law is doubtful"
            )
    return tuple(out)


def _difference_to_minuit(profile: Profile, *fits: tuple[Minimum, float | None]) -> float:
    """|change of -2 ln lambda~| when Minuit makes these fits again, each from its minimum and with mu held if given."""
    model = profile.model
    change = 0.0
    for minimum, poi in fits:
        minuit, _ = run_minuit(model.likelihood, minimum.theta, starting_point(model, poi)[1])
        change += abs(float(minuit.fval) - minimum.deviance)
    return change
