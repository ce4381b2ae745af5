"""Where a fit may begin: parameters at which the data are possible at all.

An interfering signal takes events away. From the initial values, mostly mu = 1, it may take more of them than the
background has, and -2 ln L is infinite there and all around: no slope leads back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.likelihood import Likelihood

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["possible_start"]

HALVINGS: Final = 40
AIM: Final = 0.1  # of the observed counts, away from the edge of what is possible


def possible_start(likelihood: Likelihood, start: Array, held: Mask, poi: int) -> Array | None:
    """Return parameters at which no bin makes its data impossible, or None where there are none.

    Args:
        likelihood: of the data.
        start: where they are looked for (p,); clipped into the bounds, but for what is held.
        held: parameters that keep their value (p,).
        poi: place of the parameter of interest, which is halved first, if it is free; then all that are free move.
    """
    bounds = likelihood.model.parameters.bounds
    theta = np.where(held, start, np.clip(start, *bounds.T))
    if not held[poi]:
        least = float(np.clip(0.0, *bounds[poi]))
        for factor in (*np.exp2(-np.arange(HALVINGS)).tolist(), 0.0):
            theta[poi] = least + factor * (start[poi] - least)
            if np.isfinite(likelihood.deviance(theta)):
                return theta
    theta = _filled(likelihood, theta, held)
    return theta if np.isfinite(likelihood.deviance(theta)) else None


def _filled(likelihood: Likelihood, start: Array, held: Mask) -> Array:
    """Return where the squares of what bins lack of a part of their counts are least, in units of these counts."""
    from scipy.optimize import minimize  # noqa: PLC0415

    unit = np.maximum(likelihood.data.main, 1.0)
    aim, free = AIM * likelihood.data.main, ~held

    def lack(values: Array) -> tuple[float, Array]:
        theta = start.copy()
        theta[free] = values
        expected, jacobian = likelihood.model.expected_and_jacobian(theta)
        missing = np.maximum(aim - expected, 0.0) / unit
        return float(missing @ missing), -2.0 * jacobian[free] @ (missing / unit)

    theta = start.copy()
    if free.any():
        bounds = likelihood.model.parameters.bounds[free]
        found = minimize(lack, start[free], jac=True, bounds=bounds, method="L-BFGS-B", options={"ftol": 0.0})
        theta[free] = found.x
    return theta
