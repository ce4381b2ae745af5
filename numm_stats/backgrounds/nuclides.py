"""Decays by name, each with where its numbers were read.

Branches that are left out are rarer than 0.5 % together, or show nothing; fractions then add up to less than one.
Non-unique forbidden decays without a measured shape (208Tl, 214Bi) have the allowed one.
"""

from __future__ import annotations

from typing import Final

from numm_stats.backgrounds.decays import BetaBranch, Gammas, Nuclide, VisibleSpectrum, visible_spectrum
from numm_stats.errors import InputError, nearest
from numm_stats.physics.beryllium8 import ENDPOINT_PROBABILITIES
from numm_stats.physics.constants import SECONDS_PER_YEAR
from numm_stats.physics.decay_chains import equilibrium_ratios
from numm_stats.physics.shape_factors import NeutrinoEnergyPolynomial, TotalEnergyPolynomial

__all__ = ["BOREXINO_ANNIHILATION_QUENCHING", "CHAINS", "NUCLIDES", "decay_spectrum", "nuclide"]

YEAR, DAY, HOUR, MINUTE = SECONDS_PER_YEAR, 86400.0, 3600.0, 60.0

BOREXINO_ANNIHILATION_QUENCHING: Final = 0.85  # 11C positrons end up 1.022 x 0.85 MeV higher (arXiv:1707.09279)

_TL208_Q_MEV, _BI214_Q_MEV = 4.999, 3.269
# Endpoint [MeV] and percent, NDS 108, 1583 (2007), as used by DECAY0; the gammas carry the rest of Q
_TL208 = (
    (0.518, 0.052), (0.616, 0.017), (0.641, 0.044), (0.703, 0.101), (0.819, 0.227), (0.874, 0.175), (1.038, 3.180),
    (1.053, 0.046), (1.079, 0.630), (1.291, 24.200), (1.524, 22.200), (1.801, 49.114),
)  # fmt: skip
# Endpoint [MeV] and percent, the ENSDF list on radiacode.com/isotope/bi-214, branches above 0.2 %
_BI214 = (
    (3.269, 19.2), (1.539, 17.55), (1.504, 16.90), (1.422, 8.16), (1.891, 7.22), (1.065, 5.56), (1.150, 4.33),
    (1.726, 3.09), (0.821, 2.78), (1.252, 2.459), (1.379, 1.589), (1.258, 1.433), (0.787, 1.28), (1.274, 1.192),
    (1.853, 0.90), (1.076, 0.866), (1.608, 0.57), (0.976, 0.563), (2.660, 0.55), (0.540, 0.542), (1.121, 0.46),
    (0.550, 0.273), (0.574, 0.249), (1.060, 0.22), (0.664, 0.20),
)  # fmt: skip
_BE11_Q_MEV = 11.509
# Endpoint [MeV] and percent of 11Be, ENSDF, recalled; another 3.1 % emits an alpha, which shows next to nothing
_BE11 = ((11.509, 54.7), (9.384, 31.4), (7.064, 0.05), (6.489, 0.28), (4.717, 6.47), (3.531, 4.0))


def _cascades(table: tuple[tuple[float, float], ...], q_mev: float) -> tuple[BetaBranch, ...]:
    """Branches of a table whose gammas add up to Q less the endpoint, normalised to one decay."""
    total = sum(percent for _, percent in table)
    return tuple(BetaBranch(percent / total, end, q_mev - end) for end, percent in table)


_ALL: Final = (
    Nuclide(
        "C14", 5700 * YEAR, 7, 14, (BetaBranch(1.0, 0.1565, 0.0, NeutrinoEnergyPolynomial(0.1565, (1.0, 1.24))),),
        source="C(T) = 1 + 1.24 (Q - T), arXiv:1707.09279; half-life NUBASE2020, recalled",
    ),
    Nuclide(
        "Ar39", 268 * YEAR, 19, 39, (BetaBranch(1.0, 0.565, 0.0, "unique"),),
        source="Q 565(5) keV; half-life NUBASE2020, recalled (DEAP-3600 measures a longer one, arXiv:2501.13196)",
    ),
    Nuclide("Ar42", 32.9 * YEAR, 19, 42, (BetaBranch(1.0, 0.599, 0.0, "unique"),), source="ENSDF, recalled"),
    Nuclide(
        "K42", 12.36 * HOUR, 20, 42,
        (BetaBranch(0.8190, 3.5252, 0.0, "unique"), BetaBranch(0.1764, 2.0005, 1.5247)),
        source="NDS 92, 1 (2001); the 0.46 % to higher levels would add 3 % to what is seen above 3 MeV",
    ),
    Nuclide(
        "Kr85", 10.76 * YEAR, 37, 85, (BetaBranch(0.99566, 0.6870, 0.0, "unique"), BetaBranch(0.00434, 0.1730, 0.5140)),
        source="ENSDF, recalled; the 514 keV gamma, 1 us late, is taken as seen together with its beta",
    ),
    Nuclide("Sr90", 28.8 * YEAR, 39, 90, (BetaBranch(1.0, 0.5459, 0.0, "unique"),), source="ENSDF, recalled"),
    Nuclide("Y90", 64.05 * HOUR, 40, 90, (BetaBranch(1.0, 2.2787, 0.0, "unique"),), source="ENSDF; half-life recalled"),
    Nuclide(
        "C10", 19.310, -5, 10, (BetaBranch(0.98535, 1.9076, 0.7184), BetaBranch(0.01465, 0.8858, 1.7401)),
        source="half-life arXiv:0711.0907; Q_EC 3.648 MeV and the branch of the superallowed decay recalled",
    ),
    Nuclide(
        "C11", 20.4 * MINUTE, -5, 11, (BetaBranch(0.9977, 0.9604),),
        source="endpoint of Borexino; 0.23 % captures recalled"
    ),
    Nuclide("Po210", 138.376 * DAY, 82, 206, alphas=((1.0, 5.304),), source="arXiv:1707.09279; half-life recalled"),
    Nuclide(
        "Bi210", 5.012 * DAY, 84, 210,
        (BetaBranch(1.0, 1.1615, 0.0, TotalEnergyPolynomial((1.0, -0.433, 0.0510))),),
        source="shape of Daniel, Nucl. Phys. 31, 293 (1962), half-life recalled; arXiv:2005.08481: -0.4363 and 0.0523",
    ),
    Nuclide(
        "K40", 1.251e9 * YEAR, 20, 40, (BetaBranch(0.8914, 1.311, 0.0, "third-unique"),), captures=((0.1066, 1.4608),),
        source="ENSDF 2002, as used by DECAY0, half-life recalled; 0.2 % capture to the ground state shows nothing",
    ),
    Nuclide("Tl208", 183.18, 82, 208, _cascades(_TL208, _TL208_Q_MEV), source="NDS 108, 1583 (2007)"),
    Nuclide(
        "Li8", 0.8399, 4, 8,
        tuple(BetaBranch(p / sum(ENDPOINT_PROBABILITIES), k + 0.5) for k, p in enumerate(ENDPOINT_PROBABILITIES)),
        source="endpoints of `physics.beryllium8`; what the two alphas show, some 0.2 MeV, is left out",
    ),
    Nuclide(
        "Be11", 13.76, 5, 11,
        (*(BetaBranch(0.01 * percent, end, _BE11_Q_MEV - end) for end, percent in _BE11), BetaBranch(0.031, 1.633)),
        source="ENSDF, recalled",
    ),
    Nuclide("Bi214", 19.9 * MINUTE, 84, 214, _cascades(_BI214, _BI214_Q_MEV), source="ENSDF; 0.02 % alphas left out"),
)  # fmt: skip

NUCLIDES: Final = {entry.name: entry for entry in _ALL}

# Parent and daughter in secular equilibrium: two decays, one after the other, for each of the parent
CHAINS: Final = {"Ar42-K42": ("Ar42", "K42"), "Sr90-Y90": ("Sr90", "Y90")}


def nuclide(name: str) -> Nuclide:
    """Return a nuclide by name.

    >>> nuclide("Ar42").betas[0].endpoint_mev
    0.599
    """
    if name not in NUCLIDES:
        raise InputError(_unknown(name))
    return NUCLIDES[name]


def decay_spectrum(
    name: str, gammas: Gammas = "contained", *, gamma_quenching: float = 1.0, alpha_quenching: float | None = None
) -> VisibleSpectrum:
    """Return the visible energy of a nuclide's decays, or of a chain's per decay of the parent.

    A chain is in equilibrium: each daughter decays as often as `equilibrium_ratios` says (secular but for 1e-4).

    Args:
        name: of `NUCLIDES` or `CHAINS`.
        gammas: as in `visible_spectrum`.
        gamma_quenching: as in `visible_spectrum`.
        alpha_quenching: as in `visible_spectrum`; the scintillator's of Borexino where it is None.

    Returns:
        The spectrum, not normalised: two decays for a chain of two.
    """
    if name not in NUCLIDES and name not in CHAINS:
        raise InputError(_unknown(name))
    members = [nuclide(member) for member in CHAINS.get(name, (name,))]
    ratios = equilibrium_ratios([member.half_life_s for member in members])
    quenching = {} if alpha_quenching is None else {"alpha_quenching": alpha_quenching}
    total = VisibleSpectrum()
    for member, ratio in zip(members, ratios, strict=True):
        total += visible_spectrum(member, gammas, gamma_quenching=gamma_quenching, **quenching).scaled(float(ratio))
    return total


def _unknown(name: str) -> str:
    names = [*NUCLIDES, *CHAINS]
    return f"background.nuclide = '{name}' is unknown{nearest(name, names)}; known are {', '.join(names)}"
