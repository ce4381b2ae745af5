"""Figures of what is reproduced: of a document that has one, and of the whole field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numm_stats.reproduction import Row
    from numm_stats.reproduction.couplings import Curve

__all__ = ["FIGURES", "draw_all", "draw_couplings"]

LIMITS = "Limits on the magnetic moments of neutrinos"
VECTOR = "A light vector, the same charge for all neutrinos and electrons"


def draw_all(rows: Sequence[Row], curves: Sequence[Curve], path: Path) -> None:
    """Draw all limits on one axis, and beside them the couplings of a light vector."""
    from numm_stats.plots import save_figure  # noqa: PLC0415
    from numm_stats.plots.field import plot_field_and_couplings  # noqa: PLC0415

    save_figure(plot_field_and_couplings(_groups(rows), _drawn(curves), titles=(LIMITS, VECTOR)), path)


def draw_couplings(curves: Sequence[Curve], path: Path) -> None:
    """Draw limits on the coupling of a light vector against its mass."""
    from numm_stats.plots import save_figure  # noqa: PLC0415
    from numm_stats.plots.field import plot_couplings  # noqa: PLC0415

    save_figure(plot_couplings(_drawn(curves), title=VECTOR), path)


def _draw_world(path: Path, rows: Sequence[Row]) -> None:
    from numm_stats.plots import save_figure  # noqa: PLC0415
    from numm_stats.plots.field import plot_field  # noqa: PLC0415

    save_figure(plot_field(_groups(rows), title=LIMITS), path)


def _draw_argon(path: Path, rows: Sequence[Row] = ()) -> None:
    from numm_stats.plots import save_figure  # noqa: PLC0415
    from numm_stats.plots.argon import plot_argon  # noqa: PLC0415
    from numm_stats.reproduction.argon import BOREXINO_LIMIT  # noqa: PLC0415
    from numm_stats.studies.argon_module import THRESHOLDS_MEV, argon_curves  # noqa: PLC0415

    del rows
    beat = {"Borexino, arXiv:1707.09355": BOREXINO_LIMIT}
    save_figure(plot_argon(THRESHOLDS_MEV, argon_curves(), title="IsoDAR at 10 kt of argon, 5 years", beat=beat), path)


def _draw_borexino(path: Path, rows: Sequence[Row] = ()) -> None:
    """Recoils of pp and 7Be at no moment and at 5e-11, without gallium: the rate of pp makes up for the moment."""
    from numm_stats.plots import save_figure  # noqa: PLC0415
    from numm_stats.plots.compensation import plot_compensation  # noqa: PLC0415
    from numm_stats.reproduction.borexino import REFERENCE, TRUE, WITHOUT  # noqa: PLC0415
    from numm_stats.reproduction.compensation import compensation  # noqa: PLC0415
    from numm_stats.verbs.loading import load  # noqa: PLC0415

    del rows
    edges, fits = compensation(load("borexino-phase2", (*TRUE, WITHOUT, REFERENCE)))
    drawn = [(found.moment, found.rates, found.counts) for found in fits]
    save_figure(plot_compensation(edges, drawn, title="Borexino, fits without gallium"), path)


def _groups(rows: Sequence[Row]) -> dict[str, list[Any]]:
    from numm_stats.reproduction.field import field_limits  # noqa: PLC0415

    groups: dict[str, list[Any]] = {}
    for limit in field_limits(rows):
        entry = (limit.name, limit.published, limit.ours, limit.expected, limit.construction)
        groups.setdefault(limit.group, []).append(entry)
    return groups


def _drawn(curves: Sequence[Curve]) -> list[Any]:
    return [(curve.of.drawn, curve.of.family, curve.masses_mev, curve.limits, curve.observed) for curve in curves]


FIGURES: dict[str, Callable[..., None]] = {"argon": _draw_argon, "borexino": _draw_borexino, "world": _draw_world}
