"""Positrons of inverse beta decay in bins of visible energy, through the detector's response."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.inverse_beta import THRESHOLD_MEV, inverse_beta_cross_section, prompt_energy_mev
from numm_stats.templates.folding import panel_nodes, recoil_panels_mev

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.detectors.response import Response
    from numm_stats.sources.source import Continuum, Source

    Array = NDArray[np.float64]

__all__ = ["positron_counts"]


def positron_counts(source: Source, edges_mev: Array, response: Response) -> Array:
    """Return the positrons of a source's nu_e_bar per proton and unit of the source's normalisation.

    N_i = int dE P_i(E - 0.782 MeV) phi(E) sigma(E): Gauss-Legendre between the bin edges, annihilation contained.

    Args:
        source: what makes the antineutrinos.
        edges_mev: bin edges (n + 1,) [MeV].
        response: of the detector, to an electron that looks the same.

    Returns:
        Counts (n,) in cm2 x the unit of the normalisation.

    Raises:
        InputError: if the source has no nu_e_bar of a continuous spectrum above threshold.
    """
    parts = [c for c in source.components if c.flavour == "nu_e_bar" and c.maximum_energy_mev > THRESHOLD_MEV]
    if not parts or any(part.continuum is None for part in parts):
        raise InputError(
            f"background kind = 'inverse-beta': {source.name} has no continuous nu_e_bar above {THRESHOLD_MEV} MeV"
        )
    counts = (_counts(part.continuum, edges_mev, response) for part in parts if part.continuum is not None)
    return np.asarray(sum(counts, start=np.zeros(len(edges_mev) - 1)))


def _counts(continuum: Continuum, edges_mev: Array, response: Response) -> Array:
    edges, unshifted = response.visible_edges(edges_mev), replace(response, cut_shift_mev=0.0)
    offset = THRESHOLD_MEV - float(prompt_energy_mev(THRESHOLD_MEV))
    panels = continuum.panels_mev - offset
    low, high = THRESHOLD_MEV - offset, float(panels[-1])
    steps = np.concatenate([edges / response.scale, response.kinks_mev, panels])
    inside = steps[(steps > low) & (steps < high)]
    visible, weights = panel_nodes(recoil_panels_mev(np.unique([low, *inside, high]), response))
    energy = visible + offset
    spectrum = continuum.density(energy) * inverse_beta_cross_section(energy)
    return np.asarray(unshifted.bin_probabilities(visible, edges) @ (weights * spectrum))
