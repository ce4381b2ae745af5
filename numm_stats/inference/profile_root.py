"""Where profiles of the likelihood fulfil a condition: mu and the nuisance parameters found at once.

At a point (mu, theta) the gradient g and the curvature H of -2 ln L give the profile as a parabola of mu,

    P(mu + d) = -2 ln L + g_mu d + H_mu,mu d^2 / 2 - (g + H_theta,mu d) H_theta,theta^-1 (g + H_theta,mu d) / 2,

and the nuisance parameters of its minima as a straight line. Where the parabolas fulfil the condition the next
evaluation is made: Newton's method for the system grad_theta = 0 and condition = 0 (Venzon and Moolgavkar, Appl.
Statist. 37, 87 (1988)). Three or four evaluations take the place of a fit at each of several trial values of mu.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.inference.linear import solve
from numm_stats.inference.newton import leaves_slope, pushed_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from numm_stats.inference.likelihood import Likelihood
    from numm_stats.inference.profile import Profile

    Array = NDArray[np.float64]

__all__ = ["Parabola", "Track", "common_crossing"]

MAXIMUM_STEPS: Final = 12
# A last step is not verified if it is small: what it leaves is its square, times the relative error of the parabola.
LAST_STEP: Final = 1e-4  # of the distance between mu-hat and the crossing
LAST_DISTANCE: Final = 1e-8  # of -2 ln lambda~ there: to the conditional minimum


@dataclass(frozen=True, eq=False)
class Parabola:
    """The profile of -2 ln L around a point.

    Attributes:
        mu: parameter of interest there.
        value: of the profile at mu, relative to the best fit.
        slope: its derivative.
        curvature: its second derivative.
        distance: between the point and the conditional minimum at mu, in -2 ln L.
        minimum: parameters of that minimum (p,).
        tangent: their derivative by mu (p,), one for mu itself.
    """

    mu: float
    value: float
    slope: float
    curvature: float
    distance: float
    minimum: Array
    tangent: Array

    def root(self, mu: float) -> float:
        """Return sqrt(-2 ln lambda~) at mu."""
        d = mu - self.mu
        return math.sqrt(max(self.value + d * (self.slope + 0.5 * d * self.curvature), 0.0))

    def at(self, mu: float) -> Array:
        """Return the parameters of the conditional minimum at mu, on the straight line."""
        return self.minimum + (mu - self.mu) * self.tangent

    def crossing(self, target: float) -> float:
        """Return mu where the rising branch has the root `target`; NaN if there is none."""
        rise = target**2 - self.value
        discriminant = self.slope**2 + 2.0 * self.curvature * rise
        denominator = self.slope + math.sqrt(max(discriminant, 0.0))
        return self.mu + 2.0 * rise / denominator if discriminant >= 0.0 and denominator > 0.0 else math.nan


@dataclass
class Track:
    """A profile that is followed from crossing to crossing.

    Attributes:
        profile: of one dataset.
        around: its parabola at the last point; None before the first, and where there is none.
        passed: the parabolas at the crossings that were found.
        lost: whether a crossing was not found, so that there is no use in following further.
    """

    profile: Profile
    around: Parabola | None = field(default=None, repr=False)
    passed: list[Parabola] = field(default_factory=list, repr=False)
    lost: bool = False

    @cached_property
    def _likelihood(self) -> Likelihood:
        return self.profile.model.likelihood

    def start(self) -> None:
        """Be at some point: the last one, or the best fit."""
        if self.around is None:
            self.around = self._parabola(self.profile.best.theta)

    def go_near(self, mu: float) -> None:
        """Be at the crossing next to mu, if there was one."""
        if self.passed:
            self.around = min(self.passed, key=lambda parabola: abs(parabola.mu - mu))

    def arrive(self, mu: float | None) -> None:
        """Note the crossing at mu, where `is_close` says so; None for one that was not found."""
        self.lost = mu is None or self.around is None
        if mu is not None and self.around is not None:
            self.passed.append(self.around)
            self.profile.remember(mu, self.predicted(mu))

    def is_close(self, mu: float) -> bool:
        """Return whether the parabola is exact at mu, to the accuracy that is asked for."""
        here = self.around
        if here is None or here.distance > LAST_DISTANCE * here.value:
            return False
        near = abs(mu - here.mu) <= LAST_STEP * (mu - self.profile.mu_hat)
        return near and bool((self.predicted(mu) == here.at(mu)).all())

    def predicted(self, mu: float) -> Array:
        """Return the parameters of the conditional minimum at mu, as the parabola has them, inside their bounds."""
        here, parameters = self.around, self.profile.model.model.parameters
        assert here is not None  # noqa: S101  for the type checker
        theta, (low, high) = here.at(mu), parameters.bounds.T
        return np.where(parameters.fixed, theta, np.minimum(np.maximum(theta, low), high))

    def move(self, mu: float) -> None:
        """Evaluate at mu and the minimum predicted there."""
        self.around = self._parabola(self.predicted(mu))

    def _parabola(self, theta: Array) -> Parabola | None:
        """Return the parabola at theta; None where the curvature does not tell where the minimum is."""
        parameters, poi = self.profile.model.model.parameters, self.profile.model.poi_index
        value, gradient, curvature = self._likelihood.derivatives(theta)
        if not math.isfinite(value):
            return None
        free = ~(parameters.fixed | pushed_out(theta, gradient, parameters.bounds))
        free[poi] = False
        narrow = self._likelihood.layout.narrow
        step, tangent = -solve(curvature, np.stack([gradient, curvature[poi]], axis=1), free, narrow).T
        if leaves_slope(gradient, curvature, step, free):
            return None
        tangent[poi] = 1.0
        change = 0.5 * float(gradient @ step)
        return Parabola(
            mu=float(theta[poi]),
            value=value + change - self.profile.best.deviance,
            slope=float(gradient @ tangent),
            curvature=float(curvature[poi] @ tangent),
            distance=-change,
            minimum=theta + step,
            tangent=tangent,
        )


def common_crossing(tracks: Sequence[Track], condition: Callable[..., float]) -> float | None:
    """Return mu where a condition on several profiles is fulfilled; None where it is not found in a few steps.

    Args:
        tracks: the profiles; they are moved along, and ready for a neighbouring condition.
        condition: gives, from the parabolas of the tracks, the value of mu that would fulfil it; above mu-hat.
    """
    mu = None if any(track.lost for track in tracks) else _follow(tracks, condition)
    for track in tracks:
        track.arrive(mu)
    return mu


def _follow(tracks: Sequence[Track], condition: Callable[..., float]) -> float | None:
    for track in tracks:
        track.start()
    for _ in range(MAXIMUM_STEPS):
        around = [track.around for track in tracks]
        mu = math.nan if None in around else condition(*around)
        if not (math.isfinite(mu) and mu > tracks[0].profile.mu_hat):
            return None
        if all(track.is_close(mu) for track in tracks):
            return mu
        for track in tracks:
            track.move(mu)
    return None
