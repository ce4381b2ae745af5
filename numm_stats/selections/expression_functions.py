"""What an expression may compute with: functions, constants, and choices of an element of a jagged branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["CONSTANTS", "FUNCTIONS", "OPERATORS", "PICKS", "Function", "Kind"]

Kind = Literal["number", "truth"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of arrays, element by element.

    Attributes:
        apply: Computes it.
        arguments: What each of its arguments is.
        kind: What it returns.
    """

    apply: Callable[..., Any]
    arguments: tuple[Kind, ...] = ("number",)
    kind: Kind = "number"


_OF_ONE = (
    *(np.sqrt, np.exp, np.expm1, np.log, np.log10, np.log2, np.log1p, np.floor, np.ceil, np.rint, np.sign),
    *(np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh, np.tanh),
)
_OF_TWO = (np.arctan2, np.hypot, np.minimum, np.maximum)

FUNCTIONS: Final[Mapping[str, Function]] = {
    "abs": Function(np.abs),
    **{function.__name__: Function(function) for function in _OF_ONE},
    **{function.__name__: Function(function, ("number", "number")) for function in _OF_TWO},
    "clip": Function(np.clip, ("number", "number", "number")),
    "isfinite": Function(np.isfinite, kind="truth"),
    "isnan": Function(np.isnan, kind="truth"),
    "where": Function(np.where, ("truth", "number", "number")),
}

CONSTANTS: Final[Mapping[str, np.float64 | np.bool_]] = {
    "pi": np.float64(np.pi),
    "true": np.True_,
    "false": np.False_,
}

PICKS: Final[Mapping[str, str | int]] = {
    "first": 0,
    "last": -1,
    **{name: name for name in ("max", "min", "sum", "count")},
}


def _unequal(left: Any, right: Any) -> Any:
    """Return whether numbers differ; NaN does from none, as it is equal to none."""
    return np.logical_or(np.less(left, right), np.greater(left, right))


OPERATORS: Final[Mapping[str, Callable[..., Any]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.remainder,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": _unequal,
    "and": np.logical_and,
    "or": np.logical_or,
}
