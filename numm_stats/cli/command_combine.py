"""`numm-stats combine`."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.output import number, print_json, print_table, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numm_stats.workspace.combining import Combination

__all__ = ["command"]


@click.command("combine")
@click.argument("targets", nargs=-1, metavar="TARGET...", required=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File to write; else the workspace on standard output."
)
@click.option(
    "--share", multiple=True, metavar="NAME", help="Parameter or channel that is one in all; *_flux for many."
)
@click.option("--reference", type=float, help="Moment or coupling of POI = 1; default the smallest of the files'.")
@click.option("--data", help="observed, asimov (keeps real data blind), or asimov:MOMENT, of every file.")
@click.option("--name", help="Of the combination; default the files' measurements with + between them.")
@click.option("--poi", metavar="NAME[=OTHER,...]", help="Parameter of interest, and what files call it else.")
@click.option("--measurement", multiple=True, metavar="NAME", help="Measurement of a file that has several.")
@json_option
def command(
    targets: tuple[str, ...],
    output: Path | None,
    share: tuple[str, ...],
    reference: float | None,
    data: str | None,
    name: str | None,
    poi: str | None,
    measurement: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Several analyses or workspaces about one quantity as one workspace, which pyhf runs.

    Signals are brought to one reference. A name that stands in several files is one parameter where --share says so;
    elsewhere each file keeps its own. The JSON object has the file's name under "workspace"; without -o, the workspace
    itself. An analysis with other keys, such as signal.flavours: numm-stats workspace NAME --set KEY=VALUE -o FILE.

    Example: numm-stats combine first.json second.json --share solar_flux -o both.json

    Or: numm-stats combine isodar-juno-0.2mev isodar-kamland-1mev -o isodar.json

    A file whose parameter is called otherwise: --poi mu_nu2_over_3e-11_squared=mu
    """
    from numm_stats.errors import InputError  # noqa: PLC0415
    from numm_stats.verbs.combining import combination  # noqa: PLC0415
    from numm_stats.workspace.files import check_writable  # noqa: PLC0415

    if output is not None:
        check_writable(output)
        if output.resolve() in [Path(target).resolve() for target in targets]:
            raise InputError(f"-o {output}: is one of the files to combine; give another name")
    interest, _, others = (poi or "").partition("=")
    made = combination(
        targets,
        share=share,
        reference=reference,
        data=data,
        name=name,
        poi=interest or None,
        called=tuple(filter(None, others.split(","))),
        measurement=measurement,
    )
    for warning in made.warnings:
        say(f"warning: {warning}")
    _write(made, output, as_json=as_json)


def _write(made: Combination, output: Path | None, *, as_json: bool) -> None:
    """Write the file and say what it holds; without a file print the workspace itself, alone or in the JSON object."""
    from numm_stats.workspace.files import write_text  # noqa: PLC0415
    from numm_stats.workspace.spec import digest, to_text  # noqa: PLC0415

    if output is not None:
        write_text(output, to_text(made.spec))
        say(f"{output}: sha256 {digest(made.spec)}")
    if as_json:
        written = str(output) if output else made.spec
        print_json({"workspace": written, "sha256": digest(made.spec), **made.to_dict()})
    elif output is None:
        click.echo(to_text(made.spec), nl=False)
    else:
        _print(made)


def _print(made: Combination) -> None:
    """Print what became of each workspace."""
    rows = [
        (
            label,
            number(factor),
            str(sum(owner == label for owner in made.channels.values())),
            _listed(name for name, labels in made.shared.items() if label in labels) or "-",
            f"keeps its own {_listed(made.renamed[label])}" if label in made.renamed else "",
        )
        for label, factor in made.factors.items()
    ]
    kind = "Asimov data" if made.asimov else "observed data"
    columns = ("", "signal times", "channels", "shared", "note")
    print_table(f"{made.name}: {made.poi.name}, {kind}", columns, rows)


def _listed(names: Iterable[str]) -> str:
    """Join names, those that differ in a number at the end as the first and the last of them.

    >>> _listed(["flux_0", "flux_2", "flux_10", "lumi", "eta_1"])
    'flux_0 ... flux_10, lumi, eta_1'
    """
    found = []
    for _, alike in groupby(names, lambda name: re.sub(r"(?<=_)[0-9]+$", "", name)):
        several = list(alike)
        found += several if len(several) < 3 else [f"{several[0]} ... {several[-1]}"]
    return ", ".join(found)
