"""How many times faster than pyhf are toys? The same toys are fitted by both; q~ is compared first.

Usage: python benchmarks/toys.py [WORKSPACE.json]

A toy is drawn (main counts and auxiliary measurements) and fitted free and at mu, the median limit. pyhf fits some of
the same toys with the numpy backend and its scipy optimiser; ours are timed on several blocks with each engine, drawing
included. One process each; run with OMP_NUM_THREADS=1 on a machine with other work.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pyhf

from numm_stats.inference.batch.engine import available_engine
from numm_stats.inference.batch.ensemble import BLOCK, draw_block
from numm_stats.inference.limits import upper_limit
from numm_stats.inference.statmodel import StatisticalModel, read_workspace
from numm_stats.inference.toys import ToyTask, conditional_hypothesis, throw, toy_task

AGREEMENT = 5e-4  # pyhf's own optimisers differ by 1e-4
PYHF_TOYS = 20
SECONDS = 3.0
DEFAULT = Path(__file__).parent.parent / "workspaces" / "isodar-juno-0.2mev" / "workspace.json"


def pyhf_values(spec: dict, task: ToyTask, mu: float) -> tuple[np.ndarray, float]:
    """Return pyhf's q~ of the first toys, and the time that each took [s]."""
    pyhf.set_backend("numpy", "scipy")
    model = pyhf.Workspace(spec).model()
    settings = (model.config.suggested_init(), model.config.suggested_bounds(), model.config.suggested_fixed())
    toys = draw_block(task.model.model, task.hypothesis, seed=task.seed, block=0)
    start = time.perf_counter()
    values = [
        float(pyhf.infer.test_statistics.qmu_tilde(mu, [*toys.main[k], *toys.auxiliary[k]], model, *settings))
        for k in range(PYHF_TOYS)
    ]
    return np.array(values), (time.perf_counter() - start) / PYHF_TOYS


def our_rate(model: StatisticalModel, mu: float, engine: str) -> tuple[ToyTask, float]:
    """Return a task of signal-plus-background toys and how many are made a second."""
    task = toy_task(model, conditional_hypothesis(model, mu), (mu,), seed=1, engine=engine)
    throw(task, 1)
    toys, start = 0, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        throw(task, BLOCK, first_block=toys // BLOCK)
        toys += BLOCK
    return task, toys / (time.perf_counter() - start)


def main() -> None:
    """Compare, then print the ratios."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    spec = json.loads(path.read_text())
    model = read_workspace(spec)
    mu = upper_limit(model, "cls").median
    for engine in ("numpy", *(["numba"] if available_engine() == "numba" else [])):
        task, rate = our_rate(model, mu, engine)
        theirs, seconds = pyhf_values(spec, task, mu)
        worst = float(np.abs(throw(task, PYHF_TOYS).values[0] - theirs).max())
        print(f"{path.name}, {engine}: largest difference of q~ {worst:.1e} (must be below {AGREEMENT:g})")
        if worst > AGREEMENT:
            sys.exit("the answers disagree: no ratio")
        print(f"toys: pyhf numpy+scipy {1.0 / seconds:.3g}/s, ours {rate:.3g}/s: {rate * seconds:.0f} times")


if __name__ == "__main__":
    main()
