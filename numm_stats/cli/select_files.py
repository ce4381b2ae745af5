"""What `numm-stats select` does besides selecting: listing files, and simulating some."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from numm_stats.cli.output import number, print_json, print_table, say
from numm_stats.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numm_stats.selections.root_histograms import Entry
    from numm_stats.templates.templates import Histogram

__all__ = ["list_files", "simulate"]


def simulate(folder: Path, choices: dict[str, Any], *, as_json: bool) -> None:
    """Simulate events into a folder, and say which files they are in."""
    from numm_stats.selections.simulation import simulate as simulated  # noqa: PLC0415
    from numm_stats.throwing import workers  # noqa: PLC0415

    asked = {"events": choices["events"], "files": choices["count"], "seed": choices["seed"]}
    with workers(choices["jobs"]) as executor:
        paths = simulated(folder, executor=executor, **asked)
    if as_json:
        print_json({"files": [str(path) for path in paths], **asked})
        return
    say(f"{len(paths)} files with {choices['events']} events in {folder}")


def list_files(files: tuple[str, ...], pot: float | None, *, as_json: bool) -> None:
    """Say what is in ROOT files; saved spectra with their exposure, scaled to another one if that is wanted."""
    from numm_stats.selections.files import find_files  # noqa: PLC0415
    from numm_stats.selections.root_histograms import contents  # noqa: PLC0415

    if not files:
        raise InputError("--list: give one or more ROOT files")
    if pot is not None and not 0.0 < pot < float("inf"):
        raise InputError(f"--pot {pot:g}: must be a positive number")
    found = [(path, contents(path), _spectra(path, pot)) for path in find_files(files)]
    if as_json:
        print_json([_plain(*each) for each in found])
        return
    for path, entries, spectra in found:
        rows = [(entry.name, entry.class_name, _size(entry)) for entry in entries]
        notes = [
            f"{name}: {number(float(counts.values().sum()), 6)} counts at {number(exposure)} POT."
            for name, (exposure, counts) in spectra.items()
        ]
        print_table(path, ("name", "class", "holds"), rows, notes)


def _spectra(path: str, pot: float | None) -> dict[str, tuple[float, Histogram]]:
    """Saved spectra by name: protons on target and counts, as they are or scaled to those wanted."""
    from numm_stats.selections.saved_spectra import read_spectrum, spectrum_names  # noqa: PLC0415

    found = {name: read_spectrum(path, name, may_be_empty=True) for name in spectrum_names(path)}
    return {name: (pot or one.pot, one.scaled_to(pot) if pot else one.histogram) for name, one in found.items()}


def _size(entry: Entry) -> str:
    if entry.branches:
        branches = ", ".join(f"{branch.name} ({branch.type})" for branch in entry.branches)
        return f"{entry.entries} entries: {branches}"
    if entry.bins:
        return f"{' x '.join(str(bins) for bins in entry.bins)} bins, {entry.entries:g} entries"
    return "-" if entry.entries is None else f"{entry.entries} entries"


def _plain(path: str, entries: tuple[Entry, ...], spectra: dict[str, tuple[float, Histogram]]) -> dict[str, Any]:
    counted = {
        name: {"pot": exposure, "counts": counts.values().ravel().tolist()}
        for name, (exposure, counts) in spectra.items()
    }
    return {"file": path, "contents": [asdict(entry) for entry in entries], "spectra": counted}
