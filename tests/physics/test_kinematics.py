"""Laws of two-body kinematics."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.physics import kinematics as kin
from numm_stats.physics.constants import ELECTRON_MASS_MEV

energies = st.floats(1e-3, 1e5)
fractions = st.floats(1e-3, 0.999)


@given(energies)
def test_minimum_energy_inverts_maximum_recoil(energy):
    assert float(kin.minimum_neutrino_energy_mev(kin.maximum_recoil_mev(energy))) == pytest.approx(
        energy, rel=1e-9, abs=0
    )


@given(energies, fractions)
def test_angle_inverts_recoil(energy, fraction):
    recoil = fraction * kin.maximum_recoil_mev(energy)
    cosine = kin.cos_theta(energy, recoil)
    assert 0 < float(cosine) <= 1
    # near the forward direction the recoil changes by E / m_e times what the cosine does
    tolerance = 1e-12 * (10 + energy / ELECTRON_MASS_MEV) ** 2
    assert float(kin.recoil_mev_at_angle(energy, cosine)) == pytest.approx(float(recoil), rel=max(tolerance, 1e-9))


@given(st.floats(0.1, 50.0), fractions)
def test_recoil_theta_squared_agrees_with_the_cosine(energy, fraction):
    recoil = float(fraction * kin.maximum_recoil_mev(energy))
    theta = np.arccos(float(kin.cos_theta(energy, recoil)))
    assert float(kin.recoil_theta_squared_mev(energy, recoil)) == pytest.approx(recoil * theta**2, rel=1e-6, abs=1e-12)


@given(st.floats(500.0, 1e5), st.floats(0.01, 0.999))
def test_beam_electrons_stay_below_two_electron_masses(energy, fraction):
    value = float(kin.recoil_theta_squared_mev(energy, fraction * energy * 0.999))
    assert value < 2 * ELECTRON_MASS_MEV * 1.001


@pytest.mark.parametrize("function", [kin.cos_theta, kin.recoil_theta_squared_mev])
def test_zero_outside_and_broadcast(function):
    values = function(np.array([[0.0], [-1.0], [2.0]]), np.array([-1.0, 0.0, 0.5, 100.0]))
    assert values.shape == (3, 4)
    assert np.count_nonzero(values) == 1
    assert values[2, 2] > 0


def test_no_neutrino_no_recoil():
    assert kin.maximum_recoil_mev([0.0, -2.0]).tolist() == [0.0, 0.0]
    assert kin.minimum_neutrino_energy_mev([0.0, -2.0]).tolist() == [0.0, 0.0]
    assert float(kin.recoil_mev_at_angle(5.0, -0.5)) == 0.0
