"""Two-sided intervals: MINOS, the exact construction of Feldman and Cousins, closed forms, and pieces."""

import copy
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iminuit import Minuit
from scipy.optimize import brentq
from scipy.stats import norm

from numm_stats.errors import InputError
from numm_stats.inference.exact import counting_t_mu_tilde, feldman_cousins_interval
from numm_stats.inference.fitting import fit
from numm_stats.inference.intervals import CONSTRUCTIONS, p_value_of_t_mu_tilde, two_sided_interval
from numm_stats.inference.posterior import posterior_of
from numm_stats.inference.statmodel import read_workspace

ONE_SIGMA = float(norm.cdf(1.0) - norm.cdf(-1.0))


def one_bin(build, observed, background, signal=1.0):
    return read_workspace(build.counting(observed, background, 0.0, signal))


def two_terms(build, observed, *, linear=-20.0):
    samples = [
        build.sample("interference", [linear], {"name": "g2", "type": "normfactor", "data": None}),
        build.sample("square", [5.0], {"name": "g4", "type": "normfactor", "data": None}),
        build.sample("background", [100.0]),
    ]
    bounds = [{"name": "g2", "bounds": [[0.0, 30.0]], "inits": [1.0]}]
    workspace = build.workspace({"bin": samples}, {"bin": [observed]}, bounds, poi="g2")
    return read_workspace(workspace, poi="g2", powers={"g4": ("g2", 2)})


@pytest.mark.parametrize("name", ["correlated", "staterror", "control_region"])
def test_minos(library, name):
    # MINOS stops within a part of its own tolerance: up to 4e-4 of the error was measured
    model = read_workspace(library[name])
    region = two_sided_interval(model, "delta-chi2", confidence_level=ONE_SIGMA)
    found = fit(model, minos=("mu",))
    lower, upper = found.minos["mu"]
    assert region.low == pytest.approx(region.best + lower, abs=1e-3 * abs(lower))
    assert region.high == pytest.approx(region.best + upper, abs=1e-3 * upper)


def test_minos_of_one_bin(build):
    def deviance(mu):
        return counting_t_mu_tilde(60, mu, 20.0)

    minuit = Minuit(deviance, mu=30.0)
    minuit.errordef = 1.0
    minuit.tol = 1e-5
    minuit.migrad()
    minuit.minos(cl=0.9)
    region = two_sided_interval(one_bin(build, 60.0, 20.0))
    best, error = minuit.values["mu"], minuit.merrors["mu"]
    assert region.intervals[0] == pytest.approx((best + error.lower, best + error.upper), abs=1e-4)


@pytest.mark.parametrize(
    ("observed", "background"), [(0.0, 3.0), (0.0, 0.0), (3.0, 0.0), (1.0, 1e-3), (25.0, 23.78), (40.0, 3.0)]
)
@pytest.mark.parametrize("signal", [1.0, 1e-6, 1e9])
def test_one_bin(build, observed, background, signal):
    region = two_sided_interval(one_bin(build, observed, background, signal), confidence_level=0.9)
    ((low, high),) = region.intervals
    for edge in (low, high):
        rise = counting_t_mu_tilde(int(observed), edge * signal, background)
        assert rise == pytest.approx(2.705543, abs=1e-5) or (edge == 0.0 and rise < 2.706)
    assert region.best * signal == pytest.approx(max(observed - background, 0.0), abs=1e-4)
    assert region.uncertainty < 1e-6 * high


@pytest.mark.parametrize("pull", [-3.0, -1.0, 0.0, 1.0, 1.3, 2.5, 10.0])
def test_many_counts_give_the_exact_construction(build, pull):
    background = 1e4
    observed = round(background + pull * 100.0)
    region = two_sided_interval(one_bin(build, float(observed), background), "t-mu-tilde")
    exact = feldman_cousins_interval(observed, background, 0.9)
    # counts are discrete: the exact edges lie up to half a count, 0.005 sigma, further out; 0.34 was measured
    assert (region.low, region.high) == pytest.approx((exact[0][0], exact[-1][1]), abs=0.5)


@pytest.mark.parametrize(
    ("pull", "low", "high"),
    [(-3.0, 0.0, 0.26), (-1.0, 0.0, 0.81), (0.0, 0.0, 1.64), (1.0, 0.0, 2.64), (2.0, 0.58, 3.64)],
)
def test_the_bounded_gaussian(build, pull, low, high):
    # physics/9711021, table X, at 90 %: Gaussian of unit width, mean not below zero
    background = 1e10
    sigma = math.sqrt(background)
    region = two_sided_interval(one_bin(build, background + pull * sigma, background), "t-mu-tilde")
    assert (region.low / sigma, region.high / sigma) == pytest.approx((low, high), abs=0.0051)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.floats(0.0, 5.0), st.floats(0.05, 5.0))
def test_the_law_of_t_mu_tilde(root_t, mean):
    # mu-hat ~ N(mean, 1): t~ = (mu - mu-hat)^2 inside, mu^2 - 2 mu mu-hat where mu-hat < 0
    upper = norm.sf(root_t)
    inside = norm.cdf(-root_t) if root_t < mean else 0.0
    lower = inside if root_t < mean else norm.cdf((mean**2 - root_t**2) / (2.0 * mean) - mean)
    assert p_value_of_t_mu_tilde(root_t, mean) == pytest.approx(upper + lower, rel=1e-9)
    assert p_value_of_t_mu_tilde(root_t, mean) <= 2.0 * norm.sf(root_t) * (1.0 + 1e-9)


@pytest.mark.parametrize("observed", [98.0, 99.5, 103.0])
@pytest.mark.parametrize("construction", CONSTRUCTIONS)
def test_two_pieces(build, observed, construction):
    region = two_sided_interval(two_terms(build, observed), construction)
    (first, second), (third, fourth) = region.intervals
    assert first == 0.0
    assert second < 2.0 < third
    assert "the accepted region has 2 parts" in region.warnings
    if construction == "delta-chi2":

        def deviance(x):
            expected = 100.0 - 20.0 * x + 5.0 * x * x
            return 2.0 * (expected - observed + observed * math.log(observed / expected))

        lowest = min(deviance(x) for x in np.linspace(0.0, 6.0, 60001))
        for edge, bracket in ((second, (0.3, 2.0)), (third, (2.0, 3.7)), (fourth, (4.3, 8.0))):
            assert edge == pytest.approx(brentq(lambda x: deviance(x) - lowest - 2.705543, *bracket), abs=1e-5)


def test_a_hole_can_be_closed(build):
    assert len(two_sided_interval(two_terms(build, 80.5)).intervals) == 1


def test_the_asymptotic_law_is_doubted_where_the_signal_is_not_linear(build):
    assert any("not linear" in text for text in two_sided_interval(two_terms(build, 99.0), "t-mu-tilde").warnings)


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("likelihood", ["profile", "marginal"])
@pytest.mark.parametrize("credible", ["highest-density", "central"])
def test_credible_intervals_hold_their_probability(library, power, likelihood, credible):
    model = read_workspace(library["control_region"])
    region = two_sided_interval(model, "bayes", power=power, likelihood=likelihood, credible=credible)
    posterior = posterior_of(model, power=power, likelihood=likelihood)
    assert sum(posterior.probability(*edges) for edges in region.intervals) == pytest.approx(0.9, abs=1e-6)
    if credible == "central":
        assert posterior.probability(0.0, region.low) == pytest.approx(0.05, abs=1e-6)
    elif region.low > 0.0:
        densities = posterior.density(np.array(region.intervals[0]))
        assert densities[0] == pytest.approx(densities[1], rel=1e-5)


def test_credible_and_likelihood_intervals_of_a_gaussian(build):
    sigma = 1e5
    model = one_bin(build, 1.0002e10, 1e10)
    regions = [two_sided_interval(model, name) for name in CONSTRUCTIONS]
    for region in regions:
        assert region.low / sigma == pytest.approx(20.0 - 1.6448536, abs=1e-3)
        assert region.high / sigma == pytest.approx(20.0 + 1.6448536, abs=1e-3)


@pytest.mark.parametrize("construction", CONSTRUCTIONS)
def test_regions_grow_with_the_confidence_level(library, construction):
    model = read_workspace(library["staterror"])
    regions = [two_sided_interval(model, construction, confidence_level=level) for level in (0.5, 0.68, 0.9, 0.99)]
    assert (np.diff([region.high for region in regions]) > 0.0).all()
    assert (np.diff([region.low for region in regions]) <= 0.0).all()


@pytest.mark.parametrize("construction", CONSTRUCTIONS)
def test_regions_are_plain_numbers_for_json(library, construction):
    region = two_sided_interval(read_workspace(library["counting"]), construction)
    again = json.loads(json.dumps(region.to_dict()))
    assert again["intervals"] == [list(edges) for edges in region.intervals]
    assert again["construction"] == construction


def test_an_asimov_set_is_said_to_be_one(library):
    workspace = copy.deepcopy(library["counting"])
    workspace["measurements"][0]["name"] = "counting_asimov"
    for construction in CONSTRUCTIONS:
        region = two_sided_interval(read_workspace(workspace), construction)
        assert "the data are an Asimov set: the interval is an expected one" in region.warnings


@pytest.mark.parametrize(
    ("construction", "options", "message"),
    [
        ("delta-chi", {}, "construction 'delta-chi' is unknown, did you mean 'delta-chi2'"),
        ("bayes", {"credible": "centre"}, "credible 'centre' is unknown, did you mean 'central'"),
        ("bayes", {"power": -1}, "power = -1: must be a positive integer"),
        ("t-mu-tilde", {"confidence_level": 0.0}, "confidence level 0.0: must lie between 0 and 1"),
    ],
)
def test_bad_input(library, construction, options, message):
    with pytest.raises(InputError, match=message):
        two_sided_interval(read_workspace(library["counting"]), construction, **options)


@pytest.mark.parametrize("observed", [3.0, 80.0, 100.0, 130.0])
@pytest.mark.parametrize("lowest", [-30.0, 0.0])
def test_a_parameter_of_either_sign(build, observed, lowest):
    """Background 100, ten events a unit of mu; whatever the measurement's lower bound, below -10 it is impossible."""
    workspace = build.counting(observed, 100.0, 0.0, 10.0)
    workspace["measurements"][0]["config"]["parameters"] = [{"name": "mu", "bounds": [[lowest, 10.0]], "inits": [1.0]}]
    region = two_sided_interval(read_workspace(workspace), either_sign=True)

    def excess(mu):
        expected = 100.0 + 10.0 * mu
        return 2.0 * (expected - observed - observed * math.log(expected / observed)) - norm.ppf(0.95) ** 2

    best = (observed - 100.0) / 10.0
    assert region.best == pytest.approx(best, abs=1e-5)  # 1e-10 of -2 ln L
    ((low, high),) = region.intervals
    assert low == pytest.approx(brentq(excess, -10.0 + 1e-9, best), rel=1e-6)
    assert high == pytest.approx(brentq(excess, best, 60.0), rel=1e-6)


def test_what_a_parameter_of_either_sign_cannot_have(build):
    for construction in CONSTRUCTIONS[1:]:
        with pytest.raises(InputError, match="take 'delta-chi2'"):
            two_sided_interval(one_bin(build, 60.0, 20.0), construction, either_sign=True)


def test_a_parameter_of_either_sign_ends_where_nothing_is_expected(build):
    """No event: -2 ln L = 2 (20 + mu) down to mu = -20."""
    ((low, high),) = two_sided_interval(one_bin(build, 0.0, 20.0), either_sign=True).intervals
    assert (low, high) == (pytest.approx(-20.0, abs=1e-6), pytest.approx(0.5 * norm.ppf(0.95) ** 2 - 20.0, abs=1e-6))


@pytest.mark.parametrize("mirrored", [False, True])
def test_both_valleys_on_either_side_of_zero(build, mirrored):
    """100 - 20 x + 5 x^2 events: 100 of them at 0 and 4, and with x turned round at 0 and -4."""
    sign = -1.0 if mirrored else 1.0
    model = two_terms(build, 100.0, linear=-20.0 * sign)
    pieces = two_sided_interval(model, either_sign=True, confidence_level=0.5).intervals
    assert len(pieces) == 2
    for low, high in pieces:
        for edge in (low, high):
            expected = 100.0 - 20.0 * sign * edge + 5.0 * edge**2
            found = 2.0 * (expected - 100.0 - 100.0 * math.log(expected / 100.0))
            assert found == pytest.approx(norm.ppf(0.75) ** 2, rel=1e-6)
    assert sorted(round(0.5 * (low + high)) for low, high in pieces) == sorted((0, round(4 * sign)))
    whole = two_sided_interval(model, either_sign=True, confidence_level=1 - 1e-6).intervals
    assert len(whole) == 1
    assert whole[0][0] < min(0.0, 4.0 * sign) < max(0.0, 4.0 * sign) < whole[0][1]
