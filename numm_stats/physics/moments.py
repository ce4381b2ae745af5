"""Effective magnetic moments: what an electron sees of a matrix of moments, after any distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.constants import HBAR_C_MEV_CM
from numm_stats.physics.flavours import FAMILIES, is_antineutrino, lepton_family
from numm_stats.physics.moment_bases import checked_kind

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from numm_stats.physics.mixing import Mixing

__all__ = [
    "PHASE_PER_EV2_KM_MEV",
    "astrophysical_moment",
    "effective_moment",
    "incoherent_moment",
    "short_baseline_moment",
]

# Delta m^2 L / (2 E) for 1 eV^2, 1 km, 1 MeV
PHASE_PER_EV2_KM_MEV = 1e-12 * 1e5 / (2 * HBAR_C_MEV_CM)


def effective_moment(
    moments: NDArray[np.complex128],
    mixing: Mixing,
    flavour: str,
    *,
    baseline_km: ArrayLike,
    energy_mev: ArrayLike,
) -> NDArray[np.float64]:
    """Effective moment in vacuum at a distance from a source of one flavour.

    mu^2 = sum_j |sum_k U_lk^* exp(-i Delta m_k1^2 L / 2E) lambda_jk|^2 for neutrinos; for antineutrinos the phase
    has the other sign, because their amplitude has U_lk and lambda_jk^* (Beacom and Vogel, hep-ph/9907383;
    Giunti and Studenikin, arXiv:1403.6344).

    Args:
        moments: lambda in the mass basis [Bohr magnetons], (3, 3), of `dirac_moments` or `majorana_moments`.
        mixing: Mixing parameters.
        flavour: One of `flavours.FLAVOURS`, at the source.
        baseline_km: Distance L [km], zero or more, broadcast against the energy.
        energy_mev: Energy E [MeV], above zero.

    Returns:
        Effective moment [Bohr magnetons], broadcast shape.

    Raises:
        InputError: A distance is negative or an energy not above zero, or one is out of all range.

    >>> from numm_stats.physics.mixing import Mixing
    >>> one = np.eye(3, dtype=complex) * 1e-11
    >>> f"{float(effective_moment(one, Mixing(), 'nu_e', baseline_km=53.0, energy_mev=4.0)):.3e}"
    '1.000e-11'
    """
    distance, energy = np.asarray(baseline_km, dtype=np.float64), np.asarray(energy_mev, dtype=np.float64)
    if not np.all((distance >= 0.0) & (distance <= 1e20)):
        raise InputError(f"baseline {distance} km; allowed: zero or more, at most 1e20")
    if not np.all((energy >= 1e-9) & (energy <= 1e15)):
        raise InputError(f"neutrino energy {energy} MeV; allowed: above zero, from 1e-9 to 1e15")
    sign = 1.0 if is_antineutrino(flavour) else -1.0
    phase = PHASE_PER_EV2_KM_MEV * (distance / energy)[..., None] * mixing.squared_masses_ev2()
    row = mixing.matrix()[FAMILIES.index(lepton_family(flavour))]
    state = row.conj() * np.exp(1j * sign * phase)
    amplitudes = np.einsum("jk,...k->...j", moments, state)
    return np.asarray(np.sqrt(np.sum(np.abs(amplitudes) ** 2, axis=-1)))


def short_baseline_moment(flavour_moments: NDArray[np.complex128], flavour: str) -> float:
    """Effective moment next to a source: mu_l^2 = sum over a of |lambda_al|^2, flavour basis.

    Reactors and accelerators measure it; neutrinos and antineutrinos have the same.

    Args:
        flavour_moments: lambda in the flavour basis [Bohr magnetons], (3, 3), of `flavour_basis`.
        flavour: One of `flavours.FLAVOURS`.

    Returns:
        Effective moment [Bohr magnetons].

    >>> f"{short_baseline_moment(np.diag([1e-11, 2e-11, 0.0]).astype(complex), 'nu_mu'):.1e}"
    '2.0e-11'
    """
    return float(np.linalg.norm(flavour_moments[:, FAMILIES.index(lepton_family(flavour))]))


def incoherent_moment(moments: NDArray[np.complex128], mass_weights: ArrayLike) -> float:
    """Effective moment of mass states that have lost their coherence, as they come from the Sun.

    mu^2 = sum_k P_k sum_j |lambda_jk|^2: all phases drop out (Beacom and Vogel, hep-ph/9907383).

    Args:
        moments: lambda in the mass basis [Bohr magnetons], (3, 3).
        mass_weights: Shares P_k of the mass states, shape (3,), of `vacuum_mass_weights` or `solar_mass_weights`.

    Returns:
        Effective moment [Bohr magnetons].

    >>> f"{incoherent_moment(np.diag([2e-11, 0.0, 0.0]).astype(complex), [0.25, 0.5, 0.25]):.1e}"
    '1.0e-11'
    """
    weights = np.asarray(mass_weights, dtype=np.float64)
    return float(np.linalg.norm(np.abs(moments) * np.sqrt(weights)))


def astrophysical_moment(moments: NDArray[np.complex128], kind: str) -> float:
    """Effective moment for the cooling of stars, where plasmons decay to all pairs of neutrinos.

    Dirac: mu^2 = sum over jk of |lambda_jk|^2 (Raffelt, Phys. Rept. 320, 319 (1999)). Majorana: half of it, the
    sum over j < k, because the pair jk is the pair kj: a Dirac neutrino is two Majorana neutrinos with
    lambda_12 = mu, and must cool a star as mu does.

    Args:
        moments: lambda in any basis [Bohr magnetons], (3, 3).
        kind: "dirac" or "majorana".

    Returns:
        Effective moment [Bohr magnetons].

    Raises:
        InputError: The kind is neither.

    >>> f"{astrophysical_moment(np.diag([3e-12, 4e-12, 0.0]).astype(complex), 'dirac'):.1e}"
    '5.0e-12'
    """
    norm = float(np.linalg.norm(moments))
    return norm if checked_kind(kind) == "dirac" else norm / np.sqrt(2.0)
