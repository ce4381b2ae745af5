"""What parts of a combination have in common: names that are to mean one thing, and names that must differ."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from numm_stats.errors import InputError, nearest
from numm_stats.workspace.parts import BIN_KINDS, LUMI, Part, renamed
from numm_stats.workspace.poi import tied_powers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Sharing", "apart", "counted_once", "same_measurement", "share"]

SAME: Final = 1e-8  # counts agree that were written with ten digits and rescaled


@dataclass(frozen=True)
class Sharing:
    """What is one thing in several parts.

    Attributes:
        parameters: names, the strengths of the signal not among them.
        channels: names of measurements that all hold alike and that count once.
    """

    parameters: tuple[str, ...]
    channels: tuple[str, ...]


def share(parts: Sequence[Part], patterns: Sequence[str]) -> Sharing:
    """Return what is shared.

    A name is shared or refused; a pattern (`*_flux`) shares those that can be among the parameters that it matches, and
    no channel. A shared channel shares the parameters that act on it.

    Args:
        parts: two or more, with one parameter of interest.
        patterns: names or patterns of parameters and channels.

    Raises:
        InputError: if a pattern matches nothing that several parts have, or what it names cannot be shared.
    """
    parameters, channels = _in_several([p.kinds for p in parts]), _in_several([p.observations for p in parts])
    strengths = {name for part in parts for name in part.strengths}
    shared: dict[str, None] = {}
    places: list[str] = []
    for pattern in patterns:
        hits = [name for name in parameters if fnmatchcase(name, pattern)]
        if not hits and pattern not in channels:
            raise InputError(_nothing_to_share(parts, pattern, (*parameters, *channels)))
        if pattern in channels:
            _refuse_unlike(parts, pattern)
            places.append(pattern)
        shared.update(dict.fromkeys(_sharable(parts, hits, literal=pattern in hits and pattern not in channels)))
    shared.update(dict.fromkeys(_acting(parts, parameters, places)))
    return Sharing(tuple(name for name in shared if name not in strengths), tuple(dict.fromkeys(places)))


def apart(parts: Sequence[Part], sharing: Sharing) -> tuple[list[Part], dict[str, dict[str, str]]]:
    """Return the parts with names that meet only where they are shared, and what was renamed in each, old to new.

    Raises:
        InputError: if a name that clashes cannot be changed.
    """
    strengths = {name for part in parts for name in part.strengths}
    parameters = {n for n in _in_several([p.kinds for p in parts]) if n not in {*strengths, *sharing.parameters}}
    channels = {n for n in _in_several([p.observations for p in parts]) if n not in sharing.channels}
    taken = {name for part in parts for name in part.kinds}
    places_taken = {name for part in parts for name in part.observations}
    _refuse_fixed_names(parts, parameters)
    found, told = [], {}
    for part in parts:
        moved = _prefixed(part, [name for name in part.kinds if name in parameters], taken)
        places = _prefixed(part, _moving_channels(part, channels, sharing), places_taken)
        found.append(renamed(part, moved, places))
        told[part.label] = {**moved, **places}
    return found, told


def same_measurement(one: Part, channel: str, other: Part, twin: str) -> bool:
    """Whether two channels are equal in counts, samples and modifiers, whatever they and the modifiers are called."""
    return _same(_nameless(one, channel), _nameless(other, twin))


def _in_several(names: Sequence[Iterable[str]]) -> list[str]:
    every = [name for each in names for name in each]
    return [name for name in dict.fromkeys(every) if every.count(name) > 1]


def _nothing_to_share(parts: Sequence[Part], pattern: str, common: Sequence[str]) -> str:
    holders = [part.where for part in parts if pattern in part.kinds or pattern in part.observations]
    if holders:
        return f"--share {pattern}: only {holders[0]} has it; sharing needs the same name in two, see `pyhf rename`"
    every = dict.fromkeys(name for part in parts for name in (*part.kinds, *part.observations))
    listed = ", ".join(common) or "none"
    return f"--share {pattern}: no such parameter or channel{nearest(pattern, every)}; in several files are: {listed}"


def _sharable(parts: Sequence[Part], names: Sequence[str], *, literal: bool) -> list[str]:
    reasons = {name: _why_not(parts, name) for name in names}
    refused = [(name, reason) for name, reason in reasons.items() if reason]
    if literal and refused:
        raise InputError(f"--share {refused[0][0]}: {refused[0][1]}")
    return [name for name, reason in reasons.items() if not reason]


def _why_not(parts: Sequence[Part], name: str) -> str | None:
    holders = [part for part in parts if name in part.kinds]
    kinds = [part.kinds[name] for part in holders]
    for part, kind in zip(holders, kinds, strict=True):
        if kind != kinds[0]:
            return f"it is {kinds[0]} in {holders[0].where} and {kind} in {part.where}; one parameter is one of these"
    if kinds[0] == "shapefactor":
        bins = {part.bins(channel) for part in holders for channel in part.channels_of(name)}
        return None if len(bins) == 1 else f"a shapefactor of channels with {' and '.join(map(str, sorted(bins)))} bins"
    return f"a {kinds[0]} belongs to the bins of its own channel" if kinds[0] in BIN_KINDS else None


def _acting(parts: Sequence[Part], names: Iterable[str], channels: Sequence[str]) -> list[str]:
    """Return the parameters that act on shared channels: bin by bin they may act there only."""
    acting = []
    for name in names:
        places = {channel for part in parts for channel in part.channels_of(name)}
        if not places & set(channels):
            continue
        reason = _why_not(parts, name)
        if reason and not (places <= set(channels) and all(p.kinds.get(name, "") in ("", *BIN_KINDS) for p in parts)):
            raise InputError(f"--share {channels[0]}: its parameter '{name}' cannot be shared, {reason}")
        acting.append(name)
    return acting


def _refuse_unlike(parts: Sequence[Part], name: str) -> None:
    """Refuse a channel that is not the same measurement in every part that has it."""
    first, *others = [part for part in parts if name in part.observations]
    for part in others:
        if not _same(_content(part, name), _content(first, name)):
            raise InputError(
                f"--share {name}: the channel of {part.where} is not that of {first.where}; one measurement has the "
                "same counts, samples and modifiers in both"
            )


def _channel(part: Part, name: str) -> dict[str, Any]:
    return next(channel for channel in part.channels if channel["name"] == name)


def _nameless(part: Part, name: str) -> Any:
    """Return what a channel holds without the names that a combination changes; those of samples it keeps."""
    samples = {
        sample["name"]: (sample["data"], sorted(((m["type"], m["data"]) for m in sample["modifiers"]), key=repr))
        for sample in _channel(part, name)["samples"]
    }
    return [part.observations[name], samples]


def _content(part: Part, name: str) -> Any:
    samples = {
        sample["name"]: (sample["data"], {(m["name"], m["type"]): m["data"] for m in sample["modifiers"]})
        for sample in _channel(part, name)["samples"]
    }
    return [part.observations[name], samples]


def _same(one: Any, other: Any) -> bool:
    """Whether two pieces of a workspace say the same, numbers to nine digits."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=SAME)
    return bool(one == other)


def _refuse_fixed_names(parts: Sequence[Part], clashing: Iterable[str]) -> None:
    for part in parts:
        for name in part.kinds:
            if name not in clashing:
                continue
            if part.kinds[name] == LUMI:
                raise InputError(
                    f"{part.where}: 'lumi' is in another file too, and pyhf knows one; --share lumi if it is the same "
                    "luminosity"
                )
            if name in (ties := tied_powers(list(part.kinds))) or name in {root for root, _ in ties.values()}:
                raise InputError(
                    f"{part.where}: '{name}' is tied by its name, which is in another file too: --share {name}"
                )


def _moving_channels(part: Part, clashing: Iterable[str], sharing: Sharing) -> list[str]:
    """Return the channels to be renamed: all, where one staterror runs over several in the order of their names."""
    moving = [name for name in part.observations if name in clashing]
    running = any(len(part.channels_of(name)) > 1 for name, kind in part.kinds.items() if kind == "staterror")
    return [name for name in part.observations if name not in sharing.channels] if moving and running else moving


def _prefixed(part: Part, names: Iterable[str], taken: set[str]) -> dict[str, str]:
    moved = {}
    for name in names:
        made = f"{part.label}_{name}"
        while made in taken:
            made = f"{part.label}_{made}"
        moved[name] = made
        taken.add(made)
    return moved


def counted_once(parts: Sequence[Part], sharing: Sharing) -> list[Part]:
    """Return the parts with a shared channel left in the first that has it."""
    found: list[Part] = []
    for part in parts:
        twice = {name for name in sharing.channels if any(name in before.observations for before in found)}
        channels = tuple(channel for channel in part.channels if channel["name"] not in twice)
        counts: Mapping[str, list[float]] = {n: c for n, c in part.observations.items() if n not in twice}
        found.append(replace(part, channels=channels, observations=dict(counts)))
    return found
