"""True events: what happens before a detector sees it.

Neutrino-electron scattering is physics: the flux times the weak cross section of every flavour, the angle from
kinematics. It is sampled from a wider distribution with half of the recoils flat in T and half in log T, so that few
events of weight near zero carry the magnetic moment's 1/T; the weight makes up for it. Backgrounds are toys, see
`simulation_categories`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.detectors.known import known_detector
from numm_stats.errors import InputError
from numm_stats.physics.flavours import FLAVOURS, is_antineutrino, lepton_family
from numm_stats.physics.kinematics import (
    maximum_recoil_mev,
    minimum_neutrino_energy_mev,
    recoil_theta_squared_mev,
)
from numm_stats.physics.weak import chiral_cross_section, total_weak_cross_section, weak_couplings
from numm_stats.selections.simulation_categories import CATEGORIES, ELASTIC, SIGNAL_ABOVE_MEV

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from numm_stats.selections.simulation_categories import Category
    from numm_stats.sources.source import Source

    Array = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["LOWEST_RECOIL_MEV", "TrueEvents", "Truth"]

LOWEST_RECOIL_MEV: Final = 10.0  # nothing below is reconstructed
LOWEST_NUCLEAR_MEV: Final = 100.0  # neutrino energy from which nuclei make showers; toy


@dataclass(frozen=True, eq=False, slots=True)
class TrueEvents:
    """n events.

    Attributes:
        category: position among `CATEGORIES`, shape (n,).
        flavour: position in `physics.flavours.FLAVOURS`, shape (n,).
        energy_mev: of the neutrino [MeV], shape (n,).
        recoil_mev: kinetic energy of the electron, in backgrounds that of what showers like one [MeV], shape (n,).
        theta_rad: its angle to the beam [rad], shape (n,).
        weight: expected events per proton on target, times n, for the whole detector, shape (n,).
    """

    category: Integers
    flavour: Integers
    energy_mev: Array
    recoil_mev: Array
    theta_rad: Array
    weight: Array


@dataclass(frozen=True, eq=False, slots=True)
class _Panels:
    """Panels of a source's spectra, of all flavours in a row: flavour, edges [MeV], density [1/cm2/MeV/POT]."""

    flavour: Integers
    lower: Array
    upper: Array
    density: Array

    @property
    def content(self) -> Array:
        return self.density * (self.upper - self.lower)

    @property
    def middle(self) -> Array:
        return (self.lower + self.upper) / 2

    def draw(self, random: Generator, count: int, probability: Array) -> tuple[Integers, Array]:
        """Return panels by their probabilities, and energies flat inside them, above the lower edge."""
        cumulated = np.cumsum(probability)
        panel = np.searchsorted(cumulated, random.random(count) * cumulated[-1], side="right")
        return panel, self.upper[panel] - random.random(count) * (self.upper - self.lower)[panel]


class Truth:
    """What a beam does in the NOvA near detector, ready to be drawn from.

    Args:
        source: spectra per proton on target, a histogram of each flavour.

    Raises:
        InputError: if the source has lines, or no flavour that a background is made of.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.electrons = known_detector("nova-near").live_electrons
        self._panels = _panels(source, float(minimum_neutrino_energy_mev(LOWEST_RECOIL_MEV)))
        self._nuclear = _panels(source, LOWEST_NUCLEAR_MEV)
        couplings = [weak_couplings(flavour) for flavour in FLAVOURS]
        self._left, self._right = (np.array([float(pair[k]) for pair in couplings]) for k in (0, 1))
        self._elastic = self._elastic_probability()
        self._rates = [_nuclear_rates(self._nuclear, category) for category in CATEGORIES]
        for category, rates in zip(CATEGORIES, self._rates, strict=True):
            if not rates.sum() > 0:
                raise InputError(f"source {source.name!r} has no neutrinos that make {category.name} events")
        self.signal_per_pot = self.weak_events_per_pot(SIGNAL_ABOVE_MEV)

    def weak_events_per_pot(self, above_mev: float = LOWEST_RECOIL_MEV) -> float:
        """Return the expected weak nu-e scatterings above a recoil, integrated and not sampled."""
        total = 0.0
        for component in self.source.components:
            energy, flux = component.quadrature([0.0])
            total += float((flux * total_weak_cross_section(energy, component.flavour, threshold_mev=above_mev)).sum())
        return total * self.electrons

    def draw(self, random: Generator, count: int) -> TrueEvents:
        """Return so many events of all categories in random order; the mean of their weights is the rate per POT.

        Args:
            random: where the randomness comes from.
            count: number of events.
        """
        shares = np.cumsum([category.share for category in CATEGORIES])
        kinds = np.minimum(np.searchsorted(shares, random.random(count), side="right"), len(CATEGORIES) - 1)
        events = TrueEvents(kinds, np.empty(count, dtype=np.intp), *np.empty((4, count)))
        for k in range(len(CATEGORIES)):
            chosen = np.flatnonzero(kinds == k)
            parts = self._scatter(random, len(chosen)) if k == ELASTIC else self._shower(random, len(chosen), k)
            arrays = (events.flavour, events.energy_mev, events.recoil_mev, events.theta_rad, events.weight)
            for array, part in zip(arrays, parts, strict=True):
                array[chosen] = part
        return events

    def _elastic_probability(self) -> Array:
        """Of a panel: half as weak scattering is, half as the flux is, where low recoils come from as well."""
        panels = self._panels
        sigma = np.zeros_like(panels.middle)
        for k, flavour in enumerate(FLAVOURS):
            own = panels.flavour == k
            sigma[own] = total_weak_cross_section(panels.middle[own], flavour)
        weak = panels.content * sigma
        return np.asarray(weak / weak.sum() + panels.content / panels.content.sum()) / 2

    def _scatter(self, random: Generator, count: int) -> tuple[Integers, Array, Array, Array, Array]:
        """Draw neutrino-electron scatterings."""
        panels = self._panels
        panel, energy = panels.draw(random, count, self._elastic)
        flavour, reach = panels.flavour[panel], maximum_recoil_mev(energy)
        span, logarithm = reach - LOWEST_RECOIL_MEV, np.log(reach / LOWEST_RECOIL_MEV)
        flat, fraction = random.random(count) < 0.5, random.random(count)
        recoil = LOWEST_RECOIL_MEV + np.where(flat, fraction * span, LOWEST_RECOIL_MEV * np.expm1(fraction * logarithm))
        recoil = np.minimum(recoil, reach)
        sampled = self._elastic[panel] / (panels.upper - panels.lower)[panel]
        sampled = sampled * (1 / span + 1 / (recoil * logarithm)) / 2
        sigma = chiral_cross_section(energy, recoil, self._left[flavour], self._right[flavour])
        weight = panels.density[panel] * sigma / sampled * self.electrons / CATEGORIES[ELASTIC].share
        theta = np.sqrt(recoil_theta_squared_mev(energy, recoil) / recoil)
        return flavour, energy, recoil, theta, weight

    def _shower(self, random: Generator, count: int, kind: int) -> tuple[Integers, Array, Array, Array, Array]:
        """Draw showers of one background: a toy."""
        category = CATEGORIES[kind]
        panel, energy = self._nuclear.draw(random, count, self._rates[kind])
        fraction = random.beta(*category.shower_fraction, size=count)
        recoil = LOWEST_RECOIL_MEV + fraction * (energy - LOWEST_RECOIL_MEV)
        highest = np.minimum(recoil * (np.pi / 2) ** 2, category.highest_mev)  # showers go forward
        uniform = random.random(count)
        if np.isinf(category.scale_mev):
            recoil_theta2 = uniform * highest
        else:
            recoil_theta2 = -category.scale_mev * np.log1p(uniform * np.expm1(-highest / category.scale_mev))
        weight = np.full(count, category.per_signal * self.signal_per_pot / category.share)
        return self._nuclear.flavour[panel], energy, recoil, np.sqrt(recoil_theta2 / recoil), weight


def _panels(source: Source, lowest_mev: float) -> _Panels:
    """Return the panels of a source above an energy."""
    parts = []
    for component in source.components:
        if component.continuum is None or component.lines is not None:
            raise InputError(f"source {source.name!r} has lines: events are simulated of a continuous spectrum")
        edges = component.continuum.panels_mev
        edges = np.concatenate([[lowest_mev], edges[edges > lowest_mev]])
        density = component.continuum.density((edges[1:] + edges[:-1]) / 2)
        parts.append((np.full(len(density), FLAVOURS.index(component.flavour)), edges[:-1], edges[1:], density))
    flavour, lower, upper, values = (np.concatenate(part) for part in zip(*parts, strict=True))
    return _Panels(flavour, lower, upper, values)


def _nuclear_rates(panels: _Panels, category: Category) -> Array:
    """Return rates in panels, in any unit: cross sections that grow with energy, half as large for antineutrinos."""
    relative = np.array(
        [(lepton_family(name) in category.families) * (0.5 if is_antineutrino(name) else 1.0) for name in FLAVOURS]
    )
    return np.asarray(panels.content * panels.middle * relative[panels.flavour])
