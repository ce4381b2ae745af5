"""Limits by following the profiles against limits by fits at trial values, on workspaces drawn at random."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.inference import limit_roots
from numm_stats.inference.asymptotic import BAND, root_asimov_at_limit
from numm_stats.inference.limit_roots import (
    observed_cls,
    observed_clsb,
    root_limit,
    searched_cls,
    searched_clsb,
    searched_root_limit,
)
from numm_stats.inference.limits import background_asimov, upper_limit
from numm_stats.inference.profile import Profile
from numm_stats.inference.profile_root import Track, common_crossing
from numm_stats.inference.statmodel import read_workspace

# Both ways end with a step that is not verified and leave 1e-8 of -2 ln lambda~, half as much of the limit.
SAME = 1e-7


@st.composite
def workspaces(draw, build):
    """Two backgrounds and a signal in a few bins; free, constrained, bin-wise and narrowly bounded parameters."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    bins, counts = draw(st.integers(2, 9)), 10.0 ** draw(st.floats(0.5, 4.0))
    x = np.linspace(-1.0, 1.0, bins)
    signal, first, second = (
        np.sqrt(counts) * np.exp(-2.0 * x),
        counts * np.exp(-x),
        counts * rng.uniform(0.2, 1.0, bins),
    )
    tilt = draw(st.floats(-0.1, 0.1)) * x
    on_first = [build.normsys("norm", 1.0 + draw(st.floats(0.01, 0.2)), 0.95), build.normsys("flux", 1.03, 0.96)]
    on_second = [build.histosys("scale", second * (1.0 + tilt + 0.002), second * (1.0 - tilt))]
    if draw(st.booleans()):
        on_first.append(build.staterror("mc", first * rng.uniform(0.01, 0.1, bins)))
    if draw(st.booleans()):
        on_second.append({"name": "spread", "type": "shapesys", "data": (second * 0.1).tolist()})
    bounds = [build.poi_range(100.0)]
    if draw(st.booleans()):
        on_second.append({"name": "free", "type": "normfactor", "data": None})
        # 10 % wrong and allowed to move by 2 %, or as it likes
        edge = draw(st.sampled_from([0.02, 5.0]))
        bounds.append({"name": "free", "bounds": [[max(1.0 - edge, 0.0), 1.0 + edge]], "inits": [1.0]})
    samples = [
        build.sample("signal", signal, build.mu, build.normsys("flux", 1.03, 0.96)),
        build.sample("first", first, *on_first),
        build.sample("second", second, *on_second),
    ]
    truth = first + second * draw(st.sampled_from([1.0, 1.1, 0.9])) + draw(st.sampled_from([0.0, 0.0, 2.0])) * signal
    return build.workspace({"spectrum": samples}, {"spectrum": rng.poisson(truth)}, bounds)


def profiles(workspace):
    data = Profile(read_workspace(workspace).above_zero())
    return data, Profile(background_asimov(data.model, data))


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.data())
def test_following_is_searching(build, data):
    workspace = data.draw(workspaces(build))
    of_data, of_asimov = (Track(profile) for profile in profiles(workspace))
    assume(not len(of_data.profile.model.model.turning))  # with two valleys the way there decides; see test_valleys
    alone, asimov = profiles(workspace)
    for sigmas in BAND:
        target = root_asimov_at_limit(sigmas, 0.1)
        assert root_limit(of_asimov, target) == pytest.approx(searched_root_limit(asimov, target), rel=SAME)
    assert root_limit(Track(of_data.profile), 1.28) == pytest.approx(searched_root_limit(alone, 1.28), rel=SAME)
    assert observed_cls(of_data, of_asimov, 0.1) == pytest.approx(searched_cls(alone, asimov, 0.1), rel=SAME)
    by_clsb = observed_clsb(of_data, of_asimov, 0.1)
    if by_clsb > 0.0:
        # p_mu of the faintest signal does not matter where the limit is not zero
        assert by_clsb == pytest.approx(searched_clsb(alone, asimov, 0.1, 0.5), rel=SAME, abs=1e-9)


NAMES = (
    "counting",
    "uncorrelated",
    "correlated",
    "staterror",
    "staterror_deficit",
    "control_region",
    "magnetic_moment",
)


@pytest.mark.parametrize("name", NAMES)
def test_ordinary_workspaces_need_no_search(library, name, monkeypatch):
    def refuse(*_):
        raise AssertionError("searched")

    for search in ("searched_root_limit", "searched_cls", "searched_clsb"):
        monkeypatch.setattr(limit_roots, search, refuse)
    for construction in ("cls", "clsb", "delta-chi2"):
        upper_limit(read_workspace(library[name]), construction)


@pytest.mark.parametrize("name", NAMES)
def test_a_parabola_is_the_profile_around_it(library, name):
    track = Track(Profile(read_workspace(library[name])))
    track.start()
    mu = track.profile.mu_hat + 2.0 * track.profile.mu_error
    for _ in range(25):  # at most linear convergence, where yields are not linear in the parameters
        track.move(mu)
    here = track.around
    minimum = track.profile.conditional(mu)
    assert here.value == pytest.approx(minimum.deviance - track.profile.best.deviance, abs=1e-9)
    assert here.slope == pytest.approx(minimum.gradient[track.profile.model.poi_index], rel=1e-5)
    assert here.root(mu) == pytest.approx(math.sqrt(here.value))
    # the point where the parabola has the root of 1.01 mu is 1.01 mu
    assert here.crossing(here.root(1.01 * mu)) == pytest.approx(1.01 * mu)


def test_what_cannot_be_reached_is_said_so(library):
    track = Track(Profile(read_workspace(library["counting"])))
    assert common_crossing([track], lambda _: math.nan) is None
    assert track.lost
    assert common_crossing([track], lambda parabola: parabola.crossing(1.0)) is None
    # and the limit is found all the same
    other = Profile(track.profile.model)
    assert root_limit(track, 1.0) == pytest.approx(searched_root_limit(other, 1.0), rel=1e-9)


def test_minuit_on_request(library):
    model = read_workspace(library["staterror"])
    plain, checked = (upper_limit(model, minimizer=name) for name in ("auto", "iminuit"))
    assert checked.expected == plain.expected
    assert checked.observed == plain.observed
    # Minuit starts at our minimum and stays within what it promises, 2e-6 in -2 ln L for each of two fits
    assert plain.uncertainty <= checked.uncertainty < plain.uncertainty + 1e-5 * plain.observed
    with pytest.raises(InputError, match=r"minimizer 'minuit' is unknown.*auto, iminuit"):
        upper_limit(model, minimizer="minuit")
