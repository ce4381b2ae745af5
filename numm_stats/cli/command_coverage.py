"""`numm-stats coverage`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from numm_stats.cli.drawing import draw_coverage
from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import (
    confidence_level,
    measurement_options,
    numbers,
    plot_file,
    resolve,
    target_options,
    worker_options,
)
from numm_stats.cli.output import number, print_json, print_table, say
from numm_stats.cli.progress import progress

if TYPE_CHECKING:
    from pathlib import Path

    from numm_stats.covering import Coverage

__all__ = ["command"]

POINTS = 5


@click.command("coverage")
@target_options
@measurement_options
@confidence_level
@click.option(
    "--construction", metavar="NAMES", default="all", help="cls, clsb, delta-chi2, feldman-cousins; default all."
)
@click.option("--toys", type=int, default=10000, show_default=True, help="For each true value.")
@click.option("--points", type=int, help=f"True values, up to 1.5 times the expected limit; default {POINTS}.")
@click.option("--truth", metavar="NUMBERS", help="True values of the moment or coupling instead, with commas.")
@click.option("--seed", type=int, default=0, show_default=True)
@worker_options
@click.option("--minimizer", default="auto", show_default=True, help="auto, numba, numpy, or iminuit (slow reference).")
@json_option
@plot_file
def command(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    construction: str,
    points: int | None,
    truth: str | None,
    plot_file: Path | None,
    *,
    as_json: bool,
    **choices: Any,
) -> None:
    """How often limits and intervals cover the true moment or coupling.

    Toys are drawn at true values, nuisance parameters fitted to the data, and each is analysed as data: by the
    asymptotic cls, clsb and delta-chi2, not the cls and clsb of `limit --toys`, and by feldman-cousins, from toys.

    Example: numm-stats coverage nova-counting --plot coverage.png
    """
    from numm_stats.covering import coverage  # noqa: PLC0415
    from numm_stats.throwing import workers  # noqa: PLC0415

    choices |= _true_values(points, truth)
    jobs, dask, engine = (choices.pop(name) for name in ("jobs", "dask", "minimizer"))
    names = None if construction == "all" else construction.split(",")
    resolved = resolve(target, overrides, data, poi=choices["poi"], measurement=choices["measurement"])
    with workers(jobs, dask) as executor, progress() as bar:
        result = coverage(resolved, constructions=names, engine=engine, executor=executor, **bar, **choices)
    if plot_file is not None:
        draw_coverage(result, plot_file)
    if as_json:
        print_json(result.to_dict())
        return
    _print(result)


def _true_values(points: int | None, truth: str | None) -> dict[str, Any]:
    from numm_stats.errors import InputError  # noqa: PLC0415

    if points is not None and truth is not None:
        raise InputError(f"--points {points}, --truth {truth}: give one of the two")
    if truth is not None:
        return {"truth": numbers(truth, "--truth")}
    return {"points": POINTS if points is None else points}


def _print(result: Coverage) -> None:
    study = result.parameter
    unit = f" [{result.poi.unit}]" if result.poi.unit != "1" else ""
    title = (
        f"{result.analysis}: coverage [%] of {result.poi.quantity}{unit} at {100 * study.confidence_level:g} % C.L., "
        f"median expected limit {number(result.poi.physical(result.median))}"
    )
    rows = [
        (number(value), *(f"{100 * one.value:.2f} +- {100 * one.error:.2f}" for one in point.covered))
        for value, point in zip(result.truth, study.points, strict=True)
    ]
    print_table(title, ("true value", *study.labels), rows, _notes(result))
    for warning in study.warnings:
        say(f"warning: {warning}")


def _notes(result: Coverage) -> list[str]:
    study = result.parameter
    kinds = [covered.rule for covered in study.points[0].covered if covered.rule.construction == "delta-chi2"]
    notes = [f"{study.toys} toys for each true value, in {study.seconds:.3g} s."]
    if kinds:
        words = " and ".join(
            f"{rule.threshold:.3f} as an {'upper limit' if rule.upper else 'interval'}" for rule in kinds
        )
        notes.append(f"delta-chi2: {words}.")
    return notes
