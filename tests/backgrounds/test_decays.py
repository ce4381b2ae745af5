"""Visible energy of decays: laws of the spectrum, named nuclides against published numbers."""

import tomllib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from numm_stats.backgrounds.decays import ALPHA_QUENCHING, BetaBranch, Nuclide, visible_spectrum
from numm_stats.backgrounds.nuclides import (
    BOREXINO_ANNIHILATION_QUENCHING,
    CHAINS,
    NUCLIDES,
    decay_spectrum,
    nuclide,
)
from numm_stats.errors import InputError
from numm_stats.physics.beta import mean_kinetic_energy_mev
from numm_stats.physics.constants import ELECTRON_MASS_MEV

ANNIHILATION_MEV = 2 * ELECTRON_MASS_MEV
ASKED_FOR = "Ar42 K42 Ar39 C11 C10 Po210 Bi210 Kr85 C14 K40 Tl208 Bi214 Sr90 Y90 Li8 Be11"
BRANCHES = {"K42_ground_state": ("K42", 0), "K42_to_1525_kev": ("K42", 1), "C11_positron": ("C11", 0)}
# average over the ENSDF list of 214Bi: endpoint and mean kinetic energy [keV], radiacode.com/isotope/bi-214
BISMUTH_214_MEANS = {1539: 539, 1504: 525, 1422: 492, 1891: 683, 1065: 352, 1150: 385, 821: 261, 540: 161, 3269: 1268}


@pytest.fixture(scope="module")
def figures(shared):
    folder = shared / "figures"
    return {name: tomllib.loads((folder / f"{name}.toml").read_text()) for name in ("inputs", "reference_values")}


def test_every_nuclide_that_was_asked_for():
    assert set(ASKED_FOR.split()) == set(NUCLIDES)
    assert all(entry.source for entry in NUCLIDES.values())
    assert {member for chain in CHAINS.values() for member in chain} <= set(NUCLIDES)


def test_mean_kinetic_energies(figures):
    table = dict(figures["reference_values"]["beta_decays_mean_kinetic_energy_kev"])
    tolerance = table.pop("tolerance")
    assert len(table) == 10
    for key, entry in table.items():
        name, index = BRANCHES.get(key, (key.split("_")[0], 0))
        decay, branch = nuclide(name), nuclide(name).betas[index]
        # the reference of 14C is without the measured shape
        shape = branch.shape if callable(branch.shape) and key != "C14" else entry["shape"]
        if not callable(branch.shape):
            assert branch.shape == entry["shape"]
        mean = 1e3 * mean_kinetic_energy_mev(branch.endpoint_mev, decay.z_daughter, decay.mass_number, shape)
        assert mean == pytest.approx(entry["value"], rel=tolerance), key


def test_endpoints_and_branches_are_those_of_the_inputs(figures):
    inputs = figures["inputs"]
    for key, endpoint in inputs["beta_endpoints_kev"].items():
        assert 1e3 * nuclide(key.split("_")[0]).betas[0].endpoint_mev == pytest.approx(endpoint, abs=0.05), key
    argon = inputs["argon"]
    for branch, entry in zip(nuclide("K42").betas, argon["potassium_42_branches"], strict=True):
        stated = (branch.fraction, 1e3 * branch.endpoint_mev, 1e3 * branch.gamma_mev, branch.shape)
        assert stated == pytest.approx((entry["fraction"], entry["endpoint_kev"], entry["gamma_kev"], entry["shape"]))
    assert nuclide("K42").half_life_s == pytest.approx(3600 * argon["half_life_42K_hours"])
    assert nuclide("Ar42").half_life_s == pytest.approx(365.25 * 86400 * argon["half_life_42Ar_years"])
    polonium = inputs["borexino"]["polonium_210"]
    assert pytest.approx(polonium["electron_equivalent_mev"]) == ALPHA_QUENCHING * polonium["alpha_mev"]
    assert inputs["borexino"]["carbon_11"]["annihilation_quenching"] == BOREXINO_ANNIHILATION_QUENCHING


def test_visible_potassium_42(figures):
    table = figures["reference_values"]["solar"]["potassium_42_visible_fraction"]
    spectrum = decay_spectrum("K42")
    for threshold in (1, 2, 3):
        assert spectrum.above(threshold) == pytest.approx(table[f"above_{threshold}_mev"], rel=table["tolerance"])


def test_eleven_carbon_has_borexinos_mean_hits(figures):
    # mean number of hit PMTs of an electron, averaged over the positron spectrum 0.85 x 1.022 MeV higher
    borexino = figures["inputs"]["borexino"]
    spectrum = decay_spectrum("C11", gamma_quenching=BOREXINO_ANNIHILATION_QUENCHING)
    part = spectrum.continua[0]
    start = BOREXINO_ANNIHILATION_QUENCHING * ANNIHILATION_MEV
    hits = quad(
        lambda e: np.polyval([4.146102, -64.09629, 493.2560, -8.065244], e) * part.density(e), start, start + 0.9604
    )
    # 1 %: the collaboration's mean is over its own simulation
    assert hits[0] / part.weight == pytest.approx(borexino["carbon_11_mean_hits"]["all_hits"], rel=1e-2)


@pytest.mark.parametrize(("endpoint", "mean"), BISMUTH_214_MEANS.items())
def test_bismuth_214_branches_have_the_mean_of_ensdf(endpoint, mean):
    # ENSDF has finite-size and screening corrections that grow with Z and endpoint: 1.6 % at 3.27 MeV, 0.8 % below 2
    tolerance = 0.02 if endpoint > 2000 else 0.008
    assert 1e3 * mean_kinetic_energy_mev(endpoint / 1e3, 84, 214) == pytest.approx(mean, rel=tolerance)


def test_bismuth_210_shapes_agree():
    # Alekseev et al., arXiv:2005.08481: 1 - 0.4363 W + 0.0523 W^2, against Daniel's
    decay = nuclide("Bi210")
    other = decay.betas[0].shape.__class__((1.0, -0.4363, 0.0523))
    means = [mean_kinetic_energy_mev(1.1615, 84, 210, shape) for shape in (decay.betas[0].shape, other)]
    assert means[0] == pytest.approx(means[1], rel=1e-2)


@pytest.mark.parametrize("name", NUCLIDES)
def test_spectra_are_normalised(name):
    decay, spectrum = nuclide(name), decay_spectrum(name)
    fractions = [branch.fraction for branch in decay.betas]
    fractions += [fraction for fraction, _ in (*decay.captures, *decay.alphas)]
    assert 0.995 < sum(fractions) <= 1 + 1e-12
    assert spectrum.above(0.0) == pytest.approx(sum(fractions), rel=1e-12)
    for part in spectrum.continua:
        knots = part.knots_mev()
        area = sum(quad(part.density, low, high, epsrel=1e-6)[0] for low, high in pairwise(knots))
        assert area == pytest.approx(part.weight, rel=2e-5)
        middle = part.offset_mev + 0.4 * part.endpoint_mev
        tail = quad(part.density, middle, knots[-1], epsrel=1e-8)[0]
        assert part.above(middle) == pytest.approx(tail, rel=2e-5)  # of the norm, an integral in 48 points


@pytest.mark.parametrize("name", [name for name in NUCLIDES if NUCLIDES[name].betas])
def test_what_escapes_is_what_was_contained(name):
    decay = nuclide(name)
    positron = ANNIHILATION_MEV if decay.z_daughter < 0 else 0.0
    lost = sum(b.fraction * (b.gamma_mev + positron) for b in decay.betas) / sum(b.fraction for b in decay.betas)
    betas = Nuclide(name, decay.half_life_s, decay.z_daughter, decay.mass_number, decay.betas)
    difference = visible_spectrum(betas).mean_mev() - visible_spectrum(betas, "escape").mean_mev()
    assert difference == pytest.approx(lost, abs=1e-9)


@pytest.mark.parametrize("name", ["Tl208", "Bi214"])
def test_contained_cascades_end_at_q(name):
    ends = {round(part.offset_mev + part.endpoint_mev, 9) for part in decay_spectrum(name).continua}
    assert ends == {4.999} if name == "Tl208" else {3.269}


def test_lead_208_always_passes_its_first_level():
    # every cascade of 208Tl ends with 2.6145 MeV: nothing is seen below when the gammas are contained
    assert decay_spectrum("Tl208").above(2.6145) == pytest.approx(1.0, rel=1e-12)


def test_positron_annihilation_is_quenched():
    whole, quenched = decay_spectrum("C11"), decay_spectrum("C11", gamma_quenching=0.85)
    assert whole.above(ANNIHILATION_MEV) == pytest.approx(0.9977)
    assert quenched.above(0.85 * ANNIHILATION_MEV) == pytest.approx(0.9977)
    assert whole.mean_mev() - quenched.mean_mev() == pytest.approx(0.15 * ANNIHILATION_MEV, rel=1e-9)
    assert decay_spectrum("C10").mean_mev() > ANNIHILATION_MEV + 0.7184


def test_alphas_and_captures_are_lines():
    assert decay_spectrum("Po210").lines == ((pytest.approx(0.418), 1.0),)
    assert decay_spectrum("Po210", alpha_quenching=0.1).lines == ((pytest.approx(0.5304), 1.0),)
    assert decay_spectrum("K40").lines == ((1.4608, 0.1066),)
    assert decay_spectrum("K40", "escape").lines == ()


@pytest.mark.parametrize("name", CHAINS)
def test_chains_are_two_decays(name):
    parent, daughter = CHAINS[name]
    chain, parts = decay_spectrum(name), [decay_spectrum(parent), decay_spectrum(daughter)]
    for threshold in (0.0, 0.2, 0.5, 1.5):
        assert chain.above(threshold) == pytest.approx(sum(p.above(threshold) for p in parts), rel=5e-4)


@given(st.floats(0.0, 5.0), st.floats(0.0, 5.0))
def test_less_is_seen_above_a_higher_threshold(first, second):
    low, high = sorted((first, second))
    spectrum = decay_spectrum("K42")
    assert spectrum.above(high) <= spectrum.above(low) + 1e-6  # quadrature of the tail, against the exact whole at zero


def test_scaled_and_added():
    one = decay_spectrum("Kr85")
    three = one + one.scaled(2.0)
    assert three.density(0.3) == pytest.approx(3 * one.density(0.3))
    assert three.mean_mev() == pytest.approx(one.mean_mev())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"gammas": "lost"}, "'contained' or 'escape'"),
        ({"gamma_quenching": -1.0}, "gamma_quenching"),
        ({"alpha_quenching": np.nan}, "alpha_quenching"),
    ],
)
def test_impossible_options_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        visible_spectrum(Nuclide("X", 1.0, 20, 40, (BetaBranch(1.0, 1.0),)), **arguments)


@pytest.mark.parametrize("call", [nuclide, decay_spectrum])
def test_unknown_nuclides_are_refused(call):
    with pytest.raises(InputError, match=r"K43.*did you mean 'K42'"):
        call("K43")
