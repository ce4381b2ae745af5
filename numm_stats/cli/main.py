"""The command line's front door: names of the commands, loaded one at a time, and errors turned into exit codes."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Final

import click

from numm_stats.errors import NummStatsError
from numm_stats.version import __version__

__all__ = ["main", "run"]

# Name: what it does. The module of a command is imported when the command runs, so that --help needs none of them.
COMMANDS: Final = {
    "list": "Names of the catalogue, one line each.",
    "show": "What an analysis or workspace is made of.",
    "workspace": "Write the pyhf workspace, and the patch set of a mediator analysis.",
    "fit": "Best fit: values, errors, correlations, pulls.",
    "scan": "-2 ln lambda along the parameter of interest.",
    "limit": "Upper limit on the moment or coupling.",
    "interval": "Two-sided interval of the moment or coupling, in all its pieces.",
    "significance": "Discovery: how unlikely the data are without a signal.",
    "goodness": "Goodness of fit against the saturated model.",
    "impacts": "Ranking of the systematics.",
    "contour": "Contours of the parameter of interest with another parameter.",
    "toys": "Toy campaigns that stop, resume, split and join: run, merge, status.",
    "coverage": "How often limits and intervals cover the true moment or coupling.",
    "select": "ROOT events to histograms and a workspace.",
    "phase-three": "Borexino's published Phase-III spectrum: how well described, and limits, as a study.",
    "recovery": "Whether fits give back what toys were made of: the pulls.",
    "average": "One limit from several configurations: weighted average, envelope, spread.",
    "combine": "Several workspaces about one quantity as one, with shared parameters.",
    "optimise": "Value of a key, such as the ratio that bounds a region, with the best expected limit.",
    "map": "Limit on the coupling against the mediator mass.",
    "cross-section": "Weak, magnetic and mediator cross sections.",
    "moments": "Effective moments between mass states, flavours and experiments.",
    "reproduce": "Published numbers beside ours, with the reason for each difference.",
}


class LazyGroup(click.Group):
    """A group whose commands are modules of this package, imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of `COMMANDS`."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"numm_stats.cli.{_module(cmd_name)}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve a command; an unknown one is answered with the nearest."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from numm_stats.errors import nearest  # noqa: PLC0415

            hint = nearest(args[0], COMMANDS)
            raise click.UsageError(f"no command '{args[0]}'{hint}; commands are {', '.join(COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="numm-stats")
def main() -> None:
    """How large can the neutrino magnetic moment, or a light vector coupling, be?

    TARGET is a name of the catalogue (`numm-stats list`), an analysis .toml, or any pyhf workspace .json.

    Example: numm-stats limit isodar-juno-0.2mev
    """


def run() -> None:
    """Run the command line: exit code 0 done, 1 the computation failed, 2 the input is wrong.

    Small matrices gain nothing from the threads of a linear algebra library, and toys lose by them: parallel work is
    for processes, so the libraries get one thread each unless the environment says otherwise.
    """
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    sys.exit(exit_code(sys.argv[1:]))


def exit_code(arguments: list[str]) -> int:  # noqa: PLR0911  one return for each way to end
    """Run with arguments and return the exit code; errors become one message on standard error."""
    try:
        main.main(args=arguments, prog_name="numm-stats", standalone_mode=False)
    except click.exceptions.Exit as done:
        return int(done.exit_code)
    except click.ClickException as error:
        error.show()
        return 2
    except NummStatsError as error:
        click.echo(f"numm-stats: {error}", err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("numm-stats: interrupted", err=True)
        return 1
    except BrokenPipeError:  # the reader of our output has gone: nothing more to say to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("NUMM_STATS_DEBUG"):
            raise
        click.echo(f"numm-stats: internal error, a bug of ours: {type(error).__name__}: {error}", err=True)
        click.echo("numm-stats: set NUMM_STATS_DEBUG=1 to see where; please report it", err=True)
        return 1
    return 0


def _module(name: str) -> str:
    return f"command_{name.replace('-', '_')}"
