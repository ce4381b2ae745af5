"""TEXONO and GEMMA beside our germanium: how far what is known of the background moves the limit."""

from __future__ import annotations

from typing import Final

from numm_stats.verbs.limiting import limit
from numm_stats.verbs.loading import load

__all__ = ["BACKGROUND_KNOWN", "moment_where_known"]

# What is known of the background of such an entry, and its [[background]] there
BACKGROUND_KNOWN: Final = {"each bin free": {"per_bin": True}, "shape known": {"free": True}, "all known": {}}


def moment_where_known(entry: str, known: str) -> float:
    """Return the expected limit (Delta chi2 = 1.642) of a reactor's entry by what is known of its one background.

    The collaborations describe the spectrum with the reactor off by a smooth curve, which is more than a number free in
    each bin and less than a known shape.

    Args:
        entry: "texono" or "gemma".
        known: one of `BACKGROUND_KNOWN`.

    Returns:
        The moment [Bohr magnetons].
    """
    analysis = load(entry)
    stated = {"per_bin": False, "free": False, **BACKGROUND_KNOWN[known]}
    backgrounds = [table.model_copy(update=stated) for table in analysis.background]
    return limit(analysis.model_copy(update={"background": backgrounds}), construction="delta-chi2").value
