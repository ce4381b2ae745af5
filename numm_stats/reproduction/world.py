"""Limits of all experiments, laboratory and stars, beside ours where there is something to compute."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from numm_stats.physics.charge_radius_couplings import vector_coupling_shift
from numm_stats.physics.moment_predictions import natural_dirac_moment, natural_majorana_moments
from numm_stats.reproduction.accelerators import donut_row, e734_row, lsnd_row
from numm_stats.reproduction.reactors import moment_where_known
from numm_stats.reproduction.rows import Row, compare, quote
from numm_stats.verbs.limiting import limit, limits
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import has_choices

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["world_rows"]

PAPER: Final = "world"
MOMENT: Final = "neutrino magnetic moment"

GERMANIUM: Final = "expected, with the background stated there; the counts are not published bin by bin"
GERMANIUM_SHAPES: Final = ("GEMMA", "TEXONO")
# Entry of the catalogue, published 90 % limit [Bohr magnetons], what ours is: arXiv:2207.11330; Phys. Part. Nucl. Lett.
# 10, 139 (2013); Phys. Rev. D 75, 012001 (2007); arXiv:1707.09355; Phys. Rev. Lett. 93, 021802 (2004); NOvA's note
COMPUTED: Final = {
    "XENONnT": ("xenonnt-sr0", 6.4e-12, "observed counts of the published spectrum; details in reproduce xenonnt"),
    "GEMMA": (
        "gemma",
        2.9e-11,
        GERMANIUM,
    ),
    "TEXONO": (
        "texono",
        7.4e-11,
        GERMANIUM,
    ),
    "Borexino": ("borexino-phase2", 2.8e-11, "expected, average of 8 configurations; details in reproduce borexino"),
    "SuperK": (
        "super-k-solar",
        1.1e-10,
        (
            "expected from the shape, rate of 8B free, oscillation held at LMA, as the published limit has it from "
            "other solar experiments and KamLAND; with oscillation free theirs is 3.6e-10 (hep-ex/0402015, recalled)"
        ),
    ),
    "NOvA": ("nova-counting", 1.58e-9, "observed; details in reproduce nova"),
}
# What is quoted, and why it is not computed.
QUOTED: Final = {
    "CowanReines1957": (
        1.0e-9,
        "Phys. Rev. 107, 528 (1957): singles rates with the reactor on and off are not in hand",
    ),
    "Reactor1994": (
        1.8e-10,
        "Phys. At. Nucl. 57, 222 (1994): only unpublished counts of silicon detectors could decide",
    ),
    "RedGiants": (3.0e-12, "cooling of stars by plasmon decay, ApJ 365, 559 (1990): no counts, a stellar model"),
    "Borexino2008": (
        5.4e-11,
        "192 days of Phase-I, its spectrum not published; what Phase-II gives: reproduce borexino",
    ),
    "Canas2016": (
        3.1e-11,
        "Phase-I counts without correlations; what becomes of ours without them: reproduce borexino",
    ),
}
STARS: Final = (1.2e-12, 2.6e-12)
ADMIXTURE: Final = (1.7e-4, 1.3e-4, 0.35)
# Hirsch, Nardi, Restrepo, hep-ph/0210137; CHARM-II's g_V, Phys. Lett. B 335, 246 (1994), recalled, and the standard
# model's of the PDG
RADIUS_CM2: Final = (-0.52e-32, 0.68e-32)
CHARM_II_G_V, CHARM_II_ERROR, STANDARD_G_V, RISE = -0.035, 0.017, -0.0396, 2.706
DIRAC, MAJORANA_TAU, MAJORANA_MU_E = 1e-15, 1e-9, 3e-7  # Phys. Lett. B 642, 377 (2006)


def world_rows() -> list[Row]:
    """Return a row for each published limit of the world, by experiments, stars and theory."""
    accelerators = [replace(row, document=PAPER) for row in (lsnd_row(), e734_row(), donut_row())]
    return [
        *(_computed(name) for name in COMPUTED),
        *accelerators,
        *(
            quote(PAPER, name, MOMENT, value, why, entry=f"world.{name}.moment")
            for name, (value, why) in QUOTED.items()
        ),
        *_star_rows(),
        *_natural_rows(),
        *_radius_rows(),
        *_admixture_rows(),
    ]


def _computed(name: str) -> Row:
    """A row of the catalogue's entry; of both rises of -2 ln L the one-sided is ours."""
    entry, published, what = COMPUTED[name]
    target = entry if has_choices(entry) else load(entry)
    one, two = (found.value for found in limits(target, constructions=("delta-chi2",)))
    ours, how = one, f"Delta chi2 = 1.642, 2.706 gives {two:.3g}"
    if name == "NOvA":
        ours, how = limit(target).value, f"CLs, as in print; Delta chi2 = 1.642 gives {one:.3g}, 2.706 {two:.3g}"
    if name in GERMANIUM_SHAPES:
        how += f"; {_by_what_is_known(entry)}"
    return compare(PAPER, name, MOMENT, published, ours, note=f"{entry}: {what}; {how}", entry=f"world.{name}.moment")


def _by_what_is_known(entry: str) -> str:
    found = {known: moment_where_known(entry, known) for known in ("shape known", "all known")}
    return (
        "each bin of the background free, counted alone with the reactor off; "
        + ", ".join(f"{known} gives {moment:.3g}" for known, moment in found.items())
        + ": print takes a smooth curve for it (recalled)"
    )


def _star_rows() -> Iterator[Row]:
    for k, (end, value) in enumerate(zip(("lowest", "highest"), STARS, strict=True)):
        entry = f"world.GlobularClusters.moment_range.{k}"
        yield quote(
            PAPER, f"GlobularClusters, {end}", MOMENT, value, "brightness of red giants, a stellar model", entry=entry
        )


def _natural_rows() -> list[Row]:
    dirac, majorana = natural_dirac_moment(), natural_majorana_moments()
    first = "16 pi m_e m_nu / (alpha Lambda^2), m_nu = 0.3 eV, Lambda = 1 TeV (hep-ph/0504134): good to a factor"
    second = (
        "1e-9 (m_nu / 0.3 eV) m_tau^2 / |m_a^2 - m_b^2| (hep-ph/0606248), whose 1e-9 is taken over: of nu_tau, nu_mu"
    )
    third = "the same between nu_mu and nu_e: m_tau^2 / m_mu^2 larger"
    return [
        _natural("Naturalness_Dirac", DIRAC, dirac, first),
        _natural("Naturalness_Majorana_tau", MAJORANA_TAU, majorana["mu_tau"], second),
        _natural("Naturalness_Majorana_mu_e", MAJORANA_MU_E, majorana["e_mu"], third),
    ]


def _natural(name: str, published: float, ours: float, note: str) -> Row:
    return compare(PAPER, name, "natural bound", published, ours, note=note, entry=f"world.{name}.moment")


def _radius_rows() -> Iterator[Row]:
    """CHARM-II's g_V as a range of the charge radius."""
    per_cm2 = vector_coupling_shift(1e-32) / 1e-32
    best, reach = (CHARM_II_G_V - STANDARD_G_V) / per_cm2, math.sqrt(RISE) * CHARM_II_ERROR / per_cm2
    note = (
        "CHARM-II's g_V = -0.035 +- 0.017 (recalled) against -0.0396 as a range of <r^2> at 90 %, in the convention "
        "'vector' (decision 23); published with CCFR, neutrinos on nucleons, which are not redone"
    )
    for k, (published, ours) in enumerate(zip(RADIUS_CM2, (best - reach, best + reach), strict=True)):
        name, entry = f"NuMu_charge_radius, {('lower', 'upper')[k]}", f"world.NuMu_charge_radius_cm2.range.{k}"
        yield compare(PAPER, name, "charge radius [cm2]", published, ours, note=note, entry=entry)


def _admixture_rows() -> Iterator[Row]:
    why = (
        "spin-flavour precession in the Sun's field, Phys. Lett. B 696, 191 (2011); the third is that of 7Be, recalled"
    )
    for k, value in enumerate(ADMIXTURE):
        entry = f"world.Borexino_antineutrino_admixture.probability.{k}"
        yield quote(PAPER, f"Borexino antineutrinos, {k + 1}", "probability", value, why, entry=entry)
