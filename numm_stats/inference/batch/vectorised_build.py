"""From a flat model to `vectorised_terms.TermModel`: templates, groups of samples, entries of the derivatives."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from numm_stats.inference.batch.flat import CODE4, POWER, SHAPE_CODES, FlatModel, flatten
from numm_stats.inference.batch.vectorised_terms import ChannelTerms, Factors, Group, Layer, Pairs, TermModel
from numm_stats.inference.compiled import Constraints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numm_stats.inference.batch.vectorised_terms import Places
    from numm_stats.inference.compiled import CompiledModel

    Array = NDArray[np.float64]

__all__ = ["make_terms"]

Index = NDArray[np.intp]
LARGEST_PAIR_BYTES = 2e8


@lru_cache(maxsize=4)
def make_terms(model: CompiledModel) -> TermModel:
    """Return the templates, groups and entries of a compiled model."""
    return _Builder(flatten(model)).build()


def _as_slice(places: Index) -> Places:
    """Return consecutive places as a slice, which makes a view where an index array makes a copy."""
    if places.size and (np.diff(places) == 1).all():
        return slice(int(places[0]), int(places[-1]) + 1)
    return places


def _index(values: Sequence[int]) -> Index:
    return np.array(values, dtype=np.intp)


class _Builder:
    """Walks the rows of a flat model once, by channel and group."""

    def __init__(self, flat: FlatModel) -> None:
        self.flat = flat
        self.order = np.concatenate([flat.dense, flat.local_parameter]).astype(np.intp)
        self.place: Index = np.argsort(self.order)
        self.shapes: list[int] = np.unique(flat.shape_parameter).tolist()
        self.different, self.slots = _different_factors(flat)
        self.templates: list[Array] = []
        self.group_count = 0
        self.row_of: list[int] = []
        self.multiplier_of: list[int] = []
        self.entries: list[tuple[int, int, int, int]] = []  # parameter, term, left, right
        self.spike_of: dict[tuple[int, int], int] = {}

    def build(self) -> TermModel:
        flat, place, dense = self.flat, self.place, len(self.flat.dense)
        firsts: list[int] = np.unique(flat.row_bin).tolist()
        channels = tuple(self._channel(first, np.flatnonzero(flat.row_bin == first).tolist()) for first in firsts)
        parameters, terms, left, right = np.array(self.entries, dtype=np.intp).reshape(-1, 4).T.copy()
        return TermModel(
            bin_count=flat.bin_count,
            order=self.order,
            dense_count=dense,
            low=flat.low[self.order, None],
            high=flat.high[self.order, None],
            factors=self._factors(),
            shapes=place[_index(self.shapes)],
            shape_code=next(name for name, code in SHAPE_CODES.items() if code == flat.shape_code),
            row_of=_index(self.row_of),
            multiplier_of=_index(self.multiplier_of),
            entry_left=left,
            entry_right=right,
            entry_parameters=parameters,
            entry_terms=terms,
            by_parameter=(parameters == np.arange(dense)[:, None]).astype(np.float64),
            by_term=(terms == np.arange(len(self.row_of))[:, None]).astype(np.float64),
            spike_count=len(self.spike_of),
            groups=tuple(group for channel in channels for group in channel.groups),
            channels=channels,
            local_bins=_as_slice(np.repeat(np.arange(flat.bin_count), np.diff(flat.local_start))),
            local_slots=_local_slots(flat),
            constraints=self._constraints(),
        )

    def _constraints(self) -> Constraints:
        flat, place = self.flat, self.place
        gaussian = place[flat.gaussian_parameter], flat.gaussian_data.astype(np.intp), flat.sigma[:, None]
        poisson = place[flat.poisson_parameter], flat.poisson_data.astype(np.intp), flat.tau[:, None]
        return Constraints(*gaussian, *poisson)

    def _factors(self) -> Factors:
        flat, chosen = self.flat, self.different
        is_power = flat.factor_kind[chosen] == POWER
        powers, rest = chosen[is_power], chosen[~is_power]
        unlike_one = bool((flat.factor_power[powers] != 1.0).any())
        smooth = bool((flat.factor_kind[rest] == CODE4).any())
        return Factors(
            powers_of=self.place[flat.factor_parameter[powers]],
            powers=flat.factor_power[powers, None] if unlike_one else None,
            variations_of=self.place[flat.factor_parameter[rest]],
            log_high=flat.factor_log_high[rest, None],
            log_low=flat.factor_log_low[rest, None],
            polynomial=flat.factor_polynomial[rest].T[:, :, None].copy() if smooth else None,
            slots=self.slots,
        )

    def _channel(self, first: int, rows: list[int]) -> ChannelTerms:
        start, since = len(self.row_of), len(self.entries)
        bins = slice(first, first + int(self.flat.row_bins[rows[0]]))
        members: dict[tuple[int, ...], list[int]] = {}
        for r in rows:
            members.setdefault(self._layer_parameters(r), []).append(r)
        groups = [self._group(bins, key, chosen) for key, chosen in members.items()]
        spiked = sorted({b for (_, b) in self.spike_of if bins.start <= b < bins.stop})
        if spiked:
            groups.append(self._spikes(bins, spiked))
        self.entries[since:] = sorted(self.entries[since:])
        return _channel_terms(tuple(groups), np.array(self.entries[since:]).reshape(-1, 4), start, since)

    def _layer_parameters(self, r: int) -> tuple[int, ...]:
        flat, bins = self.flat, int(self.flat.row_bins[r])
        layers = [flat.layer_parameter[a : a + bins] for a in flat.layer_entry[slice(*flat.layer_start[r : r + 2])]]
        return tuple(p for layer in layers if (layer >= 0).all() for p in layer.tolist())

    def _group(self, bins: slice, layer_parameters: tuple[int, ...], rows: list[int]) -> Group:
        start = len(self.row_of)
        self.templates = []
        for r in rows:
            self._row(r)
        layers = _index(layer_parameters).reshape(-1, bins.stop - bins.start)
        return self._finish(bins, start, tuple(self._layer(bins, p) for p in layers))

    def _finish(self, bins: slice, start: int, layers: tuple[Layer, ...], *, is_spikes: bool = False) -> Group:
        self.group_count += 1
        terms = slice(start, len(self.row_of))
        return Group(self.group_count - 1, bins, terms, np.array(self.templates), layers, is_spikes)

    def _row(self, r: int) -> None:
        flat, bins, zero = self.flat, int(self.flat.row_bins[r]), 1 + 2 * len(self.shapes)
        factors = range(flat.factor_start[r], flat.factor_start[r + 1])
        start, scale = len(self.row_of), self.slots.size + r
        self._term(r, 0, flat.nominal[flat.row_entry[r] :][:bins])
        for k in range(flat.shape_start[r], flat.shape_start[r + 1]):
            h, at = (
                self.shapes.index(int(flat.shape_parameter[k])),
                slice(flat.shape_entry[k], flat.shape_entry[k] + bins),
            )
            parameter, even = int(self.place[self.shapes[h]]), 1 + len(self.shapes) + h
            if flat.shape_half[at].any():
                self.entries.append((parameter, self._term(r, 1 + h, flat.shape_half[at]), scale, 0))
            if flat.shape_asymmetry[at].any():
                self.entries.append((parameter, self._term(r, even, flat.shape_asymmetry[at]), scale, zero + 1 + h))
        for slot, k in enumerate(factors):
            parameter, left = int(self.place[flat.factor_parameter[k]]), r * self.slots.shape[1] + slot
            self.entries += [(parameter, t, left, self.multiplier_of[t]) for t in range(start, len(self.row_of))]

    def _term(self, r: int, multiplier: int, template: Array) -> int:
        self.row_of.append(r)
        self.multiplier_of.append(multiplier)
        self.templates.append(template)
        return len(self.row_of) - 1

    def _layer(self, bins: slice, parameters: Index) -> Layer:
        inside = self.place[parameters]
        local = inside >= len(self.flat.dense)
        dense_bins = np.flatnonzero(~local)
        keys = [(int(inside[b]), bins.start + int(b)) for b in dense_bins]
        spikes = [self.spike_of.setdefault(key, len(self.spike_of)) for key in keys]
        local_places = inside[local] - len(self.flat.dense)
        return Layer(
            _as_slice(inside), _as_slice(np.flatnonzero(local)), _as_slice(local_places), dense_bins, _index(spikes)
        )

    def _spikes(self, bins: slice, spiked: list[int]) -> Group:
        start, first = len(self.row_of), self.slots.size + len(self.slots)
        self.templates = []
        units = np.eye(bins.stop - bins.start)
        term = {b: self._term(0, 1 + 2 * len(self.shapes), units[b - bins.start]) for b in spiked}
        self.entries += [(p, term[b], first + spike, 0) for (p, b), spike in self.spike_of.items() if b in term]
        return self._finish(bins, start, (), is_spikes=True)


def _different_factors(flat: FlatModel) -> tuple[Index, Index]:
    """Return which factors differ, powers first, and the slots (rows, k) of each row among them."""
    keys = [
        (int(kind != POWER), int(p), float(power), float(high), float(low), *polynomial.tolist())
        for p, kind, power, high, low, polynomial in zip(
            flat.factor_parameter,
            flat.factor_kind,
            flat.factor_power,
            flat.factor_log_high,
            flat.factor_log_low,
            flat.factor_polynomial,
            strict=True,
        )
    ]
    chosen = sorted({key: k for k, key in enumerate(keys)}.values(), key=lambda k: keys[k][0])
    place = {keys[k]: i for i, k in enumerate(chosen)}
    counts = np.diff(flat.factor_start)
    slots = np.full((len(counts), max(1, int(counts.max()))), len(chosen), dtype=np.intp)
    for r, first in enumerate(flat.factor_start[:-1]):
        slots[r, : counts[r]] = [place[keys[first + k]] for k in range(counts[r])]
    return _index(chosen), slots


def _local_slots(flat: FlatModel) -> tuple[tuple[Places, Places], ...]:
    counts = np.diff(flat.local_start)
    bins = np.repeat(np.arange(flat.bin_count), counts)
    rank = np.arange(len(bins)) - flat.local_start[bins]
    chosen = [np.flatnonzero(rank == k) for k in range(int(counts.max()))]
    return tuple((_as_slice(places), _as_slice(bins[places])) for places in chosen)


def _channel_terms(groups: tuple[Group, ...], entries: Index, start: int, since: int) -> ChannelTerms:
    """Return one channel: its entries (sorted by parameter) and all else counted from its first."""
    terms = (entries[:, 1] - start).astype(np.intp)
    owners, begins = np.unique(entries[:, 0], return_index=True)
    ranges = list(zip(owners.tolist(), begins.tolist(), [*begins[1:].tolist(), len(entries)], strict=True))
    by_pairs = _prefers_pairs(groups[-1].terms.stop - start, groups[0].templates.shape[1], len(owners), len(entries))
    return ChannelTerms(
        bins=groups[0].bins,
        groups=groups,
        entries=slice(since, since + len(entries)),
        entry_terms=terms,
        parameters=tuple((p, first, last, _as_slice(terms[first:last])) for p, first, last in ranges),
        pairs=_pairs(groups, start, (entries[:, 0] == owners[:, None]).astype(np.float64)) if by_pairs else None,
        columns=() if by_pairs else _columns(groups, entries, owners),
    )


def _prefers_pairs(terms: int, bins: int, parameters: int, entries: int) -> bool:
    """Whether pairs of terms cost less than the derivatives of all bins: estimates in ns per toy, as measured."""
    by_pairs = terms**2 * bins / 66 + 0.3 * entries * (terms + 1.5 * parameters)
    by_bins = bins * (entries / 33 + parameters**2 / 10 + 0.8 * parameters)
    return by_pairs < by_bins and 4 * terms**2 * bins < LARGEST_PAIR_BYTES


def _pairs(groups: tuple[Group, ...], start: int, spread: Array) -> Pairs:
    size = groups[-1].terms.stop - start
    place = np.zeros((size, size), dtype=np.intp)
    blocks, used = [], 0
    for i, first in enumerate(groups):
        for second in groups[: i + 1]:
            k, m = np.indices((len(first.templates), len(second.templates))).reshape(2, -1)
            k, m = (k[k >= m], m[k >= m]) if first is second else (k, m)
            rows, columns = first.terms.start - start + k, second.terms.start - start + m
            place[rows, columns] = place[columns, rows] = used + np.arange(len(k))
            blocks.append((first, second, first.templates[k] * second.templates[m]))
            used += len(k)
    return Pairs(tuple(blocks), place, used, spread)


def _columns(groups: tuple[Group, ...], entries: Index, owners: Index) -> tuple[tuple[int, Group, Index, Array], ...]:
    found = []
    for group in groups:
        inside = (entries[:, 1] >= group.terms.start) & (entries[:, 1] < group.terms.stop)
        for i, p in enumerate(owners.tolist()):
            own = np.flatnonzero(inside & (entries[:, 0] == p))
            if own.size:
                found.append((i, group, own, group.templates[entries[own, 1] - group.terms.start]))
    return tuple(found)
