"""What can be wrong with files and events: one clear message each, and what is skipped is said with its exposure."""

from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from numm_stats.errors import ComputationError, InputError
from numm_stats.selections import events
from numm_stats.selections.below_zero import REMEDY
from numm_stats.selections.build import select


def refusal(selection, files, **options):
    with pytest.raises(InputError) as found:
        select(selection, files, **options)
    message = str(found.value)
    assert "\n" not in message
    return message


def cut_off(path):
    content = Path(path).read_bytes()
    Path(path).write_bytes(content[: len(content) // 2])
    return path


def damaged(path, branch="w"):
    """The same file with a basket's compressed bytes overwritten; tree and exposure can still be read."""
    with uproot.open(path) as file:
        basket = file["recTree"][branch].basket(1)
        place = file["recTree"][branch].member("fBasketSeek")[1] + basket.member("fKeylen")
    content = bytearray(Path(path).read_bytes())
    content[place : place + 60] = b"\xff" * 60
    Path(path).write_bytes(bytes(content))
    return path


@pytest.mark.parametrize("compression", [None, uproot.ZLIB(1), uproot.LZMA(1), uproot.LZ4(1), uproot.ZSTD(1)])
def test_every_compression_is_read(table, selection_of, make_events, compression):
    path, columns = make_events("events.root", 3000, compression=compression)
    with uproot.open(path) as file:
        squeezed = file["recTree"].compressed_bytes < file["recTree"].uncompressed_bytes
    assert squeezed == (compression is not None)
    del table["cuts"]
    selected = select(selection_of(table), [path])
    inside = (columns["calE"] >= 0.5) & (columns["calE"] < 4.5)
    assert sum(one.values().sum() for one in selected.values()) == pytest.approx(3.0 * columns["w"][inside].sum())


def test_a_glob_that_matches_nothing(table, selection_of, make_events, tmp_path):
    make_events("events_1.root")
    selection = selection_of(table)
    assert "evnts_1.root' matches no file, did you mean 'events_1.root'?" in refusal(
        selection, [f"{tmp_path}/evnts_1.root"]
    )
    assert "matches no file; the folder has 1 with the ending .root" in refusal(selection, [f"{tmp_path}/q*.dat"])
    assert f"there is no folder {tmp_path}/none" in refusal(selection, [f"{tmp_path}/none/*.root"])
    assert "selection 'test' names no files" in refusal(selection, [])


def test_a_folder_is_no_file(table, selection_of, make_events, tmp_path):
    """It says how many are in it, not beside it."""
    make_events("beside.root")
    (tmp_path / "folder.root").mkdir()
    for name in ("a.root", "b.root"):
        Path(make_events(name)[0]).rename(tmp_path / "folder.root" / name)
    message = refusal(selection_of(table), [f"{tmp_path}/folder.root"])
    assert message == (
        f"files: '{tmp_path}/folder.root' is a folder, with 2 files with the ending .root: "
        f"give '{tmp_path}/folder.root/*.root'"
    )
    assert "; the folder has 1 with the ending .root" in refusal(selection_of(table), [f"{tmp_path}/q*.dat"])


def test_files_are_read_once_whatever_globs_name_them(table, selection_of, make_events, tmp_path):
    make_events("b:1.root")  # a colon is part of the name
    make_events("a.root")
    selected = select(selection_of(table), [f"{tmp_path}/*.root", f"{tmp_path}/a.root"])
    assert [Path(path).name for path in selected.exposure.files] == ["a.root", "b:1.root"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"tree": "recTre"}, "there is no tree 'recTre', did you mean 'recTree'?; trees are recTree, spillTree"),
        ({"tree": "TotalPOT"}, "'TotalPOT' is a TH1D, not a tree"),
        ({"weight": "weigt"}, "weight names branch 'weigt', which the tree does not have"),
        ({"cuts": ["rec.mc.nu.Ee > 1"]}, "cuts[0] names branch 'rec.mc.nu.Ee', which the tree does not have, did"),
        (
            {"cuts": ["png.E > 1"]},
            "branch 'png.E' has many values an event: choose, for example png.E[0], first(png.E)",
        ),
        ({"cuts": ["max(calE) > 1"]}, "branch 'calE' has one value an event: 'max(calE)' has nothing to choose from"),
        ({"exposure": {"histogram": "TotalPoT"}}, "exposure.histogram 'TotalPoT' is not in the file, did you mean 'To"),
        ({"exposure": {"histogram": "recTree"}}, "exposure.histogram 'recTree' is a TTree, not a histogram"),
        ({"exposure": {"tree": "spilTree", "branch": "p"}}, "there is no tree 'spilTree', did you mean 'spillTree'?"),
        ({"exposure": {"tree": "spillTree", "branch": "spilpot"}}, "exposure.branch in tree 'spillTree' names branch"),
        ({"exposure": {"tree": "recTree", "branch": "png.E"}}, "exposure.branch 'png.E' is an array; one number"),
        (
            {"systematic": [{"name": "u", "kind": "universes", "branch": "w"}]},
            "systematic 'u': branch 'w' is one number an event, not an array of weights",
        ),
        (
            {"systematic": [{"name": "u", "kind": "weights", "up": "upp"}]},
            "systematic 'u' up names branch 'upp', which the tree does not have, did you mean 'up'?",
        ),
    ],
)
def test_what_a_file_does_not_have(table, selection_of, samples, change, expected):
    message = refusal(selection_of({**table, **change}), samples[0])
    assert message.startswith(f"{samples[0][0]}: ")
    assert expected in message
    assert message.endswith("2 more of 3 files are bad")


def test_files_are_inspected_before_events_are_read(table, selection_of, samples, make_events, monkeypatch):
    late, _ = make_events("z.root", tree="other")
    monkeypatch.setattr("numm_stats.selections.running.read_chunks", None)
    assert "there is no tree 'recTree'; trees are other, spillTree" in refusal(selection_of(table), [*samples[0], late])


@pytest.mark.parametrize("pot", [0.0, np.nan, np.inf, -1e20])
def test_an_exposure_is_above_zero_and_finite(table, selection_of, make_events, pot):
    path, _ = make_events("events.root", pot=pot)
    assert "histogram 'TotalPOT' says an exposure of" in refusal(selection_of(table), [path])


def test_a_file_without_exposure(table, selection_of, make_events):
    path, _ = make_events("events.root", pot=None)
    assert "exposure.histogram 'TotalPOT' is not in the file; histograms are " in refusal(selection_of(table), [path])


def test_a_file_that_is_cut_off(table, selection_of, samples, make_events):
    bad = cut_off(make_events("bad.root")[0])
    message = refusal(selection_of(table), [*samples[0], bad])
    assert message.startswith(f"{bad}: cannot be read as a ROOT file, it may be cut off (")


@pytest.mark.parametrize(("content", "what"), [("", "is empty"), ("no ROOT file", "is not a ROOT file")])
def test_a_file_of_another_format(table, selection_of, tmp_path, content, what):
    bad = str(tmp_path / "bad.root")
    Path(bad).write_text(content)
    message = refusal(selection_of(table), [bad])
    assert message == f"{bad}: {what}: a ROOT file begins with the letters 'root'"


def test_one_bad_file_is_skipped_with_its_exposure(table, selection_of, samples, make_events):
    bad = cut_off(make_events("bad.root")[0])
    selection = selection_of(table)
    selected = select(selection, [*samples[0], bad], skip_bad=True)
    without = select(selection, samples[0])
    np.testing.assert_array_equal(selected["nue"].values(), without["nue"].values())
    assert [fault.path for fault in selected.exposure.skipped] == [bad]
    assert selected.exposure.lost_pot == pytest.approx(1e20)  # taken to be as much as the mean of the others
    (warning,) = selected.warnings[:1]
    assert f"skipped {bad} (1 of 4 files is bad; about 1e+20 of 4e+20 protons on target lost, 25.00%)" in warning


def test_a_file_damaged_in_the_middle_counts_for_nothing(table, selection_of, samples, make_events, monkeypatch):
    bad = damaged(make_events("bad.root", 3000, pot=2e20, compression=uproot.ZSTD(1))[0])
    selection = selection_of(table)
    monkeypatch.setattr(events, "CHUNK_ENTRIES", 100)
    message = refusal(selection, [samples[0][0], bad])
    assert f"{bad}: entries 800 to 1600 of 'recTree' cannot be read (" in message
    selected = select(selection, [samples[0][0], bad, samples[0][1]], skip_bad=True)
    without = select(selection, samples[0][:2])
    np.testing.assert_array_equal(selected["nue"].values(), without["nue"].values())
    assert selected.exposure.lost_pot == 2e20
    assert "; 2e+20 of 4e+20 protons on target lost, 50.00%)" in selected.warnings[0]


def test_all_files_bad_cannot_be_skipped(table, selection_of, make_events):
    bad = [cut_off(make_events(f"bad_{number}.root")[0]) for number in range(2)]
    message = refusal(selection_of(table), bad, skip_bad=True)
    assert "bad_0.root: cannot be read" in message
    assert message.endswith("1 more of 2 files is bad")


def test_a_stated_exposure_is_shared_among_the_files(table, selection_of, samples, make_events):
    bad = cut_off(make_events("bad.root")[0])
    table["exposure"] = {"simulated_pot": 4e20, "pot": 3e20}
    selected = select(selection_of(table), [*samples[0], bad], skip_bad=True)
    assert selected.exposure.simulated_pot == pytest.approx(3e20)
    assert selected.exposure.lost_pot == pytest.approx(1e20)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_are_finite(table, selection_of, make_events, value):
    weights = np.ones(500)
    weights[[3, 77, 499]] = value
    path, _ = make_events("events.root", w=weights)
    del table["cuts"]
    message = refusal(selection_of(table), [path])
    assert message == f"{path}: weight is NaN or infinite in 3 of 500 selected events"
    assert refusal(selection_of(table), [path], skip_bad=True) == message  # its events are wrong, not the file


def test_weights_of_systematics_are_finite(table, selection_of, make_events):
    universes = np.ones((500, 30), dtype=np.float32)
    universes[7, 20] = np.nan
    path, _ = make_events("events.root", universes=universes, up=np.where(np.arange(500) < 9, np.inf, 1.0))
    table.update(cuts=[], observable=[{**table["observable"][0], "start": 0.0, "stop": 50.0}])
    table["systematic"] = [{"name": "flux", "kind": "universes", "branch": "universes"}]
    assert "systematic 'flux' is NaN or infinite in 1 of 500" in refusal(selection_of(table), [path])
    table["systematic"] = [{"name": "flux", "kind": "weights", "up": "up"}]
    assert "systematic 'flux' up is NaN or infinite in 9 of 500" in refusal(selection_of(table), [path])


def test_a_weight_that_no_selected_event_has_may_be_anything(table, selection_of, make_events):
    _, columns = make_events("events.root")
    path, _ = make_events("events.root", w=np.where(columns["calE"] > 0.5, 1.0, np.nan))
    assert select(selection_of(table), [path]).events["nue"] > 0


def test_negative_weights_that_outweigh_the_others(table, selection_of, make_events):
    _, columns = make_events("events.root")
    low = columns["calE"] < 1.0
    negative, _ = make_events("negative.root", w=np.where(low, -1.0, 1.0))
    message = refusal(selection_of(table), [negative])
    assert "sample 'elastic' expects -" in message
    assert "counts in bin 0: negative weights outweigh the others there" in message
    some, _ = make_events("some.root", w=np.where(np.arange(500) % 10 == 0, -0.1, 1.0))
    assert (select(selection_of(table), [some])["elastic"].values() > 0.0).all()


def test_an_observable_that_some_events_do_not_have(table, selection_of, make_events):
    path, _ = make_events("events.root")
    table["observable"][0]["expression"] = "max(png.E)"
    table["cuts"] = []
    message = refusal(selection_of(table), [path])
    assert "observable 'calE' is NaN or infinite in" in message
    assert "of 500 selected events (a jagged branch without that element? cut on its count)" in message
    table["cuts"] = ["count(png.E) > 0"]
    assert select(selection_of(table), [path]).events["nue"] > 0


def test_no_event_is_selected(table, selection_of, samples):
    table["cuts"] = ["calE > 0.5", "calE < 0.4", "w > 0"]
    message = refusal(selection_of(table), samples[0])
    assert "no event is selected: cuts[1] 'calE < 0.4' leaves none of" in message


def test_no_events_at_all(table, selection_of, make_events):
    empty, _ = make_events("empty.root", 0)
    assert refusal(selection_of(table), [empty]) == f"tree 'recTree' has no entries in {empty}"
    full, _ = make_events("full.root")
    assert select(selection_of(table), [full, empty]).exposure.simulated_pot == pytest.approx(2e20)


def test_a_binning_beyond_the_data(table, selection_of, samples):
    table["observable"][0].update(start=500.0, stop=4500.0, width=500.0)
    message = refusal(selection_of(table), samples[0])
    assert "selected events is inside of the binning: calE from 0.5" in message
    assert "in bins from 500 to 4500" in message


def test_a_binning_beside_most_of_the_data_is_told(table, selection_of, samples):
    table["observable"][0].update(start=1.0, stop=2.0)
    selected = select(selection_of(table), samples[0])
    below, above = selected.outside[0]
    columns = samples[1]
    cut = (columns["calE"] > 0.5) & (ak.to_numpy(ak.fill_none(ak.max(columns["png.E"], axis=1), -1.0)) > 0.2)
    assert below == pytest.approx(columns["w"][cut & (columns["calE"] < 1.0)].sum() / columns["w"][cut].sum())
    expected = f"{below:.1%} of the selected weight is below the bins of 'calE' and {above:.1%} above"
    assert selected.warnings == (f"{expected}: state outside = 'cut' if that is a cut",)
    table["observable"][0]["outside"] = "cut"
    assert select(selection_of(table), samples[0]).warnings == ()
    theta = {"name": "theta", "expression": "theta", "edges": [0.05, 0.06]}
    del table["observable"][0]["outside"]
    (warning,) = select(selection_of({**table, "observable": [table["observable"][0], theta]}), samples[0]).warnings
    assert warning.startswith(f"{expected}; ")  # both in one line


def test_weights_that_are_all_zero(table, selection_of, samples):
    table["weight"] = "0 * w"
    assert "the weights of all selected events are zero" in refusal(selection_of(table), samples[0])


def test_events_of_no_category(table, selection_of, samples):
    del table["rest"]
    message = refusal(selection_of(table), samples[0])
    assert "selected events are in no category; state rest = 'name' for them" in message


def test_a_category_without_events_is_told(table, selection_of, samples):
    table["category"].append({"name": "tau", "truth": "rec.mc.nu.pdg == 16"})
    selected = select(selection_of(table), samples[0])
    assert selected.warnings[-1] == "sample 'tau' has no events"
    assert not selected["tau"].values().any()


def test_a_normsys_stays_above_zero(table, selection_of, samples):
    table["systematic"] = [{"name": "wild", "kind": "weights", "up": "2.5", "modifier": "normsys"}]
    message = refusal(selection_of(table), samples[0])
    assert "systematic 'wild' scales sample 'elastic' by 2.5 and -0.5: normsys needs factors above zero" in message


def test_a_variation_below_zero_is_told(table, selection_of, samples):
    table["systematic"] = [{"name": "wild", "kind": "weights", "up": "2.5", "samples": ["nue"]}]
    selected = select(selection_of(table), samples[0])
    *_, warning = selected.warnings
    assert warning.startswith("systematic 'wild' takes sample 'nue' below zero, in bin 0 from ")
    assert warning.endswith(f": {REMEDY}")


class DeadExecutor(Executor):
    """An executor whose workers are gone."""

    def submit(self, *_, **__):
        future = Future()
        future.set_exception(BrokenExecutor())
        return future


def test_workers_that_die(table, selection_of, samples):
    with pytest.raises(ComputationError, match="a worker process died"):
        select(selection_of(table), samples[0], executor=DeadExecutor())


def test_a_mistake_of_ours_is_no_bad_file(table, selection_of, samples, monkeypatch):
    def mistaken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("numm_stats.selections.running.fill", mistaken)
    with pytest.raises(ZeroDivisionError):
        select(selection_of(table), samples[0], skip_bad=True)
