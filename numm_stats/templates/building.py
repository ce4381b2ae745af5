"""From source, detector and signal to templates with their systematics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.sources.normalisation import fluence_per_cm2
from numm_stats.templates.folding import fold
from numm_stats.templates.interactions import weak
from numm_stats.templates.templates import SIGNAL, Template, Templates, histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from numm_stats.detectors.detector import Detector
    from numm_stats.physics.weak import CouplingScheme
    from numm_stats.sources.source import Source
    from numm_stats.templates.interactions import Signal
    from numm_stats.templates.templates import Histogram

    Array = NDArray[np.float64]

__all__ = [
    "WEAK",
    "Exposure",
    "Normalisation",
    "Scattering",
    "ShapeVariation",
    "build_scattering_templates",
    "signal_names",
]

WEAK = "weak"


@dataclass(frozen=True)
class Exposure:
    """How much was, or will be, taken: a number of weak events in the analysis range, or what it follows from.

    Attributes:
        events: weak events in all bins together.
        years: of running.
        pot: protons on target.
    """

    events: float | None = None
    years: float | None = None
    pot: float | None = None


@dataclass(frozen=True)
class ShapeVariation:
    """A systematic that changes shapes.

    Attributes:
        name: of the nuisance parameter.
        kind: "energy-scale" (relative), "resolution" (relative), "threshold" (MeV) or "source-spectrum" (whole
            difference to an alternative source).
        size: one standard deviation, in the unit that the kind names.
        samples: which samples it moves; all scattering samples if empty.
        alternative: the other source, for "source-spectrum".
    """

    name: str
    kind: str
    size: float
    samples: tuple[str, ...] = ()
    alternative: Source | None = None


@dataclass(frozen=True)
class Normalisation:
    """A systematic that scales samples: relative size up and down (0.007 is 0.7 %)."""

    name: str
    size: float
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scattering:
    """Neutrino-electron scattering as it is seen: everything that sets the counts of weak and signal samples."""

    source: Source
    detector: Detector
    exposure: Exposure
    edges_mev: Array
    signal: Signal
    scheme: CouplingScheme

    def counts(self) -> Array:
        """Return expected counts, weak first, then the terms of the signal: shape (1 + terms, n)."""
        return self._nominal * self._normalisation(self._nominal)

    @cached_property
    def _nominal(self) -> Array:
        """What every systematic is compared with: computed once."""
        return self._shapes()

    def filled(self, counts: Array) -> Histogram:
        """Return counts as a histogram with the bins that they are in."""
        return histogram(counts, self.edges_mev)

    def _shapes(self) -> Array:
        cross_sections = [weak(self.scheme), *(term.cross_section for term in self.signal.terms)]
        return fold(self.source, cross_sections, self.edges_mev, self.detector.response, self.detector.atom)

    def _normalisation(self, shapes: Array) -> float:
        if self.exposure.events is not None:
            weak_total = float(shapes[0].sum())
            if not weak_total > 0.0 or not np.isfinite(self.exposure.events / weak_total):
                raise InputError("no weak scattering is seen in any bin: look at source, efficiency and binning")
            return self.exposure.events / weak_total
        fluence = fluence_per_cm2(
            self.source.normalisation,
            years=self.exposure.years,
            pot=self.exposure.pot,
            mean_inverse_square_cm2=self.detector.mean_inverse_square_per_cm2,
        )
        return fluence * self.detector.live_electrons

    def varied(self, variation: ShapeVariation, sign: float) -> Scattering:
        """Return the same with one systematic moved by sign standard deviations, at the same exposure."""
        step = sign * variation.size
        response = self.detector.response
        if variation.kind == "energy-scale":
            response = replace(response, scale=response.scale * (1.0 + step))
        elif variation.kind == "resolution":
            if response.resolution.is_perfect:
                raise InputError(f"systematic '{variation.name}' is relative to a resolution, and there is none")
            response = replace(response, resolution=response.resolution.scaled(1.0 + step))
        elif variation.kind == "threshold":
            response = replace(response, cut_shift_mev=response.cut_shift_mev + step)
        return replace(self, detector=replace(self.detector, response=response))

    def varied_counts(self, variation: ShapeVariation, sign: float) -> Array:
        """Return the counts with one systematic moved; a stated number of events belongs to the nominal detector."""
        nominal = self._nominal
        if variation.kind == "source-spectrum":
            return self._alternative_counts(variation, sign, nominal)
        try:
            return self.varied(variation, sign)._shapes() * self._normalisation(nominal)
        except InputError as error:
            side = "up" if sign > 0.0 else "down"
            raise InputError(f"systematic '{variation.name}', {side} by size = {variation.size:g}: {error}") from None

    def _alternative_counts(self, variation: ShapeVariation, sign: float, nominal: Array) -> Array:
        """Nominal plus or minus the difference to the alternative spectrum, scaled by the size.

        With a stated number of events the weak total is known, and only shapes differ; with a computed one the number
        of neutrinos is known, and the rate above threshold differs too.
        """
        if variation.alternative is None:
            raise InputError(f"systematic '{variation.name}' needs an alternative spectrum: this source has only one")
        other = replace(self, source=variation.alternative)._shapes()
        known = float(nominal[0].sum()) / float(other[0].sum()) if self.exposure.events is not None else 1.0
        change = other * known - nominal
        return (nominal + sign * variation.size * change) * self._normalisation(nominal)


def signal_names(signal: Signal) -> tuple[str, ...]:
    """Return the sample names of the signal's terms: "signal", or of two "signal_g2" and "signal_g4", or r2 and r4."""
    terms = signal.terms
    return (SIGNAL,) if len(terms) == 1 else tuple(f"{SIGNAL}_{term.kind}" for term in terms)


def build_scattering_templates(
    scattering: Scattering, variations: Sequence[ShapeVariation], normalisations: Sequence[Normalisation]
) -> Templates:
    """Return the signal's terms and the weak sample with all their systematics.

    Args:
        scattering: source, detector, exposure, bins, signal.
        variations: shape systematics.
        normalisations: scale systematics; those that name no sample scale weak and signal together.

    Returns:
        Templates, the signal's terms first; other backgrounds are still to come, so bins may be empty.
    """
    names = (WEAK, *signal_names(scattering.signal))
    powers = (0, *(term.power for term in scattering.signal.terms))
    nominal = scattering.counts()
    moved = {v.name: (scattering.varied_counts(v, 1.0), scattering.varied_counts(v, -1.0)) for v in variations}
    samples = {}
    for row, (name, power) in enumerate(zip(names, powers, strict=True)):
        samples[name] = Template(
            nominal=scattering.filled(nominal[row]),
            variations={
                v.name: tuple(scattering.filled(side[row]) for side in moved[v.name])  # type: ignore[misc]
                for v in variations
                if _applies(name, v.samples)
            },
            normalisations={n.name: (1.0 + n.size, 1.0 - n.size) for n in normalisations if _applies(name, n.samples)},
            power=power,
        )
    ordered = sorted(samples, key=lambda name: samples[name].power == 0)
    return Templates(scattering.edges_mev, {name: samples[name] for name in ordered}, complete=False)


def _applies(name: str, chosen: tuple[str, ...]) -> bool:
    return not chosen or name in chosen or (name.startswith(SIGNAL) and SIGNAL in chosen)
