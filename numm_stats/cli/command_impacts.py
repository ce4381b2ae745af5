"""`numm-stats impacts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from numm_stats.cli.drawing import draw_impacts
from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import measurement_options, plot_file, resolve, target_options
from numm_stats.cli.output import number, print_json, print_table, say

if TYPE_CHECKING:
    from pathlib import Path

    from numm_stats.inference.impacts import Impact

__all__ = ["command"]

NOTHING = 1e-5  # of its error: what a best fit's rounding leaves, shown as zero


@click.command("impacts")
@target_options
@measurement_options
@click.option("--top", type=int, help="Only the parameters of the largest impact; by default all.")
@json_option
@plot_file
def command(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    poi: str | None,
    measurement: str | None,
    top: int | None,
    plot_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Ranking of the systematics: how far each moves the best fit of the parameter of interest.

    Example: numm-stats impacts isodar-juno-0.2mev --plot impacts.png
    """
    from numm_stats.verbs.questions import impacts  # noqa: PLC0415

    resolved = resolve(target, overrides, data, poi=poi, measurement=measurement)
    result = impacts(resolved, top=top, poi=poi, measurement=measurement)
    if plot_file is not None:
        draw_impacts(result, target, plot_file)
    if as_json:
        print_json(result.to_dict())
        return
    value = 0.0 if abs(result.mu_hat) < NOTHING * result.mu_error else result.mu_hat
    title = f"{target}, {result.data} data: {result.poi} = {number(value)} +- {number(result.mu_error)}"
    if not result.ranking:
        click.echo(f"{title}\nno constrained parameters: there is nothing to rank")
        return
    columns = ("parameter", "pull", "+-", "post-fit -", "post-fit +", "pre-fit -", "pre-fit +")
    print_table(
        title,
        columns,
        [_row(impact) for impact in result.ranking],
        ["Shifts of the best fit; pull +- error in widths of the constraint."],
    )
    for warning in result.warnings:
        say(f"warning: {warning}")


def _row(impact: Impact) -> tuple[str, ...]:
    shifts = (f"{shift:+.3g}" for shift in (*impact.postfit, *impact.prefit))
    return impact.name, f"{impact.pull + 0.0:+.2f}", f"{impact.error / impact.width:.2f}", *shifts
