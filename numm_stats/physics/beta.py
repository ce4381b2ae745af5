"""Beta decay: the spectra of the electron and of its antineutrino, from theory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import loggamma

from numm_stats.errors import InputError
from numm_stats.physics.constants import ELECTRON_MASS_MEV, FINE_STRUCTURE, HBAR_C_MEV_FM

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "BetaShape",
    "antineutrino_spectrum",
    "beta_phase_space",
    "beta_spectrum",
    "coulomb_ratio",
    "fermi_function",
    "mean_kinetic_energy_mev",
    "nuclear_radius_fm",
    "phase_space_integral",
]

FloatArray = NDArray[np.float64]
BetaShape = Literal["allowed", "unique", "third-unique"] | Callable[[FloatArray], FloatArray]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
# T = Q u^2 takes the square-root start of the spectrum out of the integral
_UNIT = ((_NODES + 1) / 2) ** 2
_UNIT_WEIGHTS = _WEIGHTS * (_NODES + 1) / 2


def nuclear_radius_fm(mass_number: float) -> float:
    """Radius at which the Fermi function is taken.

    R = 1.2 A^(1/3) fm, the usual uniform sphere; a tenth more moves mean energies by less than 2e-4.

    Args:
        mass_number: Nucleons of the daughter.

    Returns:
        Radius [fm].

    >>> round(nuclear_radius_fm(40), 3)
    4.104
    """
    return float(1.2 * mass_number ** (1 / 3))


def fermi_function(kinetic_mev: ArrayLike, z_daughter: int, mass_number: int) -> FloatArray:
    """Enhancement of the electron wave function at the nuclear surface, relativistic.

    F = 2 (1 + g) (2 p R)^(2 g - 2) e^(pi eta) |Gamma(g + i eta)|^2 / Gamma(2 g + 1)^2,
    g = sqrt(1 - (alpha Z)^2), eta = alpha Z W / p (Behrens and Janecke, Landolt-Boernstein I/4).

    Args:
        kinetic_mev: Kinetic energy of the electron [MeV], any shape, above zero.
        z_daughter: Charge of the daughter; negative for positron emission.
        mass_number: Nucleons of the daughter, which set the radius.

    Returns:
        Dimensionless factor, same shape; 1 for Z = 0.

    >>> float(fermi_function(1.0, 0, 14))
    1.0
    >>> bool(fermi_function(1.0, 40, 90) > fermi_function(1.0, 20, 42))
    True
    """
    kinetic = np.asarray(kinetic_mev, dtype=np.float64)
    return np.asarray(np.exp(_log_generalised_fermi(kinetic, 1, z_daughter, mass_number)))


def coulomb_ratio(kinetic_mev: ArrayLike, z_daughter: int, mass_number: int, order: int = 2) -> FloatArray:
    """lambda_k, the Coulomb factor of an electron of higher orbital momentum relative to the s-wave one.

    Ratio of the generalised Fermi functions with k = 2 (p wave), 3 or 4 and with k = 1 (Behrens and Janecke).

    Args:
        kinetic_mev: Kinetic energy of the electron [MeV], any shape, above zero.
        z_daughter: Charge of the daughter; negative for positron emission.
        mass_number: Nucleons of the daughter.
        order: k, 2 to 4.

    Returns:
        Dimensionless factor, same shape; 1 for Z = 0.

    >>> round(float(coulomb_ratio(1.0, 0, 90)), 12)
    1.0
    """
    kinetic = np.asarray(kinetic_mev, dtype=np.float64)
    higher, s_wave = (_log_generalised_fermi(kinetic, k, z_daughter, mass_number) for k in (order, 1))
    return np.asarray(np.exp(higher - s_wave))


def _log_generalised_fermi(kinetic: FloatArray, order: int, z_daughter: int, mass_number: int) -> FloatArray:
    """Logarithm of F_(k-1) of Behrens and Janecke; `order` is k = 1 to 4; F is 1 without charge."""
    total = kinetic + ELECTRON_MASS_MEV
    momentum = np.sqrt(kinetic * (kinetic + 2 * ELECTRON_MASS_MEV))
    strength = FINE_STRUCTURE * z_daughter
    gamma = np.sqrt(order**2 - strength**2)
    eta = strength * total / momentum
    radial = 2 * (gamma - order) * np.log(2 * momentum * nuclear_radius_fm(mass_number) / HBAR_C_MEV_FM)
    gammas = 2 * (loggamma(gamma + 1j * eta).real - loggamma(2 * gamma + 1))
    double_factorial = {1: 1.0, 2: 3.0, 3: 15.0, 4: 105.0}[order]
    factor = (order * double_factorial) ** 2 * 4.0**order * (order + gamma) / (2 * order)
    return np.asarray(np.log(factor) + radial + np.pi * eta + gammas)


def beta_phase_space(
    kinetic_mev: ArrayLike,
    endpoint_mev: ArrayLike,
    z_daughter: int,
    mass_number: int,
    shape: BetaShape = "allowed",
) -> FloatArray:
    """Electron spectrum before normalisation.

    F(Z, W) p W (Q - T)^2 C(T); with q = Q - T, C = 1 when allowed, q^2 + lambda_2 p^2 when unique first-forbidden,
    q^6 + 7 lambda_2 q^4 p^2 + 7 lambda_3 q^2 p^4 + lambda_4 p^6 when unique third-forbidden (Behrens and Janecke).

    Args:
        kinetic_mev: Kinetic energy of the electron [MeV], broadcast against the endpoint.
        endpoint_mev: Largest kinetic energy Q [MeV].
        z_daughter: Charge of the daughter; negative for positron emission.
        mass_number: Nucleons of the daughter.
        shape: "allowed", "unique", "third-unique", or a function of the kinetic energy array [MeV] that returns C.

    Returns:
        Spectrum [MeV^4, times the unit of C], broadcast shape; zero outside 0 < T < Q.

    >>> beta_phase_space([-0.1, 0.2], 0.1565, 7, 14).tolist()
    [0.0, 0.0]
    """
    kinetic, endpoint = np.asarray(kinetic_mev, dtype=np.float64), np.asarray(endpoint_mev, dtype=np.float64)
    inside = (kinetic > 0) & (kinetic < endpoint)
    safe = np.where(inside, kinetic, ELECTRON_MASS_MEV)
    momentum2 = safe * (safe + 2 * ELECTRON_MASS_MEV)
    neutrino = np.where(inside, endpoint - kinetic, 0.0)
    spectrum = fermi_function(safe, z_daughter, mass_number) * np.sqrt(momentum2) * (safe + ELECTRON_MASS_MEV)
    factor = _shape_factor(safe, neutrino, z_daughter, mass_number, shape)
    return np.where(inside, spectrum * neutrino**2 * factor, 0.0)


def _shape_factor(
    kinetic: FloatArray, neutrino: FloatArray, z_daughter: int, mass_number: int, shape: BetaShape
) -> FloatArray:
    """C(T) of the decay."""
    name: object = shape
    if callable(shape):
        return shape(kinetic)
    if name == "allowed":
        return np.ones_like(kinetic)
    if name == "unique":
        momentum2 = kinetic * (kinetic + 2 * ELECTRON_MASS_MEV)
        return np.asarray(neutrino**2 + coulomb_ratio(kinetic, z_daughter, mass_number) * momentum2)
    if name == "third-unique":
        return _third_unique(kinetic, neutrino, z_daughter, mass_number)
    names = "'allowed', 'unique', 'third-unique'"
    message = f"unknown beta shape {shape!r}; allowed: {names}, or a function of the kinetic energy"
    raise InputError(message)


def _third_unique(kinetic: FloatArray, neutrino: FloatArray, z_daughter: int, mass_number: int) -> FloatArray:
    """C(T) of a unique third-forbidden decay: sum over k of 7! / [(2k - 1)! (9 - 2k)!] lambda_k p^(2k-2) q^(8-2k)."""
    momentum2 = kinetic * (kinetic + 2 * ELECTRON_MASS_MEV)
    terms = [neutrino**6]
    for order, binomial in ((2, 7), (3, 7), (4, 1)):
        ratio = coulomb_ratio(kinetic, z_daughter, mass_number, order)
        terms.append(binomial * ratio * momentum2 ** (order - 1) * neutrino ** (8 - 2 * order))
    return np.asarray(sum(terms))


def phase_space_integral(
    endpoint_mev: ArrayLike, z_daughter: int, mass_number: int, shape: BetaShape = "allowed", moment: int = 0
) -> FloatArray:
    """Integral of `beta_phase_space` times T^moment over the electron's kinetic energy.

    Args:
        endpoint_mev: Largest kinetic energy Q [MeV], any shape, above zero.
        z_daughter: Charge of the daughter; negative for positron emission.
        mass_number: Nucleons of the daughter.
        shape: As in `beta_phase_space`.
        moment: Power of the kinetic energy under the integral.

    Returns:
        Integral [MeV^(5 + moment), times the unit of C], same shape.

    >>> round(float(phase_space_integral(2.0, 0, 1) / phase_space_integral(1.0, 0, 1)), 2)
    17.93
    """
    endpoint = np.asarray(endpoint_mev, dtype=np.float64)
    if not np.all(endpoint > 0):
        message = f"beta endpoint is {endpoint.min()} MeV; allowed: above zero"
        raise InputError(message)
    kinetic = endpoint[..., None] * _UNIT
    values = beta_phase_space(kinetic, endpoint[..., None], z_daughter, mass_number, shape)
    return np.asarray((values * kinetic**moment * _UNIT_WEIGHTS).sum(axis=-1) * endpoint)


def beta_spectrum(
    kinetic_mev: ArrayLike,
    endpoint_mev: ArrayLike,
    z_daughter: int,
    mass_number: int,
    shape: BetaShape = "allowed",
) -> FloatArray:
    """Spectrum of the emitted electron or positron, one per decay.

    `beta_phase_space` divided by its integral over kinetic energy.

    Args:
        kinetic_mev: Kinetic energy of the electron [MeV], broadcast against the endpoint.
        endpoint_mev: Largest kinetic energy Q [MeV].
        z_daughter: Charge of the daughter; negative for positron emission.
        mass_number: Nucleons of the daughter.
        shape: As in `beta_phase_space`.

    Returns:
        Spectrum [1/MeV], broadcast shape; zero outside 0 < T < Q.

    >>> round(float(beta_spectrum(0.05, 0.1565, 7, 14)), 2)
    10.14
    """
    spectrum = beta_phase_space(kinetic_mev, endpoint_mev, z_daughter, mass_number, shape)
    return np.asarray(spectrum / phase_space_integral(endpoint_mev, z_daughter, mass_number, shape))


def antineutrino_spectrum(
    energy_mev: ArrayLike,
    endpoint_mev: ArrayLike,
    z_daughter: int,
    mass_number: int,
    shape: BetaShape = "allowed",
) -> FloatArray:
    """Spectrum of the neutrino that shares the endpoint with the electron, one per decay.

    N(E) = beta_spectrum(Q - E): the recoil of the nucleus is neglected.

    Args:
        energy_mev: Neutrino energy [MeV], broadcast against the endpoint.
        endpoint_mev: Largest kinetic energy Q [MeV].
        z_daughter: Charge of the daughter; negative for positron emission.
        mass_number: Nucleons of the daughter.
        shape: As in `beta_phase_space`.

    Returns:
        Spectrum [1/MeV], broadcast shape; zero outside 0 < E < Q.

    >>> float(antineutrino_spectrum(0.2, 0.1565, 7, 14))
    0.0
    """
    kinetic = np.asarray(endpoint_mev, dtype=np.float64) - np.asarray(energy_mev, dtype=np.float64)
    return beta_spectrum(kinetic, endpoint_mev, z_daughter, mass_number, shape)


def mean_kinetic_energy_mev(
    endpoint_mev: float, z_daughter: int, mass_number: int, shape: BetaShape = "allowed"
) -> float:
    """Mean kinetic energy of the emitted electron or positron.

    Args:
        endpoint_mev: Largest kinetic energy Q [MeV].
        z_daughter: Charge of the daughter; negative for positron emission.
        mass_number: Nucleons of the daughter.
        shape: As in `beta_phase_space`.

    Returns:
        Mean energy [MeV].

    >>> round(mean_kinetic_energy_mev(0.1565, 7, 14), 4)
    0.0494
    """
    first = phase_space_integral(endpoint_mev, z_daughter, mass_number, shape, moment=1)
    return float(first / phase_space_integral(endpoint_mev, z_daughter, mass_number, shape))
