"""From true recoil energy to counts in a bin of visible energy: scale, resolution, efficiency."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

__all__ = ["Efficiency", "Resolution", "Response"]

COMBINATIONS: Final = ("quadrature", "linear")
AGAINST: Final = ("recoil", "visible")
LONGEST_SHOWN: Final = 10


@dataclass(frozen=True)
class Resolution:
    """Gaussian energy resolution, sigma^2 = (stochastic)^2 T x 1 MeV + (constant T)^2 + noise^2.

    Attributes:
        stochastic: sigma / T at 1 MeV from counting statistics (photoelectrons), dimensionless.
        constant: part of sigma / T that does not fall with energy, dimensionless.
        noise_mev: part of sigma that does not grow with energy [MeV].
        combined: "quadrature", or "linear" where a fit was published as a sum: sigma is that of the three parts.
    """

    stochastic: float = 0.0
    constant: float = 0.0
    noise_mev: float = 0.0
    combined: str = "quadrature"

    def __post_init__(self) -> None:
        if self.combined not in COMBINATIONS:
            raise InputError(
                f"detector.resolution: combined = '{self.combined}' must be one of {', '.join(COMBINATIONS)}"
            )
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
        >>> float(Resolution(0.03, constant=0.01, combined="linear").sigma_mev(4.0))
        0.1
        """
        energy = np.maximum(np.asarray(energy_mev, dtype=float), 0.0)
        if self.combined == "linear":
            return np.asarray(self.stochastic * np.sqrt(energy) + self.constant * energy + self.noise_mev)
        return np.asarray(np.sqrt(self.stochastic**2 * energy + (self.constant * energy) ** 2 + self.noise_mev**2))

    def scaled(self, factor: float) -> Resolution:
        """Return the resolution with every term multiplied by a factor."""
        return Resolution(self.stochastic * factor, self.constant * factor, self.noise_mev * factor, self.combined)


@dataclass(frozen=True)
class Efficiency:
    """Detection efficiency: linear between its points, constant outside them.

    Attributes:
        energies_mev: of the points [MeV].
        values: there, from 0 to 1.
        against: "recoil", the true energy, or "visible", the one that is measured.
    """

    energies_mev: tuple[float, ...] = (1.0,)
    values: tuple[float, ...] = (1.0,)
    against: str = "recoil"

    def __post_init__(self) -> None:
        if self.against not in AGAINST:
            raise InputError(f"detector.efficiency: against = '{self.against}' must be one of {', '.join(AGAINST)}")
        energies, values = np.array(self.energies_mev), np.array(self.values)
        if len(energies) != len(values) or not len(energies):
            raise InputError(
                f"detector.efficiency: {len(energies)} energies for {len(values)} values: they must be as many"
            )
        if not (np.isfinite(energies).all() and (np.diff(energies) > 0.0).all()):
            raise InputError(
                f"detector.efficiency: energies_mev = {_shown(self.energies_mev)} must be finite and increasing"
            )
        if not ((values >= 0.0) & (values <= 1.0)).all():
            raise InputError(f"detector.efficiency: values = {_shown(self.values)} must lie between 0 and 1")

    def __call__(self, energy_mev: Array) -> Array:
        """Return the efficiency at an energy [MeV] of the kind that it is against, shaped as it."""
        return np.interp(energy_mev, self.energies_mev, self.values)


def _shown(numbers: tuple[float, ...]) -> str:
    """Return numbers as a message shows them: a table of hundreds by its first few."""
    return str(numbers) if len(numbers) <= LONGEST_SHOWN else f"({str(numbers[:LONGEST_SHOWN])[1:-1]}, ...)"


@dataclass(frozen=True)
class Response:
    """How a recoil becomes visible.

    Attributes:
        resolution: Gaussian smearing of the visible energy.
        efficiency: probability to be kept.
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

    @property
    def kinks_mev(self) -> Array:
        """Recoil energies [MeV] where the probability to be kept changes its slope; smearing leaves none behind it."""
        kinks = np.array(self.efficiency.energies_mev)
        if self.efficiency.against == "recoil":
            return kinks
        return kinks / self.scale if self.resolution.is_perfect else np.empty(0)

    def bin_probabilities(self, recoil_mev: Array, edges_mev: Array) -> Array:
        """Return the probability that a recoil is seen in each bin of visible energy.

        P_i(T) = efficiency(T) x [Phi((b_i - sT) / sigma) - Phi((a_i - sT) / sigma)], a step function without smearing.
        An efficiency against visible energy stands inside the integral over the bin, which is done in closed form
        between the points of the efficiency.

        Args:
            recoil_mev: true recoil energies T, shape (k,) [MeV].
            edges_mev: bin edges, shape (n + 1,) [MeV].

        Returns:
            Probabilities, shape (n, k).
        """
        edges, visible = self.visible_edges(edges_mev), self.scale * recoil_mev
        if self.efficiency.against == "visible" and not self.resolution.is_perfect:
            return self._kept(visible, edges)
        if self.resolution.is_perfect:
            below = (visible < edges[:, None]).astype(float)
        else:
            below = ndtr((edges[:, None] - visible) / self.resolution.sigma_mev(visible))
        kept = self.efficiency(recoil_mev if self.efficiency.against == "recoil" else visible)
        return np.asarray(np.diff(below, axis=0) * kept)

    def _kept(self, visible_mev: Array, edges_mev: Array) -> Array:
        """Return the integral of efficiency times Gaussian over each bin, shape (n, k).

        Where the efficiency is e + s (v - a) from a to b, it is
        [e + s (mu - a)] [Phi(b) - Phi(a)] - s sigma [phi(b) - phi(a)].
        """
        points = np.array(self.efficiency.energies_mev)
        inside = points[(points > edges_mev[0]) & (points < edges_mev[-1])]
        cuts = np.unique(np.concatenate([edges_mev, inside]))
        sigma = self.resolution.sigma_mev(visible_mev)
        pulls = (cuts[:, None] - visible_mev) / sigma
        normal = np.diff(ndtr(pulls), axis=0)
        density = np.diff(np.exp(-0.5 * pulls**2), axis=0) / np.sqrt(2.0 * np.pi)
        values = self.efficiency(cuts)
        slopes = (np.diff(values) / np.diff(cuts))[:, None]
        pieces = (values[:-1, None] + slopes * (visible_mev - cuts[:-1, None])) * normal - slopes * sigma * density
        summed = np.concatenate([np.zeros((1, len(visible_mev))), np.cumsum(pieces, axis=0)])
        return np.maximum(np.diff(summed[np.searchsorted(cuts, edges_mev)], axis=0), 0.0)
