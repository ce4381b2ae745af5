"""Files and selections that somebody may have: exit code 2, one message, nothing written or on standard output."""

import awkward as ak
import numpy as np
import pytest

ONES = np.ones(300)
LISTS = ak.unflatten(np.ones(150, dtype=np.float32), np.arange(300) % 2)  # every other one is empty
NO_LISTS = ak.unflatten(np.zeros(0, dtype=np.float32), np.zeros(300, dtype=int))


@pytest.fixture
def refused(numm_stats, small, tmp_path):
    """Run `select` on all files of a folder, with both outputs; find one message, and files as they were."""

    def check(words, changes=(), *, files="*.root", options=()):
        selection, out = small.selection(changes), tmp_path / "out"
        out.mkdir()
        (out / "w.json").write_text("old")
        before = {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")}
        outputs = ("-o", out / "w.json", "--histograms", out / "h.root")
        outcome = numm_stats("select", selection, small.folder / files, *outputs, *options)
        assert (outcome.code, outcome.out) == (2, ""), outcome.err
        assert len(outcome.err.strip().splitlines()) == 1
        assert words in outcome.err
        assert "internal" not in outcome.err
        assert {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")} == before

    return check


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99, 0.999])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_cut_off_anywhere(refused, small, share, jobs):
    """At its end as well, where all events can still be read."""
    path = small.events("a.root", 3000)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    refused("a.root: cannot be read as a ROOT file, it may be cut off (", options=("--jobs", jobs))


def test_a_file_with_bits_turned(refused, small):
    path = small.events("a.root", 3000)
    content = np.frombuffer(path.read_bytes(), dtype=np.uint8).copy()
    content[np.random.default_rng(1).integers(0, len(content), 400)] ^= 0xFF
    path.write_bytes(content.tobytes())
    refused("a.root: cannot be read as a ROOT file")


def test_an_empty_file_and_one_of_zeros(refused, small):
    (small.folder / "a.root").write_bytes(b"root" + bytes(60))
    (small.folder / "b.root").write_bytes(b"")
    refused("1 more of 2 files is bad")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"weight": np.full(300, 1e200)}, "a.root: weight 'weight' is 1e+200, and beyond 1e+60 in size in "),
        ({"weight": np.full(300, 1e305)}, "a.root: weight 'weight' is 1e+305"),
        ({"weight": np.full(300, 1e50)}, "energy expects 1"),
        ({"weight": np.full(300, 1e20)}, "counts, of whose fluctuations double precision sees nothing"),
        ({"weight": np.full(300, 1e-200)}, "the weights of all selected events add up to "),
        ({"weight": np.full(300, 5e-324)}, "the weights of all selected events add up to "),
        ({"E": np.full(300, np.nan)}, "signal.energy_mev is NaN or infinite in"),
        ({"T": np.full(300, np.inf)}, "signal.recoil_mev is NaN or infinite in"),
        ({"E": np.full(300, 1e200)}, "signal.energy_mev is 1e+203"),
        ({"E": -ONES}, "true recoil that is not between 0 and its maximum"),
        ({"T": 0.0 * ONES}, "true recoil that is not between 0 and its maximum"),
        ({"pdg": np.full(300, np.nan)}, "signal.pdg is nan in an event of elastic"),
        ({"universes": np.full((300, 6), np.inf)}, "systematic 'flux' is NaN or infinite in"),
        ({"universes": np.full((300, 6), 1e305)}, "systematic 'flux' branch 'universes' is 1e+305"),
        ({"universes": np.full((300, 6), -3.0)}, "systematic 'flux_0' down takes sample 'signal' in bin 0 of energy"),
        ({"universes": np.zeros((300, 6))}, "systematic 'flux_0' down takes sample '"),
        ({"universes": np.ones((300, 1))}, "branch 'universes' has 1 universe; two are needed"),
        ({"universes": NO_LISTS}, "branch 'universes' has 0 universe; two are needed"),
        ({"universes": LISTS}, "branch 'universes' has 0 to 1 values an event"),
    ],
)
def test_events_that_nothing_follows_from(refused, small, columns, words):
    small.events("a.root", **columns)
    refused(words)


@pytest.mark.parametrize("lists", [LISTS, NO_LISTS])
def test_lists_without_the_element_that_is_asked_for(refused, small, lists):
    small.events("a.root", **{"png.E": lists})
    first = {"cuts": ["calE > 0.5"], "observable": [{"name": "x", "expression": "png.E[0]", "edges": [0.0, 1.5]}]}
    refused("a.root: observable 'x' is NaN or infinite in ", first)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"calE": np.ones((300, 2))}, "b.root: observable 'energy': branch 'calE' has many values an event"),
        ({"png.E": ONES}, "b.root: cuts[1]: branch 'png.E' has one value an event"),
        ({"universes": np.ones((300, 4), dtype=np.float32)}, "b.root: systematic 'flux' has 4 universes, but 6 in "),
        ({"mode": None}, "b.root: category 'elastic' names branch 'mode', which the tree does not have"),
    ],
)
def test_two_files_that_do_not_go_together(refused, numm_stats, small, columns, words):
    """--skip-bad leaves the one that is unlike out, where it can be told which that is."""
    for name in ("a.root", "c.root"):
        small.events(name)
    small.events("b.root", **columns)
    refused(words)
    outcome = numm_stats("select", small.selection(), small.folder / "*.root", "--skip-bad", "--json")
    assert [fault["path"] for fault in outcome.json["exposure"]["skipped"]] == [str(small.folder / "b.root")]
    assert outcome.json["exposure"]["lost_pot"] == pytest.approx(1e20)


@pytest.mark.parametrize(
    ("pot", "words"),
    [
        (0.0, "exposure of 0 protons"),
        (-1e20, "exposure of -1e+20"),
        (np.nan, "exposure of nan"),
        (1e-300, "which scales everything by inf: is exposure.unit_pot right?"),
        (1e300, "which scales everything by 2e-280"),
    ],
)
def test_exposures(refused, small, pot, words):
    small.events("a.root", pot=pot)
    refused(words)


def test_trees_without_entries(refused, small):
    for name in ("a.root", "b.root"):
        small.events(name, 0)
    refused("tree 'recTree' has no entries in ")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"systematic": [{"name": "x", "kind": "file", "up": ["sub/none.root"]}]}, "systematic 'x' up: tree 'recTree'"),
        ({"systematic": [{"name": "x", "kind": "file", "up": ["sub/low.root"]}]}, "systematic 'x' up: no event is sel"),
        ({"systematic": [{"name": "x", "kind": "weights", "up": "100000"}]}, "systematic 'x' down takes sample 'sign"),
        ({"systematic": [{"name": "x", "kind": "weights", "up": "0/0"}]}, "systematic 'x' up is NaN or infinite in"),
        ({"systematic": [{"name": "x", "kind": "shift", "branches": ["calE"], "offset": 1e50}]}, "systematic 'x' up"),
        ({"systematic": [{"name": "staterror_small", "kind": "normalisation", "size": 0.1}]}, "has a name that is kep"),
        ({"category": [{"name": "signal", "truth": "mode == 5"}]}, "category 'signal' has a name that is kept"),
        ({"rest": "elastic_flux_0_up"}, "two histograms would be 'elastic_flux_0_up'"),
        ({"observable": [{"name": "x", "expression": "calE", "edges": [0.5, 1.0, 1e300]}]}, "an edge is 1e+300"),
        ({"observable": [{"name": "x", "expression": "calE", "edges": [-1e308, 1.0, 1e308]}]}, "an edge is -1e+308"),
        ({"tree": "/"}, "there is no tree '/'"),
        ({"weight": 0}, "the weights of all selected events are zero"),
    ],
)
def test_selections_that_nothing_follows_from(refused, small, changes, words):
    small.events("a.root")
    small.events("sub/none.root", 0)
    small.events("sub/low.root", calE=np.full(300, -5.0, dtype=np.float32))
    refused(words, changes)


@pytest.mark.parametrize("name", ["signal_g2", "elastic_flux_0_up", "g4_over_1e-5_fourth"])
def test_names_are_refused_before_a_file_is_opened(refused, small, name):
    """Of which there is none that could be."""
    (small.folder / "a.root").write_text("no ROOT file")
    systematics = [
        {"name": "flux", "kind": "universes", "branch": "universes"},
        {"name": name, "kind": "normalisation", "size": 0.1},
    ]
    refused(f"'{name}'", {"systematic": systematics} if name.startswith("g4") else {"rest": name})


def test_files_that_are_no_files(refused, small):
    (small.folder / "sub").mkdir()
    small.events("sub/b.root")
    (small.folder / "a.root").symlink_to("nowhere")
    refused("sub' is a folder, with 1 files with the ending .root: give", files="sub")


def test_links_to_nowhere_match_nothing(refused, small):
    (small.folder / "a.root").symlink_to("nowhere")
    refused("*.root' matches no file; the folder has 0 with the ending .root")
