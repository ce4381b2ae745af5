r"""Coverage: how often a limit or an interval holds the true value of the parameter of interest.

Toys, main counts and auxiliary measurements both drawn, are thrown at a true value mu_t, nuisance parameters at their
conditional best fit to the model's data; each toy is then analysed as data would be. A construction covers where it
does not exclude mu_t:

| construction | does not exclude mu_t where |
|---|---|
| `cls`, `clsb` | CLs(mu_t) or CLs+b(mu_t) > 1 - CL by the asymptotic formulae, as `limits` has them |
| `delta-chi2`, one-sided (1.642 at 90 %) | mu_hat >= mu_t or t~(mu_t) <= c: below the upper crossing |
| `delta-chi2`, two-sided (2.706 at 90 %) | t~(mu_t) <= c: an interval |
| `feldman-cousins` | t~(mu_t) at or below its critical value: that part 1 - CL of other toys reach |

For p-values this is the same as mu_t <= limit where they fall with mu. The other toys of `feldman-cousins` are drawn at
mu_t with the nuisance parameters at their true values, which an experiment does not know: it would take its own best
fit. Where t~ does not depend on them the two agree.
"""

from __future__ import annotations

import math
import time
from dataclasses import fields, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from numm_stats.errors import ComputationError, InputError, nearest
from numm_stats.inference.asymptotic import threshold_one_sided, threshold_two_sided
from numm_stats.inference.batch.ensemble import BLOCK
from numm_stats.inference.coverage_blocks import Rule, cover_block
from numm_stats.inference.coverage_result import CoveragePoint, CoverageStudy, Covered
from numm_stats.inference.tally import PValue, Tally
from numm_stats.inference.toys import conditional_hypothesis, run_packed_block, toy_task
from numm_stats.inference.working import packed
from numm_stats.workers import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numm_stats.inference.coverage_blocks import BlockCoverage
    from numm_stats.inference.statmodel import StatisticalModel
    from numm_stats.inference.toy_ladder import ToyOptions

__all__ = ["CONSTRUCTIONS", "coverage_study"]

CONSTRUCTIONS: Final = ("cls", "clsb", "delta-chi2", "feldman-cousins")
OTHER_SEED: Final = 1 << 63  # the bit of the seed that is turned for the toys of critical values
OTHER_TOYS: Final = 2  # times as many, so that their error is the smaller one
BIN_OF_TALLY: Final = 2.0**-11  # relative; the first bin ends at the lowest value
LOWEST_CRITICAL: Final = 2.0**-20


def coverage_study(
    model: StatisticalModel,
    mu: Sequence[float],
    options: ToyOptions,
    *,
    constructions: Sequence[str] = CONSTRUCTIONS,
    confidence_level: float = 0.9,
) -> CoverageStudy:
    """Return how often constructions cover true values of the parameter of interest.

    Args:
        model: a statistical model with its data, which the nuisance parameters of the toys come from.
        mu: true values, zero or more.
        options: number of toys for each true value, seed, engine, executor; toys are never added adaptively.
        constructions: of `CONSTRUCTIONS`; "delta-chi2" gives two, one-sided and two-sided.
        confidence_level: between 0.5 and 1.

    Raises:
        InputError: for an unknown construction, a confidence level out of range, or a true value that is negative.
        ComputationError: if a fit of the data fails, or the fits of all toys.
    """
    start = time.perf_counter()
    _check(mu, constructions, confidence_level)
    study = _Study(model.above_zero(), tuple(mu), options)
    thrown = options.toys * len(mu) * (1 + OTHER_TOYS if "feldman-cousins" in constructions else 1)
    if options.announce is not None:
        options.announce(thrown)
    points = study.points(constructions, confidence_level)
    lost = sum(point.failures for point in points)
    return CoverageStudy(
        poi=model.poi,
        confidence_level=confidence_level,
        points=points,
        toys=options.toys,
        seed=options.seed,
        seconds=time.perf_counter() - start,
        warnings=(f"{lost} of {thrown} toys could not be fitted, by iminuit neither: they are left out",)
        if lost
        else (),
    )


def _check(mu: Sequence[float], constructions: Sequence[str], confidence_level: float) -> None:
    for name in constructions:
        if name not in CONSTRUCTIONS:
            hint = nearest(name, CONSTRUCTIONS)
            raise InputError(f"construction '{name}' is unknown{hint}; coverage is of {', '.join(CONSTRUCTIONS)}")
    if not constructions or not mu:
        raise InputError("coverage needs at least one construction and one true value")
    if not 0.5 < confidence_level < 1.0:
        raise InputError(f"confidence level {confidence_level}: must lie between 0.5 and 1, for example 0.9")
    for value in mu:
        if not 0.0 <= value < math.inf:
            raise InputError(f"true value {value}: must be a finite number, zero or more")


def _rules(constructions: Sequence[str], confidence_level: float, critical: tuple[float, ...]) -> tuple[Rule, ...]:
    """Return the rules of the constructions, with the critical value of t~ and those one error beside it."""
    alpha = 1.0 - confidence_level
    known = {
        "cls": (Rule("cls", alpha),),
        "clsb": (Rule("clsb", alpha),),
        "delta-chi2": (
            Rule("delta-chi2", threshold_one_sided(confidence_level)),
            Rule("delta-chi2", threshold_two_sided(confidence_level), upper=False),
        ),
        "feldman-cousins": tuple(
            Rule("feldman-cousins", value, upper=False, around=critical[1:]) for value in critical[:1]
        ),
    }
    return tuple(rule for name in dict.fromkeys(constructions) for rule in known[name])


class _Study:
    """Toys at all true values, handed out in one stream so that no worker waits for the last block of another value."""

    def __init__(self, model: StatisticalModel, mu: tuple[float, ...], options: ToyOptions) -> None:
        self.mu, self.options, self.model = mu, options, packed(model)
        self.blocks = _blocks(options.toys)
        self.tasks = [self._task(model, value) for value in mu]

    def _task(self, model: StatisticalModel, mu: float) -> dict[str, Any]:
        """Return all of a `ToyTask` but its model."""
        options = self.options
        task = toy_task(
            model,
            conditional_hypothesis(model, mu),
            (mu,),
            statistic="t_mu_tilde",
            seed=options.seed,
            engine=options.engine,
        )
        return {field.name: getattr(task, field.name) for field in fields(task) if field.name != "model"}

    def points(self, constructions: Sequence[str], confidence_level: float) -> tuple[CoveragePoint, ...]:
        """Return the coverage of all true values."""
        ensembles = self._ensembles() if "feldman-cousins" in constructions else []
        critical = [_critical_values(tally, 1.0 - confidence_level) for tally, _ in ensembles]
        rules = [_rules(constructions, confidence_level, values) for values in critical or [()] * len(self.mu)]
        calls = (
            (self.model, task, chosen, *block)
            for task, chosen in zip(self.tasks, rules, strict=True)
            for block in self.blocks
        )
        results = self._reported(in_order(cover_block, calls, self.options.executor))
        points = [
            _point(mu, chosen, list(islice(results, len(self.blocks))))
            for mu, chosen in zip(self.mu, rules, strict=True)
        ]
        for k, (tally, fallbacks) in enumerate(ensembles):
            lost = points[k].failures + tally.failures
            points[k] = replace(points[k], failures=lost, fallbacks=points[k].fallbacks + fallbacks)
        return tuple(points)

    def _ensembles(self) -> list[tuple[Tally, int]]:
        """Return t~ of other toys at each true value, and how many of their fits went to iminuit."""
        other = [{**task, "seed": self.options.seed ^ OTHER_SEED} for task in self.tasks]
        blocks = _blocks(OTHER_TOYS * self.options.toys)
        calls = ((self.model, task, *block) for task in other for block in blocks)
        results = in_order(run_packed_block, calls, self.options.executor)
        found = []
        for _ in self.mu:
            tally, fallbacks = Tally(), 0
            for result in islice(results, len(blocks)):
                tally.add(result.values[0])
                fallbacks += result.fallbacks
                self._report(len(result.mu_hat))
            found.append((tally, fallbacks))
        return found

    def _reported(self, results: Iterator[BlockCoverage]) -> Iterator[BlockCoverage]:
        for result in results:
            self._report(result.toys + result.failures)
            yield result

    def _report(self, toys: int) -> None:
        if self.options.report is not None:
            self.options.report(toys)


def _blocks(toys: int) -> list[tuple[int, int]]:
    """Return number and size of each block."""
    return [(start // BLOCK, min(BLOCK, toys - start)) for start in range(0, toys, BLOCK)]


def _critical_values(tally: Tally, alpha: float) -> tuple[float, ...]:
    """Return the value of t~ that a part alpha of the toys reach, and those one statistical error below and above.

    The upper edge of its bin: a toy covers that has the same t~, as toys of few counts have.
    """
    total = len(tally)
    if not total:
        raise ComputationError("the fit of every toy failed: look at `numm-stats fit` first")
    fewer, more = PValue(round(alpha * total), total).interval()
    parts = (alpha, more, fewer)
    return tuple(max(tally.quantile(part) * (1.0 + BIN_OF_TALLY), LOWEST_CRITICAL) for part in parts)


def _point(mu: float, rules: tuple[Rule, ...], blocks: list[BlockCoverage]) -> CoveragePoint:
    toys = sum(block.toys for block in blocks)
    if not toys:
        raise ComputationError("the fit of every toy failed: look at `numm-stats fit` first")
    covered = []
    for k, rule in enumerate(rules):
        counts = [sum(column) for column in zip(*(block.counts[k] for block in blocks), strict=True)]
        spread = 0.5 * (counts[-1] - counts[1]) / toys if rule.around else 0.0
        covered.append(Covered(rule, PValue(counts[0], toys), spread))
    fallbacks, failures = (sum(getattr(block, name) for block in blocks) for name in ("fallbacks", "failures"))
    return CoveragePoint(mu, tuple(covered), fallbacks, failures)
