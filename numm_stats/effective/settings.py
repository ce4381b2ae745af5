"""Mixing parameters and matrices of moments from lines KEY=VALUE."""

from __future__ import annotations

import cmath
import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.physics.flavours import FAMILIES
from numm_stats.physics.mixing import Mixing, mixing_of_ordering
from numm_stats.physics.moment_bases import checked_kind, dirac_moments, majorana_moments, mass_basis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["MIXING_KEYS", "MOMENT_KEYS", "Settings", "read_settings"]

MIXING_KEYS = (
    "sin2_12", "sin2_13", "sin2_23", "delta_deg", "alpha_21_deg", "alpha_31_deg", "dm2_21_ev2", "dm2_31_ev2",
)  # fmt: skip
_PAIRS = tuple(itertools.combinations_with_replacement(range(3), 2))
_STATES = {f"{j + 1}{k + 1}": (j, k) for j, k in _PAIRS}
_FLAVOURS = {FAMILIES[j] + FAMILIES[k]: (j, k) for j, k in _PAIRS}
MOMENT_KEYS = tuple(f"{what}_{pair}" for what in ("mu", "eps") for pair in (*_STATES, *_FLAVOURS))
SMALLEST_MOMENT, LARGEST_MOMENT = 1e-60, 1.0  # Bohr magnetons; squares of smaller ones are lost


@dataclass(frozen=True)
class Settings:
    """What lines KEY=VALUE change.

    Attributes:
        mixing: fields of `physics.mixing.Mixing` that are replaced.
        moments: complex elements of matrices of moments by key, such as "mu_12" or "eps_emu" [Bohr magnetons].
    """

    mixing: dict[str, float]
    moments: dict[str, complex]

    def mixing_for(self, ordering: str) -> Mixing:
        """Return the mixing parameters of an ordering with the replacements."""
        return replace(mixing_of_ordering(ordering), **self.mixing)

    def matrix(self, mixing: Mixing, kind: str) -> NDArray[np.complex128]:
        """Return lambda in the mass basis (3, 3), or say why the elements make none for this kind."""
        in_flavours = [key for key in self.moments if _pair(key) in _FLAVOURS]
        if in_flavours and len(in_flavours) < len(self.moments):
            raise InputError(f"--set {', '.join(self.moments)}: elements of one basis only, mass states or flavours")
        made = self._dirac() if checked_kind(kind) == "dirac" else self._majorana()
        return mass_basis(made, mixing, kind) if in_flavours else made

    def _dirac(self) -> NDArray[np.complex128]:
        parts = {"mu": np.zeros((3, 3), dtype=np.complex128), "eps": np.zeros((3, 3), dtype=np.complex128)}
        for key, value in self.moments.items():
            j, k = _position(key)
            if j == k and abs(value.imag) > 1e-12 * abs(value):
                raise InputError(f"--set {key}: a diagonal moment is real, so its phase must be 0 or 180 degrees")
            part = parts[key.split("_")[0]]
            part[j, k], part[k, j] = value, value.conjugate()
        return dirac_moments(parts["mu"], parts["eps"])

    def _majorana(self) -> NDArray[np.complex128]:
        made = np.zeros((3, 3), dtype=np.complex128)
        for key, value in self.moments.items():
            j, k = _position(key)
            if key.startswith("eps"):
                raise InputError(
                    f"--set {key}: for Majorana neutrinos mu_jk=SIZE@DEGREES has both dipoles in its phase"
                )
            if j == k:
                raise InputError(f"--set {key}: Majorana neutrinos have transition moments only, no diagonal ones")
            made[j, k], made[k, j] = value, -value
        return majorana_moments(made)


def read_settings(lines: Sequence[str]) -> Settings:
    """Return what lines KEY=VALUE change.

    Args:
        lines: mixing parameters (`sin2_23=0.5`, angles of phases in degrees: `delta_deg=230`) and elements of the
            matrix of moments (`mu_12=1e-11`, with a phase `mu_12=1e-11@90`, between flavours `mu_etau=1e-11`).

    Raises:
        InputError: a key is unknown or given twice, or a value is no number or out of range.
    """
    mixing: dict[str, float] = {}
    moments: dict[str, complex] = {}
    for line in lines:
        key, equals, text = line.partition("=")
        if not equals:
            raise InputError(f"--set {line}: must be KEY=VALUE")
        if key in MIXING_KEYS:
            name, degrees = key.removesuffix("_deg"), key.endswith("_deg")
            mixing[name] = math.radians(_number(key, text)) if degrees else _number(key, text)
        elif key in MOMENT_KEYS and key not in moments:
            moments[key] = _element(key, text)
        else:
            hint = " is given twice" if key in moments else f" is unknown{nearest(key, (*MIXING_KEYS, *MOMENT_KEYS))}"
            raise InputError(f"--set {line}: {key}{hint}; keys are {', '.join((*MIXING_KEYS, *MOMENT_KEYS))}")
    return Settings(mixing, moments)


def _pair(key: str) -> str:
    return key.split("_")[1]


def _position(key: str) -> tuple[int, int]:
    return (_STATES | _FLAVOURS)[_pair(key)]


def _element(key: str, text: str) -> complex:
    size, at, degrees = text.partition("@")
    value = _number(key, size)
    if value != 0.0 and not SMALLEST_MOMENT <= abs(value) <= LARGEST_MOMENT:
        raise InputError(
            f"--set {key}={text}: must be zero, or from {SMALLEST_MOMENT:g} to {LARGEST_MOMENT:g} Bohr magneton in size"
        )
    return value * cmath.exp(1j * math.radians(_number(key, degrees))) if at else complex(value)


def _number(key: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"--set {key}={text}: must be a number") from None
    if not math.isfinite(value):
        raise InputError(f"--set {key}={text}: must be a finite number")
    return value
