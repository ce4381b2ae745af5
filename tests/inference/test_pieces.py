"""All ranges that a signal a x + b x^2 leaves: each edge is where the construction says, the last is the limit."""

import math

import pytest

from numm_stats.inference.asymptotic import cls
from numm_stats.inference.limits import background_asimov, upper_limit
from numm_stats.inference.profile import Profile
from numm_stats.inference.statmodel import read_workspace


@pytest.fixture
def dipping(build):
    """100 - 60 x + 15 x^2: background alone at 0 and at 4, 40 events at 2; 101 observed."""
    samples = [
        build.sample("interference", (-60.0,), {"name": "g2", "type": "normfactor", "data": None}),
        build.sample("square", (15.0,), {"name": "g4", "type": "normfactor", "data": None}),
        build.sample("background", (100.0,)),
    ]
    bounds = [{"name": "g2", "bounds": [[0.0, 30.0]], "inits": [1.0]}]
    spec = build.workspace({"bin": samples}, {"bin": (101.0,)}, bounds, poi="g2")
    return read_workspace(spec, poi="g2", powers={"g4": ("g2", 2)})


def test_two_ranges_by_the_rise_of_the_likelihood(dipping):
    found = upper_limit(dipping, "delta-chi2", delta_chi2=2.706)
    assert len(found.intervals) == 2
    assert found.intervals[0][0] == 0.0
    assert found.intervals[-1][1] == pytest.approx(found.observed, rel=1e-6)
    profile = Profile(dipping)
    edges = [edge for interval in found.intervals for edge in interval if edge > 0.0]
    assert [profile.minus_two_log_ratio(edge) for edge in edges] == pytest.approx([2.706] * 3, abs=1e-5)
    assert any("several parts" in warning for warning in found.warnings)


def test_cls_never_excludes_below_its_best_fit(dipping):
    found = upper_limit(dipping, "cls")
    data = Profile(dipping)
    asimov = Profile(background_asimov(dipping, data))
    for low, high in found.intervals:
        for edge in (low, high):
            if edge > data.mu_hat:
                root, at = math.sqrt(data.q_mu_tilde(edge)), math.sqrt(asimov.minus_two_log_ratio(edge))
                assert cls(root, at) == pytest.approx(0.1, abs=1e-5)
    assert found.intervals[0][0] == 0.0
    assert found.intervals[-1][1] == pytest.approx(found.observed, rel=1e-6)


def test_a_linear_signal_has_no_list_of_ranges(build):
    assert upper_limit(read_workspace(build.counting()), "cls").intervals == ()
