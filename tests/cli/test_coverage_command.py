"""Coverage on a terminal, as JSON, as a figure, and in Python."""

import pytest

import numm_stats as ns
from numm_stats import plots

LABELS = ("cls", "clsb", "delta-chi2 1.642", "delta-chi2 2.706", "feldman-cousins")


def test_the_table(numm_stats, tmp_path):
    outcome = numm_stats("coverage", "nova-counting", "--toys", 1000, "--points", 3, "--plot", tmp_path / "c.png")
    assert outcome.code == 0, outcome.err
    for label in LABELS:
        assert label in outcome.out
    assert "coverage [%] of neutrino magnetic moment [mu_B] at 90 % C.L." in " ".join(outcome.out.split())
    assert "1000 toys for each true value" in outcome.out
    assert "1.642 as an upper limit and 2.706 as an interval" in outcome.out
    assert (tmp_path / "c.png").stat().st_size > 0
    rows = [line.split()[0] for line in outcome.out.splitlines() if "+-" in line]
    assert [float(value) for value in rows] == pytest.approx([0.0, 1.139e-9, 2.279e-9], rel=1e-3)


def test_json_at_given_true_values(numm_stats):
    command = ("coverage", "nova-counting", "--toys", 2000, "--truth", "0,3e-9", "--construction", "cls,delta-chi2")
    report = numm_stats(*command, "--json").json
    assert (report["quantity"], report["unit"], report["toys"]) == ("neutrino magnetic moment", "mu_B", 2000)
    assert report["median_expected"] == pytest.approx(1.519e-9, rel=1e-3)
    assert [point["truth"] for point in report["points"]] == pytest.approx([0.0, 3e-9])
    assert [point["mu"] for point in report["points"]] == pytest.approx([0.0, 4.0])  # (3e-9 / 1.5e-9)^2
    zero, strong = (point["constructions"] for point in report["points"])
    assert [one["construction"] for one in zero] == ["cls", "delta-chi2", "delta-chi2"]
    assert [one["kind"] for one in zero] == ["upper limit", "upper limit", "interval"]
    assert zero[0]["coverage"] == 1.0
    for one in strong:
        assert one["low"] < one["coverage"] < one["high"]
        assert one["coverage"] == one["covered"] / one["toys"] == pytest.approx(0.9, abs=0.03)
        assert one["error"] == pytest.approx(0.0067, rel=0.1)  # sqrt(0.9 0.1 / 2000)


def test_two_processes_count_the_same_as_one(numm_stats):
    command = ("coverage", "nova-counting", "--toys", 1500, "--points", 2, "--seed", 5, "--json")
    one, two = (numm_stats(*command, "--jobs", jobs).json for jobs in (1, 2))
    assert one["points"] == two["points"]


def test_a_signal_with_interference_is_covered(numm_stats):
    interfering = ("coverage", "isodar-juno-1mev-vector", "--set", "signal.interference=true")
    found = numm_stats(*interfering, "--toys", 500, "--points", 2, "--construction", "feldman-cousins", "--json").json
    for point in found["points"]:
        assert point["constructions"][0]["coverage"] == pytest.approx(0.9, abs=0.06)  # 1.3 % for 500 toys, and as much


def test_the_figure_shows_every_construction_and_the_confidence_level():
    found = ns.coverage("nova-counting", toys=500, points=3, confidence_level=0.95)
    assert str(found).startswith("nova-counting: lowest coverage of neutrino magnetic moment at 95 % C.L.: cls ")
    figure = plots.plot_coverage(found, title="coverage")
    (axes,) = figure.axes
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert {"cls", "clsb", "delta-chi2 2.706", "delta-chi2 3.841", "feldman-cousins", "95 % C.L."} <= set(legend)
    assert len(axes.containers) == 5
    level = next(line for line in axes.lines if line.get_label() == "95 % C.L.")
    assert list(level.get_ydata()) == [0.95, 0.95]
    drawn = axes.containers[0].lines[0]
    assert list(drawn.get_ydata()) == [point.covered[0].value for point in found.parameter.points]
    assert axes.get_xlabel() == r"true $\mu_\nu$ [$\mu_B$]"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--toys", "0"], ["toys = 0", "at least 1"]),
        (["--points", "0"], ["points = 0", "at least 2"]),
        (["--construction", "feldman-cousin"], ["feldman-cousin", "did you mean 'feldman-cousins'"]),
        (["--construction", "pcl"], ["pcl", "cls, clsb, delta-chi2, feldman-cousins"]),
        (["--truth", "1e-9,-1e-9"], ["truth = -1e-09", "zero or more"]),
        (["--truth", "much"], ["--truth much"]),
        (["--truth", "1e-9", "--points", "3"], ["--points 3", "--truth 1e-9", "one of the two"]),
        (["--cl", "0.4"], ["confidence level 0.4"]),
        (["--cl", "90"], ["confidence level 90"]),
        (["--seed", "-1"], ["seed = -1"]),
        (["--jobs", "0"], ["jobs = 0"]),
        (["--minimizer", "nunba"], ["nunba"]),
        (["--plot", "coverage.txt"], [".txt", ".png"]),
    ],
)
def test_wrong_arguments(numm_stats, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    toys = [] if "--toys" in arguments else ["--toys", 10]
    outcome = numm_stats("coverage", "nova-counting", *toys, *arguments)
    assert outcome.code == 2, outcome.err
    assert outcome.out == ""
    assert len(outcome.err.strip().splitlines()) == 1
    for word in words:
        assert word in outcome.err, outcome.err
