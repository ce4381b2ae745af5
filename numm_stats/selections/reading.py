"""TOML files to selections: every message names the file, the key, the value and what is allowed."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from numm_stats.errors import InputError, nearest
from numm_stats.selections.table import Selection
from numm_stats.selections.table_saved import SavedSelection

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["parse_selection", "read_selection"]

FILE_KEYS = ("files", "up", "down")
ONE_FILE_KEYS = ("file", "flux")


def read_selection(path: Path) -> Selection | SavedSelection:
    """Return the selection in a TOML file; its globs are relative to the folder that the file is in.

    Raises:
        InputError: if the file cannot be read, is not TOML, or a key or value is not allowed.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid TOML: {error}") from None
    return parse_selection(_located(document, path.absolute().parent), str(path))


def parse_selection(document: dict[str, Any], where: str) -> Selection | SavedSelection:
    """Return the selection of parsed TOML tables: of events in a tree, or of saved histograms.

    Raises:
        InputError: naming `where`, the key, the value and what is allowed.
    """
    model = SavedSelection if _is_of_histograms(document) else Selection
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InputError(f"{where}: " + "; ".join(_explain(entry, model) for entry in error.errors()[:3])) from None


def _is_of_histograms(document: dict[str, Any]) -> bool:
    """Whether a selection has no tree, but a response, or a category or signal with a histogram."""
    categories, signal = document.get("category"), document.get("signal")
    tables = [*(categories if isinstance(categories, list) else []), signal]
    saved = any(isinstance(each, dict) and "histogram" in each for each in tables)
    return "tree" not in document and ("response" in document or saved)


def _located(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the tables with every list of files made relative to a folder; addresses of servers stay."""
    located: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, dict):
            located[key] = _located(value, folder)
        elif isinstance(value, list):
            located[key] = [
                _located(one, folder) if isinstance(one, dict) else _path(one, folder) if key in FILE_KEYS else one
                for one in value
            ]
        else:
            located[key] = _path(value, folder) if key in ONE_FILE_KEYS else value
    return located


def _path(entry: Any, folder: Path) -> Any:
    return str(folder / entry) if isinstance(entry, str) and "://" not in entry else entry


def _explain(entry: Any, model: type[BaseModel]) -> str:
    """Turn one of pydantic's errors into a sentence: key, value, what is allowed."""
    places, valid = _walk(entry["loc"], model)
    key = ".".join(str(place) for place in places)
    message = entry["msg"].removeprefix("Value error, ").removeprefix("Input ").strip()
    if entry["type"] == "extra_forbidden":
        return f"unknown key '{key}'{nearest(str(places[-1]), valid)}; valid keys here are {', '.join(valid)}"
    if entry["type"] == "missing":
        return f"key '{key}' is missing"
    if entry["type"] == "union_tag_not_found":
        return f"key '{key}.kind' is missing: must be one of {_kinds(valid)}"
    if entry["type"] == "union_tag_invalid":
        found, allowed = entry["ctx"]["tag"], entry["ctx"]["expected_tags"]
        hint = nearest(found, allowed.replace("'", "").split(", "))
        return f"key '{key}.kind' = '{found}'{hint}: must be one of {allowed}"
    if entry["type"] == "value_error":
        return f"[{key}] {message}" if key else message
    return f"key '{key}' = {entry['input']!r}: {message}"


def _walk(places: tuple[Any, ...], model: type[BaseModel]) -> tuple[list[Any], list[str]]:
    """Return a path without the tags that pydantic puts into it, and the keys or kinds allowed at its end."""
    shown: list[Any] = []
    models: list[type[BaseModel]] = [model]
    for number, place in enumerate(places):
        tagged = [model for model in models if place in _tags(model)]
        if tagged:
            models = tagged
            continue
        shown.append(place)
        last = number == len(places) - 1
        field = None if isinstance(place, int) else models[0].model_fields.get(str(place))
        if field is not None and (not last or len(_models(field.annotation)) > 1):
            models = _models(field.annotation) or models
    many = len(models) > 1
    return shown, [kind for model in models for kind in _tags(model)] if many else list(models[0].model_fields)


def _kinds(valid: list[str]) -> str:
    return ", ".join(f"'{kind}'" for kind in valid)


def _tags(model: type[BaseModel]) -> tuple[str, ...]:
    field = model.model_fields.get("kind")
    return getattr(field.annotation, "__args__", ()) if field else ()


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models(part)]
