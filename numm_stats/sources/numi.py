"""The NuMI beam at the NOvA near detector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.sources.densities import Histogram
from numm_stats.sources.normalisation import PerPot
from numm_stats.sources.source import Component, Continuum, Source

if TYPE_CHECKING:
    from numm_stats.physics.flavours import Flavour

__all__ = ["PER_CM2_MEV_POT", "both_modes", "numi"]

# NOvA 2017 flux at the near detector (NOvA document 25266): neutrinos per m2, GeV and 1e6 protons on target, in bins of
# GeV; those that the horns focus have finer bins
_EDGES_GEV = (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20)
_EDGES_FOCUSED_GEV = (
    0, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.2, 3.4, 3.6, 3.8, 4.0, 4.2, 4.4,
    4.6, 4.8, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
)  # fmt: skip
_FORWARD: dict[Flavour, tuple[float, ...]] = {
    "nu_mu": (
        7.751, 16.17, 19.45, 25.36, 38, 54.93, 68.54, 73.39, 65.64, 50.48, 35.39, 24.01, 15.93, 10.28,
        6.596, 4.395, 3.182, 2.496, 2.091, 1.839, 1.639, 1.475, 1.376, 1.092, 0.8626, 0.7567, 0.7231,
        0.7387, 0.7761, 0.8246, 0.8153, 0.7144, 0.5692, 0.4357, 0.3296, 0.2644, 0.2173, 0.1822,
    ),
    "nu_mu_bar": (
        2.822, 3.435, 2.944, 2.366, 1.77, 1.283, 0.9568, 0.7142, 0.5496, 0.4251, 0.3223, 0.2241, 0.1657,
        0.1295, 0.1018, 0.0759, 0.05208, 0.03755, 0.02679, 0.01883,
    ),
    "nu_e": (
        0.1415, 0.3004, 0.3565, 0.327, 0.2774, 0.2151, 0.1654, 0.1311, 0.1151, 0.1027, 0.09429, 0.08529,
        0.07504, 0.06528, 0.05243, 0.0355, 0.01963, 0.01173, 0.007167, 0.004355,
    ),
    "nu_e_bar": (
        0.03154, 0.0417, 0.04299, 0.03932, 0.03636, 0.03158, 0.02858, 0.02688, 0.02517, 0.02439, 0.021,
        0.01736, 0.01482, 0.01263, 0.01005, 0.00744, 0.004619, 0.00296, 0.002138, 0.001273,
    ),
}  # fmt: skip

_REVERSE: dict[Flavour, tuple[float, ...]] = {
    "nu_mu": (
        2.609, 3.319, 2.865, 2.36, 1.817, 1.366, 1.066, 0.8814, 0.6826, 0.5708, 0.4517, 0.3504, 0.2768,
        0.2257, 0.1883, 0.1517, 0.1169, 0.09131, 0.07096, 0.0561,
    ),
    "nu_mu_bar": (
        6.877, 13.72, 16.09, 20.91, 32, 46.68, 58.04, 62.15, 55.53, 42.18, 29.42, 19.73, 12.94, 8.287, 5.21,
        3.365, 2.391, 1.856, 1.536, 1.3, 1.151, 1.004, 0.905, 0.7217, 0.5392, 0.4496, 0.4125, 0.403, 0.409,
        0.4144, 0.3945, 0.3245, 0.2453, 0.1754, 0.1295, 0.09659, 0.07393, 0.05833,
    ),
    "nu_e": (
        0.03031, 0.0506, 0.04948, 0.0446, 0.03984, 0.03941, 0.03535, 0.03258, 0.02977, 0.02826, 0.02556,
        0.02318, 0.0188, 0.01627, 0.0141, 0.01054, 0.00731, 0.005118, 0.003874, 0.00266,
    ),
    "nu_e_bar": (
        0.1143, 0.2508, 0.2849, 0.2678, 0.224, 0.167, 0.1206, 0.08985, 0.07205, 0.06257, 0.05562, 0.04816,
        0.04121, 0.03329, 0.02736, 0.01697, 0.009348, 0.004807, 0.003234, 0.001932,
    ),
}  # fmt: skip
_MODES: dict[str, tuple[dict[Flavour, tuple[float, ...]], Flavour]] = {
    "forward": (_FORWARD, "nu_mu"),
    "reverse": (_REVERSE, "nu_mu_bar"),
}

PER_CM2_MEV_POT = 1e-4 * 1e-3 * 1e-6
"""One neutrino per m2, GeV and 1e6 protons on target [1/cm2/MeV per proton on target]."""


def numi(horn_current: str = "forward") -> Source:
    """The NuMI flux at the NOvA near detector, four flavours.

    Histograms of the NOvA 2017 flux (document 25266), constant in each bin.

    Args:
        horn_current: "forward", which focuses neutrinos, or "reverse", which focuses antineutrinos.

    Returns:
        A source with spectra [1/cm2/MeV] per proton on target.

    Raises:
        InputError: For another horn current.

    >>> [component.flavour for component in numi().components]
    ['nu_mu', 'nu_mu_bar', 'nu_e', 'nu_e_bar']
    """
    if horn_current not in _MODES:
        near = nearest(horn_current, _MODES)
        message = f"no NuMI flux for horn current {horn_current!r}{near}; allowed: {', '.join(_MODES)}"
        raise InputError(message)
    table, focused = _MODES[horn_current]
    components = tuple(
        _component(flavour, _EDGES_FOCUSED_GEV if flavour == focused else _EDGES_GEV, values)
        for flavour, values in table.items()
    )
    return Source("numi", components, PerPot(), f"NOvA near detector, 2017 flux, {horn_current}, NOvA document 25266")


def both_modes(forward: Source, reverse: Source, *, forward_share: float) -> Source:
    """The flux of running with both horn currents, per proton on target of all of it.

    phi = f phi_forward + (1 - f) phi_reverse.

    Args:
        forward: Source per proton on target, as `numi` and `numi_from_file` make it.
        reverse: The same with the other horn current.
        forward_share: Part f of the protons on target with forward horn current, from 0 to 1.

    Returns:
        A source with the components of both, each flavour twice.

    Raises:
        InputError: If the share is not between 0 and 1, or a source is no histogram per proton on target.
    """
    if not 0.0 <= forward_share <= 1.0:
        message = f"share of forward horn current: {forward_share}; allowed: 0 to 1"
        raise InputError(message)
    shares = ((forward, forward_share), (reverse, 1.0 - forward_share))
    components = [_scaled(c, source, share) for source, share in shares for c in source.components if share > 0.0]
    return Source(
        "numi", tuple(components), PerPot(), f"{forward.note}; {reverse.note}; {forward_share:g} of it forward"
    )


def _component(flavour: Flavour, edges_gev: tuple[float, ...], values: tuple[float, ...]) -> Component:
    """One flavour of the beam, from GeV to MeV and from m2 to cm2."""
    edges_mev = 1e3 * np.asarray(edges_gev, dtype=np.float64)
    density = Histogram(edges_mev, np.asarray(values) * PER_CM2_MEV_POT)
    return Component(flavour, continuum=Continuum(edges_mev, density))


def _scaled(component: Component, source: Source, share: float) -> Component:
    continuum = component.continuum
    if (
        not isinstance(source.normalisation, PerPot)
        or continuum is None
        or not isinstance(continuum.density, Histogram)
    ):
        message = f"source {source.name!r} is no histogram per proton on target; allowed: a flux as `numi` makes it"
        raise InputError(message)
    density = Histogram(continuum.density.edges_mev, continuum.density.values * share)
    return Component(component.flavour, continuum=Continuum(continuum.panels_mev, density))
