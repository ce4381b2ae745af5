"""The spectrum: stacked backgrounds, the signal, the data, and below them the ratio to the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import InputError
from numm_stats.plots.labels import sample_label, value_label
from numm_stats.plots.style import FILL_COLOURS, SIGNAL_COLOUR, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

    from numm_stats.templates.templates import Templates
    from numm_stats.workspace.poi import PointOfInterest

    Array = NDArray[np.float64]

__all__ = ["plot_spectrum"]

DECADES_SHOWN = 5.0  # at most, below the highest bin
LEGEND_ROW = 0.08  # of the axis' height
LEAST_FILLED = 0.35  # of the axis, however many backgrounds the legend names
MOST_IN_ONE_COLUMN = 5
HATCHES = ("", "////", "....")
MANY_BINS = 40  # from here on data points are small
ONE_SIGMA_TAIL = 0.158655253931457


@dataclass(frozen=True)
class _Counts:
    """What is drawn, each (n,): `data` is None where there is none."""

    edges: Array
    background: Array
    signal: Array
    data: Array | None

    @property
    def centres(self) -> Array:
        return np.asarray(0.5 * (self.edges[1:] + self.edges[:-1]), dtype=float)


def plot_spectrum(
    templates: Templates,
    meaning: PointOfInterest,
    *,
    title: str,
    strength: float = 1.0,
    data: ArrayLike | None = None,
) -> Figure:
    """Draw the stacked spectrum with the signal alone as a line on it, and the ratio to the background below.

    Args:
        templates: the samples.
        meaning: what the parameter of interest means.
        title: above the figure.
        strength: value of the parameter of interest at which the signal is drawn; 1 is its reference.
        data: observed counts (n,), drawn with central 68 % Poisson intervals; None for an Asimov set.

    Raises:
        InputError: if the data have another number of bins than the templates.
    """
    counts = _Counts(
        edges=np.asarray(templates.edges, dtype=float),
        background=templates.background_counts,
        signal=_signal(templates, meaning, strength),
        data=_checked(data, len(templates.edges) - 1),
    )
    with drawing(title) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3.0, 1.0))
        handles = _draw_counts(upper, templates, counts, value_label(meaning, meaning.physical(strength)))
        handles.append(_draw_ratio(lower, counts))
        columns = -(-len(handles) // MOST_IN_ONE_COLUMN) if len(handles) <= 3 * MOST_IN_ONE_COLUMN else 4
        upper.set_ylim(*_log_range(counts, legend_rows=-(-len(handles) // columns)))
        upper.set_ylabel(_counts_label(counts.edges, templates.unit))
        lower.set(xlabel=_axis_label(templates), ylabel="ratio to\nbackground")
        lower.yaxis.label.set_size(14)
        upper.legend(handles=handles, loc="upper right", ncols=columns)
        figure.align_ylabels()
    return figure


def _filling(place: int) -> dict[str, Any]:
    """Colour, and hatching from where the colours begin anew."""
    turn, colour = divmod(place, len(FILL_COLOURS))
    hatched = {"hatch": HATCHES[turn % len(HATCHES)], "edgecolor": "#404040", "linewidth": 0.0} if turn else {}
    return {"facecolor": FILL_COLOURS[colour], "edgecolor": FILL_COLOURS[colour], **hatched}


def _signal(templates: Templates, meaning: PointOfInterest, strength: float) -> Array:
    """Sum of the signal's terms, each growing with its own power of the moment or coupling."""
    terms = [term.counts * strength ** (term.power / meaning.power) for term in templates.signals.values()]
    return np.asarray(np.sum(terms, axis=0), dtype=float)


def _checked(data: ArrayLike | None, bins: int) -> Array | None:
    if data is None:
        return None
    counts = np.asarray(data, dtype=float)
    if counts.shape != (bins,):
        raise InputError(f"data of shape {counts.shape} for {bins} bins: give one count for each bin")
    return counts


def _draw_counts(axes: Axes, templates: Templates, counts: _Counts, label: str) -> list[Any]:
    """Draw stack, signal and data; return what the legend shows, topmost first."""
    axes.set(yscale="log", xlim=(counts.edges[0], counts.edges[-1]))
    low = _log_range(counts)[0]
    handles: list[Any] = []
    below = np.zeros_like(counts.background)
    for place, (name, template) in enumerate(templates.backgrounds.items()):
        above = below + template.counts
        base, top = np.maximum(below, low), np.maximum(above, low)
        handles.insert(
            0,
            axes.stairs(top, counts.edges, baseline=base, fill=True, label=sample_label(name), **_filling(place)),
        )
        below = above
    axes.stairs(below, counts.edges, baseline=None, color="black", linewidth=0.8)
    line = {"color": SIGNAL_COLOUR, "linewidth": 2.2, "label": f"signal, {label}"}
    handles.insert(0, axes.stairs(_positive(counts.signal), counts.edges, baseline=None, **line))  # type: ignore[arg-type]
    if counts.data is not None:
        handles.insert(0, _points(axes, counts.centres, counts.data, np.ones_like(counts.data)))
    return handles


def _draw_ratio(axes: Axes, counts: _Counts) -> Any:
    """Draw signal and data over the background; return the statistical band for the legend."""
    error = 1.0 / np.sqrt(counts.background)
    band: dict[str, Any] = {"fill": True, "color": "0.82", "label": r"statistical error, $1/\sqrt{N}$"}
    handle = axes.stairs(1.0 + error, counts.edges, baseline=1.0 - error, **band)
    axes.axhline(1.0, color="black", linewidth=0.8)
    ratio = 1.0 + counts.signal / counts.background
    axes.stairs(ratio, counts.edges, baseline=None, color=SIGNAL_COLOUR, linewidth=2.2)
    if counts.data is not None:
        _points(axes, counts.centres, counts.data, counts.background)
    axes.set_ylim(*_ratio_range(counts))
    axes.ticklabel_format(axis="y", useOffset=False)
    return handle


def _points(axes: Axes, centres: Array, data: Array, divisor: Array) -> Any:
    low, high = _poisson_interval(data)
    spread = np.array([data - low, high - data]) / divisor
    size = 6 if len(data) <= MANY_BINS else 3
    style: dict[str, Any] = {"fmt": "o", "color": "black", "markersize": size, "linewidth": 1.2, "zorder": 5}
    return axes.errorbar(centres, data / divisor, yerr=spread, label="data", **style)


def _poisson_interval(data: Array) -> tuple[Array, Array]:
    """Central 68.3 % interval of the mean at each count (Garwood 1936), from zero at zero counts."""
    from scipy.special import gammainccinv, gammaincinv  # noqa: PLC0415

    low = np.where(data > 0.0, gammaincinv(np.maximum(data, 1e-9), ONE_SIGMA_TAIL), 0.0)
    return low, np.asarray(gammainccinv(data + 1.0, ONE_SIGMA_TAIL), dtype=float)


def _positive(values: Array) -> Array:
    """Return the values with gaps where no logarithm exists: an interfering signal may be negative."""
    return np.where(values > 0.0, values, np.nan)


def _log_range(counts: _Counts, legend_rows: int = 0) -> tuple[float, float]:
    """Both ends of the logarithmic axis: DECADES_SHOWN at most, and room for the legend."""
    shown = [counts.background, counts.signal, *([] if counts.data is None else [_poisson_interval(counts.data)[1]])]
    heights = np.concatenate([values[values > 0.0] for values in shown])
    top = float(np.log10(heights.max()))
    bottom = max(float(np.floor(np.log10(0.7 * heights.min()))), top - DECADES_SHOWN)
    filled = max(0.93 - LEGEND_ROW * legend_rows, LEAST_FILLED)
    return float(10.0**bottom), float(10.0 ** (bottom + (top - bottom) / filled))


def _ratio_range(counts: _Counts) -> tuple[float, float]:
    """A range around one that holds the signal and most data points; the error band may leave it."""
    half = [float(np.abs(counts.signal / counts.background).max()), float(counts.background.max() ** -0.5)]
    if counts.data is not None:
        _, high = _poisson_interval(counts.data)
        half.append(float(np.quantile(np.abs(high / counts.background - 1.0), 0.9)))
    return max(1.0 - 1.3 * max(half), 0.0), 1.0 + 1.3 * max(half)


def _axis_label(templates: Templates) -> str:
    """The label of the histograms' axis; it holds the unit."""
    axis = next(iter(templates.values())).axes[0]
    return str(getattr(axis, "label", "Recoil energy [MeV]"))


def _counts_label(edges: Array, unit: str) -> str:
    widths = np.diff(edges)
    return f"Events / {widths[0]:.4g} {unit}" if np.allclose(widths, widths[0]) else "Events / bin"
