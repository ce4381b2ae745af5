"""Files that come to stand in a folder together, or not at all."""

from __future__ import annotations

import glob
import os
import platform
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["staged"]


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give an empty folder for files, which are put into `folder` if all goes well.

    However this ends, by an interruption as well, the folder given is gone; after a failure so is all that was made.
    What a process of this machine left that was killed outright is taken away as well.

    Args:
        folder: made if it does not exist, with those that it is in.

    Raises:
        FileExistsError: if a file stands in the place of one.
        OSError: if the folder cannot be written to.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear(folder)
        stage = Path(tempfile.mkdtemp(dir=folder, prefix=f"{_prefix()}{os.getpid()}."))
        try:
            yield stage
            _place(stage, folder)
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except BaseException:
        for path in made:
            with suppress(OSError):
                path.rmdir()
        raise


def _prefix() -> str:
    """How names of folders of this machine begin, a process number follows."""
    return f".writing.{platform.node()}."


def _clear(folder: Path) -> None:
    """Remove what processes left that are no more."""
    for path in folder.glob(f"{glob.escape(_prefix())}*"):
        number = path.name.removeprefix(_prefix()).partition(".")[0]
        if number.isdecimal() and not _runs(int(number)):
            shutil.rmtree(path, ignore_errors=True)


def _runs(process: int) -> bool:
    """Whether there is a process of that number, as far as this system tells."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _place(stage: Path, folder: Path) -> None:
    """Put all files in their places; none is written over."""
    placed: list[Path] = []
    try:
        for path in sorted(stage.iterdir()):
            os.link(path, folder / path.name)
            placed.append(folder / path.name)
    except BaseException:
        for path in placed:
            path.unlink(missing_ok=True)
        raise
