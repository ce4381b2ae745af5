"""`numm-stats toys`: campaigns that stop, resume, split and join."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import confidence_level, measurement_options, resolve, target_options, worker_options
from numm_stats.cli.output import print_json, print_table, say
from numm_stats.cli.progress import progress

if TYPE_CHECKING:
    from numm_stats.inference.campaign import CampaignStatus

__all__ = ["command"]

FOLDER = click.argument("folder", type=click.Path(path_type=Path))


@click.group("toys")
def command() -> None:
    """Toy campaigns on disk: they stop, resume, split and join.

    Example: numm-stats toys run campaign nova-counting --toys 100000 --jobs 2
    """


@command.command("run")
@FOLDER
@target_options
@measurement_options
@click.option("--toys", type=int, default=10000, show_default=True, help="For each hypothesis.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--for", "purpose", default="limits", show_default=True, help="limits, or feldman-cousins.")
@confidence_level
@worker_options
@click.option("--minimizer", default="auto", show_default=True, help="auto, numba, numpy or iminuit.")
@click.option("--part", default="1/1", show_default=True, help="I/N: every N-th shard, for N machines.")
@json_option
def run(
    folder: Path,
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    poi: str | None,
    measurement: str | None,
    part: str,
    *,
    as_json: bool,
    **choices: Any,
) -> None:
    """Make the toys of TARGET that are missing in FOLDER.

    Example: numm-stats toys run campaign nova-counting --toys 100000 --part 1/2
    """
    from numm_stats.verbs.throwing import run_campaign, workers  # noqa: PLC0415

    chosen, resolved = _part(part), resolve(target, overrides, data, poi=poi, measurement=measurement)
    jobs, dask, engine = (choices.pop(name) for name in ("jobs", "dask", "minimizer"))
    named = {"engine": engine, "poi": poi, "measurement": measurement, **choices}
    with workers(jobs, dask) as executor, progress() as bar:
        found = run_campaign(folder, resolved, part=chosen, executor=executor, **bar, **named)
    _print(found, as_json=as_json)


@command.command("merge")
@FOLDER
@click.argument("others", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def merge(folder: Path, others: tuple[Path, ...], *, as_json: bool) -> None:
    """Copy the shards of OTHERS into FOLDER; what does not belong together is refused by name.

    Example: numm-stats toys merge campaign campaign-of-the-other-machine
    """
    from numm_stats.verbs.throwing import merge_campaigns  # noqa: PLC0415

    found, warnings = merge_campaigns(folder, list(others))
    for warning in warnings:
        say(f"warning: {warning}")
    _print(found, as_json=as_json)


@command.command("status")
@FOLDER
@json_option
def status(folder: Path, *, as_json: bool) -> None:
    """How far a campaign is.

    Example: numm-stats toys status campaign
    """
    from numm_stats.verbs.throwing import campaign_status  # noqa: PLC0415

    _print(campaign_status(folder), as_json=as_json)


def _print(found: CampaignStatus, *, as_json: bool) -> None:
    if as_json:
        print_json(found.to_dict())
        return
    rows = [(name, str(value)) for name, value in found.to_dict().items() if name != "warnings"]
    print_table(f"Campaign {found.folder}", ("what", "value"), rows)
    for warning in found.warnings:
        say(f"warning: {warning}")


def _part(text: str) -> tuple[int, int]:
    from numm_stats.errors import InputError  # noqa: PLC0415

    first, slash, second = text.partition("/")
    if not (slash and first.isdigit() and second.isdigit()):
        raise InputError(f"--part {text}: must be I/N, for example 1/2")
    return int(first), int(second)
