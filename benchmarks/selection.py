"""How fast events become templates, against `uproot.iterate` over the same branches with nothing done to them.

Events are simulated into files (2 million in 8, as the README's). First the templates are checked against numpy's
histograms of the whole arrays, bin by bin; no time is stated where they differ. Then

- reading: wall and processor time of both, the best of `--repeats` in turns, and their ratio;
- processes: the same with two worker processes that have imported what they need, against this process alone; beside
  it what two loops of plain Python in these processes reach over one, turn by turn: all that the machine has to give
  while others use it too;
- memory: the peak of a process that selects from an eighth of the files, and from all.

Exit code 1 if answers disagree.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import timeit
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import awkward as ak
import numpy as np
import uproot

from numm_stats.selections.build import select
from numm_stats.selections.reading import parse_selection
from numm_stats.selections.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from numm_stats.selections.table import Selection

SCORE, FORWARD = 0.5, 0.005
ELASTIC, ELECTRON, MUON = 1098, 12, 14
PRONG = "rec.vtx.elastic.fuzzyk.png.shwlid"
TABLE: dict[str, Any] = {
    "name": "benchmark",
    "tree": "recTree",
    "weight": "rec.mc.nu.wgt",
    "rest": "nc",
    "cuts": [
        "rec.sel.nuone.contained == 1",
        f"rec.sel.nuone.nuoneid > {SCORE} and rec.sel.nuone.epi0nuoneid > {SCORE}",
        f"{PRONG}.calE[0] * {PRONG}.theta[0]**2 < {FORWARD}",
    ],
    "observable": [{"name": "calE", "expression": f"max({PRONG}.calE)", "start": 0.5, "stop": 5.0, "width": 0.25}],
    "category": [
        {"name": "elastic", "truth": f"rec.mc.nu.inttype == {ELASTIC}"},
        {"name": "numu_cc", "truth": f"rec.mc.nu.iscc == 1 and rec.mc.nu.pdg in ({MUON}, -{MUON})"},
        {"name": "nue_cc", "truth": f"rec.mc.nu.iscc == 1 and rec.mc.nu.pdg in ({ELECTRON}, -{ELECTRON})"},
    ],
    "exposure": {"pot": 3.62e20, "histogram": "TotalPOT"},
    "signal": {
        "kind": "magnetic-moment",
        "categories": ["elastic"],
        "energy_mev": "1000 * rec.mc.nu.E",
        "recoil_mev": "1000 * rec.mc.nu.recoil.T",
        "pdg": "rec.mc.nu.pdg",
    },
    "systematic": [
        {"name": "flux", "kind": "universes", "branch": "rec.mc.nu.rwgt.ppfx.vuniv"},
        {
            "name": "cross_section",
            "kind": "weights",
            "up": "rec.mc.nu.rwgt.xsec.plus1sigma",
            "down": "rec.mc.nu.rwgt.xsec.minus1sigma",
        },
    ],
}
SPIN = partial(timeit.timeit, "total += 1", "total = 0", number=10_000_000)  # plain Python, for some tenths of a second
AGREEMENT = 1e-9  # sums of a million weights in another order


def main(arguments: list[str]) -> int:
    """Print the table; return the exit code."""
    options = parsed(arguments)
    selection = parse_selection(TABLE, "benchmark")
    if options.peak_of:
        select(selection, options.peak_of)
        print(peak_mib())
        return 0
    with tempfile.TemporaryDirectory() as folder:
        files = [str(path) for path in simulate(Path(folder), events=options.events, files=options.files, seed=1)]
        difference = largest_difference(selection, files)
        print(f"templates against numpy: largest relative difference {difference:.1e}, allowed {AGREEMENT:g}")
        if not difference < AGREEMENT:
            print("DISAGREE: no time is stated")
            return 1
        print(json.dumps(measured(selection, files, options.repeats), indent=2))
    return 0


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--peak-of", nargs="+", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def largest_difference(selection: Selection, files: list[str]) -> float:
    """Return the largest difference of a bin from numpy's, relative to the fullest bin of its sample."""
    names = sorted(branches(selection) - set(selection.universe_branches.values()))
    whole = uproot.concatenate([f"{path}:{selection.tree}" for path in files], names)
    energy, theta = whole[f"{PRONG}.calE"], whole[f"{PRONG}.theta"]
    leading = np.asarray(energy[:, 0], dtype=float)
    observable = np.asarray(ak.max(energy, axis=1), dtype=float)
    scores = (whole["rec.sel.nuone.nuoneid"] > SCORE) & (whole["rec.sel.nuone.epi0nuoneid"] > SCORE)
    passes = np.asarray(whole["rec.sel.nuone.contained"] & scores) & (
        leading * np.asarray(theta[:, 0]) ** 2.0 < FORWARD
    )
    elastic, charged = np.asarray(whole["rec.mc.nu.inttype"] == ELASTIC), np.asarray(whole["rec.mc.nu.iscc"] == 1)
    family = np.abs(np.asarray(whole["rec.mc.nu.pdg"]))
    category = np.select([elastic, charged & (family == MUON), charged & (family == ELECTRON)], [0, 1, 2], default=3)
    found = select(selection, files)
    scale, edges = found.exposure.scale, found.edges[0]
    differences = []
    for number, name in enumerate(selection.category_names):
        chosen = passes & (category == number)
        weights = np.asarray(whole["rec.mc.nu.wgt"])[chosen]
        expected = scale * np.histogram(observable[chosen], bins=edges, weights=weights)[0]
        differences.append(float(np.abs(found[name].values() - expected).max() / expected.max()))
    return max(differences)


def measured(selection: Selection, files: list[str], repeats: int) -> dict[str, float]:
    """Return the figures: seconds, ratios, MiB."""
    alone, untouched = in_turns([lambda: select(selection, files), lambda: read_only(selection, files)], repeats)
    with ProcessPoolExecutor(2) as two:
        select(selection, files, executor=two)  # imports and compilation are not counted
        both, again, two_loops, one_loop = in_turns(
            [
                lambda: select(selection, files, executor=two),
                lambda: select(selection, files),
                lambda: spin_in(two),
                SPIN,
            ],
            repeats,
        )
    peaks = [peak_of(part) for part in (files[: max(1, len(files) // 8)], files)]
    return {
        "uproot.iterate, wall s": untouched[0],
        "select, wall s": alone[0],
        "throughput over that of uproot.iterate, wall": untouched[0] / alone[0],
        "throughput over that of uproot.iterate, processor": untouched[1] / alone[1],
        "two processes, wall s": both[0],
        "two processes over one": again[0] / both[0],
        "two loops of plain Python over one, capacity": 2.0 * one_loop[0] / two_loops[0],
        "peak MiB, an eighth of the events": peaks[0],
        "peak MiB, all of them": peaks[1],
    }


def read_only(selection: Selection, files: list[str]) -> None:
    """Read the branches that a selection reads, and do nothing to them."""
    for _ in uproot.iterate(
        [f"{path}:{selection.tree}" for path in files], filter_name=branches(selection).__contains__
    ):
        pass


def branches(selection: Selection) -> set[str]:
    """Return the branches that a selection reads."""
    return {column.branch for column in selection.columns.values()} | set(selection.universe_branches.values())


def spin_in(two: ProcessPoolExecutor) -> None:
    """Run two loops of plain Python in two processes."""
    for running in [two.submit(SPIN), two.submit(SPIN)]:
        running.result()


def in_turns(functions: list[Callable[[], object]], repeats: int) -> list[tuple[float, float]]:
    """Return the best wall and processor seconds of each function, called in turns."""
    times: list[list[tuple[float, float]]] = [[] for _ in functions]
    for _ in range(repeats):
        for function, taken in zip(functions, times, strict=True):
            wall, processor = time.perf_counter(), time.process_time()
            function()
            taken.append((time.perf_counter() - wall, time.process_time() - processor))
    return [(min(wall for wall, _ in taken), min(processor for _, processor in taken)) for taken in times]


def peak_of(files: list[str]) -> float:
    """Return the peak memory [MiB] of a process of its own that selects from files."""
    command = [sys.executable, __file__, "--peak-of", *files]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def peak_mib() -> float:
    """Return the peak memory of this process [MiB], as Linux counts it; `ru_maxrss` begins with that of the parent."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 2**10


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
