"""Covariance from the curvature of -2 ln L at a minimum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.inference.compiled import CompiledModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.likelihood import Likelihood

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["covariance_at", "hessian_at", "hessian_by_gradient"]


def covariance_at(likelihood: Likelihood, theta: Array, fixed: Mask) -> Array:
    """Return 2 H^-1 of the parameters that are not fixed, zero elsewhere, with H the curvature of -2 ln L at theta."""
    free = np.flatnonzero(~fixed)
    covariance = np.zeros((len(theta), len(theta)))
    hessian = hessian_at(likelihood, theta, free)
    scale = 1.0 / np.sqrt(np.where(np.diagonal(hessian) > 0.0, np.diagonal(hessian), 1.0))
    inverse = np.linalg.pinv(hessian * np.outer(scale, scale), hermitian=True) * np.outer(scale, scale)
    covariance[np.ix_(free, free)] = 2.0 * np.where(np.diagonal(inverse) > 0.0, inverse, 0.0)
    return covariance


def hessian_at(likelihood: Likelihood, theta: Array, free: NDArray[np.intp]) -> Array:
    """Return the second derivatives of the deviance among free parameters, shape (f, f).

    They are analytic; of a model that pyhf evaluates, differences of the gradient.
    """
    if isinstance(likelihood.model, CompiledModel):
        return (likelihood.derivatives(theta)[2] + likelihood.bending(theta))[free[:, None], free]
    return hessian_by_gradient(likelihood, theta, free)


def hessian_by_gradient(likelihood: Likelihood, theta: Array, free: NDArray[np.intp]) -> Array:
    """Return the same for any model, by differences of the gradient."""
    diagonal = np.diagonal(likelihood.derivatives(theta)[2])[free]
    steps = 1e-4 * np.sqrt(2.0 / np.where(diagonal > 0.0, diagonal, 2.0))
    rows = []
    for index, step in zip(free, steps, strict=True):
        shift = np.zeros_like(theta)
        shift[index] = step
        rows.append((likelihood.gradient(theta + shift) - likelihood.gradient(theta - shift))[free] / (2.0 * step))
    hessian = np.array(rows).reshape(len(free), len(free))
    return np.asarray((hessian + hessian.T) / 2.0, dtype=float)
