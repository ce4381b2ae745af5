"""The field: limits on the moment of all experiments on one axis, and on the coupling of a light vector by its mass."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from numm_stats.plots.labels import number_label, plain
from numm_stats.plots.style import SIGNAL_COLOUR, drawing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Entry = tuple[str, Sequence[float], float | None, bool, str]
    Curve = tuple[str, str, Sequence[float], Sequence[float], bool]

__all__ = ["plot_couplings", "plot_field", "plot_field_and_couplings"]

GROUPS: Final = {
    "nu_e": "electron neutrinos",
    "nu_mu": "muon neutrinos",
    "nu_tau": "tau neutrinos",
    "solar": "solar neutrinos, effective moment",
    "astrophysical": "astrophysical",
}
GROUP_COLOURS: Final = ("#0072B2", "#009E73", "#CC79A7", "#E69F00", "#777777")
SHADES: Final = ("Blues", "Greens", "PuBuGn", "Oranges", "Greys", "Reds", "RdPu", "Purples")  # families of curves
MIDDLE_SHADE, DARKEST_SHADE, LIGHTEST_SHADE = 0.75, 0.88, 0.52
ROW_INCHES, REST_INCHES = 0.31, 1.9
NUMBERS: Final = 0.56  # width of the columns of numbers, relative to the axes
OURS_AT, HOW_AT = 0.43, 0.71  # columns of ours and of its construction, in parts of that width
BEYOND_LOWEST, BEYOND_HIGHEST = 3.0, 4.0  # factors from the strongest and weakest limit to the ends of the axis
ROOM_FOR_LEGEND: Final = 30.0  # factor above the weakest limit
ASIDE: Final = 0.13  # rows up and down from the middle, or equal limits hide each other
POINTS: Final = 400
OURS: Final[dict[str, Any]] = {
    "marker": "D", "color": SIGNAL_COLOUR, "markersize": 6, "markerfacecolor": "white", "markeredgewidth": 1.8
}  # fmt: skip


def plot_field(groups: Mapping[str, Sequence[Entry]], *, title: str) -> Figure:
    """Draw limits on the magnetic moment, published and ours side by side, in groups with a heading each.

    Args:
        groups: by the name of a group, of each limit: its name, what is published [Bohr magnetons] (none, one, or both
            ends of a range), ours or None, whether what is published is an expected limit, and by what construction
            ours is: a rise of -2 ln L such as "1.642", "CLs", "FC", or nothing where it follows from what is in print.
        title: above the figure.
    """
    with drawing(title, width_inches=12.0, height_inches=_height(groups)) as figure:
        axes, numbers = figure.subplots(1, 2, width_ratios=(1.0, NUMBERS))
        _draw_field(axes, numbers, groups)
    return figure


def plot_couplings(curves: Sequence[Curve], *, title: str) -> Figure:
    """Draw limits on the coupling of a light vector against its mass.

    Args:
        curves: of each experiment: its name, its family, masses (k,) above zero [MeV], limits (k,), and whether they
            are observed limits.
        title: above the figure.
    """
    with drawing(title, width_inches=9.0, height_inches=7.5) as figure:
        _draw_couplings(figure.subplots(), curves)
    return figure


def plot_field_and_couplings(
    groups: Mapping[str, Sequence[Entry]], curves: Sequence[Curve], *, titles: tuple[str, str]
) -> Figure:
    """Draw both side by side, each with a title of its own."""
    with drawing("", width_inches=21.0, height_inches=_height(groups)) as figure:
        axes, numbers, right = figure.subplots(1, 3, width_ratios=(1.0, NUMBERS, 1.2))
        _draw_field(axes, numbers, groups)
        _draw_couplings(right, curves)
        for each, title in zip((axes, right), titles, strict=True):
            each.set_title(title, fontsize=16, pad=12)
    return figure


def _height(groups: Mapping[str, Sequence[Entry]]) -> float:
    return REST_INCHES + ROW_INCHES * sum(1 + len(entries) for entries in groups.values())


def _draw_field(axes: Axes, numbers: Axes, groups: Mapping[str, Sequence[Entry]]) -> None:
    values = [v for entries in groups.values() for _, published, ours, *_ in entries for v in (*published, ours or 0.0)]
    low = min(v for v in values if v > 0.0) / BEYOND_LOWEST
    high = max(values) * BEYOND_HIGHEST
    row, ticks = 0, []
    for k, (group, entries) in enumerate(groups.items()):
        colour = GROUP_COLOURS[k % len(GROUP_COLOURS)]
        for each in (axes, numbers):
            each.axhspan(row - 0.5, row + 0.5, color=colour, alpha=0.16, linewidth=0)
        _write(axes, 0.012, row, GROUPS.get(group, plain(group)), fontweight="bold", fontsize=13)
        for place, entry in enumerate(entries, start=row + 1):
            _draw_entry(axes, place, entry, colour, high)
            _write_numbers(numbers, place, entry)
            ticks.append((place, plain(entry[0])))
        row += 1 + len(entries)
    axes.set(xscale="log", xlim=(low, high), xlabel=r"neutrino magnetic moment [$\mu_B$], 90 % C.L.")
    axes.set_yticks([place for place, _ in ticks], [name for _, name in ticks], fontsize=12)
    axes.tick_params(axis="y", which="both", length=0)
    for each in (axes, numbers):
        each.set_ylim(row - 0.5, -1.6)
    _explain(axes, numbers)


def _draw_entry(axes: Axes, row: int, entry: Entry, colour: str, high: float) -> None:
    """Draw one limit: what it excludes as a bar, the published one as a point, ours as a diamond."""
    _, published, ours, expected, _ = entry
    bar: dict[str, Any] = {"fill": False, "edgecolor": colour, "hatch": "///"} if expected else {"color": colour}
    begin = min(published) if published else ours or high
    axes.barh(row, high - begin, left=begin, height=0.6, alpha=0.35, linewidth=0, **bar)
    if published:
        inside = "white" if expected else "black"
        axes.plot(published, [row - ASIDE] * len(published), "-o", color="black", markersize=6, markerfacecolor=inside)
    if ours is not None:
        axes.plot(ours, row + ASIDE, linestyle="", **OURS)


def _write_numbers(numbers: Axes, row: int, entry: Entry) -> None:
    _, published, ours, _, construction = entry
    _write(numbers, 0.0, row, " to ".join(number_label(value) for value in published), fontsize=11)
    if ours is not None:
        _write(numbers, OURS_AT, row, number_label(ours), fontsize=11, color=SIGNAL_COLOUR)
        how = rf"$\Delta\chi^2={construction}$" if construction[:1].isdigit() else construction or "from print"
        _write(numbers, HOW_AT, row, how, fontsize=9.5, color=SIGNAL_COLOUR)


def _write(axes: Axes, x: float, row: float, text: str, **how: Any) -> None:
    axes.text(x, row, text, transform=axes.get_yaxis_transform(), verticalalignment="center", **how)


def _explain(axes: Axes, numbers: Axes) -> None:
    """Write the legend above the rows and the headings of the columns of numbers."""
    handles = [
        Line2D([], [], linestyle="", marker="o", color="black", label="published"),
        Line2D([], [], linestyle="", marker="o", color="black", markerfacecolor="white", label="published, expected"),
        Line2D([], [], linestyle="", label="this work", **OURS),
    ]
    axes.legend(handles=handles, loc="upper left", ncols=3, columnspacing=1.0, handletextpad=0.2, fontsize=12)
    numbers.set_axis_off()
    _write(numbers, 0.0, -1.05, "published", fontsize=12)
    _write(numbers, OURS_AT, -1.05, "this work", fontsize=12, color=SIGNAL_COLOUR)


def _draw_couplings(axes: Axes, curves: Sequence[Curve]) -> None:
    families: dict[str, list[Curve]] = {}
    for curve in curves:
        families.setdefault(curve[1], []).append(curve)
    for members, shade in zip(families.values(), cycle(SHADES), strict=False):
        ends = (DARKEST_SHADE, LIGHTEST_SHADE) if len(members) > 1 else (MIDDLE_SHADE, MIDDLE_SHADE)
        tones = mpl.colormaps[shade](np.linspace(*ends, len(members)))
        for (name, _, masses, limits, observed), tone in zip(members, tones, strict=True):
            axes.plot(*_smooth(masses, limits), color=tone, linestyle="-" if observed else "--", label=name)
    _shade_excluded(axes, curves)
    limits = np.concatenate([np.asarray(curve[3]) for curve in curves])
    axes.set(xscale="log", yscale="log", ylim=(limits.min() / 2.0, ROOM_FOR_LEGEND * limits.max()))
    axes.set(xlabel="mediator mass [MeV]", ylabel="coupling $g$ of a light vector, CLs at 90 %")
    axes.set_xlim(min(min(curve[2]) for curve in curves), max(max(curve[2]) for curve in curves))
    axes.xaxis.set_major_locator(LogLocator(numticks=99))
    axes.legend(loc="upper left", ncols=2, fontsize=11, title="solid: observed, dashed: expected", title_fontsize=11)


def _smooth(masses: Sequence[float], limits: Sequence[float]) -> tuple[Array, Array]:
    """Points of a smooth line through the limits, on logarithmic axes, that does not swing between them."""
    from scipy.interpolate import PchipInterpolator  # noqa: PLC0415

    x = np.linspace(np.log(masses[0]), np.log(masses[-1]), POINTS)
    return np.exp(x), np.exp(PchipInterpolator(np.log(masses), np.log(limits))(x))


def _shade_excluded(axes: Axes, curves: Sequence[Curve]) -> None:
    """Shade what lies above any observed limit."""
    observed = [_smooth(masses, limits) for _, _, masses, limits, seen in curves if seen]
    if not observed:
        return
    x = np.unique(np.concatenate([masses for masses, _ in observed]))
    lowest = np.nanmin([np.interp(x, *line, left=np.inf, right=np.inf) for line in observed], axis=0)
    axes.fill_between(x, lowest, np.full_like(x, 1e9), color="0.5", alpha=0.14, linewidth=0)
