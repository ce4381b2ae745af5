"""`numm-stats show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from numm_stats.cli.drawing import draw_spectrum
from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import plot_file, resolve, target_options
from numm_stats.cli.output import number, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from numm_stats.verbs.description import Description

__all__ = ["command"]


@click.command("show")
@target_options
@click.option("--toml", "as_toml", is_flag=True, help="Print the analysis as a file to start one's own from.")
@json_option
@plot_file
def command(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    plot_file: Path | None,
    *,
    as_toml: bool,
    as_json: bool,
) -> None:
    """What TARGET is made of: source, detector, bins, samples, systematics, expected counts.

    Example: numm-stats show isodar-juno-0.2mev --plot spectrum.png
    """
    from numm_stats.verbs.description import analysis_toml, describe  # noqa: PLC0415

    resolved = resolve(target, overrides, data)
    if as_toml:
        click.echo(analysis_toml(resolved, target, changed=bool(overrides or data)), nl=False)
        return
    description = describe(resolved, target)
    if plot_file is not None:
        draw_spectrum(resolved, plot_file)
    if as_json:
        print_json(description.to_dict())
    else:
        _print(description)


def _print(description: Description) -> None:
    print_table(description.name, ("what", "value"), [(key, _text(value)) for key, value in description.facts.items()])
    rows = [
        (
            sample.name,
            number(sample.events, 6),
            number(sample.first_bin),
            number(sample.last_bin),
            sample.systematics,
        )
        for sample in description.samples
    ]
    print_table("Samples", ("sample", "events", "first bin", "last bin", "systematics"), rows, description.notes)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_text(entry)}" for key, entry in value.items())
    return number(value, 6) if isinstance(value, float) else str(value)
