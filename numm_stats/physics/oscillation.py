"""Flavour of neutrinos from the Sun: adiabatic conversion in matter at large mixing angle (MSW-LMA)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.constants import AVOGADRO_PER_MOL, FERMI_CONSTANT_PER_MEV2, HBAR_C_MEV_CM
from numm_stats.physics.flavours import FAMILIES
from numm_stats.physics.mixing import Mixing

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from numm_stats.physics.flavours import Family

__all__ = [
    "adiabatic_survival",
    "family_probabilities",
    "first_state_probability",
    "matter_ratio",
    "solar_survival",
]

_MEV2_PER_EV2 = 1e-12

_PDG = Mixing()


def matter_ratio(
    energy_mev: ArrayLike, electron_density_mol_per_cm3: ArrayLike, mixing: Mixing = _PDG
) -> NDArray[np.float64]:
    """Matter potential over vacuum splitting.

    A = 2 sqrt(2) G_F n_e cos^2(theta_13) E / dm2_21 (PDG review "Neutrino masses, mixing, and oscillations");
    the factor cos^2(theta_13) is the share of nu_e in the two light states.

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the density.
        electron_density_mol_per_cm3: Electrons where the neutrino is made [mol/cm3], broadcast.
        mixing: Angles and splitting.

    Returns:
        A, dimensionless, broadcast shape; at A = cos(2 theta_12) the mixing in matter is maximal.

    >>> round(float(matter_ratio(1.0, 100.0)), 4)
    0.1983
    """
    per_cm3 = np.asarray(electron_density_mol_per_cm3, dtype=np.float64) * AVOGADRO_PER_MOL
    potential = np.sqrt(2) * FERMI_CONSTANT_PER_MEV2 * per_cm3 * HBAR_C_MEV_CM**3 * (1 - mixing.sin2_13)
    splitting = mixing.dm2_21_ev2 * _MEV2_PER_EV2
    return np.asarray(2 * potential * np.asarray(energy_mev, dtype=np.float64) / splitting)


def first_state_probability(
    energy_mev: ArrayLike, electron_density_mol_per_cm3: ArrayLike, mixing: Mixing = _PDG
) -> NDArray[np.float64]:
    """Share of the lighter state in what the two light states carry out of the Sun.

    P_1 = cos^2(theta_m) = 1/2 + (cos 2 theta_12 - A) / (2 sqrt[(cos 2 theta_12 - A)^2 + sin^2 2 theta_12])
    with theta_m where the neutrino is made: at large mixing the levels are followed without a jump
    (Parke, Phys. Rev. Lett. 57, 1275 (1986)), and the states arrive incoherently.

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the density.
        electron_density_mol_per_cm3: Electrons where the neutrino is made [mol/cm3], broadcast.
        mixing: Angles and splitting.

    Returns:
        Probability, broadcast shape; cos^2(theta_12) in vacuum, 0 in dense matter.

    >>> round(float(first_state_probability(1.0, 0.0)), 6)
    0.696
    """
    cos2 = 1 - 2 * mixing.sin2_12
    detuning = cos2 - matter_ratio(energy_mev, electron_density_mol_per_cm3, mixing)
    length = np.sqrt(detuning**2 + (1 - cos2**2))
    return np.asarray(0.5 + 0.5 * detuning / np.where(length > 0, length, 1.0))


def adiabatic_survival(
    energy_mev: ArrayLike, electron_density_mol_per_cm3: ArrayLike, mixing: Mixing = _PDG
) -> NDArray[np.float64]:
    """Survival probability of nu_e in the space of the two light states.

    P_2nu = 1/2 + 1/2 cos 2 theta_12 cos 2 theta_m (Parke, Phys. Rev. Lett. 57, 1275 (1986)).

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the density.
        electron_density_mol_per_cm3: Electrons where the neutrino is made [mol/cm3], broadcast.
        mixing: Angles and splitting.

    Returns:
        Probability, broadcast shape; 1 - sin^2(2 theta_12) / 2 in vacuum, sin^2(theta_12) in dense matter.

    >>> round(float(adiabatic_survival(0.8613, 81.4)), 3)
    0.552
    """
    first = first_state_probability(energy_mev, electron_density_mol_per_cm3, mixing)
    return np.asarray(first * (1 - mixing.sin2_12) + (1 - first) * mixing.sin2_12)


def solar_survival(
    energy_mev: ArrayLike, electron_densities_mol_per_cm3: ArrayLike, mixing: Mixing = _PDG
) -> NDArray[np.float64]:
    """Survival probability of nu_e with three flavours, averaged over where the neutrinos are made.

    P_ee = cos^4(theta_13) P_2nu + sin^4(theta_13); day-night regeneration in the Earth is left out.

    Args:
        energy_mev: Neutrino energy [MeV], any shape.
        electron_densities_mol_per_cm3: Density at production [mol/cm3]: a mean, or shape (d,) for densities of
            equal probability over which P is averaged.
        mixing: Angles and splitting.

    Returns:
        Probability, shape of the energy.

    >>> round(float(solar_survival(10.0, [80.0, 90.0, 100.0])), 3)
    0.323
    """
    return family_probabilities(energy_mev, electron_densities_mol_per_cm3, mixing)["e"]


def family_probabilities(
    energy_mev: ArrayLike, electron_densities_mol_per_cm3: ArrayLike, mixing: Mixing = _PDG
) -> dict[Family, NDArray[np.float64]]:
    """Probabilities of the three flavours on Earth for a nu_e from the Sun.

    P_a = cos^2(theta_13) [P_1 |U_a1|^2 + (1 - P_1) |U_a2|^2] + sin^2(theta_13) |U_a3|^2: the mass states arrive
    incoherently. The Dirac phase moves mu against tau, whose weak cross sections are the same.

    Args:
        energy_mev: Neutrino energy [MeV], any shape.
        electron_densities_mol_per_cm3: Density at production, as in `solar_survival`.
        mixing: Angles and splitting.

    Returns:
        Probabilities of "e", "mu" and "tau", each of the energy's shape; they add up to one.

    >>> {family: round(float(p), 3) for family, p in family_probabilities(0.3, 62.3).items()}
    {'e': 0.546, 'mu': 0.247, 'tau': 0.207}
    """
    densities = np.atleast_1d(np.asarray(electron_densities_mol_per_cm3, dtype=np.float64))
    if densities.ndim != 1 or densities.size == 0 or not np.all(np.isfinite(densities) & (densities >= 0)):
        message = f"electron densities {densities.tolist()}; allowed: one or more numbers of zero or more, in mol/cm3"
        raise InputError(message)
    energy = np.asarray(energy_mev, dtype=np.float64)
    first = first_state_probability(energy[..., None], densities, mixing).mean(axis=-1)
    carried = np.stack([(1 - mixing.sin2_13) * first, (1 - mixing.sin2_13) * (1 - first)], axis=-1)
    shares = np.abs(mixing.matrix()) ** 2
    return {
        family: np.asarray(carried @ row[:2] + mixing.sin2_13 * row[2])
        for family, row in zip(FAMILIES, shares, strict=True)
    }
