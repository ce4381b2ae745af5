"""Other people's workspaces on the command line: several measurements, bounds, Asimov sets of any parameter."""

import json
import logging

import pytest

import numm_stats as ns
from numm_stats.errors import InputError
from numm_stats.inference.profile import Profile
from numm_stats.inference.statmodel import read_workspace

MU = {"name": "mu", "type": "normfactor", "data": None}
BK = {"name": "bk", "type": "normfactor", "data": None}


def workspace(parameters=(), *, observed=(60.0, 70.0, 57.0)):
    norm = {"name": "bn", "type": "normsys", "data": {"hi": 1.05, "lo": 0.95}}
    samples = [
        {"name": "s", "data": [3.0, 5.0, 2.0], "modifiers": [MU]},
        {"name": "b", "data": [50.0, 60.0, 55.0], "modifiers": [norm, BK]},
    ]
    fixed = [{"name": "bk", "fixed": True, "inits": [1.1]}]
    return {
        "version": "1.0.0",
        "channels": [{"name": "c", "samples": samples}],
        "observations": [{"name": "c", "data": list(observed)}],
        "measurements": [
            {"name": "first", "config": {"poi": "mu", "parameters": list(parameters)}},
            {"name": "second", "config": {"poi": "mu", "parameters": fixed}},
        ],
    }


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "foreign.json"
    file.write_text(json.dumps(workspace()))
    return file


def test_an_asimov_set_of_another_measurement_stays_blind(numm_stats, path):
    report = numm_stats("limit", path, "--data", "asimov", "--measurement", "second", "--json").json
    assert report["observed"] is None
    assert report["analysis"] == "second_asimov"
    made = ns.load(path, data="asimov", measurement="second")
    assert made["observations"][0]["data"] == pytest.approx([55.0, 66.0, 60.5])  # bk = 1.1 there
    assert [each["name"] for each in made["measurements"]] == ["second_asimov"]
    with pytest.raises(InputError, match="'first' is not in the workspace: it has second_asimov"):
        ns.limit(made, measurement="first")


def test_an_asimov_set_of_another_parameter(path):
    made = ns.load(path, data="asimov", poi="bk")
    assert made["observations"][0]["data"] == pytest.approx([3.0, 5.0, 2.0])  # bk = 0, mu = 1
    made = ns.load(path, data="asimov:0.5", poi="bk", measurement="first")
    assert made["observations"][0]["data"] == pytest.approx([28.0, 35.0, 29.5])


def test_a_foreign_parameter_takes_any_finite_value(numm_stats, path):
    fitted = numm_stats("fit", path, "--data", "asimov:2e9", "--measurement", "second", "--json")
    assert fitted.code == 0
    found = next(each for each in fitted.json["parameters"] if each["name"] == "mu")
    assert found["value"] == pytest.approx(2e9, rel=1e-6)
    for wrong in ("asimov:inf", "asimov:nan", "asimov:x"):
        assert numm_stats("limit", path, "--data", wrong).code == 2


def test_several_measurements_are_no_news(numm_stats, path, caplog):
    with caplog.at_level(logging.WARNING):
        assert numm_stats("limit", path).code == 0
    assert not caplog.records


def test_a_lower_bound_above_zero_changes_no_limit():
    free, bounded = (
        [limit.observed for limit in ns.limits(workspace([{"name": "mu", "bounds": [[low, 10.0]]}]))]
        for low in (0.0, 1.0)
    )
    assert bounded == pytest.approx(free, rel=1e-6)
    model = read_workspace(workspace([{"name": "mu", "bounds": [[1.0, 10.0]]}], observed=(50.0, 60.0, 55.0)))
    assert Profile(model).mu_hat == 1.0
    assert Profile(model.above_zero()).mu_hat == pytest.approx(0.0, abs=1e-4)


def test_all_constructions_of_a_campaign(numm_stats, tmp_path):
    for purpose, with_toys in (("limits", ["cls", "clsb", "pcl"]), ("feldman-cousins", ["feldman-cousins"])):
        folder = tmp_path / purpose
        made = numm_stats("toys", "run", folder, "nova-counting", "--toys", 500, "--for", purpose)
        assert made.code == 0
        report = numm_stats("limit", "nova-counting", "--campaign", folder, "--construction", "all", "--json").json
        found = [limit["construction"] for limit in report["limits"]]
        assert found == [*with_toys, "delta-chi2", "delta-chi2", "bayes", "bayes"]


def test_a_p_value_of_no_toy_is_a_limit(numm_stats, tmp_path):
    file = tmp_path / "excess.json"
    file.write_text(json.dumps(workspace(observed=(90.0, 120.0, 75.0))))
    command = ("significance", file, "--measurement", "second", "--toys", 200, "--signal", 20)
    outcome, report = numm_stats(*command), numm_stats(*command, "--json").json
    assert report["p_value_is_limit"] is report["expected_p_value_is_limit"] is True
    assert outcome.out.count(">") == outcome.out.count("<") == 2
    quiet = numm_stats("significance", "nova-counting", "--toys", 200, "--json").json
    assert quiet["p_value_is_limit"] is False
    assert quiet["expected_p_value_is_limit"] is False
    file.write_text(json.dumps(workspace(observed=(120.0, 30.0, 120.0))))
    badly = numm_stats("goodness", file, "--measurement", "second", "--toys", 200)
    assert "p < " in badly.out


def test_one_warning_of_one_wording(numm_stats, tmp_path):
    file = tmp_path / "few.json"
    few = workspace(observed=(2.0, 1.0, 0.0))
    few["channels"][0]["samples"][1]["data"] = [1.0, 1.0, 1.0]
    file.write_text(json.dumps(few))
    outcome = numm_stats("limit", file, "--measurement", "second", "--construction", "all")
    text = " ".join((outcome.out + outcome.err).split())
    assert text.count("the bins that carry the signal expect") == 1
