"""The best expected limit along a key, against trying every value by hand."""

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.verbs.limiting import limit
from numm_stats.verbs.loading import load
from numm_stats.verbs.optimising import RATIO, optimise

COARSE = (
    "binning.recoil_mev={edges=[0.1,0.2,0.4,0.8,1.4,2.1]}",
    "binning.theta_mrad={start=0,stop=1400,width=200}",
    "systematic=[]",
    "detector.energy_scale_uncertainty=0",
    "detector.resolution_uncertainty=0",
    "binning.region={ratio=1}",
)


@pytest.fixture(scope="module")
def analysis():
    return load("hellaz-angle", COARSE)


def test_the_search_is_as_good_as_trying_every_ratio(analysis):
    found = optimise(analysis, low=0.05, high=5.0, points=25)
    every = optimise(analysis, low=0.05, high=5.0, points=300, refine=False)
    assert found.limit <= every.limit * 1.002
    assert len(found.tried) < len(every.tried) / 3
    assert found.limit == min(tried.limit for tried in found.tried if tried.limit is not None)


def test_limits_are_those_of_the_analysis_with_that_ratio(analysis):
    found = optimise(analysis, low=0.2, high=0.8, points=3, refine=False)
    assert [tried.value for tried in found.tried] == pytest.approx([0.2, 0.4, 0.8])
    for tried in found.tried:
        alone = load("hellaz-angle", (*COARSE, f"{RATIO}={tried.value}"))
        assert tried.limit == pytest.approx(limit(alone).value, rel=1e-4)


def test_two_bins_tell_less_than_all(analysis):
    best = optimise(analysis, low=0.1, high=2.0, points=9)
    assert best.limit >= limit(load("hellaz-angle", COARSE[:-1])).value * (1 - 1e-4)


def test_any_number_of_an_analysis():
    keys = ("systematic=[]", *COARSE[3:5])
    plain = load("hellaz", keys)
    found = optimise(plain, "detector.threshold_mev", low=0.1, high=0.4, points=4)
    assert found.best == 0.1
    limits = [tried.limit for tried in found.tried]
    assert np.all(np.diff(limits) > 0)
    highest = limit(load("hellaz", (*keys, "detector.threshold_mev=0.4"))).value
    assert limits[-1] == pytest.approx(highest, rel=1e-3)


def test_values_that_make_no_analysis_are_named_and_left_out(analysis):
    found = optimise(analysis, low=0.5, high=1e6, points=4, refine=False)
    assert [tried.limit is None for tried in found.tried] == [False, True, True, True]
    assert "no bin has so much signal" in found.tried[-1].why
    with pytest.raises(InputError, match="no bin has so much signal"):
        optimise(analysis, low=1e6, high=1e7, points=3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"low": 2.0, "high": 1.0}, "--between 2,1"),
        ({"high": float("inf")}, "two finite numbers"),
        ({"points": 2}, "--points 2: must be 3 to 1000"),
        ({"key": "binning.region.nothing"}, "unknown key"),
        ({"key": "name.of"}, "is not a table"),
    ],
)
def test_refused(analysis, changes, message):
    with pytest.raises(InputError, match=message):
        optimise(analysis, **changes)


def test_a_workspace_has_no_keys():
    with pytest.raises(InputError, match="needs an analysis"):
        optimise({"channels": []})


@pytest.mark.parametrize(("entry", "why"), [("texono", r"with \[off\]"), ("borexino-phase3", "in bins of hits")])
def test_a_region_that_nobody_asked_for_is_not_spoken_of(entry, why):
    with pytest.raises(InputError, match=f"{entry}: a region of energy and angle cannot be had {why}; .* --key"):
        optimise(load(entry))
