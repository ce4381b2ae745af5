"""Universes to eigen-variations: a covariance as few independent shifts that pyhf can state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["EigenVariations", "covariance", "eigen_variations"]


@dataclass(frozen=True)
class EigenVariations:
    """The largest independent shifts of a covariance.

    Attributes:
        shifts: one standard deviation of each (k, n), orthogonal, the largest first; their outer products add up to
            the covariance but for what is left out.
        share: of the variance that they keep.
        total: trace of the covariance.
    """

    shifts: Array
    share: float
    total: float


def covariance(universes: Array, nominal: Array, *, about: str = "nominal") -> Array:
    """Return the covariance (n, n) of counts in universes (m, n), about the nominal counts (n,) or their mean.

    About the nominal counts it is sum_u (x_u - x)(x_u - x)^T / m; about the mean the divisor is m - 1.
    """
    deviations = _deviations(universes, nominal, about)
    return np.asarray(deviations.T @ deviations)


def eigen_variations(universes: Array, nominal: Array, *, share: float, about: str = "nominal") -> EigenVariations:
    """Return as few eigen-variations of the universes' covariance as keep a share of its variance.

    By the singular values of the deviations, which are as precise for small eigenvalues as for large ones. The sign
    of a shift is chosen so that its largest entry is positive.

    Args:
        universes: counts (m, n).
        nominal: counts (n,).
        share: of the trace of the covariance that is kept at least.
        about: "nominal" or "mean", see `covariance`.

    >>> found = eigen_variations(np.array([[11.0, 20.0], [9.0, 20.0]]), np.array([10.0, 20.0]), share=0.99)
    >>> found.shifts.tolist(), found.share
    ([[1.0, 0.0]], 1.0)
    """
    deviations = _deviations(universes, nominal, about)
    _, sizes, directions = np.linalg.svd(deviations, full_matrices=False)
    variances = sizes**2
    total = float(variances.sum())
    if total == 0.0:
        return EigenVariations(np.zeros((0, len(nominal))), 1.0, 0.0)
    kept = np.cumsum(variances) / total
    number = int(np.searchsorted(kept, share * (1.0 - 1e-12))) + 1
    number = min(number, int(np.count_nonzero(sizes > sizes[0] * 1e-12)))
    shifts = sizes[:number, None] * directions[:number]
    largest = shifts[np.arange(number), np.argmax(np.abs(shifts), axis=1)]
    return EigenVariations(shifts * np.sign(largest)[:, None], float(kept[number - 1]), total)


def _deviations(universes: Array, nominal: Array, about: str) -> Array:
    """Rows whose outer products add up to the covariance."""
    if about == "mean":
        return np.asarray((universes - universes.mean(axis=0)) / np.sqrt(len(universes) - 1))
    return np.asarray((universes - nominal) / np.sqrt(len(universes)))
