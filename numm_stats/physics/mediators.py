"""Light mediators as polynomials in their coupling: d sigma = SM + a g^2 + b g^4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.physics.constants import ELECTRON_MASS_MEV, FERMI_CONSTANT_PER_MEV2, HBAR_C_MEV_CM
from numm_stats.physics.flavours import FAMILIES, is_antineutrino, lepton_family
from numm_stats.physics.kinematics import inside_kinematic_range
from numm_stats.physics.weak import (
    WEAK_PREFACTOR_CM2_PER_MEV,
    CouplingScheme,
    chiral_cross_section,
    neutrino_frame_couplings,
    weak_couplings,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Kinematics", "MediatorKind", "flavour_charge", "mediator_terms", "vector_cross_section"]

MediatorKind = Literal["vector", "axial", "scalar", "pseudoscalar"]
Kinematics = Literal["exact", "low-recoil"]

_TREE_LEVEL = CouplingScheme()


def mediator_terms(
    energy_mev: ArrayLike,
    recoil_mev: ArrayLike,
    flavour: str,
    kind: str,
    *,
    mass_mev: float = 0.0,
    charge: float = 1.0,
    kinematics: str = "exact",
    interference: bool = True,
    scheme: CouplingScheme = _TREE_LEVEL,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The two templates (a, b) of a light mediator in d sigma/dT = SM + a g^2 + b g^4.

    Vector and axial: g_L shifts by d = charge g^2 / (2 sqrt(2) G_F D), D = 2 m_e T + m^2, and g_R by d
    (vector) or -d (axial), before antineutrinos swap the two. Low recoil, vector: g_V = g_L + g_R,
    a = sqrt(2) G_F m_e g_V / (pi D), b = m_e / (2 pi D^2). Scalar: b = m_e^2 T (1 + T/2m_e) / (4 pi E^2 D^2).
    Pseudoscalar: b = m_e T^2 / (8 pi E^2 D^2). These two do not interfere (Cerdeno et al., arXiv:1604.01025).

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the recoil.
        recoil_mev: Recoil kinetic energy [MeV].
        flavour: One of `flavours.FLAVOURS`.
        kind: "vector", "axial", "scalar" or "pseudoscalar".
        mass_mev: Mediator mass [MeV].
        charge: Product of the neutrino's and the electron's charge in units of g^2; see `flavour_charge`.
        kinematics: "exact", or "low-recoil" for the vector.
        interference: Whether the term in g^2 is kept; without it `a` is zero.
        scheme: Mixing angle and radiative corrections of the Standard Model couplings.

    Returns:
        a and b [cm2/MeV], broadcast shape; zero outside 0 < T <= T_max(E).

    >>> a, b = mediator_terms(6.4, 3.0, "nu_e_bar", "vector", kinematics="low-recoil")
    >>> f"{float(a):.4e} {float(b):.4e}"
    '3.2793e-34 3.3688e-24'
    """
    _check(kind, kinematics, mass_mev)
    inside = inside_kinematic_range(energy_mev, recoil_mev)
    energy = np.where(inside, np.asarray(energy_mev, dtype=np.float64), 1.0)
    recoil = np.where(inside, np.asarray(recoil_mev, dtype=np.float64), 1.0)
    denominator = 2 * ELECTRON_MASS_MEV * recoil + mass_mev**2
    if kind in ("scalar", "pseudoscalar"):
        linear, quadratic = np.zeros_like(recoil), _spinless(kind, energy, recoil, denominator)
    elif kinematics == "low-recoil":
        linear, quadratic = _low_recoil_vector(recoil, denominator, flavour, scheme)
    else:
        sign = 1.0 if kind == "vector" else -1.0
        linear, quadratic = _shifted(energy, recoil, denominator, flavour, scheme, sign=sign)
    kept = inside if interference else np.zeros_like(inside)
    return np.where(kept, charge * linear, 0.0), np.where(inside, charge**2 * quadratic, 0.0)


def vector_cross_section(
    energy_mev: ArrayLike,
    recoil_mev: ArrayLike,
    flavour: str,
    coupling: float,
    *,
    mass_mev: float = 0.0,
    charge: float = 1.0,
    scheme: CouplingScheme = _TREE_LEVEL,
) -> NDArray[np.float64]:
    """Full cross section with a vector mediator, from shifted couplings instead of from the polynomial.

    g_L and g_R each grow by charge g^2 / [2 sqrt(2) G_F (2 m_e T + m^2)] (arXiv:1604.01025).

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the recoil.
        recoil_mev: Recoil kinetic energy [MeV].
        flavour: One of `flavours.FLAVOURS`.
        coupling: g, dimensionless.
        mass_mev: Mediator mass [MeV].
        charge: Product of the neutrino's and the electron's charge in units of g^2.
        scheme: Mixing angle and radiative corrections of the Standard Model couplings.

    Returns:
        Cross section, weak part included [cm2/MeV], broadcast shape; zero outside 0 < T <= T_max(E).

    >>> f"{float(vector_cross_section(6.4, 3.0, 'nu_e_bar', 0.0)):.5e}"
    '3.41241e-45'
    """
    inside = inside_kinematic_range(energy_mev, recoil_mev)
    recoil = np.where(inside, np.asarray(recoil_mev, dtype=np.float64), 1.0)
    propagator = 2 * ELECTRON_MASS_MEV * recoil + mass_mev**2
    shift = charge * coupling**2 / (2 * np.sqrt(2) * FERMI_CONSTANT_PER_MEV2 * propagator)
    g_left, g_right = neutrino_frame_couplings(flavour, scheme, recoil)
    pair = (g_left + shift, g_right + shift)
    first, second = pair[::-1] if is_antineutrino(flavour) else pair
    return np.where(inside, chiral_cross_section(energy_mev, recoil, first, second), 0.0)


def flavour_charge(flavour: str, charges: Mapping[str, float]) -> float:
    """Charge of a flavour when a mediator couples to the families differently.

    Args:
        flavour: One of `flavours.FLAVOURS`.
        charges: Charge of each family "e", "mu", "tau"; a family left out carries none.

    Returns:
        The charge, in units of g^2 when the electron's charge is multiplied in.

    Raises:
        InputError: A key is not a family.

    >>> flavour_charge("nu_mu_bar", {"e": 1.0, "mu": -1.0})
    -1.0
    """
    for family in charges:
        _one_of("family", family, FAMILIES)
    return float(charges.get(lepton_family(flavour), 0.0))


def _spinless(
    kind: str, energy: NDArray[np.float64], recoil: NDArray[np.float64], denominator: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The g^4 term of a scalar or pseudoscalar [cm2/MeV]."""
    mass = ELECTRON_MASS_MEV
    scale = HBAR_C_MEV_CM**2 / (np.pi * energy**2 * denominator**2)
    if kind == "scalar":
        return np.asarray(scale * mass**2 * recoil * (1 + recoil / (2 * mass)) / 4)
    return np.asarray(scale * mass * recoil**2 / 8)


def _low_recoil_vector(
    recoil: NDArray[np.float64], denominator: NDArray[np.float64], flavour: str, scheme: CouplingScheme
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both terms of a vector to leading order in T/E [cm2/MeV]."""
    vector_coupling = np.add(*neutrino_frame_couplings(flavour, scheme, recoil))
    scale = ELECTRON_MASS_MEV * HBAR_C_MEV_CM**2 / np.pi
    linear = scale * np.sqrt(2) * FERMI_CONSTANT_PER_MEV2 * vector_coupling / denominator
    return np.asarray(linear), np.asarray(scale / (2 * denominator**2))


def _shifted(
    energy: NDArray[np.float64],
    recoil: NDArray[np.float64],
    denominator: NDArray[np.float64],
    flavour: str,
    scheme: CouplingScheme,
    *,
    sign: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both terms when g_L shifts by d and g_R by sign d: the weak bracket expanded in d [cm2/MeV]."""
    g_left, g_right = weak_couplings(flavour, scheme, recoil)
    left, right = (sign, 1.0) if is_antineutrino(flavour) else (1.0, sign)
    forward = (1 - recoil / energy) ** 2
    mixed = ELECTRON_MASS_MEV * recoil / energy**2
    linear = 2 * g_left * left + 2 * g_right * right * forward - (g_left * right + g_right * left) * mixed
    quadratic = 1 + forward - sign * mixed
    shift = 1 / (2 * np.sqrt(2) * FERMI_CONSTANT_PER_MEV2 * denominator)
    prefactor = WEAK_PREFACTOR_CM2_PER_MEV
    return np.asarray(prefactor * shift * linear), np.asarray(prefactor * shift**2 * quadratic)


def _check(kind: str, kinematics: str, mass_mev: float) -> None:
    """Refuse what `mediator_terms` cannot answer."""
    _one_of("mediator", kind, get_args(MediatorKind))
    _one_of("kinematics", kinematics, get_args(Kinematics))
    if kinematics == "low-recoil" and kind != "vector":
        message = f"kinematics 'low-recoil' with a {kind} mediator; allowed: the vector, or kinematics 'exact'"
        raise InputError(message)
    if not (np.isfinite(mass_mev) and mass_mev >= 0):
        message = f"mediator mass is {mass_mev} MeV; allowed: zero or more"
        raise InputError(message)


def _one_of(what: str, name: str, allowed: Iterable[str]) -> None:
    """Raise an InputError that lists what is allowed."""
    names = tuple(allowed)
    if name not in names:
        message = f"unknown {what} {name!r}{nearest(str(name), names)}; allowed: {', '.join(names)}"
        raise InputError(message)
