"""What a selection is binned in, as a table: a name and edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from numm_stats.selections.table_types import Formula, Name, Positive, Table
from numm_stats.templates.edges import stated_edges

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Axis", "Observable", "SavedObservable"]


class Axis(Table):
    """Bins by start, stop and width, or by edges; each holds its lower edge."""

    name: Name
    label: str = ""
    unit: str = ""
    start: float | None = None
    stop: float | None = None
    width: Positive | None = None
    edges: list[float] | None = None

    def array(self) -> NDArray[np.float64]:
        """Return the edges (n + 1,)."""
        return stated_edges(self.start, self.stop, self.width, self.edges, "numbers")

    @property
    def is_stated(self) -> bool:
        """Whether any of the bins is stated."""
        return any(value is not None for value in (self.start, self.stop, self.width, self.edges))


class Observable(Axis):
    """What is histogrammed of each event.

    `outside` = "cut" says that the outer edges are a cut, and so what is selected beyond them is no surprise.
    """

    expression: Formula
    outside: Literal["told", "cut"] = "told"

    @model_validator(mode="after")
    def _consistent(self) -> Observable:
        self.array()
        return self


class SavedObservable(Axis):
    """An axis of saved histograms; without bins it has theirs, with bins these are merged out of theirs."""

    @model_validator(mode="after")
    def _consistent(self) -> SavedObservable:
        if self.is_stated:
            self.array()
        return self
