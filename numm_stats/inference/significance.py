r"""Discovery: how unlikely are the data without a signal? Asymptotic, with q_0 of arXiv:1007.1727.

    p_0 = 1 - Phi(sqrt(q_0)),   Z = Phi^-1(1 - p_0) = sqrt(q_0)          eqs. 52 and 53

The expected significance is that of the Asimov set of a signal, Z_A = sqrt(q_0,A), with the nuisance parameters at
their conditional best fit to the data at that signal, as pyhf has it. With few counts: `toy_tests`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scipy.special import ndtr

from numm_stats.errors import InputError
from numm_stats.inference.caveats import few_counts
from numm_stats.inference.profile import Profile
from numm_stats.inference.tally import PValue
from numm_stats.inference.test_statistics import profile_above, q_0

if TYPE_CHECKING:
    from numm_stats.inference.statmodel import StatisticalModel

__all__ = ["Discovery", "discovery"]


@dataclass(frozen=True)
class Discovery:
    """A discovery test.

    Attributes:
        poi: name of the parameter of interest.
        mu_hat: its best fit, zero or more.
        q_0: the test statistic; infinite where only a signal can make the events that are there.
        significance: Z, in standard deviations.
        p_value: probability of a q_0 at least as large without a signal.
        signal: value of the parameter for which the expectation is computed.
        expected_significance: Z of the Asimov set of that signal.
        expected_p_value: its p-value.
        data: "observed" or "asimov".
        calculator: "asymptotic" or "toys".
        warnings: what a reader of the number should know.
        p_value_low: lower end of the 68 % Clopper-Pearson interval of a p-value from toys.
        p_value_high: its upper end, which is the p-value itself where no toy is as extreme as the data.
        toys: thrown for it.
        fallbacks: fits of toys that went to iminuit.
        failures: toys of which a fit failed there too; they are left out.
        seconds: that they took.
    """

    poi: str
    mu_hat: float
    q_0: float
    significance: float
    p_value: float
    signal: float
    expected_significance: float
    expected_p_value: float
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
        above, below = (">", "<") if self.p_value_is_limit else ("=", "=")
        expected = f"Z {'>' if self.expected_p_value_is_limit else '='} {self.expected_significance:.3g}"
        return (
            f"{self.data} data: Z {above} {self.significance:.3g} (p {below} {self.p_value:.3g}), "
            f"{self.poi} = {self.mu_hat:.4g}; expected at {self.signal:g}: {expected}"
        )

    @property
    def p_value_is_limit(self) -> bool:
        """Whether no toy is as extreme as the data, so that p is below `p_value`, and Z above `significance`."""
        return self.calculator == "toys" and self.p_value_low == 0.0

    @property
    def expected_p_value_is_limit(self) -> bool:
        """Whether no toy is as extreme as the signal's Asimov set; k of n toys give k / n, never that upper end."""
        if self.calculator != "toys":
            return False
        return self.expected_p_value == PValue(0, self.toys - self.failures).interval()[1]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists for JSON; `observed` is null where the data are an Asimov set."""
        observed = self.significance if self.data == "observed" else None
        plain = {**self.__dict__, "warnings": list(self.warnings)}
        limits = {name: getattr(self, name) for name in ("p_value_is_limit", "expected_p_value_is_limit")}
        return {**plain, **limits, "observed": observed, "expected": self.expected_significance}


def discovery(model: StatisticalModel, *, signal: float = 1.0) -> Discovery:
    """Return the discovery test of the model's data, and what a signal would give.

    Args:
        model: a statistical model with its data.
        signal: value of the parameter of interest for which the expected significance is computed.

    Raises:
        InputError: for a signal that is not positive.
        ComputationError: if a fit fails.
    """
    if not 0.0 < signal < math.inf:
        raise InputError(f"signal = {signal}: the expected significance needs a positive value of {model.poi}")
    profile = profile_above(model, 0.0)
    statistic = q_0(profile)
    if not math.isfinite(profile.conditional(signal).deviance):
        raise InputError(f"signal = {signal}: it takes more events than there are, so that none of its data can exist")
    asimov = Profile(profile.model.with_data(model.asimov_data(profile.conditional(signal).theta)))
    found, expected = math.sqrt(statistic), math.sqrt(q_0(asimov))
    return Discovery(
        poi=model.poi,
        mu_hat=profile.mu_hat,
        q_0=statistic,
        significance=found,
        p_value=float(ndtr(-found)),
        signal=signal,
        expected_significance=expected,
        expected_p_value=float(ndtr(-expected)),
        data="asimov" if model.asimov else "observed",
        warnings=_warnings(profile, asimov),
    )


def _warnings(profile: Profile, asimov: Profile) -> tuple[str, ...]:
    without = profile.conditional(0.0)
    if math.isinf(without.deviance):
        return ("there are events where no background is expected: any signal explains them, none cannot",)
    background = profile.model.model.expected(without.theta)
    doubts = few_counts(profile.model, background, asimov.model.data.main - background)
    return tuple(f"{doubt}, take toys: `numm-stats significance ... --toys 10000`" for doubt in doubts)
