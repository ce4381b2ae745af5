"""The charge radius in weak couplings: two forms of the shift, and the radiative corrections that contain it."""

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.physics.charge_radius import standard_model_charge_radius_cm2
from numm_stats.physics.charge_radius_couplings import (
    anapole_moment_cm2,
    charge_radius_excess_cm2,
    coupling_shift,
    signed_standard_model_radius_cm2,
    vector_coupling_shift,
)
from numm_stats.physics.constants import FERMI_CONSTANT_PER_MEV2, FINE_STRUCTURE, HBAR_C_MEV_CM, W_MASS_MEV
from numm_stats.physics.weak import CouplingScheme, neutrino_frame_couplings


def test_shift_of_g_v_is_that_of_vogel_and_engel():
    """(2/3) m_W^2 sin^2(theta_W) <r^2>, with sin^2(theta_W) = pi alpha / (sqrt(2) G_F m_W^2) at tree level."""
    sin2 = np.pi * FINE_STRUCTURE / (np.sqrt(2) * FERMI_CONSTANT_PER_MEV2 * W_MASS_MEV**2)
    radius = 1e-32
    expected = 2 / 3 * W_MASS_MEV**2 * sin2 * radius / HBAR_C_MEV_CM**2
    assert vector_coupling_shift(radius, "left-handed") == pytest.approx(expected, rel=1e-12)
    assert vector_coupling_shift(radius, "vector") == pytest.approx(2 * expected, rel=1e-12)


def test_radiative_corrections_contain_the_charge_radius():
    """At zero momentum transfer nu_e and nu_mu differ, beyond the charged current, by their charge radii."""
    scheme = CouplingScheme(radiative=True)
    g_e, g_mu = (float(neutrino_frame_couplings(flavour, scheme, 1e-9)[1]) for flavour in ("nu_e", "nu_mu"))
    radii = [coupling_shift(signed_standard_model_radius_cm2(flavour)) for flavour in ("nu_e", "nu_mu")]
    assert g_e - g_mu == pytest.approx(radii[0] - radii[1], rel=2e-2)  # rho = 1.0126 multiplies kappa only


@pytest.mark.parametrize("flavour", ["nu_e", "nu_mu", "nu_tau_bar"])
def test_excess_of_the_standard_model_over_itself_is_zero(flavour):
    for convention in ("vector", "left-handed"):
        radius = signed_standard_model_radius_cm2(flavour, convention)
        assert charge_radius_excess_cm2(radius, flavour, convention) == 0.0
    assert signed_standard_model_radius_cm2(flavour) == -standard_model_charge_radius_cm2(flavour)


def test_conventions_are_the_same_physics():
    one, other = (signed_standard_model_radius_cm2("nu_e", c) for c in ("vector", "left-handed"))
    assert other == pytest.approx(2 * one)
    assert other == pytest.approx(-8.3e-33, rel=1e-2, abs=0)  # -0.83e-32 cm2, arXiv:1403.6344
    assert coupling_shift(one) == pytest.approx(coupling_shift(other, "left-handed"))
    assert anapole_moment_cm2(one) == pytest.approx(anapole_moment_cm2(other, "left-handed"), rel=1e-9, abs=0)
    assert anapole_moment_cm2(one) == pytest.approx(-one / 6, rel=1e-9, abs=0)


def test_shift_is_linear_and_keeps_its_sign():
    assert coupling_shift(-2e-32) == pytest.approx(-2 * coupling_shift(1e-32))
    assert coupling_shift(0.0) == 0.0


def test_refused():
    with pytest.raises(InputError, match="did you mean 'vector'"):
        coupling_shift(1e-32, "vectr")
    with pytest.raises(InputError, match="charge radius nan"):
        coupling_shift(float("nan"))
