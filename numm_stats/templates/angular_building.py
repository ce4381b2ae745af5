"""Neutrino-electron scattering in bins of recoil energy and of the electron's angle."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.templates.angular import fold_angular
from numm_stats.templates.angular_bins import AngularBins, AngularResolution
from numm_stats.templates.building import Scattering
from numm_stats.templates.channels import places
from numm_stats.templates.interactions import weak

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.templates.building import ShapeVariation
    from numm_stats.templates.templates import Histogram

    Array = NDArray[np.float64]

__all__ = ["AngularScattering"]


@dataclass(frozen=True)
class AngularScattering(Scattering):
    """Scattering from a point source of known direction, seen with its angle.

    Counts of each term are held angle by angle, all energies at the smallest angles first: shape (1 + terms, m n).

    Attributes:
        bins: of the angle, in "theta".
        resolution: of the detector in the angle.
    """

    bins: AngularBins
    resolution: AngularResolution

    @classmethod
    def of(cls, scattering: Scattering, bins: AngularBins, resolution: AngularResolution) -> AngularScattering:
        """Return the same scattering with its angle."""
        stated = {each.name: getattr(scattering, each.name) for each in fields(scattering)}
        return cls(**stated, bins=bins, resolution=resolution)

    def filled(self, counts: Array) -> Histogram:
        """Return counts (m n,) as a histogram over the places of the bins."""
        return places(counts)

    def varied(self, variation: ShapeVariation, sign: float) -> Scattering:
        """Return the same with one systematic moved, the angular resolution among them."""
        if variation.kind != "angular-resolution":
            return super().varied(variation, sign)
        if self.resolution.is_perfect:
            raise InputError(f"systematic '{variation.name}' is relative to an angular resolution, and there is none")
        moved = AngularResolution(self.resolution.sigma_mrad * (1.0 + sign * variation.size))
        return replace(self, resolution=moved)

    def _shapes(self) -> Array:
        cross_sections = [weak(self.scheme), *(term.cross_section for term in self.signal.terms)]
        counts = fold_angular(
            self.source,
            cross_sections,
            self.edges_mev,
            self.bins,
            response=self.detector.response,
            resolution=self.resolution,
            atom=self.detector.atom,
        )
        return np.asarray(np.swapaxes(counts, 1, 2).reshape(len(cross_sections), -1))
