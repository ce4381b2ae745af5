"""From an analysis to the objects of each floor: source, detector, templates, workspace."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.analyses.analysis import ChargeRadiusTable, MediatorTable
from numm_stats.analyses.borexino_tables import BorexinoTable
from numm_stats.analyses.published_files import read_event_counts, read_histogram, read_points
from numm_stats.analyses.reading import read_counts
from numm_stats.analyses.source_tables import ArtificialSource
from numm_stats.assembly.angular_samples import has_channels, in_channels, with_angle
from numm_stats.assembly.background_samples import background_templates, weak_elsewhere
from numm_stats.assembly.source_off import with_source_off
from numm_stats.assembly.sources import alternative_source, source_at
from numm_stats.detectors.known import known_detector
from numm_stats.detectors.response import Efficiency, Resolution
from numm_stats.detectors.surrounding import around_a_hole
from numm_stats.errors import InputError
from numm_stats.physics.binding import atom
from numm_stats.physics.flavours import lepton_family
from numm_stats.physics.weak import CouplingScheme
from numm_stats.templates.building import (
    WEAK,
    Exposure,
    Normalisation,
    Scattering,
    ShapeVariation,
    build_scattering_templates,
)
from numm_stats.templates.interactions import ChargeRadiusSignal, MagneticSignal, MediatorSignal
from numm_stats.templates.templates import SIGNAL, Template, Templates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.analyses.analysis import Analysis
    from numm_stats.analyses.tables import EfficiencyTable
    from numm_stats.detectors.detector import Detector
    from numm_stats.sources.source import Source
    from numm_stats.templates.interactions import Signal

__all__ = [
    "assemble_couplings",
    "assemble_detector",
    "assemble_samples",
    "assemble_scattering",
    "assemble_signal",
    "assemble_source",
    "assemble_templates",
    "observed_counts",
    "poi_kind",
]

PROVISIONAL_REFERENCE = {"magnetic-moment": 1e-11}
PROVISIONAL_COUPLING = 1e-6
NEAR = 3.0  # times: points this far outside a range may still be meant for it


def assemble_source(analysis: Analysis) -> Source:
    """Return the source of an analysis."""
    in_hits = isinstance(analysis.detector, BorexinoTable)
    return source_at(analysis, None if in_hits else assemble_detector(analysis))


def assemble_detector(analysis: Analysis) -> Detector:
    """Return the detector of an analysis, the stated numbers in place of its own."""
    table = analysis.detector
    if isinstance(table, BorexinoTable):
        raise InputError(f"{analysis.name} counts hits: its detector has no response in energy")
    detector = known_detector(table.kind)
    if table.radius_m is not None and table.distance_m is None and detector.radius_m == 0.0:
        raise InputError(f"detector.radius_m = {table.radius_m}: state detector.distance_m, to the centre, with it")
    numbers = ("tonnes", "electrons_per_tonne", "live_fraction", "distance_m", "radius_m")
    stated = {key: getattr(table, key) for key in numbers if getattr(table, key) is not None}
    if table.binding is not None:
        stated["atom"] = None if table.binding == "none" else atom(table.binding)
    response = detector.response
    if table.resolution is not None:
        response = replace(response, resolution=Resolution(**table.resolution.model_dump()))
    if table.efficiency is not None:
        response = replace(response, efficiency=_efficiency(table.efficiency, analysis.edges_mev()))
    if detector.radius_m > 0.0 and table.tonnes is not None and table.radius_m is None:
        stated["radius_m"] = detector.radius_m * math.cbrt(table.tonnes / float(detector.tonnes or table.tonnes))
    built = replace(detector, response=response, **stated)
    return built if table.inner_radius_m is None else around_a_hole(built, table.inner_radius_m)


def _efficiency(table: EfficiencyTable, edges_mev: NDArray[np.float64]) -> Efficiency:
    """Return the efficiency; points none of which is in the analysed range, or near it, have another unit."""
    energies = np.asarray(table.energies_mev or (), dtype=float)
    values = np.asarray(table.values or (), dtype=float)
    if table.file is not None:
        energies, values = read_points(Path(table.file), table.unit or "MeV")
    low, high = edges_mev[[0, -1]]
    if len(energies) > 1 and not ((energies >= low / NEAR) & (energies <= high * NEAR)).any():
        raise InputError(
            f"detector.efficiency has points from {energies[0]:g} to {energies[-1]:g} MeV and none in the analysed "
            f"range, {low:g} to {high:g} MeV: look at their unit, or state a point there"
        )
    return Efficiency(tuple(energies.tolist()), tuple(values.tolist()), table.against)


def assemble_signal(analysis: Analysis, reference: float) -> Signal:
    """Return the signal of an analysis at a reference moment, coupling or radius."""
    table = analysis.signal
    if isinstance(table, ChargeRadiusTable):
        return ChargeRadiusSignal(
            reference, tuple(table.flavours or ()), table.convention, assemble_couplings(analysis)
        )
    if not isinstance(table, MediatorTable):
        return MagneticSignal(reference, tuple(table.flavours or ()))
    return MediatorSignal(
        kind=table.kind,
        reference=reference,
        mass_mev=table.mediator_mass_mev,
        kinematics=table.kinematics,
        interference=table.interference,
        charges={str(family): charge for family, charge in table.charges.items()},
        scheme=assemble_couplings(analysis),
    )


def poi_kind(signal: Signal) -> str:
    """Return the kind of the parameter of interest in the grammar of `workspace.poi`."""
    return "+".join(term.kind for term in signal.terms)


def provisional_reference(analysis: Analysis) -> float:
    """Return a reference for an analysis that states none: where such limits are, before the expected one is known."""
    return analysis.signal.reference or PROVISIONAL_REFERENCE.get(analysis.signal.kind, PROVISIONAL_COUPLING)


def assemble_scattering(analysis: Analysis, reference: float) -> Scattering:
    """Return neutrino-electron scattering as the analysis sees it."""
    exposure, detector = analysis.exposure, assemble_detector(analysis)
    return Scattering(
        source=source_at(analysis, detector),
        detector=detector,
        exposure=Exposure(exposure.events, exposure.live_years, exposure.pot),
        edges_mev=analysis.edges_mev(),
        signal=assemble_signal(analysis, reference),
        scheme=assemble_couplings(analysis),
    )


def assemble_templates(analysis: Analysis, reference: float) -> Templates:
    """Return all samples of an analysis with their systematics, signal terms first, weak, then backgrounds."""
    if isinstance(analysis.detector, BorexinoTable):
        from numm_stats.assembly.borexino_samples import borexino_templates  # noqa: PLC0415  only what is in use is loaded

        return borexino_templates(analysis, assemble_signal(analysis, reference), assemble_couplings(analysis))
    scattered, backgrounds = assemble_samples(analysis, reference)
    if has_channels(analysis):
        return in_channels(analysis, scattered, backgrounds, observed_counts(analysis), reference)
    templates = Templates(analysis.edges_mev(), {**scattered, **backgrounds})
    return with_source_off(analysis, templates, backgrounds)


def assemble_samples(analysis: Analysis, reference: float) -> tuple[dict[str, Template], dict[str, Template]]:
    """Return the samples of an analysis with their systematics: what the source scatters, and the backgrounds.

    With bins of the angle the former are in bins of angle and energy, the latter in those of the energy.
    """
    scattering = assemble_scattering(analysis, reference)
    _check_flavours(scattering)
    scales = [Normalisation(s.name, s.size, tuple(s.samples)) for s in analysis.systematic if s.kind == "normalisation"]
    variations = _variations(analysis)
    templates = build_scattering_templates(with_angle(analysis, scattering), variations, scales)
    backgrounds = background_templates(analysis, scattering, scales, variations)
    samples = dict(templates.samples)
    if weak_elsewhere(analysis):
        del samples[WEAK]
    _check_samples(analysis, [*samples, *(name for name, template in backgrounds.items() if not template.power)])
    _check_names(analysis, variations, backgrounds)
    _check_signal(analysis, templates)
    return samples, backgrounds


def observed_counts(analysis: Analysis, templates: Templates | None = None) -> list[float] | None:
    """Return the counts of [data], or None for an Asimov set; those in the bins of templates that hold them."""
    if templates is not None and templates.observed is not None:
        return list(templates.observed)
    if analysis.data.kind == "file":
        return read_counts(Path(str(analysis.data.file)))
    path, unit = Path(str(analysis.data.file)), analysis.data.unit or "MeV"
    if analysis.data.kind == "events":
        return read_event_counts(path, analysis.edges_mev(), unit)
    if analysis.data.kind == "histogram":
        return read_histogram(path, analysis.edges_mev(), unit)[0].tolist()  # type: ignore[no-any-return]
    if analysis.data.kind == "published-spectrum":
        from numm_stats.analyses.published_spectrum import read_published_spectrum  # noqa: PLC0415
        from numm_stats.assembly.borexino_samples import edges_hits_of  # noqa: PLC0415  only what is in use is loaded

        spectrum = read_published_spectrum(path)
        return spectrum.merged(edges_hits_of(analysis)).tolist()  # type: ignore[no-any-return]
    return analysis.data.values


def assemble_couplings(analysis: Analysis) -> CouplingScheme:
    """Return the weak couplings of an analysis."""
    stated = analysis.couplings.model_dump(exclude_none=True)
    return CouplingScheme(**stated)


def _variations(analysis: Analysis) -> list[ShapeVariation]:
    detector = analysis.detector
    if isinstance(detector, BorexinoTable):
        return []
    sizes = {
        "energy-scale": detector.energy_scale_uncertainty,
        "resolution": detector.resolution_uncertainty,
        "threshold": detector.threshold_uncertainty_mev,
    }
    found = [ShapeVariation(kind.replace("-", "_"), kind, size) for kind, size in sizes.items() if size > 0.0]
    for s in analysis.systematic:
        if s.kind != "normalisation":
            other = alternative_source(analysis) if s.kind == "source-spectrum" else None
            found.append(ShapeVariation(s.name, s.kind, s.size, tuple(s.samples), other))
    return found


def _check_samples(analysis: Analysis, names: list[str]) -> None:
    allowed = [*names, SIGNAL] if SIGNAL not in names else names
    for systematic in analysis.systematic:
        for sample in systematic.samples:
            if sample not in allowed:
                raise InputError(
                    f"systematic '{systematic.name}' names sample '{sample}': samples are {', '.join(allowed)}"
                )


def _check_signal(analysis: Analysis, templates: Templates) -> None:
    """Refuse a signal without events, before a fit finds out: a charge of zero, a coupling out of all range."""
    if any(np.any(template.counts != 0.0) for template in templates.signals.values()):
        return
    charges = getattr(analysis.signal, "charges", None)
    stated = f"signal.charges = {charges}" if charges else f"signal.kind = '{analysis.signal.kind}'"
    if not templates.samples[WEAK].counts.any():
        cooled = " and cooling_years" if isinstance(analysis.source, ArtificialSource) else ""
        stated = f"how much source.kind = '{analysis.source.kind}' emits, its activity{cooled}"
    raise InputError(
        f"the signal has no events in any bin: look at {stated}, detector.efficiency, the threshold and the binning"
    )


def _check_flavours(scattering: Scattering) -> None:
    """Refuse the moment or charge radius of a family that the source has no neutrinos of."""
    if not isinstance(scattering.signal, MagneticSignal | ChargeRadiusSignal):
        return
    found = sorted({lepton_family(component.flavour) for component in scattering.source.components})
    for family in scattering.signal.families:
        if family not in found:
            raise InputError(
                f"signal.flavours names {family}, and {scattering.source.name} has no neutrinos of it: "
                f"it has those of {', '.join(found)}"
            )


def _check_names(analysis: Analysis, variations: list[ShapeVariation], backgrounds: dict[str, Template]) -> None:
    """Refuse a name that is used twice: each systematic is a parameter of its own.

    Only normalisations of different samples may share a name, and with it a parameter.
    """
    own = {f"{table.sample}_rate" for table in analysis.background if table.uncertainty > 0.0 or table.free}
    own |= {f"{table.sample}_shape" for table in analysis.background if table.per_bin}
    shapes = [variation.name for variation in variations]
    taken = own | set(shapes)
    scales: dict[str, set[str]] = {}
    for systematic in analysis.systematic:
        name, samples = systematic.name, set(systematic.samples) or {WEAK, SIGNAL}
        if systematic.kind != "normalisation":
            if shapes.count(name) > 1 or name in own:
                raise InputError(f"systematic '{name}' has a name in use: give each a name of its own")
            if samples <= set(backgrounds) and not any(name in backgrounds[s].variations for s in samples):
                decays = "" if systematic.kind == "source-spectrum" else " and backgrounds of kind decay"
                raise InputError(
                    f"systematic '{name}' of kind {systematic.kind} does not move {', '.join(sorted(samples))}: "
                    f"it moves weak and signal{decays}"
                )
        elif name in taken or samples & scales.get(name, set()):
            raise InputError(f"systematic '{name}' has a name in use: give each a name of its own")
        else:
            scales[name] = scales.get(name, set()) | samples
