"""Decay chains: activities against time (Bateman), decays in an interval, and equilibrium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import expm

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["chain_activities", "chain_decays", "decays_of_activity", "equilibrium_ratios"]


def chain_activities(half_lives: Sequence[float], initial: Sequence[float], time: float) -> Array:
    """Return the activity of each member of a chain after a time.

    dN_i/dt = lambda_(i-1) N_(i-1) - lambda_i N_i, solved as a matrix exponential in the activities lambda_i N_i: equal
    half-lives, where Bateman's sum divides by zero, are no exception.

    Args:
        half_lives: of the members, first the parent (n,), any unit of time; infinity for a stable one.
        initial: activities at the start (n,), any unit.
        time: since the start, in the unit of the half-lives, zero or more.

    Returns:
        Activities (n,), in the unit of the initial ones.

    >>> chain_activities([10.0], [8.0], 30.0).round(12).tolist()
    [1.0]
    """
    rates = _decay_constants(half_lives)
    start = np.asarray(initial, dtype=float)
    if start.shape != rates.shape or not (np.isfinite(start).all() and (start >= 0.0).all()):
        raise InputError(f"initial activities {list(initial)}: one for each of {len(rates)} members, zero or more")
    if not (np.isfinite(time) and time >= 0.0):
        raise InputError(f"time = {time}: must be finite, zero or more")
    return np.asarray(expm(_generator(rates) * time) @ start)


def chain_decays(half_lives: Sequence[float], initial: Sequence[float], time: float) -> Array:
    """Return the number of decays of each member between the start and a time.

    The integral of `chain_activities`, as the last column of a larger matrix exponential (Van Loan 1978).

    Args:
        half_lives: of the members (n,), any unit of time.
        initial: activities at the start (n,), decays per that unit of time.
        time: length of the interval, in the same unit.

    Returns:
        Decays (n,).
    """
    rates = _decay_constants(half_lives)
    chain_activities(half_lives, initial, time)
    size = len(rates)
    block = np.zeros((2 * size, 2 * size))
    block[:size, :size], block[:size, size:] = _generator(rates), np.eye(size)
    return np.asarray(expm(block * time)[:size, size:] @ np.asarray(initial, dtype=float))


def equilibrium_ratios(half_lives: Sequence[float], *, secular: bool = False) -> Array:
    """Return the activities of a chain in equilibrium relative to the parent's.

    Transient: A_i / A_1 = prod over j = 2..i of lambda_j / (lambda_j - lambda_1), reached when the parent lives
    longest; secular, the limit of a parent that lives for ever: all 1.

    Args:
        half_lives: of the members, the parent first (n,), any unit of time.
        secular: neglect the parent's decay.

    Returns:
        Ratios (n,), the first 1.

    Raises:
        InputError: if a member lives as long as the parent, or longer: there is no equilibrium.

    >>> equilibrium_ratios([8.0, 1.0]).round(6).tolist()
    [1.0, 1.142857]
    """
    rates = _decay_constants(half_lives)
    if np.any(rates[1:] <= rates[0]):
        raise InputError(f"half-lives {list(half_lives)}: no equilibrium, the parent must live longer than the others")
    if secular:
        return np.ones_like(rates)
    return np.concatenate([[1.0], np.cumprod(rates[1:] / (rates[1:] - rates[0]))])


def decays_of_activity(activity: float, time: float, half_life: float = np.inf) -> float:
    """Return the decays of a sample in a time.

    A T_(1/2) / ln 2 [1 - 2^(-t / T_(1/2))], or A t of a constant activity.

    Args:
        activity: at the start, in decays per unit of time.
        time: length of the interval.
        half_life: in the unit of the time; infinity for a constant activity.

    Returns:
        Number of decays.

    >>> decays_of_activity(3.0, 2.0)
    6.0
    """
    _decay_constants([half_life])
    if np.isinf(half_life):
        return activity * time
    return float(-activity * half_life / np.log(2.0) * np.expm1(-np.log(2.0) * time / half_life))


def _decay_constants(half_lives: Sequence[float]) -> Array:
    values = np.asarray(half_lives, dtype=float)
    if values.ndim != 1 or not len(values) or not (values > 0.0).all():
        raise InputError(f"half-lives {list(half_lives)}: one or more, all above zero")
    return np.asarray(np.log(2.0) / values)


def _generator(rates: Array) -> Array:
    """Matrix of the activities' equations: dA_i/dt = lambda_i (A_(i-1) - A_i)."""
    return np.asarray(np.diag(-rates) + np.diag(rates[1:], -1))
