"""What sees electrons: a target mass at a distance, with a response."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.detectors.response import Response
from numm_stats.errors import InputError

if TYPE_CHECKING:
    from numm_stats.physics.binding import Atom

__all__ = ["Detector", "mean_inverse_square_per_m2"]

CM2_PER_M2 = 1e4


def mean_inverse_square_per_m2(distance_m: float, radius_m: float = 0.0) -> float:
    """Return the mean of 1 / r^2 over a homogeneous sphere seen from a point outside or inside it [1/m2].

    <1/r^2> = 3 / (2 R^2) [1 + (R^2 - d^2) / (2 d R) ln |(d + R) / (d - R)|], which tends to 1 / d^2 for d >> R and is
    3 / R^2 at the centre. The solid-angle integral of 1 / (r^2 + d^2 - 2 r d cos) done in closed form.

    Args:
        distance_m: from the source to the centre of the sphere [m].
        radius_m: of the sphere [m]; zero for a point.

    Returns:
        The mean inverse square distance [1/m2].

    >>> round(mean_inverse_square_per_m2(16.0, 5.0) * 16.0**2, 4)
    1.0204
    """
    _check_geometry(distance_m, radius_m)
    if radius_m == 0.0 or radius_m < 1e-3 * distance_m:
        return (1.0 + 0.2 * (radius_m / distance_m) ** 2) / distance_m**2
    if distance_m < 1e-6 * radius_m:
        return 3.0 / radius_m**2
    if distance_m == radius_m:
        return 1.5 / radius_m**2
    ratio = abs((distance_m + radius_m) / (distance_m - radius_m))
    geometry = (radius_m**2 - distance_m**2) / (2.0 * distance_m * radius_m) * float(np.log(ratio))
    return 1.5 / radius_m**2 * (1.0 + geometry)


@dataclass(frozen=True)
class Detector:
    """A detector of recoiling electrons.

    Attributes:
        name: as shown to people.
        tonnes: fiducial mass [t].
        electrons_per_tonne: [1/t].
        live_fraction: part of the running time, or of the events, that survives vetoes and cuts.
        distance_m: from the source to the centre [m]; with `radius_m` zero, an effective distance.
        radius_m: of the fiducial sphere over which 1 / r^2 is averaged [m].
        response: energy scale, resolution, efficiency.
        atom: that binds the electrons, by the stepping approximation; None where they count as free.
    """

    name: str
    tonnes: float | None
    electrons_per_tonne: float
    live_fraction: float = 1.0
    distance_m: float | None = None
    radius_m: float = 0.0
    response: Response = field(default_factory=Response)
    atom: Atom | None = None

    def __post_init__(self) -> None:
        for key in ("tonnes", "electrons_per_tonne"):
            value = getattr(self, key)
            if value is not None and not (np.isfinite(value) and value > 0.0):
                raise InputError(f"detector.{key} = {value}: must be a positive number")
        if not 0.0 < self.live_fraction <= 1.0:
            raise InputError(f"detector.live_fraction = {self.live_fraction}: must lie above 0 and not above 1")
        if self.distance_m is not None:
            _check_geometry(self.distance_m, self.radius_m)

    @property
    def live_electrons(self) -> float:
        """Number of target electrons times the live fraction."""
        if self.tonnes is None:
            raise InputError(
                "detector.tonnes is missing: state the fiducial mass, or the number of events in [exposure]"
            )
        return self.tonnes * self.electrons_per_tonne * self.live_fraction

    @property
    def mean_inverse_square_per_cm2(self) -> float | None:
        """Mean of 1 / r^2 over the fiducial volume [1/cm2], or None without a distance."""
        if self.distance_m is None:
            return None
        return mean_inverse_square_per_m2(self.distance_m, self.radius_m) / CM2_PER_M2


def _check_geometry(distance_m: float, radius_m: float) -> None:
    if not (np.isfinite(distance_m) and distance_m >= 0.0 and np.isfinite(radius_m) and radius_m >= 0.0):
        raise InputError(f"detector.distance_m = {distance_m}, radius_m = {radius_m}: must be finite, zero or more")
    if distance_m == 0.0 and radius_m == 0.0:
        raise InputError("detector.distance_m = 0: a source in the centre needs detector.radius_m")
