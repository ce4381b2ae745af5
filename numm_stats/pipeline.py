"""The first verbs: build templates, build a workspace, fit, scan. Each a few lines on the floors below.

Every verb takes an analysis, a `pyhf.Workspace`, a plain dictionary of one, the name of a catalogue entry, or a path.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numm_stats.analysis import Analysis, MediatorTable
from numm_stats.assembly import (
    assemble_signal,
    assemble_templates,
    observed_counts,
    poi_kind,
    provisional_reference,
)
from numm_stats.errors import InputError
from numm_stats.loading import load, with_data
from numm_stats.results import Scan
from numm_stats.workspace.patchset import strength_name
from numm_stats.workspace.poi import PointOfInterest, quadratic_and_quartic
from numm_stats.workspace.spec import build_spec, signal_parameters

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
    "reference_of",
    "scan",
    "statistical_model",
    "with_reference",
]

HIGHEST_INJECTION = 1e3  # beyond, weak scattering is a rounding error of the signal


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
    reference = reference_of(analysis)
    templates = assemble_templates(analysis, reference)
    pois = [poi.name for poi in signal_parameters(poi_kind(assemble_signal(analysis, reference)), reference)]
    ratio = (analysis.data.injected or 0.0) / reference
    if ratio > HIGHEST_INJECTION:
        raise InputError(
            f"data.injected = {analysis.data.injected:g}: more than {HIGHEST_INJECTION:g} times {reference:g}, "
            "where the expected limit is"
        )
    injected = [ratio**template.power for template in templates.signals.values()]
    if len(pois) > 1 and for_pyhf:
        if any(injected):
            raise InputError(
                "data.injected: a workspace for pyhf cannot hold an interfering signal at another coupling"
            )
        templates, pois = templates.with_one_signal(), [strength_name(reference, interferes=True)]
    return build_spec(analysis.name, templates, pois, observed=observed_counts(analysis), injected=injected)


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
    spec: Any = build_spec_of(resolved, for_pyhf=False) if isinstance(resolved, Analysis) else resolved
    model = read_workspace(spec, poi=poi, measurement=measurement, powers=quadratic_and_quartic(_normfactors(spec)))
    return model, PointOfInterest.read(model.poi), name or model.name


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
    power = 4 if isinstance(analysis.signal, MediatorTable) else 2
    one_digit = float(f"{expected:.0e}")
    close = 0.5 <= (one_digit / expected) ** power <= 1.5
    return one_digit if close else float(f"{expected:.1e}")


def analysis_of(target: Target) -> Analysis:
    """Return the analysis that a target names; an InputError for a workspace, which has none."""
    resolved = load(target) if isinstance(target, str | Path) else target
    if not isinstance(resolved, Analysis):
        raise InputError("this needs an analysis: a workspace holds counts, not what they were made of")
    return resolved


def with_reference(analysis: Analysis, reference: float) -> Analysis:
    """Return an analysis with the value of the moment or coupling at which its parameter of interest is one."""
    return analysis.model_copy(update={"signal": analysis.signal.model_copy(update={"reference": reference})})


def _normfactors(spec: Any) -> list[str]:
    """Return the names of all normfactors, once each; nothing from what is no workspace: that is said by its reader."""
    try:
        samples = [sample for channel in spec["channels"] for sample in channel["samples"]]
        found = [m["name"] for sample in samples for m in sample["modifiers"] if m["type"] == "normfactor"]
    except (KeyError, TypeError):
        return []
    return list(dict.fromkeys(found))
