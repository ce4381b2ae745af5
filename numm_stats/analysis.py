"""An analysis as types: what a TOML file may say, key by key. `reading` turns files into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from numm_stats.binning import BinningTable  # noqa: TC001  pydantic evaluates it
from numm_stats.borexino_tables import BorexinoTable, GalliumTable
from numm_stats.errors import InputError
from numm_stats.tables import (
    FREE_BOUNDS,
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

__all__ = ["Analysis", "Background", "ChargeRadiusTable", "DataTable", "MediatorTable", "MomentSignal", "Systematic"]

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


class ChargeRadiusTable(Table):
    """Scattering by a charge radius of the families named, all by default, beyond that of the standard model."""

    kind: Literal["charge-radius"]
    flavours: list[Literal["e", "mu", "tau"]] | None = None
    convention: Literal["vector", "left-handed"] = "vector"
    reference: float = 1e-32

    @field_validator("reference")
    @classmethod
    def _where_fits_start(cls, value: float) -> float:
        if not 1e-33 <= value <= 1e-31:
            raise ValueError(f"{value:g} must lie between 1e-33 and 1e-31, in cm2: a unit, from which searches start")
        return value

    @field_validator("flavours")
    @classmethod
    def _each_once(cls, value: list[str] | None) -> list[str] | None:
        if value is not None and not 0 < len(value) == len(set(value)):
            raise ValueError("must name one or more of e, mu, tau, each once")
        return value


class Background(Table):
    """One background; `rate` is in events in the analysis range, per exposure, year, tonne-year or day and 100 t.

    Of a decay it is in decays, whatever they show, of external gammas in events of any size; where a time is in it, the
    detector's live fraction is applied. `free` leaves the rate to the fit, between `bounds` relative to it: a rate that
    is hardly known keeps Gaussian errors if it may go below zero.
    """

    kind: Literal["flat", "exponential", "peak", "table", "decay", "solar", "inverse-beta", "external-gamma"]
    name: Name | None = None
    rate: Annotated[float, Field(ge=0.0, le=1e30)]
    per: Literal["exposure", "year", "tonne-year", "day-100t"] = "exposure"
    free: bool = False
    bounds: list[float] = Field(default_factory=lambda: list(FREE_BOUNDS), min_length=2, max_length=2)
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
    def scales(self) -> dict[str, tuple[float, float]]:
        """The free parameter of the rate and its bounds, relative to the stated rate; nothing where it is not free."""
        return {f"{self.sample}_rate": (self.bounds[0], self.bounds[1])} if self.free else {}

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
            "external-gamma": ("nuclide",),
            "inverse-beta": (),
            "flat": (),
        }
        optional = ("gammas", "gamma_quenching", "alpha_quenching")
        keys = ("scale_mev", "mean_mev", "width_mev", "file", "nuclide", "component", *optional)
        allowed = (*needed[self.kind], *(optional if self.kind == "decay" else ()))
        missing = [key for key in needed[self.kind] if getattr(self, key) is None]
        surplus = [key for key in keys if key not in allowed and getattr(self, key) is not None]
        if self.free and self.uncertainty > 0.0:
            raise ValueError("free = true has no use for uncertainty: state one of the two")
        if self.free and not self.rate > 0.0:
            raise ValueError("free = true needs a rate above zero: the fit multiplies it")
        if not self.free and self.bounds != list(FREE_BOUNDS):
            raise ValueError(f"bounds = {self.bounds} are those of a free rate: state free = true with them")
        if not self.bounds[0] < 1.0 < self.bounds[1]:
            raise ValueError(f"bounds = {self.bounds} are relative to the rate: they must hold 1 between them")
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
    """The observations: an Asimov set, counts written here, counts in a file (one number a line), or Borexino's.

    "published-spectrum" reads a file as `published_spectrum` does and merges its bins into those of the analysis.
    `truth` replaces keys, as `choices` does, in the model that the Asimov set is made of.
    """

    kind: Literal["asimov", "counts", "file", "published-spectrum"] = "asimov"
    values: list[NotNegative] | None = None
    file: str | None = None
    injected: Annotated[float, Field(ge=-1.0, le=1.0)] | None = None
    truth: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> DataTable:
        needed = {"asimov": None, "counts": "values"}.get(self.kind, "file")
        for key in ("values", "file"):
            if key == needed and getattr(self, key) is None:
                raise ValueError(f"kind = '{self.kind}' needs {key}")
            if key != needed and getattr(self, key) is not None:
                raise ValueError(f"kind = '{self.kind}' has no use for {key}")
        if (self.injected is not None or self.truth) and self.kind != "asimov":
            raise ValueError("injected, a moment or coupling, and truth go with kind = 'asimov'")
        return self


def _response_of(value: Any) -> str:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return "hits" if kind == "borexino" else "energy"


class Analysis(Table):
    """A whole analysis.

    `choices` are discrete systematics: keys, as `--set` names them, with values among which nobody can say which one
    holds. Each combination is a configuration with a model of its own.
    """

    name: Name
    note: str = ""
    source: Annotated[IsodarSource | NumiSource | SolarSource | LineSource | TableSource, Field(discriminator="kind")]
    detector: Annotated[
        Annotated[DetectorTable, Tag("energy")] | Annotated[BorexinoTable, Tag("hits")], Discriminator(_response_of)
    ]
    exposure: ExposureTable
    binning: BinningTable
    couplings: CouplingsTable = Field(default_factory=CouplingsTable)
    signal: Annotated[MomentSignal | MediatorTable | ChargeRadiusTable, Field(discriminator="kind")]
    background: list[Background] = Field(default_factory=list)
    systematic: list[Systematic] = Field(default_factory=list)
    gallium: GalliumTable | None = None
    choices: dict[str, list[Any]] = Field(default_factory=dict)
    data: DataTable = Field(default_factory=DataTable)

    @model_validator(mode="after")
    def _of_one_piece(self) -> Analysis:
        in_hits = isinstance(self.detector, BorexinoTable)
        if in_hits != (self.binning.hits is not None):
            wanted = "hits" if in_hits else "recoil_mev"
            raise ValueError(f"detector.kind = '{self.detector.kind}' needs binning.{wanted}")
        fitted = isinstance(self.source, SolarSource) and bool(self.source.free or self.source.rates_cpd_100t)
        if not in_hits and (self.gallium is not None or fitted):
            raise ValueError("gallium, source.free and source.rates_cpd_100t go with detector.kind = 'borexino'")
        if not in_hits and self.data.kind == "published-spectrum":
            raise ValueError("data.kind = 'published-spectrum' is in hits: it goes with detector.kind = 'borexino'")
        if any(not values for values in self.choices.values()):
            raise ValueError("choices: each key needs one or more values")
        return self

    @model_validator(mode="after")
    def _only_a_radius_is_negative(self) -> Analysis:
        injected = self.data.injected
        if injected is not None and injected < 0.0 and not isinstance(self.signal, ChargeRadiusTable):
            raise ValueError(f"data.injected = {injected:g}: a moment or coupling must be zero or more")
        return self

    def edges_mev(self) -> NDArray[np.float64]:
        """Return the bin edges (n + 1,) [MeV], cut at the detector's threshold."""
        if self.binning.recoil_mev is None or not isinstance(self.detector, DetectorTable):
            raise InputError(f"{self.name} counts hits: it has no bins of recoil energy")
        edges, threshold = self.binning.recoil_mev.array(), self.detector.threshold_mev
        if threshold >= edges[-1]:
            raise InputError(
                f"detector.threshold_mev = {threshold:g} leaves no bin: the binning ends at {edges[-1]:g} MeV"
            )
        return edges if threshold <= edges[0] else np.concatenate([[threshold], edges[edges > threshold]])

    def to_document(self) -> dict[str, Any]:
        """Return what a TOML file needs to say to give this analysis: defaults left out."""
        return self.model_dump(exclude_none=True, exclude_defaults=True)
