"""Histograms into ROOT files and JSON, and back."""

import copy
import json

import boost_histogram as bh
import numpy as np
import pytest
import uproot
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.selections.root_histograms import read_histogram, read_histograms
from numm_stats.selections.writing import complete, write_root
from numm_stats.selections.writing_json import from_json, read_json_histograms, to_json, write_json
from numm_stats.templates.templates import histogram


def plane():
    energy = {"name": "energy", "label": "Energy (GeV)", "unit": "GeV"}
    filled = bh.Histogram(
        bh.axis.Variable([0.0, 1.0, 3.0], __dict__=energy),
        bh.axis.Regular(3, 0.0, 1.0, overflow=False, __dict__={"name": "theta2", "label": "T theta2"}),
        storage=bh.storage.Weight(),
    )
    filled.fill([0.5, 2.0, 5.0, -1.0], [0.1, 0.5, 0.7, 0.2], weight=[1.0, 2.5, 3.0, -4.0])
    filled.__dict__.update(name="plane", label="nu-e elastic")
    return filled


@pytest.fixture
def several():
    whole = bh.Histogram(bh.axis.Integer(0, 4, underflow=False), storage=bh.storage.Int64()).fill([1, 2, 2, 7])
    return {"nue/plane": plane(), "recoil": histogram(np.array([3.0, 1.0]), np.array([0.2, 0.5, 1.0])), "whole": whole}


def test_root_files_hold_all_that_was_written(several, tmp_path):
    write_root(tmp_path / "out.root", several)
    for name, found in read_histograms(tmp_path / "out.root", several).items():
        expected = complete(several[name], name)
        assert np.array_equal(found.values(flow=True), expected.values(flow=True))
        assert np.array_equal(found.variances(flow=True), expected.variances(flow=True))
        assert found.storage_type is expected.storage_type
        assert found.label == expected.label
        for axis, twin in zip(found.axes, expected.axes, strict=True):
            assert (axis.label, axis.edges.tolist()) == (twin.label, twin.edges.tolist())


def test_uproot_reads_the_usual_classes_and_titles(several, tmp_path):
    write_root(tmp_path / "out.root", several)
    with uproot.open(tmp_path / "out.root") as file:
        assert file.classnames(cycle=False) == {
            "nue": "TDirectory",
            "nue/plane": "TH2D",
            "recoil": "TH1D",
            "whole": "TH1D",
        }
        assert file["nue/plane"].title == "nu-e elastic"
        assert [axis.member("fTitle") for axis in file["nue/plane"].axes] == ["Energy (GeV)", "T theta2"]
        assert file["whole"].values(flow=True).tolist() == [0.0, 0.0, 1.0, 2.0, 0.0, 1.0]
        assert len(file["recoil"].member("fSumw2")) == 0


def test_flow_goes_where_it_belongs():
    found = complete(plane(), "plane")
    assert found.values(flow=True)[-1, 3] == 3.0
    assert found.values(flow=True)[0, 1] == -4.0
    assert found.sum(flow=True) == plane().sum(flow=True)


def test_json_is_a_round_trip(several, tmp_path):
    write_json(tmp_path / "out.json", several)
    found = read_json_histograms(tmp_path / "out.json")
    assert list(found) == list(several)
    assert found["nue/plane"] == several["nue/plane"]
    assert found["recoil"] == several["recoil"]
    assert found["whole"].values(flow=True).tolist() == several["whole"].values(flow=True).tolist()
    assert (found["nue/plane"].name, found["nue/plane"].label) == ("plane", "nu-e elastic")


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(0.0, 1e300)), min_size=4, max_size=4))
def test_json_keeps_every_digit(contents):
    filled = bh.Histogram(bh.axis.Regular(2, 0.1, 0.7), storage=bh.storage.Weight())
    filled.view(flow=True)["value"], filled.view(flow=True)["variance"] = np.transpose(contents)
    found = from_json(json.loads(json.dumps(to_json(filled, "h"))), "h")
    assert np.array_equal(found.view(flow=True), filled.view(flow=True))
    assert found.axes[0].edges.tolist() == filled.axes[0].edges.tolist()


def test_boost_histogram_reads_the_same_from_json(several):
    serialization = pytest.importorskip("boost_histogram.serialization")
    for name, given_ in several.items():
        entry = to_json(given_, name)
        entry["storage"] = {k: v if k == "type" else np.array(v) for k, v in entry["storage"].items()}
        found = serialization.from_uhi(entry)
        assert np.array_equal(found.view(flow=True), from_json(to_json(given_, name), name).view(flow=True))
        assert [axis.label for axis in found.axes] == [axis.__dict__.get("label", "") for axis in given_.axes]


def test_schema_of_uhi(several, tmp_path):
    schema = pytest.importorskip("uhi.schema")
    pytest.importorskip("fastjsonschema")
    write_json(tmp_path / "out.json", several)
    schema.validate(json.loads((tmp_path / "out.json").read_text()))


def test_hist_takes_the_objects(several, tmp_path):
    hist = pytest.importorskip("hist")
    write_root(tmp_path / "out.root", several)
    seen = hist.Hist(read_histogram(tmp_path / "out.root", "nue/plane"))
    assert seen.axes.name == ("xaxis", "yaxis")
    assert seen.axes.label == ("Energy (GeV)", "T theta2")
    own = hist.Hist(plane())
    assert own.axes.name == ("energy", "theta2")
    assert own.project("energy").values().tolist() == [1.0, 2.5]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: bh.Histogram(*[bh.axis.Regular(2, 0, 1)] * 3), "histogram 'h' has 3 axes; allowed: one or two"),
        (lambda: bh.Histogram(bh.axis.StrCategory(["a"])), "'h' has an axis of categories"),
        (lambda: bh.Histogram(bh.axis.Regular(2, 0, 1, circular=True)), "or a circular one"),
        (lambda: bh.Histogram(bh.axis.Regular(2, 0, 1), storage=bh.storage.Mean()), "'h' has means in its bins"),
        (lambda: bh.Histogram(bh.axis.Regular(2, 0, 1)) * np.nan, "'h' has a value that is not finite"),
    ],
)
@pytest.mark.parametrize("write", [write_root, write_json])
def test_nothing_is_left_of_what_cannot_be_written(write, made, message, tmp_path):
    (tmp_path / "out").write_text("old")
    with pytest.raises(InputError, match=message):
        write(tmp_path / "out", {"good": plane(), "h": made()})
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_text() == "old"


@pytest.mark.parametrize("name", ["", "a//b", "/a", "a;2", "a\n"])
def test_names_that_root_takes_for_something_else(name, tmp_path):
    with pytest.raises(InputError, match="is no name for a histogram; allowed: text without ';'"):
        write_root(tmp_path / "out.root", {name: plane()})
    with pytest.raises(InputError, match="'a' is no name for a histogram"):
        write_root(tmp_path / "out.root", {"a": plane(), "a/b": plane()})


@pytest.mark.parametrize("write", [write_root, write_json])
def test_folders_that_are_none(write, tmp_path):
    with pytest.raises(InputError, match=r"folder .*absent does not exist; make it first"):
        write(tmp_path / "absent" / "out", {"h": plane()})
    with pytest.raises(InputError, match="is a folder: give the name of a file"):
        write(tmp_path, {"h": plane()})


def changed(keys, value):
    entry = to_json(plane(), "h")
    place = entry
    for key in keys[:-1]:
        place = place[key]
    if value is None:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    return entry


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (["uhi_schema"], 2, "uhi_schema = 2; allowed: 1"),
        (["axes"], None, "'axes' is missing"),
        (["axes"], [], "allowed: a list of one or two axes"),
        (["axes", 0, "edges"], [0.0, 2.0, 1.0], "edges of an axis; allowed: two or more finite and increasing numbers"),
        (["axes", 0, "edges"], "file", "edges of an axis; allowed: two or more finite"),
        (["axes", 0, "underflow"], None, "'underflow' is missing"),
        (["axes", 0, "type"], "category_str", "an axis of type 'category_str'; allowed: regular and variable"),
        (["axes", 1, "bins"], 10**12, "bins = 1000000000000 of an axis; allowed: a whole number from 1"),
        (["axes", 1, "lower"], 1.0, "lower and upper of an axis; allowed"),
        (["storage", "type"], "mean", "storage.type = 'mean'; allowed: double, weighted"),
        (["storage", "values"], [[1.0]], "storage.values is not an array of 4 x 4 finite numbers"),
        (["storage", "variances"], None, "'variances' is missing"),
        (["storage", "values", 0], ["a"] * 4, "storage.values is not an array of 4 x 4 finite numbers"),
    ],
)
def test_json_that_is_no_histogram(keys, value, message, tmp_path):
    path = tmp_path / "in.json"
    path.write_text(json.dumps({"h": changed(keys, copy.copy(value))}))
    with pytest.raises(InputError, match=f"in.json: histogram 'h': {message}"):
        read_json_histograms(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "in.json: not JSON, line 1, column 2"),
        (b"[]", "in.json: no histograms; allowed: an object"),
        (b'{"h": 3}', "in.json: no histograms; allowed: an object"),
        (b"\xff\xfe", "in.json cannot be read as text"),
    ],
)
def test_text_that_is_no_json(content, message, tmp_path):
    (tmp_path / "in.json").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_json_histograms(tmp_path / "in.json")


def test_no_json_file(tmp_path):
    with pytest.raises(InputError, match=r"absent.json cannot be read as text: No such file"):
        read_json_histograms(tmp_path / "absent.json")
