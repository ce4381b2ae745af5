"""Discrete systematics: one limit from several configurations of an analysis, each a workspace of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from numm_stats.errors import InputError, nearest
from numm_stats.verbs.average_result import Average, AveragedLimits
from numm_stats.verbs.averaged_targets import analysis_name, common_truth, expanded
from numm_stats.verbs.pipeline import model_above_zero
from numm_stats.verbs.priors import different_priors, power_of_prior, refuse_without_bayes
from numm_stats.verbs.results import Limit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from numm_stats.inference.averaging import Merger
    from numm_stats.inference.configurations import Configuration
    from numm_stats.inference.limits import UpperLimit
    from numm_stats.inference.merged_limits import Construction
    from numm_stats.verbs.pipeline import Target
    from numm_stats.workspace.poi import PointOfInterest

__all__ = ["CONSTRUCTIONS", "average", "rules_of"]

IMPOSSIBLE: Final = 1e-9  # p-value of a fit that nobody would average
CONSTRUCTIONS: Final = ("cls", "clsb", "pcl", "delta-chi2", "bayes")


def average(
    targets: Sequence[Target] | Target,
    *,
    names: Sequence[str] | None = None,
    constructions: Sequence[str] = ("bayes",),
    confidence_level: float = 0.9,
    delta_chi2: float | None = None,
    prior: str | None = None,
    weighting: str = "maximum-likelihood",
    weights: Sequence[float] | None = None,
    scale: str | None = None,
    penalty: float = 1.0,
    executor: Executor | None = None,
    workers: int = 1,
    poi: str | None = None,
    measurement: str | None = None,
) -> Average:
    """Return the limit of several configurations: their weighted average, their envelope, and their spread.

    Args:
        targets: analyses, workspaces, names or paths, of one physical quantity in any reference; an analysis with
            choices is all its configurations; two or more in the end.
        names: what results call the configurations; by default as the files, analyses or choices are called.
        constructions: of "cls", "clsb", "pcl", "delta-chi2" and "bayes". "delta-chi2" gives the rises of 1.642 and of
            2.706 (at 90 %) unless one is given, "bayes" both priors unless one is given.
        confidence_level: between 0 and 1.
        delta_chi2: the rise of -2 ln L for "delta-chi2".
        prior: of "bayes": flat in the "parameter" (mu_nu^2, g^4) or in the "quantity" (mu_nu, g).
        weighting: "maximum-likelihood", "null", "equal" or "given", see `inference.weighting`.
        weights: prior weights P(c) of the first two, the weights themselves of the last.
        scale: "common", "own" or "same-data"; by default "common" where all were fitted to the same counts, else "own".
        penalty: of the envelope, on -2 ln L for each free parameter without an auxiliary measurement.
        executor: makes the profiles, anything with the interface of `concurrent.futures.Executor`.
        workers: how many the executor has.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first.

    Raises:
        InputError: for what is unknown or does not match: fewer than two targets, parameters that do not mean the
            same, weights that are not as many, real data mixed with Asimov sets.
        ComputationError: if a fit fails or the data do not constrain the signal.
    """
    from numm_stats.inference.averaging import averaged, enveloped  # noqa: PLC0415
    from numm_stats.inference.weighting import check_weights, natural_scale, weights_of  # noqa: PLC0415

    single, called = expanded(targets, names)
    _check(constructions, delta_chi2, workers)
    refuse_without_bayes(constructions, prior, None)
    check_weights(len(single), weighting, weights, scale)
    asked: dict[str, Any] = {"confidence_level": confidence_level, "poi": poi, "measurement": measurement}
    found, meanings = _profiles(single, called, executor=executor, workers=workers, **asked)
    chosen = weights_of(found, weighting, weights=weights, scale=scale)
    envelope_scale = scale if scale in ("common", "own") else natural_scale(found)
    merged = {
        "average": averaged(found, chosen),
        "envelope": enveloped(found, penalty=penalty, scale=envelope_scale),
    }
    rules = rules_of(constructions, confidence_level, delta_chi2, prior, meanings[0])
    name = analysis_name(targets)
    limits = tuple(_limits(found, meanings, merged, rule, name) for rule in rules)
    told = [f"{each.name}: {text}" for each in found for text in (*each.warnings, *_bad_fit(each))]
    warnings = (*chosen.warnings, *told)
    return Average(
        meanings[0], found, chosen, penalty, envelope_scale, limits, merged, warnings, name, common_truth(single)
    )


def _profiles(
    targets: Sequence[Target],
    names: Sequence[str],
    *,
    confidence_level: float,
    poi: str | None,
    measurement: str | None,
    executor: Executor | None,
    workers: int,
) -> tuple[tuple[Configuration, ...], tuple[PointOfInterest, ...]]:
    """Return the configurations, in the unit of the first, and what their parameters mean."""
    import pyhf  # noqa: PLC0415, F401  with what follows, before workers are forked: they have it then

    from numm_stats.inference import configurations  # noqa: PLC0415, F401
    from numm_stats.workers import in_order  # noqa: PLC0415

    listed = list(zip(targets, names, strict=True))
    size = max(1, -(-len(listed) // workers))  # neighbours share spectra, and a worker keeps them
    parts = [listed[k : k + size] for k in range(0, len(listed), size)]
    calls = [(part, confidence_level, poi, measurement) for part in parts]
    pairs = [pair for found in in_order(_profiles_of, calls, executor) for pair in found]
    first = pairs[0][1]
    for configuration, meaning in pairs:
        if _means(meaning) != _means(first):
            raise InputError(
                f"{configuration.name}: its parameter '{meaning.name}' is no {first.quantity_to_the_power} as "
                f"'{first.name}' of {names[0]} is: an average needs one quantity in one power"
            )
    units = [first.parameter(meaning.physical(1.0)) for _, meaning in pairs]
    found = tuple(replace(each, unit=unit) for (each, _), unit in zip(pairs, units, strict=True))
    return found, tuple(meaning for _, meaning in pairs)


def _profiles_of(
    targets: Sequence[tuple[Target, str]], confidence_level: float, poi: str | None, measurement: str | None
) -> list[tuple[Configuration, PointOfInterest]]:
    """Return configurations by their names: what a worker reads and fits."""
    from numm_stats.inference.batch.threads import one_thread  # noqa: PLC0415
    from numm_stats.inference.configurations import configuration  # noqa: PLC0415

    found = []
    with one_thread():
        for target, name in targets:
            model, meaning, _ = model_above_zero(target, poi=poi, measurement=measurement)
            found.append((configuration(model, name=name, confidence_level=confidence_level), meaning))
    return found


def _bad_fit(configuration: Configuration) -> tuple[str, ...]:
    """Say if a configuration does not describe its data at all: by its own maximum it counts like any other."""
    from scipy.stats import chi2  # noqa: PLC0415

    bins = sum(len(counts) for _, counts in configuration.observations)
    degrees = max(bins - configuration.free_parameters, 1)
    if configuration.asimov or chi2.sf(configuration.data.deviance, degrees) > IMPOSSIBLE:
        return ()
    return (
        f"does not describe its data: -2 ln L = {configuration.data.deviance:.4g} for {degrees} degrees of freedom",
    )


def _means(meaning: PointOfInterest) -> tuple[str, str, int]:
    return meaning.quantity, meaning.unit, meaning.power


def rules_of(
    constructions: Sequence[str],
    confidence_level: float,
    delta_chi2: float | None,
    prior: str | None,
    meaning: PointOfInterest,
) -> list[tuple[Construction, str | None]]:
    """Return the constructions one by one, with their priors in words."""
    from numm_stats.inference.asymptotic import threshold_two_sided  # noqa: PLC0415
    from numm_stats.inference.merged_limits import Construction  # noqa: PLC0415

    rules: list[tuple[Construction, str | None]] = []
    for name in constructions:
        if name == "bayes":
            for chosen in different_priors(meaning) if prior is None else (prior,):
                power, words = power_of_prior(meaning, chosen)
                rules.append((Construction(name, confidence_level, power=power), words))
        elif name == "delta-chi2" and delta_chi2 is None:
            rises = (None, threshold_two_sided(confidence_level))
            rules += [(Construction(name, confidence_level, rise), None) for rise in rises]
        else:
            rise = delta_chi2 if name == "delta-chi2" else None
            rules.append((Construction(name, confidence_level, rise), None))
    return rules


def _limits(
    configurations: Sequence[Configuration],
    meanings: Sequence[PointOfInterest],
    merged: dict[str, Merger],
    rule: tuple[Construction, str | None],
    analysis: str | None,
) -> AveragedLimits:
    """Return the limits of one construction, its prior in words; of one analysis' choices under its name."""
    from numm_stats.inference.averaging import single  # noqa: PLC0415
    from numm_stats.inference.merged_limits import merged_limit, spread_of  # noqa: PLC0415

    construction, prior = rule

    def in_words(limit: UpperLimit) -> UpperLimit:
        return limit if prior is None else replace(limit, prior=prior)

    singles = tuple(
        Limit(each.name, meaning, in_words(merged_limit(single(each), construction, each.warnings)))
        for each, meaning in zip(configurations, meanings, strict=True)
    )
    one, other = (
        Limit(
            _merged_name(name, len(singles), analysis),
            meanings[0],
            in_words(merged_limit(merger, construction)),
            singles,
        )
        for name, merger in merged.items()
    )
    return AveragedLimits(one, other, singles, spread_of(tuple(limit.value for limit in singles)))


def _merged_name(method: str, count: int, analysis: str | None) -> str:
    """Return what a merged limit is called: that of the average stands for the analysis."""
    if analysis is not None and method == "average":
        return analysis
    return f"{method} of {count} configurations"


def _check(constructions: Sequence[str], delta_chi2: float | None, workers: int) -> None:
    if workers < 1:
        raise InputError(f"workers = {workers}: must be at least 1")
    if not constructions:
        raise InputError(f"constructions: give at least one of {', '.join(CONSTRUCTIONS)}")
    for name in constructions:
        if name == "feldman-cousins":
            raise InputError("construction 'feldman-cousins' orders toys: an average has none; take delta-chi2 or cls")
        if name not in CONSTRUCTIONS:
            known = ", ".join(CONSTRUCTIONS)
            raise InputError(f"construction '{name}' is unknown{nearest(name, CONSTRUCTIONS)}; known are {known}")
    if delta_chi2 is not None and "delta-chi2" not in constructions:
        raise InputError(f"delta_chi2 = {delta_chi2} belongs to the construction delta-chi2: ask for that one")
