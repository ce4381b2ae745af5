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


@pytest.mark.parametrize(("key", "place"), [("energy_mev", 0), ("recoil_mev", 1)])
def test_energies_that_are_no_numbers_are_counted(key, place):
    energies = [np.full(5, 1000.0), np.full(5, 500.0)]
    energies[place][3] = np.nan
    with pytest.raises(InputError, match=f"signal.{key} is NaN in 1 of 5 events of elastic"):
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
