"""Saved histograms to templates: spectra and plain histograms, exposures, bins, systematics, data."""

from pathlib import Path

import numpy as np
import pytest
import uproot

from numm_stats.errors import InputError
from numm_stats.selections.build import select
from numm_stats.selections.reading import parse_selection, read_selection
from numm_stats.selections.saved_build import select_saved
from numm_stats.verbs.selecting import channels_of

EDGES = np.array([0.0, 1.0, 2.0, 4.0])
COUNTS = {
    "sig": np.array([1.0, 2.0, 3.0]),
    "nc": np.array([40.0, 30.0, 20.0]),
    "nc_up": np.array([44.0, 31.0, 20.0]),
    "nc_down": np.array([36.0, 29.0, 20.0]),
    "cc": np.array([8.0, 4.0, 2.0]),
    "cc_up": np.array([10.0, 4.0, 1.0]),
    "observed": np.array([24.0, 15.0, 12.0]),
}
POT = {"sig": 1e20, "nc": 2e20, "nc_up": 2e20, "nc_down": 1e20}


@pytest.fixture
def path(tmp_path):
    """`nc` and `sig` as spectra of CAFAna's, the others plain, none in other bins but `fine` and `odd`."""
    made = tmp_path / "saved.root"
    with uproot.recreate(made) as out:
        for name, counts in COUNTS.items():
            if name in POT:
                out[f"{name}/type"] = "Spectrum"
                out[f"{name}/hist"] = (counts, EDGES)
                out[f"{name}/pot"] = (np.array([POT[name]]), np.array([0.0, 1.0]))
            else:
                out[name] = (counts, EDGES)
        out["fine"] = (np.array([5.0, 3.0, 4.0, 1.0, 1.0]), np.array([0.0, 0.5, 1.0, 2.0, 3.0, 4.0]))
        out["odd"] = (np.ones(2), np.array([0.0, 1.5, 4.0]))
        out["plane"] = (np.ones((3, 2)), EDGES, np.array([0.0, 0.1, 0.2]))
        out["TotalPOT"] = (np.array([4.0]), np.array([0.0, 1.0]))
    return str(made)


@pytest.fixture
def table():
    return {
        "name": "saved",
        "category": [{"name": "nc", "histogram": "nc"}, {"name": "cc", "histogram": "cc", "pot": 4e20}],
        "exposure": {"pot": 1e20},
        "signal": {"kind": "magnetic-moment", "reference": 1e-9, "histogram": "sig"},
    }


def made(table, path):
    return select_saved(parse_selection(table, "saved.toml"), [path])


def test_every_histogram_is_scaled_by_its_own_exposure(table, path):
    found, data = made(table, path)
    assert data is None
    assert list(found) == ["signal", "nc", "cc"]
    for name, counts in (("signal", COUNTS["sig"]), ("nc", COUNTS["nc"] / 2.0), ("cc", COUNTS["cc"] / 4.0)):
        np.testing.assert_allclose(found[name].values(), counts)
    np.testing.assert_allclose(found.samples["nc"].statistical, np.sqrt(COUNTS["nc"]) / 2.0)
    assert found.samples["signal"].power == 2
    assert (found.exposure.pot, found.exposure.simulated_pot) == (1e20, None)
    assert found.events == {"signal": 6, "nc": 90, "cc": 14}
    assert select(parse_selection(table, "saved.toml"), [path]).to_dict() == found.to_dict()


@pytest.mark.parametrize(
    ("exposure", "scale"),
    [
        ({"simulated_pot": 5e20}, 0.2),
        ({"histogram": "TotalPOT", "unit_pot": 1e20}, 0.25),
        ({"histogram": "TotalPOT", "unit_pot": 1e20, "pot": 4e20}, 1.0),
    ],
)
def test_what_does_not_say_its_exposure_has_that_of_the_file(table, path, exposure, scale):
    """Wanted is what is stated, or that of the spectrum among the data."""
    table |= {"exposure": exposure, "data": {"histogram": "sig"}}
    del table["category"][1]["pot"]
    found, data = made(table, path)
    np.testing.assert_allclose(found["cc"].values(), COUNTS["cc"] * scale)
    assert data.exposure.simulated_pot == 1e20
    np.testing.assert_allclose(data["data"].values(), COUNTS["sig"])


def test_without_any_exposure_counts_are_as_they_are(table, path):
    table["category"], table["exposure"], table["signal"]["histogram"] = [{"name": "cc", "histogram": "cc"}], {}, "cc"
    found, _ = made(table, path)
    np.testing.assert_array_equal(found["cc"].values(), COUNTS["cc"])
    assert found.exposure.pot is None


def test_bins_are_merged_out_of_those_that_all_have(table, path):
    table["category"] = [{"name": "nc", "histogram": "nc"}, {"name": "fine", "histogram": "fine", "pot": 1e20}]
    found, _ = made(table, path)
    np.testing.assert_allclose(found["fine"].values(), [8.0, 4.0, 2.0])
    table["observable"] = [{"name": "energy", "label": "Energy", "unit": "GeV", "edges": [0.0, 2.0, 4.0]}]
    found, _ = made(table, path)
    np.testing.assert_allclose(found["nc"].values(), [35.0, 10.0])
    np.testing.assert_allclose(found.samples["nc"].statistical, [np.sqrt(70.0) / 2.0, np.sqrt(20.0) / 2.0])
    assert found["nc"].axes[0].label == "Energy [GeV]"
    table["observable"][0]["edges"] = [1.0, 2.0, 4.0]
    found, _ = made(table, path)
    np.testing.assert_allclose(found["nc"].values(), [15.0, 10.0])
    below = (20.0 + 8.0 + 1.0) / (45.0 + 14.0 + 6.0)
    assert found.outside[0] == pytest.approx([below, 0.0])
    assert "observable 'energy': 44.6% of the saved counts are below the bins and 0.0% above" in found.warnings


def test_systematics(table, path):
    """Other histograms, each of its own exposure, mirrored without `down`; a normalisation."""
    table["systematic"] = [
        {"name": "scale", "kind": "histograms", "up": {"nc": "nc_up"}, "down": {"nc": "nc_down"}},
        {"name": "shape", "kind": "histograms", "up": {"cc": "cc_up"}},
        {"name": "rate", "kind": "histograms", "up": {"nc": "nc_up"}, "modifier": "normsys"},
        {"name": "pot", "kind": "normalisation", "size": 0.01, "samples": ["signal", "cc"]},
    ]
    found, _ = made(table, path)
    nc, cc = found.samples["nc"], found.samples["cc"]
    up, down = nc.variations["scale"]
    np.testing.assert_allclose(up.values(), COUNTS["nc_up"] / 2.0)
    np.testing.assert_allclose(down.values(), COUNTS["nc_down"])
    up, down = cc.variations["shape"]
    np.testing.assert_allclose(up.values(), COUNTS["cc_up"] / 4.0)
    np.testing.assert_allclose(up.values() + down.values(), COUNTS["cc"] / 2.0)
    assert nc.normalisations["rate"] == pytest.approx((95.0 / 90.0, 85.0 / 90.0))
    assert [name for name, one in found.samples.items() if "pot" in one.normalisations] == ["signal", "cc"]


def test_a_spectrum_without_protons_has_a_livetime(table, tmp_path):
    with uproot.recreate(tmp_path / "cosmic.root") as out:
        out["cosmic/type"] = "Spectrum"
        out["cosmic/hist"] = (COUNTS["nc"], EDGES)
        for key, value in (("pot", 0.0), ("livetime", 50.0)):
            out[f"cosmic/{key}"] = (np.array([value]), np.array([0.0, 1.0]))
        out["cc"] = out["sig"] = (COUNTS["cc"], EDGES)
    table["category"][0]["histogram"], table["signal"]["pot"] = "cosmic", 1e20
    with pytest.raises(InputError, match=r"'cosmic' is of no protons on target: state pot beside it, or exposure\."):
        made(table, str(tmp_path / "cosmic.root"))
    table["exposure"]["livetime_s"] = 10.0
    found, _ = made(table, str(tmp_path / "cosmic.root"))
    np.testing.assert_allclose(found["nc"].values(), COUNTS["nc"] / 5.0)


@pytest.mark.usefixtures("path")
def test_files_are_found_beside_the_table(tmp_path, path):
    (tmp_path / "saved.toml").write_text(
        'name = "x"\n[[category]]\nname = "nc"\nhistogram = "nc"\nfile = "saved.root"\n[data]\nhistogram = "observed"\n'
        'file = "saved.root"\npot = 2e20\n'
    )
    found, data = select_saved(read_selection(tmp_path / "saved.toml"))
    np.testing.assert_allclose(found["nc"].values(), COUNTS["nc"])
    assert data["data"].values().tolist() == COUNTS["observed"].tolist()
    assert found.exposure.files == data.exposure.files == (path,)


def test_files_beside_the_nominal_ones_are_counted(table, path, tmp_path):
    other = tmp_path / "other.root"
    other.write_bytes(Path(path).read_bytes())
    category = [{"name": "nc", "histogram": "nc", "file": path}, {"name": "cc", "histogram": "nc", "file": str(other)}]
    signal = table["signal"] | {"file": path}
    found, _ = select_saved(parse_selection(table | {"category": category, "signal": signal}, "saved.toml"))
    assert found.exposure.files == (path, str(other))


def test_data_that_do_not_say_their_exposure(table, path):
    """Beside histograms that do it is to be stated: of the data, and the templates follow, or as what is wanted."""
    table |= {"exposure": {}, "data": {"histogram": "observed"}}
    with pytest.raises(InputError, match=r"'observed' does not say .* state data\.pot, or exposure\.pot"):
        made(table, path)
    found, data = made(table | {"data": {"histogram": "observed", "pot": 4e20}}, path)
    np.testing.assert_allclose(found["cc"].values(), COUNTS["cc"])
    assert (found.exposure.pot, data.exposure.simulated_pot) == (4e20, 4e20)
    found, data = made(table | {"exposure": {"pot": 1e20}}, path)
    assert (found.exposure.pot, data.exposure.simulated_pot) == (1e20, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"category": [{"name": "nc", "histogram": "nc_uo"}]},
            "no histogram or saved spectrum 'nc_uo' in .*mean 'nc_up'",
        ),
        (
            {"category": [{"name": "nc", "histogram": "odd", "pot": 1.0}]},
            "'sig' has other bins: no edge at 1.5, the near",
        ),
        ({"category": [{"name": "nc", "histogram": "plane", "pot": 1.0}]}, "'sig' has 1 axes; the others have 2"),
        ({"category": [{"name": "cc", "histogram": "cc"}]}, "'cc' does not say how many protons on target it is of"),
        ({"exposure": {}}, "histograms are of 1e\\+20 to 4e\\+20 protons on target: state exposure.pot"),
        ({"exposure": {"histogram": "TotalPot"}}, "'TotalPot' in .*, did you mean 'TotalPOT'"),
        ({"category": []}, "state a category with a histogram, or \\[response\\]"),
        ({"signal": {"kind": "magnetic-moment"}}, "\\[signal\\] needs one of histogram and \\[response\\]"),
        ({"signal": {"kind": "vector", "histogram": "sig"}}, "has two terms: state interference = false"),
        ({"signal": {"kind": "magnetic", "histogram": "sig"}}, "key 'signal.kind' = 'magnetic', did you mean"),
        ({"systematic": [{"name": "x", "kind": "histograms", "up": {"nd": "nc"}}]}, "up names 'nd'; there are sig"),
        (
            {"systematic": [{"name": "x", "kind": "histograms", "up": {"nc": "nc"}, "down": {"cc": "cc"}}]},
            "up and down must name the same samples",
        ),
        ({"systematic": [{"name": "x", "kind": "response", "up": "f"}]}, "another response needs \\[response\\]"),
        ({"observable": [{"name": "a"}, {"name": "b"}]}, "2 observables are stated, the histograms have 1 axes"),
        ({"observable": [{"name": "a", "edges": [0.0, 3.0]}]}, "no edge at 3, the nearest is at 2"),
        ({"cuts": ["E > 1"]}, "unknown key 'cuts'; valid keys here are name, note, files, observable, category, resp"),
        ({"response": {"unit": "GeV"}, "signal": {"kind": "magnetic-moment"}}, "no histogram .* 'h_eff'"),
    ],
)
def test_refused(table, path, change, message):
    table |= change
    with pytest.raises(InputError, match=message):
        made(table, path)


def test_one_of_two_files_has_it(table, path, tmp_path):
    other = tmp_path / "other.root"
    other.write_bytes((tmp_path / "saved.root").read_bytes())
    with pytest.raises(InputError, match=r"'nc' is in .*saved.root and in .*other.root: state file beside it"):
        select_saved(parse_selection(table, "t"), [path, str(other)])
    with pytest.raises(InputError, match="no files: give some, or state files"):
        select_saved(parse_selection(table, "t"))


def test_two_axes_are_two_observables(table, path):
    """The second axis is the outer one; bins of either are merged."""
    table["category"] = [{"name": "flat", "histogram": "plane", "pot": 1e20}]
    table["signal"] |= {"histogram": "plane", "pot": 2e20}
    found, _ = made(table, path)
    assert [axis.name for axis in found["flat"].axes] == ["xaxis", "yaxis"]
    assert list(channels_of(found)) == ["saved_yaxis_0", "saved_yaxis_1"]
    table["observable"] = [{"name": "energy", "edges": [0.0, 2.0, 4.0]}, {"name": "angle", "edges": [0.0, 0.2]}]
    found, _ = made(table, path)
    assert found["flat"].values().tolist() == [[4.0], [2.0]]
    assert found["signal"].values().tolist() == [[2.0], [1.0]]
    assert list(channels_of(found)) == ["saved_angle_0"]
