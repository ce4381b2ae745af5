"""A best fit as people look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["FitResult"]


@dataclass(frozen=True)
class FitResult:
    """A best fit.

    Attributes:
        names: parameters, in the order of every array.
        values: best-fit values (p,).
        errors: symmetric errors from the curvature (p,); zero where fixed.
        pulls: (value - auxiliary value) / width of the constraint; NaN for a free parameter.
        correlation: correlation matrix (p, p); zero rows where fixed.
        minos: lower and upper MINOS error by name, for those that were asked for.
        minus_two_log_likelihood: at the minimum, as pyhf counts it.
        deviance: the same relative to the saturated model, its goodness of fit.
        fixed: which parameters were held (p,).
        at_bound: names of parameters that ended at a limit.
        valid: Minuit's verdict.
        message: one sentence about the fit.
    """

    names: tuple[str, ...]
    values: Array
    errors: Array
    pulls: Array
    correlation: Array
    minos: dict[str, tuple[float, float]]
    minus_two_log_likelihood: float
    deviance: float
    fixed: Mask
    at_bound: tuple[str, ...]
    valid: bool
    message: str

    def __str__(self) -> str:
        rows = "\n".join(
            f"  {n:<28} {v: .6g} +- {e:.3g}" for n, v, e in zip(self.names, self.values, self.errors, strict=False)
        )
        return f"{self.message} -2 ln L = {self.minus_two_log_likelihood:.6f}\n{rows}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists for JSON."""
        parameters = [
            {
                "name": n,
                "value": v,
                "error": e,
                "pull": None if np.isnan(p) else p,
                "fixed": f,
                "minos": self.minos.get(n),
            }
            for n, v, e, p, f in zip(
                self.names,
                self.values.tolist(),
                self.errors.tolist(),
                self.pulls.tolist(),
                self.fixed.tolist(),
                strict=True,
            )
        ]
        return {
            "parameters": parameters,
            "correlation": self.correlation.tolist(),
            "minus_two_log_likelihood": self.minus_two_log_likelihood,
            "deviance": self.deviance,
            "at_bound": list(self.at_bound),
            "valid": self.valid,
            "message": self.message,
        }
