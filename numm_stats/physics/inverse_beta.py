"""Inverse beta decay, nu_e_bar + p -> e+ + n: cross section and what the positron shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.physics.constants import ELECTRON_MASS_MEV

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

__all__ = ["NEUTRON_PROTON_MEV", "THRESHOLD_MEV", "inverse_beta_cross_section", "prompt_energy_mev"]

NEUTRON_PROTON_MEV: Final = 1.29333236  # mass difference, CODATA 2018
THRESHOLD_MEV: Final = 1.806  # ((m_n + m_e)^2 - m_p^2) / 2 m_p


def inverse_beta_cross_section(energy_mev: ArrayLike) -> Array:
    """Return the total cross section on a free proton at rest [cm2], shaped as the energies [MeV].

    1e-43 cm2 p E E_nu^(-0.07056 + 0.02018 ln E_nu - 0.001953 ln^3 E_nu), E = E_nu - 1.293 MeV and p of the positron:
    astro-ph/0302055, equation 25, recalled.

    >>> f"{float(inverse_beta_cross_section(8.0)):.2e}"
    '4.07e-42'
    """
    energy = np.maximum(np.asarray(energy_mev, dtype=float), THRESHOLD_MEV)
    positron = np.maximum(energy - NEUTRON_PROTON_MEV, ELECTRON_MASS_MEV)
    momentum = np.sqrt(positron**2 - ELECTRON_MASS_MEV**2)
    log = np.log(energy)
    size = 1e-43 * momentum * positron * energy ** (-0.07056 + 0.02018 * log - 0.001953 * log**3)
    return np.asarray(np.where(np.asarray(energy_mev) > THRESHOLD_MEV, size, 0.0))


def prompt_energy_mev(energy_mev: ArrayLike) -> Array:
    """Return what positron and annihilation show, E_nu - 0.782 MeV without the neutron's recoil, shaped as E_nu."""
    return np.asarray(np.asarray(energy_mev, dtype=float) - NEUTRON_PROTON_MEV + ELECTRON_MASS_MEV)
