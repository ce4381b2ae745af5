"""The NuMI beam at the NOvA near detector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.sources.densities import Histogram
from numm_stats.sources.normalisation import PerPot
from numm_stats.sources.source import Component, Continuum, Source

if TYPE_CHECKING:
    from numm_stats.physics.flavours import Flavour

__all__ = ["numi"]

# NOvA 2017 flux at the near detector, forward horn current (NOvA document 25266): neutrinos per m2, GeV and
# 1e6 protons on target, in bins of GeV
_EDGES_GEV = (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20)
_EDGES_NU_MU_GEV = (
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

_PER_CM2_MEV_POT = 1e-4 * 1e-3 * 1e-6  # from 1/m2/GeV/1e6 protons on target


def numi(horn_current: str = "forward") -> Source:
    """The NuMI flux at the NOvA near detector, four flavours.

    Histograms of the NOvA 2017 flux (document 25266), constant in each bin.

    Args:
        horn_current: "forward", which focuses neutrinos; the only one there is.

    Returns:
        A source with spectra [1/cm2/MeV] per proton on target.

    >>> [component.flavour for component in numi().components]
    ['nu_mu', 'nu_mu_bar', 'nu_e', 'nu_e_bar']
    """
    if horn_current != "forward":
        message = f"no NuMI flux for horn current {horn_current!r}; allowed: forward"
        raise InputError(message)
    components = tuple(_component(flavour, values) for flavour, values in _FORWARD.items())
    return Source("numi", components, PerPot(), "NOvA near detector, 2017 flux, NOvA document 25266")


def _component(flavour: Flavour, values: tuple[float, ...]) -> Component:
    """One flavour of the beam, from GeV to MeV and from m2 to cm2."""
    edges_mev = 1e3 * np.asarray(_EDGES_NU_MU_GEV if flavour == "nu_mu" else _EDGES_GEV, dtype=np.float64)
    density = Histogram(edges_mev, np.asarray(values) * _PER_CM2_MEV_POT)
    return Component(flavour, continuum=Continuum(edges_mev, density))
