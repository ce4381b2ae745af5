"""Histograms as JSON, in the schema of scikit-hep's universal histogram interface (UHI), version 1.

One object for each histogram, by name:

    {"signal": {"uhi_schema": 1,
                "metadata": {"name": "signal", "label": "nu-e elastic"},
                "axes": [{"type": "variable", "edges": [0.5, 1.0, 5.0], "underflow": true, "overflow": true,
                          "circular": false, "metadata": {"name": "energy", "label": "Energy (GeV)", "unit": "GeV"}}],
                "storage": {"type": "weighted", "values": [0.0, 3.5, 1.2, 0.0], "variances": [0.0, 0.4, 0.2, 0.0]}}}

An axis is "regular" (`lower`, `upper`, `bins`) or "variable" (`edges`), one or two of them; the storage is "double"
(`values`) or "weighted" (`values` and `variances`), nested as the axes are and with the flow bins that they state.
`uhi.io.json`, boost-histogram and hist read these files too.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boost_histogram as bh
import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.selections.writing import complete, write_content

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from numm_stats.templates.templates import Histogram

__all__ = ["from_json", "read_json_histograms", "to_json", "write_json"]

SCHEMA = 1
MOST_BINS = 1_000_000  # of an axis, before memory for them is asked for


def write_json(path: str | os.PathLike[str], histograms: Mapping[str, Histogram]) -> None:
    """Write histograms of one or two axes into a JSON file, in one step; an older file is replaced.

    Args:
        path: of the file, in a folder that exists.
        histograms: by name.

    Raises:
        InputError: if a histogram cannot be written, see `writing.complete`, or the file cannot.
    """
    content = {name: to_json(histogram, name) for name, histogram in histograms.items()}
    write_content(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False).encode())


def read_json_histograms(path: str | os.PathLike[str]) -> dict[str, Histogram]:
    """Read the histograms of a JSON file, by name.

    Raises:
        InputError: naming file, histogram and key, if it is not such a file.
    """
    file = Path(path)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"{file}: not JSON, line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file} cannot be read as text: {getattr(error, 'strerror', None) or error}") from None
    if not isinstance(content, dict) or not all(isinstance(entry, dict) for entry in content.values()):
        raise InputError(f"{file}: no histograms; allowed: an object with one object for each histogram, by name")
    return {name: from_json(entry, f"{file}: histogram '{name}'") for name, entry in content.items()}


def to_json(histogram: Histogram, name: str) -> dict[str, Any]:
    """Return a histogram as an object of the schema.

    Raises:
        InputError: see `writing.complete`.
    """
    whole = complete(histogram, name, all_flow=False)
    storage: dict[str, Any] = {"type": "double", "values": whole.values(flow=True).tolist()}
    if whole.storage_type is bh.storage.Weight:
        storage |= {"type": "weighted", "variances": np.asarray(whole.variances(flow=True)).tolist()}
    return {
        "uhi_schema": SCHEMA,
        "metadata": {"name": whole.__dict__["name"], "label": whole.__dict__["label"]},
        "axes": [_axis_to_json(axis) for axis in whole.axes],
        "storage": storage,
    }


def from_json(entry: Mapping[str, Any], where: str) -> Histogram:
    """Return the histogram of an object of the schema.

    Args:
        entry: the object.
        where: file and histogram, for messages.

    Raises:
        InputError: naming the key that is missing or wrong.
    """
    if _needed(entry, "uhi_schema", where) != SCHEMA:
        raise InputError(f"{where}: uhi_schema = {entry['uhi_schema']}; allowed: {SCHEMA}")
    axes, storage = _needed(entry, "axes", where), _needed(entry, "storage", where)
    if not (isinstance(axes, list) and len(axes) in (1, 2) and isinstance(storage, dict)):
        raise InputError(f"{where}: allowed: a list of one or two axes, and an object 'storage'")
    kind = _needed(storage, "type", where)
    if kind not in ("double", "weighted"):
        raise InputError(f"{where}: storage.type = '{kind}'; allowed: double, weighted")
    kept = bh.storage.Weight() if kind == "weighted" else bh.storage.Double()
    histogram: Histogram = bh.Histogram(*(_axis_from_json(axis, where) for axis in axes), storage=kept)
    view: Any = histogram.view(flow=True)
    values = _numbers(storage, "values", view.shape, where)
    if kind == "weighted":
        view["value"], view["variance"] = values, _numbers(storage, "variances", view.shape, where)
    else:
        view[...] = values
    histogram.__dict__.update(_metadata(entry))
    return histogram


def _axis_to_json(axis: Any) -> dict[str, Any]:
    edges = axis.edges.tolist()
    regular = isinstance(axis, bh.axis.Regular)
    bins = {"lower": edges[0], "upper": edges[-1], "bins": len(axis)} if regular else {"edges": edges}
    flow = {"underflow": axis.traits.underflow, "overflow": axis.traits.overflow, "circular": False}
    return {"type": "regular" if regular else "variable", **bins, **flow, "metadata": dict(axis.__dict__)}


def _axis_from_json(entry: Any, where: str) -> bh.axis.Axis:
    kind = _needed(entry, "type", where)
    under, over = (_needed(entry, key, where) is True for key in ("underflow", "overflow"))
    if kind not in ("regular", "variable") or entry.get("circular") is True:
        raise InputError(f"{where}: an axis of type '{kind}'; allowed: regular and variable, not circular")
    details = _metadata(entry)
    if kind == "variable":
        edges = _edges(_needed(entry, "edges", where), "edges", where)
        return bh.axis.Variable(edges, underflow=under, overflow=over, __dict__=details)
    bins = _needed(entry, "bins", where)
    if not (isinstance(bins, int) and 0 < bins <= MOST_BINS):
        raise InputError(f"{where}: bins = {bins} of an axis; allowed: a whole number from 1 to {MOST_BINS}")
    low, high = _edges([_needed(entry, key, where) for key in ("lower", "upper")], "lower and upper", where)
    return bh.axis.Regular(bins, low, high, underflow=under, overflow=over, __dict__=details)


def _edges(stated: Any, what: str, where: str) -> list[float]:
    try:
        edges = np.array(stated, dtype=float)
    except (TypeError, ValueError):
        edges = np.empty(0)
    if edges.ndim != 1 or len(edges) < 2 or not (np.isfinite(edges).all() and (np.diff(edges) > 0.0).all()):
        raise InputError(f"{where}: {what} of an axis; allowed: two or more finite and increasing numbers")
    return [float(edge) for edge in edges]


def _numbers(storage: Mapping[str, Any], key: str, shape: tuple[int, ...], where: str) -> Any:
    stated = _needed(storage, key, where)
    try:
        numbers = np.array(stated, dtype=float)
    except (TypeError, ValueError):
        numbers = np.full(1, math.nan)
    if numbers.shape != shape or not np.isfinite(numbers).all():
        wanted = " x ".join(map(str, shape))
        raise InputError(f"{where}: storage.{key} is not an array of {wanted} finite numbers, as its axes want")
    return numbers


def _metadata(entry: Mapping[str, Any]) -> dict[str, Any]:
    found = entry.get("metadata", {})
    return {"label": "", **found} if isinstance(found, dict) else {"label": ""}


def _needed(entry: Any, key: str, where: str) -> Any:
    if not isinstance(entry, dict) or key not in entry:
        near = nearest(key, entry) if isinstance(entry, dict) else ""
        raise InputError(f"{where}: '{key}' is missing{near}")
    return entry[key]
