"""`numm-stats cross-section`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from numm_stats.cli.drawing import draw_cross_sections
from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import numbers, plot_file
from numm_stats.cli.output import number, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from numm_stats.templates.interactions import MediatorSignal
    from numm_stats.verbs.crosssections import CrossSections

__all__ = ["command"]

ROWS = 12


@click.command("cross-section")
@click.option("--energy", type=float, required=True, help="Neutrino energy [MeV].")
@click.option("--flavour", default="nu_e", show_default=True, help="nu_e, nu_mu, nu_tau, or with _bar.")
@click.option("--variable", default="recoil", show_default=True, help="recoil (energy) or angle (its cosine).")
@click.option("--at", "points", help="Recoil energies [MeV], or cosines, commas between them.")
@click.option("--moment", type=float, default=1e-11, show_default=True, help="Magnetic moment [Bohr magnetons].")
@click.option("--mediator", help="vector, axial, scalar or pseudoscalar.")
@click.option("--coupling", type=float, default=1e-6, show_default=True)
@click.option("--mass", type=float, default=0.0, show_default=True, help="Mediator mass [MeV].")
@click.option("--interference/--no-interference", default=True, show_default=True)
@click.option("--sin2-theta-w", type=float, help="Weak mixing angle; 0.2312 by default.")
@click.option("--radiative", is_flag=True, help="rho and kappa corrections.")
@click.option("--threshold", type=float, default=0.001, show_default=True, help="Lower end of the totals [MeV].")
@json_option
@plot_file
def command(
    energy: float,
    flavour: str,
    variable: str,
    points: str | None,
    moment: float,
    mediator: str | None,
    coupling: float,
    mass: float,
    sin2_theta_w: float | None,
    threshold: float,
    plot_file: Path | None,
    *,
    interference: bool,
    radiative: bool,
    as_json: bool,
) -> None:
    """Differential and total cross sections on an electron: weak, magnetic, mediators.

    Example: numm-stats cross-section --energy 6.4 --flavour nu_e_bar --mediator vector --plot sigma.png
    """
    from numm_stats.physics.weak import CouplingScheme  # noqa: PLC0415
    from numm_stats.verbs.crosssections import tabulate_cross_sections  # noqa: PLC0415

    scheme = CouplingScheme(sin2_theta_w=sin2_theta_w, radiative=radiative)
    result = tabulate_cross_sections(
        energy,
        flavour,
        variable=variable,
        points=None if points is None else numbers(points, "--at"),
        moment=moment,
        mediator=None if mediator is None else _mediator(mediator, coupling, mass, scheme, interference=interference),
        scheme=scheme,
        threshold_mev=threshold,
    )
    if plot_file is not None:
        draw_cross_sections(result, plot_file)
    if as_json:
        print_json(result.to_dict())
    else:
        _print(result)


def _mediator(kind: str, coupling: float, mass: float, scheme: object, *, interference: bool) -> MediatorSignal:
    from numm_stats.templates.interactions import MediatorSignal  # noqa: PLC0415

    return MediatorSignal(kind, coupling, mass_mev=mass, interference=interference, scheme=scheme)  # type: ignore[arg-type]


def _print(result: CrossSections) -> None:
    x_name, unit = ("T [MeV]", "cm2/MeV") if result.variable == "recoil" else ("cos theta", "cm2")
    names = list(result.curves)
    step = max(1, len(result.x) // ROWS)
    rows = [
        (number(float(result.x[i])), *(number(float(result.curves[name][i]), 6) for name in names))
        for i in range(0, len(result.x), step)
    ]
    title = f"{result.flavour} of {result.energy_mev:g} MeV on an electron, differential [{unit}]"
    print_table(title, (x_name, *names), rows)
    totals = [(name, number(total, 6)) for name, total in result.totals_cm2.items()]
    print_table(f"Totals above {result.threshold_mev:g} MeV", ("process", "sigma [cm2]"), totals)
