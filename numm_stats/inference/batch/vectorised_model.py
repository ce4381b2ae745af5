"""Counts, -2 ln L and gradient of a batch of toys: the last axis of every array runs over toys.

The formulae are those of `likelihood` and `kernel`; `vectorised_terms` explains how they become matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.inference.interpolation import even_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.batch.vectorised_terms import Factors, Group, TermModel

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["Point", "contract", "evaluate", "layered"]


@dataclass(frozen=True)
class Point:
    """What is known of n toys at their parameters.

    Attributes:
        deviance: -2 ln L relative to the saturated model, (n,).
        gradient: its derivative (p, n).
        stiffness: second derivative of the auxiliary terms (p, n).
        pull: (observed - expected) / expected of each bin (b, n).
        inverse: 1 / expected (b, n), zero where nothing is expected.
        entries: derivatives of the terms' coefficients (e, n).
        slopes: d nu / d theta of the local parameters (l, n).
        gammas: product of the layers of each group, (its bins, n), or None.
    """

    deviance: Array
    gradient: Array
    stiffness: Array
    pull: Array
    inverse: Array
    entries: Array
    slopes: Array
    gammas: tuple[Array | None, ...]

    def take(self, chosen: NDArray[np.intp]) -> Point:
        """Return some of the toys."""
        arrays = {f.name: getattr(self, f.name)[..., chosen] for f in fields(self) if f.name != "gammas"}
        return Point(**arrays, gammas=tuple(g if g is None else g[:, chosen] for g in self.gammas))


def evaluate(m: TermModel, counts: Array, auxiliary: Array, theta: Array) -> Point:
    """Return -2 ln L and all that a Newton step needs, at theta (p, n) for counts (b, n) and auxiliary data (a, n)."""
    left, right, scale = _tables(m, theta)
    coefficients = scale[m.row_of] * right[m.multiplier_of]
    expected, slopes, gammas = _expected(m, theta, coefficients, left)
    entries = left[m.entry_left] * right[m.entry_right]
    deviance, pull, inverse = _poisson(counts, expected)
    gradient, stiffness = np.empty_like(theta), np.zeros_like(theta)
    gradient[: m.dense_count] = -2.0 * (m.by_parameter @ (entries * contract(m, gammas, pull)[m.entry_terms]))
    gradient[m.dense_count :] = -2.0 * slopes * pull[m.local_bins]
    deviance += _constraints(m, auxiliary, theta, gradient, stiffness)
    return Point(deviance, gradient, stiffness, pull, inverse, entries, slopes, gammas)


def _factors(f: Factors, theta: Array) -> tuple[Array, Array]:
    """Return all factors and their derivatives, (f + 1, n); the last is the one that stands in unused slots."""
    base, alpha = theta[f.powers_of], theta[f.variations_of]
    values, slopes = (np.ones((len(base) + len(alpha) + 1, theta.shape[1])) for _ in range(2))
    values[: len(base)] = base if f.powers is None else base**f.powers
    if f.powers is not None:
        slopes[: len(base)] = f.powers * base ** (f.powers - 1.0)
    outside = np.abs(alpha) >= 1.0 if f.polynomial is not None else np.ones(alpha.shape, dtype=bool)
    factor, slope = values[len(base) : -1], slopes[len(base) : -1]
    if f.polynomial is not None:
        _horner(alpha, f.polynomial, factor, slope)
    if outside.any():
        power = np.where(alpha >= 0.0, f.log_high, -f.log_low)
        exponential = np.exp(alpha * power)
        np.copyto(factor, exponential, where=outside)
        np.copyto(slope, power * exponential, where=outside)
    return values, slopes


def _horner(alpha: Array, polynomial: Array, factor: Array, slope: Array) -> None:
    """Fill 1 + sum_i a_i alpha^i and its derivative."""
    factor[:] = polynomial[5]
    slope[:] = 6.0 * polynomial[5]
    for i in range(4, -1, -1):
        factor *= alpha
        factor += polynomial[i]
        slope *= alpha
        slope += (i + 1) * polynomial[i]
    factor *= alpha
    factor += 1.0


def _tables(m: TermModel, theta: Array) -> tuple[Array, Array, Array]:
    """Return the tables whose products are the entries, and the scale of each row.

    Left: derivatives of the rows' scales by slot, the scales, zeros where the spikes will be.
    Right: one, alpha, a(alpha), zero, da / dalpha.
    """
    values, slopes = _factors(m.factors, theta)
    slots = m.factors.slots
    rows, width = slots.shape
    left = np.zeros((rows * (width + 1) + m.spike_count, theta.shape[1]))
    derivatives = left[: rows * width].reshape(rows, width, -1)
    scale = left[rows * width : rows * (width + 1)]
    _products(values[slots], slopes[slots], scale, derivatives)
    alpha, h = theta[m.shapes], len(m.shapes)
    right = np.ones((2 + 3 * h, theta.shape[1]))
    right[1 : h + 1] = alpha
    right[1 + h : 1 + 2 * h], right[2 + 2 * h :] = even_part(alpha, m.shape_code)
    right[1 + 2 * h] = 0.0
    return left, right, scale


def _products(values: Array, slopes: Array, scale: Array, derivatives: Array) -> None:
    """Fill the product over the slots of values (r, k, n), and its derivatives."""
    scale[:] = values[:, 0]
    for k in range(1, values.shape[1]):
        np.multiply(scale, slopes[:, k], out=derivatives[:, k])
        scale *= values[:, k]
    after = values[:, -1].copy()
    for k in range(values.shape[1] - 2, 0, -1):
        derivatives[:, k] *= after
        after *= values[:, k]
    if values.shape[1] > 1:
        np.multiply(slopes[:, 0], after, out=derivatives[:, 0])
    else:
        derivatives[:, 0] = slopes[:, 0]


def _expected(
    m: TermModel, theta: Array, coefficients: Array, left: Array
) -> tuple[Array, Array, tuple[Array | None, ...]]:
    """Return counts (b, n), derivatives of local parameters (l, n) and the products of layers; fill the spikes."""
    expected = np.zeros((m.bin_count, theta.shape[1]))
    slopes = np.zeros((len(theta) - m.dense_count, theta.shape[1]))
    spikes = left[len(left) - m.spike_count :]
    gammas: list[Array | None] = [None] * len(m.groups)
    for group in m.groups:
        if group.is_spikes:
            continue
        shape = group.templates.T @ coefficients[group.terms]
        layers = [theta[layer.parameters] for layer in group.layers]
        for k, layer in enumerate(group.layers):
            others = _product(shape, layers[:k] + layers[k + 1 :])
            slopes[layer.locals] += others[layer.local_bins]
            spikes[layer.spikes] += others[layer.dense_bins]
        if layers:
            gamma = gammas[group.number] = _product(layers[0], layers[1:])
            shape *= gamma
        expected[group.bins] += shape
    return expected, slopes, tuple(gammas)


def _product(first: Array, others: list[Array]) -> Array:
    for other in others:
        first = first * other
    return first


def _poisson(counts: Array, expected: Array) -> tuple[Array, Array, Array]:
    """Return the deviance (n,), (observed - expected) / expected and 1 / expected of each bin.

    The deviance 2 [nu - n + n ln(n / nu)] is written with ln(1 + pull), which keeps its digits where nu is close to n.
    """
    possible = expected > 0.0
    everywhere = bool(possible.all())
    inverse = 1.0 / expected if everywhere else np.where(possible, 1.0 / expected, 0.0)
    excess = counts - expected
    pull = excess * inverse
    if not everywhere:
        pull[~possible] = -1.0
    logarithm = np.maximum(pull, -1.0 + 2.0**-52)  # where n = 0
    np.log1p(logarithm, out=logarithm)
    deviance: Array = 2.0 * (np.einsum("bn,bn->n", counts, logarithm) - excess.sum(axis=0))
    if not everywhere:
        deviance[((expected < 0.0) | (~possible & (counts > 0.0))).any(axis=0)] = np.inf
    return deviance, pull, inverse


def _constraints(m: TermModel, auxiliary: Array, theta: Array, gradient: Array, stiffness: Array) -> Array:
    """Add the auxiliary terms' gradient and fill their second derivative; return their deviance (n,)."""
    c = m.constraints
    pull = (theta[c.gaussian_parameters] - auxiliary[c.gaussian_data]) / c.sigma
    gradient[c.gaussian_parameters] += 2.0 / c.sigma * pull
    stiffness[c.gaussian_parameters] = 2.0 / c.sigma**2
    value: Array = np.einsum("gn,gn->n", pull, pull)
    if len(c.tau):
        seen, gamma = auxiliary[c.poisson_data], theta[c.poisson_parameters]
        rate = c.tau * gamma
        deviance, pull, _ = _poisson(seen, rate)
        value += deviance
        gradient[c.poisson_parameters] -= 2.0 * c.tau * pull
        stiffness[c.poisson_parameters] = 2.0 * np.maximum(seen, 1e-3 * rate) / gamma**2
    return value


def layered(group: Group, gammas: tuple[Array | None, ...], values: Array) -> Array:
    """Return the values (b, n) of a group's bins times the product of the group's layers."""
    gamma, own = gammas[group.number], values[group.bins]
    return own if gamma is None else own * gamma


def contract(m: TermModel, gammas: tuple[Array | None, ...], values: Array) -> Array:
    """Return sum_b T_kb gamma_b values_b of each term, (k, n)."""
    total = np.empty((len(m.row_of), values.shape[1]))
    for group in m.groups:
        np.matmul(group.templates, layered(group, gammas, values), out=total[group.terms])
    return total
