"""Antineutrinos of 8Li: the allowed beta decay to the broad first excited state of 8Be.

The final state has no sharp energy, so the decay is a mixture of beta endpoints. Three mixtures are offered:
the probabilities of sixteen endpoint bins, one level of 8Be in R-matrix theory, and a table of endpoints.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.physics.beryllium8 import ENDPOINT_PROBABILITIES
from numm_stats.physics.beta import beta_phase_space, phase_space_integral
from numm_stats.physics.constants import ALPHA_MASS_MEV
from numm_stats.physics.coulomb import penetrability_and_shift, sommerfeld_and_rho
from numm_stats.sources.densities import PiecewiseLinear
from numm_stats.sources.source import Continuum

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "ENDPOINT_ABOVE_TWO_ALPHA_MEV",
    "ENDPOINT_PROBABILITIES",
    "Lithium8Spectrum",
    "beryllium8_line_shape",
    "lithium8_continuum",
    "lithium8_from_endpoints",
]

Lithium8Spectrum = Literal["endpoints", "r-matrix"]

_Z_DAUGHTER, _MASS_NUMBER = 4, 8

_SUB_ENDPOINTS = 20  # in each bin of the endpoint probabilities, evenly spread

# Beta energy when 8Be breaks up at threshold: 16.0045 to its ground state, which lies 0.0918 above two alphas
ENDPOINT_ABOVE_TWO_ALPHA_MEV = 16.0963
# First 2+ of 8Be: relative energy of the alphas, observed width (Tilley et al., Nucl. Phys. A 745, 155); the
# channel radius is a convention of R-matrix fits
_RESONANCE_MEV, _WIDTH_MEV, _ORBITAL, _CHANNEL_RADIUS_FM = 3.122, 1.513, 2, 4.5

_R_MATRIX_POINTS = 320
_R_MATRIX_STEP_MEV = ENDPOINT_ABOVE_TWO_ALPHA_MEV / _R_MATRIX_POINTS

_GRID_STEP_MEV = 0.01
_PANEL_MEV = 0.5


@lru_cache(maxsize=2)
def lithium8_continuum(spectrum: str = "endpoints") -> Continuum:
    """Antineutrino spectrum of 8Li, one neutrino per decay.

    N(E) = sum over endpoints Q_i of p_i N_allowed(E; Q_i) with Z = 4, A = 8 (see `physics.beta`).

    Args:
        spectrum: "endpoints" (sixteen bins, mean 6.31 MeV) or "r-matrix" (one 2+ level, mean 6.63 MeV).

    Returns:
        Spectrum [1/MeV] up to 16 MeV.

    >>> float(lithium8_continuum().density(np.array(6.4)).round(3))
    0.14
    """
    if spectrum == "endpoints":
        return lithium8_from_endpoints(*_binned_endpoints(), spread_mev=1 / _SUB_ENDPOINTS)
    if spectrum == "r-matrix":
        return lithium8_from_endpoints(*_r_matrix_endpoints(), spread_mev=_R_MATRIX_STEP_MEV)
    names = get_args(Lithium8Spectrum)
    message = f"unknown 8Li spectrum {spectrum!r}{nearest(spectrum, names)}; allowed: {', '.join(names)}"
    raise InputError(message)


def lithium8_from_endpoints(
    endpoints_mev: ArrayLike, probabilities: ArrayLike, *, spread_mev: float = 0.0
) -> Continuum:
    """Antineutrino spectrum of 8Li from a table of endpoints.

    N(E) = sum_i p_i / (sum p) N_allowed(E; Q_i) with Z = 4, A = 8.

    Args:
        endpoints_mev: Beta endpoints Q_i [MeV], shape (n,), above zero.
        probabilities: Probability of each, any scale, shape (n,).
        spread_mev: Full width [MeV] over which each endpoint is spread evenly: the bins of a binned table.

    Returns:
        Spectrum [1/MeV], tabulated every 0.01 MeV and normalised to one.

    >>> float(lithium8_from_endpoints([13.0], [1.0]).panels_mev[-1])
    13.0
    """
    endpoints, chances = np.broadcast_arrays(np.asarray(endpoints_mev, float), np.asarray(probabilities, float))
    if not (np.all(endpoints > 0) and np.all(chances >= 0) and chances.sum() > 0):
        message = "8Li endpoint table: allowed are endpoints above zero with probabilities of zero or more"
        raise InputError(message)
    top = float(endpoints.max()) + spread_mev / 2
    energies = np.linspace(0.0, top, round(top / _GRID_STEP_MEV) + 1)
    weights = chances / phase_space_integral(endpoints, _Z_DAUGHTER, _MASS_NUMBER)
    density = energies**2 * (_electron_factor(endpoints - energies[:, None], spread_mev, top) @ weights)
    spectrum = PiecewiseLinear(energies, density / PiecewiseLinear(energies, density).integral)
    return Continuum(np.append(np.arange(0.0, top - 1e-9, _PANEL_MEV), top), spectrum)


def beryllium8_line_shape(energy_mev: ArrayLike) -> NDArray[np.float64]:
    """Final-state density of two alphas around the first 2+ level of 8Be, before the lepton phase space.

    rho(E) = gamma^2 P / {[E_r - E - gamma^2 (S - S(E_r))]^2 + (gamma^2 P)^2}, P and S for l = 2 at 4.5 fm;
    the reduced width follows from the observed one, Gamma = 2 gamma^2 P / (1 + gamma^2 dS/dE) at E_r
    (Lane and Thomas, Rev. Mod. Phys. 30, 257 (1958)).

    Args:
        energy_mev: Relative energy of the alphas [MeV], any shape, above zero.

    Returns:
        Density [1/MeV], same shape, not normalised.

    >>> float(beryllium8_line_shape(3.122).round(4))
    0.9865
    """
    penetrability, shift = _alpha_channel(energy_mev)
    at_resonance, shift_at_resonance = _alpha_channel(_RESONANCE_MEV)
    step = 1e-4
    slope = (_alpha_channel(_RESONANCE_MEV + step)[1] - _alpha_channel(_RESONANCE_MEV - step)[1]) / (2 * step)
    reduced_width = _WIDTH_MEV / (2 * at_resonance - _WIDTH_MEV * slope)
    detuning = _RESONANCE_MEV - np.asarray(energy_mev, float) - reduced_width * (shift - shift_at_resonance)
    half_width = reduced_width * np.maximum(penetrability, 0.0)
    return np.asarray(half_width / (detuning**2 + half_width**2))


def _alpha_channel(energy_mev: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Penetrability and shift of two alphas."""
    eta, rho = sommerfeld_and_rho(energy_mev, ALPHA_MASS_MEV / 2, 4, _CHANNEL_RADIUS_FM)
    return penetrability_and_shift(_ORBITAL, eta, rho)


def _binned_endpoints() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sixteen probabilities, each spread evenly over its bin."""
    per_bin = np.asarray(ENDPOINT_PROBABILITIES)
    endpoints = (np.arange(per_bin.size * _SUB_ENDPOINTS) + 0.5) / _SUB_ENDPOINTS
    return endpoints, np.repeat(per_bin / _SUB_ENDPOINTS, _SUB_ENDPOINTS)


def _r_matrix_endpoints() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Endpoints Q - E, weighted with the line shape times the lepton phase space."""
    excitation = (np.arange(_R_MATRIX_POINTS) + 0.5) * _R_MATRIX_STEP_MEV
    endpoints = ENDPOINT_ABOVE_TWO_ALPHA_MEV - excitation
    leptons = phase_space_integral(endpoints, _Z_DAUGHTER, _MASS_NUMBER)
    return np.asarray(endpoints, dtype=np.float64), beryllium8_line_shape(excitation) * leptons


def _electron_factor(kinetic_mev: NDArray[np.float64], spread_mev: float, top_mev: float) -> NDArray[np.float64]:
    """F p W of the electron, its energy spread evenly, from a table that is dense at low energy.

    Of a spread that reaches below zero only the part above counts, taken at that part's middle. The table is
    the phase space of an endpoint far above, with its neutrino factor divided out.
    """
    width = max(spread_mev, 1e-12)
    above = np.clip((kinetic_mev + width / 2) / width, 0.0, 1.0)
    middle = kinetic_mev + width / 2 * (1 - above)
    kinetic = top_mev * np.linspace(0.002, 1.0, 1500) ** 2
    far = 2 * top_mev
    table = beta_phase_space(kinetic, far, _Z_DAUGHTER, _MASS_NUMBER) / (far - kinetic) ** 2
    return np.asarray(above * np.interp(middle, kinetic, table))
