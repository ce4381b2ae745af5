"""Two-sided intervals: of one construction, of several, and from toys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from numm_stats.errors import InputError, nearest
from numm_stats.verbs.interval_result import Interval
from numm_stats.verbs.pipeline import statistical_model
from numm_stats.verbs.priors import different_priors, power_of_prior, refuse_without_bayes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from numm_stats.inference.intervals import ConfidenceRegion
    from numm_stats.inference.statmodel import StatisticalModel
    from numm_stats.verbs.pipeline import Target
    from numm_stats.workspace.poi import PointOfInterest

__all__ = ["CONSTRUCTIONS", "interval", "intervals"]

CONSTRUCTIONS: Final = ("delta-chi2", "t-mu-tilde", "bayes", "feldman-cousins")
WITHOUT_TOYS: Final = CONSTRUCTIONS[:3]


def interval(
    target: Target,
    *,
    construction: str = "delta-chi2",
    confidence_level: float = 0.9,
    prior: str | None = None,
    likelihood: str | None = None,
    toys: int | None = None,
    seed: int = 0,
    engine: str = "auto",
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
    announce: Callable[[int], None] | None = None,
    poi: str | None = None,
    measurement: str | None = None,
) -> Interval:
    """Return the two-sided interval of one construction, in as many pieces as it has.

    Args:
        target: analysis, workspace, name or path.
        construction: "delta-chi2", "t-mu-tilde", "bayes", or "feldman-cousins", which needs toys.
        confidence_level: between 0 and 1.
        prior: of "bayes": flat in the "parameter" (mu_nu^2, g^4), the default, or in the "quantity" (mu_nu, g).
        likelihood: of "bayes": "profile", the default, or "marginal".
        toys: of "feldman-cousins": for each value of the parameter that matters.
        seed: of the random numbers, see `intervals` for this and the other options of the toys.
        engine: that fits toys.
        executor: that throws them.
        report: is told the number of toys done.
        announce: is told the number of toys to come.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first.

    Raises:
        InputError: for what is unknown, or what belongs to another construction.
        ComputationError: if a fit fails, the data do not constrain the signal, or toys are too few to see an edge.
    """
    if construction == "bayes":
        prior = prior or "parameter"
    return intervals(
        target,
        constructions=(construction,),
        confidence_level=confidence_level,
        prior=prior,
        likelihood=likelihood,
        toys=toys,
        seed=seed,
        engine=engine,
        executor=executor,
        report=report,
        announce=announce,
        poi=poi,
        measurement=measurement,
    )[0]


def intervals(
    target: Target,
    *,
    constructions: Sequence[str] = WITHOUT_TOYS,
    confidence_level: float = 0.9,
    prior: str | None = None,
    likelihood: str | None = None,
    toys: int | None = None,
    seed: int = 0,
    engine: str = "auto",
    executor: Executor | None = None,
    report: Callable[[int], None] | None = None,
    announce: Callable[[int], None] | None = None,
    poi: str | None = None,
    measurement: str | None = None,
) -> tuple[Interval, ...]:
    """Return the two-sided intervals of several constructions.

    "bayes", where no prior is given, has two: a prior flat in the parameter and, where that is another thing, in the
    quantity.

    Args:
        target: analysis, workspace, name or path.
        constructions: of "delta-chi2", "t-mu-tilde", "bayes", and with toys "feldman-cousins".
        confidence_level: between 0 and 1.
        prior: of "bayes": flat in the "parameter" (mu_nu^2, g^4) or in the "quantity" (mu_nu, g).
        likelihood: of "bayes": "profile", the default, or "marginal".
        toys: of "feldman-cousins": for each value of the parameter that matters.
        seed: of the random numbers; the same seed gives the same toys with any number of workers.
        engine: "auto", "numba", "numpy", or "iminuit", which sends every toy through Minuit.
        executor: anything with the interface of `concurrent.futures.Executor`; this process without one.
        report: is told the number of toys done.
        announce: is told the number of toys to come, as far as known.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first.

    Raises:
        InputError: for what is unknown, or what belongs to another construction.
        ComputationError: if a fit fails, the data do not constrain the signal, or toys are too few to see an edge.
    """
    from numm_stats.inference.intervals import interval_from_toys, two_sided_interval  # noqa: PLC0415
    from numm_stats.inference.toy_ladder import ToyOptions  # noqa: PLC0415

    _check(constructions, toys)
    refuse_without_bayes(constructions, prior, likelihood)
    options = ToyOptions(toys, seed, engine, executor, report, announce) if toys is not None else ToyOptions()
    model, meaning, name = statistical_model(target, poi=poi, measurement=measurement)
    if meaning.has_either_sign:
        _check_either_sign(constructions, name, meaning)
    found: list[ConfidenceRegion] = []
    for which in constructions:
        if which == "bayes":
            priors = (prior,) if prior is not None else different_priors(meaning)
            found += [_bayes(model, meaning, confidence_level, chosen, likelihood or "profile") for chosen in priors]
        elif which == "feldman-cousins":
            found.append(interval_from_toys(model, options, confidence_level=confidence_level))
        else:
            sign = meaning.has_either_sign
            found.append(two_sided_interval(model, which, confidence_level=confidence_level, either_sign=sign))
    return tuple(Interval(name, meaning, region) for region in found)


def _bayes(
    model: StatisticalModel, meaning: PointOfInterest, confidence_level: float, prior: str, likelihood: Any
) -> ConfidenceRegion:
    from numm_stats.inference.intervals import two_sided_interval  # noqa: PLC0415

    power, flat_in = power_of_prior(meaning, prior)
    region = two_sided_interval(model, "bayes", confidence_level=confidence_level, power=power, likelihood=likelihood)
    return replace(region, prior=flat_in)


def _check_either_sign(constructions: Sequence[str], name: str, meaning: PointOfInterest) -> None:
    for which in constructions:
        if which != "delta-chi2":
            raise InputError(
                f"construction '{which}' is for quantities of zero or more, and the {meaning.quantity} of {name} "
                "may be negative: take delta-chi2"
            )


def _check(constructions: Sequence[str], toys: int | None) -> None:
    for which in constructions:
        if which not in CONSTRUCTIONS:
            known = ", ".join(CONSTRUCTIONS)
            raise InputError(f"construction '{which}' is unknown{nearest(which, CONSTRUCTIONS)}; known are {known}")
    ordered = "feldman-cousins" in constructions
    if ordered and toys is None:
        raise InputError("construction 'feldman-cousins' orders toys: say how many, toys = 10000")
    if toys is not None and not ordered:
        raise InputError(f"toys = {toys}: of these constructions only feldman-cousins has toys")
