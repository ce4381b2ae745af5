"""`numm-stats list`."""

from __future__ import annotations

import click

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.output import print_json

__all__ = ["command"]


@click.command("list")
@json_option
def command(*, as_json: bool) -> None:
    """Names of the catalogue, one line each.

    Example: numm-stats list
    """
    from numm_stats.verbs.loading import catalogue, selections  # noqa: PLC0415

    entries = {**catalogue(), **{name: f"ROOT events: {note}" for name, note in selections().items()}}
    if as_json:
        print_json([{"name": name, "note": note} for name, note in entries.items()])
        return
    width = max(len(name) for name in entries)
    for name, note in entries.items():
        click.echo(f"{name:<{width}}  {note.partition('.  ')[0].split('. ')[0]}")
