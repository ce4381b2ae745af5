"""Sources of sharp neutrino energies, such as electron capture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.physics.flavours import checked_flavour
from numm_stats.sources.normalisation import Normalisation, ShapeOnly
from numm_stats.sources.source import Component, Lines, Source

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["monoenergetic"]


def monoenergetic(
    energies_mev: ArrayLike,
    intensities: ArrayLike,
    flavour: str = "nu_e",
    *,
    name: str = "lines",
    normalisation: Normalisation | None = None,
    note: str = "",
) -> Source:
    """A source of one or more neutrino lines.

    Args:
        energies_mev: Energies [MeV], a number or shape (n,).
        intensities: Neutrinos in each line, in the unit of the normalisation, same shape.
        flavour: One of `physics.flavours.FLAVOURS`.
        name: Short name, used in messages.
        normalisation: What the intensities are per; without one only the shape is known.
        note: Where the numbers come from.

    Returns:
        The source; energies in MeV.

    >>> monoenergetic([0.3843, 0.8613], [0.1048, 0.8952]).maximum_energy_mev
    0.8613
    """
    lines = Lines(
        np.atleast_1d(np.asarray(energies_mev, dtype=np.float64)),
        np.atleast_1d(np.asarray(intensities, dtype=np.float64)),
    )
    component = Component(checked_flavour(flavour), lines=lines)
    return Source(name, (component,), normalisation or ShapeOnly(), note)
