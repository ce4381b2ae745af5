"""Histograms on disk: ROOT files that ROOT and uproot read, and JSON; written whole or not at all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import boost_histogram as bh
import numpy as np

from numm_stats.atomic import replace_file
from numm_stats.errors import InputError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from typing import Any

    from numm_stats.templates.templates import Histogram

__all__ = ["complete", "write_content", "write_root"]


def write_root(path: str | os.PathLike[str], histograms: Mapping[str, Histogram]) -> None:
    """Write histograms of one or two axes into a new ROOT file, in one step; an older file is replaced.

    Each becomes a TH1D or TH2D, with sums of squared weights if its storage is `Weight`. Labels of axes become their
    titles, that of the histogram its title; names of axes and what ROOT has no place for are not kept.

    Args:
        path: of the file, in a folder that exists.
        histograms: by name; `folder/name` makes folders.

    Raises:
        InputError: if a histogram cannot be a TH1 or TH2, a name is none, or the file cannot be written.
    """
    import uproot  # noqa: PLC0415  slow to load, and many analyses need no ROOT file

    _refuse_names(path, histograms)
    whole = {name: complete(histogram, name) for name, histogram in histograms.items()}
    content = _Kept()
    with uproot.recreate(content) as file:
        for name, histogram in whole.items():
            histogram.__dict__["title"] = histogram.__dict__["label"]
            file[name] = histogram
    write_content(path, content.kept)


def write_content(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file in one step.

    Raises:
        InputError: if its folder does not exist or cannot be written to, or it is a folder itself.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise InputError(f"{target}: folder {target.parent} does not exist; make it first")
    if target.is_dir():
        raise InputError(f"{target} is a folder: give the name of a file")
    try:
        replace_file(target.resolve(), content)
    except (OSError, RuntimeError) as error:
        raise InputError(f"{target} cannot be written: {getattr(error, 'strerror', None) or error}") from None


def complete(histogram: Histogram, name: str, *, all_flow: bool = True) -> Histogram:
    """Return a histogram as ROOT knows them: axes with bin edges, counts with or without variances.

    Args:
        histogram: of one or two axes; regular, variable or integer.
        name: of the histogram, for messages.
        all_flow: whether each axis gets underflow and overflow, empty if it had none.

    Returns:
        A copy with `Double` or `Weight` storage, its own and its axes' name, label and unit as `hist` has them.

    Raises:
        InputError: for another number of axes, a kind of axis or storage without a ROOT twin, or numbers that are not
            finite.
    """
    if histogram.ndim not in (1, 2):
        raise InputError(f"histogram '{name}' has {histogram.ndim} axes; allowed: one or two")
    if histogram.kind != bh.Kind.COUNT:
        raise InputError(f"histogram '{name}' has means in its bins; allowed: counts")
    weighted = histogram.storage_type is bh.storage.Weight
    storage = bh.storage.Weight() if weighted else bh.storage.Double()
    whole: Histogram = bh.Histogram(*(_axis(axis, name, all_flow=all_flow) for axis in histogram.axes), storage=storage)
    where = tuple(_own_bins(axis, all_flow=all_flow) for axis in histogram.axes)
    view: Any = whole.view(flow=True)
    parts = {"value": histogram.values(flow=True)} | ({"variance": histogram.variances(flow=True)} if weighted else {})
    for part, numbers in parts.items():
        if numbers is None or not np.isfinite(numbers).all():
            raise InputError(f"histogram '{name}' has a {part} that is not finite")
        (view[part] if weighted else view)[where] = numbers
    details = histogram.__dict__
    whole.__dict__.update(name=details.get("name") or name.rsplit("/", 1)[-1], label=details.get("label") or "")
    return whole


class _Kept(io.BytesIO):
    """Bytes that are still there when uproot has closed the file, and they are complete."""

    kept = b""

    def close(self) -> None:
        """Keep the bytes, and close."""
        if not self.closed:
            self.kept = self.getvalue()
        super().close()


def _refuse_names(path: str | os.PathLike[str], names: Iterable[str]) -> None:
    """Refuse what ROOT would take for something else: `a;1` is a cycle of a, a cannot be a folder as well."""
    folders = {name[:i] for name in names for i, letter in enumerate(name) if letter == "/"}
    for name in names:
        if not all(name.split("/")) or ";" in name or not name.isprintable() or name in folders:
            raise InputError(
                f"{path}: '{name}' is no name for a histogram; allowed: text without ';', as name or folder/name"
            )


def _axis(axis: Any, name: str, *, all_flow: bool) -> bh.axis.Axis:
    if isinstance(axis, bh.axis.StrCategory | bh.axis.IntCategory) or axis.traits.circular:
        raise InputError(
            f"histogram '{name}' has an axis of categories or a circular one; allowed: axes with bin edges"
        )
    details = {key: str(axis.__dict__[key]) for key in ("name", "label", "unit") if axis.__dict__.get(key)}
    details.setdefault("label", details.get("name", ""))
    under, over = axis.traits.underflow or all_flow, axis.traits.overflow or all_flow
    if isinstance(axis, bh.axis.Regular) and axis.transform is None:
        low, high = float(axis.edges[0]), float(axis.edges[-1])
        return bh.axis.Regular(len(axis), low, high, underflow=under, overflow=over, __dict__=details)
    return bh.axis.Variable(axis.edges.tolist(), underflow=under, overflow=over, __dict__=details)


def _own_bins(axis: Any, *, all_flow: bool) -> slice:
    """The bins that an axis has, flow included, among those of its completed twin."""
    if not all_flow:
        return slice(None)
    return slice(0 if axis.traits.underflow else 1, len(axis) + (2 if axis.traits.overflow else 1))
