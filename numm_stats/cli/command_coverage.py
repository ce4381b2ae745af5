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

    from pyhf import Workspace

    from numm_stats.analyses.analysis import Analysis
    from numm_stats.verbs.average_coverage import AverageCoverage, CoveredLimit
    from numm_stats.verbs.covering import Coverage

__all__ = ["command"]

POINTS = 5
TOYS_OF_AVERAGES = 500


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

    Of an analysis with choices: its average, its envelope, and its best configuration, 500 toys by default.

    Example: numm-stats coverage nova-counting --plot coverage.png

    Or: numm-stats coverage borexino-phase2 --toys 500 --truth 3e-11
    """
    from numm_stats.verbs.covering import coverage  # noqa: PLC0415
    from numm_stats.verbs.throwing import workers  # noqa: PLC0415

    choices |= _true_values(points, truth)
    jobs, dask, engine = (choices.pop(name) for name in ("jobs", "dask", "minimizer"))
    names = None if construction == "all" else construction.split(",")
    resolved = resolve(target, overrides, data, poi=choices["poi"], measurement=choices["measurement"])
    if getattr(resolved, "choices", None):
        _of_average(resolved, construction, engine, choices, (jobs, dask), as_json=as_json, plot_file=plot_file)
        return
    with workers(jobs, dask) as executor, progress() as bar:
        result = coverage(resolved, constructions=names, engine=engine, executor=executor, **bar, **choices)
    if plot_file is not None:
        draw_coverage(result, plot_file)
    if as_json:
        print_json(result.to_dict())
        return
    _print(result)


def _of_average(
    resolved: Analysis | Workspace,
    construction: str,
    engine: str,
    choices: dict[str, Any],
    processes: tuple[int, str | None],
    *,
    as_json: bool,
    plot_file: Path | None,
) -> None:
    """The coverage of an analysis of several configurations: of their average, envelope, and best one."""
    from numm_stats.errors import InputError  # noqa: PLC0415
    from numm_stats.verbs.average_coverage import average_coverage  # noqa: PLC0415
    from numm_stats.verbs.throwing import workers  # noqa: PLC0415

    if construction != "all" or engine != "auto" or plot_file is not None:
        raise InputError("--construction, --minimizer, --plot: the coverage of an average has none of them")
    if choices.pop("poi") is not None or choices.pop("measurement") is not None:
        raise InputError("--poi, --measurement: are about workspaces, not about an analysis with choices")
    if click.get_current_context().get_parameter_source("toys") is not click.core.ParameterSource.COMMANDLINE:
        choices["toys"] = TOYS_OF_AVERAGES
    with workers(*processes) as executor, progress() as bar:
        result = average_coverage(resolved, executor=executor, **bar, **choices)
    if as_json:
        print_json(result.to_dict())
        return
    _print_average(result)


def _print_average(result: AverageCoverage) -> None:
    rules = list(dict.fromkeys(one.construction for one in result.points[0].limits))
    level = f"{100 * result.confidence_level:g} % C.L."
    for point in result.points:
        cells = {(one.method, one.construction): one for one in point.limits}
        methods = dict.fromkeys(one.method for one in point.limits)
        rows = [
            (method, *(_share(cells[method, rule]) for rule in rules), number(cells[method, rules[0]].median, 3))
            for method in methods
        ]
        title = f"{result.analysis}: coverage [%] of {result.poi.quantity} = {number(point.truth)} at {level}"
        toys = f"{result.toys} toys, {point.failures} lost; {number(point.effective_configurations, 3)} effective"
        spread = f"standard deviation of the single limits {number(point.spread, 2)}"
        print_table(title, ("", *rules, f"median, {rules[0]}"), rows, [f"{toys} configurations; {spread}."])


def _share(one: CoveredLimit) -> str:
    return f"{100 * one.value:.1f} +- {100 * one.error:.1f}"


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
