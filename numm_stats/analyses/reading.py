"""TOML files to analyses: every message names the file, the key, the value and what is allowed."""

from __future__ import annotations

import math
import tomllib
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from numm_stats.analyses.analysis import Analysis, ChargeRadiusTable, MediatorTable, MomentSignal
from numm_stats.analyses.borexino_tables import BorexinoTable
from numm_stats.analyses.source_tables import SOURCE_TABLES
from numm_stats.errors import InputError, nearest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["parse_analysis", "parse_toml", "read_analysis", "read_counts", "replaced"]

NEXT_TO_ZERO = 1e-29
BOUNDS = {
    "greater_than": "greater than",
    "greater_than_equal": "greater than or equal to",
    "less_than": "less than",
    "less_than_equal": "less than or equal to",
}
TAGGED: tuple[type[BaseModel], ...] = (*SOURCE_TABLES, MomentSignal, MediatorTable, ChargeRadiusTable)


def read_analysis(path: Path, overrides: tuple[str, ...] = ()) -> Analysis:
    """Return the analysis in a TOML file, some keys replaced.

    Raises:
        InputError: if the file cannot be read, is not TOML, or a key or value is not allowed.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder: give the analysis file in it") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as text: {error}") from None
    document = parse_toml(text, str(path))
    return parse_analysis(_located(document, path.parent), str(path), overrides)


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """Return the tables of a TOML text; an InputError that names place and fault otherwise."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of a thousand digits, tables in tables without end
        raise InputError(f"{where}: not valid TOML: {error}") from None


def _located(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the tables with every `file` key made relative to the folder of the TOML file that names it."""
    return {key: _located_value(key, value, folder) for key, value in document.items()}


def _located_value(key: str, value: Any, folder: Path) -> Any:
    if isinstance(value, dict):
        return _located(value, folder)
    if isinstance(value, list):
        return [_located_value(key, entry, folder) for entry in value]
    is_file = key.rpartition(".")[2] == "file" and isinstance(value, str)  # choices name keys by their path
    return str((folder / value).absolute()) if is_file else value


def parse_analysis(document: dict[str, Any], where: str, overrides: tuple[str, ...] = ()) -> Analysis:
    """Return the analysis of parsed TOML tables, each override `KEY=VALUE` applied first.

    Raises:
        InputError: naming `where`, the key, the value and what is allowed.
    """
    stated = document
    for override in overrides:
        document = _overridden(document, override)
    if _moves_limit([override for override in overrides if not _is_a_choice(override, stated)]):
        document = _without_reference(document)
    try:
        return Analysis.model_validate(document)
    except ValidationError as error:
        raise InputError(f"{where}: " + "; ".join(_explain(entry) for entry in error.errors()[:3])) from None


def _is_a_choice(override: str, document: dict[str, Any]) -> bool:
    """Whether an override names a value that the choices list: a configuration of the analysis, not another one."""
    key, _, text = override.partition("=")
    choices = document.get("choices")
    values = choices.get(key.strip()) if isinstance(choices, dict) else None
    return isinstance(values, list) and _literal(text) in values


def _moves_limit(overrides: list[str]) -> bool:
    """Whether overrides change the expected limit, and state no reference for it."""
    changes = [override for override in overrides if not override.startswith(("data.", "name=", "note="))]
    return bool(changes) and not any(override.startswith("signal.reference") for override in changes)


def _without_reference(document: dict[str, Any]) -> dict[str, Any]:
    """Return the tables without the reference that was right before the change: it is derived anew."""
    signal = document.get("signal")
    if not isinstance(signal, dict):
        return document
    return {**document, "signal": {key: value for key, value in signal.items() if key != "reference"}}


def _overridden(document: dict[str, Any], override: str) -> dict[str, Any]:
    """Return the tables with one key replaced; of a discrete systematic that is the choice that was made."""
    key, equals, text = override.partition("=")
    if not equals or not all(key.strip().split(".")):
        raise InputError(f"--set {override}: must be KEY=VALUE, for example --set exposure.events=33000")
    changed = replaced(document, key.strip(), _literal(text), f"--set {override}")
    choices = document.get("choices")
    if isinstance(choices, dict) and key.strip() in choices:
        changed["choices"] = {name: values for name, values in choices.items() if name != key.strip()}
    return changed


def replaced(document: dict[str, Any], key: str, value: Any, where: str) -> dict[str, Any]:
    """Return the tables with the value of a key, `table.key`, replaced.

    Raises:
        InputError: naming `where`, if the key leads into what is no table.
    """
    *path, last = key.split(".")
    changed = table = dict(document)
    for name in path:
        inner = table.get(name, {})
        if not isinstance(inner, dict):
            raise InputError(f"{where}: '{name}' is not a table; lists are changed in a file of your own")
        table[name] = dict(inner)
        table = table[name]
    table[last] = value
    return changed


def _literal(text: str) -> Any:
    """Return a TOML value, or the text itself where it is none: names need no quotes on a command line."""
    try:
        return tomllib.loads(f"value = {text.strip()}")["value"]
    except (ValueError, RecursionError):
        return text.strip()


def _explain(entry: Any) -> str:
    """Turn one of pydantic's errors into a sentence: key, value, what is allowed."""
    places = entry["loc"]
    key = ".".join(str(place) for place in places if not _is_tag(places, place))
    if entry["type"] == "extra_forbidden":
        valid = _valid_keys(places[:-1])
        return f"unknown key '{key}'{nearest(str(places[-1]), valid)}; valid keys here are {', '.join(valid)}"
    if entry["type"] == "missing":
        return f"key '{key}' is missing"
    message = entry["msg"].removeprefix("Value error, ").removeprefix("Input ").strip()
    if entry["type"] == "union_tag_not_found":
        field = Analysis.model_fields.get(key)
        kinds = [kind for model in _models(field.annotation if field else None) for kind in _tags(model)]
        return f"key '{key}.kind' is missing: must be one of {', '.join(kinds)}"
    if entry["type"] == "union_tag_invalid":
        found = entry["ctx"]["tag"]
        allowed = entry["ctx"]["expected_tags"]
        hint = nearest(found, allowed.replace("'", "").split(", "))
        return f"key '{key}.kind' = '{found}'{hint}: must be one of {allowed}"
    if entry["type"] == "value_error":
        return f"[{key}] {message}" if key else message
    return f"key '{key}' = {entry['input']!r}: {_bounded(entry) or message}"


def _bounded(entry: Any) -> str | None:
    """Say what a number must be, bounds as short as they can be: next to zero is zero."""
    if entry["type"] not in BOUNDS:
        return None
    words, bound = BOUNDS[entry["type"]], next(iter(entry["ctx"].values()))
    return f"should be {words} {bound if abs(bound) > NEXT_TO_ZERO else 0:g}"


def _is_tag(places: tuple[Any, ...], place: Any) -> bool:
    """A discriminated union puts its tag into the path: not something that the user wrote."""
    tagged = len(places) > 1 and places[0] in ("source", "signal", "detector")
    return tagged and place == places[1] and places.index(place) == 1


def _valid_keys(places: tuple[Any, ...]) -> list[str]:
    """Return the keys of the table at a path, by walking the models' annotations."""
    model: type[BaseModel] = Analysis
    for place in places:
        if isinstance(place, int):
            continue
        tagged = [m for m in TAGGED if _has_tag(m, place)]
        field = model.model_fields.get(str(place))
        found = tagged or _models(field.annotation if field else None)
        if place == "hits" and field is None:
            found = _models(BorexinoTable)  # the tag of a detector that counts them
        if found:
            model = found[0]
    return list(model.model_fields)


def _has_tag(model: type[BaseModel], tag: Any) -> bool:
    return tag in _tags(model)


def _tags(model: type[BaseModel]) -> tuple[str, ...]:
    return getattr(model.model_fields["kind"].annotation, "__args__", ())


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models(part)]


def read_counts(path: Path) -> list[float]:
    """Return the counts in a text file, split by commas or blanks; an InputError that names file and line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"data.file {path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    counts: list[float] = []
    for number, line in enumerate(lines, start=1):
        counts += [_count(word, path, number) for word in line.partition("#")[0].replace(",", " ").split()]
    if not counts:
        raise InputError(f"data.file {path} has no counts: one number for each bin is needed")
    return counts


def _count(word: str, path: Path, number: int) -> float:
    try:
        value = float(word)
    except ValueError:
        raise InputError(f"{path}, line {number}: '{word}' is no number; counts are needed, one for each bin") from None
    if not math.isfinite(value) or value < 0.0:
        raise InputError(f"{path}, line {number}: count {word} must be finite and not negative")
    return value
