"""From the [[background]] tables of an analysis to templates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.analyses.analysis import DAYS_PER_YEAR
from numm_stats.analyses.published_files import UNITS_MEV, read_histogram
from numm_stats.backgrounds.shapes import Exponential, Flat, Peak, Tabulated, bin_counts
from numm_stats.errors import InputError
from numm_stats.templates.building import WEAK
from numm_stats.templates.folding import fold
from numm_stats.templates.interactions import weak
from numm_stats.templates.templates import SIGNAL, Template, histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from numm_stats.analyses.analysis import Analysis, Background
    from numm_stats.backgrounds.shapes import Shape
    from numm_stats.templates.building import Normalisation, Scattering, ShapeVariation

    Array = NDArray[np.float64]

__all__ = ["background_templates", "exposures", "weak_elsewhere"]

RESPONDING = ("decay", "solar", "inverse-beta")
RESPONSE_KINDS = ("energy-scale", "resolution", "threshold")


def background_templates(
    analysis: Analysis, scattering: Scattering, scales: Sequence[Normalisation], variations: Sequence[ShapeVariation]
) -> dict[str, Template]:
    """Return the background samples of an analysis by name, in the order of the tables.

    A shape in visible energy is what it is; a decay, a recoil or a positron goes through the detector's response and
    moves with it. Solar neutrinos with a moment make two samples, the second magnetic: a signal that is there without
    the source, whose systematics are those of the first.

    Args:
        analysis: whose backgrounds these are.
        scattering: the analysis' own detector and bins.
        scales: normalisations, of which those that name the sample act on it.
        variations: shape systematics; those of the response act on `RESPONDING`, if they name no sample or this one.

    Returns:
        Templates by sample name.

    Raises:
        InputError: if a name is taken, a rate lacks a time or a mass, or no event is seen in any bin.
    """
    samples: dict[str, Template] = {}
    for table in analysis.background:
        name = table.sample
        if table.kind == "external-gamma":
            raise InputError(f"background '{name}': external-gamma is a shape for detector.kind = 'borexino'")
        if name in samples or name == WEAK or name.startswith(SIGNAL):
            raise InputError(f"background '{name}' exists already: give each background its own name")
        samples[name] = _template(table, analysis, scattering, scales, variations)
        if table.magnetic:
            samples[f"{SIGNAL}_{name}"] = _template(table, analysis, scattering, scales, variations, magnetic=True)
    return samples


def _template(
    table: Background,
    analysis: Analysis,
    scattering: Scattering,
    scales: Sequence[Normalisation],
    variations: Sequence[ShapeVariation],
    *,
    magnetic: bool = False,
) -> Template:
    name, edges = table.sample, scattering.edges_mev
    counts = _counts(table, analysis, scattering, scattering, magnetic=magnetic)
    factors = {s.name: (1.0 + s.size, 1.0 - s.size) for s in scales if name in s.samples}
    if table.uncertainty > 0.0:
        factors[f"{name}_rate"] = (1.0 + table.uncertainty, 1.0 - table.uncertainty)
    moved = {}
    for v in variations if table.kind in RESPONDING else ():
        if v.kind in RESPONSE_KINDS and (not v.samples or name in v.samples):
            seen = (scattering.varied(v, sign) for sign in (1.0, -1.0))
            sides = (_counts(table, analysis, each, scattering, magnetic=magnetic) for each in seen)
            high, low = (histogram(side, edges) for side in sides)
            moved[v.name] = (high, low)
    return Template(
        histogram(counts, edges),
        moved,
        factors,
        table.statistical_uncertainty * counts if table.statistical_uncertainty else None,
        power=scattering.signal.terms[0].power if magnetic else 0,
        scales=table.scales,
        by_bin=f"{name}_shape" if table.per_bin else None,
    )


def _counts(
    table: Background, analysis: Analysis, scattering: Scattering, nominal: Scattering, *, magnetic: bool = False
) -> Array:
    """Counts in the bins: a decay's are what is seen of all decays, others' are normalised to the rate there.

    Neutrinos' are with the nominal response, and move with another from there; magnetic ones are as many as so many
    neutrinos make that scatter weakly at that rate.
    """
    if table.kind == "counts":
        return _stated_counts(table, scattering.edges_mev) * _exposures(table, analysis, scattering)
    edges, events = scattering.edges_mev, float(table.rate or 0.0) * _exposures(table, analysis, scattering)
    if table.kind in ("solar", "inverse-beta"):
        expected = _neutrinos(table, nominal).sum()
        if not expected > 0.0:
            raise InputError(
                f"background '{table.sample}' has no events between {edges[0]:g} and {edges[-1]:g} MeV: look at "
                "detector.efficiency and the binning"
            )
        return np.asarray(events * _neutrinos(table, scattering, magnetic=magnetic) / expected)
    if table.kind != "decay":
        return bin_counts(_shape(table), edges, events)
    from numm_stats.backgrounds.nuclides import decay_spectrum  # noqa: PLC0415  only what is in use is loaded
    from numm_stats.templates.decays import decay_counts  # noqa: PLC0415

    spectrum = decay_spectrum(
        str(table.nuclide),
        table.gammas or "contained",
        gamma_quenching=1.0 if table.gamma_quenching is None else table.gamma_quenching,
        alpha_quenching=table.alpha_quenching,
    )
    seen = decay_counts(spectrum, edges, scattering.detector.response)
    if not seen.sum() > 0.0:
        raise InputError(
            f"background '{table.sample}' has no events between {edges[0]:g} and {edges[-1]:g} MeV: "
            f"nothing of {table.nuclide} is seen there"
        )
    live = 1.0 if table.per == "exposure" else scattering.detector.live_fraction
    return events * live * seen


def _neutrinos(table: Background, scattering: Scattering, *, magnetic: bool = False) -> Array:
    """Weak or magnetic recoils of solar neutrinos, or positrons of the analysis' own source, in any unit."""
    edges, response = scattering.edges_mev, scattering.detector.response
    if table.kind == "solar":
        from numm_stats.sources.solar import solar  # noqa: PLC0415  only what is in use is loaded

        sun, atom = solar(components=[str(table.component)]), scattering.detector.atom
        scattered = scattering.signal.terms[0].cross_section if magnetic else weak(scattering.scheme)
        counts = fold(sun, [scattered], edges, response, atom)
        return np.asarray(counts[0])
    from numm_stats.templates.positrons import positron_counts  # noqa: PLC0415

    return positron_counts(scattering.source, edges, response)


def _stated_counts(table: Background, edges_mev: Array) -> Array:
    """Counts in the bins (n,) per unit of exposure: as stated, or of that shape where a rate is stated too."""
    if table.file is not None:
        unit = table.unit or "MeV"
        density, width_mev = read_histogram(Path(table.file), edges_mev, unit)
        counts = density * (width_mev / UNITS_MEV[unit])
    else:
        counts = np.asarray(table.values, dtype=float)
    if len(counts) != len(edges_mev) - 1:
        raise InputError(
            f"background '{table.sample}' has {len(counts)} values for {len(edges_mev) - 1} bins: they must be as many"
        )
    if not counts.sum() > 0.0:
        raise InputError(f"background '{table.sample}' has no events in any bin: some value must be above zero")
    return counts if table.rate is None else counts * (table.rate / counts.sum())


def weak_elsewhere(analysis: Analysis) -> bool:
    """Whether weak scattering is among the events of a background, and has no sample of its own."""
    return any(table.includes_weak for table in analysis.background)


def _exposures(table: Background, analysis: Analysis, scattering: Scattering) -> float:
    """Return how many units of the rate the exposure has."""
    return exposures(table, analysis.exposure.live_years, scattering.detector.tonnes)


def exposures(table: Background, years: float | None, tonnes: float | None) -> float:
    """Return how many units of a background's rate an exposure has.

    Raises:
        InputError: if the rate needs a time or a mass that is not stated.
    """
    if table.per == "exposure":
        return 1.0
    if years is None:
        raise InputError(f"background '{table.sample}' is per {table.per}: state exposure.years or days")
    if table.per == "year":
        return years
    if tonnes is None:
        raise InputError(f"background '{table.sample}' is per {table.per}: state detector.tonnes")
    return years * tonnes * (DAYS_PER_YEAR / 100.0 if table.per == "day-100t" else 1.0)


def _shape(table: Background) -> Shape:
    if table.kind == "exponential":
        return Exponential(float(table.scale_mev or 0.0))
    if table.kind == "peak":
        return Peak(float(table.mean_mev or 0.0), float(table.width_mev or 0.0))
    if table.kind == "table":
        from numm_stats.sources.table import read_columns  # noqa: PLC0415

        energies, density = read_columns(Path(str(table.file)))
        energies = energies * UNITS_MEV[table.unit or "MeV"]
        return Tabulated(tuple(energies.tolist()), tuple(density.tolist()))
    return Flat()
