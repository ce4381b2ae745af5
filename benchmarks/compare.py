"""How many times faster than other programs? One command: answers must agree first, then ratios are printed.

Usage: python benchmarks/compare.py [--workspaces small,main,large_nostat,large | FILE.json ...]
           [--peers numpy+minuit,numpy+scipy,jax+scipy,evermore,nextstat] [--seconds 3] [--quick] [--all]

For each workspace and each peer that is installed, on one thread:

- limit: observed and five expected 90 % CLs limits, on a workspace already loaded and from its file; gate: all within
  1e-3. Peers are told 2.1 times our highest limit as the upper end of their root finding.
- toys: q~ at the median limit, from a free and a conditional fit; gate: within 5e-4 on the same toys. Ours include
  drawing them, theirs do not.
- processes: our toys with two worker processes against one.

Imports and compilation are not counted. Times are the best of as many runs as fit into `--seconds`, at least one, and
processor time where the machine has other work; only the two processes need it for themselves. What would take a peer
more than five minutes is left out unless `--all` is given. Exit code 1 if answers disagree, or where no answer came.
"""

from __future__ import annotations

import os

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON")})
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

import argparse
import importlib.metadata
import importlib.util
import platform
import sys
import tempfile
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from ours import Ours, best_time, measure, process_rate, toys_and_values
from peers import PEERS, Peer, SetsLimits, missing

import workspaces
from numm_stats.inference.batch.ensemble import BLOCK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LIMIT_AGREEMENT = 1e-3
TOY_AGREEMENT = 5e-4  # pyhf's own optimisers differ by 2e-4
DISAGREE, NO_ANSWER = "DISAGREE", "NO ANSWER"
PEER_TOYS = (2, 20)  # at least and at most, rounded up to what is fitted at a time
PATIENCE_SECONDS = 300.0
CLS_PER_LIMIT = 40  # that a limit with its band takes pyhf
WORK_SECONDS = 10.0  # of one process, when it is compared with two
UPPER_END = 2.1  # times our highest limit: where peers begin; from 2.0 one of pyhf's scans found no interval on `main`
QUICK = {"seconds": 0.3, "patience": 20.0, "work": 1.0, "workspaces": ["small", "main"]}


class Disagreement(Exception):  # noqa: N818  what it is, not an error of the program
    """Two programs give different answers: a ratio of their times would mean nothing."""


@dataclass(frozen=True)
class Row:
    """A line of the table; `ratio` is how many times faster ours is, empty where it may not be stated."""

    workspace: str
    question: str
    peer: str
    theirs: str = ""
    ours: str = ""
    difference: str = ""
    ratio: str = ""
    note: str = ""


def gate(ours: Array, theirs: Array, allowed: float) -> float:
    """Return the largest difference of two sets of answers.

    Raises:
        Disagreement: if it is larger than allowed, or some answer is missing or no number.
    """
    if ours.shape != theirs.shape or not ours.size:
        raise Disagreement(f"{ours.size} answers of ours against {theirs.size}")
    worst = float(np.max(np.abs(theirs - ours)))
    if not worst <= allowed:
        raise Disagreement(f"answers differ by {worst:.1e}, allowed are {allowed:g}")
    return worst


def judged(row: Row, ours: Array, theirs: Array, allowed: float, ratio: float) -> Row:
    """Return the row with its ratio if the answers agree, else with what is wrong."""
    try:
        worst = gate(ours, theirs, allowed)
    except Disagreement as problem:
        return replace(row, difference=DISAGREE, note=str(problem))
    return replace(row, difference=f"{worst:.0e}", ratio=f"{ratio:.3g}")


def limit_rows(ours: Ours, name: str, options: argparse.Namespace) -> Iterator[Row]:
    """Compare limits, workspace loaded and from its file."""
    peer = PEERS[name]
    if not isinstance(peer, SetsLimits):
        yield Row(ours.name, "limit", name, note="sets no limits")
        return
    peer.load(ours.path.read_text())
    model, load_seconds = best_time(lambda: peer.load(ours.path.read_text()), options.seconds)
    peer.cls(model, ours.mu)
    _, cls_seconds = best_time(lambda: peer.cls(model, ours.mu), 0.0)
    if cls_seconds * CLS_PER_LIMIT > options.patience:
        note = f"left out: CLs once takes {cls_seconds:.1f} s, and a limit needs it {CLS_PER_LIMIT} times; --all"
        yield Row(ours.name, "limit", name, note=note)
        return
    limits, seconds = best_time(lambda: peer.limits(model, UPPER_END * float(ours.limits[-1])), options.seconds)
    for question, theirs, mine in (
        ("limit, loaded", seconds, ours.loaded_seconds),
        ("limit, from file", seconds + load_seconds, ours.file_seconds),
    ):
        row = Row(ours.name, question, name, f"{theirs * 1e3:.3g} ms", f"{mine * 1e3:.3g} ms")
        yield judged(row, np.ones(6), limits / ours.limits, LIMIT_AGREEMENT, theirs / mine)


def toy_rows(ours: Ours, name: str, options: argparse.Namespace) -> Iterator[Row]:
    """Compare q~ of the same toys, and rates, for each of our engines."""
    peer = PEERS[name]
    their_values, their_rate = their_toys(ours, peer, options.seconds)
    fitted = np.isfinite(their_values)
    notes = [f"{(~fitted).sum()} of {len(fitted)} toys fail there"] if not fitted.all() else []
    if not peer.draws_auxiliary:
        notes.append("another ensemble: auxiliary data fixed there, and in the gate")
    for engine, task in ours.tasks.items():
        _, values = toys_and_values(task, draw_auxiliary=peer.draws_auxiliary)
        mine = ours.rates[engine]
        row = Row(ours.name, f"toys, {engine}", name, f"{their_rate:.3g}/s", f"{mine:.3g}/s", note="; ".join(notes))
        same = values[: len(fitted)][fitted]
        yield judged(row, same, their_values[fitted], TOY_AGREEMENT, mine / their_rate)


def their_toys(ours: Ours, peer: Peer, seconds: float) -> tuple[Array, float]:
    """Return a peer's q~ of the first toys, and how many it fits a second."""
    toys, _ = toys_and_values(next(iter(ours.tasks.values())), draw_auxiliary=peer.draws_auxiliary)
    model = peer.load(ours.path.read_text())

    def batches(number: int) -> Array:
        rows = [slice(k * peer.batch, (k + 1) * peer.batch) for k in range(number)]
        return np.hstack([peer.q_mu_tilde(model, ours.mu, toys.main[k], toys.auxiliary[k]) for k in rows])

    batches(1)
    _, batch_seconds = best_time(lambda: batches(1), 0.0)
    least, most = -(-PEER_TOYS[0] // peer.batch), -(-PEER_TOYS[1] // peer.batch)
    number = min(max(round(seconds / batch_seconds), least), most)
    values, shortest = best_time(lambda: batches(number), seconds)
    return values, len(values) / shortest


def process_row(ours: Ours, options: argparse.Namespace) -> Row:
    """Compare two of our worker processes with one."""
    engine, task = next(iter(ours.tasks.items()))
    toys = 2 * BLOCK * max(1, round(0.5 * options.work * ours.rates[engine] / BLOCK))
    one, two = (process_rate(task, toys, workers) for workers in (1, 2))
    note = "" if (os.cpu_count() or 1) > 1 else "on a machine with one core"
    row = Row(ours.name, f"2 processes, {engine}", "1 process", f"{one:.3g}/s", f"{two:.3g}/s", note=note)
    return replace(row, ratio=f"{two / one:.3g}")


def rows_of(path: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Measure ourselves on one workspace, then every peer."""
    ours = measure(path, options.seconds)
    for name in options.peers:
        yield from peer_rows(ours, name, options)
    yield process_row(ours, options)


def peer_rows(ours: Ours, name: str, options: argparse.Namespace) -> Iterator[Row]:
    """Compare with one peer; what it raises does not stop the others."""
    reason = why_not(name, len(ours.model.model.parameters.names), everything=options.all)
    if reason:
        yield Row(ours.name, "", name, note=reason)
        return
    for question, rows in (("limit", limit_rows), ("toys", toy_rows)):
        print(f"{ours.name}: {name}, {question}", file=sys.stderr)
        try:
            yield from rows(ours, name, options)
        except Exception as error:
            yield Row(ours.name, question, name, difference=NO_ANSWER, note=repr(error)[:120])


def why_not(name: str, parameters: int, *, everything: bool) -> str:
    """Return why a peer is left out of a workspace with so many parameters; empty if it is not."""
    peer = PEERS[name]
    if missing(peer):
        return f"not installed: {', '.join(missing(peer))}"
    if parameters > peer.most_parameters and not everything:
        return f"left out: may take hours beyond {peer.most_parameters} parameters, here are {parameters}; --all"
    return ""


def printed(rows: list[Row]) -> str:
    """Return the table as text."""
    lines = [tuple(field.name for field in fields(Row)), *(astuple(row) for row in rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    return "\n".join("  ".join(line).rstrip() for line in padded)


def versions() -> str:
    """Return what the numbers were measured with."""
    packages = ("numm_stats", "numpy", "numba", "pyhf", "iminuit", "scipy", "jax", "evermore", "nextstat")
    installed = [name for name in packages if importlib.util.find_spec(name) is not None]
    named = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in installed)
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {named}"


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ours, known = list(workspaces.NAMES), ",".join(workspaces.NAMES)
    parser.add_argument("--workspaces", nargs="+", default=ours, metavar="FILE.json", help=f"or any of {known}")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--seconds", type=float, default=3.0, help="for each measurement, if one run is shorter")
    parser.add_argument("--quick", action="store_true", help="a look at the two small workspaces")
    parser.add_argument("--all", action="store_true", help="wait for peers however long they take")
    parser.set_defaults(patience=PATIENCE_SECONDS, work=WORK_SECONDS)
    if "--quick" in arguments:
        parser.set_defaults(**QUICK)
    options = parser.parse_args(arguments)
    if options.all:
        options.patience = float("inf")
    options.peers = options.peers.split(",")
    unknown = sorted(set(options.peers) - set(PEERS))
    if unknown:
        parser.error(f"unknown peers {', '.join(unknown)}: there are {', '.join(PEERS)}")
    options.workspaces = [name for entry in options.workspaces for name in entry.split(",")]
    for name in set(options.workspaces) - set(workspaces.NAMES):
        if not Path(name).is_file():
            parser.error(f"workspace {name}: neither a file nor one of {known}")
    return options


def files(names: list[str], folder: Path) -> list[Path]:
    """Return the files of the workspaces asked for; ours are written to the folder."""
    written = {path.stem: path for path in workspaces.write(folder)}
    return [written.get(name, Path(name)) for name in names]


def exit_code(rows: list[Row]) -> int:
    """Return 1 if some answers disagree or are not there."""
    return int(any(row.difference in {DISAGREE, NO_ANSWER} for row in rows))


def main(arguments: list[str]) -> int:
    """Compare, print the table, and return the exit code."""
    options = parsed(arguments)
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for path in files(options.workspaces, Path(folder)) for row in rows_of(path, options)]
    print(versions())
    print(printed(rows))
    return exit_code(rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
