"""An analysis with the electron's angle, or in a region of energy and angle: its channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.analyses.analysis import MomentSignal
from numm_stats.analyses.source_tables import SolarSource
from numm_stats.errors import InputError
from numm_stats.templates.building import WEAK
from numm_stats.templates.channels import angular_channels, channel_templates, isotropic, region_channels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from numm_stats.analyses.analysis import Analysis
    from numm_stats.templates.building import Scattering
    from numm_stats.templates.channels import ChannelBins
    from numm_stats.templates.templates import Template, Templates

    Array = NDArray[np.float64]

__all__ = ["has_channels", "in_channels", "with_angle"]

MINIMUM_EVENTS: Final = 1.0


def has_channels(analysis: Analysis) -> bool:
    """Whether an analysis has bins of the angle, or a region: more channels than one."""
    return analysis.binning.theta_mrad is not None or analysis.binning.region is not None


def with_angle(analysis: Analysis, scattering: Scattering) -> Scattering:
    """Return the scattering of an analysis in bins of angle and energy where it has those of the angle.

    Raises:
        InputError: if the angular resolution lies outside its range, or a background cannot be seen with its angle.
    """
    if has_channels(analysis):
        _refuse_directed(analysis)
    if analysis.binning.theta_mrad is None:
        return scattering
    from numm_stats.templates.angular_bins import AngularBins, AngularResolution  # noqa: PLC0415  only what is in use
    from numm_stats.templates.angular_building import AngularScattering  # noqa: PLC0415

    bins = AngularBins(tuple(analysis.binning.theta_mrad.radians().tolist()), "theta")
    resolution = AngularResolution(getattr(analysis.detector, "angular_resolution_mrad", None) or 0.0)
    return AngularScattering.of(scattering, bins, resolution)


def in_channels(
    analysis: Analysis,
    scattered: Mapping[str, Template],
    backgrounds: Mapping[str, Template],
    observed: Sequence[float] | None,
    reference: float,
) -> Templates:
    """Return the templates of an analysis by channels, the first with the others beside.

    Backgrounds come from all directions alike; bins of the angle hold their share of the sphere.

    Args:
        analysis: with bins of the angle or a region.
        scattered: weak and signal samples in bins of angle and energy, angle by angle (m n,).
        backgrounds: the other samples in bins of energy (n,).
        observed: counts in all bins of angle and energy (m n,), angle by angle; None for an Asimov set.
        reference: moment at which the signal is made.

    Raises:
        InputError: if the observed counts are not as many as the bins, or a region holds no bin.
    """
    edges, theta = analysis.edges_mev(), analysis.binning.theta_mrad
    theta_edges = np.array([0.0, np.pi]) if theta is None else theta.radians()
    spread = {name: isotropic(template, theta_edges) for name, template in backgrounds.items()}
    samples = {**scattered, **spread}
    _check_observed(observed, len(theta_edges) - 1, len(edges) - 1)
    return channel_templates(samples, _channels(analysis, samples, edges, theta_edges, reference), observed)


def _channels(
    analysis: Analysis, samples: Mapping[str, Template], edges_mev: Array, theta_edges: Array, reference: float
) -> tuple[ChannelBins, ...]:
    region = analysis.binning.region
    if region is None:
        background = np.sum([template.counts for template in samples.values() if not template.power], axis=0)
        grid = background.reshape(len(theta_edges) - 1, len(edges_mev) - 1)
        return angular_channels(grid, edges_mev, theta_edges, analysis.binning.minimum_events or MINIMUM_EVENTS)
    if not isinstance(analysis.signal, MomentSignal) or WEAK not in samples:
        kind = analysis.signal.kind
        raise InputError(f"binning.region compares magnetic with weak scattering: signal.kind = '{kind}' is neither")
    magnetic = np.sum([template.counts for template in samples.values() if template.power], axis=0)
    signal = magnetic * (region.moment / reference) ** 2
    return region_channels(signal, samples[WEAK].counts, region.ratio, edges_mev, outside=region.outside)


def _check_observed(observed: Sequence[float] | None, angles: int, energies: int) -> None:
    if observed is not None and len(observed) != angles * energies:
        raise InputError(
            f"[data] has {len(observed)} counts for {angles} bins of the angle times {energies} of the energy: they "
            "must be as many, all energies of the most forward angles first"
        )


def _refuse_directed(analysis: Analysis) -> None:
    """Refuse backgrounds with a direction; beside another source the Sun's neutrinos have none within a year."""
    for table in analysis.background:
        if table.includes_weak or (table.kind == "solar" and isinstance(analysis.source, SolarSource)):
            raise InputError(
                f"background '{table.sample}' holds recoils of source.kind = '{analysis.source.kind}', which have a "
                "direction: with binning.theta_mrad or region they belong to the source, backgrounds are isotropic"
            )
