"""Whether fits give back what toys were made of: the pulls of every parameter.

A toy draws main counts and auxiliary measurements around one true point; the pull of a parameter is its fitted minus
its true value, over its error from the curvature. Without bias and with honest errors pulls have mean 0 and width 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import ComputationError, InputError
from numm_stats.inference.fitting import fit
from numm_stats.inference.likelihood import Dataset
from numm_stats.inference.working import packed, unpacked
from numm_stats.workers import in_order

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["PullSummary", "Recovery", "recovery_study"]

BLOCK: Final = 50


@dataclass(frozen=True)
class PullSummary:
    """The pulls of one parameter.

    Attributes:
        name: of the parameter.
        truth: true value.
        mean_value: mean of the fitted values.
        mean: of the pulls.
        width: standard deviation of the pulls.
        at_bound: toys in which it ended at a bound.
    """

    name: str
    truth: float
    mean_value: float
    mean: float
    width: float
    at_bound: int


@dataclass(frozen=True)
class Recovery:
    """Pulls of all parameters that are fitted.

    Attributes:
        poi: name of the parameter of interest.
        pulls: of each parameter, that of interest first.
        toys: that were fitted; the error of a mean is 1 / sqrt(toys), that of a width 1 / sqrt(2 toys).
        failures: toys that could not be fitted, left out.
        seed: of the random numbers.
    """

    poi: str
    pulls: tuple[PullSummary, ...]
    toys: int
    failures: int
    seed: int


def recovery_study(
    model: StatisticalModel,
    mu: float,
    *,
    toys: int = 2000,
    seed: int = 0,
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
) -> Recovery:
    """Return the pulls in toys made at a true value of the parameter of interest, all others at their initial values.

    Args:
        model: a statistical model; its data take no part.
        mu: true value of the parameter of interest.
        toys: two or more.
        seed: of the random numbers; the same seed gives the same result with any number of workers.
        executor: anything with the interface of `concurrent.futures.Executor`; this process without one.
        report: is told the number of toys done.

    Raises:
        InputError: if a number is out of range.
        ComputationError: if fewer than two toys can be fitted.
    """
    if toys < 2 or seed < 0:
        raise InputError(f"toys = {toys}, seed = {seed}: must be at least 2, and zero or more")
    truth = model.model.parameters.initial.copy()
    truth[model.poi_index] = mu
    package, rows, lost = packed(model), [], 0
    calls = [(package, truth, seed, range(k, min(k + BLOCK, toys))) for k in range(0, toys, BLOCK)]
    for found in in_order(_block, calls, executor):
        rows += [row for row in found if row is not None]
        lost += sum(row is None for row in found)
        if report is not None:
            report(len(found))
    if len(rows) < 2:
        raise ComputationError(f"{lost} of {toys} toys could not be fitted: nothing is left to summarise")
    return Recovery(model.poi, _summaries(model, truth, np.array(rows)), len(rows), lost, seed)


def _block(package: bytes, truth: Array, seed: int, numbers: range) -> list[Array | None]:
    model = unpacked(package)
    return [_toy(model, truth, seed, number) for number in numbers]


def _toy(model: StatisticalModel, truth: Array, seed: int, number: int) -> Array | None:
    """Return fitted values, errors and whether each is at a bound (3, p), or None where the fit fails."""
    generator = np.random.Generator(np.random.Philox(key=np.array([seed, number], dtype=np.uint64)))
    expected = model.model.expected(truth)
    constraints, auxiliary = model.model.constraints, model.model.constraints.expected(truth)
    auxiliary[constraints.gaussian_data] += constraints.sigma * generator.standard_normal(len(constraints.sigma))
    auxiliary[constraints.poisson_data] = generator.poisson(auxiliary[constraints.poisson_data])
    try:
        found = fit(model.with_data(Dataset(generator.poisson(expected).astype(float), auxiliary)))
    except ComputationError:
        return None
    held = np.isin(found.names, found.at_bound)
    return np.array([found.values, found.errors, held.astype(float)])


def _summaries(model: StatisticalModel, truth: Array, rows: Array) -> tuple[PullSummary, ...]:
    names, (values, errors, held) = model.model.parameters.names, np.moveaxis(rows, 1, 0)
    first = model.poi_index
    order = [first, *(k for k in range(len(names)) if k != first and not model.model.parameters.fixed[k])]
    found = []
    for k in order:
        free = errors[:, k] > 0.0
        pulls = (values[free, k] - truth[k]) / errors[free, k]
        mean, width = (float(pulls.mean()), float(pulls.std(ddof=1))) if pulls.size > 1 else (np.nan, np.nan)
        found.append(
            PullSummary(names[k], float(truth[k]), float(values[:, k].mean()), mean, width, int(held[:, k].sum()))
        )
    return tuple(found)
