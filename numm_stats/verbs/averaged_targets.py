"""What is averaged: targets one by one, an analysis with choices as all its configurations, and what each is called."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numm_stats.analyses.analysis import Analysis
from numm_stats.analyses.choices import configurations
from numm_stats.errors import InputError
from numm_stats.verbs.loading import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numm_stats.verbs.pipeline import Target

__all__ = ["analysis_name", "common_truth", "expanded"]


def _listed(targets: Sequence[Target] | Target) -> list[Target]:
    if isinstance(targets, str | Path | dict | Analysis):
        return [targets]
    try:
        return list(targets)
    except TypeError:
        raise InputError(
            f"{targets!r}: must be an analysis, or a list of analyses, workspaces, names or paths"
        ) from None


def expanded(targets: Sequence[Target] | Target, names: Sequence[str] | None) -> tuple[list[Target], list[str]]:
    """Return the configurations one by one, files of workspaces unread, and what they are called."""
    listed = _listed(targets)
    pairs = [pair for target in listed for pair in _configurations(target, alone=len(listed) == 1)]
    each = [target for _, target in pairs]
    if len(each) < 2:
        raise InputError(
            "an average needs at least two configurations: give two or more analyses or workspaces, or one with choices"
        )
    if names is not None and len(names) != len(each):
        raise InputError(f"{len(names)} names for {len(each)} configurations: give one for each")
    short = [name for name, _ in pairs]
    several = len(set(short)) < len(short)
    paths = [str(t) if isinstance(t, str | Path) else name for name, t in pairs] if several else short
    return each, _distinct(list(names or paths))


def _configurations(target: Target, *, alone: bool) -> list[tuple[str, Target]]:
    """Return what a target stands for: itself, or each combination of its choices; with the name of each."""
    resolved = _resolved(target)
    if isinstance(resolved, Analysis) and resolved.choices:
        return [(name if alone else each.name, each) for name, each in configurations(resolved).items()]
    return [(_name(target), target)]


def _resolved(target: Target) -> Target:
    """Return the analysis that a name or a path stands for; workspaces as they are, files unread."""
    return load(target) if isinstance(target, str | Path) and not str(target).endswith(".json") else target


def analysis_name(targets: Sequence[Target] | Target) -> str | None:
    """Return the name of the one analysis with choices that is averaged."""
    listed = _listed(targets)
    return _name(_resolved(listed[0])) if len(listed) == 1 else None


def common_truth(targets: Sequence[Target]) -> dict[str, Any]:
    """Return what the Asimov data of all configurations are stated to be made of; nothing where it is not one truth."""
    truths = [target.data.truth if isinstance(target, Analysis) else {} for target in targets]
    return dict(truths[0]) if all(truth == truths[0] for truth in truths) else {}


def _name(target: Target) -> str:
    if isinstance(target, Analysis):
        return target.name
    if isinstance(target, str | Path):
        return Path(target).stem if str(target).endswith((".json", ".toml")) else str(target)
    try:
        return str(target["measurements"][0]["name"])
    except (KeyError, IndexError, TypeError):
        return "workspace"


def _distinct(names: Sequence[str]) -> list[str]:
    """Return names that differ: those that stand more than once with a number behind."""
    several, seen, distinct = Counter(names), Counter[str](), []
    for name in names:
        seen[name] += 1
        distinct.append(f"{name}-{seen[name]}" if several[name] > 1 else name)
    return distinct
