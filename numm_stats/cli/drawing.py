"""`--plot`: which figure goes with which command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numm_stats.analyses.analysis import Analysis
    from numm_stats.inference.impacts import Impacts
    from numm_stats.verbs.average_result import Average
    from numm_stats.verbs.covering import Coverage
    from numm_stats.verbs.crosssections import CrossSections
    from numm_stats.verbs.optimising import Optimum
    from numm_stats.verbs.results import CouplingMap, Limit, Region, Scan

__all__ = [
    "draw_average",
    "draw_cls",
    "draw_contours",
    "draw_coverage",
    "draw_cross_sections",
    "draw_impacts",
    "draw_limit",
    "draw_map",
    "draw_optimum",
    "draw_profile",
    "draw_spectrum",
]

BEYOND_LIMIT = 1.25  # the CLs scan is drawn to this many times the highest limit


def draw_spectrum(resolved: Analysis | dict[str, Any], path: Path) -> None:
    """Draw the stacked spectrum of an analysis with its signal, and real data where it has some."""
    from numm_stats.analyses.analysis import Analysis  # noqa: PLC0415
    from numm_stats.analyses.choices import configurations  # noqa: PLC0415
    from numm_stats.assembly.assembling import observed_counts  # noqa: PLC0415
    from numm_stats.plots import plot_spectrum, save_figure  # noqa: PLC0415
    from numm_stats.verbs.pipeline import build_templates, statistical_model  # noqa: PLC0415

    if not isinstance(resolved, Analysis):
        raise InputError("--plot: a workspace has no energy axis to draw a spectrum on; give its analysis")
    if resolved.choices:
        resolved = next(iter(configurations(resolved).values()))
    _, meaning, _ = statistical_model(resolved)
    templates = build_templates(resolved)
    data = observed_counts(resolved, templates)
    others = sum(1 for side in templates.beside.values() if side.templates.signals)
    title = resolved.name + (f", first of {others + 1} channels" if others else "")
    save_figure(plot_spectrum(templates, meaning, title=title, data=data), path)


def draw_average(result: Average, path: Path) -> None:
    """Draw Delta chi2 of every configuration, of their average, and of their envelope."""
    from numm_stats.plots import save_figure  # noqa: PLC0415
    from numm_stats.plots.average import plot_average  # noqa: PLC0415

    save_figure(plot_average(result, title=result.analysis), path)


def draw_profile(result: Scan, path: Path) -> None:
    """Draw Delta chi2 along the moment or coupling."""
    from numm_stats.plots import plot_profile, save_figure  # noqa: PLC0415

    curve = {f"{result.parameter.data} data": result.parameter}
    save_figure(plot_profile(curve, result.poi, title=result.analysis), path)


def draw_impacts(result: Impacts, title: str, path: Path) -> None:
    """Draw the ranking of the systematics with their pulls."""
    from numm_stats.plots import plot_impacts, save_figure  # noqa: PLC0415

    save_figure(plot_impacts(result, title=f"{title}, {result.data} data"), path)


def draw_contours(result: Region, path: Path) -> None:
    """Draw contours in the moment or coupling and another parameter."""
    from numm_stats.plots import plot_contours, save_figure  # noqa: PLC0415

    title = f"{result.analysis}, {result.parameter.data} data"
    save_figure(plot_contours(result.parameter, result.poi, title=title), path)


def draw_limit(resolved: Analysis | dict[str, Any], limit: Limit, path: Path, **options: Any) -> None:
    """Draw what a limit is read from: the profile of a delta-chi2 limit, the CLs scan of any other."""
    from numm_stats.verbs.pipeline import scan  # noqa: PLC0415

    if limit.parameter.construction == "delta-chi2":
        draw_profile(scan(resolved, **options), path)
    else:
        draw_cls(resolved, limit, path, **options)


def draw_cls(resolved: Analysis | dict[str, Any], limit: Limit, path: Path, **options: Any) -> None:
    """Draw the CLs scan with its band beyond the limit."""
    from numm_stats.plots import plot_cls_scan, quantity_label, save_figure  # noqa: PLC0415
    from numm_stats.verbs.limiting import cls_curve  # noqa: PLC0415

    known = [value for value in (limit.observed, *limit.expected) if value is not None]
    curve = cls_curve(resolved, BEYOND_LIMIT * max(known), **options)
    kind = "expected" if limit.observed is None else "observed"
    figure = plot_cls_scan(
        curve.values,
        curve.observed,
        curve.expected,
        alpha=1.0 - limit.parameter.confidence_level,
        title=limit.analysis,
        quantity_label=quantity_label(limit.poi),
        limits={f"{kind} limit, {limit.label}": limit.value},
    )
    save_figure(figure, path)


def draw_coverage(result: Coverage, path: Path) -> None:
    """Draw coverage against the true moment or coupling."""
    from numm_stats.plots import plot_coverage, save_figure  # noqa: PLC0415

    save_figure(plot_coverage(result, title=result.analysis), path)


def draw_map(result: CouplingMap, path: Path) -> None:
    """Draw the coupling against the mediator mass."""
    from numm_stats.plots import plot_coupling_map, save_figure  # noqa: PLC0415

    save_figure(plot_coupling_map(result, title=result.analysis), path)


def draw_optimum(result: Optimum, path: Path) -> None:
    """Draw the expected limit against what was varied."""
    from numm_stats.plots import save_figure  # noqa: PLC0415
    from numm_stats.plots.optimum import plot_optimum  # noqa: PLC0415

    save_figure(plot_optimum(result, title=result.analysis), path)


def draw_cross_sections(result: CrossSections, path: Path) -> None:
    """Draw differential cross sections against recoil energy or angle."""
    from numm_stats.plots import plot_cross_sections, save_figure  # noqa: PLC0415

    recoil = result.variable == "recoil"
    figure = plot_cross_sections(
        rf"$E_\nu$ = {result.energy_mev:g} MeV",
        result.x,
        result.curves,
        title=f"{result.flavour} on an electron",
        x_label="recoil energy T [MeV]" if recoil else r"$\cos\theta$",
        y_label=r"$d\sigma/dT$ [cm$^2$/MeV]" if recoil else r"$d\sigma/d\cos\theta$ [cm$^2$]",
    )
    save_figure(figure, path)
