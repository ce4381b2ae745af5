"""Borexino's spectrum of hits: solar neutrinos, the moment, decays and pile-up as samples; the rate on gallium beside.

Neutrinos of one origin scatter weakly and by their moment with the same flux: where a rate is free, one parameter
multiplies both, and their captures on gallium.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.analyses.analysis import DAYS_PER_YEAR
from numm_stats.analyses.borexino_tables import BorexinoTable
from numm_stats.analyses.source_tables import SolarSource
from numm_stats.assembly.background_samples import exposures
from numm_stats.assembly.sun import GALLIUM_ERRORS, SUN_PARTS, captures_on_gallium, processes, rate_scales, solar_source
from numm_stats.detectors.borexino_fit import fitted_edges_hits, response_variations
from numm_stats.detectors.response import Response
from numm_stats.errors import InputError
from numm_stats.sources.solar_model import solar_flux
from numm_stats.templates.folding import fold
from numm_stats.templates.hit_samples import HitSamples, summed
from numm_stats.templates.hits import decay_hits, nuclide_hits, recoil_hits, synthetic_pile_up_hits
from numm_stats.templates.interactions import weak
from numm_stats.templates.templates import SIGNAL, Template, Templates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from numm_stats.analyses.analysis import Analysis, Background, Systematic
    from numm_stats.detectors.borexino import HitsResponse
    from numm_stats.physics.weak import CouplingScheme
    from numm_stats.sources.source import Source
    from numm_stats.templates.interactions import CrossSection, Signal

    Array = NDArray[np.float64]

__all__ = ["borexino_templates", "edges_hits_of"]

PILE_UP = "pile_up"
SECONDS_PER_DAY = 86400.0
ALL_RECOILS_MEV = (0.0, 20.0)  # the Sun's end below
TONNES = 100.0  # rates are per day and 100 t


@dataclass(frozen=True)
class _Borexino:
    """An analysis in hits, its tables by their types, and how spectra become samples."""

    analysis: Analysis
    sun: SolarSource
    detector: BorexinoTable
    days: float
    seen: HitSamples
    signal: Signal
    scheme: CouplingScheme


def borexino_templates(
    analysis: Analysis, signal: Signal, scheme: CouplingScheme, edges_hits: Array | None = None
) -> Templates:
    """Return all samples of an analysis of Borexino's spectrum, the signal first, and the rate on gallium beside.

    Args:
        analysis: with a detector of kind "borexino" and the Sun as its source.
        signal: of one term.
        scheme: weak couplings.
        edges_hits: bin edges (n + 1,) [hits], in place of the analysis' own.

    Raises:
        InputError: if source, signal or a background cannot be seen in hits.
    """
    borexino = _checked(analysis, signal, scheme)
    if edges_hits is not None:
        borexino = replace(borexino, seen=replace(borexino.seen, edges=edges_hits))
    fluxes = _fluxes(borexino)
    samples = {**_neutrinos(borexino, fluxes), **_decays(borexino), **_pairs(borexino)}
    beside = {}
    if analysis.gallium is not None and analysis.gallium.apply:
        beside["gallium"] = captures_on_gallium(analysis.gallium, borexino.sun, fluxes)
    return Templates(borexino.seen.edges, _with_scales(samples, analysis), beside=beside)


def _checked(analysis: Analysis, signal: Signal, scheme: CouplingScheme) -> _Borexino:
    sun, detector, years = analysis.source, analysis.detector, analysis.exposure.live_years
    if not isinstance(sun, SolarSource) or not isinstance(detector, BorexinoTable):
        raise InputError(f"source.kind = '{sun.kind}': must be solar where detector.kind = 'borexino'")
    if years is None or analysis.exposure.events is not None:
        raise InputError("exposure: must state days, or years, and no events where detector.kind = 'borexino'")
    if len(signal.terms) != 1:
        raise InputError(
            f"signal.kind = '{analysis.signal.kind}': in hits a signal must be one term, magnetic-moment or a mediator "
            "with interference = false"
        )
    for systematic in analysis.systematic:
        if systematic.kind != "normalisation":
            raise InputError(
                f"systematic '{systematic.name}' of kind {systematic.kind}: must be normalisation in hits, where "
                "detector.free_response says which shapes move"
            )
    return _Borexino(analysis, sun, detector, years * DAYS_PER_YEAR, _seen(analysis, detector), signal, scheme)


def _seen(analysis: Analysis, detector: BorexinoTable) -> HitSamples:
    response = detector.hits_response()
    mean = 0.0
    if detector.pile_up.model == "convolution":
        mean = detector.pile_up.rate_cpd_100t / _carbon_14_cpd_100t(analysis)
    variations = response_variations(response, detector.free_response, detector.response_steps)
    return HitSamples(edges_hits_of(analysis), response, variations, mean)


def edges_hits_of(analysis: Analysis) -> Array:
    """Return the bin edges (n + 1,) [hits] of an analysis in hits."""
    bins = analysis.binning.hits
    return fitted_edges_hits() if bins is None else fitted_edges_hits(bins.bins, (bins.start, bins.stop))


def _carbon_14_cpd_100t(analysis: Analysis) -> float:
    """The rate of 14C, of which the convolution takes the share that gives the stated number of pairs."""
    daily = [table for table in analysis.background if table.nuclide == "C14" and table.per == "day-100t"]
    rates = [float(table.rate or 0.0) for table in daily]
    if len(rates) != 1 or not rates[0] > 0.0:
        raise InputError(
            "detector.pile_up.model = 'convolution' needs one background of nuclide C14, its rate per day-100t"
        )
    return rates[0]


def _fluxes(borexino: _Borexino) -> dict[str, float]:
    """Flux of each part of the Sun that is seen, relative to the model's: one where no rate is stated."""
    stated, wanted = borexino.sun.rates_cpd_100t, borexino.sun.components
    parts = [part for part, names in SUN_PARTS.items() if wanted is None or set(names) & set(wanted)]
    for name in (*borexino.sun.free, *stated):
        if name not in parts:
            raise InputError(f"source.free and rates_cpd_100t: '{name}' is not among the components {wanted}")
    fluxes = dict.fromkeys(parts, 1.0)
    for part, rate in stated.items():
        recoils = fold(_source(borexino, part), [weak(borexino.scheme)], np.array(ALL_RECOILS_MEV), Response())
        per_day = recoils.sum() * SECONDS_PER_DAY * borexino.detector.electrons_per_tonne * TONNES
        fluxes[part] = rate / float(per_day)
    return fluxes


def _source(borexino: _Borexino, part: str) -> Source:
    return solar_source(borexino.sun, processes(borexino.sun, part))


def _neutrinos(borexino: _Borexino, fluxes: dict[str, float]) -> dict[str, Template]:
    """The signal of each free part of the Sun and of all others together, then weak scattering of each part."""
    signals: dict[str, Template] = {}
    weaks: dict[str, Template] = {}
    fixed: list[Template] = []
    for part, flux in fluxes.items():
        moment, scattered = borexino.seen.templates(partial(_recoils, borexino, part, flux))
        weaks[part] = replace(scattered, scales=rate_scales(borexino.sun, part))
        if part in borexino.sun.free:
            signals[f"{SIGNAL}_{part}"] = replace(moment, scales=rate_scales(borexino.sun, part))
        else:
            fixed.append(moment)
    if fixed:
        signals[f"{SIGNAL}_others" if signals else SIGNAL] = summed(fixed)
    power = borexino.signal.terms[0].power
    return {**{name: replace(moment, power=power) for name, moment in signals.items()}, **weaks}


def _recoils(borexino: _Borexino, part: str, flux: float, edges: Array, response: HitsResponse) -> Array:
    """Recoils by the signal and by weak scattering (2, n)."""
    detector, sun = borexino.detector, borexino.sun
    exposure = borexino.days * SECONDS_PER_DAY * detector.tonnes * detector.electrons_per_tonne
    scattering = _scattering(borexino)
    counts = sum(
        solar_flux(process, sun.metallicity)[0] * _recoils_of_unit_flux(scattering, process, edges.tobytes(), response)
        for process in processes(sun, part)
    )
    return np.asarray(flux * exposure * counts)


@dataclass(frozen=True)
class _Scattering:
    """What makes recoils, told apart by its words: the same in every configuration that has them."""

    words: str
    sun: SolarSource = field(compare=False)
    cross_sections: tuple[CrossSection, ...] = field(compare=False)


def _scattering(borexino: _Borexino) -> _Scattering:
    analysis, signal = borexino.analysis, borexino.signal
    sun = borexino.sun.model_copy(update={"metallicity": "gs98", "components": None, "free": [], "rates_cpd_100t": {}})
    words = (sun, analysis.signal, analysis.couplings)
    described = "".join(table.model_dump_json() for table in words) + repr(signal.reference)
    return _Scattering(described, sun, (signal.terms[0].cross_section, weak(borexino.scheme)))


@lru_cache(maxsize=512)
def _recoils_of_unit_flux(scattering: _Scattering, process: str, edges: bytes, response: HitsResponse) -> Array:
    """Recoils of one solar process (2, n) for a flux of one, whatever the model of the Sun says it is."""
    flux = solar_flux(process, scattering.sun.metallicity)[0]
    source = solar_source(scattering.sun, [process])
    return recoil_hits(source, scattering.cross_sections, np.frombuffer(edges), response) / flux


def _decays(borexino: _Borexino) -> dict[str, Template]:
    samples: dict[str, Template] = {}
    for table in borexino.analysis.background:
        name = table.sample
        if name in samples or name == PILE_UP or name in SUN_PARTS or name.startswith(SIGNAL):
            raise InputError(f"background '{name}' exists already: give each background its own name")
        events = float(table.rate or 0.0) * exposures(table, borexino.days / DAYS_PER_YEAR, borexino.detector.tonnes)
        (template,) = borexino.seen.templates(partial(_events, table, events), str(table.nuclide))
        if events > 0.0 and not template.counts.sum() > 0.0:
            raise InputError(f"background '{name}' has no events in any bin of hits")
        samples[name] = replace(
            template,
            normalisations=_error(f"{name}_rate", table.uncertainty),
            statistical=table.statistical_uncertainty * template.counts if table.statistical_uncertainty else None,
            scales=table.scales,
        )
    return samples


def _events(table: Background, events: float, edges: Array, response: HitsResponse) -> Array:
    """The spectrum of a background in hits, its rate being that of all decays, or gammas, of any size."""
    if table.kind not in ("decay", "external-gamma"):
        raise InputError(
            f"background '{table.sample}' of kind {table.kind}: must be decay or external-gamma where "
            "detector.kind = 'borexino'"
        )
    for key in ("gammas", "gamma_quenching", "alpha_quenching"):
        if getattr(table, key) is not None:
            raise InputError(f"background '{table.sample}' has no use for {key}: the response to hits has its own")
    return events * _one_decay(table.kind, str(table.nuclide), edges.tobytes(), response)


@lru_cache(maxsize=512)
def _one_decay(kind: str, nuclide: str, edges: bytes, response: HitsResponse) -> Array:
    """One decay in bins of hits: the same in every configuration that has the response."""
    if kind == "decay":
        return nuclide_hits(nuclide, np.frombuffer(edges), response)
    from numm_stats.backgrounds.external import external_gammas  # noqa: PLC0415  only what is in use is loaded

    return decay_hits(external_gammas(nuclide), np.frombuffer(edges), response)


def _pairs(borexino: _Borexino) -> dict[str, Template]:
    """Pairs of 14C decays as a sample of their own, where pile-up is described so."""
    table = borexino.detector.pile_up
    if table.model != "synthetic" or table.rate_cpd_100t == 0.0:
        return {}
    events = table.rate_cpd_100t * borexino.days * borexino.detector.tonnes / TONNES
    (template,) = borexino.seen.templates(partial(_pair_events, events))
    return {PILE_UP: replace(template, normalisations=_error(f"{PILE_UP}_rate", table.uncertainty))}


def _pair_events(events: float, edges: Array, response: HitsResponse) -> Array:
    return events * synthetic_pile_up_hits(edges, response)


def _error(name: str, size: float) -> dict[str, tuple[float, float]]:
    return {name: (1.0 + size, 1.0 - size)} if size > 0.0 else {}


def _with_scales(samples: Mapping[str, Template], analysis: Analysis) -> dict[str, Template]:
    """Return the samples with the normalisations of [[systematic]]: of the Sun's and the signal, if none is named."""
    taken = {
        name
        for template in samples.values()
        for name in (*template.normalisations, *template.scales, *template.variations)
    } | (set(GALLIUM_ERRORS) if analysis.gallium is not None and analysis.gallium.apply else set())
    changed = dict(samples)
    for systematic in analysis.systematic:
        if systematic.name in taken:
            raise InputError(f"systematic '{systematic.name}' has a name in use: give each a name of its own")
        for name in _scaled_samples(systematic, samples):
            if systematic.name in changed[name].normalisations:
                raise InputError(f"systematic '{systematic.name}' acts twice on {name}: give each a name of its own")
            known = {**changed[name].normalisations, **_error(systematic.name, systematic.size)}
            changed[name] = replace(changed[name], normalisations=known)
    return changed


def _scaled_samples(systematic: Systematic, samples: Mapping[str, Template]) -> list[str]:
    signals = [name for name in samples if name.startswith(SIGNAL)]
    for name in systematic.samples:
        if name != SIGNAL and name not in samples:
            raise InputError(
                f"systematic '{systematic.name}' names sample '{name}': samples are {', '.join([SIGNAL, *samples])}"
            )
    if not systematic.samples:
        return signals + [name for name in samples if name in SUN_PARTS]
    named = [name for name in systematic.samples if name in samples]
    return list(dict.fromkeys(named + (signals if SIGNAL in systematic.samples else [])))
