"""Penetrability and shift of a charged-particle channel, for R-matrix line shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import ComputationError
from numm_stats.physics.constants import FINE_STRUCTURE, HBAR_C_MEV_FM

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["penetrability_and_shift", "sommerfeld_and_rho"]

_MAX_TERMS = 20_000
_TOLERANCE = 1e-14


def sommerfeld_and_rho(
    energy_mev: ArrayLike, reduced_mass_mev: float, charge_product: float, radius_fm: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sommerfeld parameter eta and rho = k R of two particles.

    k = sqrt(2 m E), eta = Z1 Z2 alpha m / k (Lane and Thomas, Rev. Mod. Phys. 30, 257 (1958), Sec. III.4).

    Args:
        energy_mev: Kinetic energy in the centre of mass [MeV], any shape, above zero.
        reduced_mass_mev: Reduced mass m [MeV].
        charge_product: Z1 Z2.
        radius_fm: Channel radius R [fm].

    Returns:
        eta and rho, dimensionless, same shape.

    >>> eta, rho = sommerfeld_and_rho(3.122, 1863.69, 4, 4.5)
    >>> round(float(eta), 3), round(float(rho), 3)
    (0.504, 2.46)
    """
    wave_number = np.sqrt(2 * reduced_mass_mev * np.asarray(energy_mev, dtype=np.float64))
    eta = charge_product * FINE_STRUCTURE * reduced_mass_mev / wave_number
    return np.asarray(eta), np.asarray(wave_number * radius_fm / HBAR_C_MEV_FM)


def penetrability_and_shift(
    orbital: int, eta: ArrayLike, rho: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Penetrability P_l and shift function S_l at the channel radius.

    S + i P = rho H'/H with the outgoing Coulomb wave H = G + i F (Lane and Thomas, Rev. Mod. Phys. 30, 257
    (1958), Sec. III.4); the logarithmic derivative by Steed's continued fraction CF2 (Barnett, Feng, Steed,
    Goldfarb, Comput. Phys. Commun. 8, 377 (1974)). Deep under the barrier P is lost to rounding below 1e-12.

    Args:
        orbital: Orbital angular momentum l.
        eta: Sommerfeld parameter, broadcast against rho.
        rho: Wave number times channel radius, above zero.

    Returns:
        P and S, dimensionless, broadcast shape.

    >>> p, s = penetrability_and_shift(1, 0.0, 2.0)
    >>> round(float(p), 12), round(float(s), 12)  # rho^3 / (1 + rho^2) and -1 / (1 + rho^2)
    (1.6, -0.2)
    """
    sommerfeld, radial = np.broadcast_arrays(np.asarray(eta, dtype=np.float64), np.asarray(rho, dtype=np.float64))
    derivative = _logarithmic_derivative(orbital, sommerfeld, radial) * radial
    return np.asarray(derivative.imag), np.asarray(derivative.real)


def _logarithmic_derivative(orbital: int, eta: NDArray[np.float64], rho: NDArray[np.float64]) -> NDArray[np.complex128]:
    """H'/H = i (1 - eta/rho) + (i/rho) K, K = a b / (2 (rho - eta + i) + (a+1)(b+1) / (... ))."""
    a, b = 1 + orbital + 1j * eta, -orbital + 1j * eta
    step = 2 * (rho - eta + 1j)
    denominator = 1 / step
    change = a * b * denominator
    total = change
    for n in range(1, _MAX_TERMS):
        coefficient = (a + n) * (b + n)
        step = step + 2j
        denominator = 1 / (step + coefficient * denominator)
        change = (step * denominator - 1) * change
        total = total + change
        if np.all(np.abs(change) <= _TOLERANCE * np.abs(total)):
            return np.asarray(1j * (1 - eta / rho) + 1j / rho * total)
    message = f"Coulomb functions did not converge for rho down to {rho.min():.3g}; try a larger energy or radius"
    raise ComputationError(message)
