"""Gamma rays from outside a scintillator: a line of full energy, and a tail of what scattered on the way.

A slab, for Borexino's spheres: gammas leave a plane isotropically, cross a buffer that does not scintillate and, to be
found in the fiducial volume, the scintillator before it without touching it; there all of their energy is seen. What
they lose in the buffer is not. They lose it by the Compton effect alone, in any number of scatterings of which none
turns them back: the transport equation in depth, energy and angle, solved on a grid.

Left out: pair production, 1.6 % of what 2.6 MeV gammas do in pseudocumene, which would take a fifth of them on the way
and 3 % from the lines' share; the photoelectric effect, small above 0.2 MeV; the curvature of the spheres; gammas that
lose little in the outer scintillator and are still found inside, which would lengthen the tail (half as thick a
scintillator leaves nine times as much of 208Tl below 1 MeV); light lost to quenching, larger for gammas, whose energy
several electrons share, than for the one electron that defines visible energy; and coincident gammas of a cascade, as
one at a time comes through.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.linalg import solve_triangular

from numm_stats.backgrounds.decays import VisibleSpectrum
from numm_stats.errors import InputError, nearest
from numm_stats.physics.constants import AVOGADRO_PER_MOL, ELECTRON_MASS_MEV, FINE_STRUCTURE, HBAR_C_MEV_CM

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

__all__ = [
    "EXTERNAL_GAMMAS",
    "LOWEST_TAIL_MEV",
    "GammaTail",
    "attenuation_per_cm",
    "external_gammas",
    "klein_nishina_cm2",
    "klein_nishina_cm2_per_mev",
    "slab_gammas",
]

# Energy [MeV] and gammas per 100 decays. 40K: LNE-LNHB, 2012. 208Tl, and of 214Bi what is above 1 %: the ENSDF lists on
# radiacode.com; of many lines below 1.7 MeV, which make 2 % of what arrives, the strongest. The last six of 214Bi,
# weak but penetrating, are recalled: they make 11 %
EXTERNAL_GAMMAS: Final = {
    "K40": ((1.4608, 10.55),),
    "Bi214": (
        (1.1203, 14.90), (1.2381, 5.83), (1.3777, 3.985), (1.4080, 2.388), (1.5092, 2.127), (1.6613, 1.046),
        (1.7296, 2.87), (1.7645, 15.29), (1.8474, 2.027), (2.1185, 1.156), (2.2041, 4.92), (2.4477, 1.545),
        (2.2934, 0.305), (2.6947, 0.033), (2.7699, 0.0225), (2.9219, 0.014), (2.9789, 0.014), (3.0539, 0.0214),
    ),
    "Tl208": ((2.6145, 99.754),),
}  # fmt: skip

BUFFER_CM: Final = 260.0  # from the sphere of 6.85 m to the vessel of 4.25 m
SCINTILLATOR_CM: Final = 145.0  # from the vessel to the fiducial volume, 2.8 m
LOWEST_TAIL_MEV: Final = 0.2  # 90 hits; what arrives with less is below 1e-4
_ELECTRONS_PER_CM3 = 0.88 * AVOGADRO_PER_MOL * 66 / 120.19  # pseudocumene, C9H12 of 0.88 g / cm3

_CLASSICAL_RADIUS_CM = FINE_STRUCTURE * HBAR_C_MEV_CM / ELECTRON_MASS_MEV
_SMALLEST_COSINE, _COSINES, _AZIMUTHS = 0.1, 16, 8
_ENERGIES, _STEP_CM = 36, 3.5  # finer grids move all that arrives by 3 %, the tail against the line by 2 %


@dataclass(frozen=True)
class GammaTail:
    """What gammas of one line keep: a density at points, linear between them and zero outside.

    It stands among the continua of a `VisibleSpectrum`.

    Attributes:
        weight: gammas in the tail for each event.
        energies_mev: increasing visible energies (k,) [MeV].
        values_per_mev: density at them (k,), its integral one [1/MeV].
    """

    weight: float
    energies_mev: tuple[float, ...]
    values_per_mev: tuple[float, ...]

    @property
    def offset_mev(self) -> float:
        """Visible energy at which the tail begins [MeV]."""
        return self.energies_mev[0]

    def scaled(self, factor: float) -> GammaTail:
        """Return the tail with its weight multiplied by a factor."""
        return replace(self, weight=self.weight * factor)

    def density(self, visible_mev: ArrayLike) -> Array:
        """Return the weighted density at visible energies [1/MeV], same shape."""
        energy = np.asarray(visible_mev, dtype=float)
        values = np.interp(energy, self.energies_mev, self.values_per_mev, left=0.0, right=0.0)
        return np.asarray(self.weight * values)

    def knots_mev(self) -> Array:
        """Return the energies between which the density is linear (k,) [MeV]."""
        return np.array(self.energies_mev)

    def above(self, threshold_mev: float) -> float:
        """Return the weighted part of the tail above a visible energy [MeV]."""
        energy = np.array(self.energies_mev)
        inside = np.clip(threshold_mev, energy[0], energy[-1])
        knots = np.concatenate([[inside], energy[energy > inside]])
        values = self.density(knots)
        return float(0.5 * (values[1:] + values[:-1]) @ np.diff(knots))

    def mean_mev(self) -> float:
        """Return the mean visible energy in the tail [MeV]."""
        energy, value = np.array(self.energies_mev), np.array(self.values_per_mev)
        low, high = energy[:-1], energy[1:]
        return float((high - low) / 6 @ (value[:-1] * (2 * low + high) + value[1:] * (low + 2 * high)))


def klein_nishina_cm2(energy_mev: ArrayLike) -> Array:
    """Return the cross section of Compton scattering on an electron at rest [cm2], shaped as the energies [MeV].

    Klein and Nishina, Z. Phys. 52, 853 (1929), integrated over angles. Below 1 keV its terms cancel.

    >>> round(float(klein_nishina_cm2(1.0)) * 1e24, 4)
    0.2112
    """
    k = np.asarray(energy_mev, dtype=float) / ELECTRON_MASS_MEV
    log = np.log1p(2 * k)
    first = (1 + k) / k**3 * (2 * k * (1 + k) / (1 + 2 * k) - log)
    return np.asarray(2 * np.pi * _CLASSICAL_RADIUS_CM**2 * (first + log / (2 * k) - (1 + 3 * k) / (1 + 2 * k) ** 2))


def klein_nishina_cm2_per_mev(energy_mev: ArrayLike, scattered_mev: ArrayLike) -> Array:
    """Return d sigma / dE' = pi r_e^2 m / E^2 (E/E' + E'/E - sin^2 theta) [cm2/MeV], zero where no angle gives E'.

    Args:
        energy_mev: before [MeV].
        scattered_mev: after [MeV], broadcast against the energy before.
    """
    before, after = np.broadcast_arrays(np.asarray(energy_mev, dtype=float), np.asarray(scattered_mev, dtype=float))
    cosine = _compton_cosine(before, after)
    bracket = before / after + after / before - 1 + cosine**2
    size = np.pi * _CLASSICAL_RADIUS_CM**2 * ELECTRON_MASS_MEV / before**2 * bracket
    return np.asarray(np.where(np.abs(cosine) <= 1.0, size, 0.0))


def attenuation_per_cm(energy_mev: ArrayLike) -> Array:
    """Return the Compton scatterings per path of a gamma in pseudocumene [1/cm], shaped as its energy [MeV].

    >>> attenuation_per_cm([1.4608, 2.6145]).round(4).tolist()
    [0.0506, 0.0364]
    """
    return _ELECTRONS_PER_CM3 * klein_nishina_cm2(energy_mev)


def external_gammas(
    nuclide: str, buffer_cm: float = BUFFER_CM, *, scintillator_cm: float = SCINTILLATOR_CM
) -> VisibleSpectrum:
    """Return the visible energy of a nuclide's gammas from outside, in the fiducial volume.

    Args:
        nuclide: "K40", "Bi214" or "Tl208".
        buffer_cm: thickness of the buffer, where lost energy is not seen [cm].
        scintillator_cm: thickness of scintillator between the buffer and the fiducial volume [cm].

    Returns:
        The spectrum of one event: a line and a tail for each gamma, by what arrives of it.

    Raises:
        InputError: if the nuclide is unknown, or a thickness not a finite number, the buffer's positive.

    >>> spectrum = external_gammas("Tl208")
    >>> [round(weight, 1) for _, weight in spectrum.lines]
    [0.4]
    """
    if nuclide not in EXTERNAL_GAMMAS:
        raise InputError(
            f"background.external = '{nuclide}' is unknown{nearest(nuclide, EXTERNAL_GAMMAS)}; "
            f"known are {', '.join(EXTERNAL_GAMMAS)}"
        )
    if not (0.0 < buffer_cm < np.inf and 0.0 <= scintillator_cm < np.inf):
        raise InputError(
            f"background.buffer_cm = {buffer_cm}, scintillator_cm = {scintillator_cm}: must be finite, the first "
            "positive, the second zero or more"
        )
    return _spectrum(nuclide, float(buffer_cm), float(scintillator_cm))


def slab_gammas(line_mev: float, buffer_cm: float, scintillator_cm: float) -> tuple[float, Array, Array]:
    """Return what arrives of gammas of one energy that leave a plane isotropically, for each of its inner half.

    Args:
        line_mev: energy of the gammas, above 0.2 MeV [MeV].
        buffer_cm: thickness of the slab where they scatter [cm].
        scintillator_cm: thickness of what they cross untouched [cm].

    Returns:
        The part that never scattered, energies (k,) from 0.2 MeV to the line [MeV], the scattered part at them
        [1/MeV].
    """
    energy = np.linspace(line_mev, LOWEST_TAIL_MEV, _ENERGIES)
    cosine, share = _cosines()
    generator = _generator(energy, cosine)
    state = np.zeros(len(generator))
    state[: len(cosine)] = share
    reached = _march(generator, state, buffer_cm).reshape(-1, len(cosine))
    path = scintillator_cm * attenuation_per_cm(np.concatenate([[line_mev], energy]))
    arrived = (reached * np.exp(-path[:, None] / cosine)).sum(axis=1)
    return float(arrived[0]), energy[::-1], arrived[:0:-1]


@lru_cache(maxsize=32)
def _spectrum(nuclide: str, buffer_cm: float, scintillator_cm: float) -> VisibleSpectrum:
    tails, lines = [], []
    for line_mev, intensity in EXTERNAL_GAMMAS[nuclide]:
        line, energy, values = slab_gammas(line_mev, buffer_cm, scintillator_cm)
        scattered = float(0.5 * (values[1:] + values[:-1]) @ np.diff(energy))
        lines.append((line_mev, intensity * line))
        tails.append(GammaTail(intensity * scattered, tuple(energy.tolist()), tuple((values / scattered).tolist())))
    total = sum(weight for _, weight in lines) + sum(tail.weight for tail in tails)
    return VisibleSpectrum(tuple(tails), tuple(lines)).scaled(1 / total)


def _compton_cosine(before_mev: Array, after_mev: Array) -> Array:
    return np.asarray(1 - ELECTRON_MASS_MEV * (1 / after_mev - 1 / before_mev))


def _cosines() -> tuple[Array, Array]:
    """Cosines to the normal, dense at one, and the share of an isotropic source at each of them: trapezoids."""
    cosine = 1 - (1 - _SMALLEST_COSINE) * np.linspace(1, 0, _COSINES) ** 2
    width = np.diff(cosine)
    return cosine, 0.5 * (np.append(width, 0.0) + np.append(0.0, width))


def _generator(energy: Array, cosine: Array) -> Array:
    """Matrix of dN/dx: rows of gammas that never scattered, then of each energy, falling, for each cosine.

    -mu(E) / c of each, and n d sigma/dE (E1 -> E) R(c1 -> c) / c1 into lower energies, trapezoids in E1. Nothing goes
    up: the matrix is lower triangular.
    """
    levels = np.concatenate([energy[:1], energy])
    into, out_of = np.tril_indices(len(levels), -1)
    rate = _ELECTRONS_PER_CM3 * klein_nishina_cm2_per_mev(levels[out_of], levels[into])
    width = (energy[0] - energy[-1]) / (len(energy) - 1)
    rate *= np.where(out_of == 0, 1.0, np.where(out_of == 1, 0.5 * width, width))
    turned = _turned(_compton_cosine(levels[out_of], levels[into]), cosine)
    matrix = np.zeros((len(levels), len(cosine), len(levels), len(cosine)))
    matrix[into, :, out_of, :] = rate[:, None, None] * turned / cosine
    flat = matrix.reshape(len(levels) * len(cosine), -1)
    along = np.where(np.arange(len(levels)) > 1, 0.5 * width, 0.0) * _ELECTRONS_PER_CM3
    lost = attenuation_per_cm(levels) - along * klein_nishina_cm2_per_mev(levels, levels)
    flat[np.diag_indices(len(flat))] = -(lost[:, None] / cosine).ravel()
    return flat


def _turned(scattering: Array, cosine: Array) -> Array:
    """Chance (k, to, from) to go on at one cosine from another after (k,) scatterings, linear between cosines."""
    azimuth = np.cos(np.pi * (np.arange(_AZIMUTHS) + 0.5) / _AZIMUTHS)
    scattering = np.clip(scattering, -1.0, 1.0)[:, None, None]
    sines = np.sqrt((1 - scattering**2) * (1 - cosine[:, None] ** 2))
    after = scattering * cosine[:, None] + sines * azimuth
    cell = np.clip(np.searchsorted(cosine, after, side="right") - 1, 0, len(cosine) - 2)
    upper = np.clip((after - cosine[cell]) / (cosine[cell + 1] - cosine[cell]), None, 1.0)
    kept = np.where(after >= cosine[0], 1.0 / _AZIMUTHS, 0.0)
    chance = np.zeros((len(scattering), len(cosine), len(cosine)))
    k, j, _ = np.indices(after.shape)
    np.add.at(chance, (k, cell, j), kept * (1 - upper))
    np.add.at(chance, (k, cell + 1, j), kept * upper)
    return chance


def _march(generator: Array, state: Array, depth_cm: float) -> Array:
    """Carry a state through a depth by steps of the trapezoidal rule, second order and stable."""
    steps = int(np.ceil(depth_cm / _STEP_CM))
    implicit = np.eye(len(state)) - 0.5 * depth_cm / steps * generator
    for _ in range(steps):
        state = 2 * solve_triangular(implicit, state, lower=True, check_finite=False) - state
    return state
