"""`numm-stats select`: what it prints and writes, real events, other people's files, and simulated ones."""

import json
import tomllib

import awkward as ak
import numpy as np
import pytest
import uproot

from numm_stats.selections.simulation import simulate
from numm_stats.selections.writing_json import read_json_histograms
from numm_stats.verbs.loading import selection_text

PNG = "rec.vtx.elastic.fuzzyk.png.shwlid"
SEEN = ("rec.vtx.elastic.fuzzyk.npng", *(f"rec.sel.nuone.{name}" for name in ("contained", "nuoneid", "epi0nuoneid")))
COMPRESSIONS = {
    "none": None,
    "zlib": uproot.ZLIB(1),
    "lzma": uproot.LZMA(1),
    "lz4": uproot.LZ4(1),
    "zstd": uproot.ZSTD(1),
}


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    """60,000 simulated events in three files, 6e20 protons on target, as a glob."""
    folder = tmp_path_factory.mktemp("nova")
    simulate(folder, events=60_000, files=3, seed=3)
    return folder / "*.root"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A file as an experiment has it: 1.2e20 protons on target, no truth, no weights; and the counts (9, 2) in it."""
    folder = tmp_path_factory.mktemp("data")
    (path,) = simulate(folder, events=20_000, files=1, seed=7)
    tree = uproot.concatenate(f"{path}:recTree", library="ak")
    happened = np.random.default_rng(1).poisson(0.6 * ak.to_numpy(tree["rec.mc.nu.wgt"]))
    tree = tree[np.repeat(np.arange(len(tree)), happened)]
    columns = {name: ak.to_numpy(tree[name]) for name in SEEN} | {
        f"{PNG}.{name}": ak.values_astype(tree[f"{PNG}.{name}"], np.float32) for name in ("calE", "theta")
    }
    with uproot.recreate(folder / "data.root") as file:
        types = {name: "var * float32" if name.startswith(PNG) else values.dtype for name, values in columns.items()}
        file.mktree("recTree", types).extend(columns)
        file["TotalPOT"] = np.array([1.2e20]), np.array([0.0, 1.0])
    one = (columns[SEEN[0]] == 1) & columns[SEEN[1]]
    chosen = tree[one & (columns[SEEN[2]].astype(float) > 0.73) & (columns[SEEN[3]].astype(float) > 0.92)]
    energy, theta = (ak.to_numpy(chosen[f"{PNG}.{name}"][:, 0]).astype(float) for name in ("calE", "theta"))
    edges = [each["edges"] for each in tomllib.loads(selection_text("nova-shape"))["observable"]]
    return folder / "data.root", np.histogram2d(energy, energy * theta**2, bins=edges)[0]


def test_what_a_terminal_shows(numm_stats, events, tmp_path):
    outcome = numm_stats(
        "select", "nova-shape", events, "-o", tmp_path / "nova.json", "--histograms", tmp_path / "h.root"
    )
    assert outcome.code == 0
    assert "nova-shape: events left" in outcome.out
    assert "inside of the binning" in outcome.out
    assert "3 files; scaled by 0.6033 to 3.62e+20 POT." in outcome.out
    assert f"{tmp_path}/nova.json: sha256 " in outcome.err
    said = next(line for line in outcome.err.splitlines() if line.startswith("expected CLs limit at 90 %: "))
    shape, counting = (float(word) for word in said.replace(";", " ").split() if "e-09" in word)
    assert 1e-9 < shape < 0.9 * counting < 3e-9
    assert "warning" not in outcome.err  # the edges of nova-shape are cuts, and it says so
    assert sorted(path.name for path in tmp_path.iterdir()) == ["h.root", "nova.json"]


def test_json_is_the_whole_report(numm_stats, events, tmp_path):
    outcome = numm_stats("select", "nova-shape", events, "-o", tmp_path / "nova.json", "--json")
    assert outcome.err == ""
    report = outcome.json
    assert set(report["samples"]) == {"signal", "elastic", "numu_cc", "nue_cc", "nc"}
    assert report["exposure"]["simulated_pot"] == pytest.approx(6e20)
    assert report["expected"] < report["expected_counting"]
    assert report["data"] is None
    assert report["workspace"] == str(tmp_path / "nova.json")
    found = numm_stats("limit", tmp_path / "nova.json", "--construction", "cls", "--json").json
    assert found["expected"][2] == pytest.approx(report["expected"], rel=1e-6)


def test_two_processes_give_the_same_bits(numm_stats, events, tmp_path):
    for jobs in (1, 2):
        outputs = "-o", tmp_path / f"{jobs}.json", "--histograms", tmp_path / f"h{jobs}.json"
        assert numm_stats("select", "nova-shape", events, *outputs, "--jobs", jobs).code == 0
    for name in ("{}.json", "h{}.json"):
        assert (tmp_path / name.format(1)).read_bytes() == (tmp_path / name.format(2)).read_bytes()


def test_histograms_are_read_back(numm_stats, events, tmp_path):
    """By uproot and from JSON: counts and squares of uncertainties, shapes up and down, names and edges."""
    command = ("select", "nova-shape", events, "--json")
    report, _ = (numm_stats(*command, "--histograms", tmp_path / f"h.{kind}").json for kind in ("root", "json"))
    by_json = read_json_histograms(tmp_path / "h.json")
    with uproot.open(tmp_path / "h.root") as file:
        assert set(file.keys(cycle=False)) == set(by_json)
        for name, sample in report["samples"].items():
            for found in (file[name], by_json[name]):
                np.testing.assert_allclose(found.values(), sample["counts"], rtol=1e-12)
                np.testing.assert_allclose(found.variances(), np.square(sample["statistical"]), rtol=1e-12)
            for systematic, sides in sample["variations"].items():
                for side, counts in sides.items():
                    for found in (file[f"{name}_{systematic}_{side}"], by_json[f"{name}_{systematic}_{side}"]):
                        np.testing.assert_allclose(found.values(), counts, rtol=1e-12)
        edges = [one["edges"] for one in report["observables"]]
        for axis, expected in enumerate(edges):
            assert file["nc"].axis(axis).edges().tolist() == by_json["nc"].axes[axis].edges.tolist() == expected
        assert file["nc"].axis(0).member("fTitle") == by_json["nc"].axes[0].label == "Shower energy [GeV]"
    listing = numm_stats("select", "--list", tmp_path / "h.root").out
    assert "9 x 2 bins" in listing


def test_all_that_is_written_is_at_one_reference(numm_stats, events, tmp_path):
    """Table, report, titles of histograms and workspace: the moment that stands in the parameter's name."""
    command = ("select", "nova-shape", events, "-o", tmp_path / "w.json", "--histograms", tmp_path / "h.root")
    report = numm_stats(*command, "--json").json
    spec = json.loads((tmp_path / "w.json").read_text())
    assert float(spec["measurements"][0]["config"]["poi"].split("_")[3]) == report["reference"]
    samples = [{one["name"]: one["data"] for one in channel["samples"]} for channel in spec["channels"]]
    signal = np.transpose([each["signal"] for each in samples])
    np.testing.assert_allclose(report["samples"]["signal"]["counts"], signal)
    with uproot.open(tmp_path / "h.root") as file:
        np.testing.assert_allclose(file["signal"].values(), signal)
        assert file["signal"].title == f"signal of a moment of {report['reference']:g} mu_B"
    said = f"The signal is that of a moment of {report['reference']:g} mu_B."
    assert said in numm_stats(*command).out
    assert "The signal is that of a moment of 1e-09 mu_B." in numm_stats("select", "nova-shape", events).out


def test_protons_on_target_scale_the_templates(numm_stats, events):
    double, once = (numm_stats("select", "nova-shape", events, "--pot", pot, "--json").json for pot in (1.2e21, 6e20))
    assert (once["exposure"]["pot"], once["exposure"]["scale"]) == (6e20, pytest.approx(1.0))
    for name, sample in once["samples"].items():
        assert double["samples"][name]["counts"] == pytest.approx(2.0 * np.array(sample["counts"]))


def test_an_injected_moment_is_in_the_data(numm_stats, events, tmp_path):
    options = ("-o", tmp_path / "nova.json", "--data", "asimov:3e-9")
    assert numm_stats("select", "nova-shape", events, *options).code == 0
    assert numm_stats("significance", tmp_path / "nova.json", "--json").json["significance"] > 5.0


def test_real_events_are_the_observed_counts(numm_stats, events, data, tmp_path):
    """Templates stand for the exposure of the data, and `limit` has an observed value."""
    path, counts = data
    command = ("select", "nova-shape", events, "--events-of", path, "-o", tmp_path / "nova.json")
    report = numm_stats(*command, "--json").json
    spec = json.loads((tmp_path / "nova.json").read_text())
    observed = {one["name"]: one["data"] for one in spec["observations"]}
    assert np.transpose([observed[f"nova-shape_region_{k}"] for k in (0, 1)]).tolist() == counts.tolist()
    assert (report["exposure"]["pot"], report["exposure"]["scale"]) == (1.2e20, pytest.approx(0.2))
    assert report["data"]["samples"]["data"]["counts"] == counts.tolist()
    expected = sum(np.sum(sample["counts"]) for name, sample in report["samples"].items() if name != "signal")
    assert abs(counts.sum() - expected) < 4.0 * np.sqrt(2.0 * expected)  # both fluctuate
    found = numm_stats("limit", tmp_path / "nova.json", "--construction", "cls", "--json").json
    assert 0.3 * found["expected"][2] < found["observed"] < 3.0 * found["expected"][2]
    printed = numm_stats(*command, "--histograms", tmp_path / "h.json")
    assert f"{counts.sum():.0f}" in next(line for line in printed.out.splitlines() if line.startswith(" data "))
    assert "warning" not in printed.err
    np.testing.assert_array_equal(read_json_histograms(tmp_path / "h.json")["data"].values(), counts)


def test_another_exposure_than_the_datas_is_told(numm_stats, events, data):
    outcome = numm_stats("select", "nova-shape", events, "--events-of", data[0], "--pot", "3e20", "--json")
    assert outcome.json["exposure"]["pot"] == 3e20
    assert "templates are of 3e+20 protons on target, the data of 1.2e+20" in outcome.json["warnings"]


@pytest.mark.parametrize(
    ("table", "taken"),
    [({"pot": 3e20, "simulated_pot": 6e20}, "3e+20 protons on target"), (None, "the templates' exposure")],
)
def test_data_of_unknown_exposure_are_told(numm_stats, small, table, taken):
    """One number for all simulated files, or none at all, says nothing of the data."""
    path = small.events("a.root")
    selection = small.selection({"exposure": table}, without=None if table else "exposure")
    warnings = numm_stats("select", selection, path, "--events-of", path, "--json").json["warnings"]
    assert f"the data do not say their exposure; they are taken to be of {taken}" in warnings


def test_skip_bad_names_the_file_and_the_exposure_lost(numm_stats, events, data, tmp_path):
    """Of the simulated files, and of the data."""
    bad = tmp_path / "bad.root"
    bad.write_bytes(data[0].read_bytes()[:200])
    command = ("select", "nova-shape", events, "--events-of", data[0], "--skip-bad")
    outcome = numm_stats(*command, bad)
    assert outcome.code == 0
    assert (
        f"warning: skipped {bad} (1 of 4 files is bad; about 2e+20 of 8e+20 protons on target lost, 25.00%): "
        in outcome.err
    )
    assert "Skipped " in outcome.out
    outcome = numm_stats(*command, "--events-of", bad)
    assert outcome.code == 0
    assert f"warning: data: skipped {bad} (1 of 2 files is bad; about 1.2e+20 of 2.4e+20 protons" in outcome.err


def test_a_selection_of_ones_own(numm_stats, small, tmp_path):
    """Its globs are relative to its folder, and histograms need no signal."""
    for seed in range(3):
        small.events(f"simulated/{seed}.root", seed=seed)
    files = {"files": ["simulated/*.root"]}
    report = numm_stats("select", small.selection(files), "-o", tmp_path / "small.json", "--json").json
    assert len(report["exposure"]["files"]) == 3
    assert [channel["name"] for channel in json.loads((tmp_path / "small.json").read_text())["channels"]] == ["small"]
    assert numm_stats("limit", tmp_path / "small.json", "--json").code == 0
    selection = small.selection(files, without="signal")
    assert numm_stats("select", selection, "--histograms", tmp_path / "small.root").code == 0
    with uproot.open(tmp_path / "small.root") as file:
        assert file["elastic"].values().sum() == pytest.approx(np.sum(report["samples"]["elastic"]["counts"]))


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_every_compression(numm_stats, small, name):
    """The same numbers of a tree with jagged branches, however it was compressed."""
    path, plain = small.events("a.root", 3000, compression=COMPRESSIONS[name]), small.events("plain.root", 3000)
    found, expected = (numm_stats("select", small.selection(), one, "--json").json["samples"] for one in (path, plain))
    assert found == expected
    assert "  png.E " in numm_stats("select", "--list", path).out


def test_list_of_a_simulated_file(numm_stats, events):
    outcome = numm_stats("select", "--list", events)
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert any(line.split() == ["recTree", "TTree", "20000", "entries"] for line in lines)
    assert any(line.split() == [f"{PNG}.calE", "float[]"] for line in lines)
    first, *_ = numm_stats("select", "--list", events, "--json").json
    assert [entry["name"] for entry in first["contents"]] == ["recTree", "TotalPOT", "spillTree"]


def test_flux_files_of_others_are_listed(numm_stats, shared):
    outcome = numm_stats("select", "--list", shared / "data" / "nova-flux" / "*.root")
    assert outcome.code == 0
    assert "38 bins, 1.15772e+07 entries" in outcome.out
    forward, reverse = numm_stats("select", "--list", shared / "data" / "nova-flux" / "*.root", "--json").json
    assert {entry["class_name"] for entry in forward["contents"] + reverse["contents"]} == {"TH1D"}
    assert len(forward["contents"]) == 8


def test_saved_spectra_of_others_are_scaled(numm_stats, shared):
    path = shared / "data" / "cafana" / "spectra.root"
    (own,), (scaled,) = (numm_stats("select", "--list", path, *pot, "--json").json for pot in ((), ("--pot", "1e20")))
    with uproot.open(path) as file:
        for name, spectrum in scaled["spectra"].items():
            counts, pot = file[f"{name}/hist"].values(), float(file[f"{name}/pot"].values().sum())
            assert spectrum["counts"] == pytest.approx(counts * 1e20 / pot)
            assert (spectrum["pot"], own["spectra"][name]["pot"]) == (1e20, pytest.approx(pot))
            assert own["spectra"][name]["counts"] == pytest.approx(counts)
            assert len(spectrum["edges"][0]) == len(counts) + 1
    assert len(scaled["spectra"]) == 3
    assert "subdir_hadE_spectra: 145928 counts at 5.937e+23 POT." in numm_stats("select", "--list", path).out


def test_spectra_that_cannot_be_read_do_not_hide_the_others(numm_stats, repository):
    path = repository / "tests" / "selections" / "spectra_by_root.root"
    outcome = numm_stats("select", "--list", path, "--pot", "5e19")
    assert outcome.code == 0
    assert "line: 6.5 counts at 5e+19 POT." in outcome.out
    assert "cube: 'cube/hist' has 3 axes; allowed: one or two" in outcome.out
    (report,) = numm_stats("select", "--list", path, "--json").json
    assert np.shape(report["spectra"]["plane"]["counts"]) == (2, 3)
    assert {"cube", "misfit"} <= set(report["faults"])


def test_simulation_is_the_same_for_the_same_seed(numm_stats, tmp_path):
    """With any number of processes."""
    command = ("select", "--events", 900, "--number", 3, "--seed", 5, "--simulate")
    assert numm_stats(*command, tmp_path / "a").err == f"3 files with 900 events in {tmp_path}/a\n"
    report = numm_stats(*command, tmp_path / "b", "--jobs", 2, "--json").json
    assert (report["events"], report["seed"]) == (900, 5)
    for path in report["files"]:
        name = path.rpartition("/")[2]
        one, other = (uproot.concatenate(f"{tmp_path}/{folder}/{name}:recTree", library="ak") for folder in "ab")
        assert len(one) == 300
        assert ak.array_equal(one, other)
