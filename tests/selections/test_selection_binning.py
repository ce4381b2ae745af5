"""Bins by their edges, sums by bin, and one number picked out of each list."""

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from numm_stats.errors import InputError
from numm_stats.selections.binning import bin_index, sums_by_bin
from numm_stats.selections.events import Columns, pick

finite = st.floats(-20.0, 20.0, width=32)


@given(arrays(float, st.integers(1, 30), elements=finite), st.integers(1, 40))
def test_equal_bins_are_those_of_a_search_among_the_edges(values, number):
    edges = np.linspace(-7.3, 11.9, number + 1)
    values = np.concatenate([values, edges, np.nextafter(edges, -np.inf)])
    np.testing.assert_array_equal(bin_index(edges, values), np.searchsorted(edges, values, side="right") - 1)


@given(arrays(float, st.integers(1, 30), elements=finite))
def test_unequal_bins_hold_their_lower_edge(values):
    edges = np.array([-3.0, -1.0, 0.5, 7.0])
    values = np.concatenate([values, edges])
    expected = [sum(edge <= value for edge in edges) - 1 for value in values]
    assert bin_index(edges, values).tolist() == expected


@pytest.mark.parametrize("size", [7, 70_000])
def test_sums_by_bin_are_weighted_histograms(size):
    random = np.random.default_rng(1)
    bins, weights = random.integers(0, size, 400), random.normal(size=400)
    factors, rows = random.normal(size=(90, 3)).astype(np.float32), random.integers(0, 90, 400)
    sums = sums_by_bin(bins, size, weights, factors, rows)
    for universe in range(3):
        expected = np.bincount(bins, weights=weights * factors[rows, universe], minlength=size)
        np.testing.assert_allclose(sums[universe], expected, rtol=1e-12, atol=1e-14)


LISTS = [[3.0, 1.0, 2.0], [], [-5.0], [0.5, 4.0], []]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("max", [3.0, np.nan, -5.0, 4.0, np.nan]),
        ("min", [1.0, np.nan, -5.0, 0.5, np.nan]),
        ("sum", [6.0, 0.0, -5.0, 4.5, 0.0]),
        ("count", [3, 0, 1, 2, 0]),
        (0, [3.0, np.nan, -5.0, 0.5, np.nan]),
        (1, [1.0, np.nan, np.nan, 4.0, np.nan]),
        (-1, [2.0, np.nan, -5.0, 4.0, np.nan]),
        (-2, [1.0, np.nan, np.nan, 0.5, np.nan]),
        (9, [np.nan] * 5),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_one_number_is_picked_out_of_each_list(choice, expected, dtype):
    lists = ak.values_astype(ak.Array(LISTS), dtype)
    exact = expected if dtype == "float32" else [np.trunc(each) for each in expected]
    if choice == "sum" and dtype == "int64":
        exact = [6.0, 0.0, -5.0, 4.0, 0.0]
    np.testing.assert_array_equal(pick(lists.layout, choice), exact)
    part = pick(lists[1:4].layout, choice)  # its offsets do not begin at zero
    np.testing.assert_array_equal(part, exact[1:4])


@pytest.mark.parametrize("choice", ["max", "min", "sum", 0, -1])
def test_lists_that_are_all_empty_have_nothing(choice):
    empty = ak.Array([[1.0], [], []])[1:]
    np.testing.assert_array_equal(pick(empty.layout, choice), np.full(2, 0.0 if choice == "sum" else np.nan))


@given(st.lists(st.lists(finite, max_size=4), min_size=1, max_size=20))
def test_picks_agree_with_awkward(lists):
    array = ak.values_astype(ak.Array([[0.0], *lists])[1:], "float64")
    for choice, function in (("max", ak.max), ("min", ak.min)):
        expected = ak.to_numpy(ak.fill_none(function(array, axis=1), np.nan))
        np.testing.assert_array_equal(pick(array.layout, choice), expected)
    np.testing.assert_allclose(pick(array.layout, "sum"), ak.to_numpy(ak.sum(array, axis=1)), rtol=1e-12, atol=1e-12)


def test_arrays_of_fixed_size_are_lists_too():
    array = ak.Array(np.array([[1.0, 5.0], [4.0, 2.0]]))
    assert pick(array.layout, "max").tolist() == [5.0, 4.0]
    assert pick(array.layout, -1).tolist() == [5.0, 2.0]


def test_a_matrix_keeps_track_of_which_events_are_left():
    branches = {"u": ak.Array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).layout}
    columns = Columns(branches, {}, 3).narrowed(np.array([0, 2])).narrowed(np.array([1]))
    values, rows = columns.matrix("u")
    assert values[rows].tolist() == [[5.0, 6.0]]


def test_universes_are_as_many_in_each_event():
    columns = Columns({"u": ak.Array([[1.0, 2.0], [3.0]]).layout}, {}, 2)
    with pytest.raises(InputError, match="'u' has 1 to 2 values an event"):
        columns.matrix("u")
