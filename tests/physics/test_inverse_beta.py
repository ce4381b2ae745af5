"""Inverse beta decay: cross section against its leading order, positron against the neutron's recoil."""

import numpy as np
import pytest

from numm_stats.physics.constants import ELECTRON_MASS_MEV
from numm_stats.physics.inverse_beta import (
    NEUTRON_PROTON_MEV,
    THRESHOLD_MEV,
    inverse_beta_cross_section,
    prompt_energy_mev,
)

PROTON_MEV = 938.27208816


def leading_order(energy_mev):
    """Vogel and Beacom, hep-ph/9903554, equation 9: 0.0952e-42 cm2 p E."""
    positron = energy_mev - NEUTRON_PROTON_MEV
    return 0.0952e-42 * positron * np.sqrt(positron**2 - ELECTRON_MASS_MEV**2)


def test_leading_order():
    """The first correction in 1/M is -7 E/M or so, averaged over directions: 5 % at 7 MeV."""
    energy = np.linspace(2.5, 12.0, 20)
    ratio = inverse_beta_cross_section(energy) / leading_order(energy)
    assert ratio == pytest.approx(1.0 - 7.0 * energy / PROTON_MEV, abs=0.02)


def test_threshold_and_zero_below():
    neutron = PROTON_MEV + NEUTRON_PROTON_MEV
    threshold = ((neutron + ELECTRON_MASS_MEV) ** 2 - PROTON_MEV**2) / (2 * PROTON_MEV)
    assert pytest.approx(threshold, abs=1e-3) == THRESHOLD_MEV
    assert inverse_beta_cross_section([0.5, 1.8]).tolist() == [0.0, 0.0]
    assert inverse_beta_cross_section(2.0) > 0.0


def test_prompt_energy_starts_at_annihilation():
    assert prompt_energy_mev(THRESHOLD_MEV) == pytest.approx(2 * ELECTRON_MASS_MEV, abs=2e-3)
