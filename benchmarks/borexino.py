"""Borexino's eight configurations to one limit, against one limit of one of them by pyhf.

The whole job: eight workspaces made from the analysis, eight profiles, the average, its limits by CLs and by the rise
of -2 ln L. pyhf gets one workspace ready-made and scans it with `toms748_scan`, numpy and Minuit. First the two limits
on that workspace are compared.

    .venv/bin/python benchmarks/borexino.py

prints both times, their ratio, and what a second process gains.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

import pyhf

from numm_stats.analyses.choices import configurations
from numm_stats.verbs.averages import average
from numm_stats.verbs.limiting import limit
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import build_spec_of
from numm_stats.verbs.throwing import workers

ENTRY = "borexino-phase2"
ONE = "within_230_ns-synthetic-gs98"
AGREE = 1e-3  # relative, in the parameter
CONSTRUCTIONS = ("cls", "delta-chi2")


def main() -> None:
    """Measure, after the answers agree."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--repeat", type=int, default=3, help="Of our job, the median counts.")
    arguments.add_argument("--job", type=int, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.job is not None:
        print(_job(given.job))
        return
    spec = build_spec_of(configurations(load(ENTRY))[ONE])
    theirs, optimiser, seconds = _by_pyhf(spec)
    ours = limit(spec, construction="cls").parameter.median
    assert abs(theirs / ours - 1.0) < AGREE, (theirs, ours)
    print(f"expected CLs limit of {ONE}: ours {ours:.6f}, pyhf {theirs:.6f}")
    print(f"pyhf, one toms748_scan, numpy and {optimiser}: {seconds:.1f} s")
    one, two = (sorted(_fresh(jobs) for _ in range(given.repeat))[given.repeat // 2] for jobs in (1, 2))
    print(f"8 workspaces, 8 profiles, average, limits, one process: {one:.2f} s, {seconds / one:.1f} times faster")
    print(f"two processes: {two:.2f} s, {one / two:.2f} times one")


def _by_pyhf(spec: dict[str, object]) -> tuple[float, str, float]:
    """Median expected limit, the optimiser that found it, and the time: plain Minuit fails on some of these fits."""
    workspace = pyhf.Workspace(spec)
    model = workspace.model()
    data = workspace.data(model)
    for strategy in (None, 2):
        pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(strategy=strategy))
        start = time.perf_counter()
        try:
            _, band = pyhf.infer.intervals.upper_limits.toms748_scan(data, model, 0.0, 5.0, level=0.1)
        except pyhf.exceptions.FailedMinimization:
            print(f"Minuit of strategy {strategy}: FailedMinimization", file=sys.stderr)
            continue
        return float(band[2]), f"Minuit, strategy {strategy}", time.perf_counter() - start
    raise SystemExit("pyhf cannot fit this workspace with Minuit")


def _fresh(jobs: int) -> float:
    """The job in a process of its own, where nothing is cached; without the imports."""
    done = subprocess.run([sys.executable, __file__, "--job", str(jobs)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _job(jobs: int) -> float:
    start = time.perf_counter()
    with workers(jobs) as executor:
        average(ENTRY, constructions=CONSTRUCTIONS, executor=executor, workers=jobs)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
