"""The [source] tables of an analysis, one for each kind of source."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from numm_stats.analyses.tables import NotNegative, Positive, Probability, Table

__all__ = [
    "MIXING_KEYS",
    "SOURCE_TABLES",
    "ArtificialSource",
    "ForwardSource",
    "IsodarSource",
    "LineSource",
    "NumiSource",
    "PionDecaySource",
    "ReactorSource",
    "SolarSource",
    "SourceTable",
    "TableSource",
]

SolarComponent = Literal["pp", "pep", "hep", "Be7", "B8", "N13", "O15", "F17"]
MIXING_KEYS = ("sin2_12", "sin2_13", "sin2_23", "dm2_21_ev2", "delta")


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


class ArtificialSource(Table):
    """A nuclide of stated activity in or beside the detector; the run is the time of [exposure].

    With exposure.events alone it is the shape of a spectrum, and needs no activity.
    """

    kind: Literal["cr51", "ar37", "v49", "sm145", "sr90-y90", "sr90", "pm147"]
    activity_bq: Positive | None = None
    activity_megacurie: Positive | None = None
    cooling_years: NotNegative = 0.0
    lines: Literal["quoted", "binding"] = "quoted"

    @model_validator(mode="after")
    def _one_activity(self) -> ArtificialSource:
        if self.activity_bq is not None and self.activity_megacurie is not None:
            raise ValueError("state activity_bq or activity_megacurie, not both")
        if self.lines != "quoted" and self.kind in ("sr90-y90", "sr90", "pm147"):
            raise ValueError(f"lines = '{self.lines}' is for electron captures: {self.kind} emits a continuum")
        return self


class ReactorSource(Table):
    """A nuclear reactor: its thermal power at the detector's distance, or its flux there, of all energies.

    With exposure.events alone it is the shape of a spectrum, and needs neither.
    """

    kind: Literal["reactor"]
    thermal_power_gw: Positive | None = None
    flux_per_cm2_s: Positive | None = None
    fission_fractions: dict[Literal["U235", "U238", "Pu239", "Pu241"], Probability] = Field(default_factory=dict)
    captures_per_fission: NotNegative | None = None

    @model_validator(mode="after")
    def _one_size(self) -> ReactorSource:
        if self.thermal_power_gw is not None and self.flux_per_cm2_s is not None:
            raise ValueError("state thermal_power_gw or flux_per_cm2_s, not both")
        total = sum(self.fission_fractions.values())
        if self.fission_fractions and abs(total - 1.0) > 2e-3:
            raise ValueError(f"fission_fractions add up to {total:g}: they must add up to 1 within 0.002")
        return self


class PionDecaySource(Table):
    """Pions and muons that decay at rest: nu_mu, nu_e and nu_mu_bar, `decays_per_year` of each."""

    kind: Literal["pion-decay-at-rest"]
    decays_per_year: Positive | None = None


class ForwardSource(Table):
    """Neutrinos of the LHC along its beam axis, through the face of a proposed detector."""

    kind: Literal["forward-lhc"]
    face: Literal["fasernu2", "flare-100"]
    luminosity_per_fb_year: Positive = 300.0


SourceTable = Annotated[
    IsodarSource
    | NumiSource
    | SolarSource
    | LineSource
    | TableSource
    | ArtificialSource
    | ReactorSource
    | PionDecaySource
    | ForwardSource,
    Field(discriminator="kind"),
]
SOURCE_TABLES = (
    IsodarSource,
    NumiSource,
    SolarSource,
    LineSource,
    TableSource,
    ArtificialSource,
    ReactorSource,
    PionDecaySource,
    ForwardSource,
)
