"""Expressions from strangers: what is not of the language is refused in one sentence, and never run."""

import re
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.selections.expressions import parse_expression

WHERE = "stranger.toml, key weights.central"


def refusal(text):
    """What is said about a text: the place first, and short, whatever the text."""
    with pytest.raises(InputError) as refused:
        parse_expression(text, WHERE)
    message = str(refused.value)
    assert message.startswith(f"{WHERE}: ")
    assert len(message) < 600
    assert message.isprintable()
    return message


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('touch stranger')",
        "__import__",
        "a.__class__",
        "a.__class__.__mro__[1].__subclasses__()",
        "E._hidden > 1",
        "_E",
        "os.system(1)",
        "open(1)",
        "eval(E)",
        "getattr(E, E)",
        "E.tofile(1)",
        "np.fromfile(E)",
        "sqrt.__call__(E)",
        "(E).real",
        "E[0].real",
        "E()",
        "sqrt(E)(E)",
        "(sqrt)(E)",
        "lambda: 1",
        "lambda x: x",
        "(lambda x: x)(E)",
        "[x for x in E]",
        "[1, 2]",
        "{1: 2}",
        "(1, 2)",
        "(x for x in E)",
        "f'{E}'",
        "'text'",
        '"text"',
        "b'text' == E",
        "(y := 5)",
        "E = 5",
        "E; F",
        "E\\\nF",
        "`id`",
        "$(id)",
        "${HOME}",
        "@E",
        "# comment",
        "E # comment",
        "E if E > 1 else 2",
        "E > 1 ? 1 : 2",
        "import os",
        "print E",
        "E is E",
        "yield E",
        "await E",
        "del E",
        "E, F",
        "*E",
        "**E",
        "...",
        "E[:]",
        "E[1:2]",
        "E[F]",
        "E[1.5]",
        "E[1e3]",
        "E[--1]",
        "E[0][1]",
        "E[0",
        "E[" + "9" * 5000 + "]",
        "(E > 1)[0]",
        "sqrt(E)[0]",
        "\x00",
        "E\x00> 1",
        "E > 1\x1b[2J",
        "\ud800",
        "\u202eE",
        "\ufeffE > 1",
        "E\u00a0> 1",
        "\u0415 > 1",
        "\uff25 > 1",
        "E > \u0661",
        "E > \uff11",
        "E \u2212 1",
        "E\u00b2",
        "1e999",
        "9" * 9000,
        "E in (1e999)",
        "0x10",
        "0b1",
        "0777z",
        "1_000",
        "1j",
        "1.2.3",
        "1e",
        "1e+",
        "1..2",
        ".",
        "..",
        "E.",
        "E.. > 1",
        "E...F",
        "",
        "   \n\t ",
        "(",
        ")",
        "()",
        "(E",
        "E)",
        "(E]",
        "E > ",
        "> E",
        "E > > 1",
        "E =< 1",
        "E <> 1",
        "E === 1",
        "E // 2",
        "E ^ 2",
        "E << 2",
        "E F",
        "2 E",
        "E 2",
        "and",
        "not",
        "E > 1 and",
        "E > 1 xor F > 1",
        "E > not F > 1",
        "~-E",
        "sqrt()",
        "sqrt(",
        "sqrt(E,)",
        "sqrt(E, F)",
        "where(E > 1, 2)",
        "max(",
        "max()",
        "max(E, F)",
        "max(E + 1)",
        "max(max(E))",
        "max(E[0])",
        "count(1)",
        "E in",
        "E in 5",
        "E in ()",
        "E in (",
        "E in (1,)",
        "E in (F)",
        "E in (1 + 1)",
        "E in ('a')",
        "E not (1)",
        "1 < E in (1, 2)",
        "E in (1, 2) in (1, 2)",
        "pi[0]",
        "true(1)",
    ],
)
def test_strangers_are_refused(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refusal(text)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * 10**5 + "E" + ")" * 10**5, "200001 characters; allowed: 10000 at most"),
        ("(" * 10**6, "1000000 characters"),
        ("E + " * 10**6 + "E", "characters"),
        ("(" * 101 + "E" + ")" * 101, "more than 100 levels"),
        ("(" * 5000, "more than 100 levels"),
        ("-" * 5000 + "E", "more than 100 levels"),
        ("not " * 2000 + "E > 1", "more than 100 levels"),
        ("!" * 5000 + "E", "more than 100 levels"),
        ("2**" * 3000 + "2", "more than 100 levels"),
        ("sqrt(" * 1900, "more than 100 levels"),
        ("where(E > 1, 1, " * 500, "more than 100 levels"),
        ("1 + 1 * 2 ** (" * 600, "more than 100 levels"),
        ("E.x" * 3000 + "(", "is no function"),
    ],
)
def test_nothing_is_too_deep_or_too_long(text, message):
    assert message in refusal(text)


DEEPEST = [
    "(" * 100 + "E" + ")" * 100,
    "-" * 100 + "E",
    "not " * 99 + "E > 1",
    "2**" * 100 + "E",
    "sqrt(" * 100 + "E" + ")" * 100,
    "where(E > 1 and 1 < 1 + 1 * 2 ** -(" * 12 + "E" + "), 1, 2)" * 12,
    "a + (b * " * 49 + "E" + ")" * 49,
]


def _deep(frames, text):
    """Parse, write and compute a text under that many frames of a caller."""
    if frames:
        return _deep(frames - 1, text)
    expression = parse_expression(text, WHERE)
    assert str(parse_expression(str(expression), WHERE)) == str(expression)
    return expression.evaluate({name: np.ones(3) for name in "abE"})


@pytest.mark.parametrize("text", DEEPEST)
def test_the_deepest_needs_half_of_pythons_frames(text):
    used = 0
    frame = sys._getframe()
    while frame := frame.f_back:
        used += 1
    assert _deep(max(0, 500 - used), text).shape == (3,)


@given(text=st.text(alphabet="aE_.,()[]+-*/%<>=!&|~ \n019e'^:\u0415\x00", max_size=60))
def test_any_text_is_read_or_refused(text):
    _read_or_refused(text)


WORDS = [*"E20()[],+-*<&~!", "**", "==", "and", "or", "not", "in", "sqrt", "max", "where", "pi"]


@given(words=st.lists(st.sampled_from(WORDS)))
def test_any_words_are_read_or_refused(words):
    _read_or_refused(" ".join(words))


def _read_or_refused(text):
    try:
        expression = parse_expression(text, WHERE)
    except InputError:
        refusal(text)
        return
    assert str(parse_expression(str(expression), WHERE)) == str(expression)
    values = expression.evaluate({column.key: np.array([0.5, 2.0]) for column in expression.columns})
    assert values.shape == ((2,) if expression.columns else ())
    assert re.fullmatch("number|truth", expression.kind)
