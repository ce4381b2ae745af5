"""Bayesian upper limits: the quantile of the posterior of mu >= 0, with a prior flat in mu or in a root of it.

| power | prior flat in | for |
|---|---|---|
| 1 | mu | events; any rate |
| 2 | mu^(1/2) | the magnetic moment, mu being its square |
| 4 | mu^(1/4) | the coupling g of a new vector, mu being g^4 |

Nuisance parameters are profiled, which is what most experiments print, or marginalised with a prior flat in each times
its auxiliary measurement, by Laplace's method: exact where the likelihood is Gaussian in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.inference.caveats import odd_expectation
from numm_stats.inference.limits import UpperLimit, background_asimov
from numm_stats.inference.posterior import LikelihoodKind, Posterior, posterior_of
from numm_stats.inference.profile import Profile
from numm_stats.inference.test_statistics import profile_above

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["bayes_limit", "laplace_warnings", "posterior"]


def bayes_limit(
    model: StatisticalModel, *, confidence_level: float, power: int = 1, likelihood: LikelihoodKind = "profile"
) -> UpperLimit:
    """Return the upper limit below which the posterior holds the confidence level.

    Args:
        model: a statistical model with its data.
        confidence_level: between 0 and 1.
        power: the prior is flat in mu^(1/power), mu >= 0.
        likelihood: "profile" or "marginal".

    Returns:
        The limit; expected is the middle only, that of the background-only Asimov set. The uncertainty is that of the
        quadrature.

    Raises:
        InputError: for a confidence level that is not between 0 and 1, a power that is no positive integer, or an
            unknown likelihood.
        ComputationError: if a fit fails or the data do not constrain the signal.
    """
    if not 0.0 < confidence_level < 1.0:
        raise InputError(f"confidence level {confidence_level}: must lie between 0 and 1, for example 0.9")
    tail = 1.0 - confidence_level
    data = profile_above(model, 0.0)
    quoted = expected = posterior_of(
        Profile(background_asimov(data.model, data)), power=power, likelihood=likelihood, tail=tail
    )
    if not model.asimov:
        quoted = posterior_of(data, power=power, likelihood=likelihood, tail=tail)
    limit = quoted.above(tail)
    return UpperLimit(
        construction="bayes",
        calculator="asymptotic",
        confidence_level=confidence_level,
        poi=model.poi,
        observed=None if model.asimov else limit,
        expected=(None, None, expected.above(tail), None, None),
        uncertainty=quoted.uncertainty(limit),
        prior=f"flat in {model.poi}" + (f"^(1/{power})" if power > 1 else ""),
        likelihood=likelihood,
        warnings=model.warnings
        + odd_expectation(data)
        + (laplace_warnings(quoted, limit) if likelihood == "marginal" else ()),
    )


def posterior(
    model: StatisticalModel, mu_values: ArrayLike, *, power: int = 1, likelihood: LikelihoodKind = "profile"
) -> Array:
    """Return the posterior density of the model's data, for plots.

    Args:
        model: a statistical model with its data.
        mu_values: values of the parameter of interest (k,).
        power: the prior is flat in mu^(1/power), mu >= 0.
        likelihood: "profile" or "marginal".

    Returns:
        Density (k,) per unit of mu^(1/power), in which it is finite everywhere; zero for negative mu.

    Raises:
        InputError: for a value that is not finite, a power that is no positive integer, or an unknown likelihood.
        ComputationError: if a fit fails or the data do not constrain the signal.
    """
    values = np.asarray(mu_values, dtype=float)
    if not np.isfinite(values).all():
        raise InputError("the values of mu at which a posterior is asked for must be finite numbers")
    return posterior_of(model, power=power, likelihood=likelihood).density(values)


def laplace_warnings(posterior: Posterior, mu: float) -> tuple[str, ...]:
    """Say where Laplace's method is doubtful: a nuisance parameter at its bound has no Gaussian around it."""
    model = posterior.profile.model
    parameters, theta = model.model.parameters, posterior.profile.conditional(mu).theta
    low, high = parameters.bounds.T
    at_bound = ~parameters.fixed & ((theta <= low) | (theta >= high))
    at_bound[model.poi_index] = False
    return tuple(
        f"parameter '{parameters.names[k]}' is at its bound: Laplace's method is doubtful, take the profile likelihood"
        for k in np.flatnonzero(at_bound)
    )
