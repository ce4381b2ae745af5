"""What is summed up over events: arrays that add, whoever filled them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.selections.files import BadFileError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.selections.table import Selection

    Array = NDArray[np.float64]

__all__ = ["Filled"]


@dataclass
class Filled:
    """Sums over events, not scaled. Rows are samples in the order of `Selection.sample_names`, columns bins in C order.

    Attributes:
        counts: sum of weights (rows, bins).
        squares: of their squares (rows, bins).
        varied: sum of weights by systematic and side ("up", "down"), each (rows, bins).
        universes: by systematic, each (universes, rows, bins).
        events: selected inside of the binning (rows,).
        cut_flow: events read, then those left after each cut (1 + cuts,).
        weight: sum of weights of all that is selected, inside of the binning or not.
        outside: of it what is below and above each observable's range (observables, 2).
        reach: lowest and highest value of each observable (observables, 2).
        wrong: events by what is wrong with them: a weight or observable that is not finite, no category.
        elastic: events reweighted, of them those whose recoil is out of reach, and those whose recoil looks as if it
            were in GeV (3,).
    """

    counts: Array
    squares: Array
    events: Array
    cut_flow: Array
    outside: Array
    reach: Array
    varied: dict[tuple[str, str], Array] = field(default_factory=dict)
    universes: dict[str, Array] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    weight: float = 0.0
    elastic: Array = field(default_factory=lambda: np.zeros(3))

    @classmethod
    def empty(cls, selection: Selection) -> Filled:
        """Return sums over nothing."""
        rows, bins, observables = len(selection.sample_names), int(np.prod(selection.shape)), len(selection.observable)
        return cls(
            counts=np.zeros((rows, bins)),
            squares=np.zeros((rows, bins)),
            events=np.zeros(rows),
            cut_flow=np.zeros(1 + len(selection.cuts)),
            outside=np.zeros((observables, 2)),
            reach=np.tile([np.inf, -np.inf], (observables, 1)),
        )

    @property
    def summed(self) -> dict[str, Array]:
        """All sums of weights, by what they are."""
        sides = {f"weights of systematic '{name}' {side}": sums for (name, side), sums in self.varied.items()}
        universes = {f"weights of systematic '{name}'": sums for name, sums in self.universes.items()}
        return {"weights": self.counts, **sides, **universes}

    @property
    def numbers(self) -> dict[str, int]:
        """How many universes there are, by systematic."""
        return {name: len(sums) for name, sums in self.universes.items()}

    def add(self, other: Filled) -> None:
        """Add the sums over other events to these.

        Raises:
            BadFileError: if they have another number of universes.
        """
        for name, sums in other.universes.items():
            before = len(self.universes.get(name, sums))
            if len(sums) != before:
                raise BadFileError(f"systematic '{name}' has {before} universes in some events, {len(sums)} in others")
        reach = np.stack([np.minimum(self.reach, other.reach)[:, 0], np.maximum(self.reach, other.reach)[:, 1]], axis=1)
        for name in (each.name for each in fields(self)):
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, dict):
                for key, value in theirs.items():
                    mine[key] = mine[key] + value if key in mine else value
            else:
                setattr(self, name, mine + theirs)
        self.reach = reach
