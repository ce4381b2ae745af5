r"""Goodness of fit against the saturated model: does any value of the parameters describe the data?

    D = -2 ln [L(theta-hat) / L(saturated)],   p = P(chi2 with ndf degrees of freedom >= D)

(the Poisson likelihood chi-square of S. Baker and R. Cousins, Nucl. Instrum. Meth. 221, 437 (1984)). The saturated
model expects in every bin what was observed, and in every auxiliary measurement what was measured. Each constrained
parameter brings one measurement and takes one degree of freedom, so that

    ndf = bins - free parameters without a constraint.

Valid where every bin expects more than a few counts; elsewhere toys are the answer, see `toy_tests`. A parameter that
ends at its bound counts as free, although the bound has taken part of its freedom: the true distribution lies between
ndf and ndf + 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc

from numm_stats.inference.likelihood import poisson_deviance
from numm_stats.inference.profile import Profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["FEW", "Goodness", "degrees_of_freedom", "goodness_of_fit"]

FEW = 5.0  # expected counts in a bin below which its deviance is far from chi2-distributed


@dataclass(frozen=True)
class Goodness:
    """A goodness of fit.

    Attributes:
        deviance: -2 ln L of the best fit relative to the saturated model.
        ndf: degrees of freedom.
        p_value: probability of a deviance at least as large; NaN without degrees of freedom, unless from toys.
        bins: number of bins of all channels.
        largest: the bins that contribute most: channel, bin in it, observed, expected, signed root of the contribution.
        data: "observed" or "asimov".
        calculator: "asymptotic" or "toys".
        warnings: what a reader of the number should know.
        p_value_low: lower end of the 68 % Clopper-Pearson interval of a p-value from toys.
        p_value_high: its upper end, which is the p-value itself where no toy is as extreme as the data.
        toys: thrown for it.
        fallbacks: fits of toys that went to iminuit.
        failures: toys of which the fit failed there too; they are left out.
        seconds: that they took.
    """

    deviance: float
    ndf: int
    p_value: float
    bins: int
    largest: tuple[tuple[str, int, float, float, float], ...]
    data: str
    calculator: str = "asymptotic"
    warnings: tuple[str, ...] = ()
    p_value_low: float | None = None
    p_value_high: float | None = None
    toys: int = 0
    fallbacks: int = 0
    failures: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        sign = "<" if self.p_value_is_limit else "="
        return f"{self.data} data: deviance {self.deviance:.6g} for {self.ndf} d.o.f., p {sign} {self.p_value:.4g}"

    @property
    def p_value_is_limit(self) -> bool:
        """Whether no toy is as extreme as the data, so that p is below `p_value`."""
        return self.calculator == "toys" and self.p_value_low == 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists for JSON."""
        keys = ("channel", "bin", "observed", "expected", "residual")
        largest = [dict(zip(keys, row, strict=True)) for row in self.largest]
        plain = {**self.__dict__, "largest": largest, "warnings": list(self.warnings)}
        return {**plain, "p_value_is_limit": self.p_value_is_limit}


def goodness_of_fit(model: StatisticalModel) -> Goodness:
    """Return the goodness of the free fit to the model's data.

    Raises:
        ComputationError: if the fit fails.
    """
    best = Profile(model).best
    expected = model.model.expected(best.theta)
    ndf = degrees_of_freedom(model)
    return Goodness(
        deviance=best.deviance,
        ndf=ndf,
        p_value=float(chdtrc(ndf, max(best.deviance, 0.0))) if ndf > 0 else math.nan,
        bins=model.model.bin_count,
        largest=_largest(model, expected),
        data="asimov" if model.asimov else "observed",
        warnings=_warnings(model, expected, ndf),
    )


def degrees_of_freedom(model: StatisticalModel) -> int:
    """Return the number of bins minus that of free parameters without a constraint."""
    constraints = model.model.constraints
    free = ~model.model.parameters.fixed
    free[constraints.gaussian_parameters] = False
    free[constraints.poisson_parameters] = False
    return model.model.bin_count - int(free.sum())


def _largest(
    model: StatisticalModel, expected: Array, most: int = 5
) -> tuple[tuple[str, int, float, float, float], ...]:
    observed = model.data.main
    residual = np.sign(observed - expected) * np.sqrt(np.maximum(poisson_deviance(observed, expected), 0.0))
    order = np.argsort(-np.abs(residual), kind="stable")[:most].tolist()
    return tuple((*_place(model, i), float(observed[i]), float(expected[i]), float(residual[i])) for i in order)


def _place(model: StatisticalModel, position: int) -> tuple[str, int]:
    """Return channel and bin in it of a position among all bins."""
    channel = next(channel for channel in model.model.channels if position < channel.bins.stop)
    return channel.name, position - channel.bins.start


def _warnings(model: StatisticalModel, expected: Array, ndf: int) -> tuple[str, ...]:
    out = []
    few = int((expected < FEW).sum())
    if few:
        channel, place = _place(model, int(np.argmin(expected)))
        where = f", bin {place} of channel '{channel}'" if len(model.model.channels) > 1 else ""
        out.append(
            f"{few} of {len(expected)} bins expect fewer than {FEW:g} counts (the least {expected.min():.3g}{where}): "
            "the chi2 law is doubtful there, take toys: `numm-stats goodness ... --toys 10000`"
        )
    if ndf <= 0:
        out.append("there are as many free parameters as bins: nothing is left to test")
    return tuple(out)
