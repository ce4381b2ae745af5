"""Toys of signals a x + b x^2: the best of two minima for each, on any engine; limits and intervals from them."""

import pytest

from numm_stats.inference.batch.engine import available_engine
from numm_stats.inference.batch.ensemble import draw_block
from numm_stats.inference.feldman_cousins import feldman_cousins
from numm_stats.inference.likelihood import Dataset
from numm_stats.inference.profile import Profile
from numm_stats.inference.statmodel import read_workspace
from numm_stats.inference.toy_ladder import ToyOptions
from numm_stats.inference.toys import conditional_hypothesis, throw, toy_task

ENGINES = ["numpy", *(["numba"] if available_engine() == "numba" else [])]
TOYS = 60


@pytest.fixture(scope="module")
def interfering(build):
    """Interference takes away at small x what the square gives back at large: every toy may have two minima."""
    norm = build.normsys("norm", 1.05, 0.95)
    samples = [
        build.sample("interference", (-24.0, -6.0), {"name": "g2", "type": "normfactor", "data": None}),
        build.sample("square", (6.0, 1.0), {"name": "g4", "type": "normfactor", "data": None}),
        build.sample("background", (100.0, 80.0), norm),
    ]
    bounds = [{"name": "g2", "bounds": [[0.0, 30.0]], "inits": [1.0]}]
    spec = build.workspace({"bin": samples}, {"bin": (100.0, 80.0)}, bounds, poi="g2")
    return read_workspace(spec, poi="g2", powers={"g4": ("g2", 2)})


@pytest.mark.parametrize("engine", ENGINES)
def test_every_toy_finds_the_minimum_of_a_full_profile(interfering, engine):
    hypothesis = conditional_hypothesis(interfering, 4.0)
    task = toy_task(interfering, hypothesis, (4.0,), statistic="t_mu_tilde", seed=1, engine=engine)
    values = throw(task, TOYS)
    toys = draw_block(interfering.model, hypothesis, seed=1, block=0)
    for k in range(TOYS):
        profile = Profile(interfering.with_data(Dataset(toys.main[k], toys.auxiliary[k])))
        assert values.values[0, k] == pytest.approx(profile.minus_two_log_ratio(4.0), abs=1e-6)
    minima = values.mu_hat
    assert ((minima < 2.0).any(), (minima > 2.0).any()) == (True, True)


def test_intervals(interfering):
    region = feldman_cousins(interfering, ToyOptions(toys=1024, seed=1))
    assert region.failures == 0
    assert region.intervals[-1][1] == region.observed
    assert all(low < high for low, high in region.intervals)
    assert Profile(interfering).minus_two_log_ratio(region.observed) == pytest.approx(2.706, abs=1.2)
