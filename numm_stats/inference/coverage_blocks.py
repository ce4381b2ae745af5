"""Toys analysed as data: whether the constructions of limits and intervals exclude the value that toys were drawn at.

A block of 1,024 toys is the unit of work, as in `toys`; what comes back of it are counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from numm_stats.inference.asymptotic import cls, clsb
from numm_stats.inference.batch.engine import ToyEngine
from numm_stats.inference.batch.ensemble import ToyData, draw_block
from numm_stats.inference.batch.threads import one_thread
from numm_stats.inference.toys import ToyTask, run_block
from numm_stats.inference.working import unpacked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["P_VALUES", "BlockCoverage", "Rule", "asimov_roots", "cover_block"]

P_VALUES: Final = {"cls": cls, "clsb": clsb}


@dataclass(frozen=True)
class Rule:
    """What does not exclude a value mu.

    Attributes:
        construction: "cls" or "clsb", a p-value above the threshold; "delta-chi2" or "feldman-cousins", a t~_mu at or
            below it.
        threshold: alpha of a p-value, else a rise of -2 ln L.
        upper: whether values below the best fit are never excluded: an upper limit, not an interval.
        around: other thresholds to count with: where the threshold itself has an error.
    """

    construction: str
    threshold: float
    upper: bool = True
    around: tuple[float, ...] = ()

    @property
    def label(self) -> str:
        """The construction, with its rise of -2 ln L where that is its name."""
        return f"delta-chi2 {self.threshold:.3f}" if self.construction == "delta-chi2" else self.construction

    def counts(self, mu: float, mu_hat: Array, t_mu_tilde: Array, root_asimov: Array) -> tuple[int, ...]:
        """Return how many of n toys do not exclude mu: at the threshold, and at those around it.

        Args:
            mu: tested value.
            mu_hat: best fits (n,).
            t_mu_tilde: t~_mu (n,).
            root_asimov: sqrt(q~_mu) of the background-only Asimov set of each toy (n,); for p-values only.
        """
        if self.construction in P_VALUES:
            p_value = P_VALUES[self.construction]
            roots = np.sqrt(np.where(mu_hat <= mu, t_mu_tilde, 0.0))
            pairs = zip(roots.tolist(), root_asimov.tolist(), strict=True)
            return (sum(p_value(root, asimov) > self.threshold for root, asimov in pairs),)
        above = mu_hat >= mu if self.upper else np.zeros(len(mu_hat), dtype=bool)
        return tuple(int(((t_mu_tilde <= c) | above).sum()) for c in (self.threshold, *self.around))


@dataclass(frozen=True)
class BlockCoverage:
    """One block: `counts` of each rule, of so many toys; those of which a fit failed are left out."""

    counts: tuple[tuple[int, ...], ...]
    toys: int
    fallbacks: int
    failures: int


def cover_block(model: bytes, rest: dict[str, Any], rules: tuple[Rule, ...], block: int, count: int) -> BlockCoverage:
    """Draw one block of toys of a packed model, or the first `count` of it, and count those that do not exclude mu.

    Args:
        model: from `working.packed`.
        rest: what else a `ToyTask` is; its statistic is t~_mu, and the one value it tests the true one.
        rules: to count with.
        block: number of the block.
        count: how many of its toys, at most 1,024.
    """
    task = ToyTask(model=unpacked(model), **rest)
    found = run_block(task, block, count)
    statistic, roots, fallbacks = found.values[0], np.zeros(count), found.fallbacks
    if any(rule.construction in P_VALUES for rule in rules):
        with one_thread():
            roots, more = asimov_roots(task, block, count)
        fallbacks += more
    good = ~(np.isnan(statistic) | np.isnan(roots))
    toys = (found.mu_hat[good], statistic[good], roots[good])
    counts = tuple(rule.counts(task.tested[0], *toys) for rule in rules)
    return BlockCoverage(counts, int(good.sum()), fallbacks, count - int(good.sum()))


def asimov_roots(task: ToyTask, block: int, count: int) -> tuple[Array, int]:
    """Return sqrt(q~_mu) of the background-only Asimov set of each toy (n,), and how many fits went to iminuit.

    Nuisance parameters of the set are at the toy's own conditional fit at mu = 0, where its -2 ln L is zero: the free
    fit need not be made.
    """
    mu = task.tested[0]
    if mu == 0.0:
        return np.zeros(count), 0
    engine = ToyEngine(task.model, task.engine)
    toys = draw_block(task.model.model, task.hypothesis, seed=task.seed, block=block)
    if task.engine == "iminuit":  # the others fit whole blocks, see `run_block`
        toys = toys.take(slice(count))
    step = mu * task.directions[0]
    background = engine.fit(toys, task.hypothesis.theta - step, poi=0.0)
    good = ~np.isnan(background.deviances)
    thetas = background.thetas[good]
    conditional = engine.fit(_asimov_sets(task.model, thetas), thetas + step, poi=mu)
    roots = np.full(len(toys), np.nan)
    roots[good] = np.sqrt(np.maximum(conditional.deviances, 0.0))
    return roots[:count], background.fallbacks + conditional.fallbacks


def _asimov_sets(model: StatisticalModel, thetas: Array) -> ToyData:
    """Return the Asimov set of each theta (n, p)."""
    sets = [model.asimov_data(theta) for theta in thetas]
    bins, more = model.model.bin_count, len(model.model.nominal_auxiliary)
    main = np.array([data.main for data in sets]).reshape(len(sets), bins)
    return ToyData(main, np.array([data.auxiliary for data in sets]).reshape(len(sets), more))
