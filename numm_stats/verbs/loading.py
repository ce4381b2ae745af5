"""Targets: names of the catalogue, analysis files, workspace files, and whose data they are to have."""

from __future__ import annotations

import math
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numm_stats.analyses.analysis import Analysis, ChargeRadiusTable, DataTable
from numm_stats.analyses.reading import parse_analysis, parse_toml, read_analysis
from numm_stats.errors import InputError, nearest
from numm_stats.workspace.files import read_json

if TYPE_CHECKING:
    import pyhf

__all__ = [
    "catalogue",
    "catalogue_text",
    "load",
    "selection_names",
    "selection_text",
    "selections",
    "with_asimov",
    "with_data",
]


def catalogue() -> dict[str, str]:
    """Return the note of every named analysis, by name."""
    return {name: str(_document(name).get("note", "")) for name in _names()}


def catalogue_text(name: str) -> str:
    """Return the TOML text of a named analysis."""
    return (resources.files("numm_stats") / "catalogue" / f"{name}.toml").read_text("utf-8")


def selection_names() -> list[str]:
    """Return the names of the catalogue's selections, for `numm-stats select`."""
    folder = resources.files("numm_stats") / "catalogue" / "selections"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def selections() -> dict[str, str]:
    """Return the note of every selection of the catalogue, by name."""
    return {n: str(parse_toml(selection_text(n), f"selection {n}").get("note", "")) for n in selection_names()}


def selection_text(name: str) -> str:
    """Return the TOML text of one of the catalogue's selections."""
    return (resources.files("numm_stats") / "catalogue" / "selections" / f"{name}.toml").read_text("utf-8")


def load(
    target: str | Path,
    overrides: tuple[str, ...] = (),
    data: str | None = None,
    *,
    poi: str | None = None,
    measurement: str | None = None,
) -> Analysis | pyhf.Workspace:
    """Return the analysis of a catalogue name or TOML file, or the workspace in a JSON file.

    Args:
        target: name, or path ending in .toml or .json.
        overrides: `KEY=VALUE` replacements in an analysis. A reference that the file states is dropped with them,
            unless they set one, because the limit moves.
        data: "observed", "asimov" or "asimov:MOMENT" in place of what the target holds; a workspace with an Asimov set
            keeps only the measurement that it was made with.
        poi: parameter of interest of a workspace that the Asimov set is made for, where it is not the measurement's.
        measurement: of a workspace that the Asimov set is made with, where it is not the first.

    Raises:
        InputError: if there is no such thing, or an override makes no sense for it.
    """
    if not isinstance(target, str | Path) or "\0" in str(target):
        raise InputError(f"target {target!r}: must be a name, or a path ending in .toml or .json")
    path = Path(target)
    if str(target) in _names():
        analysis = parse_analysis(_document(str(target)), f"analysis {target}", overrides)
    elif path.suffix == ".toml":
        analysis = read_analysis(path, overrides)
    elif path.suffix == ".json":
        return _workspace(path, overrides, data, poi, measurement)
    elif str(target) in selection_names():
        raise InputError(f"'{target}' is a selection of ROOT files: numm-stats select {target} FILE... -o FILE.json")
    else:
        hint = nearest(str(target).lower(), _names()) or "; `numm-stats list` names them"
        raise InputError(f"no analysis '{target}'{hint} (or give a .toml or .json file)")
    return analysis if data is None else with_data(analysis, data)


def with_data(analysis: Analysis, data: str) -> Analysis:
    """Return the analysis with the data that `--data` asks for."""
    if data == "observed":
        if analysis.data.kind == "asimov":
            raise InputError(f"--data observed: {analysis.name} has no observed counts; give them in [data]")
        return analysis
    injected = asimov_injection(data, either_sign=isinstance(analysis.signal, ChargeRadiusTable))
    table = DataTable(kind="asimov", injected=injected or None, truth=analysis.data.truth)
    return analysis.model_copy(update={"data": table})


def asimov_injection(data: str, *, foreign: bool = False, either_sign: bool = False) -> float:
    """Return the moment or coupling of "asimov:MOMENT", zero for "asimov"; of a foreign parameter any finite value.

    A charge radius may have `either_sign`.
    """
    kind, colon, text = data.partition(":")
    try:
        value = float(text) if colon else 0.0
    except ValueError:
        value = math.nan
    size = abs(value) if either_sign else value
    if kind != "asimov" or not (math.isfinite(value) if foreign else 0.0 <= size <= 1.0):
        raise InputError(f"--data {data}: must be observed, asimov, or asimov:MOMENT such as asimov:5e-11")
    return value


def _workspace(
    path: Path, overrides: tuple[str, ...], data: str | None, poi: str | None, measurement: str | None
) -> pyhf.Workspace:
    from numm_stats.inference.statmodel import validated  # noqa: PLC0415  pyhf comes with it

    if overrides:
        raise InputError(f"--set {overrides[0]}: {path} is a workspace; only an analysis has keys to set")
    spec = validated(read_json(path), str(path))
    if data in (None, "observed"):
        return spec
    return validated(with_asimov(spec, str(data), poi=poi, measurement=measurement), str(path))


def with_asimov(
    spec: pyhf.Workspace, data: str, *, poi: str | None = None, measurement: str | None = None
) -> dict[str, Any]:
    """Return one measurement of a workspace, its observations replaced by what it expects at its initial values."""
    from numm_stats.inference.statmodel import ASIMOV_SUFFIX, read_workspace  # noqa: PLC0415  pyhf comes with it
    from numm_stats.workspace.poi import PointOfInterest, normfactors, tied_powers  # noqa: PLC0415

    model = read_workspace(spec, poi=poi, measurement=measurement, powers=tied_powers(normfactors(spec)))
    meaning, theta = PointOfInterest.read(model.poi), model.model.parameters.initial.copy()
    injected = asimov_injection(data, foreign=meaning.reference is None, either_sign=meaning.has_either_sign)
    theta[model.poi_index] = meaning.parameter(injected)
    counts = model.model.expected(theta)
    observations = [{"name": c.name, "data": counts[c.bins].tolist()} for c in model.model.channels]
    chosen = next(entry for entry in spec["measurements"] if entry["name"] == model.name)
    name = model.name if model.asimov else f"{model.name}{ASIMOV_SUFFIX}"
    return {**spec, "observations": observations, "measurements": [{**chosen, "name": name}]}


def _names() -> list[str]:
    folder = resources.files("numm_stats") / "catalogue"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def _document(name: str) -> dict[str, Any]:
    return parse_toml(catalogue_text(name), f"analysis {name}")
