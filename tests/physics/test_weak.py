"""The Standard Model cross section: stored values, laws, and its integral a second way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.physics.constants import SIN2_THETA_W_LOW_ENERGY
from numm_stats.physics.flavours import FLAVOURS
from numm_stats.physics.kinematics import maximum_recoil_mev
from numm_stats.physics.weak import (
    WEAK_PREFACTOR_CM2_PER_MEV,
    CouplingScheme,
    chiral_cross_section,
    neutrino_frame_couplings,
    total_weak_cross_section,
    weak_couplings,
    weak_cross_section,
)

POINTS = [
    (
        0.862,
        0.2,
        {"nu_e": 9.35609e-45, "nu_e_bar": 5.95453e-45, "nu_mu": 1.93571e-45, "nu_mu_bar": 1.80281e-45},
    ),
    (
        6.4,
        3.0,
        {"nu_e": 9.36444e-45, "nu_e_bar": 3.41241e-45, "nu_mu": 1.54517e-45, "nu_mu_bar": 1.31263e-45},
    ),
    (
        2000.0,
        500.0,
        {"nu_e": 9.73146e-45, "nu_e_bar": 6.10355e-45, "nu_mu": 1.76333e-45, "nu_mu_bar": 1.62159e-45},
    ),
]
ANY_FLAVOUR = st.sampled_from(FLAVOURS)


def test_prefactor():
    assert pytest.approx(1.72327e-44, rel=1e-4, abs=0) == WEAK_PREFACTOR_CM2_PER_MEV


@pytest.mark.parametrize(("energy", "recoil", "values"), POINTS)
def test_points(energy, recoil, values):
    for flavour, value in values.items():
        assert float(weak_cross_section(energy, recoil, flavour)) == pytest.approx(value, rel=1e-4, abs=0)


@pytest.mark.parametrize(
    ("flavour", "value"), [("nu_e", 95.2), ("nu_e_bar", 39.9), ("nu_mu", 15.5), ("nu_mu_bar", 13.4)]
)
def test_total_per_energy_in_beams(flavour, value):
    assert float(total_weak_cross_section(1e5, flavour)) / 1e2 == pytest.approx(value * 1e-43, rel=5e-3, abs=0)


def test_dynamical_zero():
    # at T_max the antineutrino bracket is (g_L - g_R m/(m + 2E))^2, which vanishes at E = m_e / (4 s2)
    scheme = CouplingScheme(sin2_theta_w=0.2331)
    energies = np.linspace(0.5, 0.6, 10001)
    forward = weak_cross_section(energies, maximum_recoil_mev(energies), "nu_e_bar", scheme)
    assert energies[np.argmin(forward)] == pytest.approx(0.548, rel=1e-3, abs=0)
    assert forward.min() < 1e-6 * float(weak_cross_section(0.548, 1e-3, "nu_e_bar", scheme))


@given(st.floats(1e-2, 1e4), st.floats(0.0, 1.0), ANY_FLAVOUR, st.booleans())
def test_closed_form_total_is_the_integral(energy, start, flavour, radiative):
    scheme = CouplingScheme(radiative=radiative)
    upper = float(maximum_recoil_mev(energy))
    threshold = start * upper
    nodes, weights = np.polynomial.legendre.leggauss(60)
    fraction = (nodes + 1) / 2  # squared: radiative corrections start with a logarithm of the recoil
    recoil = threshold + (upper - threshold) * fraction**2
    reference = (weights * fraction * weak_cross_section(energy, recoil, flavour, scheme)).sum() * (upper - threshold)
    total = float(total_weak_cross_section(energy, flavour, scheme, threshold))
    assert total == pytest.approx(reference, rel=1e-6, abs=1e-12 * upper * WEAK_PREFACTOR_CM2_PER_MEV)


@given(st.floats(-1.0, 1e4), st.floats(-1.0, 2e4), ANY_FLAVOUR)
def test_non_negative_and_zero_outside(energy, recoil, flavour):
    value = float(weak_cross_section(energy, recoil, flavour))
    assert np.isfinite(value)
    assert value >= 0
    if recoil > maximum_recoil_mev(energy) or recoil < 0 or energy <= 0:
        assert value == 0


def test_antineutrinos_swap_the_couplings():
    for family in ("e", "mu", "tau"):
        assert weak_couplings(f"nu_{family}") == weak_couplings(f"nu_{family}_bar")[::-1]
    energy, recoil = 3.0, np.linspace(0.0, 2.5, 7)
    swapped = chiral_cross_section(energy, recoil, *weak_couplings("nu_e")[::-1])
    np.testing.assert_array_equal(swapped, weak_cross_section(energy, recoil, "nu_e_bar"))


def test_muon_and_tau_neutrinos_scatter_alike():
    assert weak_cross_section(5.0, 1.0, "nu_mu") == weak_cross_section(5.0, 1.0, "nu_tau")


def test_broadcasting():
    grid = weak_cross_section(np.array([[1.0], [5.0]]), np.array([0.1, 0.2, 3.0]), "nu_e")
    assert grid.shape == (2, 3)
    assert float(grid[1, 2]) == float(weak_cross_section(5.0, 3.0, "nu_e"))
    totals = total_weak_cross_section(np.array([[1.0], [5.0]]), "nu_e", threshold_mev=[0.1, 0.2, 3.0])
    assert totals.shape == (2, 3)
    assert totals[0, 2] == 0


def test_radiative_corrections_keep_the_published_size():
    # rho (1 - 2 kappa s2) at threshold: kappa(nu_e) = 0.9791 + 0.0097 I, and I(T) starts at 0
    scheme = CouplingScheme(radiative=True)
    left, right = neutrino_frame_couplings("nu_e", scheme, 1e-6)
    assert float(right) == pytest.approx(1.0126 * 0.2315 * 0.9791, rel=1e-6, abs=0)
    assert float(left) == pytest.approx(1 - 1.0126 / 2 + float(right), rel=1e-12, abs=0)
    mu_left, mu_right = neutrino_frame_couplings("nu_mu", scheme, [0.1, 1.0, 10.0])
    np.testing.assert_allclose(mu_left, mu_right - 1.0126 / 2)
    ratio = weak_cross_section(0.862, 0.2, "nu_e", scheme) / weak_cross_section(0.862, 0.2, "nu_e")
    assert 0.97 < float(ratio) < 1.0


def test_left_coupling_can_be_replaced():
    half = CouplingScheme(g_left=0.5)
    assert [float(g) for g in weak_couplings("nu_e_bar", half)] == [0.2312, 0.5]
    assert [float(g) for g in weak_couplings("nu_e", half)] == [0.5, 0.2312]


def test_mixing_angle_must_be_a_probability():
    assert CouplingScheme(SIN2_THETA_W_LOW_ENERGY).mixing_angle == 0.23863
    with pytest.raises(InputError, match="sin2_theta_w is 23"):
        CouplingScheme(sin2_theta_w=23)
