"""Decays as a detector sees them: betas, coincident gammas, annihilation and alphas in one visible energy.

Visible energy is the kinetic energy of the electron that would look the same. What leaves the nucleus in one decay is
added up: a level of the daughter lives too short to be told apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, Protocol

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.beta import BetaShape, beta_spectrum, mean_kinetic_energy_mev
from numm_stats.physics.constants import ELECTRON_MASS_MEV

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

__all__ = [
    "ALPHA_QUENCHING",
    "BetaBranch",
    "Continuum",
    "Gammas",
    "Nuclide",
    "Part",
    "VisibleSpectrum",
    "visible_spectrum",
]

Gammas = Literal["contained", "escape"]

# 210Po in Borexino's scintillator: 0.418 of 5.304 MeV (arXiv:1707.09279)
ALPHA_QUENCHING: Final = 0.418 / 5.304

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_UNIT, _UNIT_WEIGHTS = ((_NODES + 1) / 2) ** 2, _WEIGHTS * (_NODES + 1) / 2
_KNOTS = 24


@dataclass(frozen=True)
class BetaBranch:
    """A beta decay to one level of the daughter.

    Attributes:
        fraction: of all decays.
        endpoint_mev: largest kinetic energy of the electron or positron [MeV].
        gamma_mev: energy of all gammas that follow, annihilation not among them [MeV].
        shape: as in `physics.beta`.
    """

    fraction: float
    endpoint_mev: float
    gamma_mev: float = 0.0
    shape: BetaShape = "allowed"


@dataclass(frozen=True)
class Nuclide:
    """How a nuclide decays.

    Attributes:
        name: as in an analysis, "K42".
        half_life_s: [s].
        z_daughter: charge of the daughter of the betas; negative for positrons.
        mass_number: nucleons.
        betas: branches with an electron or a positron.
        captures: fraction and gamma energy [MeV] of electron captures; X rays are left out.
        alphas: fraction and kinetic energy [MeV] of alphas.
        source: where the numbers were read.
    """

    name: str
    half_life_s: float
    z_daughter: int
    mass_number: int
    betas: tuple[BetaBranch, ...] = ()
    captures: tuple[tuple[float, float], ...] = ()
    alphas: tuple[tuple[float, float], ...] = ()
    source: str = ""


class Part(Protocol):
    """A continuous part of a visible spectrum: the methods of `Continuum`, whose meaning it shares."""

    @property
    def weight(self) -> float: ...  # noqa: D102
    @property
    def offset_mev(self) -> float: ...  # noqa: D102
    def scaled(self, factor: float) -> Part: ...  # noqa: D102
    def density(self, visible_mev: ArrayLike) -> Array: ...  # noqa: D102
    def knots_mev(self) -> Array: ...  # noqa: D102
    def above(self, threshold_mev: float) -> float: ...  # noqa: D102
    def mean_mev(self) -> float: ...  # noqa: D102


@dataclass(frozen=True)
class Continuum:
    """One beta spectrum, moved up by what is seen with it.

    Attributes:
        weight: decays of this kind for each decay of the nuclide.
        offset_mev: visible energy of the gammas [MeV].
        endpoint_mev: of the beta [MeV].
        z_daughter: as in `Nuclide`.
        mass_number: as in `Nuclide`.
        shape: as in `physics.beta`.
    """

    weight: float
    offset_mev: float
    endpoint_mev: float
    z_daughter: int
    mass_number: int
    shape: BetaShape = "allowed"

    def scaled(self, factor: float) -> Continuum:
        """Return the spectrum with its weight multiplied by a factor."""
        return replace(self, weight=self.weight * factor)

    def density(self, visible_mev: ArrayLike) -> Array:
        """Return the weighted spectrum at visible energies [1/MeV], same shape."""
        kinetic = np.asarray(visible_mev, dtype=float) - self.offset_mev
        return self.weight * beta_spectrum(kinetic, self.endpoint_mev, self.z_daughter, self.mass_number, self.shape)

    def knots_mev(self) -> Array:
        """Return visible energies between which the spectrum is smooth, dense at its two ends (25,) [MeV]."""
        return np.asarray(
            self.offset_mev + self.endpoint_mev * 0.5 * (1 - np.cos(np.pi * np.linspace(0, 1, _KNOTS + 1)))
        )

    def above(self, threshold_mev: float) -> float:
        """Return the weighted part of the spectrum above a visible energy [MeV]."""
        start = min(max(threshold_mev - self.offset_mev, 0.0), self.endpoint_mev)
        width = self.endpoint_mev - start
        if start == 0.0 or width == 0.0:
            return self.weight if start == 0.0 else 0.0
        return float((self.density(self.offset_mev + start + width * _UNIT) * _UNIT_WEIGHTS).sum() * width)

    def mean_mev(self) -> float:
        """Return the mean visible energy of these decays [MeV]."""
        mean = mean_kinetic_energy_mev(self.endpoint_mev, self.z_daughter, self.mass_number, self.shape)
        return self.offset_mev + mean


@dataclass(frozen=True)
class VisibleSpectrum:
    """Visible energy of a decay, before the detector's resolution.

    Attributes:
        continua: beta spectra, or what stands for one.
        lines: visible energy [MeV] and number for each decay.
    """

    continua: tuple[Part, ...] = ()
    lines: tuple[tuple[float, float], ...] = field(default=())

    def __add__(self, other: VisibleSpectrum) -> VisibleSpectrum:
        return VisibleSpectrum(self.continua + other.continua, self.lines + other.lines)

    def scaled(self, factor: float) -> VisibleSpectrum:
        """Return the spectrum with every part multiplied by a factor."""
        continua = tuple(part.scaled(factor) for part in self.continua)
        return VisibleSpectrum(continua, tuple((energy, weight * factor) for energy, weight in self.lines))

    def density(self, visible_mev: ArrayLike) -> Array:
        """Return the continuous part at visible energies, per decay [1/MeV], same shape."""
        energy = np.asarray(visible_mev, dtype=float)
        return np.asarray(sum((part.density(energy) for part in self.continua), start=np.zeros_like(energy)))

    def above(self, threshold_mev: float) -> float:
        """Return the visible decays above an energy [MeV], for each decay; those that show nothing never count."""
        return sum(part.above(threshold_mev) for part in self.continua) + sum(
            weight for energy, weight in self.lines if energy > threshold_mev
        )

    def mean_mev(self) -> float:
        """Return the mean visible energy of the decays that show any [MeV]."""
        parts = [(part.weight, part.mean_mev()) for part in self.continua]
        parts += [(weight, energy) for energy, weight in self.lines]
        return float(np.average([mean for _, mean in parts], weights=[weight for weight, _ in parts]))


def visible_spectrum(
    nuclide: Nuclide,
    gammas: Gammas = "contained",
    *,
    gamma_quenching: float = 1.0,
    alpha_quenching: float = ALPHA_QUENCHING,
) -> VisibleSpectrum:
    """Return the visible energy of a nuclide's decays.

    T + q_gamma (E_gamma + 2 m_e for a positron) for each beta, q_alpha E_alpha for each alpha.

    Args:
        nuclide: what decays.
        gammas: "contained", all seen with the beta, or "escape", none is seen.
        gamma_quenching: visible over true energy of gammas, annihilation among them; 0.85 in Borexino for 11C.
        alpha_quenching: visible over true energy of alphas.

    Returns:
        The spectrum for one decay.

    >>> from numm_stats.backgrounds.nuclides import nuclide
    >>> round(visible_spectrum(nuclide("K42")).above(2.0), 3)
    0.394
    """
    for name, value in (("gamma_quenching", gamma_quenching), ("alpha_quenching", alpha_quenching)):
        if not (np.isfinite(value) and value >= 0.0):
            raise InputError(f"background.{name} = {value}: must be finite, zero or more")
    if gammas not in ("contained", "escape"):
        raise InputError(f"background.gammas = '{gammas}': must be 'contained' or 'escape'")
    seen = gamma_quenching if gammas == "contained" else 0.0
    annihilation = 2 * ELECTRON_MASS_MEV if nuclide.z_daughter < 0 else 0.0
    continua = tuple(
        Continuum(
            branch.fraction,
            seen * (branch.gamma_mev + annihilation),
            branch.endpoint_mev,
            nuclide.z_daughter,
            nuclide.mass_number,
            branch.shape,
        )
        for branch in nuclide.betas
    )
    lines = [(seen * energy, fraction) for fraction, energy in nuclide.captures]
    lines += [(alpha_quenching * energy, fraction) for fraction, energy in nuclide.alphas]
    return VisibleSpectrum(continua, tuple(line for line in lines if line[0] > 0.0))
