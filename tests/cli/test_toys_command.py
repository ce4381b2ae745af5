"""Toys on the command line: limits from them, campaigns, and what cannot be."""

import pytest


def test_limit_from_toys_says_how_many_and_how_long(numm_stats):
    report = numm_stats("limit", "nova-counting", "--toys", 2000, "--seed", 1, "--json").json
    assert report["calculator"] == "toys"
    assert report["toys"] == 2000 * (len(report["tests"]) + 1)
    assert (report["fallbacks"], report["failures"]) == (0, 0)
    assert all(error > 0.0 for error in report["expected_uncertainty"])
    assert report["seconds"] > 0.0
    # 10.84 events with infinitely many toys; 2,000 for each hypothesis scatter by a few per cent
    assert report["observed"] == pytest.approx(1.59e-9, rel=0.05)
    assert 0.0 < report["uncertainty"] < 0.05 * report["observed"]


def test_two_processes_give_the_same_limit_as_one(numm_stats):
    one, two = (numm_stats("limit", "nova-counting", "--toys", 3000, "--jobs", jobs, "--json").json for jobs in (1, 2))
    assert one["observed"] == two["observed"]
    assert one["expected"] == two["expected"]


def test_all_constructions_that_have_toys(numm_stats):
    report = numm_stats("limit", "nova-counting", "--toys", 3000, "--construction", "all", "--json").json
    found = {limit["construction"]: limit for limit in report["limits"]}
    assert list(found) == ["cls", "clsb", "pcl", "feldman-cousins", "delta-chi2", "bayes"]
    assert len(report["limits"]) == 8  # two rises, two priors
    assert found["clsb"]["observed"] < found["cls"]["observed"]
    assert found["feldman-cousins"]["intervals"][-1][1] == found["feldman-cousins"]["observed"]
    assert {limit["calculator"] for limit in report["limits"]} == {"toys", "asymptotic"}
    table = numm_stats("limit", "nova-counting", "--toys", 1000, "--construction", "all").out
    assert all(word in table for word in ("uncertainty", "toys", "time", "flat in", "Fits that went to iminuit: 0"))


def test_adaptive_toys(numm_stats):
    adaptive, every = (
        numm_stats("limit", "nova-counting", "--toys", 8000, *extra, "--json").json for extra in (("--adaptive", 3), ())
    )
    assert adaptive["toys"] < every["toys"]
    precise = numm_stats("limit", "nova-counting", "--toys", 60000, "--precision", 0.02, "--json").json
    assert precise["uncertainty"] < 0.02 * precise["observed"]


def test_feldman_cousins_from_a_campaign(numm_stats, tmp_path):
    folder = tmp_path / "fc"
    arguments = ("toys", "run", folder, "nova-counting", "--toys", 4000, "--for", "feldman-cousins", "--json")
    assert numm_stats(*arguments).code == 0
    stored = numm_stats("limit", "nova-counting", "--campaign", folder, "--construction", "feldman-cousins", "--json")
    assert stored.json["observed"] == pytest.approx(1.63e-9, rel=0.03)
    other = numm_stats("limit", "nova-counting", "--campaign", folder)
    assert other.code == 2
    assert "--for limits" in other.err


def test_a_campaign_and_the_limit_from_it(numm_stats, tmp_path):
    folder = tmp_path / "campaign"
    done = numm_stats("toys", "run", folder, "nova-counting", "--toys", 2000, "--seed", 1, "--json").json
    assert done["done"] == done["shards"]
    assert done["failures"] == 0
    stored = numm_stats("limit", "nova-counting", "--campaign", folder, "--json").json
    direct = numm_stats("limit", "nova-counting", "--toys", 2000, "--seed", 1, "--json").json
    assert stored["observed"] == direct["observed"]
    assert numm_stats("toys", "status", folder, "--json").json == done


def test_parts_are_merged(numm_stats, tmp_path):
    folders = [tmp_path / "a", tmp_path / "b"]
    for k, folder in enumerate(folders, start=1):
        numm_stats("toys", "run", folder, "nova-counting", "--toys", 500, "--part", f"{k}/2")
    outcome = numm_stats("toys", "merge", *folders, "--json")
    assert outcome.json["done"] == outcome.json["shards"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["limit", "nova-counting", "--toys", "0"], ["toys = 0", "at least 1"]),
        (["limit", "nova-counting", "--toys", "many"], ["many"]),
        (["limit", "nova-counting", "--toys", "10", "--jobs", "0"], ["jobs = 0"]),
        (["limit", "nova-counting", "--toys", "10", "--seed", "-3"], ["seed = -3"]),
        (["limit", "nova-counting", "--toys", "10", "--minimizer", "nunba"], ["nunba", "did you mean 'numba'"]),
        (["limit", "nova-counting", "--toys", "10", "--construction", "bayes"], ["'bayes' has no toys", "cls, clsb"]),
        (["limit", "nova-counting", "--construction", "feldman-cousins"], ["--toys 10000"]),
        (["limit", "nova-counting", "--seed", "3"], ["--seed is about toys"]),
        (["limit", "nova-counting", "--jobs", "2"], ["--jobs is about toys"]),
        (["limit", "nova-counting", "--adaptive", "3"], ["--adaptive is about toys"]),
        (["limit", "nova-counting", "--toys", "10", "--adaptive", "-1"], ["adaptive = -1", "positive"]),
        (["limit", "nova-counting", "--toys", "10", "--precision", "0"], ["precision = 0", "positive"]),
        (["limit", "nova-counting", "--toys", "10", "--dask", "tcp://127.0.0.1:1"], ["no dask scheduler answers"]),
        (["limit", "nova-counting", "--minimizer", "numby"], ["numby"]),
        (["toys", "run", "c", "nova-counting", "--for", "limit"], ["did you mean 'limits'"]),
        (["limit", "nova-counting", "--toys", "10", "--delta-chi2", "3"], ["--delta-chi2"]),
        (["limit", "nova-counting", "--toys", "10", "--campaign", "x"], ["--campaign"]),
        (["limit", "nova-counting", "--campaign", "nowhere"], ["nowhere", "manifest.json is missing"]),
        (["limit", "nova-counting", "--construction", "all", "--delta-chi2", "3"], ["--delta-chi2 3"]),
        (["toys", "run", "c", "nova-counting", "--toys", "0"], ["toys = 0"]),
        (["toys", "run", "c", "nova-counting", "--part", "3"], ["--part 3", "1/2"]),
        (["toys", "run", "no/c", "nova-counting", "--toys", "10"], ["no/c"]),
        (["toys", "status", "nowhere"], ["nowhere"]),
        (["toys", "merge", "nowhere", "other"], ["nowhere"]),
        (["toys", "rum"], ["rum"]),
    ],
)
def test_wrong_arguments(numm_stats, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    outcome = numm_stats(*arguments)
    assert outcome.code == 2, outcome.err
    assert outcome.out == ""
    for word in words:
        assert word in outcome.err, outcome.err


def test_part_out_of_range(numm_stats, tmp_path):
    outcome = numm_stats("toys", "run", tmp_path / "c", "nova-counting", "--part", "3/2", "--toys", 10)
    assert outcome.code == 2
    assert "3/2" in outcome.err


def test_toys_of_another_workspace_are_refused(numm_stats, tmp_path):
    numm_stats("toys", "run", tmp_path / "c", "nova-counting", "--toys", 10)
    outcome = numm_stats("limit", "nova-counting", "--set", "data.values=[26]", "--campaign", tmp_path / "c")
    assert outcome.code == 2
    assert "another workspace" in outcome.err


def test_a_campaign_has_only_limits_that_toys_give(numm_stats, tmp_path):
    numm_stats("toys", "run", tmp_path / "c", "nova-counting", "--toys", 10)
    for options in (["--construction", "delta-chi2"], ["--poi", "background"], ["--measurement", "x"]):
        outcome = numm_stats("limit", "nova-counting", "--campaign", tmp_path / "c", *options)
        assert outcome.code == 2
        assert options[1] in outcome.err


def test_an_asimov_set_with_a_signal_is_said(numm_stats):
    outcome = numm_stats("limit", "nova-counting", "--data", "asimov:2e-9", "--toys", 2000)
    assert "holds a signal" in outcome.err


def test_an_injection_far_beyond_the_limit_is_refused(numm_stats):
    for moment in ("1e-5", "1e200"):
        assert numm_stats("fit", "isodar-juno-0.2mev", "--data", f"asimov:{moment}").code == 2
