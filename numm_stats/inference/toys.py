"""Toys thrown and fitted: the distribution of a test statistic under a hypothesis, block by block.

A block of 1,024 toys is the unit of work: whoever computes it, thread, process or cluster node, gets the same numbers,
so that results do not depend on the number of workers. Anything with the interface of `concurrent.futures.Executor`
can do the work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import InputError
from numm_stats.inference.batch.engine import ToyEngine, available_engine
from numm_stats.inference.batch.ensemble import BLOCK, Hypothesis, draw_block

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = [
    "STATISTICS",
    "BlockResult",
    "ToyTask",
    "ToyValues",
    "conditional_hypothesis",
    "run_block",
    "throw",
    "toy_task",
]

STATISTICS: Final = ("q_mu_tilde", "t_mu_tilde")


@dataclass(frozen=True)
class ToyTask:
    """What one set of toys is.

    Attributes:
        model: what is fitted.
        hypothesis: what toys are drawn from.
        tested: values of the parameter of interest at which the statistic is evaluated.
        statistic: "q_mu_tilde" for upper limits (zero where mu_hat > mu), "t_mu_tilde" for intervals.
        directions: how conditional minima move with mu at each tested value (k, p): where their fits start.
        seed: of the random numbers.
        engine: "numba", "numpy" or "iminuit".
    """

    model: StatisticalModel
    hypothesis: Hypothesis
    tested: tuple[float, ...]
    statistic: str
    directions: Array
    seed: int
    engine: str


@dataclass(frozen=True)
class BlockResult:
    """One block: mu_hat (1024,), statistic at each tested value (k, 1024), and how the fits went."""

    block: int
    mu_hat: Array
    values: Array
    fallbacks: int
    failures: int


@dataclass(frozen=True)
class ToyValues:
    """All toys of a task.

    Attributes:
        tested: values of the parameter of interest (k).
        mu_hat: best fits (n,); NaN where a fit failed.
        values: statistic at each tested value (k, n); NaN where a fit failed.
        fallbacks: fits that went to iminuit.
        failures: toys of which a fit failed there too.
    """

    tested: tuple[float, ...]
    mu_hat: Array
    values: Array
    fallbacks: int
    failures: int

    def __len__(self) -> int:
        return len(self.mu_hat)


def conditional_hypothesis(model: StatisticalModel, mu: float) -> Hypothesis:
    """Return mu with nuisance parameters at their conditional best fit to the model's data."""
    from numm_stats.inference.fitting import find_minimum  # noqa: PLC0415

    return Hypothesis(mu, find_minimum(model, poi=mu).theta)


def run_block(task: ToyTask, block: int) -> BlockResult:
    """Draw and fit one block of toys."""
    engine = ToyEngine(task.model, task.engine)
    toys = draw_block(task.model.model, task.hypothesis, seed=task.seed, block=block)
    free = engine.fit(toys, task.hypothesis.theta)
    mu_hat = free.thetas[:, task.model.poi_index]
    values, fallbacks = np.zeros((len(task.tested), len(toys))), free.fallbacks
    failed = np.isnan(free.deviances)
    for k, mu in enumerate(task.tested):
        needed = ~failed & ((mu_hat <= mu) | (task.statistic == "t_mu_tilde"))
        starts = free.thetas[needed] + np.outer(mu - mu_hat[needed], task.directions[k])
        conditional = engine.fit(toys.take(needed), starts, poi=mu)
        values[k, needed] = np.maximum(conditional.deviances - free.deviances[needed], 0.0)
        fallbacks += conditional.fallbacks
    values[:, failed] = np.nan
    lost = np.isnan(values).any(axis=0) | failed
    return BlockResult(block, mu_hat, values, fallbacks, int(lost.sum()))


def throw(
    task: ToyTask,
    toys: int,
    *,
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
    first_block: int = 0,
) -> ToyValues:
    """Throw toys and evaluate the test statistic on each.

    Args:
        task: what to throw and test.
        toys: how many; rounded up to whole blocks of 1,024 inside, cut to the number asked for.
        executor: does the work; this process without one.
        report: is told the number of toys done after each block.
        first_block: where to begin, for toys added to earlier ones.

    Raises:
        InputError: if the number of toys is not positive.
    """
    if toys < 1:
        raise InputError(f"toys = {toys}: must be at least 1")
    blocks = range(first_block, first_block + -(-toys // BLOCK))
    results = []
    for result in _results(task, blocks, executor):
        results.append(result)
        if report is not None:
            report(BLOCK)
    return _joined(task, results, toys)


def toy_task(
    model: StatisticalModel,
    hypothesis: Hypothesis,
    tested: tuple[float, ...],
    *,
    statistic: str = "q_mu_tilde",
    seed: int = 0,
    engine: str = "auto",
) -> ToyTask:
    """Return a task, engine "auto" resolved to numba where it is installed.

    Raises:
        InputError: if statistic, engine or seed are not what there is, or the signal is not linear in mu.
    """
    if statistic not in STATISTICS:
        raise InputError(f"statistic '{statistic}' is unknown: there are {', '.join(STATISTICS)}")
    if model.model.is_polynomial:
        raise InputError(
            "toys of a signal a g^2 + b g^4 are not offered: each would need several starts to find its best minimum; "
            "take the limit without toys"
        )
    if not 0 <= seed < 2**64:
        raise InputError(f"seed = {seed}: must be a whole number from 0 to 2^64 - 1")
    directions = np.array([_direction(model, hypothesis.theta, mu) for mu in tested])
    return ToyTask(model, hypothesis, tested, statistic, directions, seed, available_engine(engine))


def _direction(model: StatisticalModel, theta: Array, mu: float) -> Array:
    """How conditional minima move with mu, (p,): the same for all toys to first order, so that fits start close."""
    index = model.poi_index
    at = theta.copy()
    at[index] = mu
    information = model.likelihood.information(at)
    free = ~model.model.parameters.fixed & (np.diagonal(information) > 0.0)
    free[index] = False
    direction = np.zeros(len(theta))
    block = information[np.ix_(free, free)]
    scale = 1.0 / np.sqrt(np.diagonal(block))
    matrix = block * np.outer(scale, scale) + 1e-12 * np.eye(len(block))
    direction[free] = scale * np.linalg.solve(matrix, -scale * information[free, index])
    return direction


def _results(task: ToyTask, blocks: range, executor: Executor | None) -> Iterator[BlockResult]:
    if executor is None:
        for block in blocks:
            yield run_block(task, block)
        return
    futures = [executor.submit(run_block, task, block) for block in blocks]
    for future in futures:
        yield future.result()


def _joined(task: ToyTask, results: list[BlockResult], toys: int) -> ToyValues:
    mu_hat = np.concatenate([result.mu_hat for result in results])[:toys]
    values = np.concatenate([result.values for result in results], axis=1)[:, :toys]
    lost = int(np.isnan(values).any(axis=0).sum())
    return ToyValues(task.tested, mu_hat, values, sum(result.fallbacks for result in results), lost)
