"""Limits: of one construction, of several, and CLs as a curve."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from numm_stats.errors import InputError, nearest
from numm_stats.verbs.averages import average
from numm_stats.verbs.pipeline import has_choices, model_above_zero
from numm_stats.verbs.priors import different_priors, power_of_prior, refuse_without_bayes
from numm_stats.verbs.results import ClsCurve, Limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numm_stats.inference.limits import UpperLimit
    from numm_stats.inference.posterior import LikelihoodKind
    from numm_stats.inference.statmodel import StatisticalModel
    from numm_stats.verbs.pipeline import Target
    from numm_stats.workspace.poi import PointOfInterest

__all__ = ["CONSTRUCTIONS", "cls_curve", "limit", "limits"]

CONSTRUCTIONS: Final = ("cls", "clsb", "pcl", "delta-chi2", "bayes")


def limit(
    target: Target,
    *,
    confidence_level: float = 0.9,
    construction: str = "cls",
    delta_chi2: float | None = None,
    prior: str | None = None,
    likelihood: str | None = None,
    minimizer: str = "auto",
    poi: str | None = None,
    measurement: str | None = None,
) -> Limit:
    """Return the upper limit of one construction, without toys; see `toy_limits` for those that have them.

    Args:
        target: analysis, workspace, name or path.
        confidence_level: between 0 and 1.
        construction: "cls", "clsb", "pcl", "delta-chi2" or "bayes".
        delta_chi2: the rise of -2 ln L for "delta-chi2"; one-sided (1.642 at 90 %) by default.
        prior: of "bayes": flat in the "parameter" (mu_nu^2, g^4), the default, or in the "quantity" (mu_nu, g).
        likelihood: of "bayes": "profile", the default, or "marginal".
        minimizer: "auto", or "iminuit" to let Minuit make the fits at the limit again.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first.

    Raises:
        InputError: for what is unknown, or what belongs to another construction.
        ComputationError: if a fit fails or the data do not constrain the signal.
    """
    from numm_stats.inference.limits import upper_limit  # noqa: PLC0415

    if has_choices(target):
        refuse_without_bayes((construction,), prior, likelihood)
        refuse_for_averages(likelihood, minimizer)
        asked: dict[str, Any] = {"confidence_level": confidence_level, "delta_chi2": delta_chi2}
        prior = prior or ("parameter" if construction == "bayes" else None)
        found = average([target], constructions=(construction,), prior=prior, poi=poi, measurement=measurement, **asked)
        return found.limits[0].average
    model, meaning, name = model_above_zero(target, poi=poi, measurement=measurement)
    _check(construction, delta_chi2, prior, likelihood)
    if construction == "bayes":
        chosen, kind = prior or "parameter", likelihood or "profile"
        return Limit(name, meaning, _bayes(model, meaning, confidence_level, chosen, kind))
    parameter = upper_limit(
        model, construction, confidence_level=confidence_level, delta_chi2=delta_chi2, minimizer=minimizer
    )
    return Limit(name, meaning, parameter)


def limits(
    target: Target,
    *,
    constructions: Sequence[str] = CONSTRUCTIONS,
    confidence_level: float = 0.9,
    prior: str | None = None,
    likelihood: str | None = None,
    minimizer: str = "auto",
    poi: str | None = None,
    measurement: str | None = None,
) -> tuple[Limit, ...]:
    """Return the limits of several constructions.

    Two give two: "delta-chi2" those of a rise of 1.642 and of 2.706 (at 90 %), "bayes", where no prior is given, those
    of a prior flat in the parameter and, where that is another thing, in the quantity.
    """
    from numm_stats.inference.asymptotic import threshold_two_sided  # noqa: PLC0415
    from numm_stats.inference.limits import upper_limit  # noqa: PLC0415

    refuse_without_bayes(constructions, prior, likelihood)
    if has_choices(target):
        refuse_for_averages(likelihood, minimizer)
        named: dict[str, Any] = {"confidence_level": confidence_level, "poi": poi, "measurement": measurement}
        return tuple(f.average for f in average([target], constructions=constructions, prior=prior, **named).limits)
    model, meaning, name = model_above_zero(target, poi=poi, measurement=measurement)
    found = []
    for which in constructions:
        if which == "bayes":
            priors = (prior,) if prior is not None else different_priors(meaning)
            kind = likelihood or "profile"
            found += [_bayes(model, meaning, confidence_level, chosen, kind) for chosen in priors]
            continue
        for rise in (None, threshold_two_sided(confidence_level)) if which == "delta-chi2" else (None,):
            options: dict[str, Any] = {"confidence_level": confidence_level, "delta_chi2": rise, "minimizer": minimizer}
            found.append(upper_limit(model, which, **options))
    return tuple(Limit(name, meaning, parameter) for parameter in found)


def _bayes(
    model: StatisticalModel, meaning: PointOfInterest, confidence_level: float, prior: str, likelihood: str
) -> UpperLimit:
    from numm_stats.inference.bayes import bayes_limit  # noqa: PLC0415

    power, flat_in = power_of_prior(meaning, prior)
    kind, start = cast("LikelihoodKind", likelihood), time.perf_counter()
    found = bayes_limit(model, confidence_level=confidence_level, power=power, likelihood=kind)
    return replace(found, prior=flat_in, seconds=time.perf_counter() - start)


def refuse_for_averages(likelihood: str | None, minimizer: str) -> None:
    """Refuse what the limit of an average over configurations does not have."""
    if likelihood not in (None, "profile"):
        raise InputError(f"likelihood '{likelihood}': an average is of profiles; choose one configuration")
    if minimizer != "auto":
        raise InputError(f"minimizer '{minimizer}': an average has only auto; choose one configuration")


def _check(construction: str, delta_chi2: float | None, prior: str | None, likelihood: str | None) -> None:
    if construction == "feldman-cousins":
        raise InputError("construction 'feldman-cousins' orders toys: take `toy_limits`, or --toys")
    if construction not in CONSTRUCTIONS:
        raise InputError(
            f"construction '{construction}' is unknown{nearest(construction, CONSTRUCTIONS)}; "
            f"known are {', '.join(CONSTRUCTIONS)}, and with toys feldman-cousins"
        )
    if construction == "bayes" and delta_chi2 is not None:
        raise InputError(f"delta_chi2 = {delta_chi2} belongs to the construction delta-chi2, not to 'bayes'")
    refuse_without_bayes((construction,), prior, likelihood)


def cls_curve(
    target: Target, highest: float, *, points: int = 80, poi: str | None = None, measurement: str | None = None
) -> ClsCurve:
    """Return CLs with its band at values of the moment or coupling from zero to `highest`."""
    from numm_stats.inference.limits import cls_scan  # noqa: PLC0415

    model, meaning, name = model_above_zero(target, poi=poi, measurement=measurement)
    values = [highest * k / points for k in range(1, points + 1)]
    observed, band = cls_scan(model, [meaning.parameter(value) for value in values])
    return ClsCurve(name, meaning, tuple(values), None if observed is None else tuple(observed), tuple(band))
