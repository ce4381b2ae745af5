"""Solar spectra: the public tables, 8Li and 8B from one strength, and laws."""

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.physics.beta import antineutrino_spectrum, phase_space_integral
from numm_stats.sources.lithium8 import ENDPOINT_ABOVE_TWO_ALPHA_MEV, ENDPOINT_PROBABILITIES, beryllium8_line_shape
from numm_stats.sources.solar_spectra import LINES, beryllium8_strength, boron8_spectrum, solar_spectrum

TABLES = {
    "pp": "pp_neutrino.txt",
    "N13": "N13_neutrino.txt",
    "O15": "15O_neutrino.txt",
    "F17": "17F_neutrino.txt",
    "hep": "hep_neutrino.txt",
    "B8": "B8_neutrino_flux.txt",
}


@pytest.mark.parametrize("process", TABLES)
def test_public_table(shared, process):
    table = np.loadtxt(shared / "data" / "solar" / TABLES[process])
    energies, density = table[:, 0], table[:, 1]
    high = density > 0.1 * density.max()
    tolerance = 3e-2 if process == "B8" else 5e-3
    np.testing.assert_allclose(solar_spectrum(process)(energies[high]), density[high], rtol=tolerance)


@pytest.mark.parametrize("process", TABLES)
def test_normalised_and_positive(process):
    spectrum = solar_spectrum(process)
    assert spectrum.integral == pytest.approx(1.0)
    assert (spectrum.values >= 0).all()
    assert spectrum.values[[0, -1]].tolist() == [0.0, 0.0]


def test_table_is_close_enough_for_straight_lines():
    energies = np.linspace(0.001, 0.42, 997)
    exact = antineutrino_spectrum(energies, 0.42341, -1, 2)
    # the step is 4e-4 MeV where the spectrum starts as E^2: h^2 N''/8 = 2e-6 of the maximum
    np.testing.assert_allclose(solar_spectrum("pp")(energies), exact, rtol=3e-6, atol=2e-6 * exact.max())


def mean(spectrum):
    return float(np.trapezoid(spectrum.values * spectrum.energies_mev, spectrum.energies_mev))


def test_mean_energy_of_boron_8():
    # 6.735 +- 0.036 MeV: nucl-th/9601044
    assert mean(boron8_spectrum()) == pytest.approx(6.735, abs=0.036)


def test_strength_gives_back_the_endpoints_of_lithium_8():
    alphas, strength = beryllium8_strength()
    weights = strength * phase_space_integral(ENDPOINT_ABOVE_TWO_ALPHA_MEV - alphas, 4, 8)
    found = weights.reshape(len(ENDPOINT_PROBABILITIES), -1).sum(axis=1) / weights.sum()
    np.testing.assert_allclose(found, ENDPOINT_PROBABILITIES, rtol=1e-7)


def test_strength_has_the_line_of_the_first_excited_state():
    alphas, strength = beryllium8_strength()
    low = alphas < 6.0
    line = beryllium8_line_shape(alphas)
    assert alphas[low][strength[low].argmax()] == pytest.approx(alphas[low][line[low].argmax()], abs=0.3)


def test_boron_8_is_the_sum_over_the_states():
    alphas, strength = beryllium8_strength()
    endpoints = 17.979 - 2 * 0.51099895 + 0.0918 - alphas
    weights = strength * phase_space_integral(endpoints, -4, 8)
    energies = np.array([1.0, 4.0, 8.0, 12.0])
    expected = antineutrino_spectrum(energies[:, None], endpoints, -4, 8) @ weights / weights.sum()
    np.testing.assert_allclose(boron8_spectrum()(energies), expected, rtol=1e-4)


def test_lines_share_one_neutrino():
    for energies, shares in LINES.values():
        assert sum(shares) == pytest.approx(1.0)
        assert len(energies) == len(shares)


def test_lines_have_no_continuous_spectrum():
    with pytest.raises(InputError, match="no continuous spectrum of 'Be7'; allowed: pp, hep"):
        solar_spectrum("Be7")
