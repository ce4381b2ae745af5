"""Simulated events against integrals: rates and spectra folded, angles from kinematics, toys from their own laws."""

import tomllib
from dataclasses import fields

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.stats import chi2, expon, kstest, uniform

from numm_stats.detectors.known import known_detector
from numm_stats.detectors.response import Response
from numm_stats.errors import InputError
from numm_stats.physics.constants import ELECTRON_MASS_MEV
from numm_stats.physics.flavours import FLAVOURS
from numm_stats.physics.kinematics import cos_theta
from numm_stats.physics.magnetic import magnetic_cross_section
from numm_stats.physics.weak import CouplingScheme, weak_cross_section
from numm_stats.selections.simulation import truth
from numm_stats.selections.simulation_categories import CATEGORIES, ELASTIC
from numm_stats.selections.simulation_response import RESOLUTION, angle_sigma_rad, reconstruct
from numm_stats.selections.simulation_truth import LOWEST_RECOIL_MEV, TrueEvents, Truth
from numm_stats.selections.simulation_weights import FLUX_UNCERTAINTY, cross_section_weights, universe_weights
from numm_stats.sources.lines import monoenergetic
from numm_stats.templates.folding import fold
from numm_stats.templates.interactions import MagneticSignal, weak

MOMENT = 1e-9
MAGNETIC = MagneticSignal(MOMENT).terms[0].cross_section
COUNT = 200_000


@pytest.fixture(scope="module", params=["forward", "reverse"])
def mode(request):
    return request.param


@pytest.fixture(scope="module")
def drawn(mode):
    return truth(mode).draw(np.random.default_rng(7), COUNT)


@pytest.fixture(scope="module")
def few(drawn):
    """Enough events to see every flavour and bin of the flux factors: 1000 universes of all would be 800 MB."""
    return TrueEvents(*(getattr(drawn, field.name)[:10_000] for field in fields(drawn)))


@pytest.fixture(scope="module")
def seen(drawn):
    return reconstruct(np.random.default_rng(8), drawn)


def chi2_probability(values, weights, edges, expected):
    """Of weighted events in bins, against what an integral expects."""
    counts, variances = (np.histogram(values, edges, weights=weights**power)[0] for power in (1, 2))
    return chi2.sf(((counts - expected) ** 2 / variances).sum(), len(expected))


def elastic(events):
    return events.category == ELASTIC


def factor(events):
    """(weak + magnetic) / weak of nu-e elastic events."""
    ratio = np.empty(len(events.weight))
    for k, flavour in enumerate(FLAVOURS):
        own = events.flavour == k
        energy, recoil = events.energy_mev[own], events.recoil_mev[own]
        magnetic = magnetic_cross_section(energy, recoil, MOMENT)
        ratio[own] = 1 + magnetic / weak_cross_section(energy, recoil, flavour)
    return ratio


def folded(mode, cross_section, edges, response):
    beam = truth(mode)
    return fold(beam.source, [cross_section], edges, response)[0] * beam.electrons


@pytest.mark.parametrize("signal", ["weak", "weak and magnetic"])
def test_true_recoils_have_the_spectrum_of_flux_times_cross_section(mode, drawn, signal):
    edges = np.geomspace(LOWEST_RECOIL_MEV, 15e3, 40)
    own, weights = elastic(drawn), drawn.weight / COUNT
    expected = folded(mode, weak(CouplingScheme()), edges, Response())
    if signal != "weak":
        weights = weights * factor(drawn)
        expected = expected + folded(mode, MAGNETIC, edges, Response())
    probability = chi2_probability(drawn.recoil_mev[own], weights[own], edges, expected)
    assert 1e-3 < probability < 0.9999


def test_seen_recoils_have_the_folded_spectrum(mode, drawn, seen):
    edges = np.geomspace(150.0, 12e3, 30)  # low recoils that are not generated are seven sigma below
    own, weights = elastic(drawn), drawn.weight / COUNT * factor(drawn)
    response = Response(RESOLUTION)
    expected = sum(folded(mode, sigma, edges, response) for sigma in (weak(CouplingScheme()), MAGNETIC))
    visible = seen.energy_mev[seen.leading]
    assert 1e-3 < chi2_probability(visible[own], weights[own], edges, expected) < 0.9999


def test_rates_of_all_categories_are_the_stated_ones(mode, drawn):
    beam = truth(mode)
    for kind, category in enumerate(CATEGORIES):
        own = np.where(drawn.category == kind, drawn.weight, 0.0)
        expected = category.per_signal * beam.signal_per_pot if kind != ELASTIC else beam.weak_events_per_pot()
        assert own.mean() == pytest.approx(expected, abs=5 * own.std() / np.sqrt(COUNT))


def test_rate_is_that_of_the_reference(shared):
    figures = tomllib.loads((shared / "figures/reference_values.toml").read_text())["counting"]["nova_per_tonne"]
    beam = truth("forward")
    per_pot = beam.weak_events_per_pot(300.0) - beam.weak_events_per_pot(900.0)
    per_tonne = per_pot * figures["pot"] / known_detector("nova-near").tonnes
    assert per_tonne == pytest.approx(figures["weak_0p3_0p9_gev"], rel=figures["tolerance"])


def test_flavours_come_as_the_flux_has_them(mode, drawn):
    own = elastic(drawn)
    for component in truth(mode).source.components:
        is_flavour = own & (drawn.flavour == FLAVOURS.index(component.flavour))
        weights = np.where(is_flavour, drawn.weight, 0.0)
        alone = fold_of_one(mode, component)
        assert weights.mean() == pytest.approx(alone, abs=5 * weights.std() / np.sqrt(COUNT))


def fold_of_one(mode, component):
    energy, flux = component.quadrature([0.0])
    recoil = np.geomspace(LOWEST_RECOIL_MEV, 19999.0, 4001)
    spectrum = np.array([(flux[0] * weak_cross_section(energy[0], each, component.flavour)).sum() for each in recoil])
    return trapezoid(spectrum, recoil) * truth(mode).electrons


def test_angles_are_those_of_elastic_scattering(drawn):
    own = elastic(drawn)
    energy, recoil, theta = drawn.energy_mev[own], drawn.recoil_mev[own], drawn.theta_rad[own]
    cosine = cos_theta(energy, recoil)
    assert np.cos(theta) == pytest.approx(cosine, rel=1e-12)
    recoil_theta2 = recoil * theta**2
    assert recoil_theta2.max() < 2 * ELECTRON_MASS_MEV
    limit = 2 * ELECTRON_MASS_MEV * (1 - recoil / energy)
    first_order = (2 * ELECTRON_MASS_MEV) ** 2 / recoil  # what 2 m_e (1 - y) leaves out is smaller than this
    assert (np.abs(recoil_theta2 - limit) <= first_order)[recoil > 200.0].all()


def test_low_recoils_are_not_rare(drawn):
    own = elastic(drawn)
    signal = drawn.weight[own] * (factor(drawn)[own] - 1)
    assert signal.sum() ** 2 / (signal**2).sum() > 0.2 * own.sum()  # effective number of magnetic events


def test_backgrounds_have_the_stated_t_theta_squared(drawn):
    for kind in range(1, len(CATEGORIES)):
        category = CATEGORIES[kind]
        far = (drawn.category == kind) & (drawn.recoil_mev > 1000.0)  # where no angle above 90 degrees is cut off
        recoil_theta2 = drawn.recoil_mev[far] * drawn.theta_rad[far] ** 2
        law = uniform(scale=category.highest_mev) if np.isinf(category.scale_mev) else expon(scale=category.scale_mev)
        assert kstest(recoil_theta2, law.cdf).pvalue > 1e-3
        assert drawn.theta_rad[drawn.category == kind].max() <= np.pi / 2 * (1 + 1e-12)


def test_charged_currents_have_neutrinos_of_their_family(drawn):
    family = np.array([name.split("_")[1] for name in FLAVOURS])[drawn.flavour]
    for kind, category in enumerate(CATEGORIES):
        assert set(family[drawn.category == kind]) == set(category.families)


def test_scores_survive_cuts_as_stated(drawn, seen):
    for kind, category in enumerate(CATEGORIES):
        own = drawn.category == kind
        for scores, shape, cut in (
            (seen.nuoneid, category.nuoneid, 0.73),
            (seen.epi0nuoneid, category.epi0nuoneid, 0.92),
        ):
            surviving = 1 - cut**shape
            sigma = np.sqrt(surviving * (1 - surviving) / own.sum())
            assert (scores[own] > cut).mean() == pytest.approx(surviving, abs=5 * sigma)


def test_angles_are_smeared_by_the_stated_resolution(drawn, seen):
    sigma = angle_sigma_rad(drawn.recoil_mev)
    spread = seen.theta_rad[seen.leading] ** 2 - drawn.theta_rad**2
    forward = elastic(drawn) & (drawn.recoil_mev > 300.0)
    pull = (spread / (2 * sigma**2))[forward]  # mean of theta_seen^2 is theta^2 + 2 sigma^2
    assert pull.mean() == pytest.approx(1.0, abs=5 * pull.std() / np.sqrt(forward.sum()))


def test_contained_fraction_is_that_of_the_boxes(seen):
    fraction = (280 / 360) ** 2 * 950 / 1250
    assert seen.contained.mean() == pytest.approx(fraction, abs=5 * np.sqrt(fraction * (1 - fraction) / COUNT))


def test_universes_are_a_flux_uncertainty(few):
    weights = universe_weights(few, 400)
    numu = few.flavour == FLAVOURS.index("nu_mu")
    for low, high in ((1000.0, 1250.0), (5000.0, 5250.0)):
        one_bin = weights[numu & (few.energy_mev >= low) & (few.energy_mev < high)]
        assert (one_bin == one_bin[0]).all()
        assert one_bin[0].astype(float).mean() == pytest.approx(1.0, abs=5 * FLUX_UNCERTAINTY / np.sqrt(400))
        assert one_bin[0].astype(float).std() == pytest.approx(FLUX_UNCERTAINTY, rel=5 / np.sqrt(800))


def test_flavours_share_half_of_the_flux_variance(few):
    weights = universe_weights(few, 1000)
    near = (few.energy_mev > 2000.0) & (few.energy_mev < 2250.0)
    rows = [weights[near & (few.flavour == FLAVOURS.index(name))][0] for name in ("nu_mu", "nu_e")]
    assert np.corrcoef(rows)[0, 1] == pytest.approx(0.5, abs=5 * 0.75 / np.sqrt(1000))


def test_fewer_universes_are_the_first_of_more(few):
    assert (universe_weights(few, 5) == universe_weights(few, 20)[:, :5]).all()


def test_cross_section_weights_leave_elastic_scattering_alone(drawn):
    up, down = cross_section_weights(drawn)
    assert (up[elastic(drawn)] == 1).all()
    assert up + down == pytest.approx(2.0, abs=1e-6)
    for kind in range(1, len(CATEGORIES)):
        own, size = drawn.category == kind, CATEGORIES[kind].uncertainty
        assert up[own].min() >= 1 + size / 2 - 1e-6
        assert up[own].max() == pytest.approx(1 + size, rel=1e-2)


def test_a_beam_of_lines_or_without_electron_neutrinos_is_refused():
    with pytest.raises(InputError, match="has lines: events are simulated of a continuous spectrum"):
        Truth(monoenergetic(2000.0, 1.0))
    source = truth("forward").source
    muon_only = type(source)("half", source.components[:2], source.normalisation)
    with pytest.raises(InputError, match="source 'half' has no neutrinos that make nu_e CC events"):
        Truth(muon_only)
