"""Pions at rest: the line, the two spectra of the muon from its matrix element, their means, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from numm_stats.errors import InputError
from numm_stats.physics.constants import MUON_MASS_MEV
from numm_stats.sources.normalisation import Emission, ShapeOnly
from numm_stats.sources.pion_decay import (
    PION_MASS_MEV,
    MichelSpectrum,
    michel_endpoint_mev,
    pion_decay_at_rest,
    pion_line_mev,
)

# means in units of the end point
MEANS = {"nu_e": 0.6, "nu_mu_bar": 0.7}


def integral(flavour, power):
    top = michel_endpoint_mev()
    return quad(lambda e: e**power * float(MichelSpectrum(flavour)(np.array(e))), 0.0, top, epsrel=1e-12)[0]


def test_line_from_energy_and_momentum():
    """E + sqrt(E^2 + m_mu^2) = m_pi."""
    energy = pion_line_mev()
    assert energy + np.hypot(energy, MUON_MASS_MEV) == pytest.approx(PION_MASS_MEV, rel=1e-14)
    assert energy == pytest.approx(29.79, abs=5e-3)


@pytest.mark.parametrize("flavour", MEANS)
def test_normalisation_and_mean_energy(flavour):
    assert integral(flavour, 0) == pytest.approx(1.0, rel=1e-12)
    assert integral(flavour, 1) == pytest.approx(MEANS[flavour] * michel_endpoint_mev(), rel=1e-12)


def test_means_in_mev():
    """31.7 and 37.0 MeV; the positron of the same decay has the spectrum of nu_mu_bar and its mean: energies add up."""
    assert integral("nu_e", 1) == pytest.approx(31.70, abs=5e-3)
    assert integral("nu_mu_bar", 1) == pytest.approx(36.98, abs=5e-3)
    assert integral("nu_e", 1) + 2 * integral("nu_mu_bar", 1) == pytest.approx(MUON_MASS_MEV, rel=1e-12)


@pytest.mark.parametrize("flavour", MEANS)
@pytest.mark.parametrize("x", [0.05, 0.3, 0.7, 0.99])
def test_spectra_from_the_matrix_element(flavour, x):
    """|M|^2 of mu+ -> e+ nu_e nu_mu_bar is x (1 - x) of nu_e, over the Dalitz plot of three massless particles."""

    def matrix_element(nu_e):
        return nu_e * (1 - nu_e)

    total = quad(lambda y: matrix_element(y) * y, 0, 1)[0]  # the other's energy runs from 1 - y to 1
    share = matrix_element(x) * x if flavour == "nu_e" else quad(matrix_element, 1 - x, 1)[0]
    found = float(MichelSpectrum(flavour)(np.array(x * michel_endpoint_mev()))) * michel_endpoint_mev()
    assert found == pytest.approx(share / total, rel=1e-9)


def test_three_neutrinos_for_a_decay():
    source = pion_decay_at_rest(Emission(1e20))
    assert source.normalisation == Emission(1e20)
    assert pion_decay_at_rest().normalisation == ShapeOnly()
    for component in source.components:
        assert component.quadrature([0.0])[1].sum() == pytest.approx(1.0, rel=1e-9)
    assert source.maximum_energy_mev == michel_endpoint_mev()


@given(st.floats(0.0, 52.8), st.sampled_from(sorted(MEANS)))
def test_quadrature_above_any_energy(minimum, flavour):
    (component,) = (c for c in pion_decay_at_rest().components if c.flavour == flavour)
    square, cube = {"nu_e": (12, -12), "nu_mu_bar": (6, -4)}[flavour]
    x = minimum / michel_endpoint_mev()
    exact = 1.0 - square * x**3 / 3 - cube * x**4 / 4
    assert component.quadrature([minimum])[1].sum() == pytest.approx(exact, abs=1e-12)


@given(st.floats(-50.0, 200.0))
def test_nothing_outside(energy):
    for flavour in MEANS:
        value = float(MichelSpectrum(flavour)(np.array(energy)))
        assert value >= 0.0
        assert (value == 0.0) or 0.0 < energy <= michel_endpoint_mev()


def test_other_flavours_are_refused():
    with pytest.raises(InputError, match=r"no neutrino 'nu_mu' in a muon's decay.*allowed: nu_e, nu_mu_bar"):
        MichelSpectrum("nu_mu")
