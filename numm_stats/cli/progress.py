"""A progress bar on standard error: toys done, their rate, time left."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["progress"]


@contextmanager
def progress(total: int | None = None) -> Iterator[Callable[[int], None] | None]:
    """Give a function that counts toys, drawn on a terminal; None where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    rate = TextColumn("{task.fields[rate]} toys/s")
    bar = Progress(BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn(), console=Console(stderr=True))
    with bar:
        task = bar.add_task("toys", total=total, rate="-")

        def count(toys: int) -> None:
            bar.update(task, advance=toys, rate=f"{bar.tasks[0].speed or 0.0:.0f}")

        yield count
