"""Coverage: how often limits and intervals hold the true moment or coupling."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import InputError
from numm_stats.verbs.pipeline import model_above_zero
from numm_stats.verbs.results import versions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from numm_stats.inference.coverage_result import CoveragePoint, CoverageStudy
    from numm_stats.verbs.pipeline import Target
    from numm_stats.workspace.poi import PointOfInterest

__all__ = ["Coverage", "coverage", "true_values"]

BEYOND_LIMIT = 1.5  # true values go to this many times the median expected limit


@dataclass(frozen=True)
class Coverage:
    """Coverage along a moment, a coupling, or a foreign workspace's parameter.

    Attributes:
        analysis: name of the analysis or of the measurement.
        poi: what the parameter of interest means.
        parameter: the coverage along it.
        median: the median expected CLs limit on it, asymptotic.
    """

    analysis: str
    poi: PointOfInterest
    parameter: CoverageStudy
    median: float

    @property
    def truth(self) -> list[float]:
        """The true values in the physical quantity."""
        return [self.poi.physical(point.mu) for point in self.parameter.points]

    def __str__(self) -> str:
        study = self.parameter
        lowest = (
            f"{label} {100.0 * min(point.covered[k].value for point in study.points):.1f} %"
            for k, label in enumerate(study.labels)
        )
        level = f"{100.0 * study.confidence_level:g} %"
        return f"{self.analysis}: lowest coverage of {self.poi.quantity} at {level} C.L.: {', '.join(lowest)}"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of `numm-stats coverage --json`."""
        study = self.parameter
        return {
            "analysis": self.analysis,
            "quantity": self.poi.quantity,
            "unit": self.poi.unit,
            "confidence_level": study.confidence_level,
            "median_expected": self.poi.physical(self.median),
            "points": [_plain(point, truth) for point, truth in zip(study.points, self.truth, strict=True)],
            "poi": {"name": study.poi, "reference": self.poi.reference},
            "toys": study.toys,
            "seed": study.seed,
            "seconds": study.seconds,
            "fallbacks": study.fallbacks,
            "failures": study.failures,
            "warnings": list(study.warnings),
            "versions": versions(),
        }


def _plain(point: CoveragePoint, truth: float) -> dict[str, Any]:
    return {
        "truth": truth,
        "mu": point.mu,
        "fallbacks": point.fallbacks,
        "failures": point.failures,
        "constructions": [covered.to_dict() for covered in point.covered],
    }


def coverage(
    target: Target,
    *,
    constructions: Sequence[str] | None = None,
    confidence_level: float = 0.9,
    toys: int = 10000,
    points: int = 5,
    truth: Sequence[float] | None = None,
    seed: int = 0,
    engine: str = "auto",
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
    announce: Callable[[int], None] | None = None,
    poi: str | None = None,
    measurement: str | None = None,
) -> Coverage:
    """Return how often limits and intervals cover true values, from toys that are analysed as data.

    Args:
        target: analysis, workspace, name or path; nuisance parameters of the toys are fitted to its data.
        constructions: of "cls", "clsb", "delta-chi2" (one-sided and two-sided), all three asymptotic, and
            "feldman-cousins", whose critical values come from toys; all by default.
        confidence_level: between 0.5 and 1.
        toys: for each true value; 10,000 give errors of 0.3 % to 0.5 % at 90 %.
        points: number of true values, from zero to 1.5 times the median expected limit.
        truth: true values of the moment, coupling or parameter, instead.
        seed: of the random numbers; the same seed gives the same result with any number of workers.
        engine: "auto", "numba", "numpy", or "iminuit", which sends every toy through Minuit.
        executor: anything with the interface of `concurrent.futures.Executor`; this process without one.
        report: is told the number of toys done.
        announce: is told the number of toys to come.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first.

    Raises:
        InputError: for an unknown construction, or a number that is out of range.
        ComputationError: if a fit of the data fails, or the fits of all toys.
    """
    from numm_stats.inference.coverage import CONSTRUCTIONS, coverage_study  # noqa: PLC0415
    from numm_stats.inference.limits import upper_limit  # noqa: PLC0415
    from numm_stats.inference.toy_ladder import ToyOptions  # noqa: PLC0415

    _check(points, truth)
    options = ToyOptions(toys, seed, engine, executor, report, announce)
    model, meaning, name = model_above_zero(target, poi=poi, measurement=measurement)
    median = upper_limit(model, "cls", confidence_level=confidence_level).median
    if truth is None:
        truth = true_values(meaning.physical(median), points)
    study = coverage_study(
        model,
        [meaning.parameter(value) for value in truth],
        options,
        constructions=CONSTRUCTIONS if constructions is None else constructions,
        confidence_level=confidence_level,
    )
    return Coverage(name, meaning, study, median)


def _check(points: int, truth: Sequence[float] | None) -> None:
    if truth is None and points < 2:
        raise InputError(f"points = {points}: must be at least 2, from zero to 1.5 times the median expected limit")
    for value in truth or ():
        if not 0.0 <= value < math.inf:
            raise InputError(f"truth = {value}: a true value must be a finite number, zero or more")


def true_values(limit: float, points: int) -> list[float]:
    """Return true values, to four digits: random numbers are keyed by them, and their last bits are no one's wish."""
    return [float(f"{value:.3e}") for value in np.linspace(0.0, BEYOND_LIMIT * limit, points)]
