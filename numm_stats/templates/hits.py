"""Counts in bins of hit PMTs: spectra of electron-equivalent energy through Borexino's response, and their pile-up.

N_i = int dT P_i(T) n(T), Gauss-Legendre on panels no wider than one standard deviation of the hits, which end at every
knot of the spectrum; no bin edge needs one, as P_i is smooth on that scale. Pile-up adds hits on an even grid of nodes
to the cells of which bins are made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.backgrounds.decays import visible_spectrum
from numm_stats.backgrounds.nuclides import decay_spectrum, nuclide
from numm_stats.backgrounds.pile_up import coincidence_spectrum, piled_up
from numm_stats.errors import InputError
from numm_stats.physics.constants import ELECTRON_MASS_MEV
from numm_stats.physics.kinematics import maximum_recoil_mev
from numm_stats.templates.folding import CHUNK, LOWEST_RECOIL_MEV, panel_nodes, recoil_spectra

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from numm_stats.backgrounds.decays import VisibleSpectrum
    from numm_stats.detectors.borexino import HitsResponse
    from numm_stats.sources.source import Source
    from numm_stats.templates.interactions import CrossSection

    Array = NDArray[np.float64]

__all__ = [
    "carbon_14_nodes",
    "decay_hits",
    "density_hits",
    "node_edges_hits",
    "nuclide_hits",
    "piled_up_hits",
    "recoil_hits",
    "synthetic_pile_up_hits",
    "table_hits",
    "window_hits",
]

REACH_SIGMA = 7.0  # Phi(-7) = 1e-12
SMALLEST_PANEL_HITS = 1e-3  # the spread grows as sqrt(Nh) from zero: panels double from here
NODE_STEP_HITS: Final = 0.5  # a cell adds h^2 / 12 = 0.02 to a variance of 144 and more


def density_hits(
    density: Callable[[Array], Array], knots_mev: Array, edges_hits: Array, response: HitsResponse
) -> Array:
    """Return the counts of continuous densities in bins of hits.

    Args:
        density: of an array of energies (k,) [MeV], returns (k,), or (m, k) for m densities at once [1/MeV].
        knots_mev: increasing energies between which the density is smooth, outside of which it is zero [MeV].
        edges_hits: bin edges (n + 1,), the first may be -inf.
        response: of the detector.

    Returns:
        Counts (n,), or (m, n).

    Raises:
        InputError: if the bins go beyond the response.
    """
    panels = _panels_mev(np.asarray(knots_mev, dtype=float), edges_hits, response)
    energy, weights = panel_nodes(panels)
    counts: Array = np.zeros(1)
    for start in range(0, max(len(energy), 1), CHUNK):
        part = slice(start, start + CHUNK)
        probabilities = response.bin_probabilities(energy[part], edges_hits)
        counts = counts + (density(energy[part]) * weights[part]) @ probabilities.T
    return counts


def table_hits(energies_mev: Array, density: Array, edges_hits: Array, response: HitsResponse) -> Array:
    """Return the counts (n,) of a density [1/MeV] at energies [MeV], linear between them and zero outside."""
    energies, values = np.asarray(energies_mev, dtype=float), np.asarray(density, dtype=float)
    if energies.ndim != 1 or energies.shape != values.shape or energies.size < 2 or not (np.diff(energies) > 0.0).all():
        raise InputError(
            f"{energies.size} energies and {values.size} densities: two or more, as many of both, energies increasing"
        )
    return density_hits(lambda energy: np.interp(energy, energies, values), energies, edges_hits, response)


def decay_hits(spectrum: VisibleSpectrum, edges_hits: Array, response: HitsResponse) -> Array:
    """Return the counts (n,) of one decay in bins of hits; lines are those of electrons."""
    counts = np.zeros(len(edges_hits) - 1)
    if spectrum.continua:
        knots = np.unique(np.concatenate([part.knots_mev() for part in spectrum.continua]))
        counts += density_hits(spectrum.density, knots, edges_hits, response)
    if spectrum.lines:
        energies, weights = np.array(spectrum.lines).T
        counts += response.bin_probabilities(energies, edges_hits) @ weights
    return counts


def nuclide_hits(name: str, edges_hits: Array, response: HitsResponse) -> Array:
    """Return the counts (n,) of one decay of a nuclide in bins of hits.

    210Po is the response's own peak, 11C starts where the response says, all others are as in `decay_spectrum`.
    """
    if name == "Po210":
        return response.polonium_probabilities(edges_hits)
    if name == "C11":
        quenching = response.carbon_11_start_mev / (2 * ELECTRON_MASS_MEV)
        return decay_hits(visible_spectrum(nuclide("C11"), gamma_quenching=quenching), edges_hits, response)
    return decay_hits(decay_spectrum(name), edges_hits, response)


def recoil_hits(
    source: Source, cross_sections: Sequence[CrossSection], edges_hits: Array, response: HitsResponse
) -> Array:
    """Return counts in bins of hits per electron and unit of the source's normalisation, as `folding.fold` does.

    Args:
        source: what makes the neutrinos.
        cross_sections: one for each row of the result.
        edges_hits: bin edges (n + 1,).
        response: of the detector.

    Returns:
        Counts (number of cross sections, n), in cm2 x the unit of the normalisation.
    """
    lines = [component.lines.energies_mev for component in source.components if component.lines is not None]
    ends = np.array([component.maximum_energy_mev for component in source.components])
    steps = maximum_recoil_mev(np.concatenate([*lines, ends]))
    doubling = LOWEST_RECOIL_MEV * 2.0 ** np.arange(15)  # for the 1/T of the magnetic moment, to where hits begin
    knots = np.unique(np.concatenate([doubling, steps]))
    return density_hits(
        lambda recoil: recoil_spectra(source, cross_sections, recoil), knots, edges_hits, response
    ).reshape(len(cross_sections), -1)


def node_edges_hits(stop_hits: float) -> Array:
    """Return the edges of cells centred at 0, 0.5, 1, ... hits; the first holds all below, the last one `stop_hits`."""
    last = int(np.ceil(stop_hits / NODE_STEP_HITS))
    return np.concatenate([[-np.inf], NODE_STEP_HITS * (np.arange(last + 1) + 0.5)])


def carbon_14_nodes(response: HitsResponse) -> Array:
    """Return the probability of one 14C decay on nodes 0, 0.5, 1, ... hits, to where it ends."""
    spectrum = decay_spectrum("C14")
    last = float(response.mean_hits(max(part.knots_mev()[-1] for part in spectrum.continua)))
    stop = last + REACH_SIGMA * float(response.sigma_hits(last))
    return decay_hits(spectrum, node_edges_hits(stop), response)


def synthetic_pile_up_hits(edges_hits: Array, response: HitsResponse) -> Array:
    """Return the counts (n,) of one pair of 14C decays in bins of hits: the synthetic model, a sample of its own."""
    single = decay_hits(decay_spectrum("C14"), _cell_edges_hits(edges_hits), response)
    return _binned(piled_up(single, carbon_14_nodes(response)), edges_hits)


def window_hits(response: HitsResponse, mean: float) -> Array:
    """Return the hits that a window collects by chance from a mean number of 14C decays, on nodes."""
    return coincidence_spectrum(carbon_14_nodes(response), mean)


def piled_up_hits(fold: Callable[[Array], Array], edges_hits: Array, window: Array) -> Array:
    """Return a sample's counts with what the window adds to each event: the convolution model.

    Args:
        fold: returns the counts (n,), or (m, n), of the sample in bins of given edges, the first -inf.
        edges_hits: bin edges (n + 1,), multiples of half a hit [hits].
        window: of `window_hits`, or any other distribution on nodes 0, 0.5, 1, ... hits.

    Returns:
        Counts shaped as those of `fold`.
    """
    cells = fold(_cell_edges_hits(edges_hits))
    rows = [_binned(piled_up(row, window), edges_hits) for row in np.atleast_2d(cells)]
    return np.array(rows).reshape(*cells.shape[:-1], -1)


def _cell_edges_hits(edges_hits: Array) -> Array:
    """Edges of cells half a hit wide of which bins are made, the first holds all below: -inf, 0.5, 1, ... the last.

    Nodes of what is added lie at whole numbers of cells, so that cells move onto cells and no count is interpolated.
    """
    places = edges_hits / NODE_STEP_HITS
    if not (places == np.round(places)).all() or edges_hits[0] < 0.0:
        wrong = edges_hits[(places != np.round(places)) | (edges_hits < 0.0)][0]
        raise InputError(
            f"binning: edge {wrong:g} hits: with pile-up it must be a multiple of half a hit, zero or more"
        )
    return np.concatenate([[-np.inf], NODE_STEP_HITS * np.arange(1, round(places[-1]) + 1)])


def _binned(cells: Array, edges_hits: Array) -> Array:
    first = np.round(edges_hits / NODE_STEP_HITS).astype(int)
    return np.asarray(np.add.reduceat(cells, first[:-1]))


def _panels_mev(knots_mev: Array, edges_hits: Array, response: HitsResponse) -> Array:
    """Panel edges that hold all knots, each panel at most one standard deviation of the hits wide."""
    hits = _marks_hits(edges_hits, response)
    reach = REACH_SIGMA * response.sigma_hits(hits)
    seen = np.flatnonzero((hits + reach >= edges_hits[0]) & (hits - reach <= edges_hits[-1]))
    marks = response.energy_mev(hits[max(seen[0] - 1, 0) : seen[-1] + 2])
    low = knots_mev[0] if seen[0] == 0 else max(knots_mev[0], marks[0])
    high = min(knots_mev[-1], marks[-1])
    if high <= low:
        return np.array([low])
    inside = np.concatenate([knots_mev, marks])
    return np.unique(np.concatenate([[low], inside[(inside > low) & (inside < high)], [high]]))


def _marks_hits(edges_hits: Array, response: HitsResponse) -> Array:
    """Mean hits from zero to where the last edge is out of reach, in steps of their standard deviation."""
    if not ((np.diff(edges_hits) > 0.0).all() and 0.0 < edges_hits[-1] < np.inf):
        raise InputError(
            f"binning: edges {edges_hits[0]:g} to {edges_hits[-1]:g} hits: must increase and end at a positive number"
        )
    hits = [0.0]
    while hits[-1] - REACH_SIGMA * float(response.sigma_hits(hits[-1])) <= edges_hits[-1]:
        hits.append(hits[-1] + min(float(response.sigma_hits(hits[-1])), max(hits[-1], SMALLEST_PANEL_HITS)))
        if hits[-1] > response.highest_hits:
            raise InputError(
                f"binning: the last edge of {edges_hits[-1]:g} hits must lie {REACH_SIGMA:g} standard deviations below "
                f"the {response.highest_hits:.0f} hits of 5 MeV"
            )
    return np.array(hits)
