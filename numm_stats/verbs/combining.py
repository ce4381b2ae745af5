"""The verb combine: several analyses or workspaces about one quantity become one workspace that pyhf runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from numm_stats.analyses.analysis import Analysis
from numm_stats.errors import InputError, nearest
from numm_stats.verbs.loading import load, with_asimov, with_data
from numm_stats.verbs.pipeline import build_spec_of
from numm_stats.workspace.combining import Combination, combine_parts, refuse_twins
from numm_stats.workspace.parts import Part, read_part, spec_of
from numm_stats.workspace.poi import PointOfInterest, normfactors, tied_powers
from numm_stats.workspace.rescaling import signal_factor
from numm_stats.workspace.spec import ASIMOV_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyhf

    from numm_stats.verbs.pipeline import Target

__all__ = ["combination", "combine"]

FAMILIES: Final = ("e", "mu", "tau")
SAME_TRUTH: Final = 1e-3  # of the parameter of interest: counts of ten digits tell it better than that
NO_TRUTH: Final = 1e-6  # what their rounding leaves of it, shown as zero


def combine(targets: Sequence[Target], **options: Any) -> pyhf.Workspace:
    """Return several analyses or workspaces as one; the arguments are those of `combination`."""
    import pyhf  # noqa: PLC0415

    return pyhf.Workspace(combination(targets, **options).spec)


def combination(
    targets: Sequence[Target],
    *,
    share: Sequence[str] | str = (),
    reference: float | None = None,
    names: Sequence[str] | None = None,
    name: str | None = None,
    poi: str | None = None,
    called: Sequence[str] = (),
    measurement: Sequence[str] | str = (),
    data: str | None = None,
) -> Combination:
    """Return several analyses or workspaces as one workspace, with what was done to them.

    Args:
        targets: two or more analyses, workspaces, names or paths, about one quantity at any reference.
        share: names or patterns (`*_flux`) of parameters and channels that are one thing wherever they stand; every
            other name that stands twice becomes `<workspace>_<name>`.
        reference: value of the moment or coupling at which the parameter of interest is one; by default the smallest.
        names: what the workspaces are called; by default as their measurements, else as their files.
        name: of the combination's measurement; by default the names with "+" between them.
        poi: parameter of interest, where it is not the measurements'.
        called: what the parameter of interest `poi` is called in files that do not know it by that name.
        measurement: measurements of workspaces that have several.
        data: "observed", "asimov" or "asimov:MOMENT" in place of what the targets hold.

    Raises:
        InputError: for what is missing, wrong, given twice or does not agree, naming it.
    """
    listed = _listed(targets)
    resolved = [load(target) if isinstance(target, str | Path) else target for target in listed]
    _refuse_other_signals([each for each in resolved if isinstance(each, Analysis)])
    wheres = [_where(target, k) for k, target in enumerate(listed)]
    specs = [_spec(target, where, data) for target, where in zip(resolved, wheres, strict=True)]
    chosen = _measurements(specs, wheres, _tuple(measurement))
    labels = _labels(listed, chosen) if names is None else list(names)
    if len(labels) != len(listed):
        raise InputError(f"{len(labels)} names for {len(listed)} workspaces: give one for each")
    parts = [
        read_part(spec, label, where, measurement=one, poi=poi, called=called)
        for spec, label, where, one in zip(specs, labels, wheres, chosen, strict=True)
    ]
    _refuse_unknown(parts, poi, called)
    parts = [
        part if isinstance(target, Analysis) else _with_data(part, data)
        for part, target in zip(parts, resolved, strict=True)
    ]
    made = combine_parts(parts, sharing=_tuple(share), reference=reference, name=name)
    refuse_twins(parts, made.poi)
    _refuse_different_truths(parts, made.poi)
    _model(made.spec)
    return made


def _listed(targets: Sequence[Target]) -> list[Target]:
    if isinstance(targets, str | Path | dict | Analysis):
        targets = [targets]
    listed = list(targets)
    if len(listed) < 2:
        given = f"only {_where(listed[0], 0)}" if listed else "nothing"
        raise InputError(f"{given} to combine: give two or more analyses or workspaces")
    keys = [_identity(target) for target in listed]
    for k, key in enumerate(keys):
        if key in keys[:k]:
            raise InputError(f"{_where(listed[k], k)} is given twice: the same data must not count twice")
    return listed


def _identity(target: Target) -> Any:
    if not isinstance(target, str | Path):
        return id(target)
    path = Path(target)
    return path.resolve() if path.suffix in (".json", ".toml") else str(target)


def _where(target: Target, position: int) -> str:
    """Return what messages call a target: its name or path, else its place among all."""
    if isinstance(target, Analysis):
        return target.name
    return str(target) if isinstance(target, str | Path) else f"workspace {position + 1}"


def _tuple(words: Sequence[str] | str) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


def _spec(target: Any, where: str, data: str | None) -> dict[str, Any]:
    from numm_stats.inference.statmodel import validated  # noqa: PLC0415  pyhf comes with it

    if not isinstance(target, Analysis):
        if not isinstance(target, dict):
            raise InputError(f"{target!r}: must be an analysis, a workspace, a name or a path")
        return dict(validated(target, where))
    if target.choices:
        raise InputError(
            f"{where} has several configurations: write one with `numm-stats workspace {where} --set KEY=VALUE "
            f"-o FILE` for the keys {', '.join(target.choices)}, and combine that file"
        )
    return build_spec_of(target if data is None else with_data(target, data))


def _measurements(specs: Sequence[dict[str, Any]], wheres: Sequence[str], asked: Sequence[str]) -> list[str]:
    """Return the measurement of each workspace: the one of those asked for that it has, else its first."""
    found, known = [], [[entry["name"] for entry in spec["measurements"]] for spec in specs]
    for name in asked:
        if not any({name, f"{name}{ASIMOV_SUFFIX}"} & set(here) for here in known):
            every = dict.fromkeys(name for here in known for name in here)
            raise InputError(f"--measurement {name}: in no file{nearest(name, every)}; they have {', '.join(every)}")
    for here, where in zip(known, wheres, strict=True):
        hits = [name for name in here if name in asked or name.removesuffix(ASIMOV_SUFFIX) in asked]
        if asked and not hits and len(here) > 1:
            raise InputError(f"{where}: has the measurements {', '.join(here)}; say which with --measurement")
        found.append((hits or here)[0])
    return found


def _labels(targets: Sequence[Target], measurements: Sequence[str]) -> list[str]:
    """Return short names that differ: those of the measurements, else of the files, else with a number behind."""
    short = [_word(name.removesuffix(ASIMOV_SUFFIX)) for name in measurements]
    if len(set(short)) == len(short):
        return short
    stems = [
        _word(Path(target).stem) if isinstance(target, str | Path) and Path(target).suffix else label
        for target, label in zip(targets, short, strict=True)
    ]
    return [f"{label}-{k + 1}" if stems.count(label) > 1 else label for k, label in enumerate(stems)]


def _word(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.+-]+", "_", name) or "workspace"


def _refuse_unknown(parts: Sequence[Part], poi: str | None, called: Sequence[str]) -> None:
    """Refuse names of the parameter of interest that no file has; a file may lack them that knows its quantity."""
    if poi is None or any(part.poi == poi for part in parts):
        return
    known = dict.fromkeys(name for part in parts for name in part.kinds)
    close = next(filter(None, (nearest(name, known) for name in (poi, *called))), "")
    raise InputError(
        f"--poi {poi}={','.join(called)}: no file has a parameter of these names{close}; they have {', '.join(known)}"
    )


def _with_data(part: Part, data: str | None) -> Part:
    """Return the part of a workspace with the data that are asked for."""
    from numm_stats.inference.statmodel import validated  # noqa: PLC0415

    if data == "observed" and part.asimov:
        raise InputError(f"--data observed: {part.where} holds an Asimov set and no observed counts")
    if data in (None, "observed"):
        return part
    return read_part(with_asimov(validated(spec_of(part), part.where), str(data)), part.label, part.where)


def _refuse_other_signals(analyses: Sequence[Analysis]) -> None:
    """Refuse signals of another kind, mediator or flavour: their strengths have one name and mean different things."""
    for analysis in analyses:
        one, other = (_signal(each) for each in (analyses[0], analysis))
        for key in dict.fromkeys([*one, *other]):
            if one.get(key) != other.get(key):
                raise InputError(
                    f"{analysis.name} has signal.{key} = {other.get(key)}, {analyses[0].name} has {one.get(key)}: a "
                    "combination is about one quantity; to make one of another signal, write it with "
                    f"`numm-stats workspace {analysis.name} --set signal.{key}=... -o FILE` and combine that file"
                )


def _signal(analysis: Analysis) -> dict[str, Any]:
    """Return what the strength of a signal belongs to: all but its unit and how it is computed."""
    said = analysis.signal.model_dump(exclude={"reference", "kinematics", "inspire"})
    return said | ({"flavours": sorted(said["flavours"] or FAMILIES)} if "flavours" in said else {})


def _refuse_different_truths(parts: Sequence[Part], interest: PointOfInterest) -> None:
    """Refuse Asimov sets with different signals in them, where that can be told: no one model expects such data."""
    found = [(part, truth) for part in parts if part.asimov and (truth := _injected(part, interest)) is not None]
    for part, truth in found[1:]:
        first, known = found[0]
        if abs(truth - known) > SAME_TRUTH * max(1.0, abs(truth), abs(known)):
            raise InputError(
                f"{part.where} is an Asimov set of {interest.name} = {_shown(truth)}, {first.where} of "
                f"{_shown(known)}: they have no truth in common; --data asimov, or asimov:MOMENT, makes them of one"
            )


def _shown(truth: float) -> str:
    return f"{truth if abs(truth) > NO_TRUTH else 0.0:.4g}"


def _injected(part: Part, interest: PointOfInterest) -> float | None:
    """Return the signal in an Asimov set in units of the combination, None where the set is of another model."""
    model = _model(spec_of(part))
    theta = model.model.parameters.initial.copy()
    counts = []
    for mu in (0.0, 1.0):
        theta[model.poi_index] = mu
        counts.append(model.model.expected(theta))
    background, signal = counts[0], counts[1] - counts[0]
    if model.model.is_polynomial or not signal.any():
        return None
    rest = model.data.main - background
    mu = float(signal @ rest / (signal @ signal))
    if np.abs(rest - mu * signal).max() > SAME_TRUTH * np.abs(signal).max() + 1e-9 * background.max():
        return None
    return mu / signal_factor(PointOfInterest.read(part.poi), interest)


def _model(spec: dict[str, Any]) -> Any:
    """Return the model of a workspace; an InputError where it is none."""
    from numm_stats.inference.statmodel import read_workspace  # noqa: PLC0415

    return read_workspace(spec, powers=tied_powers(normfactors(spec)))
