"""Expected counts and how parameters move them, kept in the form in which they are few numbers.

Most parameters of a large model move one bin each (staterror, shapesys): of these only the slope in that bin is kept,
and neither the jacobian nor the curvature of -2 ln L is made with all its zeros before it must be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Index = NDArray[np.intp]

__all__ = ["Layout", "Response"]


@dataclass(frozen=True, eq=False)
class Layout:
    """Which parameters are narrow, moving one bin that no other narrow parameter moves; all others are wide.

    Attributes:
        size: number of parameters p.
        wide: positions of the wide ones (w,).
        narrow: positions of the narrow ones (n,).
        bins: the bin that each narrow one moves (n,).
    """

    size: int
    wide: Index
    narrow: Index
    bins: Index

    @classmethod
    def dense(cls, size: int) -> Layout:
        """Return the layout of a model of which nothing is known: all parameters are wide."""
        nothing = np.empty(0, dtype=np.intp)
        return cls(size, np.arange(size), nothing, nothing)


@dataclass(frozen=True, eq=False)
class Response:
    """Expected counts at one point, with their derivatives.

    Attributes:
        counts: expected main counts (b,).
        wide: derivatives by the wide parameters (w, b).
        narrow: derivative by each narrow parameter in its bin (n,).
        layout: which parameters these are.
    """

    counts: Array
    wide: Array
    narrow: Array
    layout: Layout

    def jacobian(self) -> Array:
        """Return all derivatives, shape (p, b)."""
        layout = self.layout
        if not layout.narrow.size:
            return self.wide
        jacobian = np.zeros((layout.size, len(self.counts)))
        jacobian[layout.wide] = self.wide
        jacobian[layout.narrow, layout.bins] = self.narrow
        return jacobian

    def projected(self, vector: Array) -> Array:
        """Return the jacobian times a vector (b,) over bins, shape (p,)."""
        layout = self.layout
        if not layout.narrow.size:
            return np.asarray(self.wide @ vector)
        product = np.empty(layout.size)
        product[layout.wide] = self.wide @ vector
        product[layout.narrow] = self.narrow * vector[layout.bins]
        return product

    def squared(self, weight: Array) -> Array:
        """Return the jacobian times diag(weight) times its transpose, shape (p, p), for weights (b,) of bins."""
        layout = self.layout
        weighted = self.wide * weight
        wide = weighted @ self.wide.T
        if not layout.narrow.size:
            return wide
        square = np.zeros((layout.size, layout.size))
        mixed = weighted[:, layout.bins] * self.narrow
        square[np.ix_(layout.wide, layout.wide)] = wide
        square[np.ix_(layout.wide, layout.narrow)] = mixed
        square[np.ix_(layout.narrow, layout.wide)] = mixed.T
        square[layout.narrow, layout.narrow] = weight[layout.bins] * self.narrow**2
        return square
