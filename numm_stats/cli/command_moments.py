"""`numm-stats moments`."""

from __future__ import annotations

import cmath
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.output import number, print_json, print_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from numm_stats.effective.limits import ConvertedLimits
    from numm_stats.effective.settings import Settings
    from numm_stats.effective.theory import Predictions

__all__ = ["command"]

FAMILIES = ("e", "mu", "tau")
# Options that a question takes; the others of this list are refused.
BELONGS = {
    "a matrix of moments (--set mu_12=1e-11)": ("baseline_km", "energy_mev", "p2nu"),
    "--from-limit": ("experiment", "weights", "p2nu", "p_ee", "composition"),
    "the predictions": ("lightest_mass_ev", "natural_mass_ev", "scale_tev", "charge_radius_cm2", "convention"),
}


@click.command("moments")
@click.option("--set", "lines", multiple=True, metavar="KEY=VALUE", help="An element mu_12=1e-11, or sin2_23=0.5.")
@click.option(
    "--dirac", "kind", flag_value="dirac", help="Dirac neutrinos; the default of a matrix, other tables show both."
)
@click.option("--majorana", "kind", flag_value="majorana", help="Majorana neutrinos.")
@click.option("--baseline-km", type=float, help="Distance from the source [km], with --energy-mev.")
@click.option("--energy-mev", type=float, help="Neutrino energy [MeV].")
@click.option("--ordering", help="normal or inverted; a limit is by default the weaker of both.")
@click.option("--from-limit", type=float, help="Limit on the effective moment [mu_B] to be converted.")
@click.option("--experiment", help="Of the limit: solar, the default, reactor or accelerator.")
@click.option("--weights", help="Shares of mass states in solar neutrinos: vacuum, the default, or matter.")
@click.option("--p2nu", type=float, help="Survival probability of two flavours in the Sun; default 0.55.")
@click.option("--p-ee", type=float, help="Survival probability of three flavours, instead of --p2nu.")
@click.option("--composition", metavar="e=1,mu=2.1", help="Weights of squared moments at a source of several flavours.")
@click.option("--lightest-mass-ev", type=float, help="Lightest neutrino mass [eV]; default 0.")
@click.option("--natural-mass-ev", type=float, help="Neutrino mass in the bounds from naturalness; default 0.3.")
@click.option("--scale-tev", type=float, help="Scale of new physics [TeV]; default 1.")
@click.option("--charge-radius-cm2", type=float, help="A charge radius [cm2]; the Standard Model's by default.")
@click.option("--convention", help="Of the charge radius: vector, the default, or left-handed (twice as large).")
@json_option
def command(
    lines: tuple[str, ...],
    kind: str | None,
    ordering: str | None,
    from_limit: float | None,
    *,
    as_json: bool,
    **options: Any,
) -> None:
    """Moments of mass states, of flavours, and of experiments.

    With --set mu_12=1e-11 and the like: the effective moments of that matrix. With --from-limit: limits on moments
    of flavours and mass states. With neither: what the Standard Model and naturalness expect.

    Keys of --set: mu_11 to mu_33 and eps_11 to eps_33 between mass states, mu_ee to mu_tautau between flavours,
    a phase after @ (mu_12=1e-11@90 degrees); sin2_12, sin2_13, sin2_23, delta_deg, alpha_21_deg, alpha_31_deg,
    dm2_21_ev2, dm2_31_ev2.

    Example: numm-stats moments --from-limit 2.8e-11 --experiment solar
    """
    from numm_stats.effective.settings import read_settings  # noqa: PLC0415

    settings = read_settings(lines)
    given = {name: value for name, value in options.items() if value is not None}
    if ordering is not None:
        given["ordering"] = ordering
    if from_limit is not None:
        _convert(from_limit, settings, kind, _only("--from-limit", given), as_json=as_json)
    elif settings.moments:
        _see(settings, kind or "dirac", _only("a matrix of moments (--set mu_12=1e-11)", given), as_json=as_json)
    else:
        _predict(settings, kind, _only("the predictions", given), as_json=as_json)


def _only(question: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the options, or say which of them belongs to another question."""
    from numm_stats.errors import InputError  # noqa: PLC0415

    for name in given:
        if name != "ordering" and name not in BELONGS[question]:
            owners = " and ".join(owner for owner, names in BELONGS.items() if name in names)
            raise InputError(f"--{name.replace('_', '-')}: belongs to {owners}, not to {question}")
    return given


def _convert(limit: float, settings: Settings, kind: str | None, options: dict[str, Any], *, as_json: bool) -> None:
    from numm_stats.effective.limits import convert_limit  # noqa: PLC0415

    if "composition" in options:
        options["composition"] = _composition(options["composition"])
    result = convert_limit(limit, options.pop("experiment", "solar"), settings, **options)
    if as_json:
        print_json(result.to_dict())
        return
    title = f"Limits on moments [mu_B] from {number(limit)} on the effective moment, {result.experiment}"
    columns = ("flavour", "alone", "Majorana") if kind != "dirac" else ("flavour", "alone")
    rows = [(f"mu_{f}", _limit(result.flavour[f]), _limit(result.flavour_majorana[f])) for f in FAMILIES]
    print_table(title, columns, [row[: len(columns)] for row in rows])
    by_kind = {"dirac": result.mass_dirac, "majorana": result.mass_majorana}
    shown = {name: limits for name, limits in by_kind.items() if kind in (None, name)}
    pairs = next(iter(shown.values()))
    mass_rows = [(f"mu_{pair}", *(_limit(limits.get(pair, math.nan)) for limits in shown.values())) for pair in pairs]
    print_table(
        "Between mass states, each alone", ("element", *(n.capitalize() for n in shown)), mass_rows, _notes(result)
    )


def _notes(result: ConvertedLimits) -> list[str]:
    notes = [f"The weaker limit of {' and '.join(result.orderings)} ordering."] if len(result.orderings) > 1 else []
    if result.p_ee is not None:
        notes.append(
            f"P_ee = {number(result.p_ee)} (P_2nu = {number(result.p2nu)}); shares of mass states in {result.weights}."
        )
    return notes


def _see(settings: Settings, kind: str, options: dict[str, Any], *, as_json: bool) -> None:
    from numm_stats.effective.matrices import effective_moments  # noqa: PLC0415

    result = effective_moments(settings, kind, **options)
    if as_json:
        print_json(result.to_dict())
        return
    rows = [(f"short baseline, {family}", number(value)) for family, value in result.short_baseline.items()]
    rows += [(f"at {result.baseline_km:g} km, {name}", number(value)) for name, value in result.at_distance.items()]
    rows += [(f"solar, shares in {name}", number(value)) for name, value in result.solar.items()]
    rows.append(("astrophysical", number(result.astrophysical)))
    energy = "" if result.energy_mev is None else f" at {result.energy_mev:g} MeV"
    print_table(f"Effective moments{energy} [mu_B], {kind.capitalize()} neutrinos", ("seen", "moment"), rows)
    _print_matrix("Between mass states [mu_B]", ("1", "2", "3"), result.mass_basis)
    _print_matrix("Between flavours [mu_B]", FAMILIES, result.flavour_basis)
    if not result.triangle_holds:
        click.echo("A triangle inequality is violated: Majorana neutrinos cannot have these short-baseline moments.")


def _print_matrix(title: str, names: tuple[str, ...], matrix: NDArray[np.complex128]) -> None:
    rows = [(names[j], *(_complex(element) for element in row)) for j, row in enumerate(matrix.tolist())]
    print_table(title, ("final, initial", *names), rows)


def _predict(settings: Settings, kind: str | None, options: dict[str, Any], *, as_json: bool) -> None:
    from numm_stats.effective.theory import predictions  # noqa: PLC0415

    result = predictions(settings, **options)
    if as_json:
        print_json(result.to_dict())
        return
    _print_standard_model(result, kind)
    _print_natural(result, kind)
    rows = [
        (f"nu_{family}", *(number(value, 3) for value in asdict(radius).values()))
        for family, radius in result.charge_radius.items()
    ]
    columns = ("flavour", "Standard Model", "<r^2>", "excess", "g_V shift", "of excess", "anapole")
    print_table(f"Charge radius [cm2], convention {result.convention}, and what it does", columns, rows)


def _print_standard_model(result: Predictions, kind: str | None) -> None:
    columns = {
        "Dirac mu": result.dirac,
        "Dirac epsilon": result.dirac_electric,
        "Majorana": result.majorana,
    }
    shown = {name: values for name, values in columns.items() if kind is None or name.lower().startswith(kind)}
    pairs = next(iter(shown.values()))
    rows = [(pair, *(number(values.get(pair), 3) for values in shown.values())) for pair in pairs]
    masses = ", ".join(number(mass, 3) for mass in result.masses_ev.tolist())
    title = f"Standard Model with neutrino masses {masses} eV: sizes of moments [mu_B]"
    print_table(title, ("element", *shown), rows)


def _print_natural(result: Predictions, kind: str | None) -> None:
    rows = [("Dirac", number(result.natural_dirac, 2))] if kind != "majorana" else []
    if kind != "dirac":
        rows += [(f"Majorana {pair}", number(bound, 2)) for pair, bound in result.natural_majorana.items()]
    title = f"Natural upper bounds [mu_B], mass {result.natural_mass_ev:g} eV, scale {result.scale_tev:g} TeV"
    print_table(title, ("neutrinos", "moment"), rows)


def _composition(text: str) -> dict[str, float]:
    from numm_stats.errors import InputError  # noqa: PLC0415

    try:
        return {family: float(weight) for family, weight in (part.split("=") for part in text.split(","))}
    except ValueError:
        raise InputError(f"--composition {text}: must be like e=1,mu=2.1") from None


def _complex(element: complex) -> str:
    size = abs(element)
    if abs(element.imag) <= 1e-9 * size:
        return number(element.real)
    return f"{number(size)}@{math.degrees(cmath.phase(element)):.4g}"


def _limit(value: float) -> str:
    return "none" if math.isinf(value) else number(value)
