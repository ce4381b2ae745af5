"""A pyhf model as arrays: expected counts and their derivatives, by the meaning pyhf gives each modifier.

pyhf reads, validates and defines; this module only evaluates. `compiling.compile_model` makes the arrays.
In each channel the counts of sample r in bin b are

    nu_rb = (product of its factors)_r * (product of its bin parameters)_rb
            * (nominal + sum_h alpha_h S_h + a(alpha_h) A_h)_rb

and the expected counts are their sum over samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.inference.interpolation import even_part, normalisation_factor
from numm_stats.inference.terms_build import make_terms
from numm_stats.inference.terms_second import second_derivatives

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.response import Response
    from numm_stats.inference.terms import Terms

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
    one past the last, where the factor one stands.
    """

    slots: Index
    powers_of: Index
    powers: Array
    variations_of: Index
    high: Array
    low: Array
    polynomial: Array | None
    sample: Index
    parameters: Index

    @property
    def turning(self) -> Index:
        """The parameters of interpolated factors that are above, or below, one on both sides."""
        return self.variations_of[(self.high - 1.0) * (self.low - 1.0) > 0.0]

    def values(self, theta: Array) -> Array:
        """Return each factor, shape (f,)."""
        factor, _ = normalisation_factor(theta[self.variations_of], self.high, self.low, self.polynomial)
        return np.concatenate([theta[self.powers_of] ** self.powers, factor])


@dataclass(frozen=True)
class Shapes:
    """Additive shape variations: half differences and asymmetries, each (h, r, b), of h parameters."""

    parameters: Index
    basis: Array
    code: str

    @property
    def turning(self) -> Index:
        """The parameters that move a sample, over all bins, rather the same way on both sides: 8 A exceeds S."""
        half, asymmetry = np.split(np.abs(self.basis).sum(axis=-1), 2)
        return self.parameters[(8.0 * asymmetry > half).any(axis=-1)]

    def coefficients(self, theta: Array) -> Array:
        """Return the multipliers of the 2 h basis shapes."""
        alpha = theta[self.parameters]
        return np.concatenate([alpha, even_part(alpha, self.code)[0]])


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
        scale = np.append(self.factors.values(theta), 1.0)[self.factors.slots].prod(axis=1)
        product: Array = scale[:, None] * self._shape(theta) * self._bin_layers(theta).prod(axis=0)
        return product

    def expected(self, theta: Array) -> Array:
        """Return the expected counts, shape (b,)."""
        counts: Array = self.yields(theta).sum(axis=0)
        return counts

    def _shape(self, theta: Array) -> Array:
        if not self.shapes.parameters.size:
            return self.nominal
        multipliers = self.shapes.coefficients(theta)
        moved = multipliers @ self.shapes.basis.reshape(len(multipliers), -1)
        return self.nominal + moved.reshape(self.nominal.shape)

    def _bin_layers(self, theta: Array) -> Array:
        layers: Array = np.append(theta, 1.0)[self.bin_parameters]
        return layers


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

    @cached_property
    def turning(self) -> Index:
        """The parameters that move some yield the same way on both sides, so that a fit may have two minima."""
        found = [parameters for c in self.channels for parameters in (c.factors.turning, c.shapes.turning)]
        return np.unique(np.concatenate(found))

    @cached_property
    def kinks(self) -> Index:
        """The parameters at whose zero the slope of some yield jumps: interpolation by code0 or code1."""
        found = [c.factors.variations_of for c in self.channels if c.factors.polynomial is None]
        found += [c.shapes.parameters for c in self.channels if c.shapes.code == "code0"]
        return np.unique(np.concatenate([np.empty(0, dtype=np.intp), *found]))

    @property
    def bin_count(self) -> int:
        """Number of bins of all channels together."""
        return int(self.channels[-1].bins.stop)

    @cached_property
    def terms(self) -> Terms:
        """The channels in the form that is evaluated."""
        return make_terms(self.channels, len(self.parameters))

    def expected(self, theta: Array) -> Array:
        """Return the expected main counts at theta (p,), shape (b,)."""
        return self.terms.counts(theta)

    def response(self, theta: Array) -> Response:
        """Return the expected main counts with their derivatives."""
        return self.terms.response(theta)

    def second_derivatives(self, theta: Array, weight: Array) -> Array:
        """Return the sum over bins of weight (b,) times the second derivatives of the expected counts, (p, p)."""
        return second_derivatives(self.terms, theta, weight)

    def expected_and_jacobian(self, theta: Array) -> tuple[Array, Array]:
        """Return the expected main counts (b,) and their derivatives (p, b)."""
        response = self.response(theta)
        return response.counts, response.jacobian()
