"""The same detector with its source off: a second channel that tells from it what is there without it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.analyses.reading import read_counts
from numm_stats.errors import InputError
from numm_stats.templates.templates import SideMeasurement, Template, Templates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from numm_stats.analyses.analysis import Analysis
    from numm_stats.templates.templates import Histogram

__all__ = ["SOURCE_OFF", "with_source_off"]

SOURCE_OFF: Final = "source_off"
OF_THE_SOURCE: Final = ("inverse-beta",)  # backgrounds that its own neutrinos make


def with_source_off(analysis: Analysis, templates: Templates, backgrounds: Mapping[str, Template]) -> Templates:
    """Return the templates of an analysis with the backgrounds, of the time of [off], in a channel beside.

    Every parameter of a background is the same in both channels: its rate, its systematics, its free bins. Solar
    neutrinos that have the moment scatter by it there too: the channel holds a signal then.

    Args:
        analysis: with or without [off].
        templates: of the time of [exposure].
        backgrounds: those samples of it that its backgrounds make.

    Raises:
        InputError: if nothing is left with the source off, in all bins or in one, or its counts are not as many as the
            bins.
    """
    if analysis.off is None:
        return templates
    gone = {table.sample for table in analysis.background if table.kind in OF_THE_SOURCE}
    share = analysis.off.live_years / float(analysis.exposure.live_years or 0.0)
    kept = {name: _scaled(template, share) for name, template in backgrounds.items() if name not in gone}
    if not kept:
        raise InputError("[off] needs a background that is there without the source: inverse-beta is not")
    _refuse_empty_bins(templates.edges, kept)
    off = Templates(templates.edges, kept)
    return Templates(templates.edges, templates.samples, beside={SOURCE_OFF: _measured(analysis, off)})


def _refuse_empty_bins(edges_mev: NDArray[np.float64], kept: Mapping[str, Template]) -> None:
    expected = np.sum([template.counts for template in kept.values() if not template.power], axis=0)
    empty = np.flatnonzero(expected <= 0.0)
    if empty.size:
        low, high = edges_mev[empty[0]], edges_mev[empty[0] + 1]
        raise InputError(
            f"[off]: bin {empty[0]} ({low:g} to {high:g} MeV) is empty with the source off. State a background that "
            "reaches it, or a binning of wider or fewer bins"
        )


def _scaled(template: Template, share: float) -> Template:
    """Return a template of another time of measurement."""

    def scaled(counts: Histogram) -> Histogram:
        filled = counts.copy()
        filled.view()[:] *= share
        return filled

    sides = {name: (scaled(up), scaled(down)) for name, (up, down) in template.variations.items()}
    return replace(template, nominal=scaled(template.nominal), variations=sides)


def _measured(analysis: Analysis, off: Templates) -> SideMeasurement:
    """Return what is expected with the source off, and what was counted; of an Asimov set both are the same."""
    table, bins = analysis.off, len(off.background_counts)
    counts = None if table is None else table.values
    if table is not None and table.file is not None:
        counts = read_counts(Path(table.file))
    if counts is None:
        return SideMeasurement(off, tuple(off.background_counts.tolist()))
    if len(counts) != bins:
        raise InputError(f"[off] has {len(counts)} counts for {bins} bins: they must be as many")
    return SideMeasurement(off, tuple(counts))
