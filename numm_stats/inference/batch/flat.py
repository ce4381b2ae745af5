"""A compiled model as flat arrays that a kernel can walk: no objects, no strings, offsets instead of lists.

Parameters are of two sorts. A *local* one multiplies a single bin and has a constraint of its own (staterror,
shapesys): it is eliminated bin by bin. All others are *dense*: they make up the matrix that a Newton step solves.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numm_stats.inference.compiled import Channel, CompiledModel

__all__ = ["CODE1", "CODE4", "POWER", "SHAPE_CODES", "FlatModel", "flatten"]

Array = NDArray[np.float64]
Index = NDArray[np.int64]

POWER, CODE1, CODE4 = 0, 1, 2
SHAPE_CODES = {"code0": 0, "code2": 1, "code4p": 2}


class FlatModel(NamedTuple):
    """Everything that a fit needs, as arrays.

    A *row* is one sample of one channel; its bins are `row_bin[r] ... row_bin[r] + row_bins[r]`, its entries in arrays
    over (row, bin) begin at `row_entry[r]`. Lists of a row (factors, shapes, layers) lie between two offsets.
    """

    parameter_count: int
    bin_count: int
    low: Array
    high: Array
    fixed: NDArray[np.bool_]
    dense: Index  # dense parameters, in order
    dense_place: Index  # position among the dense ones, or -1
    dense_first: Index  # first and one past the last bin that each dense parameter can move
    dense_last: Index
    row_bin: Index
    row_bins: Index
    row_entry: Index
    nominal: Array
    factor_start: Index
    factor_parameter: Index
    factor_kind: Index
    factor_power: Array
    factor_log_high: Array
    factor_log_low: Array
    factor_polynomial: Array  # (factors, 6)
    shape_start: Index
    shape_parameter: Index
    shape_entry: Index
    shape_code: int
    shape_half: Array
    shape_asymmetry: Array
    layer_start: Index
    layer_entry: Index
    layer_parameter: Index  # parameter of each bin of a layer, or -1
    layer_local: Index  # its place in `local_parameter`, or -1 where the parameter is dense
    local_start: Index  # (bins + 1): which local parameters each bin has
    local_parameter: Index
    gaussian_parameter: Index
    gaussian_data: Index
    sigma: Array
    poisson_parameter: Index
    poisson_data: Index
    tau: Array


class _Builder:
    """Collects the lists of all rows."""

    def __init__(self, model: CompiledModel, local_of: dict[tuple[int, int], int]) -> None:
        self.lists: dict[str, list[float]] = {}
        self.starts: dict[str, list[int]] = {"factor": [0], "shape": [0], "layer": [0]}
        self.local_of = local_of
        for channel in model.channels:
            for row in range(len(channel.samples)):
                self._row(channel, row)

    def add(self, **values: Sequence[float]) -> None:
        for name, entries in values.items():
            self.lists.setdefault(name, []).extend(entries)

    def floats(self, name: str) -> Array:
        return np.array(self.lists.get(name, []), dtype=np.float64)

    def integers(self, name: str) -> Index:
        return np.array(self.lists.get(name, []), dtype=np.int64)

    def start(self, name: str) -> Index:
        return np.array(self.starts[name], dtype=np.int64)

    def _row(self, channel: Channel, row: int) -> None:
        bins = channel.nominal.shape[1]
        self.add(row_bin=[channel.bins.start], row_bins=[bins], row_entry=[len(self.lists.get("nominal", []))])
        self.add(nominal=channel.nominal[row].tolist())
        self._factors(channel, row)
        self._shapes(channel, row)
        self._layers(channel, row)
        for name, column in (("factor", "factor_parameter"), ("shape", "shape_parameter"), ("layer", "layer_entry")):
            self.starts[name].append(len(self.lists.get(column, [])))

    def _factors(self, channel: Channel, row: int) -> None:
        factors = channel.factors
        for k in np.flatnonzero(factors.sample == row).tolist():
            scale = len(factors.powers)
            if k < scale:
                self.add(factor_parameter=[factors.powers_of[k]], factor_kind=[POWER], factor_power=[factors.powers[k]])
                self.add(factor_log_high=[0.0], factor_log_low=[0.0], factor_polynomial=[0.0] * 6)
                continue
            v = k - scale
            kind = CODE1 if factors.polynomial is None else CODE4
            polynomial = [0.0] * 6 if factors.polynomial is None else factors.polynomial[:, v].tolist()
            self.add(factor_parameter=[factors.variations_of[v]], factor_kind=[kind], factor_power=[1.0])
            self.add(factor_log_high=[np.log(factors.high[v])], factor_log_low=[np.log(factors.low[v])])
            self.add(factor_polynomial=polynomial)

    def _shapes(self, channel: Channel, row: int) -> None:
        count = len(channel.shapes.parameters)
        half, asymmetry = channel.shapes.basis[:count, row], channel.shapes.basis[count:, row]
        for h in range(count):
            if half[h].any() or asymmetry[h].any():
                self.add(shape_parameter=[channel.shapes.parameters[h]], shape_entry=[len(self.lists.get("half", []))])
                self.add(half=half[h].tolist(), asymmetry=asymmetry[h].tolist())

    def _layers(self, channel: Channel, row: int) -> None:
        for layer in channel.bin_parameters:
            chosen = layer[row].tolist()
            places = [self.local_of.get((channel.bins.start + b, p), -1) for b, p in enumerate(chosen)]
            self.add(layer_entry=[len(self.lists.get("layer_parameter", []))])
            self.add(layer_parameter=chosen, layer_local=places)


@lru_cache(maxsize=4)
def flatten(model: CompiledModel) -> FlatModel:
    """Return the flat arrays of a compiled model, made once for each."""
    count = len(model.parameters)
    owners = _bins_of_parameters(model)
    local = {p for p, bins in owners.items() if len(bins) == 1 and p in _constrained(model)}
    local_start, local_parameter, local_of = _local_lists(model.bin_count, owners, local)
    built = _Builder(model, local_of)
    dense = np.array([p for p in range(count) if p not in local], dtype=np.int64)
    place = np.full(count, -1, dtype=np.int64)
    place[dense] = np.arange(len(dense))
    reach = _reach(model)
    layer_parameter = built.integers("layer_parameter")
    layer_parameter[layer_parameter == count] = -1
    return FlatModel(
        parameter_count=count,
        bin_count=model.bin_count,
        low=np.ascontiguousarray(model.parameters.bounds[:, 0]),
        high=np.ascontiguousarray(model.parameters.bounds[:, 1]),
        fixed=model.parameters.fixed.copy(),
        dense=dense,
        dense_place=place,
        dense_first=reach[dense, 0],
        dense_last=reach[dense, 1],
        shape_code=SHAPE_CODES[model.channels[0].shapes.code],
        layer_parameter=layer_parameter,
        local_start=local_start,
        local_parameter=local_parameter,
        **_row_arrays(built),
        **_constraint_arrays(model),
    )


def _row_arrays(built: _Builder) -> dict[str, Any]:
    rows, factors = ("row_bin", "row_bins", "row_entry"), ("factor_parameter", "factor_kind")
    integers = (*rows, *factors, "shape_parameter", "shape_entry", "layer_entry", "layer_local")
    floats = ("nominal", "factor_power", "factor_log_high", "factor_log_low")
    return {
        **{name: built.integers(name) for name in integers},
        **{name: built.floats(name) for name in floats},
        **{f"{name}_start": built.start(name) for name in ("factor", "shape", "layer")},
        "factor_polynomial": built.floats("factor_polynomial").reshape(-1, 6),
        "shape_half": built.floats("half"),
        "shape_asymmetry": built.floats("asymmetry"),
    }


def _constraint_arrays(model: CompiledModel) -> dict[str, Any]:
    constraints = model.constraints
    return {
        "gaussian_parameter": constraints.gaussian_parameters.astype(np.int64),
        "gaussian_data": constraints.gaussian_data.astype(np.int64),
        "sigma": constraints.sigma.astype(np.float64),
        "poisson_parameter": constraints.poisson_parameters.astype(np.int64),
        "poisson_data": constraints.poisson_data.astype(np.int64),
        "tau": constraints.tau.astype(np.float64),
    }


def _bins_of_parameters(model: CompiledModel) -> dict[int, set[int]]:
    """Which bins each bin parameter multiplies."""
    owners: dict[int, set[int]] = {}
    for channel in model.channels:
        for layer in channel.bin_parameters:
            for row in layer:
                for b, p in enumerate(row.tolist()):
                    if p < len(model.parameters):
                        owners.setdefault(p, set()).add(channel.bins.start + b)
    return owners


def _reach(model: CompiledModel) -> Index:
    """Return first and one past the last bin that each parameter can move, (p, 2): by whole channels."""
    reach = np.zeros((len(model.parameters) + 1, 2), dtype=np.int64)
    reach[:, 0] = model.bin_count
    for channel in model.channels:
        used = np.concatenate([channel.factors.parameters, channel.shapes.parameters, channel.bin_parameters.ravel()])
        touched = np.unique(used)
        reach[touched, 0] = np.minimum(reach[touched, 0], channel.bins.start)
        reach[touched, 1] = np.maximum(reach[touched, 1], channel.bins.stop)
    return reach


def _constrained(model: CompiledModel) -> set[int]:
    c = model.constraints
    return {*c.gaussian_parameters.tolist(), *c.poisson_parameters.tolist()}


def _local_lists(
    bins: int, owners: dict[int, set[int]], local: set[int]
) -> tuple[Index, Index, dict[tuple[int, int], int]]:
    by_bin: list[list[int]] = [[] for _ in range(bins)]
    for p in sorted(local):
        by_bin[next(iter(owners[p]))].append(p)
    starts = np.concatenate([[0], np.cumsum([len(entry) for entry in by_bin])]).astype(np.int64)
    flat = [p for entry in by_bin for p in entry]
    places = {(next(iter(owners[p])), p): k for k, p in enumerate(flat)}
    return starts, np.array(flat, dtype=np.int64), places
