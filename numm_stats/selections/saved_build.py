"""A selection of saved histograms to templates: the verb."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.root_files import axis_unit
from numm_stats.selections.assembling import Scaled, assemble
from numm_stats.selections.files import find_files
from numm_stats.selections.saved_counts import SavedFiles, merged
from numm_stats.selections.saved_exposure import SavedScale
from numm_stats.selections.saved_folding import LOWEST_TRUE_MEV, MEV, folded, response_of, unit_of
from numm_stats.selections.selected import Exposure, SelectedTemplates, observable_histogram
from numm_stats.selections.table_axis import SavedObservable
from numm_stats.selections.table_saved import BACKGROUND, HistogramsSystematic, ResponseSystematic
from numm_stats.templates.templates import Template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from numm_stats.selections.saved_counts import SavedCounts
    from numm_stats.selections.saved_response import SavedResponse
    from numm_stats.selections.table_saved import ResponseTable, SavedSelection

    Array = NDArray[np.float64]

__all__ = ["select_saved"]

OUTSIDE = 0.01  # share of the counts beyond the bins that is worth a warning


def select_saved(
    selection: SavedSelection, files: Sequence[str] = ()
) -> tuple[SelectedTemplates, SelectedTemplates | None]:
    """Return the templates that saved histograms make, and the data if there are any.

    Args:
        selection: what is wanted.
        files: paths or globs; those that the selection names if there are none.

    Raises:
        InputError: if a histogram is missing, has other bins or axes, or does not say its exposure.
    """
    patterns = files or selection.files or ()
    work = _Work(selection, SavedFiles(find_files(patterns) if patterns else ()))
    return work.templates(), work.data()


class _Work:
    """Everything that is read once for all samples."""

    def __init__(self, selection: SavedSelection, saved: SavedFiles) -> None:
        self.saved = saved
        table = selection.response
        self.response = None if table is None else response_of(table, saved)
        if table is not None and self.response is not None and not self.response.has_background:
            selection = selection.model_copy(update={"response": table.model_copy(update={"background": False})})
        self.read = {each.name: saved.counts(each.histogram, each.file) for each in selection.category}
        self.own = {each.name: each.pot for each in selection.category}
        for name in selection.signal_powers:
            if selection.signal is not None and selection.signal.histogram is not None:
                self.read[name] = saved.counts(selection.signal.histogram, selection.signal.file)
                self.own[name] = selection.signal.pot
        self.counted = None
        if selection.data is not None:
            counted = saved.counts(selection.data.histogram, selection.data.file)
            self.counted = replace(counted, pot=selection.data.pot or counted.pot)
        self.selection = selection.model_copy(update={"observable": _observables(selection, self.read, self.response)})
        self.wanted = [each.array() for each in self.selection.observable]
        self.scale = SavedScale.of(self.selection, saved, self.read, self.own, self.counted)

    def templates(self) -> SelectedTemplates:
        rows = [self.row(name) for name in self.selection.sample_names]
        counts, variances = (np.stack([row[k] for row in rows]) for k in (0, 1))
        self._refuse_negative(counts)
        varied = self._varied(counts)
        samples, warnings = assemble(self.selection, Scaled(counts, np.sqrt(variances), varied))
        samples = {name: _without_no_error(one) for name, one in samples.items()}
        outside = self._outside()
        return SelectedTemplates(
            selection=self.selection,
            samples=samples,
            exposure=Exposure(self.scale.common, self.scale.pot, self.scale.factor_of_all, None, self.saved.read),
            cut_flow=(),
            events={name: _effective(*row) for name, row in zip(self.selection.sample_names, rows, strict=True)},
            outside=outside,
            eigen={},
            warnings=(*self._noted(outside), *warnings),
        )

    def data(self) -> SelectedTemplates | None:
        """Observed counts, those named or those beside the response."""
        if self.counted is not None:
            counts, pot = self.counted.in_bins(self.wanted)[0], self.counted.pot or None
        elif self.response is not None and self.response.data is not None:
            counts, pot = self._merged(self.response, self.response.data), self.selection.response_pot
        else:
            return None
        histogram = observable_histogram(counts, self.selection.observable)
        events = {"data": round(float(counts.sum()))}
        exposure = Exposure(pot, pot, 1.0, None, self.saved.read)
        outside = np.zeros((len(self.wanted), 2))
        return SelectedTemplates(self.selection, {"data": Template(histogram)}, exposure, (), events, outside, {}, ())

    def row(self, name: str) -> tuple[Array, Array]:
        """Counts of a sample at the exposure wanted, and their variances, each (bins,)."""
        if name in self.read:
            return self._scaled(name, self.read[name])
        table, response = self._folding()
        if name == BACKGROUND:
            factor = self.scale.background(table.pot)
            errors = np.zeros_like(response.background) if response.variances is None else response.variances
            return self._merged(response, response.background) * factor, self._merged(response, errors) * factor**2
        counts = self._folded(response)[self.selection.folded_names.index(name)]
        return counts, np.zeros_like(counts)

    def _folding(self) -> tuple[ResponseTable, SavedResponse]:
        if self.selection.response is None or self.response is None:
            raise InputError(f"selection '{self.selection.name}' has no [response]")
        return self.selection.response, self.response

    def _folded(self, response: SavedResponse) -> Array:
        table, _ = self._folding()
        rows = folded(self.selection, table, response, self.scale.needed())
        return np.stack([self._merged(response, row) for row in rows])

    def _merged(self, response: SavedResponse, row: Array) -> Array:
        return merged(response.where, row, [response.reconstructed_edges], self.wanted)

    def _scaled(self, name: str, counts: SavedCounts) -> tuple[Array, Array]:
        values, variances = counts.in_bins(self.wanted)
        factor = self.scale.factor(counts, self.own.get(name))
        return values.reshape(-1) * factor, variances.reshape(-1) * factor**2

    def _varied(self, counts: Array) -> dict[tuple[str, str], Array]:
        """Counts by systematic and side, of samples that are not moved the nominal ones."""
        found, names = {}, self.selection.sample_names
        for each in self.selection.systematic:
            for side in ("up", "down"):
                other = getattr(each, side, None)
                if other is None:
                    continue
                rows = counts.copy()
                if isinstance(each, HistogramsSystematic):
                    for name, key in other.items():
                        rows[names.index(name)] = self._scaled(name, self.saved.counts(key, each.file))[0]
                elif isinstance(each, ResponseSystematic):
                    response = response_of(self._folding()[0], self.saved, other, each.file)
                    rows[[names.index(name) for name in self.selection.folded_names]] = self._folded(response)
                found[each.name, side] = rows
        return found

    def _refuse_negative(self, counts: Array) -> None:
        for name, row in zip(self.selection.sample_names, counts, strict=True):
            if row.min() < 0.0 and not self.selection.may_be_negative(name):
                found = f"{row.min():.4g} counts in bin {int(np.argmin(row))}"
                raise InputError(f"sample '{name}' has {found}; allowed: zero or more")
            if not row.any():
                raise InputError(f"sample '{name}' has no counts in any bin")

    def _outside(self) -> Array:
        """Share of all saved counts below and above the bins of each observable (observables, 2)."""
        beyond, total = np.zeros((len(self.wanted), 2)), 0.0
        for name, counts in self.read.items():
            values = np.asarray(counts.histogram.values(flow=True)) * self.scale.factor(counts, self.own.get(name))
            total += float(values.sum())
            for axis, (own, wanted) in enumerate(zip(counts.edges, self.wanted, strict=True)):
                marginal = values.sum(axis=tuple(other for other in range(values.ndim) if other != axis))
                first, last = (int(np.abs(own - edge).argmin()) + 1 for edge in (wanted[0], wanted[-1]))
                beyond[axis] += marginal[:first].sum(), marginal[last:].sum()
        return beyond / (total or 1.0)

    def _noted(self, outside: Array) -> list[str]:
        found = [
            f"observable '{one.name}': {below:.1%} of the saved counts are below the bins and {above:.1%} above"
            for one, (below, above) in zip(self.selection.observable, outside, strict=True)
            if below + above > OUTSIDE
        ]
        found += self._unstated()
        if self.response is not None and self.response.efficiency[0] > 0.0:
            lowest = float(self.response.true_edges[0]) * MEV[unit_of(self._folding()[0], self.response)]
            if lowest < LOWEST_TRUE_MEV:
                found.append("h_eff selects recoils down to zero, where a magnetic moment's grow as 1 / T without end")
        return found

    def _unstated(self) -> list[str]:
        """Say which exposure counts beside a response are taken to be of, as they cannot say it themselves."""
        if self.response is None or self._folding()[0].pot is not None:
            return []
        beside = {"h_bkg": self.response.has_background, "h_data": self.response.data is not None}
        names = " and ".join(name for name, there in beside.items() if there)
        taken = f"taken to be of {self.scale.needed():g} protons on target: state response.pot"
        return [f"{names} {'are' if ' and ' in names else 'is'} {taken}"] if names else []


def _observables(
    selection: SavedSelection, read: dict[str, SavedCounts], response: SavedResponse | None
) -> list[SavedObservable]:
    """The axes of the first histogram, with names and bins as far as they are stated."""
    if response is not None:
        axes = [("energy", response.titles[1], response.reconstructed_edges)]
    else:
        first = next(iter(read.values())).histogram
        axes = [(str(axis.name), str(axis.label), np.asarray(axis.edges)) for axis in first.axes]
    if len(selection.observable) > len(axes):
        raise InputError(f"{len(selection.observable)} observables are stated, the histograms have {len(axes)} axes")
    found = []
    for number, (name, title, edges) in enumerate(axes):
        unit = axis_unit(title)
        own = SavedObservable(
            name=name,
            label=title.removesuffix(f"[{unit}]").removesuffix(f"({unit})").strip(),
            unit=unit,
            edges=edges.tolist(),
        )
        stated = selection.observable[number] if number < len(selection.observable) else own
        bins = stated.array() if stated.is_stated else edges
        update = {"label": stated.label or own.label, "unit": stated.unit or own.unit}
        nothing = dict.fromkeys(("start", "stop", "width"))
        found.append(stated.model_copy(update={**update, **nothing, "edges": bins.tolist()}))
    return found


def _effective(counts: Array, variances: Array) -> int:
    """Events of weight one that would have the same relative uncertainty."""
    total = float(variances.sum())
    return round(float(counts.sum()) ** 2 / total) if total > 0.0 else 0


def _without_no_error(template: Template) -> Template:
    """Return a template that was computed, without an uncertainty that is zero everywhere."""
    none = template.statistical is None or not template.statistical.any()
    return replace(template, statistical=None) if none else template
