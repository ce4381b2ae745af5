"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from numm_stats.analyses.analysis import Analysis

__all__ = [
    "as_json",
    "confidence_level",
    "delta_chi2",
    "measurement_options",
    "numbers",
    "plot_file",
    "prior_options",
    "resolve",
    "target_options",
    "worker_options",
]

Function = TypeVar("Function", bound=Callable[..., Any])


def target_options(function: Function) -> Function:
    """Add TARGET, --set and --data."""
    for decorate in (
        click.option("--data", help="observed, asimov (keeps real data blind), or asimov:MOMENT."),
        click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace a key of the analysis."),
        click.argument("target"),
    ):
        function = decorate(function)
    return function


def measurement_options(function: Function) -> Function:
    """Add --poi and --measurement, for workspaces that hold several."""
    for decorate in (
        click.option("--measurement", help="Measurement of the workspace, if not the first."),
        click.option("--poi", help="Parameter of interest, if not the measurement's."),
    ):
        function = decorate(function)
    return function


def worker_options(function: Function) -> Function:
    """Add --jobs and --dask: who throws the toys."""
    for decorate in (
        click.option("--dask", metavar="ADDRESS", help="Scheduler of a dask cluster that throws the toys."),
        click.option("--jobs", type=int, default=1, show_default=True, help="Processes for the toys."),
    ):
        function = decorate(function)
    return function


def prior_options(function: Function) -> Function:
    """Add --prior and --likelihood: what the construction bayes asks."""
    for decorate in (
        click.option("--likelihood", metavar="KIND", help="Of bayes: profile, the default, or marginal."),
        click.option("--prior", metavar="WHAT", help="Of bayes: flat in the parameter, or in the quantity; else both."),
    ):
        function = decorate(function)
    return function


as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
plot_file = click.option("--plot", "plot_file", type=click.Path(path_type=Path), help="Draw to .png, .pdf or .svg.")
confidence_level = click.option("--cl", "confidence_level", type=float, default=0.9, show_default=True)
delta_chi2 = click.option("--delta-chi2", type=float, help="Rise of -2 ln L; default 1.642 (one-sided) at 90 %.")


def resolve(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    *,
    poi: str | None = None,
    measurement: str | None = None,
) -> Analysis | dict[str, Any]:
    """Return what TARGET, --set and --data name; an Asimov set is that of --poi and --measurement."""
    from numm_stats.verbs.loading import load  # noqa: PLC0415

    return load(target, overrides, data, poi=poi, measurement=measurement)


def numbers(text: str, option: str) -> list[float]:
    """Return the numbers of a comma-separated option; an InputError that names the option otherwise."""
    from numm_stats.errors import InputError  # noqa: PLC0415

    try:
        values = [float(word) for word in text.split(",")]
    except ValueError:
        raise InputError(f"{option} {text}: must be numbers with commas between them") from None
    if not all(abs(value) < float("inf") for value in values):
        raise InputError(f"{option} {text}: must be finite numbers")
    return values
