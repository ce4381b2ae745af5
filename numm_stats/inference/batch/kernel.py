"""One toy at a time, compiled by numba: a bounded Newton fit, as `newton` makes it.

What is new is the elimination of local parameters. In a bin with weight w = d2(-2 ln P)/d nu2, local derivatives j and
constraint curvatures c, the local block of the curvature is diag(c) + w j j^T; its Schur complement leaves to the dense
parameters the weight

    w / (1 + w s),   s = sum j^2 / c

(Sherman-Morrison), so that a fit with hundreds of staterrors costs as much as one without.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.inference.batch.kernel_model import dot, evaluate_one, inlined, jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.batch.flat import FlatModel

    Array = NDArray[np.float64]
    Index = NDArray[np.int64]
    Mask = NDArray[np.bool_]

__all__ = ["CONVERGED", "STUCK", "fit_many"]

CONVERGED, STUCK = 0, 1
LAST_STEP = 1e-9  # estimated distance from which one more step ends a fit: what is left is a part of it
MAXIMUM_ITERATIONS = 60
SMALLEST_PIVOT = 1e-13
SUFFICIENT_DECREASE = 1e-4


@inlined
def _weights(
    m: FlatModel, counts: Array, nu: Array, jl: Array, local: Array, free: Mask, work: Array, expected: bool
) -> None:
    """Fill what is left of each bin for the dense parameters: weight w / (1 + w s) and pull w t / (1 + w s)."""
    for b in range(m.bin_count):
        seen = nu[b] if expected else counts[b]
        w = 2.0 * seen / (nu[b] * nu[b]) if nu[b] > 0.0 else 0.0
        s, t = 0.0, 0.0
        for k in range(m.local_start[b], m.local_start[b + 1]):
            p = m.local_parameter[k]
            if free[p]:
                s += jl[k] * jl[k] / local[1, p]
                t += jl[k] * local[0, p] / local[1, p]
        work[5, b] = w / (1.0 + w * s)
        work[6, b] = w * t / (1.0 + w * s)


@inlined
def _dense_system(m: FlatModel, jd: Array, local: Array, free: Mask, work: Array, h: Array, rhs: Array) -> None:
    for i in range(len(m.dense)):
        p = m.dense[i]
        rhs[i] = 0.0
        for j in range(i + 1):
            h[i, j] = 0.0
        if not free[p]:
            h[i, i] = 1.0
            continue
        first, last = m.dense_first[i], m.dense_last[i]
        rhs[i] = dot(work[6, first:last], jd[i, first:last]) - local[0, p]
        weighted, weight, column = work[7, first:last], work[5, first:last], jd[i, first:last]
        for b in range(len(column)):
            weighted[b] = weight[b] * column[b]
        for j in range(i + 1):
            if free[m.dense[j]]:
                low, high = max(first, m.dense_first[j]), min(last, m.dense_last[j])
                if low < high:
                    h[i, j] = dot(work[7, low:high], jd[j, low:high])
        h[i, i] += local[1, p]


@jit
def _solve(h: Array, rhs: Array, diagonal: Array, damping: float) -> bool:
    """Solve h x = rhs in place by Cholesky, h scaled to a unit diagonal; False where it is not positive definite."""
    n = len(rhs)
    for i in range(n):
        if not h[i, i] > 0.0:
            return False
        diagonal[i] = 1.0 / math.sqrt(h[i, i])
    for i in range(n):
        rhs[i] *= diagonal[i]
        for j in range(i + 1):
            h[i, j] *= diagonal[i] * diagonal[j]
        h[i, i] += damping
    for i in range(n):
        for j in range(i + 1):
            total = h[i, j]
            for k in range(j):
                total -= h[i, k] * h[j, k]
            if i > j:
                h[i, j] = total / h[j, j]
            elif total <= SMALLEST_PIVOT:
                return False
            else:
                h[i, i] = math.sqrt(total)
    _substitute(h, rhs, diagonal)
    return True


@jit
def _substitute(h: Array, rhs: Array, diagonal: Array) -> None:
    n = len(rhs)
    for i in range(n):
        for k in range(i):
            rhs[i] -= h[i, k] * rhs[k]
        rhs[i] /= h[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            rhs[i] -= h[k, i] * rhs[k]
        rhs[i] /= h[i, i]
    for i in range(n):
        rhs[i] *= diagonal[i]


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
        _weights(m, counts, nu, jl, local, free, work, attempt > 0)
        _dense_system(m, jd, local, free, work, h, rhs)
        if _solve(h, rhs, work[8], 0.0 if attempt < 2 else 10.0 ** (2 * attempt - 12)):
            for i in range(len(m.dense)):
                step[m.dense[i]] = rhs[i] if free[m.dense[i]] else 0.0
            _local_steps(m, jd, jl, local, free, work, step)
            return True
    return False


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
            theta[:] = trial
            return value + 0.5 * promise, CONVERGED
        before[:] = local[0]
        shrink = 1.0
        promise = _move(m, theta, step, shrink, free, before, trial)
        found = evaluate_one(m, counts, aux, trial, nu, jd, jl, local, work)
        while not (found - value <= SUFFICIENT_DECREASE * promise and promise < 0.0):
            shrink *= 0.5
            if shrink < 1e-9:
                return value, STUCK
            promise = _move(m, theta, step, shrink, free, before, trial)
            found = evaluate_one(m, counts, aux, trial, nu, jd, jl, local, work)
        theta[:] = trial
        value = found
    return value, STUCK


@jit
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
    """Fit n toys, one after the other.

    Args:
        m: the model.
        counts: main counts (n, b).
        aux: auxiliary measurements (n, a).
        starts: first guesses (n, p).
        held: parameters that keep their start (p,).
        thetas: filled with the minima (n, p).
        deviances: filled with -2 ln L there, relative to the saturated model (n,).
        states: filled with CONVERGED or STUCK (n,).
    """
    bins, dense, count = m.bin_count, len(m.dense), m.parameter_count
    width = max(bins, count, len(m.factor_parameter), 1)
    work, nu = np.zeros((10, width)), np.zeros(bins)
    jd, jl = np.zeros((dense, bins)), np.zeros(len(m.local_parameter))
    local, free = np.zeros((2, count)), np.zeros(count, dtype=np.bool_)
    h, rhs, step, trial = np.zeros((dense, dense)), np.zeros(dense), np.zeros(count), np.zeros(count)
    for toy in range(len(counts)):
        theta = thetas[toy]
        for p in range(count):
            start = starts[toy, p]
            theta[p] = start if held[p] else min(max(start, m.low[p]), m.high[p])
        deviances[toy], states[toy] = _fit_one(
            m, counts[toy], aux[toy], held, theta, nu, jd, jl, local, free, work, h, rhs, step, trial
        )
