"""Minima at kinks, of interpolations whose slope jumps: against the lowest point of each branch."""

import numpy as np
import pyhf
import pytest
from scipy.optimize import minimize_scalar

from numm_stats.inference.fitting import find_minimum
from numm_stats.inference.kinks import EDGE
from numm_stats.inference.statmodel import statistical_model_of

NOMINAL = np.array([300.0, 200.0])
SETTINGS = {"normsys": {"interpcode": "code1"}, "histosys": {"interpcode": "code0"}}


def kinked(build, observed, up, down):
    """Counts with a kink at a nominal shape; the signal is held, and the shape's pull is all there is to fit."""
    bent = build.histosys("bend", NOMINAL + up, NOMINAL + down)
    samples = [build.sample("signal", [10.0, 0.0], build.mu), build.sample("background", NOMINAL, bent)]
    spec = {"channels": build.workspace({"bin": samples}, {"bin": observed})["channels"]}
    return statistical_model_of(pyhf.Model(spec, modifier_settings=SETTINGS), np.append(observed, 0.0))


def lowest_of_branches(model):
    def profile(alpha):
        return model.likelihood.deviance(np.where(np.arange(2) == model.index("bend"), alpha, 0.0))

    def lowest(low, high):
        return minimize_scalar(profile, bounds=(low, high), method="bounded", options={"xatol": 1e-10}).fun

    return min(profile(0.0), lowest(-5.0, 0.0), lowest(0.0, 5.0))


@pytest.mark.parametrize("observed", [[300.0, 200.0], [290.0, 195.0], [330.0, 215.0], [310.0, 190.0], [280.0, 225.0]])
@pytest.mark.parametrize(("up", "down"), [(30.0, 12.0), (-25.0, -10.0), (20.0, -35.0), (-12.0, 30.0), (25.0, 25.0)])
def test_the_lowest_point_of_both_branches(build, observed, up, down):
    model = kinked(build, observed, up, down)
    assert model.model.kinks.tolist() == [model.index("bend")]
    found = find_minimum(model, poi=0.0)
    assert found.converged
    # half a slope of 100 over the width of the kink's edge
    assert found.deviance == pytest.approx(lowest_of_branches(model), abs=100.0 * EDGE + 1e-9)


def test_a_minimum_at_the_kink_stands_there(build):
    # both sides raise the counts, of which there are too few
    model = kinked(build, [280.0, 180.0], 30.0, 20.0)
    assert abs(find_minimum(model, poi=0.0).theta[model.index("bend")]) <= EDGE


def test_a_model_without_kinks_has_none(build):
    samples = [
        build.sample("signal", [10.0], build.mu),
        build.sample("background", [30.0], build.normsys("n", 1.2, 0.9)),
    ]
    spec = {"channels": build.workspace({"bin": samples}, {"bin": [33.0]})["channels"]}
    settings = {"normsys": {"interpcode": "code4"}, "histosys": {"interpcode": "code4p"}}
    smooth = statistical_model_of(pyhf.Model(spec, modifier_settings=settings), np.array([33.0, 0.0]))
    assert not smooth.model.kinks.size
