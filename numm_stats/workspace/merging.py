"""What the measurements of several workspaces say of their parameters, as one measurement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from numm_stats.errors import InputError
from numm_stats.workspace.parts import FREE, GAUSSIAN, Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numm_stats.workspace.poi import PointOfInterest

__all__ = ["merged_parameters"]

# What pyhf takes for a parameter of which the measurement says nothing.
_DEFAULTS: Final[dict[str, dict[str, Any]]] = {
    FREE: {"inits": [1.0], "bounds": [[0.0, 10.0]], "fixed": False},
    GAUSSIAN: {"inits": [0.0], "bounds": [[-5.0, 5.0]], "auxdata": [0.0], "fixed": False},
}


def merged_parameters(parts: Sequence[Part], interest: PointOfInterest) -> list[dict[str, Any]]:
    """Return the parameters of the combination's measurement, that of interest first.

    A parameter may be where all parts that have it allow it; whatever else is said must agree. The strengths of the
    signal start at one, or in the middle of their bounds where one is not inside.

    Args:
        parts: with their final names.
        interest: the parameter of interest.

    Raises:
        InputError: if no value is allowed by all, or what is said does not agree.
    """
    strengths = {name for part in parts for name in part.strengths if interest.reference is not None}
    names = dict.fromkeys([interest.name, *(name for part in parts for name in part.parameters)])
    found = []
    for name in names:
        merged = _merged(name, [part for part in parts if name in part.kinds], free_start=name in strengths)
        if len(merged) > 1:
            found.append(merged)
    return found


def _merged(name: str, holders: Sequence[Part], *, free_start: bool) -> dict[str, Any]:
    said = [_said(part, name) for part in holders]
    keys = dict.fromkeys(key for part in holders for key in part.parameters.get(name, {}) if key != "name")
    merged: dict[str, Any] = {"name": name}
    for key in keys:
        values = [each.get(key) for each in said]
        if key == "bounds":
            merged[key] = _common_bounds(name, holders, values)
        elif key != "inits" or not free_start:
            merged[key] = _agreed(name, key, holders, values)
    if free_start:
        merged["inits"] = [_start(*bounds) for bounds in merged.get("bounds", [[0.0, 10.0]])]
    return merged


def _said(part: Part, name: str) -> Mapping[str, Any]:
    kind = part.kinds[name]
    return {**_defaults(part, name, kind), **part.parameters.get(name, {})}


def _defaults(part: Part, name: str, kind: str) -> Mapping[str, Any]:
    if kind == "shapefactor":
        bins = part.bins(part.channels_of(name)[0])
        return {key: value if key == "fixed" else value * bins for key, value in _DEFAULTS[FREE].items()}
    return _DEFAULTS.get(kind, {})


def _agreed(name: str, key: str, holders: Sequence[Part], values: Sequence[Any]) -> Any:
    for part, value in zip(holders, values, strict=True):
        if value != values[0]:
            raise InputError(
                f"{part.where}: '{key}' of parameter '{name}' is {value}, and {values[0]} in {holders[0].where}: one "
                "parameter needs one value"
            )
    return values[0]


def _common_bounds(name: str, holders: Sequence[Part], values: Sequence[Any]) -> list[list[float]]:
    """Return the intersection: beyond the bounds of a part its likelihood is not there to be multiplied."""
    if any(value is None or len(value) != len(values[0]) for value in values):
        _agreed(name, "bounds", holders, values)
    common = [[max(low for low, _ in each), min(high for _, high in each)] for each in zip(*values, strict=True)]
    for low, high in common:
        if not low < high:
            said = "; ".join(f"{value} in {part.where}" for part, value in zip(holders, values, strict=True))
            raise InputError(f"parameter '{name}' has bounds that no value is in: {said}")
    return common


def _start(low: float, high: float) -> float:
    return 1.0 if low <= 1.0 <= high else (low + high) / 2.0
