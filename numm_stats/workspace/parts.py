"""One measurement of a workspace as a part of a combination: its channels, its data, its parameters and their kinds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from numm_stats.errors import InputError, nearest
from numm_stats.workspace.poi import PointOfInterest, tied_powers
from numm_stats.workspace.spec import ASIMOV_SUFFIX, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

__all__ = ["BIN_KINDS", "FREE", "GAUSSIAN", "LUMI", "Part", "read_part", "renamed", "spec_of", "strengths_at"]

GAUSSIAN: Final = "constrained by a unit Gaussian (normsys, histosys)"
FREE: Final = "free (normfactor)"
LUMI: Final = "a luminosity (lumi)"
_KIND_OF: Final = {"normsys": GAUSSIAN, "histosys": GAUSSIAN, "normfactor": FREE, "lumi": LUMI}
BIN_KINDS: Final = ("staterror", "shapesys", "shapefactor")
STRENGTH_AT: Final = "strength_at_"  # the coupling or radius of a signal of two powers follows, which scales as neither


@dataclass(frozen=True)
class Part:
    """One measurement of one workspace.

    Attributes:
        label: short name, which parameters and channels bear where their own would clash.
        where: file, or else the label: for messages.
        channels: as a workspace has them.
        observations: counts by channel.
        parameters: what the measurement says of parameters that its model has, by name.
        poi: name of the parameter of interest.
        asimov: whether the counts are an Asimov set.
    """

    label: str
    where: str
    channels: tuple[dict[str, Any], ...]
    observations: dict[str, list[float]]
    parameters: dict[str, dict[str, Any]]
    poi: str
    asimov: bool

    @cached_property
    def kinds(self) -> dict[str, str]:
        """What each parameter is: constrained, free, a luminosity, or of one kind of bin-by-bin modifiers."""
        return {m["name"]: _KIND_OF.get(m["type"], m["type"]) for _, _, m in self.modifiers()}

    @cached_property
    def strengths(self) -> dict[str, PointOfInterest]:
        """The parameter of interest, and those tied to powers of it, with their meanings."""
        ties = tied_powers(list(self.kinds))
        tied = (name for name, (root, _) in ties.items() if root == self.poi)
        return {name: PointOfInterest.read(name) for name in (self.poi, *tied)}

    def modifiers(self) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
        """Iterate over channel, sample and modifier."""
        for channel in self.channels:
            for sample in channel["samples"]:
                for modifier in sample["modifiers"]:
                    yield channel, sample, modifier

    def channels_of(self, parameter: str) -> tuple[str, ...]:
        """Return the names of the channels that a parameter acts on."""
        found = (channel["name"] for channel, _, modifier in self.modifiers() if modifier["name"] == parameter)
        return tuple(dict.fromkeys(found))

    def bins(self, channel: str) -> int:
        """Return the number of bins of a channel."""
        return len(self.observations[channel])

    def with_samples(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Part:
        """Return the part with every sample changed."""
        channels = ({**c, "samples": [change(sample) for sample in c["samples"]]} for c in self.channels)
        return replace(self, channels=tuple(channels))


def read_part(
    spec: Mapping[str, Any],
    label: str,
    where: str | None = None,
    *,
    measurement: str | None = None,
    poi: str | None = None,
    called: Sequence[str] = (),
) -> Part:
    """Return one measurement of a workspace.

    Args:
        spec: a workspace that pyhf's schema accepts.
        label: what it is called.
        where: file that it comes from.
        measurement: name of the measurement, where it is not the first.
        poi: parameter of interest, where it is not the measurement's.
        called: names that the parameter of interest `poi` has where it is not called so.

    Raises:
        InputError: if the measurement or the parameter is not there, or is fixed; a channel has no observations; or
            strengths at different couplings are said to be the same.
    """
    where = where or label
    chosen = _measurement(spec, measurement, where)
    places = {channel["name"] for channel in spec["channels"]}
    made = Part(
        label=label,
        where=where,
        channels=tuple(spec["channels"]),
        observations={e["name"]: list(e["data"]) for e in spec["observations"] if e["name"] in places},
        parameters={entry["name"]: entry for entry in chosen["config"]["parameters"]},
        poi=chosen["config"]["poi"],
        asimov=chosen["name"].endswith(ASIMOV_SUFFIX),
    )
    made = _with_poi(made, poi, called)
    known = {name: config for name, config in made.parameters.items() if name in made.kinds}
    made = replace(made, parameters=known)
    _check(made)
    return made


def spec_of(part: Part) -> dict[str, Any]:
    """Return a part as a workspace of its own."""
    name = part.label + (ASIMOV_SUFFIX if part.asimov else "")
    return {
        "channels": list(part.channels),
        "observations": [{"name": channel, "data": counts} for channel, counts in part.observations.items()],
        "measurements": [{"name": name, "config": {"poi": part.poi, "parameters": list(part.parameters.values())}}],
        "version": SCHEMA_VERSION,
    }


def strengths_at(names: Iterable[str]) -> list[str]:
    """Return the names that are a strength at a stated coupling or radius: no two of them mean the same.

    >>> strengths_at(["mu", "strength_at_g_3e-7"])
    ['strength_at_g_3e-7']
    """
    return sorted({name for name in names if name.startswith(STRENGTH_AT)})


def renamed(part: Part, parameters: Mapping[str, str], channels: Mapping[str, str] | None = None) -> Part:
    """Return the part with other names of parameters and channels, old to new."""
    called = channels or {}

    def sample_renamed(sample: dict[str, Any]) -> dict[str, Any]:
        return {**sample, "modifiers": [_called(modifier, parameters) for modifier in sample["modifiers"]]}

    changed = part.with_samples(sample_renamed)
    configs = (_called(config, parameters) for config in part.parameters.values())
    return replace(
        changed,
        channels=tuple(_called(channel, called) for channel in changed.channels),
        observations={called.get(name, name): counts for name, counts in part.observations.items()},
        parameters={config["name"]: config for config in configs},
        poi=parameters.get(part.poi, part.poi),
    )


def _called(entry: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {**entry, "name": names.get(entry["name"], entry["name"])}


def _measurement(spec: Mapping[str, Any], asked: str | None, where: str) -> dict[str, Any]:
    known = {entry["name"]: dict(entry) for entry in spec["measurements"]}
    if asked is None:
        return next(iter(known.values()))
    for name in (asked, f"{asked}{ASIMOV_SUFFIX}"):
        if name in known:
            return known[name]
    raise InputError(f"{where}: measurement '{asked}' is not in it{nearest(asked, known)}; it has {', '.join(known)}")


def _with_poi(part: Part, poi: str | None, called: Sequence[str]) -> Part:
    """Return the part with the parameter of interest that is asked for, by its own name or one that it has here."""
    if poi is None:
        return part
    if len(places := strengths_at((poi, *called))) > 1:
        raise InputError(
            f"--poi: {' and '.join(places)} are strengths at different couplings or radii and cannot be one; write the "
            "files at one: `numm-stats workspace NAME --set signal.reference=... -o FILE`"
        )
    if poi == part.poi:
        return part
    if poi in part.kinds:
        return replace(part, poi=poi)
    here = [name for name in called if name in part.kinds]
    if len(here) > 1:
        raise InputError(f"{part.where}: {' and '.join(here)} are both said to be '{poi}'; only one can be")
    if here:
        return renamed(replace(part, poi=here[0]), {here[0]: poi})
    if called:
        return part
    raise InputError(
        f"{part.where}: parameter of interest '{poi}' is not in it{nearest(poi, part.kinds)}; it has "
        f"{', '.join(part.kinds)}"
    )


def _check(part: Part) -> None:
    if part.poi not in part.kinds:
        known = ", ".join(part.kinds)
        raise InputError(
            f"{part.where}: parameter of interest '{part.poi}' acts on nothing{nearest(part.poi, part.kinds)}; its "
            f"parameters are {known}"
        )
    if tie := tied_powers(list(part.kinds)).get(part.poi):
        raise InputError(f"{part.where}: '{part.poi}' is a power of '{tie[0]}': choose that as parameter of interest")
    for name in part.strengths:
        if part.parameters.get(name, {}).get("fixed"):
            raise InputError(f"{part.where}: '{name}' is fixed in the measurement: unfix it, it scales the signal")
    missing = [channel["name"] for channel in part.channels if channel["name"] not in part.observations]
    if missing:
        raise InputError(f"{part.where}: channel '{missing[0]}' has no observations")
