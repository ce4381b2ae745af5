"""Toys thrown and fitted: the distribution of a test statistic under a hypothesis, block by block.

A block of 1,024 toys is the unit of work: whoever computes it, thread, process or cluster node, gets the same numbers,
so that results do not depend on the number of workers. What is kept of any number of toys is a `Tally`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from numm_stats.errors import InputError
from numm_stats.inference.batch.engine import BatchFit, ToyEngine, available_engine
from numm_stats.inference.batch.ensemble import BLOCK, Hypothesis, draw_block
from numm_stats.inference.batch.threads import one_thread
from numm_stats.inference.fitting import find_minimum
from numm_stats.inference.profile import Profile, starts_of_nonlinear_signal
from numm_stats.inference.working import packed, unpacked
from numm_stats.workers import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from numm_stats.inference.batch.ensemble import ToyData
    from numm_stats.inference.statmodel import StatisticalModel
    from numm_stats.inference.tally import Tally

    Array = NDArray[np.float64]

__all__ = [
    "STATISTICS",
    "BlockResult",
    "ToyTask",
    "ToyValues",
    "conditional_hypothesis",
    "run_block",
    "run_blocks",
    "run_packed_block",
    "tallied",
    "throw",
    "toy_task",
]

STATISTICS: Final = ("q_mu_tilde", "t_mu_tilde", "deviance")
BATCH_ENGINES: Final = ("numba", "numpy")
NEW_MINIMUM: Final = 0.1  # of the error of mu: what is nearer is the same minimum


@dataclass(frozen=True)
class ToyTask:
    """What one set of toys is.

    Attributes:
        model: what is fitted.
        hypothesis: what toys are drawn from.
        tested: values of the parameter of interest at which the statistic is evaluated.
        statistic: "q_mu_tilde" for upper limits (zero where mu_hat > mu), "t_mu_tilde" for intervals, "deviance" of the
            free fit for its goodness, whatever is tested.
        directions: how conditional minima move with mu at each tested value (k, p): where their fits start.
        starts: of free fits besides the hypothesis (s, p); none where the signal is linear in mu.
        seed: of the random numbers.
        engine: "numba", "numpy" or "iminuit".
    """

    model: StatisticalModel
    hypothesis: Hypothesis
    tested: tuple[float, ...]
    statistic: str
    directions: Array
    starts: Array
    seed: int
    engine: str


@dataclass(frozen=True)
class BlockResult:
    """One block: mu_hat (n,), statistic at each tested value (k, n), and how the fits went; n is 1,024 or less."""

    block: int
    mu_hat: Array
    values: Array
    fallbacks: int
    failures: int


@dataclass(frozen=True)
class ToyValues:
    """All toys of a task, one by one: for studies of single toys; limits keep tallies.

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
    return Hypothesis(mu, find_minimum(model, poi=mu).theta)


def run_block(task: ToyTask, block: int, count: int = BLOCK) -> BlockResult:
    """Draw one block of toys and fit it, or the first `count` of it.

    What is fitted together decides the last bits: engines for batches fit whole blocks, however many are wanted.
    """
    with one_thread():
        return _run_block(task, block, count)


def _run_block(task: ToyTask, block: int, count: int) -> BlockResult:
    engine = ToyEngine(task.model, task.engine)
    toys = draw_block(task.model.model, task.hypothesis, seed=task.seed, block=block)
    if task.engine not in BATCH_ENGINES:
        toys = toys.take(slice(count))
    free = _free_fit(task, engine, toys)
    mu_hat = free.thetas[:, task.model.poi_index]
    values, fallbacks = np.zeros((len(task.tested), len(toys))), free.fallbacks
    failed = np.isnan(free.deviances)
    if task.statistic == "deviance":
        values[:] = free.deviances
    for k, mu in enumerate(task.tested if task.statistic != "deviance" else ()):
        needed = ~failed & ((mu_hat <= mu) | (task.statistic == "t_mu_tilde"))
        starts = free.thetas[needed] + np.outer(mu - mu_hat[needed], task.directions[k])
        conditional = engine.fit(toys.take(needed), starts, poi=mu)
        values[k, needed] = np.maximum(conditional.deviances - free.deviances[needed], 0.0)
        fallbacks += conditional.fallbacks
    values[:, failed] = np.nan
    values = values[:, :count]
    return BlockResult(block, mu_hat[:count], values, fallbacks, int(np.isnan(values).any(axis=0).sum()))


def _free_fit(task: ToyTask, engine: ToyEngine, toys: ToyData) -> BatchFit:
    """Return the free fits; for a signal that is not linear in mu the best of several starts for each toy."""
    best = engine.fit(toys, task.hypothesis.theta)
    if not task.model.model.is_polynomial:
        return best
    thetas, deviances, fallbacks = best.thetas, best.deviances, best.fallbacks
    for start in task.starts:
        found = engine.fit(toys, start)
        lower = np.isnan(deviances) | (found.deviances < deviances)
        thetas[lower], deviances[lower] = found.thetas[lower], found.deviances[lower]
        fallbacks += found.fallbacks
    return BatchFit(thetas, deviances, fallbacks, int(np.isnan(deviances).sum()))


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
        toys: how many.
        executor: does the work; this process without one.
        report: is told the number of toys done after each block.
        first_block: where to begin, for toys added to earlier ones.

    Raises:
        InputError: if the number of toys is not positive.
    """
    if toys < 1:
        raise InputError(f"toys = {toys}: must be at least 1")
    first = first_block * BLOCK
    return _joined(task, list(run_blocks(task, range(first, first + toys), executor, report)))


def tallied(
    task: ToyTask,
    toys: range,
    tallies: Sequence[Tally],
    *,
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
) -> int:
    """Add some toys to one tally for each tested value; return how many fits went to iminuit."""
    fallbacks = 0
    for result in run_blocks(task, toys, executor, report):
        fallbacks += result.fallbacks
        for tally, values in zip(tallies, result.values, strict=True):
            tally.add(values)
    return fallbacks


def run_blocks(
    task: ToyTask, toys: range, executor: Executor | None = None, report: Callable[[int], None] | None = None
) -> Iterator[BlockResult]:
    """Yield toys, the first a multiple of 1,024, block by block in order, whoever computes them."""
    if toys.start % BLOCK:
        raise ValueError(f"toys from {toys.start} on: blocks begin at multiples of {BLOCK}")
    blocks = [(start // BLOCK, min(BLOCK, toys.stop - start)) for start in range(toys.start, toys.stop, BLOCK)]
    results: Iterator[BlockResult]
    if executor is None:
        results = (run_block(task, *block) for block in blocks)
    else:
        rest = {field.name: getattr(task, field.name) for field in fields(task) if field.name != "model"}
        model = packed(task.model)
        results = in_order(run_packed_block, ((model, rest, *block) for block in blocks), executor)
    for result in results:
        yield result
        if report is not None:
            report(len(result.mu_hat))


def run_packed_block(model: bytes, rest: dict[str, Any], block: int, count: int) -> BlockResult:
    """Draw and fit toys of a packed model: what workers are told to do."""
    return run_block(ToyTask(model=unpacked(model), **rest), block, count)


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
        InputError: if statistic, engine or seed are not what there is.
    """
    if statistic not in STATISTICS:
        raise InputError(f"statistic '{statistic}' is unknown: there are {', '.join(STATISTICS)}")
    if not 0 <= seed < 2**64:
        raise InputError(f"seed = {seed}: must be a whole number from 0 to 2^64 - 1")
    directions = np.array([_direction(model, hypothesis.theta, mu) for mu in tested])
    starts = _starts(model, hypothesis.theta) if model.model.is_polynomial else np.empty((0, len(hypothesis.theta)))
    return ToyTask(model, hypothesis, tested, statistic, directions, starts, seed, available_engine(engine))


def _starts(model: StatisticalModel, theta: Array) -> Array:
    """Where the minima of toys of a signal that is not linear in mu may be, (s, p).

    At the different minima of the Asimov set, and on both sides of them all: a toy moves its minima, but seldom from
    one side of the barrier between them to the other.
    """
    asimov = model.with_data(model.asimov_data(theta))
    index = model.poi_index
    scale = Profile(asimov).mu_error
    minima: list[Array] = []
    for mu in starts_of_nonlinear_signal(model):
        start = theta.copy()
        start[index] = mu
        found = find_minimum(asimov, start=start).theta
        if all(abs(found[index] - known[index]) > NEW_MINIMUM * scale for known in (theta, *minima)):
            minima.append(found)
    values = [float(known[index]) for known in (theta, *minima)]
    for mu in (min(values) - scale, max(values) + scale):
        outside = theta.copy()
        outside[index] = max(mu, model.model.parameters.bounds[index, 0] + 0.01 * scale)
        minima.append(outside)
    return np.array(minima)


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


def _joined(task: ToyTask, results: list[BlockResult]) -> ToyValues:
    mu_hat = np.concatenate([result.mu_hat for result in results])
    values = np.concatenate([result.values for result in results], axis=1)
    lost = int(np.isnan(values).any(axis=0).sum())
    return ToyValues(task.tested, mu_hat, values, sum(result.fallbacks for result in results), lost)
