"""All files of a selection: inspected, read in pieces by any executor, and summed in the order of the files."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import InputError
from numm_stats.selections.events import pieces_of, read_chunks
from numm_stats.selections.extremes import LARGEST
from numm_stats.selections.files import BadFileError, Fault, FileSummary, first_line, inspect_file
from numm_stats.selections.filled import Filled
from numm_stats.selections.filling import fill
from numm_stats.selections.summing import Sums
from numm_stats.workers import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from numm_stats.selections.events import Piece
    from numm_stats.selections.table import Selection

    Progress = Callable[[int, int], None]

__all__ = ["FileSet", "ReadSet", "read_sets"]

OUT_OF_REACH = 0.01  # of the events: single precision puts some beyond the end of the spectrum
SAME_UNIT = 0.95  # of the events: recoils of one unit and neutrinos of another
FEW = 5  # events of which all may be unlikely ones
KEPT_OPEN = 50  # files at most that stay open between the look at them and their reading


@dataclass(frozen=True)
class FileSet:
    """Files that are selected together: the nominal ones, or those of a systematic.

    Attributes:
        name: for messages.
        selection: what is done with them.
        files: their paths.
    """

    name: str
    selection: Selection
    files: tuple[str, ...]


@dataclass(frozen=True)
class ReadSet:
    """What the files of a set gave.

    Attributes:
        filled: sums over all events, not scaled.
        files: that were read.
        skipped: that could not be.
        pot: exposure of those that were read, None if the selection has none.
        lost_pot: of those skipped; what is not known is taken to be as much as the mean of the others.
    """

    filled: Filled
    files: tuple[FileSummary, ...]
    skipped: tuple[Fault, ...]
    pot: float | None
    lost_pot: float | None


def read_sets(
    sets: Sequence[FileSet], *, executor: Executor | None, skip_bad: bool, progress: Progress | None
) -> list[ReadSet]:
    """Return the sums over all sets of files, in their order.

    Every file is inspected before the first event is read. The sums are the same to the last bit for any executor.

    Raises:
        InputError: if a file is bad and `skip_bad` is false, or all are, or something about its events is wrong.
    """
    with ExitStack() as kept_open:
        paths = [(path, each.selection) for each in sets for path in each.files]
        here = executor is None and len(paths) <= KEPT_OPEN
        looks = in_order(inspect_file, [(*path, kept_open) if here else path for path in paths], executor)
        found = [[next(looks) for _ in each.files] for each in sets]
        return _read_all(sets, found, executor=executor, skip_bad=skip_bad, progress=progress)


def _read_all(
    sets: Sequence[FileSet],
    found: list[list[FileSummary | Fault]],
    *,
    executor: Executor | None,
    skip_bad: bool,
    progress: Progress | None,
) -> list[ReadSet]:
    """Read the good files, if the bad ones may be skipped."""
    for each, files in zip(sets, found, strict=True):
        _refuse(each, [one for one in files if isinstance(one, Fault)], skip_bad=skip_bad)
    tasks = [
        (each.selection, piece)
        for each, files in zip(sets, found, strict=True)
        for file in files
        for piece in _pieces(file, each)
    ]
    results = _reported(in_order(_fill_piece, tasks, executor), [piece for _, piece in tasks], progress)
    return [_read_set(each, files, results, skip_bad=skip_bad) for each, files in zip(sets, found, strict=True)]


def _pieces(file: FileSummary | Fault, each: FileSet) -> list[Piece]:
    return [] if isinstance(file, Fault) else pieces_of(file, each.selection.tree)


def _read_set(
    each: FileSet, files: list[FileSummary | Fault], results: Iterator[Filled | Fault], *, skip_bad: bool
) -> ReadSet:
    """Sum up file by file: one that breaks off in the middle counts for nothing, nor does one unlike the others."""
    sums, faults = Sums(each.selection), {file.path: file for file in files if isinstance(file, Fault)}
    for file in files:
        if isinstance(file, Fault):
            continue
        whole = _whole(each, file, [next(results) for _ in _pieces(file, each)])
        if isinstance(whole, Fault):
            faults[file.path] = whole
        else:
            sums.add(whole, file)
        _refuse(each, [*faults.values(), *sums.unlike()], skip_bad=skip_bad)
    faults |= {fault.path: fault for fault in sums.unlike()}
    read = [file for file in files if isinstance(file, FileSummary) and file.path not in faults]
    skipped = [faults[file.path] for file in files if file.path in faults]
    total = sums.total()
    try:
        _check_events(total, each.selection)
    except InputError as error:
        raise InputError(f"{each.name}{error}") from None
    return ReadSet(total, tuple(read), tuple(skipped), *_exposure(each, read, skipped))


def _whole(each: FileSet, file: FileSummary, parts: list[Filled | Fault]) -> Filled | Fault:
    """Sum up the pieces of a file."""
    whole = Filled.empty(each.selection)
    try:
        for part in parts:
            if isinstance(part, Fault):
                return replace(part, pot=file.pot)
            whole.add(part)
        _check_events(whole, each.selection)
    except BadFileError as error:
        return Fault(file.path, str(error), file.pot)
    except InputError as error:
        raise InputError(f"{each.name}{file.path}: {error}") from None
    return whole


def _refuse(each: FileSet, faults: list[Fault], *, skip_bad: bool) -> None:
    """Stop at bad files, unless they are to be skipped and others are left."""
    if not faults or (skip_bad and len(faults) < len(each.files)):
        return
    first = faults[0]
    more = len(faults) - 1
    others = f"; {more} more of {len(each.files)} files {'is' if more == 1 else 'are'} bad" if more else ""
    raise InputError(f"{each.name}{first.path}: {first.message}{others}")


def _exposure(each: FileSet, read: list[FileSummary], faults: list[Fault]) -> tuple[float | None, float | None]:
    """Return the exposure read and lost; a number stated for all files is shared evenly among them."""
    table = each.selection.exposure
    if table is None:
        return None, None
    if table.simulated_pot is not None:
        share = len(read) / len(each.files)
        return table.simulated_pot * share, table.simulated_pot * (1.0 - share)
    pot = sum(file.pot or 0.0 for file in read)
    mean = pot / len(read) if read else 0.0
    return pot, sum(mean if fault.pot is None else fault.pot for fault in faults)


def _check_events(filled: Filled, selection: Selection) -> None:
    """Refuse what is wrong with single events, with their count."""
    selected = int(filled.cut_flow[-1])
    for what, number in filled.wrong.items():
        if what == "category":
            raise InputError(f"{number} of {selected} selected events are in no category; state rest = 'name' for them")
        hint = " (a jagged branch without that element? cut on its count)" if "observable" in what else ""
        raise InputError(f"{what} is NaN or infinite in {number} of {selected} selected events{hint}")
    for what, sums in filled.summed.items():
        largest = float(np.abs(sums).max(initial=0.0))
        if not largest <= LARGEST:
            raise InputError(f"{what} add up to {largest:.4g} in a bin: allowed are sums up to {LARGEST:g} in size")
    events, out_of_reach, in_another_unit = filled.elastic
    if selection.signal is not None and out_of_reach > OUT_OF_REACH * events:
        raise InputError(
            f"{out_of_reach:.0f} of {events:.0f} events of {', '.join(selection.signal.categories)} have a "
            "true recoil that is not between 0 and its maximum for the neutrino energy: are signal.energy_mev and "
            "signal.recoil_mev in MeV, and the recoil without the electron's mass?"
        )
    if events >= FEW and in_another_unit >= SAME_UNIT * events:
        raise InputError(
            f"{in_another_unit:.0f} of {events:.0f} recoils are below a thousandth of the neutrino energy: is "
            "signal.recoil_mev in MeV?"
        )


def _fill_piece(selection: Selection, piece: Piece) -> Filled | Fault:
    """The sums over a piece; what breaks while it is read is the file's fault."""
    filled, chunks = Filled.empty(selection), read_chunks(piece, selection.columns)
    while True:
        try:
            columns = next(chunks, None)
        except MemoryError:
            raise
        except Exception as error:  # uproot raises whatever broken data make it stumble over
            what = f"entries {piece.start} to {piece.stop} of '{piece.tree}' cannot be read ({first_line(error)})"
            return Fault(piece.path, what)
        if columns is None:
            return filled
        try:
            filled.add(fill(selection, columns))
        except BadFileError as error:
            return Fault(piece.path, str(error))
        except InputError as error:
            raise InputError(f"{piece.path}: {error}") from None


def _reported(results: Iterator[Any], pieces: list[Piece], progress: Progress | None) -> Iterator[Any]:
    """Tell `progress` the events that are done and those there are."""
    done, total = 0, sum(piece.stop - piece.start for piece in pieces)
    for piece, result in zip(pieces, results, strict=True):
        done += piece.stop - piece.start
        if progress is not None:
            progress(done, total)
        yield result
