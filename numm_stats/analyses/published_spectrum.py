"""The spectrum that Borexino published with Phys. Rev. Lett. 129, 252701 (2022): a text file to arrays."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["PublishedSpectrum", "read_published_spectrum"]

COLUMNS = ("index", "hits", "energy [keV]", "bin width [keV]", "counts", "sqrt(counts)", "residual")
GLUED = re.compile(r"(?<=\d)(?=[+-])")  # a sign right after a digit begins a new column: after an e it is an exponent's
PRINTED = 1e-5  # six digits are printed


@dataclass(frozen=True, eq=False)
class PublishedSpectrum:
    """Counts in bins one hit wide.

    A bin goes from its number of hits to the next and from its energy to the next: that is the width that is printed.

    Attributes:
        hits: lower edge of each bin (n,) [hits].
        energies_mev: electron energy at the lower edge (n,) [MeV].
        widths_mev: of the bins in energy (n,) [MeV].
        counts: (n,).
        residuals: of the collaboration's own fit, (n,); minus infinity where there are no counts.
    """

    hits: Array
    energies_mev: Array
    widths_mev: Array
    counts: Array
    residuals: Array

    @property
    def edges_hits(self) -> Array:
        """Bin edges (n + 1,) [hits]."""
        return np.append(self.hits, self.hits[-1] + 1.0)

    @property
    def edges_mev(self) -> Array:
        """Bin edges (n + 1,) [MeV]."""
        return np.append(self.energies_mev, self.energies_mev[-1] + self.widths_mev[-1])

    def merged(self, edges_hits: Array) -> Array:
        """Return the counts (m,) in wider bins, whose edges (m + 1,) are among the own.

        Raises:
            InputError: if one is not, or they do not increase.
        """
        edges = np.asarray(edges_hits, dtype=float)
        if edges.ndim != 1 or edges.size < 2 or not (np.diff(edges) > 0.0).all():
            raise InputError(f"{edges.size} bin edges in hits: two or more are needed, increasing")
        strange = edges[~np.isin(edges, self.edges_hits)]
        if strange.size:
            low, high = self.edges_hits[[0, -1]]
            raise InputError(
                f"bin edge {strange[0]:g} hits: must be one of the spectrum's, whole hits from {low:g} to {high:g}"
            )
        below = np.concatenate([[0.0], np.cumsum(self.counts)])
        return np.diff(below[np.searchsorted(self.edges_hits, edges)])


def read_published_spectrum(path: Path) -> PublishedSpectrum:
    """Return the spectrum in a file of index, Nh, energy [keV], bin width [keV], counts, sqrt(counts), residual.

    No header. Where two columns are glued together at a sign, `2.82843-0.000936334`, they are told apart there; that
    the sixth column is the root of the fifth, and the first two count up, guards against any other fault.

    Raises:
        InputError: naming file and line of what cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    rows: list[tuple[float, ...]] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            rows.append(_row(line, f"{path}, line {number}"))
            _follows(rows, f"{path}, line {number}")
    if not rows:
        raise InputError(f"{path} has no rows: columns {', '.join(COLUMNS)} are needed")
    columns = np.array(rows).T
    return PublishedSpectrum(columns[1], columns[2] / 1e3, columns[3] / 1e3, columns[4], columns[6])


def _row(line: str, where: str) -> tuple[float, ...]:
    """Return the seven numbers of a line, each checked by itself and counts against their root."""
    words = GLUED.sub(" ", line).split()
    if len(words) != len(COLUMNS):
        raise InputError(
            f"{where}: {len(words)} numbers in '{line.strip()}': {len(COLUMNS)} are needed, {', '.join(COLUMNS)}"
        )
    values = tuple(_number(word, name, where) for word, name in zip(words, COLUMNS, strict=True))
    width, counts, root = values[3:6]
    if width <= 0.0:
        raise InputError(f"{where}: bin width {width:g} keV must be positive")
    if counts < 0.0 or counts != int(counts):
        raise InputError(f"{where}: counts {counts:g} must be a whole number, zero or more")
    if abs(root - math.sqrt(counts)) > PRINTED * max(root, 1.0):
        raise InputError(f"{where}: {root:g} is not the root of {counts:g} counts: must be {math.sqrt(counts):.6g}")
    return values


def _number(word: str, name: str, where: str) -> float:
    try:
        value = float(word)
    except ValueError:
        raise InputError(f"{where}: {name} '{word}' is no number") from None
    if not (math.isfinite(value) or (name == "residual" and value == -math.inf)):
        raise InputError(f"{where}: {name} {word} must be finite")
    return value


def _follows(rows: list[tuple[float, ...]], where: str) -> None:
    """Refuse a row that is not the next: one missing, or twice."""
    if len(rows) < 2:
        return
    before, row = rows[-2], rows[-1]
    if row[0] != before[0] + 1 or row[1] != before[1] + 1:
        found, wanted = f"index {row[0]:g}, hits {row[1]:g}", f"{before[0] + 1:g} and {before[1] + 1:g}"
        raise InputError(f"{where}: {found}: must be the next, {wanted}")
    if abs(row[2] - before[2] - before[3]) > PRINTED * (row[2] + before[2]):
        raise InputError(f"{where}: energy {row[2]:g} keV must lie the bin width {before[3]:g} above {before[2]:g}")
