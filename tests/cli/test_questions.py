"""Significance, goodness, impacts and contour on a terminal, as JSON, and in Python."""

import json

import pytest

import numm_stats as ns

POI = "mu_nu2_over_1.5e-9_squared"


def test_significance(numm_stats):
    outcome = numm_stats("significance", "nova-counting")
    assert outcome.code == 0
    assert "observed data" in outcome.out
    assert "expected at 1.5e-09 mu_B" in outcome.out
    report = numm_stats("significance", "nova-counting", "--json").json
    assert report["observed"] == report["significance"] == pytest.approx(0.219, abs=1e-3)  # 25 on 23.78 +- 10.9 %
    assert (report["quantity"], report["unit"]) == ("neutrino magnetic moment", "mu_B")
    assert report["physical"] == pytest.approx(1.5e-9)


def test_an_injected_moment_is_significant_and_not_observed(numm_stats):
    report = numm_stats("significance", "isodar-juno-0.2mev", "--data", "asimov:2e-11", "--signal", "4", "--json").json
    assert report["observed"] is None
    assert report["physical"] == pytest.approx(2e-11)
    assert report["significance"] == pytest.approx(report["expected"], rel=1e-6)  # the data are that Asimov set


def test_goodness(numm_stats):
    outcome = numm_stats("goodness", "isodar-juno-0.2mev")
    assert "for 117 d.o.f., p = 1" in outcome.out
    assert outcome.out.split()[3:5] == ["channel", "bin"]
    report = numm_stats("goodness", "isodar-juno-0.2mev", "--json").json
    assert (report["bins"], report["ndf"]) == (118, 117)
    assert report["p_value"] == pytest.approx(1.0)
    counting = numm_stats("goodness", "nova-counting", "--json").json
    assert counting["p_value"] is None
    assert "nothing is left to test" in counting["warnings"][0]


def test_impacts(numm_stats):
    outcome = numm_stats("impacts", "nova-counting")
    assert "background" in outcome.out
    report = numm_stats("impacts", "nova-counting", "--json").json
    (background,) = report["ranking"]
    # 10.9 % of 23.78 events, in units of 9.64 signal events at the reference: 0.269
    assert background["postfit"] == pytest.approx([0.269, -0.269], abs=2e-3)
    assert report["mu_hat"] == pytest.approx(0.1265, abs=1e-3)


def test_impacts_of_no_systematics(numm_stats, tmp_path):
    strength = {"name": "mu", "type": "normfactor", "data": None}
    samples = [{"name": "s", "data": [5.0], "modifiers": [strength]}, {"name": "b", "data": [50.0], "modifiers": []}]
    path = tmp_path / "bare.json"
    content = {
        "version": "1.0.0",
        "channels": [{"name": "c", "samples": samples}],
        "observations": [{"name": "c", "data": [52.0]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
    }
    path.write_text(json.dumps(content))
    outcome = numm_stats("impacts", path)
    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        f"{path}, observed data: mu = 0.4 +- 1.442",
        "no constrained parameters: there is nothing to rank",
    ]
    assert numm_stats("impacts", path, "--json").json["ranking"] == []


def test_contour(numm_stats):
    outcome = numm_stats("contour", "nova-counting", "--with", "background")
    assert "68 %" in outcome.out
    command = ("contour", "nova-counting", "--with", "background", "--levels", "0.9", "--points", 16, "--json")
    report = numm_stats(*command).json
    (contour,) = report["contours"]
    assert contour["rise"] == pytest.approx(4.605, abs=1e-3)
    assert contour["physical"] == pytest.approx([1.5e-9 * x**0.5 for x in contour["x"]])
    assert len(contour["x"]) == len(contour["y"]) >= 10
    assert (report["poi"], report["parameter"]) == (POI, "background")


def test_the_same_in_python():
    found = ns.significance("nova-counting")
    assert str(found).startswith("nova-counting, observed data: Z = 0.219")
    assert str(ns.goodness("isodar-juno-0.2mev")).startswith("asimov data: deviance")
    assert str(ns.impacts("nova-counting", top=1)).startswith(f"{POI} = 0.1265")
    region = ns.contour("nova-counting", "background", points=8)
    assert str(region).startswith("nova-counting, best fit 0.1265")
    assert len(region.parameter.contours) == 2
