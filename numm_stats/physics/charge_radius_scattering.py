"""Scattering on an electron by a charge radius, as a polynomial in it: d sigma = SM + a <r^2> + b <r^2>^2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.physics.charge_radius_couplings import coupling_shift
from numm_stats.physics.constants import ELECTRON_MASS_MEV
from numm_stats.physics.kinematics import inside_kinematic_range
from numm_stats.physics.weak import WEAK_PREFACTOR_CM2_PER_MEV, CouplingScheme, weak_couplings

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["charge_radius_terms"]

_TREE_LEVEL = CouplingScheme()


def charge_radius_terms(
    energy_mev: ArrayLike,
    recoil_mev: ArrayLike,
    flavour: str,
    charge_radius_cm2: float,
    *,
    convention: str = "vector",
    scheme: CouplingScheme = _TREE_LEVEL,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The linear and the squared term that a charge radius adds to the weak cross section.

    g_L and g_R of the neutrino both grow by d = `coupling_shift` (Vogel and Engel, Phys. Rev. D 39, 3378 (1989)), those
    of an antineutrino too, for they are the same two with their places changed. The weak bracket expanded in d:
    (2 G_F^2 m_e / pi) times d [2 g_L + 2 g_R (1 - T/E)^2 - (g_L + g_R) m_e T / E^2], which has either sign, and
    d^2 [1 + (1 - T/E)^2 - m_e T / E^2].

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the recoil.
        recoil_mev: Recoil kinetic energy [MeV].
        flavour: One of `flavours.FLAVOURS`.
        charge_radius_cm2: <r^2> [cm2], of either sign; with radiative couplings the excess over the Standard Model.
        convention: "vector" or "left-handed", see `coupling_shift`.
        scheme: Mixing angle and radiative corrections of the Standard Model couplings.

    Returns:
        Both terms [cm2/MeV], broadcast shape; zero outside 0 < T <= T_max(E).

    Raises:
        InputError: The flavour is unknown, the convention neither, or the radius not finite.

    >>> linear, squared = charge_radius_terms(20e3, 5e3, "nu_mu", 1e-32)
    >>> f"{float(linear):.4e} {float(squared):.4e}"
    '-1.1379e-46 1.5246e-47'
    """
    shift = coupling_shift(charge_radius_cm2, convention)
    inside = inside_kinematic_range(energy_mev, recoil_mev)
    energy = np.where(inside, np.asarray(energy_mev, dtype=np.float64), 1.0)
    recoil = np.where(inside, np.asarray(recoil_mev, dtype=np.float64), 1.0)
    g_left, g_right = weak_couplings(flavour, scheme, recoil)
    forward = (1 - recoil / energy) ** 2
    mixed = ELECTRON_MASS_MEV * recoil / energy**2
    linear = 2 * g_left + 2 * g_right * forward - (g_left + g_right) * mixed
    squared = 1 + forward - mixed
    scale = np.where(inside, WEAK_PREFACTOR_CM2_PER_MEV * shift, 0.0)
    return np.asarray(scale * linear), np.asarray(scale * shift * squared)
