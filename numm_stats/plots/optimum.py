"""The expected limit against what an analysis may choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from numm_stats.plots.labels import number_label, percent_label, plain, quantity_label
from numm_stats.plots.style import LINE_COLOURS, SIGNAL_COLOUR, drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from numm_stats.verbs.optimising import Optimum

__all__ = ["plot_optimum"]

SPREAD = 10.0  # between the ends from which on an axis is logarithmic


def plot_optimum(optimum: Optimum, *, title: str) -> Figure:
    """Draw the median expected limit against the key's values, and mark the best."""
    found = [(tried.value, tried.limit) for tried in optimum.tried if tried.limit is not None]
    values, limits = zip(*found, strict=True)
    with drawing(title) as figure:
        axes = figure.subplots()
        label = f"expected limit, {percent_label(optimum.confidence_level)}"
        axes.plot(values, limits, "o-", color=LINE_COLOURS[0], markersize=4, label=label)
        best = f"best: {number_label(optimum.limit)} at {number_label(optimum.best)}"
        axes.plot([optimum.best], [optimum.limit], "*", color=SIGNAL_COLOUR, markersize=16, label=best, zorder=5)
        axes.set(xlabel=plain(optimum.key), ylabel=quantity_label(optimum.poi))
        if values[0] > 0.0 and values[-1] > SPREAD * values[0]:
            axes.set_xscale("log")
        axes.ticklabel_format(axis="y", style="sci", scilimits=(-3, 4), useMathText=True)
        axes.legend(loc="best")
    return figure
