"""Counts and gradient of one toy with each bin's local parameter at its best: what is left depends on few parameters.

With A the counts that the local parameter gamma of a bin multiplies, and B the others, the best gamma is a root of a
quadratic equation (Barlow and Beeston, Comput. Phys. Commun. 77, 219 (1993), for one parameter per bin):

    A (1 - n / (A gamma + B)) + (gamma - a) / sigma^2 = 0       (Gaussian constraint)
    A (1 - n / (A gamma + B)) + tau - a / gamma = 0             (Poisson constraint)

The derivative with respect to the dense parameters is the partial one at the best gamma, and is found by going through
the samples backwards: it costs as much as the counts, whatever the number of parameters.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from numm_stats.inference.batch.kernel_model import dot, even, jit, poisson, scale_of_row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from numm_stats.inference.batch.flat import FlatModel
    from numm_stats.inference.batch.flat_bins import BinModel

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["BEST", "WORK_ROWS", "constrain_bins", "deviance", "forward", "gradient", "profile_bins"]

# rows of the work space over bins: A, B, the best gamma, nu, half the slope in nu and in A, the constraint of gamma
MOVED, OTHERS, BEST, TOTAL, SLOPE, DRESSED, CENTRE, VARIANCE, LOW, HIGH = range(10)
WORK_ROWS = 10
NEAR = 1.0 / 3.0  # relative difference of counts up to which the series of `deviance` is exact


@jit
def forward(m: FlatModel, s: BinModel, theta: Array, work: Array, shapes: Array, factors: Array) -> None:
    """Fill the counts that local parameters multiply and the others; keep the rows' shapes, scales and slopes."""
    moved, others = work[MOVED], work[OTHERS]
    for b in range(m.bin_count):
        moved[b] = 0.0
        others[b] = 0.0
    for r in range(len(m.row_bin)):
        scale = scale_of_row(m, r, theta, factors[0], factors[1], factors[2])
        factors[3, r] = scale
        bins, at = m.row_bins[r], m.row_entry[r]
        shape, nominal = shapes[at : at + bins], m.nominal[at : at + bins]
        for k in range(m.shape_start[r], m.shape_start[r + 1]):
            alpha, entry = theta[m.shape_parameter[k]], m.shape_entry[k]
            bend, _ = even(alpha, m.shape_code)
            half, asymmetry = m.shape_half[entry : entry + bins], m.shape_asymmetry[entry : entry + bins]
            _bend(nominal if k == m.shape_start[r] else shape, alpha, half, bend, asymmetry, shape)
        first = m.row_bin[r]
        if s.row_moved[r]:
            _add(scale, shape, moved[first : first + bins])
        else:
            _add(scale, shape, others[first : first + bins])


@jit
def _add(factor: float, values: Array, into: Array) -> None:
    for b in range(len(into)):
        into[b] += factor * values[b]


@jit
def _bend(before: Array, alpha: float, half: Array, bend: float, asymmetry: Array, after: Array) -> None:
    for b in range(len(after)):
        after[b] = before[b] + (alpha * half[b] + bend * asymmetry[b])


@jit
def constrain_bins(m: FlatModel, s: BinModel, aux: Array, theta: Array, held: Mask, work: Array) -> None:
    """Fill centre, variance and bounds of each bin's local parameter; one that is held has no variance."""
    for b in range(len(s.parameter)):
        p = s.parameter[b]
        if p >= 0 and not held[p]:
            work[CENTRE, b], work[VARIANCE, b] = aux[s.data[b]], s.variance[b]
            work[LOW, b], work[HIGH, b] = m.low[p], m.high[p]
        elif p >= 0:
            work[CENTRE, b], work[VARIANCE, b], work[LOW, b], work[HIGH, b] = theta[p], 0.0, theta[p], theta[p]
        else:
            work[VARIANCE, b] = 0.0


@jit
def profile_bins(m: FlatModel, s: BinModel, counts: Array, work: Array, poisson_locals: bool) -> bool:
    """Fill the local parameters, the expected counts and half the slope of each bin; False where that is impossible."""
    moved, others, best, total = work[MOVED], work[OTHERS], work[BEST], work[TOTAL]
    if len(m.local_parameter):
        _best_gaussian(counts, moved, others, work[CENTRE], work[VARIANCE], work[LOW], work[HIGH], best)
        if poisson_locals:
            _best_poisson(s, counts, work)
    slope, dressed = work[SLOPE], work[DRESSED]
    bad = 0
    for b in range(len(counts)):
        total[b] = best[b] * moved[b] + others[b]
        bad += 0 if total[b] > 0.0 and moved[b] >= 0.0 else 1
        slope[b] = 1.0 - counts[b] / total[b]
        dressed[b] = slope[b] * best[b]
    return bad == 0


@jit
def _best_gaussian(
    counts: Array, moved: Array, others: Array, centre: Array, variance: Array, low: Array, high: Array, best: Array
) -> None:
    """Of the two ways to write the root, take the one without cancellation; the choice comes before the division."""
    for b in range(len(counts)):
        a, c, v = moved[b], others[b], variance[b]
        linear = a * a * v + c - centre[b] * a
        constant = a * v * (c - counts[b]) - centre[b] * c
        far = math.sqrt(max(linear * linear - 4.0 * a * constant, 0.0)) + abs(linear)
        above, below = (-2.0 * constant, far) if linear > 0.0 else (far, 2.0 * a)
        best[b] = min(max(above / below, low[b]), high[b])


@jit
def _best_poisson(s: BinModel, counts: Array, work: Array) -> None:
    for b in range(len(counts)):
        if s.tau[b] > 0.0 and work[LOW, b] < work[HIGH, b]:
            a, c, n, seen = work[MOVED, b], work[OTHERS, b], counts[b], work[CENTRE, b]
            square = (a + s.tau[b]) * a
            linear = (a + s.tau[b]) * c - (n + seen) * a
            constant = -seen * c
            far = math.sqrt(max(linear * linear - 4.0 * square * constant, 0.0)) + abs(linear)
            above, below = (-2.0 * constant, far) if linear > 0.0 else (far, 2.0 * square)
            work[BEST, b] = min(max(above / below, work[LOW, b]), work[HIGH, b])


@jit
def gradient(
    m: FlatModel, s: BinModel, aux: Array, theta: Array, work: Array, shapes: Array, factors: Array, slope: Array
) -> None:
    """Fill half the derivative of -2 ln L with respect to the dense parameters."""
    for i in range(len(slope)):
        slope[i] = 0.0
    for r in range(len(m.row_bin)):
        bins, at, first = m.row_bins[r], m.row_entry[r], m.row_bin[r]
        pull = work[DRESSED if s.row_moved[r] else SLOPE, first : first + bins]
        shape = shapes[at : at + bins]
        overlap = dot(shape, pull)
        for k in range(m.factor_start[r], m.factor_start[r + 1]):
            slope[m.dense_place[m.factor_parameter[k]]] += factors[2, k] * overlap
        for k in range(m.shape_start[r], m.shape_start[r + 1]):
            entry = m.shape_entry[k]
            half, asymmetry = m.shape_half[entry : entry + bins], m.shape_asymmetry[entry : entry + bins]
            _, bend = even(theta[m.shape_parameter[k]], m.shape_code)
            total = 0.0
            for b in range(len(half)):
                total += pull[b] * (half[b] + bend * asymmetry[b])
            slope[m.dense_place[m.shape_parameter[k]]] += factors[3, r] * total
    for i in range(len(s.gaussian)):
        k = s.gaussian[i]
        p = m.gaussian_parameter[k]
        slope[m.dense_place[p]] += (theta[p] - aux[m.gaussian_data[k]]) / (m.sigma[k] * m.sigma[k])
    for i in range(len(s.poisson)):
        k = s.poisson[i]
        p = m.poisson_parameter[k]
        slope[m.dense_place[p]] += m.tau[k] - aux[m.poisson_data[k]] / theta[p]


@jit
def deviance(m: FlatModel, counts: Array, aux: Array, theta: Array, work: Array) -> float:
    """Return -2 ln L relative to the saturated model, theta complete with the local parameters.

    A bin's 2 n (x - ln(1 + x)), x = (nu - n) / n, is 2 n (x s - 2 s^3 (1/3 + s^2/5 + ...)) with s = x / (2 + x), which
    vector instructions do for all bins at once; bins with x beyond `NEAR` are done one by one.
    """
    total, term = work[TOTAL], work[DRESSED]
    far = 0
    for b in range(len(counts)):
        n = counts[b]
        x = (total[b] - n) / n
        far += 0 if abs(x) <= NEAR else 1
        t = x / (2.0 + x)
        z = t * t
        tail = 1.0 / 3.0 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9 + z * (1 / 11 + z * (1 / 13 + z * (1 / 15 + z / 17))))))
        term[b] = 2.0 * n * (x * t - 2.0 * t * z * tail)
    if far:
        for b in range(len(counts)):
            if not abs(total[b] - counts[b]) <= NEAR * counts[b]:
                term[b] = poisson(counts[b], total[b])
    value = 0.0
    for b in range(len(counts)):
        value += term[b]
    for k in range(len(m.sigma)):
        pull = (theta[m.gaussian_parameter[k]] - aux[m.gaussian_data[k]]) / m.sigma[k]
        value += pull * pull
    for k in range(len(m.tau)):
        value += poisson(aux[m.poisson_data[k]], m.tau[k] * theta[m.poisson_parameter[k]])
    return value
