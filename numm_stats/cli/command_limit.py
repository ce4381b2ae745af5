"""`numm-stats limit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from numm_stats.cli.drawing import draw_cls
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

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numm_stats.results import Limit

__all__ = ["command"]


@click.command("limit")
@target_options
@measurement_options
@confidence_level
@click.option("--construction", metavar="NAME", help="cls, delta-chi2, or all; without it all are printed.")
@delta_chi2
@json_option
@plot_file
def command(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    poi: str | None,
    measurement: str | None,
    confidence_level: float,
    construction: str | None,
    delta_chi2: float | None,
    plot_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Upper limit on the moment or coupling.

    Without --construction: CLs, and -2 ln lambda rising by 1.642 (one-sided) and 2.706 (two-sided, the median of CLs).

    Example: numm-stats limit isodar-juno-0.2mev --construction cls --plot cls.png
    """
    from numm_stats.pipeline import limit, limits  # noqa: PLC0415

    resolved = resolve(target, overrides, data)
    options: dict[str, Any] = {"confidence_level": confidence_level, "poi": poi, "measurement": measurement}
    several = construction in (None, "all") and delta_chi2 is None
    if several:
        found = limits(resolved, **options)
    else:
        name = construction or "delta-chi2"
        found = (limit(resolved, construction=name, delta_chi2=delta_chi2, **options),)
    if plot_file is not None:
        draw_cls(resolved, found[0], plot_file, poi=poi, measurement=measurement)
    if as_json:
        print_json(_json(found, construction))
        return
    _print(found)


def _json(found: Sequence[Limit], construction: str | None) -> dict[str, Any]:
    """The default construction's object, the others beside it under `limits`; only the list for "all"."""
    objects = [limit.to_dict() for limit in found]
    if construction == "all":
        return {"analysis": objects[0]["analysis"], "limits": objects}
    return {**objects[0], "limits": objects} if len(objects) > 1 else objects[0]


def _row(limit: Limit) -> tuple[str, ...]:
    band = [number(value, 4 if position == 2 else 3) for position, value in enumerate(limit.expected)]
    return limit.label, number(limit.observed), *band


def _print(found: Sequence[Limit]) -> None:
    first = found[0]
    unit = f" [{first.poi.unit}]" if first.poi.unit != "1" else ""
    title = (
        f"{first.analysis}: {first.quantity}{unit}, upper limits at {100 * first.parameter.confidence_level:g} % C.L."
    )
    columns = ("construction", "observed", "-2 sigma", "-1 sigma", "expected", "+1 sigma", "+2 sigma")
    rows = [_row(limit) for limit in found]
    worst = max(limit.uncertainty / limit.value for limit in found)
    print_table(title, columns, rows, [f"Numerical uncertainty: {worst:.0e} of the limit."])
    if first.observed is None:
        say("Asimov data: nothing observed, the limits are expected ones.")
    for warning in dict.fromkeys(text for limit in found for text in limit.parameter.warnings):
        say(f"warning: {warning}")
