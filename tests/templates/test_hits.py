"""Spectra in bins of hits: events are conserved, integrals agree with other integrators, both pile-up models agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from numm_stats.backgrounds.decays import VisibleSpectrum
from numm_stats.backgrounds.nuclides import decay_spectrum
from numm_stats.detectors.borexino import ESTIMATORS, HitsResponse, borexino_response
from numm_stats.detectors.borexino_fit import ELECTRONS, fitted_edges_hits, response_variations
from numm_stats.errors import InputError
from numm_stats.physics.weak import CouplingScheme
from numm_stats.sources.lines import monoenergetic
from numm_stats.sources.solar import solar
from numm_stats.templates.hits import (
    carbon_14_nodes,
    decay_hits,
    density_hits,
    node_edges_hits,
    nuclide_hits,
    piled_up_hits,
    recoil_hits,
    synthetic_pile_up_hits,
    table_hits,
    window_hits,
)
from numm_stats.templates.interactions import MagneticSignal, weak

ALL = np.concatenate([[-np.inf], np.arange(1.0, 1101.0)])
CENTRES = np.arange(1100.0) + 0.5
FITTED = fitted_edges_hits()


def moments(counts):
    mean = (counts * CENTRES).sum() / counts.sum()
    return mean, np.sqrt((counts * (CENTRES - mean) ** 2).sum() / counts.sum())


@pytest.mark.parametrize("name", ["C14", "Kr85", "Bi210", "C11", "Po210"])
def test_every_decay_is_somewhere(name):
    visible = {"C11": 0.9977}  # the rest are captures
    assert nuclide_hits(name, ALL, HitsResponse()).sum() == pytest.approx(visible.get(name, 1.0), abs=2e-8)


@pytest.mark.parametrize("estimator", sorted(ESTIMATORS))
def test_carbon_11_has_the_listed_mean_and_spread(estimator):
    mean, spread = moments(nuclide_hits("C11", ALL, borexino_response(estimator)))
    assert mean == pytest.approx(ESTIMATORS[estimator].carbon_11_hits, rel=0.01)
    assert spread == pytest.approx(71.0, rel=0.04)  # listed for a spectrum that is no Gaussian


def test_the_start_of_carbon_11_moves_it_by_as_many_hits():
    response = HitsResponse()
    up, down = response_variations(response, ["C11_start"])["C11_start"]
    shift = moments(nuclide_hits("C11", ALL, up))[0] - moments(nuclide_hits("C11", ALL, down))[0]
    slope = float(response.mean_hits(1.26) - response.mean_hits(1.24)) / 0.02  # hits per MeV at its mean
    assert shift == pytest.approx(0.04 * slope, rel=0.01)


@pytest.mark.parametrize("index", [0, 30, 60])
def test_bins_agree_with_an_adaptive_integral(index):
    response = HitsResponse()
    spectrum = decay_spectrum("Bi210")
    edges = FITTED[index : index + 2]

    def integrand(energy):
        return float(spectrum.density(energy) * response.bin_probabilities(np.array([energy]), edges)[0, 0])

    centre = float(response.energy_mev(edges.mean()))
    expected = quad(integrand, 1e-4, 1.1615, points=[centre - 0.06, centre, centre + 0.06], epsrel=1e-9, limit=300)[0]
    assert nuclide_hits("Bi210", FITTED, response)[index] == pytest.approx(expected, rel=1e-7)


@settings(max_examples=20)
@given(st.floats(0.05, 1.5), st.floats(0.01, 1.2))
def test_a_flat_spectrum_is_conserved(start, width):
    grid = np.array([start, start + width])
    assert table_hits(grid, np.full(2, 1 / width), ALL, HitsResponse()).sum() == pytest.approx(1.0, rel=1e-9)


def test_bins_add_up():
    coarse, fine = FITTED[::4], FITTED
    counts = nuclide_hits("Kr85", fine, HitsResponse())
    assert counts.reshape(-1, 4).sum(axis=1) == pytest.approx(nuclide_hits("Kr85", coarse, HitsResponse()), rel=1e-9)


def test_a_table_on_a_fine_grid_is_the_density():
    energies = np.linspace(0.0, 1.1615, 4001)
    spectrum = decay_spectrum("Bi210")
    counts = table_hits(energies, spectrum.density(energies), FITTED, HitsResponse())
    expected = nuclide_hits("Bi210", FITTED, HitsResponse())
    assert counts == pytest.approx(expected, rel=1e-5, abs=1e-10)


def test_several_densities_at_once():
    grid = np.array([0.0, 1.0])
    both = density_hits(lambda energy: np.array([energy, energy**2]), grid, FITTED, HitsResponse())
    assert both.shape == (2, 120)
    assert both[0] == pytest.approx(table_hits(grid, grid, FITTED, HitsResponse()), rel=1e-12)


def test_a_line_is_a_gaussian_at_its_mean():
    response = HitsResponse()
    counts = decay_hits(VisibleSpectrum(lines=((0.5, 2.0),)), ALL, response)
    hits = float(response.mean_hits(0.5))
    assert counts.sum() == pytest.approx(2.0)
    assert moments(counts) == pytest.approx((hits, np.hypot(response.sigma_hits(hits), 12**-0.5)), rel=1e-6)


def test_spectra_out_of_reach_leave_nothing():
    assert table_hits(np.array([3.9, 4.2]), np.ones(2), FITTED, HitsResponse()).tolist() == [0.0] * 120
    assert table_hits(np.array([0.01, 0.03]), np.ones(2), FITTED, HitsResponse()).tolist() == [0.0] * 120
    slow = recoil_hits(monoenergetic([0.05], [1.0]), [weak(CouplingScheme())], FITTED, HitsResponse())
    assert slow.tolist() == [[0.0] * 120]


def test_the_shoulder_of_a_line_conserves_the_cross_section():
    # 7Be: all recoils together are the total cross section, here by an integral of d sigma / dT
    source = monoenergetic([0.8613], [1.0])
    both = [weak(CouplingScheme()), MagneticSignal(1e-11).terms[0].cross_section]
    counts = recoil_hits(source, both, ALL, HitsResponse())
    top = 0.8613**2 * 2 / (2 * 0.8613 + 0.51099895)

    def total(cross_section):
        def in_logarithm(x):
            return float(cross_section(np.array(0.8613), np.array(np.exp(x)), "nu_e")) * np.exp(x) * 1e45

        return quad(in_logarithm, np.log(1e-6), np.log(top), epsrel=1e-9)[0] * 1e-45

    assert counts.shape == (2, 1100)
    assert counts.sum(axis=1) == pytest.approx([total(part) for part in both], rel=1e-6)
    assert (counts >= 0.0).all()


def test_the_rate_of_beryllium_7_is_that_of_the_model():
    # 48.25 per day and 100 t with radiative corrections and B16-GS98, of all recoils
    source = solar("gs98", ("Be7",))
    counts = recoil_hits(source, [weak(CouplingScheme(radiative=True))], ALL, HitsResponse())[0]
    assert counts.sum() * ELECTRONS * 86400 / 0.713 == pytest.approx(48.25, rel=0.01)


def test_bins_beyond_the_response_are_refused():
    for edges in (np.array([85.0, 1300.0]), np.array([10.0, 5.0]), np.array([-60.0, -50.0]), np.array([1.0, np.inf])):
        with pytest.raises(InputError, match="binning"):
            nuclide_hits("Bi210", edges, HitsResponse())
    with pytest.raises(InputError, match="increasing"):
        table_hits(np.array([1.0, 0.5]), np.ones(2), FITTED, HitsResponse())


def test_nodes_stand_in_the_middle_of_their_cells():
    assert node_edges_hits(2.0).tolist() == [-np.inf, 0.25, 0.75, 1.25, 1.75, 2.25]


def test_pile_up_wants_edges_at_half_hits():
    with pytest.raises(InputError, match=r"edge 10\.3 hits: with pile-up it must be a multiple"):
        synthetic_pile_up_hits(np.array([5.0, 10.3, 20.0]), HitsResponse())


def test_tails_keep_their_digits():
    """Bins seven standard deviations above the mean, by the logarithm of the survival function."""
    response, edges = HitsResponse(), np.array([250.0, 260.0, 300.0])
    (low,), (high,) = response.bin_probabilities(np.array([0.3]), edges)
    mean = float(response.mean_hits(0.3))
    above = norm(mean, float(response.sigma_hits(mean))).sf(edges)
    assert [low, high] == pytest.approx([above[0] - above[1], above[1] - above[2]], rel=1e-12)
    assert 0.0 < high < 1e-12


@pytest.mark.parametrize("name", ["Bi210", "Po210", "C11"])
def test_an_empty_window_changes_nothing(name):
    response = HitsResponse()
    direct = nuclide_hits(name, FITTED, response)
    nothing = piled_up_hits(lambda edges: nuclide_hits(name, edges, response), FITTED, window_hits(response, 0.0))
    np.testing.assert_allclose(nothing, direct, rtol=1e-9)


def test_the_last_bin_is_as_full_as_the_others():
    edges, response = np.arange(200.0, 310.0, 10.0), HitsResponse()
    found = piled_up_hits(lambda e: nuclide_hits("Bi210", e, response), edges, window_hits(response, 0.0))
    assert found == pytest.approx(nuclide_hits("Bi210", edges, response), rel=1e-9)


def test_carbon_14_pile_up_has_twice_its_mean_hits():
    response = HitsResponse()
    single = carbon_14_nodes(response)
    mean = (single * np.arange(len(single))).sum() * 0.5
    edges = np.arange(0.0, 250.0)
    pair = synthetic_pile_up_hits(edges, response)
    centres = edges[:-1] + 0.5
    assert single.sum() == pytest.approx(1.0, abs=1e-8)
    in_range = pair[4:]  # below, the negative tail of the Gaussian is folded into the first node
    assert in_range.sum() > 0.9
    assert (pair * centres).sum() == pytest.approx(2 * mean, rel=0.01)


def test_the_two_models_of_pile_up_agree_to_first_order():
    response, mean = HitsResponse(), 1e-3
    convolved = piled_up_hits(lambda edges: nuclide_hits("C14", edges, response), FITTED, window_hits(response, mean))
    single, pair = nuclide_hits("C14", FITTED, response), synthetic_pile_up_hits(FITTED, response)
    assert convolved == pytest.approx((1 - mean) * single + mean * pair, rel=2e-3, abs=2e-7)
    assert convolved.sum() > single.sum()


def test_pile_up_of_several_samples_moves_them_up():
    response = HitsResponse()
    grid = np.array([0.3, 0.5])

    def both(edges):
        return np.array([table_hits(grid, np.ones(2), edges, response), nuclide_hits("Po210", edges, response)])

    direct, moved = both(FITTED), piled_up_hits(both, FITTED, window_hits(response, 0.1))
    centres = 0.5 * (FITTED[1:] + FITTED[:-1])
    assert moved.shape == direct.shape
    assert moved.sum(axis=1) == pytest.approx(direct.sum(axis=1), rel=1e-4)
    single = carbon_14_nodes(response)
    shift = 0.1 * (single * np.arange(len(single))).sum() * 0.5
    assert (moved - direct) @ centres / direct.sum(axis=1) == pytest.approx([shift, shift], rel=0.02)
