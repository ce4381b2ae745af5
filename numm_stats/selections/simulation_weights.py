"""Weights of simulated events for systematic uncertainties: flux universes, and cross sections up and down. A toy.

A universe multiplies the flux by 1 + delta, constant in bins of 250 MeV, where delta is Gaussian with 9 % at every
energy, the size of the 2017 flux's uncertainty at its peak. Half of its variance is common to all flavours; at two
energies it is correlated with exp(-[ln(E / E') / 0.5]^2 / 2). Universe u is the same in all files, whatever their seed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.physics.flavours import FLAVOURS
from numm_stats.selections.simulation_categories import CATEGORIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.selections.simulation_truth import TrueEvents

    Single = NDArray[np.float32]
    Array = NDArray[np.float64]

__all__ = ["FLUX_UNCERTAINTY", "cross_section_weights", "flux_bin_edges_mev", "universe_weights"]

FLUX_UNCERTAINTY: Final = 0.09
_CORRELATION_LENGTH: Final = 0.5  # in ln E
_BIN_MEV: Final = 250.0
_BINS: Final = 80
_STREAM: Final = 0x666C7578  # one key for all universes
_FORWARD_MEV: Final = 20.0


def flux_bin_edges_mev() -> Array:
    """Return the edges of the bins in which a universe's flux factor is constant [MeV], shape (81,)."""
    return np.asarray(np.arange(_BINS + 1) * _BIN_MEV, dtype=np.float64)


def universe_weights(events: TrueEvents, universes: int) -> Single:
    """Return the flux factor of each universe at each event's flavour and true energy, shape (n, universes).

    Args:
        events: n of them.
        universes: number of universes.
    """
    energy_bin = np.minimum((events.energy_mev / _BIN_MEV).astype(np.intp), _BINS - 1)
    return np.asarray(_universes(universes)[events.flavour * _BINS + energy_bin])


def cross_section_weights(events: TrueEvents) -> tuple[Single, Single]:
    """Return weights one standard deviation up and down, 1 +- s (1 + exp(-T theta^2 / 20 MeV)) / 2, both (n,).

    s is the uncertainty of the event's category, zero for neutrino-electron scattering.
    """
    size = np.array([category.uncertainty for category in CATEGORIES])[events.category]
    forward = np.exp(-events.recoil_mev * events.theta_rad**2 / _FORWARD_MEV)
    shift = (size * (1 + forward) / 2).astype(np.float32)
    return np.float32(1) + shift, np.float32(1) - shift


@lru_cache(maxsize=4)
def _universes(universes: int) -> Single:
    """Return flux factors, a row for each of the six flavours and each bin, shape (6 x 80, universes)."""
    random = np.random.Generator(np.random.Philox(key=_STREAM))
    logarithm = np.log(flux_bin_edges_mev()[:-1] + _BIN_MEV / 2)
    correlation = np.exp(-(((logarithm[:, None] - logarithm) / _CORRELATION_LENGTH) ** 2) / 2)
    values, vectors = np.linalg.eigh(correlation)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    normal = random.standard_normal((universes, 1 + len(FLAVOURS), _BINS)) @ root
    delta = (normal[:, :1] + normal[:, 1:]) / np.sqrt(2)
    factors = 1 + FLUX_UNCERTAINTY * delta.reshape(universes, -1)
    return np.ascontiguousarray(factors.T, dtype=np.float32)
