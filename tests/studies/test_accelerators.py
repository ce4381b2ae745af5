"""Rates of accelerator experiments: workspaces, limits in closed form, LSND's factor, the entries with a spectrum."""

import math

import numpy as np
import pyhf
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import xlogy

from numm_stats.errors import InputError
from numm_stats.physics.constants import ELECTRON_MASS_MEV
from numm_stats.physics.magnetic import MAGNETIC_PREFACTOR_CM2
from numm_stats.physics.weak import weak_cross_section
from numm_stats.sources.forward import neutrinos_through_face
from numm_stats.sources.pion_decay import MichelSpectrum, michel_endpoint_mev, pion_line_mev
from numm_stats.studies.accelerators import (
    LSND_WINDOW_MEV,
    RATES,
    RateAnalysis,
    RateMeasurement,
    by_construction,
    magnetic_over_weak,
    muon_over_electron_moment,
    rate_analysis,
    rate_limits,
    rate_workspace,
)
from numm_stats.verbs.limiting import limits
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import build_templates

RISES = {"one-sided": 1.642374415, "two-sided": 2.705543454}


def deviance(expected, observed):
    return 2.0 * (expected - observed + xlogy(observed, observed / expected))


@pytest.mark.parametrize("name", RATES)
def test_pyhf_reads_and_runs_them(name):
    workspace = pyhf.Workspace(rate_workspace(name))
    model = workspace.model()
    pyhf.set_backend("numpy", "scipy")
    assert 0.0 < float(pyhf.infer.hypotest(1.0, workspace.data(model), model)) < 0.9


@pytest.mark.parametrize("observed", [1.0, 5.0])
def test_one_bin_without_errors_in_closed_form(observed):
    beam = RateMeasurement("nu_tau", observed, 0.0, 2.3, 0.0, 0.0, 10.0)
    found = rate_limits(RateAnalysis("counted", 5e-7, (beam,), ""))
    best = max(observed, 2.3)
    for name, rise in RISES.items():
        excess = brentq(lambda s, r=rise: deviance(s, observed) - deviance(best, observed) - r, best, 60.0) - 2.3
        assert found[name].value == pytest.approx(5e-7 * math.sqrt(excess / 10.0), rel=1e-5, abs=0)


def test_two_beams_share_the_moment_and_nothing_else():
    """The sum of profiled deviances of the single beams crosses where that of both does."""
    both = rate_analysis("e734")

    def profiled(strength):
        total = 0.0
        for beam in both.measurements:

            def cost(pull, beam=beam):
                # normsys of the weak sample: exponential; histosys of the signal: linear, sides being symmetric
                scale = (1 + beam.uncertainty) ** pull if pull >= 0 else (1 - beam.uncertainty) ** -pull
                signal = beam.signal * strength * (1 + beam.uncertainty * pull)
                return deviance(beam.weak * scale + beam.other + signal, beam.observed) + pull**2

            pulls = np.linspace(-4, 4, 4001)
            total += min(cost(pull) for pull in pulls)
        return total

    strengths = np.linspace(0.0, 2.0, 81)
    values = np.array([profiled(s) for s in strengths])
    low = values.min()
    expected = np.interp(low + RISES["one-sided"], values[values.argmin() :], strengths[values.argmin() :])
    assert rate_limits(both)["one-sided"].parameter.value == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(("energy", "window"), [(1270.0, (210.0, 2100.0)), (19.0, (18.0, 50.0)), (53.0, (18.0, 50.0))])
def test_ratio_of_magnetic_to_weak_by_another_integral(energy, window):
    moment = 8.5e-10
    top = min(window[1], energy / (1 + ELECTRON_MASS_MEV / (2 * energy)))
    magnetic = quad(lambda t: MAGNETIC_PREFACTOR_CM2 * moment**2 * (1 / t - 1 / energy), window[0], top)[0]
    weak = quad(lambda t: float(weak_cross_section(energy, t, "nu_mu")) * 1e44, window[0], top, epsrel=1e-10)[0] / 1e44
    assert magnetic_over_weak("nu_mu", energy, window, moment) == pytest.approx(magnetic / weak, rel=1e-8)


def bracket(energy, low, high):
    """ln(T2/T1) - (T2 - T1) / E."""
    top = min(high, 2 * energy**2 / (ELECTRON_MASS_MEV + 2 * energy))
    return math.log(top / low) - (top - low) / energy if top > low else 0.0


def test_factor_of_lsnd_by_another_integral():
    """2.13 with neutrinos at rest, 2.4 in print: 6 % of muon neutrinos of 100 MeV make the difference."""
    low, high = LSND_WINDOW_MEV

    def of(flavour):
        def integrand(energy):
            return float(MichelSpectrum(flavour)(np.array(energy))) * bracket(energy, low, high)

        return quad(integrand, low, michel_endpoint_mev(), points=(high,), epsrel=1e-9)[0]

    electron, antimuon, muon = of("nu_e"), of("nu_mu_bar"), bracket(pion_line_mev(), low, high)
    assert muon_over_electron_moment() == pytest.approx((muon + antimuon) / electron, rel=2e-3)
    assert muon_over_electron_moment() == pytest.approx(2.13, abs=0.01)
    share = (2.4 * electron - muon - antimuon) / bracket(100.0, low, high)
    assert share == pytest.approx(0.06, abs=0.005)
    assert muon_over_electron_moment(in_flight=share) == pytest.approx(2.4, rel=2e-3)


def test_factor_without_a_lower_edge_is_two():
    """The logarithm of a low threshold is the same for every flavour."""
    assert muon_over_electron_moment((1e-300, 60.0)) == pytest.approx(2.0, abs=0.01)


def test_limits_of_lsnd_have_the_factor():
    """Moments of electron and of muon neutrinos alone: their squares are in the ratio of the counts."""
    (muon, _), (electron, _) = (
        limits(load("lsnd", (f'signal.flavours=["{family}"]',)), constructions=("delta-chi2",))
        for family in ("mu", "e")
    )
    assert (electron.value / muon.value) ** 2 == pytest.approx(muon_over_electron_moment(), rel=2e-3)


def test_counts_of_lsnd_are_the_published_ones():
    """180 nu_e-e events at 9.52e-45 E are 191 at 10.1e-45; all counts are 22^2."""
    entry = load("lsnd")
    templates = build_templates(entry)
    energies = np.linspace(*LSND_WINDOW_MEV, 4001)
    middle, step = (energies[1:] + energies[:-1]) / 2, energies[1] - energies[0]
    rates = {"nu_mu": sum(float(weak_cross_section(pion_line_mev(), t, "nu_mu")) for t in middle) * step}
    nodes, weights = np.polynomial.legendre.leggauss(200)
    e = michel_endpoint_mev() * (nodes + 1) / 2
    for flavour in ("nu_e", "nu_mu_bar"):
        density = weights * MichelSpectrum(flavour)(e) * michel_endpoint_mev() / 2
        rates[flavour] = float((density @ weak_cross_section(e[:, None], middle, flavour)).sum()) * step
    share = rates["nu_e"] / sum(rates.values())
    weak = float(templates["weak"].sum())
    assert weak * share == pytest.approx(191 * 9.52 / 10.1, rel=2e-3)
    others = weak * (1 - share)
    assert float(templates["other"].sum()) == pytest.approx(22**2 - 191 - others, rel=2e-3)
    assert entry.data.values == [22**2]


def test_a_moment_of_named_families_adds_up_to_that_of_all():
    parts = [
        float(
            build_templates(load("lsnd", (f'signal.flavours=["{family}"]', "signal.reference=7e-10")))["signal"].sum()
        )
        for family in ("e", "mu")
    ]
    whole = load("lsnd", ('signal.flavours=["e","mu"]', "signal.reference=7e-10"))
    assert float(build_templates(whole)["signal"].sum()) == pytest.approx(sum(parts), rel=1e-9)


def test_families_that_the_source_does_not_have_are_refused():
    with pytest.raises(InputError, match=r"signal\.flavours names tau"):
        build_templates(load("lsnd", ('signal.flavours=["tau"]',)))
    with pytest.raises(InputError, match="each once"):
        load("lsnd", ('signal.flavours=["mu","mu"]',))


def test_events_of_flare_by_hand():
    """Neutrinos per cm2 x electrons x logarithm: all energies are far above the window."""
    moment = 4e-8
    found = float(build_templates(load("flare-100", (f"signal.reference={moment}",)))["signal"].sum())
    through = neutrinos_through_face("flare-100", "nu_tau") + neutrinos_through_face("flare-100", "nu_tau_bar")
    sigma = MAGNETIC_PREFACTOR_CM2 * moment**2 * math.log(1000 / 30)
    assert found == pytest.approx(through / 160.0**2 * 100 * 2.713e29 * sigma, rel=0.01)


def test_super_k_counts():
    templates = build_templates(load("super-k-solar"))
    assert float(templates["weak"].sum()) == pytest.approx(22404)
    assert float(templates["weak"].sum() + templates["other"].sum()) == pytest.approx(226**2, rel=1e-4)


def test_unknown_experiment():
    with pytest.raises(InputError, match="no rates of 'donat', did you mean 'donut'"):
        rate_workspace("donat")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: magnetic_over_weak("nu_mu", 18.0, LSND_WINDOW_MEV, 1e-9), "energy_mev = 18: its largest recoil"),
        (lambda: magnetic_over_weak("nu_mu", math.nan, LSND_WINDOW_MEV, 1e-9), "energy_mev = nan"),
        (lambda: magnetic_over_weak("nu_mu", -1.0, LSND_WINDOW_MEV, 1e-9), "energy_mev = -1"),
        (lambda: magnetic_over_weak("nu_mu", 40.0, (50.0, 18.0), 1e-9), r"window_mev = \(50\.0, 18\.0\)"),
        (lambda: magnetic_over_weak("nu_mu", 40.0, (math.nan, 18.0), 1e-9), "window_mev"),
        (lambda: magnetic_over_weak("nu_mu", 40.0, (-1.0, 18.0), 1e-9), "window_mev"),
        (lambda: muon_over_electron_moment((0.0, 18.0)), "window_mev"),
        (lambda: muon_over_electron_moment((60.0, 70.0)), "above all recoils of nu_e"),
        (lambda: muon_over_electron_moment(in_flight=-0.1), r"in_flight = -0\.1"),
        (lambda: muon_over_electron_moment(in_flight=math.nan), "in_flight = nan"),
    ],
)
def test_no_recoil_in_the_window(call, words):
    with pytest.raises(InputError, match=words):
        call()


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_limits_are_known_by_their_labels(level):
    found = limits(rate_workspace("e734"), constructions=("delta-chi2", "cls"), confidence_level=level)
    assert by_construction(found, level) == rate_limits("e734", confidence_level=level)
    assert by_construction(found, level)["one-sided"].value < by_construction(found, level)["two-sided"].value
