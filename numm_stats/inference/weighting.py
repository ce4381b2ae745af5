"""Weights of configurations in an average of their profiles.

| weighting | weight, of the profile divided by its own maximum |
|---|---|
| `maximum-likelihood` | P(c) L_c(mu-hat): a configuration counts by its maximum |
| `null` | P(c) L_c(mu = 0) |
| `equal` | 1 |
| `given` | the numbers given, as they stand |

P(c) are prior weights, equal by default. What L_c is relative to is the scale:

| scale | L_c is |
|---|---|
| `common` | the likelihood: one scale for all, which they have where they were fitted to the same counts |
| `own` | relative to the configuration's own maximum |
| `same-data` | relative to the highest maximum of those that were fitted to the same counts |

Other counts, such as another energy estimator of the same events, have another scale: the ratio of the maxima, each
relative to its saturated model, is the noise of as many bins. There `own` is the default, else `common`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import ComputationError, InputError, nearest
from numm_stats.inference.configurations import groups_of_same_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from numm_stats.inference.configurations import Configuration

    Array = NDArray[np.float64]

__all__ = ["SCALES", "WEIGHTINGS", "Weights", "check_weights", "natural_scale", "weights_of"]

WEIGHTINGS: Final = ("maximum-likelihood", "null", "equal", "given")
SCALES: Final = ("common", "own", "same-data")


@dataclass(frozen=True)
class Weights:
    """Weights of profiles, each divided by its own maximum.

    Attributes:
        weighting: one of `WEIGHTINGS`.
        scale: one of `SCALES`.
        values: zero or more, their sum is one.
        warnings: what a reader of the average should know.
    """

    weighting: str
    scale: str
    values: tuple[float, ...]
    warnings: tuple[str, ...] = ()

    @property
    def effective_configurations(self) -> float:
        """Effective number of configurations, (sum w)^2 / sum w^2."""
        w = np.array(self.values)
        return float(w.sum() ** 2 / (w @ w))


def weights_of(
    configurations: Sequence[Configuration],
    weighting: str = "maximum-likelihood",
    *,
    weights: Sequence[float] | None = None,
    scale: str | None = None,
) -> Weights:
    """Return the weights of configurations.

    -2 ln L is compared without what the auxiliary measurements' normalisations add, which depends on the units of
    their parameters.

    Args:
        configurations: one or more.
        weighting: one of `WEIGHTINGS`.
        weights: prior weights P(c) for "maximum-likelihood" and "null", the weights themselves for "given"; zero or
            more, one for each configuration, of any sum.
        scale: one of `SCALES`, for "maximum-likelihood" and "null"; by default "common" where all were fitted to the
            same counts, else "own".

    Raises:
        InputError: for an unknown weighting or scale, or weights that do not match.
        ComputationError: if no configuration has a weight, because background alone cannot have made the data.
    """
    _check(weighting, scale)
    prior = _log_prior(weighting, weights, len(configurations))
    if weighting in ("equal", "given"):
        return Weights(weighting, "own", _normalised(prior))
    natural = natural_scale(configurations)
    chosen = scale or natural
    rise = _maxima(configurations, chosen)
    if weighting == "null":
        rise = rise + np.array([each.data.null for each in configurations])
    foreign = "the data differ: maxima on a common scale are compared by the noise of the saturated models"
    warnings = (foreign,) if chosen == "common" != natural else ()
    return Weights(weighting, chosen, _normalised(prior - 0.5 * rise), warnings)


def check_weights(count: int, weighting: str, weights: Sequence[float] | None, scale: str | None) -> None:
    """Refuse what `weights_of` would of so many configurations, before they are fitted.

    Raises:
        InputError: for what is unknown or does not match.
    """
    _check(weighting, scale)
    _log_prior(weighting, weights, count)


def natural_scale(configurations: Sequence[Configuration]) -> str:
    """Return "common" where all were fitted to the same counts, else "own"."""
    return "common" if len(set(groups_of_same_data(configurations))) == 1 else "own"


def _maxima(configurations: Sequence[Configuration], scale: str) -> Array:
    """Return -2 ln of each maximum, relative to the highest one of its scale (c,)."""
    deviances = np.array([each.data.deviance for each in configurations])
    if scale == "own":
        return np.zeros(len(deviances))
    if scale == "common":
        return np.asarray(deviances - deviances.min(), dtype=float)
    groups = groups_of_same_data(configurations)
    members = np.array(groups)
    return np.array([deviances[k] - deviances[members == group].min() for k, group in enumerate(groups)])


def _normalised(logarithms: Array) -> tuple[float, ...]:
    highest = logarithms.max()
    if not np.isfinite(highest):
        raise ComputationError(
            "no configuration has a weight: background alone cannot have made the data, L(0) = 0; take the weighting "
            "maximum-likelihood"
        )
    w = np.exp(logarithms - highest)
    return tuple((w / w.sum()).tolist())


def _log_prior(weighting: str, weights: Sequence[float] | None, count: int) -> Array:
    if count == 0:
        raise InputError("an average needs configurations: none is given")
    if weights is None:
        if weighting == "given":
            raise InputError("weighting 'given': give the weights, one for each configuration")
        return np.zeros(count)
    if weighting == "equal":
        raise InputError("weighting 'equal' has no weights to give: leave them out, or take the weighting 'given'")
    w = np.asarray(weights, dtype=float)
    if w.shape != (count,):
        raise InputError(f"{w.size} weights for {count} configurations: give one for each")
    if not (np.isfinite(w).all() and (w >= 0.0).all() and w.any()):
        wrong = next((value for value in w.tolist() if not 0.0 <= value < np.inf), 0.0)
        raise InputError(f"weight {wrong:g}: weights must be finite, zero or more, and not all zero")
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(w), dtype=float)


def _check(weighting: str, scale: str | None) -> None:
    if weighting not in WEIGHTINGS:
        known = ", ".join(WEIGHTINGS)
        raise InputError(f"weighting '{weighting}' is unknown{nearest(weighting, WEIGHTINGS)}; known are {known}")
    if scale is not None and scale not in SCALES:
        raise InputError(f"scale '{scale}' is unknown{nearest(scale, SCALES)}; known are {', '.join(SCALES)}")
    if scale not in (None, "own") and weighting in ("equal", "given"):
        raise InputError(f"scale '{scale}': the weighting '{weighting}' is of profiles divided by their own maximum")
