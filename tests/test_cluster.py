"""A real dask cluster of two processes, one of them killed halfway: the same toys to the last bit."""

import contextlib
import gc
import os
import signal

import numpy as np
import pytest

from numm_stats import cluster as cluster_module
from numm_stats.errors import InputError
from numm_stats.inference import campaign
from numm_stats.inference.shards import load_shard
from numm_stats.verbs.throwing import run_campaign, toy_limits, workers

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.filterwarnings("default")  # dask's own, on its way down


@pytest.fixture(scope="module")
def cluster():
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as local,
        distributed.Client(local, set_as_default=False),
    ):
        yield local


def test_limits_are_those_of_one_process(cluster):
    with workers(dask=cluster.scheduler_address) as executor:
        there = toy_limits("nova-counting", toys=2048, seed=3, executor=executor)
    here = toy_limits("nova-counting", toys=2048, seed=3)
    assert there[0].parameter.observed == here[0].parameter.observed
    assert there[0].parameter.tests == here[0].parameter.tests


def test_a_worker_is_killed_halfway_and_nothing_is_lost(cluster, tmp_path):
    done = []

    def kill_one(toys):
        done.append(toys)
        if len(done) == 5:
            with distributed.Client(cluster, set_as_default=False) as client, contextlib.suppress(ProcessLookupError):
                os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)

    with workers(dask=cluster.scheduler_address) as executor:
        found = run_campaign(tmp_path / "there", "nova-counting", toys=8192, seed=3, executor=executor, report=kill_one)
    assert found.done == found.shards
    assert len(done) > 5
    run_campaign(tmp_path / "here", "nova-counting", toys=8192, seed=3)
    one, other = (campaign.open_campaign(tmp_path / name) for name in ("here", "there"))
    for key in one.shards:
        first, second = load_shard(one, *key), load_shard(other, *key)
        assert np.array_equal(first["values"], second["values"], equal_nan=True)


def test_no_scheduler_answers(capsys, monkeypatch):
    monkeypatch.setattr(cluster_module, "SECONDS_TO_ANSWER", 1)
    with pytest.raises(InputError, match="no dask scheduler answers"), workers(dask="tcp://127.0.0.1:1"):
        pass
    with pytest.raises(InputError, match="no dask scheduler answers"), workers(dask="nonsense://x"):
        pass
    with pytest.raises(InputError, match="no dask scheduler answers"), workers(dask="nonsense"):
        pass
    gc.collect()
    assert "Exception ignored" not in capsys.readouterr().err  # of a client that is deleted half made
