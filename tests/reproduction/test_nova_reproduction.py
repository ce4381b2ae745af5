"""NOvA's counting experiment: the published limit, and every number of an independent calculation, beside ours."""

import json
import tomllib

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm, poisson

from numm_stats.reproduction import nova, reproduce
from numm_stats.reproduction.nova import EVENTS, EXPECTED, OBSERVED, POT, PUBLISHED, UNCERTAINTY
from numm_stats.verbs.loading import load

EVENTS_PER_TONNE = {"weak": "weak_0p3_0p9_gev", "magnetic": "magnetic_0p3_0p9_gev_at_1p58e9"}


@pytest.fixture(scope="module")
def rows():
    return {(row.quantity, row.row): row for row in reproduce("nova")}


@pytest.fixture(scope="module")
def counting(shared):
    return tomllib.loads((shared / "figures" / "reference_values.toml").read_text())["counting"]


def test_published_numbers_are_those_of_the_table_and_of_the_catalogue(shared):
    published = tomllib.loads((shared / "figures" / "published.toml").read_text())["nova"]
    assert (published["observed"], published["expected"], published["pot"]) == (OBSERVED, EXPECTED, POT)
    assert published["background_relative_uncertainty"] == UNCERTAINTY
    assert published["muon_neutrino_moment"] == PUBLISHED
    entry = load("nova-counting")
    assert (entry.data.values, entry.exposure.events) == ([OBSERVED], EXPECTED)
    assert [systematic.size for systematic in entry.systematic] == [UNCERTAINTY]
    assert entry.edges_mev().tolist() == [1e3 * edge for edge in published["recoil_window_gev"]]


def test_limits_on_signal_events(rows, counting):
    targets = counting["upper_limit_events"]
    assert {name for quantity, name in rows if quantity == "signal events"} == set(targets)
    for name, target in targets.items():
        row = rows["signal events", name]
        assert row.published == target
        assert row.ours == pytest.approx(target, rel=counting["tolerance"], abs=0), name


def test_limits_on_the_moment(rows, counting):
    targets = dict(counting["moment_if_all_expected_are_nu_e"])
    tolerance = targets.pop("tolerance")
    assert {name for quantity, name in rows if quantity == "neutrino magnetic moment"} == set(targets)
    for name, target in targets.items():
        row = rows["neutrino magnetic moment", name]
        assert row.published == target
        assert row.ours == pytest.approx(target, rel=tolerance, abs=0), name


def test_events_per_tonne(rows, counting):
    reference = counting["nova_per_tonne"]
    assert reference["pot"] == POT
    for name, key in EVENTS_PER_TONNE.items():
        row = rows["events per tonne", name]
        assert row.published == reference[key]
        assert row.ours == pytest.approx(reference[key], rel=reference["tolerance"], abs=0), name


def test_events_become_the_moment_by_those_per_tonne(rows):
    """The moment is where as many tonnes as hold the expected events hold the limit on signal events."""
    tonnes = EXPECTED / rows["events per tonne", "weak"].ours
    at_published = tonnes * rows["events per tonne", "magnetic"].ours
    for events, moment in (("cls_asymptotic", "cls"), ("profile_1p64", "profile_1p64")):
        ratio = rows["signal events", events].ours / at_published
        expected = PUBLISHED * ratio**0.5
        assert rows["neutrino magnetic moment", moment].ours == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("name", "divided"), [("hybrid_clsb", False), ("hybrid_cls", True)])
def test_averaged_poisson_sums_by_another_integral(rows, name, divided):
    def up_to(signal):
        def integrand(pull):
            return norm.pdf(pull) * poisson.cdf(OBSERVED, signal + EXPECTED * (1.0 + UNCERTAINTY * pull))

        return quad(integrand, -9.0, 9.0, epsabs=1e-12, limit=200)[0]

    p_value = up_to(rows["signal events", name].ours) / (up_to(0.0) if divided else 1.0)
    assert p_value == pytest.approx(0.1, rel=1e-6)


def test_what_is_assumed_is_said(rows):
    published = rows["neutrino magnetic moment", "cls"].note
    for words in ("all expected events are taken as neutrino-electron", "the root of f", "not smeared", "10.9 %"):
        assert words in published
    computed = {"signal events", "neutrino magnetic moment", "events per tonne"}
    independent = [row for row in rows.values() if row.quantity in computed and row.published != PUBLISHED]
    assert all("calculated independently" in row.note for row in independent)
    assert "Feldman and Cousins 0 to 10.7" in rows["signal events", "cls_asymptotic"].note
    assert "15.03 t" in rows["events per tonne", "weak"].note
    for row in rows.values():
        assert row.ratio == pytest.approx(row.ours / row.published)
        assert np.isfinite(row.ours)


def test_command(numm_stats, monkeypatch):
    monkeypatch.setattr(nova, "TOYS", 1000)
    printed = numm_stats("reproduce", "nova", "--json")
    found = json.loads(printed.out)
    assert printed.code == 0
    assert {row["document"] for row in found} == {"NOvA counting"}
    assert [row["row"] for row in found[: len(EVENTS)]] == list(EVENTS)
