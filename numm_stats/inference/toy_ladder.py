"""Toys at several values of mu, in constant memory: thrown where they are needed, more of them where it matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from numm_stats.errors import InputError
from numm_stats.inference.profile import Profile
from numm_stats.inference.tally import Tally
from numm_stats.inference.toy_points import ToyPoint
from numm_stats.inference.toys import conditional_hypothesis, tallied, toy_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from numm_stats.inference.statmodel import StatisticalModel
    from numm_stats.inference.toys import ToyTask

__all__ = ["ToyLadder", "ToyOptions", "failure_warnings", "rounded"]

FAILURES_WORTH_SAYING: Final = 1e-3


@dataclass(frozen=True)
class ToyOptions:
    """How toys are thrown.

    Attributes:
        toys: for each hypothesis, at most.
        seed: of the random numbers.
        engine: "auto", "numba", "numpy" or "iminuit".
        executor: does the work; this process without one.
        report: is told the number of toys done.
        announce: is told the number of toys to come, as far as known.
        adaptive: throw more toys only where |p - alpha| is below so many standard errors at the two points around a
            crossing; None throws all of them at every point.
        precision: throw more toys only at the two points around a crossing, until the limit's relative uncertainty
            is below this.
    """

    toys: int = 10000
    seed: int = 0
    engine: str = "auto"
    executor: Executor | None = None
    report: Callable[[int], None] | None = None
    announce: Callable[[int], None] | None = None
    adaptive: float | None = None
    precision: float | None = None

    def __post_init__(self) -> None:
        if self.toys < 1:
            raise InputError(f"toys = {self.toys}: must be at least 1")
        for name in ("adaptive", "precision"):
            value = getattr(self, name)
            if value is not None and not 0.0 < value < float("inf"):
                raise InputError(f"{name} = {value}: must be a positive number")
        if self.precision is not None and self.adaptive is not None:
            raise InputError(f"adaptive = {self.adaptive}, precision = {self.precision}: give one of the two")

    @property
    def grows(self) -> bool:
        """Whether a first round of few toys decides where more are thrown."""
        return self.adaptive is not None or self.precision is not None


class ToyLadder:
    """Toys at increasing values of mu, more of them wherever they are asked for.

    Attributes:
        model: a statistical model with its data, its parameter of interest not below zero.
        options: how toys are thrown.
        statistic: "q_mu_tilde" for limits, "t_mu_tilde" for intervals.
        points: what has been found at each value.
        fallbacks: fits that went to iminuit.
    """

    def __init__(
        self, model: StatisticalModel, mu: list[float], options: ToyOptions, statistic: str = "q_mu_tilde"
    ) -> None:
        self.model = model.above_zero()
        self.options, self.statistic = options, statistic
        self.points: list[ToyPoint] = []
        self.fallbacks = 0
        self.profile = Profile(self.model)
        self._tasks: dict[float, ToyTask] = {}
        self._background_toys: dict[float, int] = {}
        for value in mu:
            self.insert(value)

    @property
    def toys(self) -> int:
        """Toys thrown in all, background-only toys once however many values they were tested at."""
        return sum(point.toys for point in self.points) + max(self._background_toys.values())

    def insert(self, mu: float) -> None:
        """Add a value of mu, without toys."""
        found = self.profile
        watched = found.q_mu_tilde(mu) if self.statistic == "q_mu_tilde" else found.minus_two_log_ratio(mu)
        self.points.append(ToyPoint(mu, watched, Tally(watched), Tally(watched)))
        self.points.sort(key=lambda point: point.mu)
        self._tasks[mu] = self._task(mu, (mu,))
        self._background_toys[mu] = 0

    def extend(self, mu: list[float], toys: int) -> None:
        """See to it that there are so many toys at these values, and as many background-only ones tested there.

        Background-only toys are for limits; intervals have none.
        """
        chosen = [point for point in self.points if point.mu in mu]
        for point in chosen:
            self._throw(self._tasks[point.mu], range(point.toys, toys), [point.signal])
        if self.statistic == "q_mu_tilde":
            self._extend_background(chosen, toys)

    def _extend_background(self, chosen: list[ToyPoint], toys: int) -> None:
        for start in sorted({self._background_toys[point.mu] for point in chosen}):
            late = [point for point in chosen if self._background_toys[point.mu] == start]
            task = self._task(0.0, tuple(point.mu for point in late))
            self._throw(task, range(start, toys), [point.background for point in late])
            for point in late:
                self._background_toys[point.mu] = max(start, toys)

    def _task(self, mu: float, tested: tuple[float, ...]) -> ToyTask:
        return toy_task(
            self.model,
            conditional_hypothesis(self.model, mu),
            tested,
            statistic=self.statistic,
            seed=self.options.seed,
            engine=self.options.engine,
        )

    def _throw(self, task: ToyTask, toys: range, tallies: list[Tally]) -> None:
        options = self.options
        self.fallbacks += tallied(task, toys, tallies, executor=options.executor, report=options.report)


def rounded(mu: float) -> float:
    """Return a value to test, to five digits: random numbers are keyed by it, and its last bits are no one's wish."""
    return float(f"{mu:.4e}")


def failure_warnings(failures: int, toys: int) -> tuple[str, ...]:
    """Say so where more than one toy in a thousand could not be fitted."""
    if failures > FAILURES_WORTH_SAYING * toys:
        return (f"{failures} of {toys} toys could not be fitted, by iminuit neither: they are left out",)
    return ()
