"""`numm-stats fit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import numpy as np

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import measurement_options, resolve, target_options
from numm_stats.cli.output import number, print_json, print_table

if TYPE_CHECKING:
    from numm_stats.inference.fitting import FitResult

__all__ = ["command"]

MOST_CORRELATIONS = 10
NOTHING = 1e-6  # of its error: what a best fit's rounding leaves, shown as zero


@click.command("fit")
@target_options
@measurement_options
@click.option("--minos", multiple=True, metavar="NAME", help="Asymmetric errors of a parameter; may be repeated.")
@json_option
def command(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    poi: str | None,
    measurement: str | None,
    minos: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Best fit: values, errors, pulls and the strongest correlations.

    Example: numm-stats fit nova-counting --minos background
    """
    from numm_stats.verbs.pipeline import fit  # noqa: PLC0415

    resolved = resolve(target, overrides, data, poi=poi, measurement=measurement)
    result = fit(resolved, minos=minos, poi=poi, measurement=measurement)
    if as_json:
        print_json(result.to_dict())
        return
    rows = [_row(result, i) for i in range(len(result.names))]
    title = f"{target}: -2 ln L = {result.minus_two_log_likelihood:.6f}"
    print_table(title, ("parameter", "best fit", "error", "pull", "MINOS"), rows, [result.message])
    _print_correlations(result)


def _row(result: FitResult, i: int) -> tuple[str, ...]:
    name = result.names[i]
    interval = result.minos.get(name)
    minos = f"{interval[0]:+.4g} {interval[1]:+.4g}" if interval else "-"
    error = "fixed" if result.fixed[i] else number(result.errors[i])
    value = 0.0 if abs(result.values[i]) < NOTHING * result.errors[i] else result.values[i]
    pull = "-" if np.isnan(result.pulls[i]) else f"{result.pulls[i] + 0.0:+.2f}"
    return name, number(value), error, pull, minos


def _print_correlations(result: FitResult) -> None:
    names = result.names
    pairs = [(abs(result.correlation[i, j]), i, j) for i in range(len(names)) for j in range(i)]
    strongest = [pair for pair in sorted(pairs, reverse=True) if pair[0] > 0.01][:MOST_CORRELATIONS]
    rows = [(f"{names[j]}, {names[i]}", f"{result.correlation[i, j]:+.3f}") for _, i, j in strongest]
    if rows:
        print_table("Strongest correlations", ("parameters", "correlation"), rows)
