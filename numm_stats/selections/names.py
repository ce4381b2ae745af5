"""Names that a workspace has a meaning for, refused before any file is opened."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from numm_stats.errors import InputError
from numm_stats.selections.table_systematics import NormalisationSystematic, UniversesSystematic
from numm_stats.templates.templates import SIGNAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numm_stats.selections.table import Selection

__all__ = ["refuse_equal_histograms", "refuse_reserved_names"]

_PARAMETERS: Final = {
    r"staterror(_.*)?": "the statistical uncertainty of simulation",
    r"(mu_nu2|g2|g4|r2|r4)_over_.*|strength_at_.*": "the parameter of interest",
}
_SIGNALS: Final = rf"{SIGNAL}(_g\d+)?"


def refuse_reserved_names(systematics: Iterable[str], categories: Iterable[str], signals: Iterable[str]) -> None:
    """Refuse systematics that would share a parameter with another thing, and categories called as signals are.

    Args:
        systematics: their names, which are those of parameters.
        categories: samples beside the signal.
        signals: samples of the signal, none if there is none.

    Raises:
        ValueError: in words for a table's reader.
    """
    for name in systematics:
        for pattern, meaning in _PARAMETERS.items():
            if re.fullmatch(pattern, name):
                raise ValueError(f"systematic '{name}' has a name that is kept for {meaning}: give it another")
    if any(signals):
        for name in categories:
            if re.fullmatch(_SIGNALS, name):
                raise ValueError(
                    f"category '{name}' has a name that is kept for the samples of [signal]: give it another"
                )


def refuse_equal_histograms(selection: Selection, *, data: bool) -> None:
    """Refuse, before events are read, names of which two histograms would have one.

    Args:
        selection: whose histograms are to be written.
        data: whether real events are among them.

    Raises:
        InputError: naming both.
    """
    names = [*selection.sample_names, *_names_of_variations(selection), *(["data"] if data else [])]
    for name, times in Counter(names).items():
        if times > 1:
            raise InputError(f"two histograms would be '{name}': give the sample or systematic another name")


def _names_of_variations(selection: Selection) -> Iterator[str]:
    """Those that move the shape of a sample; of universes, the first of however many."""
    for each in selection.systematic:
        if isinstance(each, NormalisationSystematic) or getattr(each, "modifier", "histosys") == "normsys":
            continue
        parameter = f"{each.name}_0" if isinstance(each, UniversesSystematic) else each.name
        for sample in selection.sample_names:
            if selection.moves(each, sample):
                yield from (f"{sample}_{parameter}_up", f"{sample}_{parameter}_down")
