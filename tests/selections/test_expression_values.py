"""What an expression is worth: of columns of any type, of constants, and where numbers end."""

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.selections.expressions import parse_expression

WHERE = "nova.toml, key cuts[0]"


def evaluated(text, columns):
    return parse_expression(text, WHERE).evaluate(columns)


@pytest.mark.parametrize("kind", [np.float32, np.int16, np.uint8, np.bool_, ">f8", np.uint64])
def test_all_is_computed_in_double_precision(kind):
    stored = np.array([0, 1, 1], dtype=kind)
    values = evaluated("flag - 2 + flag * 0.1", {"flag": stored})
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, stored.astype(float) - 2 + stored.astype(float) * 0.1)


def test_a_float32_column_is_not_rounded_anew():
    """ROOT compares in double precision too: the float nearest to 0.6 is larger than 0.6."""
    assert evaluated("nuoneid > 0.6", {"nuoneid": np.array([0.6], dtype=np.float32)}).all()


def test_constants_take_the_shape_of_the_events_without_the_memory():
    columns = {"unused": np.zeros(1000)}
    ones, all_of_them = evaluated("2 / 4", columns), evaluated("1 < 2", columns)
    assert ones.shape == all_of_them.shape == (1000,)
    assert set(ones.strides) == set(all_of_them.strides) == {0}
    assert ones[999] == 0.5
    assert all_of_them.dtype == np.bool_
    assert evaluated("1 + 1", {}).shape == ()
    assert evaluated("E > 0", {"E": np.zeros(0)}).shape == (0,)
    assert evaluated("where(1 < 2, 1, 2) + where(E > 0, 1, 2)", {"E": np.ones(2)}).tolist() == [2, 2]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9**9**9**9", np.inf),
        ("-1 / 0", -np.inf),
        ("0 / 0", np.nan),
        ("1 % 0", np.nan),
        ("sqrt(-1)", np.nan),
        ("(-8)**(1/3)", np.nan),
        ("log(0)", -np.inf),
        ("exp(1e300)", np.inf),
        ("7 % -3", -2.0),
        ("7 / 2", 3.5),
        ("2**-1 + -2**2", -3.5),
        ("clip(7, 1, 3) + rint(1.6)", 5.0),
    ],
)
def test_numbers_beyond_numbers(text, value):
    assert evaluated(text, {}).item() == pytest.approx(value, nan_ok=True, abs=0, rel=1e-15)


def test_comparisons_with_nan_are_false():
    """And so are their opposites: what is not there passes no cut, however it is negated."""
    x = {"x": np.array([np.nan])}
    truths = [evaluated(f"x {sign} 1", x).item() for sign in ("<", "<=", ">", ">=", "==", "!=")]
    assert truths == [False] * 6
    for cut in ("x in (1, 2)", "x > 1", "0 < x < 2", "x == 1", "x > 1 and x < 2", "not x > 1 or x in (1, 2)"):
        assert not evaluated(cut, x)
        assert not evaluated(f"not ({cut})", x)
        assert not evaluated(f"not not ({cut})", x)
    assert not evaluated("x not in (1, 2)", x)
    guarded = ("isnan(x) or x > 1", "not (isfinite(x) and x > 1)", "where(isnan(x), 0, x) < 1", "not (x > 1 and false)")
    assert all(evaluated(cut, x) for cut in guarded)


def test_an_event_without_the_element_passes_no_cut():
    columns = {"j[0]": np.array([np.nan, 0.5, 2.0]), "count(j)": np.array([0.0, 1.0, 2.0])}
    assert evaluated("not (j[0] > 1)", columns).tolist() == [False, True, False]
    assert evaluated("count(j) == 0 or not (j[0] > 1)", columns).tolist() == [True, True, False]
    assert evaluated("not (count(j) > 0 and j[0] > 1)", columns).tolist() == [True, True, False]


def test_long_rows_are_not_deep():
    assert evaluated("+".join(["E"] * 5000), {"E": np.ones(2)}).tolist() == [5000, 5000]
    assert evaluated(" and ".join(["E > 0"] * 900), {"E": np.array([1.0, -1.0])}).tolist() == [True, False]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"calF": np.ones(2)}, "no column 'calE', did you mean 'calF'?"),
        ({"calE": np.array(["a", "b"])}, "'calE' holds values of type <U1; allowed: numbers"),
        ({"calE": np.array([None, 1])}, "'calE' holds values of type object"),
        ({"calE": np.ones(2), "theta": np.ones(3)}, r"columns of different shapes, calE \(2,\), theta \(3,\)"),
    ],
)
def test_columns_that_do_not_fit(columns, message):
    with pytest.raises(InputError, match=rf"nova\.toml, key cuts\[0\]: 'calE \+ theta': {message}".replace("?", r"\?")):
        evaluated("calE + theta", {"theta": np.ones(2), **columns})
