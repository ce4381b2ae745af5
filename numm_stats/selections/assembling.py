"""Scaled sums to templates: each systematic of each sample as what pyhf has for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.selections.below_zero import REMEDY
from numm_stats.selections.selected import observable_histogram
from numm_stats.selections.systematics import eigen_variations, universe_variations
from numm_stats.selections.table_systematics import FileSystematic, NormalisationSystematic, UniversesSystematic
from numm_stats.templates.templates import Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from numm_stats.selections.systematics import EigenVariations
    from numm_stats.selections.table import Selection
    from numm_stats.selections.table_saved import HistogramsSystematic, ResponseSystematic, SavedSelection
    from numm_stats.selections.table_systematics import ShiftSystematic, WeightsSystematic
    from numm_stats.templates.templates import Histogram

    Array = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["Scaled", "assemble", "eigen_of"]


@dataclass(frozen=True)
class Scaled:
    """Expected counts. Rows are samples in the order of `Selection.sample_names`, columns bins in C order.

    Attributes:
        counts: nominal (rows, bins).
        statistical: uncertainty from finite simulation (rows, bins).
        varied: counts by systematic and side (rows, bins).
        eigen: of each systematic of universes; shifts are (k, rows * bins).
    """

    counts: Array
    statistical: Array
    varied: Mapping[tuple[str, str], Array]
    eigen: Mapping[str, EigenVariations] = field(default_factory=dict)


def eigen_of(selection: Selection, counts: Array, universes: Mapping[str, Array]) -> dict[str, EigenVariations]:
    """Return the eigen-variations of each systematic of universes, over all the samples that it moves together.

    Args:
        selection: what was wanted.
        counts: nominal (rows, bins).
        universes: counts by systematic (universes, rows, bins).

    Raises:
        InputError: if a systematic has fewer than two universes.
    """
    found = {}
    for each in selection.systematic:
        if not isinstance(each, UniversesSystematic):
            continue
        values = universes[each.name]
        if len(values) < 2:
            raise InputError(
                f"systematic '{each.name}': branch '{each.branch}' has {len(values)} universe; two are needed"
            )
        moved = np.array([selection.moves(each, name) for name in selection.sample_names])
        counted = np.where(moved[:, None], values, counts)
        flat = counted.reshape(len(values), -1)
        if not each.reduce:
            found[each.name] = universe_variations(flat, counts.reshape(-1), about=each.about)
            continue
        found[each.name] = eigen_variations(
            flat, counts.reshape(-1), share=each.share, about=each.about, groups=_bins_of_backgrounds(selection)
        )
    return found


def _bins_of_backgrounds(selection: Selection) -> Integers:
    """Which bin each count is in (rows * bins,), -1 for the signal's: a fit sees the sum of the others."""
    bins = np.arange(np.prod(selection.shape))
    rows = [np.full_like(bins, -1) if name in selection.signal_powers else bins for name in selection.sample_names]
    return np.concatenate(rows)


def assemble(selection: Selection | SavedSelection, scaled: Scaled) -> tuple[dict[str, Template], list[str]]:
    """Return templates by sample, and warnings of variations that go below zero.

    Raises:
        InputError: if a factor of a normsys is not above zero.
    """
    warnings: list[str] = []
    samples: dict[str, Template] = {}
    for row, (name, counts) in enumerate(zip(selection.sample_names, scaled.counts, strict=True)):
        shapes: dict[str, tuple[Histogram, Histogram]] = {}
        factors: dict[str, tuple[float, float]] = {}
        for parameter, up, down, modifier in _moved(selection, name, row, scaled):
            if modifier == "normsys":
                factors[parameter] = _factors(parameter, name, counts, up, down)
                continue
            warnings += _below_zero(parameter, name, selection, counts, np.minimum(up, down))
            shapes[parameter] = (_histogram(selection, up), _histogram(selection, down))
        samples[name] = Template(
            nominal=_histogram(selection, counts),
            variations=shapes,
            normalisations=factors,
            statistical=scaled.statistical[row].reshape(selection.shape) if selection.statistics else None,
            power=selection.signal_powers.get(name, 0),
        )
    return samples, warnings


def _below_zero(
    parameter: str, name: str, selection: Selection | SavedSelection, counts: Array, lower: Array
) -> list[str]:
    """Warn of a variation (bins,) below zero; whether a workspace can hold it, `selections.below_zero` decides."""
    low = np.flatnonzero((lower < 0.0) & (counts >= 0.0))
    if not low.size:
        return []
    place = ", ".join(str(index) for index in np.unravel_index(low[0], selection.shape))
    move = f"in bin {place} from {counts[low[0]]:.4g} to {lower[low[0]]:.4g}"
    return [f"systematic '{parameter}' takes sample '{name}' below zero, {move}: {REMEDY}"]


def _histogram(selection: Selection | SavedSelection, counts: Array) -> Histogram:
    return observable_histogram(counts.reshape(selection.shape), selection.observable)


def _moved(
    selection: Selection | SavedSelection, name: str, row: int, scaled: Scaled
) -> Iterator[tuple[str, Array, Array, str]]:
    """Parameter, counts up and down (bins,), and modifier of every systematic that moves a sample."""
    counts = scaled.counts[row]
    for each in selection.systematic:
        if not selection.moves(each, name):
            continue
        if isinstance(each, UniversesSystematic):
            for number, shift in enumerate(scaled.eigen[each.name].shifts):
                moved = shift.reshape(scaled.counts.shape)[row]
                yield f"{each.name}_{number}", counts + moved, counts - moved, "histosys"
        elif isinstance(each, NormalisationSystematic):
            yield each.name, counts * (1.0 + each.size), counts * (1.0 - each.size), "normsys"
        else:
            yield each.name, *_sides(each, row, scaled), each.modifier


def _sides(
    each: WeightsSystematic | FileSystematic | ShiftSystematic | HistogramsSystematic | ResponseSystematic,
    row: int,
    scaled: Scaled,
) -> tuple[Array, Array]:
    """Counts up and down, the change mirrored where only one side is stated."""
    up = scaled.varied[each.name, "up"][row]
    down = scaled.varied.get((each.name, "down"))
    return up, 2.0 * scaled.counts[row] - up if down is None else down[row]


def _factors(parameter: str, name: str, counts: Array, up: Array, down: Array) -> tuple[float, float]:
    """Relative yields up and down; of a sample that is empty they are one."""
    total = float(counts.sum())
    if total == 0.0:
        return 1.0, 1.0
    factors = float(up.sum()) / total, float(down.sum()) / total
    if min(factors) <= 0.0:
        raise InputError(
            f"systematic '{parameter}' scales sample '{name}' by {factors[0]:.3g} and {factors[1]:.3g}: normsys needs "
            "factors above zero; use modifier = 'histosys', or leave the sample out of systematic.samples"
        )
    return factors
