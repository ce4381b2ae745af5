"""The manifest of a toy campaign: what its toys are, in one JSON file that is made once and then only grows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from numm_stats.atomic import create_file
from numm_stats.errors import InputError
from numm_stats.inference.shards import IDENTITY, Campaign, write

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FORMAT", "MANIFEST", "continued", "open_campaign", "store"]

MANIFEST: Final = "manifest.json"
FORMAT: Final = 2
KEYS: Final = (*IDENTITY, "confidence_level", "hypotheses", "toys", "engine")


def open_campaign(folder: Path) -> Campaign:
    """Return the campaign in a folder.

    Raises:
        InputError: if there is none, or its manifest cannot be read.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{folder}: no toy campaign, {MANIFEST} is missing") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    lacking = [key for key in KEYS if key not in manifest] if isinstance(manifest, dict) else ["everything"]
    if lacking or manifest["format"] != FORMAT:
        raise InputError(f"{path} is no manifest of format {FORMAT}: {', '.join(lacking) or 'format'}")
    if not (isinstance(manifest["toys"], int) and manifest["toys"] > 0 and _are_hypotheses(manifest["hypotheses"])):
        raise InputError(f"{path} is damaged: toys must be a positive number, hypotheses have mu, tested and theta")
    return Campaign(folder, manifest)


def _are_hypotheses(found: Any) -> bool:
    def numbers(values: Any) -> bool:
        return isinstance(values, list) and all(isinstance(value, int | float) for value in values)

    return (
        isinstance(found, list)
        and bool(found)
        and all(
            isinstance(entry, dict)
            and numbers([entry.get("mu")])
            and numbers(entry.get("tested"))
            and isinstance(entry.get("theta"), list)
            and all(isinstance(value, str) for value in entry["theta"])
            for entry in found
        )
    )


def store(folder: Path, manifest: dict[str, Any], *, engine: str) -> Campaign:
    """Write the manifest of a new campaign, or continue the one that is there: two that begin at once are one.

    Args:
        folder: made if it does not exist.
        manifest: of the campaign that is asked for.
        engine: that was asked for, "auto" for any.

    Raises:
        InputError: if the folder holds another campaign, or cannot be written.
    """
    content = json.dumps(manifest, indent=1).encode()
    try:
        folder.mkdir(exist_ok=True)
        create_file(folder / MANIFEST, content)
    except FileExistsError:
        manifest = continued(open_campaign(folder), manifest, engine=engine)
        write(folder / MANIFEST, json.dumps(manifest, indent=1).encode())
    except OSError as error:
        raise InputError(f"{folder}: the folder cannot be made or written: {error.strerror}") from None
    return Campaign(folder, manifest)


def continued(old: Campaign, new: dict[str, Any], *, engine: str = "auto") -> dict[str, Any]:
    """Return the manifest to go on with: its hypotheses, which another machine would find to the last bit but one."""
    for key in (*IDENTITY, "confidence_level", *(("engine",) if engine != "auto" else ())):
        if old.manifest[key] != new[key]:
            raise InputError(
                f"{old.folder} holds another campaign: its {key} is another, {old.manifest[key]} and not {new[key]}; "
                "choose an empty folder"
            )
    return {**old.manifest, "toys": max(old.toys, int(new["toys"]))}
