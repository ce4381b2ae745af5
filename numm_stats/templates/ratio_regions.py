"""Regions of recoil energy and angle in which magnetic scattering is more than C times weak scattering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.angles import neutrino_energy_mev
from numm_stats.physics.constants import ELECTRON_MASS_MEV
from numm_stats.physics.kinematics import maximum_recoil_mev, minimum_neutrino_energy_mev
from numm_stats.physics.magnetic import MAGNETIC_PREFACTOR_CM2, magnetic_cross_section
from numm_stats.physics.weak import (
    WEAK_PREFACTOR_CM2_PER_MEV,
    CouplingScheme,
    weak_couplings,
    weak_cross_section,
)
from numm_stats.templates.folding import CHUNK, ORDER, panel_nodes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from numm_stats.sources.source import Component, Source

    Array = NDArray[np.float64]

__all__ = ["RatioRegion", "magnetic_to_weak", "ratio_boundaries_mev", "ratio_region"]

_TREE_LEVEL = CouplingScheme()
RECOIL_PANELS = 200


@dataclass(frozen=True)
class RatioRegion:
    """Cross sections, the spectrum folded in, inside a region and in all [cm2 x the unit of the normalisation].

    Attributes:
        ratio: C; inside, d sigma (magnetic) > C d sigma (weak).
        weak: inside.
        magnetic: inside.
        all_weak: everything above the threshold.
        all_magnetic: everything above the threshold.
    """

    ratio: float
    weak: float
    magnetic: float
    all_weak: float
    all_magnetic: float

    @property
    def of_weak(self) -> float:
        """Share of the weak events that lie inside."""
        return self.weak / self.all_weak

    @property
    def of_magnetic(self) -> float:
        """Share of the magnetic events that lie inside."""
        return self.magnetic / self.all_magnetic

    @property
    def of_all(self) -> float:
        """Share of all events that lie inside."""
        return (self.weak + self.magnetic) / (self.all_weak + self.all_magnetic)


def magnetic_to_weak(
    recoil_mev: ArrayLike, cos_theta: ArrayLike, flavour: str, moment: float, scheme: CouplingScheme = _TREE_LEVEL
) -> Array:
    """Return magnetic over weak cross section at a recoil and an angle: the same for every spectrum of one flavour.

    Args:
        recoil_mev: recoil energies [MeV], broadcast against the cosines.
        cos_theta: cosines of the electron's angle to the neutrino.
        flavour: one of the six names.
        moment: magnetic moment [Bohr magnetons].
        scheme: weak couplings.

    Returns:
        Ratio, broadcast shape: infinite at the dynamical zero, NaN where no neutrino gives this recoil and angle.
    """
    energy = neutrino_energy_mev(recoil_mev, cos_theta)
    # at cos(theta) = 1 rounding may leave the energy below the smallest for the recoil
    energy = np.where(energy > 0, np.maximum(energy, minimum_neutrino_energy_mev(recoil_mev) * (1 + 1e-14)), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(
            magnetic_cross_section(energy, recoil_mev, moment) / weak_cross_section(energy, recoil_mev, flavour, scheme)
        )


def ratio_boundaries_mev(
    recoil_mev: Array, ratio: float, flavour: str, moment: float, scheme: CouplingScheme = _TREE_LEVEL
) -> Array:
    """Return the neutrino energies at which magnetic is C times weak, which at each recoil are roots of a quadratic.

    magnetic - C weak = a/E^2 + b/E + c, with k = (pi alpha^2 / m_e^2) mu^2 and w = C 2 G_F^2 m_e / pi:
    a = -w g_R T (g_R T - g_L m_e), b = 2 w g_R^2 T - k, c = k/T - w (g_L^2 + g_R^2).

    Args:
        recoil_mev: recoil energies (k,) [MeV].
        ratio: C, above zero.
        flavour: one of the six names.
        moment: magnetic moment [Bohr magnetons].
        scheme: weak couplings.

    Returns:
        Energies [MeV], shape (k, 2), whether or not kinematics allow them; NaN where there is no root.
    """
    left, right = weak_couplings(flavour, scheme, recoil_mev)
    magnetic, weak = MAGNETIC_PREFACTOR_CM2 * moment**2, ratio * WEAK_PREFACTOR_CM2_PER_MEV
    square = -weak * right * recoil_mev * (right * recoil_mev - left * ELECTRON_MASS_MEV)
    linear = 2 * weak * right**2 * recoil_mev - magnetic
    constant = magnetic / recoil_mev - weak * (left**2 + right**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(linear**2 - 4 * square * constant)
        # 1/E is q/a and c/q with q = -(b + sign(b) root)/2, so that nothing cancels
        half = -0.5 * (linear + np.copysign(root, linear))
        energies = np.stack([square / half, half / constant], axis=-1)
    return np.where((energies > 0) & np.isfinite(energies), energies, np.nan)


def ratio_region(
    source: Source, ratio: float, moment: float, *, threshold_mev: float, scheme: CouplingScheme = _TREE_LEVEL
) -> RatioRegion:
    """Return what a region of constant ratio of magnetic to weak scattering holds, seen without any resolution.

    Args:
        source: of neutrinos of one flavour.
        ratio: C; the region is where magnetic is more than C times weak.
        moment: magnetic moment [Bohr magnetons].
        threshold_mev: smallest recoil counted [MeV].
        scheme: weak couplings.

    Returns:
        Cross sections inside and in all; good to 1e-4 for a continuum, to a percent for lines.

    Raises:
        InputError: if ratio or moment are not above zero, the threshold lies outside the recoils of the source, or it
            has several flavours.
    """
    _check(source, ratio, moment, threshold_mev)
    top = float(maximum_recoil_mev(source.maximum_energy_mev))
    recoil, weights = panel_nodes(np.geomspace(threshold_mev, top, RECOIL_PANELS + 1))
    sums = np.zeros(4)
    for start in range(0, len(recoil), CHUNK):
        part = slice(start, start + CHUNK)
        column = recoil[part][:, None]
        for component in source.components:
            boundaries = ratio_boundaries_mev(recoil[part], ratio, component.flavour, moment, scheme)
            energies, densities = _energy_nodes(component, recoil[part], boundaries)
            measure = densities * weights[part][:, None]
            weak = measure * weak_cross_section(energies, column, component.flavour, scheme)
            magnetic = measure * magnetic_cross_section(energies, column, moment)
            inside = magnetic > ratio * weak
            sums += [weak[inside].sum(), magnetic[inside].sum(), weak.sum(), magnetic.sum()]
    return RatioRegion(ratio, *(float(value) for value in sums))


def _energy_nodes(component: Component, recoil_mev: Array, cuts_mev: Array) -> tuple[Array, Array]:
    """Return energies and weights above the smallest for each recoil, panels ending at the cuts too."""
    parts = []
    lowest = minimum_neutrino_energy_mev(recoil_mev)[:, None]
    if component.lines is not None:
        energies = np.broadcast_to(component.lines.energies_mev, (len(recoil_mev), len(component.lines.energies_mev)))
        parts.append((energies, np.where(energies >= lowest, component.lines.intensities, 0.0)))
    if component.continuum is not None:
        panels = component.continuum.panels_mev
        cuts = np.nan_to_num(cuts_mev, nan=panels[-1])
        edges = np.concatenate([np.broadcast_to(panels, (len(recoil_mev), len(panels))), cuts], axis=1)
        edges = np.sort(np.clip(edges, np.clip(lowest, panels[0], panels[-1]), panels[-1]), axis=1)
        nodes, weights = np.polynomial.legendre.leggauss(ORDER)
        half = 0.5 * np.diff(edges, axis=1)[..., None]
        energies = (0.5 * (edges[:, 1:] + edges[:, :-1])[..., None] + half * nodes).reshape(len(recoil_mev), -1)
        parts.append((energies, (half * weights).reshape(energies.shape) * component.continuum.density(energies)))
    return np.concatenate([e for e, _ in parts], axis=1), np.concatenate([w for _, w in parts], axis=1)


def _check(source: Source, ratio: float, moment: float, threshold_mev: float) -> None:
    for name, value in (("ratio", ratio), ("moment", moment)):
        if not (np.isfinite(value) and value > 0):
            raise InputError(f"{name} = {value}; allowed: a number above zero")
    top = float(maximum_recoil_mev(source.maximum_energy_mev))
    if not 0 < threshold_mev < top:
        raise InputError(f"threshold_mev = {threshold_mev}; allowed for {source.name}: above 0 and below {top:.4g}")
    flavours = sorted({component.flavour for component in source.components})
    if len(flavours) > 1:
        raise InputError(f"{source.name} has flavours {', '.join(flavours)}; allowed: one, of which the ratio is")
