"""Artificial sources: every published number has its row, and what is not found as printed says so."""

import tomllib

import pytest

from numm_stats.reproduction import reproduce


@pytest.fixture(scope="module")
def rows():
    return reproduce("sources")


def test_every_published_number_has_its_row(rows, shared):
    published = tomllib.loads((shared / "figures" / "published.toml").read_text())["artificial_sources"]
    flat = {}
    for key, value in published.items():
        if key != "source":
            inner = value.items() if isinstance(value, dict) else ()
            flat |= {f"{key}.{name}": each for name, each in inner} or {key: value}
    found = {row.entry.removeprefix("artificial_sources."): row.published for row in rows if row.entry}
    assert found == flat


def test_ours_are_the_reference_values(rows, shared):
    reference = tomllib.loads((shared / "figures" / "reference_values.toml").read_text())
    region = reference["ratios"]["comparable_region_0p7"]
    found = {(row.row, row.quantity): row for row in rows}
    for kind in ("of_weak", "of_all", "of_magnetic"):
        ours = found["region C = 0.7", f"share {kind.replace('_', ' ')}"].ours
        assert ours == pytest.approx(region[kind], rel=1e-2)
    share = found["90Sr-90Y, magnetic share", "share"]
    assert share.ours == pytest.approx(0.887 / (0.887 + 2.015), rel=1e-2)
    assert share.ratio == pytest.approx(1.02, abs=0.01)


def test_what_is_not_found_as_printed_says_so(rows):
    notes = {row.row: row.note for row in reversed(rows)}
    assert "not found: 16.5 % of the weak events, 23 % of all, 38 % of the magnetic" in notes["region C = 0.7"]
    assert "C = 0.5 holds 29 % of the weak" in notes["region C = 0.7"]
    assert "0.811 (K shell) or 0.813 MeV (L shell)" in notes["Ar37 line"]
    assert "sin^2 = 0.2312; the published number is that of sin^2 = 0.2331" in notes["dynamical zero"]


def test_hellaz_gains_by_the_angle(rows):
    found = {row.row: row for row in rows}
    plain, angle = found["HELLAZ, 90Sr-90Y"], found["HELLAZ, with angles"]
    assert angle.ours < plain.ours
    assert f"{angle.ours / plain.ours:.3f} of the limit without angles" in angle.note
