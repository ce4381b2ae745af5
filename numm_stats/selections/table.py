"""A selection as types: what its TOML file may say, key by key. `selections.reading` turns files into them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field, model_validator

from numm_stats.selections.names import refuse_reserved_names
from numm_stats.selections.table_axis import Observable
from numm_stats.selections.table_signal import MediatorReweighting, MomentReweighting, powers_of
from numm_stats.selections.table_systematics import (
    FileSystematic,
    ShiftSystematic,
    Systematic,
    UniversesSystematic,
    WeightsSystematic,
)
from numm_stats.selections.table_types import (
    Condition,
    Files,
    Formula,
    Moving,
    Name,
    Positive,
    Table,
    known,
    refuse_twice,
)
from numm_stats.templates.edges import MAXIMUM_BINS
from numm_stats.templates.templates import SIGNAL

if TYPE_CHECKING:
    from numm_stats.selections.expressions import Column, Expression

__all__ = ["Category", "Observable", "PotTable", "Selection"]

Reweighting = Annotated[MomentReweighting | MediatorReweighting, Field(discriminator="kind")]


class Category(Table):
    """Events of one origin: each event goes to the first category whose truth holds."""

    name: Name
    truth: Condition


class PotTable(Table):
    """Protons on target: those that are wanted, and where those that were simulated are written.

    A histogram (the sum of its bins, overflow included), a branch of a tree (the sum over its entries), or a number for
    all files together. `unit_pot` is what one of the histogram or branch stands for.
    """

    pot: Positive | None = None
    histogram: Annotated[str, Field(min_length=1)] | None = None
    tree: Annotated[str, Field(min_length=1)] | None = None
    branch: Annotated[str, Field(min_length=1)] | None = None
    simulated_pot: Positive | None = None
    unit_pot: Positive = 1.0

    @model_validator(mode="after")
    def _one_of_them(self) -> PotTable:
        if (self.tree is None) != (self.branch is None):
            raise ValueError("tree and branch go together, for example tree = 'spillTree', branch = 'spillpot'")
        stated = [key for key in ("histogram", "tree", "simulated_pot") if getattr(self, key) is not None]
        if len(stated) != 1:
            raise ValueError("state one of histogram, tree with branch, simulated_pot")
        return self


class Selection(Table):
    """A whole selection."""

    name: Name
    note: str = ""
    files: Files | None = None
    tree: Annotated[str, Field(min_length=1)]
    observable: list[Observable] = Field(min_length=1, max_length=2)
    cuts: list[Condition] = Field(default_factory=list)
    weight: Formula | None = None
    category: list[Category] = Field(default_factory=list)
    rest: Name | None = None
    exposure: PotTable | None = None
    signal: Reweighting | None = None
    systematic: list[Systematic] = Field(default_factory=list)
    statistics: bool = True

    @model_validator(mode="after")
    def _consistent(self) -> Selection:
        if not self.sample_names:
            raise ValueError("state a category, or rest = 'name' for one that takes all events")
        refuse_reserved_names((each.name for each in self.systematic), self.category_names, self.signal_powers)
        for what, names in (
            ("observable", [each.name for each in self.observable]),
            ("category or sample", self.sample_names),
            ("systematic", [each.name for each in self.systematic]),
        ):
            refuse_twice(what, names)
        for each in self.systematic:
            numbered = [one.name for one in self.systematic if re.fullmatch(rf"{re.escape(each.name)}_\d+", one.name)]
            if isinstance(each, UniversesSystematic) and numbered:
                raise ValueError(
                    f"systematic '{numbered[0]}' has the name of a part of '{each.name}', whose universes become "
                    f"{each.name}_0, {each.name}_1, ...: give it another"
                )
        if np.prod(self.shape) > MAXIMUM_BINS:
            raise ValueError(f"{np.prod(self.shape)} bins of both observables together: at most {MAXIMUM_BINS}")
        return self

    @model_validator(mode="after")
    def _names_are_known(self) -> Selection:
        for each in self.systematic:
            known(f"systematic '{each.name}': samples", each.samples, [*self.sample_names, *self._signal])
            if isinstance(each, ShiftSystematic):
                self._refuse_shift(each)
        for other in self.alternatives:
            if self.exposure is None or (self.exposure.simulated_pot and not other.simulated_pot):
                raise ValueError(f"systematic '{other.name}': its files need an exposure, [exposure] or simulated_pot")
        if self.signal is not None:
            known("signal.categories", self.signal.categories, self.category_names)
        return self

    def _refuse_shift(self, each: ShiftSystematic) -> None:
        """Refuse branches that are in no observable or cut, or in what an event truly is, which does not move."""
        moving = [*(one.expression for one in self.observable), *self.cuts]
        known(f"systematic '{each.name}': branches", each.branches, sorted({b for e in moving for b in e.branches}))
        for key, expression in self.expressions.items():
            fixed = not key.startswith(("observable", "cuts", "systematic"))
            both = sorted(expression.branches.intersection(each.branches)) if fixed else []
            if both:
                raise ValueError(f"systematic '{each.name}' shifts '{both[0]}', which {key} is made of: {key} stays")

    @property
    def shape(self) -> tuple[int, ...]:
        """Bins of each observable."""
        return tuple(len(each.array()) - 1 for each in self.observable)

    @property
    def category_names(self) -> list[str]:
        """The categories in their order, that of the rest last."""
        return [each.name for each in self.category] + ([self.rest] if self.rest else [])

    @property
    def signal_powers(self) -> dict[str, int]:
        """Samples of the signal's terms, with the power of moment or coupling that each grows with."""
        if self.signal is None or self.signal.template == "total":
            return {}
        return powers_of(self.signal.signal)

    @property
    def sample_names(self) -> list[str]:
        """The signal's terms, then the categories."""
        return [*self.signal_powers, *self.category_names]

    @property
    def _signal(self) -> list[str]:
        return [SIGNAL] if self.signal_powers and SIGNAL not in self.signal_powers else []

    def moves(self, systematic: Moving, sample: str) -> bool:
        """Whether a systematic moves a sample: it names it, or none; "signal" names all of its terms."""
        is_term = sample in self.signal_powers and SIGNAL in systematic.samples
        return not systematic.samples or sample in systematic.samples or is_term

    @property
    def expressions(self) -> dict[str, Expression]:
        """Every expression, by the key that it stands under."""
        found = {f"observable '{each.name}'": each.expression for each in self.observable}
        found |= {f"cuts[{number}]": cut for number, cut in enumerate(self.cuts)}
        found |= {f"category '{each.name}'": each.truth for each in self.category}
        if self.weight is not None:
            found["weight"] = self.weight
        if self.signal is not None:
            for key in ("energy_mev", "recoil_mev", "pdg"):
                found[f"signal.{key}"] = getattr(self.signal, key)
        for each in self.systematic:
            found |= _expressions_of(each)
        return found

    @property
    def columns(self) -> dict[str, Column]:
        """What is read for each event, by key."""
        return {column.key: column for each in self.expressions.values() for column in each.columns}

    @property
    def universe_branches(self) -> dict[str, str]:
        """Branches with an array of weights, by the name of their systematic."""
        each = [one for one in self.systematic if isinstance(one, UniversesSystematic)]
        return {one.name: one.branch for one in each if one.branch is not None}

    @property
    def alternatives(self) -> list[FileSystematic]:
        """Systematics that are other files."""
        return [each for each in self.systematic if isinstance(each, FileSystematic)]

    @property
    def other_files(self) -> list[str]:
        """Globs of files beside the nominal ones."""
        return [pattern for each in self.alternatives for pattern in (*each.up, *(each.down or ()))]

    def plain(self, each: FileSystematic) -> Selection:
        """Return the same without systematics, with the exposure of alternative files."""
        stated = {"histogram": None, "tree": None, "branch": None, "simulated_pot": each.simulated_pot}
        pot = self.exposure
        if pot is not None and each.simulated_pot is not None:
            pot = pot.model_copy(update=stated)
        return self.model_copy(update={"systematic": [], "exposure": pot})

    def may_be_negative(self, sample: str) -> bool:
        """Whether a sample is interference, a term of the signal that is not alone."""
        return self.signal_powers.get(sample) == 2 and len(self.signal_powers) > 1

    def of_data(self) -> Selection:
        """Return what data are counted with: the same cuts and observables, no truth, no weight, not scaled."""
        pot = self.exposure
        written = pot is not None and pot.simulated_pot is None
        nothing: dict[str, Any] = {
            "category": [],
            "rest": "data",
            "weight": None,
            "signal": None,
            "systematic": [],
            "statistics": False,
        }
        counted = pot.model_copy(update={"pot": None}) if pot is not None and written else None
        return self.model_copy(update={**nothing, "exposure": counted, "files": None})


def _expressions_of(systematic: Systematic) -> dict[str, Expression]:
    key = f"systematic '{systematic.name}'"
    if isinstance(systematic, WeightsSystematic):
        return {f"{key} {side}": one for side in ("up", "down") if (one := getattr(systematic, side)) is not None}
    if isinstance(systematic, UniversesSystematic) and systematic.expressions is not None:
        return {f"{key} expressions[{number}]": one for number, one in enumerate(systematic.expressions)}
    return {}
