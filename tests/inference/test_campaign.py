"""Campaigns: killed and resumed, split and joined, they equal one run; what does not belong is refused by name."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.inference import campaign
from numm_stats.inference.campaign_points import points_of
from numm_stats.inference.feldman_cousins import region_from_points
from numm_stats.inference.shards import load_shard
from numm_stats.inference.statmodel import read_workspace
from numm_stats.inference.toy_ladder import ToyOptions
from numm_stats.inference.toy_limits import limit_from_points, toy_upper_limit

TOYS = 6000  # two shards for each hypothesis


@pytest.fixture(scope="module")
def model(build):
    return read_workspace(build.counting(signal=2.0))


def begin(folder, model, *, toys=TOYS, seed=3, versions=None):
    return campaign.create(
        folder, model, digest="d", toys=toys, seed=seed, engine="auto", versions=versions or {"numpy": "1"}
    )


@pytest.fixture(scope="module")
def complete(model, tmp_path_factory):
    found = begin(tmp_path_factory.mktemp("campaigns") / "complete", model)
    campaign.run(found, model)
    return found


def same_arrays(one, other):
    for key in one.shards:
        first, second = load_shard(one, *key), load_shard(other, *key)
        assert np.array_equal(first["values"], second["values"], equal_nan=True)
        assert np.array_equal(first["mu_hat"], second["mu_hat"], equal_nan=True)


def test_stored_toys_give_the_limit_of_toys_thrown_now(model, complete):
    stored = limit_from_points(model, "cls", points_of(complete, model))
    direct = toy_upper_limit(model, "cls", ToyOptions(toys=TOYS, seed=3))
    assert (stored.observed, stored.expected, stored.uncertainty) == (
        direct.observed,
        direct.expected,
        direct.uncertainty,
    )


def test_a_campaign_of_intervals(model, tmp_path):
    """The edges of the region are where p crosses alpha: with 48 cells, near those of the exact construction."""
    found = campaign.create(
        tmp_path / "fc", model, digest="d", toys=4096, seed=3, engine="auto", versions={}, purpose="feldman-cousins"
    )
    campaign.run(found, model)
    region = region_from_points(model, points_of(found, model))
    assert region.observed == region.intervals[-1][1]
    assert region.toys == 4096 * len(found.manifest["hypotheses"])
    with pytest.raises(InputError, match="did you mean 'limits'"):
        campaign.create(tmp_path / "x", model, digest="d", toys=1, seed=3, engine="auto", versions={}, purpose="limit")


def test_a_campaign_run_in_two_parts_and_merged_is_one(model, complete, tmp_path):
    halves = [begin(tmp_path / f"part{k}", model) for k in (1, 2)]
    for k, half in enumerate(halves, start=1):
        campaign.run(half, model, part=(k, 2))
        assert half.missing()
    with pytest.raises(InputError, match="shards are missing"):
        points_of(halves[0], model)
    assert campaign.merge(halves[0], halves[1:])[1] == []
    assert not halves[0].missing()
    same_arrays(halves[0], complete)


def test_a_campaign_can_be_asked_for_more_toys(model, complete, tmp_path):
    small = begin(tmp_path / "growing", model, toys=1000)
    campaign.run(small, model)
    grown = begin(tmp_path / "growing", model)
    assert len(grown.shards) == 2 * len(small.shards)
    campaign.run(grown, model)
    same_arrays(grown, complete)


def test_status_counts(model, complete, tmp_path):
    found = campaign.status(complete)
    shards = 2 * len(complete.manifest["hypotheses"])
    assert (found.done, found.shards, found.failures, found.warnings) == (shards, shards, 0, ())
    assert campaign.status(begin(tmp_path / "empty", model)).done == 0


def test_other_campaigns_are_refused_by_name(model, complete, tmp_path):
    other = begin(tmp_path / "other", model, seed=4)
    with pytest.raises(InputError, match=r"other does not belong .* its seed is another"):
        campaign.merge(complete, [other])
    with pytest.raises(InputError, match="holds another campaign: its seed is another"):
        begin(tmp_path / "other", model, seed=5)


def test_other_library_versions_merge_with_a_warning(model, tmp_path):
    one = begin(tmp_path / "one", model)
    two = begin(tmp_path / "two", model, versions={"numpy": "2"})
    assert "other versions" in campaign.merge(one, [two])[1][0]


def test_nothing_is_copied_before_all_is_checked(model, tmp_path):
    """Another --cl tests other values: refused by name, and the target stays whole."""
    mine, other = begin(tmp_path / "mine", model), tmp_path / "other"
    foreign = campaign.create(
        other, model, digest="d", toys=TOYS, seed=3, engine="auto", versions={"numpy": "1"}, confidence_level=0.99
    )
    campaign.run(foreign, model)
    before = sorted(path.name for path in mine.folder.iterdir())
    with pytest.raises(InputError, match=r"other does not belong to .*mine: its tested values are others"):
        campaign.merge(mine, [foreign])
    assert sorted(path.name for path in mine.folder.iterdir()) == before


def test_the_larger_number_of_toys_is_kept(model, complete, tmp_path):
    small = begin(tmp_path / "small", model, toys=1000)
    joined, _ = campaign.merge(small, [complete])
    assert joined.toys == TOYS
    same_arrays(campaign.open_campaign(small.folder), complete)


def test_another_level_or_engine_is_said_and_not_ignored(model, tmp_path):
    begin(tmp_path / "c", model)
    options = {"digest": "d", "toys": TOYS, "seed": 3, "versions": {}}
    with pytest.raises(InputError, match="its confidence_level is another"):
        campaign.create(tmp_path / "c", model, engine="auto", confidence_level=0.95, **options)
    with pytest.raises(InputError, match="its engine is another"):
        campaign.create(tmp_path / "c", model, engine="iminuit", **options)


@pytest.mark.parametrize("content", ["null", '"abc"', "[]", '{"toys": 3}'])
def test_manifests_that_are_none(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(InputError, match="no manifest of format"):
        campaign.open_campaign(tmp_path)


@pytest.mark.parametrize("change", [{"toys": -5}, {"hypotheses": [{"mu": 1}]}, {"hypotheses": None}])
def test_damaged_manifests(model, tmp_path, change):
    found = begin(tmp_path / "c", model)
    (found.folder / "manifest.json").write_text(json.dumps({**found.manifest, **change}))
    with pytest.raises(InputError, match="is damaged"):
        campaign.open_campaign(found.folder)


def test_a_damaged_or_foreign_shard_is_refused_by_name(model, complete, tmp_path):
    mine = begin(tmp_path / "mine", model)
    path = mine.path(0, 0)
    path.write_bytes(complete.path(0, 0).read_bytes()[:1000])
    with pytest.raises(InputError, match=r"hypothesis-00-shard-000000\.npz is damaged"):
        campaign.merge(begin(tmp_path / "target", model), [mine])
    swapped = begin(tmp_path / "swapped", model)
    swapped.path(4, 0).write_bytes(complete.path(5, 0).read_bytes())
    with pytest.raises(InputError, match="another place in this one"):
        campaign.status(swapped)
    foreign = begin(tmp_path / "foreign", model, seed=9)
    foreign.path(0, 0).write_bytes(complete.path(0, 0).read_bytes())
    with pytest.raises(InputError, match="of another campaign"):
        campaign.status(foreign)


def test_a_folder_without_a_campaign(tmp_path):
    with pytest.raises(InputError, match=r"manifest.json is missing"):
        campaign.open_campaign(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        campaign.open_campaign(tmp_path)
    (tmp_path / "manifest.json").write_text('{"format": 7}')
    with pytest.raises(InputError, match="no manifest"):
        campaign.open_campaign(tmp_path)


def killed_run(folder, seconds):
    command = [
        sys.executable,
        "-m",
        "numm_stats",
        "toys",
        "run",
        folder,
        "nova-counting",
        "--toys",
        str(TOYS),
        "--seed",
        "3",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("moments", [3, pytest.param(20, marks=pytest.mark.campaign)])
def test_killed_at_random_moments_and_resumed_it_is_the_same(numm_stats, tmp_path, moments):
    """kill -9, then again: what is left is whole shards, and the end is bit by bit that of one go."""
    rng = np.random.default_rng(moments)
    for seconds in rng.uniform(0.8, 2.5, size=moments):
        killed_run(tmp_path / "killed", float(seconds))
    for name in ("killed", "one-go"):
        outcome = numm_stats("toys", "run", tmp_path / name, "nova-counting", "--toys", TOYS, "--seed", 3, "--json")
        assert outcome.code == 0, outcome.err
        assert outcome.json["done"] == outcome.json["shards"]
    same_arrays(campaign.open_campaign(tmp_path / "killed"), campaign.open_campaign(tmp_path / "one-go"))
    manifest = json.loads((tmp_path / "killed" / "manifest.json").read_text())
    assert manifest["seed"] == 3
