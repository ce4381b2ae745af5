"""`numm-stats scan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from numm_stats.cli.drawing import draw_profile
from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import measurement_options, plot_file, resolve, target_options
from numm_stats.cli.output import number, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]


@click.command("scan")
@target_options
@measurement_options
@click.option("--points", type=int, default=41, show_default=True)
@json_option
@plot_file
def command(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    poi: str | None,
    measurement: str | None,
    points: int,
    plot_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """-2 ln lambda along the parameter of interest, up to four sigma.

    Example: numm-stats scan isodar-juno-0.2mev --plot scan.png
    """
    from numm_stats.verbs.pipeline import scan  # noqa: PLC0415

    resolved = resolve(target, overrides, data, poi=poi, measurement=measurement)
    result = scan(resolved, points=points, poi=poi, measurement=measurement)
    if plot_file is not None:
        draw_profile(result, plot_file)
    if as_json:
        print_json(result.to_dict())
        return
    profile = result.parameter
    rows = [
        (number(mu), number(value), number(ratio))
        for mu, value, ratio in zip(
            profile.mu.tolist(), result.physical, profile.minus_two_log_ratio.tolist(), strict=True
        )
    ]
    print_table(f"{result.analysis}, {profile.data} data", (profile.poi, result.poi.quantity, "-2 ln lambda"), rows)
