"""ROOT files opened, and their histograms as arrays, with one clear word about what is wrong with them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from numm_stats.errors import InputError, nearest

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterator

__all__ = ["HISTOGRAMS", "BinnedAxis", "BinnedCounts", "RootFile", "axis_unit", "decoding", "open_root", "other_format"]

Array = NDArray[np.float64]

HISTOGRAMS: Final = tuple(f"TH{dimensions}{kind}" for dimensions in (1, 2) for kind in "CSILFD")
"""Classes of histogram that are read; a profile, a sparse or a three-dimensional one is not."""


@dataclass(frozen=True, eq=False)
class BinnedAxis:
    """One axis of a histogram.

    Attributes:
        edges: increasing (n + 1,), in the unit that the title names.
        is_regular: whether the file states only the ends, and all bins are as wide.
        title: as in the file.
    """

    edges: Array
    is_regular: bool
    title: str


@dataclass(frozen=True, eq=False)
class BinnedCounts:
    """What a ROOT histogram holds.

    Attributes:
        where: file and key, for messages.
        title: as in the file.
        axes: one or two.
        values: contents, underflow first and overflow last: (n + 2,) or (n + 2, m + 2).
        variances: sums of squared weights, shaped as the values, or None if the file has none.
    """

    where: str
    title: str
    axes: tuple[BinnedAxis, ...]
    values: Array
    variances: Array | None

    @property
    def inside(self) -> Array:
        """Contents between the outer edges: (n,) or (n, m)."""
        return self.values[(slice(1, -1),) * self.values.ndim]


class RootFile:
    """An open ROOT file: names of its objects, and the objects.

    Attributes:
        path: of the file.
    """

    def __init__(self, path: Path, directory: Any) -> None:
        self.path = path
        self._directory = directory
        with decoding(f"{path}"):
            self._classes = {str(k): str(v) for k, v in directory.classnames(recursive=True, cycle=False).items()}

    def classes(self) -> dict[str, str]:
        """Class by full name (`folder/name`, without cycle), folders before what is in them."""
        return dict(self._classes)

    def read(self, key: str, allowed: Collection[str] = ()) -> Any:
        """Return an object, the highest cycle of it, as uproot makes it.

        Args:
            key: its full name.
            allowed: classes that it may be of; any if empty.

        Raises:
            InputError: if there is none of this name, it is of another class, or its bytes are damaged.
        """
        if key not in self._classes:
            known = [name for name, kind in self._classes.items() if not allowed or kind in allowed]
            have = f"; it has {', '.join(known[:8])}{', ...' if len(known) > 8 else ''}" if known else ""
            raise InputError(f"{self.path}: no '{key}' in the file{nearest(key, known)}{have}")
        kind = self._classes[key]
        if allowed and kind not in allowed:
            raise InputError(f"{self.path}: '{key}' is a {kind}; allowed: {', '.join(allowed)}")
        with decoding(f"{self.path}: '{key}'"):
            return self._directory[key]

    def binned(self, key: str, *, may_be_empty: bool = False) -> BinnedCounts:
        """Return a histogram of one or two dimensions as arrays.

        Args:
            key: its full name.
            may_be_empty: whether nothing in any bin is fine.

        Raises:
            InputError: as `read`; or if a content is not finite, edges do not increase, or all bins are empty.
        """
        found, where = self.read(key, HISTOGRAMS), f"{self.path}: '{key}'"
        with decoding(where):
            axes = tuple(_axis(axis) for axis in found.axes)
            values = np.array(found.values(flow=True), dtype=float)
            weighted = len(found.member("fSumw2")) > 0
            variances = np.array(found.variances(flow=True), dtype=float) if weighted else None
            title = str(found.member("fTitle"))
        counts = BinnedCounts(where, title, axes, values, variances)
        _refuse(counts, may_be_empty=may_be_empty)
        return counts


@contextmanager
def open_root(path: str | os.PathLike[str]) -> Iterator[RootFile]:
    """Open a ROOT file for reading; it is closed on the way out.

    Raises:
        InputError: if it does not exist, is a folder, is no ROOT file, or is cut short.
    """
    import uproot  # noqa: PLC0415  slow to load, and many analyses need no ROOT file

    file = Path(path)
    if not file.is_file():
        raise InputError(f"{file}{' is a folder: give a ROOT file in it' if file.is_dir() else ': no such file'}")
    if found := other_format(file):
        raise InputError(f"{file} {found}")
    with decoding(f"{file}"):
        directory = uproot.open(file)
    with directory:
        yield RootFile(file, directory)


def other_format(path: Path) -> str:
    """Say what tells at its first letters that a file is no ROOT file; an empty string if nothing does."""
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if start == b"root":
        return ""
    return f"{'is not a ROOT file' if start else 'is empty'}: a ROOT file begins with the letters 'root'"


def axis_unit(title: str) -> str:
    """Return the unit that ends an axis title in brackets, or an empty string.

    >>> axis_unit("Neutrino energy (GeV)"), axis_unit("T #theta^{2} [GeV rad^{2}]"), axis_unit("nuoneid")
    ('GeV', 'GeV rad^{2}', '')
    """
    found = re.search(r"[(\[]([^()\[\]]+)[)\]]\s*$", title)
    return found.group(1).strip() if found else ""


@contextmanager
def decoding(where: str) -> Iterator[None]:
    """Turn whatever uproot's decoders raise into one sentence: on damaged bytes that can be any exception."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{where} cannot be read, the file is damaged or cut short: {reason}") from None


def _axis(axis: Any) -> BinnedAxis:
    edges = np.array(axis.edges(), dtype=float)
    return BinnedAxis(edges, len(axis.member("fXbins")) == 0, str(axis.member("fTitle")))


def _refuse(counts: BinnedCounts, *, may_be_empty: bool) -> None:
    """Refuse what no histogram of events can hold."""
    for axis in counts.axes:
        if not (np.isfinite(axis.edges).all() and (np.diff(axis.edges) > 0.0).all()):
            raise InputError(f"{counts.where} has bin edges that are not finite and increasing")
    for what, values in (("content", counts.values), ("sum of squared weights", counts.variances)):
        wrong = np.empty((0, 2)) if values is None else np.argwhere(~np.isfinite(values))
        if values is not None and len(wrong):
            bin_ = ", ".join(_bin(i, n) for i, n in zip(wrong[0], values.shape, strict=True))
            found = f"{what} {values[tuple(wrong[0])]} in {bin_}"
            raise InputError(f"{counts.where} has {found}; allowed: finite numbers")
    if counts.variances is not None and (counts.variances < 0.0).any():
        raise InputError(f"{counts.where} has a sum of squared weights below zero")
    if not may_be_empty and not counts.inside.any():
        outside = "" if not counts.values.any() else ", all of it is in underflow and overflow"
        raise InputError(f"{counts.where} is empty: no bin has any content{outside}")


def _bin(index: int, size: int) -> str:
    """Name a bin counted from the underflow."""
    if index == 0:
        return "underflow"
    return "overflow" if index == size - 1 else f"bin {index}"
