"""`numm-stats significance`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import measurement_options, resolve, target_options
from numm_stats.cli.output import number, print_json, print_table, say
from numm_stats.cli.toy_options import origin_of_p, thrown, toy_options

if TYPE_CHECKING:
    from numm_stats.verbs.results import Significance

__all__ = ["command"]


@click.command("significance")
@target_options
@measurement_options
@click.option("--signal", type=float, default=1.0, show_default=True, help="Parameter value of the expectation.")
@toy_options
@json_option
def command(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    poi: str | None,
    measurement: str | None,
    signal: float,
    *,
    as_json: bool,
    **choices: Any,
) -> None:
    """Discovery: how unlikely the data are without a signal, by q_0, and what a signal would give.

    The p-values are asymptotic; with --toys, of toys thrown without a signal.

    Example: numm-stats significance nova-counting
    """
    from numm_stats.verbs.questions import significance  # noqa: PLC0415

    resolved = resolve(target, overrides, data, poi=poi, measurement=measurement)
    with thrown(choices) as toys:
        result = significance(resolved, signal=signal, poi=poi, measurement=measurement, **toys)
    if as_json:
        print_json(result.to_dict())
        return
    _print(result)


def _print(result: Significance) -> None:
    test, meaning = result.parameter, result.poi
    unit = f" {meaning.unit}" if meaning.unit != "1" else ""
    at = f"expected at {number(meaning.physical(test.signal))}{unit}"
    rows = [
        (f"{test.data} data", number(test.mu_hat), *_bounded(test.significance, test.p_value, test.p_value_is_limit)),
        (
            at,
            number(test.signal),
            *_bounded(test.expected_significance, test.expected_p_value, test.expected_p_value_is_limit),
        ),
    ]
    title = f"{result.analysis}: discovery of a {meaning.quantity}"
    notes = [f"The parameter is {test.poi}.", *origin_of_p(test)]
    print_table(title, ("what", "parameter", "Z [sigma]", "p-value"), rows, notes)
    for warning in test.warnings:
        say(f"warning: {warning}")


def _bounded(significance: float, p_value: float, is_limit: bool) -> tuple[str, str]:  # noqa: FBT001
    """Return Z and p, as what they are above and below where no toy is as extreme."""
    above, below = (">", "<") if is_limit else ("", "")
    return above + number(significance), below + number(p_value)
