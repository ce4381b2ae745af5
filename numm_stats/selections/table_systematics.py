"""The systematics of a selection, as tables."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from numm_stats.selections.table_types import Files, Formula, Name, Positive, Share, Table

__all__ = [
    "FileSystematic",
    "NormalisationSystematic",
    "ShiftSystematic",
    "Systematic",
    "UniversesSystematic",
    "WeightsSystematic",
]


class _Systematic(Table):
    """What all have: the nuisance parameter's name, and the samples that it moves, all of them if none is named."""

    name: Name
    samples: list[Name] = Field(default_factory=list)


class WeightsSystematic(_Systematic):
    """Two weights that multiply the central one; without `down` the change is mirrored."""

    kind: Literal["weights"]
    up: Formula
    down: Formula | None = None
    modifier: Literal["histosys", "normsys"] = "histosys"


class FileSystematic(_Systematic):
    """Other simulated files, selected in the same way, scaled by their own exposure; without `down` mirrored."""

    kind: Literal["file"]
    up: Files
    down: Files | None = None
    simulated_pot: Positive | None = None
    modifier: Literal["histosys", "normsys"] = "histosys"


class ShiftSystematic(_Systematic):
    """Branches that are measured differently, as by another calibration: x (1 +- size) +- offset of the same events.

    Observables and cuts are made of the shifted branches; what is true of an event, and its weight, stays.
    """

    kind: Literal["shift"]
    branches: list[Annotated[str, Field(min_length=1)]] = Field(min_length=1)
    size: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    offset: Annotated[float, Field(gt=-1e60, lt=1e60)] = 0.0
    modifier: Literal["histosys", "normsys"] = "histosys"

    @model_validator(mode="after")
    def _shifts(self) -> ShiftSystematic:
        if not self.size and not self.offset:
            raise ValueError("state size, relative, or offset, in the unit of the branches, or both")
        return self


class UniversesSystematic(_Systematic):
    """Many weights that multiply the central one, each a throw of all that is uncertain: a branch, or expressions.

    Their covariance about the nominal counts, or about their mean, becomes eigen-variations that keep at least
    `share` of the variance of each bin. With `reduce` false each universe is a parameter of its own: those of two
    selections are the same throws, so that workspaces can share them, as eigen-variations cannot.
    """

    kind: Literal["universes"]
    branch: Annotated[str, Field(min_length=1)] | None = None
    expressions: list[Formula] | None = Field(default=None, min_length=2)
    about: Literal["nominal", "mean"] = "nominal"
    share: Share = 0.99
    reduce: bool = True

    @model_validator(mode="after")
    def _one_of_them(self) -> UniversesSystematic:
        if (self.branch is None) == (self.expressions is None):
            raise ValueError("state branch, an array of weights for each event, or expressions, one for each universe")
        if not self.reduce and "share" in self.model_fields_set:
            raise ValueError("share is of eigen-variations: leave it, or reduce = false")
        return self


class NormalisationSystematic(_Systematic):
    """A relative size up and down (0.007 is 0.7 %)."""

    kind: Literal["normalisation"]
    size: Annotated[float, Field(gt=0.0, lt=1.0)]


Systematic = Annotated[
    WeightsSystematic | FileSystematic | ShiftSystematic | UniversesSystematic | NormalisationSystematic,
    Field(discriminator="kind"),
]
