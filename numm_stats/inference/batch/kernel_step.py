"""The linear system of a Newton step, compiled by numba: local parameters eliminated, the dense ones by Cholesky.

In a bin with weight w = d2(-2 ln P)/d nu2, local derivatives j and constraint curvatures c, the local block of the
curvature is diag(c) + w j j^T; its Schur complement leaves to the dense parameters the weight

    w / (1 + w s),   s = sum j^2 / c

(Sherman-Morrison), so that a fit with hundreds of staterrors costs as much as one without.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from numm_stats.inference.batch.kernel_model import dot, inlined, jit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from numm_stats.inference.batch.flat import FlatModel

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["dense_system", "factorise", "substitute", "weights"]

SMALLEST_PIVOT = 1e-13


@inlined
def weights(
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
def dense_system(m: FlatModel, jd: Array, local: Array, free: Mask, work: Array, h: Array, rhs: Array) -> None:
    """Fill the lower triangle of the dense parameters' system, and its right side."""
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
        if h[i, i] == 0.0 and rhs[i] == 0.0:
            h[i, i] = 1.0  # a parameter that moves nothing stays


@jit
def factorise(h: Array, diagonal: Array, damping: float) -> bool:
    """Replace h by the Cholesky factor of h scaled to a unit diagonal; False where it is not positive definite."""
    n = len(h)
    for i in range(n):
        if not h[i, i] > 0.0:
            return False
        diagonal[i] = 1.0 / math.sqrt(h[i, i])
    for i in range(n):
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
    return True


@jit
def substitute(h: Array, rhs: Array, diagonal: Array) -> None:
    """Replace rhs by the solution, h and `diagonal` being what `factorise` made of the matrix."""
    n = len(rhs)
    for i in range(n):
        rhs[i] *= diagonal[i]
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
