"""What joins the pieces of an expression: arithmetic, comparisons, and, or, not.

A row of operators of one rank is one piece, however long: a sum of a thousand terms is not a thousand levels deep.
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
        value = self.operand.value(columns)
        return np.logical_not(value) if self.operator == "not" else np.negative(value)

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
        total = self.first.value(columns)
        own = _own(self.first, total)
        for operator, operand in self.rest:
            right = operand.value(columns)
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
        left, holds = self.first.value(columns), None
        for operator, operand in self.rest:
            right = operand.value(columns)
            piece = OPERATORS[operator](left, right)
            left, holds = right, piece if holds is None else np.logical_and(holds, piece)
        return holds

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
        return np.isin(self.operand.value(columns), self.members, invert=self.operator == "not in")

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
