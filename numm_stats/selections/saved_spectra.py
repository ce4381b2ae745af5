"""Spectra as the CAFAna framework saves them: counts with the exposure they were filled from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.root_files import BinnedAxis, BinnedCounts, RootFile, decoding, open_root
from numm_stats.selections.root_histograms import boost

if TYPE_CHECKING:
    import os

    from numm_stats.templates.templates import Histogram

__all__ = ["SavedSpectrum", "read_spectrum", "spectrum_names"]

TYPE = "Spectrum"
SAME_EDGES = 1e-9  # relative to the range: edges that differ by rounding are the same


@dataclass(frozen=True, eq=False)
class SavedSpectrum:
    """A spectrum and its exposure.

    Attributes:
        where: file and folder, for messages.
        histogram: counts, in one or two dimensions.
        pot: protons on target that the counts are from; zero for those without a beam.
        livetime_s: time that they are from [s]; zero if it was not recorded.
    """

    where: str
    histogram: Histogram
    pot: float
    livetime_s: float = 0.0

    def scaled_to(self, pot: float) -> Histogram:
        """Return the counts expected for a number of protons on target; variances scale with its square.

        Raises:
            InputError: if the wanted number is not positive, or the spectrum has counts without any.
        """
        return self._scaled(pot, self.pot, "pot", "protons on target")

    def scaled_to_livetime(self, seconds: float) -> Histogram:
        """Return the counts expected in a time [s], as for cosmic rays, see `scaled_to`."""
        return self._scaled(seconds, self.livetime_s, "livetime", "seconds")

    def _scaled(self, wanted: float, own: float, key: str, unit: str) -> Histogram:
        if not (math.isfinite(wanted) and wanted > 0.0):
            raise InputError(f"{self.where}: wanted are {wanted} {unit}; allowed: a finite number above zero")
        scaled = self.histogram.copy()
        if not own > 0.0:
            if np.any(scaled.values(flow=True)):
                raise InputError(
                    f"{self.where}: '{key}' is {own:g}, so its counts cannot be scaled to {wanted:g} {unit}"
                )
            return scaled
        scaled *= wanted / own
        return scaled


def spectrum_names(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the folders of a ROOT file that hold a spectrum, in the order of the file.

    Raises:
        InputError: if the file cannot be read.
    """
    with open_root(path) as file:
        return _names(file)


def read_spectrum(path: str | os.PathLike[str], name: str = "", *, may_be_empty: bool = False) -> SavedSpectrum:
    """Read a saved CAFAna spectrum.

    A folder with `type` ("Spectrum"), `hist` (counts; one row after the other if there are two axes), `pot` and
    `livetime` (histograms of one bin), and for each axis `label0` and `bins0/edges`, as CAFAna's Spectrum::SaveTo
    writes it; without `bins0` the axis is that of `hist`.

    Args:
        path: of the file.
        name: of the folder; not needed if there is one spectrum.
        may_be_empty: whether nothing in any bin is fine.

    Returns:
        The spectrum with the exposure in the file; axes as `root_histograms.read_histogram` makes them.

    Raises:
        InputError: naming file and key: no such spectrum, no exposure, three axes, damaged, not finite, or empty.
    """
    with open_root(path) as file:
        found, keys = _folder(file, name), file.classes()
        folder = f"{found}/" if found else ""
        if f"{folder}hist" not in keys and f"{folder}hist_sparse" in keys:
            sparse = f"{file.path}: '{folder}hist_sparse' is a sparse histogram"
            raise InputError(f"{sparse}; allowed: a filled '{folder}hist'")
        axes = tuple(_axis(file, folder, number) for number in range(4) if f"{folder}bins{number}" in keys)
        livetime = _exposure(file, f"{folder}livetime") if f"{folder}livetime" in keys else 0.0
        pot = _exposure(file, f"{folder}pot")
        counts = _shaped(file.binned(f"{folder}hist", may_be_empty=may_be_empty), axes)
        return SavedSpectrum(f"{file.path}: '{found}'", boost(counts, found), pot, livetime)


def _names(file: RootFile) -> tuple[str, ...]:
    """Folders of spectra; the file itself, an empty name, can be one."""
    types = (k for k, kind in file.classes().items() if kind == "TObjString" and k.rsplit("/", 1)[-1] == "type")
    return tuple(key.removesuffix("type").rstrip("/") for key in types if str(file.read(key)) == TYPE)


def _folder(file: RootFile, name: str) -> str:
    names = _names(file)
    folder = name.strip("/")
    if folder in names:
        return folder
    if not names:
        raise InputError(f"{file.path}: no saved spectrum, that is no folder with type = '{TYPE}'")
    if not folder and len(names) == 1:
        return names[0]
    found = f"no spectrum '{folder}'{nearest(folder, names)}" if folder else "several spectra, name one"
    raise InputError(f"{file.path}: {found}; it has {', '.join(names)}")


def _axis(file: RootFile, folder: str, number: int) -> BinnedAxis:
    key, label = f"{folder}bins{number}/edges", f"{folder}label{number}"
    found = file.read(key, ("TVectorT<double>",))
    with decoding(f"{file.path}: '{key}'"):
        edges = np.array(found.member("fElements"), dtype=float)
        title = str(file.read(label)) if label in file.classes() else ""
    if not (len(edges) > 1 and np.isfinite(edges).all() and (np.diff(edges) > 0.0).all()):
        raise InputError(f"{file.path}: '{key}' are not two or more finite and increasing bin edges")
    return BinnedAxis(edges, is_regular=False, title=title)


def _exposure(file: RootFile, key: str) -> float:
    """The sum of a histogram of one bin, which files that were added up have summed as well."""
    exposure = float(file.binned(key, may_be_empty=True).inside.sum())
    if exposure < 0.0:
        raise InputError(f"{file.path}: '{key}' is {exposure:g}; allowed: zero or more")
    return exposure


def _shaped(counts: BinnedCounts, axes: tuple[BinnedAxis, ...]) -> BinnedCounts:
    """Give the counts their axes; two axes lie in one row, the second of them running faster."""
    if len(axes) > 2:
        raise InputError(f"{counts.where} has {len(axes)} axes; allowed: one or two")
    shape = tuple(len(axis.edges) - 1 for axis in axes) or counts.inside.shape
    if counts.values.ndim != 1 or math.prod(shape) != counts.inside.size:
        size = " x ".join(map(str, counts.inside.shape))
        raise InputError(f"{counts.where} has {size} bins for axes of {' x '.join(map(str, shape))} bins")
    if len(axes) < 2:
        return BinnedCounts(counts.where, counts.title, (_one_axis(counts, axes),), counts.values, counts.variances)
    values, variances = (
        None if row is None else np.pad(row[1:-1].reshape(shape), 1) for row in (counts.values, counts.variances)
    )
    return BinnedCounts(counts.where, counts.title, axes, np.asarray(values), variances)


def _one_axis(counts: BinnedCounts, axes: tuple[BinnedAxis, ...]) -> BinnedAxis:
    own = counts.axes[0]
    if not axes:
        return own
    if np.ptp(own.edges) * SAME_EDGES < np.abs(axes[0].edges - own.edges).max():
        raise InputError(f"{counts.where} has other bin edges than 'bins0/edges' beside it")
    return BinnedAxis(own.edges, own.is_regular, axes[0].title or own.title)
