"""Events into sums: cuts, categories, bins and weights of one chunk after the other, all systematics in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.selections.binning import bin_index, sums_by_bin
from numm_stats.selections.extremes import LARGEST, refuse_extremes
from numm_stats.selections.filled import Filled
from numm_stats.selections.reweighting import in_another_unit, reweigh
from numm_stats.selections.shifting import SIDES, shifted, shifted_selections
from numm_stats.selections.table_systematics import UniversesSystematic, WeightsSystematic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from numm_stats.selections.events import Columns
    from numm_stats.selections.expressions import Expression
    from numm_stats.selections.table import Selection

    Array = NDArray[np.float64]
    Integers = NDArray[np.intp]
    Mask = NDArray[np.bool_]

__all__ = ["fill"]


def fill(selection: Selection, columns: Columns) -> Filled:
    """Return the sums over a chunk of events.

    Raises:
        BadFileError: if the universes of an event are not one number each.
        InputError: if a weight is too large to be summed up, or the signal cannot be made of the events.
    """
    filled = Filled.empty(selection)
    passing = columns.narrowed(np.flatnonzero(_passing(selection, columns, filled)))
    if passing.events:
        _fill_passing(selection, passing, filled)
    for each, steady, moving in shifted_selections(selection):
        kept = passing
        if moving.cuts:
            kept = columns.narrowed(np.flatnonzero(_passing(steady, columns, Filled.empty(steady))))
        for side in SIDES:
            other = fill(moving, shifted(kept, each, side))
            filled.varied[each.name, side] = other.counts
            for what, number in other.wrong.items():
                filled.wrong.setdefault(what, number)
    return filled


@np.errstate(all="ignore")  # what is not finite is noted, and refused with the file's name
def _fill_passing(selection: Selection, passing: Columns, filled: Filled) -> None:
    """Fill in what events that pass all cuts sum up to."""
    bins, inside = _bins(selection, passing, filled)
    kept = passing.narrowed(inside)
    entries = _entries(selection, kept, filled)
    size = filled.counts.size
    flat = entries.row * filled.counts.shape[1] + bins[inside][entries.event]

    def histogram(weights: Array) -> Array:
        return np.asarray(np.bincount(flat, weights=weights, minlength=size), dtype=float).reshape(filled.counts.shape)

    filled.counts, filled.squares = histogram(entries.weight), histogram(entries.weight**2)
    filled.events = np.bincount(entries.row, minlength=len(filled.events)).astype(float)
    for name, side, factor in _factors(selection, kept, filled):
        filled.varied[name, side] = histogram(entries.weight * factor[entries.event])
    for name, what, factors, rows in _universes(selection, kept):
        sums = sums_by_bin(flat, size, entries.weight, factors, rows[entries.event])
        filled.universes[name] = sums.reshape(-1, *filled.counts.shape)
        if not (np.abs(sums) <= LARGEST).all():
            refuse_extremes(f"systematic '{name}' {what}", factors[rows])
            _finite(f"systematic '{name}'", factors[rows].sum(axis=1, dtype=float), filled)


@dataclass(frozen=True)
class _Entries:
    """What is filled: event (m,), row of its sample (m,) and weight (m,); one event may be in several samples."""

    event: Integers
    row: Integers
    weight: Array


def _passing(selection: Selection, columns: Columns, filled: Filled) -> Mask:
    """Which events pass all cuts; how many are left after each is noted."""
    passing = np.ones(columns.events, dtype=bool)
    filled.cut_flow[0] = columns.events
    for number, cut in enumerate(selection.cuts, start=1):
        passing &= _truths(cut, columns)
        filled.cut_flow[number] = np.count_nonzero(passing)
    return passing


def _values(expression: Expression | None, columns: Columns, *, constant: float = 0.0) -> Array:
    """The numbers (n,) of an expression."""
    if expression is None:
        return np.full(columns.events, constant)
    used = {column.key: columns[column.key] for column in expression.columns}
    return np.broadcast_to(np.asarray(expression.evaluate(used), dtype=float), (columns.events,))


def _truths(expression: Expression, columns: Columns) -> Mask:
    used = {column.key: columns[column.key] for column in expression.columns}
    return np.broadcast_to(np.asarray(expression.evaluate(used), dtype=bool), (columns.events,))


def _finite(what: str, values: Array, filled: Filled) -> Array:
    """Note how many are not finite, and return the values with zeros in their place."""
    wrong = ~np.isfinite(values)
    if wrong.any():
        filled.wrong[what] = int(np.count_nonzero(wrong))
        return np.where(wrong, 0.0, values)
    return values


def _categories(selection: Selection, columns: Columns, filled: Filled) -> Integers:
    """Row of the first category that holds for each event."""
    first = len(selection.signal_powers)
    last = first + len(selection.category) if selection.rest else 0
    row = np.full(columns.events, last, dtype=np.intp)
    free = np.ones(columns.events, dtype=bool)
    for number, category in enumerate(selection.category):
        holds = free & _truths(category.truth, columns)
        row[holds] = first + number
        free &= ~holds
    if selection.rest is None and free.any():
        filled.wrong["category"] = int(np.count_nonzero(free))
    return row


def _bins(selection: Selection, columns: Columns, filled: Filled) -> tuple[Integers, Integers]:
    """Bin of each event in C order, and which events are inside; of the others the weight is noted."""
    weight = _values(selection.weight, columns, constant=1.0)
    if selection.weight is not None:
        refuse_extremes(f"weight '{selection.weight.text}'", weight)
    filled.weight = float(weight.sum())
    flat, inside = np.zeros(columns.events, dtype=np.intp), np.ones(columns.events, dtype=bool)
    for number, observable in enumerate(selection.observable):
        edges = observable.array()
        values = _finite(f"observable '{observable.name}'", _values(observable.expression, columns), filled)
        index = bin_index(edges, values)
        below, above = index < 0, index >= len(edges) - 1
        filled.outside[number] = weight[below].sum(), weight[above].sum()
        filled.reach[number] = values.min(), values.max()
        inside &= ~(below | above)
        flat = flat * (len(edges) - 1) + index
    _finite("weight", weight, filled)
    return flat, np.flatnonzero(inside)


def _entries(selection: Selection, columns: Columns, filled: Filled) -> _Entries:
    """Every event in its category, and where the signal is made by reweighting also in the signal's terms."""
    weight, category = _values(selection.weight, columns, constant=1.0), _categories(selection, columns, filled)
    everything = np.arange(columns.events)
    if selection.signal is None:
        return _Entries(everything, category, weight)
    scatters = np.array([name in selection.signal.categories for name in selection.sample_names])
    chosen = np.flatnonzero(scatters[category])
    scattered = columns.narrowed(chosen)
    energy, recoil, pdg = (
        _values(getattr(selection.signal, key), scattered) for key in ("energy_mev", "recoil_mev", "pdg")
    )
    weak, terms, out_of_reach = reweigh(selection.signal, energy, recoil, pdg)
    filled.elastic = np.array([len(chosen), out_of_reach, in_another_unit(energy, recoil)], dtype=float)
    before = weight[chosen]
    weight = weight.copy()
    weight[chosen] = before * weak
    return _Entries(
        np.concatenate([everything, *(chosen for _ in terms)]),
        np.concatenate([category, *(np.full(len(chosen), row) for row in range(len(terms)))]),
        np.concatenate([weight, *(before * term for term in terms)]),
    )


def _factors(selection: Selection, columns: Columns, filled: Filled) -> Iterator[tuple[str, str, Array]]:
    """Weights up and down that multiply the central one."""
    for each in selection.systematic:
        if isinstance(each, WeightsSystematic):
            for side, expression in (("up", each.up), ("down", each.down)):
                if expression is not None:
                    what, factor = f"systematic '{each.name}' {side}", _values(expression, columns)
                    refuse_extremes(f"{what} '{expression.text}'", factor)
                    yield each.name, side, _finite(what, factor, filled)


def _universes(selection: Selection, columns: Columns) -> Iterator[tuple[str, str, NDArray[np.floating], Integers]]:
    """Name, origin, weights (m, universes) that multiply the central one, and the row of each event (n,) in them."""
    for each in selection.systematic:
        if not isinstance(each, UniversesSystematic):
            continue
        if each.branch is not None:
            yield each.name, f"branch '{each.branch}'", *columns.matrix(each.branch)
        else:
            factors = np.stack([_values(one, columns) for one in each.expressions or ()], axis=1)
            yield each.name, "expressions", factors, np.arange(columns.events)
