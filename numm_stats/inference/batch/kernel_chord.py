"""The fast way for most toys: steps with one inverse curvature for all toys of a batch (the chord method).

Toys of one hypothesis differ by their fluctuations only, so that the expected curvature at the point they are drawn
from is that of each to some per cent. A step -C g with this common C leaves some per cent of the distance, and costs
a gradient; a Newton step leaves less, and costs a curvature and its factorisation. Toys whose steps do not shrink fast
enough, or which want more than one parameter at a bound, are left to `kernel`.

Kelley, Iterative Methods for Linear and Nonlinear Equations (SIAM 1995), section 5.4.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.inference.batch.kernel_model import allocating, dot, evaluate_one, jit
from numm_stats.inference.batch.kernel_profile import (
    BEST,
    WORK_ROWS,
    constrain_bins,
    deviance,
    forward,
    gradient,
    profile_bins,
)
from numm_stats.inference.batch.kernel_step import dense_system, factorise, substitute, weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.batch.flat import FlatModel
    from numm_stats.inference.batch.flat_bins import BinModel

    Array = NDArray[np.float64]
    Index = NDArray[np.int64]
    Mask = NDArray[np.bool_]

__all__ = ["CONVERGED", "LEFT", "fit_by_chords"]

CONVERGED, LEFT = 0, 1
ERROR_GOAL = 5e-10  # of -2 ln L, after the last step
SMALLEST_CONTRACTION = 1e-2
LARGEST_CONTRACTION = 0.5  # of steps: beyond it a Newton step is cheaper
MAXIMUM_STEPS = 20
MOST_PAIRS = 4


@allocating
def _covariance(m: FlatModel, theta: Array, held: Mask) -> tuple[bool, Array]:
    """Return twice the inverse of the expected curvature among the dense parameters, the local ones eliminated."""
    bins, dense, count = m.bin_count, len(m.dense), m.parameter_count
    work, nu = np.zeros((10, max(bins, count, len(m.factor_parameter), 1))), np.zeros(bins)
    jd, jl, local = np.zeros((dense, bins)), np.zeros(len(m.local_parameter)), np.zeros((2, count))
    h, rhs, covariance = np.zeros((dense, dense)), np.zeros(dense), np.zeros((dense, dense))
    aux = np.zeros(len(m.sigma) + len(m.tau))
    for k in range(len(m.tau)):
        aux[m.poisson_data[k]] = m.tau[k] * theta[m.poisson_parameter[k]]
    evaluate_one(m, np.zeros(bins), aux, theta, nu, jd, jl, local, work)
    free = ~held
    weights(m, nu, nu, jl, local, free, work, expected=True)
    dense_system(m, jd, local, free, work, h, rhs)
    if not factorise(h, work[8], 0.0):
        return False, covariance
    for i in range(dense):
        if free[m.dense[i]]:
            row = covariance[i]
            row[i] = 2.0
            substitute(h, row, work[8])
            for j in range(dense):
                row[j] = row[j] if free[m.dense[j]] else 0.0
    return True, covariance


@jit
def _step(m: FlatModel, theta: Array, slope: Array, covariance: Array, step: Array) -> tuple[float, int]:
    """Fill the step inside the bounds; return what it promises of -2 ln L, and which parameter it takes to a bound.

    A parameter that would leave its bounds goes to the bound, and the others where that is best: with one such
    parameter this is the minimum inside the bounds. With more of them the promise is not a number.
    """
    for i in range(len(step)):
        step[i] = 0.0
    for i in range(len(slope)):
        row, pull = covariance[i], -slope[i]
        for j in range(len(step)):
            step[j] += pull * row[j]
    out, edge = _outside(m, theta, step, -1)
    pressure = 0.0
    if out >= 0:
        pressure = (edge - theta[m.dense[out]] - step[out]) / covariance[out, out]
        row = covariance[out]
        for j in range(len(step)):
            step[j] += pressure * row[j]
        step[out] = edge - theta[m.dense[out]]
        other, _ = _outside(m, theta, step, out)
        if other >= 0:
            return math.nan, out
    promise = -pressure * step[out] if out >= 0 else 0.0
    for i in range(len(step)):
        promise -= slope[i] * step[i]
    return promise, out


@jit
def _remember(slope: Array, memory: Array, products: Array, pairs: int) -> int:
    """Keep the last step and the change of slope that it made; return how many such pairs there are.

    Rows 0 and 1 of the memory are the last step and the slope before it, the pairs follow.
    """
    if pairs == MOST_PAIRS:
        return pairs
    moved, change = memory[2 * pairs + 2], memory[2 * pairs + 3]
    for i in range(len(slope)):
        moved[i], change[i] = memory[0, i], slope[i] - memory[1, i]
    products[pairs] = dot(moved, change)
    return pairs + 1 if products[pairs] > 0.0 else 0


@jit
def _refine(
    m: FlatModel,
    theta: Array,
    slope: Array,
    covariance: Array,
    out: int,
    memory: Array,
    products: Array,
    pairs: int,
    step: Array,
) -> None:
    """Replace the step by one with the covariance as the last steps improve it (BFGS), if it stays inside the bounds.

    Nocedal and Wright, Numerical Optimization (Springer 2006), algorithm 7.4.
    """
    pull, refined = memory[0], memory[1]  # what was there has been used
    for i in range(len(step)):
        pull[i], refined[i] = -slope[i], 0.0
    for k in range(pairs - 1, -1, -1):
        share = dot(memory[2 * k + 2], pull) / products[k]
        products[MOST_PAIRS + k] = share
        for i in range(len(step)):
            pull[i] -= share * memory[2 * k + 3, i]
    for i in range(len(step)):
        row = covariance[i]
        for j in range(len(step)):
            refined[j] += pull[i] * row[j]
    if out >= 0:
        pressure, row = -refined[out] / covariance[out, out], covariance[out]
        for j in range(len(step)):
            refined[j] += pressure * row[j]
        refined[out] = 0.0
    for k in range(pairs):
        share = products[MOST_PAIRS + k] - dot(memory[2 * k + 3], refined) / products[k]
        for i in range(len(step)):
            refined[i] += share * memory[2 * k + 2, i]
    if _outside(m, theta, refined, -1)[0] < 0:
        for i in range(len(step)):
            step[i] = refined[i]


@jit
def _outside(m: FlatModel, theta: Array, step: Array, but: int) -> tuple[int, float]:
    """Return the last parameter that a step would take out of its bounds, and the bound."""
    found, edge = -1, 0.0
    for i in range(len(step)):
        p = m.dense[i]
        target = theta[p] + step[i]
        if i != but and step[i] != 0.0 and (target < m.low[p] or target > m.high[p]):
            found, edge = i, m.low[p] if target < m.low[p] else m.high[p]
    return found, edge


@jit
def _fit_toy(
    m: FlatModel,
    s: BinModel,
    counts: Array,
    aux: Array,
    theta: Array,
    covariance: Array,
    work: Array,
    shapes: Array,
    factors: Array,
    slope: Array,
    step: Array,
    memory: Array,
    products: Array,
    poisson_locals: bool,
) -> tuple[float, int]:
    """Minimise in place from theta; return the deviance and CONVERGED or LEFT."""
    last, slowness, pairs, edge, inside = 0.0, 0.0, 0, -1, False
    for iteration in range(MAXIMUM_STEPS):
        forward(m, s, theta, work, shapes, factors)
        if not profile_bins(m, s, counts, work, poisson_locals):
            break
        gradient(m, s, aux, theta, work, shapes, factors, slope)
        promise, out = _step(m, theta, slope, covariance, step)
        pairs = _remember(slope, memory, products, pairs) if inside and out == edge else 0
        edge, inside = out, out < 0 or step[out] == 0.0
        if pairs and inside:
            _refine(m, theta, slope, covariance, out, memory, products, pairs, step)
            promise = -dot(slope, step)
        contraction = math.sqrt(promise / last) if iteration else 1.0
        slowness = max(contraction, 0.5 * slowness, SMALLEST_CONTRACTION)  # one good step may be luck
        if promise >= 0.0 and promise * slowness < ERROR_GOAL:
            _place_locals(s, work, theta)
            value = deviance(m, counts, aux, theta, work) - promise
            _move(m, step, theta)
            return value, CONVERGED
        if not promise > 0.0 or (iteration and contraction > LARGEST_CONTRACTION):
            break
        last = promise
        for i in range(len(step)):
            memory[0, i], memory[1, i] = step[i], slope[i]
        _move(m, step, theta)
    return 0.0, LEFT


@jit
def _start(m: FlatModel, start: Array, held: Mask, theta: Array) -> None:
    for p in range(len(theta)):
        theta[p] = start[p] if held[p] else min(max(start[p], m.low[p]), m.high[p])


@jit
def _move(m: FlatModel, step: Array, theta: Array) -> None:
    for i in range(len(step)):
        p = m.dense[i]
        target = theta[p] + step[i]
        theta[p] = min(max(target, m.low[p]), m.high[p]) if step[i] != 0.0 else theta[p]


@jit
def _place_locals(s: BinModel, work: Array, theta: Array) -> None:
    for b in range(len(s.parameter)):
        if s.parameter[b] >= 0:
            theta[s.parameter[b]] = work[BEST, b]


@allocating
def fit_by_chords(
    m: FlatModel,
    s: BinModel,
    counts: Array,
    aux: Array,
    starts: Array,
    held: Mask,
    reference: Array,
    thetas: Array,
    deviances: Array,
    states: Index,
) -> None:
    """Fit n toys as `kernel.fit_many` does, with the curvature of one point.

    Args:
        m: the model.
        s: its local parameters by bin.
        counts: main counts (n, b).
        aux: auxiliary measurements (n, a).
        starts: first guesses (n, p).
        held: parameters that keep their start (p,).
        reference: where the curvature is taken (p,).
        thetas: filled with the minima (n, p).
        deviances: filled with -2 ln L there, relative to the saturated model (n,).
        states: filled with CONVERGED or LEFT (n,).
    """
    states[:] = LEFT
    fine, covariance = _covariance(m, reference, held)
    if not fine:
        return
    bins, dense = m.bin_count, len(m.dense)
    work, shapes = np.ones((WORK_ROWS, bins)), m.nominal.copy()
    factors = np.zeros((4, max(len(m.factor_parameter), len(m.row_bin))))
    slope, step = np.zeros(dense), np.zeros(dense)
    memory, products = np.zeros((2 * MOST_PAIRS + 2, dense)), np.zeros(2 * MOST_PAIRS)
    poisson_locals = s.tau.max() > 0.0
    for toy in range(len(counts)):
        theta = thetas[toy]
        _start(m, starts[toy], held, theta)
        constrain_bins(m, s, aux[toy], theta, held, work)
        deviances[toy], states[toy] = _fit_toy(
            m,
            s,
            counts[toy],
            aux[toy],
            theta,
            covariance,
            work,
            shapes,
            factors,
            slope,
            step,
            memory,
            products,
            poisson_locals,
        )
