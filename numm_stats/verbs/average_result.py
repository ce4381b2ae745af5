"""What an average over configurations gives, in the physical quantity: three methods beside the single limits."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.averaging import Merger
    from numm_stats.inference.configurations import Configuration
    from numm_stats.inference.merged_limits import Spread
    from numm_stats.inference.weighting import Weights
    from numm_stats.verbs.results import Limit
    from numm_stats.workspace.poi import PointOfInterest

    Array = NDArray[np.float64]

__all__ = ["Average", "AveragedLimits"]


@dataclass(frozen=True)
class AveragedLimits:
    """Upper limits of one construction.

    Attributes:
        average: from the weighted average of the profiles.
        envelope: from their envelope.
        configurations: of each configuration alone.
        spread: of the single limits in the physical quantity; of the expected ones where nothing is observed.
    """

    average: Limit
    envelope: Limit
    configurations: tuple[Limit, ...]
    spread: Spread

    @property
    def label(self) -> str:
        """The construction, with its rise of -2 ln L or its prior where it has one."""
        return self.average.label


@dataclass(frozen=True)
class Average:
    """An average over configurations of a moment, a coupling, or a foreign workspace's parameter.

    Attributes:
        poi: what the parameter of interest means, that of the first configuration.
        configurations: with their profiles.
        weights: of the average.
        penalty: of the envelope, on -2 ln L for each free parameter.
        envelope_scale: of the envelope: "common" or "own".
        limits: of each construction.
        merged: average and envelope as curves.
        warnings: what a reader of the average should know.
        name: of the analysis whose configurations they are, if they are those of one.
        truth: keys of the model that the Asimov data of all are made of, where the analysis states one.
    """

    poi: PointOfInterest
    configurations: tuple[Configuration, ...]
    weights: Weights
    penalty: float
    envelope_scale: str
    limits: tuple[AveragedLimits, ...]
    merged: dict[str, Merger]
    warnings: tuple[str, ...]
    name: str | None = None
    truth: dict[str, Any] = field(default_factory=dict)

    @property
    def analysis(self) -> str:
        """What results call it."""
        return self.name or f"average of {len(self.configurations)} configurations"

    @property
    def names(self) -> tuple[str, ...]:
        """Of the configurations."""
        return tuple(each.name for each in self.configurations)

    @property
    def asimov(self) -> bool:
        """Whether the data are Asimov sets, so that nothing is observed."""
        return self.configurations[0].asimov

    def rises(self, physical: Array) -> tuple[tuple[Array, ...], dict[str, Array]]:
        """Return -2 ln [L / max L] at values of the quantity (k,): of each configuration; of both merged."""
        mu = np.array([self.poi.parameter(value) for value in physical.tolist()])
        singles = tuple(each.common.data.rise(mu) for each in self.configurations)
        return singles, {name: merger.data.rise(mu) for name, merger in self.merged.items()}

    def __str__(self) -> str:
        first = self.limits[0]
        counted = f"{self.weights.effective_configurations:.3g} effective"
        return f"{first.average} ({counted}; single limits {first.spread.minimum:.4g} to {first.spread.maximum:.4g})"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of `numm-stats average --json`: the first construction's, and all under `limits`."""
        objects = [self._object(found) for found in self.limits]
        return {**objects[0], "limits": objects} if len(objects) > 1 else objects[0]

    def _object(self, found: AveragedLimits) -> dict[str, Any]:
        """The average's limit as `limit --json` has it, with what it was made of."""
        plain = found.average.to_dict()
        return {
            **plain,
            "names": list(self.names),
            "truth": self.truth,
            "weighting": self.weights.weighting,
            "scale": self.weights.scale,
            "weights": list(self.weights.values),
            "effective_configurations": self.weights.effective_configurations,
            "best": [self.poi.physical(each.common.data.mu_hat) for each in self.configurations],
            "deviances": [each.data.deviance for each in self.configurations],
            "free_parameters": [each.free_parameters for each in self.configurations],
            "envelope": {**found.envelope.to_dict(), "penalty": self.penalty, "scale": self.envelope_scale},
            "spread": asdict(found.spread),
            "warnings": list(dict.fromkeys((*plain["warnings"], *self.warnings))),
        }
