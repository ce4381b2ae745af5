"""`numm-stats average`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from numm_stats.cli.drawing import draw_average
from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import (
    confidence_level,
    delta_chi2,
    measurement_options,
    numbers,
    plot_file,
    resolve,
)
from numm_stats.cli.output import number, print_json, print_table, say

if TYPE_CHECKING:
    from pathlib import Path

    from numm_stats.verbs.average_result import Average
    from numm_stats.verbs.results import Limit

__all__ = ["command", "print_average"]


@click.command("average")
@click.argument("targets", nargs=-1, metavar="TARGET...", required=True)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace a key of every analysis.")
@click.option("--data", help="observed, asimov (keeps real data blind), or asimov:MOMENT.")
@measurement_options
@confidence_level
@click.option("--construction", default="bayes", show_default=True, help="cls, clsb, pcl, delta-chi2, bayes, or all.")
@delta_chi2
@click.option("--prior", metavar="WHAT", help="Of bayes: flat in the parameter, or in the quantity; else both.")
@click.option(
    "--weighting", default="maximum-likelihood", show_default=True, help="maximum-likelihood, null, equal, or given."
)
@click.option("--weights", metavar="NUMBERS", help="Prior weights with commas, one a file; of given: the weights.")
@click.option("--scale", help="Of maxima: common, own, or same-data; default common where the data are the same.")
@click.option("--penalty", type=float, default=1.0, show_default=True, help="Of the envelope, for a free parameter.")
@click.option("--jobs", type=int, default=1, show_default=True, help="Processes for the profiles.")
@json_option
@plot_file
def command(
    targets: tuple[str, ...],
    overrides: tuple[str, ...],
    data: str | None,
    construction: str,
    weights: str | None,
    jobs: int,
    plot_file: Path | None,
    *,
    as_json: bool,
    **choices: Any,
) -> None:
    """One limit from several configurations: weighted average of their profiles, envelope, spread.

    One TARGET with [choices], such as borexino-phase2, or several without.

    Without --weighting a configuration counts by its maximum; where the data differ, by its prior weight.

    Example: numm-stats average borexino-phase2 --jobs 2

    Or: numm-stats average first.json second.json third.json --weights 2,1,1 --plot average.png
    """
    from numm_stats.verbs.averages import CONSTRUCTIONS, average  # noqa: PLC0415
    from numm_stats.verbs.throwing import workers  # noqa: PLC0415

    names = CONSTRUCTIONS if construction == "all" else (construction,)
    if weights is not None:
        choices["weights"] = numbers(weights, "--weights")
    changed = bool(overrides) or data is not None  # else the workers read the files
    named = {name: choices[name] for name in ("poi", "measurement")}
    resolved = [resolve(target, overrides, data, **named) if changed else target for target in targets]
    with workers(jobs) as executor:
        result = average(resolved, constructions=names, executor=executor, workers=max(jobs, 1), **choices)
    if plot_file is not None:
        draw_average(result, plot_file)
    if as_json:
        print_json(result.to_dict())
        return
    print_average(result)


def print_average(result: Average) -> None:
    """Print an average as a table."""
    unit = f" [{result.poi.unit}]" if result.poi.unit != "1" else ""
    level = f"{100.0 * result.limits[0].average.parameter.confidence_level:g} % C.L."
    kind = "expected" if result.asimov else "observed"
    title = f"{result.analysis}: {result.poi.quantity}{unit}, {kind} upper limits at {level}"
    columns = ("", "weight", "best fit", "-2 ln L", "free", *(found.label for found in result.limits))
    print_table(title, columns, [*_configurations(result), *_methods(result)], _notes(result))
    if result.asimov:
        say("Asimov data: nothing observed, the limits are expected ones.")
    if result.truth:
        truth = ", ".join(f"{key} = {value}" for key, value in result.truth.items())
        say(
            f"All are fitted to the data of one truth, {truth}: alone, another configuration has other data and limits."
        )
    merged = (limit for found in result.limits for limit in (found.average, found.envelope))
    told = (f"{limit.analysis}, {limit.label}: {text}" for limit in merged for text in limit.parameter.warnings)
    for warning in dict.fromkeys((*result.warnings, *told)):
        say(f"warning: {warning}")


def _configurations(result: Average) -> list[tuple[str, ...]]:
    return [
        (
            each.name,
            number(result.weights.values[k]),
            number(result.poi.physical(each.common.data.mu_hat)),
            f"{each.data.deviance:.3f}",
            str(each.free_parameters),
            *(number(found.configurations[k].value) for found in result.limits),
        )
        for k, each in enumerate(result.configurations)
    ]


def _methods(result: Average) -> list[tuple[str, ...]]:
    """Average and envelope with their best fits, and the spread of the single limits."""
    rows = []
    for name in ("average", "envelope"):
        best = number(result.poi.physical(result.merged[name].data.mu_hat))
        limits: list[Limit] = [getattr(found, name) for found in result.limits]
        rows.append((name, "", best, "", "", *(number(limit.value) for limit in limits)))
    for name, words in (
        ("minimum", "lowest alone"),
        ("maximum", "highest alone"),
        ("standard_deviation", "standard deviation"),
    ):
        rows.append((words, "", "", "", "", *(number(getattr(found.spread, name)) for found in result.limits)))
    return rows


def _notes(result: Average) -> list[str]:
    weights = result.weights
    scales = {
        "common": "maxima on one scale",
        "own": "profiles divided by their own maximum",
        "same-data": "maxima on one scale among those with the same data",
    }
    quoted = [found.average for found in result.limits if found.average.value > 0.0]
    worst = max((limit.uncertainty / limit.value for limit in quoted), default=0.0)
    effective = f"{number(weights.effective_configurations, 3)} effective configurations of {len(weights.values)}"
    return [
        f"Weights: {weights.weighting}, {scales[weights.scale]}; {effective}.",
        f"Envelope: {scales[result.envelope_scale]}, penalty {result.penalty:g} for each free parameter.",
        "-2 ln L is the lowest one, relative to the saturated model.",
        f"Numerical uncertainty: {worst:.0e} of the limit.",
    ]
