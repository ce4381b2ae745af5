"""Over mediator masses: the map of limits on the coupling, and the patch set of signals for pyhf."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.analyses.analysis import Analysis, MediatorTable
from numm_stats.errors import InputError
from numm_stats.verbs.limiting import limit
from numm_stats.verbs.loading import with_data
from numm_stats.verbs.pipeline import analysis_of, build_spec_of, statistical_model, with_reference
from numm_stats.verbs.results import CouplingMap, Limit
from numm_stats.workspace.patchset import GRID, PatchPoint, build_patchset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numm_stats.verbs.pipeline import Target

__all__ = ["coupling_map", "patchset"]

HEAVIEST_MEDIATOR_MEV = 1e9


def coupling_map(
    target: Target,
    masses_mev: Sequence[float],
    *,
    confidence_level: float = 0.9,
    construction: str = "cls",
    delta_chi2: float | None = None,
) -> CouplingMap:
    """Return the limit on the coupling, with its band, at each mediator mass [MeV] of a mediator analysis.

    The fits at a mass begin where those of the mass before ended: neighbours stay in the same valley.
    """
    from numm_stats.inference.fitting import find_minimum  # noqa: PLC0415
    from numm_stats.inference.limits import upper_limit  # noqa: PLC0415

    analysis, found = analysis_of(target), []
    nuisances: dict[str, float] = {}
    for mass in masses_mev:
        model, meaning, name = statistical_model(_at_mass(analysis, mass))
        names, initial = model.model.parameters.names, model.model.parameters.initial.tolist()
        start = np.array([nuisances.get(known, value) for known, value in zip(names, initial, strict=True)])
        nuisances = dict(zip(names, find_minimum(model, start=start).theta.tolist(), strict=True))
        nuisances.pop(model.poi)  # in units of its own at each mass
        options: dict[str, Any] = {"confidence_level": confidence_level, "delta_chi2": delta_chi2, "start": start}
        found.append(Limit(name, meaning, upper_limit(model, construction, **options)))
    return CouplingMap(analysis.name, tuple(masses_mev), tuple(found))


def patchset(target: Target, masses_mev: Sequence[float]) -> dict[str, Any]:
    """Return a pyhf patch set over (mass, coupling): at each mass a grid around the expected limit.

    It belongs to the workspace that `build_workspace` gives for the same target.
    """
    analysis = analysis_of(target)
    points = [point for mass in masses_mev for point in _points(_at_mass(analysis, mass), mass)]
    description = f"{analysis.name}: {analysis.signal.kind} mediator over mass [MeV] and coupling"
    table = analysis.signal
    inspire = table.inspire if isinstance(table, MediatorTable) else ""
    return build_patchset(build_spec_of(analysis), points, reference=inspire, description=description)


def _points(analysis: Analysis, mass_mev: float) -> list[PatchPoint]:
    """The grid at one mass, each coupling's signal computed at that coupling."""
    expected = float(f"{limit(with_data(analysis, 'asimov')).value:.1e}")
    points = []
    for factor in GRID:
        coupling = float(f"{factor * expected:.2g}")
        spec = build_spec_of(with_reference(analysis, coupling))
        strength = spec["measurements"][0]["config"]["poi"]
        first, *others = spec["channels"]
        beside = {k: each["samples"][0] for k, each in enumerate(others, 1) if _scales(strength, each["samples"][0])}
        points.append(PatchPoint(mass_mev, coupling, first["samples"][0], strength, beside))
    return points


def _scales(strength: str, sample: dict[str, Any]) -> bool:
    return any(modifier["name"] == strength for modifier in sample["modifiers"])


def _at_mass(analysis: Analysis, mass_mev: float) -> Analysis:
    if not isinstance(analysis.signal, MediatorTable):
        raise InputError(f"{analysis.name} has the signal {analysis.signal.kind}: a mass belongs to a mediator")
    if not 0.0 <= mass_mev <= HEAVIEST_MEDIATOR_MEV:
        raise InputError(f"mediator mass {mass_mev} MeV: must be zero or more, at most {HEAVIEST_MEDIATOR_MEV:g}")
    changes = {"mediator_mass_mev": float(mass_mev), "reference": None}
    return analysis.model_copy(update={"signal": analysis.signal.model_copy(update=changes)})
