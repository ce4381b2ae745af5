"""Saved histograms to a limit through the command line; two horn currents apart and together; `hist` reads ours."""

import json

import awkward as ak
import numpy as np
import pytest
import uproot

from numm_stats.cli.main import exit_code
from numm_stats.inference.limits import upper_limit
from numm_stats.inference.statmodel import read_workspace
from numm_stats.selections.build import select
from numm_stats.selections.reading import read_selection
from numm_stats.selections.root_histograms import contents
from numm_stats.selections.simulation import simulate
from numm_stats.verbs.loading import selection_text
from numm_stats.verbs.selecting import load_selection

PUBLISHED = """
name = "published"
[[observable]]
name = "energy"
label = "Energy"
unit = "GeV"
edges = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
[[category]]
name = "muon"
histogram = "subdir_muE_spectra"
[[category]]
name = "neutrino"
histogram = "subdir_numuE_spectra"
[exposure]
pot = 3.62e20
[signal]
kind = "magnetic-moment"
reference = 1e-9
histogram = "subdir_hadE_spectra"
[[systematic]]
name = "shape"
kind = "histograms"
up = { muon = "subdir_numuE_spectra" }
[[systematic]]
name = "flux"
kind = "normalisation"
size = 0.09
"""

FOLDED = """
name = "folded"
[response]
folder = "nova"
[exposure]
pot = 3.62e20
[signal]
kind = "magnetic-moment"
[[systematic]]
name = "flux"
kind = "normalisation"
size = 0.09
samples = ["weak", "signal"]
"""


def test_spectra_that_others_saved_become_a_workspace(numm_stats, tmp_path, shared):
    """A moment of nobody's, but their numbers: listed, scaled, merged into wider bins, in a workspace, with a limit."""
    path = shared / "data/cafana/spectra.root"
    names = [f"subdir_{name}_spectra" for name in ("hadE", "muE", "numuE")]
    assert numm_stats("select", "--list", path).code == 0
    (listed,) = numm_stats("select", "--list", path, "--pot", "3.62e20", "--json").json
    assert list(listed["spectra"]) == names
    assert {entry.name for entry in contents(path)} >= {f"{name}/hist" for name in names}
    (tmp_path / "published.toml").write_text(PUBLISHED)
    outcome = numm_stats("select", tmp_path / "published.toml", path, "-o", tmp_path / "w.json", "--json")
    assert outcome.err == ""
    report = outcome.json
    edges, counts = listed["spectra"][names[1]]["edges"][0], listed["spectra"][names[1]]["counts"]
    middles = (np.array(edges[1:]) + edges[:-1]) / 2.0
    expected = np.histogram(middles, bins=[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], weights=counts)[0]
    np.testing.assert_allclose(report["samples"]["muon"]["counts"], expected, rtol=1e-9)
    assert report["exposure"]["scale"] == pytest.approx(3.62e20 / report["exposure"]["simulated_pot"])
    limit = numm_stats("limit", tmp_path / "w.json", "--construction", "cls", "--json").json
    assert limit["expected"][2] == pytest.approx(report["expected"], rel=1e-6)
    assert "published.toml" not in numm_stats("select", tmp_path / "published.toml", path).err


@pytest.fixture
def response(tmp_path):
    """Recoils of 0.2 to 5 GeV, smeared into three bins, with the unit in the axis' title, background and data."""
    true, seen = np.array([0.2, 0.5, 1.0, 2.0, 5.0]), np.array([0.3, 0.9, 2.0, 5.0])
    smearing = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.0, 0.2, 0.8], [0.0, 0.0, 1.0]])
    counts = {"h_bkg": [40.0, 60.0, 50.0], "h_data": [200.0, 180.0, 250.0], "h_eff": [0.3, 0.5, 0.6, 0.6]}
    with uproot.recreate(tmp_path / "response.root") as out:
        for name, values in counts.items():
            out[f"nova/{name}"] = titled(np.array(values), true if name == "h_eff" else seen)
        out["nova/h_smear"] = titled(smearing, true, seen)
    (tmp_path / "folded.toml").write_text(FOLDED)
    return tmp_path / "folded.toml", tmp_path / "response.root"


def titled(values, *edges):
    axes = [
        uproot.writing.identify.to_TAxis(
            f"{name}axis", "Energy [GeV]", len(one) - 1, one[0], one[-1], fXbins=one.astype(">f8")
        )
        for name, one in zip("xy", edges, strict=False)
    ]
    flow = np.pad(values, 1)
    flat = np.ascontiguousarray(flow.T.reshape(-1))
    sums = {"fEntries": 1.0, "fTsumw": 1.0, "fTsumw2": 1.0, "fTsumwx": 1.0, "fTsumwx2": 1.0}
    if len(edges) == 1:
        empty = uproot.writing.identify.to_TAxis("yaxis", "", 1, 0.0, 1.0)
        return uproot.writing.identify.to_TH1x("h", "", flat, *sums.values(), np.array([]), axes[0], empty, empty)
    last = uproot.writing.identify.to_TAxis("zaxis", "", 1, 0.0, 1.0)
    more = {"fTsumwy": 1.0, "fTsumwy2": 1.0, "fTsumwxy": 1.0}
    return uproot.writing.identify.to_TH2x("h", "", flat, *sums.values(), *more.values(), np.array([]), *axes, last)


def test_a_folded_response_has_the_data_beside_it(numm_stats, response, tmp_path):
    """The limit is that of the workspace; with --data the data are Asimov's."""
    selection, path = response
    report = numm_stats("select", selection, path, "-o", tmp_path / "w.json", "--json").json
    spec = json.loads((tmp_path / "w.json").read_text())
    assert [one["data"] for one in spec["observations"]] == [[200.0, 180.0, 250.0]]
    assert report["data"]["samples"]["data"]["counts"] == [200.0, 180.0, 250.0]
    found = numm_stats("limit", tmp_path / "w.json", "--construction", "cls", "--json").json
    assert 0.3 * found["expected"][2] < found["observed"] < 3.0 * found["expected"][2]
    assert numm_stats("select", selection, path, "-o", tmp_path / "a.json", "--data", "asimov").code == 0
    found = numm_stats("limit", tmp_path / "a.json", "--construction", "cls", "--json").json
    assert found["observed"] is None
    assert found["expected"][2] == pytest.approx(report["expected"], rel=1e-6)
    assert report["warnings"] == ["h_bkg and h_data are taken to be of 3.62e+20 protons on target: state response.pot"]
    more = numm_stats("select", selection, path, "--pot", "7.24e20", "--json").json
    np.testing.assert_allclose(more["samples"]["weak"]["counts"], np.multiply(2, report["samples"]["weak"]["counts"]))
    assert more["samples"]["background"]["counts"] == [80.0, 120.0, 100.0]
    assert more["warnings"] == ["templates are of 7.24e+20 protons on target, the data of 3.62e+20"]
    printed = numm_stats("select", selection, path).out
    assert "1 file; 3.62e+20 POT." in printed
    assert "events left" not in printed


def test_another_exposure_leaves_the_limit_of_the_data_where_it_was(numm_stats, response):
    """Data are of the exposure that h_bkg is of, and templates follow them, as they follow real events."""
    selection, path = response
    text = selection.read_text()
    stated = text.replace('folder = "nova"', 'folder = "nova"\npot = 3.62e20')
    selection.write_text(stated.replace("[exposure]\npot = 3.62e20", "[exposure]\npot = 7.24e21"))
    found = numm_stats("select", selection, path, "--json").json
    selection.write_text(stated)
    expected = numm_stats("select", selection, path, "--json").json
    assert found == expected
    assert (found["exposure"]["pot"], found["warnings"]) == (3.62e20, [])
    selection.write_text(stated.replace("[exposure]\npot = 3.62e20", "[exposure]\npot = 7.24e21"))
    blind = numm_stats("select", selection, path, "--data", "asimov", "--json").json
    assert blind["samples"]["background"]["counts"] == [800.0, 1200.0, 1000.0]
    selection.write_text(text.replace("[exposure]\npot = 3.62e20", ""))
    outcome = numm_stats("select", selection, path, "--pot", "1e21")
    assert outcome.code == 2
    assert "does not say how many h_bkg and h_data are of: state response.pot" in outcome.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--events-of", __file__), "--events-of: data of saved histograms are [data] histogram, or h_data"),
        (("--skip-bad",), "--skip-bad is of events: selection 'folded' reads saved histograms"),
        (("--data", "observed"), "--data observed"),
    ],
)
def test_options_of_events_are_refused(numm_stats, response, options, message):
    outcome = numm_stats("select", *response, *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err


def test_the_file_with_histograms_is_not_overwritten(numm_stats, response):
    selection, path = response
    before = path.read_bytes()
    outcome = numm_stats("select", selection, path, "--histograms", path)
    assert outcome.code == 2
    assert path.read_bytes() == before


@pytest.fixture(scope="module")
def modes(tmp_path_factory):
    """Workspaces of nova-shape for each horn current, one parameter for each universe of the flux."""
    folder = tmp_path_factory.mktemp("modes")
    text = selection_text("nova-shape")
    assert text.count("share = 0.99") == 1
    (folder / "both.toml").write_text(text.replace("share = 0.99", "reduce = false"))
    for mode in ("forward", "reverse"):
        simulate(folder / mode, events=40_000, files=1, seed=2, mode=mode)
        command = ("select", folder / "both.toml", folder / mode / "*.root", "-o", folder / f"{mode}.json")
        assert exit_code([str(word) for word in command]) == 0
    return folder


def test_two_horn_currents_apart_and_together(numm_stats, modes, tmp_path):
    """Two selections joined by `combine`: what they share makes the limit weaker than two experiments would have."""
    common = ("calibration", "cross_section", "pile_up", "selection")
    sharing = {"nothing": (), "common": common, "flux": (*common, "flux_*")}
    limits = {mode: limit_of(modes / f"{mode}.json") for mode in ("forward", "reverse")}
    for name, keys in sharing.items():
        options = [option for key in keys for option in ("--share", key)]
        files = modes / "forward.json", modes / "reverse.json"
        outcome = numm_stats("combine", *files, *options, "-o", tmp_path / f"{name}.json")
        assert outcome.code == 0
        assert "flux_0" in outcome.out
        assert "flux_7" not in outcome.out
        assert max(map(len, outcome.out.splitlines())) < 200
        limits[name] = limit_of(tmp_path / f"{name}.json")
    assert limits["nothing"] < limits["common"] < limits["flux"] < min(limits["forward"], limits["reverse"])
    assert len(json.loads((tmp_path / "flux.json").read_text())["channels"]) == 4


def test_universes_of_both_horn_currents_have_their_covariance(modes):
    """Forward against reverse too: throws of the flux are the same in both, so that parameters of one name are."""
    shifts, universes, counts = [], [], []
    for mode in ("forward", "reverse"):
        selected = select(read_selection(modes / "both.toml"), [str(modes / mode / "*.root")])
        nc = selected.samples["nc"]
        shifts.append([nc.variations[f"flux_{u}"][0].values().ravel() - nc.counts.ravel() for u in range(20)])
        tree = uproot.concatenate(f"{modes / mode}/*.root:recTree", filter_name=[*SEEN.values(), f"{PNG}.*"])
        kept, moved = by_numpy(tree)
        scale = selected.exposure.scale
        counts.append(scale * kept)
        universes.append(scale * moved)
    found = np.concatenate(shifts, axis=1)
    expected = (np.concatenate(universes, axis=1) - np.concatenate(counts)) / np.sqrt(20)
    np.testing.assert_allclose(found.T @ found, expected.T @ expected, rtol=1e-6, atol=1e-9)


PNG = "rec.vtx.elastic.fuzzyk.png.shwlid"
SEEN = {
    "one": "rec.vtx.elastic.fuzzyk.npng",
    "contained": "rec.sel.nuone.contained",
    "nuoneid": "rec.sel.nuone.nuoneid",
    "epi0nuoneid": "rec.sel.nuone.epi0nuoneid",
    "type": "rec.mc.nu.inttype",
    "iscc": "rec.mc.nu.iscc",
    "weight": "rec.mc.nu.wgt",
    "universes": "rec.mc.nu.rwgt.ppfx.vuniv",
}


def by_numpy(tree):
    """Counts (18,) of neutral currents and those of each universe (20, 18)."""
    x = {key: tree[name] for key, name in SEEN.items()}
    cut = (x["one"] == 1) & x["contained"] & (x["nuoneid"] > 0.73) & (x["epi0nuoneid"] > 0.92)
    cut = cut & (x["type"] != 1098) & (x["iscc"] != 1)
    energy, theta = (ak.to_numpy(tree[f"{PNG}.{name}"][cut][:, 0]).astype(float) for name in ("calE", "theta"))
    bins = [0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0], [0.0, 0.005, 0.040]
    weight, universes = (ak.to_numpy(x[key][cut]).astype(float) for key in ("weight", "universes"))
    factors = [np.ones(len(weight)), *universes.T]
    rows = [np.histogram2d(energy, energy * theta**2, bins=bins, weights=weight * f)[0].ravel() for f in factors]
    return rows[0], np.array(rows[1:])


def limit_of(path):
    spec = json.loads(path.read_text())
    model = read_workspace(spec)
    reference = float(model.poi.split("_")[3])
    return reference * upper_limit(model, "cls").median ** 0.5


def test_hist_reads_ours(tmp_path):
    """`hist` finds names and labels of the axes where boost-histogram keeps them."""
    hist = pytest.importorskip("hist", reason="hist is not installed")
    paths = simulate(tmp_path, events=5_000, files=1, seed=1)
    selected = select(load_selection("nova-shape"), [str(path) for path in paths])
    for name, ours in selected.items():
        theirs = hist.Hist(ours)
        assert [axis.name for axis in theirs.axes] == ["energy", "region"]
        assert [axis.label for axis in theirs.axes] == ["Shower energy [GeV]", "E theta^2 [GeV rad^2]"]
        np.testing.assert_array_equal(theirs.values(), ours.values())
        projected = theirs.project("energy")
        np.testing.assert_allclose(projected.values(), ours.values().sum(axis=1), err_msg=name)
        assert theirs[{"region": 0}].axes[0].name == "energy"
