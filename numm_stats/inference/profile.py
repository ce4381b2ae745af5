"""The profile likelihood: free and conditional fits of one dataset, and the test statistics made of them.

Definitions of arXiv:1007.1727, equations 8 to 16. Conditional fits start from the one before, so that a scan costs few
Newton steps a point.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import ComputationError, InputError
from numm_stats.inference.fitting import find_minimum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from numm_stats.inference.newton import Minimum
    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["Profile", "ProfileScan", "scan", "starts_of_nonlinear_signal"]

# Multiples of the POI's initial value. A negative a g^2 makes two minima, and a step from far above jumps over both:
# starts a factor of two apart find the narrower.
STARTS_OF_NONLINEAR_SIGNAL = tuple(np.geomspace(0.01, 100.0, 13).tolist())


@dataclass
class Profile:
    """The profile likelihood of one dataset in the parameter of interest mu.

    Attributes:
        model: with its data.
        start: where the free fit begins (p,), if not at the initial values.
    """

    model: StatisticalModel
    start: Array | None = None
    _path: list[tuple[float, Array]] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        if self.model.model.parameters.fixed[self.model.poi_index]:
            raise InputError(f"parameter of interest '{self.model.poi}' is fixed in the measurement: unfix it")

    @cached_property
    def best(self) -> Minimum:
        """The free fit, mu inside its bounds; for a signal that is not linear in mu the best of several starts."""
        minima = [find_minimum(self.model, start=self.start)]
        if self.model.model.is_polynomial:
            minima += [find_minimum(self.model, start=start) for start in self._starts()]
        return min(minima, key=lambda minimum: minimum.deviance)

    def _starts(self) -> list[Array]:
        starts = []
        for mu in starts_of_nonlinear_signal(self.model):
            starts.append(self.model.model.parameters.initial.copy())
            starts[-1][self.model.poi_index] = mu
        return starts

    @property
    def mu_hat(self) -> float:
        """Best-fit value of the parameter of interest, inside its bounds."""
        return float(self.best.theta[self.model.poi_index])

    @cached_property
    def mu_error(self) -> float:
        """Gaussian error of mu from the expected Fisher information at the best fit: the scale of root finding."""
        information = self._information_of_mu()
        free = np.flatnonzero(
            ~self.model.model.parameters.fixed | (np.arange(len(information)) == self.model.poi_index)
        )
        place = int(np.flatnonzero(free == self.model.poi_index)[0])
        block = information[np.ix_(free, free)]
        diagonal = np.diagonal(block)
        if not diagonal[place] > 0.0:
            raise ComputationError(f"the signal of {self.model.poi} reaches no bin: there is nothing to limit it")
        scale = 1.0 / np.sqrt(np.where(diagonal > 0.0, diagonal, 1.0))
        inverse = np.linalg.pinv(block * np.outer(scale, scale), hermitian=True) * np.outer(scale, scale)
        return float(np.sqrt(2.0 * inverse[place, place]))

    def _information_of_mu(self) -> Array:
        """At the best fit; where the signal has no slope there (no counts at all, or mu^2 at 0), at the initial mu."""
        theta, poi, parameters = self.best.theta, self.model.poi_index, self.model.model.parameters
        information = self.model.likelihood.information(theta)
        if information[poi, poi] > 0.0:
            return information
        moved = theta.copy()
        moved[poi] = parameters.initial[poi] or parameters.bounds[poi, 1]
        return self.model.likelihood.information(moved)

    @cached_property
    def background(self) -> Minimum:
        """The fit of background alone, mu = 0."""
        return self.conditional(0.0)

    def conditional(self, mu: float) -> Minimum:
        """Return the fit with the parameter of interest held at mu."""
        minimum = find_minimum(self.model, poi=mu, start=self._predicted(mu))
        self.remember(mu, minimum.theta)
        return minimum

    def remember(self, mu: float, theta: Array) -> None:
        """Let the next conditional fits start from the minimum theta (p,) at mu, and the one before."""
        self._path = [*self._path[-1:], (mu, theta)]

    def _predicted(self, mu: float) -> Array:
        """Where the conditional minimum at mu should be: on the straight line through the last two."""
        if not self._path:
            return self.best.theta
        (before, first), (last, theta) = self._path[0], self._path[-1]
        if before == last:
            return theta
        reach = float(np.clip((mu - last) / (last - before), -2.0, 2.0))
        return np.asarray(theta + reach * (theta - first), dtype=float)

    def minus_two_log_ratio(self, mu: float) -> float:
        """Return -2 ln lambda~(mu), relative to the minimum over the allowed range of mu: t~_mu of eq. 11."""
        return max(self.conditional(mu).deviance - self.best.deviance, 0.0)

    def root_and_slope(self, mu: float) -> tuple[float, float]:
        """Return sqrt(-2 ln lambda~) at mu and its derivative.

        At a conditional minimum the profile's derivative is the partial one, d(-2 ln L)/dmu: the nuisance parameters
        contribute nothing.
        """
        minimum = self.conditional(mu)
        root = float(np.sqrt(max(minimum.deviance - self.best.deviance, 0.0)))
        return root, float(minimum.gradient[self.model.poi_index]) / (2.0 * root) if root > 0.0 else 0.0

    def q_mu_tilde(self, mu: float) -> float:
        """Return the test statistic for upper limits, eq. 16: t~_mu for mu_hat <= mu, else zero."""
        return self.minus_two_log_ratio(mu) if self.mu_hat <= mu else 0.0


@dataclass(frozen=True)
class ProfileScan:
    """-2 ln lambda~ along the parameter of interest.

    Attributes:
        poi: its name.
        mu: values (k,).
        minus_two_log_ratio: -2 ln lambda~ (k,).
        mu_hat: best fit.
        data: "observed" or "asimov".
    """

    poi: str
    mu: Array
    minus_two_log_ratio: Array
    mu_hat: float
    data: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists for JSON."""
        return {
            "poi": self.poi,
            "mu": self.mu.tolist(),
            "minus_two_log_ratio": self.minus_two_log_ratio.tolist(),
            "mu_hat": self.mu_hat,
            "data": self.data,
        }


def starts_of_nonlinear_signal(model: StatisticalModel) -> list[float]:
    """Return the values of mu from which free fits of a signal that is not linear in mu start."""
    parameters, poi = model.model.parameters, model.poi_index
    signs = (1.0, -1.0) if parameters.bounds[poi, 0] < 0.0 else (1.0,)
    return [sign * factor * float(parameters.initial[poi]) for sign in signs for factor in STARTS_OF_NONLINEAR_SIGNAL]


def scan(model: StatisticalModel, mu: Sequence[float] | None = None, *, points: int = 41) -> ProfileScan:
    """Return the profile of the model's data at given values, or at `points` values within 4 sigma of the best fit."""
    if points < 2:
        raise InputError(f"points = {points}: a scan needs at least 2")
    profile = Profile(model)
    low = float(model.model.parameters.bounds[model.poi_index, 0])
    if mu is None:
        high = profile.mu_hat + 4.0 * profile.mu_error
        values = np.linspace(max(low, profile.mu_hat - 4.0 * profile.mu_error), high, points)
    else:
        values = np.asarray(mu, dtype=float)
    if not np.isfinite(values).all():
        raise InputError("the values of a scan must be finite numbers")
    ratios = np.array([profile.minus_two_log_ratio(float(value)) for value in values])
    return ProfileScan(model.poi, values, ratios, profile.mu_hat, "asimov" if model.asimov else "observed")
