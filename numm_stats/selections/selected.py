"""What a selection gives: templates by sample, and how they came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boost_histogram as bh
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from numm_stats.selections.files import Fault
    from numm_stats.selections.systematics import EigenVariations
    from numm_stats.selections.table import Selection
    from numm_stats.selections.table_axis import Axis
    from numm_stats.selections.table_saved import SavedSelection
    from numm_stats.templates.templates import Histogram, Template

    Array = NDArray[np.float64]

__all__ = ["Exposure", "SelectedTemplates", "observable_histogram"]


@dataclass(frozen=True)
class Exposure:
    """Protons on target; None where the selection states no exposure.

    Attributes:
        simulated_pot: of the files that were read.
        pot: that the templates stand for.
        scale: of every template.
        lost_pot: of files skipped; one that says nothing is taken to have as much as the mean of the others.
        files: that were read.
        skipped: that were not, each with the reason.
    """

    simulated_pot: float | None
    pot: float | None
    scale: float
    lost_pot: float | None
    files: tuple[str, ...]
    skipped: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class SelectedTemplates(Mapping[str, "Histogram"]):
    """Histograms in one or two observables by sample; `samples` has their systematics too.

    Attributes:
        selection: that they were made with.
        samples: templates by name, the signal's terms first; arrays have the shape of the bins.
        exposure: how much was simulated, and is stood for.
        cut_flow: (what was asked, events left), not weighted.
        events: simulated events in each sample, inside of the binning, not weighted.
        outside: share of the weight selected that is below and above each observable's range (observables, 2).
        eigen: of each systematic of universes, before it is split up among samples.
        warnings: what a reader of the result should know.
    """

    selection: Selection | SavedSelection
    samples: Mapping[str, Template]
    exposure: Exposure
    cut_flow: tuple[tuple[str, int], ...]
    events: Mapping[str, int]
    outside: Array
    eigen: Mapping[str, EigenVariations]
    warnings: tuple[str, ...]

    def __getitem__(self, name: str) -> Histogram:
        return self.samples[name].nominal

    def __iter__(self) -> Iterator[str]:
        return iter(self.samples)

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def edges(self) -> tuple[Array, ...]:
        """Edges of each observable."""
        return tuple(each.array() for each in self.selection.observable)

    @property
    def reference(self) -> float | None:
        """Moment [Bohr magnetons] or coupling that the signal is at, None without a signal."""
        return None if self.selection.signal is None else self.selection.signal.reference

    @property
    def reference_text(self) -> str:
        """The same in words, empty without a signal."""
        if self.selection.signal is None:
            return ""
        unit = " mu_B" if self.selection.signal.kind == "magnetic-moment" else ""
        return f"{'a moment' if unit else 'a coupling'} of {self.reference:.6g}{unit}"

    def with_reference(self, reference: float) -> SelectedTemplates:
        """Return the same with the signal's terms at another reference moment or coupling: exact, they are powers."""
        signal = self.selection.signal
        if signal is None or not self.selection.signal_powers:
            return self
        ratio = reference / signal.reference
        samples = {name: _scaled(one, ratio**one.power) if one.power else one for name, one in self.samples.items()}
        factors = np.concatenate([np.full(one.counts.size, ratio**one.power) for one in self.samples.values()])
        eigen = {name: one.scaled(factors) for name, one in self.eigen.items()}
        changed = self.selection.model_copy(update={"signal": signal.model_copy(update={"reference": reference})})
        return replace(self, samples=samples, eigen=eigen, selection=changed)

    def to_dict(self) -> dict[str, Any]:
        """Return numbers and names as JSON has them."""
        observables = [{"name": one.name, "edges": one.array().tolist()} for one in self.selection.observable]
        exposure = {**self.exposure.__dict__, "skipped": [fault.__dict__ for fault in self.exposure.skipped]}
        return {
            "name": self.selection.name,
            "reference": self.reference,
            "observables": observables,
            "samples": {name: _listed(template) for name, template in self.samples.items()},
            "exposure": {**exposure, "files": list(self.exposure.files)},
            "cut_flow": [{"cut": cut, "events": events} for cut, events in self.cut_flow],
            "events": dict(self.events),
            "outside": self.outside.tolist(),
            "kept_variance": {name: one.share for name, one in self.eigen.items()},
            "warnings": list(self.warnings),
        }


def observable_histogram(counts: Array, observables: Sequence[Axis]) -> Histogram:
    """Return counts as a boost-histogram whose axes carry name, label and unit (where `hist` looks for them)."""
    filled = bh.Histogram(*(_axis(one) for one in observables))
    filled.view()[...] = counts
    return filled


def _axis(observable: Axis) -> bh.axis.Variable:
    label = observable.label or observable.name
    shown = f"{label} [{observable.unit}]" if observable.unit else label
    details = {"name": observable.name, "label": shown, "unit": observable.unit}
    return bh.axis.Variable(observable.array().tolist(), overflow=False, underflow=False, __dict__=details)


def _scaled(template: Template, factor: float) -> Template:
    """Return a template with all counts multiplied."""
    return replace(
        template,
        nominal=template.nominal * factor,
        variations={name: (up * factor, down * factor) for name, (up, down) in template.variations.items()},
        statistical=None if template.statistical is None else template.statistical * abs(factor),
    )


def _listed(template: Template) -> dict[str, Any]:
    return {
        "counts": template.counts.tolist(),
        "statistical": None if template.statistical is None else template.statistical.tolist(),
        "variations": {
            name: {"up": up.values().tolist(), "down": down.values().tolist()}
            for name, (up, down) in template.variations.items()
        },
        "normalisations": {name: list(sides) for name, sides in template.normalisations.items()},
        "power": template.power,
    }
