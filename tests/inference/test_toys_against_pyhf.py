"""Toy by toy on the workspace that speed is measured on: pyhf's q~, Minuit's q~, pyhf's own toy-based CLs."""

import json

import numpy as np
import pyhf
import pytest

from numm_stats.inference.batch.engine import ToyEngine
from numm_stats.inference.batch.ensemble import draw_block
from numm_stats.inference.fitting import find_minimum
from numm_stats.inference.likelihood import Dataset
from numm_stats.inference.statmodel import read_workspace
from numm_stats.inference.toy_ladder import ToyLadder, ToyOptions
from numm_stats.inference.toys import conditional_hypothesis, throw, toy_task

MU = 3.0085  # the median limit
TOYS = 200
PYHF_TOYS = 2000


@pytest.fixture(scope="module")
def spec(shared):
    return json.loads((shared / "bench" / "main.json").read_text())


@pytest.fixture(scope="module")
def model(spec):
    return read_workspace(spec)


@pytest.fixture(scope="module")
def task(model):
    return toy_task(model, conditional_hypothesis(model, MU), (MU,), seed=8)


def test_q_of_200_toys_is_pyhfs(spec, model, task):
    """Minima of -2 ln L by pyhf with scipy; its optimisers differ by 1e-4."""
    pyhf.set_backend("numpy", "scipy")
    theirs = pyhf.Workspace(spec).model()
    settings = (theirs.config.suggested_init(), theirs.config.suggested_bounds(), theirs.config.suggested_fixed())
    toys = draw_block(model.model, task.hypothesis, seed=task.seed, block=0)
    ours = throw(task, TOYS).values[0]
    for k in range(TOYS):
        data = [*toys.main[k], *toys.auxiliary[k]]
        q = float(pyhf.infer.test_statistics.qmu_tilde(MU, data, theirs, *settings))
        assert ours[k] == pytest.approx(q, abs=5e-4)


def test_q_of_200_toys_is_that_of_tight_minuit(model, task):
    toys = draw_block(model.model, task.hypothesis, seed=task.seed, block=0).take(slice(TOYS))
    ours = throw(task, TOYS).values[0]
    minuit = ToyEngine(model, "iminuit")
    free, held = minuit.fit(toys, task.hypothesis.theta), minuit.fit(toys, task.hypothesis.theta, poi=MU)
    mu_hat = free.thetas[:, model.poi_index]
    q = np.where(mu_hat <= MU, np.maximum(held.deviances - free.deviances, 0.0), 0.0)
    # Minuit stops within 1e-6 of the minimum; where it is farther, ours is the lower one
    lower = [
        find_minimum(model.with_data(Dataset(toys.main[k], toys.auxiliary[k])), poi=MU).deviance for k in range(TOYS)
    ]
    assert np.abs(ours - q).max() < 1e-6
    assert (np.array(lower) <= held.deviances + 1e-9).all()


@pytest.mark.campaign
@pytest.mark.filterwarnings("ignore:the `interpolation=` argument:DeprecationWarning")  # pyhf's own
def test_cls_from_toys_is_that_of_pyhfs_toys(spec, model):
    """20,000 of ours, 2,000 of pyhf's for each hypothesis: within three binomial errors of both."""
    point = ToyLadder(model, [MU], ToyOptions(toys=20000, seed=8))
    point.extend([MU], 20000)
    found = point.points[0].p_value("cls")
    pyhf.set_backend("numpy", "scipy")
    theirs = pyhf.Workspace(spec).model()
    data = pyhf.Workspace(spec).data(theirs)
    np.random.seed(1)  # noqa: NPY002  what pyhf draws from
    calculator = {"calctype": "toybased", "ntoys": PYHF_TOYS, "track_progress": False, "test_stat": "qtilde"}
    cls = float(pyhf.infer.hypotest(MU, data, theirs, **calculator))
    scatter = np.sqrt(cls * (1.0 - cls) / PYHF_TOYS) / 0.5  # CLb is about a half
    assert found.value == pytest.approx(cls, abs=3.0 * np.hypot(found.error, scatter))
