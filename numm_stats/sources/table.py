"""A source from your own text file: energies and densities in two columns."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.physics.flavours import checked_flavour
from numm_stats.sources.densities import PiecewiseLinear
from numm_stats.sources.normalisation import Flux, Normalisation, PerPot, ShapeOnly
from numm_stats.sources.source import Component, Continuum, Source

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

__all__ = ["TablePer", "from_table", "read_columns"]

TablePer = Literal["neutrino", "cm2 s", "cm2 pot"]
_Row = tuple[int, float, float]  # line number, energy, density


def from_table(
    path: str | os.PathLike[str],
    *,
    flavour: str,
    per: str = "neutrino",
    normalisation: Normalisation | None = None,
) -> Source:
    r"""A source whose spectrum is a table of energy [MeV] and density, joined by straight lines.

    Columns are split by commas or blanks; "#" starts a comment; the first line may be a header.

    Args:
        path: Text file with two columns.
        flavour: One of `physics.flavours.FLAVOURS`.
        per: What the density is per, apart from MeV: "neutrino" (a shape, scaled to an integral of one), or
            "cm2 s", "cm2 pot" (absolute).
        normalisation: How many neutrinos, for a table per "neutrino"; without it only the shape is known.

    Returns:
        The source; spectra in [1/MeV], [1/cm2/s/MeV] or [1/cm2/MeV] per proton on target.

    Raises:
        InputError: The file cannot be read, or says something that no spectrum says.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "spectrum.csv"
    >>> _ = file.write_text("energy,density\n1.0,2.0\n3.0,2.0\n")
    >>> float(from_table(file, flavour="nu_e").components[0].continuum.density(np.array(2.0)))
    0.5
    """
    checked = checked_flavour(flavour)
    energies, density = read_columns(path)
    if per == "neutrino":
        density = density / _integral(Path(path), energies, density)
    component = Component(checked, continuum=Continuum(energies, PiecewiseLinear(energies, density)))
    return Source(Path(path).stem, (component,), _normalisation(per, normalisation), f"table {Path(path).name}")


def _normalisation(per: str, given: Normalisation | None) -> Normalisation:
    """What the densities are per."""
    names = get_args(TablePer)
    if per not in names:
        message = f"a table per {per!r}{nearest(str(per), names)}; allowed: {', '.join(names)}"
        raise InputError(message)
    if per == "neutrino":
        return given or ShapeOnly()
    if given is not None:
        message = f"a table per {per!r} is absolute; allowed: a normalisation only with a table per 'neutrino'"
        raise InputError(message)
    return Flux(1.0) if per == "cm2 s" else PerPot()


def _integral(path: Path, energies: NDArray[np.float64], density: NDArray[np.float64]) -> float:
    """Neutrinos in the table."""
    total = PiecewiseLinear(energies, density).integral
    if total <= 0:
        message = f"{path}: the density is zero everywhere; allowed: a spectrum with neutrinos in it"
        raise InputError(message)
    return total


def read_columns(path: str | os.PathLike[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Energies and densities of a text file, checked as `from_table` says.

    Args:
        path: Text file with two columns, energy [MeV] and density.

    Returns:
        Increasing energies [MeV] and densities of zero or more [as in the file], both of shape (n,), n >= 2.

    Raises:
        InputError: The file cannot be read, or says something that no spectrum says.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "spectrum.txt"
    >>> _ = file.write_text("0.5 1.0\n1.5 3.0\n")
    >>> [column.tolist() for column in read_columns(file)]
    [[0.5, 1.5], [1.0, 3.0]]
    """
    rows = _rows(Path(path))
    if len(rows) < 2:
        message = f"{path}: {len(rows)} rows of numbers; allowed: two or more"
        raise InputError(message)
    for (_, before, _), (number, energy, _) in pairwise(rows):
        if energy <= before:
            message = f"{path}, line {number}: energy {energy} MeV after {before} MeV; allowed: increasing energies"
            raise InputError(message)
    table = np.asarray([row[1:] for row in rows])
    return table[:, 0].copy(), table[:, 1].copy()


def _rows(path: Path) -> list[_Row]:
    """The numbers of a file, with their line numbers; a first line of words is a header."""
    rows: list[_Row] = []
    header_allowed = True
    for number, line in enumerate(_text(path).splitlines(), start=1):
        words = line.split("#", 1)[0].replace(",", " ").split()
        if words and not (header_allowed and not any(_is_number(word) for word in words)):
            rows.append(_row(path, number, words))
        header_allowed = header_allowed and not words
    return rows


def _text(path: Path) -> str:
    """The text of a file."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        text = "\0"
    except OSError as error:
        what = "is a directory" if path.is_dir() else (error.strerror or "cannot be read").lower()
        message = f"{path}: {what}; allowed: a text file with the columns energy [MeV] and density"
        raise InputError(message) from error
    if "\0" in text:
        message = f"{path}: not a text file; allowed: text with the columns energy [MeV] and density"
        raise InputError(message)
    return text


def _row(path: Path, number: int, words: list[str]) -> _Row:
    """Energy and density of one line."""
    where = f"{path}, line {number}"
    if len(words) != 2:
        message = f"{where}: {len(words)} columns; allowed: two, energy [MeV] and density"
        raise InputError(message)
    for word, name in zip(words, ("energy", "density"), strict=True):
        value = float(word) if _is_number(word) else math.nan
        if not (math.isfinite(value) and value >= 0):
            message = f"{where}: {name} {word!r}; allowed: a finite number of zero or more"
            raise InputError(message)
    return number, float(words[0]), float(words[1])


def _is_number(word: str) -> bool:
    """Whether a word reads as a number, not-a-number and infinity included."""
    try:
        float(word)
    except ValueError:
        return False
    return True
