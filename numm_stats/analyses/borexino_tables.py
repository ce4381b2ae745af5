"""The tables of an analysis that describe Borexino, and the rate on gallium that comes with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from numm_stats.analyses.tables import NotNegative, Positive, Table
from numm_stats.detectors.borexino import HitsResponse, borexino_response
from numm_stats.detectors.borexino_fit import FREE_PARAMETERS
from numm_stats.errors import nearest

__all__ = ["BorexinoTable", "GalliumTable", "PileUpTable", "ResponseTable"]

Relative = Annotated[float, Field(ge=0.0, lt=1.0)]


class PileUpTable(Table):
    """Two decays of 14C in one window: how they are described, and how many there are per day and 100 t.

    "synthetic" is a sample of its own, `uncertainty` known; "convolution" adds what a window holds by chance to every
    event, so that the same number of pairs of 14C comes about.
    """

    model: Literal["synthetic", "convolution", "none"] = "synthetic"
    rate_cpd_100t: NotNegative = 321.0
    uncertainty: Relative = 0.02


class ResponseTable(Table):
    """Numbers of another data set in place of Phase-II's, each as in `detectors.borexino.HitsResponse`."""

    coefficients: Annotated[list[float], Field(min_length=2, max_length=9)] | None = None
    resolution_constant_hits: float | None = None
    resolution_root: float | None = None
    resolution_slope: float | None = None
    polonium_position_hits: Positive | None = None
    polonium_width_hits: Positive | None = None
    carbon_11_start_mev: NotNegative | None = None


class BorexinoTable(Table):
    """Borexino, which counts hit PMTs: its estimator of energy, how pile-up is described, what is fitted.

    `response_steps` says how far the constraint of a fitted parameter lets it go, where a data set tells less of it
    than Phase-II.
    """

    kind: Literal["borexino"]
    estimator: Literal["all_hits", "within_230_ns", "within_400_ns"] = "within_230_ns"
    response: ResponseTable = Field(default_factory=ResponseTable)
    pile_up: PileUpTable = Field(default_factory=PileUpTable)
    free_response: list[str] = Field(default_factory=lambda: list(FREE_PARAMETERS))
    response_steps: dict[str, Positive] = Field(default_factory=dict)
    tonnes: Positive = 71.3
    electrons_per_tonne: Positive = 3.307e29

    @field_validator("free_response")
    @classmethod
    def _known(cls, value: list[str]) -> list[str]:
        for name in value:
            if name not in FREE_PARAMETERS:
                known = ", ".join(FREE_PARAMETERS)
                raise ValueError(f"'{name}' is unknown{nearest(name, FREE_PARAMETERS)}; known are {known}")
        if len(set(value)) != len(value):
            raise ValueError("each parameter once")
        return value

    @model_validator(mode="after")
    def _steps_of_what_is_free(self) -> BorexinoTable:
        for name in self.response_steps:
            if name not in self.free_response:
                free = ", ".join(self.free_response) or "none"
                raise ValueError(f"response_steps: '{name}' is not among free_response, which are {free}")
        return self

    def hits_response(self) -> HitsResponse:
        """Return the nominal response: the estimator's, with the numbers of `response`.

        Raises:
            InputError: if hits do not grow with energy, or a width is not positive.
        """
        stated = self.response.model_dump(exclude_none=True)
        if "coefficients" in stated:
            stated["coefficients"] = tuple(stated["coefficients"])
        return replace(borexino_response(self.estimator), **stated)


class GalliumTable(Table):
    """The rate of captures on gallium, which constrains the fluxes of pp and 7Be; `apply` switches it off."""

    apply: bool = True
    rate_snu: Positive = 66.1
    uncertainty_snu: Positive = 3.1
    cross_section_uncertainty: Relative = 0.04
    fiducial_volume_uncertainty: Relative = 0.01

    @model_validator(mode="after")
    def _measured(self) -> GalliumTable:
        if not 10.0 <= self.rate_snu <= 500.0:
            raise ValueError(f"rate_snu = {self.rate_snu:g}: must be 10 to 500, all predictions are about 66")
        if not 1e-3 <= self.uncertainty_snu / self.rate_snu < 1.0:
            raise ValueError(f"uncertainty_snu = {self.uncertainty_snu:g}: must be 0.001 of rate_snu to all of it")
        return self
