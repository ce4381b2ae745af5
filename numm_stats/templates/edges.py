"""Bin edges as a table states them: start, stop and width, or edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["MAXIMUM_BINS", "stated_edges"]

MAXIMUM_BINS: Final = 5000
LARGEST: Final = 1e60  # of edges, whose squares ROOT files hold
ROUNDING: Final = 1e-6  # of a number of bins: decimals such as 0.1 are not exact


def stated_edges(
    start: float | None, stop: float | None, width: float | None, edges: Sequence[float] | None, what: str
) -> NDArray[np.float64]:
    """Return the edges (n + 1,) of bins by start, stop and width, or of stated edges.

    Args:
        start: first edge.
        stop: last edge.
        width: of each bin.
        edges: all edges, in place of the other three.
        what: the edges are, for messages.

    Raises:
        ValueError: in words for a table's reader, if neither or both are stated, or they make no bins.

    >>> stated_edges(0.2, 0.5, 0.1, None, "numbers").round(3).tolist()
    [0.2, 0.3, 0.4, 0.5]
    """
    beyond = [value for value in (start, stop, *(edges or ())) if value is not None and abs(value) > LARGEST]
    if beyond:
        raise ValueError(f"an edge is {beyond[0]:g}: must be between {-LARGEST:g} and {LARGEST:g}")
    if edges is not None:
        if start is not None or stop is not None or width is not None:
            raise ValueError("edges cannot go with start, stop or width")
        stated = np.array(edges, dtype=float)
        if not 2 <= len(stated) <= MAXIMUM_BINS + 1 or not (np.diff(stated) > 0.0).all():
            raise ValueError(f"edges must be 2 to {MAXIMUM_BINS + 1} increasing {what}")
        return stated
    if start is None or stop is None or width is None:
        raise ValueError("state start, stop and width, or edges")
    bins = (stop - start) / width
    if not 1.0 - ROUNDING <= bins <= MAXIMUM_BINS:
        raise ValueError(f"{bins:.4g} bins from start, stop and width: there must be 1 to {MAXIMUM_BINS}")
    if abs(bins - round(bins)) > ROUNDING * max(bins, 1.0):
        raise ValueError(f"stop - start = {stop - start:g} is not a multiple of width = {width:g}")
    return np.linspace(start, stop, round(bins) + 1)
