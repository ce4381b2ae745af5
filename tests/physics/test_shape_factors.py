"""Measured shape factors and unique forbidden ones, against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.physics.beta import beta_phase_space, beta_spectrum, coulomb_ratio, mean_kinetic_energy_mev
from numm_stats.physics.constants import ELECTRON_MASS_MEV
from numm_stats.physics.shape_factors import NeutrinoEnergyPolynomial, TabulatedFactor, TotalEnergyPolynomial

KINETIC = np.linspace(0.05, 1.2, 9)


@pytest.mark.parametrize(("shape", "power"), [("unique", 4), ("third-unique", 8)])
def test_without_charge_unique_shapes_are_a_binomial(shape, power):
    # sum_k C(2n, 2k+1) p^(2k) q^(2n-2k-2) = [(p + q)^(2n) - (p - q)^(2n)] / (4 n p q) up to its constant
    q, p = 1.311 - KINETIC, np.sqrt(KINETIC * (KINETIC + 2 * ELECTRON_MASS_MEV))
    binomial = ((p + q) ** power - (p - q) ** power) / (2 * power * p * q)
    ratio = beta_phase_space(KINETIC, 1.311, 0, 40, shape) / beta_phase_space(KINETIC, 1.311, 0, 40)
    np.testing.assert_allclose(ratio, binomial, rtol=1e-10)


def test_higher_waves_are_pulled_in_more_strongly_less():
    # at the nuclear surface a charge lifts the s wave most: each further wave is lifted less
    ratios = [float(coulomb_ratio(0.3, 20, 40, order)) for order in (2, 3, 4)]
    assert 1 > ratios[0] > ratios[1] > ratios[2] > 0.5
    np.testing.assert_allclose([float(coulomb_ratio(0.3, 0, 40, k)) for k in (2, 3, 4)], 1.0, rtol=1e-12)


@given(st.floats(0.0, 0.156), st.floats(-0.5, 2.0))
def test_polynomials_in_either_energy_agree(kinetic, slope):
    endpoint = 0.1565
    in_neutrino = NeutrinoEnergyPolynomial(endpoint, (1.0, slope))(np.array([kinetic]))
    constant = 1.0 + slope * (endpoint + ELECTRON_MASS_MEV)
    in_total = TotalEnergyPolynomial((constant, -slope * ELECTRON_MASS_MEV))(np.array([kinetic]))
    np.testing.assert_allclose(in_neutrino, in_total, rtol=1e-12, atol=1e-12)


def test_a_tabulated_polynomial_is_the_polynomial():
    energies = np.linspace(0.0, 0.1565, 40)
    straight = NeutrinoEnergyPolynomial(0.1565, (1.0, 1.24))
    table = TabulatedFactor(tuple(energies), tuple(straight(energies)))
    at = np.linspace(0.001, 0.15, 11)
    np.testing.assert_allclose(beta_spectrum(at, 0.1565, 7, 14, table), beta_spectrum(at, 0.1565, 7, 14, straight))


def test_a_constant_factor_is_allowed():
    for flat in (TotalEnergyPolynomial((3.0,)), NeutrinoEnergyPolynomial(1.0, (0.2,)), TabulatedFactor((1.0,), (7.0,))):
        assert mean_kinetic_energy_mev(1.0, 20, 40, flat) == pytest.approx(
            mean_kinetic_energy_mev(1.0, 20, 40), rel=1e-12
        )


def test_carbon_14_shape_softens_the_spectrum():
    # C falls by 16 % from T = 0 to the endpoint
    shaped = mean_kinetic_energy_mev(0.1565, 7, 14, NeutrinoEnergyPolynomial(0.1565, (1.0, 1.24)))
    assert 0.96 < shaped / mean_kinetic_energy_mev(0.1565, 7, 14) < 0.99


@pytest.mark.parametrize(
    ("energies", "values"),
    [((), ()), ((1.0, 2.0), (1.0,)), ((2.0, 1.0), (1.0, 1.0)), ((1.0, 2.0), (1.0, -1.0)), ((1.0, np.nan), (1.0, 1.0))],
)
def test_impossible_tables_are_refused(energies, values):
    with pytest.raises(InputError, match="shape factor"):
        TabulatedFactor(energies, values)
