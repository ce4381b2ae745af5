"""The nuclides of artificial neutrino sources: capture lines and beta decays, each with where it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from numm_stats.physics.constants import SECONDS_PER_YEAR

if TYPE_CHECKING:
    from numm_stats.physics.beta import BetaShape

__all__ = ["BETA_CHAINS", "CAPTURES", "BetaDecay", "Capture", "capture_lines_mev"]

_DAYS_PER_YEAR = SECONDS_PER_YEAR / 86400.0
_YTTRIUM_HALF_LIFE_YEARS = 64.05 / 24 / _DAYS_PER_YEAR


@dataclass(frozen=True, slots=True)
class Capture:
    """A nuclide that captures an electron and emits neutrinos of sharp energies.

    Attributes:
        half_life_years: [years].
        lines_mev: energy [MeV] and neutrinos per decay of each line, as quoted.
        q_mev: energy between the neutral atoms [MeV].
        levels_mev: energy [MeV] of each level of the daughter and the fraction of captures to it.
        k_binding_mev: of the daughter's K shell [MeV].
        l_binding_mev: of its L1 shell [MeV].
        k_share: fraction of captures from the K shell; all others are counted as L1.
        source: where the numbers were read.
    """

    half_life_years: float
    lines_mev: tuple[tuple[float, float], ...]
    q_mev: float
    levels_mev: tuple[tuple[float, float], ...]
    k_binding_mev: float
    l_binding_mev: float
    k_share: float
    source: str


@dataclass(frozen=True, slots=True)
class BetaDecay:
    """A nuclide that emits one electron and one antineutrino in each decay.

    Attributes:
        half_life_years: [years].
        endpoint_mev: largest energy of either [MeV].
        z_daughter: charge of the daughter.
        mass_number: nucleons.
        shape: as in `physics.beta`.
        source: where the numbers were read.
    """

    half_life_years: float
    endpoint_mev: float
    z_daughter: int
    mass_number: int
    shape: BetaShape
    source: str


def capture_lines_mev(capture: Capture) -> tuple[tuple[float, float], ...]:
    """Return the neutrino lines that energy conservation gives.

    E = Q - E_level - B_shell: what the neutrino does not take stays with the hole in the daughter's shell. The
    nucleus's recoil, E^2 / (2 M), is below 10 eV and left out.

    Args:
        capture: the nuclide.

    Returns:
        Energy [MeV] and neutrinos per decay of each line, K before L1 for each level.

    >>> [(round(energy, 4), round(share, 3)) for energy, share in capture_lines_mev(CAPTURES["Ar37"])]
    [(0.8111, 0.902), (0.8136, 0.098)]
    """
    shells = ((capture.k_binding_mev, capture.k_share), (capture.l_binding_mev, 1.0 - capture.k_share))
    return tuple(
        (capture.q_mev - level - binding, feeding * share)
        for level, feeding in capture.levels_mev
        for binding, share in shells
    )


# Binding energies: X-Ray Data Booklet, table 1-1. Q values, levels and shares of the K shell: ENSDF, recalled.
_QUOTED = "lines and half-life as commonly quoted for neutrino sources; Q, level feeding and K share recalled"
CAPTURES: Final = {
    "Cr51": Capture(
        27.70 / _DAYS_PER_YEAR, ((0.7473, 0.8163), (0.4272, 0.0895), (0.7520, 0.0849), (0.4323, 0.0093)),
        0.7524, ((0.0, 0.9012), (0.3201, 0.0988)), 0.005465, 0.000627, 0.9058, _QUOTED,
    ),
    "Ar37": Capture(
        35.0 / _DAYS_PER_YEAR, ((0.811, 0.902), (0.813, 0.098)),
        0.8139, ((0.0, 1.0),), 0.002822, 0.000270, 0.902, _QUOTED,
    ),
    "V49": Capture(
        330.0 / _DAYS_PER_YEAR, ((0.602, 1.0),),
        0.6019, ((0.0, 1.0),), 0.004966, 0.000561, 0.90,
        f"FTUV/99-38; {_QUOTED}; the quoted line is Q, nothing taken off for the hole",
    ),
    "Sm145": Capture(
        340.0 / _DAYS_PER_YEAR, ((0.554, 1.0),),
        0.6162, ((0.0612, 1.0),), 0.045184, 0.007428, 0.83,
        f"FTUV/99-38; {_QUOTED}; the quoted line is Q less the 61 keV level, nothing taken off for the hole",
    ),
}  # fmt: skip

_SR90 = BetaDecay(28.8, 0.5459, 39, 90, "unique", "ENSDF, recalled, as in `backgrounds.nuclides`")
_Y90 = BetaDecay(_YTTRIUM_HALF_LIFE_YEARS, 2.2787, 40, 90, "unique", "ENSDF; half-life recalled")
# 7/2+ to 7/2-, first-forbidden and not unique: the Coulomb term dominates, which leaves the allowed shape
_PM147 = BetaDecay(
    2.6234, 0.22406, 62, 147, "allowed",
    "half-life 2.6234(4) y: LNE-LNHB evaluation of 2011; Q = 224.06(29) keV: chemlin.org/isotope/promethium-147",
)  # fmt: skip

# A parent with the daughters that decay beside it, in the order of the chain
BETA_CHAINS: Final = {"Sr90-Y90": (_SR90, _Y90), "Sr90": (_SR90,), "Pm147": (_PM147,)}
