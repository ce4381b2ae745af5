"""What experiments see of one matrix of moments."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.flavours import FAMILIES, FLAVOURS
from numm_stats.physics.mixing import solar_mass_weights, vacuum_mass_weights
from numm_stats.physics.moment_bases import flavour_basis
from numm_stats.physics.moment_triangles import triangle_slack
from numm_stats.physics.moments import (
    astrophysical_moment,
    effective_moment,
    incoherent_moment,
    short_baseline_moment,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.effective.settings import Settings
    from numm_stats.physics.mixing import Mixing

__all__ = ["EffectiveMoments", "effective_moments"]


@dataclass(frozen=True)
class EffectiveMoments:
    """Effective moments of one matrix [Bohr magnetons].

    Attributes:
        kind: "dirac" or "majorana".
        mixing: mixing parameters.
        mass_basis: lambda between mass states (3, 3).
        flavour_basis: lambda between flavours (3, 3).
        short_baseline: by family, neutrinos and antineutrinos alike.
        at_distance: by flavour of the source, empty where no distance was asked for.
        baseline_km: distance [km], or None.
        energy_mev: neutrino energy [MeV], or None.
        solar: with the shares of mass states in "vacuum" and in "matter" (where p2nu allows).
        p2nu: survival probability of two flavours that "matter" means.
        astrophysical: for the cooling of stars by plasmon decay.
    """

    kind: str
    mixing: Mixing
    mass_basis: NDArray[np.complex128]
    flavour_basis: NDArray[np.complex128]
    short_baseline: dict[str, float]
    at_distance: dict[str, float]
    baseline_km: float | None
    energy_mev: float | None
    solar: dict[str, float]
    p2nu: float
    astrophysical: float

    @property
    def triangle_holds(self) -> bool:
        """Whether the moments of the flavours could be those of Majorana neutrinos."""
        moments = np.array(list(self.short_baseline.values()))
        return bool(triangle_slack(moments.tolist()).min() >= -1e-12 * float(np.sum(moments**2)))

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers for JSON; a matrix is a list of rows of [real, imaginary]."""
        return {
            "kind": self.kind,
            "unit": "mu_B",
            "mixing": {**asdict(self.mixing), "ordering": self.mixing.ordering},
            "mass_basis": _plain(self.mass_basis),
            "flavour_basis": _plain(self.flavour_basis),
            "short_baseline": self.short_baseline,
            "at_distance": self.at_distance or None,
            "baseline_km": self.baseline_km,
            "energy_mev": self.energy_mev,
            "solar": self.solar,
            "p2nu": self.p2nu,
            "astrophysical": self.astrophysical,
            "triangle_inequalities_hold": self.triangle_holds,
        }


def effective_moments(
    settings: Settings,
    kind: str,
    *,
    ordering: str = "normal",
    baseline_km: float | None = None,
    energy_mev: float | None = None,
    p2nu: float = 0.55,
) -> EffectiveMoments:
    """Return what experiments see of the matrix that the settings describe.

    Args:
        settings: elements of the matrix, and changes of the mixing.
        kind: "dirac" or "majorana".
        ordering: of the masses, "normal" or "inverted".
        baseline_km: distance from a source [km]; with an energy, or not at all.
        energy_mev: neutrino energy [MeV].
        p2nu: survival probability of two flavours in the Sun.

    Raises:
        InputError: an element is not allowed for this kind, or one of distance and energy is missing or wrong.
    """
    if (baseline_km is None) != (energy_mev is None):
        raise InputError("--baseline-km and --energy-mev belong together: give both, or neither")
    mixing = settings.mixing_for(ordering)
    matrix = _without_rounding(settings.matrix(mixing, kind))
    flavours = _without_rounding(flavour_basis(matrix, mixing, kind))
    distant: dict[str, float] = {}
    if baseline_km is not None and energy_mev is not None:
        for flavour in FLAVOURS:
            moment = effective_moment(matrix, mixing, flavour, baseline_km=baseline_km, energy_mev=energy_mev)
            distant[flavour] = float(moment)
    return EffectiveMoments(
        kind=kind,
        mixing=mixing,
        mass_basis=matrix,
        flavour_basis=flavours,
        short_baseline={family: short_baseline_moment(flavours, f"nu_{family}") for family in FAMILIES},
        at_distance=distant,
        baseline_km=baseline_km,
        energy_mev=energy_mev,
        solar={
            "vacuum": incoherent_moment(matrix, vacuum_mass_weights(mixing, "nu_e")),
            "matter": incoherent_moment(matrix, solar_mass_weights(mixing, p2nu)),
        },
        p2nu=p2nu,
        astrophysical=astrophysical_moment(matrix, kind),
    )


def _without_rounding(matrix: NDArray[np.complex128]) -> NDArray[np.complex128]:
    return np.where(np.abs(matrix) > 1e-13 * np.max(np.abs(matrix)), matrix, 0.0)


def _plain(matrix: NDArray[np.complex128]) -> list[list[list[float]]]:
    return [[[float(element.real), float(element.imag)] for element in row] for row in matrix]
