"""What a neutrino charge radius does to weak couplings, and the anapole moment that goes with it."""

from __future__ import annotations

import math
from typing import Literal, get_args

from numm_stats.errors import InputError, nearest
from numm_stats.physics.charge_radius import standard_model_charge_radius_cm2
from numm_stats.physics.constants import FERMI_CONSTANT_PER_MEV2, FINE_STRUCTURE, HBAR_C_MEV_CM

__all__ = [
    "CONVENTIONS",
    "RadiusConvention",
    "anapole_moment_cm2",
    "charge_radius_excess_cm2",
    "coupling_shift",
    "signed_standard_model_radius_cm2",
    "vector_coupling_shift",
]

RadiusConvention = Literal["vector", "left-handed"]
CONVENTIONS: tuple[RadiusConvention, ...] = get_args(RadiusConvention)


def coupling_shift(charge_radius_cm2: float, convention: str = "vector") -> float:
    """Shift of g_L, of g_R and of sin^2(theta_W) in the scattering on electrons by a charge radius.

    <r^2> = 6 dF/dq^2 at q^2 = 0. "vector": F stands before gamma_mu (1 - gamma_5), the shift is
    (sqrt(2) pi alpha / 3 G_F) <r^2>, as Bernabeu, Papavassiliou, Vidal quote the prediction and experiments on
    electrons (LSND, TEXONO) their limits. "left-handed": F is the charge of the left-handed neutrino,
    the radius is twice as large for the same physics, the shift (sqrt(2) pi alpha / 6 G_F) <r^2> =
    (1/3) m_W^2 sin^2(theta_W) <r^2> (Vogel and Engel, Phys. Rev. D 39, 3378 (1989); arXiv:1403.6344).

    Args:
        charge_radius_cm2: <r^2> [cm2], of either sign; see `signed_standard_model_radius_cm2` for the sign.
        convention: "vector" or "left-handed".

    Returns:
        Shift, dimensionless. With radiative couplings give only the excess over the Standard Model, see
        `charge_radius_excess_cm2`.

    Raises:
        InputError: The convention is neither, or the radius not finite.

    >>> f"{coupling_shift(-4.14e-33):.2e}"
    '-9.85e-03'
    """
    if not abs(charge_radius_cm2) <= 1e-20:
        raise InputError(f"charge radius {charge_radius_cm2} cm2; allowed: at most 1e-20 cm2 in size")
    radius_per_mev2 = charge_radius_cm2 / HBAR_C_MEV_CM**2
    shift = math.sqrt(2) * math.pi * FINE_STRUCTURE / (6 * FERMI_CONSTANT_PER_MEV2) * radius_per_mev2
    return shift * _in_left_handed_units(convention)


def vector_coupling_shift(charge_radius_cm2: float, convention: str = "vector") -> float:
    """Shift of g_V = g_L + g_R by a charge radius: twice `coupling_shift`; g_A stays.

    "left-handed": (sqrt(2) pi alpha / 3 G_F) <r^2> = (2/3) m_W^2 sin^2(theta_W) <r^2>; "vector": twice that.

    Args:
        charge_radius_cm2: <r^2> [cm2], of either sign.
        convention: "vector" or "left-handed".

    Returns:
        Shift of g_V, dimensionless.

    Raises:
        InputError: The convention is neither, or the radius not finite.

    >>> vector_coupling_shift(2e-32, "left-handed") == vector_coupling_shift(1e-32, "vector")
    True
    """
    return 2.0 * coupling_shift(charge_radius_cm2, convention)


def signed_standard_model_radius_cm2(flavour: str, convention: str = "vector") -> float:
    """The charge radius of the Standard Model with the sign that goes with `coupling_shift`: negative.

    It lowers sin^2(theta_W): the difference of kappa of nu_e and nu_mu in the radiative corrections of Bahcall,
    Kamionkowski, Sirlin at zero momentum transfer is the difference of their charge radii.

    Args:
        flavour: One of `flavours.FLAVOURS`.
        convention: "vector" or "left-handed".

    Returns:
        <r^2> [cm2].

    Raises:
        InputError: The flavour is unknown, or the convention neither.

    >>> f"{signed_standard_model_radius_cm2('nu_mu'):.2e}"
    '-2.40e-33'
    """
    return -standard_model_charge_radius_cm2(flavour) * 2.0 / _in_left_handed_units(convention)


def charge_radius_excess_cm2(charge_radius_cm2: float, flavour: str, convention: str = "vector") -> float:
    """What a charge radius has beyond the Standard Model: all that may be added to radiative couplings.

    Radiative corrections have the Standard Model's charge radius in kappa; adding all of <r^2> to them would count
    it twice.

    Args:
        charge_radius_cm2: <r^2> [cm2], all of it, with the sign of `coupling_shift`.
        flavour: One of `flavours.FLAVOURS`.
        convention: "vector" or "left-handed".

    Returns:
        Excess [cm2].

    Raises:
        InputError: The flavour is unknown, or the convention neither.

    >>> f"{charge_radius_excess_cm2(0.0, 'nu_mu'):.2e}"
    '2.40e-33'
    """
    return charge_radius_cm2 - signed_standard_model_radius_cm2(flavour, convention)


def anapole_moment_cm2(charge_radius_cm2: float, convention: str = "vector") -> float:
    """Anapole moment of a left-handed Dirac neutrino: a = -<r^2> / 6 with <r^2> of the vector form factor.

    The vertex (gamma_mu - q_mu qslash / q^2)(F_Q + a q^2 gamma_5) acts on left-handed neutrinos as F_Q - a q^2,
    half of it from each term (arXiv:1403.6344): no experiment with them tells charge radius and anapole apart.

    Args:
        charge_radius_cm2: <r^2> [cm2].
        convention: "vector" or "left-handed", of the radius.

    Returns:
        Anapole moment [cm2].

    Raises:
        InputError: The convention is neither.

    >>> f"{anapole_moment_cm2(6e-33):.1e}"
    '-1.0e-33'
    """
    return -charge_radius_cm2 * _in_left_handed_units(convention) / 12.0


def _in_left_handed_units(convention: str) -> float:
    """How large the radius is in the convention "left-handed" if it is 1 in this one."""
    if convention not in CONVENTIONS:
        hint = nearest(convention, CONVENTIONS)
        raise InputError(f"convention of the charge radius '{convention}'{hint}; allowed: {', '.join(CONVENTIONS)}")
    return 2.0 if convention == "vector" else 1.0
