"""Birks quenching: the light of electrons, of gammas and of annihilation in a scintillator.

Light is measured in MeV: an electron whose stopping power is zero would give its kinetic energy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.constants import ELECTRON_MASS_MEV
from numm_stats.physics.stopping import PSEUDOCUMENE, Material, collision_stopping_power

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

__all__ = ["BOREXINO_KB_CM_PER_MEV", "BirksScintillator"]

BOREXINO_KB_CM_PER_MEV: Final = 0.0109  # Borexino, arXiv:1308.0443
LOWEST_MEV, HIGHEST_MEV, POINTS = 1e-5, 30.0, 1200
PHOTOABSORPTION_MEV = 0.02  # below, a gamma in CH_x gives its energy to one electron
SCATTERS = 200
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


@dataclass(frozen=True)
class BirksScintillator:
    """A scintillator whose light saturates: dL/dx = S / (1 + kB S).

    Attributes:
        material: that slows electrons.
        kb_cm_per_mev: Birks' constant [cm/MeV].

    >>> round(float(BirksScintillator().electron_light_mev(1.0)), 3)
    0.972
    """

    material: Material = PSEUDOCUMENE
    kb_cm_per_mev: float = BOREXINO_KB_CM_PER_MEV

    def __post_init__(self) -> None:
        if not (np.isfinite(self.kb_cm_per_mev) and self.kb_cm_per_mev >= 0.0):
            raise InputError(f"Birks' constant is {self.kb_cm_per_mev} cm/MeV: must be finite, zero or more")

    def electron_light_mev(self, kinetic_mev: ArrayLike) -> Array:
        """Return L(T) = int_0^T dE / (1 + kB S(E)) [MeV], S the collision stopping power; T up to 30 MeV."""
        return self._light(np.asarray(kinetic_mev, dtype=float), _electron_table(self)[1])

    def quenching(self, kinetic_mev: ArrayLike) -> Array:
        """Return L(T) / T relative to an electron of 1 MeV, as the energy scale is usually set."""
        kinetic = np.asarray(kinetic_mev, dtype=float)
        return np.asarray(self.electron_light_mev(kinetic) / kinetic / self.electron_light_mev(1.0))

    def gamma_light_mev(self, energy_mev: ArrayLike) -> Array:
        """Return the mean light of a gamma that stays inside [MeV]: the electrons of all its Compton scatterings.

        G(E) = int dT p(T; E) [L(T) + G(E - T)], p the Klein-Nishina distribution of the electron's energy; pair
        creation is left out, so E should stay below 3 MeV or so.
        """
        return self._light(np.asarray(energy_mev, dtype=float), _gamma_table(self))

    def electron_equivalent_mev(self, light_mev: ArrayLike) -> Array:
        """Return the kinetic energy of the electron that gives this light [MeV]."""
        energies, light = _electron_table(self)
        return np.asarray(np.interp(np.asarray(light_mev, dtype=float), light, energies))

    def annihilation_quenching(self, positron_mev: float = 0.0) -> float:
        """Return by how much annihilation moves a positron up in electron-equivalent energy, over 2 m_e.

        [electron_equivalent(L(T) + 2 G(m_e)) - T] / (2 m_e), T the positron's kinetic energy, its light an electron's.
        """
        light = self.electron_light_mev(positron_mev) + 2 * self.gamma_light_mev(ELECTRON_MASS_MEV)
        return float(self.electron_equivalent_mev(light) - positron_mev) / (2 * ELECTRON_MASS_MEV)

    @staticmethod
    def _light(energy: Array, table: Array) -> Array:
        if np.any(energy < 0.0) or np.any(energy > HIGHEST_MEV):
            raise InputError(f"light of {energy.max():g} MeV: energies must lie between 0 and {HIGHEST_MEV:g} MeV")
        return np.asarray(np.interp(energy, _grid(), table))


def _grid() -> Array:
    return np.concatenate([[0.0], np.geomspace(LOWEST_MEV, HIGHEST_MEV, POINTS)])


@lru_cache(maxsize=8)
def _electron_table(scintillator: BirksScintillator) -> tuple[Array, Array]:
    """Energies and light of electrons: Gauss-Legendre with four points on each cell of the grid."""
    grid = _grid()
    nodes, weights = np.polynomial.legendre.leggauss(4)
    half = 0.5 * np.diff(grid)[:, None]
    energies = 0.5 * (grid[1:] + grid[:-1])[:, None] + half * nodes
    stopping = collision_stopping_power(energies, scintillator.material) * scintillator.material.density_g_per_cm3
    cells = (half * weights / (1 + scintillator.kb_cm_per_mev * stopping)).sum(axis=1)
    return grid, np.concatenate([[0.0], np.cumsum(cells)])


@lru_cache(maxsize=8)
def _gamma_table(scintillator: BirksScintillator) -> Array:
    """Light of gammas on the grid: scattered until nothing changes, each round follows one scattering more."""
    grid, electrons = _electron_table(scintillator)
    scattering = grid > PHOTOABSORPTION_MEV
    energy = grid[scattering][:, None]
    recoil, chance = _klein_nishina(energy)
    first = (chance * np.interp(recoil, grid, electrons)).sum(axis=1)
    light = electrons.copy()
    for _ in range(SCATTERS):
        light[scattering] = first + (chance * np.interp(energy - recoil, grid, light)).sum(axis=1)
    return light


def _klein_nishina(energy_mev: Array) -> tuple[Array, Array]:
    """Return nodes in the electron's energy and their probabilities, each (k, nodes), for gammas (k, 1) [MeV].

    p(E') ~ E'/E + E/E' - sin^2(theta), cos(theta) = 1 - m_e (1/E' - 1/E): d sigma / dE' up to a constant.
    """
    lowest = energy_mev / (1 + 2 * energy_mev / ELECTRON_MASS_MEV)
    scattered = 0.5 * (energy_mev + lowest) + 0.5 * (energy_mev - lowest) * _NODES
    cosine = 1 - ELECTRON_MASS_MEV * (1 / scattered - 1 / energy_mev)
    density = scattered / energy_mev + energy_mev / scattered - (1 - cosine**2)
    chance = density * _WEIGHTS
    return energy_mev - scattered, chance / chance.sum(axis=1, keepdims=True)
