"""Files of event energies, histograms and points: what they give, and what is wrong with them."""

import numpy as np
import pytest

from numm_stats.analyses.published_files import read_event_counts, read_histogram, read_points
from numm_stats.errors import InputError
from numm_stats.templates.edges import stated_edges

EDGES = np.array([1e-3, 2e-3, 4e-3, 6e-3])


@pytest.fixture
def file(tmp_path):
    def written(text):
        path = tmp_path / "published.txt"
        path.write_text(text)
        return path

    return written


def test_events_are_counted_a_lower_edge_in_its_bin(file):
    path = file("# E [keV]\n0.99\n1.0\n1.5\n\n2.0  # on an edge\n5.999\n6.0\n7.3\n")
    assert read_event_counts(path, EDGES, "keV") == [2.0, 1.0, 1.0]
    assert read_event_counts(file("0.0015\n0.005\n"), EDGES) == [1.0, 0.0, 1.0]


def test_bins_are_those_of_the_file_or_several_of_them(file):
    path = file("# E,N\n0.5,9\n1.5, 3\n2.5,4\n3.5 5\n4.5\t6\n5.5 7\n")
    counts, width_mev = read_histogram(path, EDGES, "keV")
    assert counts.tolist() == [3.0, 9.0, 13.0]
    assert width_mev == pytest.approx(1e-3)


def test_centres_read_from_a_figure_are_close_enough(file):
    counts, width_mev = read_histogram(file("0.5 1\n1.4947,3\n2.4805,4\n3.46 5"), np.array([1e-3, 2e-3]), "keV")
    assert counts.tolist() == [3.0]
    assert width_mev == pytest.approx(0.98667e-3, rel=1e-4)


def test_points(file):
    energies, values = read_points(file("1 0.0\n2.5 0.5\n"), "keV")
    assert energies == pytest.approx([1e-3, 2.5e-3])
    assert values.tolist() == [0.0, 0.5]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.5\nx\n", "line 2: energy 'x' is no number"),
        ("1.5\n-2\n", "line 2: energy -2 must be finite and not negative"),
        ("nan\n", "line 1: energy nan must be finite"),
        ("1.5 2\n", "line 1: 2 columns; there must be 1: energy, energies in keV"),
        ("# nothing\n", "has no numbers: energy are needed, energies in keV"),
        ("1500\n2000\n", "none of 2 energies in keV lies in 0.001 to 0.006 MeV: look at unit"),
    ],
)
def test_events_that_cannot_be_read(file, text, words):
    with pytest.raises(InputError, match=words):
        read_event_counts(file(text), EDGES, "keV")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.5 1\n1.2 3\n", "bin centre 1.2 keV follows 1.5: must increase"),
        ("1.5 1\n", "has one bin centre: two or more are needed"),
        ("0.5 1\n1.5 1\n2.0 1\n3.5 1\n", "bin centre 2 keV is not on a grid: bins must be of one width"),
        ("1.3 1\n2.3 1\n3.3 1\n", "bin edge 0.001 MeV is none of the file's, 1 keV apart from 0.8 to 3.8 keV"),
        ("1.5 1\n2.5 1\n", "bin edge 0.004 MeV is none of the file's, 1 keV apart from 1 to 3 keV"),
        ("2 1\n6 1\n", "bin edge 0.001 MeV is none of the file's, 4 keV apart"),
    ],
)
def test_bins_that_are_others(file, text, words):
    with pytest.raises(InputError, match=words):
        read_histogram(file(text), EDGES, "keV")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.txt cannot be read: No such file"):
        read_points(tmp_path / "nothing.txt")


def test_events_on_edges_are_in_their_bins_whatever_their_unit(file):
    """Edges by start, stop and width in MeV, energies in keV: both are rounded, differently."""
    for start, stop, width, energies in (
        (0.001, 0.02, 0.001, [f"{n}" for n in range(1, 20)]),
        (0.001, 0.03, 0.0001, [f"{n / 10}" for n in range(10, 300)]),
    ):
        edges = stated_edges(start, stop, width, None, "energies in MeV")
        path = file("\n".join([*energies, str(1e3 * stop)]))
        assert read_event_counts(path, edges, "keV") == [1.0] * (len(edges) - 1)
