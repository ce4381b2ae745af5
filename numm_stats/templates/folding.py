"""Counts in bins: source x cross section x response, integrated and not sampled.

Expected counts of bin i per target electron and unit of the source's normalisation are

    N_i = int dT P_i(T) S(T),   S(T) = int_{E > E_min(T)} dE phi(E) d sigma / dT (E, T).

Both integrals are Gauss-Legendre on panels inside which the integrand is smooth: in T the panels end at every bin edge,
are two standard deviations of the resolution wide beside it and grow with the distance from it, and never span more
than a factor of two, which takes care of the 1/T of the magnetic moment; in E they are the source's own. They also end
at the largest recoil of every energy at which the spectrum jumps, and at the shells of bound electrons. Bin
integrals of 8Li are good to 1e-6 at the lowest recoils, 1e-5 at 12 MeV and 2e-4 at 14 MeV, where hardly any are left.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.kinematics import maximum_recoil_mev, minimum_neutrino_energy_mev

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from numm_stats.detectors.response import Response
    from numm_stats.physics.binding import Atom
    from numm_stats.sources.source import Continuum, Source
    from numm_stats.templates.interactions import CrossSection

    Array = NDArray[np.float64]

__all__ = ["CHUNK", "fold", "panel_nodes", "reached_bins", "recoil_panels_mev", "recoil_spectra"]

ORDER = 8
REACH_SIGMA = 7.0  # Phi(-7) = 1e-12: what lies further from a bin than this does not reach it
LOWEST_RECOIL_MEV = 1e-6  # 1 eV: below the binding energy of any electron that could be counted as free
PANEL_SIGMA = 2.0
SHARPEST = 1e-6  # relative width of the narrowest panel: no resolution is sharper
CHUNK = 512
ROUNDING = 1e-12
FEW_PANELS = 40  # of a spectrum: those are wide
BESIDE = 1e-9  # relative distance from which a jump is seen
JUMP = 1e-3  # of the spectrum's largest value: less does not show in a bin


def recoil_spectra(
    source: Source, cross_sections: Sequence[CrossSection], recoil_mev: Array, atom: Atom | None = None
) -> Array:
    """Return S(T) of each cross section, shape (number of cross sections, k).

    Args:
        source: neutrinos per MeV in the unit of its normalisation.
        cross_sections: functions of (energy, recoil, flavour) in cm2/MeV.
        recoil_mev: recoil energies (k,) [MeV].
        atom: that binds the electrons, by the stepping approximation; without one they are free.

    Returns:
        cm2/MeV times the unit of the normalisation.
    """
    spectra = np.zeros((len(cross_sections), len(recoil_mev)))
    minimum = minimum_neutrino_energy_mev(recoil_mev)
    for component in source.components:
        energies, weights = component.quadrature(minimum)
        for k, cross_section in enumerate(cross_sections):
            values = cross_section(energies, recoil_mev[:, None], component.flavour)
            spectra[k] += np.einsum("ij,ij->i", weights, values)
    return spectra if atom is None else spectra * atom.free_fraction(recoil_mev)


def fold(
    source: Source,
    cross_sections: Sequence[CrossSection],
    edges_mev: Array,
    response: Response,
    atom: Atom | None = None,
) -> Array:
    """Return counts in bins of visible energy per electron and unit of the source's normalisation.

    Args:
        source: what makes the neutrinos.
        cross_sections: one for each row of the result.
        edges_mev: bin edges (n + 1,) [MeV].
        response: of the detector.
        atom: of the target, as in `recoil_spectra`.

    Returns:
        Counts, shape (number of cross sections, n), in cm2 x the unit of the normalisation.

    Raises:
        InputError: if no recoil of this source reaches the lowest bin edge.
    """
    top = float(maximum_recoil_mev(source.maximum_energy_mev))
    if response.visible_edges(edges_mev)[0] >= response.scale * top:
        raise InputError(
            f"threshold {edges_mev[0]:g} MeV is above the largest recoil of {source.name}, {top:.4g} MeV: "
            "lower binning.recoil_mev.start and detector.threshold_mev"
        )
    shells = np.empty(0) if atom is None else atom.steps_mev
    panels = recoil_panels_mev(_breakpoints(source, edges_mev, response, top, shells), response)
    recoil, weights = panel_nodes(panels)
    edges, unshifted = response.visible_edges(edges_mev), replace(response, cut_shift_mev=0.0)
    counts = np.zeros((len(cross_sections), len(edges) - 1))
    for start in range(0, len(recoil), CHUNK):
        part = slice(start, start + CHUNK)
        first, last = reached_bins(recoil[part], edges, response)
        probabilities = unshifted.bin_probabilities(recoil[part], edges[first : last + 1])
        spectra = recoil_spectra(source, cross_sections, recoil[part], atom)
        counts[:, first:last] += (spectra * weights[part]) @ probabilities.T
    return counts


def reached_bins(recoil_mev: Array, edges_mev: Array, response: Response) -> tuple[int, int]:
    """Return first and one past the last bin that recoils can be seen in: no work for all the others."""
    visible = response.scale * recoil_mev
    reach = REACH_SIGMA * response.resolution.sigma_mev(visible)
    first = int(np.searchsorted(edges_mev, np.min(visible - reach), side="right")) - 1
    last = int(np.searchsorted(edges_mev, np.max(visible + reach), side="left"))
    first = min(max(first, 0), len(edges_mev) - 2)
    return first, min(max(last, first + 1), len(edges_mev) - 1)


def recoil_panels_mev(breakpoints_mev: Array, response: Response) -> Array:
    """Return panel edges that hold all breakpoints, narrow on the scale of 1/T and, beside each, of the resolution."""
    panels = [float(breakpoints_mev[0])]
    for start, target in pairwise(breakpoints_mev):
        while panels[-1] < target:
            step, remaining = panels[-1], float(target) - panels[-1]
            if not response.resolution.is_perfect:
                narrow = max(PANEL_SIGMA * _sigma_mev(panels[-1], response), SHARPEST * panels[-1])
                step = min(step, max(narrow, min(panels[-1] - float(start), 0.5 * remaining)))
            panels.append(float(target) if step >= 0.8 * remaining else panels[-1] + step)
    return np.array(panels)


def _jumps_mev(continuum: Continuum) -> Array:
    """Return the energies (n,) [MeV] between its panels, or at their ends, at which a spectrum of few panels jumps.

    There the slope of S(T) jumps. Of many panels each is narrow, and what its end does to a bin is small.
    """
    panels = continuum.panels_mev
    if len(panels) > FEW_PANELS:
        return np.empty(0)
    below, above = (continuum.density(panels * (1.0 + side)) for side in (-BESIDE, BESIDE))
    below[0] = above[-1] = 0.0
    jumps = np.abs(above - below) > JUMP * np.max([below, above])
    return np.asarray(panels[jumps & (panels > 0.0)])


def _breakpoints(source: Source, edges_mev: Array, response: Response, top: float, shells_mev: Array) -> Array:
    """Recoil energies where the integrand has a step or a kink: edges, lines, jumps of the spectrum, shells, ends."""
    edges = response.visible_edges(edges_mev) / response.scale
    low, high = float(edges[0]), min(float(edges[-1]), top)
    if not response.resolution.is_perfect:
        low, high = _lowest_reaching(low, response), _highest_reaching(high, top, response)
    lines = [c.lines.energies_mev for c in source.components if c.lines is not None]
    jumps = [_jumps_mev(c.continuum) for c in source.components if c.continuum is not None]
    steps = maximum_recoil_mev(np.concatenate([*lines, *jumps]))
    low = max(low, LOWEST_RECOIL_MEV)
    inside = np.concatenate([edges, steps, shells_mev, response.kinks_mev])
    inside = np.sort(inside[(inside > low) & (inside < high)])
    points = np.concatenate([[low], inside, [high]])
    kept = np.concatenate([[True], np.diff(points) > ROUNDING * points[1:]])  # closer ones make no panel
    return np.asarray(points[kept])


def _sigma_mev(recoil_mev: float, response: Response) -> float:
    """Return the resolution in units of the recoil [MeV]."""
    return float(response.resolution.sigma_mev(response.scale * recoil_mev)) / response.scale


def _lowest_reaching(edge_mev: float, response: Response) -> float:
    """Return the recoil from which the lowest edge is `REACH_SIGMA` standard deviations away, by bisection."""
    low, high = 0.0, edge_mev
    for _ in range(60):
        middle = 0.5 * (low + high)
        reaches = middle + REACH_SIGMA * _sigma_mev(middle, response) >= edge_mev
        low, high = (low, middle) if reaches else (middle, high)
    return low


def _highest_reaching(edge_mev: float, top_mev: float, response: Response) -> float:
    """Return the recoil above which the highest edge is more than `REACH_SIGMA` standard deviations away."""
    low, high = edge_mev, top_mev
    for _ in range(60):
        middle = 0.5 * (low + high)
        reaches = middle - REACH_SIGMA * _sigma_mev(middle, response) <= edge_mev
        low, high = (middle, high) if reaches else (low, middle)
    return high


def panel_nodes(panels_mev: Array) -> tuple[Array, Array]:
    """Return nodes and weights of the Gauss-Legendre rule on panels, both (`ORDER` x panels,)."""
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    half = 0.5 * np.diff(panels_mev)
    middle = 0.5 * (panels_mev[1:] + panels_mev[:-1])
    return (middle[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()
