"""`numm-stats optimise`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from numm_stats.cli.drawing import draw_optimum
from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import confidence_level, numbers, plot_file, resolve
from numm_stats.cli.output import number, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from numm_stats.verbs.optimising import Optimum

__all__ = ["command"]


@click.command("optimise")
@click.argument("target")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace a key of the analysis.")
@click.option("--key", default="binning.region.ratio", show_default=True, help="Number to vary, named as for --set.")
@click.option("--between", default="0.01,10", show_default=True, metavar="LOW,HIGH", help="Its smallest and largest.")
@click.option("--points", type=int, default=13, show_default=True, help="Of the grid that the search begins with.")
@click.option("--grid-only", is_flag=True, help="Do not search between the points.")
@confidence_level
@json_option
@plot_file
def command(
    target: str,
    overrides: tuple[str, ...],
    key: str,
    between: str,
    points: int,
    confidence_level: float,
    plot_file: Path | None,
    *,
    grid_only: bool,
    as_json: bool,
) -> None:
    """Value of a key, such as the ratio C that bounds a region, with the best expected CLs limit.

    A region holds what scatters more than C times as much by the moment binning.region.moment as weakly.

    Example: numm-stats optimise hellaz-angle --between 0.05,2 --plot optimum.png
    """
    from numm_stats.errors import InputError  # noqa: PLC0415
    from numm_stats.verbs.optimising import optimise  # noqa: PLC0415

    ends = numbers(between, "--between")
    if len(ends) != 2:
        raise InputError(f"--between {between}: must be two numbers with a comma between them")
    result = optimise(
        resolve(target, overrides, None),
        key,
        low=ends[0],
        high=ends[1],
        points=points,
        refine=not grid_only,
        confidence_level=confidence_level,
    )
    if plot_file is not None:
        draw_optimum(result, plot_file)
    if as_json:
        print_json(result.to_dict())
        return
    _print(result)


def _print(result: Optimum) -> None:
    level = f"{100 * result.confidence_level:g} % C.L."
    unit = f" {result.poi.unit}" if result.poi.unit != "1" else ""
    rows = [
        (number(tried.value), number(tried.limit), "best" if tried.value == result.best else tried.why)
        for tried in result.tried
    ]
    found = f"Best: {result.key} = {number(result.best)}, expected limit {number(result.limit)}{unit}."
    title = f"{result.analysis}: {result.poi.quantity}, expected CLs limits at {level}"
    print_table(title, (result.key, "expected", "note"), rows, (found,))
