"""Each command does what its line in the README says, on a terminal and as JSON."""

import json
import subprocess
import sys

import pytest

from numm_stats.analyses.analysis import Analysis
from numm_stats.cli.main import COMMANDS
from numm_stats.verbs.loading import catalogue, load, selections


def test_help_names_every_command(numm_stats):
    outcome = numm_stats("--help")
    assert outcome.code == 0
    assert all(f"  {name} " in outcome.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(numm_stats, name):
    outcome = numm_stats(name, "--help")
    assert outcome.code == 0
    assert f"numm-stats {name}" in outcome.out.split("Example:")[1]


def test_version(numm_stats):
    assert numm_stats("--version").out.startswith("numm-stats, version 0.")


def test_list_has_one_line_for_each_entry(numm_stats):
    lines = numm_stats("list").out.splitlines()
    assert len(lines) == len(catalogue()) + len(selections())
    assert any(line.startswith("nova-counting ") for line in lines[:-1])
    assert lines[-1].startswith("nova-shape ")
    assert [entry["name"] for entry in numm_stats("list", "--json").json] == [line.split()[0] for line in lines]


def test_show_prints_samples_and_facts(numm_stats):
    outcome = numm_stats("show", "isodar-juno-0.2mev")
    assert "normalisation 0.7 %" in outcome.out
    assert "118 from 0.2 to 12 MeV" in outcome.out
    samples = {sample["name"]: sample for sample in numm_stats("show", "isodar-juno-0.2mev", "--json").json["samples"]}
    assert samples["weak"]["events"] == pytest.approx(280000)


def test_show_of_a_workspace(numm_stats, repository):
    report = numm_stats("show", repository / "workspaces" / "nova-counting" / "workspace.json", "--json").json
    assert report["facts"]["observed"] == 25.0
    assert len(report["samples"]) == 2


def test_show_toml_is_an_analysis_to_start_from(numm_stats, tmp_path):
    """The second acceptance of counts of one's own: a file made by `show --toml` gives an observed limit."""
    text = numm_stats("show", "nova-counting", "--toml").out
    mine = tmp_path / "mine.toml"
    mine.write_text(text.replace("values = [25]", "values = [31]").replace('"nova-counting"', '"mine"'))
    report = numm_stats("limit", mine, "--construction", "cls", "--json").json
    assert report["analysis"] == "mine"
    assert report["observed"] > numm_stats("limit", "nova-counting", "--json").json["observed"]


def test_show_toml_after_set_gives_the_changed_analysis(numm_stats, tmp_path):
    text = numm_stats("show", "isodar-sno-0.2mev", "--set", "exposure.events=500", "--toml").out
    path = tmp_path / "changed.toml"
    path.write_text(text)
    changed = load(path)
    assert isinstance(changed, Analysis)
    assert changed.exposure.events == 500


def test_limit_prints_both_constructions_without_being_asked(numm_stats):
    outcome = numm_stats("limit", "isodar-juno-0.2mev")
    assert "cls" in outcome.out
    assert "delta-chi2 1.642" in outcome.out
    assert "delta-chi2 2.706" in outcome.out
    assert "Asimov" in outcome.err


PROMISED = {
    "analysis",
    "quantity",
    "unit",
    "confidence_level",
    "construction",
    "calculator",
    "observed",
    "expected",
    "uncertainty",
    "poi",
    "warnings",
    "versions",
}


@pytest.mark.parametrize("options", [[], ["--construction", "cls"], ["--construction", "delta-chi2"]])
def test_limit_json_has_the_promised_fields(numm_stats, options):
    report = numm_stats("limit", "nova-counting", "--json", *options).json
    assert set(report) >= PROMISED
    assert set(report["poi"]) == {"name", "reference", "observed", "expected"}
    assert len(report["expected"]) == 5
    assert report["unit"] == "mu_B"


def test_limit_all_is_a_list_of_such_objects(numm_stats):
    report = numm_stats("limit", "nova-counting", "--construction", "all", "--json").json
    assert [limit["construction"] for limit in report["limits"]] == [
        "cls", "clsb", "pcl", "delta-chi2", "delta-chi2", "bayes", "bayes",
    ]  # fmt: skip
    assert [limit["prior"] for limit in report["limits"][-2:]] == [
        "flat in neutrino magnetic moment^2",
        "flat in neutrino magnetic moment",
    ]
    assert all(set(limit) >= PROMISED for limit in report["limits"])


def test_limit_prints_clsb_and_pcl_only_when_asked(numm_stats):
    default, every = numm_stats("limit", "nova-counting"), numm_stats("limit", "nova-counting", "--construction", "all")
    for name in ("clsb", "pcl"):
        assert f" {name} " not in default.out
        assert f" {name} " in every.out
        alone = numm_stats("limit", "nova-counting", "--construction", name, "--json").json
        assert alone["construction"] == name


def test_map_takes_a_rise_alone(numm_stats):
    report = numm_stats("map", "isodar-sno-0.2mev-vector", "--masses", "1", "--delta-chi2", "2.706", "--json").json
    assert (report["construction"], report["delta_chi2"]) == ("delta-chi2", 2.706)
    for name in ("clsb", "pcl"):
        command = ("map", "isodar-sno-0.2mev-vector", "--masses", "1", "--construction", name, "--json")
        assert numm_stats(*command).json["construction"] == name


def test_observed_is_null_for_asimov_data(numm_stats):
    report = numm_stats("limit", "nova-counting", "--data", "asimov", "--json").json
    assert report["observed"] is None
    assert report["expected"][2] is not None


def test_an_injected_moment_is_found_again(numm_stats):
    report = numm_stats("scan", "isodar-juno-0.2mev", "--data", "asimov:2e-11", "--json").json
    assert report["mu_hat"] == pytest.approx(4.0, rel=1e-6)  # (2e-11 / reference 1e-11)^2


def test_a_workspace_file_gives_the_limit_of_its_analysis(numm_stats, tmp_path):
    path = tmp_path / "w.json"
    assert numm_stats("workspace", "nova-counting", "-o", path).code == 0
    from_file = numm_stats("limit", path, "--json").json
    direct = numm_stats("limit", "nova-counting", "--json").json
    assert from_file["observed"] == pytest.approx(direct["observed"], rel=1e-8)
    assert from_file["quantity"] == "neutrino magnetic moment"


def test_data_asimov_keeps_a_workspace_blind(numm_stats, repository):
    path = repository / "workspaces" / "nova-counting" / "workspace.json"
    assert numm_stats("limit", path, "--data", "asimov", "--json").json["observed"] is None


def test_a_foreign_parameter_is_its_own_quantity(numm_stats, tmp_path):
    spec = {
        "channels": [
            {
                "name": "c",
                "samples": [
                    {"name": "s", "data": [3.0], "modifiers": [{"name": "mu", "type": "normfactor", "data": None}]},
                    {"name": "b", "data": [50.0], "modifiers": []},
                ],
            }
        ],
        "observations": [{"name": "c", "data": [51.0]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }
    path = tmp_path / "foreign.json"
    path.write_text(json.dumps(spec))
    report = numm_stats("limit", path, "--construction", "cls", "--json").json
    assert (report["quantity"], report["unit"]) == ("mu", "1")
    assert report["observed"] == report["poi"]["observed"]


def test_workspace_goes_to_standard_output_without_a_file(numm_stats):
    assert json.loads(numm_stats("workspace", "nova-counting").out)["version"] == "1.0.0"


def test_fit_prints_values_and_correlations(numm_stats):
    outcome = numm_stats("fit", "nova-counting", "--minos", "mu_nu2_over_1.5e-9_squared")
    assert "Strongest correlations" in outcome.out
    report = numm_stats("fit", "nova-counting", "--json", "--minos", "background").json
    assert report["valid"]
    assert [p["name"] for p in report["parameters"]] == ["mu_nu2_over_1.5e-9_squared", "background"]


def test_scan_and_map_and_cross_section_print_tables(numm_stats):
    assert "-2 ln lambda" in numm_stats("scan", "nova-counting", "--points", 5).out
    assert "mass [MeV]" in numm_stats("map", "isodar-sno-0.2mev-vector", "--masses", "0,1").out
    assert "Totals" in numm_stats("cross-section", "--energy", 6.4).out
    angle = numm_stats("cross-section", "--energy", 6.4, "--variable", "angle", "--at", "0.5,1", "--json").json
    assert angle["unit"] == "cm2"


def test_map_json_has_a_point_for_each_mass(numm_stats):
    report = numm_stats("map", "isodar-sno-0.2mev-vector", "--masses", "0,1,10", "--json").json
    medians = [point["expected"][2] for point in report["points"]]
    assert medians == sorted(medians)


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "isodar-juno-0.2mev"],
        ["scan", "nova-counting", "--points", "9"],
        ["limit", "nova-counting"],
        ["map", "isodar-sno-0.2mev-vector", "--masses", "0,1"],
        ["impacts", "nova-counting"],
        ["contour", "nova-counting", "--with", "background"],
        ["cross-section", "--energy", "6.4", "--mediator", "vector"],
    ],
)
def test_plots_are_written(numm_stats, tmp_path, arguments):
    path = tmp_path / "figure.svg"
    assert numm_stats(*arguments, "--plot", path).code == 0
    assert "<svg" in path.read_text()


def test_json_is_all_that_goes_to_standard_output(tmp_path):
    """As a program would run it: in a process of its own, with a plot beside the JSON."""
    command = [sys.executable, "-m", "numm_stats", "limit", "nova-counting", "--json", "--plot", tmp_path / "l.png"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["analysis"] == "nova-counting"


def test_help_imports_none_of_the_heavy_libraries():
    code = (
        "import sys; from numm_stats.cli.main import exit_code; exit_code(['--help']);"
        "print([m for m in ('numpy', 'scipy', 'pyhf', 'pydantic', 'rich', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_limit_needs_neither_matplotlib_nor_uproot():
    code = (
        "import sys; from numm_stats.cli.main import exit_code; exit_code(['limit', 'nova-counting']);"
        "print([m for m in ('matplotlib', 'uproot') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
