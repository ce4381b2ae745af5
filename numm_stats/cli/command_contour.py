"""`numm-stats contour`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from numm_stats.cli.drawing import draw_contours
from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import measurement_options, numbers, plot_file, resolve, target_options
from numm_stats.cli.output import number, print_json, print_table, say

if TYPE_CHECKING:
    from pathlib import Path

    from numm_stats.verbs.results import Region

__all__ = ["command"]


@click.command("contour")
@target_options
@measurement_options
@click.option("--with", "parameter", required=True, metavar="PARAMETER", help="The other parameter.")
@click.option("--levels", default="0.68,0.9", show_default=True, help="Confidence levels, commas between them.")
@click.option("--points", type=int, default=80, show_default=True, help="Rays on each contour.")
@json_option
@plot_file
def command(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    poi: str | None,
    measurement: str | None,
    parameter: str,
    levels: str,
    points: int,
    plot_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Contours of -2 ln lambda of the parameter of interest with another parameter.

    Example: numm-stats contour nova-counting --with background --plot contour.png
    """
    from numm_stats.verbs.questions import contour  # noqa: PLC0415

    result = contour(
        resolve(target, overrides, data, poi=poi, measurement=measurement),
        parameter,
        confidence_levels=numbers(levels, "--levels"),
        points=points,
        poi=poi,
        measurement=measurement,
    )
    if plot_file is not None:
        draw_contours(result, plot_file)
    if as_json:
        print_json(result.to_dict())
        return
    _print(result)


def _print(result: Region) -> None:
    found = result.parameter
    title = f"{result.analysis}, {found.data} data: best fit {number(found.best[0])}, {number(found.best[1])}"
    rows = []
    for each in found.contours:
        level = f"{100 * each.confidence_level:g} %, -2 ln lambda = {each.rise:.4g}"
        rows.append((level, found.poi, number(each.x.min()), number(each.x.max())))
        rows.append(("", found.parameter, number(each.y.min()), number(each.y.max())))
    print_table(title, ("region", "parameter", "from", "to"), rows)
    for warning in found.warnings:
        say(f"warning: {warning}")
