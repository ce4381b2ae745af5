"""What `numm-stats select` does besides selecting: listing files, and simulating some."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from numm_stats.cli.output import number, print_json, print_table, say
from numm_stats.cli.stopping import stops_with_its_master
from numm_stats.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numm_stats.selections.root_histograms import Entry
    from numm_stats.templates.templates import Histogram

__all__ = ["check_pot", "list_files", "simulate"]


@dataclass(frozen=True)
class _Spectrum:
    """Counts, and the protons on target that they are of."""

    pot: float
    counts: Histogram

    def to_dict(self) -> dict[str, Any]:
        edges = [axis.edges.tolist() for axis in self.counts.axes]
        return {"pot": self.pot, "edges": edges, "counts": self.counts.values().tolist()}


def check_pot(pot: float | None) -> None:
    """Refuse protons on target that nothing can be scaled to.

    Raises:
        InputError: if they are not a positive number.
    """
    if pot is not None and not 0.0 < pot < float("inf"):
        raise InputError(f"--pot {pot:g}: must be a positive number")


def simulate(folder: Path, choices: dict[str, Any], *, as_json: bool) -> None:
    """Simulate events into a folder, and say which files they are in."""
    from numm_stats.selections.simulation import simulate as simulated  # noqa: PLC0415
    from numm_stats.verbs.throwing import workers  # noqa: PLC0415

    asked = {
        "events": choices["events"],
        "files": choices["count"],
        **{key: choices[key] for key in ("seed", "mode", "energy_scale")},
    }
    try:
        with workers(choices["jobs"], initializer=stops_with_its_master) as executor:
            paths = simulated(folder, executor=executor, **asked)
    except OSError as error:
        raise InputError(f"--simulate {folder}: files cannot be written there: {error.strerror or error}") from None
    if as_json:
        print_json({**asked, "files": [str(path) for path in paths]})
        return
    say(f"{len(paths)} files with {choices['events']} events in {folder}")


def list_files(files: tuple[str, ...], pot: float | None, *, as_json: bool) -> None:
    """Say what is in ROOT files; saved spectra with their exposure, scaled to another one if that is wanted."""
    from numm_stats.selections.files import find_files  # noqa: PLC0415
    from numm_stats.selections.root_histograms import contents  # noqa: PLC0415

    if not files:
        raise InputError("--list: give one or more ROOT files")
    check_pot(pot)
    found = [(path, contents(path), _spectra(path, pot)) for path in find_files(files)]
    if as_json:
        print_json([_plain(*each) for each in found])
        return
    for path, entries, spectra in found:
        rows = [row for entry in entries for row in _rows(entry)]
        print_table(path, ("name", "class", "holds"), rows, [_note(name, one) for name, one in spectra.items()])


def _spectra(path: str, pot: float | None) -> dict[str, _Spectrum | str]:
    """Saved spectra by name, as they are or scaled to the protons on target wanted; what is wrong with others."""
    from numm_stats.selections.saved_spectra import read_spectrum, spectrum_names  # noqa: PLC0415

    found: dict[str, _Spectrum | str] = {}
    for name in spectrum_names(path):
        try:
            one = read_spectrum(path, name, may_be_empty=True)
            found[name] = _Spectrum(pot or one.pot, one.scaled_to(pot) if pot else one.histogram)
        except InputError as error:
            found[name] = str(error)
    return found


def _note(name: str, spectrum: _Spectrum | str) -> str:
    if isinstance(spectrum, str):
        return f"{name}: {spectrum.partition(': ')[2]}"
    return f"{name}: {number(float(spectrum.counts.values().sum()), 6)} counts at {number(spectrum.pot)} POT."


def _rows(entry: Entry) -> list[tuple[str, str, str]]:
    """What an object is, and each branch of a tree below it."""
    own = (entry.name, entry.class_name, _size(entry))
    return [own, *((f"  {branch.name}", branch.type, "") for branch in entry.branches)]


def _size(entry: Entry) -> str:
    if entry.bins:
        return f"{' x '.join(str(bins) for bins in entry.bins)} bins, {entry.entries:g} entries"
    return "-" if entry.entries is None else f"{entry.entries:.0f} entries"


def _plain(path: str, entries: tuple[Entry, ...], spectra: dict[str, _Spectrum | str]) -> dict[str, Any]:
    read = {name: one for name, one in spectra.items() if isinstance(one, _Spectrum)}
    return {
        "file": path,
        "contents": [asdict(entry) for entry in entries],
        "spectra": {name: one.to_dict() for name, one in read.items()},
        "faults": {name: one for name, one in spectra.items() if isinstance(one, str)},
    }
