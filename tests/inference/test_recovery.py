"""Pulls: of a model that is solved on paper, of a bound, and the same with any number of workers."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.inference.recovery import recovery_study
from numm_stats.inference.statmodel import read_workspace


def workspace(signal=100.0, background=400.0):
    background_sample = {
        "name": "background",
        "data": [background, background],
        "modifiers": [{"name": "scale", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}}],
    }
    signal_sample = {
        "name": "signal",
        "data": [signal, 0.0],
        "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
    }
    parameters = [{"name": "mu", "bounds": [[-50.0, 50.0]], "inits": [1.0]}]
    return {
        "channels": [{"name": "bins", "samples": [signal_sample, background_sample]}],
        "observations": [{"name": "bins", "data": [background, background]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": parameters}}],
        "version": "1.0.0",
    }


@pytest.fixture(scope="module")
def study():
    return recovery_study(read_workspace(workspace()), 2.0, toys=600, seed=3)


def test_pulls_are_standard_normal(study):
    assert study.failures == 0
    assert [pull.name for pull in study.pulls] == ["mu", "scale"]
    for pull in study.pulls:
        assert abs(pull.mean) < 4 / np.sqrt(600)
        assert abs(pull.width - 1.0) < 4 / np.sqrt(1200)


def test_fitted_values_scatter_as_on_paper(study):
    """Without the constraint mu-hat is (n1 - n2) / s: its mean is the truth."""
    assert study.pulls[0].mean_value == pytest.approx(2.0, abs=4 * np.sqrt(1000.0) / 100.0 / np.sqrt(600))


def test_workers_change_nothing(study):
    with ThreadPoolExecutor(3) as executor:
        assert recovery_study(read_workspace(workspace()), 2.0, toys=600, seed=3, executor=executor) == study


def test_another_seed_is_another_study(study):
    assert recovery_study(read_workspace(workspace()), 2.0, toys=600, seed=4) != study


def test_a_wall_at_zero_is_seen():
    spec = workspace()
    spec["measurements"][0]["config"]["parameters"][0]["bounds"] = [[0.0, 50.0]]
    found = recovery_study(read_workspace(spec), 0.0, toys=200)
    assert 60 < found.pulls[0].at_bound < 140
    assert found.pulls[0].width < 0.8


@pytest.mark.parametrize(("toys", "seed"), [(1, 0), (0, 0), (10, -1)])
def test_numbers_out_of_range(toys, seed):
    with pytest.raises(InputError, match=f"toys = {toys}, seed = {seed}"):
        recovery_study(read_workspace(workspace()), 1.0, toys=toys, seed=seed)
