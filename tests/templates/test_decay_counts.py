"""Decays through the detector's response: exact shares, brute force, and laws."""

import numpy as np
import pytest
from scipy.special import ndtr

from numm_stats.backgrounds.decays import Continuum, VisibleSpectrum
from numm_stats.backgrounds.nuclides import NUCLIDES, decay_spectrum
from numm_stats.detectors.response import Efficiency, Resolution, Response
from numm_stats.templates.decays import decay_counts

EDGES = np.array([0.15, 0.4, 0.55, 1.1, 1.6, 2.7, 3.4, 5.5])
SMEARED = Response(Resolution(stochastic=0.05, noise_mev=0.01))


@pytest.mark.parametrize("name", NUCLIDES)
def test_without_smearing_bins_are_shares(name):
    spectrum = decay_spectrum(name)
    expected = -np.diff([spectrum.above(edge) for edge in EDGES])
    # the spectrum's norm is an integral in 48 points, off by 1e-5 for the softest
    assert decay_counts(spectrum, EDGES, Response()) == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("name", ["K42", "Bi210", "C11", "Tl208"])
def test_smearing_against_brute_force(name):
    spectrum = decay_spectrum(name)
    expected = np.zeros(len(EDGES) - 1)
    for part in spectrum.continua:
        knots = np.linspace(0.0, 1.0, 20_001)
        energy = part.offset_mev + part.endpoint_mev * (0.5 * (knots[1:] + knots[:-1])) ** 2
        width = part.endpoint_mev * np.diff(knots**2)
        sigma = SMEARED.resolution.sigma_mev(energy)
        expected += np.diff(ndtr((EDGES[:, None] - energy) / sigma), axis=0) @ (part.density(energy) * width)
    # the midpoint rule in the square root of energy
    assert decay_counts(spectrum, EDGES, SMEARED) == pytest.approx(expected, rel=1e-5, abs=1e-8)


def test_smearing_keeps_the_number():
    counts = decay_counts(decay_spectrum("K42"), np.linspace(-2.0, 9.0, 12), SMEARED)
    assert counts.sum() == pytest.approx(decay_spectrum("K42").above(0.0), rel=1e-5)


def test_a_stretched_scale_is_bins_that_shrink():
    spectrum, scale = decay_spectrum("Y90"), 1.03
    stretched = decay_counts(spectrum, EDGES, Response(scale=scale))
    assert stretched == pytest.approx(decay_counts(spectrum, EDGES / scale, Response()), rel=1e-6)


def test_a_moved_cut_takes_away_from_the_first_bin():
    spectrum = decay_spectrum("Y90")
    moved = decay_counts(spectrum, EDGES, Response(cut_shift_mev=0.05))
    nominal = decay_counts(spectrum, EDGES, Response())
    assert nominal[0] - moved[0] == pytest.approx(spectrum.above(0.15) - spectrum.above(0.20), abs=1e-6)
    assert moved[1:] == pytest.approx(nominal[1:], rel=1e-6)


def test_efficiency_multiplies():
    half = Response(SMEARED.resolution, Efficiency((1.0,), (0.5,)))
    spectrum = decay_spectrum("K40")
    assert decay_counts(spectrum, EDGES, half) == pytest.approx(0.5 * decay_counts(spectrum, EDGES, SMEARED), rel=1e-9)


def test_lines_are_gaussian():
    counts = decay_counts(decay_spectrum("Po210"), np.array([0.3, 0.418, 0.9]), SMEARED)
    assert counts == pytest.approx([0.5, 0.5], abs=1e-3)
    assert decay_counts(decay_spectrum("Po210"), EDGES, Response()).tolist() == [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_fine_bins_add_up_to_coarse_ones():
    fine = np.unique(np.concatenate([EDGES, np.linspace(EDGES[0], EDGES[-1], 700)]))
    counts, spectrum = decay_counts(decay_spectrum("Bi214"), fine, SMEARED), decay_spectrum("Bi214")
    merged = np.add.reduceat(counts, np.searchsorted(fine, EDGES[:-1]))
    assert merged == pytest.approx(decay_counts(spectrum, EDGES, SMEARED), rel=1e-6)


def test_nothing_of_a_decay_far_below_the_bins():
    spectrum = VisibleSpectrum((Continuum(1.0, 0.0, 0.05, 20, 40),))
    assert decay_counts(spectrum, EDGES, Response()).sum() == 0.0
