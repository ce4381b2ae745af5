"""Linear equations of a curvature matrix, scaled to a unit diagonal, with the narrow parameters eliminated first.

Narrow parameters (`response.Layout`) are correlated with wide ones only, so that their block of the curvature is
diagonal: of hundreds of equations a few dozen are left (Schur complement).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Index = NDArray[np.intp]
    Mask = NDArray[np.bool_]

__all__ = ["is_positive", "solve"]

ELIMINATE_FROM: Final = 40  # narrow parameters; fewer are solved for sooner than they are taken apart


def solve(curvature: Array, right: Array, free: Mask, narrow: Index, damping: float = 0.0) -> Array:
    """Return x with H x = right on the free parameters, zero on the others; where H is singular, its pseudo-inverse.

    Args:
        curvature: H (p, p), symmetric; what has no curvature of its own is left at zero.
        right: right-hand sides (p,) or (p, k).
        free: parameters to solve for (p,).
        narrow: positions of parameters among which the curvature is diagonal (n,).
        damping: added to the diagonal, which is scaled to one.
    """
    diagonal = curvature.diagonal()
    used = free & (diagonal > 0.0)
    eliminated = narrow[used[narrow]] if narrow.size >= ELIMINATE_FROM else narrow[:0]
    used[eliminated] = False
    kept = np.flatnonzero(used)
    columns = right.reshape(len(right), -1)
    scale = 1.0 / np.sqrt(diagonal[kept])
    matrix = curvature[kept[:, None], kept] * (scale[:, None] * scale)
    target = scale[:, None] * columns[kept]
    if damping:
        matrix.flat[:: len(kept) + 1] += damping
    solution = np.zeros_like(columns)
    if eliminated.size:
        inner = 1.0 / np.sqrt(diagonal[eliminated])
        mixed = curvature[kept[:, None], eliminated] * (scale[:, None] * inner)
        local = inner[:, None] * columns[eliminated] / (1.0 + damping)
        kept_solution = _solve(matrix - mixed @ mixed.T / (1.0 + damping), target - mixed @ local)
        solution[eliminated] = inner[:, None] * (local - mixed.T @ kept_solution / (1.0 + damping))
    else:
        kept_solution = _solve(matrix, target)
    solution[kept] = scale[:, None] * kept_solution
    return solution.reshape(right.shape)


def is_positive(curvature: Array, free: Mask) -> bool:
    """Return whether a curvature (p, p) is positive definite on the free parameters, those that have any."""
    from scipy.linalg.lapack import dpotrf  # noqa: PLC0415

    used = np.flatnonzero(free & curvature.any(axis=0))
    diagonal = curvature.diagonal()[used]
    if not used.size or not diagonal.min() > 0.0:
        return not used.size
    scale = 1.0 / np.sqrt(diagonal)
    return bool(dpotrf(curvature[used[:, None], used] * (scale[:, None] * scale))[1] == 0)


def _solve(matrix: Array, target: Array) -> Array:
    """Return the solution by Cholesky's decomposition, by another where the matrix is not positive definite."""
    from scipy.linalg.lapack import dposv  # noqa: PLC0415

    if not len(matrix):
        return target
    _, solution, failed = dposv(matrix, target)
    if failed:
        try:
            solution = np.linalg.solve(matrix, target)
        except np.linalg.LinAlgError:
            solution = np.linalg.lstsq(matrix, target, rcond=None)[0]
    return np.asarray(solution, dtype=float)
