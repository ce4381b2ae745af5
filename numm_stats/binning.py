"""The binning of an analysis: in recoil energy, or in hit PMTs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from numm_stats.tables import NotNegative, Positive, Table
from numm_stats.templates.edges import MAXIMUM_BINS, stated_edges

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BinningTable", "HitsBins", "RecoilBins"]


class RecoilBins(Table):
    """Bins of visible recoil energy: start, stop and width, or edges."""

    start: NotNegative | None = None
    stop: Positive | None = None
    width: Positive | None = None
    edges: list[NotNegative] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> RecoilBins:
        self.array()
        return self

    def array(self) -> NDArray[np.float64]:
        """Return the edges (n + 1,) [MeV]."""
        return stated_edges(self.start, self.stop, self.width, self.edges, "energies in MeV")


class HitsBins(Table):
    """Bins of hit PMTs, about as wide as each other in standard deviations of the hits, edges at whole hits."""

    start: NotNegative = 85.0
    stop: Positive = 950.0
    bins: Annotated[int, Field(ge=1, le=MAXIMUM_BINS)] = 120

    @model_validator(mode="after")
    def _growing(self) -> HitsBins:
        if not self.start < self.stop:
            raise ValueError(f"start = {self.start:g} must be below stop = {self.stop:g}")
        if self.start % 1.0 or self.stop % 1.0:
            raise ValueError(f"start = {self.start:g} and stop = {self.stop:g} must be whole numbers of hits")
        return self


class BinningTable(Table):
    """The observable: recoil energy, or hits where the detector counts them."""

    recoil_mev: RecoilBins | None = None
    hits: HitsBins | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> BinningTable:
        if (self.recoil_mev is None) == (self.hits is None):
            raise ValueError("state recoil_mev, or hits where the detector counts them: one of the two")
        return self
