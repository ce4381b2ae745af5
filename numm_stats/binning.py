"""The binning of an analysis: in recoil energy, or in hit PMTs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field, model_validator

from numm_stats.tables import NotNegative, Positive, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BinningTable", "HitsBins", "RecoilBins"]

MAXIMUM_BINS = 5000


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
        if self.edges is not None:
            return self._stated()
        if self.start is None or self.stop is None or self.width is None:
            raise ValueError("state start, stop and width, or edges")
        bins = (self.stop - self.start) / self.width
        if not 1.0 - 1e-6 <= bins <= MAXIMUM_BINS:
            raise ValueError(f"{bins:.4g} bins from start, stop and width: there must be 1 to {MAXIMUM_BINS}")
        if abs(bins - round(bins)) > 1e-6 * max(bins, 1.0):
            raise ValueError(f"stop - start = {self.stop - self.start:g} is not a multiple of width = {self.width:g}")
        return np.linspace(self.start, self.stop, round(bins) + 1)

    def _stated(self) -> NDArray[np.float64]:
        edges = np.array(self.edges, dtype=float)
        if self.start is not None or self.stop is not None or self.width is not None:
            raise ValueError("edges cannot go with start, stop or width")
        if not 2 <= len(edges) <= MAXIMUM_BINS + 1 or not (np.diff(edges) > 0.0).all():
            raise ValueError(f"edges must be 2 to {MAXIMUM_BINS + 1} increasing energies in MeV")
        return edges


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
