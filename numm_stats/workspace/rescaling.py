"""Signals in the unit of another reference: the same counts at every moment or coupling, another number in the name."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from numm_stats.errors import InputError
from numm_stats.workspace.parts import FREE, Part, renamed, strengths_at
from numm_stats.workspace.poi import PointOfInterest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["common_parameter", "rescaled", "signal_factor"]

DEFAULT_BOUNDS: Final = (0.0, 10.0)  # pyhf's, of a normfactor


def common_parameter(parts: Sequence[Part], reference: float | None = None) -> PointOfInterest:
    """Return the parameter of interest that all parts are brought to.

    Args:
        parts: two or more.
        reference: value of the moment or coupling at which it is one; by default the smallest of the parts', that of
            the most sensitive.

    Raises:
        InputError: if the parts' parameters do not mean the same, or have no reference and one is asked for.
    """
    meanings = [PointOfInterest.read(part.poi) for part in parts]
    first = meanings[0]
    for part, meaning in zip(parts, meanings, strict=True):
        if _meaning(meaning) != _meaning(first):
            raise InputError(_different(parts[0], part))
        kind = part.kinds[part.poi]
        if kind != parts[0].kinds[parts[0].poi] or (meaning.reference is not None and kind != FREE):
            raise InputError(f"{part.where}: '{part.poi}' is {kind}; the strength of a signal is a normfactor in all")
    if reference is None:
        return min(meanings, key=lambda meaning: meaning.reference or 0.0)
    if not (math.isfinite(reference) and reference > 0.0):
        raise InputError(f"--reference {reference:g}: must be a positive number")
    return first.at(reference)


def rescaled(part: Part, target: PointOfInterest) -> Part:
    """Return the part with its signals in the unit of the target, and tied signals in the same reference's.

    Counts, histosys, staterror and shapesys of a sample are multiplied with what its strengths are; observations stay.
    A staterror that signal and background share is relative to their sum: its size is kept by stating it.
    """
    if target.reference is None or part.poi == target.name:
        return part
    moved = {name: meaning.at(target.reference) for name, meaning in part.strengths.items()}
    ratios = {name: signal_factor(part.strengths[name], meaning) for name, meaning in moved.items()}
    stated = {name: _bounded(part.parameters.get(name, {"name": name}), ratio) for name, ratio in ratios.items()}
    kept = {**part.parameters, **_kept_staterrors(part, ratios), **stated}
    scaled = replace(part.with_samples(lambda sample: _scaled(sample, _factor(sample, ratios))), parameters=kept)
    return renamed(scaled, {name: meaning.name for name, meaning in moved.items()})


def signal_factor(meaning: PointOfInterest, target: PointOfInterest) -> float:
    """Return what a signal is multiplied with when its strength is one at another reference; one outside the grammar.

    >>> signal_factor(PointOfInterest.read("g4_over_1e-6_fourth"), PointOfInterest.read("g4_over_2e-6_fourth"))
    16.0
    """
    if meaning.reference is None or target.reference is None:
        return 1.0
    return float((target.reference / meaning.reference) ** meaning.power)


def _meaning(meaning: PointOfInterest) -> tuple[str, str, int]:
    return meaning.quantity, meaning.unit, meaning.power


def _different(first: Part, part: Part) -> str:
    one, other = (PointOfInterest.read(each.poi) for each in (first, part))
    hint = ""
    if len(strengths_at({one.name, other.name})) > 1:
        hint = (
            "; each is a strength at its own coupling or radius, so write both at one: "
            "`numm-stats workspace NAME --set signal.reference=... -o FILE`"
        )
    elif one.reference is None or other.reference is None:
        hint = f"; --poi {one.name}={other.name} says that they are the same"
    return (
        f"{part.where} is about '{other.name}' ({_words(other)}), {first.where} about '{one.name}' ({_words(one)}): a "
        f"combination has one parameter of interest{hint}"
    )


def _words(meaning: PointOfInterest) -> str:
    return "no quantity of ours" if meaning.reference is None else meaning.quantity_to_the_power


def _factor(sample: Mapping[str, Any], ratios: Mapping[str, float]) -> float:
    names = (modifier["name"] for modifier in sample["modifiers"] if modifier["type"] == "normfactor")
    return math.prod(ratios.get(name, 1.0) for name in names)


def _scaled(sample: dict[str, Any], factor: float) -> dict[str, Any]:
    if factor == 1.0:
        return sample
    modifiers = [_scaled_modifier(modifier, factor) for modifier in sample["modifiers"]]
    return {**sample, "data": _times(sample["data"], factor), "modifiers": modifiers}


def _scaled_modifier(modifier: dict[str, Any], factor: float) -> dict[str, Any]:
    """Scale what is in counts; normsys is relative, normfactor, shapefactor and lumi have no size."""
    if modifier["type"] == "histosys":
        return {**modifier, "data": {side: _times(counts, factor) for side, counts in modifier["data"].items()}}
    if modifier["type"] in ("staterror", "shapesys"):
        return {**modifier, "data": _times(modifier["data"], factor)}
    return modifier


def _times(counts: Sequence[float], factor: float) -> list[float]:
    return [count * factor for count in counts]


def _bounded(config: dict[str, Any], ratio: float) -> dict[str, Any]:
    """Return what is said of a strength in the new unit: the same bounds in the physical quantity."""
    (low, high), *_ = config.get("bounds", [DEFAULT_BOUNDS])
    return {**config, "bounds": [[low / ratio, high / ratio]]}


def _kept_staterrors(part: Part, ratios: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """Return the relative sizes of staterrors of samples that are scaled differently, as pyhf has them before."""
    samples: dict[str, list[tuple[str, dict[str, Any], dict[str, Any]]]] = {}
    for channel, sample, modifier in part.modifiers():
        if modifier["type"] == "staterror":
            samples.setdefault(modifier["name"], []).append((channel["name"], sample, modifier))
    kept = {}
    for name, found in samples.items():
        config = part.parameters.get(name, {"name": name})
        if "sigmas" not in config and len({_factor(sample, ratios) for _, sample, _ in found}) > 1:
            sizes = [size for channel in sorted({c for c, _, _ in found}) for size in _sizes(channel, found)]
            kept[name] = {**config, "sigmas": sizes}
    return kept


def _sizes(channel: str, found: Sequence[tuple[str, dict[str, Any], dict[str, Any]]]) -> list[float]:
    """Return the relative uncertainty of the samples' sum in each bin; one where there is none, as pyhf does."""
    here = [(sample["data"], modifier["data"]) for name, sample, modifier in found if name == channel]
    totals = [math.fsum(counts) for counts in zip(*(counts for counts, _ in here), strict=True)]
    errors = [math.hypot(*sizes) for sizes in zip(*(sizes for _, sizes in here), strict=True)]
    return [e / n if n > 0.0 and e > 0.0 else 1.0 for n, e in zip(totals, errors, strict=True)]
