"""What joins the pieces of an expression: arithmetic, comparisons, and, or, not.

A row of operators of one rank is one piece, however long: a sum of a thousand terms is not a thousand levels deep.

A comparison with NaN, which is what an event has in the place of a missing element of a jagged branch, holds neither as
it stands nor negated: `not` asks for the opposite of every comparison below it, which NaN does not fulfil either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.selections.expression_functions import OPERATORS
from numm_stats.selections.expression_tree import Branch, Node, Number, Rank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numm_stats.selections.expression_tree import Column, Columns, Value

__all__ = ["RANKS", "Chain", "Comparison", "Membership", "Power", "Prefix"]

RANKS = {
    "or": Rank.OR,
    "and": Rank.AND,
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!=", "in", "not in"), Rank.COMPARISON),
    **dict.fromkeys(("+", "-"), Rank.SUM),
    **dict.fromkeys(("*", "/", "%"), Rank.PRODUCT),
    "**": Rank.POWER,
}

OPPOSITES = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "and": "or", "or": "and"}


@dataclass(frozen=True, slots=True)
class Prefix(Node):
    """The negative of a number ("-"), or of a truth ("not")."""

    operator: str
    operand: Node

    @property
    def rank(self) -> Rank:
        """Between that of products and powers, or that of `and` and comparisons."""
        return Rank.NOT if self.operator == "not" else Rank.SIGN

    def __str__(self) -> str:
        blank = " " if self.operator == "not" else ""
        return f"{self.operator}{blank}{self.operand.inside(self.rank)}"

    def value(self, columns: Columns) -> Value:
        """Compute the negative."""
        return self.operand.opposite(columns) if self.operator == "not" else np.negative(self.operand.value(columns))

    def opposite(self, columns: Columns) -> Value:
        """Return what is negated."""
        return self.operand.value(columns)

    def columns(self) -> Iterator[Column]:
        """Yield those of the operand."""
        yield from self.operand.columns()


@dataclass(frozen=True, slots=True)
class Power(Node):
    """A number to the power of another; a ** b ** c is a ** (b ** c)."""

    base: Node
    exponent: Node
    rank = Rank.POWER

    def __str__(self) -> str:
        return f"{self.base.inside(Rank.WHOLE)}**{self.exponent.inside(Rank.SIGN)}"

    def value(self, columns: Columns) -> Value:
        """Compute it as the operator of arrays does, which has short cuts for squares and roots."""
        return self.base.value(columns) ** self.exponent.value(columns)

    def columns(self) -> Iterator[Column]:
        """Yield those of base and exponent."""
        yield from self.base.columns()
        yield from self.exponent.columns()


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """Operators of one rank, from left to right: a sum, a product, `and`, or `or`."""

    first: Node
    rest: tuple[tuple[str, Node], ...]

    @property
    def rank(self) -> Rank:
        """The one of all its operators."""
        return RANKS[self.rest[0][0]]

    def __str__(self) -> str:
        return _row(self.first, self.rest, Rank(self.rank + 1))

    def value(self, columns: Columns) -> Value:
        """Compute it from left to right, in the array of an operand where that is nobody else's."""
        return self._joined(columns)

    def opposite(self, columns: Columns) -> Value:
        """Join the opposites the other way: not (a and b) is not a or not b."""
        return self._joined(columns, opposite=True)

    def _joined(self, columns: Columns, *, opposite: bool = False) -> Value:
        total = self.first.opposite(columns) if opposite else self.first.value(columns)
        own = _own(self.first, total)
        for written, operand in self.rest:
            right = operand.opposite(columns) if opposite else operand.value(columns)
            operator = OPPOSITES[written] if opposite else written
            total = OPERATORS[operator](total, right, out=_own(operand, right) if own is None else own)
            own = _own(self, total)
        return total

    def columns(self) -> Iterator[Column]:
        """Yield those of all operands."""
        yield from self.first.columns()
        for _, operand in self.rest:
            yield from operand.columns()


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """Comparisons of neighbours, all of which are to hold: 0.5 < E <= 3."""

    first: Node
    rest: tuple[tuple[str, Node], ...]
    rank = Rank.COMPARISON

    def __str__(self) -> str:
        return _row(self.first, self.rest, Rank.SUM)

    def value(self, columns: Columns) -> Value:
        """Compute every number once."""
        return self._compared(columns)

    def opposite(self, columns: Columns) -> Value:
        """Return whether one of the opposite comparisons holds."""
        return self._compared(columns, opposite=True)

    def _compared(self, columns: Columns, *, opposite: bool = False) -> Value:
        left, result = self.first.value(columns), None
        for written, operand in self.rest:
            right = operand.value(columns)
            piece = OPERATORS[OPPOSITES[written] if opposite else written](left, right)
            join = OPERATORS["or" if opposite else "and"]
            left, result = right, piece if result is None else join(result, piece)
        return result

    def columns(self) -> Iterator[Column]:
        """Yield those of all operands."""
        yield from self.first.columns()
        for _, operand in self.rest:
            yield from operand.columns()


@dataclass(frozen=True, slots=True)
class Membership(Node):
    """Whether a number is one of a few: mode in (0, 1, 10), or not in."""

    operand: Node
    operator: str
    members: tuple[float, ...]
    rank = Rank.COMPARISON

    def __str__(self) -> str:
        members = ", ".join(str(Number(member)) for member in self.members)
        return f"{self.operand.inside(Rank.SUM)} {self.operator} ({members})"

    def value(self, columns: Columns) -> Value:
        """Compare with every member."""
        return self._tested(columns, within=self.operator == "in")

    def opposite(self, columns: Columns) -> Value:
        """Compare the other way."""
        return self._tested(columns, within=self.operator == "not in")

    def _tested(self, columns: Columns, *, within: bool) -> Value:
        value = self.operand.value(columns)
        found = np.isin(value, self.members, invert=not within)
        return found if within else np.logical_and(found, np.logical_not(np.isnan(value)))

    def columns(self) -> Iterator[Column]:
        """Yield those of the operand."""
        yield from self.operand.columns()


def _own(node: Node, value: Value) -> Value | None:
    """The array that a piece has made, which may be written to; none for a column or a single number."""
    return value if np.ndim(value) and not isinstance(node, Branch) else None


def _row(first: Node, rest: tuple[tuple[str, Node], ...], lowest: Rank) -> str:
    """Operands of at least a rank with the operators between them."""
    words = [first.inside(lowest)]
    for operator, operand in rest:
        words += [operator, operand.inside(lowest)]
    return " ".join(words)
