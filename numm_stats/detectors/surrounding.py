"""Detectors around a source: a shell of target with the source and its shield in the hole."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np

from numm_stats.detectors.detector import Detector, mean_inverse_square_per_m2
from numm_stats.errors import InputError
from numm_stats.physics.constants import AVOGADRO_PER_MOL

__all__ = [
    "SODIUM_IODIDE_DENSITY_T_PER_M3",
    "SODIUM_IODIDE_ELECTRONS_PER_TONNE",
    "around_a_hole",
    "shell_mean_inverse_square_per_m2",
    "surrounding_detector",
    "surrounding_sodium_iodide",
]

SODIUM_IODIDE_DENSITY_T_PER_M3: Final = 3.67  # PDG, atomic and nuclear properties of materials
SODIUM_IODIDE_ELECTRONS_PER_TONNE: Final = 1e6 * AVOGADRO_PER_MOL * (11 + 53) / (22.98977 + 126.90447)  # IUPAC


def shell_mean_inverse_square_per_m2(inner_radius_m: float, outer_radius_m: float, distance_m: float = 0.0) -> float:
    """Return the mean of 1 / r^2 over a homogeneous spherical shell [1/m2].

    The sphere less the hole, each weighted with its volume; at the centre 3 / (R1^2 + R1 R2 + R2^2).

    Args:
        inner_radius_m: R1 of the hole [m], zero or more.
        outer_radius_m: R2 [m], above R1.
        distance_m: from the source to the centre [m].

    Returns:
        The mean inverse square distance [1/m2].

    Raises:
        InputError: radii that bound no shell, or a negative distance.

    >>> round(shell_mean_inverse_square_per_m2(1.0, 2.0), 6)  # 3 / 7
    0.428571
    """
    if not (np.isfinite(outer_radius_m) and 0.0 <= inner_radius_m < outer_radius_m):
        raise InputError(
            f"detector.inner_radius_m = {inner_radius_m}, radius_m = {outer_radius_m}: "
            "the inner one must be zero or more and below the outer one"
        )
    if distance_m == 0.0:
        return 3.0 / (inner_radius_m**2 + inner_radius_m * outer_radius_m + outer_radius_m**2)
    whole = mean_inverse_square_per_m2(distance_m, outer_radius_m)
    if inner_radius_m == 0.0:
        return whole
    hole = mean_inverse_square_per_m2(distance_m, inner_radius_m)
    share = (inner_radius_m / outer_radius_m) ** 3
    return (whole - share * hole) / (1.0 - share)


def around_a_hole(detector: Detector, inner_radius_m: float) -> Detector:
    """Return a spherical detector with a hole in its middle, for a source and its shield.

    The mass stays, so that the outer radius grows; both enter as the effective distance <1/r^2>^(-1/2).

    Args:
        detector: a sphere, of `radius_m`.
        inner_radius_m: of the hole [m].

    Returns:
        The detector, its distance replaced and its radius zero.

    Raises:
        InputError: the detector is no sphere, a radius is out of range, or the source lies in the shell.

    >>> sphere = Detector("sphere", 1.0, 3e29, distance_m=0.0, radius_m=1.0)
    >>> round(around_a_hole(sphere, 1.0).distance_m, 4)  # sqrt((1 + R + R^2) / 3), R = 2^(1/3) m
    1.1324
    """
    if detector.radius_m == 0.0:
        raise InputError(
            f"detector.inner_radius_m = {inner_radius_m}: state radius_m, of a sphere of its mass, with it"
        )
    outer = math.cbrt(inner_radius_m**3 + detector.radius_m**3)
    distance = detector.distance_m or 0.0
    if inner_radius_m < distance < outer:
        raise InputError(
            f"detector.distance_m = {distance:g}: the source lies in the target, a shell from {inner_radius_m:g} to "
            f"{outer:.4g} m; it must be in the hole, up to inner_radius_m, or outside"
        )
    mean = shell_mean_inverse_square_per_m2(inner_radius_m, outer, distance)
    return replace(detector, distance_m=mean**-0.5, radius_m=0.0)


def surrounding_detector(
    name: str, tonnes: float, density_t_per_m3: float, electrons_per_tonne: float, *, inner_radius_m: float = 0.0
) -> Detector:
    """Return a detector that surrounds its source: a shell of stated mass, the source at the centre.

    The shell enters as an effective distance <1/r^2>^(-1/2), in which its hole and outer radius are contained.

    Args:
        name: as shown to people.
        tonnes: target mass [t].
        density_t_per_m3: of the target [t/m3].
        electrons_per_tonne: [1/t].
        inner_radius_m: of the hole for source and shield [m].

    Returns:
        The detector, with a perfect response.

    Raises:
        InputError: a mass, density or radius out of range.
    """
    for key, value in (("tonnes", tonnes), ("density_t_per_m3", density_t_per_m3)):
        if not (np.isfinite(value) and value > 0.0):
            raise InputError(f"detector.{key} = {value}: must be a positive number")
    outer = math.cbrt(inner_radius_m**3 + 3.0 * tonnes / (4.0 * math.pi * density_t_per_m3))
    distance = shell_mean_inverse_square_per_m2(inner_radius_m, outer) ** -0.5
    return Detector(name, tonnes, electrons_per_tonne, distance_m=distance)


def surrounding_sodium_iodide(tonnes: float = 1.0, *, inner_radius_m: float = 0.0) -> Detector:
    """Return NaI around a source, one tonne unless stated: the detector proposed with 147Pm.

    Args:
        tonnes: target mass [t].
        inner_radius_m: of the hole for source and shield [m].

    Returns:
        The detector, with a perfect response.

    >>> round(surrounding_sodium_iodide().distance_m, 3)  # R / sqrt(3), R = 0.402 m
    0.232
    """
    return surrounding_detector(
        "NaI", tonnes, SODIUM_IODIDE_DENSITY_T_PER_M3, SODIUM_IODIDE_ELECTRONS_PER_TONNE, inner_radius_m=inner_radius_m
    )
