"""Spectral densities as small values that can be compared, stored and sent to other processes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Histogram", "PiecewiseLinear"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class PiecewiseLinear:
    """Straight lines between tabulated points; zero outside them.

    Attributes:
        energies_mev: Increasing energies [MeV], shape (n,).
        values: Density at them [1/MeV, times the unit of the normalisation], shape (n,).
    """

    energies_mev: FloatArray
    values: FloatArray

    @property
    def integral(self) -> float:
        """Integral over all energies, in the unit of the normalisation."""
        return float(np.diff(self.energies_mev) @ (self.values[1:] + self.values[:-1])) / 2

    def __call__(self, energy_mev: FloatArray) -> FloatArray:
        """Density at any energies.

        >>> PiecewiseLinear(np.array([1.0, 2.0]), np.array([0.0, 4.0]))(np.array([0.5, 1.5, 3.0])).tolist()
        [0.0, 2.0, 0.0]
        """
        return np.asarray(np.interp(energy_mev, self.energies_mev, self.values, left=0.0, right=0.0))


@dataclass(frozen=True, eq=False, slots=True)
class Histogram:
    """A constant in each bin; zero outside.

    Attributes:
        edges_mev: Increasing bin edges [MeV], shape (n + 1,).
        values: Density in the bins [1/MeV, times the unit of the normalisation], shape (n,).
    """

    edges_mev: FloatArray
    values: FloatArray

    def __call__(self, energy_mev: FloatArray) -> FloatArray:
        """Density at any energies; an edge belongs to the bin above it.

        >>> Histogram(np.array([0.0, 1.0, 2.0]), np.array([3.0, 4.0]))(np.array([0.5, 1.0, 2.0])).tolist()
        [3.0, 4.0, 0.0]
        """
        padded = np.concatenate(([0.0], self.values, [0.0]))
        return np.asarray(padded[np.searchsorted(self.edges_mev, energy_mev, side="right")])
