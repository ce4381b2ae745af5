"""Goodness of fit: cabinetry's, the definition in scipy's words, and the law of its p-value."""

import logging

import cabinetry
import numpy as np
import pyhf
import pytest
from scipy.stats import chi2, kstest, norm, poisson

from numm_stats.inference.goodness import degrees_of_freedom, goodness_of_fit
from numm_stats.inference.likelihood import Dataset
from numm_stats.inference.profile import Profile
from numm_stats.inference.statmodel import read_workspace

NDF = {  # bins minus mu and the other free factors
    "counting": 0,
    "uncorrelated": 2,
    "correlated": 1,
    "staterror": 3,
    "staterror_deficit": 3,
    "control_region": 1,
    "free_shape": 2,
    "magnetic_moment": 18,
}


@pytest.mark.parametrize("name", NDF)
def test_degrees_of_freedom(library, name):
    assert degrees_of_freedom(read_workspace(library[name])) == NDF[name]


@pytest.mark.parametrize("name", [name for name, ndf in NDF.items() if ndf > 0])
def test_twin_of_cabinetry(library, name):
    # it fits with Minuit at its default tolerance: 5.4e-5 was measured
    logging.getLogger("cabinetry").setLevel(logging.ERROR)
    model, data = cabinetry.model_utils.model_and_data(library[name])
    theirs = cabinetry.fit.fit(model, data, goodness_of_fit=True).goodness_of_fit
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer())
    assert goodness_of_fit(read_workspace(library[name])).p_value == pytest.approx(theirs, abs=5e-4)


@pytest.mark.parametrize("name", ["staterror", "uncorrelated"])
def test_the_deviance_is_a_ratio_to_the_saturated_model(library, name):
    model = read_workspace(library[name])
    best, constraints = Profile(model).best, model.model.constraints
    n, nu = model.data.main, model.model.expected(best.theta)
    a, g, p = model.data.auxiliary, constraints.gaussian_data, constraints.poisson_data
    rate = constraints.tau * best.theta[constraints.poisson_parameters]
    ln_ratio = poisson.logpmf(n, nu).sum() - poisson.logpmf(n, n).sum()
    ln_ratio += norm.logpdf(a[g], best.theta[constraints.gaussian_parameters], constraints.sigma).sum()
    ln_ratio -= norm.logpdf(0.0, 0.0, constraints.sigma).sum()
    ln_ratio += (a[p] * np.log(rate) - rate - a[p] * np.log(a[p]) + a[p]).sum()
    found = goodness_of_fit(model)
    assert found.deviance == pytest.approx(-2.0 * ln_ratio, abs=1e-9)
    assert found.p_value == pytest.approx(chi2.sf(found.deviance, found.ndf), rel=1e-12)


@pytest.mark.parametrize("name", NDF)
def test_asimov_data_fit_perfectly(library, name):
    model = read_workspace(library[name])
    theta = model.model.parameters.initial.copy()
    theta[model.poi_index] = 0.7
    found = goodness_of_fit(model.with_data(model.asimov_data(theta)))
    assert found.deviance == pytest.approx(0.0, abs=1e-9)
    assert found.ndf == 0 or found.p_value == pytest.approx(1.0, abs=1e-4)  # one d.o.f.: 1 - p = sqrt(2 D / pi)


def test_the_p_value_is_uniform_at_high_counts(library):
    # main and auxiliary data both drawn: the law that makes a p-value one
    model = read_workspace(library["magnetic_moment"])
    theta = model.model.parameters.initial.copy()
    theta[model.poi_index] = 2.0  # four errors from its bound
    truth, constraints = model.asimov_data(theta), model.model.constraints
    rng = np.random.default_rng(11)
    values = []
    for _ in range(200):
        auxiliary = truth.auxiliary.copy()
        auxiliary[constraints.gaussian_data] += rng.normal(0.0, constraints.sigma)
        auxiliary[constraints.poisson_data] = rng.poisson(truth.auxiliary[constraints.poisson_data])
        toy = Dataset(rng.poisson(truth.main).astype(float), auxiliary)
        values.append(goodness_of_fit(model.with_data(toy)).p_value)
    assert kstest(values, "uniform").pvalue > 0.01


def test_full_bins(build):
    # pyhf#2232: at 1e7 counts a bin a 2 sigma dent in one bin is a deviance of 4 to 1e-3
    background = np.full(10, 1e7)
    observed = background.copy()
    observed[4] -= 2.0 * np.sqrt(1e7)
    samples = [build.sample("signal", 1e4 * np.eye(10)[0], build.mu), build.sample("background", background)]
    found = goodness_of_fit(read_workspace(build.workspace({"bin": samples}, {"bin": observed})))
    assert found.deviance == pytest.approx(4.0, rel=1e-3)
    assert found.ndf == 9
    assert found.largest[0][:2] == ("bin", 4)
    assert found.largest[0][4] == pytest.approx(-2.0, rel=1e-3)


def test_bins_are_numbered_in_their_channel(build):
    backgrounds = {"near": [400.0, 400.0, 400.0], "far": [100.0, 100.0], "off": [2.0, 90.0]}
    samples = {name: [build.sample("background", counts)] for name, counts in backgrounds.items()}
    samples["near"].append(build.sample("signal", [1e-6, 0.0, 0.0], build.mu))
    observed = {"near": [400.0, 400.0, 430.0], "far": [100.0, 70.0], "off": [2.0, 90.0]}
    found = goodness_of_fit(read_workspace(build.workspace(samples, observed)))
    assert [row[:2] for row in found.largest[:2]] == [("far", 1), ("near", 2)]
    assert [row[2:4] for row in found.largest[:2]] == [(70.0, 100.0), (430.0, 400.0)]
    assert found.to_dict()["largest"][0] | {"residual": None} == {
        "channel": "far", "bin": 1, "observed": 70.0, "expected": 100.0, "residual": None
    }  # fmt: skip
    assert "1 of 7 bins expect fewer than 5 counts (the least 2, bin 0 of channel 'off')" in found.warnings[0]


def test_few_counts_ask_for_toys(build):
    samples = [build.sample("signal", [1.0, 1.0], build.mu), build.sample("background", [3.0, 40.0])]
    found = goodness_of_fit(read_workspace(build.workspace({"bin": samples}, {"bin": [2.0, 41.0]})))
    assert "1 of 2 bins expect fewer than 5 counts" in found.warnings[0]
    assert "`numm-stats goodness ... --toys 10000`" in found.warnings[0]


def test_as_many_parameters_as_bins(library):
    found = goodness_of_fit(read_workspace(library["counting"]))
    assert np.isnan(found.p_value)
    assert "nothing is left to test" in found.warnings[-1]


def test_a_fixed_parameter_is_no_degree_of_freedom(build):
    workspace = build.counting()
    workspace["measurements"][0]["config"]["parameters"][0]["fixed"] = True
    assert degrees_of_freedom(read_workspace(workspace)) == 1
