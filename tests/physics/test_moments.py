"""Effective moments and bases: limit cases, unitarity, CP and CPT, and second ways to each number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.physics.flavours import FLAVOURS, is_antineutrino, lepton_family
from numm_stats.physics.mixing import Mixing, solar_mass_weights, survival_probability, vacuum_mass_weights
from numm_stats.physics.moment_bases import checked_kind, dirac_moments, flavour_basis, majorana_moments, mass_basis
from numm_stats.physics.moment_triangles import largest_third_moment, majorana_transition_sizes, triangle_slack
from numm_stats.physics.moments import (
    PHASE_PER_EV2_KM_MEV,
    astrophysical_moment,
    effective_moment,
    incoherent_moment,
    short_baseline_moment,
)

MIXING = Mixing(delta=1.2, alpha_21=0.7, alpha_31=2.1)
FAMILIES = ("e", "mu", "tau")
ELEMENT = st.complex_numbers(max_magnitude=1.0, allow_nan=False, allow_infinity=False, allow_subnormal=False)
ANY_MATRIX = st.lists(ELEMENT, min_size=9, max_size=9).map(lambda e: np.array(e).reshape(3, 3))
KINDS = st.sampled_from(["dirac", "majorana"])


def of_kind(matrix, kind):
    return matrix if kind == "dirac" else matrix - matrix.T


def at(matrix, flavour, distance=0.0, mixing=MIXING):
    return float(effective_moment(matrix, mixing, flavour, baseline_km=distance, energy_mev=4.0))


def test_phase_is_the_textbook_number():
    assert pytest.approx(2 * 1266.93, rel=1e-5) == PHASE_PER_EV2_KM_MEV


@given(ANY_MATRIX, KINDS)
def test_change_of_basis_keeps_the_sum_of_squares_and_goes_back(matrix, kind):
    moments = of_kind(matrix, kind)
    flavours = flavour_basis(moments, MIXING, kind)
    assert np.linalg.norm(flavours) == pytest.approx(np.linalg.norm(moments), abs=1e-13)
    np.testing.assert_allclose(mass_basis(flavours, MIXING, kind), moments, atol=1e-13)
    squares = sum(short_baseline_moment(flavours, f"nu_{family}") ** 2 for family in FAMILIES)
    assert squares == pytest.approx(np.linalg.norm(moments) ** 2, abs=1e-13)


@given(ANY_MATRIX)
def test_bases_keep_what_dirac_and_majorana_are(matrix):
    hermitian = matrix + matrix.conj().T
    turned = flavour_basis(hermitian, MIXING, "dirac")
    np.testing.assert_allclose(turned, turned.conj().T, atol=1e-13)
    turned = flavour_basis(matrix - matrix.T, MIXING, "majorana")
    np.testing.assert_allclose(turned, -turned.T, atol=1e-13)


@given(ANY_MATRIX, KINDS, st.sampled_from(FLAVOURS))
def test_at_the_source_it_is_the_short_baseline_moment(matrix, kind, flavour):
    moments = of_kind(matrix, kind)
    expected = short_baseline_moment(flavour_basis(moments, MIXING, kind), flavour)
    assert at(moments, flavour) == pytest.approx(expected, abs=1e-13)


@given(ANY_MATRIX, KINDS, st.sampled_from(FLAVOURS), st.floats(0.0, 200.0))
def test_oscillating_flavours_and_then_scattering_is_the_same(matrix, kind, flavour, distance):
    """Second way: the evolved state in the flavour basis meets the matrix of that basis."""
    moments = of_kind(matrix, kind)
    u = MIXING.matrix()
    phases = np.exp(-1j * PHASE_PER_EV2_KM_MEV * distance / 4.0 * MIXING.squared_masses_ev2())
    between = flavour_basis(moments, MIXING, kind)
    if is_antineutrino(flavour):
        u, between = u.conj(), between.conj()
    arrived = (u @ np.diag(phases) @ u.conj().T)[:, FAMILIES.index(lepton_family(flavour))]
    assert at(moments, flavour, distance) == pytest.approx(np.linalg.norm(between @ arrived), abs=1e-12)


@given(ANY_MATRIX, KINDS, st.floats(0.0, 200.0))
def test_cp_turns_neutrinos_into_antineutrinos_with_conjugate_parameters(matrix, kind, distance):
    moments = of_kind(matrix, kind)
    conjugate = Mixing(delta=-MIXING.delta, alpha_21=-MIXING.alpha_21, alpha_31=-MIXING.alpha_31)
    for family in FAMILIES:
        one = at(moments, f"nu_{family}_bar", distance)
        assert one == pytest.approx(at(moments.conj(), f"nu_{family}", distance, conjugate), abs=1e-12)


@given(ANY_MATRIX, st.floats(0.0, 200.0))
def test_without_cp_violation_neutrinos_and_antineutrinos_agree(matrix, distance):
    for family in FAMILIES:
        one = at(matrix.real.astype(complex), f"nu_{family}", distance, Mixing())
        assert one == pytest.approx(at(matrix.real.astype(complex), f"nu_{family}_bar", distance, Mixing()), abs=1e-12)


def test_with_cp_violation_they_differ_at_a_distance_and_not_at_the_source():
    moments = majorana_moments(np.array([[0, 1, 1], [-1, 0, 1], [-1, -1, 0]]) * 1e-11)
    assert at(moments, "nu_e") == pytest.approx(at(moments, "nu_e_bar"), rel=1e-12)
    assert abs(at(moments, "nu_e", 53.0) / at(moments, "nu_e_bar", 53.0) - 1) > 0.01


def test_antineutrinos_are_neutrinos_at_a_negative_distance():
    moments = dirac_moments(np.diag([1.0, 2.0, 0.0]), [[0, 0.3j, 0], [-0.3j, 0, 0.2], [0, 0.2, 0]])
    u = MIXING.matrix()[0]
    phase = np.exp(+1j * PHASE_PER_EV2_KM_MEV * 53.0 / 4.0 * MIXING.squared_masses_ev2())
    assert at(moments, "nu_e_bar", 53.0) == pytest.approx(np.linalg.norm(moments @ (u.conj() * phase)), rel=1e-12)


@given(ANY_MATRIX, KINDS)
def test_sum_over_flavours_does_not_know_the_distance(matrix, kind):
    moments = of_kind(matrix, kind)
    total = sum(at(moments, f"nu_{family}", 53.0) ** 2 for family in FAMILIES)
    assert total == pytest.approx(np.linalg.norm(moments) ** 2, abs=1e-12)


def test_equal_moments_look_alike_everywhere():
    moments = dirac_moments(np.eye(3) * 1e-11)
    for flavour in FLAVOURS:
        assert at(moments, flavour, 53.0) == pytest.approx(1e-11, rel=1e-12)
    assert incoherent_moment(moments, solar_mass_weights(MIXING, 0.55)) == pytest.approx(1e-11, rel=1e-12)


def test_far_away_the_mean_square_is_the_incoherent_one():
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    moments = majorana_moments(matrix - matrix.T)
    far = effective_moment(moments, MIXING, "nu_mu", baseline_km=rng.uniform(1e6, 2e6, 200000), energy_mev=1.0)
    expected = incoherent_moment(moments, vacuum_mass_weights(MIXING, "nu_mu"))
    assert np.mean(far**2) == pytest.approx(expected**2, rel=5e-3)  # 200,000 random phases


def test_solar_moment_of_mu_e_alone_is_that_of_surviving_neutrinos():
    """The formula of flavours is exact where only nu_e has a moment."""
    moments = mass_basis(np.diag([1e-11, 0, 0]).astype(complex), MIXING, "dirac")
    seen = incoherent_moment(moments, solar_mass_weights(MIXING, 0.55))
    assert seen == pytest.approx(1e-11 * np.sqrt(survival_probability(MIXING, 0.55)), rel=1e-12)


@given(ANY_MATRIX, st.floats(0.0, 6.0), st.floats(0.0, 6.0), st.floats(0.0, 6.0))
def test_the_sun_sees_no_phase_of_an_element(matrix, one, two, three):
    shares = solar_mass_weights(MIXING, 0.55)
    turned = matrix * np.exp(1j * np.array([[one, two, three], [two, three, one], [three, one, two]]))
    assert incoherent_moment(turned, shares) == pytest.approx(incoherent_moment(matrix, shares), abs=1e-13)


def test_a_dirac_neutrino_cools_a_star_as_its_two_majorana_halves():
    dirac = dirac_moments(np.diag([1e-12, 0, 0]))
    halves = majorana_moments([[0, 1e-12, 0], [-1e-12, 0, 0], [0, 0, 0]])
    assert astrophysical_moment(dirac, "dirac") == pytest.approx(astrophysical_moment(halves, "majorana"), rel=1e-12)


def test_distance_and_energy_broadcast():
    moments = majorana_moments(np.array([[0, 1, 1], [-1, 0, 1], [-1, -1, 0]]) * 1e-11)
    grid = effective_moment(moments, MIXING, "nu_e", baseline_km=[[1.0], [50.0]], energy_mev=[2.0, 3.0, 4.0])
    assert grid.shape == (2, 3)
    assert float(grid[1, 2]) == pytest.approx(at(moments, "nu_e", 50.0), rel=1e-12)


@given(ANY_MATRIX)
def test_majorana_moments_form_a_triangle(matrix):
    flavours = flavour_basis(matrix - matrix.T, MIXING, "majorana")
    sides = [short_baseline_moment(flavours, f"nu_{family}") for family in FAMILIES]
    slack = triangle_slack(sides)
    np.testing.assert_allclose(slack, 2 * np.abs([flavours[1, 2], flavours[0, 2], flavours[0, 1]]) ** 2, atol=1e-13)
    assert sides[2] <= largest_third_moment(sides[0], sides[1]) * (1 + 1e-12) + 1e-13


def test_triangle_gives_the_sizes_of_transitions():
    flavours = majorana_moments([[0, 1e-11, 2e-11j], [-1e-11, 0, 3e-11], [-2e-11j, -3e-11, 0]])
    sides = [short_baseline_moment(flavours, f"nu_{family}") for family in FAMILIES]
    sizes = majorana_transition_sizes(sides)
    assert [sizes[pair] for pair in ("e_mu", "e_tau", "mu_tau")] == pytest.approx([1e-11, 2e-11, 3e-11], rel=1e-9)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: dirac_moments([[0, 1, 0], [2, 0, 0], [0, 0, 0]]), "hermitian"),
        (lambda: dirac_moments(np.eye(2)), r"\(2, 2\)"),
        (lambda: majorana_moments(np.eye(3)), "antisymmetric"),
        (lambda: checked_kind("majoran"), "did you mean 'majorana'"),
        (lambda: majorana_transition_sizes([1.0, 1.0, 2.0]), "mu_tau is 2"),
        (lambda: at(np.eye(3), "nu_x"), "unknown neutrino flavour"),
        (lambda: at(np.eye(3), "nu_e", -1.0), "baseline -1.0 km"),
        (lambda: effective_moment(np.eye(3), MIXING, "nu_e", baseline_km=1.0, energy_mev=0.0), "energy 0.0 MeV"),
    ],
)
def test_refused(make, words):
    with pytest.raises(InputError, match=words):
        make()
