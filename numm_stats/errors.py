"""What can go wrong, as types: the command line turns them into exit codes."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ComputationError", "InputError", "NummStatsError", "nearest"]


class NummStatsError(Exception):
    """Base of every error this package raises on purpose; its text is one readable sentence."""

    exit_code = 1


class InputError(NummStatsError, ValueError):
    """Something the user gave is wrong: says what, where, which value, and what is allowed. Exit code 2."""

    exit_code = 2


class ComputationError(NummStatsError, ArithmeticError):
    """The input was fine and the calculation failed: says of what, and what to try. Exit code 1."""

    exit_code = 1


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Return ", did you mean 'x'?" for the allowed name closest to the given one, or an empty string.

    >>> nearest("isodar-juno-3mv", ["isodar-juno-3mev", "nova-counting"])
    ", did you mean 'isodar-juno-3mev'?"
    """
    matches = difflib.get_close_matches(name, list(allowed), n=1)
    return f", did you mean '{matches[0]}'?" if matches else ""
