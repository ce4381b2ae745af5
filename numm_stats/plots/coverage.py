"""Coverage against the true moment or coupling."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.plots.labels import percent_label, plain, quantity_label
from numm_stats.plots.style import LINE_COLOURS, drawing, scientific_x

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from numm_stats.verbs.covering import Coverage

__all__ = ["plot_coverage"]

MARKERS: Final = ("o", "s", "^", "v", "D")
BESIDE: Final = 0.006  # of the range of x, from one construction to the next: error bars stand side by side
LOWEST_DRAWN: Final = 0.05  # at least so much below the confidence level


def plot_coverage(result: Coverage, *, title: str) -> Figure:
    """Draw coverage with its errors against the true value, and the confidence level as a line.

    Args:
        result: what `coverage` returns.
        title: above the figure.
    """
    study = result.parameter
    level = study.confidence_level
    with drawing(title, width_inches=10.0) as figure:  # the legend stands beside the axes
        axes = figure.subplots()
        axes.axhline(level, color="0.4", linestyle="--", linewidth=1.2, label=percent_label(level))
        _draw_constructions(axes, result)
        axes.axvline(
            result.poi.physical(result.median),
            color="0.6",
            linestyle=":",
            linewidth=1.2,
            label="median expected CLs limit",
        )
        lowest = min(covered.value - covered.error for point in study.points for covered in point.covered)
        bottom = max(min(level - LOWEST_DRAWN, lowest - 0.01), 0.0)
        axes.set(
            xlabel=f"true {quantity_label(result.poi)}", ylabel="coverage", ylim=(bottom, 1.0 + 0.05 * (1.0 - bottom))
        )
        scientific_x(axes)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _draw_constructions(axes: Axes, result: Coverage) -> None:
    truth, study = np.array(result.truth), result.parameter
    step = BESIDE * float(truth.max())
    for k, (label, colour, marker) in enumerate(zip(study.labels, cycle(LINE_COLOURS), cycle(MARKERS), strict=False)):
        covered = [point.covered[k] for point in study.points]
        axes.errorbar(
            truth + (k - 0.5 * (len(study.labels) - 1)) * step,
            [one.value for one in covered],
            yerr=[one.error for one in covered],
            color=colour,
            marker=marker,
            markersize=5,
            linewidth=1.0,
            elinewidth=1.5,
            label=plain(label),
        )
