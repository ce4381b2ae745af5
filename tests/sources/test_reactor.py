"""Reactors: antineutrinos and inverse beta decays per fission, the captures, and the published fluxes."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.physics.beta import mean_kinetic_energy_mev
from numm_stats.physics.inverse_beta import inverse_beta_cross_section
from numm_stats.sources import reactor as module
from numm_stats.sources.normalisation import Flux, fluence_per_cm2
from numm_stats.sources.reactor import (
    CAPTURES_PER_FISSION,
    ENERGY_PER_FISSION_MEV,
    FISSION_FRACTIONS,
    capture_antineutrinos,
    energy_per_fission_mev,
    fission_antineutrinos,
    fissions_per_s,
    reactor,
    reactor_of_flux,
)

# TEXONO, hep-ex/0605006: antineutrinos per fission or capture, and its fission fractions; seen in a code that cites it
PUBLISHED_YIELDS = {"U235": 6.14, "U238": 7.08, "Pu239": 5.58, "Pu241": 6.42}
TEXONO_FRACTIONS = {"U235": 0.56, "U238": 0.08, "Pu239": 0.30, "Pu241": 0.06}
PUBLISHED = {  # GW, m, 1/cm2/s
    "texono": (2.9, 28.0, 6.4e12),  # hep-ex/0605006
    "gemma": (3.0, 13.9, 2.7e13),  # arXiv:1005.2736
}


def per_fission(fractions, minimum_mev=0.0, weight=np.ones_like):
    fission = reactor(1.0, 10.0, fractions, captures_per_fission=0).components[0]
    energies, weights = fission.quadrature(minimum_mev)
    return float((weights * weight(energies)).sum())


@pytest.mark.parametrize("isotope", PUBLISHED_YIELDS)
def test_antineutrinos_per_fission(isotope):
    """The spectra hold 4 to 9 % fewer than the betas of the fragments: the softest are not in the table."""
    ratio = per_fission({isotope: 1.0}) / PUBLISHED_YIELDS[isotope]
    assert 0.91 < ratio < 0.96


def test_six_antineutrinos_and_two_that_inverse_beta_decay_sees():
    assert per_fission(None) == pytest.approx(6.0, rel=0.07)
    assert per_fission(None, 1.806) == pytest.approx(2.0, rel=0.08)


@pytest.mark.parametrize(
    ("isotope", "published"),
    # Huber and Mueller as tabulated in 0.25 MeV bins: arXiv:1704.02276, recalled; polynomials are good to 1 %
    [("U235", 6.69e-43), ("U238", 10.10e-43), ("Pu239", 4.40e-43), ("Pu241", 6.03e-43)],
)
def test_inverse_beta_decays_per_fission(isotope, published):
    found = per_fission({isotope: 1.0}, weight=inverse_beta_cross_section)
    assert found == pytest.approx(published, rel=0.015, abs=0)


def test_inverse_beta_decays_at_daya_bay():
    """Measured 5.92(14)e-43 cm2, 5 % below Huber and Mueller: arXiv:1508.04233."""
    found = per_fission(None, weight=inverse_beta_cross_section)
    assert 5.92e-43 / found == pytest.approx(0.95, abs=0.025)
    above = per_fission(None, 8.0, inverse_beta_cross_section)
    assert above / found == pytest.approx(0.003, abs=0.001)


def test_table_and_polynomials_meet():
    edges = np.array([np.nextafter(2.0, 0.0), 2.0])
    for isotope in FISSION_FRACTIONS:
        below, above = fission_antineutrinos(edges, isotope)
        assert above == pytest.approx(below, rel=0.08)
    below, above = sum(share * fission_antineutrinos(edges, isotope) for isotope, share in FISSION_FRACTIONS.items())
    assert above / below == pytest.approx(1.021, abs=0.002)


def test_polynomials_against_vogel_and_engel():
    """Their own fit of three terms agrees with Huber's where most inverse beta decays are, and ends sooner."""
    energy = np.linspace(2.4, 5.4, 30)
    fit = np.exp(0.870 - 0.160 * energy - 0.0910 * energy**2)
    assert fission_antineutrinos(energy, "U235") == pytest.approx(fit, rel=0.035)
    assert fission_antineutrinos(7.0, "U235") > 1.2 * np.exp(0.870 - 0.160 * 7 - 0.0910 * 49)


@given(st.floats(-1.0, 20.0))
def test_spectra_are_not_negative_and_end(energy):
    for isotope in FISSION_FRACTIONS:
        value = float(fission_antineutrinos(energy, isotope))
        assert value >= 0.0
        assert value == 0.0 or 0.0 < energy <= 10.0
    captured = float(capture_antineutrinos(energy))
    assert captured >= 0.0
    assert captured == 0.0 or 0.0 < energy < 1.2617


def test_captures():
    captures = reactor(1.0, 10.0).components[1]
    _, weights = captures.quadrature(0.0)
    assert weights.sum() == pytest.approx(2 * CAPTURES_PER_FISSION, rel=1e-6)
    assert captures.maximum_energy_mev < 1.3


def test_electrons_of_neptunium():
    """Mean energy of the electrons of a decay of 239Np: 118 keV (ENSDF, recalled)."""
    charge, branches = module._CAPTURE_BETAS[1]
    mean = sum(percent / 100 * mean_kinetic_energy_mev(end, charge, 239) for end, percent in branches)
    assert mean == pytest.approx(0.118, rel=0.05)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_fluxes(name):
    """The experiments' yields give their fluxes; our spectra have 4 to 7 % fewer antineutrinos."""
    power, distance, flux = PUBLISHED[name]
    source = reactor(power, distance, TEXONO_FRACTIONS, name=name)
    count = sum(share * PUBLISHED_YIELDS[isotope] for isotope, share in TEXONO_FRACTIONS.items()) + 1.2
    assert count * source.normalisation.per_cm2_s == pytest.approx(flux, rel=0.02, abs=0)
    total = sum(part.quadrature(0.0)[1].sum() for part in source.components) * source.normalisation.per_cm2_s
    assert 0.93 < total / flux < 0.96


def test_of_flux():
    source = reactor_of_flux(6.4e12)
    total = sum(part.quadrature(0.0)[1].sum() for part in source.components)
    assert fluence_per_cm2(source.normalisation, years=1.0) * total == pytest.approx(6.4e12 * 31557600, rel=1e-12)


def test_fissions_by_hand():
    """1 GW / 200 MeV = 3.1e19 /s; power and inverse square of the distance."""
    assert fissions_per_s(200.0 / 206.0) == pytest.approx(3.0e19 * 200.0 / 206.0, rel=0.02)
    assert energy_per_fission_mev({"U235": 1.0}) == ENERGY_PER_FISSION_MEV["U235"]
    near, far = reactor(2.0, 10.0), reactor(4.0, 20.0)
    assert far.normalisation.per_cm2_s == pytest.approx(near.normalisation.per_cm2_s / 2)
    expected = fissions_per_s(2.0) / (4 * math.pi * 1000.0**2)
    assert near.normalisation == Flux(pytest.approx(expected))


def test_fractions_mix_linearly():
    mixed = per_fission({"U235": 0.25, "Pu239": 0.75})
    assert mixed == pytest.approx(0.25 * per_fission({"U235": 1.0}) + 0.75 * per_fission({"Pu239": 1.0}))


def test_source_can_be_sent_to_another_process():
    source = reactor(3.0, 13.9, name="gemma")
    again = pickle.loads(pickle.dumps(source))
    assert again.name == "gemma"
    assert {part.flavour for part in again.components} == {"nu_e_bar"}
    assert again.components[0].continuum.density == source.components[0].continuum.density


def test_quadrature_is_converged():
    for part in reactor(1.0, 10.0).components:
        energy = np.linspace(0.3, part.maximum_energy_mev, 400001)
        exact = np.trapezoid(part.continuum.density(energy) / energy, energy)
        energies, weights = part.quadrature(0.3)
        assert (weights / energies).sum() == pytest.approx(exact, rel=3e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: reactor(-1.0, 10.0), "thermal power is -1.0 GW"),
        (lambda: reactor(1.0, 0.0), "distance from the reactor is 0.0 m"),
        (lambda: reactor(1.0, math.nan), "distance from the reactor is nan m"),
        (lambda: reactor_of_flux(math.inf), "flux of the reactor is inf"),
        (lambda: reactor(1.0, 1.0, captures_per_fission=-0.1), "captures per fission: -0.1"),
        (lambda: reactor(1.0, 1.0, {"U235": 0.9}), r"add up to 0\.9"),
        (lambda: reactor(1.0, 1.0, {"U235": 1.5, "U238": -0.5}), "fission fraction of U235: 1.5"),
        (lambda: fission_antineutrinos(1.0, "U236"), "unknown fissile isotope 'U236', did you mean 'U23"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(InputError, match=message):
        call()
