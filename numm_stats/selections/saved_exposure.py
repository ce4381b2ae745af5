"""Exposures of saved histograms: what each stands for, and what takes it to the exposure wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numm_stats.selections.saved_counts import SavedCounts, SavedFiles
    from numm_stats.selections.table_saved import SavedExposure, SavedSelection

__all__ = ["SavedScale"]

SAME_POT = 1e-9  # relative


@dataclass(frozen=True)
class SavedScale:
    """Protons on target.

    Attributes:
        table: what is stated.
        pot: wanted; None if nothing says any.
        default: of histograms that do not say; None if nothing does.
        common: that all histograms stand for; None if they differ or do not say.
    """

    table: SavedExposure
    pot: float | None
    default: float | None
    common: float | None

    @classmethod
    def of(
        cls,
        selection: SavedSelection,
        saved: SavedFiles,
        read: Mapping[str, SavedCounts],
        own: Mapping[str, float | None],
        data: SavedCounts | None,
    ) -> SavedScale:
        """Return the scale of all samples.

        The exposure wanted is the stated one, otherwise the data's, otherwise without data that of all histograms.

        Raises:
            InputError: if none is stated, and those of the histograms differ or the data do not say theirs.
        """
        table = selection.exposure
        default = _default(table, saved)
        each = [own[name] or counts.pot or (default if counts.pot is None else None) for name, counts in read.items()]
        known = [pot for pot in each if pot is not None]
        same = len(known) > 0 and max(known) - min(known) <= SAME_POT * max(known)
        common = known[0] if same and len(known) == len(each) else None
        if known and data is not None and not (data.pot or table.pot):
            raise InputError(
                f"{data.where} does not say how many protons on target the data are of: state data.pot, or exposure.pot"
            )
        wanted = table.pot or (data.pot if data is not None else None) or (known[0] if same else None)
        if wanted is None and known:
            raise InputError(
                f"histograms are of {min(known):.4g} to {max(known):.4g} protons on target: state exposure.pot"
            )
        return cls(table, wanted, default, common)

    @property
    def factor_of_all(self) -> float:
        """What multiplies every histogram, if it is the same for all; one otherwise."""
        return 1.0 if self.pot is None or self.common is None else self.pot / self.common

    def factor(self, counts: SavedCounts, stated: float | None) -> float:
        """Return what takes a histogram to the exposure wanted.

        Raises:
            InputError: if it does not say its own.
        """
        own = stated or counts.pot
        if own is None:
            own = self.default
        if own:
            return self.needed() / own
        if counts.livetime_s > 0.0 and self.table.livetime_s is not None:
            return self.table.livetime_s / counts.livetime_s
        if counts.pot == 0.0:
            other = ", or exposure.livetime_s" if counts.livetime_s > 0.0 else ""
            raise InputError(f"{counts.where} is of no protons on target: state pot beside it{other}")
        if self.pot is None:
            return 1.0
        raise InputError(
            f"{counts.where} does not say how many protons on target it is of: state pot beside it, or "
            "exposure.simulated_pot"
        )

    def background(self, stated: float | None) -> float:
        """Return what takes `h_bkg`, of the exposure wanted unless another is stated, to it."""
        return 1.0 if stated is None else self.needed() / stated

    def needed(self) -> float:
        """Return the exposure wanted.

        Raises:
            InputError: if there is none.
        """
        if self.pot is None:
            raise InputError("exposure.pot is missing: protons on target that are wanted")
        return self.pot


def _default(table: SavedExposure, saved: SavedFiles) -> float | None:
    """Protons on target of histograms that do not say: stated, or the sum of a histogram of the files."""
    if table.histogram is None:
        return table.simulated_pot
    counts = saved.counts(table.histogram)
    total = float(counts.histogram.values(flow=True).sum()) * table.unit_pot
    if not total > 0.0:
        raise InputError(f"{counts.where} sums to {total:g} protons on target; allowed: above zero")
    return total
