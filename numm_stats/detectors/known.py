"""Detectors by name, each number with its source."""

from __future__ import annotations

import math
from typing import Final

from numm_stats.detectors.detector import Detector
from numm_stats.detectors.response import Resolution, Response
from numm_stats.detectors.surrounding import SODIUM_IODIDE_DENSITY_T_PER_M3, SODIUM_IODIDE_ELECTRONS_PER_TONNE
from numm_stats.errors import InputError, nearest
from numm_stats.physics.binding import atom

__all__ = ["DETECTORS", "known_detector", "sphere_radius_m"]

KAMLAND_DENSITY_T_PER_M3: Final = 0.78  # liquid scintillator of KamLAND, Phys. Rev. C 81, 025807 (2010)


def sphere_radius_m(tonnes: float, density_t_per_m3: float) -> float:
    """Return the radius of a sphere of given mass and density [m].

    >>> round(sphere_radius_m(897.0, KAMLAND_DENSITY_T_PER_M3), 2)
    6.5
    """
    return math.cbrt(3.0 * tonnes / (4.0 * math.pi * density_t_per_m3))


# Masses, distances, electrons per tonne, live fraction and resolutions: arXiv:1307.5081 and arXiv:2111.09480. The
# distances of JUNO, SNO+ and the DUNE module are effective ones, <1/r^2>^(-1/2): no radius goes with them.
DETECTORS: Final[dict[str, Detector]] = {
    "kamland": Detector(
        name="KamLAND",
        tonnes=408.0,
        electrons_per_tonne=3.43e29,
        live_fraction=0.624,
        distance_m=16.0,
        radius_m=sphere_radius_m(408.0, KAMLAND_DENSITY_T_PER_M3),
        response=Response(Resolution(stochastic=0.064)),
    ),
    "juno": Detector(
        name="JUNO",
        tonnes=20000.0,
        electrons_per_tonne=3.37e29,
        distance_m=24.0,
        response=Response(Resolution(stochastic=0.03)),
    ),
    # No resolution is published with the IsoDAR study of SNO+: perfect unless the analysis states one.
    "sno-plus": Detector(name="SNO+", tonnes=780.0, electrons_per_tonne=3.37e29, distance_m=24.0),
    # Effective distance as above; electrons per tonne 1e6 x N_A x 18 / 39.95. The resolution is what arXiv:1808.08232
    # assumes for electrons of solar neutrinos in DUNE, recalled.
    "dune-argon": Detector(
        name="DUNE argon module",
        tonnes=10000.0,
        electrons_per_tonne=2.713e29,
        distance_m=16.7,
        response=Response(Resolution(constant=0.07)),
    ),
    # NOvA near detector: mass and electrons per tonne of its active volume; no smearing unless the analysis states one.
    "nova-near": Detector(name="NOvA near detector", tonnes=193.0, electrons_per_tonne=3.29e29),
    # Xenon: electrons per tonne 1e6 x N_A x 54 / 131.293. Fiducial mass and resolution, a sum and not a quadrature, of
    # XENONnT's first run: arXiv:2207.11330. The width of a skewed peak there; a Gaussian here.
    "xenonnt": Detector(
        name="XENONnT",
        tonnes=4.37,
        electrons_per_tonne=2.4769e29,
        response=Response(Resolution(stochastic=0.310 * math.sqrt(1e-3), constant=0.0037, combined="linear")),
        atom=atom("xenon"),
    ),
    # Fiducial mass of arXiv:2207.03764, sigma = 0.33 sqrt(E / keV) as analyses of its recoils have it, recalled.
    "lz": Detector(
        name="LZ",
        tonnes=5.5,
        electrons_per_tonne=2.4769e29,
        response=Response(Resolution(stochastic=0.33 * math.sqrt(1e-3))),
        atom=atom("xenon"),
    ),
    # Germanium as TEXONO and GEMMA have it, without a mass: electrons per tonne 1e6 x N_A x 32 / 72.630.
    "germanium": Detector(name="germanium", tonnes=None, electrons_per_tonne=2.6533e29, atom=atom("germanium")),
    # A tonne of NaI around its source, as proposed with 147Pm.
    "sodium-iodide": Detector(
        name="NaI",
        tonnes=1.0,
        electrons_per_tonne=SODIUM_IODIDE_ELECTRONS_PER_TONNE,
        distance_m=0.0,
        radius_m=sphere_radius_m(1.0, SODIUM_IODIDE_DENSITY_T_PER_M3),
    ),
    # HELLAZ, a chamber of helium gas: 6 t, FTUV/99-38; electrons per tonne 1e6 x N_A x 2 / 4.0026.
    "hellaz": Detector(name="HELLAZ", tonnes=6.0, electrons_per_tonne=3.0091e29),
    # Anything else: electrons per tonne of CH2, 1e6 x N_A x 8 / 14.03.
    "generic": Detector(name="detector", tonnes=None, electrons_per_tonne=3.434e29),
}


def known_detector(kind: str) -> Detector:
    """Return a detector by name.

    >>> known_detector("juno").tonnes
    20000.0
    """
    if kind not in DETECTORS:
        raise InputError(
            f"detector.kind = '{kind}' is unknown{nearest(kind, DETECTORS)}; known are {', '.join(DETECTORS)}"
        )
    return DETECTORS[kind]
