"""What a fit says of its parameters: the ranking of the systematics, and contours of two parameters."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from numm_stats.plots.labels import percent_label, plain, quantity_label
from numm_stats.plots.style import LINE_COLOURS, LINE_STYLES, drawing, scientific_x

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from numm_stats.inference.contour import Contours
    from numm_stats.inference.impacts import Impact, Impacts
    from numm_stats.workspace.poi import PointOfInterest

__all__ = ["plot_contours", "plot_impacts"]

MOST_IMPACTS: Final = 20
UP_COLOUR, DOWN_COLOUR = "#D55E00", "#0072B2"


def plot_impacts(result: Impacts, *, title: str) -> Figure:
    """Draw the impacts of the leading systematics, pre-fit as outlines and post-fit filled, beside their pulls.

    Args:
        result: a ranking; the first twenty are drawn.
        title: above the figure.
    """
    ranking = result.ranking[:MOST_IMPACTS]
    with drawing(title, width_inches=10.0) as figure:
        impacts, pulls = figure.subplots(1, 2, sharey=True, width_ratios=(3.0, 2.0))
        _draw_impacts(impacts, ranking)
        _draw_pulls(pulls, ranking)
        impacts.set_yticks(range(len(ranking)), [plain(impact.name) for impact in ranking])
        impacts.set_ylim(max(len(ranking), 1) - 0.4, -0.6)
        impacts.tick_params(axis="y", which="minor", left=False, right=False)
        impacts.set_xlabel(rf"shift of {plain(result.poi)}")
        scientific_x(impacts)
        pulls.tick_params(axis="y", which="minor", left=False, right=False)
        pulls.set_xlabel(r"pull $\pm$ error / width")
        impacts.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return figure


def plot_contours(result: Contours, meaning: PointOfInterest, *, title: str) -> Figure:
    """Draw contours in the moment or coupling and another parameter, with the best fit.

    Args:
        result: contours of one dataset.
        meaning: what the parameter of interest means.
        title: above the figure.
    """
    with drawing(title) as figure:
        axes = figure.subplots()
        for contour, colour, style in zip(result.contours, cycle(LINE_COLOURS), cycle(LINE_STYLES), strict=False):
            x = [meaning.physical(value) for value in contour.x.tolist()]
            label = rf"{percent_label(contour.confidence_level)}, $-2\,\ln\lambda$ = {contour.rise:.4g}"
            axes.plot(x, contour.y, color=colour, linestyle=style, label=label, clip_on=False)
        best = (meaning.physical(result.best[0]), result.best[1])
        axes.plot(*best, "+", color="black", markersize=12, markeredgewidth=2, label="best fit", clip_on=False)
        axes.set(xlabel=quantity_label(meaning), ylabel=plain(result.parameter))
        if meaning.reference is not None and not meaning.has_either_sign:
            axes.set_xlim(left=0.0)
        scientific_x(axes)
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.25 * (high - low))  # room for the legend
        axes.legend(loc="upper right")
    return figure


def _draw_impacts(axes: Axes, ranking: Sequence[Impact]) -> None:
    rows = np.arange(len(ranking))
    axes.axvline(0.0, color="0.4", linewidth=1.0)
    for side, (colour, sign) in enumerate(((DOWN_COLOUR, "-"), (UP_COLOUR, "+"))):
        outline: dict[str, Any] = {"edgecolor": colour, "facecolor": "none", "linewidth": 1.2}
        axes.barh(rows, [i.prefit[side] for i in ranking], height=0.8, label=f"pre-fit {sign}", **outline)
        axes.barh(rows, [i.postfit[side] for i in ranking], height=0.55, color=colour, label=f"post-fit {sign}")


def _draw_pulls(axes: Axes, ranking: Sequence[Impact]) -> None:
    axes.axvspan(-1.0, 1.0, color="0.9", linewidth=0)
    axes.axvline(0.0, color="0.4", linewidth=1.0)
    pulls, errors = [i.pull for i in ranking], [i.error / i.width for i in ranking]
    axes.errorbar(pulls, range(len(ranking)), xerr=errors, fmt="o", color="black", markersize=5)
    reach = max([2.0, *(abs(p) + e for p, e in zip(pulls, errors, strict=True))])
    axes.set_xlim(-1.1 * reach, 1.1 * reach)
