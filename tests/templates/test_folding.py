"""The fold against a second way: neutrinos integrated first, by moments of 1/E, and a Gaussian smeared by hand."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import dblquad, quad, simpson

from numm_stats.detectors.response import Efficiency, Resolution, Response
from numm_stats.errors import InputError
from numm_stats.physics.constants import ELECTRON_MASS_MEV, FERMI_CONSTANT_PER_MEV2
from numm_stats.physics.kinematics import maximum_recoil_mev, minimum_neutrino_energy_mev
from numm_stats.physics.magnetic import MAGNETIC_PREFACTOR_CM2, total_magnetic_cross_section
from numm_stats.physics.weak import WEAK_PREFACTOR_CM2_PER_MEV, CouplingScheme, total_weak_cross_section
from numm_stats.sources.isodar import isodar
from numm_stats.sources.lines import monoenergetic
from numm_stats.sources.numi import numi
from numm_stats.templates.folding import fold
from numm_stats.templates.interactions import MagneticSignal, MediatorSignal, weak

MOMENT, COUPLING = 3e-11, 6e-7
VECTOR = MediatorSignal("vector", COUPLING)
WEAK = weak(CouplingScheme())
MAGNETIC = MagneticSignal(MOMENT).terms[0].cross_section
CROSS_SECTIONS = (WEAK, MAGNETIC, *(term.cross_section for term in VECTOR.terms))
SOURCE = isodar()
SIN2 = 0.2312


@pytest.fixture(scope="module")
def moments():
    """I_n(E_min) = int_{E_min} phi E^-n dE, n = 0, 1, 2, by the trapezoid rule in steps of 0.5 keV."""
    energy = np.linspace(0.0, 16.0, 32001)[1:]
    density = SOURCE.components[0].continuum.density(energy)
    step = energy[1] - energy[0]
    integrals = []
    for power in range(3):
        y = density / energy**power
        above = np.concatenate([np.cumsum((0.5 * step * (y[1:] + y[:-1]))[::-1])[::-1], [0.0]])
        integrals.append(above)
    return energy, integrals


@pytest.fixture(scope="module")
def spectra(moments):
    """S(T) of weak, magnetic, vector g^2 and g^4: each cross section is a polynomial of 1/E at fixed T."""
    energy, integrals = moments

    def at(recoil):
        i0, i1, i2 = (np.interp(minimum_neutrino_energy_mev(recoil), energy, values) for values in integrals)
        left, right, mass = SIN2, SIN2 + 0.5, ELECTRON_MASS_MEV  # of the antineutrino
        forward = i0 - 2 * recoil * i1 + recoil**2 * i2
        shift = COUPLING**2 / (2 * np.sqrt(2) * FERMI_CONSTANT_PER_MEV2 * 2 * mass * recoil)
        weak_part = left**2 * i0 + right**2 * forward - left * right * mass * recoil * i2
        linear = shift * (2 * left * i0 + 2 * right * forward - (left + right) * mass * recoil * i2)
        quartic = shift**2 * (i0 + forward - mass * recoil * i2)
        magnetic = MAGNETIC_PREFACTOR_CM2 * MOMENT**2 * (i0 / recoil - i1)
        scale = WEAK_PREFACTOR_CM2_PER_MEV
        return np.array([scale * weak_part, magnetic, scale * linear, scale * quartic])

    return at


def trapezoid_in_log(spectra, low, high, points=4001):
    recoil = np.geomspace(low, high, points)
    return np.trapezoid(spectra(recoil) * recoil, np.log(recoil), axis=1)


# the fold's own error is 4e-7 at low recoils; 2e-6 leaves room for the trapezoid's linear interpolation of I_n
@pytest.mark.parametrize(
    ("edges", "tolerance"),
    [
        ([0.2, 0.3, 0.4, 0.5], 2e-6),
        ([0.01, 1.0], 2e-6),
        ([1.0, 3.0, 9.0], 5e-6),
        ([11.9, 12.0], 3e-5),  # the last quadrature panels of the spectrum, whose density falls by powers there
        ([0.2, 12.0], 2e-6),
    ],
)
def test_bins_of_isodar_without_smearing(spectra, edges, tolerance):
    found = fold(SOURCE, CROSS_SECTIONS, np.array(edges), Response())
    expected = np.array([trapezoid_in_log(spectra, *pair) for pair in pairwise(edges)]).T
    assert found == pytest.approx(expected, rel=tolerance, abs=0)


def test_one_bin_against_scipy_in_both_dimensions():
    """The same by `dblquad` over the first bin of JUNO, magnetic: no code of ours but spectrum and formula."""
    density = SOURCE.components[0].continuum.density

    def integrand(energy, recoil):
        return float(density(np.array(energy))) * (1 / recoil - 1 / energy)

    def minimum(recoil):
        return float(minimum_neutrino_energy_mev(recoil))

    # epsrel 1e-6: the table of 10 keV steps has kinks that an adaptive rule needs long for below that
    bracket = dblquad(integrand, 0.2, 0.3, minimum, 16.0, epsabs=0, epsrel=1e-6)[0]
    found = fold(SOURCE, [MAGNETIC], np.array([0.2, 0.3]), Response())[0, 0]
    assert found == pytest.approx(bracket * MAGNETIC_PREFACTOR_CM2 * MOMENT**2, rel=1e-5, abs=0)


def test_a_wide_bin_by_its_midpoint_is_off_where_the_fold_is_not(spectra):
    edges = np.array([0.01, 1.0])
    exact = trapezoid_in_log(spectra, 0.01, 1.0)
    midpoint = spectra(np.array([0.505]))[:, 0] * 0.99
    # a magnetic signal of 1/T: ln(100) = 4.6 against 0.99 / 0.505 = 2; g^4 with 1/T^2: 99 against 3.9
    assert np.all(np.abs(midpoint[1:] / exact[1:] - 1) > 0.3)
    assert np.all(np.abs(midpoint / exact - 1) > 1e-4)
    assert fold(SOURCE, CROSS_SECTIONS, edges, Response())[:, 0] == pytest.approx(exact, rel=2e-6, abs=0)


def test_the_midpoint_is_off_by_more_than_a_percent_in_the_first_bin_above_threshold(spectra):
    midpoint = spectra(np.array([0.25]))[:, 0] * 0.1
    assert abs(midpoint[1] / trapezoid_in_log(spectra, 0.2, 0.3)[1] - 1) > 0.01


def smeared_by_hand(spectra, edges, width_mev, scale=1.0):
    """int dT S(T) G(E'; scale T, width) on dense grids, the visible energy by Simpson's rule in each bin."""
    recoil = np.geomspace(2e-3, 15.9, 6001)
    weighted = spectra(recoil) * recoil
    rows = []
    for low, high in pairwise(edges):
        visible = np.linspace(low, high, 2 * max(8, int(8 * (high - low) / width_mev(low))) + 1)
        mean, sigma = scale * recoil[:, None], width_mev(scale * recoil)[:, None]
        gaussian = np.exp(-0.5 * ((visible - mean) / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma)
        probability = simpson(gaussian, x=visible, axis=1)
        rows.append(np.trapezoid(weighted * probability, np.log(recoil), axis=1))
    return np.array(rows).T


# 3 % is JUNO, 6.4 % KamLAND; at 0.5 % panels were once too wide (5e-4 off)
@pytest.mark.parametrize(
    ("resolution", "edges"),
    [
        (Resolution(0.03), [0.2, 0.3, 0.4]),
        (Resolution(0.064), [0.2, 0.3, 0.4]),
        (Resolution(0.03), [3.0, 3.1, 3.2]),
        (Resolution(0.064), [3.0, 3.1, 9.0]),
        (Resolution(0.005), [3.0, 3.1, 3.2]),
        (Resolution(0.03, 0.01, 0.02), [0.2, 0.3, 1.0]),
    ],
)
def test_bins_with_resolution_against_a_gaussian_smeared_by_hand(spectra, resolution, edges):
    def width(energy):
        return np.sqrt(
            resolution.stochastic**2 * energy + (resolution.constant * energy) ** 2 + resolution.noise_mev**2
        )

    found = fold(SOURCE, CROSS_SECTIONS, np.array(edges), Response(resolution))
    # 1e-5: Simpson in the visible energy and 6,000 recoils; the fold itself is better
    assert found == pytest.approx(smeared_by_hand(spectra, edges, width), rel=1e-5, abs=0)


@pytest.mark.parametrize("constant", [0.15, 0.2, 0.3])
def test_a_constant_resolution_gathers_recoils_from_far_above(spectra, constant):
    """With sigma = c T recoils at 7 sigma(T) lie without end above the bin for c > 1/7: 2 % of vector counts at 0.3."""
    edges = [0.2, 0.3, 0.4]
    found = fold(SOURCE, CROSS_SECTIONS, np.array(edges), Response(Resolution(constant=constant)))
    assert found == pytest.approx(smeared_by_hand(spectra, edges, lambda energy: constant * energy), rel=1e-5, abs=0)


@pytest.mark.parametrize("stochastic", [0.03, 0.064])
def test_smearing_conserves_the_sum_far_from_the_edges(stochastic):
    """A line of 3 MeV whose recoils from 1 MeV on are kept: all of them are seen between 0.3 and 4 MeV."""
    source = monoenergetic([3.0], [1.0], "nu_e")
    kept = Efficiency((1.0, 1.0 + 1e-9), (0.0, 1.0))
    edges = np.linspace(0.3, 4.0, 38)
    sharp = fold(source, [WEAK, MAGNETIC], edges, Response(efficiency=kept)).sum(axis=1)
    seen = fold(source, [WEAK, MAGNETIC], edges, Response(Resolution(stochastic), kept)).sum(axis=1)
    assert seen == pytest.approx(sharp, rel=1e-7, abs=0)  # both are Gauss-Legendre on different panels
    total = [
        float(total_weak_cross_section(3.0, "nu_e", threshold_mev=1.0)),
        float(total_magnetic_cross_section(3.0, 1.0, 9.0, MOMENT)),
    ]
    assert seen == pytest.approx(total, rel=1e-7, abs=0)


@pytest.mark.parametrize("flavour", ["nu_e", "nu_mu", "nu_e_bar"])
def test_a_line_has_closed_forms(flavour):
    """Maximum recoil of 0.862 MeV neutrinos is 0.6649 MeV, inside the third bin; the last bin stays empty."""
    edges = np.array([0.1, 0.2, 0.45, 0.7, 0.9])
    found = fold(monoenergetic([0.862], [2.5], flavour), [WEAK, MAGNETIC], edges, Response())
    weak_above = total_weak_cross_section(0.862, flavour, threshold_mev=edges)
    magnetic = [float(total_magnetic_cross_section(0.862, low, high, MOMENT)) for low, high in pairwise(edges)]
    # eight Gauss nodes on panels of at most a factor two integrate 1/T to 1e-10
    assert found[0] == pytest.approx(-2.5 * np.diff(weak_above), rel=1e-9, abs=0)
    assert found[1] == pytest.approx(2.5 * np.array(magnetic), rel=1e-9, abs=0)
    assert found[0, 3] == 0.0


def test_several_lines_whose_edges_fall_inside_bins():
    """51Cr: 0.4273, 0.4323, 0.7473, 0.7523 MeV; each edge is a step of S(T) that a panel must end at."""
    energies, shares = np.array([0.4273, 0.4323, 0.7473, 0.7523]), np.array([0.09, 0.009, 0.816, 0.085])
    edges = np.array([0.05, 0.3, 0.6])
    found = fold(monoenergetic(energies, shares, "nu_e"), [WEAK], edges, Response())[0]
    above = shares @ total_weak_cross_section(energies[:, None], "nu_e", threshold_mev=edges)
    assert found == pytest.approx(-np.diff(above), rel=1e-9, abs=0)


def test_a_smeared_line_against_quad():
    """The Compton-like edge of a 0.862 MeV line seen with 6.4 %, also in the bin above it."""
    edges, width = np.array([0.3, 0.6, 0.7, 0.9]), 0.064
    found = fold(monoenergetic([0.862], [1.0], "nu_e"), [WEAK], edges, Response(Resolution(width)))[0]
    top = float(maximum_recoil_mev(0.862))

    def smeared(visible):
        def integrand(recoil):
            sigma = width * np.sqrt(recoil)
            gaussian = np.exp(-0.5 * ((visible - recoil) / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma)
            return float(WEAK(np.array(0.862), np.array(recoil), "nu_e")) * gaussian * 1e45

        near = [p for p in (visible - 0.1, visible, visible + 0.1) if 0.05 < p < top]
        return quad(integrand, 0.05, top, points=near, epsabs=1e-12, limit=200)[0]

    nodes, weights = np.polynomial.legendre.leggauss(20)
    for count, (low, high) in zip(found, pairwise(edges), strict=True):
        visible = 0.5 * (low + high) + 0.5 * (high - low) * nodes
        expected = 0.5 * (high - low) * sum(w * smeared(v) for w, v in zip(weights, visible, strict=True))
        # 20 Gauss nodes over bins of two to six standard deviations: 1e-6
        assert count * 1e45 == pytest.approx(expected, rel=2e-6, abs=0)


@pytest.mark.parametrize("scale", [0.99, 1.01, 1.3])
def test_an_energy_scale_is_the_same_as_edges_divided_by_it(spectra, scale):
    edges = np.array([0.2, 0.3, 0.4, 3.0])
    found = fold(SOURCE, CROSS_SECTIONS, edges, Response(scale=scale))
    # the same panels: equal to rounding
    assert found == pytest.approx(fold(SOURCE, CROSS_SECTIONS, edges / scale, Response()), rel=1e-12, abs=0)
    assert found[:, 0] == pytest.approx(trapezoid_in_log(spectra, 0.2 / scale, 0.3 / scale), rel=2e-6, abs=0)


def test_scale_and_resolution_together(spectra):
    edges = [0.2, 0.3, 0.4]
    found = fold(SOURCE, CROSS_SECTIONS, np.array(edges), Response(Resolution(0.064), scale=1.03))
    expected = smeared_by_hand(spectra, edges, lambda energy: 0.064 * np.sqrt(energy), scale=1.03)
    assert found == pytest.approx(expected, rel=1e-5, abs=0)


def test_efficiency_steps_inside_a_bin(spectra):
    step = Efficiency((0.5, 0.5 + 1e-9), (0.2, 0.8))
    found = fold(SOURCE, CROSS_SECTIONS, np.array([0.2, 1.0]), Response(efficiency=step))[:, 0]
    expected = 0.2 * trapezoid_in_log(spectra, 0.2, 0.5) + 0.8 * trapezoid_in_log(spectra, 0.5, 1.0)
    assert found == pytest.approx(expected, rel=2e-6, abs=0)


def test_bins_are_additive():
    fine = np.linspace(0.2, 12.0, 119)
    for response in (Response(), Response(Resolution(0.03))):
        many = fold(SOURCE, CROSS_SECTIONS, fine, response)
        few = fold(SOURCE, CROSS_SECTIONS, fine[[0, 10, 118]], response)
        # two sets of panels, each good to 4e-7, dominated by the spectrum's own quadrature
        assert few[:, 0] == pytest.approx(many[:, :10].sum(axis=1), rel=2e-6, abs=0)
        assert few[:, 1] == pytest.approx(many[:, 10:].sum(axis=1), rel=5e-6, abs=0)


def test_a_spectrum_in_bins_numi():
    """Histogram source: the closed-form cross section integrated over each flat bin of each flavour by quad."""
    source = numi()
    edges = np.array([300.0, 500.0, 900.0])
    found = fold(source, [WEAK, MAGNETIC], edges, Response())
    expected = np.zeros((2, 2))
    for component in source.components:
        for low, high, value in zip(*bins_of(component), strict=True):
            for k, (first, last) in enumerate(pairwise(edges)):
                kinks = [float(minimum_neutrino_energy_mev(t)) for t in (first, last)]
                inside = [e for e in kinks if low < e < high] or None

                def weak_part(energy, flavour=component.flavour, first=first, last=last):
                    above = total_weak_cross_section(energy, flavour, threshold_mev=np.array([first, last]))
                    return float(above[0] - above[1]) * 1e40

                def magnetic(energy, first=first, last=last):
                    return float(total_magnetic_cross_section(energy, first, last, MOMENT)) * 1e40

                for row, function in enumerate((weak_part, magnetic)):
                    expected[row, k] += value * quad(function, low, high, points=inside, epsrel=1e-9)[0] / 1e40
    # S(T) has a kink at the largest recoil of each bin of the flux: 3e-5 on panels of a factor two
    assert found == pytest.approx(expected, rel=1e-4, abs=0)


def bins_of(component):
    edges, values = component.continuum.density.edges_mev, component.continuum.density.values
    return edges[:-1], edges[1:], values


@pytest.mark.parametrize("response", [Response(), Response(Resolution(0.03))])
def test_a_threshold_above_the_endpoint_is_refused(response):
    with pytest.raises(InputError, match=r"threshold 0\.7 MeV is above the largest recoil of lines, 0\.66"):
        fold(monoenergetic([0.862], [1.0], "nu_e"), [WEAK], np.array([0.7, 0.8]), response)


def test_bins_above_the_endpoint_are_empty_not_wrong():
    found = fold(SOURCE, [WEAK], np.array([1.0, 14.0, 16.0, 18.0]), Response())[0]
    assert found[2] == 0.0
    assert found[0] > 0.0


def test_a_bin_from_zero_starts_at_one_electronvolt():
    found = fold(SOURCE, [MAGNETIC, WEAK], np.array([0.0, 0.1]), Response())
    assert np.isfinite(found).all()
    from_1_ev = fold(SOURCE, [MAGNETIC, WEAK], np.array([1e-6, 0.1]), Response())
    assert found == pytest.approx(from_1_ev, rel=1e-12, abs=0)
