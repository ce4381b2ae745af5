"""From the channels of a compiled model to its `terms.Terms`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.inference.response import Layout
from numm_stats.inference.terms import Block, Scales, Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from numm_stats.inference.compiled import Channel

    Array = NDArray[np.float64]
    Index = NDArray[np.intp]

__all__ = ["make_terms"]


def make_terms(channels: Sequence[Channel], size: int) -> Terms:
    """Return the terms of all channels of a model with `size` parameters."""
    first_rows = np.cumsum([0, *(len(channel.samples) for channel in channels)])
    scales = _join_factors(channels, first_rows)
    shapes = np.unique(_joined([channel.shapes.parameters for channel in channels]))
    layout = _layout(channels, size)
    place = np.zeros(size + 1, dtype=np.intp)  # of each wide parameter among the wide ones, below the row of counts
    place[layout.wide] = 1 + np.arange(len(layout.wide))
    pairs = [_variations(channel, shapes) for channel in channels]
    rows = _joined([first + samples for first, (samples, _, _) in zip(first_rows[:-1], pairs, strict=True)])
    multipliers = _joined([multipliers for _, multipliers, _ in pairs])
    shape_terms = np.flatnonzero(multipliers)
    owners = np.concatenate([shapes, shapes])[multipliers[shape_terms] - 1]
    factors = np.concatenate([scales.powers_of, scales.variations_of])
    narrow_entries, narrow_of, wide_entries, wide_places, bin_count = _entries(channels, layout, place)
    return Terms(
        scales=scales,
        shapes=shapes,
        code=channels[0].shapes.code,
        rows=rows,
        multipliers=multipliers,
        shape_terms=shape_terms,
        shape_places=place[owners] * len(rows) + shape_terms,
        factor_places=np.concatenate([np.arange(first_rows[-1]), place[factors] * first_rows[-1] + scales.rows]),
        blocks=_blocks(channels, pairs, size),
        layout=layout,
        narrow_entries=narrow_entries,
        narrow_of=narrow_of,
        wide_entries=wide_entries,
        wide_places=wide_places,
        bin_count=bin_count,
    )


def _joined(indices: Sequence[Index]) -> Index:
    return np.concatenate([np.empty(0, dtype=np.intp), *indices])


def _join_factors(channels: Sequence[Channel], first_rows: Index) -> Scales:
    """Return the factors of all channels, powers first."""
    factors = [channel.factors for channel in channels]
    rows = [f.sample + first for f, first in zip(factors, first_rows[:-1], strict=True)]
    counts = [len(f.powers) for f in factors]
    of_powers = [row[:count] for row, count in zip(rows, counts, strict=True)]
    of_variations = [row[count:] for row, count in zip(rows, counts, strict=True)]
    joined = _joined([*of_powers, *of_variations])
    slot = np.array([int(np.sum(joined[:i] == joined[i])) for i in range(len(joined))], dtype=np.intp)
    slots = np.full((first_rows[-1], int(slot.max(initial=-1)) + 1), len(joined), dtype=np.intp)
    slots[joined, slot] = np.arange(len(joined))
    polynomials = [f.polynomial for f in factors if f.polynomial is not None]
    return Scales(
        powers_of=_joined([f.powers_of for f in factors]),
        powers=np.concatenate([f.powers for f in factors]),
        variations_of=_joined([f.variations_of for f in factors]),
        high=np.concatenate([f.high for f in factors]),
        low=np.concatenate([f.low for f in factors]),
        polynomial=np.concatenate(polynomials, axis=1) if polynomials else None,
        rows=joined,
        slots=slots,
    )


def _variations(channel: Channel, shapes: Index) -> tuple[Index, Index, Array]:
    """Return sample, multiplier and template of each term: nominal counts and the variations that are not zero."""
    count = len(channel.samples)
    basis, row = np.nonzero(channel.shapes.basis.any(axis=-1))
    here = len(channel.shapes.parameters)
    position = np.searchsorted(shapes, np.concatenate([channel.shapes.parameters] * 2)[basis])
    multipliers = 1 + position + np.where(basis >= here, len(shapes), 0)
    samples = np.concatenate([np.arange(count), row])
    templates = np.concatenate([channel.nominal, channel.shapes.basis[basis, row]])
    return samples, np.concatenate([np.zeros(count, dtype=np.intp), multipliers]), templates


def _blocks(channels: Sequence[Channel], pairs: list[tuple[Index, Index, Array]], size: int) -> tuple[Block, ...]:
    blocks, first = [], 0
    for channel, (samples, _, templates) in zip(channels, pairs, strict=True):
        blocks.append(
            Block(
                terms=slice(first, first + len(samples)),
                bins=channel.bins,
                templates=templates,
                samples=samples,
                layers=channel.bin_parameters,
                membership=(np.arange(len(channel.samples))[:, None] == samples).astype(float),
                entries=np.nonzero(channel.bin_parameters < size),
            )
        )
        first += len(samples)
    return tuple(blocks)


def _bin_entries(channels: Sequence[Channel], size: int) -> tuple[Index, Index]:
    """Return parameter and bin of each entry of the channels' layers, in the order of `Block.entries`."""
    found = [(channel, np.nonzero(channel.bin_parameters < size)) for channel in channels]
    parameters = _joined([channel.bin_parameters[entries] for channel, entries in found])
    return parameters, _joined([channel.bins.start + entries[2] for channel, entries in found])


def _layout(channels: Sequence[Channel], size: int) -> Layout:
    """Return which parameters are narrow: one bin only, no factor or shape, and the first such one of its bin."""
    parameters, bins = _bin_entries(channels, size)
    others = [p for c in channels for p in (c.factors.powers_of, c.factors.variations_of, c.shapes.parameters)]
    pairs = np.unique(np.stack([parameters, bins], axis=1), axis=0)
    alone = np.bincount(pairs[:, 0], minlength=size)[pairs[:, 0]] == 1
    candidates = pairs[alone & ~np.isin(pairs[:, 0], _joined(others))]
    chosen = candidates[np.unique(candidates[:, 1], return_index=True)[1]]
    return Layout(size, np.setdiff1d(np.arange(size), chosen[:, 0]), chosen[:, 0], chosen[:, 1])


def _entries(channels: Sequence[Channel], layout: Layout, place: Index) -> tuple[Index, Index, Index, Index, int]:
    """Return where the entries of bin parameters go: narrow ones and their parameter, wide ones and their place."""
    parameters, bins = _bin_entries(channels, layout.size)
    bin_count = channels[-1].bins.stop
    number = np.full(layout.size, -1, dtype=np.intp)
    number[layout.narrow] = np.arange(len(layout.narrow))
    narrow = np.flatnonzero(number[parameters] >= 0)
    wide = np.flatnonzero(number[parameters] < 0)
    return narrow, number[parameters[narrow]], wide, place[parameters[wide]] * bin_count + bins[wide], bin_count
