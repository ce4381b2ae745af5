"""An analysis of several configurations on the command line: what it prints, what it writes, what it refuses."""

import json
from pathlib import Path

import pyhf
import pytest

from numm_stats.workspace.spec import digest

QUICK = (
    "--set", "binning.hits={ start = 85, stop = 500, bins = 20 }",
    "--set", "signal.reference=3e-11",
    "--set", 'detector.free_response=["light_yield"]',
)  # fmt: skip
METALLICITY = ("--set", "source.metallicity=gs98")
NAMES = [
    f"{estimator}-{model}" for estimator in ("within_230_ns", "within_400_ns") for model in ("convolution", "synthetic")
]
ONE = (*METALLICITY, "--set", "detector.estimator=within_230_ns", "--set", "detector.pile_up.model=synthetic")
FIELDS = {"analysis", "quantity", "unit", "confidence_level", "construction", "calculator", "observed", "expected",
          "uncertainty", "poi", "warnings", "versions"}  # fmt: skip


def four(numm_stats, command, *options):
    """Four of the eight: both estimators, both models of pile-up."""
    return numm_stats(command, "borexino-phase2", *QUICK, *METALLICITY, *options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("configurations")


@pytest.fixture(scope="module")
def written(folder):
    from tests.conftest import run_command  # noqa: PLC0415  a module-scoped fixture has none of the function's

    outcome = four(run_command, "workspace", "-o", folder / "borexino.v1", "--json")
    assert outcome.code == 0, outcome.err
    return outcome.json


def test_show(numm_stats):
    outcome = numm_stats("show", "borexino-phase2", *QUICK)
    assert outcome.code == 0, outcome.err
    for words in ("configurations", "within_230_ns, within_400_ns", "convolution, synthetic", "gs98, agss09met",
                  "Borexino, 71.3 t", "beside: gallium", "454.", "Kr85_rate (free)", "K40_rate 60 %"):  # fmt: skip
        assert words in outcome.out, words
    report = numm_stats("show", "borexino-phase2", *QUICK, "--json").json
    assert report["facts"]["configurations"] == 8
    assert report["facts"]["described here"] == "borexino-phase2-within_230_ns-convolution-gs98"
    assert {"pp", "Be7", "C14", "Po210", "signal_pp"} < {sample["name"] for sample in report["samples"]}


def test_show_draws_one(numm_stats, tmp_path):
    picture = tmp_path / "spectrum.png"
    outcome = numm_stats("show", "borexino-phase2", *QUICK, *ONE, "--plot", picture)
    assert outcome.code == 0, outcome.err
    assert picture.stat().st_size > 10_000


def test_toml_is_a_file_to_start_from(numm_stats, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(four(numm_stats, "show", "--toml").out)
    again = numm_stats("show", path, "--json").json
    assert again["facts"]["configurations"] == 4
    assert again == four(numm_stats, "show", "--json").json


def test_limit_is_the_average_with_the_single_ones(numm_stats):
    report = four(numm_stats, "limit", "--json").json
    assert set(report) >= FIELDS
    assert report["analysis"] == "borexino-phase2"
    assert (report["quantity"], report["unit"], report["calculator"]) == (
        "neutrino magnetic moment",
        "mu_B",
        "asymptotic",
    )
    assert report["observed"] is None
    assert [found["construction"] for found in report["limits"]] == ["cls", "delta-chi2", "delta-chi2"]
    for found in report["limits"]:
        assert set(found) >= FIELDS
        assert [single["analysis"] for single in found["configurations"]] == NAMES
        assert all(set(single) >= FIELDS for single in found["configurations"])
        singles = [single["expected"][2] for single in found["configurations"]]
        assert min(singles) <= found["expected"][2] <= max(singles)
        assert (found["spread"]["minimum"], found["spread"]["maximum"]) == (min(singles), max(singles))
    assert 1e-11 < report["expected"][2] < 1e-10
    assert report["versions"]["pyhf"] == pyhf.__version__


def test_limit_on_a_terminal(numm_stats):
    outcome = four(numm_stats, "limit", "--construction", "delta-chi2")
    assert outcome.code == 0, outcome.err
    for words in ("borexino-phase2", *NAMES, "average", "envelope", "delta-chi2 1.642", "delta-chi2 2.706"):
        assert words in outcome.out


def test_average_is_what_limit_gives_and_the_same_with_two_processes(numm_stats):
    construction = ("--construction", "delta-chi2", "--json")
    alone, two = (four(numm_stats, "average", *construction, "--jobs", jobs).json for jobs in (1, 2))
    limit = four(numm_stats, "limit", *construction).json
    assert alone["names"] == NAMES
    assert sum(alone["weights"]) == pytest.approx(1.0)
    for report in (two, limit):
        assert timeless(report) == timeless(alone)


def timeless(value):
    """A report without what it took."""
    if isinstance(value, dict):
        return {key: timeless(entry) for key, entry in value.items() if key != "seconds"}
    return [timeless(entry) for entry in value] if isinstance(value, list) else value


def test_limits_of_what_was_written_are_those_of_the_analysis(numm_stats, written):
    """Files and the analysis: the same average, in other words."""
    paths = [entry["workspace"] for entry in written["configurations"]]
    assert [Path(path).stem for path in paths] == NAMES
    files = numm_stats("average", *paths, "--construction", "delta-chi2", "--json").json
    analysis = four(numm_stats, "average", "--construction", "delta-chi2", "--json").json
    assert files["names"] == NAMES
    for theirs, ours in zip(files["limits"], analysis["limits"], strict=True):
        assert theirs["expected"][2] == pytest.approx(ours["expected"][2], rel=1e-9)


def test_workspaces_are_pyhfs(written):
    for entry in written["configurations"]:
        spec = json.loads(Path(entry["workspace"]).read_text())
        assert entry["sha256"] == digest(spec)
        workspace = pyhf.Workspace(spec)
        model = workspace.model()
        assert model.config.channels == [f"borexino-phase2-{Path(entry['workspace']).stem}", "gallium"]
        assert len(workspace.data(model)) == 21 + len(model.config.auxdata)


def test_one_configuration_is_an_analysis_like_any(numm_stats, tmp_path):
    path = tmp_path / "one.json"
    assert numm_stats("workspace", "borexino-phase2", *QUICK, *ONE, "-o", path).code == 0
    limits = [numm_stats("limit", *target, "--construction", "delta-chi2", "--json").json
              for target in (("borexino-phase2", *QUICK, *ONE), (path,))]  # fmt: skip
    assert limits[0]["expected"][2] == pytest.approx(limits[1]["expected"][2], rel=1e-9)
    assert "configurations" not in limits[0]
    outcome = numm_stats("fit", "borexino-phase2", *QUICK, *ONE)
    assert outcome.code == 0, outcome.err
    assert "Po210_rate" in outcome.out


def test_an_injected_moment_comes_back(numm_stats):
    report = four(numm_stats, "average", "--data", "asimov:8e-11", "--construction", "delta-chi2", "--json").json
    best = dict(zip(report["names"], report["best"], strict=True))
    # the truth's own model returns it; the other model of pile-up differs in the last hits of 14C
    assert best["within_230_ns-synthetic"] == pytest.approx(8e-11, rel=1e-3)
    assert best["within_400_ns-synthetic"] == pytest.approx(8e-11, rel=1e-3)
    assert best["within_230_ns-convolution"] == pytest.approx(8e-11, rel=0.05)


def test_the_plot_of_the_profiles(numm_stats, tmp_path):
    picture = tmp_path / "average.png"
    outcome = four(numm_stats, "limit", "--construction", "delta-chi2", "--plot", picture)
    assert outcome.code == 0, outcome.err
    assert picture.stat().st_size > 10_000
