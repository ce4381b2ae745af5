"""The test statistics against pyhf's, against closed forms, and where mu-hat meets a bound."""

import math

import numpy as np
import pyhf
import pytest

from numm_stats.errors import ComputationError
from numm_stats.inference import test_statistics as ours
from numm_stats.inference.profile import Profile
from numm_stats.inference.statmodel import read_workspace

NAMES = ("uncorrelated", "correlated", "staterror", "staterror_deficit", "control_region", "magnetic_moment")
CLOSE = 5e-6  # pyhf with Minuit at its strictest, free and conditional minima: 1.0e-6 was measured


def theirs(workspace, which, mu, low):
    space = pyhf.Workspace(workspace)
    model = space.model()
    bounds = model.config.suggested_bounds()
    bounds[model.config.poi_index] = (low, bounds[model.config.poi_index][1])
    function = getattr(pyhf.infer.test_statistics, which)
    start = model.config.suggested_init()
    return float(function(mu, space.data(model), model, start, bounds, model.config.suggested_fixed()))


@pytest.mark.usefixtures("minuit_backend")
@pytest.mark.parametrize("mu", [0.3, 2.0])
@pytest.mark.parametrize("name", NAMES)
def test_twins(library, name, mu):
    data = read_workspace(library[name])
    assert ours.t_mu_tilde(data, mu) == pytest.approx(theirs(library[name], "tmu_tilde", mu, 0.0), abs=CLOSE)
    assert ours.q_mu_tilde(data, mu) == pytest.approx(theirs(library[name], "qmu_tilde", mu, 0.0), abs=CLOSE)
    assert ours.t_mu(data, mu) == pytest.approx(theirs(library[name], "tmu", mu, -3.0), abs=CLOSE)
    assert ours.q_mu(data, mu) == pytest.approx(theirs(library[name], "qmu", mu, -3.0), abs=CLOSE)


@pytest.mark.usefixtures("minuit_backend")
@pytest.mark.parametrize("name", NAMES)
def test_twin_of_discovery(library, name):
    statistic = ours.q_0(read_workspace(library[name]))
    assert statistic == pytest.approx(theirs(library[name], "q0", 0.0, 0.0), abs=CLOSE)


def ratio(observed, expected, best):
    return 2.0 * (expected - best - observed * math.log(expected / best))


@pytest.mark.parametrize("observed", [4.0, 12.0, 30.0])
@pytest.mark.parametrize("mu", [0.5, 5.0, 20.0])
def test_closed_forms_of_one_bin(build, observed, mu):
    data = read_workspace(build.counting(observed=observed, background=12.0, uncertainty=0.0))
    free = ratio(observed, 12.0 + mu, observed)
    physical = ratio(observed, 12.0 + mu, max(observed, 12.0))
    above = observed - 12.0 > mu
    # minima to 1e-11 each
    assert ours.t_mu(data, mu) == pytest.approx(free, abs=1e-10)
    assert ours.t_mu_tilde(data, mu) == pytest.approx(physical, abs=1e-10)
    assert ours.q_mu(data, mu) == pytest.approx(0.0 if above else free, abs=1e-10)
    assert ours.q_mu_tilde(data, mu) == pytest.approx(0.0 if above else physical, abs=1e-10)
    assert ours.q_0(data) == pytest.approx(ratio(observed, 12.0, observed) if observed > 12.0 else 0.0, abs=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_the_statistics(library, name):
    data = read_workspace(library[name])
    for mu in (0.1, 1.0, 4.0):
        t, tilde = ours.t_mu(data, mu), ours.t_mu_tilde(data, mu)
        assert t >= tilde - 1e-9  # the free minimum is at most the bounded one
        assert 0.0 <= ours.q_mu(data, mu) <= t + 1e-9
        assert 0.0 <= ours.q_mu_tilde(data, mu) <= tilde + 1e-9


@pytest.mark.parametrize("low", [-20.0, 0.0, 0.4])
def test_the_bound_of_the_measurement_does_not_matter(build, low):
    workspace = build.counting(observed=15.0)
    workspace["measurements"][0]["config"]["parameters"] = [build.poi_range(50.0, low=low)]
    data, plain = read_workspace(workspace), read_workspace(build.counting(observed=15.0))
    for statistic in (ours.t_mu, ours.t_mu_tilde, ours.q_mu, ours.q_mu_tilde):
        assert statistic(data, 3.0) == pytest.approx(statistic(plain, 3.0), abs=1e-9)
    assert ours.q_0(data) == ours.q_0(plain) == 0.0


def test_a_profile_keeps_its_fit(library):
    profile = Profile(read_workspace(library["staterror"]))
    assert ours.profile_above(profile, 0.0) is profile
    assert ours.t_mu_tilde(profile, 2.0) == pytest.approx(profile.minus_two_log_ratio(2.0), abs=1e-9)
    assert ours.profile_above(profile, -math.inf).model.model.parameters.bounds[profile.model.poi_index, 0] == -math.inf


def test_a_bin_without_events_has_no_best_fit_below_zero(build):
    # its -2 ln L = 2 (b + mu s) falls until nothing is expected, at mu = -3, and the other bin would go on to -4.5
    samples = [build.sample("signal", [1.0, 2.0], build.mu), build.sample("background", [3.0, 12.0])]
    data = read_workspace(build.workspace({"bin": samples}, {"bin": [0.0, 3.0]}, [build.poi_range(20.0)]))
    with pytest.raises(ComputationError, match=r"bin 0 has no events.*use the statistic with a tilde"):
        ours.t_mu(data, 1.0)
    rise = 2.0 + 2.0 * (2.0 - 3.0 * math.log(14.0 / 12.0))
    assert ours.t_mu_tilde(data, 1.0) == pytest.approx(rise, abs=1e-9)


def test_only_bins_without_events(build):
    # -2 ln L = 2 (12 + 3 mu) down to mu = -3, where the first bin expects nothing
    samples = [build.sample("signal", [1.0, 2.0], build.mu), build.sample("background", [3.0, 9.0])]
    data = read_workspace(build.workspace({"bin": samples}, {"bin": [0.0, 0.0]}, [build.poi_range(20.0)]))
    assert ours.t_mu_tilde(data, 1.0) == pytest.approx(6.0, abs=1e-9)
    assert ours.t_mu(data, 1.0) == pytest.approx(24.0, abs=1e-9)


@pytest.mark.parametrize("factor", [1e-6, 1e9])
def test_a_rescaled_parameter_has_the_same_statistics(build, factor):
    one = read_workspace(build.magnetic_moment())
    other = read_workspace(build.magnetic_moment(scale=1.0 / factor))
    for statistic in (ours.t_mu, ours.t_mu_tilde, ours.q_mu, ours.q_mu_tilde):
        assert statistic(other, 1.5 * factor) == pytest.approx(statistic(one, 1.5), abs=1e-9)


def test_a_quadratic_signal_below_zero(build):
    # nu = 100 + 10 g2 - 2 g2^2 has its other branch at g2 > 5; below zero the counts fall
    tied = {"name": "g4", "type": "normfactor", "data": None}
    samples = [
        build.sample("linear", [10.0], build.mu),
        build.sample("square", [-2.0], tied),
        build.sample("background", [100.0]),
    ]
    workspace = build.workspace({"bin": samples}, {"bin": [72.0]}, [build.poi_range(20.0)])
    profile = ours.profile_above(read_workspace(workspace, powers={"g4": ("mu", 2)}), -math.inf)
    assert profile.best.deviance == pytest.approx(0.0, abs=1e-9)
    expected = profile.model.model.expected(profile.best.theta)
    assert np.allclose(expected, 72.0, atol=1e-4)
