"""Templates: expected counts by sample, as boost-histograms, with what may move them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import boost_histogram as bh
import numpy as np

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, TypeAlias

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Histogram: TypeAlias = bh.Histogram[Any]

__all__ = ["SIGNAL", "SideMeasurement", "Template", "Templates", "histogram"]

SIGNAL = "signal"


def histogram(
    counts: Array, edges: Array, *, name: str = "recoil", label: str = "Recoil energy", unit: str = "MeV"
) -> Histogram:
    """Return counts as a boost-histogram whose axis carries name, label and unit (where `hist` looks for them).

    >>> h = histogram(np.array([3.0, 1.0]), np.array([0.2, 0.5, 1.0]))
    >>> h.axes[0].label, h.axes[0].unit, h.values().tolist()
    ('Recoil energy [MeV]', 'MeV', [3.0, 1.0])
    """
    details = {"name": name, "label": f"{label} [{unit}]", "unit": unit}
    filled = bh.Histogram(bh.axis.Variable(list(edges), overflow=False, underflow=False, __dict__=details))
    filled.view()[:] = counts
    return filled


@dataclass(frozen=True)
class Template:
    """One sample.

    Attributes:
        nominal: expected counts.
        variations: up and down histogram by name of the systematic.
        normalisations: relative up and down factors by name of the systematic.
        statistical: absolute uncertainty of each bin from finite statistics of the template, or None.
        power: for a signal, the power of moment or coupling that it grows with; 0 for everything else.
        scales: free parameters that multiply the sample, one at nominal, and their bounds; a name means the same
            wherever it stands.
        by_bin: free parameters, one for each bin, that multiply its counts; a name means the same wherever it stands.
    """

    nominal: Histogram
    variations: Mapping[str, tuple[Histogram, Histogram]] = field(default_factory=dict)
    normalisations: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    statistical: Array | None = None
    power: int = 0
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    by_bin: str | None = None

    @property
    def counts(self) -> Array:
        """Expected counts (n,)."""
        return np.asarray(self.nominal.values(), dtype=float)


class Templates(Mapping[str, "Histogram"]):
    """All samples of an analysis, boost-histograms by sample name; `samples` has their systematics too.

    Attributes:
        edges: bin edges (n + 1,) in `unit`.
        samples: templates by name, the signal's terms first.
        beside: other measurements that share parameters with this one, by name: each becomes a channel of its own,
            also with terms of the signal.
        observed: counts measured in these bins (n,), where they come with the templates; None where they do not.

    Raises:
        InputError: if a count is not finite, or a bin is empty of background; with `complete` false, more is to come.
    """

    def __init__(
        self,
        edges: Array,
        samples: Mapping[str, Template],
        *,
        complete: bool = True,
        beside: Mapping[str, SideMeasurement] | None = None,
        observed: tuple[float, ...] | None = None,
    ) -> None:
        self.edges = edges
        self.samples = dict(samples)
        self.beside = dict(beside or {})
        self.observed = observed
        self._refuse_infinite_counts()
        if complete:
            self._refuse_empty_bins()

    def __getitem__(self, name: str) -> Histogram:
        return self.samples[name].nominal

    def __iter__(self) -> Iterator[str]:
        return iter(self.samples)

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def unit(self) -> str:
        """Of the edges, as the histograms' axis has it."""
        return next((str(getattr(h.axes[0], "unit", "MeV")) for h in self.values()), "MeV")

    @property
    def signals(self) -> dict[str, Template]:
        """The terms of the signal, by name."""
        return {name: template for name, template in self.samples.items() if template.power}

    @property
    def backgrounds(self) -> dict[str, Template]:
        """Everything but the signal, weak scattering included, by name."""
        return {name: template for name, template in self.samples.items() if not template.power}

    @property
    def background_counts(self) -> Array:
        """Sum of everything but the signal (n,)."""
        return np.asarray(np.sum([template.counts for template in self.backgrounds.values()], axis=0), dtype=float)

    def with_one_signal(self) -> Templates:
        """Return the same with the signal's terms added up at their reference, as pyhf can state them."""
        terms = list(self.signals.values())
        self._refuse_partial(terms)
        names = terms[0].variations
        moved = {name: tuple(_sum(term.variations[name][side] for term in terms) for side in (0, 1)) for name in names}
        total = Template(
            nominal=_sum(term.nominal for term in terms),
            variations=moved,  # type: ignore[arg-type]
            normalisations=terms[0].normalisations,
            power=max(term.power for term in terms),
        )
        beside = {
            name: replace(side, templates=side.templates.with_one_signal()) if side.templates.signals else side
            for name, side in self.beside.items()
        }
        return Templates(self.edges, {SIGNAL: total, **self.backgrounds}, beside=beside, observed=self.observed)

    def _refuse_partial(self, terms: list[Template]) -> None:
        """A systematic of one term alone cannot be said of the sum at any other coupling than the reference."""
        sets: list[set[str]] = [{*term.variations, *term.normalisations} for term in terms]
        partial = sorted(set[str]().union(*sets) - sets[0].intersection(*sets))
        if partial:
            raise InputError(
                f"systematic '{partial[0]}' names one term of the signal: a workspace for pyhf has their sum. "
                f"Name '{SIGNAL}' in systematic.samples"
            )

    def _refuse_infinite_counts(self) -> None:
        for name, template in self.samples.items():
            wrong = np.flatnonzero(~np.isfinite(template.counts))
            if wrong.size:
                found = f"sample '{name}' has {template.counts[wrong[0]]} counts in bin {wrong[0]}"
                raise InputError(f"{found}: not finite, the binning or the source is out of range")

    def _refuse_empty_bins(self) -> None:
        empty = np.flatnonzero(self.background_counts <= 0.0)
        if empty.size:
            low, high = self.edges[empty[0]], self.edges[empty[0] + 1]
            raise InputError(
                f"bin {empty[0]} ({low:g} to {high:g} {self.unit}) is empty: no background is expected there. "
                f"Lower binning.{'recoil_mev' if self.unit == 'MeV' else self.unit}.stop, or make bins wider, so that "
                "each expects some"
            )


@dataclass(frozen=True)
class SideMeasurement:
    """Counts that were measured elsewhere, and what is expected of them.

    Attributes:
        templates: the expected counts.
        observed: the measured counts (n,), beside data; beside an Asimov set they are what is expected.
    """

    templates: Templates
    observed: tuple[float, ...]


def _sum(parts: Iterable[Histogram]) -> Histogram:
    first, *others = parts
    total = first.copy()
    for other in others:
        total.view()[:] += other.values()
    return total
