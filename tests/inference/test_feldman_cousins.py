"""Feldman-Cousins by toys: the exact construction in one bin, asymptotics at high counts, all pieces of a region."""

import pytest

from numm_stats.errors import ComputationError, InputError
from numm_stats.inference.exact import feldman_cousins_interval
from numm_stats.inference.feldman_cousins import feldman_cousins
from numm_stats.inference.intervals import two_sided_interval
from numm_stats.inference.limits import upper_limit
from numm_stats.inference.statmodel import read_workspace
from numm_stats.inference.toy_ladder import ToyOptions

EMPTY = 1e-6  # pyhf wants a background; this one never gives an event


def counting(build, n, b):
    return read_workspace(build.counting(signal=1.0, background=b or EMPTY, observed=n, uncertainty=0.0))


@pytest.mark.parametrize(("n", "b"), [(0, 2), (3, 3), (6, 3)])
def test_one_bin_is_the_exact_construction(build, n, b):
    region = feldman_cousins(counting(build, n, b), ToyOptions(toys=20000, seed=1))
    exact = feldman_cousins_interval(n, float(b), 0.9)
    assert region.observed == pytest.approx(exact[-1][1], abs=0.06)  # 0.03 with more toys: the campaign below
    assert region.intervals[0][0] == pytest.approx(exact[0][0], abs=0.06)


@pytest.mark.campaign
@pytest.mark.parametrize("b", range(6))
@pytest.mark.parametrize("n", range(7))
def test_the_table_of_the_paper_by_toys(build, n, b):
    """Every entry of tables IV and V of physics/9711021, unsmoothed, within 0.03."""
    region = feldman_cousins(counting(build, n, b), ToyOptions(toys=2**24, seed=1, precision=0.002))
    exact = feldman_cousins_interval(n, b or EMPTY, 0.9)
    assert region.observed == pytest.approx(exact[-1][1], abs=0.03)
    assert region.intervals[0][0] == pytest.approx(exact[0][0], abs=0.03)


def test_high_counts_are_asymptotic(build):
    """A free signal of thousands of events: a two-sided interval of 2.706, within the toys' uncertainty."""
    model = counting(build, 12000, 10000.0)
    region = feldman_cousins(model, ToyOptions(toys=4096, seed=2))
    asymptotic = two_sided_interval(model, "delta-chi2").intervals
    assert len(region.intervals) == 1
    assert region.intervals[0] == pytest.approx(asymptotic[0], abs=5 * region.uncertainty)
    expected = upper_limit(model, "delta-chi2", delta_chi2=2.706).median  # far below the region of the data
    assert region.expected[2] == pytest.approx(expected, abs=5 * region.expected_uncertainty[2])
    assert region.toys == sum(test["toys"] for test in region.tests)


def test_wrong_input(build):
    model = counting(build, 3, 3)
    with pytest.raises(InputError, match="toys = 0"):
        feldman_cousins(model, ToyOptions(toys=0))
    with pytest.raises((InputError, ComputationError)):
        feldman_cousins(model, ToyOptions(toys=10), confidence_level=1.5)
