"""Borexino: electron-equivalent energy as a number of hit PMTs.

The mean number of hits is a polynomial of the energy (quenching bends it down at its foot, two photons on one PMT at
its top), their spread a function of the mean. Estimators differ in the time window in which hits are counted; alphas,
which shine longer, lose more of them than electrons. The numbers are those of Phase-II (arXiv:1707.09279,
arXiv:1707.09355), the polynomials from arXiv:2204.03011.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import InputError, nearest

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

__all__ = ["ESTIMATORS", "Estimator", "HitsResponse", "borexino_response", "hits_polynomial"]

HIGHEST_MEV: Final = 5.0  # twice the fitted range; far above it the polynomial means nothing
FARTHEST_SIGMA = 9.0  # 1e-19 lies beyond
_BISECTIONS = 54  # of 5 MeV: rounding


@dataclass(frozen=True)
class Estimator:
    """A way to count hits.

    Attributes:
        electron_fraction: mean hits of an electron relative to all hits.
        polonium_hits: mean hits of the alpha of 210Po.
        carbon_11_hits: mean hits of 11C, of the whole spectrum: a check, nothing is made from it.
    """

    electron_fraction: float
    polonium_hits: float
    carbon_11_hits: float


ESTIMATORS: Final = {
    "all_hits": Estimator(1.0, 188.2, 519.5),
    "within_230_ns": Estimator(0.978, 173.1, 502.4),
    "within_400_ns": Estimator(0.984, 178.5, 506.5),
}


@dataclass(frozen=True)
class HitsResponse:
    """How energy becomes hits: Nh(T) = fraction x p(light yield x T), sigma = constant + root sqrt(Nh) + slope Nh.

    The light yield multiplies the energy and not the hits: it acts before two photons share a PMT. Where the polynomial
    is negative, below 16 keV, no PMT is hit. The spread follows the estimator's own hits.

    Attributes:
        coefficients: of the polynomial p of the energy in MeV, from the constant up [hits / MeV^k].
        electron_fraction: hits counted by the estimator, relative to all.
        light_yield: relative to nominal.
        resolution_constant_hits: [hits].
        resolution_root: dimensionless, from counting statistics.
        resolution_slope: dimensionless.
        polonium_position_hits: mean of the 210Po peak, which no other parameter moves [hits].
        polonium_width_hits: its standard deviation [hits].
        carbon_11_start_mev: where the positrons of 11C start: the annihilation quanta, quenched [MeV].

    Raises:
        InputError: if hits do not grow with energy up to 5 MeV, or a width is not positive.
    """

    coefficients: tuple[float, ...] = (-8.065244, 493.2560, -64.09629, 4.146102)
    electron_fraction: float = 1.0
    light_yield: float = 1.0
    resolution_constant_hits: float = 1.21974
    resolution_root: float = 1.31394
    resolution_slope: float = -0.0148585
    polonium_position_hits: float = 188.2
    polonium_width_hits: float = 14.8
    carbon_11_start_mev: float = 0.85 * 1.022

    def __post_init__(self) -> None:
        for name in ("electron_fraction", "light_yield", "polonium_position_hits", "polonium_width_hits"):
            if not 0.0 < getattr(self, name) < np.inf:
                raise InputError(f"detector.{name} = {getattr(self, name)}: must be a positive number")
        if not 0.0 <= self.carbon_11_start_mev < np.inf:
            raise InputError(f"detector.carbon_11_start_mev = {self.carbon_11_start_mev}: must be finite, zero or more")
        hits = self._polynomial(np.linspace(0.0, HIGHEST_MEV, 501))
        if not (np.diff(hits) > 0.0).all():
            raise InputError(f"detector.coefficients = {self.coefficients}: hits must grow with energy up to 5 MeV")
        if not (self.sigma_hits(hits) > 0.0).all():
            terms = (self.resolution_constant_hits, self.resolution_root, self.resolution_slope)
            raise InputError(f"detector.resolution terms {terms}: the width must be positive up to 5 MeV")

    @property
    def highest_hits(self) -> float:
        """Mean hits at 5 MeV, where the response ends."""
        return float(self._polynomial(np.array(HIGHEST_MEV)))

    def mean_hits(self, energy_mev: ArrayLike) -> Array:
        """Return the mean number of hits of an electron, shaped as its energy [MeV].

        >>> round(float(HitsResponse().mean_hits(1.0)), 2)
        425.24
        """
        return np.maximum(self._polynomial(np.asarray(energy_mev, dtype=float)), 0.0)

    def sigma_hits(self, mean_hits: ArrayLike) -> Array:
        """Return the standard deviation of the hits, shaped as their mean.

        >>> HitsResponse().sigma_hits([85.0, 950.0]).round(1).tolist()
        [12.1, 27.6]
        """
        hits = np.maximum(np.asarray(mean_hits, dtype=float), 0.0)
        root = self.resolution_root * np.sqrt(hits)
        return np.asarray(self.resolution_constant_hits + root + self.resolution_slope * hits)

    def energy_mev(self, mean_hits: ArrayLike) -> Array:
        """Return the energy of which the mean number of hits is given, by bisection, shaped as it [MeV].

        Zero hits, or fewer than any electron makes, give the largest energy that makes no more.

        Raises:
            InputError: if there are more hits than at 5 MeV.
        """
        hits = np.asarray(mean_hits, dtype=float)
        if not (hits <= self.highest_hits).all():
            raise InputError(
                f"{np.max(hits):g} hits: must be at most {self.highest_hits:.0f}, those of an electron of 5 MeV"
            )
        low, high = np.zeros_like(hits), np.full_like(hits, HIGHEST_MEV)
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            below = self._polynomial(middle) <= np.maximum(hits, 0.0)
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return low

    def bin_probabilities(self, energy_mev: Array, edges_hits: Array) -> Array:
        """Return the probability that an electron is seen in each bin of hits.

        P_i(T) = Phi((b_i - Nh) / sigma) - Phi((a_i - Nh) / sigma).

        Args:
            energy_mev: (k,) [MeV].
            edges_hits: bin edges (n + 1,), the first may be -inf.

        Returns:
            Probabilities (n, k).
        """
        mean = self.mean_hits(energy_mev)
        return _between((edges_hits[:, None] - mean) / self.sigma_hits(mean))

    def polonium_probabilities(self, edges_hits: Array) -> Array:
        """Return the probability that an alpha of 210Po is seen in each bin of hits, (n,)."""
        return _between((edges_hits - self.polonium_position_hits) / self.polonium_width_hits)

    def _polynomial(self, energy_mev: Array) -> Array:
        powers = np.polynomial.polynomial.polyval(self.light_yield * energy_mev, self.coefficients)
        return np.asarray(self.electron_fraction * powers)


def _between(sigmas: Array) -> Array:
    """Return what a normal distribution holds between successive edges, which increase, with all digits in both tails.

    Above the mean, -Phi(-z) stands for Phi(z) - 1: a bin that holds the mean has one more.
    """
    from scipy.special import ndtr  # noqa: PLC0415  an analysis of anything else is read without it

    near, above = np.abs(sigmas) < FARTHEST_SIGMA, sigmas >= 0.0
    tail, close = np.zeros_like(sigmas), sigmas[near]
    part = ndtr(-np.abs(close))
    tail[near] = np.where(close >= 0.0, -part, part)
    return np.asarray(np.diff(tail, axis=0) + (above[1:] != above[:-1]))


def borexino_response(estimator: str = "all_hits") -> HitsResponse:
    """Return the nominal response of an energy estimator.

    >>> borexino_response("within_230_ns").polonium_position_hits
    173.1
    """
    if estimator not in ESTIMATORS:
        raise InputError(
            f"detector.estimator = '{estimator}' is unknown{nearest(estimator, ESTIMATORS)}; "
            f"known are {', '.join(ESTIMATORS)}"
        )
    numbers = ESTIMATORS[estimator]
    return HitsResponse(electron_fraction=numbers.electron_fraction, polonium_position_hits=numbers.polonium_hits)


def hits_polynomial(energies_mev: ArrayLike, hits: ArrayLike, degree: int = 4) -> tuple[float, ...]:
    """Return the least-squares polynomial through mean hits at energies [MeV]: `coefficients` of another data set.

    >>> [round(c, 6) for c in hits_polynomial([0.5, 1.0, 1.5, 2.0], [240.0, 490.0, 740.0, 990.0], degree=1)]
    [-10.0, 500.0]
    """
    energies, values = np.asarray(energies_mev, dtype=float), np.asarray(hits, dtype=float)
    if energies.shape != values.shape or energies.ndim != 1 or energies.size <= degree:
        raise InputError(
            f"{energies.size} energies and {values.size} hits: as many of both, more than {degree} are needed"
        )
    fitted = np.polynomial.Polynomial.fit(energies, values, degree).convert(domain=[-1, 1])
    return tuple(float(c) for c in fitted.coef)
