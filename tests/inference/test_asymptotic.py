"""The asymptotic formulae against scipy's normal distribution."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from numm_stats.inference.asymptotic import BAND, cls, root_asimov_at_limit


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.floats(0.0, 6.0), st.floats(0.01, 6.0))
def test_cls_is_a_ratio_of_tail_probabilities(root_q, root_asimov):
    value = cls(root_q, root_asimov)
    if root_q <= root_asimov:
        signal, background = norm.sf(root_q), norm.sf(root_q - root_asimov)
    else:
        signal = norm.sf((root_q**2 + root_asimov**2) / (2.0 * root_asimov))
        background = norm.sf((root_q**2 - root_asimov**2) / (2.0 * root_asimov))
    if background > 1e-300:  # below, scipy's tail is no number any more
        assert value == pytest.approx(signal / background, rel=1e-9)
    assert 0.0 <= signal <= value <= 1.0


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.sampled_from(BAND), st.floats(1e-6, 0.9))
def test_the_band_solves_its_equation(sigmas, alpha):
    root = root_asimov_at_limit(float(sigmas), alpha)
    assert norm.cdf(sigmas - root) / norm.cdf(sigmas) == pytest.approx(alpha, rel=1e-9)
