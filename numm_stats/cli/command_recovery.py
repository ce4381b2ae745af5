"""`numm-stats recovery`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import measurement_options, resolve, target_options, worker_options
from numm_stats.cli.output import number, print_json, print_table
from numm_stats.cli.progress import progress

if TYPE_CHECKING:
    from numm_stats.verbs.recovering import Closure

__all__ = ["command"]


@click.command("recovery")
@target_options
@measurement_options
@click.option("--truth", type=float, required=True, metavar="MOMENT", help="True moment or coupling of the toys.")
@click.option("--toys", type=int, default=2000, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@worker_options
@json_option
def command(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    jobs: int,
    dask: str | None,
    *,
    as_json: bool,
    **choices: Any,
) -> None:
    """Whether fits give back what toys were made of: pulls of the moment and of every other parameter.

    Example: numm-stats recovery isodar-juno-0.2mev --truth 3e-11 --toys 500
    """
    from numm_stats.verbs.recovering import recovery  # noqa: PLC0415
    from numm_stats.verbs.throwing import workers  # noqa: PLC0415

    resolved = resolve(target, overrides, data, poi=choices["poi"], measurement=choices["measurement"])
    with workers(jobs, dask) as executor, progress() as bar:
        result = recovery(resolved, executor=executor, **bar, **choices)
    if as_json:
        print_json(result.to_dict())
        return
    _print(result)


def _print(result: Closure) -> None:
    study = result.parameter
    unit = f" {result.poi.unit}" if result.poi.unit != "1" else ""
    title = f"{result.analysis}: pulls in {study.toys} toys at {result.poi.quantity} = {number(result.truth)}{unit}"
    rows = [
        (
            pull.name,
            number(pull.truth),
            number(pull.mean_value),
            f"{pull.mean:+.3f}",
            f"{pull.width:.3f}",
            str(pull.at_bound),
        )
        for pull in study.pulls
    ]
    mean, width = study.toys**-0.5, (2 * study.toys) ** -0.5
    notes = [f"Error of a mean {mean:.3f}, of a width {width:.3f}; {study.failures} toys lost."]
    print_table(title, ("parameter", "truth", "mean fitted", "mean pull", "width", "at a bound"), rows, notes)
