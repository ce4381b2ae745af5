"""Pile-up: laws of the convolution, and where its two models agree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.backgrounds.nuclides import decay_spectrum
from numm_stats.backgrounds.pile_up import (
    coincidence_spectrum,
    mean_coincidences,
    on_nodes,
    pile_up_rate,
    piled_up,
    self_convolution,
)
from numm_stats.detectors.response import Response
from numm_stats.errors import InputError
from numm_stats.templates.decays import decay_counts

STEP = 0.001


def carbon_14(size=400):
    """14C on nodes 1 keV apart."""
    return on_nodes(decay_counts(decay_spectrum("C14"), STEP * np.arange(size), Response()))


def moments(spectrum):
    nodes = STEP * np.arange(len(spectrum))
    mean = (spectrum * nodes).sum() / spectrum.sum()
    return mean, (spectrum * (nodes - mean) ** 2).sum() / spectrum.sum()


def test_two_events_have_twice_the_mean_and_variance():
    one, two = moments(carbon_14()), moments(self_convolution(carbon_14()))
    assert one[0] == pytest.approx(decay_spectrum("C14").mean_mev(), rel=1e-4)  # cells of 1 keV
    assert two == pytest.approx((2 * one[0], 2 * one[1]), rel=1e-9)


def test_self_convolution_of_a_flat_spectrum_is_a_triangle():
    triangle = self_convolution(np.full(50, 0.02))
    np.testing.assert_allclose(triangle, np.concatenate([np.arange(1, 51), np.arange(49, 0, -1)]) / 2500, rtol=1e-10)


def test_carbon_14_pile_up_ends_at_twice_the_endpoint():
    pile = self_convolution(carbon_14())
    assert pile[int(0.3145 / STEP) :].sum() < 1e-12
    assert pile[int(0.1565 / STEP) : int(0.313 / STEP)].sum() > 0.05


@given(st.floats(0.0, 5.0))
def test_coincidences_are_a_compound_poisson(mean):
    window = coincidence_spectrum(carbon_14(200), mean)
    single = moments(carbon_14(200))
    assert window.sum() == pytest.approx(1.0, rel=1e-5)  # 14C's own norm
    assert moments(window)[0] == pytest.approx(mean * single[0], rel=1e-4, abs=1e-12)
    assert moments(window)[1] == pytest.approx(mean * (single[1] + single[0] ** 2), rel=1e-4, abs=1e-12)
    assert window[0] >= np.exp(-mean) * (1 - 1e-12)


def test_windows_add_up():
    spectrum = carbon_14(200)
    once, twice = coincidence_spectrum(spectrum, 0.3), coincidence_spectrum(spectrum, 0.6)
    joined = np.convolve(once, once)
    size = min(len(joined), len(twice))
    np.testing.assert_allclose(joined[:size], twice[:size], atol=1e-14)


def test_the_two_models_agree_to_first_order():
    # the spectrum convolved with the window = the spectrum less what is lost + the synthetic component at its rate
    spectrum, mean = carbon_14(), mean_coincidences(111.0, 230e-9)
    convolved = piled_up(spectrum, coincidence_spectrum(spectrum, mean))
    synthetic = (1 - mean) * spectrum + mean * self_convolution(spectrum)[: len(spectrum)]
    np.testing.assert_allclose(convolved, synthetic, atol=2 * mean**2 * spectrum.max())


def test_nothing_by_chance_changes_nothing():
    spectrum = carbon_14()
    np.testing.assert_allclose(piled_up(spectrum, coincidence_spectrum(spectrum, 0.0)), spectrum, rtol=0, atol=1e-16)


def test_rate_of_pairs_grows_with_the_square():
    assert pile_up_rate(200.0, 1e-7) == pytest.approx(4 * pile_up_rate(100.0, 1e-7))
    # 14C of 40 Bq / 100 t in the 278 t of Borexino, and 230 ns: some 10^2 pairs a day in 100 t before any cut
    assert 86400 * pile_up_rate(111.2, 230e-9) / 2.78 == pytest.approx(88.4, rel=1e-3)


def test_nodes_keep_the_number_and_the_mean():
    cells = np.array([1.0, 3.0, 2.0])
    nodes = on_nodes(cells)
    assert nodes.sum() == cells.sum()
    assert (nodes * np.arange(4)).sum() == pytest.approx((cells * (np.arange(3) + 0.5)).sum())


@pytest.mark.parametrize(
    "call",
    [
        lambda: coincidence_spectrum(np.ones(3) / 3, -0.1),
        lambda: coincidence_spectrum(np.ones(3) / 3, 11.0),
        lambda: coincidence_spectrum(np.ones(3) / 3, np.nan),
        lambda: mean_coincidences(-1.0, 1.0),
        lambda: pile_up_rate(1.0, np.inf),
    ],
)
def test_impossible_windows_are_refused(call):
    with pytest.raises(InputError, match="pile-up"):
        call()
