"""Signals a g^2 + b g^4: one parameter, two samples, possibly two minima."""

import numpy as np
import pytest
from scipy.optimize import brentq

from numm_stats.errors import InputError
from numm_stats.inference.fitting import find_minimum
from numm_stats.inference.limits import upper_limit
from numm_stats.inference.profile import Profile
from numm_stats.inference.statmodel import read_workspace

POWERS = {"g4": ("g2", 2)}
LINEAR, QUADRATIC = np.array([-20.0, 5.0, 2.0]), np.array([5.0, 1.0, 3.0])


def two_terms(build, *, linear=(-20.0,), quadratic=(5.0,), background=(100.0,), observed=(100.0,), norm=()):
    """B + x a + x^2 b with x = g^2; by itself, -20 x + 5 x^2 vanishes at 0 and 4 and dips to -20 between."""
    samples = [
        build.sample("interference", linear, {"name": "g2", "type": "normfactor", "data": None}),
        build.sample("square", quadratic, {"name": "g4", "type": "normfactor", "data": None}),
        build.sample("background", background, *norm),
    ]
    bounds = [{"name": "g2", "bounds": [[0.0, 30.0]], "inits": [1.0]}]
    return read_workspace(
        build.workspace({"bin": samples}, {"bin": observed}, bounds, poi="g2"), poi="g2", powers=POWERS
    )


def deviance(observed, x):
    expected = 100.0 - 20.0 * x + 5.0 * x * x
    return 2.0 * (expected - observed - observed * np.log(expected / observed))


@pytest.mark.parametrize("x", [0.0, 0.3, 1.0, 4.0])
def test_expected_counts_are_the_polynomial(build, x):
    model = two_terms(build, linear=LINEAR, quadratic=QUADRATIC, background=[50.0] * 3, observed=[50.0] * 3)
    assert model.model.parameters.names == ("g2",)
    assert model.model.is_polynomial
    assert model.model.expected(np.array([x])) == pytest.approx(50.0 + LINEAR * x + QUADRATIC * x**2, rel=1e-15)


@pytest.mark.parametrize("x", [0.0, 0.3, 1.0, 4.0])
def test_the_gradient_knows_both_terms(build, x):
    norm = (build.normsys("norm", 1.1, 0.92),)
    model = two_terms(
        build, linear=LINEAR, quadratic=QUADRATIC, background=[50.0] * 3, observed=[45.0, 60.0, 51.0], norm=norm
    )
    likelihood, step = model.likelihood, 1e-4
    theta = np.array([{"g2": x, "norm": 0.4}[name] for name in model.model.parameters.names])
    for index in range(2):
        shift = step * np.eye(2)[index]
        slope = (likelihood.deviance(theta + shift) - likelihood.deviance(theta - shift)) / (2.0 * step)
        # truncation: 1e-8 / 6 times a third derivative of order 10; rounding: 1e-14 / 1e-4
        assert likelihood.gradient(theta)[index] == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("observed", [98.0, 99.5, 103.0])
def test_the_limit_is_the_upper_end_of_disjoint_regions(build, observed):
    model = two_terms(build, observed=[observed])
    level = 2.706
    lowest = min(deviance(observed, x) for x in np.linspace(0.0, 6.0, 60001))
    upper_end = brentq(lambda x: deviance(observed, x) - lowest - level, 4.3, 8.0)
    assert deviance(observed, 2.0) - lowest > level  # the hole between the two regions is real
    limit = upper_limit(model, "delta-chi2", delta_chi2=level)
    # `lowest` is that of a grid of 1e-4: 1e-8 x curvature of 8
    assert limit.observed == pytest.approx(upper_end, rel=1e-6)
    assert any("several parts" in warning for warning in limit.warnings)


def test_the_best_of_both_minima_is_found(build):
    # two bins tell the minima apart: the truth at 4.5 is the better one, though the search starts at 1
    linear, quadratic, background = np.array([-20.0, 2.0]), np.array([5.0, 1.0]), np.array([100.0, 60.0])
    for truth in (0.2, 4.5):
        observed = background + truth * linear + truth**2 * quadratic
        model = two_terms(build, linear=linear, quadratic=quadratic, background=background, observed=observed)
        assert Profile(model).mu_hat == pytest.approx(truth, abs=1e-5)


@pytest.mark.parametrize("start", [1.0, 1.8, 2.6, 5.0])
def test_a_minimum_where_the_counts_are_at_their_lowest_takes_few_steps(build, start):
    # d nu / dx = 0 at x = 2: all of the curvature there is that of the second derivative
    model = two_terms(build, observed=[70.0])
    found = find_minimum(model, start=np.array([start]))
    assert found.theta == pytest.approx([2.0], abs=1e-6)
    assert found.deviance == pytest.approx(deviance(70.0, 2.0), abs=1e-12)
    assert 0 < found.iterations < 12


def test_a_positive_signal_has_one_region(build):
    model = two_terms(build, linear=[20.0])
    limit = upper_limit(model, "delta-chi2")
    assert limit.warnings == ()
    x = limit.observed
    expected = 100.0 + 20.0 * x + 5.0 * x * x
    assert 2.0 * (expected - 100.0 - 100.0 * np.log(expected / 100.0)) == pytest.approx(1.642374, abs=1e-5)


def test_a_pure_square_has_a_limit(build):
    # at g2 = 0, the best fit, its slope vanishes: the scale of the search must come from elsewhere
    model = two_terms(build, linear=[0.0])
    x = upper_limit(model, "delta-chi2", delta_chi2=2.706).observed
    assert 2.0 * (5.0 * x * x - 100.0 * np.log1p(0.05 * x * x)) == pytest.approx(2.706, abs=1e-6)


@pytest.mark.parametrize("observed", [99.5, 103.0])
def test_cls_takes_the_upper_end_too(build, observed):
    model = two_terms(build, observed=[observed])
    assert upper_limit(model, "cls").observed > 4.0


@pytest.mark.parametrize(
    ("powers", "message"),
    [
        ({"g6": ("g2", 3)}, "cannot tie 'g6' to 'g2': the model's parameters are"),
        ({"g4": ("g3", 2)}, "cannot tie 'g4' to 'g3': the model's parameters are"),
        ({"g4": ("g4", 2)}, "which is tied itself"),
        ({"norm": ("g2", 2)}, "only a normfactor can be a power"),
    ],
)
def test_ties_that_cannot_be(build, powers, message):
    samples = [
        build.sample("signal", [1.0], {"name": "g2", "type": "normfactor", "data": None}),
        build.sample("square", [1.0], {"name": "g4", "type": "normfactor", "data": None}),
        build.sample("background", [10.0], build.normsys("norm", 1.1, 0.9)),
    ]
    workspace = build.workspace({"bin": samples}, {"bin": [10.0]}, poi="g2")
    with pytest.raises(InputError, match=message):
        read_workspace(workspace, powers=powers)
