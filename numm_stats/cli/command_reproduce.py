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

__all__ = ["FIGURES", "command"]


@click.command("reproduce")
@click.argument("name", required=False)
@json_option
@plot_file
def command(name: str | None, *, as_json: bool, plot_file: Path | None) -> None:
    """Published numbers beside ours, with the ratio and the reason for each difference.

    Example: numm-stats reproduce isodar
    """
    if plot_file is not None and name not in FIGURES:
        raise InputError("--plot: argon and borexino have figures; give numm-stats reproduce argon --plot FILE")
    from numm_stats.reproduction import reproduce  # noqa: PLC0415

    rows = reproduce(name)
    if plot_file is not None:
        FIGURES[str(name)](plot_file)
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
    from numm_stats.reproduction.argon import BOREXINO_LIMIT  # noqa: PLC0415

    beat = {"Borexino, arXiv:1707.09355": BOREXINO_LIMIT}
    save_figure(plot_argon(THRESHOLDS_MEV, argon_curves(), title="IsoDAR at 10 kt of argon, 5 years", beat=beat), path)


def _draw_borexino(path: Path) -> None:
    """Recoils of pp and 7Be at no moment and at 5e-11, without gallium: the rate of pp makes up for the moment."""
    from numm_stats.loading import load  # noqa: PLC0415
    from numm_stats.plots import save_figure  # noqa: PLC0415
    from numm_stats.plots.compensation import plot_compensation  # noqa: PLC0415
    from numm_stats.reproduction.borexino import REFERENCE, TRUE, WITHOUT  # noqa: PLC0415
    from numm_stats.reproduction.compensation import compensation  # noqa: PLC0415

    edges, fits = compensation(load("borexino-phase2", (*TRUE, WITHOUT, REFERENCE)))
    drawn = [(found.moment, found.rates, found.counts) for found in fits]
    save_figure(plot_compensation(edges, drawn, title="Borexino, fits without gallium"), path)


FIGURES = {"argon": _draw_argon, "borexino": _draw_borexino}
