"""Birks quenching against quadrature, simulation and Borexino's annihilation peak."""

import numpy as np
import pytest
from scipy.integrate import quad

from numm_stats.errors import InputError
from numm_stats.physics.birks import BirksScintillator
from numm_stats.physics.constants import ELECTRON_MASS_MEV
from numm_stats.physics.stopping import PSEUDOCUMENE, collision_stopping_power

BOREXINO = BirksScintillator()


@pytest.mark.parametrize("kinetic", [0.002, 0.05, 0.9604, 5.0])
def test_light_is_the_integral(kinetic):
    def integrand(log_energy):
        energy = np.exp(log_energy)
        stopping = PSEUDOCUMENE.density_g_per_cm3 * float(collision_stopping_power(energy, PSEUDOCUMENE))
        return energy / (1 + 0.0109 * stopping)

    # in the logarithm, from where less than 1e-8 MeV is left; linear interpolation of the table costs 1e-5
    expected = quad(integrand, np.log(1e-8), np.log(kinetic), limit=400)[0]
    assert float(BOREXINO.electron_light_mev(kinetic)) == pytest.approx(expected, rel=3e-5)


def test_without_quenching_light_is_energy():
    perfect = BirksScintillator(kb_cm_per_mev=0.0)
    energies = np.array([0.0, 0.03, 0.511, 2.0])
    np.testing.assert_allclose(perfect.electron_light_mev(energies), energies, rtol=1e-12)
    np.testing.assert_allclose(perfect.gamma_light_mev(energies), energies, rtol=1e-9)
    assert perfect.annihilation_quenching() == pytest.approx(1.0, rel=1e-9)


def test_quenching_grows_towards_low_energy():
    quenching = BOREXINO.quenching(np.array([0.01, 0.05, 0.2, 1.0, 5.0]))
    assert (np.diff(quenching) > 0).all()
    assert quenching[3] == pytest.approx(1.0, rel=1e-12)
    assert quenching[0] == pytest.approx(0.70, abs=0.02)


def test_a_gamma_gives_less_light_than_an_electron():
    energies = np.array([0.1, 0.511, 1.4608, 2.2])
    assert (BOREXINO.gamma_light_mev(energies) < BOREXINO.electron_light_mev(energies)).all()


def test_gammas_against_a_simulation():
    # Klein-Nishina by rejection: 4,000 gammas of 511 keV, each followed to photoabsorption below 20 keV
    random = np.random.default_rng(20260722)
    energy, light = np.full(4_000, ELECTRON_MASS_MEV), np.zeros(4_000)
    while (alive := energy > 0.02).any():
        before = energy[alive]
        after = np.array([scattered(value, random) for value in before])
        light[alive] += BOREXINO.electron_light_mev(before - after)
        energy[alive] = after
    light += BOREXINO.electron_light_mev(energy)
    error = light.std() / np.sqrt(len(light))
    assert float(BOREXINO.gamma_light_mev(ELECTRON_MASS_MEV)) == pytest.approx(light.mean(), abs=4 * error)
    assert error < 5e-4 * ELECTRON_MASS_MEV


def scattered(energy, random):
    lowest = energy / (1 + 2 * energy / ELECTRON_MASS_MEV)
    largest = lowest / energy + energy / lowest
    while True:
        after = random.uniform(lowest, energy)
        cosine = 1 - ELECTRON_MASS_MEV * (1 / after - 1 / energy)
        if random.uniform(0, largest) < after / energy + energy / after - 1 + cosine**2:
            return after


def test_annihilation_in_borexino():
    # the collaboration puts 11C at 0.85 x 1.022 MeV, which is the light of two gammas over their energy
    assert float(BOREXINO.gamma_light_mev(ELECTRON_MASS_MEV)) / ELECTRON_MASS_MEV == pytest.approx(0.85, rel=1e-2)
    # as the energy of an electron with the same light it is larger, an electron being quenched too; ours, not published
    assert BOREXINO.annihilation_quenching() == pytest.approx(0.880, abs=2e-3)
    assert BOREXINO.annihilation_quenching(0.3856) == pytest.approx(0.870, abs=2e-3)


def test_electron_equivalent_is_the_inverse():
    kinetic = np.array([0.05, 0.418, 3.0])
    np.testing.assert_allclose(
        BOREXINO.electron_equivalent_mev(BOREXINO.electron_light_mev(kinetic)), kinetic, rtol=1e-12
    )


@pytest.mark.parametrize("constant", [-0.01, np.nan, np.inf])
def test_impossible_constants_are_refused(constant):
    with pytest.raises(InputError, match="Birks"):
        BirksScintillator(kb_cm_per_mev=constant)


@pytest.mark.parametrize("energy", [-0.1, 31.0])
def test_energies_off_the_table_are_refused(energy):
    with pytest.raises(InputError, match="between 0 and 30"):
        BOREXINO.electron_light_mev(energy)
