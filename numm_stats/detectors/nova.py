"""The NOvA near detector: what its analyses of neutrino-electron scattering keep.

Its mass and electrons are `known.DETECTORS["nova-near"]`. A recoil scatters forward, T theta^2 < 2 m_e: what lies above
that is resolution or background.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["ELECTRON_SCATTERING", "SINGLE_BIN", "ElectronSelection"]


@dataclass(frozen=True)
class ElectronSelection:
    """Cuts on one contained electron shower.

    Attributes:
        lowest_mev: of the shower energy T [MeV].
        highest_mev: of the shower energy T [MeV].
        recoil_theta2_mev: T theta^2 of the signal lies below it [MeV rad^2].
        nuoneid: score for neutrino-electron scattering against everything; the signal lies above it.
        epi0nuoneid: score for an electron against a neutral pion; the signal lies above it.
    """

    lowest_mev: float
    highest_mev: float
    recoil_theta2_mev: float
    nuoneid: float = 0.73
    epi0nuoneid: float = 0.92

    def __post_init__(self) -> None:
        if not 0.0 <= self.lowest_mev < self.highest_mev < np.inf:
            found = f"{self.lowest_mev:g} to {self.highest_mev:g} MeV"
            raise InputError(f"shower energies from {found}; allowed: finite and increasing, zero or more")
        if not 0.0 < self.recoil_theta2_mev < np.inf:
            raise InputError(f"T theta^2 below {self.recoil_theta2_mev:g} MeV rad^2; allowed: a number above zero")

    def in_signal(self, shower_mev: ArrayLike, theta2_rad2: ArrayLike) -> NDArray[np.bool_]:
        """Whether showers lie in the signal region by energy [MeV] and squared angle to the beam [rad^2]."""
        return self._in_window(shower_mev) & (self._recoil_theta2(shower_mev, theta2_rad2) < self.recoil_theta2_mev)

    def in_sideband(
        self, shower_mev: ArrayLike, theta2_rad2: ArrayLike, *, highest_recoil_theta2_mev: float
    ) -> NDArray[np.bool_]:
        """Whether showers lie above the signal region in T theta^2 and below a highest one [MeV rad^2].

        Raises:
            InputError: if the highest one is not above the signal region.
        """
        if not highest_recoil_theta2_mev > self.recoil_theta2_mev:
            found = f"T theta^2 below {highest_recoil_theta2_mev:g} MeV rad^2"
            raise InputError(f"sideband: {found}; allowed: above {self.recoil_theta2_mev:g}, where the signal ends")
        recoil_theta2 = self._recoil_theta2(shower_mev, theta2_rad2)
        beside = (recoil_theta2 >= self.recoil_theta2_mev) & (recoil_theta2 < highest_recoil_theta2_mev)
        return self._in_window(shower_mev) & beside

    def _in_window(self, shower_mev: ArrayLike) -> NDArray[np.bool_]:
        shower = np.asarray(shower_mev, dtype=float)
        return (shower > self.lowest_mev) & (shower < self.highest_mev)

    @staticmethod
    def _recoil_theta2(shower_mev: ArrayLike, theta2_rad2: ArrayLike) -> NDArray[np.float64]:
        return np.asarray(np.asarray(shower_mev, dtype=float) * np.asarray(theta2_rad2, dtype=float))


ELECTRON_SCATTERING: Final = ElectronSelection(500.0, 5000.0, 5.0)
"""NOvA's measurement of neutrino-electron scattering: 0.5 to 5 GeV, T theta^2 < 0.005 GeV rad^2."""

SINGLE_BIN: Final = ElectronSelection(300.0, 900.0, 3.0)
"""The search for a magnetic moment that catalogue `nova-counting` is of: 0.3 to 0.9 GeV, T theta^2 < 0.003 GeV rad^2
(B. Wang's thesis)."""
