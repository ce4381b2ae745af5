"""Averages and envelopes: Gaussian profiles in closed form, the laws that any profiles obey, and scipy's quadrature."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from numm_stats.errors import ComputationError, InputError
from numm_stats.inference.averaging import averaged, enveloped, single
from numm_stats.inference.bayes import bayes_limit
from numm_stats.inference.configurations import Configuration, configuration
from numm_stats.inference.likelihood import Dataset
from numm_stats.inference.limits import upper_limit
from numm_stats.inference.merged_limits import CONSTRUCTIONS, Construction, merged_limit, spread_of
from numm_stats.inference.profile import Profile
from numm_stats.inference.profile_spline import spline_through
from numm_stats.inference.statmodel import read_workspace
from numm_stats.inference.weighting import Weights, weights_of

ACCURACY = 1e-6
BAYES = Construction("bayes")
COUNTS = (("bin", (7.0, 9.0)),)


def gaussian(mean, width, *, lowest=0.0, free=2, counts=COUNTS, name="gaussian"):
    """A configuration whose -2 ln L is a parabola plus a constant: its cubic spline is exact."""
    knots = mean + width * np.arange(-10.0, 13.0)
    mu = np.array([0.0, *knots[knots > 0.01 * width]]) if mean < 10.0 * width else knots
    data = spline_through(mu, ((mu - mean) / width) ** 2 + lowest, 2.0 * (mu - mean) / width**2)
    return Configuration(name, "mu", data, background=data, free_parameters=free, observations=counts)


def closed_form_quantile(means, widths, weights, level):
    """Quantile of sum w N(mean, width) cut at zero, where each N has its maximum at zero or above divided out."""
    means, widths = np.array(means), np.array(widths)
    best = np.maximum(means, 0.0)
    area = np.array(weights) * widths * np.exp(0.5 * ((best - means) / widths) ** 2)
    total = area @ norm.cdf(means / widths)
    tail = lambda mu: area @ norm.sf((mu - means) / widths) / total - (1.0 - level)  # noqa: E731
    return brentq(tail, 0.0, float((best + 12.0 * widths).max()), xtol=1e-13)


profiles = st.lists(
    st.tuples(st.floats(-3.0, 5.0), st.floats(0.3, 3.0), st.floats(0.0, 6.0), st.integers(0, 4)),
    min_size=1,
    max_size=6,
)


def configurations_of(drawn):
    return [gaussian(mean, width, lowest=low, free=free) for mean, width, low, free in drawn]


def known(values):
    return [value for value in values if value is not None]


def limit(configurations, construction=BAYES, **options):
    return merged_limit(averaged(configurations, weights_of(configurations, **options)), construction).observed


@settings(deadline=None, max_examples=40)
@given(profiles, st.sampled_from([0.68, 0.9, 0.99]))
def test_gaussian_profiles_give_the_closed_form(drawn, level):
    means, widths, lowest, _ = zip(*drawn, strict=True)
    found = configurations_of(drawn)
    # the minimum over mu >= 0 is what a configuration counts by
    maxima = [low + (min(mean, 0.0) / width) ** 2 for mean, width, low in zip(means, widths, lowest, strict=True)]
    weights = np.exp(-0.5 * (np.array(maxima) - min(maxima)))
    expected = closed_form_quantile(means, widths, weights, level)
    assert limit(found, Construction("bayes", level)) == pytest.approx(expected, rel=ACCURACY)
    curve = averaged(found, weights_of(found)).data
    mu = np.linspace(0.0, 8.0, 50)
    each = [w * np.exp(-0.5 * one.data.rise(mu)) for w, one in zip(weights / weights.sum(), found, strict=True)]
    assert np.exp(-0.5 * curve.value(mu)) == pytest.approx(np.sum(each, axis=0), rel=1e-9, abs=1e-30)


@pytest.mark.parametrize("power", [1, 2, 4])
def test_a_prior_flat_in_a_root(power):
    means, widths = np.array([0.4, 1.5]), np.array([1.0, 0.7])
    found = [gaussian(*pair) for pair in zip(means, widths, strict=True)]

    def density(u):
        return float(np.exp(-0.5 * ((u**power - means) / widths) ** 2).sum())

    bound = limit(found, Construction("bayes", 0.9, power=power), weighting="equal")
    edges = [0.0, bound ** (1.0 / power), 12.0 ** (1.0 / power)]
    below, above = (quad(density, a, b, epsabs=0.0, epsrel=1e-11, limit=300)[0] for a, b in pairwise(edges))
    assert above / (below + above) == pytest.approx(0.1, rel=ACCURACY)


@pytest.mark.parametrize("rise", [None, 2.705543])
def test_delta_chi2_of_a_sum_of_gaussians(rise):
    means, widths, weights = np.array([0.2, 2.0]), np.array([0.8, 1.3]), np.array([3.0, 1.0])

    def value(mu):
        return -2.0 * math.log(float(weights @ np.exp(-0.5 * ((mu - means) / widths) ** 2)))

    lowest = min(value(mu) for mu in np.linspace(0.0, 3.0, 30001))
    level = norm.ppf(0.9) ** 2 if rise is None else rise
    expected = brentq(lambda mu: value(mu) - lowest - level, 1.0, 9.0, xtol=1e-12)
    found = [gaussian(*pair) for pair in zip(means, widths, strict=True)]
    bound = limit(found, Construction("delta-chi2", 0.9, rise), weighting="given", weights=[3.0, 1.0])
    assert bound == pytest.approx(expected, rel=ACCURACY)


@settings(deadline=None, max_examples=20)
@given(profiles, st.sampled_from(CONSTRUCTIONS), st.sampled_from(["maximum-likelihood", "null", "equal"]), st.data())
def test_order_and_common_offset_do_not_matter(drawn, name, weighting, data):
    found, construction = configurations_of(drawn), Construction(name)
    bound = limit(found, construction, weighting=weighting)
    shuffled = data.draw(st.permutations(found))
    assert limit(shuffled, construction, weighting=weighting) == pytest.approx(bound, rel=1e-8)
    offset = data.draw(st.floats(-1e3, 1e3))
    moved = [replace(each, data=replace(each.data, deviance=each.data.deviance + offset)) for each in found]
    assert limit(moved, construction, weighting=weighting) == pytest.approx(bound, rel=1e-8)


@settings(deadline=None, max_examples=20)
@given(profiles, st.sampled_from(CONSTRUCTIONS), st.integers(2, 8))
def test_copies_are_one(drawn, name, copies):
    one, construction = configurations_of(drawn)[0], Construction(name)
    bound = merged_limit(single(one), construction)
    for merger in (averaged([one] * copies, weights_of([one] * copies)), enveloped([one] * copies)):
        several = merged_limit(merger, construction)
        assert several.observed == pytest.approx(bound.observed, rel=1e-8, abs=1e-12)
        assert known(several.expected) == pytest.approx(known(bound.expected), rel=1e-8, abs=1e-12)
    assert weights_of([one] * copies).effective_configurations == pytest.approx(copies)


@settings(deadline=None, max_examples=30)
@given(profiles, st.floats(0.0, 3.0))
def test_the_envelope_is_the_lowest_penalised_member(drawn, penalty):
    found = configurations_of(drawn)
    envelope = enveloped(found, penalty=penalty).data
    mu = np.linspace(0.0, 10.0, 101)
    members = [each.data.rise(mu) + each.data.deviance + penalty * each.free_parameters for each in found]
    assert (envelope.value(mu) <= np.array(members) + 1e-9).all()
    assert envelope.value(mu) == pytest.approx(np.min(members, axis=0))
    assert float(envelope.rise(np.array(envelope.mu_hat))) == pytest.approx(0.0, abs=1e-9)
    assert (envelope.rise(mu) > -1e-9).all()
    lowest = min(each.data.deviance + penalty * each.free_parameters for each in found)
    assert merged_limit(enveloped(found, penalty=penalty), Construction("delta-chi2")).observed >= max(
        merged_limit(single(each), Construction("delta-chi2")).observed
        for each in found
        if each.data.deviance + penalty * each.free_parameters == lowest
    ) * (1.0 - 1e-9)


def test_an_envelope_of_two_parabolas():
    narrow, wide = gaussian(1.0, 0.5, free=2), gaussian(1.0, 1.5, free=3)
    bound = merged_limit(enveloped([narrow, wide]), Construction("delta-chi2", delta_chi2=2.705543)).observed
    assert bound == pytest.approx(1.0 + 1.5 * math.sqrt(2.705543 - 1.0), rel=1e-9)  # the wide one costs 1 more
    bound = merged_limit(
        enveloped([narrow, wide], penalty=3.0), Construction("delta-chi2", delta_chi2=2.705543)
    ).observed
    assert bound == pytest.approx(1.0 + 0.5 * math.sqrt(2.705543), rel=1e-9)

    def density(mu):
        return math.exp(-0.5 * min(((mu - 1.0) / 0.5) ** 2, ((mu - 1.0) / 1.5) ** 2 + 1.0))

    switch = math.sqrt(1.0 / (1.0 / 0.25 - 1.0 / 2.25))
    breaks = [max(1.0 - switch, 0.0), 1.0 + switch]
    bound = merged_limit(enveloped([narrow, wide]), BAYES).observed
    total = quad(density, 0.0, 20.0, points=breaks, epsabs=0.0, epsrel=1e-11, limit=400)[0]
    above = quad(density, bound, 20.0, points=breaks, epsabs=0.0, epsrel=1e-11, limit=400)[0]
    assert above / total == pytest.approx(0.1, rel=ACCURACY)


def test_two_separate_maxima_leave_two_parts():
    found = [gaussian(0.5, 0.2), gaussian(5.0, 0.3, lowest=0.5)]
    several = merged_limit(averaged(found, weights_of(found)), Construction("delta-chi2", delta_chi2=2.705543))
    assert len(several.intervals) == 2
    assert several.intervals[0][0] == 0.0
    assert several.observed == several.intervals[1][1]
    assert several.warnings == ("the allowed region has several parts: the limit is its upper end",)


@pytest.mark.parametrize("name", ["counting", "staterror_deficit", "control_region", "magnetic_moment"])
@pytest.mark.parametrize("construction", CONSTRUCTIONS)
def test_one_configuration_has_its_own_limit(library, name, construction):
    model = read_workspace(library[name])
    one = configuration(model)
    for merger in (single(one), averaged([one], weights_of([one])), enveloped([one])):
        bound = merged_limit(merger, Construction(construction))
        same = bayes_limit(model, confidence_level=0.9) if construction == "bayes" else upper_limit(model, construction)
        assert bound.observed == pytest.approx(same.observed, rel=2e-6)
        assert known(bound.expected) == pytest.approx(known(same.expected), rel=2e-6)
        assert abs(bound.observed - same.observed) <= 2.0 * bound.uncertainty + 2.0 * same.uncertainty + 1e-12


def test_two_models_against_quadrature(build):
    models = [read_workspace(build.magnetic_moment(scale=scale)) for scale in (1.0, 1.2)]
    found = [configuration(model) for model in models]
    profiles = [Profile(model) for model in models]
    lowest = min(profile.best.deviance for profile in profiles)
    assert found[0].observations == found[1].observations

    def likelihood(mu):
        return sum(math.exp(-0.5 * (profile.conditional(mu).deviance - lowest)) for profile in profiles)

    bound = limit(found)
    below = quad(likelihood, 0.0, bound, epsabs=0.0, epsrel=1e-9)[0]
    above = quad(likelihood, bound, 5.0, epsabs=0.0, epsrel=1e-9)[0]
    assert above / (below + above) == pytest.approx(0.1, rel=ACCURACY)


def test_a_parameter_in_another_unit_gives_the_same_average(build):
    models = [read_workspace(build.magnetic_moment(scale=scale)) for scale in (1.0, 1.2, 4.8)]
    first, second, other = (configuration(model, name=str(k)) for k, model in enumerate(models))
    other = replace(other, unit=4.0)  # a signal 4 times as large for one unit
    for construction in (BAYES, Construction("cls")):
        assert limit([first, other], construction) == pytest.approx(limit([first, second], construction), rel=1e-6)
    assert merged_limit(single(other), BAYES).observed * 4.0 == pytest.approx(
        merged_limit(single(second), BAYES).observed, rel=1e-6
    )


def test_data_that_are_an_asimov_set_give_the_expected_limit(build):
    model = read_workspace(build.magnetic_moment())
    background = Profile(model).background.theta
    asimov = replace(model, data=model.asimov_data(background), asimov=True)
    one, same = configuration(asimov), upper_limit(asimov, "cls")
    bound = merged_limit(averaged([one, one], weights_of([one, one])), Construction("cls"))
    assert bound.observed is None
    assert bound.expected == pytest.approx(same.expected, rel=2e-6)
    assert one.background is one.data
    assert not one.warnings
    signal = background.copy()
    signal[model.poi_index] = 1.0
    injected = configuration(replace(asimov, data=model.asimov_data(signal)))
    assert "the best fit to the Asimov set is a signal (1)" in injected.warnings[0]


def test_a_toy_study_replaces_data_and_needs_no_expectation(build):
    model = read_workspace(build.magnetic_moment())
    rng = np.random.default_rng(1)
    counts = rng.poisson(model.data.main).astype(float)
    toy = model.with_data(Dataset(counts, model.data.auxiliary))
    exact, quick = (configuration(toy, expected=False, accuracy=accuracy) for accuracy in (1e-6, 1e-3))
    assert len(quick.data.mu) < len(exact.data.mu)
    for construction in (BAYES, Construction("delta-chi2")):
        bound = merged_limit(single(quick), construction)
        assert bound.observed == pytest.approx(merged_limit(single(exact), construction).observed, rel=1e-3)
        assert bound.expected == (None,) * 5
    with pytest.raises(InputError, match="needs background-only Asimov sets"):
        merged_limit(single(quick), Construction("cls"))


def test_an_average_of_nothing_observed_and_no_background(build):
    """L(0) = 0 after one event without background: null weights have nothing to weigh with."""
    model = read_workspace(build.counting(3.0, 0.0, 0.0))
    one = configuration(model)
    assert merged_limit(single(one), BAYES).observed == pytest.approx(6.68078, rel=1e-5)  # gamma(4) at 90 %
    with pytest.raises(ComputationError, match="background alone cannot have made the data"):
        weights_of([one, one], "null")


def test_spread():
    spread = spread_of((1.0, 2.0, 4.0))
    assert (spread.minimum, spread.maximum) == (1.0, 4.0)
    assert spread.standard_deviation == pytest.approx(np.std([1.0, 2.0, 4.0], ddof=1))
    assert spread_of((3.0,)).standard_deviation == 0.0


def test_what_cannot_be():
    one = gaussian(1.0, 1.0)
    asimov = replace(one, asimov=True, name="other")
    with pytest.raises(InputError, match="the data of other are an Asimov set, those of gaussian are not"):
        averaged([one, asimov], weights_of([one, asimov]))
    assert averaged([one, asimov], Weights("given", "own", (1.0, 0.0))).asimov is False
    for penalty in (-1.0, math.nan, math.inf):
        with pytest.raises(InputError, match="penalty"):
            enveloped([one], penalty=penalty)
    with pytest.raises(ComputationError, match="beyond which no profile was made"):
        merged_limit(single(one), Construction("delta-chi2", delta_chi2=400.0))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": "bayess"}, "did you mean 'bayes'"),
        ({"confidence_level": 1.0}, "between 0 and 1"),
        ({"name": "cls", "delta_chi2": 2.7}, "belongs to the construction delta-chi2"),
        ({"name": "delta-chi2", "delta_chi2": -1.0}, "positive number"),
        ({"name": "clsb", "confidence_level": 0.4}, "only beyond 0.5"),
        ({"power": 0}, "positive integer"),
    ],
)
def test_constructions_that_cannot_be(options, words):
    with pytest.raises(InputError, match=words):
        Construction(**options)
