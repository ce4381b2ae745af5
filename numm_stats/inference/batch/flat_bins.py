"""What `kernel_chord` knows of a model beyond `flat`: each bin with its one local parameter, or none."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numm_stats.inference.batch.flat import flatten

if TYPE_CHECKING:
    from numm_stats.inference.batch.flat import FlatModel
    from numm_stats.inference.compiled import CompiledModel

__all__ = ["BinModel", "single_bins"]

Array = NDArray[np.float64]
Index = NDArray[np.int64]


class BinModel(NamedTuple):
    """Local parameters by bin, and the constraints of the dense parameters.

    A bin without a local parameter has variance zero and tau zero.
    """

    row_moved: NDArray[np.bool_]  # whether the local parameters multiply the row
    parameter: Index  # local parameter of each bin, or -1
    data: Index  # its place in the auxiliary data
    variance: Array  # sigma^2 of a Gaussian constraint
    tau: Array  # of a Poisson constraint
    gaussian: Index  # constraints of dense parameters, among all of their sort
    poisson: Index


@lru_cache(maxsize=4)
def single_bins(model: CompiledModel) -> BinModel | None:
    """Return the local parameters by bin; None where bins have several, or a row has them in some of its bins only."""
    flat = flatten(model)
    moved = _moved_rows(flat)
    if moved is None or (np.diff(flat.local_start) > 1).any():
        return None
    parameter = np.full(flat.bin_count, -1, dtype=np.int64)
    parameter[np.diff(flat.local_start) == 1] = flat.local_parameter
    data, variance, tau = np.zeros(flat.bin_count, dtype=np.int64), np.zeros(flat.bin_count), np.zeros(flat.bin_count)
    bin_of = {p: b for b, p in enumerate(parameter.tolist()) if p >= 0}
    for p, place, sigma in zip(flat.gaussian_parameter.tolist(), flat.gaussian_data, flat.sigma, strict=True):
        if p in bin_of:
            data[bin_of[p]], variance[bin_of[p]] = place, sigma**2
    for p, place, rate in zip(flat.poisson_parameter.tolist(), flat.poisson_data, flat.tau, strict=True):
        if p in bin_of:
            data[bin_of[p]], tau[bin_of[p]] = place, rate
    return BinModel(
        row_moved=moved,
        parameter=parameter,
        data=data,
        variance=variance,
        tau=tau,
        gaussian=_dense(flat, flat.gaussian_parameter),
        poisson=_dense(flat, flat.poisson_parameter),
    )


def _moved_rows(flat: FlatModel) -> NDArray[np.bool_] | None:
    """Return which rows local parameters multiply; None where a row has several layers, or one that is not local."""
    moved = np.zeros(len(flat.row_bin), dtype=np.bool_)
    for r, bins in enumerate(flat.row_bins):
        entries = flat.layer_entry[flat.layer_start[r] : flat.layer_start[r + 1]]
        layers = [slice(a, a + bins) for a in entries if (flat.layer_parameter[a : a + bins] >= 0).any()]
        if len(layers) > 1 or any((flat.layer_local[layer] < 0).any() for layer in layers):
            return None
        moved[r] = bool(layers)
    return moved


def _dense(flat: FlatModel, parameters: Index) -> Index:
    return np.flatnonzero(flat.dense_place[parameters] >= 0).astype(np.int64)
