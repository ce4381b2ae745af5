"""Files written in one step: readers see the old or the new, never half of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["create_file", "replace_file"]


def replace_file(target: Path, content: bytes, mode: int = 0o644) -> None:
    """Write content beside the target under a name of its own, then put it in the target's place.

    Args:
        target: the file, in a folder that exists.
        content: all of it.
        mode: permissions of the file.

    Raises:
        OSError: if the folder cannot be written to; nothing is left behind.
    """
    name = _written(target, content, mode)
    try:
        name.replace(target)
    finally:
        name.unlink(missing_ok=True)  # it is there only if something failed


def create_file(target: Path, content: bytes, mode: int = 0o644) -> None:
    """Write content to a file that must not exist: of two who try at once, one succeeds.

    Raises:
        FileExistsError: if it exists.
        OSError: if the folder cannot be written to; nothing is left behind.
    """
    name = _written(target, content, mode)
    try:
        os.link(name, target)
    finally:
        name.unlink()


def _written(target: Path, content: bytes, mode: int) -> Path:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).chmod(mode)
    except BaseException:  # an interruption too
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)
