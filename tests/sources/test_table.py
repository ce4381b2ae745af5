"""Sources from a text file: what is read, and what is said when it cannot be."""

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.sources.normalisation import Emission, Flux, PerPot, ShapeOnly
from numm_stats.sources.table import from_table


@pytest.fixture
def write(tmp_path):
    def _write(text):
        path = tmp_path / "spectrum.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return _write


@pytest.mark.parametrize(
    "text",
    [
        "1 2\n3 2\n",
        "1,2\n3,2\n",
        "# energy density\nE_MeV, density\n1.0, 2.0\n\n3.0, 2.0  # last\n",
        "\tenergy\tdensity\r\n1e0\t2\r\n3\t2\r\n",
    ],
)
def test_ways_to_write_a_table(write, text):
    component = from_table(write(text), flavour="nu_e_bar").components[0]
    assert component.flavour == "nu_e_bar"
    assert component.continuum.panels_mev.tolist() == [1.0, 3.0]
    energies, weights = component.quadrature([0.0])
    assert weights.sum() == pytest.approx(1.0)
    assert (weights * energies).sum() == pytest.approx(2.0)


@pytest.mark.parametrize(("per", "expected"), [("neutrino", ShapeOnly()), ("cm2 s", Flux(1.0)), ("cm2 pot", PerPot())])
def test_what_the_density_is_per(write, per, expected):
    source = from_table(write("1 5\n2 5\n"), flavour="nu_mu", per=per)
    assert source.normalisation == expected
    density = source.components[0].continuum.density(np.array(1.5))
    assert float(density) == (1.0 if per == "neutrino" else 5.0)


def test_a_shape_can_be_given_its_size(write):
    path = write("1 5\n2 5\n")
    assert from_table(path, flavour="nu_e", normalisation=Emission(1e20)).normalisation == Emission(1e20)
    with pytest.raises(InputError, match="'cm2 s' is absolute"):
        from_table(path, flavour="nu_e", per="cm2 s", normalisation=Emission(1e20))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"spectrum\.txt: 0 rows.*two or more"),
        ("1 2\n", r"spectrum\.txt: 1 rows"),
        ("1 2\n2 nan\n", r"line 2: density 'nan'"),
        ("1 2\ninf 2\n", r"line 2: energy 'inf'"),
        ("# c\n1 2\n2 -3\n", r"line 3: density '-3'"),
        ("-1 2\n2 3\n", r"line 1: energy '-1'"),
        ("1 2\n3 2\n2 2\n", r"line 3: energy 2\.0 MeV after 3\.0 MeV; allowed: increasing"),
        ("1 2\n1 2\n", r"line 2: energy 1\.0 MeV after 1\.0"),
        ("1 2\n2 two\n", r"line 2: density 'two'"),
        ("E D\nstill words\n1 2\n", r"line 2: energy 'still'"),
        ("1 2 3\n2 3 4\n", r"line 1: 3 columns; allowed: two"),
        ("1 2\n2\n", r"line 2: 1 columns"),
        ("1 0\n2 0\n", r"spectrum\.txt: the density is zero everywhere"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe\x00", r"spectrum\.txt: not a text file"),
        (b"1 2\x00\n3 4\n", r"not a text file"),
    ],
)
def test_what_is_wrong_is_said(write, text, message):
    with pytest.raises(InputError, match=message):
        from_table(write(text), flavour="nu_e")


def test_missing_file_and_directory(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.csv: no such file"):
        from_table(tmp_path / "nowhere.csv", flavour="nu_e")
    with pytest.raises(InputError, match="is a directory"):
        from_table(tmp_path, flavour="nu_e")


def test_wrong_words(write):
    path = write("1 2\n2 3\n")
    with pytest.raises(InputError, match="a table per 'cm2', did you mean"):
        from_table(path, flavour="nu_e", per="cm2")
    with pytest.raises(InputError, match="unknown neutrino flavour 'nue'"):
        from_table(path, flavour="nue")
