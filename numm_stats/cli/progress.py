"""A progress bar on standard error: toys or events done, their rate, time left."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["progress"]


@contextmanager
def progress(what: str = "toys") -> Iterator[dict[str, Any]]:
    """Give `report`, which counts what is done, toys or something else, and `announce`, which adds to what is to come.

    Both as keyword arguments for a verb; none where standard error is no terminal.
    """
    if not sys.stderr.isatty():
        yield {}
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    rate = TextColumn(f"{{task.fields[rate]}} {what}/s")
    bar = Progress(BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn(), console=Console(stderr=True))
    with bar:
        task = bar.add_task(what, total=None, rate="-")

        def report(toys: int) -> None:
            bar.update(task, advance=toys, rate=f"{bar.tasks[0].speed or 0.0:.0f}")

        def announce(toys: int) -> None:
            bar.update(task, total=(bar.tasks[0].total or 0) + toys)

        yield {"report": report, "announce": announce}
