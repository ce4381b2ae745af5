"""Backgrounds by the shape of their visible energy: flat, exponential, peak, tabulated.

Each shape is a cumulative distribution; a bin's share is exact, whatever its width. The physics of named decays
comes on top of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.special import ndtr

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Exponential", "Flat", "Peak", "Shape", "Tabulated", "bin_counts"]


class Shape(Protocol):
    """A distribution of visible energy."""

    def cumulative(self, energy_mev: Array) -> Array:
        """Return a cumulative distribution, of any normalisation and origin, at visible energies [MeV]."""
        ...


@dataclass(frozen=True)
class Flat:
    """The same density at every energy."""

    def cumulative(self, energy_mev: Array) -> Array:
        """Return the energy itself."""
        return np.asarray(energy_mev, dtype=float)


@dataclass(frozen=True)
class Exponential:
    """Density exp(-E / scale); a negative scale rises."""

    scale_mev: float

    def __post_init__(self) -> None:
        if not np.isfinite(self.scale_mev) or self.scale_mev == 0.0:
            raise InputError(f"background.scale_mev = {self.scale_mev}: must be finite and not zero")

    def cumulative(self, energy_mev: Array) -> Array:
        """Return 1 - exp(-E / scale) in size, E from the end where the density is largest: nothing overflows."""
        energy = np.asarray(energy_mev, dtype=float)
        origin = energy.min() if self.scale_mev > 0.0 else energy.max()
        return np.asarray(-np.sign(self.scale_mev) * np.expm1((origin - energy) / self.scale_mev))


@dataclass(frozen=True)
class Peak:
    """A Gaussian line."""

    mean_mev: float
    width_mev: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.mean_mev) and np.isfinite(self.width_mev) and self.width_mev > 0.0):
            raise InputError(
                f"background.mean_mev = {self.mean_mev}, width_mev = {self.width_mev}: finite, and the width positive"
            )

    def cumulative(self, energy_mev: Array) -> Array:
        """Return Phi((E - mean) / width), less one where all lie above the mean: the far tail keeps its digits."""
        pull = (np.asarray(energy_mev) - self.mean_mev) / self.width_mev
        return np.asarray(-ndtr(-pull) if pull.min() > 0.0 else ndtr(pull))


@dataclass(frozen=True)
class Tabulated:
    """A density given at points, linear between them and zero outside."""

    energies_mev: tuple[float, ...]
    density: tuple[float, ...]

    def __post_init__(self) -> None:
        x, y = np.array(self.energies_mev), np.array(self.density)
        if len(x) != len(y) or len(x) < 2:
            raise InputError(
                f"a background's table has {len(x)} energies and {len(y)} densities: two or more, as many of both"
            )
        if not (np.isfinite(x).all() and (np.diff(x) > 0.0).all() and np.isfinite(y).all() and (y >= 0.0).all()):
            raise InputError(
                "a background's table: energies must be finite and increasing, densities finite, zero or more"
            )

    def cumulative(self, energy_mev: Array) -> Array:
        """Return the integral of the table up to each energy, exact for a piecewise linear density."""
        x, y = np.array(self.energies_mev), np.array(self.density)
        knots = np.concatenate([[0.0], np.cumsum(0.5 * (y[1:] + y[:-1]) * np.diff(x))])
        at = np.clip(np.asarray(energy_mev, dtype=float), x[0], x[-1])
        k = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
        step = at - x[k]
        slope = (y[k + 1] - y[k]) / (x[k + 1] - x[k])
        return np.asarray(knots[k] + step * (y[k] + 0.5 * slope * step))


def bin_counts(shape: Shape, edges_mev: Array, events: float) -> Array:
    """Return a shape's counts in bins of visible energy, normalised to `events` over all bins.

    Args:
        shape: the distribution.
        edges_mev: bin edges (n + 1,) [MeV].
        events: total over the bins.

    Returns:
        Counts (n,).

    >>> bin_counts(Flat(), np.array([0.0, 1.0, 4.0]), 8.0)
    array([2., 6.])
    """
    share = np.diff(shape.cumulative(edges_mev))
    total = float(share.sum())
    if not (np.isfinite(total) and total > 0.0):
        raise InputError(
            f"a background has no events between {edges_mev[0]:g} and {edges_mev[-1]:g} MeV: "
            "its shape lies outside the bins"
        )
    return events * share / total
