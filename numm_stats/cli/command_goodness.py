"""`numm-stats goodness`."""

from __future__ import annotations

from typing import Any

import click

from numm_stats.cli.options import as_json as json_option
from numm_stats.cli.options import measurement_options, resolve, target_options
from numm_stats.cli.output import number, print_json, print_table, say
from numm_stats.cli.toy_options import origin_of_p, thrown, toy_options

__all__ = ["command"]


@click.command("goodness")
@target_options
@measurement_options
@toy_options
@json_option
def command(
    target: str,
    overrides: tuple[str, ...],
    data: str | None,
    poi: str | None,
    measurement: str | None,
    *,
    as_json: bool,
    **choices: Any,
) -> None:
    """Goodness of fit: -2 ln L of the best fit relative to the saturated model, its p-value, the worst bins.

    Bins are numbered from 0 in each channel.
    The p-value is that of the chi2 law; with --toys, of toys thrown at the best fit.

    Example: numm-stats goodness nova-counting
    """
    from numm_stats.verbs.questions import goodness  # noqa: PLC0415

    resolved = resolve(target, overrides, data, poi=poi, measurement=measurement)
    with thrown(choices) as toys:
        result = goodness(resolved, poi=poi, measurement=measurement, **toys)
    if as_json:
        print_json(result.to_dict())
        return
    rows = [
        (channel, str(b), number(n), number(nu), f"{residual + 0.0:+.2f}")
        for channel, b, n, nu, residual in result.largest
    ]
    sign = "<" if result.p_value_is_limit else "="
    summary = f"deviance {number(result.deviance)} for {result.ndf} d.o.f., p {sign} {number(result.p_value)}"
    notes = [summary, *origin_of_p(result)]
    columns = ("channel", "bin", "observed", "expected", "residual")
    print_table(f"{target}, {result.data} data", columns, rows, notes)
    for warning in result.warnings:
        say(f"warning: {warning}")
