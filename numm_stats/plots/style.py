"""How figures look: one style for all, set around each drawing and nowhere else.

Neither pyplot nor the global rcParams are touched, so a program that draws with its own style keeps it.
mplhep's styles are not used, because importing mplhep imports pyplot.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import matplotlib.style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from matplotlib.axes import Axes

__all__ = [
    "BAND_COLOURS",
    "FILL_COLOURS",
    "LINE_COLOURS",
    "LINE_STYLES",
    "SIGNAL_COLOUR",
    "drawing",
    "drawing_style",
    "scientific_x",
    "write_on_level",
]

# Okabe and Ito, https://jfly.uni-koeln.de/color/: told apart by colour-blind readers.
SIGNAL_COLOUR: Final = "#D55E00"
LINE_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
FILL_COLOURS: Final = ("#56B4E9", "#F0E442", "#009E73", "#CC79A7", "#E69F00", "#0072B2", "#999999")
LINE_STYLES: Final = ("-", "--", "-.", ":")
BAND_COLOURS: Final = {"68 %": "#00CC00", "95 %": "#FFDF00"}  # the green and yellow of every limit plot

_STYLE: Final[dict[str, object]] = {
    "figure.titlesize": 16,
    "font.size": 14,
    "axes.labelsize": 16,
    "axes.linewidth": 1.2,
    "xtick.labelsize": 14,
    "ytick.labelsize": 14,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.major.pad": 7,  # or the labels of both axes meet in the corner
    "ytick.major.pad": 7,
    "xtick.top": True,
    "ytick.right": True,
    "xtick.minor.visible": True,
    "ytick.minor.visible": True,
    "xtick.major.size": 7,
    "ytick.major.size": 7,
    "xtick.minor.size": 3.5,
    "ytick.minor.size": 3.5,
    "lines.linewidth": 2.0,
    "legend.fontsize": 13,
    "legend.frameon": False,
    "figure.constrained_layout.w_pad": 0.1,
    "figure.constrained_layout.h_pad": 0.08,
    "savefig.dpi": 150,
    "pdf.fonttype": 42,  # text in a PDF stays text
    "svg.hashsalt": "numm_stats",  # or the names inside an SVG are drawn by lot
}


def drawing_style() -> AbstractContextManager[None]:
    """Return the context in which all drawing and saving is done."""
    return matplotlib.style.context(["default", _STYLE], after_reset=True)


@contextmanager
def drawing(title: str, width_inches: float = 8.0, height_inches: float = 6.0) -> Iterator[Figure]:
    """Give an empty figure to draw on in our style, and fit its margins to what was drawn.

    The margins are fitted once: matplotlib would move them a little at every save, and no two files were the same.
    """
    with drawing_style():
        figure = Figure(figsize=(width_inches, height_inches), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(title)
        yield figure
        figure.draw_without_rendering()
        figure.set_layout_engine("none")


def write_on_level(axes: Axes, level: float, text: str, *, colour: str) -> None:
    """Write a text at the left end of a horizontal line, just above it."""
    place: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    axes.annotate(text, (0.02, level), (0, 3), color=colour, fontsize=12, verticalalignment="bottom", **place)


def scientific_x(axes: Axes) -> None:
    """Write the power of ten of small and large numbers once, at the end of the x axis."""
    axes.ticklabel_format(axis="x", style="sci", scilimits=(-3, 4), useMathText=True)
