"""The model for one toy, compiled by numba: expected counts and derivatives without a Python object.

The same formulae as `compiled` and `likelihood`, on the arrays of `flat`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from numba import njit

from numm_stats.inference.batch.flat import CODE1, POWER

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from numm_stats.inference.batch.flat import FlatModel

    Array = NDArray[np.float64]

__all__ = ["allocating", "dot", "evaluate_one", "even", "inlined", "jit", "poisson", "scale_of_row"]

_OPTIONS: Any = {"cache": True, "fastmath": {"reassoc", "nsz", "contract", "arcp"}, "error_model": "numpy"}
# Reference counts cost two locked additions for every view of an array, more than most loops here; what allocates
# nothing needs none.
_UNCOUNTED: Any = {**_OPTIONS, "_nrt": False}
Function = TypeVar("Function", bound=Callable[..., Any])


def jit(function: Function) -> Function:
    """Compile a function that allocates nothing; sums may be reordered, as exact and four times as fast."""
    compiled: Function = njit(**_UNCOUNTED)(function)
    return compiled


def allocating(function: Function) -> Function:
    """Compile a function that makes arrays."""
    compiled: Function = njit(**_OPTIONS)(function)
    return compiled


def inlined(function: Function) -> Function:
    """Compile a part of a loop's body into it: a call would pass all of a model's arrays, which costs more."""
    compiled: Function = njit(inline="always", **_UNCOUNTED)(function)
    return compiled


@jit
def _factor(alpha: float, kind: int, power: float, log_high: float, log_low: float, poly: Array) -> tuple[float, float]:
    if kind == POWER:
        return (alpha, 1.0) if power == 1.0 else (alpha**power, power * alpha ** (power - 1.0))
    if kind == CODE1 or abs(alpha) >= 1.0:
        base = log_high if alpha >= 0.0 else -log_low
        value = math.exp(alpha * base)
        return value, base * value
    value, slope = poly[5], 6.0 * poly[5]
    for i in range(4, -1, -1):
        value = value * alpha + poly[i]
        slope = slope * alpha + (i + 1) * poly[i]
    return 1.0 + value * alpha, slope


@jit
def even(alpha: float, code: int) -> tuple[float, float]:
    """Return the multiplier a(alpha) of an asymmetry of shapes, and its derivative."""
    size, square = abs(alpha), alpha * alpha
    sign = 1.0 if alpha > 0.0 else (-1.0 if alpha < 0.0 else 0.0)
    if code == 0:
        return 8.0 * size, 8.0 * sign
    if size > 1.0:
        return (8.0 * (2.0 * size - 1.0), 16.0 * sign) if code == 1 else (8.0 * size, 8.0 * sign)
    if code == 1:
        return 8.0 * square, 16.0 * alpha
    return square * (15.0 + square * (-10.0 + 3.0 * square)), alpha * (30.0 + square * (-40.0 + 18.0 * square))


@inlined
def dot(a: Array, b: Array) -> float:
    """Return the sum of products: a plain loop, which the compiler turns into vector instructions."""
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@inlined
def _scale(m: FlatModel, r: int, theta: Array, values: Array, slopes: Array) -> float:
    """Fill values and d(product)/d(parameter) of a row's factors; return their product."""
    first, last = m.factor_start[r], m.factor_start[r + 1]
    scale = 1.0
    for k in range(first, last):
        values[k - first], slopes[k - first] = _factor(
            theta[m.factor_parameter[k]],
            m.factor_kind[k],
            m.factor_power[k],
            m.factor_log_high[k],
            m.factor_log_low[k],
            m.factor_polynomial[k],
        )
        scale *= values[k - first]
    for k in range(last - first):
        for other in range(last - first):
            if other != k:
                slopes[k] *= values[other]
    return scale


@inlined
def scale_of_row(m: FlatModel, r: int, theta: Array, values: Array, own: Array, slopes: Array) -> float:
    """Return the product of a row's factors; fill its derivatives, `slopes`, at the places of the factors."""
    first, last = m.factor_start[r], m.factor_start[r + 1]
    scale = 1.0
    for k in range(first, last):
        values[k], own[k] = _factor(
            theta[m.factor_parameter[k]],
            m.factor_kind[k],
            m.factor_power[k],
            m.factor_log_high[k],
            m.factor_log_low[k],
            m.factor_polynomial[k],
        )
        slopes[k] = scale * own[k]
        scale *= values[k]
    after = 1.0
    for k in range(last - 1, first - 1, -1):
        slopes[k] *= after
        after *= values[k]
    return scale


@inlined
def _row_shape(m: FlatModel, r: int, theta: Array, shape: Array) -> None:
    entry, bins = m.row_entry[r], m.row_bins[r]
    nominal = m.nominal[entry : entry + bins]
    for b in range(len(nominal)):
        shape[b] = nominal[b]
    for k in range(m.shape_start[r], m.shape_start[r + 1]):
        alpha, at = theta[m.shape_parameter[k]], m.shape_entry[k]
        bend, _ = even(alpha, m.shape_code)
        half, asymmetry = m.shape_half[at : at + bins], m.shape_asymmetry[at : at + bins]
        for b in range(len(half)):
            shape[b] += alpha * half[b] + bend * asymmetry[b]


@inlined
def _row_layers(m: FlatModel, r: int, theta: Array, gamma: Array) -> None:
    ones = gamma[: m.row_bins[r]]
    for b in range(len(ones)):
        ones[b] = 1.0
    for k in range(m.layer_start[r], m.layer_start[r + 1]):
        at = m.layer_entry[k]
        for b in range(m.row_bins[r]):
            p = m.layer_parameter[at + b]
            if p >= 0:
                gamma[b] *= theta[p]


@inlined
def _add_row(m: FlatModel, r: int, theta: Array, nu: Array, jd: Array, jl: Array, work: Array) -> None:
    values, slopes, shape, gamma, dressed = work[0], work[1], work[2], work[3], work[4]
    scale = _scale(m, r, theta, values, slopes)
    _row_shape(m, r, theta, shape)
    _row_layers(m, r, theta, gamma)
    first, bins = m.row_bin[r], m.row_bins[r]
    counts = nu[first : first + bins]
    for b in range(len(counts)):
        dressed[b] = shape[b] * gamma[b]
        counts[b] += scale * dressed[b]
    for k in range(m.factor_start[r], m.factor_start[r + 1]):
        slope = slopes[k - m.factor_start[r]]
        column = jd[m.dense_place[m.factor_parameter[k]], first : first + bins]
        for b in range(len(column)):
            column[b] += slope * dressed[b]
    for k in range(m.shape_start[r], m.shape_start[r + 1]):
        at = m.shape_entry[k]
        half, asymmetry = m.shape_half[at : at + bins], m.shape_asymmetry[at : at + bins]
        _, slope = even(theta[m.shape_parameter[k]], m.shape_code)
        column = jd[m.dense_place[m.shape_parameter[k]], first : first + bins]
        for b in range(len(column)):
            column[b] += scale * gamma[b] * (half[b] + slope * asymmetry[b])
    if m.layer_start[r + 1] > m.layer_start[r]:
        _add_layers(m, r, theta, scale, shape, jd, jl)


@jit
def _add_layers(m: FlatModel, r: int, theta: Array, scale: float, shape: Array, jd: Array, jl: Array) -> None:
    first = m.row_bin[r]
    for k in range(m.layer_start[r], m.layer_start[r + 1]):
        for b in range(m.row_bins[r]):
            p = m.layer_parameter[m.layer_entry[k] + b]
            if p < 0:
                continue
            others = scale * shape[b]
            for other in range(m.layer_start[r], m.layer_start[r + 1]):
                q = m.layer_parameter[m.layer_entry[other] + b]
                if other != k and q >= 0:
                    others *= theta[q]
            place = m.layer_local[m.layer_entry[k] + b]
            if place >= 0:
                jl[place] += others
            else:
                jd[m.dense_place[p], first + b] += others


@inlined
def _constraints(m: FlatModel, aux: Array, theta: Array, gradient: Array, curvature: Array) -> float:
    """Add the auxiliary terms' gradient; set their curvature (always positive); return their deviance."""
    value = 0.0
    for k in range(len(m.sigma)):
        p, width = m.gaussian_parameter[k], m.sigma[k]
        pull = (theta[p] - aux[m.gaussian_data[k]]) / width
        value += pull * pull
        gradient[p] += 2.0 * pull / width
        curvature[p] += 2.0 / (width * width)
    for k in range(len(m.tau)):
        p, seen = m.poisson_parameter[k], aux[m.poisson_data[k]]
        rate = m.tau[k] * theta[p]
        value += poisson(seen, rate)
        gradient[p] += 2.0 * (m.tau[k] - seen / theta[p])
        curvature[p] += 2.0 * max(seen, rate * 1e-3) / (theta[p] * theta[p])
    return value


@jit
def poisson(seen: float, rate: float) -> float:
    """Return -2 ln of a Poisson probability over its maximum; infinite where it is zero."""
    if seen > 0.0:
        if rate <= 0.0:
            return math.inf
        x = (rate - seen) / seen
        return 2.0 * seen * (x - math.log1p(x))
    return 2.0 * rate if rate >= 0.0 else math.inf


@jit
def evaluate_one(
    m: FlatModel, counts: Array, aux: Array, theta: Array, nu: Array, jd: Array, jl: Array, local: Array, work: Array
) -> float:
    """Fill nu (b,), dense and local derivatives, gradient and constraint curvature (local[0], [1]); return -2 ln L.

    -2 ln L is relative to the saturated model, as everywhere in the engine.
    """
    nu[:] = 0.0
    jl[:] = 0.0
    local[:, :] = 0.0
    for d in range(jd.shape[0]):
        jd[d, m.dense_first[d] : m.dense_last[d]] = 0.0
    for r in range(len(m.row_bin)):
        _add_row(m, r, theta, nu, jd, jl, work)
    gradient = local[0]
    value = _constraints(m, aux, theta, gradient, local[1])
    for b in range(m.bin_count):
        value += poisson(counts[b], nu[b])
        slope = 2.0 * (1.0 - counts[b] / nu[b]) if nu[b] > 0.0 else 2.0
        work[4, b] = slope
        for k in range(m.local_start[b], m.local_start[b + 1]):
            gradient[m.local_parameter[k]] += slope * jl[k]
    for d in range(jd.shape[0]):
        first, last = m.dense_first[d], m.dense_last[d]
        gradient[m.dense[d]] += dot(work[4, first:last], jd[d, first:last])
    return value
