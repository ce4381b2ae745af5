"""The verbs beside the limit: significance, goodness of fit, impacts of the systematics, contours.

Each takes what the verbs of `pipeline` take, and asks one question of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numm_stats.pipeline import statistical_model
from numm_stats.results import Region, Significance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numm_stats.inference.goodness import Goodness
    from numm_stats.inference.impacts import Impacts
    from numm_stats.pipeline import Target

__all__ = ["contour", "goodness", "impacts", "significance"]


def significance(
    target: Target, *, signal: float = 1.0, poi: str | None = None, measurement: str | None = None
) -> Significance:
    """Return the discovery test with q_0.

    Args:
        target: analysis, workspace, name or path.
        signal: value of the parameter of interest for which the expected significance is computed.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first.
    """
    from numm_stats.inference.significance import discovery  # noqa: PLC0415

    model, meaning, name = statistical_model(target, poi=poi, measurement=measurement)
    return Significance(name, meaning, discovery(model, signal=signal))


def goodness(target: Target, *, poi: str | None = None, measurement: str | None = None) -> Goodness:
    """Return the goodness of fit against the saturated model."""
    from numm_stats.inference.goodness import goodness_of_fit  # noqa: PLC0415

    model, _, _ = statistical_model(target, poi=poi, measurement=measurement)
    return goodness_of_fit(model)


def impacts(
    target: Target, *, top: int | None = None, poi: str | None = None, measurement: str | None = None
) -> Impacts:
    """Return the ranking of the systematics by their impact on the parameter of interest, at most `top` of them."""
    from numm_stats.inference.impacts import rank_impacts  # noqa: PLC0415

    model, _, _ = statistical_model(target, poi=poi, measurement=measurement)
    return rank_impacts(model, top=top)


def contour(
    target: Target,
    parameter: str,
    *,
    confidence_levels: Sequence[float] = (0.68, 0.9),
    points: int = 80,
    poi: str | None = None,
    measurement: str | None = None,
) -> Region:
    """Return contours of the parameter of interest with another one.

    Args:
        target: analysis, workspace, name or path.
        parameter: name of the other parameter.
        confidence_levels: of the regions, for two parameters.
        points: rays on each contour.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first.
    """
    from numm_stats.inference.contour import find_contours  # noqa: PLC0415

    model, meaning, name = statistical_model(target, poi=poi, measurement=measurement)
    found = find_contours(model, parameter, confidence_levels=confidence_levels, points=points)
    return Region(name, meaning, found)
