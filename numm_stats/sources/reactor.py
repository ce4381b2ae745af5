"""A nuclear reactor: antineutrinos of fission and of neutron capture on 238U, from thermal power and distance.

Spectra are per fission. Those of the four fissile isotopes include everything that their fragments emit until they are
stable or nearly so; neutrons that end in 238U add two antineutrinos of low energy each, from 239U and 239Np.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from numm_stats.errors import InputError, nearest
from numm_stats.physics.beta import antineutrino_spectrum
from numm_stats.physics.inverse_beta import THRESHOLD_MEV
from numm_stats.sources.normalisation import Flux
from numm_stats.sources.source import Component, Continuum, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

__all__ = [
    "CAPTURES_PER_FISSION",
    "ENERGY_PER_FISSION_MEV",
    "FISSION_FRACTIONS",
    "Fissile",
    "capture_antineutrinos",
    "energy_per_fission_mev",
    "fission_antineutrinos",
    "fissions_per_s",
    "reactor",
    "reactor_of_flux",
]

FloatArray = NDArray[np.float64]
Fissile = Literal["U235", "U238", "Pu239", "Pu241"]

MEV_PER_GJ: Final = 1e9 / 1.602176634e-13  # SI, exact

# Pressurised water reactors on average: Daya Bay, arXiv:1607.05378, recalled
FISSION_FRACTIONS: Final[dict[Fissile, float]] = {"U235": 0.561, "U238": 0.076, "Pu239": 0.307, "Pu241": 0.056}
# Heat, that of captures included, that of neutrinos not: Ma et al., arXiv:1212.6625, seen in a code that cites it
ENERGY_PER_FISSION_MEV: Final[dict[Fissile, float]] = {
    "U235": 202.36, "U238": 205.99, "Pu239": 211.12, "Pu241": 214.26,
}  # fmt: skip
CAPTURES_PER_FISSION: Final = 0.6  # by 238U: TEXONO, hep-ex/0605006, recalled

HIGHEST_MEV: Final = 10.0  # above 8 MeV the polynomials are extrapolated; 0.3 % of what inverse beta decay sees
JOINT_MEV: Final = 2.0  # table below, polynomials above; the spectrum of the average reactor rises there by 2 %

# ln(spectrum) as a polynomial in E [MeV], 2 to 8 MeV. 235U, 239Pu, 241Pu: Huber, arXiv:1106.0687, table III;
# 238U: Mueller et al., arXiv:1101.2663, table VI
_POLYNOMIALS: Final[dict[Fissile, tuple[float, ...]]] = {
    "U235": (4.367, -4.577, 2.100, -0.5294, 0.06186, -0.002777),
    "U238": (0.4833, 0.1927, -0.1283, -0.006762, 0.002233, -0.0001536),
    "Pu239": (4.757, -5.392, 2.563, -0.6596, 0.07820, -0.003536),
    "Pu241": (2.990, -2.882, 1.278, -0.3343, 0.03905, -0.001754),
}
# Vogel and Engel, Phys. Rev. D 39, 3378 (1989), table I, recalled and seen alike in a code that uses it: energies [MeV]
# and antineutrinos per MeV and fission
_LOW_MEV: Final = np.array([0.0, 7.813e-3, 1.563e-2, 3.12e-2, 6.25e-2, 0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0])
_LOW: Final[dict[Fissile, tuple[float, ...]]] = {
    "U235": (0.0, 0.024, 0.092, 0.35, 0.61, 1.98, 2.16, 2.66, 2.66, 2.41, 1.69, 1.26),
    "U238": (0.0, 0.089, 0.35, 1.32, 0.65, 2.02, 2.18, 2.91, 2.96, 2.75, 1.97, 1.50),
    "Pu239": (0.0, 0.14, 0.56, 2.13, 0.64, 1.99, 2.08, 2.63, 2.58, 2.32, 1.48, 1.08),
    "Pu241": (0.0, 0.20, 0.79, 3.00, 0.59, 1.85, 2.14, 2.82, 2.90, 2.63, 1.75, 1.32),
}
# Charge of the daughter, then endpoint [MeV] and percent of 239U and 239Np, ENSDF, recalled; all taken as allowed, and
# the weak branches of 239U as one of 0.4 MeV
_CAPTURE_BETAS: Final = (
    (93, ((1.2617, 19.0), (1.2304, 4.0), (1.1871, 73.0), (0.4, 4.0))),
    (94, ((0.7149, 4.0), (0.6650, 2.0), (0.4373, 45.0), (0.3922, 7.0), (0.3309, 40.5), (0.2110, 1.5))),
)


def fission_antineutrinos(energy_mev: ArrayLike, isotope: str) -> FloatArray:
    """Antineutrinos of one fission and of all decays that follow it.

    exp(sum over p = 0..5 of a_p E^p) from 2 to 10 MeV: Huber, arXiv:1106.0687, and for 238U Mueller et al.,
    arXiv:1101.2663; below, straight lines through the table of Vogel and Engel, Phys. Rev. D 39, 3378 (1989).

    Args:
        energy_mev: Neutrino energy [MeV], any shape.
        isotope: One of `Fissile`.

    Returns:
        Spectrum [1/MeV per fission], same shape; zero above 10 MeV.

    Raises:
        InputError: The isotope is not one of the four.

    >>> fission_antineutrinos([0.5, 4.0], "U235").round(3).tolist()
    [2.66, 0.292]
    """
    energy = np.asarray(energy_mev, dtype=np.float64)
    name = _checked_isotope(isotope)
    inside = np.clip(energy, JOINT_MEV, HIGHEST_MEV)
    high = np.exp(np.polynomial.polynomial.polyval(inside, np.asarray(_POLYNOMIALS[name])))
    low = np.interp(energy, _LOW_MEV, _LOW[name], left=0.0)
    return np.where(energy < JOINT_MEV, low, np.where(energy <= HIGHEST_MEV, high, 0.0))


def capture_antineutrinos(energy_mev: ArrayLike) -> FloatArray:
    """Antineutrinos that follow the capture of a neutron by 238U, those of 239U and 239Np in equilibrium.

    Args:
        energy_mev: Neutrino energy [MeV], any shape.

    Returns:
        Spectrum [1/MeV per capture], same shape; its integral is 2.

    >>> float(capture_antineutrinos(1.3))
    0.0
    """
    energy = np.asarray(energy_mev, dtype=np.float64)
    total = np.zeros_like(energy)
    for charge, branches in _CAPTURE_BETAS:
        for endpoint, percent in branches:
            total += percent / 100 * antineutrino_spectrum(energy, endpoint, charge, 239)
    return total


def energy_per_fission_mev(fractions: Mapping[Fissile, float] | None = None) -> float:
    """Thermal energy that a reactor gains from one fission on average.

    Args:
        fractions: Share of each isotope in all fissions; `FISSION_FRACTIONS` when None.

    Returns:
        Energy [MeV].

    Raises:
        InputError: The fractions are not those of the four isotopes, or do not add up to 1.

    >>> round(energy_per_fission_mev(), 2)
    205.99
    """
    shares = _checked_fractions(fractions)
    return sum(share * ENERGY_PER_FISSION_MEV[isotope] for isotope, share in shares.items())


def fissions_per_s(thermal_power_gw: float, fractions: Mapping[Fissile, float] | None = None) -> float:
    """Fissions in a reactor.

    Args:
        thermal_power_gw: Thermal, not electric, power [GW].
        fractions: As in `energy_per_fission_mev`.

    Returns:
        Rate [1/s].

    Raises:
        InputError: The power is not above zero, or as in `energy_per_fission_mev`.

    >>> f"{fissions_per_s(1.0):.3e}"
    '3.030e+19'
    """
    return _positive("thermal power", thermal_power_gw, "GW") * MEV_PER_GJ / energy_per_fission_mev(fractions)


@dataclass(frozen=True, slots=True)
class _Fission:
    """Antineutrinos per MeV of the average fission."""

    shares: tuple[tuple[Fissile, float], ...]

    def __call__(self, energy_mev: FloatArray) -> FloatArray:
        return np.asarray(sum(share * fission_antineutrinos(energy_mev, isotope) for isotope, share in self.shares))


@dataclass(frozen=True, slots=True)
class _Captures:
    """Antineutrinos per MeV of the captures that go with one fission."""

    per_fission: float

    def __call__(self, energy_mev: FloatArray) -> FloatArray:
        return self.per_fission * capture_antineutrinos(energy_mev)


def reactor(
    thermal_power_gw: float,
    distance_m: float,
    fractions: Mapping[Fissile, float] | None = None,
    *,
    captures_per_fission: float = CAPTURES_PER_FISSION,
    name: str = "reactor",
) -> Source:
    """A reactor of known power, seen from afar as a point.

    Flux = (P / E_f) / (4 pi L^2) times the spectra per fission of `fission_antineutrinos` and `capture_antineutrinos`,
    E_f of `energy_per_fission_mev`. Oscillations are left out: use it below 100 m or so.

    Args:
        thermal_power_gw: Thermal, not electric, power P [GW].
        distance_m: Distance L from the centre of the core [m].
        fractions: As in `energy_per_fission_mev`.
        captures_per_fission: Neutrons captured by 238U per fission; zero leaves their antineutrinos out.
        name: Short name, used in messages.

    Returns:
        A source of nu_e_bar, a component of fission and one of captures, with spectra per fission [1/MeV] and the
        fissions of the normalisation [1/cm2/s].

    Raises:
        InputError: A number is out of its range, or as in `energy_per_fission_mev`.

    >>> gemma = reactor(3.0, 13.9)
    >>> f"{gemma.normalisation.per_cm2_s:.2e}"
    '3.74e+12'
    """
    radius_cm = 100 * _positive("distance from the reactor", distance_m, "m")
    per_cm2_s = fissions_per_s(thermal_power_gw, fractions) / (4 * math.pi * radius_cm**2)
    note = f"{thermal_power_gw:g} GW at {distance_m:g} m; {_SPECTRA}"
    return Source(name, _components(_checked_fractions(fractions), captures_per_fission), Flux(per_cm2_s), note)


def reactor_of_flux(
    flux_per_cm2_s: float,
    fractions: Mapping[Fissile, float] | None = None,
    *,
    captures_per_fission: float = CAPTURES_PER_FISSION,
    name: str = "reactor",
) -> Source:
    """A reactor whose total flux is known, as experiments publish it.

    TEXONO and GEMMA publish 5 to 7 % more than `reactor` gives: they count the betas of a fission, 6.0 on average, of
    which the spectra of `reactor` hold 5.6. Scaled to their flux, the spectra are larger by that at all energies.

    Args:
        flux_per_cm2_s: Antineutrinos of all energies [1/cm2/s].
        fractions: As in `energy_per_fission_mev`.
        captures_per_fission: As in `reactor`.
        name: Short name, used in messages.

    Returns:
        The source of `reactor`, scaled to the flux.

    Raises:
        InputError: As in `reactor`.

    >>> texono = reactor_of_flux(6.4e12)
    >>> f"{texono.normalisation.per_cm2_s:.1e}"
    '9.4e+11'
    """
    flux = _positive("flux of the reactor", flux_per_cm2_s, "1/cm2/s")
    parts = _components(_checked_fractions(fractions), captures_per_fission)
    per_fission = sum(float(part.quadrature(0.0)[1].sum()) for part in parts)
    return Source(name, parts, Flux(flux / per_fission), f"{flux_per_cm2_s:g} per cm2 and s; {_SPECTRA}")


_SPECTRA: Final = "arXiv:1106.0687, 238U arXiv:1101.2663, below 2 MeV Phys. Rev. D 39, 3378"


def _components(shares: dict[Fissile, float], captures_per_fission: float) -> tuple[Component, ...]:
    """Fission, and captures unless there are none."""
    if not (math.isfinite(captures_per_fission) and captures_per_fission >= 0):
        message = f"captures per fission: {captures_per_fission}; allowed: a finite number of zero or more"
        raise InputError(message)
    edges = np.union1d(np.append(_LOW_MEV, THRESHOLD_MEV), np.arange(JOINT_MEV, HIGHEST_MEV + 0.25, 0.5))
    fission = Component("nu_e_bar", continuum=Continuum(edges, _Fission(tuple(shares.items()))))
    if captures_per_fission == 0:
        return (fission,)
    ends = [0.0, *sorted(endpoint for _, branches in _CAPTURE_BETAS for endpoint, _ in branches)]
    return fission, Component("nu_e_bar", continuum=Continuum(np.asarray(ends), _Captures(captures_per_fission)))


def _checked_isotope(isotope: str) -> Fissile:
    """The isotope, if it is one of the four."""
    names: tuple[Fissile, ...] = get_args(Fissile)
    for name in names:
        if isotope == name:
            return name
    raise InputError(f"unknown fissile isotope {isotope!r}{nearest(str(isotope), names)}; allowed: {', '.join(names)}")


def _checked_fractions(fractions: Mapping[Fissile, float] | None) -> dict[Fissile, float]:
    """Fission fractions that add up to one."""
    given = FISSION_FRACTIONS if fractions is None else fractions
    shares = {_checked_isotope(isotope): float(share) for isotope, share in given.items()}
    for isotope, share in shares.items():
        if not (math.isfinite(share) and 0 <= share <= 1):
            raise InputError(f"fission fraction of {isotope}: {share}; allowed: a number from 0 to 1")
    if abs(sum(shares.values()) - 1) > 2e-3:  # published ones are rounded
        raise InputError(f"fission fractions add up to {sum(shares.values()):g}; allowed: 1 within 0.002")
    return shares


def _positive(what: str, value: float, unit: str) -> float:
    """The value, if it is finite and above zero."""
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"{what} is {value} {unit}; allowed: a finite number above zero")
    return value
