"""Kinematics of a neutrino that scatters off an electron at rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.physics.constants import ELECTRON_MASS_MEV

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "cos_theta",
    "inside_kinematic_range",
    "maximum_recoil_mev",
    "minimum_neutrino_energy_mev",
    "recoil_mev_at_angle",
    "recoil_per_cos_theta_mev",
    "recoil_theta_squared_mev",
]


def maximum_recoil_mev(energy_mev: ArrayLike) -> NDArray[np.float64]:
    """Largest kinetic energy that the electron can take.

    T_max = 2 E^2 / (m_e + 2 E), from energy and momentum conservation.

    Args:
        energy_mev: Neutrino energy [MeV], any shape; zero or less gives zero.

    Returns:
        Recoil kinetic energy [MeV], same shape.

    >>> round(float(maximum_recoil_mev(0.862)), 4)
    0.6649
    """
    energy = np.maximum(np.asarray(energy_mev, dtype=np.float64), 0.0)
    return np.asarray(2 * energy**2 / (ELECTRON_MASS_MEV + 2 * energy))


def minimum_neutrino_energy_mev(recoil_mev: ArrayLike) -> NDArray[np.float64]:
    """Smallest neutrino energy that gives the electron this recoil.

    E_min = [T + sqrt(T (T + 2 m_e))] / 2, the inverse of T_max(E).

    Args:
        recoil_mev: Recoil kinetic energy [MeV], any shape; zero or less gives zero.

    Returns:
        Neutrino energy [MeV], same shape.

    >>> round(float(minimum_neutrino_energy_mev(0.6649)), 3)
    0.862
    """
    recoil = np.maximum(np.asarray(recoil_mev, dtype=np.float64), 0.0)
    return np.asarray((recoil + np.sqrt(recoil * (recoil + 2 * ELECTRON_MASS_MEV))) / 2)


def inside_kinematic_range(energy_mev: ArrayLike, recoil_mev: ArrayLike) -> NDArray[np.bool_]:
    """Whether a neutrino of this energy can leave the electron with this recoil, 0 < T <= T_max(E).

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the recoil.
        recoil_mev: Recoil kinetic energy [MeV].

    Returns:
        True inside, broadcast shape.

    >>> inside_kinematic_range(0.862, [0.0, 0.2, 0.7]).tolist()
    [False, True, False]
    """
    recoil = np.asarray(recoil_mev, dtype=np.float64)
    return np.asarray((recoil > 0) & (recoil <= maximum_recoil_mev(energy_mev)))


def cos_theta(energy_mev: ArrayLike, recoil_mev: ArrayLike) -> NDArray[np.float64]:
    """Cosine of the angle between the electron and the neutrino's direction.

    cos(theta) = (1 + m_e/E) sqrt[T / (T + 2 m_e)].

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the recoil.
        recoil_mev: Recoil kinetic energy [MeV].

    Returns:
        Cosine between 0 and 1, broadcast shape; 0 outside the kinematic range.

    >>> round(float(cos_theta(0.862, 0.6649)), 4)
    1.0
    """
    inside = inside_kinematic_range(energy_mev, recoil_mev)
    energy, recoil = _safe(energy_mev, recoil_mev, inside)
    cosine = (1 + ELECTRON_MASS_MEV / energy) * np.sqrt(recoil / (recoil + 2 * ELECTRON_MASS_MEV))
    return np.where(inside, np.minimum(cosine, 1.0), 0.0)


def recoil_mev_at_angle(energy_mev: ArrayLike, cos_theta: ArrayLike) -> NDArray[np.float64]:
    """Recoil of an electron that leaves at this angle.

    T = 2 m_e E^2 cos^2(theta) / [(E + m_e)^2 - E^2 cos^2(theta)], the inverse of `cos_theta`.

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the cosine; zero or less gives zero.
        cos_theta: Cosine of the electron's angle; negative values give zero, electrons go forward.

    Returns:
        Recoil kinetic energy [MeV], broadcast shape.

    >>> round(float(recoil_mev_at_angle(0.862, 1.0)), 4)
    0.6649
    """
    energy = np.maximum(np.asarray(energy_mev, dtype=np.float64), 0.0)
    momentum2 = (energy * np.clip(np.asarray(cos_theta, dtype=np.float64), 0.0, 1.0)) ** 2
    return np.asarray(2 * ELECTRON_MASS_MEV * momentum2 / ((energy + ELECTRON_MASS_MEV) ** 2 - momentum2))


def recoil_theta_squared_mev(energy_mev: ArrayLike, recoil_mev: ArrayLike) -> NDArray[np.float64]:
    """T theta^2, which beam experiments cut on: about 2 m_e (1 - T/E), so below 2 m_e for real scattering.

    theta from sin^2(theta) = [2 m_e (1 - T/E) - m_e^2 T / E^2] / (T + 2 m_e), without the cancellation of an
    arccosine near 1.

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the recoil.
        recoil_mev: Recoil kinetic energy [MeV].

    Returns:
        T theta^2 [MeV rad^2], broadcast shape; 0 outside the kinematic range.

    >>> round(float(recoil_theta_squared_mev(2000.0, 500.0)), 4)
    0.7653
    """
    inside = inside_kinematic_range(energy_mev, recoil_mev)
    energy, recoil = _safe(energy_mev, recoil_mev, inside)
    mass = ELECTRON_MASS_MEV
    sine2 = (2 * mass * (1 - recoil / energy) - mass**2 * recoil / energy**2) / (recoil + 2 * mass)
    theta = np.arcsin(np.sqrt(np.clip(sine2, 0.0, 1.0)))
    return np.where(inside, recoil * theta**2, 0.0)


def _safe(
    energy_mev: ArrayLike, recoil_mev: ArrayLike, inside: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energy and recoil with 1 MeV put where the formulas do not hold, so that nothing divides by zero."""
    energy = np.where(inside, np.asarray(energy_mev, dtype=np.float64), 1.0)
    return energy, np.where(inside, np.asarray(recoil_mev, dtype=np.float64), 1.0)


def recoil_per_cos_theta_mev(energy_mev: ArrayLike, cos_theta: ArrayLike) -> NDArray[np.float64]:
    """Derivative dT / d cos(theta) of the recoil energy, which turns d sigma/dT into d sigma/d cos(theta).

    dT/dc = 4 m_e E^2 c (E + m_e)^2 / [(E + m_e)^2 - E^2 c^2]^2, from T = 2 m_e E^2 c^2 / [(E + m_e)^2 - E^2 c^2].

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the cosine.
        cos_theta: Cosine of the electron's angle to the neutrino.

    Returns:
        Derivative [MeV], broadcast shape; zero for backward angles, where no electron goes.

    >>> f"{float(recoil_per_cos_theta_mev(6.4, 1.0)):.4f}"
    '86.4292'
    """
    energy = np.asarray(energy_mev, dtype=np.float64)
    cosine = np.clip(np.asarray(cos_theta, dtype=np.float64), 0.0, 1.0)
    total_squared = (energy + ELECTRON_MASS_MEV) ** 2
    denominator = (total_squared - energy**2 * cosine**2) ** 2
    return np.asarray(4 * ELECTRON_MASS_MEV * energy**2 * cosine * total_squared / denominator)
