"""Measured shape factors of beta decays, as functions of the electron's kinetic energy.

Each takes kinetic energies [MeV] and returns C: hand it to `physics.beta` as the shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.constants import ELECTRON_MASS_MEV

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["NeutrinoEnergyPolynomial", "TabulatedFactor", "TotalEnergyPolynomial"]


@dataclass(frozen=True)
class TotalEnergyPolynomial:
    """C(W) = sum_k c_k W^k, W the electron's total energy in units of its mass.

    Attributes:
        coefficients: c_0, c_1, ...

    >>> TotalEnergyPolynomial((1.0, -0.433, 0.0510))(np.array([0.0])).round(3).tolist()  # 210Bi, Daniel 1962
    [0.618]
    """

    coefficients: tuple[float, ...]

    def __call__(self, kinetic_mev: Array) -> Array:
        """Return C at kinetic energies [MeV], same shape."""
        return np.asarray(np.polynomial.polynomial.polyval(1 + kinetic_mev / ELECTRON_MASS_MEV, self.coefficients))


@dataclass(frozen=True)
class NeutrinoEnergyPolynomial:
    """C(T) = sum_k c_k (Q - T)^k, in powers of MeV.

    Attributes:
        endpoint_mev: Q [MeV].
        coefficients: c_0, c_1, ... [MeV^-k].

    >>> NeutrinoEnergyPolynomial(0.1565, (1.0, 1.24))(np.array([0.0565])).round(3).tolist()
    [1.124]
    """

    endpoint_mev: float
    coefficients: tuple[float, ...]

    def __call__(self, kinetic_mev: Array) -> Array:
        """Return C at kinetic energies [MeV], same shape."""
        return np.asarray(np.polynomial.polynomial.polyval(self.endpoint_mev - kinetic_mev, self.coefficients))


@dataclass(frozen=True)
class TabulatedFactor:
    """C(T) given at points: linear between them, constant outside.

    Attributes:
        energies_mev: kinetic energies, increasing [MeV].
        values: C at each, zero or more.
    """

    energies_mev: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        energies, values = np.array(self.energies_mev), np.array(self.values)
        if len(energies) != len(values) or len(energies) < 1:
            raise InputError(
                f"a shape factor has {len(energies)} energies for {len(values)} values: as many, one or more"
            )
        if not (np.isfinite(energies).all() and (np.diff(energies) > 0.0).all()):
            raise InputError(f"a shape factor's energies {self.energies_mev} must be finite and increasing")
        if not (np.isfinite(values).all() and (values >= 0.0).all()):
            raise InputError(f"a shape factor's values {self.values} must be finite, zero or more")

    def __call__(self, kinetic_mev: Array) -> Array:
        """Return C at kinetic energies [MeV], same shape."""
        return np.asarray(np.interp(kinetic_mev, self.energies_mev, self.values))
