"""The same events in two windows: marginals exact, the rest as thinning of single hits makes it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, chi2, norm

from numm_stats.errors import InputError
from numm_stats.templates.coupled_hits import migration, thinned

EDGES = np.arange(60.0, 301.0)
CENTRES = 0.5 * (EDGES[1:] + EDGES[:-1])
SHARE = 0.97


def peak(mean, width, events=1e5):
    return events * np.diff(norm.cdf((EDGES - mean) / width))


def falling(share=1.0, events=1e5):
    """An exponential of the hits: in a window with a share of them, steeper by that."""
    return events * share * np.exp(-(CENTRES - 60.0 * share) / (40.0 * share)) / 40.0 / share


LONGER, SHORTER = falling() + peak(170.0, 14.0), falling(SHARE) + peak(SHARE * 170.0, 14.0)
MATRIX = migration(LONGER, SHORTER, EDGES, SHARE)


def test_every_event_is_somewhere():
    assert MATRIX.shape == (240, 242)
    assert (MATRIX >= 0.0).all()
    assert MATRIX.sum(axis=1) == pytest.approx(1.0, abs=1e-12)


def test_the_shorter_window_expects_its_own_spectrum():
    seen = (LONGER @ MATRIX)[1:-1]
    inside = (EDGES[:-1] >= 75.0) & (EDGES[1:] <= 280.0)
    # a tenth of a standard deviation at most
    assert np.abs((seen - SHORTER) / np.sqrt(SHORTER))[inside].max() < 0.1


def test_toys_of_the_shorter_window_are_poisson():
    """chi2 of 400 toys in 20 bins to their expectation, not of one window to the other."""
    generator, bins = np.random.default_rng(1), slice(20, 220)
    toys = np.array([thinned(generator.poisson(LONGER), MATRIX, generator) for _ in range(400)])
    binned, wanted = toys[:, bins].reshape(400, 20, 10).sum(axis=2), SHORTER[bins].reshape(20, 10).sum(axis=1)
    total = ((binned - wanted) ** 2 / wanted).sum()
    assert 1e-3 < chi2.sf(total, 8000) < 1 - 1e-3


def test_both_windows_see_nearly_the_same():
    generator = np.random.default_rng(2)
    longer = generator.poisson(LONGER, size=(300, 240)).astype(float)
    shorter = np.array([thinned(toy, MATRIX, generator) for toy in longer])
    rise = [toys[:, 90:].sum(axis=1) for toys in (longer, shorter)]
    other = [toys[:, 20:60].sum(axis=1) for toys in (longer, shorter)]
    # above 150 hits, in a window of 90 cells that few events leave: independent draws would give 0 +- 0.06
    assert np.corrcoef(*rise)[0, 1] > 0.9
    assert abs(np.corrcoef(rise[0], other[1])[0, 1]) < 0.25


def test_late_hits_spread_as_a_binomial():
    """A spectrum without features: the kernel alone. Its variance is that of each hit being late or not."""
    flat = np.full(240, 100.0)
    row = migration(flat, np.full(240, 100.0 / SHARE), EDGES, SHARE)[140]
    places = np.concatenate([[EDGES[0] - 0.5], CENTRES, [EDGES[-1] + 0.5]])
    mean = row @ places
    late = binom(int(CENTRES[140]), 1.0 - SHARE)
    # cells of one hit add 1/12, and scaling to both spectra moves a little
    assert row @ (places - mean) ** 2 == pytest.approx(late.var(), rel=0.1)
    assert mean == pytest.approx(CENTRES[140] - late.mean(), abs=1.0)


def test_all_hits_in_the_window_stay_where_they_are():
    matrix = migration(LONGER, LONGER, EDGES, 1.0)
    assert (matrix[:, 1:-1].argmax(axis=1) == np.arange(240)).all()
    assert np.diag(matrix[:, 1:-1]).min() > 0.85
    assert (LONGER @ matrix)[1:-1][5:-5] == pytest.approx(LONGER[5:-5], rel=1e-3)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.5, 1.0), st.integers(0, 2**32))
def test_no_event_is_invented(share, seed):
    generator = np.random.default_rng(seed)
    matrix = migration(LONGER, falling(share), EDGES, share) if seed % 5 == 0 else MATRIX
    counts = generator.poisson(LONGER / 1e3).astype(float)
    seen = thinned(counts, matrix, generator)
    assert seen.shape == counts.shape
    assert (seen == np.round(seen)).all()
    assert 0.0 <= seen.sum() <= counts.sum()


def test_where_nothing_is_nothing_comes_from():
    empty = np.zeros(240)
    seen = thinned(empty, migration(empty, empty, EDGES, SHARE), np.random.default_rng(0))
    assert seen.tolist() == empty.tolist()


@pytest.mark.parametrize("share", [0.0, -0.1, 1.0001, np.nan])
def test_a_share_that_is_none(share):
    with pytest.raises(InputError, match="share of the hits in the shorter window"):
        migration(LONGER, SHORTER, EDGES, share)
