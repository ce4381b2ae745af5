"""The profile likelihood in the plane of two parameters: points of equal rise on rays, at extremes and at bounds."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import ComputationError
from numm_stats.inference.crossing import newton_crossing
from numm_stats.inference.curvature import covariance_at
from numm_stats.inference.fitting import find_minimum

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from numm_stats.inference.newton import Minimum
    from numm_stats.inference.profile import Profile

    Array = NDArray[np.float64]

__all__ = ["Plane"]

AT_BOUND = 1e-12  # of the parameter's error: closer than this a point lies on its bound


class Plane:
    """-2 ln lambda of two parameters, the others at their conditional best fit.

    Distances are measured in `scale`, the Cholesky factor of the covariance, so that contours are nearly circles.
    """

    def __init__(self, profile: Profile, other: int) -> None:
        self.model, self.minimum = profile.model, profile.best
        self.pair = np.array([profile.model.poi_index, other])
        self.best = self.minimum.theta[self.pair]
        self.bounds = self.model.model.parameters.bounds[self.pair]
        covariance = covariance_at(self.model.likelihood, self.minimum.theta, self.model.model.parameters.fixed)
        block = covariance[np.ix_(self.pair, self.pair)]
        if not block[0, 0] > 0.0:  # a signal mu^2 at mu = 0 has no curvature
            block = np.diag([profile.mu_error**2, block[1, 1]])
        if not block[1, 1] > 0.0:
            raise ComputationError(f"parameter '{self._name(1)}' moves nothing: it has no contour")
        self.errors = np.sqrt(np.diagonal(block))
        self.scale = np.linalg.cholesky(block + 1e-12 * np.diag(np.diagonal(block)))
        # Where the others go when one or both of the two move: the slope of their conditional best fit.
        columns = covariance[:, self.pair]
        self.singly = columns / self.errors**2
        self.jointly = columns @ np.linalg.pinv(block)

    def on_ray(self, angle: float, root: float) -> Array | None:
        """Return where sqrt(-2 ln lambda) = root at this angle, or the bound; None where that is at the best fit."""
        direction = self.scale @ np.array([math.cos(angle), math.sin(angle)])
        reach = self._reach(self.best, direction)
        if reach <= AT_BOUND:
            return None

        def fit(distance: float) -> Minimum:
            return self._conditional(self.best + distance * direction)

        distance = self._cross(fit, lambda m: float(m.gradient[self.pair] @ direction), root, reach)
        return np.asarray(self.best + distance * direction)

    def outermost(self, root: float) -> list[Array | None]:
        """Return where each parameter is largest and smallest, or where the contour meets the bound before that."""
        return [point for axis in (0, 1) for sign in (1.0, -1.0) for point in self._end(axis, sign, root)]

    def around(self, points: Array) -> Array:
        """Return the points in the order of their angle about the best fit."""
        for bound in self.bounds.T:  # one that was reached by a sum is missed by its rounding
            points = np.where(np.abs(points - bound) <= AT_BOUND * self.errors, bound, points)
        circle = np.linalg.solve(self.scale, (points - self.best).T)
        return np.asarray(points[np.argsort(np.arctan2(circle[1], circle[0]), kind="stable")])

    def _end(self, axis: int, sign: float, root: float) -> list[Array]:
        """The end of the profile interval along one axis; at a bound, the two corners there."""
        step = sign * self.errors[axis]
        reach = self._reach(self.best, np.where(np.arange(2) == axis, step, 0.0))

        def fit(distance: float) -> Minimum:
            return self._single(axis, self.best[axis] + distance * step)

        distance = self._cross(fit, lambda m: float(m.gradient[self.pair[axis]] * step), root, reach)
        end = fit(distance)
        return self._corners(axis, end, root) if distance == reach else [end.theta[self.pair]]

    def _corners(self, axis: int, on_bound: Minimum, root: float) -> list[Array]:
        """Where the contour meets the bound of one parameter: the other one moves up and down along it."""
        start, found = on_bound.theta[self.pair], []
        for sign in (1.0, -1.0):
            direction = np.where(np.arange(2) == axis, 0.0, sign * self.errors)
            reach = self._reach(start, direction)

            def fit(distance: float, direction: Array = direction) -> Minimum:
                return self._conditional(start + distance * direction)

            def slope(minimum: Minimum, direction: Array = direction) -> float:
                return float(minimum.gradient[self.pair] @ direction)

            found.append(start + self._cross(fit, slope, root, reach) * direction)
        return found

    def _cross(
        self, fit: Callable[[float], Minimum], slope: Callable[[Minimum], float], root: float, reach: float
    ) -> float:
        """Return the distance at which sqrt(-2 ln lambda) = root, or `reach`, where the bound is, if that is nearer."""

        def curve(distance: float) -> tuple[float, float]:
            minimum = fit(min(distance, reach))
            height = self._root(minimum)
            if distance >= reach:
                return (0.0, 1.0) if height <= root else (math.inf, math.nan)  # the walk ends here, or turns back
            return height - root, slope(minimum) / (2.0 * height) if height > 0.0 else math.nan

        return min(newton_crossing(curve, 0.0, min(root, reach)), reach) if reach > AT_BOUND else reach

    def _root(self, minimum: Minimum) -> float:
        return math.sqrt(max(minimum.deviance - self.minimum.deviance, 0.0))

    def _reach(self, start: Array, direction: Array) -> float:
        """How many times `direction` fits between a point and the bounds."""
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(direction > 0.0, self.bounds[:, 1] - start, self.bounds[:, 0] - start) / direction
        return max(float(np.min(np.where(direction == 0.0, np.inf, room))), 0.0)

    def _conditional(self, point: Array) -> Minimum:
        start = self.minimum.theta + self.jointly @ (point - self.best)
        return self._fit({self._name(k): float(point[k]) for k in (0, 1)}, start)

    def _single(self, axis: int, value: float) -> Minimum:
        start = self.minimum.theta + self.singly[:, axis] * (value - self.best[axis])
        return self._fit({self._name(axis): float(value)}, start)

    def _fit(self, fixed: dict[str, float], start: Array) -> Minimum:
        """The conditional fit; a step to where the data are impossible gives an infinite minimum, not an error."""
        try:
            return find_minimum(self.model, fixed=fixed, start=start)
        except ComputationError:
            if np.isfinite(self.model.likelihood.deviance(start)):
                raise
            return replace(self.minimum, theta=start, deviance=math.inf)

    def _name(self, axis: int) -> str:
        return self.model.model.parameters.names[int(self.pair[axis])]
