"""A charge radius on top of weak scattering: the polynomial against shifted couplings and a heavy mediator."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.physics.charge_radius_couplings import coupling_shift
from numm_stats.physics.charge_radius_scattering import charge_radius_terms
from numm_stats.physics.constants import FERMI_CONSTANT_PER_MEV2
from numm_stats.physics.flavours import FLAVOURS
from numm_stats.physics.kinematics import maximum_recoil_mev
from numm_stats.physics.mediators import mediator_terms
from numm_stats.physics.weak import CouplingScheme, chiral_cross_section, weak_couplings, weak_cross_section

flavours = st.sampled_from(FLAVOURS)
schemes = st.sampled_from([CouplingScheme(), CouplingScheme(radiative=True), CouplingScheme(sin2_theta_w=0.2386)])


@given(flavours, schemes, st.floats(0.1, 1e5), st.floats(0.01, 0.99), st.floats(-1e-30, 1e-30))
def test_the_sum_is_the_cross_section_with_shifted_couplings(flavour, scheme, energy, part, radius):
    recoil = part * float(maximum_recoil_mev(energy))
    linear, squared = charge_radius_terms(energy, recoil, flavour, radius, scheme=scheme)
    g_left, g_right = weak_couplings(flavour, scheme, recoil)
    shift = coupling_shift(radius)
    shifted = chiral_cross_section(energy, recoil, g_left + shift, g_right + shift)
    weak = weak_cross_section(energy, recoil, flavour, scheme)
    # 1e-12 of the terms that cancel
    tolerance = 1e-12 * float(weak + abs(linear) + squared)
    assert float(weak + linear + squared) == pytest.approx(float(shifted), rel=0, abs=tolerance)
    assert squared >= 0.0


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_it_is_the_contact_limit_of_a_vector_mediator(flavour):
    """g^2 / m^2 = 2 sqrt(2) G_F d shifts the couplings by d where m^2 is far above 2 m_e T."""
    energy, recoil, mass = 10.0, np.array([0.1, 1.0, 6.0, 9.0]), 1e5
    coupling_squared = 2 * np.sqrt(2) * FERMI_CONSTANT_PER_MEV2 * coupling_shift(3e-33) * mass**2
    a, b = mediator_terms(energy, recoil, flavour, "vector", mass_mev=mass)
    linear, squared = charge_radius_terms(energy, recoil, flavour, 3e-33)
    # 2 m_e T / m^2 = 1e-9
    assert linear == pytest.approx(a * coupling_squared, rel=1e-8, abs=0)
    assert squared == pytest.approx(b * coupling_squared**2, rel=1e-8, abs=0)


def test_signs_and_conventions():
    for one, other in zip(
        charge_radius_terms(20e3, 5e3, "nu_mu", 1e-32), charge_radius_terms(20e3, 5e3, "nu_mu", -1e-32), strict=True
    ):
        assert abs(one) == pytest.approx(abs(other), rel=1e-15, abs=0)
    assert charge_radius_terms(20e3, 5e3, "nu_mu", -1e-32)[0] > 0.0  # g_L of nu_mu is negative, and the larger one
    assert charge_radius_terms(20e3, 5e3, "nu_e", 1e-32)[0] > 0.0
    vector, left = (charge_radius_terms(20e3, 5e3, "nu_mu", r, convention=c) for r, c in CONVENTIONS)
    assert vector == left


CONVENTIONS = ((1e-32, "vector"), (2e-32, "left-handed"))


def test_nothing_outside_the_kinematic_range():
    linear, squared = charge_radius_terms(5.0, np.array([-1.0, 4.9, 6.0]), "nu_e", 1e-32)
    assert not linear.any()
    assert not squared.any()


def test_refused():
    with pytest.raises(InputError, match="unknown neutrino flavour 'numu'"):
        charge_radius_terms(5.0, 1.0, "numu", 1e-32)
    with pytest.raises(InputError, match="did you mean 'vector'"):
        charge_radius_terms(5.0, 1.0, "nu_mu", 1e-32, convention="vectr")
