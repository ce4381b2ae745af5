"""Second derivatives of the expected counts of `terms.Terms`, summed over bins with a weight for each.

    sum_b w_b d2 nu_b / (d theta_p d theta_q)

What a sum over terms C_k(theta) T_kb L_kb(theta) leaves are products: of the slopes of two factors of one sample, of a
factor and a shape, of two parameters of one bin, and of one of these and anything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.inference.interpolation import even_part_curvature, normalisation_curvature
from numm_stats.inference.terms import product_and_others

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.terms import Block, Scales, Terms

    Array = NDArray[np.float64]
    Index = NDArray[np.intp]

__all__ = ["second_derivatives"]

NEGLIGIBLE: Final = 1e-150  # factors below are taken for zero: the inverse of their square overflows


def second_derivatives(terms: Terms, theta: Array, weight: Array) -> Array:
    """Return the weighted sum of the second derivatives of all bins' counts.

    Args:
        terms: the model.
        theta: parameters (p,).
        weight: of each bin (b,).

    Returns:
        A symmetric matrix (p, p).
    """
    matrix = np.zeros((len(theta), len(theta)))
    table, extended = terms.coefficients(theta), np.append(theta, 1.0)
    sums = np.empty(table.shape[1])  # of each term's counts at a coefficient of one
    for block in terms.blocks:
        templates = block.dressed(extended)[0] if block.layers.size else block.templates
        sums[block.terms] = templates @ weight[block.bins]
        if block.layers.size:
            of_bins = _OfBins(block, extended, weight[block.bins])
            of_bins.add_mixed(table[:, block.terms], terms.layout.wide, matrix)
            of_bins.add_pairs(table[0, block.terms], matrix)
    _add_coefficients(terms, theta, sums, matrix)
    return matrix


def _add_coefficients(terms: Terms, theta: Array, sums: Array, matrix: Array) -> None:
    """Add the second derivatives of the coefficients, C_k = scale of the sample times multiplier of the shape."""
    scale, slopes = terms.scales.evaluate(theta)
    multipliers, multiplier_slopes = terms.multipliers_at(theta)
    weights = np.bincount(terms.rows, sums * multipliers[terms.multipliers], len(scale)).astype(float)
    _add_factors(terms.scales, theta, weights, matrix)
    if not terms.shapes.size:
        return
    places = terms.multipliers[terms.shape_terms] - 1
    of_shapes = sums[terms.shape_terms]
    owners = np.concatenate([terms.shapes, terms.shapes])[places]
    rows = terms.rows[terms.shape_terms]
    second = np.append(np.zeros(len(terms.shapes)), even_part_curvature(theta[terms.shapes], terms.code))
    np.add.at(matrix, (owners, owners), of_shapes * scale[rows] * second[places])
    # of each sample's scale (r) by the parameters of its factors, against the shapes of its terms
    by_factor = np.zeros((len(theta), len(scale)))
    np.add.at(by_factor, (terms.scales.parameters, terms.scales.rows), slopes)
    by_shape = np.zeros((len(scale), len(theta)))
    np.add.at(by_shape, (rows, owners), of_shapes * multiplier_slopes[places])
    mixed = by_factor @ by_shape
    matrix += mixed + mixed.T


def _add_factors(scales: Scales, theta: Array, weights: Array, matrix: Array) -> None:
    """Add the second derivatives of the samples' products of factors (r,), by pairs of factors."""
    values, slopes, seconds = _each_factor(scales, theta)
    if not len(values) - 1:
        return
    table, owners = values[scales.slots], np.append(scales.parameters, 0)[scales.slots]
    zero = np.abs(table) < NEGLIGIBLE
    whole = np.where(zero, 1.0, table)
    zeros, product = zero.sum(axis=1), whole.prod(axis=1) * weights
    # the product of all factors but two, which is not zero where these two are the only ones that are
    slope = slopes[scales.slots] / whole
    left = zeros[:, None, None] == zero[:, :, None].astype(int) + zero[:, None, :]
    pairs = product[:, None, None] * slope[:, :, None] * slope[:, None, :] * left
    diagonal = np.einsum("rii->ri", pairs)
    diagonal[...] = product[:, None] * seconds[scales.slots] / whole * (zeros[:, None] == zero)
    np.add.at(matrix, (owners[:, :, None], owners[:, None, :]), pairs)


def _each_factor(scales: Scales, theta: Array) -> tuple[Array, Array, Array]:
    """Return each factor with its first and second derivative (f + 1,); the last is the factor one."""
    base, power = theta[scales.powers_of], scales.powers
    alpha = theta[scales.variations_of]
    value, slope = scales.varied(alpha)
    second = normalisation_curvature(alpha, scales.high, scales.low, scales.polynomial)
    linear = power == 1.0
    bent = power * (power - 1.0) * np.where(linear, 1.0, base) ** np.where(linear, 0.0, power - 2.0)
    return (
        np.concatenate([base**power, value, [1.0]]),
        np.concatenate([power * base ** (power - 1.0), slope, [0.0]]),
        np.concatenate([bent, second, [0.0]]),
    )


@dataclass(frozen=True)
class _OfBins:
    """The parameters of single bins of one channel, the value one among them (p + 1,), and its bins' weights (b,)."""

    block: Block
    extended: Array
    weight: Array

    def add_mixed(self, table: Array, wide: Index, matrix: Array) -> None:
        """Add the second derivatives by one of these and a wide parameter that moves coefficients, table (1 + w, k)."""
        block = self.block
        layer, row, place = block.entries
        owners = block.layers[block.entries]
        values = np.moveaxis(self.extended[block.layers], 0, -1)
        others = product_and_others(values)[1][row, place, layer] * self.weight[place]
        for sample in np.unique(row):
            here, belong = row == sample, block.samples == sample
            slopes = table[1:, belong] @ block.templates[belong]
            mixed = slopes[:, place[here]] * others[here]
            np.add.at(matrix, (wide[:, None], owners[here]), mixed)
            np.add.at(matrix, (owners[here][:, None], wide), mixed.T)

    def add_pairs(self, coefficients: Array, matrix: Array) -> None:
        """Add the second derivatives by two of these, in different layers of one sample's bin."""
        layers, values = self.block.layers, self.extended[self.block.layers]
        bare = (self.block.membership * coefficients) @ self.block.templates * self.weight
        for first in range(len(layers)):
            for second in range(first):
                both = (layers[[first, second]] < len(matrix)).all(axis=0)
                rest = np.delete(values, [first, second], axis=0).prod(axis=0)
                one, other = layers[first][both], layers[second][both]
                np.add.at(matrix, (np.append(one, other), np.append(other, one)), np.tile((bare * rest)[both], 2))
