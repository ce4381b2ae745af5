"""Background shapes against scipy, and the laws of their bins."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from numm_stats.backgrounds.shapes import Exponential, Flat, Peak, Tabulated, bin_counts
from numm_stats.errors import InputError

EDGES = np.array([0.2, 0.3, 0.55, 1.0, 1.7, 4.0])
TABLE = Tabulated((0.1, 0.5, 0.6, 3.0), (1.0, 4.0, 0.0, 2.0))
SHAPES = [Flat(), Exponential(0.7), Exponential(-0.7), Exponential(1e6), Peak(0.9, 0.2), TABLE]


def shares(cumulative):
    parts = np.diff(cumulative(EDGES))
    return parts / parts.sum()


@pytest.mark.parametrize(
    ("shape", "twin"),
    [
        (Flat(), stats.uniform(0.2, 3.8)),
        (Exponential(0.7), stats.expon(scale=0.7)),
        (Peak(0.9, 0.2), stats.norm(0.9, 0.2)),
    ],
)
def test_shapes_have_scipy_twins(shape, twin):
    # both are closed forms; 1e-9 leaves room for the digits that scipy's cumulative loses in its tails
    assert bin_counts(shape, EDGES, 1.0) == pytest.approx(shares(twin.cdf), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(
    ("shape", "density", "kinks"),
    [
        (Exponential(-0.7), lambda e: math.exp(e / 0.7), ()),
        (TABLE, lambda e: np.interp(e, TABLE.energies_mev, TABLE.density, left=0, right=0), (0.5, 0.6, 3.0)),
    ],
)
def test_bins_are_integrals_of_the_density(shape, density, kinks):
    integrals = []
    for low, high in pairwise(EDGES):
        inside = [k for k in kinks if low < k < high]
        integrals.append(quad(density, low, high, points=inside or None, epsrel=1e-12)[0])
    expected = 50.0 * np.array(integrals) / sum(integrals)
    assert bin_counts(shape, EDGES, 50.0) == pytest.approx(expected, rel=1e-9)  # quad's own precision


@pytest.mark.parametrize("shape", SHAPES)
def test_counts_are_normalised_positive_and_additive(shape):
    counts = bin_counts(shape, EDGES, 123.0)
    assert counts.sum() == pytest.approx(123.0, rel=1e-12)
    assert (counts >= 0).all()
    merged = bin_counts(shape, EDGES[[0, 2, 5]], 123.0)
    assert merged == pytest.approx([counts[:2].sum(), counts[2:].sum()], rel=1e-9)


@given(st.floats(0.001, 1e3), st.booleans(), st.lists(st.floats(0.0, 20.0), min_size=3, max_size=8, unique=True))
def test_exponentials_never_overflow_and_merge(scale, rising, points):
    edges = np.array(sorted(points))
    # bins narrower than 1e-3 of a scale, or of an energy, have no digits left to compare
    edges = edges[np.concatenate([[True], np.diff(edges) > 1e-2])]
    if len(edges) < 3:
        return
    shape = Exponential(-scale if rising else scale)
    counts = bin_counts(shape, edges, 10.0)
    merged = bin_counts(shape, np.delete(edges, 1), 10.0)
    assert merged[0] == pytest.approx(counts[0] + counts[1], rel=1e-6, abs=1e-12)


def test_steep_exponentials_once_overflowed_or_vanished():
    # exp(12 / 0.001) is no float, and exp(-8 / 0.01) is zero: the shares are well defined all the same
    assert bin_counts(Exponential(-0.001), np.array([0.0, 6.0, 12.0]), 8.0) == pytest.approx([0.0, 8.0])
    assert bin_counts(Exponential(0.01), np.array([8.0, 8.01, 9.0]), 1.0)[0] == pytest.approx(
        1 - math.exp(-1), rel=1e-9
    )


def test_a_very_long_exponential_is_flat():
    # the density falls by 4e-9 over the bins
    assert bin_counts(Exponential(1e9), EDGES, 1.0) == pytest.approx(bin_counts(Flat(), EDGES, 1.0), rel=1e-8)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_the_far_tail_of_a_peak_keeps_its_digits(side):
    # 8 standard deviations above, 1 - Phi has one digit left; both tails are mirror images
    edges = np.sort(1.0 + side * 0.05 * np.array([8.2, 8.4, 8.6]))
    counts = bin_counts(Peak(1.0, 0.05), edges, 1.0)
    tail = np.diff(stats.norm.sf([8.2, 8.4, 8.6]))
    expected = tail / tail.sum()
    assert counts[:: int(side)] == pytest.approx(
        expected, rel=1e-6
    )  # edges have 16 digits, times 8 x 8 in the exponent


@pytest.mark.parametrize(
    "shape", [Peak(50.0, 0.1), Peak(-50.0, 0.1), Tabulated((5.0, 6.0), (1.0, 1.0)), Tabulated((0.2, 1.0), (0.0, 0.0))]
)
def test_a_shape_outside_the_bins_is_refused(shape):
    with pytest.raises(InputError, match=r"no events between 0\.2 and 4 MeV"):
        bin_counts(shape, EDGES, 10.0)


@pytest.mark.parametrize("scale", [0.0, math.nan, math.inf])
def test_impossible_exponentials_are_refused(scale):
    with pytest.raises(InputError, match="scale_mev"):
        Exponential(scale)


@pytest.mark.parametrize(("mean", "width"), [(1.0, 0.0), (1.0, -1.0), (math.nan, 1.0), (1.0, math.inf)])
def test_impossible_peaks_are_refused(mean, width):
    with pytest.raises(InputError, match="width_mev"):
        Peak(mean, width)


@pytest.mark.parametrize(
    ("energies", "density"),
    [
        ((1.0,), (1.0,)),
        ((1.0, 2.0), (1.0,)),
        ((2.0, 1.0), (1.0, 1.0)),
        ((1.0, 1.0), (1.0, 1.0)),
        ((1.0, 2.0), (-1.0, 3.0)),
        ((1.0, 2.0), (math.nan, 3.0)),
    ],
)
def test_impossible_tables_are_refused(energies, density):
    with pytest.raises(InputError, match="table"):
        Tabulated(energies, density)
