"""Electron binding by the stepping approximation: how many electrons of an atom an energy transfer can free.

Below some 10 keV the electrons of a target are not free. The cross section of an atom is then taken as that of one free
electron times the number of electrons whose binding energy is below the energy that the neutrino gave (Kopeikin,
Mikaelyan, Sinev and Fayans, Phys. At. Nucl. 60, 1859 (1997), recalled).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import InputError, nearest

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

__all__ = ["ATOMS", "Atom", "atom"]

_KEV: Final = 1e-3  # MeV


@dataclass(frozen=True, slots=True)
class Atom:
    """The shells of an atom.

    Attributes:
        name: as in an analysis, "xenon".
        shells: binding energy [keV] and electrons of each shell; zero for electrons that are free at any energy.
        source: where the numbers were read.
    """

    name: str
    shells: tuple[tuple[float, int], ...]
    source: str = ""

    def __post_init__(self) -> None:
        for binding, electrons in self.shells:
            if not (np.isfinite(binding) and binding >= 0.0 and electrons > 0):
                message = (
                    f"a shell of {self.name} binds {electrons} electrons with {binding} keV; "
                    "allowed: one electron or more, a finite energy of zero or more"
                )
                raise InputError(message)
        if not self.shells:
            raise InputError(f"{self.name} has no shells; allowed: one or more")

    @property
    def electrons(self) -> int:
        """Electrons of the neutral atom."""
        return sum(electrons for _, electrons in self.shells)

    @property
    def steps_mev(self) -> Array:
        """Increasing energies [MeV] at which the number of free electrons changes, shape (n,)."""
        return np.asarray(sorted({binding * _KEV for binding, _ in self.shells if binding > 0.0}))

    def effective_electrons(self, deposited_mev: ArrayLike) -> Array:
        """Return Z_eff(T), the number of electrons that are bound by less than the energy deposited.

        Z_eff(T) = sum over shells of n_i theta(T - B_i). T is all the energy that the neutrino gave: when the hole is
        filled, X rays and Auger electrons give the binding energy back to the detector.

        Args:
            deposited_mev: T [MeV], any shape.

        Returns:
            Electrons of one atom, same shape; zero at T = 0.

        >>> atom("xenon").effective_electrons([0.0005, 0.001, 0.01, 0.04]).tolist()
        [26.0, 40.0, 52.0, 54.0]
        """
        deposited = np.asarray(deposited_mev, dtype=float)
        if np.isnan(deposited).any():
            raise InputError(f"energy deposited in {self.name} is not a number; allowed: energies in MeV")
        order = np.argsort([binding for binding, _ in self.shells])
        bindings, electrons = np.asarray(self.shells, dtype=float)[order].T
        below = np.concatenate([[0.0], np.cumsum(electrons)])
        return np.asarray(below[np.searchsorted(bindings * _KEV, deposited, side="left")])

    def free_fraction(self, deposited_mev: ArrayLike) -> Array:
        """Return Z_eff(T) / Z, what a cross section per electron of the target is multiplied with, shaped as T [MeV].

        >>> float(atom("germanium").free_fraction(0.003))
        0.9375
        """
        return np.asarray(self.effective_electrons(deposited_mev) / self.electrons)


_DATA_BOOKLET: Final = "X-Ray Data Booklet, LBNL/PUB-490, table 1-1 (xdb.lbl.gov)"

_ALL: Final = (
    Atom(
        "argon",
        ((3.2059, 2), (0.3263, 2), (0.2506, 2), (0.2484, 4), (0.0293, 2), (0.0159, 2), (0.0157, 4)),
        source=_DATA_BOOKLET,
    ),
    Atom(
        "germanium",
        (
            (11.103, 2), (1.4146, 2), (1.2481, 2), (1.217, 4), (0.1801, 2), (0.1249, 2), (0.1208, 4), (0.0298, 4),
            (0.0292, 6), (0.0, 4),
        ),
        source=f"{_DATA_BOOKLET}; the four electrons of the valence band, which it leaves out, are free",
    ),
    Atom(
        "xenon",
        (
            (34.759, 2), (5.5098, 2), (5.1615, 2), (4.8356, 4), (1.1705, 2), (1.0248, 2), (0.9612, 4), (0.7081, 4),
            (0.6499, 6), (0.2294, 2), (0.1756, 2), (0.1628, 4), (0.0738, 4), (0.0717, 6), (0.0275, 2), (0.0134, 2),
            (0.0120, 4),
        ),
        source="arXiv:1610.04177; 3d5/2, 0.6499, may be 0.6949 with two digits exchanged",
    ),
)  # fmt: skip
ATOMS: Final = {each.name: each for each in _ALL}


def atom(name: str) -> Atom:
    """Return an atom by name.

    Args:
        name: one of `ATOMS`.

    Returns:
        The atom.

    Raises:
        InputError: there is none of that name.

    >>> atom("germanium").electrons
    32
    """
    if name not in ATOMS:
        raise InputError(f"unknown atom {name!r}{nearest(str(name), ATOMS)}; allowed: {', '.join(ATOMS)}")
    return ATOMS[name]
