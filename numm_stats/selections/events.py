"""Events in chunks of bounded memory: one number for each event and column, picked out of jagged branches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.selections.files import BadFileError, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from numm_stats.selections.expressions import Column
    from numm_stats.selections.files import FileSummary

__all__ = ["CHUNK_BYTES", "Columns", "Piece", "pick", "pieces_of", "read_chunks"]

CHUNK_BYTES = 16 * 2**20  # of branches uncompressed; a chunk takes some five times this while it is filled
CHUNK_ENTRIES = 200_000  # at most: few branches make long columns of doubles
PIECE_CHUNKS = 8  # what one task of an executor reads


@dataclass(frozen=True)
class Piece:
    """Neighbouring entries of a tree, read by one task; the division does not depend on the number of workers.

    Attributes:
        path: of the file.
        tree: its name.
        branches: full names in the file by the names in expressions.
        start: first entry.
        stop: one beyond the last.
        step: entries in a chunk.
        open_tree: the tree itself, if this process has it open.
    """

    path: str
    tree: str
    branches: Mapping[str, str]
    start: int
    stop: int
    step: int
    open_tree: Any = None


def pieces_of(file: FileSummary, tree: str) -> list[Piece]:
    """Return the pieces of a file in the order of its entries."""
    step = int(min(CHUNK_ENTRIES, max(1, CHUNK_BYTES // max(file.entry_bytes, 1.0))))
    length = step * PIECE_CHUNKS
    starts = range(0, file.entries, length)
    return [
        Piece(file.path, tree, file.branches, start, min(start + length, file.entries), step, file.open_tree)
        for start in starts
    ]


def read_chunks(piece: Piece, columns: Mapping[str, Column]) -> Iterator[Columns]:
    """Give the events of a piece, chunk after chunk.

    Args:
        piece: which entries.
        columns: what is wanted of the branches, by key.
    """
    if piece.open_tree is not None:
        yield from _chunks_of(piece.open_tree, piece, columns)
        return
    with opened(piece.path) as file:
        yield from _chunks_of(file[piece.tree], piece, columns)


def _chunks_of(tree: Any, piece: Piece, columns: Mapping[str, Column]) -> Iterator[Columns]:
    wanted = set(piece.branches.values())
    if not wanted:  # nothing but constants
        yield Columns({}, {}, piece.stop - piece.start)
        return
    chunks = tree.iterate(
        filter_name=wanted.__contains__,
        entry_start=piece.start,
        entry_stop=piece.stop,
        step_size=piece.step,
        library="ak",
    )
    for chunk in chunks:
        branches = {name: chunk[full].layout for name, full in piece.branches.items()}
        yield Columns(branches, columns, len(chunk))


class Columns(Mapping[str, "NDArray[Any]"]):
    """Columns (n,) of a chunk by key, each made when it is asked for; `narrowed` leaves some of the events.

    Attributes:
        events: n.
    """

    def __init__(
        self,
        branches: Mapping[str, Any],
        columns: Mapping[str, Column],
        events: int,
        whole: Columns | None = None,
        chosen: NDArray[np.intp] | None = None,
    ) -> None:
        self.branches, self.columns, self.events = branches, columns, events
        self.whole, self.chosen = whole, chosen
        self._made: dict[str, NDArray[Any]] = {}

    def __getitem__(self, key: str) -> NDArray[Any]:
        if key not in self._made:
            column = self.columns[key]
            self._made[key] = (
                pick(self.branches[column.branch], column.pick) if self.whole is None else self.whole[key][self.chosen]
            )
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def narrowed(self, events: NDArray[np.intp]) -> Columns:
        """Return the columns of some of these events, by their positions among them."""
        return Columns(self.branches, self.columns, len(events), self, events)

    def replaced(self, values: Mapping[str, NDArray[Any]]) -> Columns:
        """Return the same events with other values (n,) in some of the columns."""
        other = Columns(self.branches, self.columns, self.events, self.whole, self.chosen)
        other._made = {**self._made, **values}
        return other

    def counts(self, branch: str) -> NDArray[Any]:
        """Return how many values each event has in a jagged branch (n,)."""
        return pick(self.branches[branch], "count") if self.whole is None else self.whole.counts(branch)[self.chosen]

    def matrix(self, branch: str) -> tuple[NDArray[Any], NDArray[np.intp]]:
        """Return a branch of arrays for the whole chunk as (m, k), and the row of each of these events in it (n,).

        Raises:
            BadFileError: if the arrays are not of one length.
        """
        if self.whole is not None:
            values, rows = self.whole.matrix(branch)
            return values, rows[self.chosen]
        offsets, content = _lists(self.branches[branch])
        lengths = np.diff(offsets)
        if len(lengths) and (lengths != lengths[0]).any():
            low, high = lengths.min(), lengths.max()
            raise BadFileError(f"branch '{branch}' has {low} to {high} values an event: universes are as many in each")
        return content.reshape(len(lengths), lengths[0] if len(lengths) else 0), np.arange(self.events)


def pick(layout: Any, choice: str | int | None) -> NDArray[Any]:
    """Return one number for each event (n,) of a branch as awkward lays it out.

    Args:
        layout: of a flat or jagged array.
        choice: None for a flat branch; an index, "max", "min", "sum" or "count" for a jagged one. What an event does
            not have is NaN; the sum of nothing is zero.
    """
    if choice is None:
        return np.asarray(layout.data)
    offsets, content = _lists(layout)
    starts, counts = offsets[:-1], np.diff(offsets)
    if choice == "count":
        return np.asarray(counts)
    if isinstance(choice, int):
        return _element(content, starts, counts, choice)
    reduce = {"max": np.maximum, "min": np.minimum, "sum": np.add}[choice]
    values = content.astype(float) if choice == "sum" or content.dtype.kind != "f" else content
    result = np.empty(len(counts), dtype=values.dtype)
    begun = np.searchsorted(starts, len(content))  # lists after that are empty, and reduceat refuses their starts
    if begun:
        result[:begun] = reduce.reduceat(values, starts[:begun])
    result[counts == 0] = 0.0 if choice == "sum" else np.nan  # reduceat has the next list's first value there
    return result


def _element(
    content: NDArray[Any], starts: NDArray[np.int64], counts: NDArray[np.int64], index: int
) -> NDArray[np.float64]:
    """The element at an index of every list, counted from the end if negative; NaN where a list is too short."""
    if not len(content):
        return np.full(len(counts), np.nan)
    short = counts <= index if index >= 0 else counts < -index
    place = starts + index if index >= 0 else starts + counts + index
    result = content[np.clip(place, 0, len(content) - 1)].astype(float)
    result[short] = np.nan
    return np.asarray(result)


def _lists(layout: Any) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Offsets (n + 1,) from zero, and content, of a jagged array or of one with a fixed number of values an event."""
    if hasattr(layout, "data"):
        events, length = layout.data.shape
        return np.arange(events + 1) * length, np.asarray(layout.data).reshape(-1)
    offsets = np.asarray(layout.offsets.data)
    return offsets - offsets[0], np.asarray(layout.content.data)[offsets[0] : offsets[-1]]
