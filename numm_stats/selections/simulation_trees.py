"""Simulated events as ROOT files: NOvA's flattened analysis tree, and the protons on target beside it.

Branches of `recTree`; f8 where a float's rounding would move a recoil above the largest that its energy allows.

    rec.hdr.run, rec.hdr.evt                    i4  run of the file, number of the event in it
    rec.mc.nu.E                                 f8  true neutrino energy [GeV]
    rec.mc.nu.pdg, .inttype, .mode, .iscc       i4, i4, i4, bool  nusimdata's codes; 1098 and 5: nu-e elastic
    rec.mc.nu.recoil.T, .theta                  f8  true kinetic energy [GeV] and angle to the beam [rad], our names
    rec.mc.nu.wgt                               f8  central value: sums to the events expected at the file's POT
    rec.mc.nu.rwgt.ppfx.vuniv                   f4  flux universes, one row each event
    rec.mc.nu.rwgt.xsec.plus1sigma, .minus1sigma f4 cross sections up and down, our names
    rec.vtx.elastic.vtx.x, .y, .z               f4  vertex [cm]
    rec.vtx.elastic.fuzzyk.npng                 i4  number of prongs
    rec.vtx.elastic.fuzzyk.png.shwlid.calE      f4  shower energy [GeV]
    rec.vtx.elastic.fuzzyk.png.shwlid.theta     f4  shower angle to the beam [rad], our name
    rec.sel.nuone.nuoneid, .epi0nuoneid         f4  scores, 0 to 1
    rec.sel.nuone.contained                     bool, our name

Jagged files hold all prongs, leading one first, and universes as a jagged branch with its counter `.nvuniv`; flat files
the leading prong's numbers, and universes as an array of fixed size. All weights but `wgt` are factors on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from numm_stats.physics.flavours import FLAVOURS
from numm_stats.selections.simulation_categories import CATEGORIES
from numm_stats.selections.simulation_response import reconstruct
from numm_stats.selections.simulation_weights import cross_section_weights, universe_weights

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.random import Generator
    from numpy.typing import NDArray

    from numm_stats.selections.simulation_response import SeenEvents
    from numm_stats.selections.simulation_truth import TrueEvents

__all__ = ["POT_HISTOGRAM", "POT_TREE", "TREE", "Layout", "TreeWriter"]

TREE: Final = "recTree"
POT_HISTOGRAM: Final = "TotalPOT"
POT_TREE: Final = "spillTree"

PDG: Final = {"nu_e": 12, "nu_mu": 14, "nu_tau": 16, "nu_e_bar": -12, "nu_mu_bar": -14, "nu_tau_bar": -16}
_PRONG: Final = "rec.vtx.elastic.fuzzyk.png.shwlid"
_PRONGS: Final = "rec.vtx.elastic.fuzzyk.npng"
_UNIVERSES: Final = "rec.mc.nu.rwgt.ppfx.vuniv"
_COUNTERS: Final = {
    f"{_PRONG}.calE": _PRONGS, f"{_PRONG}.theta": _PRONGS, _UNIVERSES: "rec.mc.nu.rwgt.ppfx.nvuniv"
}  # fmt: skip
_SPILLS: Final = 100


@dataclass(frozen=True, slots=True)
class Layout:
    """How events are laid out in a tree.

    Attributes:
        jagged: all prongs and jagged universes, or the leading prong and arrays of fixed size.
        universes: number of flux universes; no branch without any.
    """

    jagged: bool = True
    universes: int = 20


class TreeWriter:
    """Writes events into a ROOT file, a chunk at a time.

    Args:
        path: of the file, written over.
        layout: of the tree.
        run: `rec.hdr.run`.
        chunks: how many will come; more are possible.
    """

    def __init__(self, path: Path, layout: Layout, run: int, chunks: int) -> None:
        import uproot  # noqa: PLC0415  slow to load, and most commands write no ROOT file

        self.layout, self.run = layout, run
        self._events, self._capacity = 0, chunks + 2
        self._tree: Any = None
        self._file = uproot.recreate(path, compression=uproot.ZSTD(1))

    def __enter__(self) -> TreeWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def extend(self, random: Generator, events: TrueEvents, pot_per_event: float, energy_scale: float = 1.0) -> None:
        """Reconstruct events and append them to the tree.

        Args:
            random: where the randomness comes from.
            events: n of them.
            pot_per_event: protons on target that one event stands for.
            energy_scale: mean visible over true energy.
        """
        seen = reconstruct(random, events, energy_scale)
        numbers = np.arange(self._events, self._events + len(events.weight), dtype=np.int32)
        columns = {"rec.hdr.run": np.full_like(numbers, self.run), "rec.hdr.evt": numbers}
        columns |= _true_columns(events, pot_per_event) | _seen_columns(seen) | self._varied_columns(events, seen)
        if self._tree is None:
            types = {name: _branch_type(column) for name, column in columns.items()}
            self._tree = self._file.mktree(
                TREE, types, counter_name=_COUNTERS.get, initial_basket_capacity=self._capacity
            )
        self._tree.extend(columns)
        self._events += len(numbers)

    def finish(self, pot: float, random: Generator) -> None:
        """Write the protons on target: all of them in `TotalPOT`, in 100 parts that differ by a tenth in `spillTree`.

        Args:
            pot: of the file.
            random: where the sizes of the parts come from.
        """
        self._file[POT_HISTOGRAM] = np.array([pot]), np.array([0.0, 1.0])
        parts = random.uniform(0.9, 1.1, size=_SPILLS)
        self._file.mktree(POT_TREE, {"spill.spillpot": np.float64})
        self._file[POT_TREE].extend({"spill.spillpot": pot * parts / parts.sum()})

    def _varied_columns(self, events: TrueEvents, seen: SeenEvents) -> dict[str, Any]:
        """What the two layouts hold differently."""
        energy, theta = (seen.energy_mev / 1e3).astype(np.float32), seen.theta_rad.astype(np.float32)
        weights = universe_weights(events, self.layout.universes) if self.layout.universes else None
        if not self.layout.jagged:
            leading = {"calE": energy[seen.leading], "theta": theta[seen.leading]}
            columns = {_PRONGS: seen.prongs} | {f"{_PRONG}.{key}": values for key, values in leading.items()}
            return columns if weights is None else columns | {_UNIVERSES: weights}
        columns = {f"{_PRONG}.calE": _jagged(energy, seen.prongs), f"{_PRONG}.theta": _jagged(theta, seen.prongs)}
        if weights is not None:
            columns[_UNIVERSES] = _jagged(weights.ravel(), np.full(len(weights), self.layout.universes))
        return columns


def _true_columns(events: TrueEvents, pot_per_event: float) -> dict[str, NDArray[Any]]:
    """Columns of what happened."""
    kinds = {
        "inttype": [category.interaction for category in CATEGORIES],
        "mode": [category.mode for category in CATEGORIES],
    }
    up, down = cross_section_weights(events)
    return {
        "rec.mc.nu.E": events.energy_mev / 1e3,
        "rec.mc.nu.pdg": np.array([PDG[flavour] for flavour in FLAVOURS], dtype=np.int32)[events.flavour],
        **{f"rec.mc.nu.{key}": np.array(codes, dtype=np.int32)[events.category] for key, codes in kinds.items()},
        "rec.mc.nu.iscc": np.array([category.charged for category in CATEGORIES])[events.category],
        "rec.mc.nu.recoil.T": events.recoil_mev / 1e3,
        "rec.mc.nu.recoil.theta": events.theta_rad,
        "rec.mc.nu.wgt": events.weight * pot_per_event,
        "rec.mc.nu.rwgt.xsec.plus1sigma": up,
        "rec.mc.nu.rwgt.xsec.minus1sigma": down,
    }


def _seen_columns(seen: SeenEvents) -> dict[str, NDArray[Any]]:
    """Columns of what is seen, the same in both layouts."""
    vertex = dict(zip("xyz", seen.vertex_cm.astype(np.float32), strict=True))
    return {
        **{f"rec.vtx.elastic.vtx.{axis}": values for axis, values in vertex.items()},
        "rec.sel.nuone.nuoneid": seen.nuoneid.astype(np.float32),
        "rec.sel.nuone.epi0nuoneid": seen.epi0nuoneid.astype(np.float32),
        "rec.sel.nuone.contained": seen.contained,
    }


def _jagged(content: NDArray[Any], counts: NDArray[Any]) -> Any:
    import awkward as ak  # noqa: PLC0415

    return ak.unflatten(content, counts)


def _branch_type(column: Any) -> Any:
    """Return what uproot calls the type of a column."""
    if not isinstance(column, np.ndarray):
        return "var * float32"
    return np.dtype((column.dtype, column.shape[1:]))
