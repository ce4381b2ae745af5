"""What a ROOT file holds, and its histograms as boost-histograms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boost_histogram as bh

from numm_stats.root_files import HISTOGRAMS, axis_unit, decoding, open_root

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from numm_stats.root_files import BinnedAxis, BinnedCounts, RootFile
    from numm_stats.templates.templates import Histogram

__all__ = ["BranchEntry", "Entry", "boost", "contents", "read_histogram", "read_histograms"]

TREES = ("TTree", "TNtuple", "TNtupleD", "ROOT::RNTuple")
AXIS_NAMES = ("xaxis", "yaxis")  # ROOT's own names


@dataclass(frozen=True)
class BranchEntry:
    """A branch of a tree.

    Attributes:
        name: full name, dots included.
        type: C++ type as uproot sees it; one that ends in `[]` or is a `std::vector` is jagged.
    """

    name: str
    type: str


@dataclass(frozen=True)
class Entry:
    """An object in a ROOT file.

    Attributes:
        name: full name, `folder/name`.
        class_name: of the object.
        entries: of a tree or histogram, otherwise None.
        bins: of a histogram, along each axis.
        branches: of a tree.
    """

    name: str
    class_name: str
    entries: float | None = None
    bins: tuple[int, ...] = ()
    branches: tuple[BranchEntry, ...] = ()

    @property
    def line(self) -> str:
        """The entry in one line."""
        parts = [self.class_name]
        if self.entries is not None:
            parts.append(f"{self.entries:g} entries")
        if self.bins:
            parts.append(f"{' x '.join(map(str, self.bins))} bins")
        if self.branches:
            parts.append(f"{len(self.branches)} branches")
        return f"{self.name}: {', '.join(parts)}"


def contents(path: str | os.PathLike[str]) -> tuple[Entry, ...]:
    """List what a ROOT file holds, in the order of the file, folders before what is in them.

    Args:
        path: of the file.

    Returns:
        One entry for each name; of several cycles the highest.

    Raises:
        InputError: if the file, or an object in it that is looked into, cannot be read.
    """
    with open_root(path) as file:
        return tuple(_entry(file, name, kind) for name, kind in file.classes().items())


def read_histogram(path: str | os.PathLike[str], key: str, *, may_be_empty: bool = False) -> Histogram:
    """Read a TH1 or TH2 of any number type.

    Args:
        path: of the file.
        key: full name in it.
        may_be_empty: whether nothing in any bin is fine.

    Returns:
        A boost-histogram with underflow and overflow, `Weight` storage if the file has sums of squared weights and
        `Double` if not; axes carry name, label (the title) and unit where `hist` and `templates.histogram` have them,
        the histogram its name and label.

    Raises:
        InputError: naming file and key: no such file or key, not a ROOT file, damaged, not finite, or empty.
    """
    return read_histograms(path, [key], may_be_empty=may_be_empty)[key]


def read_histograms(
    path: str | os.PathLike[str], keys: Iterable[str], *, may_be_empty: bool = False
) -> dict[str, Histogram]:
    """Read several histograms of one file, by key, see `read_histogram`."""
    with open_root(path) as file:
        return {key: boost(file.binned(key, may_be_empty=may_be_empty), key) for key in keys}


def boost(counts: BinnedCounts, name: str) -> Histogram:
    """Return the arrays of a ROOT histogram as a boost-histogram, see `read_histogram`."""
    axes = [_axis(axis, label) for axis, label in zip(counts.axes, AXIS_NAMES, strict=False)]
    storage = bh.storage.Double() if counts.variances is None else bh.storage.Weight()
    filled: Histogram = bh.Histogram(*axes, storage=storage)
    if counts.variances is None:
        filled.view(flow=True)[...] = counts.values
    else:
        view: Any = filled.view(flow=True)
        view["value"], view["variance"] = counts.values, counts.variances
    filled.__dict__.update(name=name.rsplit("/", 1)[-1], label=counts.title)
    return filled


def _axis(axis: BinnedAxis, name: str) -> bh.axis.Axis:
    unit = axis_unit(axis.title)
    details = {"name": name, "label": axis.title} | ({"unit": unit} if unit else {})
    if axis.is_regular:
        bins = len(axis.edges) - 1
        return bh.axis.Regular(bins, float(axis.edges[0]), float(axis.edges[-1]), __dict__=details)
    return bh.axis.Variable(axis.edges.tolist(), __dict__=details)


def _entry(file: RootFile, name: str, kind: str) -> Entry:
    if kind not in (*HISTOGRAMS, *TREES):
        return Entry(name, kind)
    found = file.read(name)
    with decoding(f"{file.path}: '{name}'"):
        if kind in TREES:
            branches = tuple(BranchEntry(str(branch), str(type_)) for branch, type_ in found.typenames().items())
            return Entry(name, kind, float(found.num_entries), branches=branches)
        bins = tuple(int(axis.member("fNbins")) for axis in found.axes)
        return Entry(name, kind, float(found.member("fEntries")), bins)
