"""From the text of an expression to its tree, by precedence climbing; no part of it is ever Python.

Rising precedence: or, and, not, comparisons and in, + -, * / %, sign, **. &, && and |, || are other ways to write `and`
and `or`, weaker than comparisons as in C++; in Python they are stronger, but a > 1 & b > 2 read so compares truths with
numbers, which this language has not. ~ and ! are `not` of what follows at once, again as in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from numm_stats.errors import nearest
from numm_stats.selections.expression_functions import CONSTANTS, FUNCTIONS, PICKS, Kind
from numm_stats.selections.expression_operators import RANKS, Chain, Comparison, Membership, Power, Prefix
from numm_stats.selections.expression_tokens import Token, problem, tokens
from numm_stats.selections.expression_tree import Branch, Call, Column, Constant, Node, Number, Rank

if TYPE_CHECKING:
    from numm_stats.errors import InputError

__all__ = ["DEEPEST", "parse_tree"]

DEEPEST: Final = 100  # levels; each takes up to four of the thousand frames that Python has

_MEANING: Final = {"&": "and", "&&": "and", "|": "or", "||": "or"}
_SPELLING: Final = {"&": "& and |", "|": "& and |", **dict.fromkeys(("and", "or", "not", "&&", "||"), "and, or, not")}
_IN_C: Final = {"acos": "arccos", "asin": "arcsin", "atan": "arctan", "atan2": "arctan2", "fabs": "abs", "pow": "**"}
_START: Final = "a number, a branch, a function or '(' is expected"
_MIXED: Final = "languages differ in which goes first; allowed: parentheses around one of them, or and, or, not only"


def parse_tree(text: str, where: str) -> Node:
    """Return the tree of an expression.

    Raises:
        InputError: It is not of the language: says where in the text, and what is allowed.
    """
    return _Parser(text, where, tokens(text, where)).whole()


@dataclass(slots=True)
class _Parser:
    """Reads words from left to right; each method leaves the first word it does not want."""

    text: str
    where: str
    tokens: list[Token]
    position: int = 0
    depth: int = 0
    spelling: str = ""  # of and, or, not in the innermost open parenthesis, if it has one

    def whole(self) -> Node:
        """The expression, with nothing after it."""
        tree = self._expression(Rank.OR)
        if self._here.kind != "end":
            raise self._problem(f"{self._here} where an operator or the end is expected{self._operator_meant()}")
        return tree

    @property
    def _here(self) -> Token:
        return self.tokens[self.position]

    def _take(self) -> Token:
        self.position += 1
        return self.tokens[self.position - 1]

    def _taken(self, symbol: str) -> bool:
        """Whether a symbol stood here; it is behind now."""
        found = self._here.kind == "symbol" and self._here.text == symbol
        self.position += found
        return found

    def _require(self, symbol: str) -> None:
        if not self._taken(symbol):
            raise self._problem(f"{self._here} where {symbol!r} is expected{self._operator_meant()}")

    def _problem(self, what: str, token: Token | None = None) -> InputError:
        return problem(self.where, self.text, (token or self._here).start, what)

    def _operator_meant(self) -> str:
        """A guess at a name where an operator belongs."""
        return nearest(self._here.text.lower(), ("and", "or", "not", "in")) if self._here.kind == "name" else ""

    def _operator(self) -> str:
        """The operator between operands that stands here, in its first spelling; empty if none does."""
        if self._here.kind != "symbol":
            return ""
        if self._here.text == "not" and self.tokens[self.position + 1].text == "in":
            return "not in"
        word = _MEANING.get(self._here.text, self._here.text)
        return word if word in RANKS else ""

    def _expression(self, lowest: Rank) -> Node:
        """As long an expression as operators of at least a rank make it; all of them is all of a parenthesis."""
        if self.depth > DEEPEST:
            raise self._problem(f"nested more than {DEEPEST} levels deep; allowed: {DEEPEST} at most")
        self.depth += 1
        outside = self.spelling
        self.spelling = "" if lowest == Rank.OR else outside
        left = self._operand(lowest)
        while (operator := self._operator()) and RANKS[operator] >= lowest:
            left = self._joined(left, RANKS[operator])
        self.depth -= 1
        self.spelling = outside if lowest == Rank.OR else self.spelling
        return left

    def _joined(self, left: Node, rank: Rank) -> Node:
        """What is left of an operator, with all that operators of its rank join to it."""
        if rank == Rank.POWER:
            token = self._take()
            exponent = self._checked(self._expression(Rank.SIGN), "number", token)
            return Power(self._checked(left, "number", token), exponent)
        if self._operator() in ("in", "not in"):
            return self._membership(left)
        kind: Kind = "truth" if rank <= Rank.AND else "number"
        first, rest = self._checked(left, kind, self._here), []
        while (operator := self._operator()) and RANKS[operator] == rank and not operator.endswith("in"):
            token = self._spelled(self._take())
            rest.append((operator, self._checked(self._expression(Rank(rank + 1)), kind, token)))
        return (Comparison if rank == Rank.COMPARISON else Chain)(first, tuple(rest))

    def _spelled(self, token: Token) -> Token:
        """Stop where & stands beside `and` or `not`: Python's order, C++'s and ours differ."""
        spelling = _SPELLING.get(token.text, "")
        if spelling and self.spelling not in ("", spelling):
            raise self._problem(f"{token} beside {self.spelling}: {_MIXED}", token)
        self.spelling = spelling or self.spelling
        return token

    def _checked(self, node: Node, kind: Kind, token: Token) -> Node:
        """The operand of an operator or function, if it is a number, or a truth, as that needs."""
        if node.kind == kind:
            return node
        shown = text if len(text := str(node)) <= 40 else f"{text[:37]}..."
        if kind == "truth":
            raise self._problem(
                f"{token} needs a truth, {shown!r} is a number; allowed: a comparison, such as != 0", token
            )
        raise self._problem(f"{token} needs a number, {shown!r} is a truth; allowed: where(condition, 1, 0)", token)

    def _membership(self, left: Node) -> Node:
        """A number, `in` or `not in`, and numbers in parentheses."""
        operator, token = self._operator(), self._take()
        self.position += operator == "not in"
        self._checked(left, "number", token)
        self._require("(")
        members = [self._signed_number()]
        while self._taken(","):
            members.append(self._signed_number())
        self._require(")")
        return Membership(left, operator, tuple(members))

    def _signed_number(self) -> float:
        sign = -1.0 if self._taken("-") else 1.0
        if self._here.kind != "number":
            raise self._problem(f"{self._here} where a number is expected; allowed: such as in (1, -14, 1098)")
        return sign * float(self._take().text)

    def _operand(self, lowest: Rank) -> Node:
        """What stands before an operator: with a sign or a `not` if these hold tightly enough for the place."""
        token = self._here
        if token.kind == "symbol" and token.text == "not" and lowest > Rank.NOT:
            raise self._problem("'not' after an operator that holds tighter; allowed: (not ...) in parentheses")
        if self._taken("not"):
            return Prefix("not", self._checked(self._expression(Rank.NOT), "truth", self._spelled(token)))
        if lowest <= Rank.SIGN and (self._taken("-") or self._taken("+")):
            operand = self._checked(self._expression(Rank.SIGN), "number", token)
            return Prefix("-", operand) if token.text == "-" else operand
        if self._taken("~") or self._taken("!"):
            return Prefix("not", self._checked(self._expression(Rank.WHOLE), "truth", token))
        return self._piece()

    def _piece(self) -> Node:
        """A number, a name with what belongs to it, or parentheses."""
        if self._taken("("):
            tree = self._expression(Rank.OR)
            self._require(")")
            return tree
        token = self._here
        if token.kind == "number":
            return Number(float(self._take().text))
        if token.kind != "name":
            raise self._problem(f"{token} where {_START}")
        self.position += 1
        if self._taken("("):
            return self._pick(token) if token.text in PICKS else self._call(token)
        if token.text in CONSTANTS:
            return Constant(token.text)
        return Branch(Column(token.text, self._index() if self._taken("[") else None))

    def _call(self, token: Token) -> Node:
        """The arguments of a function."""
        name = token.text
        if name not in FUNCTIONS:
            allowed = ", ".join(sorted({*FUNCTIONS, *PICKS}))
            raise self._problem(f"{token} is no function{_meant(name)}; allowed: {allowed}", token)
        arguments = [self._expression(Rank.OR)]
        while self._taken(","):
            arguments.append(self._expression(Rank.OR))
        self._require(")")
        kinds = FUNCTIONS[name].arguments
        if len(arguments) != len(kinds):
            raise self._problem(f"{name} of {len(arguments)} arguments; allowed: {len(kinds)}", token)
        checked = [self._checked(argument, kind, token) for argument, kind in zip(arguments, kinds, strict=True)]
        return Call(name, tuple(checked))

    def _pick(self, token: Token) -> Node:
        """The choice of an element of a jagged branch, by a word."""
        branch = self._here
        self.position += branch.kind == "name"
        if branch.kind != "name" or not self._taken(")"):
            also = f", or {token.text}imum(a, b)" if token.text in ("max", "min") else ""
            what = f"{token} is over the elements of one jagged branch; allowed: {token.text}(branch name){also}"
            raise self._problem(what, token)
        return Branch(Column(branch.text, PICKS[token.text]))

    def _index(self) -> int:
        """The choice of an element of a jagged branch, by its number."""
        negative, token = self._taken("-"), self._here
        if token.kind != "number" or not token.text.isdecimal() or len(token.text) > 9:
            raise self._problem(
                f"{token} where an element's number is expected; allowed: such as 0, or -1 for the last"
            )
        self.position += 1
        self._require("]")
        return -int(token.text) if negative else int(token.text)


def _meant(name: str) -> str:
    """A guess at the function that was meant: the one that C calls so, or the one written nearly so."""
    last = name.rsplit(".", 1)[-1]
    return f", did you mean {_IN_C[last]!r}?" if last in _IN_C else nearest(name, {*FUNCTIONS, *PICKS})
