"""Where curves cross zero."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numm_stats.errors import ComputationError
from numm_stats.inference.crossing import RELATIVE_TOLERANCE, last_crossing, secant, upward_crossing


@settings(derandomize=True, max_examples=80, deadline=None)
@given(st.floats(-5.0, 5.0), st.floats(0.001, 500.0), st.sampled_from([1e-9, 1e-6, 1.0, 1e9]), st.floats(0.01, 100.0))
def test_a_line_crosses_where_it_should(start, distance, unit, guess):
    start, distance, scale = start * unit, distance * unit, guess * unit
    root = start + distance
    found = upward_crossing(lambda x: (x - root) / unit, start, scale)
    # the step that found the bracket is at most twice the distance, or the first guess
    assert abs(found - root) <= RELATIVE_TOLERANCE * (2.0 * max(distance, scale) + 2.0 * abs(root))


@pytest.mark.parametrize("scale", [1e-6, 1e-2, 1.0, 1e3])
def test_a_curve_crosses_whatever_the_first_guess(scale):
    found = upward_crossing(lambda x: math.sqrt(x) - 1.5, 0.0, scale)
    assert found == pytest.approx(2.25, rel=1e-8, abs=RELATIVE_TOLERANCE * scale)


def test_what_never_rises_is_said_so():
    with pytest.raises(ComputationError, match="does the signal reach any bin"):
        upward_crossing(lambda _: -1.0, 0.0, 1.0)


def test_one_crossing_is_the_last():
    assert last_crossing(lambda x: x - 3.0, 0.0, 1.0) == (pytest.approx(3.0, rel=1e-8), False)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e9])
def test_the_last_of_three_crossings(unit):
    # rises at 1, falls at 4, rises again at 9
    def curve(x):
        return (x / unit - 1.0) * (x / unit - 4.0) * (x / unit - 9.0)

    crossing, several = last_crossing(curve, 0.0, 0.5 * unit)
    assert several
    assert crossing == pytest.approx(9.0 * unit, rel=1e-8)


def test_a_second_region_far_beyond_is_not_looked_for():
    # 40 times the first crossing is where the search ends, so that it ends at all
    crossing, several = last_crossing(lambda x: (x - 1.0) * (x - 300.0) * (x - 900.0), 0.0, 0.5)
    assert (crossing, several) == (pytest.approx(1.0, rel=1e-8), False)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("guess", [0.3, 2.0, 5.0])
def test_secants_find_a_smooth_crossing(unit, guess):
    # (1 + x)^1.5 = 8 at x = 3
    found = secant(lambda x: (1.0 + x / unit) ** 1.5 - 8.0, 0.0, guess * unit)
    assert found == pytest.approx(3.0 * unit, rel=1e-10)


def test_secants_of_a_flat_curve_find_nothing():
    assert math.isnan(secant(lambda _: -1.0, 0.0, 1.0))
    # it falls short of zero whatever x is
    assert math.isnan(secant(lambda x: -math.exp(-x), 0.0, 1.0))
