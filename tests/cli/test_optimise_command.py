"""`numm-stats optimise`: a table, JSON, a figure, and messages."""

import pytest

FAST = (
    "hellaz-region",
    "--set",
    "binning.recoil_mev={edges=[0.1,0.2,0.4,0.8,2.1]}",
    "--set",
    "binning.theta_mrad={start=0,stop=1400,width=350}",
    "--set",
    "systematic=[]",
    "--set",
    "detector.energy_scale_uncertainty=0",
    "--set",
    "detector.resolution_uncertainty=0",
    "--points",
    "5",
    "--between",
    "0.1,2",
)


def test_table_and_figure(numm_stats, tmp_path):
    figure = tmp_path / "optimum.png"
    found = numm_stats("optimise", *FAST, "--plot", figure)
    assert found.code == 0, found.err
    assert "Best: binning.region.ratio = " in found.out
    assert found.out.count("best") == 1
    assert figure.stat().st_size > 1000


def test_json(numm_stats):
    found = numm_stats("optimise", *FAST, "--grid-only", "--json").json
    assert (found["key"], found["quantity"], found["unit"]) == (
        "binning.region.ratio",
        "neutrino magnetic moment",
        "mu_B",
    )
    assert len(found["tried"]) == 5
    assert found["limit"] == min(tried["limit"] for tried in found["tried"] if tried["limit"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("hellaz", "--between", "1"), "two numbers with a comma"),
        (("hellaz", "--between", "1,x"), "must be numbers"),
        (("hellaz", "--key", "detector.thresold_mev", "--between", "0.1,0.2"), "did you mean"),
        (("isodar-juno-0.2mev-vector",), "compares magnetic with weak"),
    ],
)
def test_refused(numm_stats, arguments, message):
    found = numm_stats("optimise", *arguments)
    assert found.code == 2
    assert message in found.err
