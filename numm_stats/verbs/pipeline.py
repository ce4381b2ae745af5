"""The first verbs: build templates, build a workspace, fit, scan. Each a few lines on the floors below.

Every verb takes an analysis, a `pyhf.Workspace`, a plain dictionary of one, the name of a catalogue entry, or a path.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numm_stats.analyses.analysis import Analysis, MediatorTable
from numm_stats.analyses.choices import refuse_choices, truth_of
from numm_stats.assembly.assembling import (
    assemble_signal,
    assemble_templates,
    observed_counts,
    poi_kind,
    provisional_reference,
)
from numm_stats.errors import InputError
from numm_stats.verbs.loading import load, with_data
from numm_stats.verbs.results import Scan
from numm_stats.workspace.patchset import POINT_BOUNDS, strength_name
from numm_stats.workspace.poi import PointOfInterest, format_reference, normfactors, tied_powers
from numm_stats.workspace.spec import POI_BOUNDS, build_spec, signal_parameters

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    import pyhf

    from numm_stats.inference.fitting import FitResult
    from numm_stats.inference.statmodel import StatisticalModel
    from numm_stats.templates.templates import Templates

    Target: TypeAlias = Analysis | pyhf.Workspace | dict[str, Any] | str | Path

__all__ = [
    "analysis_of",
    "build_spec_of",
    "build_templates",
    "build_workspace",
    "fit",
    "has_choices",
    "model_above_zero",
    "reference_of",
    "rounded_reference",
    "scan",
    "statistical_model",
    "with_reference",
]

HIGHEST_INJECTION = 1e3  # beyond, weak scattering is a rounding error of the signal
WIDEST_RADIUS_CM2 = 1e-30  # shifts g_V by 5, far beyond what any scattering allows


def build_templates(target: Target) -> Templates:
    """Return the templates of an analysis: boost-histograms by sample name."""
    analysis = analysis_of(target)
    return assemble_templates(analysis, reference_of(analysis))


def build_workspace(target: Target) -> pyhf.Workspace:
    """Return the pyhf workspace of an analysis, as `numm-stats workspace` writes it."""
    import pyhf  # noqa: PLC0415

    return pyhf.Workspace(build_spec_of(analysis_of(target)))


def build_spec_of(analysis: Analysis, *, for_pyhf: bool = True) -> dict[str, Any]:
    """Return the workspace of an analysis as a dictionary.

    Args:
        analysis: what to build.
        for_pyhf: a signal a g^2 + b g^4 cannot be said in pyhf's schema, so the workspace holds its sum at the
            reference coupling with a plain strength; without this, both terms as samples that our engine ties.
    """
    refuse_choices(analysis)
    reference = reference_of(analysis)
    templates, truth = assemble_templates(analysis, reference), _truth(analysis, reference)
    parameters = signal_parameters(poi_kind(assemble_signal(analysis, reference)), reference)
    pois, bounds = [poi.name for poi in parameters], _bounds(parameters[0])
    ratio = (analysis.data.injected or 0.0) / reference
    if abs(ratio) > HIGHEST_INJECTION:
        raise InputError(
            f"data.injected = {analysis.data.injected:g}: more than {HIGHEST_INJECTION:g} times {reference:g}, "
            "where the expected limit is"
        )
    injected = [ratio**template.power for template in (truth or templates).signals.values()]
    if len(pois) > 1 and for_pyhf:
        if any(injected):
            raise InputError(
                "data.injected: a workspace for pyhf cannot hold an interfering signal at another coupling or radius"
            )
        strength, bounds = _strength_at_reference(parameters[0])
        templates, pois = templates.with_one_signal(), [strength]
    observed = observed_counts(analysis, templates)
    return build_spec(analysis.name, templates, pois, observed=observed, injected=injected, bounds=bounds, truth=truth)


def _truth(analysis: Analysis, reference: float) -> Templates | None:
    """Return what the Asimov data of a configuration are made of, where that is another model; many share one."""
    made_of = truth_of(analysis)
    return None if made_of is None else _assembled(made_of.model_dump_json(exclude={"name"}), reference)


@lru_cache(maxsize=8)
def _assembled(document: str, reference: float) -> Templates:
    return assemble_templates(Analysis.model_validate({**json.loads(document), "name": "truth"}), reference)


def reference_of(analysis: Analysis) -> float:
    """Return the moment or coupling at which the parameter of interest is one.

    The stated one, or else the expected CLs limit rounded to one digit; to two where one digit would be off by more
    than half of the parameter, so that CLs at POI = 1 tells something.
    """
    if analysis.signal.reference is not None:
        return analysis.signal.reference
    return _expected_reference(analysis.model_dump_json(exclude_none=True))


def statistical_model(
    target: Target, *, poi: str | None = None, measurement: str | None = None
) -> tuple[StatisticalModel, PointOfInterest, str]:
    """Return what inference needs of a target: the model with its data, what its parameter means, and its name."""
    from numm_stats.inference.statmodel import read_workspace  # noqa: PLC0415  pyhf comes with it

    resolved = load(target) if isinstance(target, str | Path) else target
    name = resolved.name if isinstance(resolved, Analysis) else None
    if not isinstance(resolved, Analysis | dict):
        raise InputError(f"{resolved!r}: must be an analysis, a workspace, a name or a path")
    spec: Any = resolved
    if isinstance(resolved, Analysis):
        import pyhf  # noqa: PLC0415

        spec = pyhf.Workspace(build_spec_of(resolved, for_pyhf=False), validate=False)  # of our own making
    model = read_workspace(spec, poi=poi, measurement=measurement, powers=tied_powers(normfactors(spec)))
    return model, PointOfInterest.read(model.poi), name or model.name


def model_above_zero(
    target: Target, *, poi: str | None = None, measurement: str | None = None
) -> tuple[StatisticalModel, PointOfInterest, str]:
    """Return what `statistical_model` does, for questions about a signal of zero or more.

    Raises:
        InputError: where the quantity may be negative, as a charge radius may: it has a range, but no upper limit.
    """
    model, meaning, name = statistical_model(target, poi=poi, measurement=measurement)
    if meaning.has_either_sign:
        raise InputError(
            f"{name}: the {meaning.quantity} may be negative; limits, significance, coverage, averages and their toys "
            "are about quantities of zero or more. Ask for its range: numm-stats interval"
        )
    return model, meaning, name


def fit(
    target: Target, *, minos: Sequence[str] = (), poi: str | None = None, measurement: str | None = None
) -> FitResult:
    """Return the best fit: values, errors, correlations, pulls; MINOS errors of the parameters named.

    Args:
        target: analysis, workspace, name or path.
        minos: parameters to scan for asymmetric errors.
        poi: parameter of interest, where it is not the measurement's.
        measurement: name of the measurement, where it is not the first.
    """
    from numm_stats.inference.fitting import fit as fit_model  # noqa: PLC0415

    model, _, _ = statistical_model(target, poi=poi, measurement=measurement)
    return fit_model(model, minos=tuple(minos))


def scan(target: Target, *, points: int = 41, poi: str | None = None, measurement: str | None = None) -> Scan:
    """Return -2 ln lambda along the parameter of interest."""
    from numm_stats.inference.profile import scan as scan_model  # noqa: PLC0415

    model, meaning, name = statistical_model(target, poi=poi, measurement=measurement)
    return Scan(name, meaning, scan_model(model, points=points))


@lru_cache(maxsize=64)
def _expected_reference(document: str) -> float:
    from numm_stats.inference.limits import upper_limit  # noqa: PLC0415

    analysis = Analysis.model_validate_json(document)
    provisional = with_data(with_reference(analysis, provisional_reference(analysis)), "asimov")
    model, poi, _ = statistical_model(provisional)
    expected = poi.physical(upper_limit(model, "cls").median)
    return rounded_reference(expected, 4 if isinstance(analysis.signal, MediatorTable) else 2)


def rounded_reference(expected: float, power: int) -> float:
    """Return an expected limit to one digit; to two where one would be off by more than half of the parameter."""
    one_digit = float(f"{expected:.0e}")
    close = 0.5 <= (one_digit / expected) ** power <= 1.5
    return one_digit if close else float(f"{expected:.1e}")


def analysis_of(target: Target) -> Analysis:
    """Return the analysis that a target names; an InputError for a workspace, which has none."""
    resolved = load(target) if isinstance(target, str | Path) else target
    if not isinstance(resolved, Analysis):
        raise InputError("this needs an analysis: a workspace holds counts, not what they were made of")
    return resolved


def has_choices(target: Target) -> bool:
    """Whether a target is an analysis of several configurations."""
    if isinstance(target, str | Path):
        return not str(target).endswith(".json") and has_choices(load(target))
    return isinstance(target, Analysis) and bool(target.choices)


def with_reference(analysis: Analysis, reference: float) -> Analysis:
    """Return an analysis with the value of the moment or coupling at which its parameter of interest is one."""
    return analysis.model_copy(update={"signal": analysis.signal.model_copy(update={"reference": reference})})


def _bounds(interest: PointOfInterest) -> tuple[float, float]:
    """Return the bounds of the parameter of interest; those of a radius are the same radii at every reference."""
    if not interest.has_either_sign:
        return POI_BOUNDS
    widest = WIDEST_RADIUS_CM2 / interest.physical(1.0)
    return -widest, widest


def _strength_at_reference(interest: PointOfInterest) -> tuple[str, tuple[float, float]]:
    """Return name and bounds of the plain strength of a signal of two terms at the reference."""
    reference = interest.physical(1.0)
    if interest.has_either_sign:
        return f"strength_at_r2_{format_reference(reference)}_cm2", POINT_BOUNDS
    return strength_name(reference, interferes=True), POI_BOUNDS
