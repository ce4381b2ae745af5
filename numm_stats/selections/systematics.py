"""Universes to eigen-variations: a covariance as few independent shifts that pyhf can state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["EigenVariations", "covariance", "eigen_variations", "universe_variations"]

ROUNDING = 1e-10  # of a count: universes that spread by less do not spread


@dataclass(frozen=True)
class EigenVariations:
    """The largest independent shifts of a covariance, each count in units of its own standard deviation.

    Attributes:
        shifts: one standard deviation of each (k, n) in counts, the largest first; their outer products add up to the
            covariance C but for what is left out, which is at most (1 - share) sqrt(C_ii C_jj) in each entry.
        kept: share of each count's variance that they keep (n,); one where there is none.
    """

    shifts: Array
    kept: Array

    @property
    def share(self) -> float:
        """Of the variance of the count of which they keep least."""
        return float(self.kept.min(initial=1.0))

    def scaled(self, factors: Array) -> EigenVariations:
        """Return those of the same counts times factors (n,): exact, as shifts do not depend on units of counts."""
        return EigenVariations(self.shifts * factors, self.kept)


def covariance(universes: Array, nominal: Array, *, about: str = "nominal") -> Array:
    """Return the covariance (n, n) of counts in universes (m, n), about the nominal counts (n,) or their mean.

    About the nominal counts it is sum_u (x_u - x)(x_u - x)^T / m; about the mean the divisor is m - 1.
    """
    deviations = _deviations(universes, nominal, about)
    return np.asarray(deviations.T @ deviations)


def eigen_variations(
    universes: Array, nominal: Array, *, share: float, about: str = "nominal", groups: NDArray[np.intp] | None = None
) -> EigenVariations:
    """Return as few eigen-variations of the universes' covariance as keep a share of the variance of every count.

    They are eigenvectors of the correlation matrix: those of the covariance belong to the largest counts, and leave
    small ones without uncertainty. Found by the singular values of the deviations, which are as precise for small
    eigenvalues as for large ones. The sign of a shift is chosen so that its largest entry is positive.

    Args:
        universes: counts (m, n).
        nominal: counts (n,).
        share: of the variance of each count, and of each group's sum, that is kept at least.
        about: "nominal" or "mean", see `covariance`.
        groups: which sum each count is part of (n,), from 0; negative for none.

    >>> found = eigen_variations(np.array([[11.0, 20.0], [9.0, 20.0]]), np.array([10.0, 20.0]), share=0.99)
    >>> found.shifts.tolist(), found.share
    ([[1.0, 0.0]], 1.0)
    """
    deviations = _deviations(universes, nominal, about)
    spread = np.sqrt((deviations**2).sum(axis=0))
    moved = spread > ROUNDING * np.abs(nominal)
    if not moved.any():
        return EigenVariations(np.zeros((0, len(nominal))), np.ones(len(nominal)))
    unit = np.where(moved, spread, 1.0)
    _, sizes, directions = np.linalg.svd(np.where(moved, deviations / unit, 0.0), full_matrices=False)
    shifts = (sizes[:, None] * directions * unit)[sizes > sizes[0] * 1e-12]
    kept = _kept(shifts, np.where(moved, spread, 0.0))
    least = kept.min(axis=1)
    if groups is not None:
        together, parts = np.sqrt((_sums(deviations, groups) ** 2).sum(axis=0)), _sums(spread[None], groups)[0]
        together[together <= ROUNDING * parts] = 0.0  # they cancel, and what is left is rounding
        least = np.minimum(least, _kept(_sums(shifts, groups), together).min(axis=1, initial=1.0))
    number = min(int(np.count_nonzero(least < share * (1.0 - 1e-12))) + 1, len(shifts))
    shifts = shifts[:number]
    largest = shifts[np.arange(number), np.argmax(np.abs(shifts), axis=1)]
    return EigenVariations(shifts * np.sign(largest)[:, None], kept[number - 1])


def universe_variations(universes: Array, nominal: Array, *, about: str = "nominal") -> EigenVariations:
    """Return one variation for each universe (m, n), which together have their covariance, see `covariance`."""
    return EigenVariations(_deviations(universes, nominal, about), np.ones(len(nominal)))


def _kept(shifts: Array, spread: Array) -> Array:
    """Share of each variance (k, n) that the first of the shifts (k, n) keep; one where the spread (n,) is zero."""
    kept = np.cumsum((shifts / np.where(spread > 0.0, spread, 1.0)) ** 2, axis=0)
    return np.where(spread > 0.0, np.minimum(kept, 1.0), 1.0)


def _sums(rows: Array, groups: NDArray[np.intp]) -> Array:
    """Sums of each row (k, n) over the members of each group: (k, groups)."""
    members = np.flatnonzero(groups >= 0)
    sums = np.zeros((groups.max(initial=-1) + 1, len(rows)))
    np.add.at(sums, groups[members], rows.T[members])
    return sums.T


def _deviations(universes: Array, nominal: Array, about: str) -> Array:
    """Rows whose outer products add up to the covariance."""
    if about == "mean":
        return np.asarray((universes - universes.mean(axis=0)) / np.sqrt(len(universes) - 1))
    return np.asarray((universes - nominal) / np.sqrt(len(universes)))
