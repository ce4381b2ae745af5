"""[[background]] kind = "counts", weak scattering that is in it, and published files by their paths."""

import numpy as np
import pytest

from numm_stats.analyses.reading import parse_analysis
from numm_stats.assembly.assembling import assemble_detector, assemble_templates, observed_counts
from numm_stats.errors import InputError
from numm_stats.verbs.pipeline import build_spec_of, build_templates

EDGES = [0.001, 0.002, 0.004, 0.006]


def analysis(*backgrounds, **changes):
    document = {
        "name": "test",
        "source": {"kind": "solar", "components": ["pp"]},
        "detector": {"kind": "xenonnt"},
        "exposure": {"years": 2.0},
        "binning": {"recoil_mev": {"edges": EDGES}},
        "signal": {"kind": "magnetic-moment", "reference": 1e-11},
        "background": list(backgrounds),
    }
    return parse_analysis({**document, **changes}, "test")


def built(*backgrounds, **changes):
    return assemble_templates(analysis(*backgrounds, **changes), 1e-11)


def counts(**changes):
    return {"kind": "counts", "name": "flat", "values": [1.0, 2.0, 3.0], **changes}


def test_values_are_the_counts_per_unit_of_exposure():
    assert built(counts())["flat"].values() == pytest.approx([1.0, 2.0, 3.0])
    assert built(counts(per="tonne-year"))["flat"].values() == pytest.approx(2.0 * 4.37 * np.array([1.0, 2.0, 3.0]))


def test_a_stated_rate_takes_their_shape():
    assert built(counts(rate=60.0, per="year"))["flat"].values() == pytest.approx([20.0, 40.0, 60.0])


def test_uncertainty_and_freedom():
    assert built(counts(uncertainty=0.05)).samples["flat"].normalisations == {"flat_rate": (1.05, 0.95)}
    assert built(counts(free=True)).samples["flat"].scales == {"flat_rate": (0.0, 10.0)}


def test_weak_scattering_that_is_in_a_background_has_no_sample_and_moves_nothing_else():
    whole, without = built(counts()), built(counts(includes_weak=True))
    assert list(without) == ["signal", "flat"]
    assert list(whole) == ["signal", "weak", "flat"]
    assert without["signal"].values().tolist() == whole["signal"].values().tolist()
    with pytest.raises(InputError, match="names sample 'weak': samples are signal, flat"):
        built(
            counts(includes_weak=True),
            systematic=[{"name": "n", "kind": "normalisation", "size": 0.1, "samples": ["weak"]}],
        )


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (counts(values=[1.0, 2.0]), "'flat' has 2 values for 3 bins: they must be as many"),
        (counts(values=[0.0, 0.0, 0.0]), "no events in any bin"),
        (counts(values=None), "needs values, one for each bin, or file: one of the two"),
        (counts(file="x.txt"), "needs values, one for each bin, or file: one of the two"),
        (counts(unit="keV"), "unit = 'keV' is that of the energies in a file: state file with it"),
        (counts(nuclide="K42"), "kind = 'counts' has no use for nuclide"),
        ({"kind": "flat", "rate": 1.0, "values": [1.0]}, "kind = 'flat' has no use for values"),
        ({"kind": "flat"}, "kind = 'flat' needs rate"),
        ({"kind": "inverse-beta"}, "kind = 'inverse-beta' needs rate"),
    ],
)
def test_what_makes_no_sense(table, words):
    with pytest.raises(InputError, match=words):
        built({key: value for key, value in table.items() if value is not None})


def test_a_file_of_densities_is_integrated_over_its_own_bins(tmp_path):
    file = tmp_path / "background.csv"
    file.write_text("# keV, 1/keV\n1.5,10\n2.5,20\n3.5,30\n4.5,40\n5.5,60\n")
    table = {"kind": "counts", "name": "model", "file": str(file), "unit": "keV"}
    assert built(table)["model"].values() == pytest.approx([10.0, 50.0, 100.0])
    assert built({**table, "rate": 16.0})["model"].values() == pytest.approx([1.0, 5.0, 10.0])
    shape = {"kind": "table", "name": "curve", "file": str(file), "unit": "keV", "rate": 1.0}
    assert built(shape, binning={"recoil_mev": {"edges": [0.002, 0.003, 0.004]}})["curve"].values().sum() == (
        pytest.approx(1.0)
    )


def test_efficiency_and_data_by_their_paths(tmp_path):
    (tmp_path / "efficiency.txt").write_text("1 0.0\n2 0.5\n10 0.8\n")
    (tmp_path / "events.txt").write_text("1.2\n3.3\n3.4\n5.5\n")
    (tmp_path / "histogram.txt").write_text("1.5 7\n2.5 1\n3.5 2\n4.5 3\n5.5 4\n")
    efficiency = {"file": str(tmp_path / "efficiency.txt"), "unit": "keV", "against": "visible"}
    detector = {"kind": "xenonnt", "efficiency": efficiency}
    read = assemble_detector(analysis(detector=detector)).response.efficiency
    assert read.energies_mev == pytest.approx((0.001, 0.002, 0.01))
    assert (read.values, read.against) == ((0.0, 0.5, 0.8), "visible")
    for kind, expected in (("events", [1.0, 2.0, 1.0]), ("histogram", [7.0, 3.0, 7.0])):
        data = {"kind": kind, "file": str(tmp_path / f"{kind}.txt"), "unit": "keV"}
        assert observed_counts(analysis(data=data)) == expected


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"data": {"kind": "events"}}, "kind = 'events' needs file"),
        ({"data": {"kind": "counts", "values": [1.0], "unit": "keV"}}, "has no use for unit"),
        ({"data": {"kind": "events", "file": "x", "unit": "eV"}}, "data.unit' = 'eV'"),
        ({"detector": {"kind": "lz", "efficiency": {"values": [1.0]}}}, "state energies_mev and values, or file"),
        (
            {"detector": {"kind": "lz", "efficiency": {"file": "x", "values": [1.0]}}},
            "file has the points: no use for values",
        ),
        (
            {"detector": {"kind": "lz", "efficiency": {"energies_mev": [1.0], "values": [1.0], "unit": "keV"}}},
            "unit = 'keV' is that of the energies in a file",
        ),
        ({"detector": {"kind": "lz", "resolution": {"combined": "cubic"}}}, "detector.*combined' = 'cubic'"),
        (
            {
                "detector": {
                    "kind": "lz",
                    "resolution": {"combined": "linear"},
                    "resolution_uncertainty": 0.1,
                }
            },
            "relative to a resolution that is zero",
        ),
    ],
)
def test_keys_that_make_no_sense(changes, words):
    with pytest.raises(InputError, match=words):
        analysis(**changes)


def test_hits_take_no_counts_by_bin(numm_stats):
    answer = numm_stats("show", "borexino-phase3", "--set", 'background=[{kind="counts",values=[1.0]}]')
    assert answer.code == 2
    assert "must be decay or external-gamma where" in answer.err


def test_document_says_it_again():
    stated = analysis(counts(includes_weak=True, per="tonne-year", free=True))
    again = parse_analysis(stated.to_document(), "again")
    assert build_spec_of(again) == build_spec_of(stated)
    assert list(build_templates(again)) == ["signal", "flat"]


def test_points_of_an_efficiency_in_another_unit():
    """keV for MeV, and the reverse; one point is a constant, of any energy."""
    for energies in ([0.5, 1.0, 2.0], [0.0, 1.0], [1e-6, 2e-6]):
        efficiency = {"energies_mev": energies, "values": [0.5] * len(energies)}
        with pytest.raises(InputError, match=r"detector\.efficiency has points from .* none in the analysed range"):
            assemble_detector(analysis(detector={"kind": "lz", "efficiency": efficiency}))
    around = {"kind": "lz", "efficiency": {"energies_mev": [5e-4, 0.015], "values": [0.5, 0.6]}}
    assert assemble_detector(analysis(detector=around)).response.efficiency.values == (0.5, 0.6)
    assert assemble_detector(analysis(detector={"kind": "lz", "efficiency": 0.5})).response.efficiency.values == (0.5,)
