"""`numm-stats reproduce`."""

from __future__ import annotations

import click

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.output import number, print_json, print_table

__all__ = ["command"]


@click.command("reproduce")
@click.argument("name", required=False)
@json_option
def command(name: str | None, *, as_json: bool) -> None:
    """Published numbers beside ours, with the ratio and the reason for each difference.

    Example: numm-stats reproduce isodar
    """
    from numm_stats.reproduction import reproduce  # noqa: PLC0415

    rows = reproduce(name)
    if as_json:
        print_json([row.to_dict() for row in rows])
        return
    cells = [(r.row, r.quantity, number(r.published, 3), number(r.ours, 3), f"{r.ratio:.3f}") for r in rows]
    notes = [f"{row.row}: {row.note}." for row in rows]
    print_table(rows[0].document, ("row", "quantity", "published", "ours", "ratio"), cells, notes)
