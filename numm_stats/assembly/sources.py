"""From the [source] table of an analysis to what makes its neutrinos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from numm_stats.analyses.source_tables import (
    ArtificialSource,
    ForwardSource,
    IsodarSource,
    LineSource,
    NumiSource,
    PionDecaySource,
    ReactorSource,
    SolarSource,
    TableSource,
)
from numm_stats.assembly.sun import solar_source
from numm_stats.errors import InputError
from numm_stats.sources.normalisation import Emission, Flux, ShapeOnly

if TYPE_CHECKING:
    from numm_stats.analyses.analysis import Analysis
    from numm_stats.detectors.detector import Detector
    from numm_stats.sources.source import Source

__all__ = ["alternative_source", "source_at"]

ANY_RUN_YEARS = 1.0  # of a source whose size is stated elsewhere: the shape does not depend on it
CM_PER_M = 100.0


def source_at(analysis: Analysis, detector: Detector | None = None) -> Source:
    """Return the source of an analysis, as it is for a detector.

    Args:
        analysis: whose source.
        detector: of the analysis: a reactor of stated power is seen at its distance.

    Raises:
        InputError: if a number is missing or out of range.
    """
    match analysis.source:
        case IsodarSource(spectrum=spectrum):
            from numm_stats.sources.isodar import isodar  # noqa: PLC0415  only the source in use is loaded

            source = isodar(spectrum)
        case NumiSource() | PionDecaySource() | ForwardSource() as accelerator:
            source = _of_accelerator(accelerator)
        case SolarSource() as sun:
            source = solar_source(sun)
        case LineSource() as lines:
            source = _lines(lines)
        case ArtificialSource() as nuclide:
            source = _artificial(nuclide, analysis)
        case ReactorSource() as core:
            source = _reactor(core, detector)
        case TableSource() as table:
            source = _table(table)
    return source


def alternative_source(analysis: Analysis) -> Source | None:
    """Return another spectrum, its difference to the one in use is the systematic: 8Li by the other beta-decay model.

    Of a beam from files it is that moved by one standard deviation, all bins, flavours and horn currents together.
    """
    if isinstance(analysis.source, NumiSource) and analysis.source.file is not None:
        return _numi(analysis.source, shift=1.0)
    if not isinstance(analysis.source, IsodarSource):
        return None
    other = "r-matrix" if analysis.source.spectrum == "endpoints" else "endpoints"
    changed = analysis.source.model_copy(update={"spectrum": other})
    return source_at(analysis.model_copy(update={"source": changed}))


def _of_accelerator(table: NumiSource | PionDecaySource | ForwardSource) -> Source:
    """Return the neutrinos that an accelerator makes: a beam, pions at rest, or a collider's along its axis."""
    if isinstance(table, PionDecaySource):
        from numm_stats.sources.pion_decay import pion_decay_at_rest  # noqa: PLC0415

        return pion_decay_at_rest(None if table.decays_per_year is None else Emission(table.decays_per_year))
    if isinstance(table, ForwardSource):
        from numm_stats.sources.forward import forward_lhc  # noqa: PLC0415

        return forward_lhc(table.face, table.luminosity_per_fb_year)
    return _numi(table)


def _numi(table: NumiSource, *, shift: float = 0.0) -> Source:
    """Return the beam as tabulated, or that of files moved by so many standard deviations."""
    from numm_stats.sources.numi import both_modes, numi  # noqa: PLC0415
    from numm_stats.sources.numi_file import numi_from_file  # noqa: PLC0415

    both = ("forward", "reverse")
    currents = both if table.horn_current == "both" else (table.horn_current or "forward",)
    modes = [numi(c) for c in currents] if table.file is None else [numi_from_file(f, shift=shift) for f in table.file]
    return modes[0] if table.forward_share is None else both_modes(*modes, forward_share=table.forward_share)


def _lines(table: LineSource) -> Source:
    from numm_stats.sources.lines import monoenergetic  # noqa: PLC0415

    size: Emission | Flux | ShapeOnly = ShapeOnly()
    if table.emitted_per_year is not None:
        size = Emission(table.emitted_per_year)
    elif table.flux_per_cm2_s is not None:
        size = Flux(table.flux_per_cm2_s)
    return monoenergetic(table.energies_mev, table.intensities, table.flavour, normalisation=size)


def _table(table: TableSource) -> Source:
    from numm_stats.sources.table import from_table  # noqa: PLC0415

    emission = None if table.emitted_per_year is None else Emission(table.emitted_per_year)
    return from_table(Path(table.file), flavour=table.flavour, per=table.per, normalisation=emission)


def _artificial(table: ArtificialSource, analysis: Analysis) -> Source:
    """Return the nuclide's neutrinos over the run, or, of a stated number of events, their shape."""
    from numm_stats.sources.artificial import BECQUEREL_PER_MEGACURIE, artificial  # noqa: PLC0415

    years, events = analysis.exposure.live_years, analysis.exposure.events
    activity = table.activity_bq
    if table.activity_megacurie is not None:
        activity = table.activity_megacurie * BECQUEREL_PER_MEGACURIE
    known = activity is not None and years is not None
    if not known and events is None:
        missing = "source.activity_bq (or activity_megacurie)" if activity is None else "exposure.days (or years)"
        raise InputError(f"{missing} is missing: state it, or the number of weak events as exposure.events")
    name = "-".join(part.capitalize() for part in table.kind.split("-"))
    found = artificial(
        name, activity or 1.0, years or ANY_RUN_YEARS, cooling_years=table.cooling_years, lines=table.lines
    )
    return found if known else replace(found, normalisation=ShapeOnly())


def _reactor(table: ReactorSource, detector: Detector | None) -> Source:
    """Return the reactor at the detector's distance, or, where nothing states its size, the shape of its spectrum."""
    from numm_stats.sources.reactor import CAPTURES_PER_FISSION, reactor, reactor_of_flux  # noqa: PLC0415

    captures = CAPTURES_PER_FISSION if table.captures_per_fission is None else table.captures_per_fission
    fractions = table.fission_fractions or None
    if table.thermal_power_gw is None:
        found = reactor_of_flux(table.flux_per_cm2_s or 1.0, fractions, captures_per_fission=captures)
        return found if table.flux_per_cm2_s is not None else replace(found, normalisation=ShapeOnly())
    inverse_square = None if detector is None else detector.mean_inverse_square_per_cm2
    if inverse_square is None:
        raise InputError("detector.distance_m is missing: the flux of source.thermal_power_gw depends on it")
    distance_m = inverse_square**-0.5 / CM_PER_M
    return reactor(table.thermal_power_gw, distance_m, fractions, captures_per_fission=captures)
