"""What is said about a wrong expression: where in the text, what, and what is allowed."""

import pytest

from numm_stats.errors import InputError
from numm_stats.selections.expressions import parse_expression


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("calE >< 2", "'calE >< 2', character 7: '<' where a number, a branch, a function or '(' is expected"),
        ("sqt(E) > 1", "character 1: 'sqt' is no function, did you mean 'sqrt'?; allowed: abs, arccos,"),
        ("np.sqrt(E)", "'np.sqrt' is no function, did you mean 'sqrt'?"),
        ("2 * asin(E)", "character 5: 'asin' is no function, did you mean 'arcsin'?"),
        ("E > 1 AND F > 1", "'AND' where an operator or the end is expected, did you mean 'and'?"),
        ("calE and E > 1", "'and' needs a truth, 'calE' is a number; allowed: a comparison, such as != 0"),
        ("not iscc", "'not' needs a truth, 'iscc' is a number"),
        ("!x > 1", "'!' needs a truth, 'x' is a number"),
        ("where(E, 1, 2)", "'where' needs a truth, 'E' is a number"),
        ("(E > 1) * 2", "'*' needs a number, 'E > 1' is a truth; allowed: where(condition, 1, 0)"),
        ("sqrt(E > 1)", "'sqrt' needs a number, 'E > 1' is a truth"),
        ("(E > 1) == (F > 1)", "'==' needs a number, 'E > 1' is a truth"),
        ("-true", "'-' needs a number, 'true' is a truth"),
        ("a > 1 & b > 1 and c > 1", "character 15: 'and' beside & and |: languages differ"),
        ("a > 1 and b > 1 | c > 1", "character 17: '|' beside and, or, not: languages differ"),
        ("not a > 1 & b > 1", "'&' beside and, or, not: languages differ"),
        ("E^2", "'^' is not of this language; a power is written **"),
        ("E = 2", "'=' is not of this language; comparisons are ==, !=, <, <=, > and >="),
        ("E // 2", "'/' is not of this language; a whole quotient is written floor(a / b)"),
        ("E ? 1", "'?' is not of this language; a choice is written where(condition, a, b)"),
        ("'E' > 1", "text in quotes has no place here"),
        (
            "a._b",
            "character 2: '.' is not of this language; every part of a branch name begins with a letter or a digit",
        ),
        ("\u0415 > 1", "(CYRILLIC CAPITAL LETTER IE) is not of this language"),
        ("E \u2212 1", "(MINUS SIGN)"),
        ("1e999 * E", "1e999 is too large"),
        ("1_000", "character 2: a number goes on like a name"),
        ("max(a, b)", "'max' is over the elements of one jagged branch; allowed: max(branch name), or maximum(a, b)"),
        ("png.E[i]", "'i' where an element's number is expected; allowed: such as 0, or -1"),
        ("hypot(E)", "hypot of 1 arguments; allowed: 2"),
        ("E in (F)", "'F' where a number is expected; allowed: such as in (1, -14, 1098)"),
        ("a > not b > 1", "'not' after an operator that holds tighter; allowed: (not ...) in parentheses"),
        ("E > (1", "the end where ')' is expected"),
        (" ", "an empty expression; allowed: one such as"),
        ("E + " * 100 + "?", ": '...E + E + "),
        ("pow(E, 2)", "'pow' is no function, did you mean '**'?"),
        ("lst(E)", "'lst' is no function, did you mean 'last'?"),
    ],
)
def test_what_is_wrong_is_said(text, message):
    with pytest.raises(InputError) as refused:
        parse_expression(text, "nova.toml, key cuts[0]")
    assert str(refused.value).startswith("nova.toml, key cuts[0]: ")
    assert message in str(refused.value)
