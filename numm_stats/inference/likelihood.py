"""-2 ln L of data under a compiled model, with gradient and curvature.

L(theta) = prod Poisson(n | nu(theta)) prod c(a | theta), with Gaussian or Poisson auxiliary measurements a. Fits work
on the deviance, -2 ln L relative to the saturated model: it is of order the number of bins however large the counts
are, so that differences of 1e-6 survive in bins of 1e7 events.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import gammaln

from numm_stats.errors import InputError
from numm_stats.inference.compiled import CompiledModel
from numm_stats.inference.response import Layout, Response

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from numm_stats.inference.foreign import ForeignModel

    Array = NDArray[np.float64]

__all__ = ["Dataset", "Likelihood", "poisson_deviance"]


FAR_BELOW: Final = -0.99  # (nu - n) / n from which ln(nu / n) is taken as it stands


@dataclass(frozen=True)
class Dataset:
    """Main counts (b,) and auxiliary measurements (a,), each in pyhf's order."""

    main: Array
    auxiliary: Array

    @classmethod
    def from_counts(cls, main: ArrayLike, auxiliary: ArrayLike) -> Dataset:
        """Return data after a check that the counts are finite and not negative."""
        counts = np.asarray(main, dtype=float)
        wrong = np.flatnonzero(~np.isfinite(counts) | (counts < 0.0))
        if wrong.size:
            raise InputError(f"observed count {counts[wrong[0]]} in bin {wrong[0]}: must be finite and not negative")
        return cls(counts, np.asarray(auxiliary, dtype=float))


def poisson_deviance(observed: Array, expected: Array) -> Array:
    """Return 2 [nu - n + n ln(n / nu)] of each bin: -2 ln of the Poisson probability over its maximum.

    Written as 2 n [x - ln(1 + x)] with x = (nu - n) / n, which keeps its digits where nu is close to n; where it is far
    below, 1 + x has none left, and ln(nu / n) takes its place.
    Infinite where nu is negative, or zero with events observed.

    >>> poisson_deviance(np.array([4.0, 0.0]), np.array([6.0, 1.5])).round(6)
    array([0.756279, 3.      ])
    """
    some = observed > 0.0
    possible = (expected > 0.0) | ((expected == 0.0) & ~some)
    n = np.where(some, observed, 1.0)
    ratio = np.where(some & possible, expected / n, 1.0)
    x = np.where(some & possible, (expected - n) / n, 0.0)
    logarithm = np.where(x > FAR_BELOW, np.log1p(np.maximum(x, FAR_BELOW)), np.log(ratio))
    deviance = np.where(some, 2.0 * n * (x - logarithm), 2.0 * expected)
    return np.where(possible, deviance, np.inf)


@dataclass(frozen=True)
class Likelihood:
    """The likelihood of one dataset under one model."""

    model: CompiledModel | ForeignModel
    data: Dataset

    @cached_property
    def saturated(self) -> float:
        """-2 ln L of the saturated model: `deviance` plus this is -2 ln L as pyhf counts it."""
        constraints = self.model.constraints
        sigma = constraints.sigma
        counts = np.concatenate([self.data.main, self.data.auxiliary[constraints.poisson_data]])
        n_ln_n = np.where(counts > 0.0, counts * np.log(np.where(counts > 0.0, counts, 1.0)), 0.0)
        poisson = 2.0 * np.sum(counts - n_ln_n + gammaln(counts + 1.0))
        return float(poisson + np.sum(np.log(2.0 * np.pi * sigma**2)))

    @property
    def layout(self) -> Layout:
        """Which parameters are correlated with few others, for those who solve equations of the curvature."""
        if isinstance(self.model, CompiledModel):
            return self.model.terms.layout
        return Layout.dense(len(self.model.parameters))

    def deviance(self, theta: Array) -> float:
        """Return -2 ln [L(theta) / L(saturated)]; infinite where a bin's expectation makes its data impossible."""
        return self._deviance(theta, self.model.expected(theta))

    def minus_two_log_likelihood(self, theta: Array) -> float:
        """Return -2 ln L(theta), constants included: minus two times pyhf's `logpdf`."""
        return self.deviance(theta) + self.saturated

    def gradient(self, theta: Array) -> Array:
        """Return the derivative of the deviance, shape (p,)."""
        response = self._response(theta)
        return self._gradient(theta, response, self._residuals(response.counts)[0])

    def derivatives(self, theta: Array) -> tuple[float, Array, Array]:
        """Return deviance, gradient (p,) and curvature (p, p) at theta.

        The curvature keeps the term of the first derivatives, 2 sum n / nu^2 (d nu)(d nu), which is all of it for a
        model linear in its parameters, and at the Asimov point; `bending` is the rest.
        """
        response = self._response(theta)
        slope, weight = self._residuals(response.counts)
        curvature = response.squared(weight)
        self._add_constraint_curvature(theta, curvature)
        return self._deviance(theta, response.counts), self._gradient(theta, response, slope), curvature

    def bending(self, theta: Array) -> Array:
        """Return what `derivatives` leaves out of the curvature, sum 2 (1 - n / nu) (d2 nu), shape (p, p).

        Zero for a model that pyhf evaluates, whose second derivatives are not known.
        """
        if not isinstance(self.model, CompiledModel):
            return np.zeros((len(theta), len(theta)))
        return self.model.second_derivatives(theta, self._residuals(self.model.expected(theta))[0])

    def is_excluded(self, theta: Array, fixed: NDArray[np.bool_]) -> bool:
        """Return whether a bin with events expects none and no free parameter moves it: mu = 0 without background."""
        expected, jacobian = self.model.expected_and_jacobian(theta)
        moved = (jacobian[~fixed] != 0.0).any(axis=0)
        return bool(((expected <= 0.0) & (self.data.main > 0.0) & ~moved).any())

    def information(self, theta: Array) -> Array:
        """Return the expected second derivative of -2 ln L, twice the Fisher information, (p, p)."""
        expected = self.model.expected(theta)
        asimov = Dataset(expected, self.model.constraints.expected(theta))
        return Likelihood(self.model, asimov).derivatives(theta)[2]

    @cached_property
    def _has_events_everywhere(self) -> bool:
        return bool(self.data.main.min(initial=np.inf) > 0.0)

    def _response(self, theta: Array) -> Response:
        if isinstance(self.model, CompiledModel):
            return self.model.response(theta)
        counts, jacobian = self.model.expected_and_jacobian(theta)
        return Response(counts, jacobian, np.empty(0), self.layout)

    def _residuals(self, expected: Array) -> tuple[Array, Array]:
        """Return first and (at fixed parameters) second derivative of the deviance by each bin's expectation."""
        if expected.min(initial=np.inf) > 0.0:
            ratio = self.data.main / expected
            return 2.0 * (1.0 - ratio), 2.0 * ratio / expected
        possible = np.where(expected > 0.0, expected, 1.0)
        ratio = np.where(expected > 0.0, self.data.main / possible, 0.0)
        return 2.0 * (1.0 - ratio), 2.0 * ratio / possible

    def _main_deviance(self, expected: Array) -> float:
        observed = self.data.main
        if self._has_events_everywhere:
            x = (expected - observed) / observed
            if x.min(initial=np.inf) > FAR_BELOW:
                return 2.0 * float(observed @ (x - np.log1p(x)))
        return float(poisson_deviance(observed, expected).sum())

    def _deviance(self, theta: Array, expected: Array) -> float:
        c, auxiliary = self.model.constraints, self.data.auxiliary
        main = self._main_deviance(expected)
        if c.gaussian_parameters.size:
            pulls = (auxiliary[c.gaussian_data] - theta[c.gaussian_parameters]) / c.sigma
            main += float(pulls @ pulls)
        if c.poisson_parameters.size:
            main += float(poisson_deviance(auxiliary[c.poisson_data], c.tau * theta[c.poisson_parameters]).sum())
        return main

    def _gradient(self, theta: Array, response: Response, slope: Array) -> Array:
        c, auxiliary = self.model.constraints, self.data.auxiliary
        gradient = response.projected(slope)
        if c.gaussian_parameters.size:
            pulls = (theta[c.gaussian_parameters] - auxiliary[c.gaussian_data]) / c.sigma**2
            np.add.at(gradient, c.gaussian_parameters, 2.0 * pulls)
        if c.poisson_parameters.size:
            gammas = theta[c.poisson_parameters]
            np.add.at(gradient, c.poisson_parameters, 2.0 * (c.tau - auxiliary[c.poisson_data] / gammas))
        return gradient

    def _add_constraint_curvature(self, theta: Array, curvature: Array) -> None:
        c, auxiliary = self.model.constraints, self.data.auxiliary
        diagonal = np.einsum("ii->i", curvature)
        if c.gaussian_parameters.size:
            np.add.at(diagonal, c.gaussian_parameters, 2.0 / c.sigma**2)
        if c.poisson_parameters.size:
            observed = auxiliary[c.poisson_data] / theta[c.poisson_parameters] ** 2
            np.add.at(diagonal, c.poisson_parameters, 2.0 * observed)
