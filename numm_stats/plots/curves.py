"""Curves: the profile likelihood, the CLs scan, and cross sections."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.plots.labels import number_label, percent_label, plain, quantity_label
from numm_stats.plots.style import (
    BAND_COLOURS,
    LINE_COLOURS,
    LINE_STYLES,
    drawing,
    scientific_x,
    write_on_level,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

    from numm_stats.inference.profile import ProfileScan
    from numm_stats.workspace.poi import PointOfInterest

    Array = NDArray[np.float64]

__all__ = ["LEVELS_90", "plot_cls_scan", "plot_cross_sections", "plot_profile"]

# chi2 of one degree of freedom: quantiles 0.8 and 0.9; arXiv:1007.1727, section 3.6, for the one-sided one.
LEVELS_90: Final[dict[str, float]] = {"90 % C.L., one-sided": 1.642, "90 % C.L., two-sided": 2.706}
HIGHEST_DELTA_CHI2 = 10.0
LOWEST_CROSS_SECTION = 1e-9  # relative to the highest; curves that end fall for ever on a logarithmic axis
LIMIT_COLOUR = "#C00000"


def plot_profile(
    curves: Mapping[str, ProfileScan],
    meaning: PointOfInterest,
    *,
    title: str,
    levels: Mapping[str, float] = LEVELS_90,
) -> Figure:
    """Draw -2 ln lambda against the moment or coupling.

    Args:
        curves: scans of one parameter by what the legend calls them.
        meaning: what that parameter means.
        title: above the figure.
        levels: heights at which limits are read, by what they are called.
    """
    with drawing(title) as figure:
        axes = figure.subplots()
        right = [_draw_profile(axes, label, scan, meaning) for label, scan in curves.items()]
        for label, level in levels.items():
            axes.axhline(level, color="0.4", linestyle="--", linewidth=1.2)
            write_on_level(axes, level, f"{level:.4g} ({plain(label)})", colour="0.3")
        axes.set(xlabel=quantity_label(meaning), ylabel=r"$\Delta\chi^2 = -2\,\ln\lambda$")
        axes.set(ylim=(0.0, HIGHEST_DELTA_CHI2), xlim=(_lowest(meaning), max(right)))
        scientific_x(axes)
        axes.legend(loc="upper left")
    return figure


def plot_cls_scan(
    values: ArrayLike,
    observed: ArrayLike | None,
    band: Sequence[Sequence[float]],
    *,
    alpha: float,
    title: str,
    quantity_label: str,
    limits: Mapping[str, float] | None = None,
) -> Figure:
    """Draw CLs against the moment or coupling.

    Args:
        values: of the physical quantity (k,).
        observed: CLs of the data (k,); None for an Asimov set.
        band: expected CLs for background fluctuating by -2 to +2 sigma, five numbers for each value.
        alpha: the CLs at which a signal is excluded, one minus the confidence level.
        title: above the figure.
        quantity_label: of the x axis, from `plots.quantity_label`.
        limits: values to mark, by what the legend calls them.
    """
    x = np.asarray(values, dtype=float)
    with drawing(title) as figure:
        axes = figure.subplots()
        _draw_band(axes, x, np.asarray(band, dtype=float))
        if observed is not None:
            axes.plot(
                x,
                np.asarray(observed, dtype=float),
                "o-",
                color="black",
                markersize=4,
                label=r"observed CL$_s$",
            )
        _draw_alpha(axes, alpha)
        for (label, limit), style in zip((limits or {}).items(), cycle(("-", ":", "-.")), strict=False):
            text = f"{plain(label)}: {number_label(limit)}"
            axes.plot([limit, limit], [0.0, alpha], color=LIMIT_COLOUR, linestyle=style, linewidth=2.5, label=text)
        axes.set(xlabel=quantity_label, ylabel=r"CL$_s$", ylim=(0.0, 1.05), xlim=(x.min(), x.max()))
        scientific_x(axes)
        axes.legend(loc="upper right")
    return figure


def plot_cross_sections(
    energy_label: str,
    x: ArrayLike,
    curves: Mapping[str, ArrayLike],
    *,
    title: str,
    x_label: str,
    y_label: str = r"$d\sigma/dT$ [cm$^2$/MeV]",
) -> Figure:
    r"""Draw cross sections on logarithmic axes; what is zero or negative is left out.

    Args:
        energy_label: what all curves share, above the legend, such as r"$E_\nu$ = 6 MeV".
        x: recoil energy, angle or neutrino energy (k,).
        curves: cross sections (k,) by what the legend calls them.
        title: above the figure.
        x_label: with unit.
        y_label: with unit.
    """
    places = np.asarray(x, dtype=float)
    with drawing(title, width_inches=10.0) as figure:  # the legend stands beside the axes
        axes = figure.subplots()
        for (label, curve), colour, style in zip(curves.items(), cycle(LINE_COLOURS), cycle(LINE_STYLES), strict=False):
            heights = np.asarray(curve, dtype=float)
            axes.plot(places, np.where(heights > 0.0, heights, np.nan), color=colour, linestyle=style, label=label)
        axes.set(xscale="log", yscale="log", xlabel=x_label, ylabel=y_label)
        axes.set_xlim(places[places > 0.0].min(), places.max())
        low, high = axes.get_ylim()
        axes.set_ylim(max(low, high * LOWEST_CROSS_SECTION), high)
        axes.legend(title=energy_label, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _draw_profile(axes: Axes, label: str, scan: ProfileScan, meaning: PointOfInterest) -> float:
    """Draw one scan; return the largest x at which it is still inside the figure."""
    x = np.array([meaning.physical(float(value)) for value in scan.mu])
    place = len(axes.lines)
    axes.plot(
        x,
        scan.minus_two_log_ratio,
        color=LINE_COLOURS[place % len(LINE_COLOURS)],
        linestyle=LINE_STYLES[place % len(LINE_STYLES)],
        label=plain(label),
    )
    inside = x[scan.minus_two_log_ratio <= HIGHEST_DELTA_CHI2]
    return float(np.nanmax(inside if len(inside) > 1 else x))


def _lowest(meaning: PointOfInterest) -> float | None:
    """Where the axis of a quantity begins: at zero, unless it may be negative."""
    return None if meaning.reference is None or meaning.has_either_sign else 0.0


def _draw_band(axes: Axes, x: Array, band: Array) -> None:
    """Draw the median and what 68 % and 95 % of background-only experiments find."""
    for share, (low, high) in (("95 %", (0, 4)), ("68 %", (1, 3))):
        axes.fill_between(
            x, band[:, low], band[:, high], color=BAND_COLOURS[share], linewidth=0, label=f"expected, {share}"
        )
    axes.plot(x, band[:, 2], color="black", linestyle="--", label="expected, median")


def _draw_alpha(axes: Axes, alpha: float) -> None:
    axes.axhline(alpha, color=LIMIT_COLOUR, linewidth=1.5)
    write_on_level(axes, alpha, rf"CL$_s$ = {alpha:.3g} ({percent_label(1.0 - alpha)})", colour=LIMIT_COLOUR)
