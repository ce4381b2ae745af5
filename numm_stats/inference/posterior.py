"""The posterior density of mu >= 0, from as few conditional fits as its integral needs.

    p(mu) dmu ~ L(mu) du,   u = mu^(1/power):   a prior flat in u,

with L the profile likelihood, or the marginal one by Laplace's method: times |H(mu)|^(-1/2), H the curvature of
-2 ln L among the nuisance parameters at their conditional minimum. -2 ln L is a cubic spline in mu with the slopes of
the conditional fits, exact for a Gaussian; it is integrated over u, where a flat prior leaves nothing singular, and
knots are added until the integral stands still.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from numm_stats.errors import ComputationError, InputError, nearest
from numm_stats.inference.curvature import hessian_at
from numm_stats.inference.landmarks import ProfileCurve

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.interpolate import PPoly

    from numm_stats.inference.profile import Profile
    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["LIKELIHOODS", "LikelihoodKind", "Posterior", "posterior_of"]

LikelihoodKind = Literal["profile", "marginal"]
LIKELIHOODS: Final = ("profile", "marginal")
TOLERANCE: Final = 1e-6  # of the smaller tail asked for: what further knots may change in the integral
NEGLIGIBLE: Final = 1e-12  # of that tail: what lies beyond the last knot
FINEST_TOLERANCE: Final = 1e-10  # what the conditional minima are good for
MOST_KNOTS: Final = 3000
LARGEST_ERROR: Final = 1e-3
HIGHEST_EXPONENT: Final = 100.0  # a spline with too few knots may swing far below the minimum
GAIN: Final = 1.0 / 8.0  # of halving a piece: 1/16 for a cubic, with room to spare
NODES, WEIGHTS = ((1.0 + np.polynomial.legendre.leggauss(16)[0]) / 2.0, np.polynomial.legendre.leggauss(16)[1] / 2.0)


@dataclass(frozen=True)
class Posterior:
    """A posterior density of mu, with a prior flat in u = mu^(1/power).

    Attributes:
        profile: of the data.
        power: of the parameter in which the prior is flat.
        scale: unit of mu in which `curve` counts.
        curve: -2 ln L up to a constant, a piecewise cubic of mu / scale.
        norm: integral of L over u in that unit.
        error: numerical uncertainty of any probability.
    """

    profile: Profile
    power: int
    scale: float
    curve: PPoly
    norm: float
    error: float

    def density(self, mu: Array) -> Array:
        """Return the density at mu (k,), per unit of u = mu^(1/power); zero where it is negligible."""
        x = np.asarray(mu, dtype=float) / self.scale
        inside = (x >= self.curve.x[0]) & (x <= self.curve.x[-1])
        values = _likelihood(self.curve, np.where(inside, x, self.curve.x[0]))
        return np.asarray(np.where(inside, values, 0.0) / (self.norm * self.scale ** (1.0 / self.power)), dtype=float)

    def probability(self, low: float, high: float) -> float:
        """Return the probability of low < mu < high."""
        knots = self.curve.x
        edges = np.clip(np.array([low, high]) / self.scale, knots[0], knots[-1])
        between = knots[(knots > edges[0]) & (knots < edges[1])]
        return float(_integrals(self.curve, np.array([edges[0], *between, edges[1]]), self.power).sum()) / self.norm

    def above(self, tail: float) -> float:
        """Return mu with the probability `tail` above it."""
        from scipy.optimize import brentq  # noqa: PLC0415

        masses = _integrals(self.curve, self.curve.x, self.power) / self.norm
        tails = np.append(np.cumsum(masses[::-1])[::-1], 0.0)
        piece = int(np.flatnonzero(tails > tail)[-1])
        low, high = self.curve.x[piece], self.curve.x[piece + 1]

        def excess(x: float) -> float:
            part = float(_integrals(self.curve, np.array([x, high]), self.power)[0]) / self.norm
            return float(tails[piece + 1]) + part - tail

        return self.scale * float(brentq(excess, low, high, xtol=1e-13 * high, rtol=1e-13))

    def highest(self, confidence_level: float) -> tuple[tuple[float, float], ...]:
        """Return the intervals with this probability in which the density in u is highest."""
        from scipy.optimize import brentq  # noqa: PLC0415

        def excess(level: float) -> float:
            held: float = sum(self.probability(low, high) for low, high in self._below(level))
            return held - confidence_level

        values = self.curve(self.curve.x)
        level = float(brentq(excess, float(values.min()), float(values.max()), xtol=1e-11))
        return self._below(level)

    def uncertainty(self, mu: float) -> float:
        """Return the numerical uncertainty of a quantile at mu."""
        slope = float(self.density(np.array([mu]))[0]) * mu ** (1.0 / self.power - 1.0) / self.power
        return float(self.error / max(slope, np.finfo(float).tiny) + 1e-12 * mu)

    def _below(self, level: float) -> tuple[tuple[float, float], ...]:
        """Return where -2 ln L is below a level above its minimum."""
        knots = self.curve.x
        roots = self.curve.solve(level, extrapolate=False)
        edges = np.unique(np.concatenate([knots[[0, -1]], roots[np.isfinite(roots)]]))
        inside = self.curve((edges[1:] + edges[:-1]) / 2.0) < level
        turns = edges[np.flatnonzero(np.diff(inside, prepend=False, append=False))] * self.scale
        return tuple(zip(turns[::2].tolist(), turns[1::2].tolist(), strict=True))


def posterior_of(
    data: StatisticalModel | Profile, *, power: int = 1, likelihood: LikelihoodKind = "profile", tail: float = 0.1
) -> Posterior:
    """Return the posterior density of the parameter of interest.

    Args:
        data: a model with its data, or the profile of one.
        power: the prior is flat in mu^(1/power).
        likelihood: "profile" or "marginal".
        tail: the smallest probability that will be asked for: the accuracy is 1e-6 of it.

    Raises:
        InputError: for a power that is no positive integer, or an unknown likelihood.
        ComputationError: if a fit fails, the data do not constrain mu, or the likelihood has no curvature in a
            nuisance parameter that is to be marginalised.
    """
    _check(power, likelihood)
    curve = ProfileCurve(data)
    level = -2.0 * math.log(NEGLIGIBLE * tail)
    curve.explore(level)
    mu = curve.known
    below = np.flatnonzero([curve.rise(value) <= level for value in mu.tolist()])
    knots = mu[max(below[0] - 1, 0) : below[-1] + 2]
    refinement = _Refinement(curve, likelihood, power, knots)
    refinement.refine(max(TOLERANCE * tail, FINEST_TOLERANCE))
    norm = float(refinement.integrals.sum())
    error = float(refinement.errors.sum()) / norm
    return Posterior(curve.profile, power, refinement.scale, refinement.spline, norm, error)


class _Refinement:
    """A spline of -2 ln L whose knots are doubled wherever that changes its integral."""

    def __init__(self, curve: ProfileCurve, likelihood: LikelihoodKind, power: int, knots: Array) -> None:
        self.curve, self.likelihood, self.power = curve, likelihood, power
        self.scale = float(knots[-1])
        self.knots = knots
        self.determinants: dict[float, float] = {}
        self.errors = np.full(len(knots) - 1, np.inf)
        self._integrate()

    def refine(self, tolerance: float) -> None:
        """Halve pieces until the estimated error of the integral is below the tolerance, relative, or no knots left."""
        while len(self.knots) < MOST_KNOTS:
            halved = self.errors > tolerance * self.integrals.sum() / len(self.errors)
            if not halved.any():
                return
            self._halve(halved)
        if not self.errors.sum() < LARGEST_ERROR * self.integrals.sum():
            raise ComputationError(
                f"the posterior of {self.curve.profile.model.poi} is too rough to be integrated: look at the profile "
                "with `scan`"
            )

    def _halve(self, halved: NDArray[np.bool_]) -> None:
        middle = (self.knots[1:] + self.knots[:-1]) / 2.0
        parts = np.where(halved, 2, 1)
        first = np.cumsum(parts) - parts
        before = self.integrals
        self.knots = np.sort(np.concatenate([self.knots, middle[halved]]))
        self._integrate()
        after = np.add.reduceat(self.integrals, first)
        change = np.abs(after - before) * GAIN / 2.0
        self.errors = np.repeat(np.where(halved, change, self.errors), parts)

    def _integrate(self) -> None:
        self.spline = self._spline()
        self.integrals = _integrals(self.spline, self.spline.x, self.power)

    def _spline(self) -> PPoly:
        from scipy.interpolate import Akima1DInterpolator, CubicHermiteSpline, PPoly  # noqa: PLC0415

        values = self.knots.tolist()
        x = self.knots / self.scale
        slopes = np.array([self.scale * self.curve.slope(mu) for mu in values])
        coefficients = CubicHermiteSpline(x, [self.curve.rise(mu) for mu in values], slopes).c
        if self.likelihood == "marginal":
            determinants = np.array([self._log_determinant(mu) for mu in values])
            best = self._log_determinant(self.curve.profile.mu_hat)
            coefficients = coefficients + Akima1DInterpolator(x, determinants - best).c
        return PPoly(coefficients, x)

    def _log_determinant(self, mu: float) -> float:
        """Return ln |H|, H the curvature of -2 ln L among the nuisance parameters at their conditional minimum."""
        if mu not in self.determinants:
            model = self.curve.profile.model
            free = ~model.model.parameters.fixed
            free[model.poi_index] = False
            hessian = hessian_at(model.likelihood, self.curve.minima[mu].theta, np.flatnonzero(free))
            sign, self.determinants[mu] = np.linalg.slogdet(hessian)
            if sign <= 0.0:
                raise ComputationError(
                    f"no curvature in the nuisance parameters at {model.poi} = {mu:.6g}: one is not constrained there; "
                    "take the profile likelihood"
                )
        return float(self.determinants[mu])


def _integrals(curve: PPoly, edges: Array, power: int) -> Array:
    """Return the integral of L over u between neighbouring edges of x = u^power (k + 1,), shape (k,)."""
    u = edges ** (1.0 / power)
    widths = np.diff(u)
    x = (u[:-1, None] + widths[:, None] * NODES) ** power
    return np.asarray((_likelihood(curve, x) @ WEIGHTS) * widths, dtype=float)


def _likelihood(curve: PPoly, x: Array) -> Array:
    return np.asarray(np.exp(np.minimum(-curve(x) / 2.0, HIGHEST_EXPONENT)), dtype=float)


def _check(power: int, likelihood: str) -> None:
    if power < 1 or power != int(power):
        raise InputError(f"power = {power}: must be a positive integer, the prior being flat in mu^(1/power)")
    if likelihood not in LIKELIHOODS:
        raise InputError(
            f"likelihood '{likelihood}' is unknown{nearest(likelihood, LIKELIHOODS)}; "
            f"known are {', '.join(LIKELIHOODS)}"
        )
