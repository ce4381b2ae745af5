"""Tallies: exact where they watch, to a part in 2,000 elsewhere, the same in any order; Clopper-Pearson intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binomtest

from numm_stats.errors import ComputationError
from numm_stats.inference.tally import PValue, Tally

VALUES = arrays(np.float64, st.integers(1, 200), elements=st.floats(0.0, 1e6))


@given(VALUES, st.floats(0.0, 1e6))
def test_the_watched_value_is_counted_exactly(values, watched):
    tally = Tally(watched)
    tally.add(values)
    assert tally.tail().count == np.count_nonzero(values >= watched - 1e-9 * max(watched, 1.0))
    assert tally.tail().total == len(values)


@given(VALUES, st.floats(1e-5, 1e4))
def test_elsewhere_to_the_width_of_a_bin(values, q):
    tally = Tally()
    tally.add(values)
    count = tally.tail(q).count
    assert np.count_nonzero(values >= q) <= count <= np.count_nonzero(values >= q * (1.0 - 2.0**-11))


@given(VALUES, st.floats(0.01, 0.99))
def test_a_quantile_is_exceeded_as_often_as_asked_and_the_next_bin_less(values, part):
    tally = Tally()
    tally.add(values)
    quantile = tally.quantile(part)
    assert tally.tail(quantile).value >= part * (1.0 - 1e-9)
    above = max(quantile * (1.0 + 2.0**-10), 2.0**-19)
    assert tally.tail(above).value < part or quantile >= 2.0**16


@given(VALUES, st.integers(0, 200))
def test_parts_merge_to_the_whole(values, where):
    whole, first, second = Tally(3.0), Tally(3.0), Tally(3.0)
    whole.add(values)
    first.add(values[:where])
    second.add(values[where:])
    first.merge(second)
    assert first.tail() == whole.tail()
    assert first.quantile(0.3) == whole.quantile(0.3)


def test_failed_toys_are_no_toys():
    tally = Tally(1.0)
    tally.add(np.array([np.nan, 2.0, np.nan]))
    assert (len(tally), tally.failures, tally.tail().value) == (1, 2, 1.0)
    with pytest.raises(ComputationError, match="every toy failed"):
        Tally().tail(1.0)


@pytest.mark.parametrize(("count", "total"), [(0, 10), (3, 17), (500, 1000), (10, 10)])
def test_clopper_pearson_is_scipys(count, total):
    low, high = PValue(count, total).interval(0.9)
    exact = binomtest(count, total).proportion_ci(0.9, method="exact")
    assert (low, high) == pytest.approx((exact.low, exact.high), abs=1e-12)


def test_memory_does_not_grow_with_toys():
    tally = Tally()
    before = tally._counts.nbytes
    for _ in range(100):
        tally.add(np.random.default_rng(1).chisquare(1, 1024))
    assert tally._counts.nbytes == before
    assert len(tally) == 102400
