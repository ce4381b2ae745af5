"""Several workspaces as one: a common signal in one unit, shared parameters by name, everything else kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from numm_stats.errors import InputError
from numm_stats.workspace.merging import merged_parameters
from numm_stats.workspace.poi import PointOfInterest
from numm_stats.workspace.rescaling import common_parameter, rescaled, signal_factor
from numm_stats.workspace.sharing import apart, counted_once, same_measurement, share
from numm_stats.workspace.spec import ASIMOV_SUFFIX, SCHEMA_VERSION, rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numm_stats.workspace.parts import Part

__all__ = ["Combination", "combine_parts", "refuse_twins"]


@dataclass(frozen=True)
class Combination:
    """One workspace made of several, and how.

    Attributes:
        spec: the workspace, numbers rounded to ten significant digits.
        poi: its parameter of interest.
        factors: what each part's signal was multiplied with, in the order of the parts.
        channels: the part that each channel comes from; of a shared one, the first.
        shared: parts that each shared parameter or channel is of, the strengths of the signal not among them.
        renamed: parameters and channels that have another name now, by part, old to new.
        warnings: what the reader of any result should know.
    """

    spec: dict[str, Any]
    poi: PointOfInterest
    factors: dict[str, float]
    channels: dict[str, str]
    shared: dict[str, tuple[str, ...]]
    renamed: dict[str, dict[str, str]]
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the measurement."""
        return str(self.spec["measurements"][0]["name"])

    @property
    def asimov(self) -> bool:
        """Whether the counts are an Asimov set."""
        return self.name.endswith(ASIMOV_SUFFIX)

    def to_dict(self) -> dict[str, Any]:
        """Return what was done, without the workspace, for JSON."""
        return {
            "analysis": self.name,
            "quantity": self.poi.quantity,
            "unit": self.poi.unit,
            "poi": {"name": self.poi.name, "reference": self.poi.reference},
            "asimov": self.asimov,
            "workspaces": list(self.factors),
            "signal_factors": dict(self.factors),
            "channels": dict(self.channels),
            "shared": {name: list(labels) for name, labels in self.shared.items()},
            "renamed": {label: dict(names) for label, names in self.renamed.items()},
            "warnings": list(self.warnings),
        }


def combine_parts(
    parts: Sequence[Part], *, sharing: Sequence[str] = (), reference: float | None = None, name: str | None = None
) -> Combination:
    """Return several workspaces as one.

    Args:
        parts: two or more, with different labels.
        sharing: names or patterns of parameters and channels that are one thing in all parts that have them.
        reference: moment or coupling at which the parameter of interest is one; by default the smallest of the parts'.
        name: of the measurement; by default the labels with "+" between them. Asimov sets end in "_asimov".

    Raises:
        InputError: if there are fewer than two parts, their parameters of interest differ, some hold data and others
            Asimov sets, or what is shared does not agree.
    """
    _check(parts)
    interest = common_parameter(parts, reference)
    factors = {part.label: signal_factor(PointOfInterest.read(part.poi), interest) for part in parts}
    scaled = [rescaled(part, interest) for part in parts]
    shared = share(scaled, sharing)
    named, told = apart(scaled, shared)
    final = counted_once(named, shared)
    called = (name or "+".join(part.label for part in parts)).removesuffix(ASIMOV_SUFFIX)
    config = {"poi": interest.name, "parameters": merged_parameters(named, interest)}
    spec = {
        "channels": [channel for part in final for channel in part.channels],
        "observations": [{"name": name, "data": data} for part in final for name, data in part.observations.items()],
        "measurements": [{"name": called + (ASIMOV_SUFFIX if parts[0].asimov else ""), "config": config}],
        "version": SCHEMA_VERSION,
    }
    return Combination(
        spec=rounded(spec),
        poi=interest,
        factors=factors,
        channels={name: part.label for part in final for name in part.observations},
        shared={
            what: tuple(part.label for part in scaled if what in part.kinds or what in part.observations)
            for what in (*shared.parameters, *shared.channels)
        },
        renamed={label: names for label, names in told.items() if names},
        warnings=_same_counts(final),
    )


def refuse_twins(parts: Sequence[Part], interest: PointOfInterest) -> None:
    """Refuse a part that measures nothing but what another one does: the same data must not count twice.

    Args:
        parts: that agree in their parameter of interest.
        interest: what it is brought to.

    Raises:
        InputError: if every channel of a part is equal to one of another part, under whatever names.
    """
    for one, other in combinations([rescaled(part, interest) for part in parts], 2):
        for less, more in ((other, one), (one, other)):
            twins = [
                next((twin for twin in more.observations if same_measurement(less, name, more, twin)), None)
                for name in less.observations
            ]
            if all(twins):
                raise InputError(
                    f"{less.where} holds the data of {more.where}, channel for channel: the same data must not count "
                    "twice"
                )


def _check(parts: Sequence[Part]) -> None:
    if len(parts) < 2:
        given = f"only {parts[0].where}" if parts else "nothing"
        raise InputError(f"{given} to combine: give two or more workspaces or analyses")
    labels = [part.label for part in parts]
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise InputError(f"two workspaces are called '{twice}': names must differ")
    real, made = ([part for part in parts if part.asimov is asimov] for asimov in (False, True))
    if real and made:
        raise InputError(
            f"{real[0].where} holds observed counts and {made[0].where} an Asimov set: --data asimov makes Asimov sets "
            "of all"
        )


def _same_counts(parts: Sequence[Part]) -> tuple[str, ...]:
    """Say where two parts hold the same counts: data that are combined must be independent."""
    told = []
    for one, other in combinations(parts, 2):
        for name, counts in one.observations.items():
            alike = [n for n, c in other.observations.items() if c == counts]
            if len(counts) == 1:  # one number may be the same by chance
                alike = [n for n in alike if same_measurement(one, name, other, n)]
            twin = next(iter(alike), None)
            if twin is not None:
                told.append(
                    f"channels '{name}' and '{twin}' hold the same counts: one measurement must not count twice; a "
                    "channel that is equal in both files is counted once by --share CHANNEL"
                )
    return tuple(told)
