"""A source as a value: which neutrinos, how many at which energy, and how to integrate over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from numm_stats.errors import InputError
from numm_stats.physics.flavours import checked_flavour

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from numm_stats.physics.flavours import Flavour
    from numm_stats.sources.normalisation import Normalisation

__all__ = ["Component", "Continuum", "Lines", "Source"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Lines:
    """Neutrinos of sharp energies.

    Attributes:
        energies_mev: Energies [MeV], shape (n,).
        intensities: Neutrinos in each line, in the unit of the normalisation, shape (n,).
    """

    energies_mev: FloatArray
    intensities: FloatArray

    def __post_init__(self) -> None:
        if self.energies_mev.shape != self.intensities.shape or self.energies_mev.ndim != 1:
            message = (
                f"{self.energies_mev.size} line energies and {self.intensities.size} intensities; "
                "allowed: as many of one as of the other"
            )
            raise InputError(message)
        _positive("line energies", self.energies_mev, zero=False)
        _positive("line intensities", self.intensities, zero=True)


@dataclass(frozen=True, eq=False, slots=True)
class Continuum:
    """Neutrinos of a continuous spectrum.

    Attributes:
        panels_mev: Increasing energies [MeV] between which the density is smooth, shape (m + 1,).
        density: Spectrum [1/MeV, in the unit of the normalisation], a function of an array of energies [MeV].
    """

    panels_mev: FloatArray
    density: Callable[[FloatArray], FloatArray]

    def __post_init__(self) -> None:
        if self.panels_mev.size < 2 or not np.all(np.diff(self.panels_mev) > 0):
            message = f"panel edges {self.panels_mev.tolist()}; allowed: two or more increasing energies in MeV"
            raise InputError(message)

    def quadrature(self, minimum_energy_mev: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Gauss-Legendre nodes and weights above each minimum, the density multiplied in."""
        nodes, weights = np.polynomial.legendre.leggauss(_order(self.panels_mev.size - 1))
        lower = np.maximum(self.panels_mev[:-1], minimum_energy_mev[:, None])
        half = np.maximum(self.panels_mev[1:] - lower, 0.0) / 2
        energies = (lower + half)[..., None] + half[..., None] * nodes
        weighted = half[..., None] * weights * np.where(half[..., None] > 0, self.density(energies), 0.0)
        shape = (minimum_energy_mev.size, -1)
        return energies.reshape(shape), weighted.reshape(shape)


@dataclass(frozen=True, eq=False, slots=True)
class Component:
    """The neutrinos of one flavour that a source makes.

    Attributes:
        flavour: One of `physics.flavours.FLAVOURS`.
        lines: Sharp energies, if there are any.
        continuum: Continuous spectrum, if there is one.
    """

    flavour: Flavour
    lines: Lines | None = None
    continuum: Continuum | None = None

    def __post_init__(self) -> None:
        checked_flavour(self.flavour)
        if self.lines is None and self.continuum is None:
            message = f"the {self.flavour} component has no spectrum; allowed: lines, a continuum, or both"
            raise InputError(message)

    @property
    def maximum_energy_mev(self) -> float:
        """Energy [MeV] above which there are no neutrinos."""
        top = 0.0 if self.lines is None else float(self.lines.energies_mev.max())
        return top if self.continuum is None else max(top, float(self.continuum.panels_mev[-1]))

    def quadrature(self, minimum_energy_mev: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Nodes and weights of the integral over the spectrum above each of n minimum energies.

        sum_k w_nk f(E_nk) = integral over E > minimum_n of spectrum(E) f(E): Gauss-Legendre on each panel,
        clipped at the minimum, lines as nodes of their own. Good to 1e-6 for an f smooth within each panel.

        Args:
            minimum_energy_mev: Lower limits [MeV], shape (n,).

        Returns:
            Energies [MeV] and weights [in the unit of the normalisation], both of shape (n, k).

        >>> lines = Lines(np.array([0.3, 0.8]), np.array([0.1, 0.9]))
        >>> Component("nu_e", lines=lines).quadrature([0.0, 0.5])[1].tolist()
        [[0.1, 0.9], [0.0, 0.9]]
        """
        minimum = np.atleast_1d(np.asarray(minimum_energy_mev, dtype=np.float64))
        parts = []
        if self.lines is not None:
            energies = np.broadcast_to(self.lines.energies_mev, (minimum.size, self.lines.energies_mev.size))
            parts.append((energies, np.where(energies >= minimum[:, None], self.lines.intensities, 0.0)))
        if self.continuum is not None:
            parts.append(self.continuum.quadrature(minimum))
        return np.concatenate([e for e, _ in parts], axis=1), np.concatenate([w for _, w in parts], axis=1)


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """Everything that a detector needs to know of what makes its neutrinos.

    Attributes:
        name: Short name, used in messages.
        components: One for each flavour, or for each process.
        normalisation: What the spectra are per.
        note: Where the numbers come from.
    """

    name: str
    components: tuple[Component, ...]
    normalisation: Normalisation
    note: str = ""

    def __post_init__(self) -> None:
        if not self.components:
            message = f"source {self.name!r} has no components; allowed: one or more"
            raise InputError(message)

    @property
    def maximum_energy_mev(self) -> float:
        """Energy [MeV] above which the source has no neutrinos."""
        return max(component.maximum_energy_mev for component in self.components)


def _order(panels: int) -> int:
    """Gauss-Legendre nodes for each panel: few panels are wide, many are narrow."""
    if panels < 40:
        return 8
    return 4 if panels < 150 else 2


def _positive(what: str, values: FloatArray, *, zero: bool) -> None:
    """Refuse values that are not finite, or too small."""
    wrong = ~np.isfinite(values) | (values < 0 if zero else values <= 0)
    if values.size == 0 or wrong.any():
        found = values[wrong][0] if values.size else "none given"
        message = f"{what}: {found}; allowed: finite numbers {'of zero or more' if zero else 'above zero'}"
        raise InputError(message)
