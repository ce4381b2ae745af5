"""Contours: the ellipse of a Gaussian model, Minuit's contour, the profile intervals, and corners at bounds."""

import math

import numpy as np
import pytest
from iminuit import Minuit
from scipy.optimize import brentq

from numm_stats.errors import ComputationError, InputError
from numm_stats.inference.contour import find_contours, rise_of_two
from numm_stats.inference.fitting import find_minimum
from numm_stats.inference.profile import Profile
from numm_stats.inference.statmodel import read_workspace

CASES = {
    "counting": "norm",
    "correlated": "correlated_bkg_uncertainty",
    "staterror": "norm",
    "staterror_deficit": "mc[1]",
    "control_region": "scale",
    "free_shape": "transfer",
    "magnetic_moment": "falling_norm",
}


def ratio(model, name, x, y):
    conditional = find_minimum(model, fixed={model.poi: x, name: y}).deviance
    return conditional - find_minimum(model).deviance


@pytest.mark.parametrize("name", CASES)
def test_every_point_is_at_the_level_or_on_a_bound(library, name):
    model = read_workspace(library[name])
    result = find_contours(model, CASES[name], points=16)
    low, high = model.model.parameters.bounds[model.poi_index]
    assert [contour.rise for contour in result.contours] == pytest.approx([2.279, 4.605], abs=5e-4)
    for contour in result.contours:
        assert (contour.x[0], contour.y[0]) == (contour.x[-1], contour.y[-1])
        assert contour.x.min() >= low
        assert contour.x.max() <= high
        heights = [ratio(model, CASES[name], *point) for point in zip(contour.x, contour.y, strict=True)]
        at_level = np.isclose(heights, contour.rise, atol=1e-6)  # a Newton step of 1e-5 leaves its square
        inside = np.array(heights) < contour.rise
        assert np.all(at_level | (inside & (contour.x == low)))
        assert at_level.sum() >= 10


@pytest.mark.parametrize("name", CASES)
def test_the_projections_are_the_profile_intervals(library, name):
    model = read_workspace(library[name])
    for contour in find_contours(model, CASES[name], points=8).contours:
        for poi, ends in ((model.poi, contour.x), (CASES[name], contour.y)):
            profile = Profile(read_workspace(library[name], poi=poi))
            low = float(model.model.parameters.bounds[model.index(poi), 0])

            def above(value, profile=profile, rise=contour.rise):
                return profile.conditional(value).deviance - profile.best.deviance - rise

            # the interval's own error: where the other parameter is held at its bound, errors are no guide
            width = ends.max() - ends.min()
            upper = brentq(above, profile.mu_hat, profile.mu_hat + 2.0 * width, xtol=1e-9)
            assert ends.max() == pytest.approx(upper, abs=1e-5 * width)
            bottom = max(profile.mu_hat - 2.0 * width, low)
            lower = brentq(above, bottom, profile.mu_hat, xtol=1e-9) if above(bottom) > 0.0 else low
            assert ends.min() == pytest.approx(lower, abs=1e-5 * width)


@pytest.mark.parametrize("name", ["staterror", "correlated"])
def test_twin_of_minuit(library, name):
    # without a bound in reach Minuit's contour is ours: its points lie on our level, to the accuracy of its search
    model = read_workspace(library[name])
    model = model.with_lowest(-50.0)
    likelihood, start = model.likelihood, find_minimum(model).theta
    minuit = Minuit(likelihood.deviance, start, grad=likelihood.gradient, name=model.model.parameters.names)
    # Minuit's own first steps are parts of the start: none where that is -3e-22
    minuit.errordef, minuit.tol, minuit.errors = 1.0, 1e-3, 0.1
    minuit.migrad()
    minuit.hesse()
    theirs = minuit.mncontour(model.poi, CASES[name], cl=0.68, size=12)
    assert [ratio(model, CASES[name], *point) for point in theirs] == pytest.approx(
        [rise_of_two(0.68)] * len(theirs), abs=0.01
    )
    ours = find_contours(model, CASES[name], confidence_levels=(0.68,)).contours[0]
    for column, values in ((0, ours.x), (1, ours.y)):
        assert values.max() == pytest.approx(theirs[:, column].max(), rel=1e-2)
        assert values.min() == pytest.approx(theirs[:, column].min(), rel=1e-2)


def gaussian(build, factor=1.0, true_mu=20.0):
    signal, background, bend = np.array([3e4, 1e4, 2e3]), np.full(3, 1e10), np.array([1e5, 2e5, 3e5])
    samples = [
        build.sample("signal", signal / factor, build.mu),
        build.sample("background", background, build.histosys("bend", background + bend, background - bend)),
    ]
    observed = background + true_mu * signal
    workspace = build.workspace({"bin": samples}, {"bin": observed}, [build.poi_range(1000.0 * factor, factor)])
    design = np.stack([signal, bend])
    return read_workspace(workspace), (design / background) @ design.T + np.diag([0.0, 1.0])


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e9])
def test_the_ellipse_of_a_gaussian_model(build, factor):
    model, information = gaussian(build, factor, true_mu=40.0)
    for contour in find_contours(model, "bend").contours:
        points = np.stack([contour.x / factor - 40.0, contour.y])
        heights = np.einsum("ik,ij,jk->k", points, information, points)
        assert heights == pytest.approx([contour.rise] * len(heights), rel=1e-3)  # 1e10 counts, 40 mu of 3e-6 each
        assert contour.x.max() > 41.0 * factor


def test_a_best_fit_at_the_bound_gives_half_an_ellipse(build):
    model, information = gaussian(build, true_mu=0.0)
    (contour,) = find_contours(model, "bend", confidence_levels=(0.9,)).contours
    corners = np.sort(contour.y[:-1][contour.x[:-1] == 0.0])
    expected = math.sqrt(rise_of_two(0.9) / information[1, 1])
    assert (corners[0], corners[-1]) == pytest.approx((-expected, expected), rel=1e-3)
    assert contour.x.min() == 0.0
    assert contour.x.max() == pytest.approx(math.sqrt(rise_of_two(0.9) * np.linalg.inv(information)[0, 0]), rel=1e-3)


def test_a_corner_where_both_parameters_are_bounded(build):
    # a background of nothing but a free factor, nearly degenerate with the signal
    free = {"name": "free", "type": "normfactor", "data": None}
    samples = [build.sample("signal", [5.0, 6.0], build.mu), build.sample("background", [5.0, 5.0], free)]
    workspace = build.workspace({"bin": samples}, {"bin": [9.0, 11.0]}, [build.poi_range(20.0)])
    model = read_workspace(workspace)
    (contour,) = find_contours(model, "free", confidence_levels=(0.9,)).contours
    assert contour.x.min() == 0.0
    assert contour.y.min() == 0.0
    heights = np.array([ratio(model, "free", x, y) for x, y in zip(contour.x, contour.y, strict=True)])
    on_bound = (contour.x == 0.0) | (contour.y == 0.0)
    assert np.all(np.isclose(heights, rise_of_two(0.9), atol=1e-6) | on_bound)


def test_a_signal_that_is_not_linear_is_warned_about(build):
    tied = {"name": "g4", "type": "normfactor", "data": None}
    samples = [
        build.sample("linear", [10.0, 5.0], build.mu),
        build.sample("square", [2.0, 1.5], tied),
        build.sample("background", [100.0, 80.0], build.normsys("norm", 1.1, 0.9)),
    ]
    workspace = build.workspace({"bin": samples}, {"bin": [104.0, 82.0]}, [build.poi_range(20.0)])
    result = find_contours(read_workspace(workspace, powers={"g4": ("mu", 2)}), "norm", points=8)
    assert "not linear" in result.warnings[0]
    assert result.to_dict()["contours"][1]["x"][0] == result.contours[1].x[0]


@pytest.mark.parametrize(
    ("parameter", "options", "words"),
    [
        ("nrom", {}, "'nrom' is not in the workspace, did you mean 'norm'"),
        ("mu", {}, "needs another parameter beside 'mu'"),
        ("norm", {"points": 3}, "points = 3: a contour needs at least 8"),
        ("norm", {"confidence_levels": (1.0,)}, "confidence level 1.0: must lie between 0 and 1"),
        ("norm", {"confidence_levels": ()}, "needs a confidence level"),
    ],
)
def test_wrong_arguments(library, parameter, options, words):
    with pytest.raises(InputError, match=words):
        find_contours(read_workspace(library["counting"]), parameter, **options)


def test_a_fixed_parameter_has_no_contour(build):
    workspace = build.counting()
    workspace["measurements"][0]["config"]["parameters"].append({"name": "norm", "fixed": True})
    with pytest.raises(InputError, match="'norm' is fixed"):
        find_contours(read_workspace(workspace), "norm")


def test_a_parameter_that_moves_nothing_has_no_contour(build):
    idle = {"name": "idle", "type": "normfactor", "data": None}
    samples = [
        build.sample("signal", [5.0], build.mu),
        build.sample("background", [50.0]),
        build.sample("nothing", [0.0], idle),
    ]
    model = read_workspace(build.workspace({"bin": samples}, {"bin": [52.0]}, [build.poi_range(20.0)]))
    with pytest.raises(ComputationError, match="'idle' moves nothing"):
        find_contours(model, "idle")
