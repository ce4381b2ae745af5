"""Profiles as splines: the fits they replace, the unit of mu, and points from elsewhere."""

import math

import numpy as np
import pytest

from numm_stats.errors import ComputationError, InputError
from numm_stats.inference.profile import Profile
from numm_stats.inference.profile_spline import profile_spline, spline_through
from numm_stats.inference.statmodel import read_workspace

REACH = 46.0


@pytest.mark.parametrize("name", ["counting", "staterror", "staterror_deficit", "control_region", "magnetic_moment"])
def test_the_spline_is_the_profile(library, name):
    model = read_workspace(library[name])
    spline, profile = profile_spline(model, reach=REACH), Profile(model.above_zero())
    assert spline.mu_hat == pytest.approx(profile.mu_hat, abs=1e-6 * profile.mu_error)
    assert spline.deviance == pytest.approx(profile.best.deviance, abs=1e-9)
    assert spline.null == pytest.approx(profile.minus_two_log_ratio(0.0), abs=1e-9)
    assert spline.rises[-1] > REACH
    for mu in profile.mu_hat + profile.mu_error * np.array([0.13, 0.77, 1.61, 2.3, 3.1]):
        rise = profile.minus_two_log_ratio(float(mu))
        assert float(spline.rise(mu)) == pytest.approx(rise, abs=spline.accuracy * math.exp(rise / 4.0))
        slope = float(profile.conditional(float(mu)).gradient[model.poi_index])
        assert float(spline.slope(mu)) == pytest.approx(slope, rel=1e-3)


def test_more_accuracy_costs_more_fits(library):
    model = read_workspace(library["magnetic_moment"])
    knots = [len(profile_spline(model, reach=REACH, accuracy=accuracy).mu) for accuracy in (1e-2, 1e-5, 1e-7)]
    assert knots[0] < knots[1] < knots[2]


def test_signals_in_other_units(build):
    one, large = (profile_spline(read_workspace(build.magnetic_moment(scale=s)), reach=REACH) for s in (1.0, 1e9))
    mu = np.linspace(0.0, 2.0, 21)
    rescaled = large.rescaled(1e9)
    assert rescaled.rise(mu) == pytest.approx(one.rise(mu), abs=1e-4)
    assert rescaled.slope(mu) == pytest.approx(one.slope(mu), abs=1e-2)
    assert one.rescaled(4.0).rise(4.0 * mu) == pytest.approx(one.rise(mu))


def test_straight_beyond_the_knots():
    spline = spline_through([1.0, 2.0, 3.0], [1.0, 0.0, 1.0], [-2.0, 0.0, 2.0])
    assert spline.rise(np.array([0.0, 5.0])) == pytest.approx([3.0, 5.0])
    assert spline.null == pytest.approx(3.0)


def test_a_parabola_through_points():
    mu = np.array([0.0, 0.4, 3.0])
    spline = spline_through(mu, 17.0 + ((mu - 1.3) / 0.7) ** 2, 2.0 * (mu - 1.3) / 0.49)
    assert (spline.mu_hat, spline.deviance) == (pytest.approx(1.3), pytest.approx(17.0))
    x = np.linspace(0.0, 3.0, 31).reshape(1, 31)
    assert spline.rise(x) == pytest.approx(((x - 1.3) / 0.7) ** 2)
    assert spline.slope(x) == pytest.approx(2.0 * (x - 1.3) / 0.49)


@pytest.mark.parametrize(
    ("mu", "values", "slopes"),
    [
        ([0.0], [1.0], [1.0]),
        ([0.0, 1.0], [1.0], [1.0, 1.0]),
        ([1.0, 0.0], [1.0, 2.0], [1.0, 1.0]),
        ([-1.0, 0.0], [1.0, 2.0], [1.0, 1.0]),
        ([0.0, 1.0], [1.0, math.inf], [1.0, 1.0]),
    ],
)
def test_points_that_make_no_profile(mu, values, slopes):
    with pytest.raises(InputError, match="profile"):
        spline_through(mu, values, slopes)


def test_a_signal_that_reaches_no_bin(build):
    with pytest.raises(ComputationError, match="reaches no bin"):
        profile_spline(read_workspace(build.counting(25.0, 20.0, 0.1, 1e-300)), reach=REACH)
