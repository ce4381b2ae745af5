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


def test_resolution_terms_add_up_where_they_are_stated_as_a_sum():
    """XENONnT's 0.310 sqrt(E / keV) + 0.0037 E: at 4 keV 0.62 + 0.0148 keV, in quadrature 0.6202 keV."""
    linear = Resolution(0.310 * math.sqrt(1e-3), constant=0.0037, combined="linear")
    assert 1e3 * float(linear.sigma_mev(4e-3)) == pytest.approx(0.6348, rel=1e-12)
    assert linear.scaled(2.0).sigma_mev(4e-3) == pytest.approx(2.0 * float(linear.sigma_mev(4e-3)), rel=1e-12)
    assert Resolution(0.03, combined="linear").sigma_mev(2.0) == Resolution(0.03).sigma_mev(2.0)
    with pytest.raises(InputError, match="combined = 'cubic' must be one of quadrature, linear"):
        Resolution(combined="cubic")


@pytest.mark.parametrize("recoil", [0.1, 0.25, 0.3, 0.7, 1.2])
def test_efficiency_against_visible_energy_is_inside_the_integral(recoil):
    """Kinks inside bins, beside an edge, and outside the range."""
    efficiency = Efficiency((0.1, 0.22, 0.3, 0.8), (0.0, 0.9, 0.6, 1.0), "visible")
    response = Response(Resolution(0.064, 0.01, combined="linear"), efficiency, scale=1.02)
    found = response.bin_probabilities(np.array([recoil]), EDGES)[:, 0]
    centre = 1.02 * recoil
    gaussian = norm(centre, float(response.resolution.sigma_mev(centre)))
    for probability, low, high in zip(found, EDGES[:-1], EDGES[1:], strict=True):
        points = [point for point in (0.22, 0.8, centre) if low < point < high] or None
        expected, _ = quad(lambda v: gaussian.pdf(v) * efficiency(v), low, high, points=points, epsabs=1e-13, limit=200)
        assert probability == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_efficiency_against_visible_energy_without_smearing_is_that_of_the_scaled_recoil():
    response = Response(efficiency=Efficiency((0.0, 1.0), (0.0, 1.0), "visible"), scale=1.1)
    assert response.bin_probabilities(np.array([0.4]), EDGES)[:, 0] == pytest.approx([0.0, 0.44, 0.0])
    assert response.kinks_mev == pytest.approx([0.0, 1.0 / 1.1])
    smeared = Response(Resolution(0.1), efficiency=Efficiency((0.0, 1.0), (0.0, 1.0), "visible"))
    assert smeared.kinks_mev.size == 0


@given(st.floats(0.05, 1.5), st.floats(0.001, 0.2))
def test_a_flat_efficiency_is_the_same_against_either_energy(recoil, width):
    flat = [
        Response(Resolution(noise_mev=width), Efficiency((0.3, 0.6), (0.4, 0.4), against))
        for against in ("recoil", "visible")
    ]
    one, other = (response.bin_probabilities(np.array([recoil]), EDGES) for response in flat)
    assert one == pytest.approx(other, rel=1e-9, abs=1e-15)


def test_an_efficiency_is_against_one_of_two_energies_and_a_long_table_is_shown_by_its_beginning():
    with pytest.raises(InputError, match="against = 'true' must be one of recoil, visible"):
        Efficiency((0.0, 1.0), (0.5, 0.5), "true")
    energies = tuple(float(n) for n in range(100))
    with pytest.raises(InputError, match=r"values = \(0.0, 1.0, .*9.0, \.\.\.\) must lie between 0 and 1"):
        Efficiency(energies, energies)
