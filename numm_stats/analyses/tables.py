"""The table of an analysis that describes its detector, and what all tables share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

__all__ = [
    "FREE_BOUNDS",
    "DetectorTable",
    "Energy",
    "Name",
    "NotNegative",
    "Number",
    "Positive",
    "Probability",
    "Table",
]

Positive = Annotated[float, Field(gt=1e-60, lt=1e60)]
NotNegative = Annotated[float, Field(ge=0.0, lt=1e60)]
Number = Annotated[float, Field(ge=1e-3, le=1e15)]  # of events
Energy = Annotated[float, Field(ge=0.0, le=1e9)]  # MeV
Length = Annotated[float, Field(ge=0.0, le=1e12)]  # m
Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")]

FREE_BOUNDS = (0.0, 10.0)  # of what is left to the fit, relative to what is stated


class Table(BaseModel):
    """A table of the TOML file: unknown keys, NaN and infinity are errors, "3" is not a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class ResolutionTable(Table):
    """Energy resolution, see `detectors.response.Resolution`."""

    stochastic: NotNegative = 0.0
    constant: NotNegative = 0.0
    noise_mev: Energy = 0.0
    combined: Literal["quadrature", "linear"] = "quadrature"


class EfficiencyTable(Table):
    """Efficiency at points of energy, written here or in a file of energy and efficiency."""

    energies_mev: list[NotNegative] | None = Field(default=None, min_length=1)
    values: list[NotNegative] | None = Field(default=None, min_length=1)
    file: str | None = None
    unit: Literal["MeV", "keV"] | None = None
    against: Literal["recoil", "visible"] = "recoil"

    @model_validator(mode="after")
    def _stated_once(self) -> EfficiencyTable:
        here = [key for key in ("energies_mev", "values") if getattr(self, key) is not None]
        if self.file is None and len(here) < 2:
            raise ValueError("state energies_mev and values, or file")
        if self.file is not None and here:
            raise ValueError(f"file has the points: no use for {' and '.join(here)}")
        if self.unit is not None and self.file is None:
            raise ValueError(f"unit = '{self.unit}' is that of the energies in a file: state file with it")
        return self


class DetectorTable(Table):
    """A detector by name, any of its numbers replaced."""

    kind: str
    threshold_mev: Energy = 0.0
    binding: Literal["xenon", "germanium", "argon", "none"] | None = None
    resolution: ResolutionTable | None = None
    efficiency: EfficiencyTable | None = None
    tonnes: Positive | None = None
    electrons_per_tonne: Positive | None = None
    live_fraction: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    distance_m: Length | None = None
    radius_m: Length | None = None
    inner_radius_m: Positive | None = None
    energy_scale_uncertainty: Annotated[float, Field(ge=0.0, lt=0.5)] = 0.0
    resolution_uncertainty: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    threshold_uncertainty_mev: Energy = 0.0
    angular_resolution_mrad: NotNegative | None = None

    @model_validator(mode="after")
    def _spread_needs_a_resolution(self) -> DetectorTable:
        if (
            self.resolution_uncertainty > 0.0
            and self.resolution is not None
            and not any(self.resolution.model_dump(exclude={"combined"}).values())
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
