"""Text files that experiments publish: energies of events, histograms, efficiencies, to numbers in MeV."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["UNITS_MEV", "read_event_counts", "read_histogram", "read_points"]

UNITS_MEV: Final = {"MeV": 1.0, "keV": 1e-3}
ROUNDING: Final = 1e-12  # relative: an energy in keV at an edge is that edge, however each is rounded in MeV
OFF_CENTRE: Final = 0.1  # of a bin's width: centres that were read from a figure are not exact


def read_event_counts(path: Path, edges_mev: Array, unit: str = "MeV") -> list[float]:
    """Return the counts (n,) of events in bins, from a file of their energies, one a line.

    Args:
        path: text file; what follows # is left out.
        edges_mev: bin edges (n + 1,) [MeV]; a lower edge belongs to its bin, events outside are left out.
        unit: of the energies in the file, one of `UNITS_MEV`.

    Raises:
        InputError: naming file and line of what cannot be read, or if no event lies in any bin.
    """
    energies = np.array([row[0] for row in _rows(path, ("energy",), unit)]) * UNITS_MEV[unit]
    bins = len(edges_mev) - 1
    places = np.searchsorted(edges_mev * (1.0 - ROUNDING), energies, side="right") - 1
    inside = places[(places >= 0) & (places < bins)]
    if not inside.size:
        raise InputError(
            f"{path}: none of {energies.size} energies in {unit} lies in {edges_mev[0]:g} to {edges_mev[-1]:g} MeV: "
            "look at unit and binning"
        )
    return [float(count) for count in np.bincount(inside, minlength=bins)]


def read_histogram(path: Path, edges_mev: Array, unit: str = "MeV") -> tuple[Array, float]:
    """Return the content of a file's bins, added up in wider ones (n,), and the width of the file's own [MeV].

    Args:
        path: text file of bin centre and content, split by commas or blanks, bins of one width; what follows # is left
            out.
        edges_mev: bin edges (n + 1,) [MeV], each one of the file's; bins of the file outside are left out.
        unit: of the centres in the file, one of `UNITS_MEV`.

    Raises:
        InputError: naming file and line of what cannot be read, or the edge that is none of the file's.
    """
    centres, contents = _columns(path, ("bin centre", "content"), unit)
    if len(centres) < 2:
        raise InputError(f"{path} has one bin centre: two or more are needed, which tell how wide bins are")
    width = float(centres[-1] - centres[0]) / (len(centres) - 1)
    steps = np.arange(len(centres))
    off = np.abs((centres - centres[0]) / width - steps)
    if off.max() > OFF_CENTRE:
        worst = centres[int(np.argmax(off))] / UNITS_MEV[unit]
        raise InputError(f"{path}: bin centre {worst:g} {unit} is not on a grid: bins must be of one width")
    places = (edges_mev - centres[0]) / width + 0.5
    nearest = np.rint(places).astype(int)
    strange = (np.abs(places - nearest) > OFF_CENTRE) | (nearest < 0) | (nearest > len(centres))
    if strange.any() or (np.diff(nearest) < 1).any():
        edge = edges_mev[int(np.argmax(strange))]
        low, high = (centres[0] - 0.5 * width) / UNITS_MEV[unit], (centres[-1] + 0.5 * width) / UNITS_MEV[unit]
        raise InputError(
            f"{path}: bin edge {edge:g} MeV is none of the file's, {width / UNITS_MEV[unit]:.4g} {unit} apart from "
            f"{low:.4g} to {high:.4g} {unit}: look at unit and binning"
        )
    below = np.concatenate([[0.0], np.cumsum(contents)])
    return np.diff(below[nearest]), width


def read_points(path: Path, unit: str = "MeV") -> tuple[Array, Array]:
    """Return increasing energies [MeV] and values (n,) in a file of two columns, an efficiency for one.

    Raises:
        InputError: naming file and line of what cannot be read.
    """
    return _columns(path, ("energy", "value"), unit)


def _columns(path: Path, names: tuple[str, ...], unit: str) -> tuple[Array, Array]:
    """Return two columns, the first increasing and in MeV."""
    rows = np.array(_rows(path, names, unit))
    energies = rows[:, 0] * UNITS_MEV[unit]
    falling = np.flatnonzero(np.diff(energies) <= 0.0)
    if falling.size:
        before, after = rows[falling[0] : falling[0] + 2, 0]
        raise InputError(f"{path}: {names[0]} {after:g} {unit} follows {before:g}: must increase")
    return energies, rows[:, 1]


def _rows(path: Path, names: tuple[str, ...], unit: str) -> list[tuple[float, ...]]:
    """Return the numbers of every line, as many as there are names."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    rows = []
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].replace(",", " ").split()
        if words and len(words) != len(names):
            raise InputError(
                f"{path}, line {number}: {len(words)} columns; there must be {len(names)}: {', '.join(names)}, "
                f"energies in {unit}"
            )
        if words:
            rows.append(tuple(_number(*pair, f"{path}, line {number}") for pair in zip(words, names, strict=True)))
    if not rows:
        raise InputError(f"{path} has no numbers: {', '.join(names)} are needed, energies in {unit}")
    return rows


def _number(word: str, name: str, where: str) -> float:
    try:
        value = float(word)
    except ValueError:
        raise InputError(f"{where}: {name} '{word}' is no number") from None
    if not math.isfinite(value) or value < 0.0:
        raise InputError(f"{where}: {name} {word} must be finite and not negative")
    return value
