"""Options of the commands that give one answer from toys, and what verbs make of them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from numm_stats.cli.options import worker_options
from numm_stats.cli.output import number
from numm_stats.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numm_stats.inference.goodness import Goodness
    from numm_stats.inference.significance import Discovery

__all__ = ["origin_of_p", "thrown", "toy_options"]

Function = TypeVar("Function", bound="Callable[..., Any]")

ABOUT_TOYS = ("seed", "jobs", "dask", "minimizer")


def toy_options(function: Function) -> Function:
    """Add --toys, --seed, --jobs, --dask and --minimizer; a command takes them as keyword arguments for `thrown`."""
    engines = "Fits of toys: auto, numba, numpy, or iminuit (slow reference)."
    for decorate in (
        click.option("--minimizer", default="auto", show_default=True, help=engines),
        worker_options,
        click.option("--seed", type=int, default=0, show_default=True, help="Of the toys."),
        click.option("--toys", type=int, help="From toys: how many for each hypothesis."),
    ):
        function = decorate(function)
    return function


@contextmanager
def thrown(choices: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the keyword arguments of a verb that throws toys; none where --toys is not given.

    Raises:
        InputError: for an option about toys without --toys, or workers that cannot be.
    """
    from numm_stats.errors import InputError  # noqa: PLC0415

    if choices["toys"] is None:
        asked = click.get_current_context().get_parameter_source
        for name in ABOUT_TOYS:
            if asked(name) is click.core.ParameterSource.COMMANDLINE:
                raise InputError(f"--{name} is about toys: add --toys 10000, or leave it")
        yield {}
        return
    from numm_stats.verbs.throwing import workers  # noqa: PLC0415

    with workers(choices["jobs"], choices["dask"]) as executor, progress() as bar:
        named = {"toys": choices["toys"], "seed": choices["seed"], "engine": choices["minimizer"]}
        yield {**named, "executor": executor, **bar}


def origin_of_p(result: Goodness | Discovery) -> list[str]:
    """Return the line that says what toys tell of a p-value; none for the asymptotic one."""
    if result.calculator != "toys":
        return []
    between = f"{number(result.p_value_low, 3)} to {number(result.p_value_high, 3)}"
    return [f"From {result.toys} toys in {result.seconds:.3g} s: p = {between} (68 % Clopper-Pearson)."]
