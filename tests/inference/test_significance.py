"""Discovery: pyhf's p-values, the formula of one bin, and data that only a signal can make."""

import copy
import math

import numpy as np
import pyhf
import pytest
from scipy.stats import norm

from numm_stats.errors import InputError
from numm_stats.inference.significance import discovery
from numm_stats.inference.statmodel import read_workspace

NAMES = ("counting", "uncorrelated", "correlated", "staterror", "control_region", "free_shape", "magnetic_moment")


@pytest.mark.usefixtures("minuit_backend")
@pytest.mark.parametrize("name", NAMES)
def test_twins(library, name):
    space = pyhf.Workspace(library[name])
    model = space.model()
    p_value, expected = pyhf.infer.hypotest(0.0, space.data(model), model, test_stat="q0", return_expected=True)
    found = discovery(read_workspace(library[name]))
    # where q_0 = 0, pyhf stops 1e-6 above the minimum and Z is the root of that: 1e-3; elsewhere 1.5e-6 was measured
    assert found.significance == pytest.approx(float(norm.isf(p_value)), abs=2e-3)
    assert found.p_value == pytest.approx(float(p_value), abs=1e-3)
    assert found.expected_significance == pytest.approx(float(norm.isf(expected)), abs=1e-4)


@pytest.mark.parametrize("observed", [10.0, 20.0, 31.0, 60.0])
def test_one_bin(build, observed):
    # arXiv:1007.1727, eq. 97: Z = sqrt(2 ((s + b) ln(1 + s/b) - s))
    def formula(n, b=20.0):
        return math.sqrt(2.0 * (n * math.log(n / b) - (n - b))) if n > b else 0.0

    found = discovery(read_workspace(build.counting(observed=observed, background=20.0, uncertainty=0.0)), signal=9.0)
    assert found.significance == pytest.approx(formula(observed), abs=1e-6)
    assert found.expected_significance == pytest.approx(formula(29.0), abs=1e-6)
    assert found.p_value == pytest.approx(norm.sf(found.significance), rel=1e-9)
    assert found.mu_hat == pytest.approx(max(observed - 20.0, 0.0), abs=1e-5)


@pytest.mark.parametrize("factor", [1e-6, 1e9])
def test_a_rescaled_parameter_has_the_same_significance(build, factor):
    one = discovery(read_workspace(build.counting(observed=40.0)), signal=5.0)
    other = discovery(read_workspace(build.counting(observed=40.0, signal=1.0 / factor)), signal=5.0 * factor)
    assert other.significance == pytest.approx(one.significance, rel=1e-8)
    assert other.expected_significance == pytest.approx(one.expected_significance, rel=1e-8)
    assert other.mu_hat == pytest.approx(factor * one.mu_hat, rel=1e-6)


def test_full_bins_and_a_faint_signal(build):
    # pyhf#2232: 1e7 counts a bin, s/b = 1e-3 at most; q_0 of the Asimov set is mu^2 / sigma^2 up to s/b
    background, signal = np.full(10, 1e7), 1e4 / np.arange(1.0, 11.0)
    samples = [
        build.sample("signal", signal, build.mu),
        build.sample("background", background, build.normsys("norm", 1.01, 0.99)),
    ]
    model = read_workspace(build.workspace({"bin": samples}, {"bin": background + signal}, [build.poi_range(50.0)]))
    design = np.stack([signal, background * math.log(1.01)])
    sigma = math.sqrt(np.linalg.inv((design / background) @ design.T + np.diag([0.0, 1.0]))[0, 0])
    found = discovery(model)
    assert found.significance == pytest.approx(1.0 / sigma, rel=2e-3)
    assert found.significance == pytest.approx(found.expected_significance, rel=1e-6)  # the data are that Asimov set
    assert found.mu_hat == pytest.approx(1.0, rel=1e-6)


def test_events_that_only_a_signal_can_make(build):
    found = discovery(read_workspace(build.counting(observed=3.0, background=0.0, uncertainty=0.0)))
    assert (found.significance, found.p_value) == (math.inf, 0.0)
    assert "no background is expected" in found.warnings[0]


def test_few_events_are_warned_about(build):
    warnings = discovery(read_workspace(build.counting(4.0, 3.0))).warnings
    assert warnings
    assert all("doubtful, take toys: `numm-stats significance ... --toys 10000`" in text for text in warnings)
    assert discovery(read_workspace(build.counting())).warnings == ()


def test_a_deficit_is_no_discovery(build):
    for low in (0.0, -20.0):
        workspace = build.counting(observed=15.0)
        workspace["measurements"][0]["config"]["parameters"] = [build.poi_range(50.0, low=low)]
        found = discovery(read_workspace(workspace))
        assert (found.q_0, found.significance, found.p_value) == (0.0, 0.0, 0.5)


def test_asimov_data_are_not_called_observed(build):
    workspace = copy.deepcopy(build.counting(observed=40.0))
    assert discovery(read_workspace(workspace)).to_dict()["observed"] > 1.0
    workspace["measurements"][0]["name"] = "counting_asimov"
    found = discovery(read_workspace(workspace))
    assert found.to_dict()["observed"] is None
    assert str(found).startswith("asimov data: Z = ")


@pytest.mark.parametrize("signal", [0.0, -1.0, math.inf, math.nan])
def test_the_expectation_needs_a_signal(library, signal):
    with pytest.raises(InputError, match=f"signal = {signal}: the expected significance needs a positive value of mu"):
        discovery(read_workspace(library["counting"]), signal=signal)
