"""Samples in bins of hit PMTs, with the parameters of the response that are fitted as their shape systematics."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.detectors.borexino_fit import FREE_PARAMETERS
from numm_stats.templates.hits import piled_up_hits, window_hits
from numm_stats.templates.templates import Template, histogram

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from numm_stats.detectors.borexino import HitsResponse
    from numm_stats.templates.templates import Histogram

    Array = NDArray[np.float64]
    Folded = Callable[[Array, HitsResponse], Array]
    """Counts (n,) or (m, n) of bin edges in hits (n + 1,) and a response."""

__all__ = ["HitSamples", "hits_histogram", "summed"]

MOVED_BY = {"Po210": ("Po210",), "C11": ("C11", "electrons")}


def hits_histogram(counts: Array, edges: Array) -> Histogram:
    """Return counts in bins of hits as a boost-histogram."""
    return histogram(counts, edges, name="hits", label="Hit PMTs", unit="hits")


def summed(templates: Sequence[Template]) -> Template:
    """Return the sum of templates that the same parameters move."""
    counts = sum(template.nominal.values() for template in templates)
    edges, moved = templates[0].nominal.axes[0].edges, {}
    for name in templates[0].variations:
        sides = (sum(template.variations[name][side].values() for template in templates) for side in (0, 1))
        high, low = (hits_histogram(np.asarray(side), edges) for side in sides)
        moved[name] = (high, low)
    return Template(hits_histogram(np.asarray(counts), edges), moved)


@lru_cache(maxsize=64)
def _window(response: HitsResponse, mean: float) -> Array:
    return window_hits(response, mean)


@dataclass(frozen=True)
class HitSamples:
    """How spectra become samples.

    A step of the response goes several standard deviations of the fit, which stays near the middle: each sample moves
    along its tangent there, half the difference of up and down, so that pyhf's interpolation has no kink where the fit
    is.

    Attributes:
        edges: bin edges (n + 1,) [hits].
        response: the nominal one.
        variations: response with one parameter up and down, by the name of the parameter.
        coincidences: mean number of 14C decays that a window holds by chance, added to every event.
    """

    edges: Array
    response: HitsResponse
    variations: Mapping[str, tuple[HitsResponse, HitsResponse]] = field(default_factory=dict)
    coincidences: float = 0.0

    def templates(self, folded: Folded, nuclide: str = "electrons") -> list[Template]:
        """Return one template for each row of what is folded.

        Args:
            folded: counts (m, n), or (n,) for one row.
            nuclide: "Po210" and "C11" have parameters of their own, "electrons" stands for all others.
        """
        groups = MOVED_BY.get(nuclide, ("electrons",))
        names = [name for name in self.variations if FREE_PARAMETERS[name].moves in groups]
        nominal, tangents = self._seen(folded, self.response), [self._tangent(folded, name, nuclide) for name in names]
        found = []
        for row, counts in enumerate(nominal):
            moved = {
                name: tuple(hits_histogram(counts + sign * tangent[row], self.edges) for sign in (1.0, -1.0))
                for name, tangent in zip(names, tangents, strict=True)
            }
            found.append(Template(hits_histogram(counts, self.edges), moved))  # type: ignore[arg-type]
        return found

    def _seen(self, folded: Folded, response: HitsResponse) -> Array:
        if self.coincidences == 0.0:
            return np.atleast_2d(folded(self.edges, response))
        window = _window(response, self.coincidences)
        return np.atleast_2d(piled_up_hits(lambda edges: folded(edges, response), self.edges, window))

    def _tangent(self, folded: Folded, name: str, nuclide: str) -> Array:
        """Half of up minus down. One event in ten thousand is piled up: only pairs of 14C move with it."""
        up, down = self.variations[name]
        if nuclide == "C14":
            return np.asarray(0.5 * (self._seen(folded, up) - self._seen(folded, down)))
        return np.atleast_2d(0.5 * (folded(self.edges, up) - folded(self.edges, down)))
