"""What a detector makes of true events: shower energy and angle, scores, vertex, prongs. A toy of NOvA's.

Resolutions are Gaussian, of the size of NOvA's and not taken from it: 8 % and 20 MeV in energy; in each of two
projections of the angle 8 mrad and 14 mrad / sqrt(T / GeV). The vertex is uniform in a box of about the near detector's
active volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.detectors.response import Resolution
from numm_stats.selections.simulation_categories import CATEGORIES

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from numm_stats.selections.simulation_truth import TrueEvents

    Array = NDArray[np.float64]

__all__ = ["RESOLUTION", "SeenEvents", "angle_sigma_rad", "reconstruct"]

RESOLUTION: Final = Resolution(constant=0.08, noise_mev=20.0)
_ANGLE_CONSTANT_RAD: Final = 8e-3
_ANGLE_SCATTERING_RAD: Final = 14e-3  # at 1 GeV

_LOWEST_CM: Final = np.array([-180.0, -180.0, 0.0])
_HIGHEST_CM: Final = np.array([180.0, 180.0, 1250.0])
_MARGIN_BELOW_CM: Final = np.array([40.0, 40.0, 50.0])
_MARGIN_ABOVE_CM: Final = np.array([40.0, 40.0, 250.0])  # room for the shower


@dataclass(frozen=True, eq=False, slots=True)
class SeenEvents:
    """n events with m prongs.

    Attributes:
        energy_mev: calibrated shower energy [MeV], zero or more, of each prong, the leading one of each event first and
            largest, shape (m,).
        theta_rad: angle to the beam [rad], likewise.
        prongs: number of prongs, one or more, shape (n,).
        nuoneid: score for one electron against everything, 0 to 1, shape (n,).
        epi0nuoneid: score for one electron against a pi0, 0 to 1, shape (n,).
        vertex_cm: x, y, z [cm], shape (3, n).
        contained: whether the vertex leaves room for the shower, shape (n,).
    """

    energy_mev: Array
    theta_rad: Array
    prongs: NDArray[np.int32]
    nuoneid: Array
    epi0nuoneid: Array
    vertex_cm: Array
    contained: NDArray[np.bool_]

    @property
    def leading(self) -> NDArray[np.intp]:
        """Position of each event's leading prong, shape (n,)."""
        return np.concatenate([[0], np.cumsum(self.prongs[:-1], dtype=np.intp)])


def angle_sigma_rad(recoil_mev: Array) -> Array:
    """Return the angular resolution in one projection [rad], shaped as the energy [MeV].

    >>> round(float(angle_sigma_rad(np.array(1000.0))) * 1e3, 2)
    16.12
    """
    return np.hypot(_ANGLE_CONSTANT_RAD, _ANGLE_SCATTERING_RAD / np.sqrt(recoil_mev / 1e3))


def reconstruct(random: Generator, events: TrueEvents, energy_scale: float = 1.0) -> SeenEvents:
    """Return what is seen of true events.

    Args:
        random: where the randomness comes from; the same for any energy scale.
        events: n of them.
        energy_scale: mean visible over true energy: the calibration.
    """
    count = len(events.energy_mev)
    visible = energy_scale * events.recoil_mev
    energy = np.maximum(visible + RESOLUTION.sigma_mev(visible) * random.standard_normal(count), 0.0)
    theta = _smeared_angle(random, events)
    nuoneid = _score(random, events, [category.nuoneid for category in CATEGORIES])
    epi0nuoneid = _score(random, events, [category.epi0nuoneid for category in CATEGORIES])
    vertex = _LOWEST_CM[:, None] + (_HIGHEST_CM - _LOWEST_CM)[:, None] * random.random((3, count))
    low, high = (_LOWEST_CM + _MARGIN_BELOW_CM)[:, None], (_HIGHEST_CM - _MARGIN_ABOVE_CM)[:, None]
    contained = ((vertex >= low) & (vertex <= high)).all(axis=0)
    extra = random.poisson(np.array([category.extra_prongs for category in CATEGORIES])[events.category])
    prongs = (1 + extra).astype(np.int32)
    return SeenEvents(*_prongs(random, energy, theta, prongs), prongs, nuoneid, epi0nuoneid, vertex, contained)


def _smeared_angle(random: Generator, events: TrueEvents) -> Array:
    """Smear the angle's two projections."""
    sigma = angle_sigma_rad(events.recoil_mev)
    along, across = random.standard_normal((2, len(sigma)))
    return np.asarray(np.minimum(np.hypot(events.theta_rad + sigma * along, sigma * across), np.pi))


def _score(random: Generator, events: TrueEvents, shapes: list[float]) -> Array:
    """Draw from Beta(a, 1), a of each event's category: u^(1/a)."""
    return np.asarray(random.random(len(events.category)) ** (1 / np.array(shapes))[events.category])


def _prongs(random: Generator, energy: Array, theta: Array, prongs: NDArray[np.int32]) -> tuple[Array, Array]:
    """Put softer prongs of any forward direction behind the leading ones."""
    energies, angles = np.repeat(energy, prongs), np.repeat(theta, prongs)
    extra = np.ones(len(energies), dtype=np.bool_)
    extra[np.cumsum(prongs) - prongs] = False
    fraction, direction = random.random((2, int(extra.sum())))
    energies[extra] *= fraction
    angles[extra] = direction * np.pi / 2
    return energies, angles
