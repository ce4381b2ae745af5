"""How often the limit of an average covers: pseudo-experiments, each fitted by every configuration."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from numm_stats.analyses.analysis import Analysis
from numm_stats.errors import ComputationError, InputError
from numm_stats.inference.averaging import averaged, enveloped, single
from numm_stats.inference.configurations import configuration
from numm_stats.inference.merged_limits import merged_limit
from numm_stats.inference.tally import PValue
from numm_stats.inference.weighting import weights_of
from numm_stats.verbs.averages import rules_of
from numm_stats.verbs.covering import true_values
from numm_stats.verbs.limiting import limit
from numm_stats.verbs.pseudo_data import pseudo_experiments
from numm_stats.verbs.results import versions
from numm_stats.workers import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from numm_stats.inference.averaging import Merger
    from numm_stats.inference.configurations import Configuration
    from numm_stats.verbs.pseudo_data import PseudoExperiments
    from numm_stats.workspace.poi import PointOfInterest

    Array = NDArray[np.float64]

__all__ = ["METHODS", "AverageCoverage", "AveragePoint", "CoveredLimit", "average_coverage"]

METHODS: Final = ("average", "envelope", "best single", "true one alone")
CONSTRUCTIONS: Final = ("delta-chi2", "bayes")
ACCURACY: Final = 1e-3  # of -2 ln lambda: a hundredth of a toy's own scatter
BLOCK: Final = 8  # toys that a worker makes at a time


@dataclass(frozen=True)
class CoveredLimit:
    """How often the limits of one method and construction lie above the truth.

    Attributes:
        method: of `METHODS`.
        construction: in words.
        covered: toys whose limit is at or above the truth.
        toys: all.
        median: of the limits, in the physical quantity.
    """

    method: str
    construction: str
    covered: int
    toys: int
    median: float

    @property
    def value(self) -> float:
        """The coverage."""
        return self.covered / self.toys

    @property
    def error(self) -> float:
        """Half the 68 % Clopper-Pearson interval."""
        return PValue(self.covered, self.toys).error


@dataclass(frozen=True)
class AveragePoint:
    """What was found at one true value.

    Attributes:
        truth: in the physical quantity.
        limits: of each method and construction.
        spread: mean over toys of the standard deviation of the single limits by the first construction.
        effective_configurations: mean over toys.
        failures: toys that could not be fitted, left out.
    """

    truth: float
    limits: tuple[CoveredLimit, ...]
    spread: float
    effective_configurations: float
    failures: int


@dataclass(frozen=True)
class AverageCoverage:
    """Coverage of average, envelope and best single configuration along a moment or coupling."""

    analysis: str
    poi: PointOfInterest
    confidence_level: float
    weighting: str
    points: tuple[AveragePoint, ...]
    configurations: tuple[str, ...]
    toys: int
    seed: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of `numm-stats coverage --json` for an analysis with choices."""
        plain = {key: value for key, value in asdict(self).items() if key not in ("poi", "points")}
        points = [
            {**asdict(point), "limits": [{**asdict(x), "coverage": x.value, "error": x.error} for x in point.limits]}
            for point in self.points
        ]
        return {
            **plain,
            "quantity": self.poi.quantity,
            "unit": self.poi.unit,
            "points": points,
            "warnings": [],
            "versions": versions(),
        }


def average_coverage(
    analysis: Analysis,
    truth: Sequence[float] | None = None,
    *,
    points: int = 3,
    toys: int = 500,
    confidence_level: float = 0.9,
    weighting: str = "maximum-likelihood",
    seed: int = 0,
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
    announce: Callable[[int], None] | None = None,
) -> AverageCoverage:
    """Return how often limits of the average, the envelope and single configurations cover true values.

    Every energy estimator sees the same events, see `pseudo_data`. The envelope has a penalty of one for each free
    parameter; "best single" is the configuration with the lowest -2 ln L, relative to the saturated model of its data;
    "true one alone" is the first whose model the toys are made of.

    Args:
        analysis: with choices.
        truth: true values of the moment or coupling.
        points: without them, as many from zero to 1.5 times the average's expected limit.
        toys: for each true value.
        confidence_level: between 0.5 and 1.
        weighting: of the average: "maximum-likelihood", "null" or "equal".
        seed: of the random numbers; the same seed gives the same result with any number of workers.
        executor: anything with the interface of `concurrent.futures.Executor`; this process without one.
        report: is told the number of toys done.
        announce: is told the number of toys to come.

    Raises:
        InputError: for a number that is out of range, or an analysis without choices.
    """
    _check(analysis, toys, seed, points if truth is None else None)
    start, document = time.perf_counter(), analysis.model_dump_json()
    if truth is None:
        truth = true_values(limit(analysis, confidence_level=confidence_level).value, points)
    if announce is not None:
        announce(toys * len(truth))
    blocks = [range(k, min(k + BLOCK, toys)) for k in range(0, toys, BLOCK)]
    found: list[AveragePoint] = []
    for moment in truth:
        calls = [(document, moment, Question(confidence_level, weighting, seed), block) for block in blocks]
        made: list[_Toy | None] = []
        for block in in_order(_block, calls, executor):
            made += block
            if report is not None:
                report(len(block))
        found.append(_point(moment, made, document, confidence_level))
    experiments = _experiments(document, truth[0])
    return AverageCoverage(
        analysis.name,
        experiments.meaning,
        confidence_level,
        weighting,
        tuple(found),
        tuple(experiments.models),
        toys,
        seed,
        time.perf_counter() - start,
    )


def _check(analysis: Analysis, toys: int, seed: int, points: int | None) -> None:
    if not analysis.choices:
        raise InputError(f"{analysis.name} has no [choices]: there is nothing to average")
    if analysis.data.injected is not None:
        raise InputError(f"data.injected = {analysis.data.injected:g}: the toys' moment is stated by truth")
    if toys < 1 or seed < 0:
        raise InputError(f"toys = {toys}, seed = {seed}: must be at least 1, and zero or more")
    if points is not None and points < 2:
        raise InputError(f"points = {points}: must be at least 2, from zero to 1.5 times the expected limit")


@dataclass(frozen=True)
class Question:
    """What is asked of each toy."""

    confidence_level: float
    weighting: str
    seed: int


@dataclass(frozen=True)
class _Toy:
    """One toy: limits (methods, rules), and what the average was made of."""

    limits: Array
    spread: float
    effective: float


def _block(document: str, moment: float, question: Question, numbers: range) -> list[_Toy | None]:
    experiments = _experiments(document, moment)
    return [_toy(experiments, question, number) for number in numbers]


@lru_cache(maxsize=2)
def _experiments(document: str, moment: float) -> PseudoExperiments:
    return pseudo_experiments(Analysis.model_validate_json(document), moment)


def _toy(experiments: PseudoExperiments, question: Question, number: int) -> _Toy | None:
    """Return the limits of one toy, or None where a fit failed."""
    rules = [rule for rule, _ in rules_of(CONSTRUCTIONS, question.confidence_level, None, None, experiments.meaning)]
    data = experiments.datasets(question.seed, number)
    try:
        found = [
            configuration(model.with_data(data[name]), name=name, expected=False, accuracy=ACCURACY)
            for name, model in experiments.models.items()
        ]
        weights = weights_of(found, question.weighting)
        methods = _methods(found, averaged(found, weights), experiments.true_configuration)
        limits = np.array([[merged_limit(merger, rule).value for rule in rules] for merger in methods])
        alone = [experiments.meaning.physical(merged_limit(single(each), rules[0]).value) for each in found]
    except ComputationError:
        return None
    return _Toy(limits, float(np.std(alone, ddof=1)), weights.effective_configurations)


def _methods(found: Sequence[Configuration], average: Merger, true: str) -> tuple[Merger, ...]:
    best = min(found, key=lambda each: each.data.deviance)
    truth = next(each for each in found if each.name == true)
    return average, enveloped(found), single(best), single(truth)


def _point(moment: float, toys: Sequence[_Toy | None], document: str, confidence_level: float) -> AveragePoint:
    made = [toy for toy in toys if toy is not None]
    if not made:
        raise ComputationError(f"true value {moment:g}: the fits of all {len(toys)} toys failed")
    meaning = _experiments(document, moment).meaning
    limits = np.array([toy.limits for toy in made])
    rules = rules_of(CONSTRUCTIONS, confidence_level, None, None, meaning)
    covered = []
    for j, method in enumerate(METHODS):
        for k, (rule, words) in enumerate(rules):
            name = f"{rule.name}, {words}" if words else f"{rule.name} {rule.rise:.3f}"
            values = limits[:, j, k]
            inside = int(np.count_nonzero(values >= meaning.parameter(moment)))
            covered.append(CoveredLimit(method, name, inside, len(made), meaning.physical(float(np.median(values)))))
    spread, effective = (float(np.mean([getattr(toy, key) for toy in made])) for key in ("spread", "effective"))
    return AveragePoint(moment, tuple(covered), spread, effective, len(toys) - len(made))
