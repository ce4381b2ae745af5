"""Configurations of one analysis: each a full model with its data, reduced to its profile.

What an average or an envelope needs of a configuration: the profile of its data, that of its background-only Asimov
set, how many parameters are free, and which counts were fitted. All of it is arrays, so that workers can make it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import InputError
from numm_stats.inference.caveats import few_counts
from numm_stats.inference.goodness import degrees_of_freedom
from numm_stats.inference.limits import background_asimov
from numm_stats.inference.profile import Profile
from numm_stats.inference.profile_spline import ACCURACY, ProfileSpline, profile_spline
from numm_stats.inference.test_statistics import profile_above

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["Configuration", "configuration", "groups_of_same_data"]

NEGLIGIBLE: Final = 1e-9  # of the tail: what lies beyond the knots of a profile
SAME: Final = 1e-9  # relative difference of counts that are the same


@dataclass(frozen=True)
class Configuration:
    """One configuration with its profiles.

    Attributes:
        name: what results call it.
        poi: name of its parameter of interest.
        data: profile of its data.
        background: profile of its background-only Asimov set, or of the data where they are an Asimov set; None where
            no expectation is wanted.
        free_parameters: that have no auxiliary measurement and are not fixed, the parameter of interest with them.
        observations: channel names and the counts of each, what was fitted.
        asimov: whether the data are an Asimov set.
        unit: one of its parameter of interest in that of the average, > 0.
        warnings: what a reader of its limit should know.
    """

    name: str
    poi: str
    data: ProfileSpline
    background: ProfileSpline | None = None
    free_parameters: int = 0
    observations: tuple[tuple[str, tuple[float, ...]], ...] = ()
    asimov: bool = False
    unit: float = 1.0
    warnings: tuple[str, ...] = ()

    @property
    def common(self) -> Configuration:
        """The same in the unit of the average."""
        background = None if self.background is None else self.background.rescaled(self.unit)
        return replace(self, data=self.data.rescaled(self.unit), background=background, unit=1.0)


def configuration(
    model: StatisticalModel,
    *,
    name: str | None = None,
    confidence_level: float = 0.9,
    expected: bool = True,
    accuracy: float = ACCURACY,
) -> Configuration:
    """Return a configuration from its model with data.

    Data that are an Asimov set come from one truth that all configurations fit, and are expectations as they stand:
    no other set is made.

    Args:
        model: a statistical model with its data; a toy study gives `model.with_data(toy)`.
        name: what results call it; the measurement's by default.
        confidence_level: highest one that will be asked for, between 0 and 1.
        expected: whether background-only Asimov sets are wanted: for expected limits, and for CLs. A toy study of
            other constructions saves half the fits.
        accuracy: of -2 ln lambda~ near its minimum; 1e-3 is enough for a toy study.

    Raises:
        InputError: for a confidence level that is not between 0 and 1.
        ComputationError: if a fit fails or the data do not constrain the signal.
    """
    if not 0.0 < confidence_level < 1.0:
        raise InputError(f"confidence level {confidence_level}: must lie between 0 and 1, for example 0.9")
    reach = -2.0 * math.log(NEGLIGIBLE * (1.0 - confidence_level))
    profile = profile_above(model, 0.0)
    data = profile_spline(profile, reach=reach, accuracy=accuracy)
    background = data if model.asimov and expected else None
    if expected and not model.asimov:
        asimov = Profile(background_asimov(profile.model, profile), start=profile.background.theta)
        background = profile_spline(asimov, reach=reach, accuracy=accuracy)
    channels = ((channel.name, tuple(model.data.main[channel.bins].tolist())) for channel in model.model.channels)
    return Configuration(
        name=model.name if name is None else name,
        poi=model.poi,
        data=data,
        background=background,
        free_parameters=model.model.bin_count - degrees_of_freedom(model),
        observations=tuple(sorted(channels)),
        asimov=model.asimov,
        warnings=_warnings(profile) if expected else (),
    )


def groups_of_same_data(configurations: Sequence[Configuration]) -> tuple[int, ...]:
    """Return for each configuration the position of the first one that was fitted to the same counts.

    The same are channels of the same names with the same counts in each bin.
    """
    return tuple(
        next(k for k, other in enumerate(configurations) if k == position or _same(other, this))
        for position, this in enumerate(configurations)
    )


def _same(one: Configuration, other: Configuration) -> bool:
    def shape(configuration: Configuration) -> list[tuple[str, int]]:
        return [(channel, len(counts)) for channel, counts in configuration.observations]

    if shape(one) != shape(other):
        return False
    pairs = zip(one.observations, other.observations, strict=True)
    return all(np.allclose(a, b, rtol=SAME, atol=0.0) for (_, a), (_, b) in pairs)


def _warnings(profile: Profile) -> tuple[str, ...]:
    """Say where the asymptotic law is doubtful, and what data or an Asimov set hold that one may not expect."""
    model, null = profile.model, profile.background
    if not math.isfinite(null.deviance):
        return (*model.warnings, "the data are impossible for background alone: the expected limits mean little")
    background = model.model.expected(null.theta)
    signal = model.model.expected(profile.conditional(profile.mu_hat + profile.mu_error).theta) - background
    held: tuple[str, ...] = ()
    if model.asimov and profile.mu_hat > 0.01 * profile.mu_error:
        held = (f"the best fit to the Asimov set is a signal ({profile.mu_hat:.4g}): the limit is that of this set",)
    return model.warnings + few_counts(model, background, signal) + held
