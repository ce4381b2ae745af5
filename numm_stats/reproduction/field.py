"""Which published limits are compared in the figure of the field, and in which group each stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numm_stats.reproduction.rows import Row

__all__ = ["FIELD", "FieldLimit", "field_limits"]

# What our rows of these are: Phase-II's spectrum in the place of Phase-I's, which is not published.
OTHER_DATA: Final = ("Borexino 2008", "Canas et al. 2016")
EXPECTED: Final = ("IsoDAR", "FLArE", "FASERnu2")  # sensitivities of what is to come

# What the figure calls a construction, and what rows do; the recipe of the slides is a one-sided rise.
CONSTRUCTIONS: Final = {
    "2.706": r"delta.?chi2 (?:= )?2\.706",
    "1.642": r"delta.?chi2 (?:= )?1\.642|recipe as written",
    "CLs": r"\bcls\b",
    "FC": r"feldman",
}

# Group: what a limit is on. Of each limit its name, and places in the table of published numbers, of a range both ends;
# or document and name of a row that has none.
FIELD: Final[dict[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "nu_e": (
        ("Cowan, Reines 1957", ("world.CowanReines1957.moment",)),
        ("before MUNU, 1994", ("world.Reactor1994.moment",)),
        ("TEXONO", ("world.TEXONO.moment",)),
        ("Borexino, flavour e", ("borexino.flavour_basis.e",)),
        ("XENONnT, flavour e", ("xenon: mu_e",)),
        ("GEMMA", ("world.GEMMA.moment",)),
        ("IsoDAR at KamLAND, 1 MeV", ("isodar.rows.1.magnetic_moment",)),
        ("IsoDAR at SNO+, 0.2 MeV", ("isodar.rows.5.magnetic_moment",)),
        ("IsoDAR at JUNO, 0.2 MeV", ("isodar.rows.4.magnetic_moment",)),
    ),
    "nu_mu": (
        ("NOvA", ("nova.muon_neutrino_moment", "world.NOvA.moment")),
        ("E734", ("world.E734.moment",)),
        ("LSND", ("world.LSND.moment",)),
        ("Borexino, flavour mu", ("borexino.flavour_basis.mu",)),
        ("XENONnT, flavour mu", ("xenon: mu_mu",)),
    ),
    "nu_tau": (
        ("DONUT", ("world.DONUT.moment",)),
        ("FASERnu2, tungsten", ("accelerators: fasernu2",)),
        ("FLArE-100, argon", ("accelerators: flare-100",)),
        ("Borexino, flavour tau", ("borexino.flavour_basis.tau",)),
        ("XENONnT, flavour tau", ("xenon: mu_tau",)),
    ),
    "solar": (
        ("Super-Kamiokande", ("world.SuperK.moment",)),
        ("Borexino 2008", ("world.Borexino2008.moment",)),
        ("Canas et al. 2016", ("world.Canas2016.moment",)),
        ("Borexino Phase-II", ("borexino.effective_moment", "world.Borexino.moment")),
        ("LZ WS2022", ("xenon: LZ WS2022, delta-chi2 1.642",)),
        ("XENONnT", ("world.XENONnT.moment",)),
    ),
    "astrophysical": (
        ("red giants", ("world.RedGiants.moment",)),
        ("globular clusters", ("world.GlobularClusters.moment_range.0", "world.GlobularClusters.moment_range.1")),
    ),
}


@dataclass(frozen=True)
class FieldLimit:
    """One experiment's place in the figure.

    Attributes:
        name: of the experiment.
        group: what the limit is on.
        published: limit in print [Bohr magnetons]; two for a range, none where nothing is in print.
        ours: limit [Bohr magnetons]; None where it is quoted, or ours is from other data.
        expected: whether what is in print is the sensitivity of an experiment to come.
        construction: of ours: a rise of -2 ln L, "1.642" or "2.706", "CLs" or "FC"; empty where ours follows from what
            is in print.
    """

    name: str
    group: str
    published: tuple[float, ...]
    ours: float | None
    expected: bool
    construction: str = ""


def field_limits(rows: Sequence[Row]) -> list[FieldLimit]:
    """Return the limits of the figure that are among the rows, by group, the weakest first."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.entry or f"{row.document}: {row.row}", []).append(row)
    limits = []
    for group, names in FIELD.items():
        placed = [_limit(name, group, [row for at in places for row in found.get(at, ())]) for name, places in names]
        limits += sorted((limit for limit in placed if limit.published or limit.ours), key=_strength, reverse=True)
    return limits


def _limit(name: str, group: str, rows: Sequence[Row]) -> FieldLimit:
    """What is published where a row has a place in the table; others stand beside another experiment's limit.

    Of several rows that of the world is taken, where all experiments have the same construction if print has no other.
    """
    published = tuple(dict.fromkeys(row.published for row in rows if row.entry and row.published is not None))
    made = [row for row in rows if row.ours is not None and name not in OTHER_DATA]
    made.sort(key=lambda row: row.document != "world")
    expected = name.startswith(EXPECTED)
    if not made:
        return FieldLimit(name, group, published, None, expected)
    return FieldLimit(name, group, published, made[0].ours, expected, _construction(made[0]))


def _construction(row: Row) -> str:
    """The construction that a row names first, in its own name or its note."""
    text = f"{row.row}; {row.note}"
    found = {name: re.search(pattern, text, re.IGNORECASE) for name, pattern in CONSTRUCTIONS.items()}
    places = {name: match.start() for name, match in found.items() if match}
    return min(places, key=lambda name: places[name], default="")


def _strength(limit: FieldLimit) -> float:
    return max(*limit.published, limit.ours or 0.0) if limit.published else limit.ours or 0.0
