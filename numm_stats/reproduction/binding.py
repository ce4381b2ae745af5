"""What the binding of electrons changes: germanium at 3 keV and xenon at 1 keV, by steps and not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from numm_stats.physics.binding import atom
from numm_stats.reproduction.rows import Row
from numm_stats.templates.building import WEAK
from numm_stats.templates.templates import SIGNAL
from numm_stats.verbs.limiting import limit
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import build_templates, with_reference

if TYPE_CHECKING:
    from numm_stats.analyses.analysis import Analysis

__all__ = ["binding_rows", "without_binding"]

PAPER: Final = "binding"
SIZE: Final = 3e-11  # of the moment that the events are counted at
# Atom, threshold [MeV], entry of the catalogue, what replaces its bins to start there
CASES: Final = (
    ("germanium", 0.003, "gemma", ("binning.recoil_mev={start=0.003,stop=0.055,width=0.001}",)),
    ("xenon", 0.001, "ar37-xenon", ()),
)


def binding_rows() -> list[Row]:
    """Return free electrons at threshold, events above it and the limit of each atom, without binding in the note."""
    return [row for case in CASES for row in _case(*case)]


def without_binding(entry: str, overrides: tuple[str, ...] = ()) -> Analysis:
    """Return an entry of the catalogue with all electrons of its target free."""
    return load(entry, (*overrides, "detector.binding=none"))


def _case(name: str, threshold_mev: float, entry: str, overrides: tuple[str, ...]) -> list[Row]:
    where = f"{name} at {1e3 * threshold_mev:g} keV"
    share = float(atom(name).free_fraction(threshold_mev))
    free = f"{atom(name).effective_electrons(threshold_mev):g} of {atom(name).electrons} electrons are free there"
    bound, unbound = load(entry, overrides), without_binding(entry, overrides)
    rows = [Row(PAPER, f"{where}, free electrons", "share of all", None, share, None, free)]
    with_steps, without = (build_templates(with_reference(found, SIZE)) for found in (bound, unbound))
    for sample, what in ((WEAK, "weak"), (SIGNAL, f"magnetic at {SIZE:g}")):
        events, all_free = (float(made[sample].sum()) for made in (with_steps, without))
        rows.append(_row(f"{where}, {what}", "events", events, all_free, f"{entry}, all above threshold"))
    moment, if_free = (limit(found).value for found in (bound, unbound))
    rows.append(_row(f"{where}, limit", "moment", moment, if_free, f"{entry}, expected CLs at 90 %"))
    return rows


def _row(row: str, quantity: str, bound: float, free: float, what: str) -> Row:
    """With binding; nothing is published, and the note has what free electrons give."""
    note = f"{what}; {free:.4g} with free electrons, {100.0 * (bound / free - 1.0):+.2f} % by binding"
    return Row(PAPER, row, quantity, None, bound, None, note)
