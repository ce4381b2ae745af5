"""The profile likelihood as a curve in mu: evaluated once a point, and explored until nothing below a level hides.

Two-sided intervals and posterior densities need all of the curve, not only its last crossing: both sides of the best
fit, down to a best fit far above zero, and every dip where the signal is not linear in mu.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import ComputationError
from numm_stats.inference.crossing import MAXIMUM_DOUBLINGS, RELATIVE_TOLERANCE, SEARCH_BEYOND, SEARCH_POINTS
from numm_stats.inference.fitting import find_minimum
from numm_stats.inference.profile import Profile, starts_of_nonlinear_signal
from numm_stats.inference.test_statistics import profile_above

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from numm_stats.inference.newton import Minimum
    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["ProfileCurve"]

FINEST_STEP: Final = 2.0**-60  # of the error of mu
GRID_OF_NONLINEAR_SIGNAL: Final = 48


class ProfileCurve:
    """-2 ln lambda~ of one dataset over mu >= 0, or -2 ln lambda over all mu, with every conditional fit that was made.

    Attributes:
        lowest: lower end of the range of mu, zero, or minus infinity for a parameter of either sign.
        profile: of the data, mu-hat in that range.
        minima: conditional fits by mu, those with a finite -2 ln L.
    """

    def __init__(self, data: StatisticalModel | Profile, *, either_sign: bool = False) -> None:
        self.lowest = -math.inf if either_sign else 0.0
        self.profile = profile_above(data, self.lowest)
        self.minima: dict[float, Minimum] = {}
        self._impossible: set[float] = set()

    def rise(self, mu: float) -> float:
        """Return -2 ln lambda~(mu); infinite where a bin with events expects none, or less."""
        if mu in self.minima:
            return self.minima[mu].deviance - self.profile.best.deviance
        minimum = self.profile.conditional(mu)
        if not math.isfinite(minimum.deviance):
            self._impossible.add(mu)
            return math.inf
        self.minima[mu] = minimum
        return minimum.deviance - self.profile.best.deviance

    def slope(self, mu: float) -> float:
        """Return d(-2 ln lambda~)/dmu: the partial derivative, for the others are at their conditional minimum."""
        self.rise(mu)
        return float(self.minima[mu].gradient[self.profile.model.poi_index])

    @property
    def known(self) -> Array:
        """All mu evaluated so far, ascending."""
        return np.array(sorted(self.minima))

    def explore(self, level: float) -> None:
        """Evaluate the curve so that all mu with a rise below the level lie among the known ones.

        Raises:
            ComputationError: if a fit fails or the rise stays below the level up to 2^60 errors of mu.
        """
        modes = [self.profile.mu_hat]
        if self.profile.model.model.is_polynomial:
            modes += self._other_minima(level)
        for mode in modes:
            self.rise(mode)
            self._walk_up(mode, level)
            self._walk_down(mode, level)
        if self.profile.model.model.is_polynomial:
            self._search_for_dips(level)

    def over(self, level: float) -> Callable[[float], float]:
        """Return sqrt(-2 ln lambda~) minus that of a level, as a function of mu: negative where it is below."""
        target = math.sqrt(level)
        return lambda mu: math.sqrt(max(self.rise(mu), 0.0)) - target

    def accepted(self, excess: Callable[[float], float]) -> tuple[tuple[float, float], ...]:
        """Return the ranges in which the excess is negative, from its sign at all known points of the curve."""
        from scipy.optimize import brentq  # noqa: PLC0415

        points = self.known.tolist()
        below = sorted(mu for mu in self._impossible if mu < points[0])[-1:]
        points = below + points + sorted(mu for mu in self._impossible if mu > points[-1])[:1]
        values = {mu: excess(mu) for mu in points}  # once: where it is zero to rounding, its sign is a matter of chance
        inside = [values[mu] <= 0.0 for mu in points]

        def known(mu: float) -> float:
            return values[mu] if mu in values else excess(mu)

        edges = [points[0]] if inside[0] else []
        for k in range(1, len(points)):
            if inside[k] != inside[k - 1]:
                tolerance = RELATIVE_TOLERANCE * (points[k] - points[k - 1])
                edges.append(float(brentq(known, points[k - 1], points[k], xtol=tolerance, rtol=RELATIVE_TOLERANCE)))
        return tuple(zip(edges[::2], edges[1::2], strict=True))

    def _other_minima(self, level: float) -> list[float]:
        """Where fits from other starts end: a signal a g^2 + b g^4 may have two minima."""
        model = self.profile.model
        poi, found = model.poi_index, set()
        for mu in starts_of_nonlinear_signal(model):
            start = model.model.parameters.initial.copy()
            start[poi] = mu
            minimum = find_minimum(model, start=start)
            if minimum.deviance - self.profile.best.deviance < level:
                found.add(float(minimum.theta[poi]))
        return sorted(found)

    def _walk_up(self, mode: float, level: float) -> None:
        self._walk(mode, 1.0, level)

    def _walk_down(self, mode: float, level: float) -> None:
        if mode <= self.lowest or self._walk(mode, -1.0, level):
            return
        mu = mode
        while math.isinf(self.rise(0.0)) and self.rise(mu) <= level:  # without background -2 ln L rises like -ln mu
            mu *= 0.5

    def _walk(self, mode: float, direction: float, level: float) -> bool:
        """Return whether the curve rises above the level before the range of mu ends."""
        step = self._first_step(mode, direction, level)
        for _ in range(MAXIMUM_DOUBLINGS):
            mu = mode + direction * step
            if mu <= self.lowest:
                return False
            if self.rise(mu) > level:
                return True
            step *= 2.0
        raise ComputationError(
            f"no limit up to {mu:.4g}: the data do not constrain the parameter of interest; "
            "does the signal reach any bin?"
        )

    def _first_step(self, mode: float, sign: float, level: float) -> float:
        """Return the error of mu, halved until the curve is below the level there: sharp where the error is not."""
        step = error = self.profile.mu_error
        while step > FINEST_STEP * error and self.rise(max(mode + sign * step, self.lowest)) > level:
            step *= 0.5
        return step

    def _search_for_dips(self, level: float) -> None:
        """Look on a grid between the last known points, and geometrically beyond, as `last_crossing` does."""
        accepted = [mu for mu in self.known.tolist() if self.rise(mu) <= level]
        low, high = accepted[0], accepted[-1]
        signs = (1.0,) if self.lowest == 0.0 else (1.0, -1.0)
        for point in np.outer(np.geomspace(1.0, SEARCH_BEYOND, SEARCH_POINTS + 1)[1:], signs).ravel() * max(high, -low):
            if self.rise(float(point)) <= level:
                self._walk(float(point), float(np.sign(point)), level)
                low, high = min(low, float(point)), max(high, float(point))
        start = 0.0 if self.lowest == 0.0 else self.known[self.known <= low][-2]
        for point in np.linspace(start, self.known[self.known >= high][1], GRID_OF_NONLINEAR_SIGNAL):
            self.rise(float(point))
