"""p-values from toys where the asymptotic law is doubtful: of the goodness of fit, and of a discovery.

| test | toys | statistic |
|---|---|---|
| goodness of fit | all parameters at the free fit to the data | deviance of the free fit |
| discovery | mu = 0, nuisance parameters at their conditional best fit to the data | q_0, which is t~_0 |

Main counts and auxiliary measurements are both drawn. A p-value is the part of toys at least as extreme as the data,
with its Clopper-Pearson interval; where there is no such toy, the upper end of that interval is what is known of it.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scipy.special import ndtri

from numm_stats.inference.batch.ensemble import Hypothesis
from numm_stats.inference.goodness import Goodness, goodness_of_fit
from numm_stats.inference.profile import Profile
from numm_stats.inference.significance import Discovery, discovery
from numm_stats.inference.tally import PValue, Tally
from numm_stats.inference.test_statistics import profile_above
from numm_stats.inference.toy_ladder import ToyOptions, failure_warnings, rounded
from numm_stats.inference.toys import conditional_hypothesis, run_blocks, toy_task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numm_stats.inference.statmodel import StatisticalModel
    from numm_stats.inference.toys import ToyTask

__all__ = ["discovery_by_toys", "goodness_by_toys"]


def goodness_by_toys(model: StatisticalModel, options: ToyOptions) -> Goodness:
    """Return the goodness of the free fit to the model's data, its p-value from toys thrown at that fit.

    Args:
        model: a statistical model with its data.
        options: number of toys, seed, engine, executor.

    Raises:
        InputError: for an engine or a seed that there is not.
        ComputationError: if the fit to the data fails, or that of every toy.
    """
    start = time.perf_counter()
    found, best = goodness_of_fit(model), Profile(model).best
    mu = rounded(float(best.theta[model.poi_index]))
    task = toy_task(
        model, Hypothesis(mu, best.theta), (mu,), statistic="deviance", seed=options.seed, engine=options.engine
    )
    tally = Tally(found.deviance)
    fallbacks = _throw(task, [tally], options)
    p_value, remarks = _quoted(tally.tail())
    if found.ndf <= 0:
        remarks += ("there are as many free parameters as bins: only their bounds are left to test",)
    counts = _counts(tally, options, fallbacks, start)
    return replace(found, p_value=p_value, warnings=remarks + counts.pop("warnings"), **counts)


def discovery_by_toys(model: StatisticalModel, options: ToyOptions, *, signal: float = 1.0) -> Discovery:
    """Return the discovery test of the model's data, its p-values from toys without a signal.

    Z = Phi^-1(1 - p), zero where p is above one half. The expectation is that of the signal's Asimov set, with the
    same toys. Where q_0 is infinite p is zero without toys: no background can make the events that are there.

    Args:
        model: a statistical model with its data.
        options: number of toys, seed, engine, executor.
        signal: value of the parameter of interest for which the expected significance is computed.

    Raises:
        InputError: for a signal that is not positive, or an engine or a seed that there is not.
        ComputationError: if a fit to the data fails, or that of every toy.
    """
    start, found = time.perf_counter(), discovery(model, signal=signal)
    if math.isinf(found.q_0):
        return found
    lowest = profile_above(model, 0.0).model
    task = toy_task(
        lowest,
        conditional_hypothesis(lowest, 0.0),
        (0.0,),
        statistic="t_mu_tilde",
        seed=options.seed,
        engine=options.engine,
    )
    observed, expected = Tally(found.q_0), Tally(found.expected_significance**2)
    fallbacks = _throw(task, [observed, expected], options)
    p_value, remarks = _quoted(observed.tail())
    expected_p_value, _ = _quoted(expected.tail())
    counts = _counts(observed, options, fallbacks, start)
    return replace(
        found,
        p_value=p_value,
        significance=_significance(p_value),
        expected_p_value=expected_p_value,
        expected_significance=_significance(expected_p_value),
        warnings=remarks + counts.pop("warnings"),
        **counts,
    )


def _throw(task: ToyTask, tallies: Sequence[Tally], options: ToyOptions) -> int:
    """Add the statistic of all toys to each tally; return how many fits went to iminuit."""
    if options.announce is not None:
        options.announce(options.toys)
    fallbacks = 0
    for block in run_blocks(task, range(options.toys), options.executor, options.report):
        fallbacks += block.fallbacks
        for tally in tallies:
            tally.add(block.values[0])
    return fallbacks


def _quoted(tail: PValue) -> tuple[float, tuple[str, ...]]:
    """Return the p-value, its upper limit where no toy is as extreme, and say so."""
    if tail.count:
        return tail.value, ()
    high = tail.interval()[1]
    interval = "the upper end of its 68 % Clopper-Pearson interval"
    return high, (f"none of {tail.total} toys is as extreme as the data: the p-value is an upper limit, {interval}",)


def _significance(p_value: float) -> float:
    return max(-float(ndtri(p_value)), 0.0)


def _counts(tally: Tally, options: ToyOptions, fallbacks: int, start: float) -> dict[str, Any]:
    """Return what both results say of their toys."""
    low, high = tally.tail().interval()
    return {
        "calculator": "toys",
        "p_value_low": low,
        "p_value_high": high,
        "toys": options.toys,
        "fallbacks": fallbacks,
        "failures": tally.failures,
        "seconds": time.perf_counter() - start,
        "warnings": failure_warnings(tally.failures, options.toys),
    }
