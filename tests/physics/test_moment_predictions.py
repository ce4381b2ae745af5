"""Moments from theory: limit cases of the loop, unitarity, hermiticity, and published sizes."""

import decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.physics.constants import TAU_MASS_MEV, W_MASS_MEV
from numm_stats.physics.magnetic import dirac_diagonal_moment_bohr_magneton
from numm_stats.physics.mixing import Mixing
from numm_stats.physics.moment_bases import dirac_moments, majorana_moments
from numm_stats.physics.moment_predictions import (
    loop_function,
    loop_suppression,
    natural_dirac_moment,
    natural_majorana_moments,
    standard_model_dirac_moments,
    standard_model_majorana_moments,
)

MIXING = Mixing(delta=1.2, alpha_21=0.7, alpha_31=2.1)
MASSES = st.lists(st.floats(0.0, 2.0), min_size=3, max_size=3)


def loop_as_printed(ratio):
    """3/4 [1 + 1/(1-a) - 2a/(1-a)^2 - 2a^2 ln a/(1-a)^3] with 60 digits."""
    with decimal.localcontext(prec=60):
        a = decimal.Decimal(ratio)
        rest = 1 - a
        return (1 + 1 / rest - 2 * a / rest**2 - 2 * a**2 * a.ln() / rest**3) * 3 / 4


@pytest.mark.parametrize("ratio", [4e-11, 1.7e-6, 4.9e-4, 0.1, 0.5, 0.9])
def test_loop_keeps_its_digits(ratio):
    assert float(loop_function(ratio)) == pytest.approx(float(loop_as_printed(ratio)), rel=1e-13)
    lost = float(decimal.Decimal("1.5") - loop_as_printed(ratio))
    assert float(loop_suppression(ratio)) == pytest.approx(lost, rel=1e-10, abs=0)


def test_loop_at_its_ends():
    assert float(loop_suppression(1e-8)) == pytest.approx(0.75e-8, rel=1e-6, abs=0)
    assert float(loop_function(1 - 1e-3)) == pytest.approx(1.25, rel=1e-3)  # the limit at a = 1


def test_diagonal_is_the_known_moment():
    masses = np.array([0.1, 0.2, 1.0])
    diagonal = np.diag(standard_model_dirac_moments(MIXING, masses))
    np.testing.assert_allclose(diagonal.real, dirac_diagonal_moment_bohr_magneton(masses), rtol=3e-4)  # a_tau / 2
    assert diagonal[2].real == pytest.approx(3.2026e-19, rel=1e-3, abs=0)
    np.testing.assert_allclose(diagonal.imag, 0.0, atol=1e-32)


def test_transition_is_the_published_size():
    """mu_jk = 3.9e-23 (m_j + m_k) / eV sum_l (m_l / m_tau)^2 U_lj^* U_lk (arXiv:1403.6344)."""
    masses, u = np.array([0.0, 0.0086, 0.05]), MIXING.matrix()
    matrix = standard_model_dirac_moments(MIXING, masses)
    magnetic = (matrix + matrix.conj().T) / 2
    for j, k in ((0, 1), (0, 2), (1, 2)):
        expected = 3.9e-23 * (masses[j] + masses[k]) * abs(u[2, j].conj() * u[2, k])
        assert abs(magnetic[j, k]) == pytest.approx(expected, rel=2e-2, abs=0)  # two digits, m_mu^2 / m_tau^2 left out


def test_transitions_from_the_loop_without_using_unitarity():
    u, masses = MIXING.matrix(), np.array([0.1, 0.2, 1.0])
    loops = np.array([float(loop_as_printed((m / W_MASS_MEV) ** 2)) for m in (0.51099895, 105.6583755, TAU_MASS_MEV)])
    plain = u.conj().T @ (loops[:, None] * u)
    ours = standard_model_dirac_moments(MIXING, masses)
    scale = ours[0, 0] / plain[0, 0] / masses[0]
    np.testing.assert_allclose(ours, scale * masses[:, None] * plain, rtol=1e-9)


@given(MASSES)
def test_moments_and_dipoles_are_hermitian_and_majorana_antisymmetric(masses):
    matrix = standard_model_dirac_moments(MIXING, masses)
    magnetic, electric = (matrix + matrix.conj().T) / 2, (matrix.conj().T - matrix) / 2j
    np.testing.assert_allclose(dirac_moments(magnetic, electric), matrix, atol=1e-35)
    assert np.abs(np.diag(electric)).max() <= 1e-30
    majorana_moments(standard_model_majorana_moments(MIXING, masses))


def test_majorana_is_twice_dirac_for_equal_cp_magnetic_or_electric():
    """Real mixing: the dipole with m_j - m_k survives, twice the Dirac one; a phase of pi makes it the other."""
    masses = np.array([0.01, 0.02, 0.05])
    for alpha, sign in ((0.0, -1.0), (np.pi, 1.0)):
        dirac = standard_model_dirac_moments(Mixing(), masses)
        majorana = standard_model_majorana_moments(Mixing(alpha_21=alpha), masses)
        part = (dirac + sign * dirac.conj().T) / 2
        assert abs(majorana[0, 1]) == pytest.approx(2 * abs(part[0, 1]), rel=1e-9, abs=0)


def test_no_mass_no_moment():
    assert not standard_model_dirac_moments(MIXING, [0, 0, 0]).any()
    assert not standard_model_majorana_moments(MIXING, [0, 0, 0]).any()


def test_natural_bounds_as_published():
    assert natural_dirac_moment(0.3, 1.0) == pytest.approx(1e-15, rel=0.1, abs=0)  # one digit is printed
    majorana = natural_majorana_moments()
    assert majorana["mu_tau"] == pytest.approx(1e-9, rel=1e-2, abs=0)
    assert majorana["e_tau"] == pytest.approx(1e-9, rel=1e-2, abs=0)
    assert majorana["e_mu"] == pytest.approx(3e-7, rel=0.1, abs=0)


@given(st.floats(0.01, 10.0), st.floats(0.1, 100.0))
def test_natural_bounds_scale_with_mass_over_scale_squared(mass, scale):
    assert natural_dirac_moment(mass, scale) == pytest.approx(
        natural_dirac_moment(1.0, 1.0) * mass / scale**2, rel=1e-9, abs=0
    )
    ratio = natural_majorana_moments(mass, scale)["e_mu"] / natural_majorana_moments(1.0, 1.0)["e_mu"]
    assert ratio == pytest.approx(mass / scale**2, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: loop_function(1.0), "below 1"),
        (lambda: standard_model_dirac_moments(MIXING, [1.0, -1.0, 0.0]), "neutrino masses"),
        (lambda: standard_model_majorana_moments(MIXING, [1.0]), "three numbers"),
        (lambda: natural_dirac_moment(0.0), "mass is 0"),
        (lambda: natural_majorana_moments(0.3, -1.0), "scale of new physics is -1"),
    ],
)
def test_refused(make, words):
    with pytest.raises(InputError, match=words):
        make()
