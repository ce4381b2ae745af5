"""What toys cannot tell: edges of the expected band out of order, pieces of a region narrower than their error."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from numm_stats.inference.limits import UpperLimit

__all__ = ["with_band_in_order", "with_pieces_joined"]

MEDIAN: Final = 2  # its place in the band of -2 to +2 sigma


def with_band_in_order(limit: UpperLimit) -> UpperLimit:
    """Return a limit without the edges of its expected band that lie on the wrong side of one nearer to the median."""
    band, errors = list(limit.expected), list(limit.expected_uncertainty)
    dropped = _out_of_order(band)
    if not dropped:
        return limit
    for place in dropped:
        band[place] = None
        if errors:
            errors[place] = None
    names = ", ".join(f"{place - MEDIAN:+d} sigma" for place in dropped)
    warning = f"too few toys for the limit at {names}: it is out of order with those nearer to the median, and left out"
    return replace(limit, expected=tuple(band), expected_uncertainty=tuple(errors), warnings=(*limit.warnings, warning))


def _out_of_order(band: list[float | None]) -> list[int]:
    """Return the places of edges that are not beyond all nearer to the median, in the order of the band."""
    found = []
    for sign, places in ((-1.0, range(MEDIAN, -1, -1)), (1.0, range(MEDIAN, len(band)))):
        last: float | None = None
        for place in places:
            edge = band[place]
            if edge is None:
                continue
            if last is not None and sign * (edge - last) < 0.0:
                found.append(place)
            else:
                last = edge
    return sorted(found)


def with_pieces_joined(limit: UpperLimit) -> UpperLimit:
    """Return a region without gaps beside pieces that are narrower than the toys' uncertainty of the upper edge.

    Whether such a piece is there toys do not say. What lies between it and the piece below (of the lowest, above) is
    accepted with it: the region only grows, and its upper edge stays.
    """
    pieces = list(limit.intervals)
    joined: list[str] = []
    while len(pieces) > 1:
        narrow = [k for k, (low, high) in enumerate(pieces) if high - low < limit.uncertainty]
        if not narrow:
            break
        first = max(narrow[0] - 1, 0)
        joined.append(f"{pieces[first][1]:.4g} to {pieces[first + 1][0]:.4g}")
        pieces[first : first + 2] = [(pieces[first][0], pieces[first + 1][1])]
    if not joined:
        return limit
    warning = (
        f"the gap {limit.poi} = {', '.join(joined)} lies beside a piece that is narrower than the toys' uncertainty "
        f"({limit.uncertainty:.2g}): joined, throw more toys to see whether it is one"
    )
    return replace(limit, intervals=tuple(pieces), warnings=(*limit.warnings, warning))
