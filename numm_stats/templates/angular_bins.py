"""Bins of the electron's angle, how well the angle is seen, and histograms of energy and angle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boost_histogram as bh
import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.templates.templates import histogram

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray
    from scipy.interpolate import CubicSpline

    Array = NDArray[np.float64]
    Histogram: TypeAlias = bh.Histogram[Any]

__all__ = ["VARIABLES", "AngularBins", "AngularResolution", "angular_histogram", "recoil_histograms"]

VARIABLES = {"cos_theta": ("Cosine of the electron's angle", "", -1.0, 1.0), "theta": ("Angle", "rad", 0.0, np.pi)}
STEPS_PER_SIGMA = 10
REACH_SIGMA = 8.0
ROUNDING = 1e-14  # of a probability, by which the table is good
NARROWEST_MRAD, WIDEST_MRAD = 1.0, 500.0


@dataclass(frozen=True)
class AngularBins:
    """Bins of the angle between electron and neutrino.

    Attributes:
        edges: increasing, m + 1 of them: cosines from -1 to 1, or angles from 0 to pi [rad].
        variable: "cos_theta" or "theta".

    Raises:
        InputError: if the variable is unknown or edges do not increase or lie outside its range.
    """

    edges: tuple[float, ...]
    variable: str = "cos_theta"

    def __post_init__(self) -> None:
        if self.variable not in VARIABLES:
            names = ", ".join(VARIABLES)
            raise InputError(f"variable = '{self.variable}'{nearest(self.variable, VARIABLES)}; allowed: {names}")
        _, _, low, high = VARIABLES[self.variable]
        edges = np.array(self.edges, dtype=float)
        if len(edges) < 2 or not (np.diff(edges) > 0).all() or not (edges[0] >= low and edges[-1] <= high):
            allowed = f"two or more increasing numbers from {low:g} to {high:.6g}"
            raise InputError(f"edges = {list(self.edges)} of {self.variable}; allowed: {allowed}")

    @property
    def number(self) -> int:
        """Of bins."""
        return len(self.edges) - 1

    @property
    def theta_edges(self) -> Array:
        """The edges as increasing angles [rad], shape (m + 1,): those of cosines turn round."""
        edges = np.array(self.edges, dtype=float)
        return np.asarray(np.arccos(edges)[::-1]) if self.variable == "cos_theta" else edges


@dataclass(frozen=True)
class AngularResolution:
    """How well the direction of an electron is seen, the same at all energies.

    Directions scatter about the true one as in the Fisher distribution on the sphere with kappa = 1 / sigma^2, for
    small sigma a Gaussian of width sigma in each of two projections. With the azimuth integrated out, c and s the
    cosine and sine of the true angle, c' and s' those of the seen one,

        p(theta' | theta) = kappa / (2 sinh kappa) exp(kappa c c') I_0(kappa s s') s'

    (R. A. Fisher, Proc. R. Soc. A 217, 295 (1953)).

    Attributes:
        sigma_mrad: standard deviation in one projection [mrad]; zero for none.

    Raises:
        InputError: if it is neither zero nor between 1 and 500 mrad.
    """

    sigma_mrad: float = 0.0

    def __post_init__(self) -> None:
        if self.sigma_mrad != 0.0 and not NARROWEST_MRAD <= self.sigma_mrad <= WIDEST_MRAD:
            allowed = f"0, or from {NARROWEST_MRAD:g} to {WIDEST_MRAD:g}"
            raise InputError(f"detector.angular_resolution_mrad = {self.sigma_mrad}; allowed: {allowed}")

    @property
    def is_perfect(self) -> bool:
        """Whether the angle is seen as it is."""
        return self.sigma_mrad == 0.0

    def steps(self, theta_edges: Array) -> Array:
        """Return angles [rad] between which counts vary smoothly with the true angle: bin edges, or one sigma apart."""
        if self.is_perfect:
            return theta_edges
        return np.linspace(0.0, np.pi / 2, int(np.ceil(500 * np.pi / self.sigma_mrad)) + 1)

    def turns(self, theta_edges: Array) -> Array:
        """Return the edges [rad] at which counts turn sharply with the recoil: smeared ones a sigma apart or more."""
        kept = theta_edges[:1].tolist()
        for edge in theta_edges[1:].tolist():
            if edge - kept[-1] > 1e-3 * self.sigma_mrad:
                kept.append(edge)
        return np.array(kept)

    def binning(self, theta_edges: Array) -> Callable[[Array], Array]:
        """Return the function of true angles [rad] that gives the probabilities of the m bins, shape (*angles, m).

        Args:
            theta_edges: increasing edges (m + 1,) of the seen angle [rad].
        """
        if self.is_perfect:
            return lambda angles: np.diff((angles[..., None] < theta_edges).astype(float), axis=-1)
        table = self._table(theta_edges)
        # between its points the table may go a rounding below zero
        return lambda angles: np.maximum(table(angles), 0.0)

    def filling(self, theta_edges: Array) -> Callable[[Array, Sequence[Array]], Array]:
        """Return the function that fills the m bins with k weights (t, a) of the same true angles (t, a): (k, t, m).

        It is the sum over a of weights times `binning`, whose probabilities (t, a, m) are never held.

        Args:
            theta_edges: increasing edges (m + 1,) of the seen angle [rad].
        """
        if self.is_perfect:
            return lambda angles, weights: _in_cells(
                np.searchsorted(theta_edges, angles, "right"), weights, len(theta_edges) + 1
            )[..., 1:-1]
        table = self._table(theta_edges)
        powers, pieces, number = table.c.shape
        coefficients = table.c.reshape(powers * pieces, number)

        def filled(angles: Array, weights: Sequence[Array]) -> Array:
            cells = np.clip(np.searchsorted(table.x, angles, "right") - 1, 0, pieces - 1)
            beyond = angles - table.x[cells]
            of_powers = [_in_cells(cells, [w * beyond**p for w in weights], pieces) for p in range(powers)[::-1]]
            total = np.array([np.abs(each).sum(axis=1, keepdims=True) for each in weights])
            sums = np.concatenate(of_powers, axis=-1) @ coefficients
            return np.asarray(np.where(np.abs(sums) > ROUNDING * total, sums, 0.0))

        return filled

    def _table(self, theta_edges: Array) -> CubicSpline:
        """Return the probabilities of the m bins as a spline of the true angle [rad]."""
        from scipy.interpolate import CubicSpline  # noqa: PLC0415

        # electrons go forward
        grid = np.linspace(0.0, np.pi / 2, int(np.ceil(STEPS_PER_SIGMA * 500 * np.pi / self.sigma_mrad)) + 1)
        below = np.stack([self._below(float(edge), grid) for edge in theta_edges], axis=-1)
        # even in the angle, so no slope at zero
        flat = np.zeros(below.shape[1] - 1)
        return CubicSpline(grid, np.diff(below, axis=-1), bc_type=((1, flat), "not-a-knot"))

    def _below(self, edge: float, angles: Array) -> Array:
        """Return the probability that a direction at each angle is seen below an edge [rad], shape as the angles."""
        from scipy.special import i0e  # noqa: PLC0415

        sigma = 1e-3 * self.sigma_mrad
        low, high = np.clip(angles - REACH_SIGMA * sigma, 0.0, None), np.minimum(angles + REACH_SIGMA * sigma, np.pi)
        high = np.clip(edge, low, high)
        nodes, weights = np.polynomial.legendre.leggauss(64)
        half = 0.5 * (high - low)[:, None]
        seen, true = 0.5 * (high + low)[:, None] + half * nodes, angles[:, None]
        kappa = sigma**-2
        density = np.exp(-2 * kappa * np.sin(0.5 * (seen - true)) ** 2) * i0e(kappa * np.sin(true) * np.sin(seen))
        density = density * np.sin(seen) * kappa / -np.expm1(-2 * kappa)
        return np.asarray(np.sum(density * half * weights, axis=1))


def _in_cells(cells: NDArray[np.intp], weights: Sequence[Array], number: int) -> Array:
    """Return the sums (k, t, number) of each row of k weights (t, a) by cells (t, a)."""
    rows = len(cells)
    flat = (cells + number * np.arange(rows)[:, None]).ravel()
    sums = [np.bincount(flat, each.ravel(), number * rows).reshape(rows, number) for each in weights]
    return np.array(sums)


def angular_histogram(counts: Array, edges_mev: Array, bins: AngularBins) -> Histogram:
    """Return counts in energy and angle as a boost-histogram whose axes carry name, label and unit.

    Args:
        counts: shape (n, m).
        edges_mev: edges (n + 1,) of the recoil energy [MeV].
        bins: of the angle.

    >>> h = angular_histogram(np.ones((1, 2)), np.array([0.1, 0.2]), AngularBins((0.0, 0.5, 1.0)))
    >>> [axis.label for axis in h.axes], h.axes[1].name
    (['Recoil energy [MeV]', "Cosine of the electron's angle"], 'cos_theta')
    """
    label, unit, _, _ = VARIABLES[bins.variable]
    details = {"name": bins.variable, "label": f"{label} [{unit}]" if unit else label, "unit": unit}
    second = bh.axis.Variable(list(bins.edges), overflow=False, underflow=False, __dict__=details)
    filled = bh.Histogram(histogram(np.zeros(len(edges_mev) - 1), edges_mev).axes[0], second)
    filled.view()[:] = counts
    return filled


def recoil_histograms(filled: Histogram) -> tuple[Histogram, ...]:
    """Return the recoil energy in each bin of the angle: one channel of a workspace each.

    >>> h = angular_histogram(np.array([[1.0, 2.0]]), np.array([0.1, 0.2]), AngularBins((0.0, 0.5, 1.0)))
    >>> [part.values().tolist() for part in recoil_histograms(h)]
    [[1.0], [2.0]]
    """
    edges, counts = np.asarray(filled.axes[0].edges), np.asarray(filled.values(), dtype=float)
    return tuple(histogram(counts[:, j], edges) for j in range(counts.shape[1]))
