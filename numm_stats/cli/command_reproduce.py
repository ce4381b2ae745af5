"""`numm-stats reproduce`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import plot_file
from numm_stats.cli.output import number, print_json, print_table
from numm_stats.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]


@click.command("reproduce")
@click.argument("name", required=False)
@json_option
@plot_file
def command(name: str | None, *, as_json: bool, plot_file: Path | None) -> None:
    """Published numbers beside ours, with the ratio and the reason for each difference.

    Example: numm-stats reproduce isodar
    """
    if plot_file is not None and name != "argon":
        raise InputError("--plot: only argon has a figure; give numm-stats reproduce argon --plot FILE")
    from numm_stats.reproduction import reproduce  # noqa: PLC0415

    rows = reproduce(name)
    if plot_file is not None:
        _draw_argon(plot_file)
    if as_json:
        print_json([row.to_dict() for row in rows])
        return
    cells = [(r.row, r.quantity, number(r.published, 3), number(r.ours, 3), f"{r.ratio:.3f}") for r in rows]
    notes = [f"{row.row}: {row.note}." for row in rows]
    print_table(rows[0].document, ("row", "quantity", "published", "ours", "ratio"), cells, notes)


def _draw_argon(path: Path) -> None:
    from numm_stats.argon_module import THRESHOLDS_MEV, argon_curves  # noqa: PLC0415
    from numm_stats.plots import save_figure  # noqa: PLC0415
    from numm_stats.plots.argon import plot_argon  # noqa: PLC0415
    from numm_stats.reproduction import BOREXINO_LIMIT  # noqa: PLC0415

    beat = {"Borexino, arXiv:1707.09355": BOREXINO_LIMIT}
    save_figure(plot_argon(THRESHOLDS_MEV, argon_curves(), title="IsoDAR at 10 kt of argon, 5 years", beat=beat), path)
