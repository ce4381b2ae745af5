"""The fit of Borexino's spectrum: its exposure, its range, its bins, and the parameters of the response left free.

Source: arXiv:1707.09279, arXiv:1707.09355.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from numm_stats.detectors.borexino import HitsResponse
from numm_stats.errors import InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = [
    "ELECTRONS",
    "EXPOSURE_100T_DAYS",
    "FITTED_HITS",
    "FREE_PARAMETERS",
    "FreeParameter",
    "fitted_edges_hits",
    "response_variations",
]

FITTED_HITS: Final = (85.0, 950.0)
EXPOSURE_100T_DAYS: Final = 1291.5 * 71.3 / 100  # counts of a rate of 1 per day and 100 t
ELECTRONS: Final = 2.358e31  # in 71.3 t


@dataclass(frozen=True)
class FreeParameter:
    """A number of the response that the fit of the spectrum determines.

    Attributes:
        attribute: of `HitsResponse`.
        step: how far a variation goes, in the attribute's unit: well above what the spectrum tells it to, so that the
            constraint that pyhf puts on it does not take part, and small enough for a template to move evenly.
        moves: the samples that it changes; "electrons" are all but 210Po, 11C among them.
    """

    attribute: str
    step: float
    moves: Literal["electrons", "Po210", "C11"]


# Each step is 4 to 9 times what the spectrum of Phase-II tells the parameter to, with rates, moment and all six free:
# the constraint that pyhf puts on it hardly takes part. 14C at the lowest edge makes the resolution so well known.
FREE_PARAMETERS: Final = {
    "light_yield": FreeParameter("light_yield", 0.015, "electrons"),
    "resolution_constant": FreeParameter("resolution_constant_hits", 0.4, "electrons"),
    "resolution_slope": FreeParameter("resolution_slope", 0.008, "electrons"),
    "Po210_position": FreeParameter("polonium_position_hits", 0.15, "Po210"),
    "Po210_width": FreeParameter("polonium_width_hits", 0.15, "Po210"),
    "C11_start": FreeParameter("carbon_11_start_mev", 0.02, "C11"),
}


def response_variations(
    response: HitsResponse, names: Iterable[str] = tuple(FREE_PARAMETERS), steps: Mapping[str, float] | None = None
) -> dict[str, tuple[HitsResponse, HitsResponse]]:
    """Return the response with one parameter up and down, by the parameter's name.

    Args:
        response: the nominal one.
        names: of `FREE_PARAMETERS`; those left out stay fixed.
        steps: other steps than those of `FREE_PARAMETERS`, by name.

    Raises:
        InputError: if a name is unknown, or a step is not positive.

    >>> up, down = response_variations(HitsResponse(), ["light_yield"])["light_yield"]
    >>> up.light_yield, down.light_yield
    (1.015, 0.985)
    """
    given = dict(steps or {})
    chosen = tuple(names)
    for name in (*chosen, *given):
        if name not in FREE_PARAMETERS:
            raise InputError(
                f"detector.free_parameters: '{name}' is unknown{nearest(name, FREE_PARAMETERS)}; "
                f"known are {', '.join(FREE_PARAMETERS)}"
            )
    return {name: _moved(response, name, given.get(name, FREE_PARAMETERS[name].step)) for name in chosen}


def _moved(response: HitsResponse, name: str, step: float) -> tuple[HitsResponse, HitsResponse]:
    if not 0.0 < step < np.inf:
        raise InputError(f"detector.free_parameters: the step of '{name}' = {step}: must be a positive number")
    attribute = FREE_PARAMETERS[name].attribute
    nominal = getattr(response, attribute)
    return replace(response, **{attribute: nominal + step}), replace(response, **{attribute: nominal - step})


def fitted_edges_hits(bins: int = 120, hits_range: tuple[float, float] = FITTED_HITS) -> Array:
    """Return edges at whole hits between which every bin is about as wide, in standard deviations of the hits.

    With 120 bins they are 4 to 10 hits wide, a third of the resolution: nothing of the spectrum is lost.

    Args:
        bins: how many.
        hits_range: the first and the last edge.

    Returns:
        Edges (bins + 1,) [hits].

    Raises:
        InputError: if the range is empty, or too short for that many bins.
    """
    low, high = hits_range
    if not (0.0 <= low < high < np.inf and bins >= 1):
        raise InputError(
            f"binning: {bins} bins in {low:g} to {high:g} hits: one or more, in a growing range from zero up"
        )
    hits = np.linspace(low, high, 10_001)
    density = 1.0 / HitsResponse().sigma_hits(hits)
    passed = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    inner = np.round(np.interp(np.arange(1, bins) * passed[-1] / bins, passed, hits))
    edges: Array = np.concatenate([[low], inner, [high]])
    if not (np.diff(edges) > 0.0).all():
        raise InputError(
            f"binning: {bins} bins in {low:g} to {high:g} hits: some would be narrower than one hit, take fewer"
        )
    return edges
