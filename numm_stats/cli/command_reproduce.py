"""`numm-stats reproduce`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import plot_file
from numm_stats.cli.output import print_json, say
from numm_stats.cli.reproduced import print_curves, print_document
from numm_stats.cli.reproduced_figures import FIGURES, draw_all, draw_couplings
from numm_stats.errors import ComputationError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from numm_stats.reproduction import Reproduced
    from numm_stats.reproduction.couplings import Curve

__all__ = ["FIGURES", "command"]

COUPLINGS: Final = "couplings"


@click.command("reproduce")
@click.argument("name", required=False)
@click.option("--notes", is_flag=True, help="Whole notes; without NAME only what they begin with is printed.")
@click.option("--jobs", type=int, default=1, show_default=True, help="Processes that compute documents, or curves.")
@json_option
@plot_file
def command(name: str | None, *, notes: bool, jobs: int, as_json: bool, plot_file: Path | None) -> None:
    """Published numbers beside ours, with the ratio and the reason for each difference.

    Without NAME all documents. NAME couplings is of limits on the coupling of a light vector against its mass, of every
    experiment. --plot draws both, all limits on one axis and the couplings; with NAME what belongs to it.

    Example: numm-stats reproduce isodar

    Or: numm-stats reproduce --jobs 2 --plot field.png
    """
    from numm_stats.reproduction.documents import DOCUMENTS, check_name  # noqa: PLC0415
    from numm_stats.verbs.throwing import workers  # noqa: PLC0415

    if name is not None:
        check_name(name, (*DOCUMENTS, COUPLINGS))
    _check_figure(name, plot_file)
    with workers(jobs) as executor:
        if name == COUPLINGS:
            _show_curves(executor, plot_file, as_json=as_json)
        elif name is None:
            _show_all(executor, plot_file, whole_notes=notes, as_json=as_json)
        else:
            _show_one(name, plot_file, as_json=as_json)


def _check_figure(name: str | None, path: Path | None) -> None:
    """Refuse a figure that cannot be before anything is computed."""
    if path is None:
        return
    from numm_stats.plots.saving import check_figure  # noqa: PLC0415

    if name is not None and name != COUPLINGS and name not in FIGURES:
        known = ", ".join((*FIGURES, COUPLINGS))
        raise InputError(f"--plot: '{name}' has no figure; {known} have one, and reproduce without a name")
    check_figure(path)


def _show_one(name: str, path: Path | None, *, as_json: bool) -> None:
    from numm_stats.reproduction import reproduce  # noqa: PLC0415

    rows = reproduce(name)
    if path is not None:
        FIGURES[name](path, rows)
    if as_json:
        print_json([row.to_dict() for row in rows])
    else:
        print_document(name, rows)


def _show_all(executor: Executor | None, path: Path | None, *, whole_notes: bool, as_json: bool) -> None:
    """Print documents as they are computed, a JSON list at the end; one that fails is reported after the others."""
    done = []
    for each in _compute_all(executor):
        done.append(each)
        if each.rows and not as_json:
            print_document(each.name, each.rows, whole_notes=whole_notes)
    rows = [row for each in done for row in each.rows]
    if as_json:
        print_json([row.to_dict() for row in rows])
    if path is not None:
        draw_all(rows, _compute_curves(executor), path)
    failures = [f"{each.name}: {each.error}" for each in done if each.error]
    if failures:
        raise ComputationError(f"{len(failures)} of {len(done)} documents failed: {'; '.join(failures)}")


def _compute_all(executor: Executor | None) -> Iterator[Reproduced]:
    from numm_stats.reproduction import DOCUMENTS, reproduce_each  # noqa: PLC0415

    for place, each in enumerate(reproduce_each(tuple(DOCUMENTS), executor), start=1):
        found = "failed" if each.error else f"{len(each.rows)} rows"
        say(f"{place} of {len(DOCUMENTS)}, {each.name}: {found}, {each.seconds:.1f} s")
        yield each


def _show_curves(executor: Executor | None, path: Path | None, *, as_json: bool) -> None:
    from numm_stats.reproduction.couplings import rows_of  # noqa: PLC0415

    curves = _compute_curves(executor)
    if path is not None:
        draw_couplings(curves, path)
    if as_json:
        print_json([row.to_dict() for curve in curves for row in rows_of(curve)])
    else:
        print_curves(curves)


def _compute_curves(executor: Executor | None) -> list[Curve]:
    from numm_stats.reproduction.couplings import CURVES, coupling_curves  # noqa: PLC0415

    curves = []
    for place, curve in enumerate(coupling_curves(executor=executor), start=1):
        say(f"{place} of {len(CURVES)}, {curve.of.label}: {len(curve.limits)} masses")
        curves.append(curve)
    return curves
