"""Entries of reactors and artificial sources, and what binding and knowledge of the background do to their limits."""

import numpy as np
import pytest

from numm_stats.analyses.reading import parse_analysis
from numm_stats.assembly.assembling import assemble_detector, assemble_scattering
from numm_stats.detectors.surrounding import shell_mean_inverse_square_per_m2
from numm_stats.errors import InputError
from numm_stats.reproduction.binding import binding_rows
from numm_stats.reproduction.reactors import moment_where_known
from numm_stats.verbs.limiting import limit
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import build_templates


@pytest.fixture(scope="module")
def rows():
    return {row.row: row for row in binding_rows()}


def test_free_electrons_are_those_of_the_shells(rows):
    assert rows["germanium at 3 keV, free electrons"].ours == 30 / 32  # all but the K shell
    assert rows["xenon at 1 keV, free electrons"].ours == 40 / 54  # the K and L shells and 3s, 3p1/2


def test_events_fall_as_the_shells_say(rows):
    """Magnetic events go as 1/T: the mean of the free fraction over dT/T, less a small 1/E."""
    magnetic = next(row for name, row in rows.items() if name.startswith("germanium at 3 keV, magnetic"))
    share = float(magnetic.note.split("; ")[1].split("%")[0].split(",")[1]) / 100
    expected = -(2 / 32) * np.log(11.103 / 3) / np.log(55 / 3)
    assert share == pytest.approx(expected, rel=0.03)


def test_binding_makes_limits_weaker(rows):
    for name, row in rows.items():
        if name.endswith("limit"):
            free = float(row.note.split("; ")[1].split()[0])
            assert 1.0 < row.ours / free < 1.2


@pytest.mark.parametrize(("entry", "published"), [("texono", 7.4e-11), ("gemma", 2.9e-11)])
def test_reactor_limits_stand_on_both_sides_of_the_published_ones(entry, published):
    """Less known of the background makes a weaker limit; with all of it known ours come within 10 % of theirs."""
    moments = [moment_where_known(entry, known) for known in ("each bin free", "shape known", "all known")]
    assert moments[0] > moments[1] > moments[2]
    assert moments[2] / published == pytest.approx(1.0, abs=0.1)
    assert moments[0] / published < 1.6
    assert moments[0] == pytest.approx(limit(load(entry), construction="delta-chi2").value, rel=1e-9)


def test_backgrounds_of_reactors_are_counts_per_kg_kev_and_day():
    for entry, kilograms, days, level in (("texono", 1.06, 570.7, 1.0), ("gemma", 1.5, 755.6, 2.5)):
        templates = build_templates(load(entry))
        per_bin = templates.samples["gammas"].counts
        assert per_bin == pytest.approx(level * kilograms * days * np.diff(templates.edges) * 1e3, rel=1e-9)


def test_a_hole_around_the_source():
    detector = assemble_detector(load("pm147-nai"))
    outer = np.cbrt(0.3**3 + 3 / (4 * np.pi * 3.67))
    expected = shell_mean_inverse_square_per_m2(0.3, float(outer))
    assert detector.mean_inverse_square_per_cm2 == pytest.approx(expected * 1e-4)
    assert (detector.radius_m, detector.tonnes) == (0.0, 1.0)


def test_source_at_ten_metres_and_in_the_middle():
    far, near = (assemble_detector(load(name)) for name in ("cr51-borexino", "sr90-y90-scintillator"))
    assert far.mean_inverse_square_per_cm2 == pytest.approx(1e-6 * (1 + 0.2 * 0.3**2), rel=1e-3)
    # around the middle: 3 / (R1^2 + R1 R2 + R2^2)
    assert near.mean_inverse_square_per_cm2 == pytest.approx(3e-4 / (1 + 3.037 + 3.037**2), rel=1e-3)


def test_a_hole_needs_a_sphere():
    with pytest.raises(InputError, match="state radius_m"):
        assemble_scattering(load("texono", ("detector.inner_radius_m=0.1",)), 1e-10)


@pytest.mark.parametrize(
    ("entry", "component", "low", "high", "total"),
    [("cr51-borexino", "Be7", 0.2, 0.7, 48.3), ("sr90-y90-scintillator", "Be7", 0.25, 2.0, 48.3)],
)
def test_solar_rates_above_threshold(entry, component, low, high, total):
    """The rate stated in the range, of all that Borexino published, by the spectrum of recoils."""
    edges = f"binning.recoil_mev={{edges=[1e-5,{low},{high}]}}"
    source = f"source={{kind='solar',components=['{component}']}}"
    changes = (edges, source, "background=[]", "systematic=[]", "exposure={events=1.0}", "detector.resolution=0.0")
    document = {key: value for key, value in load(entry).to_document().items() if key not in ("off", "background")}
    shares = build_templates(parse_analysis(document, entry, changes))["weak"].values()
    stated = next(table.rate for table in load(entry).background if table.component == component)
    assert stated == pytest.approx(total * shares[1] / shares.sum(), rel=0.01)
