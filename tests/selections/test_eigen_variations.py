"""Universes to eigen-variations: what is kept of their covariance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numm_stats.selections.systematics import covariance, eigen_variations


def throws(seed, universes=60, bins=12):
    random = np.random.default_rng(seed)
    nominal = random.uniform(5.0, 50.0, bins)
    mixing = random.normal(size=(bins, bins)) * np.geomspace(3.0, 1e-4, bins)
    return nominal, nominal + random.normal(size=(universes, bins)) @ mixing.T


@pytest.mark.parametrize("about", ["nominal", "mean"])
def test_the_covariance_is_numpys(about):
    nominal, universes = throws(1)
    if about == "mean":
        expected = np.cov(universes, rowvar=False)
    else:
        expected = np.cov(universes, rowvar=False, bias=True) + np.outer(*[universes.mean(axis=0) - nominal] * 2)
    np.testing.assert_allclose(covariance(universes, nominal, about=about), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("about", ["nominal", "mean"])
def test_all_of_them_reproduce_the_covariance(about):
    nominal, universes = throws(2)
    found = eigen_variations(universes, nominal, share=1.0, about=about)
    expected = covariance(universes, nominal, about=about)
    assert found.share == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(found.shifts.T @ found.shifts, expected, rtol=1e-9, atol=1e-12 * np.trace(expected))


@settings(deadline=None)
@given(st.integers(0, 1000), st.floats(0.3, 0.9999))
def test_every_count_keeps_its_share_and_no_more_shifts_than_that_takes(seed, share):
    """What is left out of each entry of the covariance is bounded by the standard deviations of its two counts."""
    nominal, universes = throws(seed)
    found = eigen_variations(universes, nominal, share=share)
    expected = covariance(universes, nominal)
    left, sigma = expected - found.shifts.T @ found.shifts, np.sqrt(np.diag(expected))
    np.testing.assert_allclose(1.0 - np.diag(left) / sigma**2, found.kept, atol=1e-9)
    assert found.share == found.kept.min() >= share
    assert (np.abs(left) <= (1.0 - share + 1e-9) * np.outer(sigma, sigma)).all()
    if len(found.shifts) > 1:
        assert ((found.shifts[:-1] ** 2).sum(axis=0) / sigma**2).min() < share


def test_small_counts_keep_theirs_beside_large_ones():
    """Eigenvectors of the covariance itself would keep 99.99 % of its trace by the first count alone."""
    random = np.random.default_rng(4)
    nominal = np.array([1e4, 1.0, 1e-3])
    universes = nominal * (1.0 + 0.1 * random.normal(size=(50, 3)))
    found = eigen_variations(universes, nominal, share=0.99)
    np.testing.assert_allclose((found.shifts**2).sum(axis=0), np.diag(covariance(universes, nominal)), rtol=0.01)


def test_a_sum_keeps_its_share_too():
    """Two counts that move against each other: what is left of each is little, and much of their sum."""
    random = np.random.default_rng(5)
    opposite, common = random.normal(size=(2, 200))
    universes = 10.0 + np.stack([opposite + 0.05 * common, -opposite + 0.05 * common], axis=1)
    nominal, groups = np.full(2, 10.0), np.zeros(2, dtype=int)
    apart, together = (eigen_variations(universes, nominal, share=0.99, groups=one) for one in (None, groups))
    assert (len(apart.shifts), len(together.shifts)) == (1, 2)
    variance = covariance(universes, nominal).sum()
    assert (apart.shifts.sum(axis=1) ** 2).sum() < 0.1 * variance
    assert (together.shifts.sum(axis=1) ** 2).sum() == pytest.approx(variance)


def test_a_sum_that_never_moves_asks_for_nothing():
    random = np.random.default_rng(6)
    moves = random.normal(size=50)
    universes = 10.0 + np.stack([moves, -moves, np.zeros(50)], axis=1)
    found = eigen_variations(universes, np.full(3, 10.0), share=0.99, groups=np.zeros(3, dtype=int))
    assert len(found.shifts) == 1
    assert found.kept.tolist() == [pytest.approx(1.0), pytest.approx(1.0), 1.0]


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(0, 11), st.floats(-12.0, 12.0))
def test_units_of_a_count_change_nothing(seed, which, power):
    """As the reference of a signal must not."""
    nominal, universes = throws(seed)
    factors = np.ones(12)
    factors[which] = 10.0**power
    found = eigen_variations(universes, nominal, share=0.99)
    other = eigen_variations(universes * factors, nominal * factors, share=0.99)
    scaled = found.scaled(factors)
    assert scaled.share == pytest.approx(other.share)
    expected = scaled.shifts.T @ scaled.shifts
    sigma = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(other.shifts.T @ other.shifts, expected, rtol=1e-6, atol=1e-9 * sigma.max() ** 2)


def test_shifts_are_orthogonal_in_units_of_the_deviations_the_largest_first():
    nominal, universes = throws(3)
    found = eigen_variations(universes, nominal, share=0.999)
    shifts = found.shifts / np.sqrt(np.diag(covariance(universes, nominal)))
    products = shifts @ shifts.T
    np.testing.assert_allclose(products, np.diag(np.diag(products)), atol=1e-9 * products[0, 0])
    assert (np.diff(np.diag(products)) <= 0.0).all()
    assert (found.shifts[np.arange(len(shifts)), np.abs(found.shifts).argmax(axis=1)] > 0.0).all()


def test_universes_that_all_scale_alike_are_one_normalisation():
    nominal = np.array([10.0, 4.0, 1.0])
    scales = np.array([0.9, 1.1, 1.05, 0.95])
    found = eigen_variations(scales[:, None] * nominal, nominal, share=0.99)
    assert len(found.shifts) == 1
    np.testing.assert_allclose(found.shifts[0], nominal * np.sqrt(np.mean((scales - 1.0) ** 2)))


def test_universes_without_any_spread_have_no_variation():
    nominal = np.array([10.0, 4.0])
    found = eigen_variations(np.tile(nominal, (5, 1)), nominal, share=0.99)
    assert found.shifts.shape == (0, 2)
    assert found.share == 1.0


def test_rounding_is_no_spread():
    nominal = np.array([10.0, 4.0])
    universes = nominal + np.array([[1.0, 0.0], [-1.0, 4e-15], [0.5, -4e-15]])
    found = eigen_variations(universes, nominal, share=1.0)
    assert len(found.shifts) == 1
    assert found.shifts[0, 1] == 0.0
