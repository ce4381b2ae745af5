"""Workspaces on disk: read with a clear word about what is wrong, written whole or not at all."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from numm_stats.atomic import replace_file
from numm_stats.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_writable", "read_json", "write_bytes", "write_text"]


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises:
        InputError: if the file is missing, a folder, not text, not JSON, or not a pyhf workspace by its outer keys.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder: give the workspace file in it") from None
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: not JSON, line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read as text: {error}") from None
    needed = ("channels", "observations", "measurements", "version")
    missing = [key for key in needed if not isinstance(content, dict) or key not in content]
    if missing:
        raise InputError(f"{path}: no pyhf workspace, {', '.join(missing)} missing; it needs {', '.join(needed)}")
    return dict(content)


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step, see `write_bytes`."""
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"{path} cannot be written: {error}") from None
    write_bytes(path, content)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file in one step: readers see the old or the new, never half of it.

    A link is followed, an old file keeps its mode, and what is no regular file (a pipe, /dev/stdout) is written into.

    Raises:
        InputError: if the folder does not exist or may not be written to.
    """
    check_writable(path)
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.write_bytes(content)
            return
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        replace_file(target, content, mode)
    except (OSError, RuntimeError) as error:
        raise InputError(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from None


def check_writable(path: Path) -> None:
    """Refuse a path in a folder that does not exist, or that is a folder itself.

    Raises:
        InputError: saying which.
    """
    if not path.parent.is_dir():
        raise InputError(f"{path}: folder {path.parent} does not exist; make it first")
    if path.is_dir():
        raise InputError(f"{path} is a folder: give the name of a file")


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    umask = os.umask(0)
    os.umask(umask)
    return umask
