"""From true recoil energy to counts in a bin of visible energy: scale, resolution, efficiency."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

__all__ = ["Efficiency", "Resolution", "Response"]


@dataclass(frozen=True)
class Resolution:
    """Gaussian energy resolution, sigma^2 = (stochastic)^2 T x 1 MeV + (constant T)^2 + noise^2.

    Attributes:
        stochastic: sigma / T at 1 MeV from counting statistics (photoelectrons), dimensionless.
        constant: part of sigma / T that does not fall with energy, dimensionless.
        noise_mev: part of sigma that does not grow with energy [MeV].
    """

    stochastic: float = 0.0
    constant: float = 0.0
    noise_mev: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (
            ("stochastic", self.stochastic),
            ("constant", self.constant),
            ("noise_mev", self.noise_mev),
        ):
            if not (np.isfinite(value) and value >= 0.0):
                raise InputError(f"detector.resolution: {name} = {value} must be a finite number, zero or more")
            if name != "noise_mev" and value >= 1.0:
                raise InputError(f"detector.resolution: {name} = {value} is relative and must be below 1 (0.03 is 3 %)")

    @property
    def is_perfect(self) -> bool:
        """Whether visible energy equals scaled recoil energy."""
        return self.stochastic == self.constant == self.noise_mev == 0.0

    def sigma_mev(self, energy_mev: ArrayLike) -> Array:
        """Return the standard deviation of the visible energy [MeV], shaped as the energy.

        >>> float(Resolution(stochastic=0.03).sigma_mev(4.0))
        0.06
        """
        energy = np.maximum(np.asarray(energy_mev, dtype=float), 0.0)
        return np.asarray(np.sqrt(self.stochastic**2 * energy + (self.constant * energy) ** 2 + self.noise_mev**2))

    def scaled(self, factor: float) -> Resolution:
        """Return the resolution with every term multiplied by a factor."""
        return Resolution(self.stochastic * factor, self.constant * factor, self.noise_mev * factor)


@dataclass(frozen=True)
class Efficiency:
    """Detection efficiency against true recoil energy: linear between its points, constant outside them."""

    energies_mev: tuple[float, ...] = (1.0,)
    values: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        energies, values = np.array(self.energies_mev), np.array(self.values)
        if len(energies) != len(values) or not len(energies):
            raise InputError(
                f"detector.efficiency: {len(energies)} energies for {len(values)} values: they must be as many"
            )
        if not (np.isfinite(energies).all() and (np.diff(energies) > 0.0).all()):
            raise InputError(f"detector.efficiency: energies_mev = {self.energies_mev} must be finite and increasing")
        if not ((values >= 0.0) & (values <= 1.0)).all():
            raise InputError(f"detector.efficiency: values = {self.values} must lie between 0 and 1")

    def __call__(self, recoil_mev: Array) -> Array:
        """Return the efficiency at a recoil energy [MeV], shaped as it."""
        return np.interp(recoil_mev, self.energies_mev, self.values)


@dataclass(frozen=True)
class Response:
    """How a recoil becomes visible.

    Attributes:
        resolution: Gaussian smearing of the visible energy.
        efficiency: probability to be kept, against the recoil energy.
        scale: visible over true energy, before smearing.
        cut_shift_mev: by how much the lowest edge of the spectrum is moved: the uncertainty of a threshold [MeV].
    """

    resolution: Resolution = field(default_factory=Resolution)
    efficiency: Efficiency = field(default_factory=Efficiency)
    scale: float = 1.0
    cut_shift_mev: float = 0.0

    def visible_edges(self, edges_mev: Array) -> Array:
        """Return the bin edges as they act, the lowest one moved by `cut_shift_mev`; what lies below it is cut away."""
        moved = np.array(edges_mev, dtype=float)
        moved[0] += self.cut_shift_mev
        return np.asarray(np.maximum(moved, moved[0]))

    def bin_probabilities(self, recoil_mev: Array, edges_mev: Array) -> Array:
        """Return the probability that a recoil is seen in each bin of visible energy.

        P_i(T) = efficiency(T) x [Phi((b_i - sT) / sigma) - Phi((a_i - sT) / sigma)], a step function without smearing.

        Args:
            recoil_mev: true recoil energies T, shape (k,) [MeV].
            edges_mev: bin edges, shape (n + 1,) [MeV].

        Returns:
            Probabilities, shape (n, k).
        """
        edges = self.visible_edges(edges_mev)[:, None]
        visible = self.scale * recoil_mev[None, :]
        if self.resolution.is_perfect:
            below = (visible < edges).astype(float)
        else:
            below = ndtr((edges - visible) / self.resolution.sigma_mev(visible))
        return np.diff(below, axis=0) * self.efficiency(recoil_mev)
