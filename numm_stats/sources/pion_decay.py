"""Pions that decay at rest: a line of muon neutrinos, and the two continua of the muon's decay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.physics.constants import MUON_MASS_MEV
from numm_stats.sources.normalisation import Normalisation, ShapeOnly
from numm_stats.sources.source import Component, Continuum, Lines, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PION_MASS_MEV", "MichelSpectrum", "michel_endpoint_mev", "pion_decay_at_rest", "pion_line_mev"]

PION_MASS_MEV = 139.57039  # PDG 2022, the charged pion

_PANELS = 48  # a cubic: any number is exact, but the magnetic 1/E wants panels narrow beside the energy

# coefficients of x^2 and x^3 in the spectrum of x = E / E_max
_COEFFICIENTS = {"nu_e": (12.0, -12.0), "nu_mu_bar": (6.0, -4.0)}


def pion_line_mev() -> float:
    """Energy of the muon neutrino of pi+ -> mu+ nu_mu at rest, (m_pi^2 - m_mu^2) / (2 m_pi) [MeV].

    >>> round(pion_line_mev(), 2)
    29.79
    """
    return (PION_MASS_MEV**2 - MUON_MASS_MEV**2) / (2 * PION_MASS_MEV)


def michel_endpoint_mev() -> float:
    """Largest energy of a neutrino of the muon's decay at rest, m_mu / 2 with a massless electron [MeV].

    >>> round(michel_endpoint_mev(), 2)
    52.83
    """
    return MUON_MASS_MEV / 2


@dataclass(frozen=True, slots=True)
class MichelSpectrum:
    """Neutrinos of mu+ -> e+ nu_e nu_mu_bar at rest, normalised to one, electron mass neglected.

    With x = E / E_max: 12 x^2 (1 - x) of nu_e, 2 x^2 (3 - 2x) of nu_mu_bar (PDG review "Muon decay parameters";
    Burman, Nucl. Instrum. Meth. A 368, 416 (1996)), each divided by E_max.

    Attributes:
        flavour: "nu_e" or "nu_mu_bar".
    """

    flavour: Literal["nu_e", "nu_mu_bar"]

    def __post_init__(self) -> None:
        if self.flavour not in _COEFFICIENTS:
            message = f"no neutrino {self.flavour!r} in a muon's decay{nearest(str(self.flavour), _COEFFICIENTS)}; "
            raise InputError(message + f"allowed: {', '.join(_COEFFICIENTS)}")

    def __call__(self, energy_mev: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the spectrum at any energies [1/MeV], same shape.

        >>> MichelSpectrum("nu_mu_bar")(np.array([michel_endpoint_mev()])) * michel_endpoint_mev()
        array([2.])
        """
        square, cube = _COEFFICIENTS[self.flavour]
        x = np.asarray(energy_mev, dtype=np.float64) / michel_endpoint_mev()
        return np.where((x >= 0.0) & (x <= 1.0), x**2 * (square + cube * x), 0.0) / michel_endpoint_mev()


def pion_decay_at_rest(normalisation: Normalisation | None = None) -> Source:
    """A stopped-pion source: nu_mu of the pion, nu_e and nu_mu_bar of its muon, one of each for a decay.

    Args:
        normalisation: Neutrinos of each flavour; without it only the shape is known.

    Returns:
        A source with spectra per pion that decays [1/MeV].

    >>> [component.flavour for component in pion_decay_at_rest().components]
    ['nu_mu', 'nu_e', 'nu_mu_bar']
    """
    panels = np.linspace(0.0, michel_endpoint_mev(), _PANELS + 1)
    line = Component("nu_mu", lines=Lines(np.array([pion_line_mev()]), np.array([1.0])))
    muon = [Component(flavour, continuum=Continuum(panels, MichelSpectrum(flavour))) for flavour in _flavours()]
    note = "pi+ and mu+ decay at rest, electron mass and radiative corrections neglected"
    return Source("pion decay at rest", (line, *muon), normalisation or ShapeOnly(), note)


def _flavours() -> tuple[Literal["nu_e", "nu_mu_bar"], ...]:
    return ("nu_e", "nu_mu_bar")
