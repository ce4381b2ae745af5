"""Which documents there are, and their rows."""

from __future__ import annotations

import os
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING, Final

from numm_stats.errors import InputError, NummStatsError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from numm_stats.reproduction.rows import Row

__all__ = ["DOCUMENTS", "Reproduced", "check_name", "reproduce", "reproduce_each"]

# Name: module and function that gives the rows. They are imported when they are asked for, so that one need not wait
# for the others.
DOCUMENTS: Final[dict[str, tuple[str, str]]] = {
    "isodar": ("isodar", "isodar_rows"),
    "argon": ("argon", "argon_rows"),
    "borexino": ("borexino", "borexino_rows"),
    "nova": ("nova", "nova_rows"),
    "xenonnt": ("xenonnt", "xenonnt_rows"),
    "sources": ("sources", "sources_rows"),
    "binding": ("binding", "binding_rows"),
    "accelerators": ("accelerators", "accelerator_rows"),
    "world": ("world", "world_rows"),
    "statements": ("statements", "statement_rows"),
}


@dataclass(frozen=True)
class Reproduced:
    """The rows of one document, or what went wrong.

    Attributes:
        name: of the document.
        rows: none where it failed.
        seconds: that it took.
        error: what went wrong; empty if nothing did.
    """

    name: str
    rows: tuple[Row, ...]
    seconds: float
    error: str = ""


def check_name(name: str, names: Sequence[str]) -> None:
    """Refuse a name that is not among the names.

    Raises:
        InputError: with the nearest name and all names.
    """
    if name not in names:
        raise InputError(
            f"nothing to reproduce by the name '{name}'{nearest(name, names)}; there is {', '.join(names)}"
        )


def reproduce(name: str | None = None) -> list[Row]:
    """Return the rows of one document, or of all.

    Raises:
        InputError: if there is no such document.
    """
    if name is not None:
        check_name(name, tuple(DOCUMENTS))
    return [row for each in (DOCUMENTS if name is None else [name]) for row in _rows_of(each)()]


def reproduce_each(names: Sequence[str], executor: Executor | None = None) -> Iterator[Reproduced]:
    """Yield documents in the order of the names; one that fails says so and leaves the others alone.

    Args:
        names: of documents.
        executor: computes them at once; this process, one after the other, without one.
    """
    if executor is None:
        yield from map(_attempt, names)
        return
    for name, future in [(name, executor.submit(_attempt, name)) for name in names]:
        try:
            yield future.result()
        except BrokenExecutor:
            yield Reproduced(name, (), 0.0, "a process died, for want of memory as a rule; try --jobs 1")


def _attempt(name: str) -> Reproduced:
    begin = perf_counter()
    rows: tuple[Row, ...] = ()
    error = ""
    try:
        rows = tuple(_rows_of(name)())
    except NummStatsError as failure:
        error = str(failure)
    except Exception as failure:  # the other documents are worth having all the same
        if os.environ.get("NUMM_STATS_DEBUG"):
            raise
        error = f"internal error, a bug of ours: {type(failure).__name__}: {failure}"
    return Reproduced(name, rows, perf_counter() - begin, error)


def _rows_of(name: str) -> Callable[[], list[Row]]:
    module, function = DOCUMENTS[name]
    found: Callable[[], list[Row]] = getattr(import_module(f"numm_stats.reproduction.{module}"), function)
    return found
