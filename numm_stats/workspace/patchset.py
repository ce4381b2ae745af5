"""Patch sets: a grid of (mass, coupling) points for pyhf's command line, each a plain signal at POI = 1.

What pyhf 0.7.6 asks of a patch set: the base workspace carries a signal and its parameter of interest; metadata name a
HEPData record `ins...`; names and labels match [a-zA-Z0-9_]+; its default optimiser needs points near the limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import InputError
from numm_stats.workspace.poi import PointOfInterest, format_reference
from numm_stats.workspace.spec import digest, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["GRID", "POINT_BOUNDS", "PatchPoint", "build_patchset", "point_name", "strength_name"]

GRID = (0.5, 0.7, 1.0, 1.4, 2.0)
"""Couplings of the grid in units of the expected limit at each mass."""

POINT_BOUNDS = (0.0, 1.5)
_INSPIRE = re.compile(r"ins[0-9]{7}")  # seven digits, as pyhf's schema has it


@dataclass(frozen=True)
class PatchPoint:
    """One hypothesis: mediator mass, coupling, and the signal sample it makes.

    Attributes:
        mass_mev: mediator mass [MeV].
        coupling: dimensionless.
        sample: the signal sample at this point, as it stands in a workspace, its normfactor called `strength`.
        strength: name of the parameter that scales it, one at this point.
        beside: the same in other channels with signal, by their places in the workspace.
    """

    mass_mev: float
    coupling: float
    sample: Mapping[str, Any]
    strength: str
    beside: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


def strength_name(coupling: float, *, interferes: bool) -> str:
    """Return the POI's name at a point: in the grammar where the signal is proportional to g^4, else a plain strength.

    >>> strength_name(5e-7, interferes=False), strength_name(5e-7, interferes=True)
    ('g4_over_5e-7_fourth', 'strength_at_g_5e-7')
    """
    if interferes:
        return f"strength_at_g_{format_reference(coupling)}"
    return PointOfInterest.of_kind("g4", coupling).name


def point_name(mass_mev: float, coupling: float) -> str:
    """Return a patch's name in the letters that pyhf allows.

    >>> point_name(0.5, 6e-7)
    'mass_5em1_mev_g_6em7'
    """
    return f"mass_{_word(mass_mev)}_mev_g_{_word(coupling)}"


def build_patchset(
    base: Mapping[str, Any], points: Sequence[PatchPoint], *, reference: str, description: str
) -> dict[str, Any]:
    """Return a pyhf patch set over (mass, coupling) for a base workspace whose first sample is the signal.

    Args:
        base: the workspace to patch.
        points: hypotheses.
        reference: HEPData record or INSPIRE number of the paper that the points reproduce, `ins1234567`.
        description: one sentence.

    Raises:
        InputError: if a point's total is negative in a bin (named), or the reference is not of that form.
    """
    if not _INSPIRE.fullmatch(reference):
        raise InputError(f"patch set reference '{reference}': must look like ins1234567, the INSPIRE number of a paper")
    for point in points:
        _refuse_negative(base, point)
    return {
        "metadata": {
            "references": {"hepdata": reference},
            "description": description,
            "digests": {"sha256": digest(dict(base))},
            "labels": ["mediator_mass_mev", "coupling"],
        },
        "patches": [_patch(base, point) for point in points],
        "version": "1.0.0",
    }


def _patch(base: Mapping[str, Any], point: PatchPoint) -> dict[str, Any]:
    measurement = base["measurements"][0]
    parameters = [{"name": point.strength, "bounds": [list(POINT_BOUNDS)], "inits": [1.0]}]
    config = {"poi": point.strength, "parameters": parameters}
    values = [rounded(point.mass_mev), rounded(point.coupling)]
    return {
        "metadata": {"name": point_name(*values), "values": values},
        "patch": [
            *(
                {"op": "replace", "path": f"/channels/{place}/samples/0", "value": rounded(dict(sample))}
                for place, sample in {0: point.sample, **point.beside}.items()
            ),
            {"op": "replace", "path": "/measurements/0/config", "value": {**measurement["config"], **config}},
        ],
    }


def _refuse_negative(base: Mapping[str, Any], point: PatchPoint) -> None:
    """Refuse a point whose total goes negative anywhere inside the bounds of its strength."""
    for place, sample in {0: point.sample, **point.beside}.items():
        channel = base["channels"][place]
        background = np.sum([other["data"] for other in channel["samples"][1:]], axis=0)
        total = background + POINT_BOUNDS[1] * np.asarray(sample["data"])
        if (total < 0.0).any():
            worst = int(np.argmin(total))
            where = f"bin {worst}" + (f" of {channel['name']}" if place else "")
            raise InputError(
                f"point {point_name(point.mass_mev, point.coupling)} expects {total[worst]:.4g} counts in {where} at "
                f"{POINT_BOUNDS[1]} times its signal: destructive interference beyond the background; choose other "
                "masses"
            )


def _word(number: float) -> str:
    return "0" if number == 0.0 else format_reference(number).replace(".", "p").replace("-", "m")
