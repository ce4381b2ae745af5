"""`numm-stats limit`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numm_stats.cli.average_limit import limit_of_average
from numm_stats.cli.drawing import draw_limit
from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import (
    confidence_level,
    delta_chi2,
    measurement_options,
    plot_file,
    prior_options,
    resolve,
    target_options,
    worker_options,
)
from numm_stats.cli.output import number, print_json, print_table, say
from numm_stats.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyhf import Workspace

    from numm_stats.analyses.analysis import Analysis
    from numm_stats.verbs.results import Limit

__all__ = ["command"]

BY_DEFAULT = ("cls", "delta-chi2")
WITHOUT_TOYS = ("delta-chi2", "bayes")
OF_BAYES = ("prior", "likelihood")
NUMBER = re.compile(r"\d[\d.]*(?:e[+-]?\d+)?")


@click.command("limit")
@target_options
@measurement_options
@confidence_level
@click.option("--construction", metavar="NAME", help="cls, clsb, pcl, delta-chi2, bayes, feldman-cousins, or all.")
@delta_chi2
@prior_options
@click.option("--toys", type=int, help="From toys: how many for each hypothesis; cls, clsb, pcl, feldman-cousins.")
@click.option("--adaptive", type=float, metavar="K", help="Fewer toys where CLs is K errors from 1 - CL already; 3.")
@click.option("--precision", type=float, metavar="PART", help="Toys until limits are known to this part.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the toys.")
@worker_options
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
    With --toys: CLs from toys, main counts and auxiliary measurements both drawn; feldman-cousins needs them.

    Example: numm-stats limit isodar-juno-0.2mev --construction cls --plot cls.png
    """
    named = {"poi": poi, "measurement": measurement}
    resolved = resolve(target, overrides, data, **named)
    if getattr(resolved, "choices", None):
        limit_of_average(resolved, construction, {**choices, **named}, as_json=as_json, plot_file=plot_file)
        return
    from_toys = choices["toys"] is not None or choices["campaign"] is not None
    _check_toy_options(construction, choices, from_toys=from_toys)
    asked = {**named, "confidence_level": choices["confidence_level"]}
    if from_toys:
        found = _from_toys(resolved, construction, choices, asked)
    else:
        found = _asymptotic(resolved, construction, choices, asked)
    if plot_file is not None:
        draw_limit(resolved, found[0], plot_file, **named)
    if as_json:
        print_json(_json(found, construction))
        return
    _print(found)


def _check_toy_options(construction: str | None, choices: dict[str, Any], *, from_toys: bool) -> None:
    from numm_stats.errors import InputError  # noqa: PLC0415

    if choices["toys"] is not None and choices["campaign"] is not None:
        raise InputError("--toys throws toys, --campaign reads them: give one of the two")
    if from_toys and choices["delta_chi2"] is not None:
        raise InputError("--delta-chi2 has no toys: leave it, or leave --toys")
    if from_toys:
        return
    if construction == "feldman-cousins":
        raise InputError("--construction feldman-cousins orders toys: add --toys 10000, or --campaign FOLDER")
    asked = click.get_current_context().get_parameter_source
    for name in ("adaptive", "precision", "seed", "jobs", "dask"):
        if asked(name) is click.core.ParameterSource.COMMANDLINE:
            raise InputError(f"--{name} is about toys: add --toys 10000, or leave it")


def _asymptotic(
    resolved: Analysis | Workspace, construction: str | None, choices: dict[str, Any], named: dict[str, Any]
) -> tuple[Limit, ...]:
    from numm_stats.errors import InputError  # noqa: PLC0415
    from numm_stats.verbs.limiting import CONSTRUCTIONS, limit, limits  # noqa: PLC0415

    rise, named = choices["delta_chi2"], {**named, **{name: choices[name] for name in (*OF_BAYES, "minimizer")}}
    if construction == "all" and rise is not None:
        raise InputError(f"--delta-chi2 {rise}: goes with --construction delta-chi2, not with 'all'")
    if construction in (None, "all", "bayes") and rise is None:
        chosen = {None: BY_DEFAULT, "all": CONSTRUCTIONS}.get(construction, ("bayes",))
        return limits(resolved, constructions=chosen, **named)
    name = construction or "delta-chi2"
    return (limit(resolved, construction=name, delta_chi2=rise, **named),)


def _from_toys(
    resolved: Analysis | Workspace, construction: str | None, choices: dict[str, Any], named: dict[str, Any]
) -> tuple[Limit, ...]:
    from numm_stats.verbs.limiting import limits  # noqa: PLC0415
    from numm_stats.verbs.priors import refuse_without_bayes  # noqa: PLC0415

    of_bayes = {name: choices[name] for name in OF_BAYES}
    names = (construction or "cls",)
    if construction != "all":
        refuse_without_bayes(names, **of_bayes)
    read = _thrown if choices["campaign"] is None else _stored
    found = read(resolved, None if construction == "all" else names, choices, named)
    without = limits(resolved, constructions=WITHOUT_TOYS, **of_bayes, **named) if construction == "all" else ()
    return found + without


def _stored(
    resolved: Analysis | Workspace, names: tuple[str, ...] | None, choices: dict[str, Any], named: dict[str, Any]
) -> tuple[Limit, ...]:
    """Limits from a campaign; None for all that it is for."""
    from numm_stats.verbs.throwing import campaign_constructions, campaign_limit  # noqa: PLC0415

    folder = choices["campaign"]
    chosen = campaign_constructions(folder) if names is None else names
    return tuple(campaign_limit(folder, resolved, construction=name, **named) for name in chosen)


def _thrown(
    resolved: Analysis | Workspace, names: tuple[str, ...] | None, choices: dict[str, Any], named: dict[str, Any]
) -> tuple[Limit, ...]:
    """Limits from toys thrown now; None for all that toys give."""
    from numm_stats.inference.toy_limits import CONSTRUCTIONS_WITH_TOYS  # noqa: PLC0415
    from numm_stats.verbs.throwing import toy_limits, workers  # noqa: PLC0415

    chosen = (*CONSTRUCTIONS_WITH_TOYS, "feldman-cousins") if names is None else names
    thrown = {name: choices[name] for name in ("toys", "adaptive", "precision", "seed")}
    with workers(choices["jobs"], choices["dask"]) as executor, progress() as bar:
        thrown |= {"engine": choices["minimizer"], "executor": executor, **bar}
        return toy_limits(resolved, constructions=chosen, **thrown, **named)


def _json(found: Sequence[Limit], construction: str | None) -> dict[str, Any]:
    """The default construction's object, the others beside it under `limits`; only the list for "all"."""
    objects = [limit.to_dict() for limit in found]
    if construction == "all":
        return {"analysis": objects[0]["analysis"], "limits": objects}
    return {**objects[0], "limits": objects} if len(objects) > 1 else objects[0]


def _row(limit: Limit) -> tuple[str, ...]:
    band = [number(value, 4 if position == 2 else 3) for position, value in enumerate(limit.expected)]
    return limit.label, number(limit.observed), *band


def _toys(limit: Limit) -> tuple[str, ...]:
    """What a limit is known to, and what it cost."""
    parameter = limit.parameter
    accuracy = f"{100.0 * limit.uncertainty / limit.value:.2g} %" if limit.value > 0.0 else "-"
    seconds = f"{parameter.seconds:.2g} s" if parameter.seconds else "-"
    return accuracy, str(parameter.toys or "-"), seconds


def _notes(found: Sequence[Limit]) -> list[str]:
    """Uncertainty, origin, and the pieces of what is not excluded where there are several."""
    first = found[0].parameter
    worst = max((limit.uncertainty / limit.value for limit in found if limit.value > 0.0), default=0.0)
    notes = [f"Numerical uncertainty: {worst:.0e} of the limit."] if first.calculator != "toys" else []
    if first.calculator == "toys" and len(found) == 1:
        time = f" in {first.seconds:.3g} s" if first.seconds else ""
        notes = [f"From {first.toys} toys{time}; statistical uncertainty {100.0 * worst:.2g} % of the limit."]
        edges = [number(value, 2) for value in found[0].expected_uncertainty if value is not None]
        notes += [f"Uncertainty of the expected limits: {', '.join(edges)}."] if edges else []
    elif first.calculator == "toys":
        notes = ["cls, clsb and pcl share their toys."]
    if any(limit.parameter.calculator == "toys" for limit in found):
        lost = sum(limit.parameter.failures for limit in found)
        notes.append(f"Fits that went to iminuit: {max(x.parameter.fallbacks for x in found)}; toys lost: {lost}.")
    for limit in found:
        if limit.intervals and (len(limit.intervals) > 1 or limit.intervals[0][0] > 0.0):
            pieces = " and ".join(f"{number(low)} to {number(high)}" for low, high in limit.intervals)
            notes.append(f"Not excluded by {limit.label}: {pieces}.")
    return notes


def _print(found: Sequence[Limit]) -> None:
    first = found[0]
    unit = f" [{first.poi.unit}]" if first.poi.unit != "1" else ""
    title = (
        f"{first.analysis}: {first.quantity}{unit}, upper limits at {100 * first.parameter.confidence_level:g} % C.L."
    )
    columns: tuple[str, ...] = ("construction", "observed", "-2 sigma", "-1 sigma", "expected", "+1 sigma", "+2 sigma")
    rows = [_row(limit) for limit in found]
    if first.parameter.calculator == "toys" and len(found) > 1:
        columns += ("uncertainty", "toys", "time")
        rows = [(*row, *_toys(limit)) for row, limit in zip(rows, found, strict=True)]
    print_table(title, columns, rows, _notes(found))
    if first.observed is None:
        say("Asimov data: nothing observed, the limits are expected ones.")
    for warning in _worded_once(text for limit in found for text in limit.parameter.warnings):
        say(f"warning: {warning}")


def _worded_once(warnings: Iterable[str]) -> list[str]:
    """Return the first of the warnings that differ in their numbers only: constructions put the limit elsewhere."""
    first: dict[str, str] = {}
    for text in warnings:
        first.setdefault(NUMBER.sub("", text), text)
    return list(first.values())
