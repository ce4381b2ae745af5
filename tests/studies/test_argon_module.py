"""A module of liquid argon: what the slides say of it, and its limit against threshold, depletion and pointing."""

import math
import tomllib
from itertools import pairwise

import numpy as np
import pytest

from numm_stats.backgrounds.nuclides import decay_spectrum
from numm_stats.detectors.known import known_detector
from numm_stats.errors import InputError
from numm_stats.plots.argon import plot_argon
from numm_stats.reproduction import reproduce
from numm_stats.studies.argon_module import argon_analysis, argon_curves, argon_limit, pointing_fractions
from numm_stats.verbs.limiting import limit
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import build_templates

BOREXINO = 2.8e-11


def moment(measurement, threshold_mev, **options):
    return argon_limit(measurement, threshold_mev, **options).moment


@pytest.fixture(scope="module")
def rows():
    return {row.row: row for row in reproduce("argon")}


def test_detector_is_that_of_the_inputs(shared):
    inputs = tomllib.loads((shared / "figures" / "inputs.toml").read_text())["isodar"]["dune_module"]
    detector = known_detector("dune-argon")
    assert detector.tonnes == inputs["fiducial_tonnes"]
    assert detector.distance_m == inputs["effective_distance_m"]
    assert detector.electrons_per_tonne == inputs["electrons_per_tonne"]
    assert detector.electrons_per_tonne == pytest.approx(1e6 * 6.02214e23 * 18 / 39.948, rel=1e-3)


def test_decays_and_events_of_the_slides(rows):
    assert rows["42Ar in 10 kt"].ours == pytest.approx(1.45e11, rel=0.01)
    assert "1.38e+11" in rows["42Ar in 10 kt"].note
    assert rows["nu-e in 10 kt"].ours == pytest.approx(250000, rel=0.05)  # print has two digits


def test_visible_potassium_is_as_listed(shared):
    table = tomllib.loads((shared / "figures" / "reference_values.toml").read_text())["solar"]
    listed = table["potassium_42_visible_fraction"]
    for threshold in (1, 2, 3):
        expected = pytest.approx(listed[f"above_{threshold}_mev"], rel=listed["tolerance"])
        assert decay_spectrum("K42").above(threshold) == expected


@pytest.mark.parametrize(("entry", "value"), [("dune-argon", 4.53e-11), ("argon-module", 2.38e-11)])
def test_limits_of_the_catalogue(entry, value):
    assert limit(entry).value == pytest.approx(value, rel=0.005)


def test_rates_of_the_catalogue_are_the_activities():
    dune, module = load("dune-argon").background, load("argon-module").background
    seconds = 5 * 365.25 * 86400
    assert [table.rate for table in dune] == pytest.approx([92e-6 * 1e7 * seconds], rel=1e-3)
    deap, old = 40.4e-6 / 1e6, 1.01 / 1400
    assert [table.rate for table in module] == pytest.approx([r * 1e7 * seconds for r in (deap, deap, old)], rel=1e-3)
    assert [table.nuclide for table in module] == ["K42", "Ar42", "Ar39"]


def test_entry_is_the_analysis_at_its_threshold():
    """Bins of another width and another uncertainty of a rate that the data fix better than either."""
    assert moment("Ar42-gerda", 4.0) == pytest.approx(limit("dune-argon").value, rel=0.005)


def test_the_answer(rows):
    """No, with argon from the air, whatever the threshold; yes, if 42Ar is a million times rarer."""
    air = [row.ours for name, row in rows.items() if name.endswith("MeV") and "42Ar," in name and "no" not in name]
    assert len(air) == 7
    assert min(air) > 1.6 * BOREXINO
    assert rows["GERDA's 42Ar / 1e+06, 0.75 MeV"].ours < BOREXINO
    assert rows["no 42Ar, 0.75 MeV"].ours == pytest.approx(2.03e-11, rel=0.005)


def test_neither_fewer_bins_nor_more_decays_help():
    thresholds = [0.75, 2.0, 4.0, 5.0, 6.0]
    air = [moment("Ar42-gerda", threshold) for threshold in thresholds]
    free = [moment(None, threshold) for threshold in thresholds]
    assert free == sorted(free)
    assert all(high >= low * (1 - 1e-4) for low, high in pairwise(air))
    assert all(a >= f * (1 - 1e-4) for a, f in zip(air, free, strict=True))
    assert air[-1] == pytest.approx(free[-1], rel=1e-3)  # 42K does not reach 6 MeV
    depleted = [moment("Ar42-gerda", 0.75, depletion=factor) for factor in (1.0, 1e3, 1e6, 1e12)]
    assert depleted == sorted(depleted, reverse=True)
    assert depleted[-1] == pytest.approx(free[0], rel=1e-3)


def test_the_answer_does_not_hang_on_the_shape():
    """In 42K's own bins 1e10 decays drown 1e4 events, even if the shape were exact to the fifth digit."""
    exact = limit(argon_analysis("Ar42-gerda", 0.75, shape_uncertainty=1e-5)).value
    assert exact == pytest.approx(moment("Ar42-gerda", 0.75), rel=0.01)


def test_pointing_pays_only_where_42k_matters_and_does_not_overwhelm():
    assert moment("Ar42-gerda", 0.75, pointing=True) > moment("Ar42-gerda", 0.75)
    assert moment("Ar42-gerda", 0.75, depletion=1e6, pointing=True) < moment("Ar42-gerda", 0.75, depletion=1e6)


def test_pointing_fractions():
    """A small cone keeps its solid angle of decays; of Gaussian directions in a plane, drawn by lot, as many."""
    assert pointing_fractions(180.0, 25.0)[1] == 1.0
    small = math.radians(1.0)
    assert pointing_fractions(1.0, 25.0)[1] == pytest.approx(math.pi * small**2 / (4 * math.pi), rel=1e-4)
    angles = np.hypot(*np.random.default_rng(1).normal(0.0, 25.0, (2, 200_000)))
    assert pointing_fractions()[0] == pytest.approx((angles < 40.0).mean(), abs=0.005)


def test_pointing_scales_templates():
    kept, isotropic = pointing_fractions()
    plain, pointed = (build_templates(argon_analysis("Ar42-deap", 4.0, pointing=cut)) for cut in (False, True))
    assert pointed["weak"].values() == pytest.approx(kept * plain["weak"].values(), rel=1e-6)
    assert pointed["K42"].values() == pytest.approx(isotropic * plain["K42"].values(), rel=1e-6)


@pytest.mark.parametrize("threshold_mev", [0.5, 11.0, float("nan")])
def test_thresholds_out_of_range_are_refused(threshold_mev):
    with pytest.raises(InputError, match="threshold_mev"):
        argon_analysis("Ar42-gerda", threshold_mev)


def test_other_mistakes_are_named():
    with pytest.raises(InputError, match="did you mean 'Ar42-gerda'"):
        argon_analysis("Ar42-gerd", 4.0)
    with pytest.raises(InputError, match="cone"):
        pointing_fractions(200.0, 25.0)


def test_on_the_command_line(numm_stats):
    table = numm_stats("reproduce", "argon", "--json").json
    assert len(table) == 16
    assert set(table[0]) == {"document", "row", "quantity", "published", "ours", "ratio", "note", "entry"}


def test_plot(numm_stats, tmp_path):
    path = tmp_path / "argon.png"
    assert numm_stats("reproduce", "argon", "--plot", path).code == 0
    assert path.read_bytes().startswith(b"\x89PNG")
    refused = numm_stats("reproduce", "isodar", "--plot", path)
    assert refused.code == 2
    assert "'isodar' has no figure; argon, borexino" in refused.err


def test_what_the_plot_shows():
    curves = argon_curves((0.75, 6.0))
    figure = plot_argon((0.75, 6.0), curves, title="argon", beat={"Borexino": BOREXINO})
    (axes,) = figure.axes
    assert len(axes.lines) == len(curves) + 1
    assert axes.lines[0].get_ydata().tolist() == pytest.approx([4.52, 5.71], abs=0.01)
    assert axes.get_xlabel() == "threshold [MeV]"
