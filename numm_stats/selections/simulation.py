"""Fast simulation of a NOvA-like selection: ROOT files of neutrino-electron scattering and its backgrounds.

They let the chain from events to a limit be tried and tested without the experiment's files. Physics are the flux, the
cross section, energies and angles of neutrino-electron scattering; rates and shapes of nu_mu CC, nu_e CC and NC pi0
events, resolutions, scores and systematic weights are toys (`simulation_categories`, `simulation_response`,
`simulation_weights`). No limit on a magnetic moment follows from these files.

Events carry weights that bring every category to its rate. One event stands for `POT_PER_EVENT` protons on target, so
files of any length add up, and the longer a simulation, the larger its exposure.
"""

from __future__ import annotations

import errno
import math
import os
import shutil
import tempfile
from concurrent.futures import BrokenExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import ComputationError, InputError, nearest
from numm_stats.selections.simulation_trees import Layout, TreeWriter
from numm_stats.selections.simulation_truth import Truth
from numm_stats.selections.staging import staged
from numm_stats.sources.numi import numi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor, Future

__all__ = ["CHUNK", "MODES", "POT_PER_EVENT", "SimulatedFile", "simulate", "truth", "write_simulated"]

MODES: Final = ("forward", "reverse")
POT_PER_EVENT: Final = 1e16
CHUNK: Final = 50_000  # events in memory at a time, and in a basket
_RUNS: Final = {"forward": 10_000, "reverse": 20_000}


@dataclass(frozen=True, slots=True)
class SimulatedFile:
    """One file to be simulated.

    Attributes:
        path: of the file, which must not exist.
        events: number of events.
        seed: 0 to 2^64 - 1; with `number` the key of the file's random numbers.
        number: of the file, from 0.
        mode: horn current, one of `MODES`.
        layout: of the tree.
        energy_scale: mean visible over true energy: other than one in a file for the calibration's uncertainty.
    """

    path: Path
    events: int
    seed: int
    number: int = 0
    mode: str = "forward"
    layout: Layout = field(default_factory=Layout)
    energy_scale: float = 1.0

    @property
    def pot(self) -> float:
        """Protons on target."""
        return self.events * POT_PER_EVENT

    def random(self, chunk: int) -> np.random.Generator:
        """Return the random numbers of a chunk."""
        key = np.array([self.seed, self.number], dtype=np.uint64)
        return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, MODES.index(self.mode), chunk]))


def simulate(
    folder: Path,
    *,
    events: int,
    files: int,
    seed: int,
    jagged: bool = True,
    mode: str = "forward",
    universes: int = 20,
    energy_scale: float = 1.0,
    executor: Executor | None = None,
) -> tuple[Path, ...]:
    """Simulate events into ROOT files `nova-<mode>-0000.root`, ..., all of them or none.

    Same arguments, same events, whatever the executor and the layout; branches and their types: `simulation_trees`.

    Args:
        folder: made if it does not exist.
        events: in all files together.
        files: number of files, of equal length to one event.
        seed: 0 to 2^64 - 1.
        jagged: whether prongs and universes are jagged, or the leading prong and fixed-size arrays.
        mode: horn current, "forward" (neutrinos) or "reverse" (antineutrinos).
        universes: number of flux universes, zero or more.
        energy_scale: mean visible over true energy; with the same seed, the same events at another calibration.
        executor: to simulate files in parallel; one after the other without it.

    Returns:
        Paths of the files.

    Raises:
        InputError: if a number is out of range, the folder is a file, or one of the files exists.
        OSError: if files cannot be written.
        ComputationError: if a worker died.
    """
    _check(events=events, files=files, seed=seed, mode=mode, universes=universes, energy_scale=energy_scale)
    names = [f"nova-{mode}-{number:04d}.root" for number in range(files)]
    truth(mode)  # an unknown beam is found before any folder is made
    _refuse_what_exists(folder, names)
    with staged(folder) as stage:
        tasks = []
        for number, name in enumerate(names):
            size = (number + 1) * events // files - number * events // files
            layout = Layout(jagged, universes)
            tasks.append(SimulatedFile(stage / name, size, seed, number, mode, layout, energy_scale))
        _run(tasks, executor)
    return tuple(folder / name for name in names)


def write_simulated(task: SimulatedFile) -> Path:
    """Simulate one file.

    Args:
        task: which; it may come from another process.

    Returns:
        Its path.

    Raises:
        FileExistsError: if the file exists.
        OSError: if it cannot be written, or its folder is taken away meanwhile; nothing is left behind.
    """
    chunks = -(-task.events // CHUNK)
    run = _RUNS[task.mode] + task.number
    with _new_file(task.path) as partial, TreeWriter(partial, task.layout, run, chunks) as writer:
        for chunk in range(chunks):
            if not partial.exists():  # whoever wanted it has stopped
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(task.path))
            random = task.random(chunk)
            drawn = truth(task.mode).draw(random, min(CHUNK, task.events - chunk * CHUNK))
            writer.extend(random, drawn, POT_PER_EVENT, task.energy_scale)
        writer.finish(task.pot, task.random(chunks))
    return task.path


@lru_cache(maxsize=len(MODES))
def truth(mode: str) -> Truth:
    """Return what the NuMI beam does in the near detector.

    Args:
        mode: horn current, one of `MODES`.
    """
    return Truth(numi(mode))


def _run(tasks: list[SimulatedFile], executor: Executor | None) -> None:
    """Write all files; after a failure, their folder is taken away, so that no worker goes on."""
    if executor is None:
        for task in tasks:
            write_simulated(task)
        return
    futures: list[Future[Path]] = []
    try:
        futures.extend(executor.submit(write_simulated, task) for task in tasks)
        for future in futures:
            future.result()
    except BrokenExecutor as error:
        raise ComputationError("a worker process died, for want of memory perhaps: nothing was written") from error
    except BaseException:
        shutil.rmtree(tasks[0].path.parent, ignore_errors=True)  # those not begun end at once
        raise
    finally:
        wait(futures)


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    """Give a name beside the target to write to; it becomes the target, which must not exist, once all is written."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    try:
        yield Path(name)
        Path(name).chmod(0o644)
        os.link(name, target)
    finally:
        Path(name).unlink(missing_ok=True)


def _refuse_what_exists(folder: Path, names: list[str]) -> None:
    """Refuse to write over anything."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: give a folder for the simulated files")
    for name in names:
        if (folder / name).exists():
            raise InputError(f"{folder / name} exists: take it away, or give another folder")


def _check(*, events: int, files: int, seed: int, mode: str, universes: int, energy_scale: float) -> None:
    """Refuse what cannot be simulated."""
    if events < 1:
        raise InputError(f"events = {events}: allowed: one or more")
    if not 1 <= files <= min(events, 10_000):
        raise InputError(f"files = {files}: allowed: 1 to {min(events, 10_000)}, one event in each at least")
    if not 0 <= seed < 2**64:
        raise InputError(f"seed = {seed}: allowed: 0 to 2^64 - 1")
    if mode not in MODES:
        raise InputError(f"mode = '{mode}'{nearest(mode, MODES)}: allowed: {', '.join(MODES)}")
    if not 0 <= universes <= 1000:
        raise InputError(f"universes = {universes}: allowed: 0 to 1000")
    if not (math.isfinite(energy_scale) and energy_scale > 0):
        raise InputError(f"energy_scale = {energy_scale}: allowed: a finite number above zero")
