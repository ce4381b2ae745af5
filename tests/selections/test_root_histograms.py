"""Listing ROOT files and reading their histograms: what ROOT and uproot wrote, in every number type and compression."""

from pathlib import Path

import awkward as ak
import boost_histogram as bh
import numpy as np
import pytest
import uproot

from numm_stats.errors import InputError
from numm_stats.selections.root_histograms import contents, read_histogram, read_histograms

BY_ROOT = Path(__file__).with_name("spectra_by_root.root")


@pytest.fixture(scope="module")
def listed():
    return {entry.name: entry for entry in contents(BY_ROOT)}


@pytest.mark.parametrize("kind", "CSIFD")
def test_unweighted_histograms_of_each_number_type(kind, listed):
    assert listed[f"plain_{kind}"].line == f"plain_{kind}: TH1{kind}, 4 entries, 2 bins"
    histogram = read_histogram(BY_ROOT, f"plain_{kind}")
    assert histogram.values(flow=True).tolist() == [0.0, 2.0, 1.0, 1.0]
    assert histogram.variances().tolist() == [2.0, 1.0]
    assert histogram.storage_type is bh.storage.Double
    assert histogram.axes[0].__dict__ == {"name": "xaxis", "label": "Energy [GeV]", "unit": "GeV"}
    assert (histogram.name, histogram.label) == (f"plain_{kind}", "no weights")


def test_weighted_plane_of_floats(listed):
    assert listed["weighted"].bins == (2, 3)
    histogram = read_histogram(BY_ROOT, "weighted")
    assert histogram.values().tolist() == [[0.0, 0.75, 0.0], [0.0, 0.0, -1.0]]
    assert histogram.variances().tolist() == [[0.0, 0.3125, 0.0], [0.0, 0.0, 1.0]]
    assert histogram.values(flow=True)[-1, -1] == 3.0
    assert [axis.label for axis in histogram.axes] == ["x [cm]", "y [m]"]
    assert isinstance(histogram.axes[0], bh.axis.Regular)
    assert histogram.axes[1].edges.tolist() == [0.0, 1.0, 2.0, 4.0]


def test_trees_have_branches_with_types(listed):
    tree = listed["recTree"]
    assert tree.line == "recTree: TTree, 3 entries, 2 branches"
    assert {b.name: b.type for b in tree.branches} == {"rec.mc.nu.E": "double", "shwlid.calE": "std::vector<float>"}


def test_what_is_listed_but_not_read(listed):
    assert listed["line"].line == "line: TDirectory"
    with pytest.raises(InputError, match="'profile' is a TProfile; allowed: TH1C, "):
        read_histogram(BY_ROOT, "profile")


@pytest.mark.parametrize("compression", [None, uproot.ZLIB(4), uproot.LZMA(4), uproot.LZ4(4), uproot.ZSTD(4)])
def test_compressions_jagged_trees_and_tuples(tmp_path, compression):
    path, counts = tmp_path / "file.root", np.arange(200.0)
    with uproot.recreate(path, compression=compression) as out:
        out["many"] = (counts, np.linspace(0.0, 1.0, 201))
        out.mktree("events", {"E": "float64", "shower": "var * float32"}).extend(
            {"E": np.array([1.0, 2.0]), "shower": ak.Array([[1.0], [2.0, 3.0]])}
        )
    listed = {entry.name: entry for entry in contents(path)}
    assert listed["events"].entries == 2
    assert {b.name: b.type for b in listed["events"].branches}["shower"] == "float[]"
    assert read_histogram(path, "many").values().tolist() == counts.tolist()


def test_several_at_once_and_the_nearest_name(tmp_path):
    path = tmp_path / "file.root"
    with uproot.recreate(path) as out:
        for name in ("signal", "background"):
            out[name] = (np.ones(2), np.array([0.0, 1.0, 2.0]))
    assert [h.sum() for h in read_histograms(path, ["signal", "background"]).values()] == [2.0, 2.0]
    with pytest.raises(
        InputError, match=r"file.root: no 'sigmal' in the file, did you mean 'signal'\?; it has signal, "
    ):
        read_histogram(path, "sigmal")


def test_only_flow_is_empty(tmp_path):
    histogram = bh.Histogram(bh.axis.Regular(2, 0.0, 1.0)).fill([5.0])
    with uproot.recreate(tmp_path / "file.root") as out:
        out["h"] = histogram
    with pytest.raises(InputError, match=r"'h' is empty: .*, all of it is in underflow and overflow"):
        read_histogram(tmp_path / "file.root", "h")


def test_published_files_are_listed_and_read(shared):
    for path in [*sorted((shared / "data/nova-flux").glob("*.root")), *(shared / "data/cafana").glob("*.root")]:
        entries = contents(path)
        assert entries
        for entry in entries:
            if entry.bins:
                assert read_histogram(path, entry.name, may_be_empty=True).axes[0].size == entry.bins[0]
