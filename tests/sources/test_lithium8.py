"""The 8Li spectrum: published means and cross sections, three ways."""

from pathlib import Path

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.physics.weak import CouplingScheme, total_weak_cross_section
from numm_stats.sources.isodar import ANTINEUTRINOS_PER_YEAR, isodar
from numm_stats.sources.lithium8 import (
    ENDPOINT_PROBABILITIES,
    beryllium8_line_shape,
    lithium8_continuum,
    lithium8_from_endpoints,
)
from numm_stats.sources.normalisation import Emission
from numm_stats.sources.source import Component

FINE_TABLE = Path(__file__).parents[2].parent / "shared" / "data" / "li8" / "endpoints.txt"


def average(continuum, function, minimum=0.0):
    energies, weights = Component("nu_e_bar", continuum=continuum).quadrature([minimum])
    return float((weights * function(energies)).sum())


def sigma(continuum, threshold=0.0, sin2_theta_w=0.2312):
    scheme = CouplingScheme(sin2_theta_w)
    return average(continuum, lambda e: total_weak_cross_section(e, "nu_e_bar", scheme, threshold))


@pytest.mark.parametrize("name", ["endpoints", "r-matrix"])
def test_reference_values_that_hold_for_any_spectrum(name):
    continuum = lithium8_continuum(name)
    assert average(continuum, np.ones_like) == pytest.approx(1.0, abs=2e-6)
    assert 6.3 <= average(continuum, np.asarray) <= 6.65
    assert sigma(continuum, sin2_theta_w=0.2386) == pytest.approx(2.57e-44, rel=6e-2, abs=0)
    assert sigma(continuum, 1.0) / sigma(continuum, 3.0) == pytest.approx(2.454, rel=5e-2, abs=0)
    assert sigma(continuum, 0.2) / sigma(continuum, 1.0) == pytest.approx(1.403, rel=2e-2, abs=0)


def test_sixteen_probabilities_alone():
    continuum = lithium8_continuum()
    assert sum(ENDPOINT_PROBABILITIES) == pytest.approx(1.0, abs=1e-9)
    assert average(continuum, np.asarray) == pytest.approx(6.31, abs=0.005)
    assert sigma(continuum, sin2_theta_w=0.2386) == pytest.approx(2.50e-44, rel=2e-3, abs=0)
    assert sigma(continuum, sin2_theta_w=0.2386) == pytest.approx(2.506e-44, rel=1e-2, abs=0)


def test_single_level_r_matrix():
    continuum = lithium8_continuum("r-matrix")
    assert average(continuum, np.asarray) == pytest.approx(6.63, abs=0.005)
    assert sigma(continuum, sin2_theta_w=0.2386) == pytest.approx(2.634e-44, rel=1e-3, abs=0)


def test_fine_endpoint_table():
    if not FINE_TABLE.is_file():
        pytest.skip(f"the fine endpoint table is not beside the repository ({FINE_TABLE.name})")
    cumulative, endpoints = np.loadtxt(FINE_TABLE, usecols=(0, 2), unpack=True)
    probabilities = np.diff(cumulative, prepend=0.0)
    continuum = lithium8_from_endpoints(endpoints, probabilities, spread_mev=0.1)
    assert average(continuum, np.asarray) == pytest.approx(6.33, abs=0.005)
    assert sigma(continuum, sin2_theta_w=0.2386) == pytest.approx(2.506e-44, rel=3e-3, abs=0)
    in_bins = np.histogram(endpoints, np.arange(17.0), weights=probabilities)[0]
    np.testing.assert_allclose(in_bins, ENDPOINT_PROBABILITIES, atol=1e-5)
    # sixteen bins stand for the fine table to a percent of the maximum everywhere
    energies = np.linspace(0.0, 16.0, 321)
    fine, default = continuum.density(energies), lithium8_continuum().density(energies)
    assert np.abs(fine - default).max() < 0.01 * fine.max()


@pytest.mark.parametrize("name", ["endpoints", "r-matrix"])
def test_quadrature_is_accurate_for_any_threshold(name):
    continuum = lithium8_continuum(name)
    for minimum in (0.0, 1.23, 3.3, 7.77):
        energies = np.linspace(minimum, float(continuum.panels_mev[-1]), 200_001)
        values = continuum.density(energies) * total_weak_cross_section(energies, "nu_e_bar")
        reference = (values[1:] + values[:-1]).sum() / 2 * (energies[1] - energies[0])
        found = average(continuum, lambda e: total_weak_cross_section(e, "nu_e_bar"), minimum)
        assert found == pytest.approx(reference, rel=1e-6, abs=0)


def test_beta_theory_directly():
    from numm_stats.physics.beta import antineutrino_spectrum  # noqa: PLC0415

    energies = np.array([0.5, 3.0, 6.0, 12.5])
    table = lithium8_from_endpoints([13.0, 10.0], [3.0, 1.0]).density(energies)
    mixture = 0.75 * antineutrino_spectrum(energies, 13.0, 4, 8) + 0.25 * antineutrino_spectrum(energies, 10.0, 4, 8)
    np.testing.assert_allclose(table, mixture, rtol=1e-4)


def test_line_shape_peaks_near_the_resonance_with_about_the_observed_width():
    energies = np.linspace(0.5, 10.0, 9501)
    shape = beryllium8_line_shape(energies)
    peak = energies[np.argmax(shape)]
    above = energies[shape > shape.max() / 2]
    assert peak == pytest.approx(3.122, abs=0.2)  # penetrability and shift pull it down
    assert above[-1] - above[0] == pytest.approx(1.513, rel=0.15, abs=0)


def test_isodar():
    source = isodar()
    assert source.normalisation == Emission(ANTINEUTRINOS_PER_YEAR)
    assert pytest.approx(1.29e23) == 5 * ANTINEUTRINOS_PER_YEAR
    assert source.maximum_energy_mev == pytest.approx(16.0)
    assert "1307.5081" in source.note


def test_errors():
    with pytest.raises(InputError, match="unknown 8Li spectrum 'r_matrix', did you mean 'r-matrix'"):
        isodar("r_matrix")
    with pytest.raises(InputError, match="endpoint table"):
        lithium8_from_endpoints([1.0, -1.0], [0.5, 0.5])
