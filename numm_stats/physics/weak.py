"""Elastic scattering of a neutrino on an electron in the Standard Model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.constants import (
    ELECTRON_MASS_MEV,
    FERMI_CONSTANT_PER_MEV2,
    HBAR_C_MEV_CM,
    SIN2_THETA_W_DEFAULT,
    SIN2_THETA_W_RADIATIVE,
)
from numm_stats.physics.flavours import is_antineutrino, lepton_family
from numm_stats.physics.kinematics import maximum_recoil_mev

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "WEAK_PREFACTOR_CM2_PER_MEV",
    "CouplingScheme",
    "chiral_cross_section",
    "neutrino_frame_couplings",
    "total_weak_cross_section",
    "weak_couplings",
    "weak_cross_section",
]

# 2 G_F^2 m_e / pi
WEAK_PREFACTOR_CM2_PER_MEV = 2 * FERMI_CONSTANT_PER_MEV2**2 * ELECTRON_MASS_MEV / np.pi * HBAR_C_MEV_CM**2

_RADIATIVE_NODES = 24  # the couplings vary by a percent over the recoil range: more than enough


@dataclass(frozen=True, slots=True)
class CouplingScheme:
    """How g_L and g_R follow from the weak mixing angle.

    Attributes:
        sin2_theta_w: Weak mixing angle; None means 0.2312 at tree level, 0.2315 with radiative corrections.
        radiative: Whether rho, kappa of Bahcall, Kamionkowski, Sirlin, Phys. Rev. D 51, 6146 (1995), apply.
        g_left: A value that replaces the neutrino-frame g_L of every flavour, for studies such as g_L = 1/2.
    """

    sin2_theta_w: float | None = None
    radiative: bool = False
    g_left: float | None = None

    def __post_init__(self) -> None:
        if self.sin2_theta_w is not None and not 0.0 <= self.sin2_theta_w <= 1.0:
            message = f"sin2_theta_w is {self.sin2_theta_w}; allowed: a number from 0 to 1"
            raise InputError(message)

    @property
    def mixing_angle(self) -> float:
        """The value of sin^2(theta_W) that is used.

        >>> CouplingScheme().mixing_angle, CouplingScheme(radiative=True).mixing_angle
        (0.2312, 0.2315)
        """
        if self.sin2_theta_w is not None:
            return self.sin2_theta_w
        return SIN2_THETA_W_RADIATIVE if self.radiative else SIN2_THETA_W_DEFAULT


_TREE_LEVEL = CouplingScheme()


def weak_couplings(
    flavour: str, scheme: CouplingScheme = _TREE_LEVEL, recoil_mev: ArrayLike = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The couplings (g_L, g_R) that stand in the cross section, swapped for antineutrinos.

    g_R = s2; g_L = s2 + 1/2 for nu_e, s2 - 1/2 for nu_mu and nu_tau (PDG review "Electroweak model").

    Args:
        flavour: One of `flavours.FLAVOURS`.
        scheme: Mixing angle and radiative corrections.
        recoil_mev: Recoil [MeV], any shape; it matters only with radiative corrections.

    Returns:
        g_L and g_R, dimensionless; scalars at tree level, else of the recoil's shape.

    >>> [round(float(g), 4) for g in weak_couplings("nu_e_bar")]
    [0.2312, 0.7312]
    """
    g_left, g_right = neutrino_frame_couplings(flavour, scheme, recoil_mev)
    return (g_right, g_left) if is_antineutrino(flavour) else (g_left, g_right)


def neutrino_frame_couplings(
    flavour: str, scheme: CouplingScheme = _TREE_LEVEL, recoil_mev: ArrayLike = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The couplings (g_L, g_R) of the neutrino, whether or not the flavour is an antineutrino.

    g_R = rho kappa s2; g_L = g_R - rho/2 for nu_mu and nu_tau, g_R - rho/2 + 1 for nu_e; at tree level
    rho = kappa = 1 (Bahcall, Kamionkowski, Sirlin, Phys. Rev. D 51, 6146 (1995), the overall sign turned).

    Args:
        flavour: One of `flavours.FLAVOURS`.
        scheme: Mixing angle and radiative corrections.
        recoil_mev: Recoil [MeV], any shape; it matters only with radiative corrections.

    Returns:
        g_L and g_R, dimensionless; scalars at tree level, else of the recoil's shape.

    >>> [round(float(g), 4) for g in neutrino_frame_couplings("nu_e_bar")]
    [0.7312, 0.2312]
    """
    family = lepton_family(flavour)
    rho, kappa = _rho_kappa(family, recoil_mev) if scheme.radiative else (1.0, np.float64(1.0))
    g_right = np.asarray(rho * kappa * scheme.mixing_angle)
    charged_current = 1.0 if family == "e" else 0.0
    g_left = g_right - rho / 2 + charged_current
    if scheme.g_left is not None:
        g_left = np.full_like(g_right, scheme.g_left)
    return np.asarray(g_left), g_right


def chiral_cross_section(
    energy_mev: ArrayLike, recoil_mev: ArrayLike, g_left: ArrayLike, g_right: ArrayLike
) -> NDArray[np.float64]:
    """Differential cross section for given couplings.

    d sigma/dT = (2 G_F^2 m_e / pi) [g_L^2 + g_R^2 (1 - T/E)^2 - g_L g_R m_e T / E^2]
    (PDG review "Electroweak model"; for antineutrinos g_L and g_R come swapped).

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the recoil.
        recoil_mev: Recoil kinetic energy [MeV], 0 <= T <= T_max(E) gives non-zero values.
        g_left: Coupling to left-handed electrons, broadcast.
        g_right: Coupling to right-handed electrons, broadcast.

    Returns:
        Cross section [cm2/MeV], broadcast shape.

    >>> f"{float(chiral_cross_section(2000.0, 0.0, 1.0, 0.0)):.5e}"
    '1.72327e-44'
    """
    recoil = np.asarray(recoil_mev, dtype=np.float64)
    inside = (recoil >= 0) & (recoil <= maximum_recoil_mev(energy_mev))
    energy = np.where(inside & (np.asarray(energy_mev) > 0), np.asarray(energy_mev, dtype=np.float64), np.inf)
    left, right = np.asarray(g_left, dtype=np.float64), np.asarray(g_right, dtype=np.float64)
    inelasticity = np.where(inside, recoil, 0.0) / energy
    bracket = left**2 + right**2 * (1 - inelasticity) ** 2
    bracket = bracket - left * right * ELECTRON_MASS_MEV * inelasticity / energy
    # at T_max the bracket is the square of g_L - g_R m_e/(m_e + 2 E), which rounding may turn below zero
    return np.where(np.isfinite(energy), WEAK_PREFACTOR_CM2_PER_MEV * np.maximum(bracket, 0.0), 0.0)


def weak_cross_section(
    energy_mev: ArrayLike, recoil_mev: ArrayLike, flavour: str, scheme: CouplingScheme = _TREE_LEVEL
) -> NDArray[np.float64]:
    """Differential Standard Model cross section of a flavour.

    `chiral_cross_section` with the couplings of `weak_couplings`.

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the recoil.
        recoil_mev: Recoil kinetic energy [MeV].
        flavour: One of `flavours.FLAVOURS`.
        scheme: Mixing angle and radiative corrections.

    Returns:
        Cross section [cm2/MeV], broadcast shape; zero outside the kinematic range.

    >>> f"{float(weak_cross_section(6.4, 3.0, 'nu_e_bar')):.5e}"
    '3.41241e-45'
    """
    g_left, g_right = weak_couplings(flavour, scheme, recoil_mev)
    return chiral_cross_section(energy_mev, recoil_mev, g_left, g_right)


def total_weak_cross_section(
    energy_mev: ArrayLike, flavour: str, scheme: CouplingScheme = _TREE_LEVEL, threshold_mev: ArrayLike = 0.0
) -> NDArray[np.float64]:
    """Cross section integrated over recoils above a threshold.

    (2 G_F^2 m_e / pi) [g_L^2 T + g_R^2 (E/3) {1 - (1 - T/E)^3} - g_L g_R m_e T^2 / (2 E^2)] between threshold
    and T_max; with radiative corrections, whose couplings depend on T, a Gauss-Legendre sum.

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the threshold.
        flavour: One of `flavours.FLAVOURS`.
        scheme: Mixing angle and radiative corrections.
        threshold_mev: Smallest recoil counted [MeV].

    Returns:
        Cross section [cm2], broadcast shape; zero where T_max is below the threshold.

    >>> f"{float(total_weak_cross_section(1000.0, 'nu_mu')):.3e}"
    '1.552e-42'
    """
    energy = np.maximum(np.asarray(energy_mev, dtype=np.float64), 0.0)
    upper = maximum_recoil_mev(energy)
    lower = np.minimum(np.maximum(np.asarray(threshold_mev, dtype=np.float64), 0.0), upper)
    if scheme.radiative:
        return _total_by_quadrature(energy, lower, upper, flavour, scheme)
    g_left, g_right = weak_couplings(flavour, scheme)
    return _antiderivative(energy, upper, g_left, g_right) - _antiderivative(energy, lower, g_left, g_right)


def _antiderivative(
    energy: NDArray[np.float64],
    recoil: NDArray[np.float64],
    g_left: NDArray[np.float64],
    g_right: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Integral of the cross section from zero to a recoil [cm2]."""
    inelasticity = recoil / np.where(energy > 0, energy, 1.0)
    right = recoil * (1 - inelasticity + inelasticity**2 / 3)  # (E/3) {1 - (1 - y)^3}
    mixed = ELECTRON_MASS_MEV * inelasticity**2 / 2
    return np.asarray(WEAK_PREFACTOR_CM2_PER_MEV * (g_left**2 * recoil + g_right**2 * right - g_left * g_right * mixed))


def _total_by_quadrature(
    energy: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    flavour: str,
    scheme: CouplingScheme,
) -> NDArray[np.float64]:
    """The same integral when the couplings depend on the recoil [cm2]."""
    nodes, weights = np.polynomial.legendre.leggauss(_RADIATIVE_NODES)
    fraction = (nodes + 1) / 2  # squared below, for the logarithm with which kappa(T) starts
    recoil = lower[..., None] + (upper - lower)[..., None] * fraction**2
    values = weak_cross_section(energy[..., None], recoil, flavour, scheme)
    return np.asarray((values * weights * fraction).sum(axis=-1) * (upper - lower))


def _rho_kappa(family: str, recoil_mev: ArrayLike) -> tuple[float, NDArray[np.float64]]:
    """One-loop rho and kappa(T) of Bahcall, Kamionkowski and Sirlin (1995)."""
    recoil = np.maximum(np.asarray(recoil_mev, dtype=np.float64), 1e-6)  # I(T) tends to a constant below
    x = np.sqrt(1 + 2 * ELECTRON_MASS_MEV / recoil)
    loop = (1 / 3 + (3 - x**2) * (x / 2 * np.log1p(2 / (x - 1)) - 1)) / 6
    kappa = 0.9791 + 0.0097 * loop if family == "e" else 0.9970 - 0.00037 * loop
    return 1.0126, np.asarray(kappa)
