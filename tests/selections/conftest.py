"""What tests of selections share: events as numpy arrays, in ROOT files, and a selection of them."""

import copy

import awkward as ak
import numpy as np
import pytest
import uproot

from numm_stats.physics.kinematics import maximum_recoil_mev
from numm_stats.selections.reading import parse_selection

TABLE = {
    "name": "test",
    "tree": "recTree",
    "cuts": ["calE > 0.5", "max(png.E) > 0.2"],
    "weight": "w",
    "rest": "other",
    "observable": [{"name": "calE", "expression": "calE", "unit": "GeV", "start": 0.5, "stop": 4.5, "width": 0.5}],
    "category": [
        {"name": "elastic", "truth": "mode == 5"},
        {"name": "nue", "truth": "rec.mc.nu.pdg in (12, -12)"},
    ],
    "exposure": {"pot": 3e20, "histogram": "TotalPOT"},
}


def draw(events, seed):
    """Columns of events by branch; lists of prongs that may be empty."""
    random = np.random.default_rng(seed)
    energy = random.exponential(3.0, events) + 0.1
    counts = random.integers(0, 4, events)
    return {
        "calE": random.exponential(1.5, events).astype(np.float32),
        "theta": random.exponential(0.05, events).astype(np.float32),
        "rec.mc.nu.E": energy,
        "rec.mc.nu.pdg": random.choice([12, 14, -12, -14], events).astype(np.int32),
        "T": random.uniform(0.05, 0.95, events) * maximum_recoil_mev(1e3 * energy) / 1e3,
        "mode": random.choice([1, 5], events).astype(np.int32),
        "w": random.uniform(0.5, 1.5, events),
        "up": random.uniform(1.0, 1.3, events),
        "down": random.uniform(0.8, 1.0, events),
        "universes": random.normal(1.0, 0.1, (events, 30)).astype(np.float32),
        "png.E": ak.unflatten(random.exponential(1.0, counts.sum()).astype(np.float32), counts),
    }


def write(path, columns, *, pot=1e20, tree="recTree", compression=None, chunks=3):
    """A ROOT file with the columns in a tree, in so many baskets, and its exposure in three places."""
    types = {name: "var * float32" if name == "png.E" else _type(values) for name, values in columns.items()}
    with uproot.recreate(path, compression=compression) as file:
        written = file.mktree(tree, types)
        length = len(columns["w"])
        for part in np.array_split(np.arange(length), chunks):
            if len(part):
                written.extend({name: values[part[0] : part[-1] + 1] for name, values in columns.items()})
        if pot is not None:
            file["TotalPOT"] = np.histogram([0.5], bins=1, range=(0.0, 1.0), weights=[pot])
            file.mktree("spillTree", {"spillpot": "float64"}).extend({"spillpot": np.full(4, pot / 4e12)})
    return str(path)


def _type(values):
    return (values.dtype, values.shape[1:]) if values.ndim > 1 else values.dtype


@pytest.fixture
def table():
    """A selection as its TOML file has it, to be changed."""
    return copy.deepcopy(TABLE)


@pytest.fixture
def selection_of():
    """The selection that a table states."""
    return lambda table: parse_selection(table, "test.toml")


@pytest.fixture
def make_events(tmp_path):
    """A ROOT file and its columns: make_events("name.root", events=500, seed=0, pot=1e20, w=..., ...)."""

    def make(name, events=500, seed=0, *, pot=1e20, tree="recTree", compression=None, **replaced):
        columns = draw(events, seed) | replaced
        return write(tmp_path / name, columns, pot=pot, tree=tree, compression=compression), columns

    return make


@pytest.fixture(scope="session")
def samples(tmp_path_factory):
    """Three files with a tree of 4,000 events each, and all columns together."""
    folder = tmp_path_factory.mktemp("events")
    parts = [draw(4000, seed) for seed in range(3)]
    paths = [write(folder / f"events_{number}.root", part) for number, part in enumerate(parts)]
    whole = {name: ak.concatenate([part[name] for part in parts]) for name in parts[0]}
    return paths, {name: values if name == "png.E" else ak.to_numpy(values) for name, values in whole.items()}
