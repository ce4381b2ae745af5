"""`numm-stats workspace`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import numbers, resolve, target_options
from numm_stats.cli.output import print_json, say

if TYPE_CHECKING:
    from numm_stats.analyses.analysis import Analysis

__all__ = ["command"]

MASSES = "0,0.03,0.1,0.3,1,3"


@click.command("workspace")
@target_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File to write, a folder for several configurations; else standard output.",
)
@click.option("--patchset", type=click.Path(path_type=Path), help="Also write a patch set over (mass, coupling).")
@click.option("--masses", default=MASSES, show_default=True, help="Mediator masses of the patch set [MeV].")
@json_option
def command(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    output: Path | None,
    patchset: Path | None,
    masses: str,
    *,
    as_json: bool,
) -> None:
    """Write the pyhf workspace; with --patchset also the patch set of a mediator analysis.

    Example: numm-stats workspace isodar-juno-0.2mev -o juno.json
    """
    from numm_stats.analyses.analysis import Analysis  # noqa: PLC0415
    from numm_stats.errors import InputError  # noqa: PLC0415
    from numm_stats.verbs.pipeline import build_spec_of  # noqa: PLC0415
    from numm_stats.workspace.files import check_writable, write_text  # noqa: PLC0415
    from numm_stats.workspace.spec import digest, to_text  # noqa: PLC0415

    if output is not None and output == patchset:
        raise InputError(f"-o and --patchset are both {output}: give two files")
    resolved = resolve(target, overrides, data)
    if isinstance(resolved, Analysis) and resolved.choices:
        _write_configurations(resolved, output, patchset, as_json=as_json)
        return
    for path in filter(None, (output, patchset)):
        check_writable(path)
    spec = build_spec_of(resolved) if isinstance(resolved, Analysis) else resolved
    patches = None if patchset is None else _patchset(resolved, masses)
    report = {"workspace": str(output) if output else None, "sha256": digest(spec), "patchset": None}
    if output is not None:
        write_text(output, to_text(spec))
        say(f"{output}: sha256 {report['sha256']}")
    elif not as_json:
        click.echo(to_text(spec), nl=False)
    if patches is not None and patchset is not None:
        write_text(patchset, to_text(patches))
        say(f"{patchset}: {len(patches['patches'])} points")
        report["patchset"] = str(patchset)
    if as_json:
        print_json(report)


def _write_configurations(analysis: Analysis, folder: Path | None, patchset: Path | None, *, as_json: bool) -> None:
    """Write the workspace of every configuration into a folder, named by what was chosen."""
    from numm_stats.analyses.choices import configurations  # noqa: PLC0415
    from numm_stats.errors import InputError  # noqa: PLC0415
    from numm_stats.verbs.pipeline import build_spec_of  # noqa: PLC0415
    from numm_stats.workspace.files import check_writable, write_text  # noqa: PLC0415
    from numm_stats.workspace.spec import digest, to_text  # noqa: PLC0415

    found = configurations(analysis)
    if folder is None or folder.suffix == ".json" or folder.is_file():
        given = "without -o" if folder is None else f"-o {folder}"
        raise InputError(f"{given}: {analysis.name} has {len(found)} configurations; give -o FOLDER for them")
    if patchset is not None:
        raise InputError(f"--patchset {patchset}: {analysis.name} has several configurations; choose one with --set")
    made = {name: build_spec_of(each) for name, each in found.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"-o {folder}: cannot be made: {error.strerror}") from None
    report = []
    for name, spec in made.items():
        path = folder / f"{name}.json"
        check_writable(path)
        write_text(path, to_text(spec))
        report.append({"workspace": str(path), "sha256": digest(spec), "patchset": None})
        say(f"{path}: sha256 {digest(spec)}")
    if as_json:
        print_json({"configurations": report})


def _patchset(resolved: Analysis | dict[str, Any], masses: str) -> dict[str, Any]:
    from numm_stats.verbs.mapping import patchset  # noqa: PLC0415

    return patchset(resolved, numbers(masses, "--masses"))
