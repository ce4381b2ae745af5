"""Gammas from outside: Compton scattering against integrals and tables, the slab against a simulation and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import exp1, expn

from numm_stats.backgrounds.external import (
    EXTERNAL_GAMMAS,
    LOWEST_TAIL_MEV,
    GammaTail,
    attenuation_per_cm,
    external_gammas,
    klein_nishina_cm2,
    klein_nishina_cm2_per_mev,
    slab_gammas,
)
from numm_stats.detectors.borexino import borexino_response
from numm_stats.detectors.response import Response
from numm_stats.errors import InputError
from numm_stats.physics.constants import AVOGADRO_PER_MOL, ELECTRON_MASS_MEV
from numm_stats.templates.decays import decay_counts
from numm_stats.templates.hits import decay_hits

THOMSON_CM2 = 6.6524587e-25  # CODATA 2018
PSEUDOCUMENE_ELECTRONS_PER_CM3 = 0.88 * AVOGADRO_PER_MOL * (9 * 6 + 12) / (9 * 12.011 + 12 * 1.008)


def integral(energy, values):
    return float(0.5 * (values[1:] + values[:-1]) @ np.diff(energy))


def scattered_range(energy):
    return energy / (1 + 2 * energy / ELECTRON_MASS_MEV), energy


@settings(max_examples=25, deadline=None)
@given(energy=st.floats(0.05, 5.0))
def test_the_total_is_the_integral_over_energies(energy):
    total, _ = quad(
        lambda after: float(klein_nishina_cm2_per_mev(energy, after)) / THOMSON_CM2, *scattered_range(energy)
    )
    assert float(klein_nishina_cm2(energy)) / THOMSON_CM2 == pytest.approx(total, rel=1e-8)
    lowest, highest = scattered_range(energy)
    assert klein_nishina_cm2_per_mev(energy, [0.99 * lowest, 1.01 * highest]).tolist() == [0.0, 0.0]


def test_soft_gammas_scatter_as_thomson_says():
    for k in (2e-3, 1e-2):  # first orders in E / m: 1 - 2 k + 26/5 k^2
        ratio = float(klein_nishina_cm2(k * ELECTRON_MASS_MEV)) / THOMSON_CM2
        assert ratio == pytest.approx(1 - 2 * k + 5.2 * k**2, abs=20 * k**3)


def test_a_gamma_of_1_mev_gives_the_electron_0_440_mev():
    """The mean recoil in textbook tables, recalled."""
    given_away, _ = quad(
        lambda after: (1 - after) * float(klein_nishina_cm2_per_mev(1.0, after)) / THOMSON_CM2, *scattered_range(1.0)
    )
    assert given_away * THOMSON_CM2 / float(klein_nishina_cm2(1.0)) == pytest.approx(0.440, abs=5e-4)


# NIST, X-ray mass attenuation coefficients (database 126), water [MeV, cm2/g]; coherent scattering, 0.1 % at 1 MeV, is
# not of ours, and at the end pairs are missing from it, more of them in oxygen than in carbon
@pytest.mark.parametrize(
    ("energy", "tabulated", "missing"),
    [(0.6, 0.08956, 0.003), (1.0, 0.07072, 0.002), (1.5, 0.05754, 0.004), (2.0, 0.04942, 0.011), (3.0, 0.03969, 0.031)],
)
def test_attenuation_in_water(energy, tabulated, missing):
    per_gram = float(klein_nishina_cm2(energy)) * AVOGADRO_PER_MOL * 10 / 18.0153
    assert 0.0 < 1 - per_gram / tabulated < missing


def test_attenuation_in_pseudocumene():
    energies = np.array([0.5, 1.4608, 2.6145])
    expected = PSEUDOCUMENE_ELECTRONS_PER_CM3 * klein_nishina_cm2(energies)
    np.testing.assert_allclose(attenuation_per_cm(energies), expected, rtol=2e-4)


@pytest.mark.parametrize("line_mev", [1.4608, 2.6145])
@pytest.mark.parametrize(("buffer_cm", "scintillator_cm"), [(40.0, 0.0), (60.0, 30.0), (260.0, 145.0)])
def test_what_never_scattered_and_what_scattered_forward(line_mev, buffer_cm, scintillator_cm):
    """E_2(tau) for the line; beside it once, straight on: n d sigma/dE' buffer E_1(tau). The grid costs 3 %."""
    line, energy, scattered = slab_gammas(line_mev, buffer_cm, scintillator_cm)
    depth = float(attenuation_per_cm(line_mev)) * (buffer_cm + scintillator_cm)
    forward = PSEUDOCUMENE_ELECTRONS_PER_CM3 * float(klein_nishina_cm2_per_mev(line_mev, line_mev)) * buffer_cm
    assert (energy[0], energy[-1]) == pytest.approx((LOWEST_TAIL_MEV, line_mev))
    assert line == pytest.approx(expn(2, depth), rel=0.03)
    assert scattered[-1] == pytest.approx(forward * exp1(depth), rel=0.03)
    assert (scattered > 0.0).all()


def simulated(line_mev, buffer_cm, scintillator_cm, gammas, seed):
    """Energies and weights of gammas followed one by one through a buffer, those that turn back among them."""
    rng = np.random.default_rng(seed)
    depth, cosine, energy = np.zeros(gammas), rng.uniform(0.0, 1.0, gammas), np.full(gammas, line_mev)
    inside, through = np.arange(gammas), np.zeros(gammas, dtype=bool)
    while len(inside):
        depth[inside] += cosine[inside] * rng.exponential(1 / attenuation_per_cm(energy[inside]))
        through[inside] = depth[inside] > buffer_cm
        inside = inside[(depth[inside] > 0.0) & ~through[inside]]
        turn = simulated_angle(energy[inside], rng)
        energy[inside] /= 1 + energy[inside] / ELECTRON_MASS_MEV * (1 - turn)
        side = np.cos(rng.uniform(0.0, np.pi, len(inside)))
        cosine[inside] = cosine[inside] * turn + np.sqrt((1 - cosine[inside] ** 2) * (1 - turn**2)) * side
        inside = inside[energy[inside] > LOWEST_TAIL_MEV]
    weight = np.exp(-scintillator_cm * attenuation_per_cm(energy[through]) / cosine[through]) / gammas
    return energy[through], weight


def simulated_angle(energy, rng):
    """Cosines of Compton scattering by rejection from d sigma / d Omega, which is largest forwards."""
    cosine, left = np.empty(len(energy)), np.arange(len(energy))
    while len(left):
        tried = rng.uniform(-1.0, 1.0, len(left))
        kept = 1 / (1 + energy[left] / ELECTRON_MASS_MEV * (1 - tried))
        accepted = rng.uniform(0.0, 1.0, len(left)) < 0.5 * kept**2 * (kept + 1 / kept - 1 + tried**2)
        cosine[left[accepted]] = tried[accepted]
        left = left[~accepted]
    return cosine


@pytest.mark.parametrize("line_mev", [1.4608, 2.6145])
def test_the_slab_against_a_simulation(line_mev):
    """Any number of scatterings, in all directions: four standard errors, and 4 % for the grid and turning back."""
    buffer_cm, scintillator_cm = 60.0, 30.0
    simulated_mev, weight = simulated(line_mev, buffer_cm, scintillator_cm, 400_000, seed=20)
    line, energy, scattered = slab_gammas(line_mev, buffer_cm, scintillator_cm)
    edges = line_mev * np.array([0.3, 0.45, 0.6, 0.7, 0.8, 0.9, 1.0])
    fine = np.linspace(edges[0], line_mev, 6001)
    per_step = np.interp(0.5 * (fine[1:] + fine[:-1]), energy, scattered) * (fine[1] - fine[0])
    expected = np.append(np.add.reduceat(per_step, np.searchsorted(fine, edges[:-1])), line)
    edges = np.concatenate([edges[:-1], [line_mev * (1 - 1e-12), line_mev * (1 + 1e-12)]])
    seen, variance = (np.histogram(simulated_mev, edges, weights=weight**power)[0] for power in (1, 2))
    assert (np.abs(seen - expected) < 4 * np.sqrt(variance) + 0.04 * expected).all()


@pytest.mark.parametrize("nuclide", EXTERNAL_GAMMAS)
def test_one_event_in_all(nuclide):
    spectrum = external_gammas(nuclide)
    assert spectrum.above(0.0) == pytest.approx(1.0, rel=1e-12)
    assert len(spectrum.lines) == len(spectrum.continua) == len(EXTERNAL_GAMMAS[nuclide])
    # nothing that counts is missing below the tail's end
    assert float(spectrum.density(LOWEST_TAIL_MEV)) * LOWEST_TAIL_MEV < 1e-4
    mean = sum(tail.weight * tail.mean_mev() for tail in spectrum.continua) + sum(e * w for e, w in spectrum.lines)
    assert spectrum.mean_mev() == pytest.approx(mean)


def test_share_of_the_lines():
    """Also a record: 60 to 75 % have lost some energy, the more the softer the line."""
    shares = {name: sum(weight for _, weight in external_gammas(name).lines) for name in EXTERNAL_GAMMAS}
    assert shares == pytest.approx({"K40": 0.250, "Bi214": 0.333, "Tl208": 0.365}, abs=0.002)


def test_more_buffer_more_tail_more_scintillator_less():
    def line(buffer_cm, scintillator_cm):
        return external_gammas("K40", buffer_cm, scintillator_cm=scintillator_cm).lines[0][1]

    assert line(1.0, 0.0) > 0.9
    assert line(100.0, 50.0) > line(200.0, 50.0) > line(260.0, 50.0)
    assert line(100.0, 0.0) < line(100.0, 50.0) < line(100.0, 150.0)


def test_lines_of_bismuth_arrive_by_intensity_and_attenuation():
    lines = dict(external_gammas("Bi214").lines)
    depth = 405.0 * attenuation_per_cm([1.7645, 2.2041])
    expected = 15.29 / 4.92 * expn(2, depth[0]) / expn(2, depth[1])
    assert lines[1.7645] / lines[2.2041] == pytest.approx(expected, rel=0.02)
    assert max(lines, key=lines.get) == 2.2041


def test_a_tail_by_hand():
    tail = GammaTail(0.5, (1.0, 2.0, 3.0), (0.0, 1.0, 0.0))
    assert tail.offset_mev == 1.0
    assert tail.mean_mev() == pytest.approx(2.0)
    assert tail.density([0.5, 1.5, 2.0, 3.5]).tolist() == [0.0, 0.25, 0.5, 0.0]
    assert [tail.above(e) for e in (0.0, 1.0, 2.0, 2.5, 3.0, 9.0)] == pytest.approx([0.5, 0.5, 0.25, 0.0625, 0.0, 0.0])
    assert GammaTail(1.0, (0.0, 3.0), (0.0, 2 / 3)).mean_mev() == pytest.approx(2.0)


@settings(max_examples=20, deadline=None)
@given(threshold=st.floats(0.0, 3.5))
def test_above_is_the_integral_of_the_density(threshold):
    for tail in external_gammas("Tl208").continua:
        energy = np.linspace(threshold, 3.5, 40_001)
        values = tail.density(energy)
        assert tail.above(threshold) == pytest.approx(integral(energy, values), abs=1e-4)


@pytest.mark.parametrize("nuclide", EXTERNAL_GAMMAS)
def test_in_bins_of_hits(nuclide):
    response = borexino_response()
    edges = np.concatenate([[-np.inf], np.arange(1.0, 1101.0)])
    spectrum = external_gammas(nuclide)
    counts = decay_hits(spectrum, edges, response)
    # 1100 hits are three standard deviations above the 3.05 MeV of 214Bi, which are 1 %
    assert counts.sum() == pytest.approx(1.0, abs=5e-5)
    expected = sum(weight * float(response.mean_hits(energy)) for energy, weight in spectrum.lines)
    for tail in spectrum.continua:
        low, high = tail.energies_mev[0], tail.energies_mev[-1]
        energy = np.linspace(low, high, 4001)
        expected += integral(energy, tail.density(energy) * response.mean_hits(energy))
    assert counts @ (np.arange(1100.0) + 0.5) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("nuclide", EXTERNAL_GAMMAS)
def test_in_bins_of_energy(nuclide):
    edges = np.array([0.1, 0.5, 1.03, 1.5, 1.9, 2.3, 3.1])
    spectrum = external_gammas(nuclide)
    shares = -np.diff([spectrum.above(edge) for edge in edges])
    assert decay_counts(spectrum, edges, Response()) == pytest.approx(shares, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"nuclide": "Tl209"}, "'Tl209' is unknown.*Tl208"),
        ({"nuclide": "K40", "buffer_cm": 0.0}, "buffer_cm = 0.0"),
        ({"nuclide": "K40", "buffer_cm": np.inf}, "buffer_cm = inf"),
        ({"nuclide": "K40", "scintillator_cm": -1.0}, "scintillator_cm = -1.0"),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        external_gammas(**arguments)
