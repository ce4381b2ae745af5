"""The same events measured differently: branches scaled and offset, for observables and cuts to be made again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.selections.table_systematics import ShiftSystematic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from numm_stats.selections.events import Columns
    from numm_stats.selections.expressions import Column
    from numm_stats.selections.table import Selection

    Array = NDArray[np.float64]

__all__ = ["SIDES", "shifted", "shifted_selections"]

SIDES: Final = {"up": 1.0, "down": -1.0}


def shifted_selections(selection: Selection) -> Iterator[tuple[ShiftSystematic, Selection, Selection]]:
    """Give each systematic that shifts branches, and the selection without systematics in two halves.

    The first has the cuts that do not see the branches, the second the others.
    """
    for each in selection.systematic:
        if isinstance(each, ShiftSystematic):
            moved, bare = set(each.branches), selection.model_copy(update={"systematic": []})
            steady = [cut for cut in selection.cuts if moved.isdisjoint(cut.branches)]
            moving = [cut for cut in selection.cuts if not moved.isdisjoint(cut.branches)]
            yield each, bare.model_copy(update={"cuts": steady}), bare.model_copy(update={"cuts": moving})


def shifted(columns: Columns, each: ShiftSystematic, side: str) -> Columns:
    """Return the same events with the branches of a systematic moved "up" or "down".

    Of jagged branches every element is moved: a sum moves by as many offsets as it has elements, a count does not.
    """
    sign = SIDES[side]
    moved = {
        key: _moved(columns, column, 1.0 + sign * each.size, sign * each.offset)
        for key, column in columns.columns.items()
        if column.branch in each.branches and column.pick != "count"
    }
    return columns.replaced(moved)


def _moved(columns: Columns, column: Column, factor: float, offset: float) -> Array:
    terms = columns.counts(column.branch) if column.pick == "sum" and offset else 1.0
    return np.asarray(columns[column.key] * np.float64(factor) + offset * terms, dtype=float)
