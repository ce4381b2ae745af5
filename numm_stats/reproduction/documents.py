"""Which documents there are, and their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from numm_stats.errors import InputError, nearest
from numm_stats.reproduction.argon import argon_rows
from numm_stats.reproduction.borexino import borexino_rows
from numm_stats.reproduction.isodar import isodar_rows
from numm_stats.reproduction.nova import nova_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numm_stats.reproduction.rows import Row

__all__ = ["DOCUMENTS", "reproduce"]

DOCUMENTS: Final[dict[str, Callable[[], list[Row]]]] = {
    "isodar": isodar_rows,
    "argon": argon_rows,
    "borexino": borexino_rows,
    "nova": nova_rows,
}


def reproduce(name: str | None = None) -> list[Row]:
    """Return the rows of one document, or of all.

    Raises:
        InputError: if there is no such document.
    """
    if name is not None and name not in DOCUMENTS:
        raise InputError(
            f"nothing to reproduce by the name '{name}'{nearest(name, DOCUMENTS)}; there is {', '.join(DOCUMENTS)}"
        )
    chosen = DOCUMENTS if name is None else {name: DOCUMENTS[name]}
    return [row for rows in chosen.values() for row in rows()]
