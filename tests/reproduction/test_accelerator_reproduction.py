"""Rows of accelerators, of the world and of statements: published numbers, ours, and what is said of the difference."""

import math
import tomllib

import pytest
from scipy.stats import poisson

from numm_stats.reproduction import world
from numm_stats.reproduction.accelerators import accelerator_rows
from numm_stats.reproduction.statements import argon_atoms, statement_rows


@pytest.fixture(scope="module")
def published(shared):
    return tomllib.loads((shared / "figures" / "published.toml").read_text())["world"]


@pytest.fixture(scope="module")
def rows():
    return {row.row: row for row in accelerator_rows()}


@pytest.fixture(scope="module")
def of_the_world():
    return world.world_rows()


def test_every_experiment_has_its_row(rows):
    assert list(rows) == [
        "LSND, mu_mu", "LSND, combination", "LSND, mu_e", "LSND, sum", "E734", "MiniBooNE", "DONUT", "flare-100",
        "fasernu2",
    ]  # fmt: skip
    for row in rows.values():
        assert row.ratio == pytest.approx(row.ours / row.published)


def test_lsnd(rows):
    assert rows["LSND, mu_mu"].ratio == pytest.approx(1.05, abs=0.03)
    assert rows["LSND, mu_e"].ratio == pytest.approx(0.97, abs=0.03)
    assert rows["LSND, combination"].ours == pytest.approx(2.13, abs=0.01)
    assert rows["LSND, sum"].ours == pytest.approx(
        rows["LSND, combination"].ours * rows["LSND, mu_mu"].ours ** 2, rel=5e-3
    )


def test_e734_and_miniboone_are_within_a_quarter(rows):
    for name in ("E734", "MiniBooNE"):
        assert 0.75 < rows[name].ratio < 1.25
        assert "recalled" in rows[name].note


def test_donut_by_poisson_sums(rows):
    """CLs: P(n <= 1 | s + b) is a tenth of P(n <= 1 | b)."""
    note = rows["DONUT"].note
    events = float(note.split("CLs by exact sums ")[1].split(",")[0])
    assert poisson.cdf(1, events + 2.3) / poisson.cdf(1, 2.3) == pytest.approx(0.1, rel=5e-3)
    ordered = float(note.split("Cousins, ")[1].split(" ")[0])
    assert rows["DONUT"].ours == pytest.approx(5.4e-7 * math.sqrt(ordered / 10), rel=2e-3)


def test_forward_detectors_would_beat_donut(rows):
    assert rows["flare-100"].ours < rows["fasernu2"].ours < rows["DONUT"].published
    assert 2e-8 < rows["flare-100"].ours < 5e-8


def test_every_number_of_the_world_has_its_row(published, of_the_world):
    entries = {row.entry: row.published for row in of_the_world}
    wanted = {}
    for name, table in published.items():
        for key, value in table.items():
            if isinstance(value, list):
                wanted.update({f"world.{name}.{key}.{k}": number for k, number in enumerate(value)})
            elif isinstance(value, float):
                wanted[f"world.{name}.{key}"] = value
    assert entries == pytest.approx(wanted, rel=1e-12)


def test_computed_or_said_to_be_quoted(of_the_world):
    for row in of_the_world:
        assert row.document == "world"
        if row.ours is None:
            assert row.ratio is None
            assert row.note.startswith("quoted, not computed")
        else:
            assert row.ratio == pytest.approx(row.ours / row.published)
    quoted = {row.row for row in of_the_world if row.ours is None}
    assert set(world.QUOTED) <= quoted


def test_sizes_are_those_of_print(of_the_world):
    ratios = {row.row: row.ratio for row in of_the_world if row.ratio is not None}
    for name in ("XENONnT", "Borexino", "SuperK", "NOvA", "Naturalness_Dirac", "NuMu_charge_radius, upper"):
        assert 0.85 < ratios[name] < 1.15, name
    for name in ("GEMMA", "TEXONO"):
        assert 0.5 < ratios[name] < 2.0, name


@pytest.fixture(scope="module")
def statements():
    return {row.row: row for row in statement_rows()}


def test_decays(statements):
    row = statements["42Ar in 10 kt, '10^110'"]
    assert row.published == 1e110
    assert row.ours == pytest.approx(92e-6 * 1e7 * 5 * 365.25 * 86400, rel=1e-9)
    assert "10^11 is meant" in row.note


@pytest.mark.parametrize(("name", "line"), [("Ar37", 0.8111), ("V49", 0.5969), ("Sm145", 0.5098)])
def test_lines_are_below_what_is_printed(statements, name, line):
    row = statements[f"{name} line"]
    assert line - 1e-3 < row.ours < row.published
    assert f"{line:.4f}" in row.note


def test_naturalness(statements):
    dirac, majorana = statements["natural, Dirac"], statements["natural, Majorana"]
    assert dirac.ours < dirac.published < majorana.ours
    assert "favour Majorana; it would not prove Dirac" in dirac.note


def test_atoms_in_ten_kilotonnes_of_argon():
    assert argon_atoms(1e4) == pytest.approx(1e10 / 39.95 * 6.02214076e23, rel=1e-9)
    (decays,) = [row for row in statement_rows() if row.row.startswith("42Ar")]
    assert "10 kt hold 1.5e+32 atoms" in decays.note
