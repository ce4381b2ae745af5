"""Beta spectra: published mean energies and laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.physics.beta import (
    antineutrino_spectrum,
    beta_spectrum,
    coulomb_ratio,
    fermi_function,
    mean_kinetic_energy_mev,
)
from numm_stats.physics.constants import ELECTRON_MASS_MEV, FINE_STRUCTURE


def bismuth_210_shape(kinetic_mev):
    total = 1 + kinetic_mev / ELECTRON_MASS_MEV
    return 1 - 0.433 * total + 0.0510 * total**2


@pytest.mark.parametrize(
    ("endpoint_kev", "z", "a", "shape", "mean_kev"),
    [
        pytest.param(156.5, 7, 14, "allowed", 49.5, id="C14"),
        pytest.param(565.0, 19, 39, "unique", 219.0, id="Ar39"),
        pytest.param(599.0, 19, 42, "unique", 233.0, id="Ar42"),
        pytest.param(3525.2, 20, 42, "unique", 1566.0, id="K42 to the ground state"),
        pytest.param(2000.5, 20, 42, "allowed", 822.0, id="K42 to 1525 keV"),
        pytest.param(687.0, 37, 85, "unique", 251.5, id="Kr85"),
        pytest.param(545.9, 39, 90, "unique", 195.8, id="Sr90"),
        pytest.param(2278.7, 40, 90, "unique", 933.0, id="Y90"),
        pytest.param(960.4, -5, 11, "allowed", 385.6, id="C11 positron"),
        pytest.param(1161.5, 84, 210, bismuth_210_shape, 317.8, id="Bi210 measured shape"),
    ],
)
def test_mean_kinetic_energy(endpoint_kev, z, a, shape, mean_kev):
    assert 1e3 * mean_kinetic_energy_mev(endpoint_kev / 1e3, z, a, shape) == pytest.approx(mean_kev, rel=5e-3, abs=0)


@given(st.floats(0.05, 15.0), st.integers(-40, 83), st.sampled_from(["allowed", "unique"]))
def test_normalised_and_shared_with_the_neutrino(endpoint, z, shape):
    nodes, weights = np.polynomial.legendre.leggauss(160)
    fraction = ((nodes + 1) / 2) ** 2
    step = weights * (nodes + 1) / 2 * endpoint
    spectrum = beta_spectrum(endpoint * fraction, endpoint, z, 100, shape)
    assert (spectrum >= 0).all()
    # a positron near zero energy goes as exp(-2 pi eta), the hardest to integrate
    assert (spectrum * step).sum() == pytest.approx(1.0, abs=2e-6)
    twin = antineutrino_spectrum(endpoint * (1 - fraction), endpoint, z, 100, shape)
    np.testing.assert_allclose(twin, spectrum, rtol=1e-6, atol=1e-9 * spectrum.max())


def test_no_charge_no_enhancement():
    kinetic = np.array([0.01, 0.1, 1.0])
    np.testing.assert_allclose(fermi_function(kinetic, 0, 10), 1.0, rtol=1e-12)
    np.testing.assert_allclose(coulomb_ratio(kinetic, 0, 10), 1.0, rtol=1e-12)


def test_light_nuclei_follow_the_non_relativistic_formula():
    kinetic = np.array([0.005, 0.02])
    momentum = np.sqrt(kinetic * (kinetic + 2 * ELECTRON_MASS_MEV))
    for z in (1, -1):
        eta = 2 * np.pi * FINE_STRUCTURE * z * (kinetic + ELECTRON_MASS_MEV) / momentum
        np.testing.assert_allclose(fermi_function(kinetic, z, 3), eta / (1 - np.exp(-eta)), rtol=1e-3)


def test_electrons_are_pulled_and_positrons_pushed():
    assert float(fermi_function(0.1, 20, 40)) > 1 > float(fermi_function(0.1, -20, 40))


def test_zero_outside_and_broadcasting():
    spectrum = beta_spectrum(np.array([-1.0, 0.0, 0.5, 1.0, 3.0])[:, None], np.array([1.0, 2.0]), 20, 42)
    assert spectrum.shape == (5, 2)
    assert (spectrum > 0).tolist() == [
        [False, False],
        [False, False],
        [True, True],
        [False, True],
        [False, False],
    ]


def test_errors():
    with pytest.raises(InputError, match="unknown beta shape 'forbidden'"):
        beta_spectrum(0.1, 1.0, 20, 42, "forbidden")
    with pytest.raises(InputError, match=r"endpoint is -1\.0 MeV"):
        beta_spectrum(0.1, -1.0, 20, 42)
