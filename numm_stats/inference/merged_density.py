"""The quantile of an averaged likelihood over mu >= 0, with a prior flat in mu or in a root of it.

p(mu) dmu ~ P(mu) du with u = mu^(1/power), integrated over u by Gauss and Legendre's rule between the points of a grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.averaging import MergedProfile

    Array = NDArray[np.float64]

__all__ = ["MergedDensity"]

NODES, WEIGHTS = ((1.0 + np.polynomial.legendre.leggauss(16)[0]) / 2.0, np.polynomial.legendre.leggauss(16)[1] / 2.0)
QUADRATURE = 1e-11  # relative error of a probability


@dataclass(frozen=True)
class MergedDensity:
    """The density of mu that a prior flat in mu^(1/power) makes of an averaged likelihood."""

    curve: MergedProfile
    power: int = 1

    def above(self, tail: float) -> float:
        """Return mu with the probability `tail` above it."""
        from scipy.optimize import brentq  # noqa: PLC0415

        tails = np.append(np.cumsum(self._masses[::-1])[::-1], 0.0)
        piece = int(np.flatnonzero(tails > tail * tails[0])[-1])
        low, high = self.curve.grid[piece], self.curve.grid[piece + 1]

        def excess(mu: float) -> float:
            return float(tails[piece + 1] + self._integrals(np.array([mu, high]))[0] - tail * tails[0])

        return float(brentq(excess, low, high, xtol=1e-13 * high, rtol=1e-13))

    def uncertainty(self, mu: float, tail: float) -> float:
        """Return the numerical uncertainty of `above(tail)`, which is mu."""
        density = float(np.exp(-0.5 * self.curve.rise(np.array(mu)))) * mu ** (1.0 / self.power - 1.0) / self.power
        error = (0.5 * self.curve.accuracy * tail + QUADRATURE) * float(self._masses.sum())
        return float(error / density + 1e-12 * mu)

    @cached_property
    def _masses(self) -> Array:
        return self._integrals(self.curve.grid)

    def _integrals(self, edges: Array) -> Array:
        """Return the integrals of P / max P over u between neighbouring values of mu (k + 1,), shape (k,)."""
        u = edges ** (1.0 / self.power)
        widths = np.diff(u)
        mu = (u[:-1, None] + widths[:, None] * NODES) ** self.power
        return np.asarray((np.exp(-0.5 * self.curve.rise(mu)) @ WEIGHTS) * widths, dtype=float)
