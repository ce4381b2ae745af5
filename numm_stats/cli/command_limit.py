"""`numm-stats limit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numm_stats.cli.drawing import draw_limit
from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import (
    confidence_level,
    delta_chi2,
    measurement_options,
    plot_file,
    resolve,
    target_options,
)
from numm_stats.cli.output import number, print_json, print_table, say
from numm_stats.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyhf import Workspace

    from numm_stats.analysis import Analysis
    from numm_stats.results import Limit

__all__ = ["command"]

BY_DEFAULT = ("cls", "delta-chi2")


@click.command("limit")
@target_options
@measurement_options
@confidence_level
@click.option("--construction", metavar="NAME", help="cls, clsb, pcl, delta-chi2, or all.")
@delta_chi2
@click.option("--toys", type=int, help="From toys: how many for each hypothesis; cls and clsb.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the toys.")
@click.option("--jobs", type=int, default=1, show_default=True, help="Processes for the toys.")
@click.option("--minimizer", default="auto", show_default=True, help="auto, numba, numpy, or iminuit (slow reference).")
@click.option("--campaign", type=click.Path(path_type=Path), help="From the toys of `numm-stats toys run` in a folder.")
@json_option
@plot_file
def command(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    poi: str | None,
    measurement: str | None,
    plot_file: Path | None,
    construction: str | None,
    *,
    as_json: bool,
    **choices: Any,
) -> None:
    """Upper limit on the moment or coupling.

    Without --construction: CLs, and -2 ln lambda rising by 1.642 (one-sided) and 2.706 (two-sided, the median of CLs).
    With --toys: CLs from toys, main counts and auxiliary measurements both drawn.

    Example: numm-stats limit isodar-juno-0.2mev --construction cls --plot cls.png
    """
    resolved = resolve(target, overrides, data)
    named = {"poi": poi, "measurement": measurement}
    if choices["toys"] is not None or choices["campaign"] is not None:
        found = _from_toys(resolved, construction, choices, named)
    else:
        found = _asymptotic(resolved, construction, choices["delta_chi2"], choices["confidence_level"], named)
    if plot_file is not None:
        draw_limit(resolved, found[0], plot_file, **named)
    if as_json:
        print_json(_json(found, construction))
        return
    _print(found)


def _asymptotic(
    resolved: Analysis | Workspace, construction: str | None, rise: float | None, level: float, named: dict[str, Any]
) -> tuple[Limit, ...]:
    from numm_stats.errors import InputError  # noqa: PLC0415
    from numm_stats.inference.limits import CONSTRUCTIONS  # noqa: PLC0415
    from numm_stats.pipeline import limit, limits  # noqa: PLC0415

    if construction == "all" and rise is not None:
        raise InputError(f"--delta-chi2 {rise}: goes with --construction delta-chi2, not with 'all'")
    if construction in (None, "all") and rise is None:
        chosen = CONSTRUCTIONS if construction else BY_DEFAULT
        return limits(resolved, constructions=chosen, confidence_level=level, **named)
    name = construction or "delta-chi2"
    return (limit(resolved, construction=name, delta_chi2=rise, confidence_level=level, **named),)


def _from_toys(
    resolved: Analysis | Workspace, construction: str | None, choices: dict[str, Any], named: dict[str, Any]
) -> tuple[Limit, ...]:
    from numm_stats.errors import InputError  # noqa: PLC0415
    from numm_stats.throwing import campaign_limit, toy_limits, workers  # noqa: PLC0415

    if choices["delta_chi2"] is not None:
        raise InputError("--delta-chi2 has no toys: leave it, or leave --toys")
    if choices["toys"] is not None and choices["campaign"] is not None:
        raise InputError("--toys throws toys, --campaign reads them: give one of the two")
    names = ("cls", "clsb") if construction == "all" else (construction or "cls",)
    options: dict[str, Any] = {"confidence_level": choices["confidence_level"]}
    if choices["campaign"] is not None:
        folder = choices["campaign"]
        return tuple(campaign_limit(folder, resolved, construction=name, **options, **named) for name in names)
    thrown = {"toys": choices["toys"], "seed": choices["seed"], "engine": choices["minimizer"], **options, **named}
    with workers(choices["jobs"]) as executor, progress() as report:
        return toy_limits(resolved, constructions=names, executor=executor, report=report, **thrown)


def _json(found: Sequence[Limit], construction: str | None) -> dict[str, Any]:
    """The default construction's object, the others beside it under `limits`; only the list for "all"."""
    objects = [limit.to_dict() for limit in found]
    if construction == "all":
        return {"analysis": objects[0]["analysis"], "limits": objects}
    return {**objects[0], "limits": objects} if len(objects) > 1 else objects[0]


def _row(limit: Limit) -> tuple[str, ...]:
    band = [number(value, 4 if position == 2 else 3) for position, value in enumerate(limit.expected)]
    return limit.label, number(limit.observed), *band


def _origin(limit: Limit, uncertainty: float) -> str:
    parameter = limit.parameter
    if parameter.calculator != "toys":
        return f"Numerical uncertainty: {uncertainty:.0e} of the limit."
    time = f" in {parameter.seconds:.3g} s" if parameter.seconds else ""
    return f"From {parameter.toys} toys{time}; statistical uncertainty {100.0 * uncertainty:.2g} % of the limit."


def _print(found: Sequence[Limit]) -> None:
    first = found[0]
    unit = f" [{first.poi.unit}]" if first.poi.unit != "1" else ""
    title = (
        f"{first.analysis}: {first.quantity}{unit}, upper limits at {100 * first.parameter.confidence_level:g} % C.L."
    )
    columns = ("construction", "observed", "-2 sigma", "-1 sigma", "expected", "+1 sigma", "+2 sigma")
    rows = [_row(limit) for limit in found]
    worst = max((limit.uncertainty / limit.value for limit in found if limit.value > 0.0), default=0.0)
    print_table(title, columns, rows, [_origin(first, worst)])
    if first.observed is None:
        say("Asimov data: nothing observed, the limits are expected ones.")
    for warning in dict.fromkeys(text for limit in found for text in limit.parameter.warnings):
        say(f"warning: {warning}")
