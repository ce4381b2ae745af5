"""The published spectrum of Borexino: every row of the real file, and every fault by file and line."""

import numpy as np
import pytest

from numm_stats.analyses.published_spectrum import read_published_spectrum
from numm_stats.detectors.borexino import HitsResponse, hits_polynomial
from numm_stats.errors import InputError

GOOD = """
  1  137  319.116  2.40118  225       15  2.32852
  2  138  321.518  2.40226  180  13.4164 -1.02099
  3  139  323.920  2.40334    0        0     -inf
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "spectrum.txt"
        path.write_text(text)
        return path

    return write


@pytest.fixture(scope="module")
def published(shared):
    return read_published_spectrum(shared / "data" / "borexino-phase3" / "tfc_subtracted_spectrum.txt")


def test_rows_become_columns(written):
    spectrum = read_published_spectrum(written(GOOD))
    assert spectrum.edges_hits.tolist() == [137.0, 138.0, 139.0, 140.0]
    assert spectrum.edges_mev == pytest.approx([0.319116, 0.321518, 0.323920, 0.32632334])
    assert spectrum.counts.tolist() == [225.0, 180.0, 0.0]
    assert spectrum.residuals.tolist() == [2.32852, -1.02099, -np.inf]
    assert spectrum.merged(np.array([137.0, 139.0, 140.0])).tolist() == [405.0, 0.0]


@pytest.mark.parametrize(
    "row",
    [
        "  1 866 2357.06 3.19098 8 2.82843-0.000936334",
        "  1 866 2357.06 3.19098 8 2.82843+0.000936334",
        "  1 866 2357.06 3.19098 8 2.82843-9.36334e-04",
        "  1 866 2.35706e+03 3.19098 8 2.82843-9.36334E-04",
        "  1 866 2357.06 3.19098 0 0-inf",
    ],
)
def test_columns_glued_at_a_sign_are_told_apart(written, row):
    spectrum = read_published_spectrum(written(row))
    assert spectrum.energies_mev.tolist() == [2.35706]
    assert abs(spectrum.residuals[0]) in {0.000936334, np.inf}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("180  13.4164", "18013.4164", r"spectrum\.txt, line 3: 6 numbers"),
        ("13.4164 -1.02099", "13.4164 -1.02 4", r"line 3: 8 numbers"),
        ("180  13.4164", "190  13.4164", r"line 3: 13\.4164 is not the root of 190"),
        ("180  13.4164", "-180 13.4164", r"line 3: counts -180"),
        ("180  13.4164", "180.5 13.4164", r"line 3: counts 180\.5"),
        ("180  13.4164", "nan 13.4164", r"line 3: counts nan must be finite"),
        ("180  13.4164", "many 13.4164", r"line 3: counts 'many' is no number"),
        ("-1.02099", "inf", r"line 3: residual inf must be finite"),
        ("2.40226", "-2.40226", r"line 3: bin width -2\.40226"),
        ("  2  138", "  2  139", r"line 3: index 2, hits 139: must be the next, 2 and 138"),
        ("  2  138", "  4  138", r"line 3: index 4, hits 138"),
        ("321.518", "331.518", r"line 3: energy 331\.518 keV must lie the bin width 2\.40118 above 319\.116"),
    ],
)
def test_a_fault_is_named_by_file_and_line(written, old, new, message):
    with pytest.raises(InputError, match=message):
        read_published_spectrum(written(GOOD.replace(old, new)))


def test_files_that_are_none_are_refused(tmp_path, written):
    with pytest.raises(InputError, match="cannot be read"):
        read_published_spectrum(tmp_path / "absent.txt")
    with pytest.raises(InputError, match="no rows"):
        read_published_spectrum(written("\n\n"))


@pytest.mark.parametrize("edges", [[137.5, 139.0], [130.0, 139.0], [139.0, 138.0], [138.0]])
def test_bins_that_split_rows_are_refused(written, edges):
    with pytest.raises(InputError, match="bin edge"):
        read_published_spectrum(written(GOOD)).merged(np.array(edges))


def test_every_row_of_the_real_file(published):
    assert len(published.counts) == 817
    assert published.edges_hits[[0, -1]].tolist() == [137.0, 954.0]
    glued = np.flatnonzero(published.hits == 866)[0]
    assert (published.counts[glued], published.residuals[glued]) == (8.0, -0.000936334)
    assert np.isneginf(published.residuals).sum() == (published.counts == 0.0).sum()
    assert published.merged(np.array([137.0, 500.0, 954.0])).sum() == published.counts.sum()


def test_energies_of_the_real_file_make_a_response(published):
    # the file's own scale: within 0.05 hits of a polynomial of the energy, and not that of Phase-II
    response = HitsResponse(coefficients=hits_polynomial(published.energies_mev, published.hits))
    assert response.mean_hits(published.energies_mev) == pytest.approx(published.hits, abs=0.05)
    assert float(HitsResponse().mean_hits(published.energies_mev[0])) == pytest.approx(142.9, abs=0.1)
