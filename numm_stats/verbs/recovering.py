"""Closure: whether fits give back the moment or coupling, and the rates, that toys were made of."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from numm_stats.errors import InputError
from numm_stats.verbs.pipeline import statistical_model
from numm_stats.verbs.results import versions

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from numm_stats.inference.recovery import Recovery
    from numm_stats.verbs.pipeline import Target
    from numm_stats.workspace.poi import PointOfInterest

__all__ = ["Closure", "recovery"]


@dataclass(frozen=True)
class Closure:
    """Pulls in toys of one true moment, coupling, or foreign workspace's parameter.

    Attributes:
        analysis: name of the analysis or of the measurement.
        poi: what the parameter of interest means.
        truth: true value in the physical quantity.
        parameter: the pulls.
    """

    analysis: str
    poi: PointOfInterest
    truth: float
    parameter: Recovery

    def __str__(self) -> str:
        first = self.parameter.pulls[0]
        return (
            f"{self.analysis}: {self.poi.quantity} = {self.truth:.4g} in {self.parameter.toys} toys, "
            f"pulls {first.mean:+.3f}, width {first.width:.3f}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of `numm-stats recovery --json`."""
        return {
            "analysis": self.analysis,
            "quantity": self.poi.quantity,
            "unit": self.poi.unit,
            "truth": self.truth,
            **asdict(self.parameter),
            "versions": versions(),
        }


def recovery(
    target: Target,
    truth: float,
    *,
    toys: int = 2000,
    seed: int = 0,
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
    announce: Callable[[int], None] | None = None,
    poi: str | None = None,
    measurement: str | None = None,
) -> Closure:
    """Return the pulls of all parameters in toys made at a true moment or coupling, nuisances at their initial values.

    Args:
        target: analysis, workspace, name or path.
        truth: true value of the moment, coupling, or a foreign workspace's parameter.
        toys: two or more.
        seed: of the random numbers; the same seed gives the same result with any number of workers.
        executor: anything with the interface of `concurrent.futures.Executor`; this process without one.
        report: is told the number of toys done.
        announce: is told the number of toys to come.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first.

    Raises:
        InputError: if a number is out of range.
        ComputationError: if fewer than two toys can be fitted.
    """
    from numm_stats.inference.recovery import recovery_study  # noqa: PLC0415

    model, meaning, name = statistical_model(target, poi=poi, measurement=measurement)
    if not math.isfinite(truth) or (truth < 0.0 and not meaning.has_either_sign):
        raise InputError(f"truth = {truth}: a true value must be a finite number, zero or more")
    if announce is not None:
        announce(toys)
    found = recovery_study(model, meaning.parameter(truth), toys=toys, seed=seed, executor=executor, report=report)
    return Closure(name, meaning, truth, found)
