"""Values into bins, and sums of many weights by bin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["bin_index", "sums_by_bin"]


def bin_index(edges: Array, values: Array) -> Integers:
    """Return the bin (n,) of finite values (n,), -1 below the edges (m + 1,) and m above; a bin holds its lower edge.

    In equal bins the place is computed and then set right by the edges themselves: three times as fast.

    >>> bin_index(np.array([0.0, 1.0, 2.0]), np.array([-0.5, 0.0, 1.0, 2.0])).tolist()
    [-1, 0, 1, 2]
    """
    widths, number = np.diff(edges), len(edges) - 1
    if np.ptp(widths) > 1e-9 * widths[0]:
        return np.asarray(np.searchsorted(edges, values, side="right") - 1)
    place = np.clip((values - edges[0]) * (number / (edges[-1] - edges[0])), -1.0, number)
    index: Integers = np.floor(place).astype(np.intp)
    fenced = np.concatenate([[-np.inf], edges, [np.inf]])
    index -= values < fenced[index + 1]
    index += values >= fenced[index + 2]
    return index


def sums_by_bin(bins: Integers, size: int, weights: Array, factors: NDArray[np.floating], rows: Integers) -> Array:
    """Return the sums of weights (n,) times factors (m, k) by bin: (k, size).

    Events are put into the order of their bins, then each bin is one product of a vector and a matrix.

    Args:
        bins: of each event (n,), 0 to size - 1.
        size: number of bins.
        weights: of each event (n,).
        factors: k for each row.
        rows: of the factors, for each event (n,).
    """
    short = bins.astype(np.uint16) if size <= np.iinfo(np.uint16).max else bins  # which numpy sorts by radix
    order = np.argsort(short, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(bins, minlength=size))])
    ordered, matrix = weights[order], factors[rows[order]]
    sums = np.zeros((size, factors.shape[1]))
    for number in np.flatnonzero(np.diff(ends)):
        here = slice(ends[number], ends[number + 1])
        sums[number] = ordered[here] @ matrix[here]
    return np.ascontiguousarray(sums.T)
