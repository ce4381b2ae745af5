"""The language of cuts and weights: what it means, against numpy and against Python's own grammar."""

import operator
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.selections.expressions import Column, parse_expression

WHERE = "nova.toml, key cuts[0]"
COLUMNS = {
    "E": np.array([0.5, 2.0, 0.0, -1.0, np.nan, np.inf]),
    "rec.mc.theta": np.array([0.01, -2.0, 0.0, 3.0, 1.0, -np.inf]),
    "max(png.calE)": np.array([1.0, 2.0, 3.0, 14.0, -14.0, 1e300]),
    "png.calE[-1]": np.array([1.0, 2.0, 3.0, 4.0, 5.0, -1e-300]),
}
ARITHMETIC = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "**": operator.pow,
}
COMPARISONS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def evaluated(text, columns=COLUMNS):
    return parse_expression(text, WHERE).evaluate(columns)


# Trees of the test's own, as nested tuples, with their own text and their own value.


def number_trees():
    magnitudes = st.one_of(st.integers(0, 20).map(float), st.floats(0, allow_infinity=False, allow_nan=False))
    leaves = st.one_of(
        magnitudes.map(lambda value: ("number", value)),
        st.sampled_from(sorted(COLUMNS)).map(lambda key: ("column", key)),
    )
    return st.recursive(leaves, _larger_numbers, max_leaves=12)


def _larger_numbers(smaller):
    conditions = st.tuples(st.just("compare"), st.sampled_from(sorted(COMPARISONS)), smaller, smaller)
    return st.one_of(
        st.tuples(st.just("negative"), smaller),
        st.tuples(st.just("arithmetic"), st.sampled_from(sorted(ARITHMETIC)), smaller, smaller),
        st.tuples(st.just("call"), st.sampled_from(["sqrt", "abs", "log", "exp", "sin", "floor"]), st.tuples(smaller)),
        st.tuples(st.just("call"), st.sampled_from(["hypot", "arctan2", "minimum"]), st.tuples(smaller, smaller)),
        st.tuples(st.just("call"), st.just("where"), st.tuples(conditions, smaller, smaller)),
    )


def truth_trees():
    numbers = number_trees()
    comparisons = st.sampled_from(sorted(COMPARISONS))
    leaves = st.one_of(
        st.tuples(st.just("compare"), comparisons, numbers, numbers),
        st.tuples(st.just("chain"), comparisons, comparisons, numbers, numbers, numbers),
        st.tuples(st.just("call"), st.sampled_from(["isfinite", "isnan"]), st.tuples(numbers)),
        st.tuples(st.just("in"), numbers, st.lists(st.integers(-14, 14), min_size=1, max_size=4)),
    )
    return st.recursive(leaves, _larger_truths, max_leaves=6)


def _larger_truths(smaller):
    return st.one_of(
        st.tuples(st.just("not"), st.sampled_from(["not ", "~", "!"]), smaller),
        st.tuples(st.just("and"), st.sampled_from(["and", "&", "&&"]), smaller, smaller),
        st.tuples(st.just("or"), st.sampled_from(["or", "|", "||"]), smaller, smaller),
    )


def written(tree):  # noqa: C901, PLR0911
    match tree:
        case ("number", value):
            return repr(value)
        case ("column", key):
            return key
        case ("negative", a):
            return f"-({written(a)})"
        case ("not", word, a):
            return f"{word}({written(a)})"
        case ("call", name, arguments):
            return f"{name}({', '.join(map(written, arguments))})"
        case ("in", a, members):
            return f"({written(a)}) in ({', '.join(map(str, members))})"
        case ("chain", one, two, a, b, c):
            return f"({written(a)}) {one} ({written(b)}) {two} ({written(c)})"
        case (_, word, a, b):
            return f"({written(a)}) {word} ({written(b)})"
    raise AssertionError(tree)


def compared(word, a, b):
    """1 where it holds, 0 where not, and between them with NaN."""
    return np.where(np.isnan(a) | np.isnan(b), 0.5, COMPARISONS[word](a, b))


def computed(tree):  # noqa: C901, PLR0911
    """Numbers, or truths as Kleene's logic has them: 1, 0, and 1/2 for what is not known."""
    match tree:
        case ("number", value):
            return np.float64(value)
        case ("column", key):
            return COLUMNS[key]
        case ("negative", a):
            return -computed(a)
        case ("not", _, a):
            return 1.0 - computed(a)
        case ("and", _, a, b):
            return np.minimum(computed(a), computed(b))
        case ("or", _, a, b):
            return np.maximum(computed(a), computed(b))
        case ("call", "where", (condition, a, b)):
            return np.where(computed(condition) == 1.0, computed(a), computed(b))
        case ("call", name, arguments):
            return getattr(np, name)(*map(computed, arguments))
        case ("in", a, members):
            return np.where(np.isnan(computed(a)), 0.5, np.isin(computed(a), members))
        case ("chain", one, two, a, b, c):
            middle = computed(b)
            return np.minimum(compared(one, computed(a), middle), compared(two, middle, computed(c)))
        case ("compare", word, a, b):
            return compared(word, computed(a), computed(b))
        case (_, word, a, b):
            return ARITHMETIC[word](computed(a), computed(b))
    raise AssertionError(tree)


@given(tree=st.one_of(number_trees(), truth_trees()))
def test_any_tree_is_worth_what_numpy_says(tree):
    expression = parse_expression(written(tree), WHERE)
    with np.errstate(all="ignore"):
        expected = np.broadcast_to(computed(tree) == 1.0 if expression.kind == "truth" else computed(tree), (6,))
    before = {key: values.copy() for key, values in COLUMNS.items()}
    values = expression.evaluate(COLUMNS)
    np.testing.assert_array_equal(values, expected)
    assert values.dtype == (np.bool_ if expression.kind == "truth" else np.float64)
    np.testing.assert_equal(COLUMNS, before)


@given(tree=st.one_of(number_trees(), truth_trees()))
def test_the_canonical_text_is_a_fixed_point_and_means_the_same(tree):
    expression = parse_expression(written(tree), WHERE)
    again = parse_expression(str(expression), WHERE)
    assert str(again) == str(expression)
    assert again.tree == expression.tree
    assert again.columns == expression.columns


# Python's grammar as a twin: texts without parentheses, where all depends on what holds tighter.

operands = st.tuples(st.sampled_from(["", "", "-", "--"]), st.sampled_from(["a", "b", "c", "2", "0.5"])).map("".join)


def rows(words, pieces, longest=5):
    return st.lists(st.tuples(st.sampled_from(words), pieces), max_size=longest).flatmap(
        lambda rest: pieces.map(lambda first: " ".join([first, *(word for pair in rest for word in pair)]))
    )


arithmetic = rows(["+", "-", "*", "/", "%", "**"], operands)
comparisons = rows(["<", "<=", ">", ">=", "==", "!="], rows(["+", "*", "-"], operands, 2), 2).filter(
    lambda text: any(sign in text for sign in "<>=")
)
truths = rows(["and", "or"], st.tuples(st.sampled_from(["", "not ", "not not "]), comparisons).map("".join))


@given(text=arithmetic)
def test_arithmetic_holds_as_in_python(text):
    columns = {"a": np.array([1.0, -2.0, 3.0]), "b": np.array([2.0, 2.5, -1.0]), "c": np.array([0.0, 3.0, 2.0])}
    with np.errstate(all="ignore"):
        expected = eval(text.replace("2", "np.float64(2)").replace("0.5", "np.float64(0.5)"), {"np": np, **columns})
    np.testing.assert_array_equal(evaluated(text, columns), np.broadcast_to(expected, (3,)))


@given(text=truths, values=st.lists(st.integers(-2, 2), min_size=3, max_size=3))
def test_and_or_not_and_chains_hold_as_in_python(text, values):
    row = dict(zip("abc", map(float, values), strict=True))
    assert evaluated(text, {name: np.array([value]) for name, value in row.items()}).item() == eval(text, row)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("((a))+(b*c)", "a + b * c"),
        ("(a+b)+c", "(a + b) + c"),
        ("a-(b-c)", "a - (b - c)"),
        ("-a**2", "-a**2"),
        ("(-a)**2", "(-a)**2"),
        ("(a**b)**c", "(a**b)**c"),
        ("a**(b**c)", "a**b**c"),
        ("2**(-1)", "2**-1"),
        ("+a", "a"),
        ("1.50e1 + 1E-30 + .5 + 2.", "15 + 1e-30 + 0.5 + 2"),
        ("a==2 & (b > 0)", "a == 2 and b > 0"),
        ("a > 1 || b > 1 && c > 1", "a > 1 or b > 1 and c > 1"),
        ("~(a > 1) & !isnan(b)", "not a > 1 and not isnan(b)"),
        ("(not a > 1) and b<1", "not a > 1 and b < 1"),
        ("not (a > 1 or b>1)", "not (a > 1 or b > 1)"),
        ("(a > 1) & (b > 1 and c > 1)", "a > 1 and (b > 1 and c > 1)"),
        ("not a not in (1,2.0 , -3)", "not a not in (1, 2, -3)"),
        ("0.5<E\n  <= 5", "0.5 < E <= 5"),
        ("first(png.x) + last( png.x )", "png.x[0] + png.x[-1]"),
        ("count(png.x) * png.x [ 2 ]", "count(png.x) * png.x[2]"),
        ("rec.mc.nu..length > 0", "rec.mc.nu..length > 0"),
        ("where(true, pi, E)", "where(true, pi, E)"),
    ],
)
def test_ways_to_write_the_same(text, same):
    assert str(parse_expression(text, WHERE)) == same


def test_columns_and_branches():
    expression = parse_expression("max(png.E) > 1 and png.E[-1] + sum(png.E) > rec.run and first(png.E) > 0", WHERE)
    assert expression.branches == {"png.E", "rec.run"}
    assert expression.columns == {
        Column("png.E", "max"),
        Column("png.E", -1),
        Column("png.E", "sum"),
        Column("png.E", 0),
        Column("rec.run"),
    }
    assert {column.key for column in expression.columns} == {
        "max(png.E)",
        "png.E[-1]",
        "sum(png.E)",
        "png.E[0]",
        "rec.run",
    }


def test_words_of_the_language_can_be_branches():
    expression = parse_expression("sum + sqrt + where + E1", WHERE)
    assert expression.branches == {"sum", "sqrt", "where", "E1"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [("E", "number"), ("where(E > 1, 2, 3)", "number"), ("E > 1", "truth"), ("true", "truth"), ("isnan(E)", "truth")],
)
def test_kinds(text, kind):
    assert parse_expression(text, WHERE).kind == kind
    assert parse_expression(text, WHERE, kind).kind == kind
    with pytest.raises(
        InputError, match=rf"nova\.toml, key cuts\[0\]: .* is a {kind}; allowed: a (truth|number), such as"
    ):
        parse_expression(text, WHERE, "number" if kind == "truth" else "truth")


def test_other_processes_get_the_text():
    expression = parse_expression("(" * 90 + "E > 1" + ")" * 90, WHERE)
    again = pickle.loads(pickle.dumps(expression))
    assert again == expression
    assert again.tree == expression.tree
    assert hash(again) == hash(expression)
