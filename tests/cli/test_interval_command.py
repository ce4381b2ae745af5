"""Two-sided intervals, priors, and p-values from toys: on a terminal, as JSON, in Python, and what cannot be."""

import json

import pytest

import numm_stats as ns
from numm_stats.inference.intervals import ConfidenceRegion
from numm_stats.verbs.interval_result import Interval
from numm_stats.workspace.poi import PointOfInterest

WITHOUT_TOYS = ["delta-chi2", "t-mu-tilde", "bayes", "bayes"]


def test_interval(numm_stats):
    outcome = numm_stats("interval", "nova-counting")
    assert outcome.code == 0
    assert "two-sided intervals at 90 % C.L." in outcome.out
    assert "[0, 1.621e-09]" in outcome.out  # the limit of delta-chi2 2.706
    report = numm_stats("interval", "nova-counting", "--json").json
    ((low, high),) = report["intervals"]
    limit = numm_stats("limit", "nova-counting", "--delta-chi2", 2.705543454, "--json").json
    assert (low, high) == (0.0, pytest.approx(limit["observed"], rel=1e-6))
    assert report["best"] == pytest.approx(5.334e-10, rel=1e-3)
    assert report["poi"]["intervals"] == [[0.0, pytest.approx((high / 1.5e-9) ** 2)]]
    assert (report["quantity"], report["unit"]) == ("neutrino magnetic moment", "mu_B")
    assert (report["confidence_level"], report["calculator"], report["toys"]) == (0.9, "asymptotic", 0)
    assert 0.0 < report["uncertainty"] < 1e-6 * high


def test_all_constructions_without_toys_and_with(numm_stats):
    outcome = numm_stats("interval", "nova-counting", "--construction", "all", "--toys", 2000)
    for label in ("delta-chi2", "t-mu-tilde", "bayes, flat in neutrino magnetic moment^2", "feldman-cousins: from"):
        assert label in outcome.out
    report = numm_stats("interval", "nova-counting", "--construction", "all", "--json").json
    assert [found["construction"] for found in report["constructions"]] == WITHOUT_TOYS
    priors = [found["prior"] for found in report["constructions"]]
    assert priors == [None, None, "flat in neutrino magnetic moment^2", "flat in neutrino magnetic moment"]


def test_feldman_cousins_is_the_limit_of_feldman_cousins(numm_stats):
    options = ("nova-counting", "--construction", "feldman-cousins", "--toys", 2000, "--seed", 3, "--json")
    interval, limit = (numm_stats(verb, *options).json for verb in ("interval", "limit"))
    for key in ("intervals", "toys", "uncertainty", "calculator"):
        assert interval[key] == limit[key]


def test_a_prior_is_chosen(numm_stats):
    found = {}
    for prior in ("parameter", "quantity"):
        for verb in ("interval", "limit"):
            options = ("nova-counting", "--construction", "bayes", "--prior", prior, "--likelihood", "marginal")
            found[verb, prior] = numm_stats(verb, *options, "--json").json
    for verb in ("interval", "limit"):
        assert found[verb, "parameter"]["prior"] == "flat in neutrino magnetic moment^2"
        assert found[verb, "quantity"]["prior"] == "flat in neutrino magnetic moment"
    assert found["limit", "quantity"]["observed"] < found["limit", "parameter"]["observed"]
    profiled = numm_stats("limit", "nova-counting", "--construction", "bayes", "--prior", "quantity", "--json").json
    marginal = found["limit", "quantity"]["observed"]
    assert profiled["observed"] != marginal
    assert profiled["observed"] == pytest.approx(marginal, rel=0.01)


def test_one_prior_of_all_limits(numm_stats):
    report = numm_stats("limit", "nova-counting", "--construction", "all", "--prior", "quantity", "--json").json
    assert [limit["prior"] for limit in report["limits"] if limit["prior"]] == ["flat in neutrino magnetic moment"]
    both = numm_stats("limit", "nova-counting", "--construction", "bayes", "--likelihood", "marginal", "--json").json
    assert len(both["limits"]) == 2


def test_the_same_in_python():
    found = ns.interval("nova-counting", construction="t-mu-tilde", confidence_level=0.68)
    assert str(found).startswith("nova-counting: neutrino magnetic moment in [0, ")
    assert "mu_B at 68 % C.L., t-mu-tilde (best fit 5.334e-10)" in str(found)
    assert [each.parameter.construction for each in ns.intervals("nova-counting")] == WITHOUT_TOYS
    (bayes,) = ns.intervals("nova-counting", constructions=["bayes"], prior="parameter")
    assert ns.interval("nova-counting", construction="bayes").intervals == bayes.intervals
    assert ns.interval("nova-counting", construction="feldman-cousins", toys=500).parameter.toys > 500


def test_all_pieces_are_shown():
    poi = PointOfInterest.of_kind("mu_nu2", 1e-11)
    region = ConfidenceRegion("delta-chi2", "asymptotic", 0.9, poi.name, 0.0, ((0.0, 1.0), (4.0, 9.0)), 0.06)
    found = Interval("mine", poi, region)
    assert found.pieces == "[0, 1e-11] and [2e-11, 3e-11]"
    assert found.uncertainty == pytest.approx(1e-13)  # d mu = d(mu^2) / (2 mu) at the highest edge
    assert found.to_dict()["poi"]["intervals"] == [[0.0, 1.0], [4.0, 9.0]]


def test_a_foreign_parameter_has_no_unit(numm_stats, tmp_path):
    numm_stats("workspace", "nova-counting", "-o", tmp_path / "ours.json")
    text = (tmp_path / "ours.json").read_text().replace("mu_nu2_over_1.5e-9_squared", "strength")
    (tmp_path / "theirs.json").write_text(text)
    report = numm_stats("interval", tmp_path / "theirs.json", "--construction", "all", "--json").json
    assert [found["construction"] for found in report["constructions"]] == WITHOUT_TOYS[:3]  # one prior is the other
    assert all(found["unit"] == "1" for found in report["constructions"])
    assert "strength, two-sided" in numm_stats("interval", tmp_path / "theirs.json").out
    assert json.loads(text)["measurements"][0]["config"]["poi"] == "strength"


def test_goodness_by_toys(numm_stats):
    outcome = numm_stats("goodness", "nova-counting", "--set", "data.values=[5]", "--toys", 2000)
    assert "From 2000 toys in " in outcome.out
    assert "only their bounds" in outcome.err
    one, two = (
        numm_stats("goodness", "nova-counting", "--set", "data.values=[5]", "--toys", 2000, "--jobs", n, "--json").json
        for n in (1, 2)
    )
    assert one["p_value"] == two["p_value"]
    assert one["p_value_low"] < one["p_value"] <= one["p_value_high"] < 0.05
    assert (one["calculator"], one["toys"], one["failures"]) == ("toys", 2000, 0)


def test_significance_by_toys(numm_stats):
    outcome = numm_stats("significance", "nova-counting", "--toys", 2000)
    assert "From 2000 toys in " in outcome.out
    report = numm_stats("significance", "nova-counting", "--toys", 5000, "--seed", 1, "--json").json
    assert report["calculator"] == "toys"
    assert report["significance"] == pytest.approx(0.219, abs=0.1)  # one bin of 24: half a count is 0.1
    assert report["p_value_low"] < report["p_value"] < report["p_value_high"]
    assert ns.significance("nova-counting", toys=5000, seed=1).parameter.p_value == report["p_value"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["interval", "--construction", "bayess"], ["bayess", "did you mean 'bayes'"]),
        (["interval", "--construction", "feldman-cousins"], ["feldman-cousins orders toys", "--toys 10000"]),
        (["interval", "--toys", "100"], ["--toys 100", "feldman-cousins"]),
        (["interval", "--construction", "all", "--toys", "0"], ["toys = 0"]),
        (["interval", "--seed", "3"], ["--seed", "--toys 10000"]),
        (["interval", "--cl", "1.5"], ["1.5", "between 0 and 1"]),
        (["interval", "--construction", "feldman-cousins", "--toys", "9", "--cl", "0"], ["between 0 and 1"]),
        (["interval", "--prior", "quantity"], ["prior = quantity", "bayes"]),
        (["interval", "--construction", "bayes", "--prior", "quantitty"], ["did you mean 'quantity'"]),
        (["interval", "--construction", "bayes", "--likelihood", "profil"], ["did you mean 'profile'"]),
        (["limit", "--prior", "quantity"], ["prior = quantity", "bayes"]),
        (["limit", "--construction", "cls", "--likelihood", "marginal"], ["likelihood = marginal", "bayes"]),
        (["limit", "--toys", "100", "--prior", "quantity"], ["prior = quantity", "cls"]),
        (["limit", "--construction", "bayes", "--likelihood", "profil"], ["did you mean 'profile'"]),
        (["goodness", "--toys", "0"], ["toys = 0"]),
        (["goodness", "--toys", "10", "--minimizer", "nunba"], ["did you mean 'numba'"]),
        (["goodness", "--jobs", "2"], ["--jobs", "--toys 10000"]),
        (["significance", "--toys", "-1"], ["toys = -1"]),
        (["significance", "--toys", "10", "--seed", "-3"], ["seed = -3"]),
        (["significance", "--toys", "10", "--jobs", "0"], ["jobs = 0"]),
        (["significance", "--minimizer", "numpy"], ["--minimizer", "--toys 10000"]),
    ],
)
def test_wrong_arguments(numm_stats, arguments, words):
    outcome = numm_stats(arguments[0], "nova-counting", *arguments[1:])
    assert outcome.code == 2, outcome.err
    assert outcome.out == ""
    assert len(outcome.err.strip().splitlines()) == 1
    for word in words:
        assert word in outcome.err, outcome.err
