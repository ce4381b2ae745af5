"""The electron's angle: which neutrino energy belongs to a recoil and an angle, and cross sections in the angle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import ComputationError, InputError
from numm_stats.physics.constants import ELECTRON_MASS_MEV
from numm_stats.physics.flavours import checked_flavour
from numm_stats.physics.kinematics import (
    maximum_recoil_mev,
    recoil_mev_at_angle,
    recoil_per_cos_theta_mev,
    recoil_theta_squared_mev,
)
from numm_stats.physics.magnetic import magnetic_cross_section
from numm_stats.physics.weak import CouplingScheme, weak_couplings, weak_cross_section

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "DynamicalZero",
    "dynamical_zero",
    "energy_per_cos_theta_mev",
    "magnetic_angular_cross_section",
    "neutrino_energy_mev",
    "smallest_cos_theta",
    "theta",
    "weak_angular_cross_section",
]

_TREE_LEVEL = CouplingScheme()
_ITERATIONS = 50


def theta(energy_mev: ArrayLike, recoil_mev: ArrayLike) -> NDArray[np.float64]:
    """Angle between the electron and the neutrino's direction, without the cancellation of an arccosine near 1.

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the recoil.
        recoil_mev: Recoil kinetic energy [MeV].

    Returns:
        Angle [rad] between 0 and pi/2, broadcast shape; 0 outside the kinematic range.

    >>> round(float(theta(2000.0, 500.0)), 5)
    0.03912
    """
    recoil = np.asarray(recoil_mev, dtype=np.float64)
    return np.asarray(np.sqrt(recoil_theta_squared_mev(energy_mev, recoil) / np.where(recoil > 0, recoil, 1.0)))


def smallest_cos_theta(recoil_mev: ArrayLike) -> NDArray[np.float64]:
    """Cosine of the widest angle at which an electron of this recoil leaves: that of infinite neutrino energy.

    sqrt[T / (T + 2 m_e)], from `kinematics.cos_theta` with m_e/E = 0.

    Args:
        recoil_mev: Recoil kinetic energy [MeV], any shape; zero or less gives zero.

    Returns:
        Cosine between 0 and 1, same shape.

    >>> round(float(smallest_cos_theta(0.1)), 4)
    0.2985
    """
    recoil = np.maximum(np.asarray(recoil_mev, dtype=np.float64), 0.0)
    return np.asarray(np.sqrt(recoil / (recoil + 2 * ELECTRON_MASS_MEV)))


def neutrino_energy_mev(recoil_mev: ArrayLike, cos_theta: ArrayLike) -> NDArray[np.float64]:
    """Energy of the neutrino whose electron has this recoil at this angle.

    E = m_e / [cos(theta) sqrt(1 + 2 m_e/T) - 1], the inverse of `kinematics.cos_theta`.

    Args:
        recoil_mev: Recoil kinetic energy [MeV], broadcast against the cosine.
        cos_theta: Cosine of the electron's angle to the neutrino.

    Returns:
        Neutrino energy [MeV], broadcast shape; 0 where no neutrino does that: at or beyond `smallest_cos_theta`.

    >>> round(float(neutrino_energy_mev(0.6649, 1.0)), 3)
    0.862
    """
    recoil, cosine = np.broadcast_arrays(np.asarray(recoil_mev, dtype=np.float64), np.asarray(cos_theta, dtype=float))
    possible = (recoil > 0) & (cosine > 0) & (cosine <= 1)
    ratio = np.where(possible, cosine * np.sqrt(1 + 2 * ELECTRON_MASS_MEV / np.where(possible, recoil, 1.0)), 0.0)
    inside = ratio > 1
    return np.where(inside, ELECTRON_MASS_MEV / np.where(inside, ratio - 1, 1.0), 0.0)


def energy_per_cos_theta_mev(recoil_mev: ArrayLike, cos_theta: ArrayLike) -> NDArray[np.float64]:
    """|dE/d cos(theta)| at fixed recoil, which turns a spectrum in E into a distribution of the angle.

    (E^2 / m_e) sqrt(1 + 2 m_e/T), since 1/E = [cos(theta) sqrt(1 + 2 m_e/T) - 1] / m_e.

    Args:
        recoil_mev: Recoil kinetic energy [MeV], broadcast against the cosine.
        cos_theta: Cosine of the electron's angle to the neutrino.

    Returns:
        Derivative [MeV], positive, broadcast shape; 0 where no neutrino does that.

    >>> round(float(energy_per_cos_theta_mev(0.6649, 1.0)), 4)
    2.316
    """
    recoil = np.asarray(recoil_mev, dtype=np.float64)
    safe = np.where(recoil > 0, recoil, 1.0)
    energy = neutrino_energy_mev(recoil, cos_theta)
    return np.asarray(energy**2 / ELECTRON_MASS_MEV * np.sqrt(1 + 2 * ELECTRON_MASS_MEV / safe))


def weak_angular_cross_section(
    energy_mev: ArrayLike, cos_theta: ArrayLike, flavour: str, scheme: CouplingScheme = _TREE_LEVEL
) -> NDArray[np.float64]:
    """Standard Model cross section d sigma / d cos(theta) = d sigma/dT dT/d cos(theta).

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the cosine.
        cos_theta: Cosine of the electron's angle to the neutrino.
        flavour: One of `flavours.FLAVOURS`.
        scheme: Mixing angle and radiative corrections.

    Returns:
        Cross section [cm2], broadcast shape; zero at backward angles.

    >>> f"{float(weak_angular_cross_section(0.862, 0.8, 'nu_e')):.4e}"
    '1.0207e-44'
    """
    recoil = _recoil(energy_mev, cos_theta)
    return weak_cross_section(energy_mev, recoil, flavour, scheme) * recoil_per_cos_theta_mev(energy_mev, cos_theta)


def magnetic_angular_cross_section(
    energy_mev: ArrayLike, cos_theta: ArrayLike, moment_bohr_magneton: ArrayLike = 1e-11
) -> NDArray[np.float64]:
    """Cross section of the magnetic moment, d sigma / d cos(theta) = d sigma/dT dT/d cos(theta).

    It grows as 2/cos(theta) towards right angles, where recoils vanish.

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the cosine.
        cos_theta: Cosine of the electron's angle to the neutrino.
        moment_bohr_magneton: Effective magnetic moment [Bohr magnetons].

    Returns:
        Cross section [cm2], broadcast shape; zero at right and backward angles.

    >>> f"{float(magnetic_angular_cross_section(0.862, 0.8)):.4e}"
    '5.0045e-47'
    """
    recoil = _recoil(energy_mev, cos_theta)
    values = magnetic_cross_section(energy_mev, recoil, moment_bohr_magneton)
    return values * recoil_per_cos_theta_mev(energy_mev, cos_theta)


def _recoil(energy_mev: ArrayLike, cos_theta: ArrayLike) -> NDArray[np.float64]:
    """Recoil at an angle [MeV], no further than T_max, beyond which rounding at cos(theta) = 1 may take it."""
    return np.minimum(recoil_mev_at_angle(energy_mev, cos_theta), maximum_recoil_mev(energy_mev))


@dataclass(frozen=True, slots=True)
class DynamicalZero:
    """Where the Standard Model cross section vanishes although kinematics allow scattering.

    Attributes:
        energy_mev: Neutrino energy [MeV].
        recoil_mev: Recoil [MeV], the largest of that energy.
        cos_theta: Cosine of the electron's angle, 1.
    """

    energy_mev: float
    recoil_mev: float
    cos_theta: float = 1.0


def dynamical_zero(flavour: str = "nu_e_bar", scheme: CouplingScheme = _TREE_LEVEL) -> DynamicalZero:
    """The dynamical zero of a flavour: one neutrino energy, the electron going forward.

    At T_max the bracket of the cross section is the square of g_L - g_R m_e/(m_e + 2 E): zero at
    E = m_e (g_R/g_L - 1)/2, for nu_e-bar m_e / (4 sin^2(theta_W)). Inside the kinematic range the bracket is positive:
    it falls with T to its value there (Segura, Bernabeu, Botella, Penarrocha, FTUV/93-28, 1993).

    Args:
        flavour: One of `flavours.FLAVOURS`; only nu_e_bar has g_R > g_L > 0, as antineutrinos have them swapped.
        scheme: Mixing angle and radiative corrections, the latter at the recoil of the zero.

    Returns:
        Energy, recoil and angle.

    Raises:
        InputError: If this flavour has no zero.
        ComputationError: If the iteration of the radiative corrections does not settle.

    >>> round(dynamical_zero(scheme=CouplingScheme(sin2_theta_w=0.2331)).energy_mev, 3)
    0.548
    """
    checked_flavour(flavour)
    recoil = 0.0
    for _ in range(_ITERATIONS):
        left, right = (float(g) for g in weak_couplings(flavour, scheme, recoil))
        if not right > left > 0.0:
            message = f"{flavour} has no dynamical zero: g_L = {left:.4g}, g_R = {right:.4g}; allowed: g_R > g_L > 0"
            raise InputError(message)
        energy = ELECTRON_MASS_MEV * (right / left - 1) / 2
        previous, recoil = recoil, float(maximum_recoil_mev(energy))
        if abs(recoil - previous) <= 1e-12 * recoil:
            return DynamicalZero(energy, recoil)
    message = f"the dynamical zero of {flavour} does not settle in {_ITERATIONS} steps"
    raise ComputationError(message)
