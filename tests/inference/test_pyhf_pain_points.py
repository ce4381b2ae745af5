"""Cases of the kind in which pyhf 0.7.6 fails or misleads, by the number of its issue; ours by an independent route.

What pyhf makes of them is shown as far as it is quick, and either way allowed: it may be mended.
"""

import logging

import numpy as np
import pyhf
import pytest
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.stats import norm, poisson

from numm_stats.errors import ComputationError
from numm_stats.inference.fitting import find_minimum, fit
from numm_stats.inference.likelihood import Dataset
from numm_stats.inference.limits import upper_limit
from numm_stats.inference.statmodel import statistical_model_of
from numm_stats.inference.toy_ladder import ToyOptions
from numm_stats.inference.toy_limits import toy_upper_limit
from numm_stats.inference.toys import conditional_hypothesis, throw, toy_task


@pytest.fixture(autouse=True)
def quiet():
    """Failed fits of pyhf log whole tracebacks and take logarithms of negative numbers."""
    logging.disable(logging.CRITICAL)
    with np.errstate(all="ignore"):
        yield
    logging.disable(logging.NOTSET)


def one_channel(signal, background, *, moved=(), moved_signal=(), bounds=(0.0, 10.0)):
    mu = {"name": "mu", "type": "normfactor", "data": None}
    samples = [
        {"name": "signal", "data": signal, "modifiers": [mu, *moved_signal]},
        {"name": "background", "data": background, "modifiers": list(moved)},
    ]
    parameters = [{"name": "mu", "bounds": [list(bounds)], "inits": [1.0]}]
    return pyhf.Model({"channels": [{"name": "bin", "samples": samples}], "parameters": parameters})


def poisson_deviance(n, nu):
    return 2.0 * (nu - n + (n * np.log(n / nu) if n else 0.0))


def minus_two_ln_l(model, theta, data):
    return -2.0 * float(np.asarray(model.logpdf(np.asarray(theta), data))[0])


def test_2232_large_counts():
    """pyhf#2232: bins of 5e6 events leave SLSQP and Minuit far from the minimum; CLs is wrong or NaN.

    The observations are the background, so that mu-hat = 0, q = q_A and CLs = 2 Phi(-sqrt q) = 0.1 at sqrt q = 1.645.
    A gamma with n events on mu s + gamma b and tau on gamma tau solves a quadratic equation in each bin.
    """
    signal, background, error = [4000.0, 9386.207], [5000000.0, 1612950.8], [1000000.1, 322590.16]
    model = pyhf.simplemodels.uncorrelated_background(signal, background, error)
    data = background + model.config.auxdata

    def profiled(mu, s, b, tau):
        # d/dgamma of (mu s + gamma b) - b ln(mu s + gamma b) + tau gamma - tau ln gamma = 0
        linear = (b + tau) * mu * s - b * (b + tau)
        gamma = (-linear + np.sqrt(linear**2 + 4.0 * b * (b + tau) * tau * mu * s)) / (2.0 * b * (b + tau))
        x, y = (mu * s + (gamma - 1.0) * b) / b, gamma - 1.0
        return 2.0 * b * (x - np.log1p(x)) + 2.0 * tau * (y - np.log1p(y))

    def deviance(mu):
        return sum(profiled(mu, s, b, (b / e) ** 2) for s, b, e in zip(signal, background, error, strict=True))

    exact = brentq(lambda mu: np.sqrt(deviance(mu)) - norm.isf(0.05), 1.0, 1000.0, xtol=1e-10)
    ours = statistical_model_of(model, data)
    best = fit(ours)
    assert best.values[ours.poi_index] == pytest.approx(0.0, abs=1e-6 * exact)
    # the closed form loses digits: 1e-16 of 5e6 counts, over a deviance of 2.7
    assert upper_limit(ours).observed == pytest.approx(exact, rel=1e-6)
    assert upper_limit(ours).median == pytest.approx(exact, rel=1e-6)
    theirs = pyhf.infer.mle.fit(data, model)
    assert minus_two_ln_l(model, best.values, data) < minus_two_ln_l(model, theirs, data) + 1e-6


def test_2228_the_limit_is_beyond_the_bounds_of_the_parameter():
    """pyhf#2228: the search for a limit leaves the bounds of the POI and ends in a ValueError.

    50 events on 50: -2 ln lambda(mu) = 2 [2 mu - 50 ln(1 + mu / 25)], with CLs as in `test_2232_large_counts`.
    """
    model = one_channel([2.0], [50.0], bounds=(0.0, 5.0))
    exact = brentq(lambda mu: np.sqrt(poisson_deviance(50.0, 50.0 + 2.0 * mu)) - norm.isf(0.05), 1.0, 50.0)
    assert exact > 5.0
    assert upper_limit(statistical_model_of(model, [50.0])).observed == pytest.approx(exact, rel=1e-7)
    try:
        theirs = float(pyhf.infer.intervals.upper_limits.toms748_scan([50.0], model, 0.0, 5.0, level=0.1)[0])
    except ValueError as error:
        assert "bounds" in str(error)  # noqa: PT017  it may as well not be raised
    else:
        assert theirs == pytest.approx(exact, rel=1e-3)


FAILING = ([256.219], [1.341], 1.0)  # SLSQP: "Inequality constraints incompatible"


def strong_signal():
    """A signal 200 times its background, each as uncertain as can be."""
    signal, background, events = FAILING
    error = {"name": "error", "type": "shapesys", "data": signal}
    total = {"name": "total", "type": "normsys", "data": {"hi": 2.0, "lo": 0.001}}
    model = one_channel(signal, background, moved=[total], moved_signal=[error], bounds=(0.0, 100.0))
    return model, [events, *model.config.auxdata]


def test_2529_a_fit_that_fails():
    """pyhf#2529, pyhf#1427: a fit fails with "Inequality constraints incompatible" or an EDM that is too large.

    One event below the expected background: the signal is zero, its gamma at the auxiliary value, and the background's
    pull minimises 2 (nu - ln nu) + alpha^2, one-dimensional.
    """
    model, data = strong_signal()
    ours = statistical_model_of(model, data)
    index = {name: k for k, name in enumerate(model.config.par_names)}

    def along(alpha):
        theta = np.empty(3)
        theta[index["mu"]], theta[index["total"]], theta[index["error[0]"]] = 0.0, alpha, 1.0
        return minus_two_ln_l(model, theta, data)

    alone = minimize_scalar(along, bounds=(-3.0, 3.0), method="bounded", options={"xatol": 1e-10})
    result = fit(ours)
    assert result.valid
    assert result.values[index["mu"]] == 0.0
    assert result.values[index["total"]] == pytest.approx(alone.x, abs=1e-4)
    assert result.minus_two_log_likelihood == pytest.approx(alone.fun, abs=1e-8)
    try:
        theirs = pyhf.infer.mle.fit(data, model)
    except pyhf.exceptions.FailedMinimization:
        return
    assert result.minus_two_log_likelihood < minus_two_ln_l(model, theirs, data) + 1e-6


def test_2529_a_fit_that_cannot_succeed_says_why():
    """pyhf#2529 asks for a hint where a fit fails: ours names the bin, or the parameter, and what to do about it."""
    model = one_channel([1.0, 0.0], [5.0, 0.0])
    with pytest.raises(ComputationError, match="bin 1 expects 0 counts, which its data exclude"):
        fit(statistical_model_of(model, [5.0, 4.0]))


def test_1427_a_failed_toy_does_not_end_the_run():
    """pyhf#1427: one toy whose fit fails ends the whole run. Ours is kept as NaN and counted, and the run goes on.

    The model is that of pyhf#892. No toy fails here; a simplex search from several points finds no lower -2 ln L.
    """
    efficiency = {"name": "efficiency", "type": "normsys", "data": {"hi": 1.228925751097454, "lo": 0.7710742489025461}}
    statistics = {"name": "statistics", "type": "staterror", "data": [0.16]}
    model = one_channel([1.364790054231882], [0.43], moved=[statistics], moved_signal=[efficiency])
    ours = statistical_model_of(model, [0.0, *model.config.auxdata])
    toys = throw(toy_task(ours, conditional_hypothesis(ours, 1.0), (1.0,), seed=3), 1024)
    assert toys.failures == int(np.isnan(toys.values).any(axis=0).sum()) == 0
    assert (toys.values >= 0.0).all()
    rng = np.random.default_rng(6)
    low, high = np.array(model.config.suggested_bounds()).T
    for events in (0.0, 1.0, 7.0):
        toy = ours.with_data(Dataset(np.array([events]), ours.data.auxiliary + rng.normal(0.0, 0.2, 2)))

        def deviance(theta, likelihood=toy.likelihood):
            return likelihood.deviance(np.clip(theta, low, high))

        starts = rng.uniform(0.2, 2.0, (5, 3))
        options = {"maxiter": 4000, "xatol": 1e-9, "fatol": 1e-11}
        found = [minimize(deviance, start, method="Nelder-Mead", options=options).fun for start in starts]
        assert find_minimum(toy).deviance == pytest.approx(min(found), abs=1e-7)


def test_892_1161_low_counts_have_a_band_that_collapses():
    """pyhf#892, pyhf#1161: with 0.1 background events the band of expected limits is narrow, or looks absurd.

    No event is then the background's outcome up to +1 sigma, P(0) = 0.896: there CLs = exp(-mu s), and all of these
    limits are ln 10 / s. The +2 sigma edge is one event: CLs = P(n <= 1 | mu s + b) / P(n <= 1 | b).
    """
    signal, background = 4.166929245, 0.11
    model = statistical_model_of(one_channel([signal], [background]), [0.0])
    limit = toy_upper_limit(model, "cls", ToyOptions(toys=40000, seed=1))
    none = np.log(10.0) / signal
    one = brentq(lambda mu: poisson.cdf(1, mu * signal + background) / poisson.cdf(1, background) - 0.1, 0.1, 10.0)
    # CLs = 0.1 of 40,000 toys, between points of the grid: 2 % of the limit
    assert limit.observed == pytest.approx(none, rel=0.02)
    assert limit.expected[:4] == pytest.approx([none] * 4, rel=0.02)
    assert limit.expected[4] == pytest.approx(one, rel=0.02)
    # the asymptotic law misses this, and says that it is doubtful
    asymptotic = upper_limit(model)
    assert np.isfinite([asymptotic.observed, *asymptotic.expected]).all()
    assert any("asymptotic law is doubtful" in warning for warning in asymptotic.warnings)


def test_2093_negative_yields():
    """pyhf#2093: interference makes an expected count negative inside the bounds: NaN, and a fit that fails.

    Bin one expects 5 - 4 mu, which must stay positive: the bounds reach to mu = 100. The best fit of (0, 14) on
    (5 - 4 mu, 6 + 7 mu) is at the edge of what is possible, or before it: -2 ln L is one-dimensional.
    """
    model = one_channel([-4.0, 7.0], [5.0, 6.0], bounds=(0.0, 100.0))
    for events in ([1.0, 14.0], [3.0, 11.0], [2.0, 40.0]):
        ours = statistical_model_of(model, events)

        def deviance(mu, n=events):
            return poisson_deviance(n[0], 5.0 - 4.0 * mu) + poisson_deviance(n[1], 6.0 + 7.0 * mu)

        alone = minimize_scalar(deviance, bounds=(0.0, 1.25 - 1e-12), method="bounded", options={"xatol": 1e-11})
        assert ours.likelihood.deviance(np.array([2.0])) == np.inf
        result = fit(ours)
        assert result.values[0] == pytest.approx(alone.x, abs=1e-6)
        assert result.deviance == pytest.approx(alone.fun, abs=1e-9)
        # above mu-hat, -2 ln L rises without end towards mu = 1.25: so every limit is below it
        limit = upper_limit(ours, "delta-chi2", delta_chi2=2.706)
        exact = brentq(lambda mu: deviance(mu) - alone.fun - 2.706, alone.x, 1.25 - 1e-12, xtol=1e-13)  # noqa: B023
        assert limit.observed == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("level", [0.32, 0.1, 0.05, 0.01])
def test_2563_the_confidence_level_is_heeded(level):
    """pyhf#2563: `upper_limit` ignores `level` unless a scan is given, and returns the limit at 95 %.

    CLs = 2 Phi(-sqrt q) = level on the Asimov set, as in `test_2228_the_limit_is_beyond_the_bounds_of_the_parameter`.
    """
    model = one_channel([2.0], [50.0], bounds=(0.0, 50.0))
    target = norm.isf(level / 2.0)
    exact = brentq(lambda mu: np.sqrt(poisson_deviance(50.0, 50.0 + 2.0 * mu)) - target, 1e-3, 50.0)
    ours = upper_limit(statistical_model_of(model, [50.0]), confidence_level=1.0 - level)
    assert ours.observed == pytest.approx(exact, rel=1e-7)
    limits = pyhf.infer.intervals.upper_limits
    assert ours.observed == pytest.approx(
        float(limits.toms748_scan([50.0], model, 0.0, 50.0, level=level)[0]), rel=1e-3
    )
    # theirs is that of the level, once it is mended, or that of 95 %
    at_95 = brentq(lambda mu: np.sqrt(poisson_deviance(50.0, 50.0 + 2.0 * mu)) - norm.isf(0.025), 1e-3, 50.0)
    theirs = float(limits.upper_limit([50.0], model, level=level)[0])
    assert min(abs(theirs - exact), abs(theirs - at_95)) < 1e-3 * exact
