"""The NuMI beam from your own ROOT histograms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from numm_stats.errors import InputError
from numm_stats.root_files import axis_unit, open_root
from numm_stats.sources.densities import Histogram
from numm_stats.sources.normalisation import PerPot
from numm_stats.sources.numi import PER_CM2_MEV_POT
from numm_stats.sources.source import Component, Continuum, Source

if TYPE_CHECKING:
    import os

    from numm_stats.physics.flavours import Flavour
    from numm_stats.root_files import BinnedCounts, RootFile

__all__ = ["flux_uncertainties", "numi_from_file"]

FloatArray = NDArray[np.float64]

_KEYS: dict[Flavour, str] = {"nu_mu": "numu", "nu_mu_bar": "numubar", "nu_e": "nue", "nu_e_bar": "nuebar"}
_SAME_EDGES = 1e-9  # relative to the range: edges that differ by rounding are the same


def numi_from_file(path: str | os.PathLike[str], *, shift: float = 0.0) -> Source:
    """The flux of a beam from ROOT histograms, four flavours.

    `flux_numu`, `flux_numubar`, `flux_nue` and `flux_nuebar` [1/m2/1e6 protons on target/GeV] against energy [GeV],
    each with its own bins, constant in each bin; as NOvA publishes its 2017 flux with DeriveFlux (document 25266).
    Neutrinos outside the bins are left out.

    Args:
        path: ROOT file.
        shift: By how many standard deviations all bins of all flavours are moved together, a standard deviation being
            the flux times `fractional_uncertainty_numu` and so on. A source with shift = 1 is the `alternative` of a
            systematic of kind "source-spectrum".

    Returns:
        A source with spectra [1/cm2/MeV] per proton on target.

    Raises:
        InputError: Naming file and key: the file cannot be read, a histogram is missing, empty, not finite, below zero
            or not in GeV.
    """
    with open_root(path) as file:
        components = tuple(_component(file, flavour, shift) for flavour in _KEYS)
        moved = f", moved by {shift:+g} standard deviations" if shift else ""
        return Source("numi", components, PerPot(), f"histograms of {file.path.name}{moved}")


def flux_uncertainties(path: str | os.PathLike[str]) -> dict[Flavour, tuple[FloatArray, FloatArray]]:
    """Relative uncertainties of the flux in a ROOT file.

    Args:
        path: ROOT file with `fractional_uncertainty_numu` and so on beside the fluxes.

    Returns:
        Bin edges [MeV], shape (n + 1,), and relative standard deviations, shape (n,), by flavour.

    Raises:
        InputError: As `numi_from_file`.
    """
    with open_root(path) as file:
        read = {flavour: _spectrum(file, f"fractional_uncertainty_{key}") for flavour, key in _KEYS.items()}
        return {flavour: (1e3 * found.axes[0].edges, found.inside) for flavour, found in read.items()}


def _component(file: RootFile, flavour: Flavour, shift: float) -> Component:
    """One flavour of the beam, from GeV to MeV and from m2 to cm2."""
    flux = _spectrum(file, f"flux_{_KEYS[flavour]}")
    values = flux.inside
    if shift:
        values = values * _factors(file, flux, flavour, shift)
    edges_mev = 1e3 * flux.axes[0].edges
    return Component(flavour, continuum=Continuum(edges_mev, Histogram(edges_mev, values * PER_CM2_MEV_POT)))


def _factors(file: RootFile, flux: BinnedCounts, flavour: Flavour, shift: float) -> FloatArray:
    relative = _spectrum(file, f"fractional_uncertainty_{_KEYS[flavour]}")
    own, wanted = relative.axes[0].edges, flux.axes[0].edges
    if own.shape != wanted.shape or np.abs(own - wanted).max() > _SAME_EDGES * np.ptp(wanted):
        message = f"{relative.where} has other bins than the flux beside it; allowed: the same"
        raise InputError(message)
    factors = 1.0 + shift * relative.inside
    if not np.isfinite(factors).all() or (factors < 0.0).any():
        message = (
            f"{relative.where}: a shift of {shift:g} standard deviations makes the flux {factors.min():g} times itself"
        )
        raise InputError(f"{message}; allowed: zero or more")
    return factors


def _spectrum(file: RootFile, key: str) -> BinnedCounts:
    found = file.binned(key)
    if len(found.axes) != 1:
        message = f"{found.where} has {len(found.axes)} axes; allowed: one, energy [GeV]"
        raise InputError(message)
    axis = found.axes[0]
    unit = axis_unit(axis.title)
    if unit not in ("", "GeV"):
        message = f"{found.where} is against '{axis.title}'; allowed: energy in GeV"
        raise InputError(message)
    if axis.edges[0] < 0.0 or (found.inside < 0.0).any():
        message = f"{found.where} has an energy or a content below zero; allowed: zero or more"
        raise InputError(message)
    return found
