"""`numm-stats limit` of an analysis of several configurations: the limit of their average."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from numm_stats.cli.command_average import print_average
from numm_stats.cli.drawing import draw_average
from numm_stats.cli.output import print_json

if TYPE_CHECKING:
    from pathlib import Path

    from pyhf import Workspace

    from numm_stats.analyses.analysis import Analysis

__all__ = ["limit_of_average"]

BY_DEFAULT = ("cls", "delta-chi2")
OF_TOYS = ("toys", "campaign", "adaptive", "precision", "seed", "dask")


def limit_of_average(
    resolved: Analysis | Workspace,
    construction: str | None,
    choices: dict[str, Any],
    *,
    as_json: bool,
    plot_file: Path | None,
) -> None:
    """Print the limit of an analysis with choices: that of their average, beside those of the configurations."""
    from numm_stats.verbs.averages import CONSTRUCTIONS, average  # noqa: PLC0415
    from numm_stats.verbs.limiting import refuse_for_averages  # noqa: PLC0415
    from numm_stats.verbs.priors import refuse_without_bayes  # noqa: PLC0415
    from numm_stats.verbs.throwing import workers  # noqa: PLC0415

    _refuse_toys()
    refuse_for_averages(choices["likelihood"], choices["minimizer"])
    names = {None: BY_DEFAULT, "all": CONSTRUCTIONS}.get(construction, (str(construction),))
    refuse_without_bayes(names, choices["prior"], choices["likelihood"])
    asked = {name: choices[name] for name in ("confidence_level", "delta_chi2", "prior", "poi", "measurement")}
    if construction is None and asked["delta_chi2"] is not None:
        names = ("delta-chi2",)
    with workers(choices["jobs"]) as executor:
        result = average([resolved], constructions=names, executor=executor, workers=choices["jobs"], **asked)
    if plot_file is not None:
        draw_average(result, plot_file)
    if as_json:
        print_json(result.to_dict())
        return
    print_average(result)


def _refuse_toys() -> None:
    from numm_stats.errors import InputError  # noqa: PLC0415

    asked = click.get_current_context().get_parameter_source
    for name in OF_TOYS:
        if asked(name) is click.core.ParameterSource.COMMANDLINE:
            raise InputError(f"--{name}: an average of configurations has no toys; choose one configuration with --set")
