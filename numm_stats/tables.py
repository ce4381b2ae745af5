"""The tables of an analysis that describe source and detector, and what all tables share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

__all__ = [
    "FREE_BOUNDS",
    "MIXING_KEYS",
    "DetectorTable",
    "Energy",
    "IsodarSource",
    "LineSource",
    "Name",
    "NotNegative",
    "Number",
    "NumiSource",
    "Positive",
    "SolarSource",
    "Table",
    "TableSource",
]

Positive = Annotated[float, Field(gt=1e-60, lt=1e60)]
NotNegative = Annotated[float, Field(ge=0.0, lt=1e60)]
Number = Annotated[float, Field(ge=1e-3, le=1e15)]  # of events
Energy = Annotated[float, Field(ge=0.0, le=1e9)]  # MeV
Length = Annotated[float, Field(ge=0.0, le=1e12)]  # m
Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")]

SolarComponent = Literal["pp", "pep", "hep", "Be7", "B8", "N13", "O15", "F17"]

FREE_BOUNDS = (0.0, 10.0)  # of what is left to the fit, relative to what is stated
MIXING_KEYS = ("sin2_12", "sin2_13", "sin2_23", "dm2_21_ev2", "delta")


class Table(BaseModel):
    """A table of the TOML file: unknown keys, NaN and infinity are errors, "3" is not a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class IsodarSource(Table):
    """8Li decay at rest: electron antineutrinos."""

    kind: Literal["isodar"]
    spectrum: Literal["endpoints", "r-matrix"] = "endpoints"


class NumiSource(Table):
    """The NuMI beam at the NOvA near detector, as tabulated or from ROOT files of histograms.

    A file has a horn current of its own; of both there are two, forward first. Without files it is forward.
    """

    kind: Literal["numi"]
    horn_current: Literal["forward", "reverse", "both"] | None = None
    forward_share: Probability | None = None
    file: list[str] | None = None

    @field_validator("file", mode="before")
    @classmethod
    def _one_or_two(cls, value: Any) -> Any:
        files = [value] if isinstance(value, str) else value
        if files is None or (
            isinstance(files, list) and len(files) in {1, 2} and all(isinstance(f, str) for f in files)
        ):
            return files
        raise ValueError("must name a ROOT file, or two of them, the first with forward horn current")

    @model_validator(mode="after")
    def _of_one_horn_current_or_both(self) -> NumiSource:
        both = self.horn_current == "both"
        if both != (self.forward_share is not None):
            raise ValueError("horn_current = 'both' and forward_share, of the protons on target, need each other")
        if self.file is not None and both != (len(self.file) == 2):
            raise ValueError("two files, forward and reverse, and horn_current = 'both' need each other")
        if self.file is not None and not both and self.horn_current is not None:
            raise ValueError(f"horn_current = '{self.horn_current}' is of the tabulated flux: state it, or file")
        return self


class LineSource(Table):
    """Neutrinos of sharp energies."""

    kind: Literal["lines"]
    energies_mev: list[Positive] = Field(min_length=1)
    intensities: list[NotNegative] = Field(min_length=1)
    flavour: str = "nu_e"
    emitted_per_year: Positive | None = None
    flux_per_cm2_s: Positive | None = None

    @model_validator(mode="after")
    def _one_size(self) -> LineSource:
        if self.emitted_per_year is not None and self.flux_per_cm2_s is not None:
            raise ValueError("state emitted_per_year or flux_per_cm2_s, not both")
        return self


class TableSource(Table):
    """A spectrum from a text file of energy [MeV] and density."""

    kind: Literal["table"]
    file: str
    flavour: str = "nu_e"
    per: Literal["neutrino", "cm2 s", "cm2 pot"] = "neutrino"
    emitted_per_year: Positive | None = None


class SolarSource(Table):
    """The Sun, by a standard solar model; flavours converted in matter on the way out.

    `free` leaves rates to the fit, `rates_cpd_100t` states weak events per day and 100 t in place of the model's.
    """

    kind: Literal["solar"]
    metallicity: Literal["gs98", "agss09met"] = "gs98"
    components: list[SolarComponent] | None = None
    free: list[Literal["pp", "pep", "hep", "Be7", "B8", "CNO"]] = Field(default_factory=list)
    rates_cpd_100t: dict[Literal["pp", "pep", "hep", "Be7", "B8", "CNO"], Positive] = Field(default_factory=dict)
    oscillation: Literal["msw-lma", "none"] = "msw-lma"
    production: Literal["distribution", "mean"] = "distribution"
    sin2_12: Probability | None = None
    sin2_13: Probability | None = None
    sin2_23: Probability | None = None
    dm2_21_ev2: Positive | None = None
    delta: float | None = None

    @field_validator("components")
    @classmethod
    def _each_once(cls, value: list[str] | None) -> list[str] | None:
        if value is not None and not 0 < len(value) == len(set(value)):
            raise ValueError("must name one or more components, each once")
        return value

    @field_validator("free")
    @classmethod
    def _free_once(cls, value: list[str]) -> list[str]:
        if len(value) != len(set(value)):
            raise ValueError("must name each part once")
        return value

    @model_validator(mode="after")
    def _mixing_needs_oscillation(self) -> SolarSource:
        stated = [key for key in MIXING_KEYS if getattr(self, key) is not None]
        if self.oscillation == "none" and (stated or self.production != "distribution"):
            raise ValueError(f"oscillation = 'none' has no use for {', '.join(stated) or 'production'}")
        return self


class ResolutionTable(Table):
    """Energy resolution, see `detectors.response.Resolution`."""

    stochastic: NotNegative = 0.0
    constant: NotNegative = 0.0
    noise_mev: Energy = 0.0


class EfficiencyTable(Table):
    """Efficiency at points of recoil energy."""

    energies_mev: list[NotNegative] = Field(min_length=1)
    values: list[NotNegative] = Field(min_length=1)


class DetectorTable(Table):
    """A detector by name, any of its numbers replaced."""

    kind: str
    threshold_mev: Energy = 0.0
    resolution: ResolutionTable | None = None
    efficiency: EfficiencyTable | None = None
    tonnes: Positive | None = None
    electrons_per_tonne: Positive | None = None
    live_fraction: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    distance_m: Length | None = None
    radius_m: Length | None = None
    energy_scale_uncertainty: Annotated[float, Field(ge=0.0, lt=0.5)] = 0.0
    resolution_uncertainty: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    threshold_uncertainty_mev: Energy = 0.0

    @model_validator(mode="after")
    def _spread_needs_a_resolution(self) -> DetectorTable:
        if (
            self.resolution_uncertainty > 0.0
            and self.resolution is not None
            and not any(self.resolution.model_dump().values())
        ):
            raise ValueError("resolution_uncertainty is relative to a resolution that is zero: give one, or neither")
        return self

    @field_validator("resolution", mode="before")
    @classmethod
    def _number_is_stochastic(cls, value: Any) -> Any:
        return {"stochastic": value} if _is_number(value) else value

    @field_validator("efficiency", mode="before")
    @classmethod
    def _number_is_flat(cls, value: Any) -> Any:
        return {"energies_mev": [1.0], "values": [value]} if _is_number(value) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
