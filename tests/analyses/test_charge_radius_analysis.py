"""The charge radius as an analysis: a parameter of either sign, its range, and its two valleys."""

import json
import math

import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import xlogy

import numm_stats as ns
from numm_stats.analyses.reading import parse_analysis
from numm_stats.assembly.assembling import assemble_templates
from numm_stats.errors import InputError
from numm_stats.physics.charge_radius_couplings import coupling_shift, vector_coupling_shift
from numm_stats.physics.constants import ELECTRON_MASS_MEV
from numm_stats.physics.weak import CouplingScheme, weak_couplings
from numm_stats.verbs.pipeline import build_spec_of, statistical_model
from numm_stats.verbs.throwing import run_campaign, toy_limits
from numm_stats.workspace.poi import PointOfInterest

RISE = 2.705543454
EDGES = (3000.0, 7000.0, 12000.0, 18000.0, 24000.0)
SIN2 = 0.2302  # g_V = -0.0396, the Standard Model's for nu_mu on electrons in the listings of the PDG (recalled)

# CHARM-II, Phys. Lett. B 335, 246 (1994): events with statistical errors, mean energies of the beams, 3 to 24 GeV of
# electron energy, and g_V = -0.035 +- 0.012 +- 0.012. Recalled: no stored page has them.
CHARM_II = (("nu_mu", 23.7e3, 2677.0, 82.0), ("nu_mu_bar", 19.1e3, 2752.0, 88.0))
CHARM_II_G_V, CHARM_II_ERROR = -0.035, 0.017


def analysis(flavour="nu_mu", *, energy=23.7e3, events=2677.0, edges=EDGES, **changes):
    document = {
        "name": f"beam-{flavour}",
        "source": {"kind": "lines", "energies_mev": [energy], "intensities": [1.0], "flavour": flavour},
        "detector": {"kind": "generic", "resolution": 0.0},
        "exposure": {"events": events},
        "binning": {"recoil_mev": {"edges": list(edges)}},
        "couplings": {"sin2_theta_w": SIN2},
        "signal": {"kind": "charge-radius"},
    }
    return parse_analysis({**document, **changes}, "test")


def radius(**changes):
    return {"kind": "charge-radius", **changes}


def asimov(injected):
    return {"kind": "asimov", "injected": injected}


def flat(rate, uncertainty):
    return {"kind": "flat", "name": "background", "rate": rate, "uncertainty": uncertainty}


def shares(flavour, energy, edges, radius_cm2):
    """Integrals over bins of the bracket of the weak cross section, couplings shifted, in closed form (n,)."""
    left, right = (float(g) + coupling_shift(radius_cm2) for g in weak_couplings(flavour, CouplingScheme(SIN2)))
    t = np.minimum(edges, energy / (1.0 + ELECTRON_MASS_MEV / (2.0 * energy)))
    forward = energy / 3.0 * (1.0 - (1.0 - t / energy) ** 3)
    return np.diff(left**2 * t + right**2 * forward - left * right * ELECTRON_MASS_MEV * (t / energy) ** 2 / 2.0)


def counts(beam, radius_cm2, edges=EDGES):
    flavour, energy, events, _ = beam
    known = events / shares(flavour, energy, edges, 0.0).sum()
    return known * shares(flavour, energy, edges, radius_cm2)


def deviance(observed, expected):
    return float(2.0 * np.sum(expected - observed + xlogy(observed, observed / expected)))


def joined(*analyses):
    """Analyses as channels of one workspace: they share the parameters of the radius by their names."""
    specs = [build_spec_of(each, for_pyhf=False) for each in analyses]
    channels, observations = ([part for spec in specs for part in spec[key]] for key in ("channels", "observations"))
    return {**specs[0], "channels": channels, "observations": observations}


@pytest.mark.parametrize("value", [-2e-31, -3e-33, 0.0, 4e-33, 1.5e-31])
@pytest.mark.parametrize("beam", CHARM_II)
def test_counts_are_those_of_shifted_couplings(beam, value):
    flavour, energy, events, _ = beam
    model, meaning, _ = statistical_model(analysis(flavour, energy=energy, events=events, background=[flat(1e3, 0.0)]))
    expected = model.model.expected(np.array([meaning.parameter(value)]))
    flat_part = 1e3 * np.diff(EDGES) / (EDGES[-1] - EDGES[0])
    # ten digits of the workspace, of terms that cancel up to a tenth
    assert expected - flat_part == pytest.approx(counts(beam, value), rel=1e-7)


def test_the_range_is_where_the_closed_form_says():
    """Both beams, no systematics."""
    beams = (CHARM_II[0], ("nu_mu_bar", 24e3, 9e3, 0.0))

    def rise(value):
        return sum(deviance(counts(beam, 0.0), counts(beam, value)) for beam in beams) - RISE

    ((low, high),) = ns.interval(joined(*(analysis(f, energy=e, events=n) for f, e, n, _ in beams))).intervals
    assert low == pytest.approx(brentq(rise, -3e-32, 0.0, xtol=1e-40), rel=1e-6, abs=0)
    assert high == pytest.approx(brentq(rise, 0.0, 3e-32, xtol=1e-40), rel=1e-6, abs=0)


def test_a_beam_like_that_of_charm_ii_gives_the_range_of_its_g_v():
    """Two ways: our range of <r^2> from rates, and g_V = -0.035 +- 0.017 turned into one of <r^2>.

    Rates of both beams; background such that the statistical errors are those published. Fluxes to 2 % and background
    to 3 % are assumptions that make g_V known to 0.018. Published: -0.52e-32 to 0.68e-32 (hep-ph/0210137, CHARM-II and
    CCFR).
    """
    per_cm2 = vector_coupling_shift(1e-32) / 1e-32
    best = (CHARM_II_G_V - (2 * SIN2 - 0.5)) / per_cm2
    beams = []
    for flavour, energy, events, error in CHARM_II:
        background = {**flat(error**2 - events, 0.03), "name": f"background_{flavour}"}
        flux = {"name": f"flux_{flavour}", "kind": "normalisation", "size": 0.02}
        rates = {"edges": (3e3, 24e3), "background": [background], "systematic": [flux], "data": asimov(best)}
        beams.append(analysis(flavour, energy=energy, events=events, **rates))
    found = ns.interval(joined(*beams))
    ((low, high),) = found.intervals
    assert found.best == pytest.approx(best, rel=1e-5, abs=0)
    reach = math.sqrt(RISE) * CHARM_II_ERROR / per_cm2
    assert (best - reach, best + reach) == (pytest.approx(-0.491e-32, abs=1e-35), pytest.approx(0.684e-32, abs=1e-35))
    # g_V to 0.018 and not 0.017: 7 % of the half width, 0.59e-32
    assert low == pytest.approx(best - reach, abs=0.05e-32)
    assert high == pytest.approx(best + reach, abs=0.05e-32)
    assert (low, high) == (pytest.approx(-0.52e-32, abs=0.05e-32), pytest.approx(0.68e-32, abs=0.05e-32))


@pytest.mark.parametrize("flavour", ["nu_e", "nu_mu", "nu_tau_bar"])
@pytest.mark.parametrize("injected", [-8e-33, -1e-34, 0.0, 3e-33])
def test_an_injected_radius_is_found_again(flavour, injected):
    found = ns.interval(analysis(flavour, events=1e5, background=[flat(1e4, 0.1)], data=asimov(injected)))
    assert found.best == pytest.approx(injected, rel=1e-5, abs=1e-38)
    assert any(low < injected < high for low, high in found.intervals)
    assert (found.poi.unit, found.poi.name) == ("cm2", "r2_over_1e-32_cm2")


@pytest.mark.parametrize("edges", [EDGES, (3e3, 24e3)])
@pytest.mark.parametrize("reference", [1e-33, 3e-33, 1e-31])
def test_the_reference_is_a_unit_and_no_more(reference, edges):
    one, other = (
        ns.interval(analysis(edges=edges, background=[flat(500.0, 0.2)], signal=signal))
        for signal in (radius(), radius(reference=reference))
    )
    assert len(one.intervals) == (1 if len(edges) > 2 else 2)
    assert np.ravel(other.intervals) == pytest.approx(np.ravel(one.intervals), rel=1e-6, abs=0)


def test_conventions_differ_by_two():
    vector, left = (ns.interval(analysis(signal=radius(convention=c))).intervals for c in ("vector", "left-handed"))
    assert np.ravel(left) == pytest.approx(2.0 * np.ravel(vector), rel=1e-6, abs=0)


@pytest.mark.parametrize(("flavour", "events"), [("nu_mu", 2677.0), ("nu_mu", 1e9), ("nu_e", 1e6), ("nu_mu_bar", 1e6)])
def test_one_rate_has_two_valleys_and_both_are_given(flavour, events):
    """The same rate is expected at <r^2> = 0 and at -a/b: as far from the minimum, on its other side."""
    edges = (3e3, 24e3)
    beam = (flavour, 23.7e3, events, 0.0)
    size = 1e-32
    up, down = (counts(beam, sign * size, edges)[0] for sign in (1.0, -1.0))
    other = -size * (up - down) / (up + down - 2.0 * events)
    found = ns.interval(analysis(flavour, events=events, edges=edges))
    assert len(found.intervals) == 2
    for centre, (low, high) in zip(sorted((0.0, other)), found.intervals, strict=True):
        assert low < centre < high
        for edge in (low, high):
            # ten digits of the workspace are 1e-10 of the far radius, and its valley is 3e-5 of it wide at 1e9 events
            assert deviance(counts(beam, 0.0, edges), counts(beam, edge, edges)) == pytest.approx(RISE, rel=1e-3)
    assert "the accepted region has 2 parts" in found.parameter.warnings


def test_shape_closes_the_second_valley_and_few_events_join_both():
    assert len(ns.interval(analysis(events=1e4)).intervals) == 1
    ((low, high),) = ns.interval(analysis(events=3.0, edges=(3e3, 24e3))).intervals
    assert low < 0.0
    assert high > 1.4e-31


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**31), st.floats(20.0, 3e4), st.floats(-3e-31, 3e-31))
def test_every_piece_is_where_the_rise_is_small_and_nothing_else(seed, events, truth):
    """Fluctuated data of any truth, the second valley too, against -2 ln L on a grid in closed form."""
    beam = ("nu_mu", 23.7e3, events, 0.0)
    observed = np.random.default_rng(seed).poisson(counts(beam, truth)).astype(float)
    if not (observed > 0.0).all():
        return
    found = ns.interval(analysis(events=events, data={"kind": "counts", "values": observed.tolist()}))
    grid = np.linspace(-6e-31, 6e-31, 1501)
    values = np.array([deviance(observed, counts(beam, value)) for value in grid])
    rise = values - min(values.min(), deviance(observed, counts(beam, found.best)))
    inside = np.array([any(low <= value <= high for low, high in found.intervals) for value in grid])
    clear = np.abs(rise - RISE) > 1e-4 * RISE + 1e-6 * values.min()
    assert (inside == (rise < RISE))[clear].all()


def test_a_radius_of_one_family_moves_that_family_alone():
    beam = {"source": {"kind": "numi"}, "edges": (500.0, 2000.0, 5000.0), "detector": {"kind": "nova-near"}}
    every, electron, muon = (
        assemble_templates(analysis(**beam, signal=signal), 1e-32)
        for signal in (radius(), radius(flavours=["e"]), radius(flavours=["mu"]))
    )
    for term in ("signal_r2", "signal_r4"):
        parts = electron[term].values() + muon[term].values()
        assert every[term].values() == pytest.approx(parts, rel=1e-9, abs=0)
    assert (electron["signal_r2"].values() > 0.0).all()
    assert every["weak"].values() == pytest.approx(muon["weak"].values(), rel=1e-12)


def test_the_workspace_tells_what_its_parameter_is():
    spec = build_spec_of(analysis(), for_pyhf=False)
    config = spec["measurements"][0]["config"]
    assert config["poi"] == "r2_over_1e-32_cm2"
    assert [entry["name"] for entry in config["parameters"]] == ["r2_over_1e-32_cm2", "r4_over_1e-32_cm2_squared"]
    assert all(entry["bounds"] == [[-100.0, 100.0]] for entry in config["parameters"])
    model, meaning, _ = statistical_model(spec)
    assert model.model.parameters.names == ("r2_over_1e-32_cm2",)
    assert meaning == PointOfInterest.of_kind("r2", 1e-32)
    assert ns.interval(spec).intervals == ns.interval(analysis()).intervals


def test_the_workspace_for_pyhf_tests_the_reference():
    workspace = ns.build_workspace(analysis(background=[flat(1e3, 0.05)]))
    config = workspace["measurements"][0]["config"]
    assert config["poi"] == "strength_at_r2_1e-32_cm2"
    assert config["parameters"][0]["bounds"] == [[0.0, 1.5]]
    model = workspace.model()
    full = statistical_model(analysis(background=[flat(1e3, 0.05)]))[0]
    at_one = model.expected_actualdata(model.config.suggested_init())
    at_reference = full.model.expected(
        np.array([{"background_rate": 0.0}.get(n, 1.0) for n in full.model.parameters.names])
    )
    assert at_one == pytest.approx(at_reference, rel=1e-8)
    assert 0.0 < float(pyhf.infer.hypotest(1.0, workspace.data(model), model, test_stat="qtilde")) < 0.1


def test_asimov_data_of_a_negative_radius_in_a_workspace(numm_stats, tmp_path):
    path = tmp_path / "radius.json"
    path.write_text(json.dumps(build_spec_of(analysis(), for_pyhf=False)))
    report = numm_stats("interval", path, "--data", "asimov:-4e-33", "--json").json
    assert report["best"] == pytest.approx(-4e-33, rel=1e-6, abs=0)
    assert (report["quantity"], report["unit"]) == ("neutrino charge radius <r^2>", "cm2")
    ((low, high),) = report["intervals"]
    assert low < -4e-33 < high
    assert report["poi"]["intervals"] == [[pytest.approx(low / 1e-32), pytest.approx(high / 1e-32)]]


def test_in_python_too(tmp_path):
    for question in (ns.limit, ns.limits, ns.significance, lambda target: toy_limits(target, toys=100)):
        with pytest.raises(InputError, match="numm-stats interval"):
            question(analysis())
    with pytest.raises(InputError, match="numm-stats interval"):
        run_campaign(tmp_path / "campaign", analysis(), toys=100)
