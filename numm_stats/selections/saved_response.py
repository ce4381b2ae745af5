"""A detector's response as histograms: efficiency and smearing from true to reconstructed bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from numm_stats.errors import InputError
from numm_stats.root_files import open_root

if TYPE_CHECKING:
    import os

    from numm_stats.root_files import BinnedAxis, BinnedCounts, RootFile

__all__ = ["SavedResponse", "read_response"]

Array = NDArray[np.float64]

UNIT_SUM = 1e-5  # of a column: contents kept as 4-byte floats sum to one within a few 1e-7 of each
SAME_EDGES = 1e-9


@dataclass(frozen=True, eq=False)
class SavedResponse:
    """Efficiency and smearing: n_reco,j = sum_i S_ji e_i n_true,i + b_j.

    Attributes:
        where: of what, for messages.
        true_edges: (n + 1,), in the unit of the file.
        reconstructed_edges: (m + 1,), in the unit of the file.
        efficiency: probability of an event of a true bin to be selected (n,).
        smearing: probability of a selected event of a true bin (column) to be reconstructed in a bin (row) (m, n); what
            is missing to one is reconstructed outside all bins.
        background: expected counts of other events in reconstructed bins (m,).
        data: observed counts in them (m,), or None.
        variances: squared uncertainties of the background (m,), or None.
        titles: of the true and the reconstructed axis, as in the file.
        has_background: whether the file has one.

    Raises:
        InputError: if the shapes do not belong together, an efficiency or a probability is not between 0 and 1, or the
            probabilities of a column are more than one.
    """

    where: str
    true_edges: Array
    reconstructed_edges: Array
    efficiency: Array
    smearing: Array
    background: Array
    data: Array | None = None
    variances: Array | None = None
    titles: tuple[str, str] = ("", "")
    has_background: bool = True

    def __post_init__(self) -> None:
        n, m = len(self.true_edges) - 1, len(self.reconstructed_edges) - 1
        shapes = {"efficiency": (n,), "smearing": (m, n), "background": (m,)} | (
            {} if self.data is None else {"data": (m,)}
        )
        for name, shape in shapes.items():
            found = getattr(self, name)
            if found.shape != shape:
                raise InputError(f"{self.where}: {name} has the shape {found.shape}; allowed: {shape}")
            if not np.isfinite(found).all() or (found < 0.0).any():
                raise InputError(f"{self.where}: {name} has values below zero or not finite")
        self._refuse_improbable()

    def fold(self, true_counts: Array) -> Array:
        """Return the selected counts in reconstructed bins (m,) of counts in true bins (n,), without background.

        Raises:
            InputError: if there are not n of them.
        """
        counts = np.asarray(true_counts, dtype=float)
        if counts.shape != self.efficiency.shape:
            found, wanted = counts.shape, self.efficiency.shape
            raise InputError(f"{self.where}: a true spectrum of shape {found} is to be folded; allowed: {wanted}")
        return np.asarray(self.smearing @ (self.efficiency * counts))

    def expected(self, true_counts: Array) -> Array:
        """Return the counts in reconstructed bins (m,), background included, see `fold`."""
        return self.fold(true_counts) + self.background

    def _refuse_improbable(self) -> None:
        above = np.flatnonzero(self.efficiency > 1.0)
        if above.size:
            found = f"{self.efficiency[above[0]]:g} in true bin {above[0] + 1}"
            raise InputError(f"{self.where}: efficiency {found}; allowed: 0 to 1")
        sums = self.smearing.sum(axis=0)
        above = np.flatnonzero(sums > 1.0 + UNIT_SUM)
        if above.size:
            raise InputError(
                f"{self.where}: smearing of true bin {above[0] + 1} sums to {sums[above[0]]:g}; allowed: 1"
            )


def read_response(path: str | os.PathLike[str], folder: str = "", *, normalise: bool = False) -> SavedResponse:
    """Read a response: `h_eff` (true bins), `h_smear` (x true, y reconstructed), `h_bkg` and `h_data` (reconstructed).

    Each column of `h_smear`, underflow and overflow of the reconstructed axis included, must sum to one, or be empty
    where the efficiency is zero. `h_bkg` and `h_data` may be absent.

    Args:
        path: of the ROOT file.
        folder: in which the histograms are.
        normalise: whether `h_smear` has counts, to be divided by the sum of each column.

    Raises:
        InputError: naming file and key.
    """
    with open_root(path) as file:
        prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
        efficiency, smearing = file.binned(f"{prefix}h_eff"), file.binned(f"{prefix}h_smear")
        if (efficiency.values.ndim, smearing.values.ndim) != (1, 2):
            wrong = smearing if efficiency.values.ndim == 1 else efficiency
            raise InputError(f"{wrong.where} has {wrong.values.ndim} axes; allowed: h_eff with one, h_smear with two")
        true, reconstructed = smearing.axes
        _same_edges(efficiency, true, "x (true)")
        background, data = (_reconstructed(file, f"{prefix}{name}", reconstructed) for name in ("h_bkg", "h_data"))
        return SavedResponse(
            f"{file.path}: '{prefix or '/'}'",
            true.edges,
            reconstructed.edges,
            efficiency.inside,
            _probabilities(smearing, efficiency.inside, normalise=normalise),
            np.zeros(len(reconstructed.edges) - 1) if background is None else background.inside,
            None if data is None else data.inside,
            None if background is None else _variances(background),
            (true.title, reconstructed.title),
            background is not None,
        )


def _reconstructed(file: RootFile, key: str, axis: BinnedAxis) -> BinnedCounts | None:
    if key not in file.classes():
        return None
    counts = file.binned(key, may_be_empty=True)
    _same_edges(counts, axis, "y (reconstructed)")
    return counts


def _variances(counts: BinnedCounts) -> Array:
    """Sums of squared weights; of counts without them the counts."""
    return counts.inside if counts.variances is None else counts.variances[1:-1]


def _same_edges(counts: BinnedCounts, axis: BinnedAxis, which: str) -> None:
    own, other = counts.axes[0].edges, axis.edges
    if counts.values.ndim != 1 or own.shape != other.shape or np.abs(own - other).max() > SAME_EDGES * np.ptp(other):
        raise InputError(f"{counts.where} has other bins than the {which} axis of h_smear beside it")


def _probabilities(smearing: BinnedCounts, efficiency: Array, *, normalise: bool) -> Array:
    """Return the smearing (m, n) and check the sum of each column; events may leave through the flow bins."""
    columns = smearing.values[1:-1]
    if (columns < 0.0).any():
        raise InputError(f"{smearing.where} has contents below zero; allowed: probabilities")
    sums = columns.sum(axis=1)
    blind = np.flatnonzero((sums == 0.0) & (efficiency > 0.0))
    if blind.size:
        i = blind[0]
        raise InputError(f"{smearing.where} is empty in true bin {i + 1}, where h_eff is {efficiency[i]:g}")
    if not normalise:
        off = np.flatnonzero((sums != 0.0) & (np.abs(sums - 1.0) > UNIT_SUM))
        if off.size:
            found = f"{sums[off[0]]:g} in true bin {off[0] + 1}"
            raise InputError(
                f"{smearing.where} sums to {found}; allowed: 1 over all reconstructed bins (y), underflow and overflow "
                "included. Normalise it if it has counts"
            )
    return np.asarray((columns / np.where(sums > 0.0, sums, 1.0)[:, None] if normalise else columns)[:, 1:-1].T)
