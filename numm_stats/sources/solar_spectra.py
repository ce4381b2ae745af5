"""Spectra of the neutrinos that the Sun makes, each normalised to one neutrino.

Beta-plus decays and fusions are allowed transitions with the Fermi function of the daughter. 8B decays to the broad
states of 8Be that 8Li decays to: their strength is taken from the endpoints of 8Li, and given the phase space of 8B.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.beta import antineutrino_spectrum, beta_phase_space, phase_space_integral
from numm_stats.physics.constants import ELECTRON_MASS_MEV
from numm_stats.sources.densities import PiecewiseLinear
from numm_stats.sources.lithium8 import (
    ENDPOINT_ABOVE_TWO_ALPHA_MEV,
    ENDPOINT_PROBABILITIES,
    beryllium8_line_shape,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.sources.solar_model import Process

__all__ = ["LINES", "beryllium8_strength", "boron8_spectrum", "solar_panels_mev", "solar_spectrum"]

# Energies [MeV] and shares of the electron captures; 7Be goes to 7Li and to its state at 0.4776 MeV
LINES: dict[Process, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "pep": ((1.442,), (1.0,)),
    "Be7": ((0.8613, 0.3843), (0.8952, 0.1048)),
}

# Endpoint [MeV], charge of the daughter (negative: positrons) and nucleons. The endpoints are those of Bahcall's public
# spectra; that of pp, 0.4202 at rest, has the mean thermal energy in it (Bahcall, Phys. Rev. C 56, 3391 (1997))
_POSITRONS: dict[Process, tuple[float, int, int]] = {
    "pp": (0.42341, -1, 2),
    "hep": (18.784, -2, 4),
    "N13": (1.199, -6, 13),
    "O15": (1.732, -7, 15),
    "F17": (1.740, -8, 17),
}

# 8B to the ground state of 8Be: 17.979 MeV between atoms (Lauritsen and Ajzenberg-Selove 1966, TUNL), which lies 0.0918
# above two alphas
_BORON_ENDPOINT_ABOVE_TWO_ALPHA_MEV = 17.979 - 2 * ELECTRON_MASS_MEV + 0.0918
_LITHIUM_Z, _BORON_Z, _MASS_NUMBER = 4, -4, 8

_ENERGIES = 2000
_PANELS = 16
_ENDPOINTS_PER_MEV = 20
_ROUNDS = 30  # after these the endpoint probabilities of 8Li are met to 1e-9


@lru_cache(maxsize=8)
def solar_spectrum(process: Process) -> PiecewiseLinear:
    """Spectrum of a process with a continuous one.

    N(E) proportional to E^2 F p W of the positron that takes the rest of the endpoint (see `physics.beta`).

    Args:
        process: One of `solar_model.PROCESSES`, but pep and Be7, which are lines.

    Returns:
        Spectrum [1/MeV], tabulated at 2000 energies, closer towards the endpoint, and normalised to one.

    Raises:
        InputError: The process has lines, or is none of them.

    >>> float(solar_spectrum("pp").energies_mev[-1]), round(solar_spectrum("pp").integral, 12)
    (0.42341, 1.0)
    """
    if process == "B8":
        return boron8_spectrum()
    if process not in _POSITRONS:
        raise InputError(f"no continuous spectrum of {process!r}; allowed: {', '.join([*_POSITRONS, 'B8'])}")
    endpoint, charge, nucleons = _POSITRONS[process]
    energies = _towards(endpoint, _ENERGIES)
    return _normalised(energies, antineutrino_spectrum(energies, endpoint, charge, nucleons))


@lru_cache(maxsize=1)
def boron8_spectrum() -> PiecewiseLinear:
    """Spectrum of 8B.

    N(E) = integral dQ B(Q') E^2 F p W(Q - E): the strength B of 8Be as a function of the energy of the alphas, see
    `beryllium8_strength`, with the phase space of 8B. Recoil and radiative corrections are left out: the public
    spectrum that has them (nucl-th/9601044) differs by less than 3 % where it exceeds a tenth of its maximum.

    Returns:
        Spectrum [1/MeV], tabulated at 2000 energies and normalised to one.

    >>> spectrum = boron8_spectrum()
    >>> float(np.trapezoid(spectrum.values * spectrum.energies_mev, spectrum.energies_mev).round(2))
    6.71
    """
    alphas, strength = beryllium8_strength()
    endpoints = _BORON_ENDPOINT_ABOVE_TWO_ALPHA_MEV - alphas
    top = float(endpoints.max())
    energies = _towards(top, _ENERGIES)
    kinetic = top * np.linspace(0.002, 1.0, 1500) ** 2
    far = 2 * top  # F p W: the phase space of an endpoint far above with its neutrino factor divided out
    table = beta_phase_space(kinetic, far, _BORON_Z, _MASS_NUMBER) / (far - kinetic) ** 2
    positrons = np.interp(endpoints - energies[:, None], kinetic, table, left=0.0)
    return _normalised(energies, energies**2 * (positrons @ strength))


@lru_cache(maxsize=1)
def beryllium8_strength() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Strength of the states of 8Be in beta decay, as 8Li shows it.

    The line shape of the first 2+ times a smooth factor, whose logarithm is linear between the middles of the 8Li
    endpoint bins: with the phase space of 8Li it gives the sixteen probabilities of `lithium8`. It stands for the
    higher 2+ levels and their interference, without which 8B would be 5 % too high in mean energy.

    Returns:
        Relative energies of the alphas [MeV] and strength at them, relative to the largest, which is near the
        doublet at 16.6 and 16.9 MeV; both of shape (320,).

    >>> alphas, strength = beryllium8_strength()
    >>> [float(strength[abs(alphas - energy).argmin()].round(3)) for energy in (1.1, 3.1, 7.1, 15.1)]
    [0.0, 0.061, 0.024, 0.459]
    """
    probabilities = np.asarray(ENDPOINT_PROBABILITIES)
    endpoints = (np.arange(probabilities.size * _ENDPOINTS_PER_MEV) + 0.5) / _ENDPOINTS_PER_MEV
    alphas = ENDPOINT_ABOVE_TWO_ALPHA_MEV - endpoints
    leptons = phase_space_integral(endpoints, _LITHIUM_Z, _MASS_NUMBER)
    line, middles = beryllium8_line_shape(alphas), np.arange(probabilities.size) + 0.5
    logarithms = np.zeros(probabilities.size)
    for _ in range(_ROUNDS):
        strength = line * np.exp(np.interp(endpoints, middles, logarithms))
        found = (strength * leptons).reshape(probabilities.size, -1).sum(axis=1)
        logarithms += np.log(probabilities * found.sum() / found)
        logarithms -= logarithms.max()
    return np.asarray(alphas), np.asarray(strength / strength.max())


def solar_panels_mev(spectrum: PiecewiseLinear) -> NDArray[np.float64]:
    """Edges between which a solar spectrum is smooth enough for Gauss-Legendre sums.

    Args:
        spectrum: As `solar_spectrum` returns it.

    Returns:
        Edges [MeV], shape (17,), closer towards the endpoint, where positrons cut the spectrum off.

    >>> solar_panels_mev(solar_spectrum("pp")).shape
    (17,)
    """
    return _towards(float(spectrum.energies_mev[-1]), _PANELS)


def _towards(endpoint_mev: float, intervals: int) -> NDArray[np.float64]:
    """Energies from zero to an endpoint, quadratically closer towards it."""
    return np.asarray(endpoint_mev * (1 - np.linspace(1.0, 0.0, intervals + 1) ** 2))


def _normalised(energies_mev: NDArray[np.float64], density: NDArray[np.float64]) -> PiecewiseLinear:
    """Straight lines with an integral of one."""
    return PiecewiseLinear(energies_mev, density / PiecewiseLinear(energies_mev, density).integral)
