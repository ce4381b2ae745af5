"""The language of cuts, weights and observables: branch names and numbers, and nothing else, from whoever wrote it.

    rec.mc.nu.inttype == 1098 and 0.5 < calE <= 5        comparisons, and, or, not (also &&, ||, & and |, ~ and !)
    calE * theta**2, -x / (y % 3), 2.5e-3, pi            arithmetic in double precision; % has the sign of the divisor
    rec.mc.nu.mode in (0, 1, 10), pdg not in (14, -14)   integer codes
    sqrt(x), arctan2(y, x), where(E > 1, 2, 0.5)         functions, of `expression_functions`
    png.calE[0], png.calE[-1], first, last, max, min,    one number per event out of a jagged branch
    sum, count of (png.calE)

A branch is a number, a flag of 0 or 1 too: `iscc != 0` is a truth, `iscc` is not. What divides by zero or takes the
root of a negative number is inf or nan, and what an event does not have of a jagged branch is nan. A comparison with
nan holds neither as it stands nor negated, so that such an event passes no cut; `isnan` and `count` ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.selections.expression_parser import parse_tree
from numm_stats.selections.expression_tree import Column, Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from numm_stats.selections.expression_functions import Kind

__all__ = ["Column", "Expression", "parse_expression"]

_ALLOWED = {"number": "a number, such as calE * theta**2", "truth": "a truth, such as calE > 0.5 and theta < 0.1"}


@dataclass(frozen=True, slots=True)
class Expression:
    """What to compute for every event; to other processes it goes as its text.

    Attributes:
        text: As it was written.
        where: File and key it stands in, for messages.
        tree: What it means.
        columns: The numbers per event that it needs.
    """

    text: str
    where: str
    tree: Node = field(compare=False, repr=False)
    columns: frozenset[Column] = field(compare=False, repr=False)

    @property
    def branches(self) -> frozenset[str]:
        """The branches it needs."""
        return frozenset(column.branch for column in self.columns)

    @property
    def kind(self) -> Kind:
        """A number, as weights and observables are, or a truth, as cuts are."""
        return self.tree.kind

    def __str__(self) -> str:
        """The same in one way to write it: equal texts mean equal numbers."""
        return str(self.tree)

    def __reduce__(self) -> tuple[Any, ...]:
        return parse_expression, (self.text, self.where)

    def evaluate(self, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64] | NDArray[np.bool_]:
        """Compute it for every event, in double precision, whatever the columns are stored as.

        Args:
            columns: Numbers by `Column.key`, all of one shape, usually (n,); others than its own may be among them.
                Those stored as float64 are not copied.

        Returns:
            Numbers, or truths, of the columns' shape; a constant, or a column itself, is not copied: do not write to
            it. Division by zero and the like give inf and nan without a warning.

        Raises:
            InputError: A column is missing, is not of numbers, or is longer than another.

        >>> expression = parse_expression("calE * theta**2 < 0.005", "an example")
        >>> expression.evaluate({"calE": np.array([1.0, 2.0]), "theta": np.array([0.1, 0.01])}).tolist()
        [False, True]
        """
        numbers = {column.key: self._numbers(column.key, columns) for column in self.columns}
        shapes = {values.shape for values in numbers.values()} or {np.shape(next(iter(columns.values()), 0.0))}
        if len(shapes) > 1:
            sizes = ", ".join(f"{key} {values.shape}" for key, values in sorted(numbers.items()))
            raise _problem(self, f"columns of different shapes, {sizes}")
        with np.errstate(all="ignore"):
            value = self.tree.value(numbers)
        return value if np.ndim(value) else np.broadcast_to(value, shapes.pop())

    def _numbers(self, key: str, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """A column in double precision."""
        if key not in columns:
            raise _problem(self, f"no column {key!r}{nearest(key, columns)}")
        values = np.asarray(columns[key])
        if values.dtype.kind not in "biuf":
            raise _problem(self, f"{key!r} holds values of type {values.dtype}; allowed: numbers")
        return values.astype(np.float64, copy=False)


def parse_expression(text: str, where: str, kind: Kind | None = None) -> Expression:
    """Return the expression that a text says, checked as far as it can be without a file.

    Args:
        text: At most 10,000 characters, nested at most 100 levels deep.
        where: File and key it stands in, for messages.
        kind: What it has to be, if only one of them will do.

    Raises:
        InputError: It is not of the language, or not of the kind: says where in the text, and what is allowed.

    >>> expression = parse_expression("(max(png.calE) > 0.5) & ~(mode in (1, 10))", "nova.toml, key cuts[0]")
    >>> print(expression, expression.kind, sorted(expression.branches))
    max(png.calE) > 0.5 and not mode in (1, 10) truth ['mode', 'png.calE']
    """
    tree = parse_tree(text, where)
    expression = Expression(text, where, tree, frozenset(tree.columns()))
    if kind is not None and tree.kind != kind:
        raise _problem(expression, f"is a {tree.kind}; allowed: {_ALLOWED[kind]}")
    return expression


def _problem(expression: Expression, what: str) -> InputError:
    """The error that says what is wrong with an expression as a whole."""
    text = expression.text
    shown = text if len(text) <= 80 else f"{text[:77]}..."
    return InputError(f"{expression.where}: {shown!r}: {what}")
