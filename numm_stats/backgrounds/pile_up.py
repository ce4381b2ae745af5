"""Random coincidences within an event window: two models of pile-up.

Spectra live on the nodes of an even grid that starts at zero: any linear measure of the size of an event, energy or
hits. *Synthetic*: pile-up is a component of its own, the self-convolution of the spectrum that makes it, 14C, with a
constrained rate. *Convolution*: every spectrum is convolved with what the window collects by chance, nothing included;
then no component is added. Source: arXiv:1707.09279.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["coincidence_spectrum", "mean_coincidences", "on_nodes", "pile_up_rate", "piled_up", "self_convolution"]

_SMALLEST = 1e-16
_LARGEST_MEAN = 10.0  # a window with more random events than this measures nothing


def on_nodes(cells: Array) -> Array:
    """Return the probability at nodes 0, h, 2 h, ... of a distribution given in cells between them.

    Each cell's probability goes to its two ends, half and half: the total is exact, the variance larger by h^2 / 6.

    Args:
        cells: probabilities, or counts, in [0, h], [h, 2 h], ... (n,).

    Returns:
        Probabilities on nodes (n + 1,).

    >>> on_nodes(np.array([0.5, 0.5])).tolist()
    [0.25, 0.5, 0.25]
    """
    return np.asarray(0.5 * (np.append(cells, 0.0) + np.append(0.0, cells)))


def self_convolution(spectrum: Array) -> Array:
    """Return the distribution of the sum of two independent events, on the same grid, twice as long.

    Args:
        spectrum: probabilities on nodes (n,).

    Returns:
        Probabilities (2 n - 1,); their sum is the square of the spectrum's.

    >>> self_convolution(np.array([0.0, 0.5, 0.5])).round(12).tolist()
    [0.0, 0.0, 0.25, 0.5, 0.25]
    """
    return _convolved(spectrum, spectrum)


def mean_coincidences(rate_per_s: float, window_s: float) -> float:
    """Return the mean number of random events in a window that another event opened.

    Args:
        rate_per_s: of all random events in the detector [1/s].
        window_s: length of the window [s].

    Returns:
        The mean, dimensionless.
    """
    for name, value in (("rate_per_s", rate_per_s), ("window_s", window_s)):
        if not (np.isfinite(value) and value >= 0.0):
            raise InputError(f"pile-up: {name} = {value} must be finite, zero or more")
    return rate_per_s * window_s


def pile_up_rate(rate_per_s: float, window_s: float) -> float:
    """Return the rate of pairs [1/s]: events that open a window, times the mean number in it, for small means."""
    return rate_per_s * mean_coincidences(rate_per_s, window_s)


def coincidence_spectrum(spectrum: Array, mean: float) -> Array:
    """Return what a window collects by chance: a compound Poisson distribution.

    R = e^-m sum_k m^k / k! g^(*k), nothing (k = 0) included at node zero.

    Args:
        spectrum: probabilities g of one random event on nodes (n,).
        mean: number m of random events in the window.

    Returns:
        Probabilities on nodes, as long as any term above 1e-16 reaches.
    """
    if not 0.0 <= mean <= _LARGEST_MEAN:
        raise InputError(f"pile-up: a mean of {mean} coincidences: must lie between 0 and {_LARGEST_MEAN:g}")
    total = np.array([np.exp(-mean)])
    term, order = total, 0
    while True:
        order += 1
        term = _convolved(term, spectrum) * mean / order
        if term.sum() < _SMALLEST:
            return total
        total = np.pad(total, (0, len(term) - len(total))) + term


def piled_up(spectrum: Array, coincidences: Array) -> Array:
    """Return a spectrum convolved with the window's random coincidences, on the spectrum's own grid.

    Args:
        spectrum: probabilities, or counts, on nodes (n,).
        coincidences: of `coincidence_spectrum`, on nodes of the same step.

    Returns:
        The same (n,); what is moved above the last node is lost.
    """
    return _convolved(spectrum, coincidences)[: len(spectrum)]


def _convolved(one: Array, other: Array) -> Array:
    """Convolution as a plain sum: a transform would leave rounding, of either sign, where hardly anything is."""
    return np.asarray(np.convolve(one, other), dtype=np.float64)
