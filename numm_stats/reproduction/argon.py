"""Can a DUNE module do it? Decays, events and limits of 10 kt of argon."""

from __future__ import annotations

from typing import Final

from numm_stats.backgrounds.argon import argon_decays
from numm_stats.reproduction.isodar import SLIDES
from numm_stats.reproduction.rows import Row, compare
from numm_stats.studies.argon_module import argon_limit
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import build_templates

__all__ = ["BOREXINO_LIMIT", "argon_rows"]

# The question of the slides: can a DUNE module do it? Theirs are the decays and the events; what there is to beat is
# Borexino's limit, arXiv:1707.09355. Measurement of 42Ar, threshold [MeV], depletion of 42Ar, pointing cut.
ARGON_DECAYS, ARGON_EVENTS, BOREXINO_LIMIT = 1e11, 250000.0, 2.8e-11
ARGON: Final = (
    ("Ar42-gerda", 0.75, 1.0, False),
    ("Ar42-gerda", 3.0, 1.0, False),
    ("Ar42-gerda", 4.0, 1.0, False),
    ("Ar42-gerda", 5.0, 1.0, False),
    ("Ar42-gerda", 6.0, 1.0, False),
    ("Ar42-deap", 0.75, 1.0, False),
    ("Ar42-deap", 4.0, 1.0, False),
    ("Ar42-gerda", 0.75, 1.0, True),
    ("Ar42-gerda", 0.75, 1e3, False),
    ("Ar42-gerda", 0.75, 1e3, True),
    ("Ar42-gerda", 0.75, 1e6, False),
    ("Ar42-gerda", 0.75, 1e6, True),
    (None, 0.75, 1.0, False),
    (None, 3.0, 1.0, False),
)


def argon_rows() -> list[Row]:
    """Return decays and events in 5 years as the slides have them, and limits of a DUNE module beside Borexino's."""
    decays, falling, deap = (
        argon_decays(measurement, 1e4, 5.0, decaying=decaying)
        for measurement, decaying in (("Ar42-gerda", False), ("Ar42-gerda", True), ("Ar42-deap", False))
    )
    note = f"92 uBq/kg x 10 kt x 5 years; {falling:.3g} as it decays, {deap:.3g} at DEAP-3600's 40.4 uBq/kg"
    first = compare(SLIDES, "42Ar in 10 kt", "decays", ARGON_DECAYS, decays, note=note, entry="argon.decays_5_years")
    bare = load(
        "dune-argon", ("detector.threshold_mev=0", "binning.recoil_mev={start=0,stop=15,width=0.5}", "background=[]")
    )
    events = float(build_templates(bare)["weak"].sum())
    note = "all recoil energies, running without a pause, 16.7 m as effective distance"
    at = "argon.nu_e_events_5_years"
    second = compare(SLIDES, "nu-e in 10 kt", "events", ARGON_EVENTS, events, note=note, entry=at)
    return [first, second, *(_argon_limit(*case) for case in ARGON)]


def _argon_limit(measurement: str | None, threshold_mev: float, depletion: float, pointing: bool) -> Row:  # noqa: FBT001
    ours = argon_limit(measurement, threshold_mev, depletion=depletion, pointing=pointing).moment
    note = "expected CLs at 90 %, beside Borexino's observed limit (arXiv:1707.09355)"
    argon = "no 42Ar"
    if measurement is not None:
        argon = f"{measurement.removeprefix('Ar42-').upper()}'s 42Ar" + (
            f" / {depletion:.0e}" if depletion > 1.0 else ""
        )
        free = argon_limit(None, threshold_mev, pointing=pointing).moment
        note += f"; {free:.3g} without 42Ar and 42K, whose shapes are known to 1 % in each bin"
    name = f"{argon}, {threshold_mev:g} MeV" + (", pointing" if pointing else "")
    return compare(SLIDES, name, "moment", BOREXINO_LIMIT, ours, note=note)
