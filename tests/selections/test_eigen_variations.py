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
    np.testing.assert_allclose(found.shifts.T @ found.shifts, expected, rtol=1e-9, atol=1e-12 * found.total)


@settings(deadline=None)
@given(st.integers(0, 1000), st.floats(0.3, 0.9999))
def test_what_is_left_out_is_what_was_said(seed, share):
    nominal, universes = throws(seed)
    found = eigen_variations(universes, nominal, share=share)
    left = covariance(universes, nominal) - found.shifts.T @ found.shifts
    assert found.share >= share
    assert np.trace(left) == pytest.approx((1.0 - found.share) * found.total, abs=1e-9 * found.total)
    assert np.abs(left).max() <= (1.0 - found.share) * found.total * (1.0 + 1e-9) + 1e-9 * found.total
    fewer = eigen_variations(universes, nominal, share=found.share - 1e-9)
    assert len(fewer.shifts) == len(found.shifts)
    if len(found.shifts) > 1:
        assert (found.shifts[:-1] ** 2).sum() < share * found.total


def test_shifts_are_orthogonal_the_largest_first():
    nominal, universes = throws(3)
    shifts = eigen_variations(universes, nominal, share=0.999).shifts
    products = shifts @ shifts.T
    np.testing.assert_allclose(products, np.diag(np.diag(products)), atol=1e-9 * products[0, 0])
    assert (np.diff(np.diag(products)) <= 0.0).all()
    assert (shifts[np.arange(len(shifts)), np.abs(shifts).argmax(axis=1)] > 0.0).all()


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
    assert found.total == 0.0
