"""What the tables of a selection share: names, numbers, and expressions that are parsed when the table is."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator

from numm_stats.errors import InputError, nearest
from numm_stats.selections.expressions import Expression, parse_expression

__all__ = ["Condition", "Files", "Formula", "Moving", "Name", "Positive", "Share", "Table", "known", "refuse_twice"]

Positive = Annotated[float, Field(gt=1e-60, lt=1e60)]
Share = Annotated[float, Field(gt=0.0, le=1.0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")]
Files = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]


class Table(BaseModel):
    """A table of the TOML file: unknown keys, NaN and infinity are errors, "3" is not a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Moving(Protocol):
    """A systematic: the samples that it moves, all of them if none is named."""

    @property
    def samples(self) -> list[str]:
        """Their names."""


def _formula(value: Any) -> Expression:
    """Parse an expression whose values are numbers; a number alone is one."""
    if isinstance(value, Expression):
        return value
    text = repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    return _parsed(text, "number")


def _condition(value: Any) -> Expression:
    """Parse an expression whose values are true or false."""
    return value if isinstance(value, Expression) else _parsed(value, "truth")


def _parsed(text: Any, kind: Literal["number", "truth"]) -> Expression:
    if not isinstance(text, str):
        raise InputError(f"{text!r} is no expression: give a text such as 'calE * theta**2 < 0.005'")
    return parse_expression(text, "expression", kind)


_as_text = PlainSerializer(lambda expression: expression.text, return_type=str)
Formula = Annotated[Expression, PlainValidator(_formula), _as_text]
Condition = Annotated[Expression, PlainValidator(_condition), _as_text]


def known(what: str, names: list[str], allowed: list[str]) -> None:
    """Refuse a name that is not allowed.

    Raises:
        ValueError: in words for a table's reader.
    """
    for name in names:
        if name not in allowed:
            raise ValueError(f"{what} names '{name}'{nearest(name, allowed)}; there are {', '.join(allowed)}")


def refuse_twice(what: str, names: list[str]) -> None:
    """Refuse a name that stands twice.

    Raises:
        ValueError: in words for a table's reader.
    """
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise ValueError(f"two {what} names are '{twice[0]}'")
