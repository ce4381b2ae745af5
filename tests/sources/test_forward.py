"""Forward neutrinos of the LHC: sums of the tables, fluence through the face, and charged-current rates as a check."""

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.sources.forward import FORWARD_DETECTORS, forward_lhc, neutrinos_through_face
from numm_stats.sources.normalisation import fluence_per_cm2

FLAVOURS = ("nu_tau", "nu_tau_bar", "nu_mu", "nu_mu_bar", "nu_e", "nu_e_bar")
# Sums of all bins of the published tables, before they were joined in pairs and rounded
PUBLISHED_SUMS = {
    "fasernu2": (2.1475e11, 2.1510e11, 6.3462e13, 4.6567e13, 6.5637e12, 8.9015e12),
    "flare-100": (1.82368e12, 1.83117e12, 3.0818e14, 2.50255e14, 3.0933e13, 3.4797e13),
}
AREA_CM2 = {"fasernu2": 50.0**2, "flare-100": 160.0**2}


@pytest.mark.parametrize("face", FORWARD_DETECTORS)
def test_sums_of_the_published_tables(face):
    found = [neutrinos_through_face(face, flavour) for flavour in FLAVOURS]
    assert found == pytest.approx(PUBLISHED_SUMS[face], rel=1e-3)


@pytest.mark.parametrize("face", FORWARD_DETECTORS)
def test_ten_years_of_300_per_fb_are_the_tables(face):
    source = forward_lhc(face)
    seconds = fluence_per_cm2(source.normalisation, years=10.0)
    for component in source.components:
        through = component.quadrature([0.0])[1].sum() * seconds * AREA_CM2[face]
        assert through == pytest.approx(neutrinos_through_face(face, component.flavour), rel=1e-9)


def test_flux_grows_with_luminosity():
    one, two = (forward_lhc("flare-100", rate).components[0].quadrature([0.0])[1].sum() for rate in (100.0, 200.0))
    assert two == pytest.approx(2 * one)


def test_charged_current_events_of_the_published_tables():
    """771.2 nu_tau in FLArE-100 at 1.01 to 1.27 TeV, of 4.125e10 through it: 100 t behind 1.6 m x 1.6 m.

    With 0.6e-38 cm2/GeV on a nucleon, good to 20 %: the tau's mass takes some of it, and density some more.
    """
    interactions_per_neutrino = 771.2 / 4.1248e10
    nucleons_per_cm2 = 100e6 * 6.022e23 / AREA_CM2["flare-100"]
    assert interactions_per_neutrino == pytest.approx(0.6e-38 * 1137 * nucleons_per_cm2, rel=0.2)


def test_tau_neutrinos_are_as_many_as_their_antineutrinos():
    for face in FORWARD_DETECTORS:
        assert neutrinos_through_face(face, "nu_tau") == pytest.approx(
            neutrinos_through_face(face, "nu_tau_bar"), rel=0.01
        )


def test_energies_are_those_of_the_tables():
    """Mean of nu_tau, summed over the published bins: 351.9 GeV for FASERnu2, joined bins spread evenly in energy."""
    component = forward_lhc("fasernu2").components[0]
    energies, weights = component.quadrature([0.0])
    assert float((energies * weights).sum() / weights.sum()) / 1e3 == pytest.approx(351.9, rel=0.03)
    assert np.all(np.diff(component.continuum.panels_mev) > 0)


def test_what_is_refused():
    with pytest.raises(InputError, match="no forward flux for 'flare-10', did you mean 'flare-100'"):
        forward_lhc("flare-10")
    with pytest.raises(InputError, match=r"luminosity_per_fb_year = 0\.0; allowed"):
        forward_lhc("flare-100", 0.0)
    with pytest.raises(InputError, match="no flux of 'nu_x'"):
        neutrinos_through_face("flare-100", "nu_x")
