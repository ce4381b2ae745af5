"""The charge radius that the Standard Model gives its neutrinos."""

from __future__ import annotations

import math

from numm_stats.physics.constants import (
    ELECTRON_MASS_MEV,
    FERMI_CONSTANT_PER_MEV2,
    HBAR_C_MEV_CM,
    MUON_MASS_MEV,
    TAU_MASS_MEV,
    W_MASS_MEV,
)
from numm_stats.physics.flavours import lepton_family

__all__ = ["standard_model_charge_radius_cm2"]

_LEPTON_MASS_MEV = {"e": ELECTRON_MASS_MEV, "mu": MUON_MASS_MEV, "tau": TAU_MASS_MEV}


def standard_model_charge_radius_cm2(flavour: str) -> float:
    """Magnitude of the neutrino charge radius squared; its sign is a matter of convention.

    |<r^2>| = G_F / (4 sqrt(2) pi^2) [3 - 2 ln(m_l^2 / m_W^2)]
    (Bernabeu, Papavassiliou, Vidal, Nucl. Phys. B 680, 450 (2004)).

    Args:
        flavour: One of `flavours.FLAVOURS`.

    Returns:
        Charge radius squared [cm2].

    >>> f"{standard_model_charge_radius_cm2('nu_e'):.2e}"
    '4.14e-33'
    """
    logarithm = 3 - 4 * math.log(_LEPTON_MASS_MEV[lepton_family(flavour)] / W_MASS_MEV)
    return FERMI_CONSTANT_PER_MEV2 / (4 * math.sqrt(2) * math.pi**2) * logarithm * HBAR_C_MEV_CM**2
