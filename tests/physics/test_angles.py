"""The angle against kinematics, cross sections in the angle against those in the recoil, and the dynamical zero."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize

from numm_stats.errors import InputError
from numm_stats.physics import angles
from numm_stats.physics.constants import ELECTRON_MASS_MEV
from numm_stats.physics.flavours import FLAVOURS
from numm_stats.physics.kinematics import cos_theta, maximum_recoil_mev
from numm_stats.physics.magnetic import total_magnetic_cross_section
from numm_stats.physics.weak import CouplingScheme, total_weak_cross_section, weak_cross_section

ENERGIES = st.floats(0.05, 50.0)
FRACTIONS = st.floats(1e-3, 0.999)
THRESHOLD_MEV = 0.001


@given(ENERGIES, FRACTIONS)
def test_recoil_and_angle_give_the_energy_back(energy, fraction):
    recoil = float(fraction * maximum_recoil_mev(energy))
    cosine = float(cos_theta(energy, recoil))
    # the cosine holds E to its own rounding times d ln E / d cos
    slope = energy / ELECTRON_MASS_MEV * np.sqrt(1 + 2 * ELECTRON_MASS_MEV / recoil)
    assert float(angles.neutrino_energy_mev(recoil, cosine)) == pytest.approx(energy, rel=1e-15 * (10 + slope), abs=0)


@given(ENERGIES, FRACTIONS)
def test_angle_is_the_arccosine(energy, fraction):
    recoil = float(fraction * maximum_recoil_mev(energy))
    assert np.cos(float(angles.theta(energy, recoil))) == pytest.approx(float(cos_theta(energy, recoil)), rel=1e-13)


@given(st.floats(0.01, 10.0), st.floats(0.05, 0.95))
def test_jacobian_is_the_slope_of_the_energy(recoil, fraction):
    lowest = float(angles.smallest_cos_theta(recoil))
    cosine = lowest + fraction * (1 - lowest)
    step = 1e-5 * (1 - lowest)
    low, high = angles.neutrino_energy_mev(recoil, np.array([cosine + step, cosine - step]))
    expected = float(high - low) / (2 * step)
    # a central difference of 1/x: relative error (step / distance to the pole)^2
    assert float(angles.energy_per_cos_theta_mev(recoil, cosine)) == pytest.approx(expected, rel=1e-6, abs=0)


def test_no_neutrino_beyond_the_widest_angle():
    recoil = np.array([0.1, 0.1, 0.1, -1.0, 0.0])
    cosine = np.array([float(angles.smallest_cos_theta(0.1)) - 1e-6, -0.5, 1.1, 0.9, 0.9])
    assert angles.neutrino_energy_mev(recoil, cosine).tolist() == [0.0] * 5
    assert angles.energy_per_cos_theta_mev(recoil, cosine).tolist() == [0.0] * 5
    assert float(angles.neutrino_energy_mev(0.1, float(angles.smallest_cos_theta(0.1)) + 1e-9)) > 1e7


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("energy", [0.3, 0.862, 6.4, 100.0])
@pytest.mark.parametrize("radiative", [False, True])
def test_weak_angular_distribution_integrates_to_the_energy_one(flavour, energy, radiative):
    scheme = CouplingScheme(radiative=radiative)
    total = _integral(lambda c: float(angles.weak_angular_cross_section(energy, c, flavour, scheme)), energy)
    expected = float(total_weak_cross_section(energy, flavour, scheme, THRESHOLD_MEV))
    assert total == pytest.approx(expected, rel=1e-5, abs=0)


@pytest.mark.parametrize("energy", [0.05, 0.862, 6.4, 100.0])
def test_magnetic_angular_distribution_integrates_to_the_energy_one(energy):
    total = _integral(lambda c: float(angles.magnetic_angular_cross_section(energy, c, 1e-10)), energy)
    expected = float(total_magnetic_cross_section(energy, THRESHOLD_MEV, moment_bohr_magneton=1e-10))
    assert total == pytest.approx(expected, rel=1e-5, abs=0)


def _integral(curve, energy):
    """Over the cosine above the threshold, in units of 1e-45 cm2; 1 - cos = x^2 opens the forward peak of beams."""
    widest = np.sqrt(1 - float(cos_theta(energy, THRESHOLD_MEV)))
    return 1e-45 * quad(lambda x: 2e45 * x * curve(1 - x * x), 0.0, widest, epsrel=1e-9, limit=200)[0]


def test_dynamical_zero_of_the_published_mixing_angle():
    zero = angles.dynamical_zero(scheme=CouplingScheme(sin2_theta_w=0.2331))
    assert zero.energy_mev == pytest.approx(0.548, rel=1e-3)
    assert zero.energy_mev == pytest.approx(ELECTRON_MASS_MEV / (4 * 0.2331), rel=1e-12)
    assert zero.recoil_mev == pytest.approx(zero.energy_mev / (1 + 2 * 0.2331), rel=1e-12)
    assert zero.cos_theta == 1.0


@pytest.mark.parametrize("scheme", [CouplingScheme(), CouplingScheme(sin2_theta_w=0.2), CouplingScheme(radiative=True)])
def test_cross_section_vanishes_there_and_nowhere_near(scheme):
    zero = angles.dynamical_zero(scheme=scheme)

    def relative(point):
        recoil = point[1] * maximum_recoil_mev(point[0])
        return float(weak_cross_section(point[0], recoil, "nu_e_bar", scheme)) * 1e45

    found = minimize(relative, (0.8, 0.7), bounds=((0.2, 3.0), (0.1, 1.0)), method="Nelder-Mead", tol=1e-10)
    assert found.x == pytest.approx([zero.energy_mev, 1.0], rel=1e-4)
    assert relative((zero.energy_mev, 1.0)) < 1e-12 * relative((zero.energy_mev, 0.5))


@pytest.mark.parametrize("flavour", [name for name in FLAVOURS if name != "nu_e_bar"])
def test_other_flavours_have_no_zero(flavour):
    with pytest.raises(InputError, match="no dynamical zero"):
        angles.dynamical_zero(flavour)
