"""Saved CAFAna spectra: one and two axes, exposures, and what is wrong with some."""

from pathlib import Path

import numpy as np
import pytest
import uproot

from numm_stats.errors import InputError
from numm_stats.selections.saved_spectra import read_spectrum, spectrum_names

BY_ROOT = Path(__file__).with_name("spectra_by_root.root")


def test_names():
    names = spectrum_names(BY_ROOT)
    assert names == ("line", "plane", "cube", "misfit", "cosmic", "nothing", "shifted/line", "sparse")


def test_counts_scale_with_pot_and_variances_with_its_square():
    spectrum = read_spectrum(BY_ROOT, "line")
    assert spectrum.pot == 1e20
    scaled = spectrum.scaled_to(2.5e19)
    assert scaled.values().tolist() == [1.0, 2.25]
    assert scaled.variances() == pytest.approx([4.0 * 4.0 / 16.0, 4.0 * 9.0 / 16.0])
    assert spectrum.histogram.values().tolist() == [4.0, 9.0]
    assert (scaled.axes[0].label, scaled.axes[0].unit) == ("Energy (GeV)", "GeV")


def test_the_second_of_two_axes_runs_faster():
    plane = read_spectrum(BY_ROOT, "plane").histogram
    assert plane.values().tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert plane.variances().tolist() == pytest.approx(4.0 * plane.values())
    assert [axis.label for axis in plane.axes] == ["Energy (GeV)", "T#theta^{2}"]
    assert plane.axes[1].edges.tolist() == [0.0, 1.0, 2.0, 4.0]


def test_livetime_of_cosmic_rays():
    cosmic = read_spectrum(BY_ROOT, "cosmic")
    assert cosmic.scaled_to_livetime(100.0).values().tolist() == [8.0, 18.0]
    with pytest.raises(InputError, match="'cosmic': 'pot' is 0, so its counts cannot be scaled to 1e\\+20"):
        cosmic.scaled_to(1e20)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lime", r"no spectrum 'lime', did you mean 'line'\?; it has line, plane, "),
        ("", "several spectra, name one; it has line, "),
        ("cube", "'cube/hist' has 3 axes; allowed: one or two"),
        ("misfit", "'misfit/hist' has 5 bins for axes of 2 x 2 bins"),
        ("shifted/line", "'shifted/line/hist' has other bin edges than 'bins0/edges'"),
        ("sparse", "'sparse/hist_sparse' is a sparse histogram; allowed: a filled 'sparse/hist'"),
        ("nothing", "'nothing/hist' is empty: no bin has any content"),
    ],
)
def test_refused(name, message):
    with pytest.raises(InputError, match=f"spectra_by_root.root: {message}"):
        read_spectrum(BY_ROOT, name)


@pytest.mark.parametrize("pot", [0.0, -1.0, np.nan, np.inf])
def test_wanted_pot_is_positive(pot):
    with pytest.raises(
        InputError, match=r"'line': wanted are .* protons on target; allowed: a finite number above zero"
    ):
        read_spectrum(BY_ROOT, "line").scaled_to(pot)


def written(path, **changes):
    """A spectrum as old files have it, without `bins0`."""
    one = (np.array([2e20]), np.array([0.0, 1.0]))
    parts = {"hist": (np.array([3.0, 4.0]), np.array([0.0, 1.0, 2.0])), "pot": one, "livetime": one} | changes
    with uproot.recreate(path) as out:
        out["spectrum/type"] = "Spectrum"
        for key, value in parts.items():
            if value is not None:
                out[f"spectrum/{key}"] = value
    return path


def test_old_files_without_bins(tmp_path):
    spectrum = read_spectrum(written(tmp_path / "old.root"))
    assert spectrum.scaled_to(1e20).values().tolist() == [1.5, 2.0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pot": None}, r"old.root: no 'spectrum/pot' in the file"),
        ({"pot": (np.array([np.nan]), np.array([0.0, 1.0]))}, "'spectrum/pot' has content nan in bin 1"),
        ({"pot": (np.array([-1.0]), np.array([0.0, 1.0]))}, "'spectrum/pot' is -1; allowed: zero or more"),
        ({"hist": None}, r"old.root: no 'spectrum/hist' in the file"),
        ({"hist": (np.array([np.inf]), np.array([0.0, 1.0]))}, "'spectrum/hist' has content inf in bin 1"),
        ({"hist": "text"}, "'spectrum/hist' is a TObjString; allowed: TH1C"),
    ],
)
def test_incomplete_spectra(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        read_spectrum(written(tmp_path / "old.root", **changes))


def test_spectrum_at_the_top_of_a_file_and_none(tmp_path):
    with uproot.recreate(tmp_path / "top.root") as out:
        out["type"] = "Spectrum"
        out["hist"] = (np.array([3.0]), np.array([0.0, 1.0]))
        out["pot"] = (np.array([2.0]), np.array([0.0, 1.0]))
    assert read_spectrum(tmp_path / "top.root").scaled_to(4.0).values().tolist() == [6.0]
    with uproot.recreate(tmp_path / "none.root") as out:
        out["folder/type"] = "Prediction"
    with pytest.raises(InputError, match=r"none.root: no saved spectrum, that is no folder with type = 'Spectrum'"):
        read_spectrum(tmp_path / "none.root")


def test_published_spectra_scale_to_a_wanted_pot(shared):
    path = shared / "data/cafana/spectra.root"
    names = spectrum_names(path)
    assert len(names) == 3
    for name in names:
        spectrum = read_spectrum(path, name)
        with uproot.open(path) as file:
            counts, own = file[f"{name}/hist"].values(flow=True), file[f"{name}/pot"].values()[0]
        scaled = spectrum.scaled_to(3.62e20)
        assert scaled.values(flow=True) == pytest.approx(counts * 3.62e20 / own, rel=1e-12)
        assert scaled.variances(flow=True) == pytest.approx(counts * (3.62e20 / own) ** 2, rel=1e-12)
        assert scaled.axes[0].label == name.removeprefix("subdir_")
