"""IsoDAR: a cyclotron's protons make neutrons, these make 8Li, and its decays make electron antineutrinos."""

from __future__ import annotations

from numm_stats.sources.lithium8 import lithium8_continuum
from numm_stats.sources.normalisation import Emission
from numm_stats.sources.source import Component, Source

__all__ = ["ANTINEUTRINOS_PER_YEAR", "isodar"]

ANTINEUTRINOS_PER_YEAR = 1.29e23 / 5  # 1.29e23 in five years of running: arXiv:1307.5081, arXiv:2111.09480


def isodar(spectrum: str = "endpoints") -> Source:
    """The IsoDAR source, taken as a point.

    1.29e23 antineutrinos in five years (arXiv:1307.5081, arXiv:2111.09480) with the spectrum of 8Li.

    Args:
        spectrum: "endpoints" or "r-matrix", see `lithium8.lithium8_continuum`.

    Returns:
        A source of nu_e_bar with spectra per neutrino [1/MeV].

    >>> isodar().name, isodar().components[0].flavour
    ('isodar', 'nu_e_bar')
    """
    component = Component("nu_e_bar", continuum=lithium8_continuum(spectrum))
    note = f"1.29e23 antineutrinos in 5 years, arXiv:1307.5081 and arXiv:2111.09480; 8Li spectrum: {spectrum}"
    return Source("isodar", (component,), Emission(ANTINEUTRINOS_PER_YEAR), note)
