"""Targets: names of the catalogue, analysis files, workspace files, and whose data they are to have."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numm_stats.analysis import Analysis, DataTable
from numm_stats.errors import InputError, nearest
from numm_stats.reading import parse_analysis, parse_toml, read_analysis
from numm_stats.workspace.files import read_json

if TYPE_CHECKING:
    import pyhf

__all__ = ["catalogue", "catalogue_text", "load", "with_data"]


def catalogue() -> dict[str, str]:
    """Return the note of every named analysis, by name."""
    return {name: str(_document(name).get("note", "")) for name in _names()}


def catalogue_text(name: str) -> str:
    """Return the TOML text of a named analysis."""
    return (resources.files("numm_stats") / "catalogue" / f"{name}.toml").read_text("utf-8")


def load(target: str | Path, overrides: tuple[str, ...] = (), data: str | None = None) -> Analysis | pyhf.Workspace:
    """Return the analysis of a catalogue name or TOML file, or the workspace in a JSON file.

    Args:
        target: name, or path ending in .toml or .json.
        overrides: `KEY=VALUE` replacements in an analysis. A reference that the file states is dropped with them,
            unless they set one, because the limit moves.
        data: "observed", "asimov" or "asimov:MOMENT" in place of what the target holds.

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
        return _workspace(path, overrides, data)
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
    injected = asimov_injection(data)
    table = DataTable(kind="asimov", injected=injected or None)
    return analysis.model_copy(update={"data": table})


def asimov_injection(data: str) -> float:
    """Return the moment or coupling of "asimov:MOMENT", zero for "asimov"."""
    kind, colon, text = data.partition(":")
    try:
        value = float(text) if colon else 0.0
    except ValueError:
        value = -1.0
    if kind != "asimov" or not 0.0 <= value <= 1.0:
        raise InputError(f"--data {data}: must be observed, asimov, or asimov:MOMENT such as asimov:5e-11")
    return value


def _workspace(path: Path, overrides: tuple[str, ...], data: str | None) -> pyhf.Workspace:
    from numm_stats.inference.statmodel import validated  # noqa: PLC0415  pyhf comes with it

    if overrides:
        raise InputError(f"--set {overrides[0]}: {path} is a workspace; only an analysis has keys to set")
    spec = validated(read_json(path), str(path))
    if data in (None, "observed"):
        return spec
    return validated(_with_asimov(spec, asimov_injection(str(data))), str(path))


def _with_asimov(spec: pyhf.Workspace, injected: float) -> dict[str, Any]:
    """Return a workspace with its observations replaced by what it expects at its initial nuisance values."""
    from numm_stats.inference.statmodel import read_workspace  # noqa: PLC0415  pyhf comes with it
    from numm_stats.workspace.poi import PointOfInterest  # noqa: PLC0415

    model = read_workspace(spec)
    theta = model.model.parameters.initial.copy()
    theta[model.poi_index] = PointOfInterest.read(model.poi).parameter(injected)
    counts = model.model.expected(theta)
    observations = [{"name": c.name, "data": counts[c.bins].tolist()} for c in model.model.channels]
    first, *others = spec["measurements"]
    name = first["name"] if model.asimov else f"{first['name']}_asimov"
    return {**spec, "observations": observations, "measurements": [{**first, "name": name}, *others]}


def _names() -> list[str]:
    folder = resources.files("numm_stats") / "catalogue"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def _document(name: str) -> dict[str, Any]:
    return parse_toml(catalogue_text(name), f"analysis {name}")
