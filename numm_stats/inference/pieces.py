"""Signals that are not linear in mu may leave several allowed ranges: all of them, for each construction of a limit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from numm_stats.inference.asymptotic import cls, clsb
from numm_stats.inference.landmarks import ProfileCurve

if TYPE_CHECKING:
    from collections.abc import Callable

    from numm_stats.inference.profile import Profile

__all__ = ["allowed_pieces"]

BEYOND: Final = 1.5  # times -2 ln lambda~ at the limit: up to where dips are looked for


def allowed_pieces(
    source: Profile, asimov: Profile, limit: float, p_value: str | None, target: float
) -> tuple[tuple[float, float], ...]:
    """Return all ranges of mu that are not excluded, ascending; the limit is the upper end of the last.

    Args:
        source: profile of the data, or of the background-only Asimov set for an expected limit.
        asimov: profile of the background-only Asimov set.
        limit: where the construction put the limit.
        p_value: "cls" or "clsb", excluded below the target; None for -2 ln lambda~, excluded above it.
        target: 1 - CL, or the rise of -2 ln lambda~.
    """
    curve = ProfileCurve(source)
    curve.explore(BEYOND * max(curve.rise(limit), target))
    rule = curve.over(target) if p_value is None else _by_p_value(curve, asimov, p_value, target)
    return curve.accepted(rule)


def _by_p_value(curve: ProfileCurve, asimov: Profile, p_value: str, alpha: float) -> Callable[[float], float]:
    """Below mu-hat q~ is zero, and nothing is excluded."""
    rule = cls if p_value == "cls" else clsb

    def excess(mu: float) -> float:
        if mu <= curve.profile.mu_hat:
            return -1.0
        root = math.sqrt(max(curve.rise(mu), 0.0))
        return math.log(alpha) - math.log(max(rule(root, math.sqrt(asimov.minus_two_log_ratio(mu))), 1e-300))

    return excess
