"""An analysis as types: what a TOML file may say, key by key. `reading` turns files into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Discriminator, Field, Tag, field_validator, model_validator

from numm_stats.analyses.background_table import Background
from numm_stats.analyses.binning import BinningTable  # noqa: TC001  pydantic evaluates it
from numm_stats.analyses.borexino_tables import BorexinoTable, GalliumTable
from numm_stats.analyses.source_tables import SolarSource, SourceTable
from numm_stats.analyses.tables import DetectorTable, Energy, Name, NotNegative, Number, Positive, Table
from numm_stats.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Analysis", "Background", "ChargeRadiusTable", "DataTable", "MediatorTable", "MomentSignal", "Systematic"]

DAYS_PER_YEAR = 365.25
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


class OffTable(Table):
    """A second measurement, with the source off: how long, and what was counted, one number for each bin.

    With Asimov data its counts are those expected.
    """

    years: Positive | None = None
    days: Positive | None = None
    values: list[NotNegative] | None = None
    file: str | None = None

    @model_validator(mode="after")
    def _one_time(self) -> OffTable:
        if (self.years is None) == (self.days is None):
            raise ValueError("state years or days with the source off: one of the two")
        if self.values is not None and self.file is not None:
            raise ValueError("state values or file, not both")
        return self

    @property
    def live_years(self) -> float:
        """Return the time taken in years of 365.25 days."""
        return float(self.years or 0.0) + float(self.days or 0.0) / DAYS_PER_YEAR


class CouplingsTable(Table):
    """The weak couplings."""

    sin2_theta_w: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    radiative: bool = False
    g_left: float | None = None


def _each_once(value: list[str]) -> list[str]:
    if not 0 < len(value) == len(set(value)):
        raise ValueError("must name one or more of e, mu, tau, each once")
    return value


Families = Annotated[list[Literal["e", "mu", "tau"]], AfterValidator(_each_once)]


class MomentSignal(Table):
    """Scattering by the magnetic moment of the families named, all by default: one moment for all of them."""

    kind: Literal["magnetic-moment"]
    flavours: Families | None = None
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
    flavours: Families | None = None
    convention: Literal["vector", "left-handed"] = "vector"
    reference: float = 1e-32

    @field_validator("reference")
    @classmethod
    def _where_fits_start(cls, value: float) -> float:
        if not 1e-33 <= value <= 1e-31:
            raise ValueError(f"{value:g} must lie between 1e-33 and 1e-31, in cm2: a unit, from which searches start")
        return value


class Systematic(Table):
    """One systematic; `size` is relative, but MeV for a threshold, and a share of the difference for a spectrum."""

    name: Name
    kind: Literal["normalisation", "energy-scale", "resolution", "angular-resolution", "threshold", "source-spectrum"]
    size: Positive = 1.0
    samples: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _relative(self) -> Systematic:
        if self.kind not in ("threshold", "source-spectrum") and self.size >= 1.0:
            raise ValueError(f"size = {self.size} is relative and must be below 1 (0.007 is 0.7 %)")
        return self


class DataTable(Table):
    """The observations: an Asimov set, counts written here, counts in a file (one number a line), or Borexino's.

    "published-spectrum" reads a file as `published_spectrum` does and merges its bins into those of the analysis,
    "events" one of event energies and "histogram" one of bin centres and counts, in a `unit`, as `published_files` do.
    `truth` replaces keys, as `choices` does, in the model that the Asimov set is made of.
    """

    kind: Literal["asimov", "counts", "file", "published-spectrum", "events", "histogram"] = "asimov"
    values: list[NotNegative] | None = None
    file: str | None = None
    unit: Literal["MeV", "keV"] | None = None
    injected: Annotated[float, Field(ge=-1.0, le=1.0)] | None = None
    truth: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> DataTable:
        needed = {"asimov": None, "counts": "values"}.get(self.kind, "file")
        for key in ("values", "file"):
            if key == needed and getattr(self, key) is None:
                raise ValueError(f"kind = '{self.kind}' needs {key}")
            if key != needed and getattr(self, key) is not None:
                hint = "; expected data of an entry with counts: --data asimov" if self.kind == "asimov" else ""
                raise ValueError(f"kind = '{self.kind}' has no use for {key}{hint}")
        if self.unit is not None and self.kind not in ("events", "histogram"):
            raise ValueError(f"kind = '{self.kind}' has no use for unit: it goes with events and histogram")
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
    source: SourceTable
    detector: Annotated[
        Annotated[DetectorTable, Tag("energy")] | Annotated[BorexinoTable, Tag("hits")], Discriminator(_response_of)
    ]
    exposure: ExposureTable
    off: OffTable | None = None
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
    def _angles_are_binned(self) -> Analysis:
        if self.binning.theta_mrad is None:
            if isinstance(self.detector, DetectorTable) and self.detector.angular_resolution_mrad is not None:
                raise ValueError("detector.angular_resolution_mrad needs binning.theta_mrad")
            if any(systematic.kind == "angular-resolution" for systematic in self.systematic):
                raise ValueError("systematic of kind 'angular-resolution' needs binning.theta_mrad")
        return self

    @model_validator(mode="after")
    def _moments_beside_the_source(self) -> Analysis:
        magnetic = [table.sample for table in self.background if table.magnetic]
        if magnetic and not isinstance(self.signal, MomentSignal):
            raise ValueError(f"background '{magnetic[0]}': magnetic = true goes with signal.kind = 'magnetic-moment'")
        if magnetic and isinstance(self.source, SolarSource):
            raise ValueError(f"background '{magnetic[0]}': magnetic = true is for another source than the Sun itself")
        return self

    @model_validator(mode="after")
    def _bins_are_free_once(self) -> Analysis:
        by_bin = [table.sample for table in self.background if table.per_bin]
        if by_bin and self.off is None:
            raise ValueError(f"background '{by_bin[0]}': per_bin needs [off], where its bins are counted alone")
        if len(by_bin) > 1:
            raise ValueError(
                f"backgrounds {' and '.join(by_bin)}: per_bin of more than one leaves the same bins to the fit twice"
            )
        for systematic in self.systematic:
            if systematic.kind == "normalisation" and by_bin and by_bin[0] in systematic.samples:
                raise ValueError(
                    f"systematic '{systematic.name}' scales background '{by_bin[0]}', of which per_bin leaves every "
                    "bin to the fit: it can change nothing"
                )
        return self

    @model_validator(mode="after")
    def _off_is_of_the_same_bins(self) -> Analysis:
        if self.off is None:
            return self
        if self.exposure.live_years is None:
            raise ValueError("[off] needs exposure.days or years, the time with the source on")
        if self.binning.recoil_mev is None or self.binning.theta_mrad is not None or self.binning.region is not None:
            raise ValueError("[off] goes with binning.recoil_mev alone")
        if any(table.statistical_uncertainty > 0.0 or table.includes_weak for table in self.background):
            raise ValueError("[off] has no use for backgrounds with statistical_uncertainty or includes_weak")
        if (self.data.kind == "asimov") == (self.off.values is not None or self.off.file is not None):
            raise ValueError(f"data.kind = '{self.data.kind}': counts with the source off go with counts of it on")
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
