"""One bin by exact summation: the tables of Feldman and Cousins, brute-force sums, and laws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, poisson

from numm_stats.errors import InputError
from numm_stats.inference.exact import (
    counting_cls,
    counting_clsb,
    counting_t_mu_tilde,
    counting_upper_limit,
    feldman_cousins_interval,
    feldman_cousins_p_value,
)

# physics/9711021, tables IV and V: 90 % intervals for n0 events (rows) on b = 0, 1, 2, 3, 4, 5. The paper forces the
# upper edge not to grow with b, which moves the row n0 = 0 from b = 2 and the row n0 = 1 from b = 4.
TABLE = {
    0: [(0.00, 2.44), (0.00, 1.61), (0.00, 1.26), (0.00, 1.08), (0.00, 1.01), (0.00, 0.98)],
    1: [(0.11, 4.36), (0.00, 3.36), (0.00, 2.53), (0.00, 1.88), (0.00, 1.39), (0.00, 1.22)],
    2: [(0.53, 5.91), (0.00, 4.91), (0.00, 3.91), (0.00, 3.04), (0.00, 2.33), (0.00, 1.73)],
    3: [(1.10, 7.42), (0.10, 6.42), (0.00, 5.42), (0.00, 4.42), (0.00, 3.53), (0.00, 2.78)],
    4: [(1.47, 8.60), (0.74, 7.60), (0.00, 6.60), (0.00, 5.60), (0.00, 4.60), (0.00, 3.60)],
    5: [(1.84, 9.99), (1.25, 8.99), (0.43, 7.99), (0.00, 6.99), (0.00, 5.99), (0.00, 4.99)],
    6: [(2.21, 11.47), (1.61, 10.47), (1.08, 9.47), (0.15, 8.47), (0.00, 7.47), (0.00, 6.47)],
}
STEP_AND_ROUNDING = 0.0051  # of the paper: a grid of 0.005 in the signal, two decimals
SMOOTHED = {(0, 2), (0, 3), (0, 4), (0, 5), (1, 4), (1, 5)}
counts, rates = st.integers(0, 40), st.one_of(st.just(0.0), st.floats(1e-3, 40.0))


def brute_force(n, signal, background):
    """P(t~ >= t~ of n), summed over all counts that matter."""
    every = np.arange(200)
    probability, largest = (
        poisson.pmf(every, np.maximum(rate, 1e-300)) for rate in (signal + background, np.maximum(every, background))
    )
    with np.errstate(divide="ignore"):
        values = -2.0 * (np.log(probability) - np.log(largest))
    return poisson.pmf(every, signal + background)[values >= values[n] - 1e-9 * min(1.0 + values[n], 1e9)].sum()


@pytest.mark.parametrize(("n", "b"), [(n, b) for n in TABLE for b in range(6) if (n, b) not in SMOOTHED])
def test_the_tables_of_feldman_and_cousins(n, b):
    intervals = feldman_cousins_interval(n, float(b), 0.9)
    assert (intervals[0][0], intervals[-1][1]) == pytest.approx(TABLE[n][b], abs=STEP_AND_ROUNDING)


@pytest.mark.parametrize(("n", "b"), sorted(SMOOTHED))
def test_the_entries_that_the_paper_smooths_in_the_background(n, b):
    # the largest upper edge at this background or more; the saw-tooth in b has a period of about one
    edges = [feldman_cousins_interval(n, background, 0.9)[-1][1] for background in np.arange(b, b + 1.2, 0.005)]
    assert max(edges) == pytest.approx(TABLE[n][b][1], abs=STEP_AND_ROUNDING)
    assert edges[0] < max(edges) - 0.02


@pytest.mark.parametrize(("b", "edge"), [(2.0, 1.08), (3.0, 0.95), (4.0, 0.85), (5.0, 0.77)])
def test_nothing_observed_without_smoothing(b, edge):
    assert feldman_cousins_interval(0, b, 0.9) == ((0.0, pytest.approx(edge, abs=0.005)),)


def test_a_gap_is_reported():
    # n = 1 on b = 5: between the two intervals the p-value dips just below 0.1
    (_, first), (second, _) = feldman_cousins_interval(1, 5.0, 0.9)
    assert first < second
    assert brute_force(1, (first + second) / 2.0, 5.0) < 0.1 < brute_force(1, second + 1e-6, 5.0)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(counts, rates, rates)
def test_the_p_value_is_the_sum_over_counts_as_extreme(n, signal, background):
    assert feldman_cousins_p_value(n, signal, background) == pytest.approx(brute_force(n, signal, background), abs=1e-9)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(counts, rates, st.sampled_from([0.5, 0.6827, 0.9, 0.99]), st.floats(0.0, 80.0))
def test_a_signal_is_accepted_where_its_p_value_says_so(n, background, level, signal):
    intervals = feldman_cousins_interval(n, background, level)
    edges = np.ravel(intervals)
    assert (np.diff(edges) > 0.0).all()
    if np.abs(edges - signal).min() > 1e-6:
        accepted = any(low <= signal <= high for low, high in intervals)
        assert accepted == (feldman_cousins_p_value(n, signal, background) > 1.0 - level)


@pytest.mark.parametrize(("n", "background"), [(0, 0.0), (1, 5.0), (3, 3.0), (17, 4.2), (5, 30.0), (250, 200.0)])
def test_edges_are_sharp(n, background):
    for low, high in feldman_cousins_interval(n, background, 0.9):
        for edge, outside in ((low, low - 1e-6), (high, high + 1e-6)):
            if edge > 0.0:
                inside = edge + (edge - outside)
                assert feldman_cousins_p_value(n, inside, background) > 0.1
                assert feldman_cousins_p_value(n, outside, background) <= 0.1


def test_many_counts_give_the_gaussian_interval():
    (interval,) = feldman_cousins_interval(10000, 5000.0, 0.9)
    # within half a count of n -+ 1.645 sqrt(mu), mu at the edge
    assert interval == pytest.approx((5000.0 - 164.0, 5000.0 + 166.0), abs=1.0)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(counts, rates, rates)
def test_cls_is_a_ratio_of_poisson_sums(n, signal, background):
    clsb, cls = counting_clsb(n, signal, background), counting_cls(n, signal, background)
    if n < signal + background:
        assert clsb == pytest.approx(poisson.cdf(n, signal + background), rel=1e-9)
        assert cls == pytest.approx(poisson.cdf(n, signal + background) / poisson.cdf(n, background), rel=1e-9)
    else:
        assert (clsb, cls) == (1.0, 1.0)
    assert clsb <= cls * (1.0 + 1e-12) <= 1.0 + 1e-12


@settings(derandomize=True, max_examples=60, deadline=None)
@given(counts, rates, st.floats(0.6, 0.999))
def test_the_limit_solves_its_equation(n, background, level):
    limit = counting_upper_limit(n, background, confidence_level=level)
    assert counting_cls(n, limit * (1.0 + 1e-6) + 1e-9, background) < 1.0 - level
    assert counting_cls(n, max(limit * (1.0 - 1e-6) - 1e-9, 0.0), background) > 1.0 - level
    assert counting_upper_limit(n, background, "clsb", confidence_level=level) <= limit * (1.0 + 1e-9)


@pytest.mark.parametrize("n", [0, 1, 5, 40])
def test_the_classical_limit_without_background(n):
    # Garwood: half a quantile of chi2 with 2 (n + 1) degrees of freedom
    for construction in ("cls", "clsb"):
        limit = counting_upper_limit(n, 0.0, construction, confidence_level=0.9)
        assert limit == pytest.approx(chi2.ppf(0.9, 2 * (n + 1)) / 2.0, rel=1e-8)


def test_a_deficit_excludes_every_signal_by_clsb_and_not_by_cls():
    assert counting_upper_limit(0, 5.0, "clsb", confidence_level=0.9) == 0.0
    assert counting_upper_limit(0, 5.0, confidence_level=0.9) == pytest.approx(math.log(10.0), rel=1e-9)
    # P(N <= 0) = exp(-3000) is no number any more
    assert counting_upper_limit(0, 3000.0, confidence_level=0.9) == pytest.approx(math.log(10.0), rel=1e-9)


def test_a_low_confidence_level_ends_where_the_p_value_jumps():
    # P(N <= 5 | 5) = 0.616: at 30 % all signals above n - b are excluded
    assert counting_upper_limit(5, 2.0, "clsb", confidence_level=0.3) == pytest.approx(3.0)


def test_special_cases():
    assert counting_t_mu_tilde(0, 0.0, 0.0) == 0.0
    assert counting_t_mu_tilde(2, 0.0, 0.0) == math.inf
    assert feldman_cousins_p_value(2, 0.0, 0.0) == 0.0
    assert feldman_cousins_p_value(0, 0.0, 0.0) == 1.0
    assert feldman_cousins_p_value(2, 0.0, 5.0) == 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: counting_cls(-1, 1.0, 1.0), "n = -1: the observed events must be an integer, zero or more"),
        (lambda: counting_clsb(1.5, 1.0, 1.0), "n = 1.5: the observed events"),
        (lambda: feldman_cousins_p_value(math.nan, 1.0, 1.0), "n = nan: the observed events"),
        (lambda: feldman_cousins_p_value(1, -1.0, 1.0), "signal = -1.0: expected events must be a finite number"),
        (lambda: feldman_cousins_interval(1, math.inf, 0.9), "background = inf: expected events"),
        (lambda: feldman_cousins_interval(1, 1.0, 1.0), "confidence level 1.0: must lie between 0 and 1"),
        (lambda: counting_upper_limit(1, 1.0, "clsbb", confidence_level=0.9), "did you mean 'clsb'"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(InputError, match=message):
        call()
