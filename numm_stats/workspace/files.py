"""Workspaces on disk: read with a clear word about what is wrong, written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from numm_stats.errors import InputError

__all__ = ["read_json", "write_text"]


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises:
        InputError: if the file is missing, a folder, not text, not JSON, or not a pyhf workspace by its outer keys.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder: give the workspace file in it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as text: {error}") from None
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: not JSON, line {error.lineno}, column {error.colno}: {error.msg}") from None
    needed = ("channels", "observations", "measurements", "version")
    missing = [key for key in needed if not isinstance(content, dict) or key not in content]
    if missing:
        raise InputError(f"{path}: no pyhf workspace, {', '.join(missing)} missing; it needs {', '.join(needed)}")
    return dict(content)


def write_text(path: Path, text: str) -> None:
    """Write a file in one step: readers see the old or the new, never half of it.

    Raises:
        InputError: if the folder does not exist or may not be written to.
    """
    folder = path.parent
    if not folder.is_dir():
        raise InputError(f"{path}: folder {folder} does not exist; make it first")
    if path.is_dir():
        raise InputError(f"{path} is a folder: give the name of a file")
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)  # it is there only if something failed
    except (OSError, UnicodeEncodeError) as error:
        raise InputError(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from None
