"""The mixing matrix: unitary, with the phases where the PDG has them, and what arrives from the Sun."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.physics.mixing import (
    Mixing,
    mixing_of_ordering,
    solar_mass_weights,
    survival_probability,
    two_flavour_survival,
    vacuum_mass_weights,
)

SIN2 = st.floats(0.0, 1.0)
PHASE = st.floats(0.0, 2 * np.pi)
ANY_MIXING = st.builds(Mixing, SIN2, SIN2, SIN2, PHASE, PHASE, PHASE)


@given(ANY_MIXING)
def test_unitary(mixing):
    u = mixing.matrix()
    np.testing.assert_allclose(u @ u.conj().T, np.eye(3), atol=1e-14)


@given(SIN2, SIN2, SIN2, PHASE)
def test_elements_as_the_review_prints_them(sin2_12, sin2_13, sin2_23, delta):
    s12, s13, s23 = np.sqrt([sin2_12, sin2_13, sin2_23])
    c12, c13, c23 = np.sqrt([1 - sin2_12, 1 - sin2_13, 1 - sin2_23])
    turn = np.exp(1j * delta)
    printed = [
        [c12 * c13, s12 * c13, s13 / turn],
        [-s12 * c23 - c12 * s23 * s13 * turn, c12 * c23 - s12 * s23 * s13 * turn, s23 * c13],
        [s12 * s23 - c12 * c23 * s13 * turn, -c12 * s23 - s12 * c23 * s13 * turn, c23 * c13],
    ]
    np.testing.assert_allclose(Mixing(sin2_12, sin2_13, sin2_23, delta).matrix(), printed, atol=1e-14)


def test_jarlskog_invariant():
    mixing = Mixing(delta=1.2, alpha_21=0.7, alpha_31=2.1)
    u = mixing.matrix()
    invariant = (u[0, 0] * u[1, 1] * u[0, 1].conj() * u[1, 0].conj()).imag
    s2, c2 = np.array([0.304, 0.0219, 0.51]), 1 - np.array([0.304, 0.0219, 0.51])
    expected = np.sqrt(np.prod(s2) * np.prod(c2) * c2[1]) * np.sin(1.2)
    assert abs(invariant) == pytest.approx(expected, rel=1e-12)


def test_majorana_phases_change_no_oscillation():
    plain, turned = Mixing(delta=1.2).matrix(), Mixing(delta=1.2, alpha_21=0.7, alpha_31=2.1).matrix()
    for a, b in itertools.product(range(3), range(3)):
        np.testing.assert_allclose(np.outer(plain[a], plain[a].conj()) * np.outer(plain[b].conj(), plain[b]),
                                   np.outer(turned[a], turned[a].conj()) * np.outer(turned[b].conj(), turned[b]),
                                   atol=1e-14)  # fmt: skip


@given(ANY_MIXING, st.floats(0.0, 1.0))
def test_solar_shares_give_the_survival_probability(mixing, fraction):
    p2nu = mixing.sin2_12 + fraction * (1 - 2 * mixing.sin2_12)
    shares = solar_mass_weights(mixing, p2nu)
    assert shares.sum() == pytest.approx(1.0)
    p_ee = shares @ vacuum_mass_weights(mixing, "nu_e") if mixing.sin2_12 != 0.5 else None
    if p_ee is not None:
        assert p_ee == pytest.approx(survival_probability(mixing, p2nu), abs=1e-12)


def test_without_matter_the_shares_are_those_of_vacuum():
    mixing = Mixing()
    p2nu = 1 - 2 * 0.304 * (1 - 0.304)
    np.testing.assert_allclose(solar_mass_weights(mixing, p2nu), vacuum_mass_weights(mixing, "nu_e"), rtol=1e-12)


@given(st.floats(0.0, 1.0))
def test_p2nu_is_found_again(p2nu):
    mixing = Mixing()
    assert two_flavour_survival(mixing, survival_probability(mixing, p2nu)) == pytest.approx(p2nu, abs=1e-12)


def test_masses():
    for ordering, lightest in (("normal", 0), ("inverted", 2)):
        mixing = mixing_of_ordering(ordering)
        assert mixing.ordering == ordering
        masses = mixing.masses_ev(0.02)
        assert masses[lightest] == pytest.approx(0.02)
        np.testing.assert_allclose(masses**2 - masses[0] ** 2, mixing.squared_masses_ev2(), atol=1e-15)
    assert mixing_of_ordering("normal") == Mixing()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Mixing(sin2_12=1.2), "sin2_12 is 1.2"),
        (lambda: Mixing(delta=float("nan")), "delta is nan"),
        (lambda: Mixing(dm2_21_ev2=-1e-5), "dm2_21_ev2 is -1e-05"),
        (lambda: Mixing(dm2_31_ev2=1e-6), "dm2_31_ev2 is 1e-06"),
        (lambda: mixing_of_ordering("norml"), "did you mean 'normal'"),
        (lambda: Mixing().masses_ev(-1.0), "lightest mass is -1"),
        (lambda: solar_mass_weights(Mixing(), 0.9), "from 0.304 to 0.696"),
        (lambda: survival_probability(Mixing(), 1.1), "p2nu is 1.1"),
        (lambda: two_flavour_survival(Mixing(), 0.99), "P_ee is 0.99"),
    ],
)
def test_refused(make, words):
    with pytest.raises(InputError, match=words):
        make()
