"""Simulated files: what is in them, that a seed makes them, and that nothing is left of one that failed."""

import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from numm_stats.errors import InputError
from numm_stats.physics.weak import weak_cross_section
from numm_stats.selections import simulation
from numm_stats.selections.simulation import CHUNK, POT_PER_EVENT, SimulatedFile, simulate, truth
from numm_stats.selections.simulation_categories import CATEGORIES
from numm_stats.selections.simulation_trees import PDG, TreeWriter
from numm_stats.selections.simulation_truth import LOWEST_RECOIL_MEV

PRONG = "rec.vtx.elastic.fuzzyk.png.shwlid"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    return simulate(folder, events=6001, files=2, seed=11, universes=3)


def test_recoils_stay_inside_the_kinematic_range_when_written(files):
    for path in files:
        columns = uproot.open(path)["recTree"].arrays(["rec.mc.nu.E", "rec.mc.nu.recoil.T", "rec.mc.nu.inttype"])
        own = columns["rec.mc.nu.inttype"] == 1098
        energy, recoil = (ak.to_numpy(columns[name][own]) * 1e3 for name in ("rec.mc.nu.E", "rec.mc.nu.recoil.T"))
        assert (weak_cross_section(energy, recoil, "nu_mu") > 0).all()
        assert recoil.min() >= LOWEST_RECOIL_MEV * (1 - 1e-15)


def test_leading_prong_is_first_and_largest(files):
    prongs = uproot.open(files[0])["recTree"].arrays([f"{PRONG}.calE", f"{PRONG}.theta"])
    energy = prongs[f"{PRONG}.calE"]
    assert ak.num(energy).to_numpy().min() == 1
    assert ak.num(energy).to_numpy().max() > 2
    assert ak.all(energy[:, 0] == ak.max(energy, axis=1))


def columns_of(paths, names=None):
    """Everything in the trees, as one awkward array."""
    return uproot.concatenate([f"{path}:recTree" for path in paths], names)


def test_uproot_reads_every_branch(files):
    tree = uproot.open(files[1])["recTree"]
    assert tree.num_entries == 3001
    columns = tree.arrays()
    assert len(columns.fields) == 23
    assert set(np.unique(columns["rec.mc.nu.inttype"])) == {1001, 1006, 1091, 1098}
    assert set(np.unique(columns["rec.mc.nu.pdg"])) <= set(PDG.values())
    assert ak.all(columns["rec.hdr.run"] == 10_001)
    assert columns["rec.hdr.evt"].to_list() == list(range(3001))
    assert ak.all(columns["rec.vtx.elastic.fuzzyk.npng"] == ak.num(columns[f"{PRONG}.calE"]))
    assert ak.all(ak.num(columns["rec.mc.nu.rwgt.ppfx.vuniv"]) == 3)
    for name in columns.fields:
        assert np.isfinite(ak.to_numpy(ak.flatten(columns[name], axis=None)).astype(float)).all(), name


def test_protons_on_target_add_up(files):
    assert sum(float(uproot.open(path)["TotalPOT"].values()[0]) for path in files) == 6001 * POT_PER_EVENT
    for path in files:
        with uproot.open(path) as file:
            spills = file["spillTree"]["spill.spillpot"].array(library="np")
            assert file["TotalPOT"].classname == "TH1D"
            assert spills.sum() == pytest.approx(file["TotalPOT"].values()[0], rel=1e-12)


def test_weights_of_a_file_sum_to_the_events_at_its_protons_on_target(tmp_path):
    (path,) = simulate(tmp_path, events=40_000, files=1, seed=5, universes=0)
    weights = columns_of([path], ["rec.mc.nu.wgt"])["rec.mc.nu.wgt"].to_numpy()
    beam = truth("forward")
    per_pot = beam.weak_events_per_pot() + beam.signal_per_pot * sum(c.per_signal for c in CATEGORIES[1:])
    expected = per_pot * float(uproot.open(path)["TotalPOT"].values()[0])
    assert weights.sum() == pytest.approx(expected, abs=5 * weights.std() * np.sqrt(len(weights)))


def test_same_seed_same_bits_in_threads_or_not(files, tmp_path):
    with ThreadPoolExecutor(2) as executor:
        again = simulate(tmp_path, events=6001, files=2, seed=11, universes=3, executor=executor)
    assert [path.name for path in again] == [path.name for path in files]
    assert ak.array_equal(columns_of(files), columns_of(again))


def test_files_can_be_written_by_processes(files, tmp_path):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        again = simulate(tmp_path, events=6001, files=2, seed=11, universes=3, executor=executor)
    assert ak.array_equal(columns_of(files), columns_of(again))


def test_seed_file_and_mode_all_change_the_events(files, tmp_path):
    other = simulate(tmp_path, events=6001, files=2, seed=12, universes=3)
    reverse = simulate(tmp_path, events=6001, files=2, seed=11, universes=3, mode="reverse")
    energies = [tuple(columns_of([path], ["rec.mc.nu.E"])["rec.mc.nu.E"][:5]) for path in (*files, *other, *reverse)]
    assert len(set(energies)) == 6


def test_flat_files_hold_the_events_of_jagged_ones(files, tmp_path):
    jagged = columns_of(files)
    flat = columns_of(simulate(tmp_path, events=6001, files=2, seed=11, universes=3, jagged=False))
    for name in flat.fields:
        wanted = jagged[name][:, 0] if name.startswith(PRONG) else jagged[name]
        assert ak.all(flat[name] == wanted), name
    assert flat["rec.mc.nu.rwgt.ppfx.vuniv"].type.content.size == 3


def test_chunks_do_not_repeat(tmp_path):
    (path,) = simulate(tmp_path, events=CHUNK + 1000, files=1, seed=1, universes=0)
    energy = columns_of([path], ["rec.mc.nu.E"])["rec.mc.nu.E"].to_numpy()
    assert len(energy) == CHUNK + 1000
    assert not np.isin(energy[CHUNK:], energy[:CHUNK]).any()


def test_another_calibration_moves_the_same_events(files, tmp_path):
    names = ["rec.mc.nu.recoil.T", "rec.sel.nuone.nuoneid", f"{PRONG}.theta", f"{PRONG}.calE"]
    scaled = columns_of(simulate(tmp_path, events=6001, files=2, seed=11, universes=3, energy_scale=1.05), names)
    nominal = columns_of(files, names)
    for name in names[:3]:
        assert ak.all(scaled[name] == nominal[name])
    high = nominal[f"{PRONG}.calE"][:, 0] > 2.0
    ratio = scaled[f"{PRONG}.calE"][high][:, 0] / nominal[f"{PRONG}.calE"][high][:, 0]
    assert ratio.to_numpy() == pytest.approx(1.05, abs=1e-3)  # the resolution's constant noise is not scaled


@pytest.mark.parametrize(("events", "files"), [(1, 1), (10, 3), (7, 7), (2_000_000, 8)])
def test_events_are_shared_evenly(events, files, tmp_path, monkeypatch):
    sizes = []
    monkeypatch.setattr(simulation, "write_simulated", lambda task: sizes.append(task.events) or task.path)
    simulate(tmp_path, events=events, files=files, seed=0)
    assert sum(sizes) == events
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"events": 0}, "events = 0: allowed: one or more"),
        ({"events": -5}, "events = -5"),
        ({"files": 0}, "files = 0: allowed: 1 to 10"),
        ({"files": 11}, "files = 11: allowed: 1 to 10, one event in each"),
        ({"seed": -1}, "seed = -1: allowed: 0 to 2\\^64 - 1"),
        ({"seed": 2**64}, "seed = 18446744073709551616"),
        ({"mode": "forwards"}, "mode = 'forwards', did you mean 'forward'\\?: allowed: forward, reverse"),
        ({"universes": -1}, "universes = -1: allowed: 0 to 1000"),
        ({"energy_scale": 0.0}, "energy_scale = 0.0"),
        ({"energy_scale": float("nan")}, "energy_scale = nan"),
    ],
)
def test_bad_numbers_are_refused_before_any_folder_is_made(changed, words, tmp_path):
    with pytest.raises(InputError, match=words):
        simulate(tmp_path / "new", **({"events": 10, "files": 1, "seed": 1} | changed))
    assert not (tmp_path / "new").exists()


def test_a_file_for_a_folder_is_refused(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match="taken is a file: give a folder"):
        simulate(tmp_path / "taken", events=10, files=1, seed=1)


def test_files_are_never_written_over(tmp_path):
    simulate(tmp_path, events=10, files=1, seed=1)
    before = (tmp_path / "nova-forward-0000.root").read_bytes()
    with pytest.raises(InputError, match=r"nova-forward-0000\.root exists: take it away, or give another folder"):
        simulate(tmp_path, events=10, files=2, seed=2)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [before]


def test_a_file_that_appears_meanwhile_is_left_alone(tmp_path):
    target = tmp_path / "there.root"
    target.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        simulation.write_simulated(SimulatedFile(target, events=10, seed=1))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"there.root": b"mine"}


@pytest.mark.parametrize("workers", [None, 2])
def test_nothing_is_left_of_a_simulation_that_failed(workers, tmp_path, monkeypatch):
    finish = TreeWriter.finish

    def full_at_the_third(self, pot, random):
        if self.run == 10_002:
            raise OSError(28, os.strerror(28))
        finish(self, pot, random)

    monkeypatch.setattr(TreeWriter, "finish", full_at_the_third)
    executor = None if workers is None else ThreadPoolExecutor(workers)
    with pytest.raises(OSError, match="No space left"):
        simulate(tmp_path, events=40, files=4, seed=1, executor=executor)
    if executor is not None:
        executor.shutdown()
    assert list(tmp_path.iterdir()) == []


def test_paths_are_returned_in_order(tmp_path):
    paths = simulate(tmp_path / "a" / "b", events=12, files=3, seed=1)
    assert paths == tuple(tmp_path / "a" / "b" / f"nova-forward-000{k}.root" for k in range(3))
    assert all(isinstance(path, Path) and path.stat().st_mode & 0o777 == 0o644 for path in paths)
