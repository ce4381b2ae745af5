"""The binning of an analysis: in recoil energy, with or without the electron's angle, or in hit PMTs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
from pydantic import Field, model_validator

from numm_stats.analyses.tables import NotNegative, Positive, Table
from numm_stats.templates.edges import MAXIMUM_BINS, stated_edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BinningTable", "HitsBins", "RecoilBins", "RegionTable", "ThetaBins"]

WIDEST_MRAD: Final = 3142.0  # pi, rounded up to a whole number
MAXIMUM_CELLS: Final = 20000  # bins of the angle times those of the energy


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


class ThetaBins(RecoilBins):
    """Bins of the seen angle between electron and neutrino [mrad]: start, stop and width, or edges."""

    @model_validator(mode="after")
    def _on_the_sphere(self) -> ThetaBins:
        if self.array()[-1] > WIDEST_MRAD:
            raise ValueError(f"the last edge, {self.array()[-1]:g} mrad, must be {WIDEST_MRAD:g} (backwards) at most")
        if not (np.diff(self.radians()) > 0.0).all():
            last = self.array()[-2]
            raise ValueError(f"the last bin is empty, as its lower edge, {last:g} mrad, is not below pi")
        return self

    def array(self) -> NDArray[np.float64]:
        """Return the edges (m + 1,) [mrad]."""
        return stated_edges(self.start, self.stop, self.width, self.edges, "angles in mrad")

    def radians(self) -> NDArray[np.float64]:
        """Return the edges (m + 1,) [rad], at most pi."""
        return np.minimum(1e-3 * self.array(), np.pi)


class RegionTable(Table):
    """Two bins in place of all: where scattering by `moment` is more than `ratio` times weak scattering, and the rest.

    It is made of the bins of energy and angle; with `outside` false the rest is not used.
    """

    ratio: Positive = 1.0
    moment: Annotated[float, Field(gt=1e-30, le=1.0)] = 6e-11
    outside: bool = True


class BinningTable(Table):
    """The observable: recoil energy, also with the electron's angle, or hits where the detector counts them.

    Bins of energy and angle that expect fewer than `minimum_events` of background are merged with their neighbours.
    """

    recoil_mev: RecoilBins | None = None
    theta_mrad: ThetaBins | None = None
    minimum_events: Positive | None = None
    region: RegionTable | None = None
    hits: HitsBins | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> BinningTable:
        if (self.recoil_mev is None) == (self.hits is None):
            raise ValueError("state recoil_mev, or hits where the detector counts them: one of the two")
        return self

    @model_validator(mode="after")
    def _angles_with_energies(self) -> BinningTable:
        stated = [key for key in ("theta_mrad", "region") if getattr(self, key) is not None]
        if stated and self.recoil_mev is None:
            raise ValueError(f"{stated[0]} goes with recoil_mev")
        if self.theta_mrad is not None and self.recoil_mev is not None:
            angles, energies = len(self.theta_mrad.array()) - 1, len(self.recoil_mev.array()) - 1
            if angles * energies > MAXIMUM_CELLS:
                raise ValueError(
                    f"{angles} bins of theta_mrad times {energies} of recoil_mev are {angles * energies}: there must "
                    f"be {MAXIMUM_CELLS} at most"
                )
        if self.minimum_events is not None and (self.theta_mrad is None or self.region is not None):
            raise ValueError("minimum_events is about bins of theta_mrad, of which a region leaves none")
        return self
