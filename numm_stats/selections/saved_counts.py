"""Saved histograms by name, of whatever kind: where they are, their exposure, and their counts in the bins wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.root_files import HISTOGRAMS, open_root
from numm_stats.selections.root_histograms import read_histogram
from numm_stats.selections.saved_spectra import read_spectrum, spectrum_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from numm_stats.templates.templates import Histogram

    Array = NDArray[np.float64]

__all__ = ["SavedCounts", "SavedFiles", "merged"]

SAME_EDGES = 1e-9  # relative to the range: edges that differ by rounding are the same


@dataclass(frozen=True, eq=False)
class SavedCounts:
    """A histogram as it was saved.

    Attributes:
        where: file and name, for messages.
        histogram: counts in one or two dimensions.
        pot: protons on target that the counts are of, None if the file does not say.
        livetime_s: time that they are of [s]; zero if the file does not say.
    """

    where: str
    histogram: Histogram
    pot: float | None = None
    livetime_s: float = 0.0

    @property
    def edges(self) -> tuple[Array, ...]:
        """Edges of each axis."""
        return tuple(np.asarray(axis.edges, dtype=float) for axis in self.histogram.axes)

    @property
    def variances(self) -> Array:
        """Squared uncertainties of the counts; of a histogram without sums of squared weights the counts."""
        values = np.asarray(self.histogram.values(), dtype=float)
        kept = self.histogram.variances() if self.histogram.storage_type.__name__ == "Weight" else np.abs(values)
        return np.asarray(kept, dtype=float)

    def in_bins(self, wanted: Sequence[Array]) -> tuple[Array, Array]:
        """Return counts and their variances in wanted bins, merged out of its own.

        Raises:
            InputError: if it has another number of axes, or a wanted edge is none of its own.
        """
        values = np.asarray(self.histogram.values(), dtype=float)
        return merged(self.where, values, self.edges, wanted), merged(self.where, self.variances, self.edges, wanted)


class SavedFiles:
    """Files, and the histograms in them by name.

    Attributes:
        paths: of the files that are looked through.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        self._names: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def counts(self, name: str, file: str | None = None) -> SavedCounts:
        """Return a histogram or saved spectrum.

        Args:
            name: of the histogram, or of the spectrum's folder.
            file: that it is in; otherwise the one of the files that has it.

        Raises:
            InputError: if there is none, more than one file has it, or it cannot be read.
        """
        key = name.strip("/")
        path = self.path_of(key, file)
        if key in self._known(path)[0]:
            spectrum = read_spectrum(path, key)
            return SavedCounts(spectrum.where, spectrum.histogram, spectrum.pot, spectrum.livetime_s)
        return SavedCounts(f"{path}: '{key}'", read_histogram(path, key))

    def path_of(self, key: str, file: str | None = None) -> str:
        """Return the file that has a histogram, a spectrum, or in an empty key the only one.

        Raises:
            InputError: as `counts`.
        """
        paths = self.paths if file is None else (file,)
        if not paths:
            raise InputError("no files: give some, or state files = ['folder/spectra.root']")
        having = [path for path in paths if key in {name for names in self._known(path) for name in names}]
        if len(having) > 1:
            raise InputError(f"'{key}' is in {having[0]} and in {having[1]}: state file beside it")
        if not having:
            names = [name for path in paths for kind in self._known(path) for name in kind]
            have = f"; there are {', '.join(names[:8])}{', ...' if len(names) > 8 else ''}" if names else ""
            raise InputError(f"no histogram or saved spectrum '{key}' in {', '.join(paths)}{nearest(key, names)}{have}")
        return having[0]

    @property
    def read(self) -> tuple[str, ...]:
        """Paths of these files, and of the others that anything was looked for in."""
        return tuple(dict.fromkeys((*self.paths, *self._names)))

    def _known(self, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of spectra, and of histograms that are no part of one."""
        if path not in self._names:
            spectra = spectrum_names(path)
            with open_root(path) as file:
                plain = tuple(key for key, kind in file.classes().items() if kind in HISTOGRAMS)
            self._names[path] = spectra, plain
        return self._names[path]


def merged(where: str, values: Array, own: Sequence[Array], wanted: Sequence[Array]) -> Array:
    """Return sums of values over wanted bins, each axis.

    Args:
        where: the values are from, for messages.
        values: one for each of its own bins, in one or two dimensions.
        own: edges of each axis.
        wanted: edges of each axis, which must be among its own.

    Raises:
        InputError: naming the edge that is not.

    >>> edges = np.array([0.0, 1.0, 2.0, 4.0])
    >>> merged("h", np.array([1.0, 2.0, 3.0]), [edges], [edges[[0, 2, 3]]]).tolist()
    [3.0, 3.0]
    """
    if len(own) != len(wanted):
        raise InputError(f"{where} has {len(own)} axes; the others have {len(wanted)}")
    for axis, (mine, theirs) in enumerate(zip(own, wanted, strict=True)):
        place = np.abs(mine[:, None] - theirs).argmin(axis=0)
        apart = np.abs(mine[place] - theirs) > SAME_EDGES * np.ptp(mine)
        if apart.any():
            missing, near = theirs[apart][0], mine[place[apart][0]]
            raise InputError(
                f"{where} has other bins: no edge at {missing:g}, the nearest is at {near:g}; state "
                "observable.edges that all histograms have"
            )
        inside = np.take(values, range(place[0], place[-1]), axis=axis)
        values = np.add.reduceat(inside, place[:-1] - place[0], axis=axis)
    return values
