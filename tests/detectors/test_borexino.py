"""Borexino's hits: the polynomial and its inverse, the spread, probabilities, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from numm_stats.detectors.borexino import ESTIMATORS, HitsResponse, borexino_response, hits_polynomial
from numm_stats.errors import InputError

NAMES = sorted(ESTIMATORS)


def test_mean_hits_term_by_term():
    energy = 0.8613
    expected = -8.065244 + 493.2560 * energy - 64.09629 * energy**2 + 4.146102 * energy**3
    assert float(HitsResponse().mean_hits(energy)) == pytest.approx(expected, rel=1e-13)
    assert float(borexino_response("within_230_ns").mean_hits(energy)) == pytest.approx(0.978 * expected, rel=1e-13)
    assert float(borexino_response("within_400_ns").mean_hits(energy)) == pytest.approx(0.984 * expected, rel=1e-13)


def test_no_hits_below_16_kev():
    assert HitsResponse().mean_hits([0.0, 0.016]).tolist() == [0.0, 0.0]
    assert float(HitsResponse().mean_hits(0.017)) > 0.0
    assert float(HitsResponse().energy_mev(0.0)) == pytest.approx(0.01639, abs=1e-5)


def test_the_spread_is_12_to_27_hits_in_the_fitted_range():
    assert HitsResponse().sigma_hits([85.0, 950.0]) == pytest.approx([12.0, 27.5], abs=0.2)
    hits = 400.0
    expected = 1.21974 + 1.31394 * math.sqrt(hits) - 0.0148585 * hits
    assert float(HitsResponse().sigma_hits(hits)) == pytest.approx(expected, rel=1e-13)


@given(st.floats(0.02, 4.9), st.sampled_from(NAMES), st.floats(0.95, 1.05))
def test_the_inverse_returns_the_energy(energy, estimator, light_yield):
    response = HitsResponse(electron_fraction=ESTIMATORS[estimator].electron_fraction, light_yield=light_yield)
    assert float(response.energy_mev(response.mean_hits(energy))) == pytest.approx(energy, rel=1e-12)


def test_the_inverse_agrees_with_a_root_finder():
    response = borexino_response("within_400_ns")
    found = brentq(lambda energy: float(response.mean_hits(energy)) - 500.0, 0.5, 2.0, xtol=1e-14)
    assert float(response.energy_mev(500.0)) == pytest.approx(found, rel=1e-12)


def test_polonium_as_an_electron_of_its_electron_equivalent():
    # 0.418 MeV (arXiv:1707.09279); in a short window the slow light of an alpha is lost, which is why it is listed
    assert float(HitsResponse().mean_hits(0.418)) == pytest.approx(ESTIMATORS["all_hits"].polonium_hits, rel=0.01)
    for name in ("within_230_ns", "within_400_ns"):
        assert ESTIMATORS[name].polonium_hits < 0.98 * float(borexino_response(name).mean_hits(0.418))


@pytest.mark.parametrize("name", NAMES)
def test_the_polonium_peak_has_the_listed_mean_and_width(name):
    edges = np.arange(60.0, 320.0, 0.5)
    probabilities, centres = borexino_response(name).polonium_probabilities(edges), edges[:-1] + 0.25
    mean = (probabilities * centres).sum()
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-10)
    assert mean == pytest.approx(ESTIMATORS[name].polonium_hits, rel=1e-6)
    variance = (probabilities * (centres - mean) ** 2).sum()
    assert variance == pytest.approx(14.8**2 + 0.25 / 12, rel=1e-6)  # Sheppard's correction of the bins


@pytest.mark.parametrize("energy", [0.2, 0.6, 1.4])
def test_bin_probability_is_the_integral_of_a_gaussian(energy):
    edges = np.array([85.0, 100.0, 270.0, 600.0])
    response = HitsResponse()
    mean = float(response.mean_hits(energy))
    gaussian = norm(mean, float(response.sigma_hits(mean)))
    found = response.bin_probabilities(np.array([energy]), edges)[:, 0]
    for probability, low, high in zip(found, edges[:-1], edges[1:], strict=True):
        inside = [mean] if low < mean < high else None
        assert probability == pytest.approx(quad(gaussian.pdf, low, high, points=inside, limit=200)[0], abs=1e-8)


@given(st.lists(st.floats(0.0, 3.0), min_size=1, max_size=5))
def test_no_event_is_lost_or_made(energies):
    edges = np.concatenate([[-np.inf], np.arange(50.0, 1500.0, 50.0), [np.inf]])
    probabilities = HitsResponse().bin_probabilities(np.array(energies), edges)
    assert (probabilities >= 0.0).all()
    assert probabilities.sum(axis=0) == pytest.approx(np.ones(len(energies)), abs=1e-14)


def test_light_yield_acts_before_saturation():
    nominal, brighter = HitsResponse(), HitsResponse(light_yield=1.01)
    assert float(brighter.mean_hits(1.0)) == pytest.approx(float(nominal.mean_hits(1.01)), rel=1e-14)
    gain = brighter.mean_hits([0.5, 2.5]) / nominal.mean_hits([0.5, 2.5]) - 1
    assert gain[0] > 0.0095  # 1 % less what saturates, plus what quenching takes off first
    assert gain[1] < 0.0075
    assert (brighter.polonium_probabilities(np.arange(9.0)) == nominal.polonium_probabilities(np.arange(9.0))).all()


def test_a_polynomial_through_the_points_of_another():
    energies = np.linspace(0.2, 2.5, 40)
    response = HitsResponse()
    found = HitsResponse(coefficients=hits_polynomial(energies, response.mean_hits(energies)))
    assert found.mean_hits([0.3, 1.7]) == pytest.approx(response.mean_hits([0.3, 1.7]), rel=1e-10)


@pytest.mark.parametrize(
    "numbers",
    [
        {"light_yield": 0.0},
        {"electron_fraction": math.nan},
        {"polonium_width_hits": -1.0},
        {"polonium_position_hits": math.inf},
        {"carbon_11_start_mev": -0.1},
        {"coefficients": (0.0, 500.0, -100.0)},
        {"coefficients": (math.nan, 500.0)},
        {"resolution_constant_hits": -30.0},
        {"resolution_slope": math.nan},
    ],
)
def test_impossible_responses_are_refused(numbers):
    with pytest.raises(InputError, match=r"detector\."):
        HitsResponse(**numbers)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: borexino_response("within_230ns"), "did you mean 'within_230_ns'"),
        (lambda: HitsResponse().energy_mev([10.0, 1e5]), "at most 1374"),
        (lambda: HitsResponse().energy_mev(math.nan), "at most 1374"),
        (lambda: hits_polynomial([1.0, 2.0], [1.0, 2.0]), "more than 4"),
    ],
)
def test_what_is_unknown_or_out_of_range_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
