"""What a selection gives as histograms by name, as they are written into a file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import boost_histogram as bh

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numm_stats.selections.selected import SelectedTemplates
    from numm_stats.templates.templates import Histogram, Template

__all__ = ["histograms_of"]


def histograms_of(selected: SelectedTemplates, data: Mapping[str, Histogram] | None = None) -> dict[str, Histogram]:
    """Return what is worth writing: `sample`, `sample_systematic_up` and `_down` of shapes, and the counts of data.

    Nominal histograms have the variances of finite simulation, if the selection keeps them; labels of the signal's
    terms, which are titles in a file, say the moment or coupling that they are at.

    Raises:
        InputError: if two histograms would have one name.
    """
    found = [(name, _labelled(_weighted(one), name, selected)) for name, one in selected.samples.items()]
    for name, template in selected.samples.items():
        for systematic, sides in template.variations.items():
            labels = (f"{name}_{systematic}_up", f"{name}_{systematic}_down")
            found += [(label, _labelled(one, name, selected)) for label, one in zip(labels, sides, strict=True)]
    found += [] if data is None else data.items()
    for name, times in Counter(name for name, _ in found).items():
        if times > 1:
            raise InputError(f"two histograms would be '{name}': give the sample or systematic another name")
    return dict(found)


def _labelled(filled: Histogram, sample: str, selected: SelectedTemplates) -> Histogram:
    """Return a histogram whose label says which moment or coupling it is of, if its sample is of the signal."""
    if sample not in selected.selection.signal_powers:
        return filled
    labelled = filled.copy()
    labelled.__dict__["label"] = f"{sample} of {selected.reference_text}"
    return labelled


def _weighted(template: Template) -> Histogram:
    """Return the nominal histogram with the squares of its uncertainties."""
    if template.statistical is None:
        return template.nominal
    filled: Histogram = bh.Histogram(*template.nominal.axes, storage=bh.storage.Weight())
    view: Any = filled.view()
    view["value"], view["variance"] = template.nominal.values(), template.statistical**2
    return filled
