"""Published numbers beside ours, with a measured reason for each difference."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from numm_stats.argon_module import argon_limit
from numm_stats.backgrounds.argon import argon_decays
from numm_stats.errors import InputError, nearest
from numm_stats.limiting import limit
from numm_stats.loading import load
from numm_stats.pipeline import build_templates

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DOCUMENTS", "Row", "reproduce"]

SLIDES: Final = "IsoDAR slides"
ONE_SIDED: Final = 1.642
LIKELIHOOD_SCANNED: Final = 0.82

# Published 90 % limits: IsoDAR neutrino-magnetic-moment slides, Delta chi2 = 1.64, 0.7 % normalisation, no background.
# Entry of the catalogue, moment [Bohr magnetons], coupling of a light vector.
ISODAR: Final = (
    ("isodar-kamland-3mev", 4.4e-11, 2.35e-6),
    ("isodar-kamland-1mev", 2.6e-11, 1.75e-6),
    ("isodar-juno-3mev", 2.5e-11, 1.75e-6),
    ("isodar-juno-1mev", 1.5e-11, 1.25e-6),
    ("isodar-juno-0.2mev", 7.6e-12, 6.0e-7),
    ("isodar-sno-0.2mev", 1.5e-11, 8.5e-7),
)

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


def isodar_rows() -> list[Row]:
    """Return the twelve limits of the IsoDAR slides: six moments, six couplings."""
    moments = [_moment(entry, published) for entry, published, _ in ISODAR]
    return moments + [_coupling(f"{entry}-vector", published) for entry, _, published in ISODAR]


def _moment(entry: str, published: float) -> Row:
    ours = _limit(entry)
    half = _limit(entry, "couplings.g_left=0.5")
    scanned = _limit(entry, rise=LIKELIHOOD_SCANNED)
    note = (
        f"the recipe as written gives {ours / published:.2f} x print; with g_L = 1/2 in the weak term {half:.3g} "
        f"({half / published:.2f} x), with Delta chi2 = {LIKELIHOOD_SCANNED}, as if -ln L had been scanned, "
        f"{scanned:.3g} ({scanned / published:.2f} x)"
    )
    return Row(SLIDES, entry, "neutrino magnetic moment", published, ours, ours / published, note)


def _coupling(entry: str, published: float) -> Row:
    ours = _limit(entry)
    half = _limit(entry, "couplings.g_left=0.5")
    scanned = _limit(entry, rise=LIKELIHOOD_SCANNED)
    exact = _limit(entry, "signal.kinematics=exact")
    real = _limit(entry, "signal.kinematics=exact", "signal.interference=true")
    note = (
        f"massless, g^4 term only, low recoil: {ours / published:.2f} x print; g_L = 1/2 gives {half:.3g} "
        f"({half / published:.2f} x), Delta chi2 = {LIKELIHOOD_SCANNED} {scanned:.3g} ({scanned / published:.2f} x); "
        f"exact kinematics {exact:.3g}; a real vector, with interference, is limited to {real:.3g}"
    )
    return Row(SLIDES, entry, "light vector coupling", published, ours, ours / published, note)


def _limit(entry: str, *overrides: str, rise: float = ONE_SIDED) -> float:
    return limit(load(entry, overrides), construction="delta-chi2", delta_chi2=rise).value


def argon_rows() -> list[Row]:
    """Return decays and events in 5 years as the slides have them, and limits of a DUNE module beside Borexino's."""
    decays, falling, deap = (
        argon_decays(measurement, 1e4, 5.0, decaying=decaying)
        for measurement, decaying in (("Ar42-gerda", False), ("Ar42-gerda", True), ("Ar42-deap", False))
    )
    note = f"92 uBq/kg x 10 kt x 5 years; {falling:.3g} as it decays, {deap:.3g} at DEAP-3600's 40.4 uBq/kg"
    first = Row(SLIDES, "42Ar in 10 kt", "decays", ARGON_DECAYS, decays, decays / ARGON_DECAYS, note)
    bare = load(
        "dune-argon", ("detector.threshold_mev=0", "binning.recoil_mev={start=0,stop=15,width=0.5}", "background=[]")
    )
    events = float(build_templates(bare)["weak"].sum())
    note = "all recoil energies, running without a pause, 16.7 m as effective distance"
    second = Row(SLIDES, "nu-e in 10 kt", "events", ARGON_EVENTS, events, events / ARGON_EVENTS, note)
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
    return Row(SLIDES, name, "moment", BOREXINO_LIMIT, ours, ours / BOREXINO_LIMIT, note)


DOCUMENTS: Final[dict[str, Callable[[], list[Row]]]] = {"isodar": isodar_rows, "argon": argon_rows}
