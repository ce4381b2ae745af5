"""Figures on disk: written whole or not at all, and the same figure is the same bytes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from numm_stats.errors import InputError
from numm_stats.plots.style import drawing_style
from numm_stats.workspace.files import check_writable, write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["check_figure", "save_figure"]

# What each format would say about when it was written: nothing.
_METADATA: Final[dict[str, dict[str, str | None]]] = {
    ".png": {},
    ".pdf": {"CreationDate": None},
    ".svg": {"Date": None},
}


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure in one step, in the format that the file's name ends with; an older file is replaced.

    Raises:
        InputError: for an ending that is not .png, .pdf or .svg, or a folder that is missing or not writable.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    check_figure(path)
    content = io.BytesIO()
    with drawing_style():
        figure.savefig(content, format=suffix[1:], metadata=_METADATA[suffix])
    write_bytes(path, content.getvalue())


def check_figure(path: Path) -> None:
    """Refuse a file that no figure can be written to; for a command to ask before it computes one.

    Raises:
        InputError: as `save_figure`.
    """
    suffix = path.suffix.lower()
    if suffix not in _METADATA:
        given = f"ends with '{path.suffix}'" if suffix else "has no ending"
        raise InputError(f"{path} {given}: a figure is written as {', '.join(_METADATA)}")
    check_writable(path)
