"""`numm-stats interval`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import confidence_level, measurement_options, prior_options, resolve, target_options
from numm_stats.cli.output import number, print_json, print_table, say
from numm_stats.cli.toy_options import thrown, toy_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numm_stats.analyses.analysis import Analysis
    from numm_stats.verbs.interval_result import Interval

__all__ = ["command"]

NOTHING = 1e-6  # of the outermost edge


@click.command("interval")
@target_options
@measurement_options
@confidence_level
@click.option(
    "--construction",
    default="delta-chi2",
    show_default=True,
    metavar="NAME",
    help="delta-chi2, t-mu-tilde, bayes, feldman-cousins (with --toys), or all.",
)
@prior_options
@toy_options
@json_option
def command(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    poi: str | None,
    measurement: str | None,
    construction: str,
    prior: str | None,
    likelihood: str | None,
    *,
    as_json: bool,
    **choices: Any,
) -> None:
    """Two-sided interval of the moment or coupling, in as many pieces as it has.

    By default where -2 ln lambda is below 2.706 (at 90 %); feldman-cousins orders toys and needs --toys.

    Example: numm-stats interval nova-counting --construction all --toys 10000
    """
    _check(construction, choices["toys"])
    resolved = resolve(target, overrides, data, poi=poi, measurement=measurement)
    named = {"confidence_level": choices["confidence_level"], "prior": prior, "likelihood": likelihood}
    named |= {"poi": poi, "measurement": measurement}
    with thrown(choices) as toys:
        found = _found(resolved, construction, named | toys)
    if as_json:
        print_json(_json(found))
        return
    _print(found)


def _check(construction: str, toys: int | None) -> None:
    from numm_stats.errors import InputError  # noqa: PLC0415

    if construction == "feldman-cousins" and toys is None:
        raise InputError("--construction feldman-cousins orders toys: add --toys 10000")
    if toys is not None and construction not in ("feldman-cousins", "all"):
        raise InputError(f"--toys {toys}: '{construction}' has none, add --construction feldman-cousins or all")


def _found(resolved: Analysis | dict[str, Any], construction: str, named: dict[str, Any]) -> tuple[Interval, ...]:
    from numm_stats.verbs.ranging import CONSTRUCTIONS, WITHOUT_TOYS, intervals  # noqa: PLC0415

    every = CONSTRUCTIONS if "toys" in named else WITHOUT_TOYS
    return intervals(resolved, constructions=every if construction == "all" else (construction,), **named)


def _json(found: Sequence[Interval]) -> dict[str, Any]:
    """One object; several, of "all" or of two priors, as a list under `constructions`."""
    objects = [interval.to_dict() for interval in found]
    return objects[0] if len(objects) == 1 else {"analysis": objects[0]["analysis"], "constructions": objects}


def _print(found: Sequence[Interval]) -> None:
    first = found[0]
    unit = f" [{first.poi.unit}]" if first.poi.unit != "1" else ""
    level = f"{100.0 * first.parameter.confidence_level:g} % C.L."
    rows = [(interval.label, number(_best(interval)), interval.pieces) for interval in found]
    notes = [_origin(interval) for interval in found if interval.parameter.calculator == "toys"]
    title = f"{first.analysis}: {first.poi.quantity}{unit}, two-sided intervals at {level}"
    print_table(title, ("construction", "best fit", "intervals"), rows, notes)
    for warning in dict.fromkeys(text for interval in found for text in interval.parameter.warnings):
        say(f"warning: {warning}")


def _best(interval: Interval) -> float:
    """The best fit; zero where only rounding keeps it from there."""
    size = max(abs(edge) for edges in interval.intervals for edge in edges)
    return 0.0 if abs(interval.best) < NOTHING * size else interval.best


def _origin(interval: Interval) -> str:
    region = interval.parameter
    part = 100.0 * interval.uncertainty / interval.intervals[-1][1]
    thrown = f"{region.construction}: from {region.toys} toys in {region.seconds:.3g} s"
    return f"{thrown}; statistical uncertainty {part:.2g} % of the highest edge."
