"""The four kinds of simulated events, and every number of the simulation that is a toy.

Physics are the codes and, for neutrino-electron scattering alone, rates, energies and angles. All other rates and
shapes are chosen, not measured: with cuts like NOvA's (0.5 to 5 GeV, T theta^2 below 5 MeV rad^2, nuoneid above 0.73,
epi0nuoneid above 0.92, one prong, contained) one event in six is background, most of it nu_e CC. T theta^2 of the
backgrounds is exponential, or flat, on a scale far above that of the signal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

__all__ = ["CATEGORIES", "ELASTIC", "SIGNAL_ABOVE_MEV", "Category"]

SIGNAL_ABOVE_MEV: Final = 300.0  # rates of the backgrounds are relative to the weak recoils above this


@dataclass(frozen=True, slots=True)
class Category:
    """What makes one kind of event different from the others.

    Attributes:
        name: for people.
        interaction: `rec.mc.nu.inttype`, and `mode` that of `rec.mc.nu.mode`: nusimdata's MCNeutrino.h.
        charged: whether it is a charged current, of the neutrinos of `families`.
        share: fraction of the events that are generated; weights undo it.
        per_signal: toy: showers per weak nu-e recoil above 300 MeV, before any cut.
        shower_fraction: toy: (a, b) of the beta distribution of shower energy over neutrino energy.
        scale_mev: toy: mean of the exponential T theta^2 [MeV rad^2]; infinite: uniform below `highest_mev`.
        highest_mev: toy: largest T theta^2 [MeV rad^2].
        nuoneid: toy: the score is distributed as Beta(a, 1): the part 1 - c^a survives a cut at c.
        epi0nuoneid: toy: likewise, independent of the other score.
        extra_prongs: toy: mean number of prongs beside the leading one, Poisson.
        uncertainty: toy: relative uncertainty of the cross section at T theta^2 = 0; half of it at large values.
    """

    name: str
    interaction: int
    mode: int
    charged: bool
    families: tuple[str, ...]
    share: float
    nuoneid: float
    epi0nuoneid: float
    extra_prongs: float
    per_signal: float = 1.0
    shower_fraction: tuple[float, float] = (1.0, 1.0)
    scale_mev: float = np.inf
    highest_mev: float = np.inf
    uncertainty: float = 0.0


ELASTIC: Final = 0  # position of the signal among the categories

CATEGORIES: Final = (
    Category(
        "nu-e elastic", interaction=1098, mode=5, charged=False, families=("e", "mu"), share=0.4,
        nuoneid=6.0, epi0nuoneid=30.0, extra_prongs=0.1,
    ),
    Category(
        "nu_mu CC", interaction=1091, mode=2, charged=True, families=("mu",), share=0.2,
        nuoneid=0.8, epi0nuoneid=9.0, extra_prongs=0.7,
        per_signal=20.0, shower_fraction=(1.2, 5.0), highest_mev=200.0, uncertainty=0.15,
    ),
    Category(
        "nu_e CC", interaction=1001, mode=0, charged=True, families=("e",), share=0.2,
        nuoneid=1.4, epi0nuoneid=17.0, extra_prongs=0.5,
        per_signal=8.0, shower_fraction=(4.0, 2.0), scale_mev=60.0, uncertainty=0.2,
    ),
    Category(
        "NC pi0", interaction=1006, mode=1, charged=False, families=("e", "mu"), share=0.2,
        nuoneid=1.0, epi0nuoneid=5.0, extra_prongs=0.4,
        per_signal=15.0, shower_fraction=(1.5, 5.0), scale_mev=100.0, uncertainty=0.25,
    ),
)  # fmt: skip
