"""Published numbers beside ours as tables, with footnotes for the reasons."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from numm_stats.cli.output import number, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numm_stats.reproduction import Row
    from numm_stats.reproduction.couplings import Curve

__all__ = ["print_curves", "print_document"]

COLUMNS: Final = ("", "published", "ours", "ratio", "note")
SHOWN_MEV: Final = (1e-6, 0.01, 0.1, 1.0, 10.0, 100.0, 1e3)
SMALLEST_RATIO: Final = 1e-3  # below it a ratio has an exponent
LARGEST_COUNT: Final = 1e7
BEGINNING: Final = re.compile(r"; |\. (?=[A-Z])")


def print_document(name: str, rows: Sequence[Row], *, whole_notes: bool = True) -> None:
    """Print the rows of one document below what they are of, and under the table each note once.

    Args:
        name: of the document.
        rows: of it.
        whole_notes: or only what they begin with.
    """
    titles = dict.fromkeys(row.document for row in rows)
    notes = dict.fromkeys(_note(row.note, whole=whole_notes) for row in rows)
    numbered = {note: place for place, note in enumerate(notes, start=1)}
    cells = []
    for quantity, together in groupby(rows, key=lambda row: row.quantity):
        cells.append((quantity, *[""] * len(COLUMNS[1:])))
        for row in together:
            reason = f"[{numbered[_note(row.note, whole=whole_notes)]}]"
            values = (_value(row.published), _value(row.ours), _ratio(row.ratio))
            cells.append((f"  {row.row}", *values, reason))
    print_table(", ".join(dict.fromkeys((name, *titles))), COLUMNS, cells)
    _print_notes(numbered)


def print_curves(curves: Sequence[Curve]) -> None:
    """Print limits on a coupling, experiments by masses of the mediator."""
    masses = [mass for mass in SHOWN_MEV if all(mass in curve.masses_mev for curve in curves)]
    cells = [
        (curve.of.label, "observed" if curve.observed else "expected",
         *(f"{curve.limits[curve.masses_mev.index(mass)]:.2e}" for mass in masses))
        for curve in curves
    ]  # fmt: skip
    columns = ("experiment", "kind", *(f"{mass:g} MeV" for mass in masses))
    alone = ", ".join(curve.of.label for curve in curves if not curve.of.interferes)
    notes = [f"Exact kinematics, all charges one, with interference; {alone}: the g^4 term alone."]
    print_table("coupling of a light vector, upper limits at 90 % by CLs", columns, cells, notes)


def _note(text: str, *, whole: bool) -> str:
    """The note, or what it begins with."""
    first = BEGINNING.split(text, maxsplit=1)[0]
    return text if whole or first == text else f"{first} ..."


def _value(value: float | None) -> str:
    """A number; a count with all its digits."""
    if value is not None and 1.0 <= value < LARGEST_COUNT and round(float(value), 6).is_integer():
        return f"{value:.0f}"
    return number(value)


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}" if SMALLEST_RATIO <= value < 1e4 else f"{value:.2g}"


def _print_notes(numbered: dict[str, int]) -> None:
    """Print footnotes, the lines after the first of each below its words."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column()
    for note, place in numbered.items():
        grid.add_row(Text(f"[{place}]"), Text(note))
    console = Console(highlight=False)
    console.print(grid)
    console.print()
