"""Impacts: how far the best fit of the parameter of interest moves with each systematic.

A constrained parameter is held at its best fit plus or minus its error (post-fit impact), then at its best fit plus or
minus the width of its constraint (pre-fit impact); everything else is fitted again, and mu-hat compared. The lower
bound of mu is lifted, so that shifts to both sides are seen of a best fit at zero, and of Asimov data without signal;
where a bin has no events, or the signal is not linear in mu, it stays, and a warning says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import ComputationError, InputError
from numm_stats.inference.curvature import covariance_at
from numm_stats.inference.fitting import find_minimum, pulls_at
from numm_stats.inference.profile import Profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["Impact", "Impacts", "constraint_widths", "rank_impacts"]


@dataclass(frozen=True)
class Impact:
    """What one constrained parameter does to the best fit of the parameter of interest.

    Attributes:
        name: of the parameter.
        value: its best fit.
        error: its error there.
        pull: (value - auxiliary value) / width.
        width: of its constraint.
        postfit: shifts of mu-hat with the parameter at value - error and at value + error; NaN where a fit failed.
        prefit: the same at value - width and value + width.
    """

    name: str
    value: float
    error: float
    pull: float
    width: float
    postfit: tuple[float, float]
    prefit: tuple[float, float]

    @property
    def size(self) -> float:
        """The larger of the two post-fit shifts: what the ranking goes by."""
        return max((abs(shift) for shift in self.postfit if not math.isnan(shift)), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists for JSON."""
        return {**self.__dict__, "postfit": list(self.postfit), "prefit": list(self.prefit)}


@dataclass(frozen=True)
class Impacts:
    """The ranking of the systematics.

    Attributes:
        poi: name of the parameter of interest.
        mu_hat: its best fit, below zero where its lower bound is lifted and the data want it.
        mu_error: its error.
        ranking: the largest post-fit impact first.
        data: "observed" or "asimov".
        warnings: what a reader of the ranking should know.
    """

    poi: str
    mu_hat: float
    mu_error: float
    ranking: tuple[Impact, ...]
    data: str
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        rows = "\n".join(f"  {i.name:<28} {i.postfit[0]:+.4g} {i.postfit[1]:+.4g}" for i in self.ranking)
        return f"{self.poi} = {self.mu_hat:.4g} +- {self.mu_error:.3g}, shifted by\n{rows}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists for JSON."""
        ranking = [impact.to_dict() for impact in self.ranking]
        return {**self.__dict__, "ranking": ranking, "warnings": list(self.warnings)}


def rank_impacts(model: StatisticalModel, *, top: int | None = None) -> Impacts:
    """Return the impact of every constrained parameter on mu-hat, the largest first.

    Args:
        model: a statistical model with its data.
        top: how many parameters to study, those of the largest impact by the covariance at the best fit; by default
            all, at four fits for each.

    Raises:
        InputError: for `top` below one, or a parameter of interest that is fixed.
        ComputationError: if the best fit fails.
    """
    if top is not None and top < 1:
        raise InputError(f"top = {top}: a ranking needs at least 1 parameter")
    model, bounded = _without_lower_bound(model)
    best = Profile(model).best
    covariance = covariance_at(model.likelihood, best.theta, model.model.parameters.fixed)
    shifted = _ShiftedFits(model, best.theta, covariance)
    names = _by_covariance(model, covariance)[:top]
    ranking = sorted((shifted.impact(name) for name in names), key=lambda impact: (-impact.size, impact.name))
    failed = [impact.name for impact in ranking if np.isnan([*impact.postfit, *impact.prefit]).any()]
    lost = (f"fits failed with a shifted {', '.join(failed)}: those impacts are missing",) if failed else ()
    return Impacts(
        poi=model.poi,
        mu_hat=float(best.theta[model.poi_index]),
        mu_error=float(np.sqrt(covariance[model.poi_index, model.poi_index])),
        ranking=tuple(ranking),
        data="asimov" if model.asimov else "observed",
        warnings=bounded + lost,
    )


def constraint_widths(model: StatisticalModel) -> dict[str, float]:
    """Return the width of every constraint by parameter: sigma of a Gaussian one, 1/sqrt(tau) of a Poisson one."""
    constraints, names = model.model.constraints, model.model.parameters.names
    gaussian = zip(constraints.gaussian_parameters, constraints.sigma, strict=True)
    poisson = zip(constraints.poisson_parameters, 1.0 / np.sqrt(constraints.tau), strict=True)
    return {names[i]: float(width) for i, width in (*gaussian, *poisson) if not model.model.parameters.fixed[i]}


class _ShiftedFits:
    """Fits with one parameter held beside its best fit, started where the covariance says they end."""

    def __init__(self, model: StatisticalModel, theta: Array, covariance: Array) -> None:
        self.model, self.theta, self.covariance = model, theta, covariance
        self.pulls = pulls_at(model.likelihood, theta)
        self.widths = constraint_widths(model)

    def impact(self, name: str) -> Impact:
        i = self.model.index(name)
        error, width = float(np.sqrt(self.covariance[i, i])), self.widths[name]
        return Impact(
            name=name,
            value=float(self.theta[i]),
            error=error,
            pull=float(self.pulls[i]),
            width=width,
            postfit=(self._shift(name, -error), self._shift(name, error)),
            prefit=(self._shift(name, -width), self._shift(name, width)),
        )

    def _shift(self, name: str, step: float) -> float:
        """Return the change of mu-hat; the parameter goes no further than its bounds."""
        i, poi = self.model.index(name), self.model.poi_index
        value = float(np.clip(self.theta[i] + step, *self.model.model.parameters.bounds[i]))
        along = self.covariance[:, i] / (self.covariance[i, i] or 1.0)
        start = self.theta + (value - self.theta[i]) * along
        try:
            return float(find_minimum(self.model, fixed={name: value}, start=start).theta[poi] - self.theta[poi])
        except ComputationError:
            return math.nan


def _by_covariance(model: StatisticalModel, covariance: Array) -> list[str]:
    """Return the constrained parameters, that of the largest linear impact, cov(mu, x) / sigma_x, first."""
    column, variance = np.abs(covariance[model.poi_index]), np.diagonal(covariance)
    impact = column / np.sqrt(np.where(variance > 0.0, variance, 1.0))
    names = [name for name in constraint_widths(model) if name != model.poi]
    return sorted(names, key=lambda name: -impact[model.index(name)])


def _without_lower_bound(model: StatisticalModel) -> tuple[StatisticalModel, tuple[str, ...]]:
    if not model.model.is_polynomial and (model.data.main > 0.0).all():
        return model.with_lowest(-math.inf), ()
    why = "the signal is not linear in it" if model.model.is_polynomial else "there are bins without events"
    return model, (f"{model.poi} stays inside its bounds, for {why}: shifts end there",)
