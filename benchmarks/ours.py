"""What is measured of numm_stats: limits with their band, toys on one core, toys on several processes."""

from __future__ import annotations

import json
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyhf

from numm_stats.inference.batch.engine import ToyEngine, available_engine
from numm_stats.inference.batch.ensemble import BLOCK, ToyData, draw_block
from numm_stats.inference.limits import upper_limit
from numm_stats.inference.statmodel import StatisticalModel, read_workspace
from numm_stats.inference.toys import ToyTask, conditional_hypothesis, run_block, throw, toy_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Ours", "best_time", "measure", "process_rate", "toys_and_values"]

REPEATS = 10
NOT_ZERO = 0.1  # of q~, far above what fits differ by

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Ours:
    """Our answers on one workspace, and what they take.

    Attributes:
        name: of the workspace.
        path: its file.
        model: its statistical model.
        limits: observed (median of an Asimov set) and five expected 90 % CLs limits (6,).
        loaded_seconds: for the limits, workspace loaded.
        file_seconds: for reading the file and the limits.
        tasks: toys of the median limit, by engine.
        rates: how many of them one core makes a second, by engine.
    """

    name: str
    path: Path
    model: StatisticalModel
    limits: Array
    loaded_seconds: float
    file_seconds: float
    tasks: dict[str, ToyTask]
    rates: dict[str, float]

    @property
    def mu(self) -> float:
        """Where toys are thrown and tested: the median expected limit."""
        return float(self.limits[3])


def measure(path: Path, seconds: float) -> Ours:
    """Return our answers on the workspace in a file; each is repeated for some seconds."""
    pyhf.set_backend("numpy", "scipy")  # not that of the last peer
    model = read_workspace(json.loads(path.read_text())).above_zero()
    limit, loaded_seconds = best_time(lambda: upper_limit(model, "cls"), seconds)
    _, file_seconds = best_time(lambda: upper_limit(read_workspace(json.loads(path.read_text())), "cls"), seconds)
    hypothesis = conditional_hypothesis(model, limit.median)
    engines = sorted({"numpy", available_engine()})
    tasks = {engine: toy_task(model, hypothesis, (limit.median,), seed=1, engine=engine) for engine in engines}
    rates = {engine: _rate(task, seconds) for engine, task in tasks.items()}
    limits = np.array([limit.value, *limit.expected], dtype=float)
    return Ours(path.stem, path, model, limits, loaded_seconds, file_seconds, tasks, rates)


def best_time(call: Callable[[], Answer], seconds: float) -> tuple[Answer, float]:
    """Return the last answer and the shortest time [s] of as many calls as fit into some seconds, one to ten.

    A time is the smaller of what the clock and what the processor says: other work on the machine slows the clock, and
    more than one thread hurries the processor. Else a long run of a peer would suffer where our best of ten does not.
    """
    times: list[float] = []
    while not times or (len(times) < REPEATS and sum(times) + times[-1] < seconds):
        start, processor_start = time.perf_counter(), time.process_time()
        answer = call()
        times.append(min(time.perf_counter() - start, time.process_time() - processor_start))
    return answer, min(times)


def toys_and_values(task: ToyTask, *, draw_auxiliary: bool) -> tuple[ToyData, Array]:
    """Return the toys of the first block and our q~ of each; auxiliary measurements nominal where not drawn.

    They begin with the first whose q~ is not zero, so that even one toy is a test.
    """
    toys = draw_block(task.model.model, task.hypothesis, seed=task.seed, block=0)
    if draw_auxiliary:
        values = run_block(task, 0).values[0]
    else:
        nominal = np.broadcast_to(task.model.model.nominal_auxiliary, toys.auxiliary.shape)
        toys = replace(toys, auxiliary=np.array(nominal))
        values = _q_mu_tilde(task, toys)
    first = int(np.argmax(values > NOT_ZERO))
    return toys.take(slice(first, None)), values[first:]


def _q_mu_tilde(task: ToyTask, toys: ToyData) -> Array:
    engine, mu = ToyEngine(task.model, task.engine), task.tested[0]
    free = engine.fit(toys, task.hypothesis.theta)
    held = engine.fit(toys, task.hypothesis.theta, poi=mu)
    above = free.thetas[:, task.model.poi_index] > mu
    return np.where(above, 0.0, np.maximum(held.deviances - free.deviances, 0.0))


def process_rate(task: ToyTask, toys: int, workers: int) -> float:
    """Return how many toys a second some worker processes make, all of them started and warm."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(workers + 1)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_get_ready, initargs=(task, ready))
    with pool as executor:
        for _ in range(workers):
            executor.submit(int)
        ready.wait()
        start = time.perf_counter()
        throw(task, toys, executor=executor)
        return toys / (time.perf_counter() - start)


def _get_ready(task: ToyTask, ready: Barrier) -> None:
    run_block(task, 0)
    ready.wait()


def _rate(task: ToyTask, seconds: float) -> float:
    """Toys a second in this process: one block to compile, one to know how many fit into the time, then those."""
    throw(task, BLOCK)
    _, block_seconds = best_time(lambda: throw(task, BLOCK), 0.0)
    toys = BLOCK * max(1, round(seconds / block_seconds))
    return toys / best_time(lambda: throw(task, toys, first_block=1), 0.0)[1]
