"""Published numbers beside ours, with a measured reason for each difference."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Row", "compare", "quote", "taken_over"]


@dataclass(frozen=True)
class Row:
    """One published number beside ours.

    Attributes:
        document: where it is published.
        row: which of its numbers.
        quantity: what it is a limit on.
        published: the number, where the note says "not in print" one calculated independently; None without either.
        ours: ours, by the published recipe; None where it is quoted and not computed.
        ratio: ours over published; None without both, or where they are of different data.
        note: why they differ, with measured figures.
        entry: its place in the table of published numbers, as in "borexino.flavour_basis.mu"; empty if it has none.
    """

    document: str
    row: str
    quantity: str
    published: float | None
    ours: float | None
    ratio: float | None
    note: str
    entry: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text for JSON."""
        return asdict(self)


def compare(  # noqa: PLR0917  a row is read from left to right
    document: str, row: str, quantity: str, published: float, ours: float, note: str, *, entry: str = ""
) -> Row:
    """Return a row with the ratio of both numbers.

    >>> compare("slides", "decays", "decays", 1e11, 1.45e11, "they round").ratio
    1.45
    """
    return Row(document, row, quantity, published, ours, ours / published if published else None, note, entry)


def taken_over(document: str, row: str, quantity: str, published: float, ours: float, *, entry: str) -> Row:
    """Return a row of an input: ours is what our analysis has in its place."""
    return compare(document, row, quantity, published, ours, note="an input, taken over", entry=entry)


def quote(document: str, row: str, quantity: str, published: float, why: str, *, entry: str = "") -> Row:
    """Return a row of a number that is quoted and not computed, and why not."""
    return Row(document, row, quantity, published, None, None, f"quoted, not computed: {why}", entry)
