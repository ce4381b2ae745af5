"""What is printed: tables for people, one JSON object for programs."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXT_COLUMNS = ("note", "quantity", "systematics", "value", "what")
WIDE = 10000

__all__ = ["number", "print_json", "print_table", "say"]


def print_json(result: Any) -> None:
    """Print one JSON value on standard output; NaN and infinity, which JSON does not have, become null."""
    click.echo(json.dumps(_plain(result), indent=2))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()) -> None:
    """Print a table with its title: text to the left, numbers to the right, no number broken over two lines."""
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for position, column in enumerate(columns):
        text = column in TEXT_COLUMNS
        longest = None if text else max(len(cell) for cell in (column, *(row[position] for row in rows)))
        side: Any = "left" if text or position == 0 else "right"
        table.add_column(Text(column), justify=side, no_wrap=not text, min_width=longest)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    needed = Console(width=WIDE).measure(table).minimum  # a narrow terminal wraps lines; it does not cut numbers
    console = Console(width=max(Console().width, needed), highlight=False)
    console.print(Text(title))
    console.print(table)
    for note in notes:
        console.print(Text(note))


def say(message: str) -> None:
    """Say something to the person, on standard error: standard output is for results."""
    click.echo(message, err=True)


def number(value: float | None, digits: int = 4) -> str:
    """Return a number as a table shows it, a dash where there is none.

    >>> number(1.13412e-11), number(None)
    ('1.134e-11', '-')
    """
    return "-" if value is None or math.isnan(value) else f"{value:.{digits}g}"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
