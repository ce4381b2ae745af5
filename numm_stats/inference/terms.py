"""All channels of a compiled model as one sum of terms: what makes an evaluation a few operations on arrays.

    nu_b = sum_k C_k(theta) T_kb L_kb(theta)

A template T_k is a sample's nominal counts or one of its shape variations; its coefficient C_k is the product of the
sample's factors, times alpha or a(alpha) for a variation; L_k is the product of the parameters of the sample's single
bins, mostly one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.inference.interpolation import even_part, normalisation_factor
from numm_stats.inference.response import Response

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.response import Layout

    Array = NDArray[np.float64]
    Index = NDArray[np.intp]

__all__ = ["Block", "Scales", "Terms", "product_and_others"]


@dataclass(frozen=True, eq=False)
class Scales:
    """The factors of all samples (r) of all channels: theta^power first, interpolated ones after.

    Attributes:
        powers_of: parameter of each power.
        powers: their exponents.
        variations_of: parameter of each interpolated factor.
        high: factors at +1 sigma.
        low: factors at -1 sigma.
        polynomial: coefficients of code4 (6, v), or None for code1.
        rows: sample of each factor (f,).
        slots: factors of each sample (r, m); f, where the factor one stands, for none.
    """

    powers_of: Index
    powers: Array
    variations_of: Index
    high: Array
    low: Array
    polynomial: Array | None
    rows: Index
    slots: Index

    @cached_property
    def parameters(self) -> Index:
        """The parameter of each factor (f,)."""
        return np.concatenate([self.powers_of, self.variations_of])

    @cached_property
    def are_linear(self) -> bool:
        """Whether all powers are one."""
        return bool((self.powers == 1.0).all())

    @cached_property
    def _horner(self) -> Array:
        """Coefficients of code4's polynomial and of its derivative, highest power first, shape (7, 2, v)."""
        assert self.polynomial is not None  # noqa: S101  for the type checker: `varied` has looked
        value = np.concatenate([np.ones((1, self.polynomial.shape[1])), self.polynomial])
        slope = np.append(value[1:] * np.arange(1.0, 7.0)[:, None], np.zeros((1, value.shape[1])), axis=0)
        return np.stack([value, slope], axis=1)[::-1].copy()

    def evaluate(self, theta: Array) -> tuple[Array, Array]:
        """Return the product of each sample's factors (r,) and its derivative by each factor's parameter (f,)."""
        base = theta[self.powers_of]
        if self.are_linear:
            raised, slope = base, np.ones_like(base)
        else:
            raised, slope = base**self.powers, self.powers * base ** (self.powers - 1.0)
        varied, varied_slope = self.varied(theta[self.variations_of])
        values = np.concatenate([raised, varied, [1.0]])
        slopes = np.concatenate([slope, varied_slope])
        table = values[self.slots]
        if values.all():
            scale = table.prod(axis=1)
            return scale, scale[self.rows] / values[:-1] * slopes
        scale, others = product_and_others(table)
        derivatives = np.empty(len(values))
        derivatives[self.slots] = others
        return scale, derivatives[:-1] * slopes

    def varied(self, alpha: Array) -> tuple[Array, Array]:
        """Return `normalisation_factor`, sooner for pulls below one, which most are."""
        if self.polynomial is None or not alpha.size or np.abs(alpha).max() >= 1.0:
            return normalisation_factor(alpha, self.high, self.low, self.polynomial)
        both = self._horner[0]
        for coefficients in self._horner[1:]:
            both = both * alpha + coefficients
        return both[0], both[1]


@dataclass(frozen=True, eq=False)
class Block:
    """The terms of one channel.

    Attributes:
        terms: which of all terms they are.
        bins: which of all bins.
        templates: counts (k, b).
        samples: row of each term in `layers`.
        layers: parameter of each sample in each bin, layer by layer (l, r, b); p for the value one.
        membership: one where a term belongs to a sample (r, k).
        entries: places in `layers` that hold a parameter.
    """

    terms: slice
    bins: slice
    templates: Array
    samples: Index
    layers: Index
    membership: Array
    entries: tuple[Index, ...]

    def dressed(self, extended: Array) -> tuple[Array, Array]:
        """Return the templates times the bin parameters (k, b), and for each entry the product of the others."""
        values = extended[self.layers]
        if len(values) == 1:
            return self.templates * values[0][self.samples], np.ones(len(self.entries[0]))
        product, others = product_and_others(np.moveaxis(values, 0, -1))
        layer, row, place = self.entries
        return self.templates * product[self.samples], others[row, place, layer]

    def entry_slopes(self, coefficients: Array, others: Array) -> Array:
        """Return the derivative of a bin's counts by the parameter of each entry."""
        bare = (self.membership * coefficients) @ self.templates
        return np.asarray(bare[self.entries[1:]] * others)


@dataclass(frozen=True, eq=False)
class Terms:
    """The whole model as terms.

    Attributes:
        scales: factors of the samples.
        shapes: parameters of shape variations (h,).
        code: of their interpolation.
        rows: sample of each term.
        multipliers: of each term: 0 for one, 1 + h for alpha_h, then a(alpha_h).
        shape_terms: the terms that are variations.
        shape_places: flat places of their derivatives in the table (1 + w, k).
        factor_places: flat places in the table (1 + w, r) of the samples' scales and their derivatives.
        blocks: one for each channel.
        layout: wide and narrow parameters.
        narrow_entries: where among all entries of bin parameters the narrow ones are.
        narrow_of: the narrow parameter of each of these.
        wide_entries: where the others are.
        wide_places: flat places of their derivatives in the table (1 + w, b).
        bin_count: number of bins.
    """

    scales: Scales
    shapes: Index
    code: str
    rows: Index
    multipliers: Index
    shape_terms: Index
    shape_places: Index
    factor_places: Index
    blocks: tuple[Block, ...]
    layout: Layout
    narrow_entries: Index
    narrow_of: Index
    wide_entries: Index
    wide_places: Index
    bin_count: int

    def counts(self, theta: Array) -> Array:
        """Return the expected counts (b,)."""
        scale, _ = self.scales.evaluate(theta)
        coefficients = scale[self.rows] * self.multipliers_at(theta)[0][self.multipliers]
        extended = np.append(theta, 1.0)
        out = np.empty(self.bin_count)
        for block in self.blocks:
            templates = block.dressed(extended)[0] if block.layers.size else block.templates
            out[block.bins] = coefficients[block.terms] @ templates
        return out

    def response(self, theta: Array) -> Response:
        """Return the expected counts with their derivatives."""
        table = self.coefficients(theta)
        extended = np.append(theta, 1.0)
        out = np.empty((len(table), self.bin_count))
        entries: list[Array] = []
        for block in self.blocks:
            templates = block.templates
            if block.layers.size:
                templates, others = block.dressed(extended)
                entries.append(block.entry_slopes(table[0, block.terms], others))
            np.matmul(table[:, block.terms], templates, out=out[:, block.bins])
        narrow = self._add_entries(np.concatenate(entries), out) if entries else np.empty(0)
        return Response(out[0], out[1:], narrow, self.layout)

    def coefficients(self, theta: Array) -> Array:
        """Return the coefficients of all terms, and below them their derivatives by the wide parameters."""
        scale, slopes = self.scales.evaluate(theta)
        multipliers, multiplier_slopes = self.multipliers_at(theta)
        size = 1 + len(self.layout.wide)
        scales = np.bincount(self.factor_places, np.concatenate([scale, slopes]), size * len(scale))
        table = np.asarray(np.take(scales.reshape(size, -1), self.rows, axis=1), dtype=float)
        table *= multipliers[self.multipliers]
        of_shapes = scale[self.rows[self.shape_terms]]
        of_shapes *= multiplier_slopes[self.multipliers[self.shape_terms] - 1]
        table.reshape(-1)[self.shape_places] += of_shapes
        return table

    def multipliers_at(self, theta: Array) -> tuple[Array, Array]:
        """Return one, alpha and a(alpha) of all shapes (1 + 2 h,), and the derivatives of the latter two (2 h,)."""
        alpha, h = theta[self.shapes], len(self.shapes)
        values, slopes = np.ones(1 + 2 * h), np.ones(2 * h)
        if h:
            values[1 : 1 + h] = alpha
            values[1 + h :], slopes[h:] = _even_part(alpha, self.code)
        return values, slopes

    def _add_entries(self, entries: Array, out: Array) -> Array:
        """Add the derivatives by wide bin parameters to the table; return those by narrow ones."""
        if self.wide_places.size:
            np.add.at(out.reshape(-1), self.wide_places, entries[self.wide_entries])
        narrow = np.bincount(self.narrow_of, entries[self.narrow_entries], len(self.layout.narrow))
        return np.asarray(narrow, dtype=float)


def _even_part(alpha: Array, code: str) -> tuple[Array, Array]:
    """Return `interpolation.even_part`, sooner for pulls below one, which most are."""
    if code != "code4p" or np.abs(alpha).max() > 1.0:
        return even_part(alpha, code)
    square = alpha * alpha
    return square * (15.0 + square * (3.0 * square - 10.0)), alpha * (30.0 + square * (18.0 * square - 40.0))


def product_and_others(table: Array) -> tuple[Array, Array]:
    """Return the product over the last axis, and for each entry the product of all others.

    Division would fail where a factor is zero, which a signal strength is at the background-only hypothesis.

    >>> product_and_others(np.array([2.0, 0.0, 5.0]))
    (np.float64(0.0), array([ 0., 10.,  0.]))
    """
    before, after = np.ones_like(table), np.ones_like(table)
    for k in range(1, table.shape[-1]):
        before[..., k] = before[..., k - 1] * table[..., k - 1]
        after[..., -1 - k] = after[..., -k] * table[..., -k]
    return table.prod(axis=-1), before * after
