"""Which files are read: globs, trees, branches and exposures, all looked at before the first event is."""

from __future__ import annotations

import glob
import math
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numm_stats.errors import InputError, nearest
from numm_stats.root_files import other_format

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numm_stats.selections.expressions import Column
    from numm_stats.selections.table import PotTable, Selection

__all__ = ["BadFileError", "Fault", "FileSummary", "find_files", "inspect_file", "opened"]


class BadFileError(InputError):
    """A file is not like the others, whatever is wanted of it: it may be skipped."""


@dataclass(frozen=True)
class FileSummary:
    """A file that can be selected from.

    Attributes:
        path: of the file.
        entries: in the tree.
        entry_bytes: of the branches that are read, uncompressed, for each entry.
        branches: full names in the file by the names that the selection uses.
        pot: exposure in protons on target, None if the file does not say.
        open_tree: the tree itself, if the file was kept open.
    """

    path: str
    entries: int
    entry_bytes: float
    branches: Mapping[str, str]
    pot: float | None
    open_tree: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Fault:
    """A file that cannot be selected from, and why; its exposure as far as it is known."""

    path: str
    message: str
    pot: float | None = None


def find_files(patterns: Iterable[str]) -> list[str]:
    """Return the files that globs match, each once however it is spelled; addresses of servers as they are.

    Sorted within a glob. A name that is a file's is that file, whatever letters of a glob are in it.

    Raises:
        InputError: if a glob matches nothing.
    """
    found: dict[str, str] = {}
    for pattern in patterns:
        if "://" in pattern or Path(pattern).is_file():
            matches = [pattern]
        else:
            names = glob.glob(pattern, recursive=True)  # noqa: PTH207  Path's takes no absolute patterns
            matches = sorted(name for name in names if Path(name).is_file())
        if not matches:
            raise InputError(f"files: {_nothing(pattern)}")
        for match in matches:
            found.setdefault(match if "://" in match else str(Path(match).resolve()), match)
    return list(found.values())


def _nothing(pattern: str) -> str:
    """Say why a glob matches nothing, and what is there instead."""
    if Path(pattern).is_dir():
        inside = len(_root_files(Path(pattern)))
        return f"'{pattern}' is a folder, with {inside} files with the ending .root: give '{Path(pattern) / '*.root'}'"
    missing, folder = f"'{pattern}' matches no file", Path(pattern).parent
    if any(letter in str(folder) for letter in "*?["):
        return missing
    if not folder.is_dir():
        return f"{missing}: there is no folder {folder}"
    names = _root_files(folder)
    return missing + (nearest(Path(pattern).name, names) or f"; the folder has {len(names)} with the ending .root")


def _root_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix == ".root" and path.is_file())


def opened(path: str) -> Any:
    """Open a ROOT file; a colon in its name is part of the name."""
    import uproot  # noqa: PLC0415

    return uproot.open({path: None})


def inspect_file(path: str, selection: Selection, kept_open: ExitStack | None = None) -> FileSummary | Fault:
    """Return what a file has for a selection, or what it lacks: tree, branches, exposure.

    Args:
        path: of the file.
        selection: what is wanted of it.
        kept_open: closes the file later, if it is to be read by this process: to open it again would take as long.
    """
    pot, wrong = None, "" if "://" in path else other_format(Path(path))
    if wrong:
        return Fault(path, wrong)
    try:
        with ExitStack() as closing:
            file = (kept_open or closing).enter_context(opened(path))
            _refuse_cut_off(path, file)
            pot = None if selection.exposure is None else _exposure(file, selection.exposure)
            tree = _tree(file, selection.tree)
            found = _summary(path, tree, selection, pot)
            return found if kept_open is None else replace(found, open_tree=tree)
    except InputError as error:
        return Fault(path, str(error), pot)
    except Exception as error:
        return Fault(path, f"cannot be read as a ROOT file, it may be cut off ({first_line(error)})", pot)


def _refuse_cut_off(path: str, file: Any) -> None:
    """Refuse a file that is shorter than its header says, whatever can still be read of it."""
    whole = int(file.file.fEND)
    size = whole if "://" in path else Path(path).stat().st_size
    if size < whole:
        raise InputError(f"cannot be read as a ROOT file, it may be cut off ({size} of {whole} bytes are there)")


def first_line(error: BaseException) -> str:
    """What an exception of another library says, shortened to its first line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _summary(path: str, tree: Any, selection: Selection, pot: float | None) -> FileSummary:
    available = _available(tree)
    used: dict[str, tuple[str, Any]] = {}
    for key, expression in selection.expressions.items():
        for column in sorted(expression.columns, key=lambda one: one.key):
            used[column.branch] = _branch(available, column.branch, key)
            _check_shape(used[column.branch][1], column, key)
    for name, wanted in selection.universe_branches.items():
        used[wanted] = _branch(available, wanted, f"systematic '{name}' branch")
        if _dimensions(used[wanted][1]) != 1:
            what = _words(used[wanted][1])
            raise InputError(f"systematic '{name}': branch '{wanted}' is {what}, not an array of weights")
    entries = int(tree.num_entries)
    size = sum(float(branch.uncompressed_bytes) for _, branch in used.values())
    full = {name: key for name, (key, _) in used.items()}
    return FileSummary(path, entries, size / max(entries, 1), full, pot)


def _tree(file: Any, name: str) -> Any:
    """Return a tree, or say which trees there are."""
    trees = file.keys(cycle=False, filter_classname=["TTree", "TNtuple*"])
    if name in trees:
        return file[name]
    if name in file.keys(cycle=False):
        raise InputError(f"'{name}' is a {file.classname_of(name)}, not a tree; trees are {_listed(trees)}")
    raise InputError(f"there is no tree '{name}'{nearest(name, trees)}; trees are {_listed(trees)}")


def _available(tree: Any) -> dict[str, tuple[str, Any]]:
    """Return full names and branches by their names, which may be said with the parents' (and dots), or without."""
    found: dict[str, tuple[str, Any]] = {}
    for key, branch in tree.iteritems(recursive=True, full_paths=True):
        for name in (key.rpartition("/")[2], key.replace("/", "."), key):
            found.setdefault(name, (key, branch))
    return found


def _branch(available: Mapping[str, tuple[str, Any]], name: str, key: str) -> tuple[str, Any]:
    if name not in available:
        raise InputError(f"{key} names branch '{name}', which the tree does not have{nearest(name, available)}")
    return available[name]


def _dimensions(branch: Any) -> int:
    """Return 0 for one number an event, 1 for an array of numbers, 2 for what cannot be used."""
    interpretation = branch.interpretation
    content = getattr(interpretation, "content", interpretation)
    dtype, jagged = getattr(content, "to_dtype", None), content is not interpretation
    if dtype is None or (dtype.subdtype[0] if dtype.subdtype else dtype).kind not in "biuf":
        return 2
    return len(getattr(content, "inner_shape", ())) + jagged


def _words(branch: Any) -> str:
    return ("one number an event", "an array", f"of type {branch.typename}")[min(_dimensions(branch), 2)]


def _check_shape(branch: Any, column: Column, key: str) -> None:
    """Refuse an array used as a number, a number used as an array, and what is neither."""
    dimensions, name = _dimensions(branch), column.branch
    if dimensions > 1:
        raise InputError(f"{key}: branch '{name}' is {_words(branch)}: numbers and lists of numbers can be used")
    if dimensions == 1 and column.pick is None:
        choices = f"{name}[0], first({name}), max({name}), min({name}), sum({name}) or count({name})"
        raise InputError(f"{key}: branch '{name}' has many values an event: choose, for example {choices}")
    if dimensions == 0 and column.pick is not None:
        raise InputError(f"{key}: branch '{name}' has one value an event: '{column.key}' has nothing to choose from")


def _exposure(file: Any, table: PotTable) -> float | None:
    """Return the protons on target that a file says it has."""
    if table.simulated_pot is not None:
        return None
    written, where = _written(file, table)
    pot = written * table.unit_pot
    if not math.isfinite(pot) or pot <= 0.0:
        raise InputError(f"{where} says an exposure of {pot:g} protons on target; it must be finite and above zero")
    return pot


def _written(file: Any, table: PotTable) -> tuple[float, str]:
    if table.histogram is not None:
        name = table.histogram
        if name not in file.keys(cycle=False):
            histograms = file.keys(cycle=False, filter_classname="TH*")
            found = f"{nearest(name, histograms)}; histograms are {_listed(histograms)}"
            raise InputError(f"exposure.histogram '{name}' is not in the file{found}")
        if not file.classname_of(name).startswith(("TH1", "TH2", "TH3")):
            raise InputError(f"exposure.histogram '{name}' is a {file.classname_of(name)}, not a histogram")
        return float(file[name].values(flow=True).sum()), f"histogram '{name}'"
    tree = _tree(file, str(table.tree))
    _, branch = _branch(_available(tree), str(table.branch), f"exposure.branch in tree '{table.tree}'")
    if _dimensions(branch) != 0:
        raise InputError(f"exposure.branch '{table.branch}' is {_words(branch)}; one number for each entry is needed")
    return float(branch.array(library="np").sum(dtype=float)), f"branch '{table.branch}' of tree '{table.tree}'"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names))) or "none"
