"""A selection and its files to templates: the verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.selections.assembling import Scaled, assemble, eigen_of
from numm_stats.selections.extremes import LARGEST
from numm_stats.selections.files import find_files
from numm_stats.selections.running import FileSet, read_sets
from numm_stats.selections.saved_build import select_saved
from numm_stats.selections.selected import Exposure, SelectedTemplates
from numm_stats.selections.table_saved import SavedSelection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from numm_stats.selections.running import ReadSet
    from numm_stats.selections.table import Selection
    from numm_stats.selections.table_systematics import FileSystematic

    Array = NDArray[np.float64]

__all__ = ["select"]

OUTSIDE = 0.01  # share of the weight beyond the binning that is worth a warning


def select(
    selection: Selection | SavedSelection,
    files: Sequence[str] = (),
    *,
    executor: Executor | None = None,
    skip_bad: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> SelectedTemplates:
    """Return the templates that a selection makes of ROOT files, in memory that does not grow with them.

    Args:
        selection: what is wanted, of events or of saved histograms.
        files: paths, globs or addresses; those that the selection names if there are none.
        executor: anything with the interface of `concurrent.futures.Executor` reads pieces of files side by side; the
            result is the same to the last bit.
        skip_bad: whether a file that cannot be read, or lacks what is needed, is left out with its exposure.
        progress: is told the events read and those there are.

    Raises:
        InputError: if files, branches, weights, categories or binning do not go with the selection: says which.
    """
    if isinstance(selection, SavedSelection):
        return select_saved(selection, files)[0]
    sides = _sides(selection)
    sets = [_nominal(selection, files), *(_alternative(selection, each, side) for each, side in sides)]
    nominal, *others = read_sets(sets, executor=executor, skip_bad=skip_bad, progress=progress)
    _refuse_nothing(selection, sets, [nominal, *others])
    scale = _scale(selection, nominal, nominal)
    counts = nominal.filled.counts * scale
    _refuse_negative(selection, counts)
    varied = {key: sums * scale for key, sums in nominal.filled.varied.items()}
    for (each, side), other in zip(sides, others, strict=True):
        varied[each.name, side] = other.filled.counts * _scale(selection, other, nominal)
    universes = {name: sums * scale for name, sums in nominal.filled.universes.items()}
    eigen = eigen_of(selection, counts, universes)
    samples, warnings = assemble(selection, Scaled(counts, np.sqrt(nominal.filled.squares) * scale, varied, eigen))
    outside = nominal.filled.outside / (nominal.filled.weight or 1.0)
    return SelectedTemplates(
        selection=selection,
        samples=samples,
        exposure=_exposure(selection, nominal, scale),
        cut_flow=_cut_flow(selection, nominal),
        events=dict(zip(selection.sample_names, nominal.filled.events.astype(int).tolist(), strict=True)),
        outside=outside,
        eigen=eigen,
        warnings=(*_noted(selection, sets, [nominal, *others], outside), *warnings),
    )


def _nominal(selection: Selection, files: Sequence[str]) -> FileSet:
    patterns = files or selection.files
    if not patterns:
        raise InputError(f"selection '{selection.name}' names no files: give some, or state files = ['folder/*.root']")
    return FileSet("", selection, tuple(find_files(patterns)))


def _sides(selection: Selection) -> list[tuple[FileSystematic, str]]:
    """Systematics that are other files, with each side that they state."""
    return [(each, side) for each in selection.alternatives for side in ("up", "down") if getattr(each, side)]


def _alternative(selection: Selection, each: FileSystematic, side: str) -> FileSet:
    return FileSet(f"systematic '{each.name}' {side}: ", selection.plain(each), tuple(find_files(getattr(each, side))))


def _scale(selection: Selection, read: ReadSet, nominal: ReadSet) -> float:
    """Return what takes sums to the exposure wanted, or to that of the nominal files if none is stated."""
    if read.pot is None or selection.exposure is None:
        return 1.0
    wanted = selection.exposure.pot or nominal.pot or read.pot
    scale = wanted / read.pot
    if not 1.0 / LARGEST <= scale <= LARGEST:
        raise InputError(
            f"{wanted:.4g} protons on target are wanted of {read.pot:.4g} simulated, which scales everything by "
            f"{scale:.4g}: is exposure.unit_pot right?"
        )
    return scale


def _refuse_nothing(selection: Selection, sets: Sequence[FileSet], read: Sequence[ReadSet]) -> None:
    """Refuse files of which nothing is selected."""
    for each, one in zip(sets, read, strict=True):
        nothing = _nothing(selection, one)
        if nothing:
            raise InputError(f"{each.name}{nothing}")


def _nothing(selection: Selection, read: ReadSet) -> str:
    """Say why nothing is selected, or all of it beside the bins, or without weight; an empty string if it is not so."""
    filled = read.filled
    if not filled.cut_flow[0]:
        return f"tree '{selection.tree}' has no entries in {_files(read)}"
    if not filled.cut_flow[-1]:
        number = int(np.argmin(filled.cut_flow))
        cut, before = selection.cuts[number - 1].text, filled.cut_flow[number - 1]
        return f"no event is selected: cuts[{number - 1}] '{cut}' leaves none of {before:.0f}"
    if not filled.events.any():
        reach = (
            f"{one.name} from {low:g} to {high:g} in bins from {one.array()[0]:g} to {one.array()[-1]:g}"
            for one, (low, high) in zip(selection.observable, filled.reach, strict=True)
        )
        return f"none of {filled.cut_flow[-1]:.0f} selected events is inside of the binning: {', '.join(reach)}"
    if not filled.counts.any():
        return "the weights of all selected events are zero, or cancel in every bin"
    largest = np.abs(filled.counts).max()
    return "" if largest >= 1.0 / LARGEST else f"the weights of all selected events add up to {largest:.4g} at most"


def _refuse_negative(selection: Selection, counts: Array) -> None:
    """Refuse bins below zero: single weights may be, but no expected count; interference with a mediator may too."""
    for row, name in enumerate(selection.sample_names):
        low = np.flatnonzero(counts[row] < 0.0)
        if low.size and not selection.may_be_negative(name):
            place = ", ".join(str(index) for index in np.unravel_index(low[0], selection.shape))
            raise InputError(
                f"sample '{name}' expects {counts[row, low[0]]:.4g} counts in bin {place}: negative weights outweigh "
                "the others there; make bins wider, or simulate more"
            )


def _exposure(selection: Selection, read: ReadSet, scale: float) -> Exposure:
    wanted = read.pot if selection.exposure is None or selection.exposure.pot is None else selection.exposure.pot
    return Exposure(read.pot, wanted, scale, read.lost_pot, tuple(file.path for file in read.files), read.skipped)


def _cut_flow(selection: Selection, read: ReadSet) -> tuple[tuple[str, int], ...]:
    labels = ["all", *(cut.text for cut in selection.cuts)]
    inside = read.filled.events[len(selection.signal_powers) :].sum()  # a signal's events are those of its categories
    flow = zip(labels, read.filled.cut_flow.astype(int).tolist(), strict=True)
    return (*flow, ("inside of the binning", int(inside)))


def _noted(selection: Selection, sets: Sequence[FileSet], read: Sequence[ReadSet], outside: Array) -> list[str]:
    """Return what does not stop a selection, but should be known."""
    found = []
    for each, one in zip(sets, read, strict=True):
        are = "is" if len(one.skipped) == 1 else "are"
        lost = "" if one.lost_pot is None or one.pot is None else f"; {_lost(one)}"
        bad = f"{len(one.skipped)} of {len(each.files)} files {are} bad{lost}"
        found += [f"{each.name}skipped {fault.path} ({bad}): {fault.message}" for fault in one.skipped]
    beyond = [
        f"{below:.1%} of the selected weight is below the bins of '{one.name}' and {above:.1%} above"
        for one, (below, above) in zip(selection.observable, outside, strict=True)
        if below + above > OUTSIDE and one.outside == "told"
    ]
    found += ["; ".join(beyond) + ": state outside = 'cut' if that is a cut"] if beyond else []
    empty = [name for name, events in zip(selection.sample_names, read[0].filled.events, strict=True) if not events]
    found += [f"sample '{name}' has no events" for name in empty]
    return found


def _lost(one: ReadSet) -> str:
    lost, pot = one.lost_pot or 0.0, one.pot or 0.0
    about = "about " if any(fault.pot is None for fault in one.skipped) else ""
    return f"{about}{lost:.4g} of {lost + pot:.4g} protons on target lost, {lost / (lost + pot):.2%}"


def _files(read: ReadSet) -> str:
    names = [file.path for file in read.files]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more files"
