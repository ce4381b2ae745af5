"""`numm-stats map`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from numm_stats.cli.drawing import draw_map
from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import confidence_level, delta_chi2, numbers, plot_file, resolve, target_options
from numm_stats.cli.output import number, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from numm_stats.verbs.results import CouplingMap

__all__ = ["command"]

MASSES = "0,0.01,0.03,0.1,0.3,1,3,10,30"


@click.command("map")
@target_options
@click.option("--masses", default=MASSES, show_default=True, help="Mediator masses [MeV], commas between them.")
@confidence_level
@click.option("--construction", metavar="NAME", help="cls (default), clsb, pcl, or delta-chi2.")
@delta_chi2
@json_option
@plot_file
def command(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    masses: str,
    confidence_level: float,
    construction: str | None,
    delta_chi2: float | None,
    plot_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Limit on the coupling against the mediator mass.

    Example: numm-stats map isodar-juno-0.2mev-vector --set signal.kinematics=exact --plot map.png
    """
    from numm_stats.verbs.mapping import coupling_map  # noqa: PLC0415

    result = coupling_map(
        resolve(target, overrides, data),
        numbers(masses, "--masses"),
        confidence_level=confidence_level,
        construction=construction or ("cls" if delta_chi2 is None else "delta-chi2"),
        delta_chi2=delta_chi2,
    )
    if plot_file is not None:
        draw_map(result, plot_file)
    if as_json:
        print_json(result.to_dict())
        return
    _print(result)


def _print(result: CouplingMap) -> None:
    level = f"{100 * result.limits[0].parameter.confidence_level:g} % C.L."
    columns = ("mass [MeV]", "observed", "-2 sigma", "-1 sigma", "expected", "+1 sigma", "+2 sigma")
    rows = [
        (f"{mass:g}", number(limit.observed), *(number(value) for value in limit.expected))
        for mass, limit in zip(result.masses_mev, result.limits, strict=True)
    ]
    print_table(f"{result.analysis}: coupling, upper limits at {level}, {result.limits[0].label}", columns, rows)
