"""A model at many points at once: expected counts, -2 ln L, gradient and Fisher information, for custom studies.

The toys' own fits go through the same evaluation; here its results have the shapes that a reader expects, toys first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.inference.batch.vectorised_build import make_terms
from numm_stats.inference.batch.vectorised_model import evaluate
from numm_stats.inference.batch.vectorised_step import changes
from numm_stats.inference.compiled import CompiledModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.batch.vectorised_model import Point
    from numm_stats.inference.batch.vectorised_terms import TermModel
    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["BatchEvaluation", "evaluate_batch"]


@dataclass(frozen=True)
class BatchEvaluation:
    """A model at n points.

    Attributes:
        expected: main counts (n, b).
        deviance: -2 ln L relative to the saturated model (n,).
        gradient: of the deviance (n, p).
        information: expected second derivative of the deviance, twice the Fisher information (n, p, p).
    """

    expected: Array
    deviance: Array
    gradient: Array
    information: Array


def evaluate_batch(
    model: StatisticalModel, thetas: Array, main: Array | None = None, auxiliary: Array | None = None
) -> BatchEvaluation:
    """Evaluate a model at many points, of one dataset or of one for each.

    Args:
        model: a statistical model; its own data serve where none are given.
        thetas: parameters (n, p).
        main: main counts, (b,) or (n, b).
        auxiliary: auxiliary measurements, (a,) or (n, a).

    Raises:
        InputError: if the shapes do not belong together, or the model is one that only pyhf evaluates.
    """
    compiled = model.model
    if not isinstance(compiled, CompiledModel):
        raise InputError(f"{model.name} is evaluated by pyhf itself, a point at a time: {compiled.note}")
    points = np.atleast_2d(np.asarray(thetas, dtype=np.float64))
    if points.shape[1] != len(compiled.parameters):
        raise InputError(f"thetas have {points.shape[1]} parameters: the model has {len(compiled.parameters)}")
    counts = _like(points, model.data.main if main is None else main, "main", compiled.bin_count)
    measured = _like(points, model.data.auxiliary if auxiliary is None else auxiliary, "auxiliary", None)
    terms = make_terms(compiled)
    with np.errstate(all="ignore"):
        point = evaluate(terms, counts.T, measured.T, points[:, terms.order].T)
        jacobian = _jacobian(terms, point)
    expected = np.stack([compiled.expected(theta) for theta in points])
    gradient = np.empty_like(points)
    gradient[:, terms.order] = point.gradient.T
    return BatchEvaluation(expected, point.deviance, gradient, _information(model, points, expected, jacobian))


def _like(points: Array, values: Array, name: str, width: int | None) -> Array:
    rows = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if len(rows) not in (1, len(points)) or (width is not None and rows.shape[1] != width):
        raise InputError(f"{name} data of shape {np.shape(values)}: one row, or one for each of {len(points)} points")
    return np.ascontiguousarray(np.broadcast_to(rows, (len(points), rows.shape[1])))


def _jacobian(m: TermModel, point: Point) -> Array:
    """Return d nu / d theta, (n, p, b)."""
    bins, n = point.pull.shape
    columns = np.zeros((n, len(m.order), bins))
    for k in range(m.dense_count):
        own = (m.entry_parameters == k).astype(np.float64)[:, None]
        columns[:, m.order[k]] = changes(m, point.gammas, point.entries * own).T
    local = np.arange(bins)[m.local_bins]
    columns[:, m.order[m.dense_count :], local] = point.slopes.T
    return columns


def _information(model: StatisticalModel, points: Array, expected: Array, jacobian: Array) -> Array:
    c = model.model.constraints
    weight = np.where(expected > 0.0, 2.0 / np.where(expected > 0.0, expected, 1.0), 0.0)
    information = np.einsum("npb,nb,nqb->npq", jacobian, weight, jacobian, optimize=True)
    diagonal = np.einsum("npp->np", information)
    for k, parameter in enumerate(c.gaussian_parameters):
        diagonal[:, parameter] += 2.0 / c.sigma[k] ** 2
    for k, parameter in enumerate(c.poisson_parameters):
        diagonal[:, parameter] += 2.0 * c.tau[k] / points[:, parameter]
    return np.asarray(information, dtype=float)
