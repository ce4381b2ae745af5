"""Bins of angle and energy as channels of a workspace: one for each bin of the angle, or two for a region and the rest.

Counts are held angle by angle: all energies at the most forward angles first. A recoil and an angle leave one neutrino
energy, so that many bins are out of reach of a source: those that expect too little are merged with their neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import InputError
from numm_stats.templates.templates import SideMeasurement, Template, Templates, histogram

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from numm_stats.templates.templates import Histogram

    Array = NDArray[np.float64]

__all__ = ["ChannelBins", "angular_channels", "channel_templates", "isotropic", "places", "region_channels"]


OUT_OF_REACH: Final = 1e-9  # of the signal


def places(counts: Array) -> Histogram:
    """Return counts in bins of angle and energy (m n,) as a histogram over the places of the bins."""
    edges = np.arange(len(counts) + 1, dtype=float)
    return histogram(counts, edges, name="place", label="Bin of angle and energy", unit="1")


@dataclass(frozen=True)
class ChannelBins:
    """A channel, by what it holds of bins of angle and energy.

    Attributes:
        name: of the channel.
        edges_mev: of its bins, k + 1 of them.
        members: of each of its k bins, the places of what it holds.
    """

    name: str
    edges_mev: tuple[float, ...]
    members: tuple[tuple[int, ...], ...]

    def counts(self, grid: Array) -> Array:
        """Return the counts of its bins (k,) from those of all bins of angle and energy (m n,)."""
        return np.array([grid[list(places)].sum() for places in self.members])


def angular_channels(
    background: Array, edges_mev: Array, theta_edges: Array, minimum_events: float
) -> tuple[ChannelBins, ...]:
    """Return a channel for each bin of the angle, the most forward one first, with what expects too little merged.

    Bins of the angle are merged from the most forward on until each expects the minimum, and what is left at the widest
    angles joins the last; within a channel the same is done from the lowest energy on.

    Args:
        background: expected counts (m, n) of everything but the signal.
        edges_mev: of the energy (n + 1,).
        theta_edges: of the angle (m + 1,) [rad].
        minimum_events: that each bin has to expect.

    Returns:
        Channels named after their angles in mrad, `theta_0_to_35_mrad`.
    """
    energies, found = len(edges_mev) - 1, []
    for angles in _groups(background.sum(axis=1), minimum_events):
        bins = _groups(background[list(angles)].sum(axis=0), minimum_events)
        low, high = 1e3 * theta_edges[angles[0]], 1e3 * theta_edges[angles[-1] + 1]
        edges = (*(float(edges_mev[group[0]]) for group in bins), float(edges_mev[-1]))
        members = tuple(tuple(a * energies + b for a in angles for b in group) for group in bins)
        found.append(ChannelBins(f"theta_{low:.5g}_to_{high:.5g}_mrad", edges, members))
    return tuple(found)


def region_channels(
    signal: Array, weak: Array, ratio: float, edges_mev: Array, *, outside: bool = True
) -> tuple[ChannelBins, ...]:
    """Return a channel of one bin where the signal is more than `ratio` times weak scattering, and one for the rest.

    Bins that only the tails of a resolution reach, with less than 1e-9 of the signal each, belong to the rest.

    Args:
        signal: expected counts (m n,) at the moment that the ratio is about.
        weak: expected counts (m n,).
        ratio: C.
        edges_mev: of the energy (n + 1,); both channels have its first and its last.
        outside: whether there is a channel for the rest.

    Raises:
        InputError: if no bin lies inside.
    """
    reached = signal > OUT_OF_REACH * signal.sum()
    inside = reached & (signal > ratio * weak)
    if not inside.any():
        highest = float(np.max(signal[reached] / weak[reached], initial=0.0))
        raise InputError(
            f"binning.region.ratio = {ratio:g}: no bin has so much signal; the highest ratio of a bin is {highest:.4g}"
        )
    ends = (float(edges_mev[0]), float(edges_mev[-1]))
    parts = [("inside", inside), ("outside", ~inside)][: 2 if outside and not inside.all() else 1]
    return tuple(ChannelBins(name, ends, (tuple(np.flatnonzero(chosen).tolist()),)) for name, chosen in parts)


def channel_templates(
    samples: Mapping[str, Template], channels: Sequence[ChannelBins], observed: Sequence[float] | None = None
) -> Templates:
    """Return the first channel's templates, with the other channels beside.

    Args:
        samples: in all bins of angle and energy (m n,).
        channels: the first is the main one, which bears the name of the analysis.
        observed: counts (m n,), None for an Asimov set.
    """
    counted = None if observed is None else np.asarray(observed, dtype=float)
    made = [_of_channel(samples, channel, counted) for channel in channels]
    beside = {
        channel.name: SideMeasurement(part, part.observed or tuple(part.background_counts.tolist()))
        for channel, part in zip(channels[1:], made[1:], strict=True)
    }
    return Templates(made[0].edges, made[0].samples, beside=beside, observed=made[0].observed)


def isotropic(template: Template, theta_edges: Array) -> Template:
    """Return a template in energy (n,) spread over all directions alike, in bins of angle and energy (m n,)."""
    shares = 0.5 * np.diff(-np.cos(theta_edges))

    def spread(counts: Array) -> Array:
        return np.asarray(np.outer(shares, counts).ravel(), dtype=float)

    return replace(
        template,
        nominal=places(spread(template.counts)),
        variations={
            name: (places(spread(np.asarray(up.values()))), places(spread(np.asarray(down.values()))))
            for name, (up, down) in template.variations.items()
        },
        statistical=None if template.statistical is None else spread(template.statistical),
    )


def _groups(expected: Array, minimum: float) -> list[tuple[int, ...]]:
    """Return neighbours together, from the first on, until each group expects the minimum; the rest joins the last."""
    groups: list[list[int]] = [[]]
    for place, _ in enumerate(expected):
        if groups[-1] and expected[groups[-1]].sum() >= minimum:
            groups.append([])
        groups[-1].append(place)
    if len(groups) > 1 and expected[groups[-1]].sum() < minimum:
        rest = groups.pop()
        groups[-1] += rest
    return [tuple(group) for group in groups]


def _of_channel(samples: Mapping[str, Template], channel: ChannelBins, observed: Array | None) -> Templates:
    edges = np.array(channel.edges_mev)
    made = {name: _merged(template, channel, edges) for name, template in samples.items()}
    counted = None if observed is None else tuple(channel.counts(observed).tolist())
    return Templates(edges, made, observed=counted)


def _merged(template: Template, channel: ChannelBins, edges_mev: Array) -> Template:
    def filled(grid: Histogram) -> Histogram:
        return histogram(channel.counts(np.asarray(grid.values())), edges_mev)

    errors = template.statistical
    return replace(
        template,
        nominal=filled(template.nominal),
        variations={name: (filled(up), filled(down)) for name, (up, down) in template.variations.items()},
        statistical=None if errors is None else np.sqrt(channel.counts(errors**2)),
    )
