"""`numm-stats select` of saved histograms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

    from numm_stats.selections.selected import SelectedTemplates
    from numm_stats.selections.table_saved import SavedSelection

__all__ = ["select_histograms"]


def select_histograms(
    selection: SavedSelection, files: tuple[str, ...], choices: dict[str, Any], given: Collection[str]
) -> tuple[SelectedTemplates, SelectedTemplates | None]:
    """Return the templates of saved histograms, and their data unless Asimov data are asked for.

    Args:
        selection: what is wanted; at the exposure of --pot, or else of data that say theirs, as of events.
        files: with the histograms.
        choices: options by name.
        given: options that stand on the command line.

    Raises:
        InputError: if an option is of events alone, or a histogram is missing or does not go with the others.
    """
    from numm_stats.selections.saved_build import select_saved  # noqa: PLC0415

    if choices["real"]:
        raise InputError("--events-of: data of saved histograms are [data] histogram, or h_data of a response")
    for option in given:
        if option in ("--skip-bad", "--jobs"):
            raise InputError(f"{option} is of events: selection '{selection.name}' reads saved histograms")
    if choices["pot"] is not None:
        selection = selection.with_pot(choices["pot"])
    found, data = select_saved(selection, files)
    if data is None or "--data" in given:
        return found, None
    measured = data.exposure.simulated_pot
    if choices["pot"] is None and measured is not None and measured != found.exposure.pot:
        found, data = select_saved(selection.with_pot(measured), files)
    return found, data
