"""Counts in energy and angle against the fold without angles, adaptive integrals, and a smearing by hand."""

import numpy as np
import pytest
from scipy.integrate import dblquad, quad

from numm_stats.detectors.response import Efficiency, Resolution, Response
from numm_stats.errors import InputError
from numm_stats.physics.beta import antineutrino_spectrum
from numm_stats.physics.kinematics import cos_theta, maximum_recoil_mev, recoil_mev_at_angle
from numm_stats.physics.magnetic import magnetic_cross_section
from numm_stats.physics.weak import CouplingScheme, weak_cross_section
from numm_stats.sources.isodar import isodar
from numm_stats.sources.lines import monoenergetic
from numm_stats.sources.normalisation import ShapeOnly
from numm_stats.sources.source import Component, Continuum, Source
from numm_stats.templates.angular import double_differential, fold_angular
from numm_stats.templates.angular_bins import AngularBins, AngularResolution, angular_histogram, recoil_histograms
from numm_stats.templates.folding import fold, recoil_spectra
from numm_stats.templates.interactions import MagneticSignal, weak

STRONTIUM_MEV, YTTRIUM_MEV = 0.5459, 2.2787
MOMENT = 6e-11
CROSS_SECTIONS = (weak(CouplingScheme()), MagneticSignal(MOMENT).terms[0].cross_section)
# an edge where the recoils of 90Sr end: its antineutrino spectrum stops at a step
EDGES = np.array([0.1, 0.2, float(maximum_recoil_mev(STRONTIUM_MEV)), 0.7, 1.2, 2.1])
ALL_COSINES = AngularBins(tuple(np.linspace(-1.0, 1.0, 21)))
ALL_ANGLES = AngularBins((*np.linspace(0.0, 1.5, 16), np.pi), "theta")
HELLAZ = AngularResolution(35.0)
SMEARED = Response(Resolution(stochastic=0.05), Efficiency((0.1, 0.5), (0.5, 1.0)), scale=1.02, cut_shift_mev=0.01)


def density(energy):
    strontium = antineutrino_spectrum(energy, STRONTIUM_MEV, 39, 90, "unique")
    return 0.5 * (strontium + antineutrino_spectrum(energy, YTTRIUM_MEV, 40, 90, "unique"))


PANELS = np.concatenate([np.linspace(0, STRONTIUM_MEV, 11), np.linspace(STRONTIUM_MEV, YTTRIUM_MEV, 11)[1:]])
SOURCE = Source("90Sr-90Y", (Component("nu_e_bar", continuum=Continuum(PANELS, density)),), ShapeOnly())
LINES = monoenergetic([0.747, 0.427], [0.9, 0.1])
MIXED = Source("mixed", (*SOURCE.components, *LINES.components), ShapeOnly())


@pytest.mark.parametrize("bins", [ALL_COSINES, ALL_ANGLES])
@pytest.mark.parametrize("resolution", [AngularResolution(), HELLAZ, AngularResolution(200.0)])
@pytest.mark.parametrize("response", [Response(), SMEARED])
@pytest.mark.parametrize("source", [SOURCE, LINES, MIXED])
def test_all_angles_together_are_the_fold(source, response, resolution, bins):
    edges = EDGES[: np.searchsorted(EDGES, maximum_recoil_mev(source.maximum_energy_mev)) + 1]
    counts = fold_angular(source, CROSS_SECTIONS, edges, bins, response=response, resolution=resolution)
    assert counts.shape == (2, len(edges) - 1, bins.number)
    expected = fold(source, CROSS_SECTIONS, edges, response)
    assert counts.sum(axis=2) == pytest.approx(expected, rel=1e-5, abs=0)


def test_a_spectrum_of_many_panels_adds_up_too():
    edges = np.array([0.5, 1.0, 3.0, 8.0])
    counts = fold_angular(isodar(), CROSS_SECTIONS, edges, ALL_COSINES, response=Response(), resolution=HELLAZ)
    assert counts.sum(axis=2) == pytest.approx(fold(isodar(), CROSS_SECTIONS, edges, Response()), rel=1e-5, abs=0)


@pytest.mark.parametrize("recoil", [0.05, 0.3, 1.0, 1.9])
def test_double_differential_integrates_to_the_recoil_spectrum(recoil):
    lowest, ends = float(cos_theta(YTTRIUM_MEV, recoil)), [float(cos_theta(STRONTIUM_MEV, recoil))]
    expected = recoil_spectra(SOURCE, CROSS_SECTIONS, np.array([recoil]))[:, 0]
    for k in range(2):

        def curve(cosine, k=k):
            return 1e45 * float(double_differential(SOURCE, CROSS_SECTIONS, recoil, cosine)[k])

        total = quad(curve, lowest, 1.0, points=[c for c in ends if lowest < c < 1.0] or None, epsrel=1e-8)[0]
        assert 1e-45 * total == pytest.approx(expected[k], rel=1e-5, abs=0)


def test_one_bin_is_the_integral_over_its_area():
    edges, bins = np.array([0.6, 0.8]), AngularBins((0.85, 0.9))

    def curve(cosine, recoil):
        return 1e45 * float(double_differential(SOURCE, CROSS_SECTIONS[:1], recoil, cosine)[0])

    expected = 1e-45 * dblquad(curve, 0.6, 0.8, 0.85, 0.9, epsrel=1e-7)[0]
    counts = fold_angular(SOURCE, CROSS_SECTIONS, edges, bins, response=Response(), resolution=AngularResolution())
    assert counts[0, 0, 0] == pytest.approx(expected, rel=1e-5, abs=0)


def test_a_line_fills_the_recoils_of_the_bin():
    low, high = (float(recoil_mev_at_angle(0.747, c)) for c in (0.7, 0.9))
    source, edges = monoenergetic(0.747, 1.0), np.array([0.01, 0.6])
    counts = fold_angular(
        source, CROSS_SECTIONS, edges, AngularBins((0.7, 0.9)), response=Response(), resolution=AngularResolution()
    )[:, 0, 0]
    expected = [
        quad(lambda t: 1e45 * float(weak_cross_section(0.747, t, "nu_e")), low, high)[0],
        quad(lambda t: 1e45 * float(magnetic_cross_section(0.747, t, MOMENT)), low, high)[0],
    ]
    assert 1e45 * counts == pytest.approx(expected, rel=1e-7, abs=0)


@pytest.mark.parametrize("true", [0.0, 0.02, 0.3, 1.4])
def test_resolution_is_a_gaussian_in_two_projections(true):
    edges = np.array([0.0, 0.03, 0.08, 0.3, 0.36, 1.4, np.pi])
    generator = np.random.default_rng(7)
    number = 400_000
    # a direction scattered on the sphere, Fisher's cosine by its inverse
    kappa = 0.035**-2
    cosine = 1 + np.log1p(-generator.random(number) * -np.expm1(-2 * kappa)) / kappa
    azimuth = 2 * np.pi * generator.random(number)
    seen = np.arccos(np.cos(true) * cosine - np.sin(true) * np.sqrt(1 - cosine**2) * np.cos(azimuth))
    expected = np.histogram(seen, edges)[0] / number
    found = HELLAZ.binning(edges)(np.array([true]))[0]
    assert found == pytest.approx(expected, abs=5 * 0.5 / np.sqrt(number))
    assert found.sum() == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("true", [0.0, 0.031, 0.5, 1.2])
def test_binning_matches_adaptive_integration(true):
    kappa = 0.035**-2

    def curve(azimuth, seen):
        cosine = np.cos(true) * np.cos(seen) + np.sin(true) * np.sin(seen) * np.cos(azimuth)
        return kappa / np.pi * np.exp(kappa * (cosine - 1)) * np.sin(seen)

    low, high = max(true - 0.05, 0.0), true + 0.02
    expected = dblquad(curve, low, high, 0.0, np.pi, epsrel=1e-9)[0]
    assert HELLAZ.binning(np.array([low, high]))(np.array([true]))[0, 0] == pytest.approx(expected, abs=3e-5)


@pytest.mark.parametrize("resolution", [AngularResolution(), HELLAZ])
@pytest.mark.parametrize("edges", [[0.0, 0.3, 0.31, 1.0], [0.2, 0.9, np.pi]])
def test_filling_is_weights_times_probabilities(resolution, edges):
    generator = np.random.default_rng(3)
    angles, weights = generator.uniform(0.0, np.pi / 2, (7, 90)), generator.uniform(-1.0, 1.0, (2, 7, 90))
    expected = np.einsum("kta,tam->ktm", weights, resolution.binning(np.array(edges))(angles))
    found = resolution.filling(np.array(edges))(angles, list(weights))
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_bins_much_finer_than_the_resolution_add_up_to_wide_ones():
    wide, fine = (AngularBins(tuple(np.linspace(0.0, 1.4, n + 1)), "theta") for n in (14, 700))
    many, few = (
        fold_angular(SOURCE, CROSS_SECTIONS, EDGES, bins, response=SMEARED, resolution=HELLAZ) for bins in (fine, wide)
    )
    assert many.reshape(2, 5, 14, 50).sum(axis=3) == pytest.approx(few, rel=1e-5, abs=1e-8 * few.max())


def test_a_resolution_that_vanishes_is_none():
    arguments = (SOURCE, CROSS_SECTIONS, EDGES[2:4], AngularBins((0.0, 0.4, 0.8), "theta"))
    perfect, fine, double = (
        fold_angular(*arguments, response=Response(), resolution=AngularResolution(sigma)) for sigma in (0.0, 4.0, 8.0)
    )
    # diffusion across an edge goes as sigma^2, which two widths extrapolate away
    assert (4 * fine - double) / 3 == pytest.approx(perfect, rel=2e-5, abs=0)
    assert fine != pytest.approx(perfect, rel=2e-5, abs=0)


def test_cosines_and_angles_are_the_same_bins():
    cosines = AngularBins((0.2, 0.5, 0.9, 1.0))
    turned = AngularBins(tuple(np.arccos([1.0, 0.9, 0.5, 0.2])), "theta")
    one, other = (
        fold_angular(SOURCE, CROSS_SECTIONS, EDGES, bins, response=SMEARED, resolution=HELLAZ)
        for bins in (cosines, turned)
    )
    assert one == pytest.approx(other[:, :, ::-1], rel=1e-12)


def test_histogram_carries_its_axes():
    bins = AngularBins((0.0, 0.5, 1.0), "theta")
    counts = np.arange(6.0).reshape(3, 2)
    filled = angular_histogram(counts, np.array([0.1, 0.2, 0.3, 0.4]), bins)
    assert [(axis.name, axis.unit) for axis in filled.axes] == [("recoil", "MeV"), ("theta", "rad")]
    assert filled.axes[1].label == "Angle [rad]"
    assert filled.values().tolist() == counts.tolist()
    parts = recoil_histograms(filled)
    assert [part.values().tolist() for part in parts] == counts.T.tolist()
    assert parts[0].axes[0].label == "Recoil energy [MeV]"


@pytest.mark.parametrize(
    ("edges", "variable", "message"),
    [
        ((0.0, 1.0), "cos", "allowed: cos_theta, theta"),
        ((0.0,), "cos_theta", "two or more"),
        ((0.5, 0.5), "cos_theta", "increasing"),
        ((-1.5, 0.5), "cos_theta", "from -1 to 1"),
        ((0.0, 4.0), "theta", r"from 0 to 3\.14159"),
        ((0.0, float("nan")), "theta", "increasing"),
    ],
)
def test_refused_bins(edges, variable, message):
    with pytest.raises(InputError, match=message):
        AngularBins(edges, variable)


@pytest.mark.parametrize("sigma", [-1.0, 0.1, 1e4, float("nan")])
def test_refused_resolution(sigma):
    with pytest.raises(InputError, match="angular_resolution_mrad"):
        AngularResolution(sigma)


def test_refused_sources():
    with pytest.raises(InputError, match="has lines"):
        double_differential(LINES, CROSS_SECTIONS, 0.1, 0.9)
    with pytest.raises(InputError, match=r"threshold 3 MeV is above the largest recoil"):
        fold_angular(SOURCE, CROSS_SECTIONS, np.array([3.0, 4.0]), ALL_COSINES, response=Response(), resolution=HELLAZ)
