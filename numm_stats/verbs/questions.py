"""The verbs beside the limit: significance, goodness of fit, impacts of the systematics, contours.

Each takes what the verbs of `pipeline` take, and asks one question of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numm_stats.verbs.pipeline import model_above_zero, statistical_model
from numm_stats.verbs.results import Region, Significance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from numm_stats.inference.goodness import Goodness
    from numm_stats.inference.impacts import Impacts
    from numm_stats.verbs.pipeline import Target

__all__ = ["contour", "goodness", "impacts", "significance"]


def significance(
    target: Target,
    *,
    signal: float = 1.0,
    toys: int | None = None,
    seed: int = 0,
    engine: str = "auto",
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
    announce: Callable[[int], None] | None = None,
    poi: str | None = None,
    measurement: str | None = None,
) -> Significance:
    """Return the discovery test with q_0.

    Args:
        target: analysis, workspace, name or path.
        signal: value of the parameter of interest for which the expected significance is computed.
        toys: thrown without a signal for the p-values; the asymptotic law without them.
        seed: of the random numbers; the same seed gives the same toys with any number of workers.
        engine: "auto", "numba", "numpy", or "iminuit", which sends every toy through Minuit.
        executor: anything with the interface of `concurrent.futures.Executor`; this process without one.
        report: is told the number of toys done.
        announce: is told the number of toys to come.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first.

    Raises:
        InputError: for a signal that is not positive, or options of toys that cannot be.
        ComputationError: if a fit fails.
    """
    from numm_stats.inference.significance import discovery  # noqa: PLC0415
    from numm_stats.inference.toy_ladder import ToyOptions  # noqa: PLC0415
    from numm_stats.inference.toy_tests import discovery_by_toys  # noqa: PLC0415

    model, meaning, name = model_above_zero(target, poi=poi, measurement=measurement)
    if toys is None:
        return Significance(name, meaning, discovery(model, signal=signal))
    options = ToyOptions(toys, seed, engine, executor, report, announce)
    return Significance(name, meaning, discovery_by_toys(model, options, signal=signal))


def goodness(
    target: Target,
    *,
    toys: int | None = None,
    seed: int = 0,
    engine: str = "auto",
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
    announce: Callable[[int], None] | None = None,
    poi: str | None = None,
    measurement: str | None = None,
) -> Goodness:
    """Return the goodness of fit against the saturated model.

    Args:
        target: analysis, workspace, name or path.
        toys: thrown at the best fit for the p-value; the chi2 law without them.
        seed: of the random numbers; the same seed gives the same toys with any number of workers.
        engine: "auto", "numba", "numpy", or "iminuit", which sends every toy through Minuit.
        executor: anything with the interface of `concurrent.futures.Executor`; this process without one.
        report: is told the number of toys done.
        announce: is told the number of toys to come.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first.

    Raises:
        InputError: for options of toys that cannot be.
        ComputationError: if the fit fails.
    """
    from numm_stats.inference.goodness import goodness_of_fit  # noqa: PLC0415
    from numm_stats.inference.toy_ladder import ToyOptions  # noqa: PLC0415
    from numm_stats.inference.toy_tests import goodness_by_toys  # noqa: PLC0415

    model, _, _ = statistical_model(target, poi=poi, measurement=measurement)
    if toys is None:
        return goodness_of_fit(model)
    return goodness_by_toys(model, ToyOptions(toys, seed, engine, executor, report, announce))


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
