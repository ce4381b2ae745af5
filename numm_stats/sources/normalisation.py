"""What the spectra of a source are per, and what turns them into neutrinos per cm2."""

from __future__ import annotations

import math
from dataclasses import dataclass

from numm_stats.errors import InputError
from numm_stats.physics.constants import SECONDS_PER_YEAR

__all__ = ["Emission", "Flux", "Normalisation", "PerPot", "ShapeOnly", "fluence_per_cm2"]


@dataclass(frozen=True, slots=True)
class Emission:
    """An isotropic source with spectra per neutrino.

    Attributes:
        per_year: Neutrinos emitted into the full solid angle [1/year].
    """

    per_year: float


@dataclass(frozen=True, slots=True)
class Flux:
    """A flux that is the same everywhere in the detector.

    Attributes:
        per_cm2_s: What the spectra are multiplied with [1/cm2/s]; 1 when they are absolute already.
    """

    per_cm2_s: float = 1.0


@dataclass(frozen=True, slots=True)
class PerPot:
    """A beam with spectra per cm2, MeV and proton on target."""


@dataclass(frozen=True, slots=True)
class ShapeOnly:
    """Spectra of unknown size: only of use with a stated number of events."""


Normalisation = Emission | Flux | PerPot | ShapeOnly


def fluence_per_cm2(
    normalisation: Normalisation,
    *,
    years: float | None = None,
    pot: float | None = None,
    mean_inverse_square_cm2: float | None = None,
) -> float:
    """Factor that turns the spectra of a source into neutrinos per cm2 and MeV in the detector.

    Emission: N years <1/r^2> / (4 pi); flux: flux x seconds; beam: protons on target.

    Args:
        normalisation: What the spectra are per.
        years: Live time of 365.25 days each [years]; for an emission or a flux.
        pot: Protons on target; for a beam.
        mean_inverse_square_cm2: Mean of 1/r^2 over the detector, r from the source [1/cm2]; for an emission.

    Returns:
        The factor, [1/cm2] for spectra per neutrino.

    Raises:
        InputError: Something that this normalisation needs is missing or not above zero.

    >>> f"{fluence_per_cm2(Flux(1.0), years=1.0):.5e}"
    '3.15576e+07'
    """
    match normalisation:
        case Emission(per_year):
            solid = _needed(mean_inverse_square_cm2, "detector.distance_m", "an isotropic source")
            return per_year * _needed(years, "exposure.years", "an isotropic source") * solid / (4 * math.pi)
        case Flux(per_cm2_s):
            return per_cm2_s * _needed(years, "exposure.years", "a flux") * SECONDS_PER_YEAR
        case PerPot():
            return _needed(pot, "exposure.pot", "a beam")
        case ShapeOnly():
            message = "this source is a shape without a size: state the expected number of events (exposure.events)"
            raise InputError(message)


def _needed(value: float | None, key: str, what: str) -> float:
    """The value, or the name of the key that should have given it."""
    if value is None:
        message = f"{key} is missing: the number of neutrinos from {what} depends on it"
        raise InputError(message)
    if not (math.isfinite(value) and value > 0):
        message = f"{key} gives {value}; allowed: a finite number above zero"
        raise InputError(message)
    return value
