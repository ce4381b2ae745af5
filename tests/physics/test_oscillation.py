"""Conversion in the Sun: limits, a numerical eigenvalue problem, published values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.physics.constants import FERMI_CONSTANT_PER_MEV2, HBAR_C_MEV_CM
from numm_stats.physics.mixing import Mixing, solar_mass_weights, survival_probability
from numm_stats.physics.oscillation import (
    adiabatic_survival,
    family_probabilities,
    first_state_probability,
    matter_ratio,
    solar_survival,
)

BERYLLIUM_DENSITY = 81.4  # mol/cm3

energies = st.floats(0.05, 20.0)
densities = st.floats(0.0, 110.0)
mixings = st.builds(
    Mixing,
    sin2_12=st.floats(0.05, 0.95),
    sin2_13=st.floats(0.0, 0.2),
    sin2_23=st.floats(0.0, 1.0),
    delta=st.floats(0.0, 6.28),
    dm2_21_ev2=st.floats(2e-5, 2e-4),
)


@pytest.mark.parametrize(("energy", "expected"), [(0.3843, 0.566), (0.8613, 0.552)])
def test_two_flavours_at_the_lines_of_beryllium(energy, expected):
    assert float(adiabatic_survival(energy, BERYLLIUM_DENSITY)) == pytest.approx(expected, rel=2e-3, abs=0)


def test_vacuum_and_dense_matter():
    mixing = Mixing()
    averaged = 1 - 2 * mixing.sin2_12 * (1 - mixing.sin2_12)
    assert float(adiabatic_survival(1e-9, 100.0)) == pytest.approx(averaged)
    assert float(adiabatic_survival(1.0, 1e9)) == pytest.approx(mixing.sin2_12, rel=1e-6)
    assert float(first_state_probability(1.0, 0.0)) == pytest.approx(1 - mixing.sin2_12)


def test_matter_ratio_is_the_textbook_number():
    # 2 sqrt(2) G_F n_e E = 1.53e-7 eV2 (n_e in mol/cm3) (E in MeV), PDG review of neutrino mixing
    ratio = float(matter_ratio(1.0, 1.0, Mixing(sin2_13=0.0)))
    assert ratio * Mixing().dm2_21_ev2 == pytest.approx(1.526e-7, rel=1e-3, abs=0)


def heaviest_light_state(energy_mev, density, mixing):
    """Shares of the vacuum mass states in a nu_e that follows the levels of the full three-flavour Hamiltonian."""
    matrix = mixing.matrix()
    potential = np.sqrt(2) * FERMI_CONSTANT_PER_MEV2 * density * 6.02214076e23 * HBAR_C_MEV_CM**3
    vacuum = matrix @ np.diag(mixing.squared_masses_ev2() * 1e-12 / (2 * energy_mev)) @ matrix.conj().T
    _, states = np.linalg.eigh(vacuum + np.diag([potential, 0.0, 0.0]))
    return np.abs(states[0]) ** 2  # ordered as the vacuum states of normal ordering


@pytest.mark.parametrize("energy", [0.1, 0.3843, 0.8613, 3.0, 10.0, 16.0])
def test_against_the_eigenstates_of_three_flavours(energy):
    mixing = Mixing()
    carried = heaviest_light_state(energy, 90.0, mixing)
    expected = np.abs(mixing.matrix()) ** 2 @ carried
    found = family_probabilities(energy, 90.0, mixing)
    # the potential moves theta_13 a little, by 2 V E / dm2_31 < 1e-1 at 16 MeV, which the two-state formula leaves out
    np.testing.assert_allclose([float(found[f]) for f in ("e", "mu", "tau")], expected, atol=4e-3)


@given(energies, st.lists(densities, min_size=1, max_size=6), mixings)
def test_probabilities_add_up(energy, many, mixing):
    found = family_probabilities(energy, many, mixing)
    assert sum(float(p) for p in found.values()) == pytest.approx(1.0, abs=1e-12)
    assert all(-1e-12 <= float(p) <= 1 + 1e-12 for p in found.values())
    assert float(solar_survival(energy, many, mixing)) == float(found["e"])


@given(energies, densities, mixings)
def test_agrees_with_the_mass_weights(energy, density, mixing):
    p2nu = float(adiabatic_survival(energy, density, mixing))
    assert float(solar_survival(energy, density, mixing)) == pytest.approx(survival_probability(mixing, p2nu))
    if abs(1 - 2 * mixing.sin2_12) > 1e-3:
        shares = np.abs(mixing.matrix()) ** 2 @ solar_mass_weights(mixing, p2nu)
        found = family_probabilities(energy, density, mixing)
        np.testing.assert_allclose([float(p) for p in found.values()], shares, atol=1e-9)


@given(energies, energies)
def test_conversion_grows_with_energy(one, other):
    low, high = sorted((one, other))
    assert float(solar_survival(high, 90.0)) <= float(solar_survival(low, 90.0)) + 1e-12


def test_average_over_densities_and_shape():
    energy = np.array([[0.3, 1.0, 2.0], [4.0, 8.0, 15.0]])
    average = solar_survival(energy, [60.0, 100.0])
    np.testing.assert_allclose(average, (solar_survival(energy, 60.0) + solar_survival(energy, 100.0)) / 2)
    assert average.shape == energy.shape


@pytest.mark.parametrize("wrong", [[], [-1.0], [np.nan], [[1.0, 2.0]]])
def test_densities_that_are_none(wrong):
    with pytest.raises(InputError, match="electron densities"):
        solar_survival(1.0, wrong)
