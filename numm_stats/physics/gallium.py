"""Capture of electron neutrinos on gallium-71: the cross section, and the rate of a radiochemical experiment."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "CROSS_SECTION_UNCERTAINTY",
    "MEASURED_RATE_SNU",
    "MEASURED_UNCERTAINTY_SNU",
    "SNU_PER_S",
    "THRESHOLD_MEV",
    "capture_cross_section",
    "capture_rate_snu",
]

THRESHOLD_MEV = 0.2332  # mass difference of 71Ge and 71Ga, Bahcall, Phys. Rev. C 56, 3391 (1997)
SNU_PER_S = 1e36  # a solar neutrino unit is 1e-36 captures per second and target atom

# SAGE, GALLEX and GNO together, arXiv:0901.2200; the theory of the cross section as in arXiv:1707.09355
MEASURED_RATE_SNU, MEASURED_UNCERTAINTY_SNU = 66.1, 3.1
CROSS_SECTION_UNCERTAINTY = 0.04

# Best estimates at single energies, Bahcall, Phys. Rev. C 56, 3391 (1997) [MeV, 1e-46 cm2]
_ENERGY_MEV = (
    0.24, 0.25, 0.275, 0.3, 0.325, 0.35, 0.375, 0.4, 0.425, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3,
    1.4, 1.5, 1.6, 1.7, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5, 10, 11, 12, 13,
    14, 15, 16, 18,
)  # fmt: skip
_SIGMA = (
    13.10, 13.57, 14.99, 16.62, 18.36, 20.18, 22.08, 24.06, 26.48, 28.62, 33.14, 43.0, 53.97, 68.48, 82.76,
    98.3, 122.6, 144.0, 167.2, 192.1, 224.3, 255.3, 288.6, 306.1, 397.2, 649.3, 990.5, 1464, 2129, 3074, 4380,
    6133, 8434, 11440, 15300, 20090, 25760, 32300, 39680, 47970, 57100, 77810, 101700, 128700, 158500, 191200,
    226400, 304000,
)  # fmt: skip
_SIGMA_UNIT_CM2 = 1e-46


def capture_cross_section(energy_mev: ArrayLike) -> NDArray[np.float64]:
    """Cross section of nu_e + 71Ga -> e- + 71Ge, all final states.

    A cubic spline of log(sigma) in log(E) through the 48 energies that Bahcall, Phys. Rev. C 56, 3391 (1997), chose for
    it; continued to the threshold below 0.24 MeV and beyond 18 MeV, where hep neutrinos end at 18.8 MeV.

    Args:
        energy_mev: Neutrino energy [MeV], any shape.

    Returns:
        Cross section [cm2], same shape; zero below the threshold of 0.2332 MeV.

    >>> f"{float(capture_cross_section(1.0)):.3e}"
    '9.830e-45'
    """
    energy = np.asarray(energy_mev, dtype=np.float64)
    above = energy >= THRESHOLD_MEV
    values = np.exp(_log_spline()(np.log(np.where(above, energy, 1.0))))
    return np.asarray(np.where(above, values, 0.0) * _SIGMA_UNIT_CM2)


def capture_rate_snu(
    energies_mev: ArrayLike, fluxes_per_cm2_s: ArrayLike, survival: ArrayLike = 1.0
) -> NDArray[np.float64]:
    """Rate of captures on gallium.

    R = sum_k flux_k P_ee(E_k) sigma(E_k): of lines, or of the nodes of a quadrature over a spectrum.

    Args:
        energies_mev: Neutrino energies [MeV], shape (..., k).
        fluxes_per_cm2_s: Flux in each line, or flux density times quadrature weight [1/cm2/s], broadcast.
        survival: Probability to arrive as nu_e, broadcast.

    Returns:
        Rate [SNU, 1e-36 captures/s/atom], shape (...).

    Raises:
        InputError: A flux is negative or not finite, or a probability is not one.

    >>> round(float(capture_rate_snu([0.8613, 0.3843], [4.41e9, 5.17e8])), 1)
    35.3
    """
    fluxes, chances = np.asarray(fluxes_per_cm2_s, dtype=np.float64), np.asarray(survival, dtype=np.float64)
    if not np.all(np.isfinite(fluxes) & (fluxes >= 0)):
        raise InputError("neutrino fluxes on gallium: allowed are finite numbers of zero or more, in 1/cm2/s")
    if not np.all((chances >= 0) & (chances <= 1)):
        raise InputError("survival probabilities on gallium: allowed are numbers from 0 to 1")
    rates = fluxes * chances * capture_cross_section(energies_mev)
    return np.asarray(rates.sum(axis=-1) * SNU_PER_S)


@lru_cache(maxsize=1)
def _log_spline() -> Any:
    """The spline of log(sigma) [1e-46 cm2] in log(E / MeV)."""
    from scipy.interpolate import CubicSpline  # noqa: PLC0415  only for gallium

    return CubicSpline(np.log(_ENERGY_MEV), np.log(_SIGMA))
