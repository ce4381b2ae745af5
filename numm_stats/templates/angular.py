"""Counts in bins of recoil energy and of the electron's angle, from a point source whose direction is known.

A recoil T at an angle theta has one neutrino energy E(T, theta), so that the spectrum phi is folded through kinematics:

    d2N / dT d theta = phi(E) d sigma/dT (E, T) |dE/d theta|.

At each T the integral over the angle is Gauss-Legendre between the angles that belong to the source's own panels,
further cut at the edges of the angular bins, or, with a resolution, into steps of one standard deviation. Lines sit at
one angle for each T. The integral over T is that of `templates.folding`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.angles import energy_per_cos_theta_mev, neutrino_energy_mev, theta
from numm_stats.physics.kinematics import maximum_recoil_mev, minimum_neutrino_energy_mev, recoil_mev_at_angle
from numm_stats.templates.folding import (
    CHUNK,
    LOWEST_RECOIL_MEV,
    ORDER,
    panel_nodes,
    reached_bins,
    recoil_panels_mev,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from numm_stats.detectors.response import Response
    from numm_stats.physics.binding import Atom
    from numm_stats.sources.source import Component, Source
    from numm_stats.templates.angular_bins import AngularBins, AngularResolution
    from numm_stats.templates.interactions import CrossSection

    Array = NDArray[np.float64]

__all__ = ["double_differential", "fold_angular"]

FEW_PANELS = 40  # of a spectrum: those are wide, and the density may jump between them
ANGLE_CHUNK = CHUNK // 4
KNOTS = 65  # of the spline of a spectrum on each panel


def double_differential(
    source: Source, cross_sections: Sequence[CrossSection], recoil_mev: ArrayLike, cos_theta: ArrayLike
) -> Array:
    """Return d2 sigma / dT d cos(theta), the spectrum folded in: phi(E) d sigma/dT |dE/d cos(theta)|.

    Args:
        source: neutrinos per MeV in the unit of its normalisation.
        cross_sections: functions of (energy, recoil, flavour) in cm2/MeV.
        recoil_mev: recoil energies [MeV], broadcast against the cosines.
        cos_theta: cosines of the electron's angle to the neutrino.

    Returns:
        cm2/MeV times the unit of the normalisation, shape (number of cross sections, *broadcast); zero where the
        source has no neutrino.

    Raises:
        InputError: if the source has lines, of which each fills one curve in the plane and no area.
    """
    if any(component.lines is not None for component in source.components):
        raise InputError(f"{source.name} has lines, whose density in energy and angle is infinite; fold it into bins")
    recoil, cosine = np.broadcast_arrays(np.asarray(recoil_mev, dtype=float), np.asarray(cos_theta, dtype=float))
    energy = neutrino_energy_mev(recoil, cosine)
    jacobian = energy_per_cos_theta_mev(recoil, cosine)
    total = np.zeros((len(cross_sections), *recoil.shape))
    for component in source.components:
        weights = _density(component, energy) * jacobian
        total += np.array([weights * _at(curve, energy, recoil, component.flavour) for curve in cross_sections])
    return total


def fold_angular(
    source: Source,
    cross_sections: Sequence[CrossSection],
    edges_mev: Array,
    bins: AngularBins,
    *,
    response: Response,
    resolution: AngularResolution,
    atom: Atom | None = None,
) -> Array:
    """Return counts in bins of visible energy and seen angle, per electron and unit of the source's normalisation.

    Args:
        source: what makes the neutrinos, a point far enough away for one direction.
        cross_sections: one for each row of the result.
        edges_mev: bin edges (n + 1,) of the visible energy [MeV].
        bins: m bins of the cosine or the angle.
        response: of the detector to the energy.
        resolution: of the detector in the angle.
        atom: of the target, as in `folding.recoil_spectra`; a bound electron's own momentum is left out.

    Returns:
        Counts, shape (number of cross sections, n, m), in cm2 x the unit of the normalisation. Over bins that cover all
        angles they add up to `folding.fold`.

    Raises:
        InputError: if no recoil of this source reaches the lowest bin edge.
    """
    edges, unshifted = response.visible_edges(edges_mev), replace(response, cut_shift_mev=0.0)
    shells = np.empty(0) if atom is None else atom.steps_mev
    turns = resolution.turns(bins.theta_edges)
    recoil, weights = panel_nodes(_recoil_panels(source, edges, turns, response, shells))
    if atom is not None:
        weights = weights * atom.free_fraction(recoil)
    filling = resolution.filling(bins.theta_edges)
    panels = resolution.steps(bins.theta_edges)
    components = [_tabulated(component) for component in source.components]
    counts = np.zeros((len(cross_sections), len(edges) - 1, bins.number))
    for start in range(0, len(recoil), ANGLE_CHUNK):
        part = slice(start, start + ANGLE_CHUNK)
        first, last = reached_bins(recoil[part], edges, response)
        seen = unshifted.bin_probabilities(recoil[part], edges[first : last + 1]) * weights[part]
        spectra = np.zeros((len(cross_sections), len(recoil[part]), bins.number))
        for component in components:
            angles, energies, at_nodes = _angle_nodes(component, recoil[part], panels)
            values = [
                at_nodes * _at(curve, energies, recoil[part][:, None], component.flavour) for curve in cross_sections
            ]
            spectra += filling(angles, values)
        counts[:, first:last] += np.einsum("it,ktm->kim", seen, spectra)
    return counts[:, :, ::-1] if bins.variable == "cos_theta" else counts


def _angle_nodes(component: Component, recoil_mev: Array, steps: Array) -> tuple[Array, Array, Array]:
    """Return angles, neutrino energies and weights (density and Jacobian multiplied in) at each recoil, all (t, a)."""
    parts = []
    if component.lines is not None:
        energies = np.broadcast_to(component.lines.energies_mev, (len(recoil_mev), len(component.lines.energies_mev)))
        inside = energies >= minimum_neutrino_energy_mev(recoil_mev)[:, None]
        parts.append((theta(energies, recoil_mev[:, None]), energies, inside * component.lines.intensities))
    if component.continuum is not None:
        parts.append(_continuum_nodes(component, component.continuum.panels_mev, recoil_mev, steps))
    angles, energies, weights = (np.concatenate(arrays, axis=1) for arrays in zip(*parts, strict=True))
    return angles, energies, weights


def _continuum_nodes(
    component: Component, panels_mev: Array, recoil_mev: Array, steps: Array
) -> tuple[Array, Array, Array]:
    """Gauss-Legendre in the angle, from the smallest to the largest that the spectrum allows at each recoil."""
    at_panels = theta(panels_mev, recoil_mev[:, None])
    lowest, widest = at_panels[:, :1], at_panels[:, -1:]
    cuts = np.clip(np.broadcast_to(steps, (len(recoil_mev), len(steps))), lowest, widest)
    edges = np.sort(np.concatenate([at_panels, cuts], axis=1), axis=1)
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    half = 0.5 * np.diff(edges, axis=1)[..., None]
    angles = (0.5 * (edges[:, 1:] + edges[:, :-1])[..., None] + half * nodes).reshape(len(recoil_mev), -1)
    cosine = np.cos(angles)
    energies = neutrino_energy_mev(recoil_mev[:, None], cosine)
    jacobian = energy_per_cos_theta_mev(recoil_mev[:, None], cosine) * np.sin(angles)
    return angles, energies, (half * weights).reshape(angles.shape) * jacobian * _density(component, energies)


def _tabulated(component: Component) -> Component:
    """Return a component whose spectrum is a cubic spline on each of its panels, where it is smooth.

    Beta spectra take longer than all else together, and a fold asks for them at hundreds of thousands of energies.
    """
    from scipy.interpolate import CubicSpline, PPoly  # noqa: PLC0415

    if component.continuum is None:
        return component
    pieces = []
    for low, high in pairwise(component.continuum.panels_mev):
        # ends a rounding inside: the density may jump there
        ends = np.clip(np.linspace(low, high, KNOTS), np.nextafter(low, high), np.nextafter(high, low))
        pieces.append(CubicSpline(ends, component.continuum.density(ends)))
    breaks = np.concatenate([*(piece.x[:-1] for piece in pieces), pieces[-1].x[-1:]])
    table = PPoly(np.concatenate([piece.c for piece in pieces], axis=1), breaks)
    return replace(component, continuum=replace(component.continuum, density=table))


def _density(component: Component, energy_mev: Array) -> Array:
    """Return the spectrum, zero beyond its panels."""
    if component.continuum is None:
        return np.zeros_like(energy_mev)
    low, high = component.continuum.panels_mev[[0, -1]]
    inside = (energy_mev >= low) & (energy_mev <= high) & (energy_mev > 0)
    return np.where(inside, component.continuum.density(np.where(inside, energy_mev, high)), 0.0)


def _at(curve: CrossSection, energy_mev: Array, recoil_mev: Array, flavour: str) -> Array:
    """Return a cross section at energies that rounding may have put just below the smallest for the recoil."""
    return curve(np.maximum(energy_mev, minimum_neutrino_energy_mev(recoil_mev) * (1 + 1e-14)), recoil_mev, flavour)


def _recoil_panels(source: Source, edges_mev: Array, turns: Array, response: Response, shells_mev: Array) -> Array:
    """Return panels of the recoil that end wherever counts of a bin have a step or a kink; `turns` are angles [rad]."""
    top = float(maximum_recoil_mev(source.maximum_energy_mev))
    if edges_mev[0] >= response.scale * top:
        raise InputError(
            f"threshold {edges_mev[0]:g} MeV is above the largest recoil of {source.name}, {top:.4g} MeV: "
            "lower the first edge of the recoil energy"
        )
    edges = edges_mev / response.scale
    perfect = response.resolution.is_perfect
    low = max(float(edges[0]) if perfect else 0.0, LOWEST_RECOIL_MEV)
    high = min(float(edges[-1]), top) if perfect else top
    cosines = np.concatenate([[1.0], np.cos(turns)])
    sharp = recoil_mev_at_angle(_sharp_energies(source)[:, None], cosines).ravel()
    inside = np.concatenate([edges, sharp, response.kinks_mev, shells_mev])
    inside = np.sort(inside[(inside > low) & (inside < high)])
    points = np.concatenate([[low], inside, [high]])
    # points closer than rounding make no panel
    kept = np.concatenate([[True], np.diff(points) > 1e-12 * points[1:]])
    return recoil_panels_mev(points[kept], response)


def _sharp_energies(source: Source) -> Array:
    """Return energies [MeV] at which the spectrum has a line, an end, or may jump."""
    sharp = []
    for component in source.components:
        if component.lines is not None:
            sharp.append(component.lines.energies_mev)
        if component.continuum is not None:
            panels = component.continuum.panels_mev
            sharp.append(panels if len(panels) <= FEW_PANELS else panels[[0, -1]])
    return np.unique(np.concatenate(sharp))
