"""The limit of a module of liquid argon against its threshold."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.plots.labels import number_label, plain
from numm_stats.plots.style import LINE_COLOURS, LINE_STYLES, drawing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

__all__ = ["plot_argon"]


def plot_argon(
    thresholds_mev: Sequence[float], curves: Mapping[str, Sequence[float]], *, title: str, beat: Mapping[str, float]
) -> Figure:
    """Draw limits on the magnetic moment against the lowest visible energy.

    Args:
        thresholds_mev: lowest visible energies (k,) [MeV].
        curves: limits (k,) by what the legend calls them [Bohr magnetons].
        title: above the figure.
        beat: horizontal lines, limits of others by their names.
    """
    with drawing(title, width_inches=11.0) as figure:  # the legend stands beside the axes
        axes = figure.subplots()
        for (label, moments), colour, style in zip(
            curves.items(), cycle(LINE_COLOURS), cycle(LINE_STYLES), strict=False
        ):
            moment = 1e11 * np.asarray(moments)
            axes.plot(
                thresholds_mev, moment, color=colour, linestyle=style, marker="o", markersize=4, label=plain(label)
            )
        for name, value in beat.items():
            axes.axhline(1e11 * value, color="#C00000", linewidth=1.5, label=f"{plain(name)}: {number_label(value)}")
        axes.set(xlabel="threshold [MeV]", ylabel=r"$\mu_\nu$ [$10^{-11}\,\mu_B$], 90 % C.L.", xlim=(0.0, None))
        axes.set_ylim(bottom=0.0)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure
