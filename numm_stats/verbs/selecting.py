"""From what a selection gives to a pyhf workspace: one channel, or one for each bin of the second observable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from numm_stats.analyses.reading import parse_toml
from numm_stats.errors import InputError, nearest
from numm_stats.selections.below_zero import refuse_below_zero
from numm_stats.selections.reading import parse_selection, read_selection
from numm_stats.templates.templates import Template, Templates, histogram
from numm_stats.verbs.loading import selection_names, selection_text
from numm_stats.verbs.pipeline import rounded_reference
from numm_stats.workspace.patchset import strength_name
from numm_stats.workspace.poi import PointOfInterest, normfactors, tied_powers
from numm_stats.workspace.spec import build_channels_spec, signal_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from numm_stats.selections.selected import SelectedTemplates
    from numm_stats.selections.table import Selection
    from numm_stats.selections.table_axis import Axis
    from numm_stats.selections.table_saved import SavedSelection
    from numm_stats.templates.templates import Histogram

    Array = NDArray[np.float64]

__all__ = [
    "at_reference",
    "channels_of",
    "expected_limits",
    "load_selection",
    "refuse_without_signal",
    "selected_spec",
]

RESOLVED: Final = 1e15  # counts of a bin, whose logarithm times themselves is exact to some hundredths


def load_selection(target: str | Path) -> Selection | SavedSelection:
    """Return the selection of a catalogue name or TOML file.

    Raises:
        InputError: if there is no such thing, or a key or value is not allowed.
    """
    if str(target) in selection_names():
        return parse_selection(parse_toml(selection_text(str(target)), f"selection {target}"), f"selection {target}")
    if Path(target).suffix != ".toml":
        known = ", ".join(selection_names())
        hint = nearest(str(target), selection_names())
        raise InputError(f"no selection '{target}'{hint}: must be a .toml file, or a name of the catalogue, {known}")
    return read_selection(Path(target))


def selected_spec(
    selected: SelectedTemplates, data: SelectedTemplates | None = None, *, injected: float = 0.0
) -> dict[str, Any]:
    """Return the workspace of selected events.

    The reference of the parameter of interest is the selection's, or else the expected CLs limit as analyses round it.

    Args:
        selected: templates; their selection has a signal.
        data: what the same selection gives of real events, one sample without weights; an Asimov set without them.
        injected: moment or coupling in the Asimov set.

    Raises:
        InputError: if there is no signal, none of its events is selected, a bin expects nothing, or a systematic takes
            one below zero.
    """
    refuse_without_signal(selected.selection)
    selected = at_reference(selected)
    observed = None if data is None else {name: _counts(one) for name, one in channels_of(data, empty=True).items()}
    return _spec_at(selected, observed, injected)


def refuse_without_signal(selection: Selection | SavedSelection) -> None:
    """Refuse a selection that no workspace can be made of.

    Raises:
        InputError: if it has no samples of a signal.
    """
    if not selection.signal_powers:
        raise InputError(
            f"selection '{selection.name}' has no signal: a workspace needs [signal] with "
            "template = 'signal-only'; histograms do not"
        )


def _refuse_no_events(selected: SelectedTemplates) -> None:
    selection = selected.selection
    if selection.signal is not None and not any(selected[name].values().any() for name in selection.signal_powers):
        categories = " or ".join(getattr(selection.signal, "categories", ["any category"]))
        raise InputError(f"selection '{selection.name}': no selected event of {categories} makes a signal")


def channels_of(selected: SelectedTemplates, *, empty: bool = False) -> dict[str, Templates]:
    """Return the templates of each channel: of one observable the selection's name, of two one for each outer bin.

    Args:
        selected: templates in one or two observables; the second is the outer one.
        empty: whether bins that expect nothing are fine, as those of data are.

    Raises:
        InputError: naming the bin that expects nothing.
    """
    name, observables = selected.selection.name, selected.selection.observable
    if len(observables) == 1:
        found = {name: _channel(selected.samples, observables[0], None)}
    else:
        outer = range(len(observables[1].array()) - 1)
        found = {f"{name}_{observables[1].name}_{k}": _channel(selected.samples, observables[0], k) for k in outer}
    if not empty:
        for channel, templates in found.items():
            _refuse_what_no_fit_takes(channel, templates, observables[0])
    return found


def _spec_at(
    selected: SelectedTemplates,
    observed: Mapping[str, list[float]] | None = None,
    injected: float = 0.0,
    *,
    for_pyhf: bool = True,
) -> dict[str, Any]:
    """The workspace at the stated reference; of two powers for pyhf their sum, as `pipeline.build_spec_of` has it."""
    selection = selected.selection
    reference = selection.signal.reference if selection.signal is not None else 1.0
    channels = channels_of(selected)
    for name, templates in channels.items():
        refuse_below_zero(name, templates, either_sign=[one for one in templates if selection.may_be_negative(one)])
    pois = [poi.name for poi in signal_parameters(_kind(selection), reference)]
    strengths = [(injected / reference) ** power for power in selection.signal_powers.values()] if injected else []
    if len(pois) > 1 and for_pyhf:
        if injected:
            raise InputError("--data asimov:COUPLING: a workspace for pyhf cannot hold an interfering signal elsewhere")
        channels = {name: templates.with_one_signal() for name, templates in channels.items()}
        pois = [strength_name(reference, interferes=True)]
    return build_channels_spec(selection.name, channels, pois, observed=observed, injected=strengths)


def _kind(selection: Selection | SavedSelection) -> str:
    powers = tuple(sorted(selection.signal_powers.values()))
    moment = selection.signal is not None and selection.signal.kind == "magnetic-moment"
    return "mu_nu2" if moment else {(4,): "g4", (2, 4): "g2+g4"}[powers]


def at_reference(selected: SelectedTemplates) -> SelectedTemplates:
    """Return the templates at the reference that is stated, or else at the expected limit, as their workspace has them.

    Raises:
        InputError: as `selected_spec`.
    """
    signal = selected.selection.signal
    if signal is None or not selected.selection.signal_powers:
        return selected
    _refuse_no_events(selected)
    if "reference" in signal.model_fields_set:
        return selected
    near = selected.with_reference(_visible(selected, signal.reference))
    power = max(selected.selection.signal_powers.values())
    return selected.with_reference(rounded_reference(_expected(_spec_at(near, for_pyhf=False)), power))


def _visible(selected: SelectedTemplates, reference: float) -> float:
    """Where a term of the signal is as large as the fluctuations of all that is beside it: near enough to fit from."""
    powers, samples = selected.selection.signal_powers, selected.samples
    beside = sum(float(one.counts.sum()) for name, one in samples.items() if name not in powers)
    sizes = {power: float(np.abs(samples[name].counts).sum()) for name, power in powers.items()}
    return float(min(reference * (beside**0.5 / size) ** (1.0 / power) for power, size in sizes.items() if size))


def _counts(templates: Templates) -> list[float]:
    (data,) = templates.samples.values()
    return [float(count) for count in data.counts]


def _channel(samples: Mapping[str, Template], observable: Axis, outer: int | None) -> Templates:
    """Templates of one observable in all bins of the other, or in one of them."""
    edges = observable.array()
    return Templates(edges, {name: _slice(one, observable, outer) for name, one in samples.items()}, complete=False)


def _slice(template: Template, observable: Axis, outer: int | None) -> Template:
    def part(filled: Histogram) -> Histogram:
        return _histogram(np.asarray(filled.values(), dtype=float), observable, outer)

    # pyhf divides by the sum of the samples that have a staterror: with the signal among them, at its reference, the
    # error of the background, and by it the limit, would depend on that reference
    statistical = None if template.power else template.statistical
    return replace(
        template,
        nominal=part(template.nominal),
        variations={name: (part(up), part(down)) for name, (up, down) in template.variations.items()},
        statistical=None if statistical is None else statistical if outer is None else statistical[:, outer],
    )


def _histogram(counts: Array, observable: Axis, outer: int | None) -> Histogram:
    label = observable.label or observable.name
    values = counts if outer is None else counts[:, outer]
    return histogram(values, observable.array(), name=observable.name, label=label, unit=observable.unit or "1")


def _refuse_what_no_fit_takes(channel: str, templates: Templates, observable: Axis) -> None:
    empty = np.flatnonzero(templates.background_counts <= 0.0)
    if empty.size:
        low, high = templates.edges[empty[0]], templates.edges[empty[0] + 1]
        raise InputError(
            f"{channel}: bin {empty[0]} of {observable.name} ({low:g} to {high:g}) expects no background: make bins "
            "wider, or end them where there are events"
        )
    most = float(templates.background_counts.max())
    if most > RESOLVED:
        raise InputError(
            f"{channel}: a bin of {observable.name} expects {most:.4g} counts, of whose fluctuations double precision "
            f"sees nothing: at most {RESOLVED:g}; are weights and exposure right?"
        )


def expected_limits(selected: SelectedTemplates) -> tuple[float, float]:
    """Return the expected CLs limits at 90 % of the shape, and of counting: the first channel's bins as one.

    Raises:
        InputError: if there is no signal, none of its events is selected, or a bin expects nothing.
        ComputationError: if a fit fails or the events do not constrain the signal.
    """
    refuse_without_signal(selected.selection)
    shape = _spec_at(at_reference(selected), for_pyhf=False)
    first, *_ = shape["channels"]
    one = {"name": first["name"], "samples": [_as_one(sample) for sample in first["samples"]]}
    (observed,) = (each["data"] for each in shape["observations"] if each["name"] == first["name"])
    counting = {**shape, "channels": [one], "observations": [{"name": first["name"], "data": [sum(observed)]}]}
    return _expected(shape), _expected(counting)


def _expected(spec: dict[str, Any]) -> float:
    """The expected limit on the moment or coupling, the terms of an interfering signal tied."""
    from numm_stats.inference.limits import upper_limit  # noqa: PLC0415  pyhf comes with it
    from numm_stats.inference.statmodel import read_workspace  # noqa: PLC0415

    model = read_workspace(spec, powers=tied_powers(normfactors(spec)))
    return PointOfInterest.read(model.poi).physical(upper_limit(model, "cls").median)


def _as_one(sample: dict[str, Any]) -> dict[str, Any]:
    """Return a sample of a workspace with all its bins as one."""
    return {**sample, "data": [sum(sample["data"])], "modifiers": [_as_one_modifier(m) for m in sample["modifiers"]]}


def _as_one_modifier(modifier: dict[str, Any]) -> dict[str, Any]:
    kind, data = modifier["type"], modifier["data"]
    if kind == "histosys":
        return {**modifier, "data": {side: [sum(values)] for side, values in data.items()}}
    return {**modifier, "data": [float(np.hypot.reduce(data))]} if kind == "staterror" else modifier
