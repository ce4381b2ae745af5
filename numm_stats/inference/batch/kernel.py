"""One toy at a time, compiled by numba: a bounded Newton fit, as `newton` makes it.

It fits what `kernel_chord` leaves: toys with few events, with parameters at bounds, and models with bin parameters
that are not local.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.inference.batch.kernel_model import allocating, evaluate_one, inlined, jit
from numm_stats.inference.batch.kernel_step import dense_system, factorise, substitute, weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.batch.flat import FlatModel

    Array = NDArray[np.float64]
    Index = NDArray[np.int64]
    Mask = NDArray[np.bool_]

__all__ = ["CONVERGED", "STUCK", "fit_many"]

CONVERGED, STUCK = 0, 1
LAST_STEP = 1e-9  # estimated distance from which one more step ends a fit: what is left is a part of it
MAXIMUM_ITERATIONS = 400  # of a microsecond each, where Minuit takes a thousand
SUFFICIENT_DECREASE = 1e-4


@inlined
def _local_steps(m: FlatModel, jd: Array, jl: Array, local: Array, free: Mask, work: Array, step: Array) -> None:
    """Fill the steps of local parameters from those of the dense ones."""
    if not len(m.local_parameter):
        return
    for b in range(m.bin_count):
        work[7, b] = 0.0
    for i in range(len(m.dense)):
        move, first, last = step[m.dense[i]], m.dense_first[i], m.dense_last[i]
        change, column = work[7, first:last], jd[i, first:last]
        for b in range(len(column)):
            change[b] += column[b] * move
    for b in range(m.bin_count):
        pull = work[5, b] * work[7, b] - work[6, b]
        for k in range(m.local_start[b], m.local_start[b + 1]):
            p = m.local_parameter[k]
            step[p] = -(local[0, p] + pull * jl[k]) / local[1, p] if free[p] else 0.0


@jit
def _newton_step(
    m: FlatModel,
    counts: Array,
    nu: Array,
    jd: Array,
    jl: Array,
    local: Array,
    free: Mask,
    work: Array,
    h: Array,
    rhs: Array,
    step: Array,
) -> bool:
    """Fill the Newton step; bins without events get the expected information where the observed one is singular."""
    for attempt in range(4):
        weights(m, counts, nu, jl, local, free, work, attempt > 0)
        dense_system(m, jd, local, free, work, h, rhs)
        if factorise(h, work[8], 0.0 if attempt < 2 else 10.0 ** (2 * attempt - 12)):
            substitute(h, rhs, work[8])
            for i in range(len(m.dense)):
                step[m.dense[i]] = rhs[i] if free[m.dense[i]] else 0.0
            _local_steps(m, jd, jl, local, free, work, step)
            return True
    return False


@inlined
def _copy(source: Array, target: Array) -> None:
    for p in range(len(target)):
        target[p] = source[p]


@inlined
def _mark_free(m: FlatModel, theta: Array, gradient: Array, held: Mask, free: Mask) -> None:
    for p in range(m.parameter_count):
        outward = (theta[p] <= m.low[p] and gradient[p] > 0.0) or (theta[p] >= m.high[p] and gradient[p] < 0.0)
        free[p] = not (held[p] or outward)


@inlined
def _slope(m: FlatModel, gradient: Array, free: Mask, step: Array) -> float:
    total = 0.0
    for p in range(m.parameter_count):
        total += gradient[p] * step[p] if free[p] else 0.0
    return total


@inlined
def _move(m: FlatModel, theta: Array, step: Array, shrink: float, free: Mask, gradient: Array, trial: Array) -> float:
    """Fill trial with a bounded step from theta; return what the slope promises of it."""
    promise = 0.0
    for p in range(m.parameter_count):
        trial[p] = min(max(theta[p] + shrink * step[p], m.low[p]), m.high[p]) if free[p] else theta[p]
        promise += gradient[p] * (trial[p] - theta[p])
    return promise


@jit
def _fit_one(
    m: FlatModel,
    counts: Array,
    aux: Array,
    held: Mask,
    theta: Array,
    nu: Array,
    jd: Array,
    jl: Array,
    local: Array,
    free: Mask,
    work: Array,
    h: Array,
    rhs: Array,
    step: Array,
    trial: Array,
) -> tuple[float, int]:
    """Minimise in place from theta; return the deviance and CONVERGED or STUCK."""
    before = work[9, : m.parameter_count]
    value = evaluate_one(m, counts, aux, theta, nu, jd, jl, local, work)
    for _ in range(MAXIMUM_ITERATIONS):
        _mark_free(m, theta, local[0], held, free)
        if not math.isfinite(value) or not _newton_step(m, counts, nu, jd, jl, local, free, work, h, rhs, step):
            return value, STUCK
        slope = _slope(m, local[0], free, step)
        if not slope <= 0.0:
            return value, STUCK
        if -0.5 * slope < LAST_STEP:
            promise = _move(m, theta, step, 1.0, free, local[0], trial)
            _copy(trial, theta)
            return value + 0.5 * promise, CONVERGED
        _copy(local[0], before)
        shrink = 1.0
        promise = _move(m, theta, step, shrink, free, before, trial)
        found = evaluate_one(m, counts, aux, trial, nu, jd, jl, local, work)
        while not (found - value <= SUFFICIENT_DECREASE * promise and promise < 0.0):
            shrink *= 0.5
            if shrink < 1e-9:
                return value, STUCK
            promise = _move(m, theta, step, shrink, free, before, trial)
            found = evaluate_one(m, counts, aux, trial, nu, jd, jl, local, work)
        _copy(trial, theta)
        value = found
    return value, STUCK


@allocating
def fit_many(
    m: FlatModel,
    counts: Array,
    aux: Array,
    starts: Array,
    held: Mask,
    thetas: Array,
    deviances: Array,
    states: Index,
) -> None:
    """Fit those of n toys that are not CONVERGED yet, one after the other.

    Args:
        m: the model.
        counts: main counts (n, b).
        aux: auxiliary measurements (n, a).
        starts: first guesses (n, p).
        held: parameters that keep their start (p,).
        thetas: filled with the minima (n, p).
        deviances: filled with -2 ln L there, relative to the saturated model (n,).
        states: which toys to leave as they are; filled with CONVERGED or STUCK (n,).
    """
    bins, dense, count = m.bin_count, len(m.dense), m.parameter_count
    width = max(bins, count, len(m.factor_parameter), 1)
    work, nu = np.zeros((10, width)), np.zeros(bins)
    jd, jl = np.zeros((dense, bins)), np.zeros(len(m.local_parameter))
    local, free = np.zeros((2, count)), np.zeros(count, dtype=np.bool_)
    h, rhs, step, trial = np.zeros((dense, dense)), np.zeros(dense), np.zeros(count), np.zeros(count)
    for toy in np.flatnonzero(states != CONVERGED):
        theta = thetas[toy]
        for p in range(count):
            start = starts[toy, p]
            theta[p] = start if held[p] else min(max(start, m.low[p]), m.high[p])
        deviances[toy], states[toy] = _fit_one(
            m, counts[toy], aux[toy], held, theta, nu, jd, jl, local, free, work, h, rhs, step, trial
        )
