"""True recoils through a saved response: what neutrinos of the NuMI beam make in the near detector."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.detectors.known import known_detector
from numm_stats.detectors.response import Response
from numm_stats.errors import InputError
from numm_stats.physics.weak import CouplingScheme
from numm_stats.root_files import axis_unit
from numm_stats.selections.saved_response import read_response
from numm_stats.sources.numi import numi
from numm_stats.sources.numi_file import numi_from_file
from numm_stats.templates.building import Exposure, Scattering
from numm_stats.templates.interactions import MagneticSignal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.selections.saved_counts import SavedFiles
    from numm_stats.selections.saved_response import SavedResponse
    from numm_stats.selections.table_saved import ResponseTable, SavedSelection

    Array = NDArray[np.float64]

__all__ = ["LOWEST_TRUE_MEV", "MEV", "folded", "response_of", "true_counts", "unit_of"]

MEV: Final = {"MeV": 1.0, "GeV": 1e3}
LOWEST_TRUE_MEV: Final = 1e-3  # a true bin that begins below has more of 1 / T than any efficiency is constant over


def response_of(
    table: ResponseTable, saved: SavedFiles, folder: str | None = None, file: str | None = None
) -> SavedResponse:
    """Return the response of a table, or another one beside it.

    Raises:
        InputError: if a histogram of it is missing, or no probability.
    """
    wanted = table.folder if folder is None else folder
    prefix = f"{wanted.strip('/')}/" if wanted.strip("/") else ""
    path = saved.path_of(f"{prefix}h_eff", file or table.file)
    return read_response(path, wanted, normalise=table.normalise)


def folded(selection: SavedSelection, table: ResponseTable, response: SavedResponse, pot: float) -> Array:
    """Return the counts of the signal's terms, then weak ones, in reconstructed bins (1 + terms, m).

    Args:
        selection: whose signal it is.
        table: of the response: beam and detector.
        response: to fold with.
        pot: protons on target.

    Raises:
        InputError: if the unit of the true axis is not known, or a true energy is below zero.
    """
    weak, *terms = true_counts(selection, table, response, pot)
    return np.stack([response.fold(row) for row in (*terms, weak)])


def true_counts(selection: SavedSelection, table: ResponseTable, response: SavedResponse, pot: float) -> Array:
    """Return weak counts, then those of the signal's terms, in true bins (1 + terms, n), see `folded`."""
    edges_mev = response.true_edges * MEV[unit_of(table, response)]
    if edges_mev[0] < 0.0:
        raise InputError(f"{response.where}: true recoils from {edges_mev[0]:g} MeV; allowed: zero or more")
    near = known_detector("nova-near")
    detector = replace(
        near,
        tonnes=table.tonnes or near.tonnes,
        electrons_per_tonne=table.electrons_per_tonne or near.electrons_per_tonne,
        response=Response(),
    )
    source = numi(table.horn_current or "forward") if table.flux is None else numi_from_file(table.flux)
    signal = MagneticSignal(1e-9) if selection.signal is None else selection.signal.signal
    scheme = CouplingScheme() if selection.signal is None else selection.signal.couplings.scheme
    scattering = Scattering(source, detector, Exposure(pot=pot), edges_mev, signal, scheme)
    return scattering.counts()[: 1 + len(selection.signal_powers)]


def unit_of(table: ResponseTable, response: SavedResponse) -> str:
    """Return MeV or GeV, as stated or as the title of the true axis ends.

    Raises:
        InputError: if neither says.
    """
    unit = table.unit or axis_unit(response.titles[0])
    if unit not in MEV:
        found = f"the true axis is '{response.titles[0]}'"
        raise InputError(f"{response.where}: {found}: state response.unit, one of {', '.join(MEV)}")
    return unit
