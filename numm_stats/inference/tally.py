"""Test statistics of any number of toys in constant memory: counts in fine logarithmic bins, and exact p-values.

A limit needs of its toys how many are beyond a value, and which value a given part of them is beyond. Counts in bins
of width 2^-11 of q answer both; where the value is known beforehand, as the data's own q is, the answer is exact.
Tallies of different workers or shards add up to the same, in whatever order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import ComputationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["ONE_SIGMA", "PValue", "Tally"]

SMALLEST_EXPONENT, LARGEST_EXPONENT = -20, 16  # of two: what lies outside counts in the first or in the last bin
MANTISSA_BITS = 11
ONE_SIGMA = 0.6826894921370859
SLACK = 1e-9  # fits agree to less than this: equal data have equal q

_SHIFT = 52 - MANTISSA_BITS
_FIRST = int(np.float64(2.0**SMALLEST_EXPONENT).view(np.int64)) >> _SHIFT
_BINS = (LARGEST_EXPONENT - SMALLEST_EXPONENT << MANTISSA_BITS) + 1


@dataclass(frozen=True)
class PValue:
    """A part of toys, with its Clopper-Pearson interval.

    Attributes:
        count: toys that are as extreme.
        total: of so many.
    """

    count: int
    total: int

    @property
    def value(self) -> float:
        """The part itself."""
        return self.count / self.total

    def interval(self, confidence_level: float = ONE_SIGMA) -> tuple[float, float]:
        """Return the central Clopper-Pearson interval.

        >>> tuple(round(edge, 4) for edge in PValue(0, 10).interval(0.9))  # 0.05 on one side: 1 - 0.05^(1/10)
        (0.0, 0.2589)
        """
        from scipy.special import betaincinv  # noqa: PLC0415

        tail = 0.5 * (1.0 - confidence_level)
        k, n = self.count, self.total
        low = float(betaincinv(k, n - k + 1, tail)) if k > 0 else 0.0
        high = float(betaincinv(k + 1, n - k, 1.0 - tail)) if k < n else 1.0
        return low, high

    @property
    def error(self) -> float:
        """Half the length of the 68 % Clopper-Pearson interval."""
        low, high = self.interval()
        return 0.5 * (high - low)


class Tally:
    """How a test statistic is distributed among toys.

    Attributes:
        watched: value of which the tail is counted exactly, such as that of the data; NaN for none.
        failures: toys of which a fit failed: NaN, counted and left out.
    """

    def __init__(self, watched: float = np.nan) -> None:
        self.watched = watched
        self.failures = 0
        self._beyond = 0
        self._counts = np.zeros(_BINS, dtype=np.int64)

    def __len__(self) -> int:
        return int(self._counts.sum())

    def add(self, values: Array) -> None:
        """Count the statistic of some toys (n,), NaN for those of which a fit failed."""
        good = values[~np.isnan(values)]
        self.failures += len(values) - len(good)
        self._beyond += int(np.count_nonzero(good >= self.watched - SLACK * max(abs(self.watched), 1.0)))
        self._counts += np.bincount(_places(good), minlength=_BINS)

    def merge(self, other: Tally) -> None:
        """Add the toys of another tally, which watches the same value."""
        self.failures += other.failures
        self._beyond += other._beyond
        self._counts += other._counts

    def tail(self, value: float | None = None) -> PValue:
        """Return the part of toys at or beyond a value: exactly for the watched one, which is the default.

        Elsewhere the value is rounded down to the edge of a bin, by less than 2^-11 of itself.

        Raises:
            ComputationError: if no toy could be fitted.
        """
        if not len(self):
            raise ComputationError("the fit of every toy failed: look at `numm-stats fit` first")
        if value is None or value == self.watched:
            return PValue(self._beyond, len(self))
        place = int(_places(np.array([value]))[0])
        return PValue(int(self._counts[place:].sum()), len(self))

    def quantile(self, part: float) -> float:
        """Return the largest edge of a bin that at least this part of the toys is at or beyond."""
        from_above = np.cumsum(self._counts[::-1])
        place = _BINS - 1 - int(np.searchsorted(from_above, part * len(self) * (1.0 - 1e-12)))
        return _edge(max(place, 0))


def _places(values: Array) -> NDArray[np.int64]:
    """Return the bin of each value: zero and what is next to it in the first."""
    clipped = np.clip(values, 2.0**SMALLEST_EXPONENT, 2.0**LARGEST_EXPONENT)
    return (np.ascontiguousarray(clipped).view(np.int64) >> _SHIFT) - _FIRST


def _edge(place: int) -> float:
    """Return the lower edge of a bin; of the first one, zero."""
    return float(np.int64(place + _FIRST << _SHIFT).view(np.float64)) if place else 0.0
