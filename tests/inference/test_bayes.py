"""Posterior limits: gamma functions, the truncated Gaussian, and quadrature of scipy's, in one and two dimensions."""

import copy
import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.special import gammaincc
from scipy.stats import norm, poisson

from numm_stats.errors import ComputationError, InputError
from numm_stats.inference.bayes import bayes_limit, posterior
from numm_stats.inference.exact import counting_upper_limit
from numm_stats.inference.posterior import posterior_of
from numm_stats.inference.statmodel import read_workspace

ACCURACY = 1e-6  # relative, promised for limits


def one_bin(build, observed, background, signal=1.0):
    return read_workspace(build.counting(observed, background, 0.0, signal))


def tail(density, limit, top, *breaks):
    """Integral of a density above a limit, over all of it: scipy's adaptive quadrature."""
    edges = sorted({0.0, limit, top, *breaks})
    pieces = list(pairwise(edges))
    parts = [quad(density, *piece, epsabs=0.0, epsrel=1e-11, limit=200)[0] for piece in pieces]
    return sum(part for part, (low, _) in zip(parts, pieces, strict=True) if low >= limit) / sum(parts)


@pytest.mark.parametrize("level", [0.6, 0.9, 0.95, 0.999])
@pytest.mark.parametrize(("background", "signal"), [(0.0, 1.0), (3.0, 4.0), (3.0, 1e-6), (3.0, 1e9)])
def test_nothing_observed(build, level, background, signal):
    limit = bayes_limit(one_bin(build, 0.0, background, signal), confidence_level=level)
    assert limit.observed == pytest.approx(-math.log(1.0 - level) / signal, rel=1e-9)


@pytest.mark.parametrize(
    ("observed", "background", "signal"),
    [(1.0, 0.0, 1.0), (1.0, 1e-3, 1.0), (3.0, 0.0, 1e-6), (3.0, 8.5, 1.0), (25.0, 23.78, 1e9), (5.0, 200.0, 1.0),
     (40.0, 3.0, 1e-6), (4e4, 3e4, 1.0)],
)  # fmt: skip
def test_a_flat_prior_gives_gamma_functions(build, observed, background, signal):
    limit = bayes_limit(one_bin(build, observed, background, signal), confidence_level=0.9)
    ratio = gammaincc(observed + 1.0, limit.observed * signal + background) / gammaincc(observed + 1.0, background)
    assert ratio == pytest.approx(0.1, rel=ACCURACY)
    # the flat prior and CLs agree for one bin without nuisance parameters
    exact = counting_upper_limit(int(observed), background, confidence_level=0.9) / signal
    assert limit.observed == pytest.approx(exact, rel=ACCURACY)
    assert abs(limit.observed - exact) <= limit.uncertainty + 1e-9 * exact


@pytest.mark.parametrize("power", [2, 4])
@pytest.mark.parametrize(("observed", "background"), [(0.0, 3.0), (1.0, 0.0), (25.0, 23.78), (40.0, 3.0), (5.0, 60.0)])
def test_a_prior_flat_in_a_root(build, power, observed, background):
    limit = bayes_limit(one_bin(build, observed, background), confidence_level=0.9, power=power)
    best = max(observed - background, 0.0)

    def density(u):
        return poisson.pmf(observed, u**power + background) / poisson.pmf(observed, best + background)

    top = (best + 12.0 * math.sqrt(best + observed + 1.0) + 40.0) ** (1.0 / power)
    above = tail(density, limit.observed ** (1.0 / power), top, best ** (1.0 / power))
    assert above == pytest.approx(0.1, rel=ACCURACY)
    assert limit.prior == f"flat in mu^(1/{power})"


@pytest.mark.parametrize("pull", [-3.0, 0.0, 1.5, 20.0])
def test_many_counts_give_the_truncated_gaussian(build, pull):
    background = 1e10
    sigma = math.sqrt(background)
    limit = bayes_limit(one_bin(build, background + pull * sigma, background), confidence_level=0.9)
    quantile = pull + norm.isf(0.1 * norm.cdf(pull))
    assert limit.observed / sigma == pytest.approx(quantile, rel=1e-4)  # 20 sigma / sqrt(1e10) of the width


def test_marginal_against_two_dimensions(build):
    # B + alpha * 4.0 with a Gaussian alpha, 30 observed: integral over mu and alpha
    samples = [
        build.sample("signal", [1.0], build.mu),
        build.sample("background", [24.0], build.histosys("shape", [28.0], [20.0])),
    ]
    model = read_workspace(build.workspace({"bin": samples}, {"bin": [30.0]}, [build.poi_range(100.0)]))
    limit = bayes_limit(model, confidence_level=0.9, likelihood="marginal").observed

    def density(alpha, mu):
        return poisson.pmf(30, mu + 24.0 + 4.0 * alpha) * norm.pdf(alpha)

    below, above = (dblquad(density, *edges, -5.5, 5.5, epsabs=1e-10)[0] for edges in ((0.0, limit), (limit, 60.0)))
    # Laplace's method is exact up to the skewness of the Poisson distribution in alpha: 7e-4 of the tail were measured
    assert above / (below + above) == pytest.approx(0.1, rel=2e-3)
    assert bayes_limit(model, confidence_level=0.9).observed < 0.99 * limit  # profiled, 1.6 % lower


def test_marginal_is_exact_for_a_gaussian_likelihood(build):
    # 1e8 counts: both likelihoods are Gaussian in mu, of the same width
    samples = [
        build.sample("signal", [1e4], build.mu),
        build.sample("background", [1e8], build.histosys("shape", [1.0001e8], [0.9999e8])),
    ]
    model = read_workspace(build.workspace({"bin": samples}, {"bin": [1e8 + 1e4]}, [build.poi_range(100.0)]))
    sigma = math.sqrt(2.0)
    for likelihood in ("profile", "marginal"):
        limit = bayes_limit(model, confidence_level=0.9, likelihood=likelihood).observed
        pull = 1.0 / sigma
        assert limit / sigma == pytest.approx(pull + norm.isf(0.1 * norm.cdf(pull)), rel=1e-3)


@pytest.mark.parametrize(("name", "likelihood"), [("magnetic_moment", "profile"), ("counting", "marginal")])
def test_limits_scale_with_the_parameter(library, name, likelihood):
    one = bayes_limit(read_workspace(library[name]), confidence_level=0.9, likelihood=likelihood)
    for factor in (1e-6, 1e9):
        workspace = copy.deepcopy(library[name])
        for channel in workspace["channels"]:
            for sample in channel["samples"]:
                if any(modifier["name"] == "mu" for modifier in sample["modifiers"]):
                    sample["data"] = [value / factor for value in sample["data"]]
        (poi,) = (entry for entry in workspace["measurements"][0]["config"]["parameters"] if entry["name"] == "mu")
        poi["bounds"], poi["inits"] = [[0.0, factor * poi["bounds"][0][1]]], [factor * poi["inits"][0]]
        other = bayes_limit(read_workspace(workspace), confidence_level=0.9, likelihood=likelihood)
        assert other.observed == pytest.approx(factor * one.observed, rel=ACCURACY)
        assert other.median == pytest.approx(factor * one.median, rel=ACCURACY)


def test_a_limit_grows_with_the_confidence_level(library):
    model = read_workspace(library["staterror"])
    limits = [bayes_limit(model, confidence_level=level).observed for level in (0.5, 0.9, 0.95, 1 - 1e-6)]
    assert (np.diff(limits) > 0.0).all()


def test_two_humps(build):
    # -20 x + 5 x^2 on 100, 99 observed: the likelihood has two maxima, and the limit lies in or above the second
    samples = [
        build.sample("interference", [-20.0], {"name": "g2", "type": "normfactor", "data": None}),
        build.sample("square", [5.0], {"name": "g4", "type": "normfactor", "data": None}),
        build.sample("background", [100.0]),
    ]
    bounds = [{"name": "g2", "bounds": [[0.0, 30.0]], "inits": [1.0]}]
    workspace = build.workspace({"bin": samples}, {"bin": [99.0]}, bounds, poi="g2")
    model = read_workspace(workspace, poi="g2", powers={"g4": ("g2", 2)})

    def density(x):
        return poisson.pmf(99, 100.0 - 20.0 * x + 5.0 * x * x)

    limit = bayes_limit(model, confidence_level=0.9).observed
    assert tail(density, limit, 12.0, 1.0, 2.0, 3.0, 5.0) == pytest.approx(0.1, rel=ACCURACY)
    grid = np.linspace(0.0, 7.0, 71)
    assert posterior(model, grid) == pytest.approx(density(grid) / quad(density, 0.0, 12.0)[0], abs=1e-5)


def test_the_posterior_is_normalised(library):
    for power in (1, 2):
        u = np.linspace(0.0, 20.0 ** (1.0 / power), 4001)
        density = posterior(read_workspace(library["staterror"]), u**power, power=power)
        assert np.trapezoid(density, u) == pytest.approx(1.0, abs=1e-5)
        assert posterior(read_workspace(library["staterror"]), [-1.0, 1e6], power=power).tolist() == [0.0, 0.0]


def test_few_fits_are_enough(library):
    for name in ("staterror", "magnetic_moment"):
        assert len(posterior_of(read_workspace(library[name])).curve.x) < 60


def test_asimov_data_have_no_observed_limit(library):
    workspace = copy.deepcopy(library["counting"])
    workspace["measurements"][0]["name"] = "counting_asimov"
    workspace["observations"][0]["data"] = [23.78]
    limit = bayes_limit(read_workspace(workspace), confidence_level=0.9)
    assert limit.observed is None
    assert limit.expected == (None, None, limit.median, None, None)
    workspace["measurements"][0]["name"] = "counting"
    assert bayes_limit(read_workspace(workspace), confidence_level=0.9).observed == pytest.approx(limit.median)


def test_a_parameter_that_nothing_constrains_cannot_be_marginalised(build):
    samples = [
        build.sample("signal", [5.0], build.mu),
        build.sample("background", [20.0]),
        build.sample("nothing", [0.0], {"name": "free", "type": "normfactor", "data": None}),
    ]
    model = read_workspace(build.workspace({"bin": samples}, {"bin": [22.0]}, [build.poi_range(20.0)]))
    with pytest.raises(ComputationError, match="one is not constrained there; take the profile likelihood"):
        bayes_limit(model, confidence_level=0.9, likelihood="marginal")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"confidence_level": 1.0}, "confidence level 1.0: must lie between 0 and 1"),
        ({"confidence_level": 0.9, "power": 0}, "power = 0: must be a positive integer"),
        ({"confidence_level": 0.9, "likelihood": "marginl"}, "did you mean 'marginal'"),
    ],
)
def test_bad_input(library, options, message):
    with pytest.raises(InputError, match=message):
        bayes_limit(read_workspace(library["counting"]), **options)


def test_values_of_a_plot_must_be_finite(library):
    with pytest.raises(InputError, match="must be finite"):
        posterior(read_workspace(library["counting"]), [math.nan])
