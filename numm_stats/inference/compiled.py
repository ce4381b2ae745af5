"""A pyhf model as arrays: expected counts and their derivatives, by the meaning pyhf gives each modifier.

pyhf reads, validates and defines; this module only evaluates. `compiling.compile_model` makes the arrays.
In each channel the counts of sample r in bin b are

    nu_rb = (product of its factors)_r * (product of its bin parameters)_rb
            * (nominal + sum_h alpha_h S_h + a(alpha_h) A_h)_rb

and the expected counts are their sum over samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.inference.interpolation import even_part, normalisation_factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Index = NDArray[np.intp]

__all__ = ["Channel", "CompiledModel", "Constraints", "Factors", "Parameters", "Shapes"]


@dataclass(frozen=True)
class Parameters:
    """Names, suggested values and limits of all parameters; shapes (p,) and, for bounds, (p, 2)."""

    names: tuple[str, ...]
    initial: Array
    bounds: Array
    fixed: NDArray[np.bool_]

    def index(self, name: str) -> int:
        """Return the position of a parameter; a ValueError where it does not exist."""
        return self.names.index(name)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Factors:
    """Factors common to all bins of a sample: theta^power (normfactor, lumi) and interpolated ones (normsys).

    `slots` (r, k) lists for each sample the positions of its factors among all of the channel; an unused slot points
    one past the last, where the factor one stands. `spread` (u, f) adds up factors that belong to one parameter.
    """

    slots: Index
    powers_of: Index
    powers: Array
    variations_of: Index
    high: Array
    low: Array
    polynomial: Array | None
    sample: Index
    slot: Index
    parameters: Index
    spread: Array

    def values(self, theta: Array) -> tuple[Array, Array]:
        """Return each factor and its derivative with respect to its parameter, shape (f,)."""
        base = theta[self.powers_of]
        slope = self.powers * base ** (self.powers - 1.0)
        factor, derivative = normalisation_factor(theta[self.variations_of], self.high, self.low, self.polynomial)
        return np.concatenate([base**self.powers, factor]), np.concatenate([slope, derivative])

    def products(self, values: Array) -> tuple[Array, Array]:
        """Return the product of each sample's factors (r,) and the products without each slot (r, k)."""
        table = np.append(values, 1.0)[self.slots]
        return _product_and_others(table)


@dataclass(frozen=True)
class Shapes:
    """Additive shape variations: half differences and asymmetries, each (h, r, b), of h parameters."""

    parameters: Index
    basis: Array
    code: str

    def coefficients(self, theta: Array) -> tuple[Array, Array]:
        """Return the multipliers of the 2 h basis shapes, and their derivatives."""
        alpha = theta[self.parameters]
        even, slope = even_part(alpha, self.code)
        return np.concatenate([alpha, even]), np.concatenate([np.ones_like(alpha), slope])


@dataclass(frozen=True)
class Channel:
    """One channel: `nominal` (r, b) and what moves it.

    `bin_parameters` (l, r, b) are layers of parameters that multiply single bins (staterror, shapesys, shapefactor);
    an unused place holds the number of parameters, where the value one stands.
    """

    name: str
    samples: tuple[str, ...]
    bins: slice
    nominal: Array
    factors: Factors
    shapes: Shapes
    bin_parameters: Index

    def yields(self, theta: Array) -> Array:
        """Return the counts of each sample in each bin, shape (r, b)."""
        scale, _ = self.factors.products(self.factors.values(theta)[0])
        product: Array = scale[:, None] * self._shape(theta) * self._bin_layers(theta).prod(axis=0)
        return product

    def expected(self, theta: Array) -> Array:
        """Return the expected counts, shape (b,)."""
        counts: Array = self.yields(theta).sum(axis=0)
        return counts

    def expected_and_jacobian(self, theta: Array, jacobian: Array) -> Array:
        """Return the expected counts (b,) and add their derivatives to `jacobian` (p, b)."""
        values, slopes = self.factors.values(theta)
        scale, others = self.factors.products(values)
        layers, layers_but_one = _product_and_others(np.moveaxis(self._bin_layers(theta), 0, -1))
        shape = self._shape(theta)
        dressed = layers * shape
        self._add_factors(slopes, others, dressed, jacobian)
        if self.shapes.parameters.size:
            self._add_shapes(theta, scale[:, None] * layers, jacobian)
        counts: Array = scale[:, None] * dressed
        if self.bin_parameters.shape[0]:
            self._add_layers(scale[:, None, None] * layers_but_one * shape[:, :, None], jacobian)
        total: Array = counts.sum(axis=0)
        return total

    def _shape(self, theta: Array) -> Array:
        if not self.shapes.parameters.size:
            return self.nominal
        multipliers, _ = self.shapes.coefficients(theta)
        moved = multipliers @ self.shapes.basis.reshape(len(multipliers), -1)
        return self.nominal + moved.reshape(self.nominal.shape)

    def _bin_layers(self, theta: Array) -> Array:
        layers: Array = np.append(theta, 1.0)[self.bin_parameters]
        return layers

    def _add_factors(self, slopes: Array, others: Array, dressed: Array, jacobian: Array) -> None:
        weight = slopes * others[self.factors.sample, self.factors.slot]
        per_factor = weight[:, None] * dressed[self.factors.sample]
        jacobian[self.factors.parameters] += self.factors.spread @ per_factor

    def _add_shapes(self, theta: Array, weight: Array, jacobian: Array) -> None:
        _, slopes = self.shapes.coefficients(theta)
        per_basis = np.einsum("hrb,rb->hb", self.shapes.basis, weight) * slopes[:, None]
        jacobian[self.shapes.parameters] += per_basis[: len(slopes) // 2] + per_basis[len(slopes) // 2 :]

    def _add_layers(self, derivative: Array, jacobian: Array) -> None:
        extended = np.zeros((jacobian.shape[0] + 1, jacobian.shape[1]))
        bins = np.broadcast_to(np.arange(self.nominal.shape[1]), self.nominal.shape)
        for layer, parameters in enumerate(self.bin_parameters):
            np.add.at(extended, (parameters, bins), derivative[:, :, layer])
        jacobian += extended[:-1]


@dataclass(frozen=True)
class Constraints:
    """The auxiliary measurements: Gaussian with width sigma, Poisson with rate tau theta.

    `*_parameters` point at parameters, `*_data` at places in the auxiliary data.
    """

    gaussian_parameters: Index
    gaussian_data: Index
    sigma: Array
    poisson_parameters: Index
    poisson_data: Index
    tau: Array

    def expected(self, theta: Array) -> Array:
        """Return the expected auxiliary data."""
        data = np.empty(len(self.gaussian_data) + len(self.poisson_data))
        data[self.gaussian_data] = theta[self.gaussian_parameters]
        data[self.poisson_data] = self.tau * theta[self.poisson_parameters]
        return data


@dataclass(frozen=True, eq=False)
class CompiledModel:
    """A pyhf model compiled to arrays.

    Attributes:
        parameters: names, initial values, bounds and which are held fixed.
        channels: in pyhf's order.
        constraints: the auxiliary measurements.
        nominal_auxiliary: pyhf's auxiliary data, shape (a,).
    """

    parameters: Parameters
    channels: tuple[Channel, ...]
    constraints: Constraints
    nominal_auxiliary: Array

    @property
    def is_polynomial(self) -> bool:
        """Whether some yields are powers of a parameter, so that a profile may have two minima."""
        return any((channel.factors.powers != 1.0).any() for channel in self.channels)

    @property
    def bin_count(self) -> int:
        """Number of bins of all channels together."""
        return int(self.channels[-1].bins.stop)

    def expected(self, theta: Array) -> Array:
        """Return the expected main counts at theta (p,), shape (b,)."""
        return np.concatenate([channel.expected(theta) for channel in self.channels])

    def expected_and_jacobian(self, theta: Array) -> tuple[Array, Array]:
        """Return the expected main counts (b,) and their derivatives (p, b)."""
        jacobian = np.zeros((len(self.parameters), self.bin_count))
        counts = [c.expected_and_jacobian(theta, jacobian[:, c.bins]) for c in self.channels]
        return np.concatenate(counts), jacobian


def _product_and_others(table: Array) -> tuple[Array, Array]:
    """Return the product over the last axis, and for each entry the product of all others.

    Division would fail where a factor is zero, which a signal strength is at the background-only hypothesis.

    >>> _product_and_others(np.array([2.0, 0.0, 5.0]))
    (np.float64(0.0), array([ 0., 10.,  0.]))
    """
    before, after = np.ones_like(table), np.ones_like(table)
    for k in range(1, table.shape[-1]):
        before[..., k] = before[..., k - 1] * table[..., k - 1]
        after[..., -1 - k] = after[..., -k] * table[..., -k]
    return table.prod(axis=-1), before * after
