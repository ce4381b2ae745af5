"""Impacts: closed forms of the linear Gaussian model, cabinetry's ranking, and what is done at bounds."""

import logging
import math

import cabinetry
import numpy as np
import pyhf
import pytest

from numm_stats.errors import InputError
from numm_stats.inference.fitting import fit
from numm_stats.inference.impacts import constraint_widths, rank_impacts
from numm_stats.inference.statmodel import read_workspace

SIGNAL, BACKGROUND, BEND = np.array([3e4, 1e4, 2e3]), np.full(3, 1e10), np.array([1e5, 2e5, 3e5])


def linear(build, *, factor=1.0, observed=BACKGROUND):
    """1e10 counts a bin, so that Poisson is Gauss; a shape that moves linearly."""
    samples = [
        build.sample("signal", SIGNAL / factor, build.mu),
        build.sample("background", BACKGROUND, build.histosys("bend", BACKGROUND + BEND, BACKGROUND - BEND)),
    ]
    return build.workspace({"bin": samples}, {"bin": observed}, [build.poi_range(100.0 * factor, factor)])


def covariance():
    design = np.stack([SIGNAL, BEND])
    return np.linalg.inv((design / BACKGROUND) @ design.T + np.diag([0.0, 1.0]))


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e9])
@pytest.mark.parametrize("true_mu", [-2.0, 0.0, 4.0])
def test_one_nuisance_in_closed_form(build, factor, true_mu):
    c = covariance()
    result = rank_impacts(read_workspace(linear(build, factor=factor, observed=BACKGROUND + true_mu * SIGNAL)))
    (impact,) = result.ranking
    # counts of 1e10 are Gaussian to 1e-5; minima of 1e-11 put mu within 1e-5 of its error
    close = {"rel": 1e-4, "abs": 1e-5 * factor}
    assert result.mu_hat == pytest.approx(factor * true_mu, **close)
    assert result.mu_error == pytest.approx(factor * math.sqrt(c[0, 0]), rel=1e-4)
    assert impact.error == pytest.approx(math.sqrt(c[1, 1]), rel=1e-4)
    post, pre = c[0, 1] / math.sqrt(c[1, 1]), c[0, 1] / c[1, 1]
    assert impact.postfit == pytest.approx((-factor * post, factor * post), **close)
    assert impact.prefit == pytest.approx((-factor * pre, factor * pre), **close)
    assert (impact.width, impact.pull) == (1.0, pytest.approx(0.0, abs=1e-4))


@pytest.mark.parametrize("name", ["correlated", "control_region", "staterror"])
def test_twin_of_cabinetry(library, name):
    # Minuit's EDM leaves its mu_hat uncertain by parts of a percent of its error: 0.25 % was measured
    logging.getLogger("cabinetry").setLevel(logging.ERROR)
    model, data = cabinetry.model_utils.model_and_data(library[name])
    theirs = cabinetry.fit.ranking(model, data, tolerance=1e-4)
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer())
    result = rank_impacts(read_workspace(library[name]))
    found = {impact.name: impact for impact in result.ranking}
    assert set(found) == set(theirs.labels) - {"scale"}  # a free factor has no constraint and no width
    close = {"abs": 0.01 * result.mu_error}
    for label, impact in found.items():
        k = theirs.labels.index(label)
        assert impact.postfit == pytest.approx((theirs.postfit_down[k], theirs.postfit_up[k]), **close)
        assert impact.prefit == pytest.approx((theirs.prefit_down[k], theirs.prefit_up[k]), **close)


@pytest.mark.parametrize("name", ["staterror", "uncorrelated", "control_region", "magnetic_moment"])
def test_the_ranking_and_the_fit_agree(library, name):
    model = read_workspace(library[name])
    result, whole = rank_impacts(model), fit(model.with_lowest(-math.inf))
    sizes = [impact.size for impact in result.ranking]
    assert sizes == sorted(sizes, reverse=True)
    assert {impact.name for impact in result.ranking} == set(constraint_widths(model))
    for impact in result.ranking:
        i = model.index(impact.name)
        assert impact.value == pytest.approx(whole.values[i], abs=1e-3 * whole.errors[i])
        assert impact.error == pytest.approx(whole.errors[i], rel=1e-3)
        assert impact.pull == pytest.approx(whole.pulls[i], abs=1e-3)
    assert result.warnings == ()


def test_the_leading_ones_alone(library):
    model = read_workspace(library["magnetic_moment"])
    every, leading = rank_impacts(model), rank_impacts(model, top=3)
    assert leading.ranking == every.ranking[:3]
    with pytest.raises(InputError, match="top = 0"):
        rank_impacts(model, top=0)


def test_asimov_data_without_signal_see_both_sides(build):
    workspace = linear(build)
    workspace["measurements"][0]["name"] = "linear_asimov"
    result = rank_impacts(read_workspace(workspace))
    assert result.data == "asimov"
    assert min(result.ranking[0].postfit) < 0.0 < max(result.ranking[0].postfit)


def test_a_bin_without_events_keeps_the_bound(build):
    samples = [
        build.sample("signal", [1.0, 2.0], build.mu),
        build.sample("background", [6.0, 9.0], build.normsys("norm", 1.2, 0.8)),
    ]
    result = rank_impacts(
        read_workspace(build.workspace({"bin": samples}, {"bin": [0.0, 9.0]}, [build.poi_range(20.0)]))
    )
    assert result.mu_hat == 0.0
    assert all(shift >= 0.0 for shift in result.ranking[0].postfit)
    assert "mu stays inside its bounds, for there are bins without events" in result.warnings[0]


def test_full_bins(build):
    # pyhf#2232: 1e7 counts a bin and s/b of 1e-3; a 1 % normalisation moves mu_hat by cov / error
    background, signal = np.full(10, 1e7), 1e4 / np.arange(1.0, 11.0)
    samples = [
        build.sample("signal", signal, build.mu),
        build.sample("background", background, build.normsys("norm", 1.01, 0.99)),
    ]
    result = rank_impacts(read_workspace(build.workspace({"bin": samples}, {"bin": background})))
    design = np.stack([signal, background * math.log(1.01)])
    c = np.linalg.inv((design / background) @ design.T + np.diag([0.0, 1.0]))
    assert result.ranking[0].postfit[1] == pytest.approx(c[0, 1] / math.sqrt(c[1, 1]), rel=5e-3)


def test_a_workspace_without_systematics(build):
    result = rank_impacts(read_workspace(build.counting(uncertainty=0.0)))
    assert result.ranking == ()
    assert result.to_dict()["ranking"] == []
    assert str(result).startswith("mu = 1.22")
