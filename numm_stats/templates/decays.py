"""Decays in bins of visible energy: their spectrum through the detector's response, integrated and not sampled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.templates.folding import CHUNK, LOWEST_RECOIL_MEV, panel_nodes, reached_bins, recoil_panels_mev

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.backgrounds.decays import Part, VisibleSpectrum
    from numm_stats.detectors.response import Response

    Array = NDArray[np.float64]

__all__ = ["decay_counts"]


def decay_counts(spectrum: VisibleSpectrum, edges_mev: Array, response: Response) -> Array:
    """Return the counts of one decay in bins of visible energy.

    N_i = int dE P_i(E) n(E): Gauss-Legendre between the bin edges and the knots of each beta spectrum, narrower beside
    them where the resolution smears; the resolution and the efficiency are those of an electron that looks the same.

    Args:
        spectrum: of the decay.
        edges_mev: bin edges (n + 1,) [MeV].
        response: of the detector.

    Returns:
        Counts (n,), at most the number of visible decays in sum.
    """
    edges, unshifted = response.visible_edges(edges_mev), replace(response, cut_shift_mev=0.0)
    counts = np.zeros(len(edges) - 1)
    for continuum in spectrum.continua:
        energy, weights = _quadrature(continuum, edges, response)
        for start in range(0, len(energy), CHUNK):
            part = slice(start, start + CHUNK)
            first, last = reached_bins(energy[part], edges, response)
            probabilities = unshifted.bin_probabilities(energy[part], edges[first : last + 1])
            counts[first:last] += probabilities @ weights[part]
    for energy_mev, weight in spectrum.lines:
        counts += weight * unshifted.bin_probabilities(np.array([energy_mev]), edges)[:, 0]
    return counts


def _quadrature(continuum: Part, edges_mev: Array, response: Response) -> tuple[Array, Array]:
    """Energies and the weighted spectrum at them; panels grow from their start, so one of 1 eV leads off zero."""
    knots = continuum.knots_mev()
    knots[0] = max(knots[0], LOWEST_RECOIL_MEV)
    steps = np.concatenate([edges_mev / response.scale, response.kinks_mev])
    inside = steps[(steps > knots[0]) & (steps < knots[-1])]
    panels = recoil_panels_mev(np.unique(np.concatenate([knots, inside])), response)
    energy, weights = panel_nodes(np.unique(np.concatenate([[continuum.offset_mev], panels])))
    return energy, weights * continuum.density(energy)
