"""Artificial sources: cross sections and regions as tabulated, energies from Q, spectra, decays in a run."""

import tomllib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from numm_stats.backgrounds.nuclides import nuclide
from numm_stats.detectors.detector import mean_inverse_square_per_m2
from numm_stats.errors import InputError
from numm_stats.physics.beta import mean_kinetic_energy_mev
from numm_stats.physics.constants import ELECTRON_MASS_MEV, SECONDS_PER_YEAR, SIN2_THETA_W_DEFAULT
from numm_stats.physics.magnetic import magnetic_cross_section, total_magnetic_cross_section
from numm_stats.physics.weak import total_weak_cross_section, weak_cross_section
from numm_stats.sources.artificial import ARTIFICIAL_SOURCES, BECQUEREL_PER_MEGACURIE, artificial, neutrinos_in_run
from numm_stats.sources.artificial_decays import BETA_CHAINS, CAPTURES, capture_lines_mev
from numm_stats.sources.normalisation import fluence_per_cm2

CAPTURE_REFERENCES = {  # [1e-45 cm2], the magnetic one at 1e-10
    "Cr51_four_lines": {"weak": 4.686, "weak_above_0p1": 3.701, "magnetic_above_0p1": 2.633},
    "Ar37": {"weak": 5.499, "weak_above_0p1": 4.508, "magnetic_above_0p1": 2.950},
    "V49": {"weak": 3.707, "weak_above_0p1": 2.729, "magnetic_above_0p1": 2.259},
    "Sm145": {"weak": 3.309, "weak_above_0p1": 2.336, "magnetic_above_0p1": 2.068},
}
STRONTIUM_REFERENCE = {"weak": 2.015, "magnetic": 0.887}  # per neutrino, above 0.1 MeV, at 6e-11
STRONTIUM_REGIONS = [  # where the magnetic cross section exceeds the weak one times the ratio
    {"ratio": 0.2, "weak": 1.638, "magnetic": 0.823},
    {"ratio": 0.5, "weak": 0.584, "magnetic": 0.489},
    {"ratio": 0.7, "weak": 0.332, "magnetic": 0.340},
    {"ratio": 1.0, "weak": 0.107, "magnetic": 0.152},
    {"ratio": 4.0, "weak": 0.0017, "magnetic": 0.0108},
]
TOLERANCE = 1e-2  # of the tabulated values
LAST_DIGIT = 5e-5  # the smallest region is tabulated to two digits


def source(name, **options):
    return artificial(name, 1e16, 0.5, **options)


def average(found, function):
    (component,) = found.components
    energies, weights = component.quadrature([0.0])
    return float((weights * function(energies)).sum())


def cross_sections(found, threshold, moment):
    """Weak and magnetic [1e-45 cm2] above a recoil."""
    flavour = found.components[0].flavour
    weak = average(found, lambda e: total_weak_cross_section(e, flavour, threshold_mev=threshold))
    magnetic = average(found, lambda e: total_magnetic_cross_section(e, threshold, moment_bohr_magneton=moment))
    return 1e45 * weak, 1e45 * magnetic


@pytest.fixture(scope="module")
def regions():
    """Weak and magnetic cross section of 90Sr-90Y [1e-45 cm2] by cells of neutrino energy and recoil."""
    continuum = source("Sr90-Y90").components[0].continuum
    cells, middle = 700, (np.arange(700) + 0.5) / 700
    ends = list(pairwise((0.0, 0.5459, 2.2787)))
    energies = np.concatenate([low + middle * (high - low) for low, high in ends])
    steps = np.repeat([(high - low) / cells for low, high in ends], cells)
    recoils = 0.1 + (np.arange(1200) + 0.5) * 2.0 / 1200
    share = (continuum.density(energies) * steps * 1e45 * 2.0 / 1200)[:, None]
    weak = share * weak_cross_section(energies[:, None], recoils, "nu_e_bar")
    return weak, share * magnetic_cross_section(energies[:, None], recoils, 6e-11)


def test_typed_references_are_the_shared_ones(shared):
    found = tomllib.loads((shared / "figures" / "reference_values.toml").read_text())["artificial_sources"]
    assert found["tolerance"] == TOLERANCE
    assert {name: found[name] for name in CAPTURE_REFERENCES} == CAPTURE_REFERENCES
    assert found["SrY90_above_0p1_at_6e11"] == STRONTIUM_REFERENCE
    assert found["SrY90_regions_at_6e11"] == STRONTIUM_REGIONS


def test_lines_and_half_lives_are_the_shared_ones(shared):
    found = tomllib.loads((shared / "figures" / "inputs.toml").read_text())["artificial_sources"]
    for name, capture in CAPTURES.items():
        assert [list(line) for line in capture.lines_mev] == found[name]["lines_mev"]
        assert capture.half_life_years * 365.25 == pytest.approx(found[name]["half_life_days"], rel=1e-12)
    assert BETA_CHAINS["Sr90-Y90"][0].half_life_years == found["SrY90"]["half_life_years"]


@pytest.mark.parametrize("name", list(CAPTURE_REFERENCES))
def test_cross_sections_of_captures(name):
    found, wanted = source(name.removesuffix("_four_lines")), CAPTURE_REFERENCES[name]
    weak, magnetic = cross_sections(found, 0.1, 1e-10)
    assert weak == pytest.approx(wanted["weak_above_0p1"], rel=TOLERANCE, abs=0)
    assert magnetic == pytest.approx(wanted["magnetic_above_0p1"], rel=TOLERANCE, abs=0)
    total = 1e45 * average(found, lambda e: total_weak_cross_section(e, "nu_e"))
    assert total == pytest.approx(wanted["weak"], rel=TOLERANCE, abs=0)


def test_strontium_and_its_published_share():
    weak, magnetic = cross_sections(source("Sr90-Y90"), 0.1, 6e-11)
    assert weak == pytest.approx(STRONTIUM_REFERENCE["weak"], rel=TOLERANCE, abs=0)
    assert magnetic == pytest.approx(STRONTIUM_REFERENCE["magnetic"], rel=TOLERANCE, abs=0)
    assert magnetic / (weak + magnetic) == pytest.approx(0.306, abs=1e-3)  # published: 30 % of all events


@pytest.mark.parametrize("wanted", STRONTIUM_REGIONS, ids=lambda wanted: str(wanted["ratio"]))
def test_regions_of_strontium(regions, wanted):
    weak, magnetic = regions
    inside = magnetic > wanted["ratio"] * weak
    assert weak[inside].sum() == pytest.approx(wanted["weak"], rel=TOLERANCE, abs=LAST_DIGIT)
    assert magnetic[inside].sum() == pytest.approx(wanted["magnetic"], rel=TOLERANCE, abs=LAST_DIGIT)


def test_the_published_region_is_not_thirty_percent_of_anything(regions):
    weak, magnetic = regions
    inside = magnetic > 0.7 * weak
    assert weak[inside].sum() / weak.sum() == pytest.approx(0.165, abs=1e-3)
    assert (weak + magnetic)[inside].sum() / (weak + magnetic).sum() == pytest.approx(0.23, abs=5e-3)
    assert magnetic[inside].sum() / magnetic.sum() == pytest.approx(0.38, abs=5e-3)
    wider = magnetic > 0.5 * weak
    assert weak[wider].sum() / weak.sum() == pytest.approx(0.29, abs=5e-3)


@pytest.mark.parametrize(("name", "taken_for_a_hole"), [("Cr51", 0.0), ("Ar37", 0.0), ("V49", 0.005), ("Sm145", 0.044)])
def test_lines_from_energy_conservation(name, taken_for_a_hole):
    """Q - level - binding: within 1 keV of the quoted lines of 51Cr and 37Ar; 49V and 145Sm keep the hole's."""
    quoted = np.array(sorted(CAPTURES[name].lines_mev)).T
    found = np.array(sorted(capture_lines_mev(CAPTURES[name]))).T
    assert found[1].sum() == pytest.approx(1.0)
    if quoted.shape == found.shape:
        np.testing.assert_allclose(found[0], quoted[0], atol=1e-3)
        np.testing.assert_allclose(found[1], quoted[1], atol=1e-3)
    strongest = [lines[0][np.argmax(lines[1])] for lines in (quoted, found)]
    assert strongest[0] - strongest[1] == pytest.approx(taken_for_a_hole, abs=1e-3)


def test_814_kev_is_the_q_value_of_argon_and_no_neutrino_of_it():
    capture = CAPTURES["Ar37"]
    assert capture.q_mev == pytest.approx(0.814, abs=5e-4)
    mean = average(source("Ar37"), np.asarray)
    assert mean == pytest.approx(0.8112, abs=1e-4)
    assert max(energy for energy, _ in capture_lines_mev(capture)) < 0.8138


@pytest.mark.parametrize(("name", "change"), [("Cr51", 1.0), ("Ar37", 1.0), ("V49", 0.9895), ("Sm145", 0.907)])
def test_what_the_binding_does_to_the_weak_cross_section(name, change):
    quoted, bound = (
        average(source(name, lines=lines), lambda e: total_weak_cross_section(e, "nu_e"))
        for lines in ("quoted", "binding")
    )
    assert bound / quoted == pytest.approx(change, abs=2e-3)


@pytest.mark.parametrize("name", list(BETA_CHAINS))
def test_spectra_are_normalised_and_have_the_mean_that_the_electrons_leave(name):
    found = source(name)
    decays, continuum = BETA_CHAINS[name], found.components[0].continuum
    assert average(found, np.ones_like) == pytest.approx(1.0, abs=1e-6)
    ends = sorted(decay.endpoint_mev for decay in decays)
    numerical, low = 0.0, 0.0
    for high in ends:
        numerical += quad(lambda e: float(continuum.density(np.array([e]))[0]), low, high, epsrel=1e-9)[0]
        low = high
    assert numerical == pytest.approx(1.0, abs=1e-6)
    taken = [mean_kinetic_energy_mev(d.endpoint_mev, d.z_daughter, d.mass_number, d.shape) for d in decays]
    left = [decay.endpoint_mev - electron for decay, electron in zip(decays, taken, strict=True)]
    assert average(found, np.asarray) == pytest.approx(np.average(left, weights=continuum.density.shares), rel=1e-6)


@pytest.mark.parametrize(
    ("name", "member", "mean_kev"), [("Sr90", 0, 195.8), ("Sr90-Y90", 1, 933.6), ("Pm147", 0, 61.9)]
)
def test_mean_energies_of_the_electrons_as_evaluated(name, member, mean_kev):
    """ENSDF's means, recalled; they come from another Fermi function and endpoints that differ by 0.3 %."""
    decay = BETA_CHAINS[name][member]
    mean = mean_kinetic_energy_mev(decay.endpoint_mev, decay.z_daughter, decay.mass_number, decay.shape)
    assert 1e3 * mean == pytest.approx(mean_kev, rel=4e-3)


def test_strontium_is_the_background_too():
    for decay, name in zip(BETA_CHAINS["Sr90-Y90"], ("Sr90", "Y90"), strict=True):
        known = nuclide(name)
        (branch,) = known.betas
        assert (branch.endpoint_mev, branch.shape) == (decay.endpoint_mev, decay.shape)
        assert (known.z_daughter, known.mass_number) == (decay.z_daughter, decay.mass_number)
        assert known.half_life_s / SECONDS_PER_YEAR == pytest.approx(decay.half_life_years, rel=1e-12)


def test_pure_strontium_lies_below_the_dynamical_zero():
    """m_e / (4 sin^2) is where the weak term vanishes for forward electrons: published 0.548 MeV, here 0.5525."""
    zero = ELECTRON_MASS_MEV / (4 * SIN2_THETA_W_DEFAULT)
    assert source("Sr90").maximum_energy_mev == 0.5459 < zero < source("Sr90-Y90").maximum_energy_mev
    assert zero == pytest.approx(0.548, rel=1e-2)
    top = 2 * zero**2 / (ELECTRON_MASS_MEV + 2 * zero) * (1 - 1e-12)
    assert float(weak_cross_section(zero, top, "nu_e_bar")) < 1e-9 * float(weak_cross_section(zero, 0.0, "nu_e_bar"))


def test_quadrature_of_the_steps_at_the_endpoints():
    component = source("Sr90-Y90").components[0]
    for minimum in (0.05, 0.3, 0.5458, 0.9, 2.2):
        energies, weights = component.quadrature([minimum])
        pieces = [minimum, 0.5459, 2.2787] if minimum < 0.5459 else [minimum, 2.2787]
        exact = sum(
            quad(lambda e: float(component.continuum.density(np.array([e]))[0]) * e**2, a, b, epsrel=1e-10)[0]
            for a, b in pairwise(pieces)
        )
        assert (weights * energies**2).sum() == pytest.approx(exact, rel=1e-6)


@given(st.sampled_from(ARTIFICIAL_SOURCES), st.floats(0.01, 3.0), st.floats(0.01, 3.0))
def test_two_runs_are_one_long_run(name, first, second):
    whole = neutrinos_in_run(name, 1e15, first + second)
    later = neutrinos_in_run(name, 1e15, second, cooling_years=first)
    np.testing.assert_allclose(neutrinos_in_run(name, 1e15, first) + later, whole, rtol=1e-9)


def test_decays_in_a_run_by_integration():
    """51Cr of 1 MCi for four half-lives, 90Sr for a day: every decay of 90Sr is followed by one of 90Y."""
    half_life = 27.70 * 86400.0
    decays = quad(lambda t: BECQUEREL_PER_MEGACURIE * 2 ** (-t / half_life), 0, 4 * half_life)[0]
    assert neutrinos_in_run("Cr51", BECQUEREL_PER_MEGACURIE, 4 * 27.70 / 365.25)[0] == pytest.approx(decays, rel=1e-9)
    parent, daughter = neutrinos_in_run("Sr90-Y90", 1e16, 1 / 365.25)
    assert parent == pytest.approx(1e16 * 86400, rel=1e-4)  # half of what a day takes of 28.8 years
    assert daughter / parent == pytest.approx(1 / (1 - 64.05 / (28.8 * 365.25 * 24)), rel=1e-9)


@pytest.mark.parametrize(("distance_m", "radius_m", "closed_form"), [(0.0, 2.0, 3 / 4), (10.0, 2.0, None)])
def test_fluence_at_the_centre_and_at_ten_metres(distance_m, radius_m, closed_form):
    """N <1/r^2> / (4 pi): 3 / R^2 at the centre, 1 / d^2 (1 + R^2 / (5 d^2) + ...) outside."""
    inverse = mean_inverse_square_per_m2(distance_m, radius_m)
    if closed_form is None:
        ratio = (radius_m / distance_m) ** 2
        # sum over k of 3 ratio^k / [(2k + 1)(2k + 3)] / d^2, the expansion of the logarithm
        closed_form = sum(3 * ratio**k / ((2 * k + 1) * (2 * k + 3)) for k in range(12)) / distance_m**2
    assert inverse == pytest.approx(closed_form, rel=1e-9)
    found = artificial("Cr51", 1e16, 0.25)
    fluence = fluence_per_cm2(found.normalisation, years=0.25, mean_inverse_square_cm2=inverse / 1e4)
    emitted = neutrinos_in_run("Cr51", 1e16, 0.25)[0]
    assert fluence == pytest.approx(emitted * closed_form / 1e4 / (4 * np.pi), rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (("Cr52", 1e16, 0.1), {}, "did you mean"),
        (("Cr51", 0.0, 0.1), {}, r"source\.activity_bq = 0\.0; allowed"),
        (("Cr51", 1e16, float("inf")), {}, r"source\.run_years = inf"),
        (("Cr51", 1e16, 0.1), {"cooling_years": -1.0}, r"source\.cooling_years = -1\.0"),
        (("Cr51", 1e16, 0.1), {"lines": "bindin"}, "unknown capture lines 'bindin'.*allowed: quoted, binding"),
        (("Pm147", 1e16, 0.1), {"lines": "binding"}, "Pm147 emits a continuum"),
    ],
)
def test_what_is_refused(arguments, options, words):
    with pytest.raises(InputError, match=words):
        artificial(*arguments, **options)
