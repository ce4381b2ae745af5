"""An analysis as types: what a TOML file may say, key by key. `reading` turns files into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from numm_stats.errors import InputError
from numm_stats.tables import (
    DetectorTable,
    Energy,
    IsodarSource,
    LineSource,
    Name,
    NotNegative,
    Number,
    NumiSource,
    Positive,
    SolarSource,
    Table,
    TableSource,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Analysis", "Background", "DataTable", "MediatorTable", "MomentSignal", "Systematic"]

MAXIMUM_BINS = 5000
DAYS_PER_YEAR = 365.25
Quenching = Annotated[float, Field(ge=0.0, le=1.0)]  # visible over true energy
NO_RECORD = "ins0000000"  # pyhf wants an INSPIRE number in a patch set: none, until the analysis states one


class ExposureTable(Table):
    """How much is taken: weak events in the analysis range, or years, or days, or protons on target."""

    events: Number | None = None
    years: Positive | None = None
    days: Positive | None = None
    pot: Positive | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> ExposureTable:
        times = [time for time in (self.years, self.days) if time is not None]
        if self.events is None and not times and self.pot is None:
            raise ValueError("state one of days, events, years, pot")
        if self.pot is not None and (self.events is not None or times):
            raise ValueError("pot says it all: state events, years or days without it")
        if len(times) > 1:
            raise ValueError("state years or days, not both")
        return self

    @property
    def live_years(self) -> float | None:
        """Return the time taken in years of 365.25 days, if it is stated."""
        return self.years if self.days is None else self.days / DAYS_PER_YEAR


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


class BinningTable(Table):
    """The observables."""

    recoil_mev: RecoilBins


class CouplingsTable(Table):
    """The weak couplings."""

    sin2_theta_w: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    radiative: bool = False
    g_left: float | None = None


class MomentSignal(Table):
    """Scattering by the magnetic moment."""

    kind: Literal["magnetic-moment"]
    reference: Annotated[float, Field(gt=1e-30, le=1.0)] | None = None


class MediatorTable(Table):
    """Exchange of a light mediator."""

    kind: Literal["vector", "axial", "scalar", "pseudoscalar"]
    mediator_mass_mev: Energy = 0.0
    interference: bool = True
    kinematics: Literal["exact", "low-recoil"] = "exact"
    charges: dict[Literal["e", "mu", "tau", "electron"], float] = Field(default_factory=dict)
    reference: Annotated[float, Field(gt=1e-30, le=100.0)] | None = None
    inspire: Annotated[str, Field(pattern=r"^ins[0-9]{7}$")] = NO_RECORD

    @model_validator(mode="after")
    def _low_recoil_is_for_the_vector(self) -> MediatorTable:
        if self.kinematics == "low-recoil" and self.kind != "vector":
            raise ValueError(f"kinematics = 'low-recoil' is for the vector: a {self.kind} needs 'exact'")
        return self


class Background(Table):
    """One background; `rate` is in events in the analysis range, per exposure, year or tonne-year.

    Of a decay it is in decays, whatever they show; per year and tonne-year the detector's live fraction is applied.
    """

    kind: Literal["flat", "exponential", "peak", "table", "decay", "solar", "inverse-beta"]
    name: Name | None = None
    rate: Annotated[float, Field(ge=0.0, le=1e30)]
    per: Literal["exposure", "year", "tonne-year"] = "exposure"
    uncertainty: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    statistical_uncertainty: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    scale_mev: float | None = None
    mean_mev: float | None = None
    width_mev: Positive | None = None
    file: str | None = None
    nuclide: str | None = None
    component: Literal["pp", "pep", "hep", "Be7", "B8", "N13", "O15", "F17"] | None = None
    gammas: Literal["contained", "escape"] | None = None
    gamma_quenching: Quenching | None = None
    alpha_quenching: Quenching | None = None

    @property
    def sample(self) -> str:
        """Name of the sample: the one stated, the nuclide, the solar component, or the kind."""
        return self.name or self.nuclide or self.component or self.kind

    @model_validator(mode="after")
    def _complete(self) -> Background:
        needed = {
            "exponential": ("scale_mev",),
            "peak": ("mean_mev", "width_mev"),
            "table": ("file",),
            "decay": ("nuclide",),
            "solar": ("component",),
            "inverse-beta": (),
            "flat": (),
        }
        optional = ("gammas", "gamma_quenching", "alpha_quenching")
        keys = ("scale_mev", "mean_mev", "width_mev", "file", "nuclide", "component", *optional)
        allowed = (*needed[self.kind], *(optional if self.kind == "decay" else ()))
        missing = [key for key in needed[self.kind] if getattr(self, key) is None]
        surplus = [key for key in keys if key not in allowed and getattr(self, key) is not None]
        if missing:
            raise ValueError(f"kind = '{self.kind}' needs {' and '.join(missing)}")
        if surplus:
            raise ValueError(f"kind = '{self.kind}' has no use for {' and '.join(surplus)}")
        return self


class Systematic(Table):
    """One systematic; `size` is relative, but MeV for a threshold, and a share of the difference for a spectrum."""

    name: Name
    kind: Literal["normalisation", "energy-scale", "resolution", "threshold", "source-spectrum"]
    size: Positive = 1.0
    samples: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _relative(self) -> Systematic:
        if self.kind in ("normalisation", "energy-scale", "resolution") and self.size >= 1.0:
            raise ValueError(f"size = {self.size} is relative and must be below 1 (0.007 is 0.7 %)")
        return self


class DataTable(Table):
    """The observations: an Asimov set, counts written here, or counts in a file (one number a line)."""

    kind: Literal["asimov", "counts", "file"] = "asimov"
    values: list[NotNegative] | None = None
    file: str | None = None
    injected: Annotated[float, Field(ge=0.0, le=1.0)] | None = None

    @model_validator(mode="after")
    def _complete(self) -> DataTable:
        needed = {"asimov": None, "counts": "values", "file": "file"}[self.kind]
        for key in ("values", "file"):
            if key == needed and getattr(self, key) is None:
                raise ValueError(f"kind = '{self.kind}' needs {key}")
            if key != needed and getattr(self, key) is not None:
                raise ValueError(f"kind = '{self.kind}' has no use for {key}")
        if self.injected is not None and self.kind != "asimov":
            raise ValueError("injected, a moment or coupling, goes with kind = 'asimov'")
        return self


class Analysis(Table):
    """A whole analysis."""

    name: Name
    note: str = ""
    source: Annotated[IsodarSource | NumiSource | SolarSource | LineSource | TableSource, Field(discriminator="kind")]
    detector: DetectorTable
    exposure: ExposureTable
    binning: BinningTable
    couplings: CouplingsTable = Field(default_factory=CouplingsTable)
    signal: Annotated[MomentSignal | MediatorTable, Field(discriminator="kind")]
    background: list[Background] = Field(default_factory=list)
    systematic: list[Systematic] = Field(default_factory=list)
    data: DataTable = Field(default_factory=DataTable)

    def edges_mev(self) -> NDArray[np.float64]:
        """Return the bin edges (n + 1,) [MeV], cut at the detector's threshold."""
        edges, threshold = self.binning.recoil_mev.array(), self.detector.threshold_mev
        if threshold >= edges[-1]:
            raise InputError(
                f"detector.threshold_mev = {threshold:g} leaves no bin: the binning ends at {edges[-1]:g} MeV"
            )
        return edges if threshold <= edges[0] else np.concatenate([[threshold], edges[edges > threshold]])

    def to_document(self) -> dict[str, Any]:
        """Return what a TOML file needs to say to give this analysis: defaults left out."""
        return self.model_dump(exclude_none=True, exclude_defaults=True)
