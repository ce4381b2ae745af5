"""What is wrong about files, selections and options of `select`: exit code 2, one message, nothing written."""

import json

import awkward as ak
import numpy as np
import pytest
import uproot

ONES = np.ones(300)


def assert_refused(outcome, *words):
    """Exit code 2, all words in one message of one line, nothing on standard output, no traceback."""
    assert outcome.code == 2, outcome.err
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert outcome.err.count("numm-stats: ") == 1
    assert len(outcome.err.strip().splitlines()) == 1
    for word in words:
        assert word in outcome.err, outcome.err


@pytest.fixture
def refused(numm_stats, tmp_path):
    """Run `select` with both outputs, and find it refused, an older output as it was, and no other file made."""

    def check(selection, *arguments, words):
        out = tmp_path / "out"
        out.mkdir()
        (out / "w.json").write_text("old")
        before = sorted(tmp_path.rglob("*"))
        outputs = ("-o", out / "w.json", "--histograms", out / "h.root")
        assert_refused(numm_stats("select", selection, *arguments, *outputs), *words)
        assert sorted(tmp_path.rglob("*")) == before
        assert (out / "w.json").read_text() == "old"

    return check


def half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


FILES = {
    "truncated": (lambda write: half(write("bad.root", 3000)), "cannot be read"),
    "no ROOT file": (
        lambda write: write("bad.root").write_text("no ROOT file"),
        "is not a ROOT file: a ROOT file begins",
    ),
    "nothing in it": (lambda write: write("bad.root").write_bytes(b""), "is empty: a ROOT file begins with"),
    "another tree": (lambda write: write("bad.root", tree="recTre"), "no tree 'recTree', did you mean 'recTre'?"),
    "a branch missing": (
        lambda write: write("bad.root", weight=None, weights=ONES),
        "weight names branch 'weight', which the tree does not have, did you mean 'weights'?",
    ),
    "universes missing": (lambda write: write("bad.root", universes=None), "systematic 'flux' branch"),
    "no exposure": (lambda write: write("bad.root", pot=None), "is not in the file; histograms are none"),
    "exposure of zero": (lambda write: write("bad.root", pot=0.0), "says an exposure of 0 protons on target"),
    "exposure that is NaN": (lambda write: write("bad.root", pot=np.nan), "says an exposure of nan"),
}
EVENTS = {
    "NaN": (np.where(np.arange(300) < 7, np.nan, 1.0), "weight is NaN or infinite in"),
    "infinite": (np.where(np.arange(300) < 7, np.inf, 1.0), "weight is NaN or infinite in"),
    "negative": (-ONES, "negative weights outweigh the others there"),
    "zero": (0.0 * ONES, "the weights of all selected events are zero"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_bad_file(refused, small, case):
    ruin, words = FILES[case]
    ruin(small.events)
    refused(small.selection(), small.folder / "bad.root", words=(f"{small.folder}/bad.root: ", words))


@pytest.mark.parametrize("case", FILES)
def test_one_bad_file_among_many(numm_stats, refused, small, case):
    """It stops the selection; with --skip-bad it is named with its exposure, and the others are what is selected."""
    for number in range(6):
        small.events(f"good_{number}.root", seed=number)
    selection, bad = small.selection(), f"{small.folder}/bad.root"
    without = numm_stats("select", selection, small.folder / "good_*.root", "--json").json
    FILES[case][0](small.events)
    refused(selection, small.folder / "*.root", words=(f"{bad}: ",))
    skipping = numm_stats("select", selection, small.folder / "*.root", "--skip-bad", "--json").json
    assert skipping["samples"] == without["samples"]
    assert [fault["path"] for fault in skipping["exposure"]["skipped"]] == [bad]
    assert skipping["exposure"]["lost_pot"] == pytest.approx(1e20)
    assert f"skipped {bad} (1 of 7 files is bad; " in skipping["warnings"][0]
    assert "1e+20 of 7e+20 protons on target lost, 14.29%" in skipping["warnings"][0]


def test_only_bad_files_cannot_be_skipped(refused, small):
    half(small.events("bad.root", 3000))
    refused(small.selection(), small.folder / "bad.root", "--skip-bad", words=("bad.root: ",))


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("case", EVENTS)
def test_wrong_weights(refused, small, case, jobs):
    """The events are wrong, not the file: it is not skipped."""
    weight, words = EVENTS[case]
    path = small.events("a.root", weight=weight)
    refused(small.selection(), path, "--skip-bad", "--jobs", jobs, words=(words,))


CHANGES = {
    "nothing selected": ({"cuts": ["calE > 0", "calE > 500"]}, "cuts[1] 'calE > 500' leaves none"),
    "binning outside": (
        {"observable": [{"name": "energy", "expression": "1000 * calE", "edges": [0.1, 0.2, 0.3]}]},
        "selected events is inside of the binning: energy from 5",
    ),
    "a bin that expects nothing": (
        {"observable": [{"name": "energy", "expression": "calE", "edges": [0.5, 2.0, 50.0, 60.0]}]},
        "small: bin 2 of energy (50 to 60) expects no background",
    ),
    "an element that is not there": (
        {"observable": [{"name": "energy", "expression": "png.E[5]", "edges": [0.0, 1.0]}]},
        "observable 'energy' is NaN or infinite in",
    ),
    "a jagged branch as a number": ({"cuts": ["png.E > 0.1"]}, "branch 'png.E' has many values an event: choose"),
    "no signal": ({"signal": {}}, "signal.kind"),
    "a signal inside the categories": (
        {"signal": {"kind": "magnetic-moment", "categories": ["elastic"], "energy_mev": "E", "recoil_mev": "T",
                    "pdg": "pdg", "template": "total"}},
        "has no signal: a workspace needs [signal] with template = 'signal-only'",
    ),
    "energies in GeV": (
        {"signal": {"kind": "magnetic-moment", "categories": ["elastic"], "energy_mev": "E", "recoil_mev": "1000*T",
                    "pdg": "pdg"}},
        "are signal.energy_mev and signal.recoil_mev in MeV",
    ),
    "a signal without events": (
        {"category": [{"name": "elastic", "truth": "mode == 77"}]},
        "selection 'small': no selected event of elastic makes a signal",
    ),
    "a misspelled key": ({"cutz": ["calE > 1"]}, "unknown key 'cutz', did you mean 'cuts'"),
    "a category that is not there": (
        {"systematic": [{"name": "x", "kind": "normalisation", "size": 0.1, "samples": ["elastics"]}]},
        "names 'elastics', did you mean 'elastic'",
    ),
    "other files that are not there": (
        {"systematic": [{"name": "x", "kind": "file", "up": ["shifted/*.root"]}]},
        "shifted/*.root' matches no file: there is no folder",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_wrong_selections(refused, small, case):
    change, words = CHANGES[case]
    refused(small.selection(change), small.events("a.root"), words=(words,))


def test_recoils_in_gev_beside_neutrinos_in_mev(refused, small, numm_stats):
    """All are below a thousandth of E, as one in a thousand of weak scattering is; far lower ones are a selection's."""
    path = small.events("a.root", T=np.linspace(2e-5, 9e-4, 300))
    refused(small.selection(), path, words=("of 79 recoils are below a thousandth", "is signal.recoil_mev in MeV?"))
    for number in range(30):
        small.events(f"few/{number}.root", 9, seed=number, T=np.full(9, 4e-4))
    outcome = numm_stats("select", small.selection(), small.folder / "few/*.root")
    assert "65 of 65 recoils are below a thousandth of the neutrino energy" in outcome.err
    low = small.events("low.root", T=np.full(300, 1e-6), calE=np.full(300, 0.9, dtype=np.float32))
    assert "thousandth" not in numm_stats("select", small.selection(), low).err


OPTIONS = {
    "no file by that glob": (["{tmp}/b*.root"], "b*.root' matches no file"),
    "a name misspelled": (["{tmp}/aa.root"], "did you mean 'a.root'"),
    "no folder of files": (["{tmp}/none/*.root"], "there is no folder"),
    "no files": ([], "selection 'small' names no files"),
    "no folder to write to": (["{tmp}/a.root", "-o", "{tmp}/none/w.json"], "none does not exist; make it first"),
    "no folder for histograms": (["{tmp}/a.root", "--histograms", "{tmp}/none/h.root"], "none does not exist"),
    "one file for both": (["{tmp}/a.root", "-o", "{tmp}/x.json", "--histograms", "{tmp}/x.json"], "give two files"),
    "one file by two names": (
        ["{tmp}/a.root", "-o", "{tmp}/x.json", "--histograms", "{tmp}/sub/../x.json"],
        "give two files",
    ),
    "a folder": (["{tmp}/a.root", "-o", "{tmp}/sub"], "sub is a folder: give the name of a file"),
    "another ending": (["{tmp}/a.root", "--histograms", "{tmp}/h.csv"], "must end in .root or .json"),
    "over the events": (["{tmp}/a.root", "--histograms", "{tmp}/a.root"], "a.root is one of the files with events"),
    "no protons": (["{tmp}/a.root", "--pot", "0"], "--pot 0: must be a positive number"),
    "NaN protons": (["{tmp}/a.root", "--pot", "nan"], "--pot nan: must be a positive number"),
    "negative protons": (["{tmp}/a.root", "--pot", "-1e20"], "--pot -1e+20: must be a positive number"),
    "infinite protons": (["{tmp}/a.root", "--pot", "inf"], "--pot inf: must be a positive number"),
    "no processes": (["{tmp}/a.root", "--jobs", "0"], "jobs = 0: must be at least 1"),
    "a moment that is none": (["{tmp}/a.root", "--data", "asimov:nan"], "--data asimov:nan"),
    "a moment too large": (["{tmp}/a.root", "--data", "asimov:2"], "--data asimov:2"),
    "a moment of no workspace": (["{tmp}/a.root", "--data", "asimov:1e-9"], "give -o FILE, or leave it"),
    "observed": (["{tmp}/a.root", "--data", "observed"], "--events-of FILE"),
    "real and not": (["{tmp}/a.root", "--data", "asimov:1e-9", "--events-of", "{tmp}/a.root"], "leave one of the two"),
    "data that are none": (["{tmp}/a.root", "--events-of", "{tmp}/small.toml"], "small.toml: is not a ROOT file"),
    "data that are not there": (["{tmp}/a.root", "--events-of", "{tmp}/q.root"], "q.root' matches no file"),
    "data of another tree": (["{tmp}/a.root", "--events-of", "{tmp}/sub/other.root"], "there is no tree 'recTree'"),
    "events without simulation": (["{tmp}/a.root", "--events", "10"], "--events is of --simulate"),
    "seed without simulation": (["{tmp}/a.root", "--seed", "1"], "--seed is of --simulate"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_wrong_options(numm_stats, small, tmp_path, case):
    options, words = OPTIONS[case]
    small.events("a.root")
    small.events("sub/other.root", tree="events")
    selection = small.selection()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert_refused(numm_stats("select", selection, *(word.format(tmp=tmp_path) for word in options)), words)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_exposure_that_the_selection_does_not_know(refused, small):
    selection = small.selection(without="exposure")
    refused(selection, small.events("a.root"), "--pot", "1e20", words=("has no [exposure]",))


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("nova-shap", "no selection 'nova-shap', did you mean 'nova-shape'"),
        ("nova-counting", "no selection 'nova-counting'"),
        ("missing.toml", "missing.toml: no such file"),
        ("broken.toml", "broken.toml: not valid TOML"),
        ("empty.toml", "key 'name' is missing"),
    ],
)
def test_no_selection(numm_stats, tmp_path, monkeypatch, target, words):
    (tmp_path / "broken.toml").write_text("name = ")
    (tmp_path / "empty.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    assert_refused(numm_stats("select", target, "*.root", "-o", "w.json"), words)
    assert_refused(numm_stats("select"), "give a selection")
    assert not (tmp_path / "w.json").exists()


def test_a_selection_is_no_analysis(numm_stats):
    assert_refused(numm_stats("limit", "nova-shape"), "'nova-shape' is a selection of ROOT files: numm-stats select")


SIMULATIONS = {
    "no events": (["{tmp}/new", "--events", "0"], "events = 0"),
    "negative events": (["{tmp}/new", "--events", "-5"], "events = -5"),
    "no files": (["{tmp}/new", "--number", "0"], "files = 0"),
    "more files than events": (["{tmp}/new", "--events", "3", "--number", "4"], "files = 4: allowed: 1 to 3"),
    "a negative seed": (["{tmp}/new", "--events", "10", "--number", "1", "--seed", "-1"], "seed = -1"),
    "no processes": (["{tmp}/new", "--events", "10", "--number", "1", "--jobs", "0"], "jobs = 0"),
    "files that are there": (["{tmp}/old", "--events", "10", "--number", "3"], "nova-forward-0001.root exists"),
    "a file": (["{tmp}/file", "--events", "10", "--number", "1"], "file is a file: give a folder"),
    "in a file": (["{tmp}/file/new", "--events", "10", "--number", "1"], "file/new: files cannot be written there"),
    "options of a selection": (["{tmp}/new", "--pot", "1e20", "--skip-bad"], "leave --pot, --skip-bad"),
    "data": (["{tmp}/new", "--events-of", "x.root", "-o", "y.json"], "leave -o, --events-of"),
    "a listing": (["{tmp}/new", "--list"], "--simulate stands alone: leave --list"),
}


@pytest.mark.parametrize("case", SIMULATIONS)
def test_wrong_simulations(numm_stats, tmp_path, case):
    options, words = SIMULATIONS[case]
    (tmp_path / "file").write_text("")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "nova-forward-0001.root").write_text("precious")
    before = sorted(tmp_path.rglob("*"))
    assert_refused(numm_stats("select", "--simulate", *(word.format(tmp=tmp_path) for word in options)), words)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "old" / "nova-forward-0001.root").read_text() == "precious"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "--list: give one or more ROOT files"),
        (["{tmp}/text.root"], "text.root is not a ROOT file"),
        (["{tmp}/none.root"], "none.root' matches no file"),
        (["{tmp}/text.root", "--pot", "0"], "--pot 0: must be a positive number"),
        (["{tmp}/text.root", "--pot", "nan"], "--pot nan: must be a positive number"),
        (["{tmp}/text.root", "--skip-bad", "-o", "x.json"], "--list stands alone: leave -o, --skip-bad"),
    ],
)
def test_wrong_listings(numm_stats, tmp_path, options, words):
    (tmp_path / "text.root").write_text("no ROOT file")
    assert_refused(numm_stats("select", "--list", *(word.format(tmp=tmp_path) for word in options)), words)


HOSTILE = [
    "__import__('os').system('touch stranger')",
    "().__class__.__bases__[0].__subclasses__()",
    "calE.__class__ == 1",
    "calE.tofile('stranger') > 0",
    "open('stranger', 'w')",
    "eval('1') > 0",
    "exec(calE)",
    "getattr(calE, weight) > 1",
    "(lambda: calE > 1)()",
    "lambda x: x > 1",
    "[x for x in calE] > 1",
    "{calE: 1}",
    "f'{calE}' > 1",
    "(y := calE) > 1",
    "calE > 1; mode == 5",
    "calE > 1 if mode == 5 else calE > 2",
    "import os",
    "`touch stranger`",
    "$(touch stranger) > 1",
    "np.fromfile(calE) > 1",
    "os.system(1) > 0",
    "calE > 1 # touch stranger",
    "(" * 1_000_000 + "calE > 1" + ")" * 1_000_000,
    "not " * 1_000_000 + "calE > 1",
    "-" * 5000 + "calE > 1",
    "9" * 9000 + " > calE",
    "calE > 1\\u001b[2J",
    "\\u0441alE > 1",
    "calE",
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_cuts(numm_stats, small, tmp_path, monkeypatch, number):
    """Refused before a file is opened: the one given is no ROOT file, and nothing is said of it."""
    monkeypatch.chdir(tmp_path)
    selection = small.selection()
    text = HOSTILE[number].encode().decode("unicode_escape")
    selection.write_text(selection.read_text().replace('"calE > 0.5"', json.dumps(text)))
    (tmp_path / "a.root").write_text("no ROOT file")
    outcome = numm_stats("select", selection, "a.root", "-o", "w.json")
    assert_refused(outcome, "cuts.0")
    assert "a.root" not in outcome.err
    assert len(outcome.err) < 1000
    assert outcome.err.strip().isprintable()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.root", "small.toml"]


def test_hostile_words_elsewhere(numm_stats, small):
    word = "__import__('os').system('true')"
    changes = [{"weight": word}, {"observable": [{"name": "x", "expression": word, "edges": [0.0, 1.0]}]}]
    changes += [{"category": [{"name": "elastic", "truth": word}]}]
    changes += [{"systematic": [{"name": "x", "kind": "weights", "up": word}]}]
    for change in changes:
        assert_refused(numm_stats("select", small.selection(change), small.folder / "*.root"), "expression")


def test_an_event_with_two_universes_less(refused, small):
    short = ak.values_astype(ak.Array([[1.0] * 6] * 299 + [[1.0] * 4]), np.float32)
    path = small.events("a.root", universes=short)
    refused(small.selection(), path, words=("branch 'universes' has 4 to 6 values an event",))


def test_two_histograms_of_one_name(numm_stats, small, tmp_path):
    """A category that is called as the data are: found before the workspace is written."""
    selection, path = small.selection({"rest": "data"}), small.events("a.root")
    outputs = ("-o", tmp_path / "w.json", "--histograms", tmp_path / "h.json", "--events-of", path)
    assert_refused(numm_stats("select", selection, path, *outputs), "two histograms would be 'data'")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.root", "small.toml"]


def test_a_good_selection_is_not_refused(numm_stats, small, tmp_path):
    """What the others are variations of."""
    path = small.events("a.root", compression=uproot.ZSTD(1))
    outputs = ("-o", tmp_path / "w.json", "--histograms", tmp_path / "h.root", "--events-of", path)
    assert numm_stats("select", small.selection(), path, *outputs).code == 0
    assert {"w.json", "h.root"} <= {path.name for path in tmp_path.iterdir()}
