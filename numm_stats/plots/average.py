"""The profiles of all configurations with their average."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.plots.labels import number_label, plain, quantity_label
from numm_stats.plots.style import LINE_COLOURS, LINE_STYLES, drawing, scientific_x

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from numm_stats.verbs.average_result import Average

    Array = NDArray[np.float64]

__all__ = ["plot_average"]

BEYOND_LIMIT: Final = 1.5  # times the highest limit of all
POINTS: Final = 401
MOST_NAMED: Final = 12  # configurations with an entry of their own in the legend
RULES: Final = {"average": ("black", "-"), "envelope": ("0.45", "--")}


def plot_average(result: Average, *, title: str) -> Figure:
    """Draw the profile likelihoods over their maxima: of each configuration, of the average and of the envelope.

    Args:
        result: what `average` returns; the limit drawn is that of its first construction.
        title: above the figure.
    """
    found = result.limits[0]
    limit = found.average.value
    highest = max(limit, found.envelope.value, found.spread.maximum)
    x = np.linspace(0.0, BEYOND_LIMIT * highest, POINTS)
    singles, merged = result.rises(x)
    with drawing(title, width_inches=11.0) as figure:  # the legend stands beside the axes
        axes = figure.subplots()
        _draw_configurations(axes, result, x, singles)
        for name, (colour, style) in RULES.items():
            axes.plot(x, np.exp(-0.5 * merged[name]), color=colour, linestyle=style, linewidth=3.0, label=name)
        label = f"limit of the average, {number_label(limit)}\n{plain(found.label)}"
        axes.axvline(limit, color="#C00000", linewidth=1.5, label=label)
        axes.set(xlabel=quantity_label(result.poi), ylabel=r"$L\,/\,L_{\max}$", xlim=(0.0, x[-1]), ylim=(0.0, 1.08))
        scientific_x(axes)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=11)
    return figure


def _draw_configurations(axes: Axes, result: Average, x: Array, rises: tuple[Array, ...]) -> None:
    styles = cycle((colour, style) for style in LINE_STYLES for colour in LINE_COLOURS[:-1])
    curves = zip(result.names, result.weights.values, rises, styles, strict=False)
    for k, (name, weight, rise, (colour, style)) in enumerate(curves):
        label = f"{plain(name)}, weight {weight:.3g}" if k < MOST_NAMED else None
        axes.plot(x, np.exp(-0.5 * rise), color=colour, linestyle=style, linewidth=1.3, label=label)
