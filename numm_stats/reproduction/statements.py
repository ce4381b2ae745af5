"""Statements of the founding documents that do not hold as printed, each with the number that does."""

from __future__ import annotations

from typing import Final

from numm_stats.backgrounds.argon import argon_decays
from numm_stats.physics.constants import AVOGADRO_PER_MOL
from numm_stats.physics.moment_predictions import natural_dirac_moment, natural_majorana_moments
from numm_stats.reproduction.rows import Row, compare
from numm_stats.sources.artificial_decays import CAPTURES, capture_lines_mev

__all__ = ["argon_atoms", "statement_rows"]

PAPER: Final = "statements"
TONNES: Final = 1e4
ARGON_G_PER_MOL: Final = 39.95
PRINTED_DECAYS: Final = 1e110  # "10^110" in the text version of the slides; their picture has 10^11
LIMIT_TODAY: Final = 6.4e-12  # XENONnT, arXiv:2207.11330
# Lines of electron captures as printed in FTUV/99-38 [MeV]
LINES: Final = {"Ar37": 0.814, "V49": 0.602, "Sm145": 0.554}
WHY: Final = {
    "Ar37": "0.814 MeV is Q, the energy between the atoms: no neutrino of 37Ar has it",
    "V49": "0.602 MeV is Q: the hole in the K shell of titanium takes 5 keV",
    "Sm145": "0.554 MeV is Q less the level of promethium: the hole in its K shell takes 45 keV of that",
}


def statement_rows() -> list[Row]:
    """Return the decays of 42Ar, the lines of artificial sources, and what naturalness says of a moment."""
    return [_decays(), *(_line(name, printed) for name, printed in LINES.items()), *_naturalness()]


def _decays() -> Row:
    decays, falling = (argon_decays("Ar42-gerda", TONNES, 5.0, decaying=decaying) for decaying in (False, True))
    note = (
        f"10^11 is meant: 92 uBq/kg x 10 kt x 5 years; {falling:.3g} as 42Ar decays; 10 kt hold "
        f"{argon_atoms(TONNES):.2g} atoms in all"
    )
    return compare(PAPER, "42Ar in 10 kt, '10^110'", "decays", PRINTED_DECAYS, decays, note=note)


def argon_atoms(tonnes: float) -> float:
    """Return the atoms in so many tonnes of argon.

    >>> f"{argon_atoms(1e4):.2e}"
    '1.51e+32'
    """
    return tonnes * 1e6 / ARGON_G_PER_MOL * AVOGADRO_PER_MOL


def _line(name: str, printed: float) -> Row:
    """The mean energy of the lines within 50 keV of that printed, from Q, levels and binding energies."""
    near = [(energy, share) for energy, share in capture_lines_mev(CAPTURES[name]) if abs(energy - printed) < 0.05]
    mean = sum(energy * share for energy, share in near) / sum(share for _, share in near)
    listed = ", ".join(f"{energy:.4f}" for energy, _ in near)
    note = f"mean of {listed} MeV (Q less level and binding energy); {WHY[name]}"
    return compare(PAPER, f"{name} line", "energy [MeV]", printed, mean, note=note)


def _naturalness() -> list[Row]:
    dirac, majorana = natural_dirac_moment(), natural_majorana_moments()
    first = (
        f"natural bound beside today's limit, XENONnT's: a moment of that size is {LIMIT_TODAY / dirac:.2g} times "
        "the bound of a Dirac neutrino (0.3 eV, 1 TeV). To find one would favour Majorana; it would not prove Dirac, "
        "nor, since naturalness is an argument and no law, Majorana"
    )
    second = (
        "transition moments with nu_tau, 1e-9 (m / 0.3 eV) (TeV / Lambda)^2 m_tau^2 / |m_a^2 - m_b^2|: above today's "
        f"limit, and {majorana['e_mu']:.2g} for mu_mu_e: a signal of today's size is natural for Majorana neutrinos"
    )
    return [
        compare(PAPER, "natural, Dirac", "neutrino magnetic moment", LIMIT_TODAY, dirac, note=first),
        compare(PAPER, "natural, Majorana", "neutrino magnetic moment", LIMIT_TODAY, majorana["mu_tau"], note=second),
    ]
