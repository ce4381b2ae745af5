"""p-values from toys: sums of Poisson probabilities at low counts, the asymptotic laws at high ones."""

import json
import math
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from scipy.stats import beta, norm, poisson

from numm_stats.errors import InputError
from numm_stats.inference.goodness import goodness_of_fit
from numm_stats.inference.likelihood import poisson_deviance
from numm_stats.inference.significance import discovery
from numm_stats.inference.statmodel import read_workspace
from numm_stats.inference.toy_ladder import ToyOptions
from numm_stats.inference.toy_tests import discovery_by_toys, goodness_by_toys

TOYS = 20000


def within_toys(found, exact, toys=TOYS):
    """Four standard deviations of a binomial part."""
    return found == pytest.approx(exact, abs=4.0 * math.sqrt(exact * (1.0 - exact) / toys))


def counting(build, observed, background):
    return read_workspace(build.counting(observed, background, uncertainty=0.0))


def spectrum(build, counts, observed_mu=1.0, seed=5):
    """Ten bins of so many background counts each, a falling signal of some standard deviations, a normalisation."""
    background, signal = np.full(10, counts), 4.0 * math.sqrt(counts) / np.arange(2.0, 12.0)
    samples = [
        build.sample("signal", signal, build.mu),
        build.sample("background", background, build.normsys("norm", 1.02, 0.98)),
    ]
    observed = np.random.default_rng(seed).poisson(background + observed_mu * signal)
    return read_workspace(build.workspace({"bin": samples}, {"bin": observed}, [build.poi_range(20.0)]))


@pytest.mark.parametrize(("n", "b"), [(3, 1.0), (5, 1.5), (2, 0.3), (6, 3.2)])
def test_discovery_in_one_bin_is_a_sum_of_poisson_probabilities(build, n, b):
    found = discovery_by_toys(counting(build, n, b), ToyOptions(TOYS, seed=1))
    assert within_toys(found.p_value, poisson.sf(n - 1, b))
    assert found.significance == pytest.approx(norm.isf(found.p_value), rel=1e-9)
    assert found.p_value_low < found.p_value < found.p_value_high
    assert (found.calculator, found.toys, found.failures, found.warnings) == ("toys", TOYS, 0, ())


def test_the_expected_significance_is_that_of_the_asimov_set(build):
    # 1 + 3 expected: as extreme are toys of four events or more
    found = discovery_by_toys(counting(build, 2, 1.0), ToyOptions(TOYS, seed=2), signal=3.0)
    assert within_toys(found.expected_p_value, poisson.sf(3, 1.0))
    assert found.expected_significance == pytest.approx(norm.isf(found.expected_p_value), rel=1e-9)


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_discovery_at_high_counts_is_asymptotic(build, seed):
    model = spectrum(build, 1e4, seed=seed)
    found, asymptotic = discovery_by_toys(model, ToyOptions(TOYS)), discovery(model)
    assert 0.001 < asymptotic.p_value < 0.4
    assert within_toys(found.p_value, asymptotic.p_value)
    assert within_toys(found.expected_p_value, asymptotic.expected_p_value)
    assert found.q_0 == asymptotic.q_0


def test_a_deficit_is_no_discovery_by_toys_either(build):
    found = discovery_by_toys(counting(build, 1, 4.0), ToyOptions(2000))
    assert (found.p_value, found.p_value_high, found.significance) == (1.0, 1.0, 0.0)


def test_where_no_toy_is_as_extreme_the_p_value_is_an_upper_limit(build):
    found = discovery_by_toys(counting(build, 30, 2.0), ToyOptions(1000))
    upper = beta.ppf(1.0 - norm.sf(1.0), 1, 1000)  # Clopper and Pearson: none of 1,000
    assert (found.p_value_low, found.p_value) == (0.0, pytest.approx(upper))
    assert found.significance == pytest.approx(norm.isf(upper))
    assert "none of 1000 toys" in found.warnings[0]
    assert "upper limit" in found.warnings[0]


def test_events_that_only_a_signal_can_make_need_no_toys(build):
    found = discovery_by_toys(counting(build, 3, 0.0), ToyOptions(1000))
    assert (found.p_value, found.significance, found.toys) == (0.0, math.inf, 0)


def test_a_parameter_that_may_be_negative_is_tested_above_zero(build):
    workspace = build.counting(6.0, 3.2, uncertainty=0.0)
    workspace["measurements"][0]["config"]["parameters"] = [build.poi_range(50.0, low=-3.0)]
    found = discovery_by_toys(read_workspace(workspace), ToyOptions(TOYS, seed=1))
    assert within_toys(found.p_value, poisson.sf(5, 3.2))


def test_goodness_of_two_bins_is_a_sum_of_poisson_probabilities(build):
    # the signal takes what is in the first bin beyond its background, the second bin has background only
    background, observed = np.array([0.5, 2.0]), np.array([4.0, 6.0])
    samples = [build.sample("signal", [1.0, 0.0], build.mu), build.sample("background", background)]
    workspace = build.workspace({"bin": samples}, {"bin": observed}, [build.poi_range(50.0)])
    found = goodness_by_toys(read_workspace(workspace), ToyOptions(TOYS, seed=3))
    first, second = np.meshgrid(np.arange(40.0), np.arange(40.0), indexing="ij")
    deviance = poisson_deviance(first, np.maximum(first, 0.5)) + poisson_deviance(second, np.full_like(second, 2.0))
    weight = poisson.pmf(first, 4.0) * poisson.pmf(second, 2.0)
    assert found.deviance == pytest.approx(2.0 * (6.0 * math.log(3.0) - 4.0))
    assert within_toys(found.p_value, weight[deviance >= found.deviance - 1e-9].sum())
    assert found.p_value_low < found.p_value < found.p_value_high
    assert (found.calculator, found.toys, found.warnings) == ("toys", TOYS, ())


@pytest.mark.parametrize("seed", [5, 6, 8])
def test_goodness_at_high_counts_is_chi2(build, seed):
    model = spectrum(build, 1e4, observed_mu=6.0, seed=seed)  # many errors from the bound of mu
    found, asymptotic = goodness_by_toys(model, ToyOptions(TOYS)), goodness_of_fit(model)
    assert 0.05 < asymptotic.p_value < 0.95
    assert within_toys(found.p_value, asymptotic.p_value)
    assert (found.deviance, found.ndf, found.largest) == (asymptotic.deviance, asymptotic.ndf, asymptotic.largest)


def test_goodness_of_a_parameter_at_its_bound(build):
    # one event where five are expected, and a signal that cannot be negative: as bad are toys of none or one
    found = goodness_by_toys(counting(build, 1, 5.0), ToyOptions(TOYS, seed=4))
    assert within_toys(found.p_value, poisson.cdf(1, 5.0))
    assert "only their bounds are left to test" in found.warnings[0]


def test_a_fit_that_no_toy_matches(build):
    samples = [build.sample("signal", [1.0, 0.0], build.mu), build.sample("background", [5.0, 5.0])]
    model = read_workspace(build.workspace({"bin": samples}, {"bin": [6.0, 60.0]}))
    found = goodness_by_toys(model, ToyOptions(1000))
    assert found.p_value == found.p_value_high == pytest.approx(beta.ppf(1.0 - norm.sf(1.0), 1, 1000))
    assert "none of 1000 toys" in found.warnings[0]


@pytest.mark.parametrize("by_toys", [goodness_by_toys, discovery_by_toys])
def test_workers_and_engines_give_the_same(library, by_toys):
    model = read_workspace(library["staterror"])
    said = []
    with ProcessPoolExecutor(max_workers=2) as executor:
        several = by_toys(model, ToyOptions(3000, 1, "numpy", executor, said.append, said.append))
    assert said == [3000, 1024, 1024, 952]
    assert by_toys(model, ToyOptions(3000, 1, "numpy")).p_value == several.p_value
    by_minuit, by_us = (by_toys(model, ToyOptions(200, 1, engine)) for engine in ("iminuit", "numpy"))
    assert by_minuit.p_value == pytest.approx(by_us.p_value, abs=0.0051)  # one toy: Minuit stops 1e-5 above minima
    assert json.loads(json.dumps(several.to_dict()))["toys"] == 3000


@pytest.mark.parametrize("by_toys", [goodness_by_toys, discovery_by_toys])
def test_wrong_input(build, by_toys):
    model = counting(build, 3, 1.0)
    for options, message in (({"seed": -1}, "seed = -1"), ({"engine": "nunba"}, "did you mean 'numba'")):
        with pytest.raises(InputError, match=message):
            by_toys(model, ToyOptions(10, **options))
