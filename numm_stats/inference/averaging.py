"""Averages and envelopes of profiles: one curve for all configurations of an analysis.

| rule | -2 ln P(mu) |
|---|---|
| `average` | -2 ln sum_c w_c L_c(mu), each L_c divided by its own maximum; see `weighting` for w_c |
| `envelope` | min_c [-2 ln L_c(mu) + penalty n_c], the discrete profiling of arXiv:1408.6865 |

The background-only Asimov curve of either has the weights, or the minima, that the data gave: so that the expectation
is that of this average.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from numm_stats.errors import InputError
from numm_stats.inference.weighting import natural_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from numm_stats.inference.configurations import Configuration
    from numm_stats.inference.profile_spline import ProfileSpline
    from numm_stats.inference.weighting import Weights

    Array = NDArray[np.float64]

__all__ = ["MergedProfile", "Merger", "averaged", "enveloped", "single"]

PARTS: Final = 4  # of each piece between knots
ACCURACY_OF_MINIMA: Final = 2e-11


@dataclass(frozen=True)
class MergedProfile:
    """-2 ln P along mu >= 0, from one profile or many.

    Attributes:
        members: profiles in the same unit of mu.
        offsets: -2 ln of the weight, or the lowest -2 ln L with its penalty, of each (c,).
        rule: "average" or "envelope".
    """

    members: tuple[ProfileSpline, ...]
    offsets: Array
    rule: Literal["average", "envelope"]

    def value(self, mu: Array) -> Array:
        """Return -2 ln P at mu, any shape; with weights of sum one, or as the offsets of an envelope count."""
        each = self._each(mu)
        lowest = each.min(axis=0)
        if self.rule == "envelope":
            return np.asarray(lowest, dtype=float)
        return np.asarray(lowest - 2.0 * np.log(np.exp(-0.5 * (each - lowest)).sum(axis=0)), dtype=float)

    def rise(self, mu: Array) -> Array:
        """Return -2 ln [P(mu) / max P], any shape."""
        return self.value(mu) - self._best[1]

    def slope(self, mu: float) -> float:
        """Return the derivative of -2 ln P."""
        each = self._each(np.array(mu))
        slopes = np.array([member.slope(np.array(mu)) for member in self.members])
        if self.rule == "envelope":
            return float(slopes[each.argmin()])
        shares = np.exp(-0.5 * (each - each.min()))
        return float(shares @ slopes / shares.sum())

    @property
    def mu_hat(self) -> float:
        """Where P is largest."""
        return self._best[0]

    @property
    def accuracy(self) -> float:
        """Of `rise` near the maximum."""
        return 2.0 * max(member.accuracy for member in self.members) + ACCURACY_OF_MINIMA

    @cached_property
    def grid(self) -> Array:
        """Points from zero to the last knot, fine enough that P is smooth and monotonic between them."""
        knots = np.unique(np.concatenate([[0.0], *(member.mu for member in self.members)]))
        parts = np.linspace(0.0, 1.0, PARTS, endpoint=False)
        points = np.append((knots[:-1, None] + np.diff(knots)[:, None] * parts).ravel(), knots[-1])
        return np.unique(np.concatenate([points, self._switches(points)])) if self.rule == "envelope" else points

    @cached_property
    def _best(self) -> tuple[float, float]:
        if self.rule == "envelope":  # the lowest minimum of all, and each is at a knot
            lowest = int(self.offsets.argmin())
            return self.members[lowest].mu_hat, float(self.offsets[lowest])
        values = np.pad(self.value(self.grid), 1, constant_values=np.inf)
        around = np.pad(self.grid, 1, mode="edge").tolist()
        dips = np.flatnonzero((values[1:-1] <= values[:-2]) & (values[1:-1] <= values[2:]))
        places = [self._turning_point(*around[k : k + 3]) for k in dips]
        return min(((mu, float(self.value(np.array(mu)))) for mu in places), key=lambda found: found[1])

    def _turning_point(self, low: float, middle: float, high: float) -> float:
        """Return where the slope changes its sign between two points; the middle unless P is larger there."""
        from scipy.optimize import brentq  # noqa: PLC0415

        if not self.slope(low) < 0.0 < self.slope(high):
            return middle
        turn = float(brentq(self.slope, low, high, xtol=1e-14 * high, rtol=1e-14))
        before, after = self.value(np.array([middle, turn])).tolist()
        return turn if after < before - ACCURACY_OF_MINIMA else middle

    def _switches(self, points: Array) -> list[float]:
        """Return where one member takes over from another as the lowest, between neighbouring points."""
        from scipy.optimize import brentq  # noqa: PLC0415

        def ahead(mu: float, one: int, other: int) -> float:
            each = self._each(np.array(mu))
            return float(each[one] - each[other])

        lowest = self._each(points).argmin(axis=0)
        pairs = zip(pairwise(points.tolist()), pairwise(lowest.tolist()), strict=True)
        return [float(brentq(ahead, low, high, args=which)) for (low, high), which in pairs if which[0] != which[1]]

    def _each(self, mu: Array) -> Array:
        """Return -2 ln P of the members, shape (c, ...)."""
        rises = np.stack([member.rise(mu) for member in self.members])
        return np.asarray(rises + self.offsets.reshape(-1, *([1] * np.ndim(mu))), dtype=float)


@dataclass(frozen=True)
class Merger:
    """What limits are read from: the curve of the data, and that of background alone.

    Attributes:
        data: of the data.
        background: of the background-only Asimov sets; None where no expectation is wanted.
        asimov: whether the data are Asimov sets, so that nothing is observed.
        poi: name of the parameter of interest.
    """

    data: MergedProfile
    background: MergedProfile | None
    asimov: bool
    poi: str


def single(configuration: Configuration) -> Merger:
    """Return one configuration alone, in the unit of its own parameter of interest."""
    return _merger((configuration,), np.zeros(1), "average")


def averaged(configurations: Sequence[Configuration], weights: Weights) -> Merger:
    """Return the weighted average of configurations, in the common unit.

    Raises:
        InputError: if some data are an Asimov set and some are not.
    """
    with np.errstate(divide="ignore"):
        offsets = -2.0 * np.log(np.array(weights.values))
    counted = np.flatnonzero(np.isfinite(offsets))
    return _merger([configurations[k].common for k in counted], offsets[counted], "average")


def enveloped(configurations: Sequence[Configuration], *, penalty: float = 1.0, scale: str | None = None) -> Merger:
    """Return the envelope of configurations, in the common unit (arXiv:1408.6865).

    A parameter with an auxiliary measurement brings one more number to fit, so that it costs nothing.

    Args:
        configurations: one or more.
        penalty: on -2 ln L for each free parameter: 1 makes up for the average fall of -2 ln L with one more, 2 is
            Akaike's.
        scale: "common" keeps the minima of -2 ln L, "own" sets each to zero; by default "common" where all were
            fitted to the same counts, else "own". With other counts the penalties belong to other fits, but stay.

    Raises:
        InputError: for a penalty that is negative or not finite, an unknown scale, or if some data are an Asimov set
            and some are not.
    """
    if not 0.0 <= penalty < math.inf:
        raise InputError(f"penalty = {penalty}: must be a finite number, zero or more")
    if scale not in (None, "common", "own"):
        raise InputError(f"scale '{scale}': that of an envelope is common or own")
    common = (scale or natural_scale(configurations)) == "common"
    minima = [each.data.deviance if common else 0.0 for each in configurations]
    offsets = [low + penalty * each.free_parameters for low, each in zip(minima, configurations, strict=True)]
    return _merger([each.common for each in configurations], np.array(offsets), "envelope")


def _merger(members: Sequence[Configuration], offsets: Array, rule: Literal["average", "envelope"]) -> Merger:
    kinds = {each.asimov for each in members}
    if len(kinds) > 1:
        names = {kind: next(each.name for each in members if each.asimov == kind) for kind in kinds}
        raise InputError(
            f"the data of {names[True]} are an Asimov set, those of {names[False]} are not: they do not mix"
        )
    asimov = kinds.pop()
    data = MergedProfile(tuple(each.data for each in members), offsets, rule)
    expectations = tuple(each.background for each in members if each.background is not None)
    complete = len(expectations) == len(members)
    background = data if asimov else MergedProfile(expectations, offsets, rule) if complete else None
    return Merger(data, background, asimov, members[0].poi)
