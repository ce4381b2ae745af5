"""The words of an expression, and how a problem in one is said."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from numm_stats.errors import InputError

__all__ = ["LONGEST_TEXT", "Token", "problem", "tokens"]

LONGEST_TEXT: Final = 10_000  # characters; a cut written by hand has some hundred

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<name>[A-Za-z][A-Za-z0-9_]*(?:\.{1,2}[A-Za-z0-9][A-Za-z0-9_]*)*)  # two dots: rec.mc.nu..length of flat CAFs
    | (?P<symbol>\*\*|==|!=|<=|>=|&&|\|\||/(?!/)|[-+*%<>()\[\],&|~!])""",
    re.VERBOSE,
)
_WORDS: Final = frozenset({"and", "or", "not", "in"})
_INSTEAD: Final = {
    "^": "a power is written **",
    "=": "comparisons are ==, !=, <, <=, > and >=",
    "/": "a whole quotient is written floor(a / b)",
    "?": "a choice is written where(condition, a, b)",
    "_": "names begin with a letter",
    ".": "every part of a branch name begins with a letter or a digit",
    "'": "text in quotes has no place here, branch names stand without them",
    '"': "text in quotes has no place here, branch names stand without them",
}


@dataclass(frozen=True, slots=True)
class Token:
    """One word of an expression.

    Attributes:
        kind: What it is; and, or, not, in are symbols.
        text: As written; empty at the end.
        start: Its first character, counted from zero.
    """

    kind: Literal["number", "name", "symbol", "end"]
    text: str
    start: int

    def __str__(self) -> str:
        """What is found here, for a message."""
        return "the end" if self.kind == "end" else repr(_shortened(self.text))


def tokens(text: str, where: str) -> list[Token]:
    """Split an expression into its words, the end last.

    Args:
        text: The expression.
        where: File and key it stands in, for messages.

    Raises:
        InputError: The text is empty or longer than `LONGEST_TEXT`, or holds what no expression holds.

    >>> [token.text for token in tokens("rec.mc.nu.E>=1.5e3", "here")]
    ['rec.mc.nu.E', '>=', '1.5e3', '']
    """
    if len(text) > LONGEST_TEXT:
        message = f"{where}: an expression of {len(text)} characters; allowed: {LONGEST_TEXT} at most"
        raise InputError(message)
    found = []
    position = 0
    while position < len(text):
        token, position = _next(text, where, position)
        if token is not None:
            found.append(token)
    if not found:
        message = f"{where}: an empty expression; allowed: one such as 'calE > 0.5 and calE * theta**2 < 0.005'"
        raise InputError(message)
    return [*found, Token("end", "", len(text))]


def problem(where: str, text: str, position: int, what: str) -> InputError:
    """Return the error that says where in a text what is wrong.

    >>> print(problem("nova.toml, key cuts[0]", "calE >< 2", 6, "'<' where a number is expected"))
    nova.toml, key cuts[0]: 'calE >< 2', character 7: '<' where a number is expected
    """
    start, stop = max(0, position - 40), position + 40
    excerpt = ("..." if start else "") + text[start:stop] + ("..." if stop < len(text) else "")
    return InputError(f"{where}: {excerpt!r}, character {position + 1}: {what}")


def _next(text: str, where: str, position: int) -> tuple[Token | None, int]:
    """The word at a position, none if it is space, and the position after it."""
    match = _TOKEN.match(text, position)
    if match is None:
        raise problem(where, text, position, _foreign(text[position]))
    word, after = match.group(), match.end()
    match match.lastgroup:
        case "number":
            _check_number(text, where, position, after)
            return Token("number", word, position), after
        case "name" if word not in _WORDS:
            return Token("name", word, position), after
        case "space":
            return None, after
    return Token("symbol", word, position), after


def _check_number(text: str, where: str, start: int, stop: int) -> None:
    """Stop at 0x1f, 1_000, 1j and 1.2.3, and at numbers beyond the largest one."""
    if re.match(r"[A-Za-z0-9_.]", text[stop : stop + 1]):
        raise problem(where, text, stop, "a number goes on like a name; allowed: numbers such as 12, 0.5 and 1.5e-3")
    if float(text[start:stop]) == float("inf"):
        raise problem(where, text, start, f"{_shortened(text[start:stop])} is too large; allowed: up to 1.797e308")


def _foreign(character: str) -> str:
    """What is said about a character that no word begins with."""
    name = "" if character.isascii() else unicodedata.name(character, "")
    described = f"{character!r} ({name})" if name else repr(character)
    instead = _INSTEAD.get(character, "allowed: branch names, numbers, functions, parentheses and operators, in ASCII")
    return f"{described} is not of this language; {instead}"


def _shortened(text: str) -> str:
    """At most 40 characters of a text."""
    return text if len(text) <= 40 else f"{text[:37]}..."
