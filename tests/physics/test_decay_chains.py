"""Decay chains against Bateman's formula, quadrature and equilibrium."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from numm_stats.errors import InputError
from numm_stats.physics.decay_chains import chain_activities, chain_decays, decays_of_activity, equilibrium_ratios

STRONTIUM = (28.8 * 365.25 * 24, 64.05)  # hours
ARGON = (32.9 * 365.25 * 24, 12.36)


def bateman(half_lives, time):
    """Activity of the last member, one unit of the parent at the start: Bateman (1910)."""
    rates = np.log(2) / np.array(half_lives)
    total = 0.0
    for i, rate in enumerate(rates):
        total += np.exp(-rate * time) / np.prod(np.delete(rates, i) - rate)
    return float(np.prod(rates[1:]) * total)


@pytest.mark.parametrize("time", [0.1, 3.0, 20.0])
@pytest.mark.parametrize("half_lives", [(7.0,), (7.0, 2.0), (2.0, 7.0), (11.0, 3.0, 0.7)])
def test_bateman(half_lives, time):
    start = [1.0] + [0.0] * (len(half_lives) - 1)
    # Bateman's sum loses digits to cancellation at small times
    assert chain_activities(half_lives, start, time)[-1] == pytest.approx(bateman(half_lives, time), rel=1e-9)


def test_equal_half_lives_where_bateman_divides_by_zero():
    rate = np.log(2) / 5.0
    assert chain_activities([5.0, 5.0], [1.0, 0.0], 4.0)[1] == pytest.approx(rate * 4 * np.exp(-rate * 4), rel=1e-12)


@settings(max_examples=25)
@given(st.floats(0.5, 50.0), st.floats(0.5, 50.0), st.floats(0.0, 100.0), st.floats(0.0, 100.0))
def test_time_adds_up(parent, daughter, first, second):
    half_lives, start = [parent, daughter], [2.0, 1.0]
    stepwise = chain_activities(half_lives, np.maximum(chain_activities(half_lives, start, first), 0.0), second)
    np.testing.assert_allclose(stepwise, chain_activities(half_lives, start, first + second), rtol=1e-9, atol=1e-14)
    decays = chain_decays(half_lives, start, first)
    later = chain_decays(half_lives, np.maximum(chain_activities(half_lives, start, first), 0.0), second)
    np.testing.assert_allclose(decays + later, chain_decays(half_lives, start, first + second), rtol=1e-9, atol=1e-12)


def test_decays_are_the_integral_of_the_activity():
    half_lives, start = (11.0, 3.0, 0.7), (1.0, 0.5, 0.0)
    decays = chain_decays(half_lives, start, 6.0)
    for member in range(3):
        integral = quad(lambda t, k=member: chain_activities(half_lives, start, t)[k], 0.0, 6.0)[0]
        assert decays[member] == pytest.approx(integral, rel=1e-9)


def test_every_atom_decays_once_in_each_step():
    atoms = 1.0 * 3.0 / np.log(2)
    np.testing.assert_allclose(chain_decays([3.0, 1.0, 0.1], [1.0, 0.0, 0.0], 300.0), atoms, rtol=1e-9)


@pytest.mark.parametrize("half_lives", [STRONTIUM, ARGON, (8.0, 1.0, 0.2)])
def test_chains_reach_their_equilibrium(half_lives):
    ratios = equilibrium_ratios(half_lives)
    start = [1.0] + [0.0] * (len(half_lives) - 1)
    late = chain_activities(half_lives, start, 50 * half_lives[1])
    np.testing.assert_allclose(late / late[0], ratios, rtol=1e-9)
    assert chain_activities(half_lives, ratios.tolist(), half_lives[1]) == pytest.approx(
        ratios * 0.5 ** (half_lives[1] / half_lives[0]), rel=1e-9
    )


def test_secular_is_the_limit_of_a_long_lived_parent():
    assert equilibrium_ratios(STRONTIUM)[1] == pytest.approx(1 + STRONTIUM[1] / STRONTIUM[0], rel=1e-6)
    assert equilibrium_ratios(ARGON)[1] == pytest.approx(1.0, abs=5e-5)
    assert equilibrium_ratios((8.0, 1.0), secular=True).tolist() == [1.0, 1.0]
    assert equilibrium_ratios((8.0, 1.0))[1] == pytest.approx(8 / 7, rel=1e-12)


def test_fresh_yttrium_grows_in():
    # half of the equilibrium activity after one half-life of the daughter
    assert chain_activities(STRONTIUM, [1.0, 0.0], STRONTIUM[1])[1] == pytest.approx(0.5, rel=1e-3)


@given(st.floats(0.1, 100.0), st.floats(0.1, 100.0))
def test_decays_of_one_nuclide(half_life, time):
    assert decays_of_activity(3.0, time, half_life) == pytest.approx(
        chain_decays([half_life], [3.0], time)[0], rel=1e-9
    )
    assert decays_of_activity(3.0, time, 1e9 * time) == pytest.approx(3.0 * time, rel=1e-8)


@pytest.mark.parametrize(
    "call",
    [
        lambda: chain_activities([], [], 1.0),
        lambda: chain_activities([1.0, -1.0], [1.0, 0.0], 1.0),
        lambda: chain_activities([1.0], [1.0, 0.0], 1.0),
        lambda: chain_activities([1.0], [-1.0], 1.0),
        lambda: chain_decays([1.0], [1.0], -1.0),
        lambda: equilibrium_ratios([1.0, 1.0]),
        lambda: equilibrium_ratios([1.0, 5.0]),
        lambda: decays_of_activity(1.0, 1.0, 0.0),
    ],
)
def test_impossible_chains_are_refused(call):
    with pytest.raises(InputError):
        call()
