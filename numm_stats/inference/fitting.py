"""Fits as people look at them: iminuit with the analytic gradient, errors, correlations, MINOS on request.

The engine's Newton step finds the minimum to rounding (or fails); Minuit starts there and is the judge of convergence
and the author of MINOS errors. Limits are not passed to Minuit, whose change of variables distorts errors near a bound:
a parameter that ends at its bound is held there, said so, and its error is that of the curvature at the bound.
Symmetric errors and correlations come from the analytic second derivatives, what HESSE computes from differences of the
function.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from numm_stats.errors import ComputationError, InputError, nearest
from numm_stats.inference.curvature import covariance_at
from numm_stats.inference.fit_result import FitResult
from numm_stats.inference.kinks import minimise_branches
from numm_stats.inference.newton import Minimum
from numm_stats.inference.possible import possible_start
from numm_stats.inference.valleys import WALL, lowest_minimum

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iminuit import Minuit
    from numpy.typing import NDArray

    from numm_stats.inference.likelihood import Likelihood
    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["FitResult", "diagnose", "find_minimum", "fit", "pulls_at", "run_minuit", "starting_point"]

CLOSE_ENOUGH = 1e-8  # in -2 ln L, of the engine where Minuit has stopped too
MINUIT_TOLERANCE = 1e-3  # Minuit stops at an estimated distance of 0.002 x this: 2e-6 in -2 ln L


def fit(model: StatisticalModel, *, poi: float | None = None, minos: tuple[str, ...] = ()) -> FitResult:
    """Return the best fit to the model's data.

    Args:
        model: what to fit.
        poi: value to hold the parameter of interest at, for a conditional fit.
        minos: names of parameters to scan for asymmetric errors.

    Raises:
        ComputationError: if Minuit finds no valid minimum; the message says which parameter and why.
    """
    _check_minos(model, minos)
    likelihood = model.likelihood
    start, fixed = starting_point(model, poi)
    minuit, held = run_minuit(likelihood, _lowest_possible(model, start, fixed).theta, fixed)
    if not minuit.valid or minuit.fval >= WALL:
        raise ComputationError(
            f"the fit of {model.name} failed: {diagnose(likelihood, np.array(minuit.values), fixed)}"
        )
    return _summarise(likelihood, minuit, fixed, held, minos)


def find_minimum(
    model: StatisticalModel,
    *,
    poi: float | None = None,
    fixed: Mapping[str, float] | None = None,
    start: Array | None = None,
) -> Minimum:
    """Return the minimum of the deviance, free or with some parameters held, without errors.

    The Newton step first, on several ways where there may be several minima; what it cannot do goes to Minuit, from
    where it stopped and from the initial values.

    Args:
        model: what to fit.
        poi: value to hold the parameter of interest at.
        fixed: values to hold other parameters at, by name.
        start: where to begin (p,); what is held ignores it.

    Raises:
        ComputationError: if neither converges; the message says which parameter and why.
    """
    initial, held = starting_point(model, poi, fixed)
    minimum = _lowest_possible(model, initial, held, start)
    conditional = poi is not None or bool(fixed)
    if minimum.converged or (conditional and not np.isfinite(minimum.deviance)):
        return minimum
    return _by_minuit(model, minimum, held)


def _lowest_possible(model: StatisticalModel, initial: Array, held: Mask, start: Array | None = None) -> Minimum:
    """Return the lowest minimum; one with an infinite deviance only where the data are impossible everywhere."""
    likelihood = model.likelihood
    minimum = lowest_minimum(likelihood, initial, held, start)
    if np.isfinite(minimum.deviance) or likelihood.is_excluded(minimum.theta, held):
        return minimum
    possible = possible_start(likelihood, initial, held, model.poi_index)
    return minimum if possible is None else lowest_minimum(likelihood, possible, held)


def _check_minos(model: StatisticalModel, minos: tuple[str, ...]) -> None:
    names = model.model.parameters.names
    for name in minos:
        if name not in names:
            raise InputError(f"MINOS: no parameter '{name}'{nearest(name, names)}; there are {', '.join(names)}")


def starting_point(
    model: StatisticalModel, poi: float | None, fixed: Mapping[str, float] | None = None
) -> tuple[Array, Mask]:
    """Return the initial values and the fixed parameters, those of `poi` and `fixed` at the values given."""
    parameters = model.model.parameters
    start, held = parameters.initial.copy(), parameters.fixed.copy()
    for name, value in (fixed or {}).items():
        start[model.index(name)], held[model.index(name)] = value, True
    if poi is not None:
        start[model.poi_index], held[model.poi_index] = poi, True
    return start, held


def run_minuit(likelihood: Likelihood, start: Array, fixed: Mask, *, strategy: int = 0) -> tuple[Minuit, Mask]:
    """Run MIGRAD from `start`; hold what would leave its bounds there and run again. Return it and what was held."""
    low, high = likelihood.model.parameters.bounds.T
    gradient = likelihood.gradient(start)
    held = ~fixed & (((start <= low) & (gradient > 0.0)) | ((start >= high) & (gradient < 0.0)))
    for _ in range(3):
        with np.errstate(all="ignore"):  # Minuit knows no bounds and asks where factors overflow: `_finite` answers
            minuit = _minuit(likelihood, start, fixed | held)
            minuit.strategy = strategy
            minuit.migrad(ncall=20 * len(start) ** 2 + 2000)
        values = np.array(minuit.values)
        outside = ~fixed & ((values < low) | (values > high))
        if not outside.any():
            break
        held, start = held | outside, np.clip(values, low, high)
    return minuit, held


def _minuit(likelihood: Likelihood, start: Array, fixed: Mask) -> Minuit:
    from iminuit import Minuit  # noqa: PLC0415

    minuit = Minuit(_finite(likelihood), start, grad=likelihood.gradient, name=likelihood.model.parameters.names)
    minuit.errordef, minuit.tol, minuit.print_level = 1.0, MINUIT_TOLERANCE, 0
    curvature = np.diagonal(likelihood.derivatives(start)[2])
    for i, second in enumerate(curvature):
        minuit.fixed[i] = bool(fixed[i])
        if second > 0.0:
            minuit.errors[i] = float(np.sqrt(2.0 / second))
    return minuit


def _finite(likelihood: Likelihood) -> Any:
    """Minuit cannot step back from infinity: where the data are impossible it sees a very high wall."""

    def deviance(theta: Array) -> float:
        value = likelihood.deviance(theta)
        return value if np.isfinite(value) else WALL

    return deviance


def _by_minuit(model: StatisticalModel, minimum: Minimum, fixed: Mask) -> Minimum:
    """Return Minuit's minimum, or the engine's from there, which is the lower one where a valley is long and narrow."""
    likelihood = model.likelihood
    for start in (minimum.theta, np.where(fixed, minimum.theta, model.model.parameters.initial)):
        minuit, _ = run_minuit(likelihood, start, fixed, strategy=1)
        if minuit.fval >= WALL:
            continue
        values = np.array(minuit.values)
        again = minimise_branches(likelihood, values, fixed)
        if (again.converged or again.distance < CLOSE_ENOUGH) and again.deviance <= minuit.fval:
            return replace(again, converged=True)
        if minuit.valid:
            value, gradient, _ = likelihood.derivatives(values)
            return Minimum(values, value, gradient, converged=True, distance=float(minuit.fmin.edm), iterations=0)
    raise ComputationError(f"no minimum of {model.name} was found: {diagnose(likelihood, minimum.theta, fixed)}")


def _summarise(likelihood: Likelihood, minuit: Minuit, fixed: Mask, held: Mask, minos: tuple[str, ...]) -> FitResult:
    names = likelihood.model.parameters.names
    values = np.array(minuit.values)
    intervals = _minos(minuit, minos)
    without = [name for name in minos if name not in intervals]
    missing = f" No MINOS interval: {', '.join(without)}." if without else ""
    covariance = covariance_at(likelihood, values, fixed)
    errors = np.sqrt(np.diagonal(covariance))
    scale = np.where(errors > 0.0, errors, 1.0)
    at_bound = tuple(name for name, is_held in zip(names, held, strict=True) if is_held)
    deviance = likelihood.deviance(values)
    bounds = f" At a bound: {', '.join(at_bound)}." if at_bound else ""
    return FitResult(
        names=names,
        values=values,
        errors=errors,
        pulls=pulls_at(likelihood, values),
        correlation=covariance / np.outer(scale, scale),
        minos=intervals,
        minus_two_log_likelihood=deviance + likelihood.saturated,
        deviance=deviance,
        fixed=fixed,
        at_bound=at_bound,
        valid=bool(minuit.valid),
        message=f"The fit converged (distance to the minimum {minuit.fmin.edm:.1e}).{bounds}{missing}",
    )


def _minos(minuit: Minuit, names: tuple[str, ...]) -> dict[str, tuple[float, float]]:
    """Return the MINOS intervals that exist: none of a parameter that is held, or where Minuit finds no valid one."""
    free = [name for name in names if not minuit.fixed[name]]
    if not free:
        return {}
    with np.errstate(all="ignore"):  # as in `run_minuit`
        minuit.minos(*free)
    found = {name: minuit.merrors[name] for name in free}
    return {name: (error.lower, error.upper) for name, error in found.items() if error.is_valid}


def pulls_at(likelihood: Likelihood, theta: Array) -> Array:
    """Return (value - auxiliary value) / width of each constrained parameter, NaN for a free one; shape (p,)."""
    constraints, auxiliary = likelihood.model.constraints, likelihood.data.auxiliary
    pulls = np.full(len(theta), np.nan)
    g, p = constraints.gaussian_parameters, constraints.poisson_parameters
    pulls[g] = (theta[g] - auxiliary[constraints.gaussian_data]) / constraints.sigma
    pulls[p] = theta[p] * np.sqrt(constraints.tau) - auxiliary[constraints.poisson_data] / np.sqrt(constraints.tau)
    return pulls


def diagnose(likelihood: Likelihood, theta: Array, fixed: Mask) -> str:
    """Return one sentence that names the parameter which keeps a fit from converging, and what to do about it."""
    names = likelihood.model.parameters.names
    if not np.isfinite(likelihood.deviance(theta)):
        empty = int(np.argmin(likelihood.model.expected(theta)))
        return f"bin {empty} expects {likelihood.model.expected(theta)[empty]:.4g} counts, which its data exclude"
    _, gradient, curvature = likelihood.derivatives(theta)
    diagonal = np.diagonal(curvature)
    idle = ~fixed & (diagonal <= 0.0) & (gradient == 0.0)  # a bin without events has a slope and no curvature
    flat = [name for name, moves_nothing in zip(names, idle, strict=True) if moves_nothing]
    if flat:
        return f"parameter '{flat[0]}' moves nothing and has no constraint: fix it or remove it from the workspace"
    slope = np.where(fixed, 0.0, np.abs(gradient) / np.sqrt(np.where(diagonal > 0.0, diagonal, 1.0)))
    worst = int(np.argmax(slope))
    return (
        f"parameter '{names[worst]}' = {theta[worst]:.6g} still has a slope of {slope[worst]:.2g} sigma in -2 ln L: "
        "it may be degenerate with another one; fix one of them or add a constraint"
    )
