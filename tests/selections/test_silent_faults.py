"""What would give wrong counts in silence: files twice, names of parts, energies that are no numbers."""

import os

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.selections.build import select
from numm_stats.selections.files import find_files
from numm_stats.selections.reweighting import reweigh
from numm_stats.selections.table_signal import MomentReweighting

SIGNAL = MomentReweighting(
    kind="magnetic-moment", categories=["elastic"], energy_mev="E", recoil_mev="T", pdg="pdg", reference=1e-9
)


def test_a_file_under_two_spellings_is_read_once(tmp_path, monkeypatch):
    folder = tmp_path / "events"
    folder.mkdir()
    (folder / "a.root").touch()
    (tmp_path / "link.root").symlink_to(folder / "a.root")
    monkeypatch.chdir(tmp_path)
    spellings = ["events/a.root", str(folder / "a.root"), "events/../events/*.root", "link.root"]
    assert find_files(spellings) == ["events/a.root"]


def test_a_name_with_letters_of_a_glob_is_that_file(tmp_path):
    path = tmp_path / "b[1].root"
    path.touch()
    assert find_files([str(path)]) == [str(path)]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("key", "place"), [("energy_mev", 0), ("recoil_mev", 1)])
def test_energies_that_are_no_numbers_are_counted(key, place, value):
    energies = [np.full(5, 1000.0), np.full(5, 500.0)]
    energies[place][3] = value
    with pytest.raises(InputError, match=f"signal.{key} is NaN or infinite in 1 of 5 events of elastic"):
        reweigh(SIGNAL, *energies, np.full(5, 14.0))


def test_names_of_parts_of_universes_are_taken(table, selection_of):
    table["systematic"] = [
        {"name": "flux", "kind": "universes", "expressions": ["1.1", "0.9"]},
        {"name": "flux_0", "kind": "normalisation", "size": 0.1},
    ]
    with pytest.raises(InputError, match="systematic 'flux_0' has the name of a part of 'flux'"):
        selection_of(table)
    table["systematic"][1]["name"] = "flux_shape"
    assert selection_of(table).systematic[1].name == "flux_shape"


def test_events_twice_are_not_counted_twice(table, selection_of, make_events):
    path, _ = make_events("one.root")
    once = select(selection_of(table), [str(path)])
    again = select(selection_of(table), [str(path), os.path.relpath(path)])
    assert again.events == once.events
    assert again.exposure == once.exposure


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("staterror", "the statistical uncertainty of simulation"),
        ("staterror_test", "the statistical uncertainty of simulation"),
        ("mu_nu2_over_1e-9_squared", "the parameter of interest"),
        ("g4_over_1e-5_fourth", "the parameter of interest"),
        ("strength_at_g_1e-5", "the parameter of interest"),
    ],
)
def test_names_of_other_parameters_are_taken(table, selection_of, name, meaning):
    table["systematic"] = [{"name": name, "kind": "normalisation", "size": 0.1}]
    with pytest.raises(InputError, match=f"systematic '{name}' has a name that is kept for {meaning}"):
        selection_of(table)
    table["systematic"][0]["name"] = f"my_{name}"
    assert selection_of(table).systematic[0].name == f"my_{name}"


KEYS = {"categories": ["elastic"], "energy_mev": "E", "recoil_mev": "T", "pdg": "pdg"}


@pytest.mark.parametrize("name", ["signal", "signal_g2", "signal_g4"])
@pytest.mark.parametrize("kind", ["magnetic-moment", "vector"])
def test_names_of_the_signal_are_taken_where_there_is_one(table, selection_of, name, kind):
    """A vector's two terms are added up to `signal` for pyhf: the category would be lost."""
    table["category"].append({"name": name, "truth": "mode == 7"})
    assert name in selection_of(table).sample_names
    with pytest.raises(InputError, match=f"category '{name}' has a name that is kept for the samples of .signal."):
        selection_of({**table, "signal": {**KEYS, "kind": kind}})


def test_a_message_lists_each_sample_once(table, selection_of):
    table["signal"] = {**KEYS, "kind": "magnetic-moment"}
    table["systematic"] = [{"name": "x", "kind": "normalisation", "size": 0.1, "samples": ["pion"]}]
    with pytest.raises(InputError, match=r"samples names 'pion'; there are signal, elastic, nue, other$"):
        selection_of(table)
