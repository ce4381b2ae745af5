"""The same events in two energy estimators: hits of a window, and of a shorter one that begins with it.

A shorter window misses hits that come late. Given N hits in the longer one, those in the shorter are about a share f of
them, with the variance (1 - f) N of a Poisson number of late hits. Their mean is where as many events are expected
above it as above N in the longer window, and the kernel is scaled to the spectra expected in both (Sinkhorn's
algorithm), so that toys of each estimator are those of its own response.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["migration", "thinned"]

ROUNDS = 1000
SMALLEST = 1e-300
FEW = 1e-3  # events
SHARPEST_HITS = 0.3  # below, cells one hit wide cannot tell


def migration(longer: Array, shorter: Array, edges_hits: Array, share: float) -> Array:
    """Return where the events of each cell of the longer window are seen in the shorter one.

    Cells must begin and end some standard deviations of the late hits beyond what is used.

    Args:
        longer: expected counts in cells of the longer window's hits (n,).
        shorter: of the shorter one's, the same events (n,).
        edges_hits: cell edges (n + 1,), about one hit wide.
        share: of the hits that come within the shorter window, above 0, up to 1.

    Returns:
        Probabilities (n, n + 2): in row j those of an event in cell j of the longer window, to be seen below the cells
        of the shorter one, in each of them, and above.

    Raises:
        InputError: if the share is not one.
    """
    if not 0.0 < share <= 1.0:
        raise InputError(f"share of the hits in the shorter window = {share}: must be above 0, and at most 1")
    centres = 0.5 * (edges_hits[1:] + edges_hits[:-1])
    mean, width = _matched(longer, shorter, edges_hits, share), np.sqrt((1.0 - share) * centres)
    borders = np.concatenate([[-np.inf], edges_hits, [np.inf]])
    kernel = np.diff(ndtr((borders - mean[:, None]) / np.maximum(width, SHARPEST_HITS)[:, None]), axis=1)
    rows, columns = np.ones(len(longer)), np.ones(len(longer) + 2)
    reached = edges_hits[1:] <= share * edges_hits[-1]  # beyond come events from beyond the longer window's cells
    for _ in range(ROUNDS):
        wanted = shorter / np.maximum((rows * longer) @ kernel[:, 1:-1], SMALLEST)
        columns[1:-1] = np.where(reached, wanted, 1.0)
        rows = 1.0 / np.maximum(kernel @ columns, SMALLEST)
    return np.asarray(rows[:, None] * kernel * columns)


def _matched(longer: Array, shorter: Array, edges_hits: Array, share: float) -> Array:
    """Hits of the shorter window with as many events above them as above each cell's centre in the longer one.

    Counted from the upper end, which is the share's; where there are hardly any events, the share is all there is.
    """
    centres = 0.5 * (edges_hits[1:] + edges_hits[:-1])
    above, seen = (np.concatenate([np.cumsum(counts[::-1])[::-1], [0.0]]) for counts in (longer, shorter))
    target = 0.5 * (above[1:] + above[:-1]) + np.interp(share * edges_hits[-1], edges_hits, seen)
    found = np.interp(-target, -seen, edges_hits)
    return np.asarray(np.where(target > FEW, found, share * centres))


def thinned(counts: Array, probabilities: Array, generator: np.random.Generator) -> Array:
    """Return toy counts of the shorter window (n,), of events counted in the longer one.

    Args:
        counts: whole numbers in cells of the longer window (n,).
        probabilities: of `migration`.
        generator: of the random numbers.
    """
    seen: Array = generator.multinomial(counts.astype(np.int64), probabilities).sum(axis=0).astype(float)
    return seen[1:-1]
