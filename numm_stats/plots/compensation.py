"""Recoils of pp and 7Be with and without a moment, each at its fitted rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.plots.labels import number_label
from numm_stats.plots.style import LINE_COLOURS, drawing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["plot_compensation"]

LOWEST = 0.3  # events per hit that are still drawn
LEGEND = 200.0  # times the highest, to where the axis goes
NAMES = {"pp": "$pp$", "Be7": r"$^7$Be"}


def plot_compensation(
    edges_hits: Array,
    fits: Sequence[tuple[float, Mapping[str, float], Mapping[str, Array]]],
    *,
    title: str,
) -> Figure:
    """Draw what the neutrinos of each part of the Sun make, at no moment and at others, and its ratio to the first.

    Args:
        edges_hits: bin edges (n + 1,) [hits].
        fits: of each moment [Bohr magnetons]: fitted over stated rate, and counts (n,), by the part of the Sun.
        title: above the figure.
    """
    with drawing(title) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2.0, 1.0))
        for colour, part in zip(LINE_COLOURS, fits[0][2], strict=False):
            first = fits[0][2][part]
            seen = first / np.diff(edges_hits) > LOWEST
            for style, (moment, rates, counts) in zip(("-", "--", ":"), fits, strict=False):
                label = f"{NAMES.get(part, part)}, {_moment(moment)}, rate $\\times$ {rates[part]:.2f}"
                drawn = {"color": colour, "linestyle": style, "baseline": None}
                upper.stairs(counts[part] / np.diff(edges_hits), edges_hits, label=label, **drawn)
                ratio = np.where(seen, counts[part] / np.where(seen, first, 1.0), np.nan)
                lower.stairs(ratio, edges_hits, **drawn)
        _finish(upper, lower, edges_hits)
        figure.align_ylabels()
    return figure


def _finish(upper: Axes, lower: Axes, edges_hits: Array) -> None:
    upper.set(yscale="log", ylabel="Events / hit", ylim=(LOWEST, LEGEND * upper.dataLim.y1))
    upper.legend(loc="upper right")
    lower.set(xlabel="Hit PMTs [hits]", ylabel="ratio to\nno moment", xlim=(edges_hits[0], 450.0), ylim=(0.3, 1.7))


def _moment(value: float) -> str:
    return rf"$\mu_\nu =$ {number_label(value)}$\,\mu_B$" if value else r"$\mu_\nu = 0$"
