"""Scattering through a neutrino magnetic moment, which adds to the weak term without interference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.physics.constants import (
    ELECTRON_MASS_MEV,
    FERMI_CONSTANT_PER_MEV2,
    FINE_STRUCTURE,
    HBAR_C_MEV_CM,
)
from numm_stats.physics.kinematics import inside_kinematic_range, maximum_recoil_mev

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "MAGNETIC_PREFACTOR_CM2",
    "dirac_diagonal_moment_bohr_magneton",
    "magnetic_cross_section",
    "total_magnetic_cross_section",
]

# pi alpha^2 / m_e^2 for one Bohr magneton; pi r_e^2 with the classical electron radius
MAGNETIC_PREFACTOR_CM2 = np.pi * (FINE_STRUCTURE * HBAR_C_MEV_CM / ELECTRON_MASS_MEV) ** 2


def magnetic_cross_section(
    energy_mev: ArrayLike, recoil_mev: ArrayLike, moment_bohr_magneton: ArrayLike = 1e-11
) -> NDArray[np.float64]:
    """Differential cross section of the magnetic moment.

    d sigma/dT = (pi alpha^2 / m_e^2) mu^2 (1/T - 1/E) (Vogel and Engel, Phys. Rev. D 39, 3378 (1989)).

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the recoil.
        recoil_mev: Recoil kinetic energy [MeV].
        moment_bohr_magneton: Effective magnetic moment [Bohr magnetons].

    Returns:
        Cross section [cm2/MeV], broadcast shape; zero outside 0 < T <= T_max(E).

    >>> f"{float(magnetic_cross_section(6.4, 3.0)):.5e}"
    '4.41765e-48'
    """
    inside = inside_kinematic_range(energy_mev, recoil_mev)
    energy = np.where(inside, np.asarray(energy_mev, dtype=np.float64), 1.0)
    recoil = np.where(inside, np.asarray(recoil_mev, dtype=np.float64), 1.0)
    scale = MAGNETIC_PREFACTOR_CM2 * np.asarray(moment_bohr_magneton, dtype=np.float64) ** 2
    return np.where(inside, scale * (1 / recoil - 1 / energy), 0.0)


def total_magnetic_cross_section(
    energy_mev: ArrayLike,
    lowest_recoil_mev: ArrayLike,
    highest_recoil_mev: ArrayLike = np.inf,
    moment_bohr_magneton: ArrayLike = 1e-11,
) -> NDArray[np.float64]:
    """Cross section integrated over a range of recoils, which must start above zero.

    (pi alpha^2 / m_e^2) mu^2 [ln(T2/T1) - (T2 - T1)/E] with T2 at most T_max(E).

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the limits.
        lowest_recoil_mev: T1 [MeV], above zero: the integral diverges there.
        highest_recoil_mev: T2 [MeV].
        moment_bohr_magneton: Effective magnetic moment [Bohr magnetons].

    Returns:
        Cross section [cm2], broadcast shape; zero where the range is empty, infinite where T1 is zero.

    >>> f"{float(total_magnetic_cross_section(0.862, 0.1, 0.4)):.4e}"
    '2.5901e-47'
    """
    reach = np.minimum(maximum_recoil_mev(energy_mev), np.asarray(highest_recoil_mev, dtype=np.float64))
    lowest = np.maximum(np.asarray(lowest_recoil_mev, dtype=np.float64), 0.0)
    filled = reach > lowest
    high, low = np.where(filled, reach, 1.0), np.where(filled, lowest, 1.0)
    energy = np.where(filled, np.asarray(energy_mev, dtype=np.float64), 1.0)
    with np.errstate(divide="ignore"):
        bracket = np.log(high / low) - (high - low) / energy
    scale = MAGNETIC_PREFACTOR_CM2 * np.asarray(moment_bohr_magneton, dtype=np.float64) ** 2
    return np.where(filled, scale * bracket, 0.0)


def dirac_diagonal_moment_bohr_magneton(mass_ev: ArrayLike) -> NDArray[np.float64]:
    """Diagonal moment of a Dirac neutrino in the Standard Model with right-handed neutrinos added.

    mu = 3 e G_F m / (8 sqrt(2) pi^2), that is 3 G_F m_e m / (4 sqrt(2) pi^2) Bohr magnetons
    (Fujikawa and Shrock, Phys. Rev. Lett. 45, 963 (1980)).

    Args:
        mass_ev: Neutrino mass [eV], any shape.

    Returns:
        Magnetic moment [Bohr magnetons], same shape.

    >>> f"{float(dirac_diagonal_moment_bohr_magneton(1.0)):.4e}"
    '3.2026e-19'
    """
    mass_mev = np.asarray(mass_ev, dtype=np.float64) * 1e-6
    return np.asarray(3 * FERMI_CONSTANT_PER_MEV2 * ELECTRON_MASS_MEV * mass_mev / (4 * np.sqrt(2) * np.pi**2))
