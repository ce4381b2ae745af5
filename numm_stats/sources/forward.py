"""Neutrinos along the beam axis of the LHC, 620 m from ATLAS, where the Forward Physics Facility is proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.physics.constants import SECONDS_PER_YEAR
from numm_stats.sources.densities import Histogram
from numm_stats.sources.normalisation import Flux
from numm_stats.sources.source import Component, Continuum, Source

if TYPE_CHECKING:
    from numm_stats.physics.flavours import Flavour

__all__ = ["FORWARD_DETECTORS", "LUMINOSITY_PER_FB", "forward_lhc", "neutrinos_through_face"]

LUMINOSITY_PER_FB: Final = 3000.0  # of the high-luminosity LHC, which the tables are for

# Bins of the published tables, ten in a decade, joined in pairs [GeV]
_EDGES_GEV: Final = (10, 15.95, 25.29, 40.07, 63.51, 100.7, 159.5, 252.9, 400.7, 635.1, 1006.6, 1595, 2529, 4007, 6351)


class _Face(NamedTuple):
    """Area of a detector's face [cm2] and 1e9 neutrinos through it in each bin, all of the run."""

    area_cm2: float
    neutrinos: dict[Flavour, tuple[float, ...]]


# F. Kling, "Forward neutrino fluxes at the LHC", arXiv:2105.08270, the means of the generators in the tables that come
# with it (github.com/KlingFelix/FastNeutrinoFluxSimulation). Faces: 0.5 m x 0.5 m, 1.6 m x 1.6 m (arXiv:2105.08270 and
# arXiv:2101.10338, recalled).
_FACES: Final[dict[str, _Face]] = {
    "fasernu2": _Face(
        50.0**2,
        {
            "nu_tau": (
                2.759, 5.172, 9.944, 14.72, 20.73, 27.47, 35.73, 43.58, 23.63, 15.17, 10.68, 5.077, 0.08605, 0,
            ),
            "nu_tau_bar": (
                2.747, 5.502, 9.37, 14.3, 22.07, 31.04, 30.63, 28.87, 26.54, 21.55, 17.72, 4.682, 0.07398, 0,
            ),
            "nu_mu": (2268, 3276, 4785, 6387, 7686, 8330, 8358, 7489, 6267, 4677, 2686, 1017, 227.8, 9.734),
            "nu_mu_bar": (2122, 2953, 4143, 5288, 6212, 6501, 6166, 5267, 3985, 2468, 1123, 307.2, 31.47, 0.1121),
            "nu_e": (32.26, 66.86, 128, 235.3, 410, 681.1, 1042, 1296, 1235, 858.2, 416.3, 140.2, 22.14, 0.1783),
            "nu_e_bar": (35.11, 68.65, 137.5, 284.4, 559, 1071, 1726, 2049, 1644, 900.1, 345.9, 75.52, 5.206, 0.01656),
        },
    ),
    "flare-100": _Face(
        160.0**2,
        {
            "nu_tau": (
                26.71, 53.23, 100.2, 153.8, 213.6, 281.6, 297.2, 292.2, 187.8, 125.7, 69.97, 21.41, 0.3155, 0,
            ),
            "nu_tau_bar": (
                28.19, 54.78, 94.32, 149.9, 224.6, 285.7, 282.9, 252.3, 198.7, 145.1, 92.75, 21.65, 0.2385, 0,
            ),
            "nu_mu": (
                22460, 30730, 37490, 41070, 41220, 37630, 32190, 25660, 18890, 11980, 6195, 2205, 443.6, 19.6,
            ),
            "nu_mu_bar": (
                20930, 28040, 33220, 35400, 34650, 30910, 25370, 19090, 12580, 6757, 2618, 622.6, 59.31, 0.2501,
            ),
            "nu_e": (359.7, 701.3, 1349, 2388, 3680, 4818, 5253, 4903, 3847, 2368, 1006, 233.6, 25.76, 0.1862),
            "nu_e_bar": (393.8, 781.2, 1548, 2804, 4374, 5746, 6208, 5665, 4119, 2206, 801.2, 143.8, 6.756, 0.017),
        },
    ),
}  # fmt: skip
FORWARD_DETECTORS: Final = tuple(_FACES)


def forward_lhc(face: str, luminosity_per_fb_year: float = 300.0) -> Source:
    """The neutrinos through the face of a proposed forward detector, all six flavours.

    Args:
        face: "fasernu2" or "flare-100": the spectra depend on the angles that the face covers.
        luminosity_per_fb_year: what the collider delivers [1/fb in a year]; ten years of 300 make 3,000 / fb.

    Returns:
        A source with spectra [1/cm2/s/MeV].

    Raises:
        InputError: An unknown detector, or a luminosity not above zero.

    >>> [component.flavour for component in forward_lhc("flare-100").components][:2]
    ['nu_tau', 'nu_tau_bar']
    """
    found = _face(face)
    if not (np.isfinite(luminosity_per_fb_year) and luminosity_per_fb_year > 0.0):
        message = f"source.luminosity_per_fb_year = {luminosity_per_fb_year}; allowed: a finite number above zero"
        raise InputError(message)
    per_second = luminosity_per_fb_year / LUMINOSITY_PER_FB / SECONDS_PER_YEAR / found.area_cm2
    edges_mev = 1e3 * np.asarray(_EDGES_GEV)
    components = []
    for flavour, neutrinos in found.neutrinos.items():
        density = Histogram(edges_mev, 1e9 * np.asarray(neutrinos) * per_second / np.diff(edges_mev))
        components.append(Component(flavour, continuum=Continuum(edges_mev, density)))
    return Source(f"forward neutrinos at {face}", tuple(components), Flux(1.0), "arXiv:2105.08270")


def neutrinos_through_face(face: str, flavour: str) -> float:
    """Neutrinos of one flavour through the face of a detector in 3,000 / fb.

    Raises:
        InputError: An unknown detector or flavour.

    >>> f"{neutrinos_through_face('flare-100', 'nu_tau'):.3g}"
    '1.82e+12'
    """
    neutrinos = {str(name): values for name, values in _face(face).neutrinos.items()}
    if flavour not in neutrinos:
        message = f"no flux of {flavour!r}{nearest(flavour, neutrinos)}; allowed: {', '.join(neutrinos)}"
        raise InputError(message)
    return 1e9 * sum(neutrinos[flavour])


def _face(name: str) -> _Face:
    if name not in _FACES:
        message = f"no forward flux for {name!r}{nearest(name, _FACES)}; allowed: {', '.join(_FACES)}"
        raise InputError(message)
    return _FACES[name]
