"""Interpolation of systematic variations: pyhf's interpolators, derivatives, joints."""

import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numm_stats.inference.interpolation import (
    HISTOSYS_CODES,
    NORMSYS_CODES,
    code4_coefficients,
    even_part,
    normalisation_factor,
)

EXAMPLES = settings(derandomize=True, max_examples=60, deadline=None)
SPECIAL = np.array([-3.0, -1.0, -1e-9, 0.0, 1e-9, 1.0, 3.0])
SMOOTH = {"code0": 0, "code2": 1, "code4p": 2, "code1": 0, "code4": 2}  # derivatives that are continuous everywhere


def alphas(seed):
    return np.concatenate([SPECIAL, np.random.default_rng(seed).uniform(-3.0, 3.0, 20)])


def interpolated_by_pyhf(code, variations, alpha):
    """pyhf's answer for one bin: `variations` are low, nominal, high."""
    interpolator = getattr(pyhf.interpolators, code)([[[[value] for value in variations]]])
    return np.asarray(interpolator(pyhf.tensorlib.astensor([alpha.tolist()]))).ravel()


def factor(code, alpha, high, low):
    size = len(alpha)
    high, low = np.full(size, high), np.full(size, low)
    return normalisation_factor(alpha, high, low, code4_coefficients(high, low) if code == "code4" else None)


def positions(alpha):
    """Alphas that stay clear of the joints, where a difference would mix two branches."""
    joints = np.array([-1.0, 0.0, 1.0])
    return alpha[np.abs(alpha[:, None] - joints).min(axis=1) > 1e-3]


@EXAMPLES
@given(st.integers(0, 2**32 - 1), st.floats(0.3, 3.0), st.floats(0.3, 3.0))
def test_normalisations_are_those_of_pyhf(seed, high, low):
    alpha = alphas(seed)
    for code in NORMSYS_CODES:
        # pyhf solves the same 6 x 6 system by an inverse: 1e-12 is its rounding
        expected = interpolated_by_pyhf(code, (low, 1.0, high), alpha)
        assert factor(code, alpha, high, low)[0] == pytest.approx(expected, rel=1e-12)


@EXAMPLES
@given(st.integers(0, 2**32 - 1), st.floats(-50.0, 50.0), st.floats(-50.0, 50.0))
def test_shapes_are_those_of_pyhf(seed, high, low):
    alpha, nominal = alphas(seed), 20.0
    for code in ("code0", "code4p", "code2"):
        if code == "code2":  # beyond one sigma pyhf's code2 jumps to another line: its issues 2610 and 2729
            alpha = alpha[np.abs(alpha) <= 1.0]
        ours = alpha * (high - low) / 2.0 + even_part(alpha, code)[0] * (high + low - 2.0 * nominal) / 16.0
        theirs = interpolated_by_pyhf(code, (low, nominal, high), alpha)
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-11)  # differences of numbers up to 100


@EXAMPLES
@given(st.floats(1.0, 3.0), st.floats(-50.0, 50.0), st.floats(-50.0, 50.0))
def test_quadratic_shapes_continue_in_a_straight_line(alpha, high, low):
    # ROOT's MathFuncs.h, flexibleInterpSingle, case 2: (2 a +- b) (|alpha| - 1) + (high or low) - nominal
    nominal = 20.0
    a, b = (high + low) / 2.0 - nominal, (high - low) / 2.0
    even = even_part(np.array([alpha, -alpha]), "code2")[0] * a / 8.0
    assert even[0] + b * alpha == pytest.approx((2.0 * a + b) * (alpha - 1.0) + high - nominal, abs=1e-11)
    assert even[1] - b * alpha == pytest.approx((2.0 * a - b) * (alpha - 1.0) + low - nominal, abs=1e-11)


@EXAMPLES
@given(st.integers(0, 2**32 - 1), st.floats(0.3, 3.0), st.floats(0.3, 3.0))
def test_slopes_are_those_of_the_functions(seed, high, low):
    alpha, step = positions(alphas(seed)), 1e-5
    for code in HISTOSYS_CODES:
        difference = (even_part(alpha + step, code)[0] - even_part(alpha - step, code)[0]) / (2.0 * step)
        # central differences: rounding 1e-16 / 1e-5 and truncation 1e-10, times values of order 10 to 100
        assert even_part(alpha, code)[1] == pytest.approx(difference, rel=1e-7, abs=1e-8)
    for code in NORMSYS_CODES:
        difference = factor(code, alpha + step, high, low)[0] - factor(code, alpha - step, high, low)[0]
        assert factor(code, alpha, high, low)[1] == pytest.approx(difference / (2.0 * step), rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("code", [*HISTOSYS_CODES, *NORMSYS_CODES])
@pytest.mark.parametrize("joint", [-1.0, 0.0, 1.0])
def test_the_branches_join(code, joint):
    around = joint + np.array([-1e-9, 1e-9])
    value, slope = even_part(around, code) if code in HISTOSYS_CODES else factor(code, around, 1.3, 0.8)
    # across 2e-9, values differ by a slope of 10 and slopes by a curvature of 100 at most: 2e-8 and 2e-7
    assert value[0] == pytest.approx(value[1], abs=1e-7)
    if SMOOTH[code] >= 1:
        assert slope[0] == pytest.approx(slope[1], abs=1e-6)
    if SMOOTH[code] >= 2:
        far = joint + np.array([-2e-4, -1e-4, 1e-4, 2e-4])
        slopes = even_part(far, code)[1] if code in HISTOSYS_CODES else factor(code, far, 1.3, 0.8)[1]
        before, after = np.diff(slopes)[[0, 2]] / 1e-4
        assert before == pytest.approx(after, abs=0.1)  # the third derivative, up to 180, times 3e-4


@pytest.mark.parametrize("code", NORMSYS_CODES)
def test_one_sigma_gives_the_stated_factors(code):
    assert factor(code, np.array([-1.0, 0.0, 1.0]), 1.3, 0.8)[0] == pytest.approx([0.8, 1.0, 1.3], rel=1e-14)


@pytest.mark.parametrize("code", HISTOSYS_CODES)
def test_one_sigma_gives_the_stated_shapes(code):
    assert even_part(np.array([-1.0, 0.0, 1.0]), code)[0] == pytest.approx([8.0, 0.0, 8.0], rel=1e-14)
