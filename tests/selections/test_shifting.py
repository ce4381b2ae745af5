"""Branches measured differently: observables and cuts of the same events, against numpy and against other files."""

import awkward as ak
import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.selections import events
from numm_stats.selections.build import select
from numm_stats.selections.simulation import simulate

EDGES = np.linspace(0.5, 4.5, 9)
MOMENT = {
    "kind": "magnetic-moment",
    "categories": ["elastic"],
    "energy_mev": "1000 * rec.mc.nu.E",
    "recoil_mev": "1000 * T",
    "pdg": "rec.mc.nu.pdg",
}


def shift(**keys):
    return {"name": "calibration", "kind": "shift", "branches": ["calE"], **keys}


def numpy_templates(columns, factor=1.0, offset=0.0):
    """Cuts and observable of the moved energy; categories and weights of the event as it is."""
    energy = columns["calE"].astype(float) * factor + offset
    leading = ak.to_numpy(ak.fill_none(ak.max(columns["png.E"], axis=1), -1.0))
    cut = (energy > 0.5) & (leading > 0.2)
    elastic = columns["mode"] == 5
    nue = ~elastic & (np.abs(columns["rec.mc.nu.pdg"]) == 12)
    masks = {"elastic": elastic, "nue": nue, "other": ~elastic & ~nue}
    weights = columns["w"]
    return {n: np.histogram(energy[cut & m], bins=EDGES, weights=weights[cut & m])[0] for n, m in masks.items()}


@pytest.fixture(params=[None, 70])
def chunks(request, monkeypatch):
    """Chunks as they are, and short ones."""
    if request.param:
        monkeypatch.setattr(events, "CHUNK_ENTRIES", request.param)


@pytest.mark.usefixtures("chunks")
@pytest.mark.parametrize(("size", "offset"), [(0.05, 0.0), (0.0, 0.03), (0.05, 0.03)])
def test_templates_are_those_of_numpy(table, selection_of, samples, size, offset):
    paths, columns = samples
    table["systematic"] = [shift(size=size, offset=offset)]
    selected = select(selection_of(table), paths)
    for name, counts in numpy_templates(columns).items():
        np.testing.assert_allclose(selected.samples[name].counts, counts, rtol=1e-11)
    for place, sign in ((0, 1.0), (1, -1.0)):
        for name, counts in numpy_templates(columns, 1.0 + sign * size, sign * offset).items():
            found = selected.samples[name].variations["calibration"][place].values()
            np.testing.assert_allclose(found, counts, rtol=1e-11, err_msg=name)


def test_of_a_jagged_branch_every_element_is_moved(table, selection_of, samples):
    """A sum by as many offsets as it has terms, a count not at all."""
    paths, columns = samples
    table["cuts"], table["category"] = ["max(png.E) > 1", "count(png.E) < 3"], []
    table["observable"][0]["expression"] = "sum(png.E) + png.E[-1]"
    table["systematic"] = [shift(branches=["png.E"], size=0.1, offset=0.2)]
    selected = select(selection_of(table), paths)
    for place, factor, offset in ((0, 1.1, 0.2), (1, 0.9, -0.2)):
        prongs = ak.values_astype(columns["png.E"], "float64") * factor + offset
        cut = (ak.max(prongs, axis=1, mask_identity=False) > 1.0) & (ak.num(prongs) < 3)
        values = ak.to_numpy(ak.sum(prongs[cut], axis=1) + prongs[cut][:, -1])
        expected = np.histogram(values, bins=EDGES, weights=columns["w"][ak.to_numpy(cut)])[0]
        found = selected.samples["other"].variations["calibration"][place].values()
        np.testing.assert_allclose(found, expected, rtol=1e-6)  # sums of float32 in another order


def test_the_signal_moves_and_true_energies_do_not(table, selection_of, samples):
    """The signal with its energies shifted is what a selection of the shifted energies says."""
    paths, _ = samples
    table |= {"signal": MOMENT, "systematic": [shift(size=0.05)]}
    moved = select(selection_of(table), paths).samples["signal"].variations["calibration"]
    table["systematic"] = []
    for place, factor in ((0, 1.05), (1, 0.95)):
        table["cuts"][0] = f"{factor} * calE > 0.5"
        table["observable"][0]["expression"] = f"{factor} * calE"
        np.testing.assert_allclose(
            moved[place].values(), select(selection_of(table), paths)["signal"].values(), rtol=1e-11
        )


def test_samples_and_modifier(table, selection_of, samples):
    paths, _ = samples
    table["systematic"] = [shift(size=0.05, samples=["nue"], modifier="normsys")]
    made = select(selection_of(table), paths).samples
    assert [name for name, one in made.items() if one.normalisations] == ["nue"]
    up, down = made["nue"].normalisations["calibration"]
    assert not made["nue"].variations
    assert down < 1.0 < up or up < 1.0 < down


def test_events_that_only_the_shift_selects_are_there(table, selection_of, make_events):
    path, _ = make_events("low.root", calE=np.full(500, 0.49, dtype=np.float32))
    good, columns = make_events("good.root", seed=1)
    table["systematic"] = [shift(size=0.05)]
    selected = select(selection_of(table), [path, good])
    alone = select(selection_of(table), [good])
    moved, before = (
        sum(one.variations["calibration"][0].values()[0] / of.exposure.scale for one in of.samples.values())
        for of in (selected, alone)
    )
    leading = ak.to_numpy(ak.fill_none(ak.max(make_events("again.root")[1]["png.E"], axis=1), -1.0))
    assert moved - before == pytest.approx(make_events("more.root")[1]["w"][leading > 0.2].sum())
    assert len(columns["w"]) == 500


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"size": 0.05, "branches": ["calF"]}, "branches names 'calF', did you mean 'calE'?; there are calE, png.E"),
        ({"size": 0.05, "branches": ["theta"]}, "branches names 'theta'"),
        ({"size": 0.05, "branches": []}, "should have at least 1 item"),
        ({}, "state size, relative, or offset"),
        ({"size": 1.0}, "key 'systematic.0.size' = 1.0: should be less than 1"),
        ({"size": 0.05, "offset": float("nan")}, "key 'systematic.0.offset' = nan"),
    ],
)
def test_refused(table, selection_of, keys, message):
    table["systematic"] = [shift(**keys)]
    with pytest.raises(InputError) as found:
        selection_of(table)
    assert message in str(found.value)


def test_what_is_true_of_an_event_does_not_move(table, selection_of):
    table |= {"systematic": [shift(size=0.05)], "weight": "w * calE"}
    with pytest.raises(
        InputError, match="systematic 'calibration' shifts 'calE', which weight is made of: weight stays"
    ):
        selection_of(table)


def test_a_shift_agrees_with_files_of_another_calibration(table, selection_of, tmp_path):
    """Simulated with the same seed the events are the same; resolution's constant 20 MeV is not scaled in the files."""
    for name, scale in (("nominal", 1.0), ("up", 1.05), ("down", 0.95)):
        simulate(tmp_path / name, events=40_000, files=1, seed=5, energy_scale=scale, universes=0)
    shower = "rec.vtx.elastic.fuzzyk.png.shwlid.calE"
    table |= {"cuts": ["rec.sel.nuone.nuoneid > 0.5"], "weight": "rec.mc.nu.wgt", "rest": "other"}
    table["category"] = [{"name": "elastic", "truth": "rec.mc.nu.inttype == 1098"}]
    table["observable"] = [{"name": "calE", "expression": f"{shower}[0]", "edges": [0.5, 1.0, 1.5, 2.0, 3.0, 5.0]}]
    files = {side: [f"{tmp_path}/{side}/*.root"] for side in ("up", "down")}
    table["systematic"] = [
        {**shift(size=0.05, branches=[shower]), "name": "shift"},
        {"name": "file", "kind": "file", **files},
    ]
    selected = select(selection_of(table), [f"{tmp_path}/nominal/*.root"])
    for template in selected.samples.values():
        for one, other in zip(template.variations["shift"], template.variations["file"], strict=True):
            apart, moved = np.abs(one.values() - other.values()), np.abs(other.values() - template.counts)
            np.testing.assert_array_less(apart, 0.5 * template.statistical)
            assert apart.sum() < 0.2 * moved.sum()
