"""One [[background]] table of an analysis."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from numm_stats.analyses.tables import FREE_BOUNDS, Name, NotNegative, Positive, Table

__all__ = ["Background"]

Quenching = Annotated[float, Field(ge=0.0, le=1.0)]  # visible over true energy


class Background(Table):
    """One background; `rate` is in events in the analysis range, per exposure, year, tonne-year or day and 100 t.

    Of a decay it is in decays, whatever they show, of external gammas in events of any size; where a time is in it, the
    detector's live fraction is applied. `free` leaves the rate to the fit, between `bounds` relative to it: a rate that
    is hardly known keeps Gaussian errors if it may go below zero. `per_bin` leaves each bin to the fit, the same
    with the source on and off.

    "counts" are `values`, one for each bin, or a `file` of bin centres and events per `unit` of energy; they are their
    own rate, or a shape where one is stated. `includes_weak` says that weak scattering by the analysis' own neutrinos
    is among the events already: it has no sample of its own then. `magnetic` gives the neutrinos of a solar background
    the moment that is asked for: beside weak events they make magnetic ones, a sample of the signal that the same rate
    multiplies.
    """

    kind: Literal["flat", "exponential", "peak", "table", "counts", "decay", "solar", "inverse-beta", "external-gamma"]
    name: Name | None = None
    rate: Annotated[float, Field(ge=0.0, le=1e30)] | None = None
    per: Literal["exposure", "year", "tonne-year", "day-100t"] = "exposure"
    free: bool = False
    per_bin: bool = False
    bounds: list[float] = Field(default_factory=lambda: list(FREE_BOUNDS), min_length=2, max_length=2)
    uncertainty: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    statistical_uncertainty: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    scale_mev: float | None = None
    mean_mev: float | None = None
    width_mev: Positive | None = None
    file: str | None = None
    unit: Literal["MeV", "keV"] | None = None
    values: list[NotNegative] | None = None
    includes_weak: bool = False
    magnetic: bool = False
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
        needed: dict[str, tuple[str, ...]] = {
            "exponential": ("rate", "scale_mev"),
            "peak": ("rate", "mean_mev", "width_mev"),
            "table": ("rate", "file"),
            "counts": (),
            "decay": ("rate", "nuclide"),
            "solar": ("rate", "component"),
            "external-gamma": ("rate", "nuclide"),
        }
        optional = {
            "counts": ("values", "file", "unit"),
            "table": ("unit",),
            "decay": ("gammas", "gamma_quenching", "alpha_quenching"),
        }
        keys = ("scale_mev", "mean_mev", "width_mev", "file", "unit", "values", "nuclide", "component")
        required = needed.get(self.kind, ("rate",))
        allowed = (*required, *optional.get(self.kind, ()))
        missing = [key for key in required if getattr(self, key) is None]
        surplus = [k for k in (*keys, *optional["decay"]) if k not in allowed and getattr(self, k) is not None]
        if missing:
            raise ValueError(f"kind = '{self.kind}' needs {' and '.join(missing)}")
        if surplus:
            raise ValueError(f"kind = '{self.kind}' has no use for {' and '.join(surplus)}")
        return self

    @model_validator(mode="after")
    def _counts_stated_once(self) -> Background:
        if self.kind == "counts" and (self.values is None) == (self.file is None):
            raise ValueError("kind = 'counts' needs values, one for each bin, or file: one of the two")
        if self.unit is not None and self.file is None:
            raise ValueError(f"unit = '{self.unit}' is that of the energies in a file: state file with it")
        return self

    @model_validator(mode="after")
    def _solar_neutrinos_have_a_moment(self) -> Background:
        if self.magnetic and self.kind != "solar":
            raise ValueError(f"kind = '{self.kind}' has no use for magnetic: it is of solar neutrinos")
        if self.magnetic and self.per_bin:
            raise ValueError("magnetic = true needs a spectrum that is known: it has no use for per_bin")
        return self

    @model_validator(mode="after")
    def _free_or_known(self) -> Background:
        if self.free and self.uncertainty > 0.0:
            raise ValueError("free = true has no use for uncertainty: state one of the two")
        if self.per_bin and (self.free or self.uncertainty > 0.0):
            raise ValueError("per_bin = true leaves every bin to the fit: it has no use for free or uncertainty")
        if self.free and self.rate is not None and not self.rate > 0.0:
            raise ValueError("free = true needs a rate above zero: the fit multiplies it")
        if not self.free and self.bounds != list(FREE_BOUNDS):
            raise ValueError(f"bounds = {self.bounds} are those of a free rate: state free = true with them")
        if not self.bounds[0] < 1.0 < self.bounds[1]:
            raise ValueError(f"bounds = {self.bounds} are relative to the rate: they must hold 1 between them")
        return self
