"""Published numbers beside ours, with a measured reason for each difference."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Row"]


@dataclass(frozen=True)
class Row:
    """One published number beside ours.

    Attributes:
        document: where it is published.
        row: which of its numbers.
        quantity: what it is a limit on.
        published: the number.
        ours: ours, by the published recipe.
        ratio: ours over published.
        note: why they differ, with measured figures.
    """

    document: str
    row: str
    quantity: str
    published: float
    ours: float
    ratio: float
    note: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text for JSON."""
        return asdict(self)
