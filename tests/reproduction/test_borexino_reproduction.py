"""Borexino's published numbers beside ours: what the paper's limits mean, and what our spectra give."""

import re
import tomllib

import pytest

from numm_stats.cli.command_reproduce import FIGURES
from numm_stats.reproduction.borexino import (
    DIRAC,
    FLAVOUR,
    LIMIT,
    MAJORANA,
    PHASE_1_WITH,
    PHASE_1_WITHOUT,
    REFERENCE,
    STATISTICAL,
    TRUE,
    WITHOUT,
    WITHOUT_GALLIUM,
    borexino_rows,
)
from numm_stats.reproduction.compensation import compensation
from numm_stats.verbs.loading import load
from numm_stats.verbs.recovering import recovery


@pytest.fixture(scope="module")
def rows():
    return {row.row: row for row in borexino_rows()}


def test_published_numbers_are_those_of_the_table(shared):
    published = tomllib.loads((shared / "figures" / "published.toml").read_text())
    paper = published["borexino"]
    assert paper["effective_moment"] == LIMIT
    assert paper["effective_moment_without_gallium"] == WITHOUT_GALLIUM
    assert paper["effective_moment_with_gallium_statistical"] == STATISTICAL
    assert (paper["flavour_basis"], paper["mass_basis_dirac"]) == (FLAVOUR, DIRAC)
    assert paper["mass_basis_majorana"] == MAJORANA
    everywhere = {
        name: entry for table in published.values() if isinstance(table, dict) for name, entry in table.items()
    }
    assert everywhere["Canas2016"]["moment"] == PHASE_1_WITHOUT
    assert everywhere["Borexino2008"]["moment"] == PHASE_1_WITH


def test_every_published_number_has_its_row(rows):
    assert [row.published for row in rows.values()][:3] == [LIMIT, WITHOUT_GALLIUM, STATISTICAL]
    assert len([name for name in rows if name.startswith("mu_")]) == 9
    assert {row.document for row in rows.values()} == {"Borexino Phase-II"}
    for name, row in rows.items():
        assert row.ratio == (None if name.startswith("Phase-I") else pytest.approx(row.ours / row.published))


def test_moments_are_within_two_per_cent_of_print(rows):
    for name, row in rows.items():
        if name.startswith("mu_"):
            assert row.ratio == pytest.approx(1.0, abs=0.02), name


def test_expected_limits_lie_where_the_collaborations_spectra_put_them(rows):
    with_gallium, without = rows["with gallium, average of 8"], rows["without gallium, average of 8"]
    assert 2.6e-11 < with_gallium.ours < 4.2e-11
    assert 1.4 < without.ours / with_gallium.ours < 1.9
    assert "What differs: theirs is observed" in with_gallium.note
    for row in (with_gallium, without, rows["with gallium, statistics"]):
        assert "Delta chi2 = 1.642; 2.706 gives" in row.note
    single = rows["with gallium, statistics"]
    assert 2.6e-11 < single.ours < 4.2e-11
    ratios = [
        float(word)
        for part in re.findall(r"([\d.]+ and [\d.]+) times those", single.note)
        for word in part.split(" and ")
    ]
    assert len(ratios) == 4  # response fitted, and fixed, by both rises
    assert all(1.4 < ratio < 1.9 for ratio in ratios)


def test_what_the_average_does_has_the_sign_of_the_truth(rows):
    row = rows["average over statistics"]
    other, own = re.search(r"as truth ([\d.]+), with each configuration's own Asimov data ([\d.]+)", row.note).groups()
    assert row.ours < 0.97
    assert float(other) > 1.03
    assert float(own) == pytest.approx(1.0, abs=0.03)


def test_the_lesson_of_phase_1(rows):
    """Rates held at their values: far too strong a limit; it is the pp rate that makes up for a moment."""
    held, fitted = rows["Phase-I, no correlations"].ours, rows["Phase-I, correlations"].ours
    assert held < 0.5 * fitted


@pytest.mark.campaign
def test_an_injected_moment_and_the_rates_are_recovered():
    """Two thousand toys with 8e-11 and the rate on gallium: a minute and a half."""
    study = recovery(load("borexino-phase2", (*TRUE, REFERENCE)), 8e-11, toys=2000).parameter
    pulls = {pull.name: pull for pull in study.pulls}
    assert study.failures == 0
    for name in (study.poi, "Po210_rate", "Kr85_rate", "Bi210_rate", "C11_rate"):
        assert abs(pulls[name].mean) < 0.1, name
        assert pulls[name].width == pytest.approx(1.0, abs=0.07), name


def test_the_rate_of_pp_makes_up_for_the_moment():
    edges, (none, large) = compensation(load("borexino-phase2", (*TRUE, WITHOUT, REFERENCE)))
    assert (none.moment, large.moment) == (0.0, 5e-11)
    assert none.rates == pytest.approx({"pp": 1.0, "Be7": 1.0}, abs=1e-4)
    assert large.rates["pp"] < 0.8
    assert large.rates["Be7"] == pytest.approx(1.0, abs=0.03)
    assert 0.0 < large.rise < 4.0
    first = edges[:-1] < 95.0
    weak_alone = none.counts["pp"][first] * large.rates["pp"]
    assert (weak_alone < large.counts["pp"][first]).all()  # the moment's recoils are in it
    assert large.counts["Be7"][first].sum() > none.counts["Be7"][first].sum()


def test_figure(tmp_path):
    path = tmp_path / "response.png"
    FIGURES["borexino"](path)
    assert path.read_bytes().startswith(b"\x89PNG")
