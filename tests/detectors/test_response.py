"""Energy resolution, efficiency, and the probability of a bin against the Gaussian that it integrates."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from numm_stats.detectors.response import Efficiency, Resolution, Response
from numm_stats.errors import InputError

EDGES = np.array([0.2, 0.3, 0.5, 1.0])


@given(st.floats(0.01, 20.0), st.floats(0.0, 0.5), st.floats(0.0, 0.5), st.floats(0.0, 0.1))
def test_resolution_terms_add_in_quadrature(energy, stochastic, constant, noise):
    expected = math.hypot(stochastic * math.sqrt(energy), constant * energy, noise)
    assert float(Resolution(stochastic, constant, noise).sigma_mev(energy)) == pytest.approx(expected, rel=1e-12)


def test_scaled_resolution_scales_every_term():
    doubled = Resolution(0.03, 0.01, 0.002).scaled(2.0)
    assert doubled == Resolution(0.06, 0.02, 0.004)
    assert Resolution().is_perfect
    assert not doubled.is_perfect


@pytest.mark.parametrize("recoil", [0.1, 0.25, 0.3, 0.7])
def test_bin_probability_is_the_integral_of_a_gaussian(recoil):
    response = Response(Resolution(0.064, 0.01, 0.003), Efficiency((0.0, 1.0), (0.5, 1.0)), scale=1.02)
    found = response.bin_probabilities(np.array([recoil]), EDGES)[:, 0]
    width = math.sqrt(0.064**2 * 1.02 * recoil + (0.01 * 1.02 * recoil) ** 2 + 0.003**2)
    gaussian = norm(1.02 * recoil, width)
    centre = 1.02 * recoil
    for probability, low, high in zip(found, EDGES[:-1], EDGES[1:], strict=True):
        inside = [centre] if low < centre < high else None
        expected = quad(gaussian.pdf, low, high, points=inside, epsabs=1e-13, limit=200)[0] * (0.5 + 0.5 * recoil)
        assert probability == pytest.approx(expected, abs=1e-10)  # quad's own precision


def test_without_resolution_a_recoil_is_in_one_bin():
    found = Response(scale=1.1).bin_probabilities(np.array([0.1, 0.19, 0.2, 0.28, 0.9, 0.95]), EDGES)
    assert found.tolist() == [[0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0]]


def test_probabilities_never_exceed_the_efficiency():
    recoil = np.geomspace(1e-3, 5, 50)
    response = Response(Resolution(0.1), Efficiency((0.5, 1.0), (0.2, 0.9)))
    assert (
        response.bin_probabilities(recoil, EDGES).sum(axis=0) <= np.interp(recoil, (0.5, 1.0), (0.2, 0.9)) + 1e-15
    ).all()


@pytest.mark.parametrize(
    ("shift", "expected"), [(0.05, [0.25, 0.3, 0.5, 1.0]), (-0.1, [0.1, 0.3, 0.5, 1.0]), (0.2, [0.4, 0.4, 0.5, 1.0])]
)
def test_a_moved_threshold_cuts_every_bin_below_it(shift, expected):
    response = Response(cut_shift_mev=shift)
    assert response.visible_edges(EDGES) == pytest.approx(expected)
    # a step that passes the first bin once made its count negative and left the second uncut
    assert (response.bin_probabilities(np.linspace(0.05, 0.95, 37), EDGES) >= 0.0).all()
    assert EDGES.tolist() == [0.2, 0.3, 0.5, 1.0]


@pytest.mark.parametrize(
    "terms", [(-0.1, 0, 0), (math.nan, 0, 0), (0, math.inf, 0), (1.0, 0, 0), (0, 3.0, 0), (0, 0, -1.0)]
)
def test_impossible_resolutions_are_refused(terms):
    with pytest.raises(InputError, match=r"detector\.resolution"):
        Resolution(*terms)


@pytest.mark.parametrize(
    ("energies", "values"),
    [
        ((), ()),
        ((1.0,), (0.5, 0.6)),
        ((1.0, 1.0), (0.1, 0.2)),
        ((1.0, math.nan), (0.1, 0.2)),
        ((1.0,), (1.1,)),
        ((1.0,), (math.nan,)),
    ],
)
def test_impossible_efficiencies_are_refused(energies, values):
    with pytest.raises(InputError, match=r"detector\.efficiency"):
        Efficiency(energies, values)


def test_efficiency_is_linear_between_points_and_constant_outside():
    assert Efficiency((1.0, 2.0), (0.2, 0.4))(np.array([0.0, 1.5, 9.0])) == pytest.approx([0.2, 0.3, 0.4])
