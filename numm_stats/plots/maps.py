"""The map of couplings over mediator masses: zero, on no logarithmic axis, has its own panel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.plots.labels import percent_label, quantity_label
from numm_stats.plots.style import BAND_COLOURS, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from numm_stats.verbs.results import CouplingMap

    Array = NDArray[np.float64]

__all__ = ["plot_coupling_map"]

WIDTH_OF_MASSLESS = 0.11  # relative to the panel of the masses above zero
SPREAD_OF_ONE_MASS = 1.15  # factor either way, or a single mass could not be seen


@dataclass(frozen=True)
class _Limits:
    """What is drawn: masses (k,), observed limits (k,) and expected ones (k, 5), NaN where there is none."""

    masses: Array
    observed: Array
    expected: Array

    @property
    def boundary(self) -> Array:
        """What is excluded lies above: the observed limit, or the median expected one."""
        return np.where(np.isnan(self.observed), self.expected[:, 2], self.observed)

    def level(self, low: float, high: float) -> _Limits:
        """Return the first limit as a horizontal piece from low to high."""
        first = self.at(np.array([0, 0]))
        return _Limits(np.array([low, high]), first.observed, first.expected)

    def at(self, chosen: NDArray[Any]) -> _Limits:
        return _Limits(self.masses[chosen], self.observed[chosen], self.expected[chosen])


def plot_coupling_map(coupling_map: CouplingMap, *, title: str) -> Figure:
    """Draw the limit on the coupling against the mediator mass on log-log axes and shade what is excluded."""
    found = _collect(coupling_map)
    massless, massive = found.at(found.masses == 0.0), found.at(found.masses > 0.0)
    if len(massive.masses) == 1:
        massive = massive.level(massive.masses[0] / SPREAD_OF_ONE_MASS, massive.masses[0] * SPREAD_OF_ONE_MASS)
    with drawing(title) as figure:
        panels = _panels(figure, massless, massive)
        for axes, limits in panels:
            _draw(axes, limits, _range(found)[1])
        first, main = panels[0][0], panels[-1][0]
        first.set(yscale="log", ylim=_range(found), ylabel=quantity_label(coupling_map.limits[0].poi))
        main.set_xlabel("mediator mass [MeV]")
        if len(massive.masses):
            main.set(xscale="log", xlim=_mass_range(found))
        _annotate(main, found, coupling_map.limits[0].parameter.confidence_level)
        main.legend(loc="lower right")
    return figure


def _collect(coupling_map: CouplingMap) -> _Limits:
    """Return the map as arrays, sorted by mass."""
    order = np.argsort(coupling_map.masses_mev)
    chosen = [coupling_map.limits[place] for place in order]
    observed = np.array([math.nan if limit.observed is None else limit.observed for limit in chosen])
    expected = np.array([[math.nan if v is None else v for v in limit.expected] for limit in chosen])
    return _Limits(np.asarray(coupling_map.masses_mev, dtype=float)[order], observed, expected)


def _panels(figure: Figure, massless: _Limits, massive: _Limits) -> list[tuple[Axes, _Limits]]:
    """Return the axes with what belongs on them, from left to right: the massless one is narrow."""
    if not len(massless.masses):
        return [(figure.subplots(), massive)]
    level = massless.level(-1.0, 1.0)
    if not len(massive.masses):
        axes = figure.subplots()
        _mark_zero(axes)
        return [(axes, level)]
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(WIDTH_OF_MASSLESS, 1.0))
    _mark_zero(left)
    return [(left, level), (right, massive)]


def _mark_zero(axes: Axes) -> None:
    axes.set(xlim=(-1.0, 1.0), xticks=[0.0], xticklabels=["0"])
    axes.tick_params(axis="x", which="both", length=0)


def _draw(axes: Axes, limits: _Limits, top: float) -> None:
    """Draw bands, median, observed limit and the excluded region."""
    x, expected = limits.masses, limits.expected
    axes.fill_between(x, limits.boundary, top, color="0.5", alpha=0.18, linewidth=0)
    if not np.isnan(expected).any():
        for share, (low, high) in (("95 %", (0, 4)), ("68 %", (1, 3))):
            colour = BAND_COLOURS[share]
            axes.fill_between(
                x, expected[:, low], expected[:, high], color=colour, linewidth=0, label=f"expected, {share}"
            )
    axes.plot(x, expected[:, 2], color="black", linestyle="--", label="expected, median")
    if not np.isnan(limits.observed).all():
        axes.plot(x, limits.observed, "o-", color="black", markersize=4, label="observed")


def _annotate(axes: Axes, limits: _Limits, confidence_level: float) -> None:
    """Say in the shaded region what it is."""
    kind = "expected to be excluded" if np.isnan(limits.observed).all() else "excluded"
    text = f"{kind} at {percent_label(confidence_level)}"
    axes.text(0.04, 0.94, text, transform=axes.transAxes, verticalalignment="top", color="0.25")


def _mass_range(limits: _Limits) -> tuple[float, float]:
    """Both ends of the logarithmic mass axis; a decade on either side of a single mass."""
    masses = limits.masses[limits.masses > 0.0]
    around = 10.0 if len(masses) == 1 else 1.0
    return float(masses.min()) / around, float(masses.max()) * around


def _range(limits: _Limits) -> tuple[float, float]:
    """Both ends of the coupling's axis: all limits, with room for words above and below."""
    heights = np.concatenate([limits.boundary, limits.expected.ravel()])
    return float(np.nanmin(heights)) / 3.0, float(np.nanmax(heights)) * 4.0
