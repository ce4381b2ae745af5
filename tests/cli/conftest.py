"""What tests of commands about ROOT files share: small files with jagged branches, and a selection of them."""

import awkward as ak
import numpy as np
import pytest
import tomli_w
import uproot

TABLE = {
    "name": "small",
    "tree": "recTree",
    "cuts": ["calE > 0.5", "max(png.E) > 0.05"],
    "weight": "weight",
    "rest": "other",
    "observable": [{"name": "energy", "expression": "calE", "unit": "GeV", "edges": [0.5, 1.0, 1.5, 2.0, 3.0]}],
    "category": [{"name": "elastic", "truth": "mode == 5"}],
    "exposure": {"histogram": "TotalPOT", "pot": 2e20},
    "signal": {
        "kind": "magnetic-moment",
        "categories": ["elastic"],
        "energy_mev": "1000 * E",
        "recoil_mev": "1000 * T",
        "pdg": "pdg",
    },
    "systematic": [{"name": "flux", "kind": "universes", "branch": "universes"}],
}


def draw(events, seed):
    """Columns of made-up events."""
    random = np.random.default_rng(seed)
    energy = random.uniform(1.0, 4.0, events)
    recoil = energy * random.uniform(0.05, 0.95, events)
    return {
        "calE": (recoil * random.normal(1.0, 0.05, events)).astype(np.float32),
        "png.E": ak.unflatten(random.uniform(0.1, 1.0, 2 * events).astype(np.float32), np.full(events, 2)),
        "weight": random.uniform(0.5, 1.5, events),
        "mode": np.where(np.arange(events) % 3 == 0, 5, 1).astype(np.int32),
        "pdg": np.full(events, 14, dtype=np.int32),
        "E": energy,
        "T": recoil,
        "universes": random.normal(1.0, 0.1, (1, 6)).repeat(events, axis=0).astype(np.float32),
    }


class Small:
    """A folder of small files: events, and a selection of them."""

    def __init__(self, folder):
        self.folder = folder

    def events(self, name, events=300, *, seed=0, pot=1e20, tree="recTree", compression=None, **replaced):
        """Write a ROOT file and return its path; a column that is replaced by None is left out, and so is no pot."""
        columns = {key: values for key, values in (draw(events, seed) | replaced).items() if values is not None}
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with uproot.recreate(path, compression=compression) as file:
            types = {key: _type(values) for key, values in columns.items()}
            file.mktree(tree, types).extend(columns)
            if pot is not None:
                file["TotalPOT"] = np.array([pot]), np.array([0.0, 1.0])
        return path

    def selection(self, changes=(), *, without=None):
        """Write a selection, with other tables than `TABLE` or without one, and return the path of its TOML file."""
        table = {key: value for key, value in {**TABLE, **dict(changes)}.items() if key != without}
        path = self.folder / "small.toml"
        path.write_text(tomli_w.dumps(table), encoding="utf-8")
        return path


@pytest.fixture
def small(tmp_path):
    """Small files of events and a selection of them, in tmp_path."""
    return Small(tmp_path)


def _type(values):
    return np.dtype((values.dtype, values.shape[1:])) if isinstance(values, np.ndarray) else values.type.content
