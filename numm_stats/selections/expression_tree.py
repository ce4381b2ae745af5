"""The pieces of a parsed expression: numbers, branches and functions of them; `expression_operators` joins them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.selections.expression_functions import CONSTANTS, FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from numm_stats.selections.expression_functions import Kind

    Columns = Mapping[str, NDArray[np.float64]]

__all__ = ["Branch", "Call", "Column", "Constant", "Node", "Number", "Rank", "Value"]

# An array, or for constants a numpy scalar, which is never spread over the events unless it meets them. Not Python's
# numbers: 9**9**9**9 is to be inf, and (-8) ** (1/3) nan rather than complex.
Value = Any


class Rank(IntEnum):
    """How tightly an operator holds its operands."""

    OR = 1
    AND = 2
    NOT = 3
    COMPARISON = 4
    SUM = 5
    PRODUCT = 6
    SIGN = 7
    POWER = 8
    WHOLE = 9


@dataclass(frozen=True, slots=True)
class Column:
    """One number per event, out of a branch.

    Attributes:
        branch: Name in the tree.
        pick: Of a jagged branch "max", "min", "sum", "count" or the index of an element; None for a flat branch.
    """

    branch: str
    pick: str | int | None = None

    @property
    def key(self) -> str:
        """As it is written in an expression.

        >>> Column("rec.png.calE", "max").key, Column("rec.png.calE", -1).key
        ('max(rec.png.calE)', 'rec.png.calE[-1]')
        """
        match self.pick:
            case None:
                return self.branch
            case int():
                return f"{self.branch}[{self.pick}]"
        return f"{self.pick}({self.branch})"


class Node(ABC):
    """A piece of an expression; its text has as few parentheses as keep its shape."""

    __slots__ = ()

    @property
    @abstractmethod
    def rank(self) -> Rank:
        """How tightly it holds together."""

    @property
    def kind(self) -> Kind:
        """What it is, for every event."""
        return "truth" if self.rank <= Rank.COMPARISON else "number"

    @abstractmethod
    def value(self, columns: Columns) -> Value:
        """Compute it from the columns, each of shape (n,), by their keys."""

    def opposite(self, columns: Columns) -> Value:
        """Compute where a truth fails, of columns as `value`; what is unknown neither holds nor fails."""
        return np.logical_not(self.value(columns))

    @abstractmethod
    def columns(self) -> Iterator[Column]:
        """Yield the columns it needs, some more than once."""

    def inside(self, lowest: Rank) -> str:
        """Its text where pieces hold at least as tightly as a rank, or stand in parentheses."""
        return str(self) if self.rank >= lowest else f"({self})"


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number of zero or more."""

    number: float
    rank = Rank.WHOLE

    def __str__(self) -> str:
        return repr(self.number).removesuffix(".0")

    def value(self, columns: Columns) -> Value:  # noqa: ARG002
        """Return the number."""
        return np.float64(self.number)

    def columns(self) -> Iterator[Column]:
        """Yield none."""
        yield from ()


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A number or a truth with a name of `CONSTANTS`."""

    name: str
    rank = Rank.WHOLE

    @property
    def kind(self) -> Kind:
        """What the name stands for."""
        return "truth" if isinstance(CONSTANTS[self.name], np.bool_) else "number"

    def __str__(self) -> str:
        return self.name

    def value(self, columns: Columns) -> Value:  # noqa: ARG002
        """Return the constant."""
        return CONSTANTS[self.name]

    def columns(self) -> Iterator[Column]:
        """Yield none."""
        yield from ()


@dataclass(frozen=True, slots=True)
class Branch(Node):
    """A column of numbers."""

    column: Column
    rank = Rank.WHOLE

    def __str__(self) -> str:
        return self.column.key

    def value(self, columns: Columns) -> Value:
        """Return the column itself."""
        return columns[self.column.key]

    def columns(self) -> Iterator[Column]:
        """Yield the column."""
        yield self.column


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of `FUNCTIONS` with its arguments."""

    name: str
    arguments: tuple[Node, ...]
    rank = Rank.WHOLE

    @property
    def kind(self) -> Kind:
        """What the function returns."""
        return FUNCTIONS[self.name].kind

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.arguments))})"

    def value(self, columns: Columns) -> Value:
        """Compute the arguments, then the function."""
        return FUNCTIONS[self.name].apply(*[argument.value(columns) for argument in self.arguments])

    def columns(self) -> Iterator[Column]:
        """Yield the columns of the arguments."""
        for argument in self.arguments:
            yield from argument.columns()
