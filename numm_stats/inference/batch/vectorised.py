"""Thousands of bounded Newton fits at once in numpy: what `kernel` does without numba.

All toys of a pool take a step together. A toy whose minimum is found leaves, and the next one takes its place, so that
the pool stays full to the end. A step that does not lower -2 ln L enough is halved, and tried again in the next round.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.inference.batch.vectorised_build import make_terms
from numm_stats.inference.batch.vectorised_model import evaluate
from numm_stats.inference.batch.vectorised_step import newton_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.batch.vectorised_model import Point
    from numm_stats.inference.batch.vectorised_terms import TermModel
    from numm_stats.inference.compiled import CompiledModel

    Array = NDArray[np.float64]
    Index = NDArray[np.intp]
    Mask = NDArray[np.bool_]

__all__ = ["CONVERGED", "STUCK", "fit_batch"]

CONVERGED, STUCK = 0, 1
ERROR_GOAL = 1e-9  # of -2 ln L, after the last step
LARGEST_LAST_STEP = 1e-6  # in -2 ln L
AT_THE_MINIMUM = 1e-11  # so near that no last step is needed
SMALLEST_CONTRACTION = 1e-2
MAXIMUM_ROUNDS = 400
SMALLEST_SHRINK = 2.0**-30
SUFFICIENT_DECREASE = 1e-4
SLOW = 0.3  # slope left after a whole Newton step, as a part of what it was
LONGEST_STEP = 4.0
POOL_BYTES = 16e6


def fit_batch(
    model: CompiledModel, counts: Array, auxiliary: Array, starts: Array, held: Mask
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Fit n toys.

    Args:
        model: the model.
        counts: main counts (n, b).
        auxiliary: auxiliary measurements (n, a).
        starts: first guesses (n, p); clipped into the bounds, but for the held parameters.
        held: parameters that keep their start (p,).

    Returns:
        Minima (n, p), -2 ln L there relative to the saturated model (n,), and CONVERGED or STUCK (n,).
    """
    terms = make_terms(model)
    task = _Task(terms, counts, auxiliary, starts, held[terms.order][:, None])
    with np.errstate(all="ignore"):
        pool = _Pool.fill(task, np.arange(min(len(counts), pool_size(terms))))
        waiting = len(pool.toys)
        while len(pool.toys):
            done = np.flatnonzero(pool.advance())
            if done.size:
                new = np.arange(waiting, min(len(counts), waiting + done.size))
                waiting += new.size
                pool.replace(done, new)
    return task.thetas, task.deviances, task.states


def pool_size(m: TermModel) -> int:
    """Return how many toys fit into `POOL_BYTES`: enough for numpy to be busy, few enough to stay in the cache."""
    pairs = sum(channel.size for channel in m.channels)
    numbers = 12 * m.bin_count + 8 * len(m.order) + 3 * len(m.entry_terms) + m.dense_count**2 + pairs
    return int(np.clip(POOL_BYTES / (8.0 * numbers), 32, 4096))


class _Task:
    """The data of all toys and their results; parameters have the order of the term model inside."""

    def __init__(self, m: TermModel, counts: Array, auxiliary: Array, starts: Array, held: Mask) -> None:
        self.model, self.counts, self.auxiliary, self.starts, self.held = m, counts, auxiliary, starts, held
        self.low, self.high = np.where(held, -np.inf, m.low), np.where(held, np.inf, m.high)
        self.thetas = np.array(starts, dtype=np.float64)
        self.deviances = np.full(len(counts), np.inf)
        self.states = np.full(len(counts), STUCK, dtype=np.int64)

    def finish(self, toys: Index, theta: Array, deviance: Array, state: Array) -> None:
        """Store the results of some toys, theta (p, n)."""
        self.thetas[toys[:, None], self.model.order] = theta.T
        self.deviances[toys], self.states[toys] = deviance, state


@dataclass
class _Pool:
    """Toys on their way: the last accepted point of each, the step from there, and the point to try next."""

    task: _Task
    toys: Index
    counts: Array
    auxiliary: Array
    theta: Array
    trial: Array
    value: Array
    gradient: Array
    step: Array
    shrink: Array
    distance: Array
    slowness: Array
    rounds: Array

    @classmethod
    def fill(cls, task: _Task, toys: Index) -> _Pool:
        p, b, a, n = len(task.model.order), task.counts.shape[1], task.auxiliary.shape[1], len(toys)
        shapes = [(b, n), (a, n), (p, n), (p, n), (n,), (p, n), (p, n), (n,), (n,), (n,), (n,)]
        pool = cls(task, toys, *(np.zeros(shape) for shape in shapes))
        pool._put(np.arange(n), toys)
        return pool

    def _put(self, columns: Index, toys: Index) -> None:
        task = self.task
        start = np.clip(task.starts[toys][:, task.model.order].T, task.low, task.high)
        self.toys[columns] = toys
        self.counts[:, columns] = task.counts[toys].T
        self.auxiliary[:, columns] = task.auxiliary[toys].T
        self.theta[:, columns] = self.trial[:, columns] = start
        self.gradient[:, columns] = self.step[:, columns] = 0.0
        self.value[columns], self.distance[columns], self.slowness[columns] = np.inf, 0.0, 0.0
        self.shrink[columns], self.rounds[columns] = 1.0, 0.0

    def replace(self, columns: Index, toys: Index) -> None:
        """Let new toys take the places of those that are done; where there are none left, the pool shrinks."""
        self._put(columns[: len(toys)], toys)
        if len(toys) == len(columns):
            return
        keep = np.delete(np.arange(len(self.toys)), columns[len(toys) :])
        for name in [f.name for f in fields(self) if f.name != "task"]:
            setattr(self, name, getattr(self, name)[..., keep])

    def advance(self) -> Mask:
        """Try the next point of each toy and find a step from there; store what is done and say which that is."""
        task, m = self.task, self.task.model
        point = evaluate(m, self.counts, self.auxiliary, self.trial)
        moved = self.trial - self.theta
        gain = np.einsum("pn,pn->n", self.gradient, moved)
        falls = (point.deviance - self.value <= SUFFICIENT_DECREASE * gain) & (gain < 0.0)
        accepted = falls | (self.rounds == 0)
        free = self._free(point)
        step, fine = newton_step(m, self.counts, point, free)
        distance = -0.5 * np.einsum("pn,pn->n", point.gradient, step)
        fine &= distance >= 0.0
        turned = self._turn_inward(point, free, step)
        contraction = np.fmax(np.sqrt(distance / self.distance), SMALLEST_CONTRACTION)
        self._accept(accepted, point, step, distance, np.einsum("pn,pn->n", point.gradient, moved) / gain)
        target = self.theta + self.shrink * self.step
        self.trial = np.clip(target, task.low, task.high)
        error = self.distance * np.fmin(1.0, np.fmax(contraction, self.slowness))
        near = (error < ERROR_GOAL) & (self.distance < LARGEST_LAST_STEP) & (self.trial == target).all(axis=0)
        near &= ~turned
        near |= self.distance < AT_THE_MINIMUM
        return self._store(accepted & fine & near & np.isfinite(self.value), accepted & ~fine)

    def _free(self, point: Point) -> Mask:
        low, high = self.task.low, self.task.high
        stopped = (self.trial <= low) & (point.gradient > 0.0)
        stopped |= (self.trial >= high) & (point.gradient < 0.0)
        stopped |= self.task.held
        return ~stopped

    def _turn_inward(self, point: Point, free: Mask, step: Array) -> Mask:
        """Find a new step where one leads out of the bounds at once, with those parameters held; say where (n,)."""
        turned = np.zeros(len(self.toys), dtype=bool)
        for _ in range(3):
            leaves = ((self.trial <= self.task.low) & (step < 0.0)) | ((self.trial >= self.task.high) & (step > 0.0))
            few = np.flatnonzero(leaves.any(axis=0))
            if not few.size:
                break
            turned[few] = True
            free[:, few] &= ~leaves[:, few]
            step[:, few], _ = newton_step(self.task.model, self.counts[:, few], point.take(few), free[:, few])
        return turned

    def _accept(self, accepted: Mask, point: Point, step: Array, distance: Array, slope_left: Array) -> None:
        """Move the toys whose -2 ln L fell; halve the step of the others.

        Where a whole step left (or turned round) much of the slope along it, the curvature is wrong by its second
        derivatives: the next step is as long as this one should have been.
        """
        self.rounds += 1.0
        self.slowness = np.fmax(0.5 * self.slowness, np.where(accepted, np.abs(slope_left), 0.0))
        slow = (self.shrink == 1.0) & (np.abs(slope_left) > SLOW)
        length = np.where(slow, np.clip(1.0 / (1.0 - slope_left), 0.5, LONGEST_STEP), 1.0)
        self.shrink = np.where(accepted, length, 0.5 * self.shrink)
        new = {
            "theta": self.trial,
            "value": point.deviance,
            "gradient": point.gradient,
            "step": step,
            "distance": distance,
        }
        for name, array in new.items():
            setattr(self, name, array if accepted.all() else np.where(accepted, array, getattr(self, name)))

    def _store(self, converged: Mask, lost: Mask) -> Mask:
        """Store the toys that are done: the minimum after the last step, or where a toy is stuck."""
        lost |= (self.shrink < SMALLEST_SHRINK) | (self.rounds >= MAXIMUM_ROUNDS)
        done: Mask = converged | lost
        if done.any():
            theta = np.where(converged, self.trial, self.theta)[:, done]
            deviance = self.value - np.where(converged, self.shrink * self.distance, 0.0)
            self.task.finish(self.toys[done], theta, deviance[done], np.where(converged[done], CONVERGED, STUCK))
        return done
