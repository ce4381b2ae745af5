"""The Sun as a source: the fluxes of a standard solar model, converted in matter on their way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.physics.flavours import checked_flavour
from numm_stats.physics.gallium import THRESHOLD_MEV, capture_rate_snu
from numm_stats.physics.mixing import Mixing
from numm_stats.physics.oscillation import family_probabilities
from numm_stats.sources.densities import PiecewiseLinear
from numm_stats.sources.normalisation import Flux
from numm_stats.sources.solar_model import (
    PROCESSES,
    checked_processes,
    mean_electron_density,
    production_electron_densities,
    solar_flux,
)
from numm_stats.sources.solar_spectra import LINES, solar_panels_mev, solar_spectrum
from numm_stats.sources.source import Component, Continuum, Lines, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from numm_stats.physics.flavours import Family
    from numm_stats.sources.solar_model import Process

    Probabilities = Callable[[NDArray[np.float64]], dict[Family, NDArray[np.float64]]]

__all__ = ["Oscillation", "Production", "gallium_rates_snu", "solar"]

Oscillation = Literal["msw-lma", "none"]
Production = Literal["distribution", "mean"]

_PDG = Mixing()


def solar(
    metallicity: str = "gs98",
    components: Iterable[str] = PROCESSES,
    *,
    oscillation: str = "msw-lma",
    production: str = "distribution",
    mixing: Mixing = _PDG,
) -> Source:
    """Neutrinos from the Sun at the Earth.

    Fluxes of B16 (arXiv:1611.09867), spectra of `solar_spectra`, flavours of `physics.oscillation`; one astronomical
    unit from the Sun, without regeneration in the Earth.

    Args:
        metallicity: "gs98" or "agss09met".
        components: Some of `solar_model.PROCESSES`.
        oscillation: "msw-lma", or "none": all arrive as nu_e.
        production: "distribution" averages the conversion over where neutrinos are made, "mean" takes the mean
            electron density.
        mixing: Angles and mass splitting.

    Returns:
        A source with one component for each process and flavour, spectra [1/cm2/s/MeV], lines [1/cm2/s].

    Raises:
        InputError: A name is unknown.

    >>> [(c.flavour, float(c.lines.intensities.sum().round(-6))) for c in solar(components=["pep"]).components]
    [('nu_e', 75000000.0), ('nu_mu', 36000000.0), ('nu_tau', 33000000.0)]
    """
    processes = checked_processes(tuple(components))
    conversions = (_conversion(process, oscillation, production, mixing) for process in processes)
    parts = tuple(
        component
        for process, conversion in zip(processes, conversions, strict=True)
        for component in _components(process, solar_flux(process, metallicity)[0], conversion)
    )
    note = f"{', '.join(processes)} of B16-{metallicity}, arXiv:1611.09867; conversion: {oscillation}"
    return Source("solar", parts, Flux(), note)


def gallium_rates_snu(
    metallicity: str = "gs98",
    components: Iterable[str] = PROCESSES,
    *,
    oscillation: str = "msw-lma",
    production: str = "distribution",
    mixing: Mixing = _PDG,
) -> dict[Process, float]:
    """Rate of captures on gallium that each process gives.

    Args:
        metallicity: As in `solar`.
        components: As in `solar`.
        oscillation: As in `solar`.
        production: As in `solar`.
        mixing: As in `solar`.

    Returns:
        Rates [SNU] by process; their sum is the prediction for 66.1 +- 3.1.

    >>> {process: round(rate, 2) for process, rate in gallium_rates_snu(components=["pp", "pep"]).items()}
    {'pp': 38.84, 'pep': 1.53}
    """
    rates: dict[Process, float] = {}
    for process in checked_processes(tuple(components)):
        source = solar(metallicity, [process], oscillation=oscillation, production=production, mixing=mixing)
        (electron,) = (component for component in source.components if component.flavour == "nu_e")
        energies, fluxes = electron.quadrature(THRESHOLD_MEV)
        rates[process] = float(capture_rate_snu(energies, fluxes)[0])
    return rates


def _conversion(process: Process, oscillation: str, production: str, mixing: Mixing) -> Probabilities:
    """What turns energies [MeV] into the probabilities of the flavours."""
    for what, name, names in (
        ("oscillation", oscillation, get_args(Oscillation)),
        ("production", production, get_args(Production)),
    ):
        if name not in names:
            raise InputError(f"unknown {what} {name!r}{nearest(str(name), names)}; allowed: {', '.join(names)}")
    if oscillation == "none":
        return lambda energies: {"e": np.ones_like(energies)}
    mean = production == "mean"
    densities = (mean_electron_density(process),) if mean else production_electron_densities(process)
    return lambda energies: family_probabilities(energies, densities, mixing)


def _components(process: Process, flux_per_cm2_s: float, conversion: Probabilities) -> tuple[Component, ...]:
    """The flavours of one process."""
    if process in LINES:
        energies, shares = (np.asarray(values) for values in LINES[process])
        sharp = flux_per_cm2_s * shares
        return tuple(
            Component(checked_flavour(f"nu_{family}"), lines=Lines(energies, sharp * chance))
            for family, chance in conversion(energies).items()
        )
    spectrum = solar_spectrum(process)
    panels, density = solar_panels_mev(spectrum), flux_per_cm2_s * spectrum.values
    return tuple(
        Component(
            checked_flavour(f"nu_{family}"),
            continuum=Continuum(panels, PiecewiseLinear(spectrum.energies_mev, density * chance)),
        )
        for family, chance in conversion(spectrum.energies_mev).items()
    )
