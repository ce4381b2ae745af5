"""Can a module of liquid argon do it: the limit against threshold, depletion of 42Ar and a pointing cut.

IsoDAR at the module of the catalogue's dune-argon, with other backgrounds and another lowest bin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.analyses.analysis import Background
from numm_stats.assembly.assembling import assemble_detector
from numm_stats.backgrounds.argon import argon_decays
from numm_stats.backgrounds.nuclides import decay_spectrum
from numm_stats.errors import InputError
from numm_stats.templates.decays import decay_counts
from numm_stats.verbs.limiting import limit
from numm_stats.verbs.loading import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numm_stats.analyses.analysis import Analysis
    from numm_stats.detectors.response import Response

__all__ = ["THRESHOLDS_MEV", "ArgonLimit", "argon_analysis", "argon_curves", "argon_limit", "pointing_fractions"]

ENTRY: Final = "dune-argon"
TONNES: Final = 1e4
YEARS: Final = 5.0
BIN_MEV: Final = 0.25
SHAPE_UNCERTAINTY: Final = 0.01
LOWEST_THRESHOLD_MEV: Final = 0.75  # 39Ar, 1e16 decays, is below

# What arXiv:1808.08232 assumes for electrons in argon, recalled
POINTING_SIGMA_DEGREES: Final = 25.0
CONE_DEGREES: Final = 40.0

THRESHOLDS_MEV: Final = (0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.25, 4.5, 5.0, 5.5, 6.0)
CURVES: Final = (
    ("42Ar of GERDA, 92 uBq/kg", "Ar42-gerda", 1.0, False),
    ("42Ar of DEAP-3600, 40.4 uBq/kg", "Ar42-deap", 1.0, False),
    ("GERDA, pointing cut", "Ar42-gerda", 1.0, True),
    ("GERDA / 1,000", "Ar42-gerda", 1e3, False),
    ("GERDA / 1,000,000", "Ar42-gerda", 1e6, False),
    ("GERDA / 1,000,000, pointing cut", "Ar42-gerda", 1e6, True),
    ("no 42Ar", None, 1.0, False),
)


@dataclass(frozen=True)
class ArgonLimit:
    """The limit of a module of argon.

    Attributes:
        measurement: of the activity of atmospheric argon, see `backgrounds.argon.ACTIVITIES`; None for no background.
        threshold_mev: lowest visible energy [MeV].
        depletion: atmospheric over true activity of 42Ar.
        pointing: whether a cut on the electron's direction is made.
        moment: 90 % upper limit on the magnetic moment [Bohr magnetons].
    """

    measurement: str | None
    threshold_mev: float
    depletion: float
    pointing: bool
    moment: float


def pointing_fractions(cone_degrees: float = CONE_DEGREES, sigma_degrees: float = POINTING_SIGMA_DEGREES) -> np.ndarray:
    """Return what a cone around the neutrino's direction keeps of recoils and of isotropic decays.

    1 - exp(-cone^2 / 2 sigma^2) for a Gaussian in both angles; (1 - cos cone) / 2. The electron is taken to go where
    the neutrino did, so that the cut is better here than any real one.

    Args:
        cone_degrees: half opening angle [degrees].
        sigma_degrees: resolution of the direction in each of two angles [degrees].

    Returns:
        Fractions of recoils and of decays (2,).

    >>> pointing_fractions().round(3).tolist()
    [0.722, 0.117]
    """
    if not (0.0 < cone_degrees <= 180.0 and sigma_degrees > 0.0):
        raise InputError(f"cone = {cone_degrees}, sigma = {sigma_degrees} degrees: above 0, the cone not above 180")
    decays = 0.5 * (1.0 - math.cos(math.radians(cone_degrees)))
    return np.array([-math.expm1(-0.5 * (cone_degrees / sigma_degrees) ** 2), decays])


def argon_analysis(
    measurement: str | None,
    threshold_mev: float,
    *,
    depletion: float = 1.0,
    pointing: bool = False,
    shape_uncertainty: float = SHAPE_UNCERTAINTY,
) -> Analysis:
    """Return the analysis of a module of argon, 42K in it and 42Ar where it is seen.

    Args:
        measurement: of `backgrounds.argon.ACTIVITIES`; None for no background.
        threshold_mev: lowest visible energy, 0.75 or more [MeV].
        depletion: atmospheric over true activity of 42Ar.
        pointing: whether the cut of `pointing_fractions` is made.
        shape_uncertainty: what is not known of the decays in each bin, relative.

    Raises:
        InputError: if the threshold is too low, where 39Ar decays, or the measurement is unknown.
    """
    if not LOWEST_THRESHOLD_MEV <= threshold_mev < 10.0:
        raise InputError(f"threshold_mev = {threshold_mev}: from {LOWEST_THRESHOLD_MEV}, above 39Ar, to below 10 MeV")
    start, stop = round(threshold_mev / BIN_MEV), round(12.0 / BIN_MEV)
    edges = [threshold_mev, *(k * BIN_MEV for k in range(start + 1, stop + 1))]
    keys = (f"detector.threshold_mev={threshold_mev}", f"binning.recoil_mev={{edges={edges}}}", "background=[]")
    kept, isotropic = pointing_fractions() if pointing else np.ones(2)
    bare = load(ENTRY, (*keys, f"detector.efficiency={kept}"))
    if measurement is None:
        return bare
    decays = argon_decays(measurement, TONNES, YEARS, depletion=depletion) * isotropic / kept
    response = assemble_detector(bare).response
    seen = [name for name in ("K42", "Ar42") if _is_seen(name, edges, response)]
    tables = [_decay(name, float(decays), shape_uncertainty) for name in seen]
    return bare.model_copy(update={"background": tables})


def argon_limit(
    measurement: str | None, threshold_mev: float, *, depletion: float = 1.0, pointing: bool = False
) -> ArgonLimit:
    """Return the expected CLs limit of a module of argon; arguments as of `argon_analysis`."""
    analysis = argon_analysis(measurement, threshold_mev, depletion=depletion, pointing=pointing)
    return ArgonLimit(measurement, threshold_mev, depletion, pointing, limit(analysis).value)


def argon_curves(thresholds_mev: Sequence[float] = THRESHOLDS_MEV) -> dict[str, list[float]]:
    """Return 90 % limits on the moment [Bohr magnetons] at each threshold [MeV], by what the argon is and the cut."""
    return {
        label: [
            argon_limit(measurement, threshold, depletion=depletion, pointing=pointing).moment
            for threshold in thresholds_mev
        ]
        for label, measurement, depletion, pointing in CURVES
    }


def _is_seen(nuclide: str, edges_mev: Sequence[float], response: Response) -> bool:
    return bool(decay_counts(decay_spectrum(nuclide), np.array(edges_mev), response).sum() > 0.0)


def _decay(nuclide: str, decays: float, shape_uncertainty: float) -> Background:
    """A decay by its number; of its rate a half is unknown, which is more than the measurements leave."""
    return Background(
        kind="decay", nuclide=nuclide, rate=decays, uncertainty=0.5, statistical_uncertainty=shape_uncertainty
    )
