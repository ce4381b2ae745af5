"""Templates against ten lines of numpy, bin by bin: categories, weights, systematics, the signal by reweighting."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import awkward as ak
import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.physics.magnetic import magnetic_cross_section
from numm_stats.physics.mediators import mediator_terms
from numm_stats.physics.weak import CouplingScheme, weak_cross_section
from numm_stats.selections import events
from numm_stats.selections.build import select
from numm_stats.selections.systematics import covariance

EDGES = np.linspace(0.5, 4.5, 9)
FLAVOURS = {12: "nu_e", 14: "nu_mu", -12: "nu_e_bar", -14: "nu_mu_bar"}
MOMENT = {
    "kind": "magnetic-moment",
    "reference": 1e-9,
    "categories": ["elastic"],
    "energy_mev": "1000 * rec.mc.nu.E",
    "recoil_mev": "1000 * T",
    "pdg": "rec.mc.nu.pdg",
}


def numpy_templates(columns, weight=None, power=1):
    """What a physicist would write: three categories, the file's exposure of 3e20 is what is wanted."""
    leading = ak.to_numpy(ak.fill_none(ak.max(columns["png.E"], axis=1), -1.0))
    cut = (columns["calE"] > 0.5) & (leading > 0.2)
    elastic = columns["mode"] == 5
    nue = ~elastic & (np.abs(columns["rec.mc.nu.pdg"]) == 12)
    weight = columns["w"] if weight is None else weight
    masks = {"elastic": elastic, "nue": nue, "other": ~elastic & ~nue}
    fill = {name: (columns["calE"][cut & mask], weight[cut & mask] ** power) for name, mask in masks.items()}
    return {name: np.histogram(x.astype(float), bins=EDGES, weights=w)[0] for name, (x, w) in fill.items()}


def cross_section_ratio(columns, numerator, scheme=CouplingScheme()):  # noqa: B008  frozen
    ratio = np.zeros(len(columns["w"]))
    for code, flavour in FLAVOURS.items():
        mine = columns["rec.mc.nu.pdg"] == code
        energy, recoil = 1e3 * columns["rec.mc.nu.E"][mine], 1e3 * columns["T"][mine]
        ratio[mine] = numerator(energy, recoil, flavour) / weak_cross_section(energy, recoil, flavour, scheme)
    return ratio


def compare(selected, expected, side=None):
    for name, counts in expected.items():
        template = selected.samples[name]
        found = template.counts if side is None else template.variations[side[0]][side[1]].values()
        np.testing.assert_allclose(found, counts, rtol=1e-11, err_msg=name)


def test_templates_are_those_of_numpy(table, selection_of, samples):
    paths, columns = samples
    selected = select(selection_of(table), paths)
    compare(selected, numpy_templates(columns))
    squares = numpy_templates(columns, power=2)
    for name, template in selected.samples.items():
        np.testing.assert_allclose(template.statistical, np.sqrt(squares[name]), rtol=1e-11)
    cuts = dict(selected.cut_flow)
    assert cuts["all"] == 12_000
    assert cuts["calE > 0.5"] == np.count_nonzero(columns["calE"] > 0.5)
    assert sum(selected.events.values()) == cuts["inside of the binning"]
    assert selected.exposure.simulated_pot == pytest.approx(3e20)
    assert (selected["nue"].axes[0].label, selected["nue"].axes[0].unit) == ("calE [GeV]", "GeV")


def test_chunks_and_executors_change_nothing(table, selection_of, samples, monkeypatch):
    paths, columns = samples
    table["systematic"] = [{"name": "flux", "kind": "universes", "branch": "universes"}]
    selection = selection_of(table)
    alone = select(selection, paths)
    reports = []
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as processes, ThreadPoolExecutor(2) as threads:
        for executor in (processes, threads):
            other = select(selection, paths, executor=executor, progress=lambda *now: reports.append(now))
            assert other.to_dict() == alone.to_dict()
    assert reports[:3] == [(4000, 12_000), (8000, 12_000), (12_000, 12_000)]
    monkeypatch.setattr(events, "CHUNK_ENTRIES", 70)  # several chunks in a piece, several pieces in a file
    compare(select(selection, paths), numpy_templates(columns))


def test_two_observables_make_a_table(table, selection_of, samples):
    paths, columns = samples
    edges = [0.0, 0.001, 0.005, 0.1]
    table["observable"].append({"name": "ett", "expression": "calE * theta**2", "edges": edges})
    del table["category"]
    selected = select(selection_of(table), paths)
    leading = ak.to_numpy(ak.fill_none(ak.max(columns["png.E"], axis=1), -1.0))
    cut = (columns["calE"] > 0.5) & (leading > 0.2)
    energy, theta = columns["calE"].astype(float), columns["theta"].astype(float)
    expected = np.histogram2d(energy[cut], (energy * theta**2)[cut], bins=[EDGES, edges], weights=columns["w"][cut])
    np.testing.assert_allclose(selected["other"].values(), expected[0], rtol=1e-11)
    assert selected.samples["other"].statistical.shape == (8, 3)


@pytest.mark.parametrize(
    ("exposure", "scale"),
    [
        ({"histogram": "TotalPOT"}, 1.0),
        ({"histogram": "TotalPOT", "pot": 6e20}, 2.0),
        ({"tree": "spillTree", "branch": "spillpot", "unit_pot": 1e12, "pot": 1e20}, 1 / 3),
        ({"simulated_pot": 1e21, "pot": 1e20}, 0.1),
        (None, 1.0),
    ],
)
def test_the_exposure_scales_everything(table, selection_of, samples, exposure, scale):
    paths, columns = samples
    table["exposure"] = exposure
    selected = select(selection_of({key: value for key, value in table.items() if value is not None}), paths)
    assert selected.exposure.scale == pytest.approx(scale)
    compare(selected, {name: counts * scale for name, counts in numpy_templates(columns).items()})
    squares = numpy_templates(columns, power=2)["nue"]
    np.testing.assert_allclose(selected.samples["nue"].statistical, np.sqrt(squares) * scale, rtol=1e-11)


def test_the_magnetic_signal_is_weak_events_reweighted(table, selection_of, samples):
    paths, columns = samples
    table["signal"] = MOMENT
    selected = select(selection_of(table), paths)
    ratio = cross_section_ratio(columns, lambda energy, recoil, _: magnetic_cross_section(energy, recoil, 1e-9))
    expected = numpy_templates(columns, weight=columns["w"] * ratio)["elastic"]
    np.testing.assert_allclose(selected.samples["signal"].counts, expected, rtol=1e-11)
    compare(selected, numpy_templates(columns))
    assert [one.power for one in selected.samples.values()] == [2, 0, 0, 0]
    doubled = selected.with_reference(2e-9)
    again = select(selection_of({**table, "signal": {**MOMENT, "reference": 2e-9}}), paths)
    np.testing.assert_allclose(doubled["signal"].values(), again["signal"].values(), rtol=1e-11)
    np.testing.assert_allclose(doubled.samples["signal"].statistical, again.samples["signal"].statistical, rtol=1e-11)


def test_the_total_holds_weak_and_magnetic(table, selection_of, samples):
    paths, columns = samples
    table["signal"] = {**MOMENT, "template": "total"}
    selected = select(selection_of(table), paths)
    ratio = cross_section_ratio(columns, lambda energy, recoil, _: magnetic_cross_section(energy, recoil, 1e-9))
    expected = numpy_templates(columns, weight=columns["w"] * (1.0 + ratio))["elastic"]
    np.testing.assert_allclose(selected.samples["elastic"].counts, expected, rtol=1e-11)
    assert list(selected) == ["elastic", "nue", "other"]


def test_radiative_corrections_move_the_weak_events(table, selection_of, samples):
    paths, columns = samples
    table["signal"] = {**MOMENT, "couplings": {"radiative": True}}
    selected = select(selection_of(table), paths)
    wanted = CouplingScheme(radiative=True)
    ratio = cross_section_ratio(columns, lambda *arguments: weak_cross_section(*arguments, wanted))
    expected = numpy_templates(columns, weight=columns["w"] * ratio)["elastic"]
    np.testing.assert_allclose(selected.samples["elastic"].counts, expected, rtol=1e-11)
    magnetic = cross_section_ratio(columns, lambda energy, recoil, _: magnetic_cross_section(energy, recoil, 1e-9))
    signal = numpy_templates(columns, weight=columns["w"] * magnetic)["elastic"]  # over what was generated
    np.testing.assert_allclose(selected.samples["signal"].counts, signal, rtol=1e-11)


def test_a_light_vector_has_two_terms(table, selection_of, samples):
    paths, columns = samples
    table["signal"] = {**MOMENT, "kind": "vector", "reference": 1e-5, "mediator_mass_mev": 2.0}
    selected = select(selection_of(table), paths)
    for term, power in enumerate((2, 4)):
        ratio = cross_section_ratio(
            columns, lambda *arguments, term=term: mediator_terms(*arguments, "vector", mass_mev=2.0)[term]
        )
        expected = numpy_templates(columns, weight=columns["w"] * ratio * 1e-5**power)["elastic"]
        np.testing.assert_allclose(selected.samples[f"signal_g{power}"].counts, expected, rtol=1e-10)


@pytest.mark.parametrize("change", [{"energy_mev": "rec.mc.nu.E"}, {"recoil_mev": "1e6 * T"}])
def test_energies_in_other_units_are_found_out(table, selection_of, samples, change):
    table["signal"] = {**MOMENT, **change}
    with pytest.raises(InputError, match=r"events_0.root: .* are signal.energy_mev and signal.recoil_mev in MeV"):
        select(selection_of(table), samples[0])


def test_only_neutrinos_scatter(table, selection_of, samples):
    table["signal"] = {**MOMENT, "pdg": "11"}
    with pytest.raises(InputError, match=r"signal\.pdg is 11 in an event of elastic; allowed: 12, 14, 16"):
        select(selection_of(table), samples[0])


def test_weights_up_and_down_multiply_the_central_one(table, selection_of, samples):
    paths, columns = samples
    table["systematic"] = [
        {"name": "both", "kind": "weights", "up": "up", "down": "down"},
        {"name": "one", "kind": "weights", "up": "up", "samples": ["nue"]},
        {"name": "scale", "kind": "weights", "up": "up", "down": "down", "modifier": "normsys"},
    ]
    selected = select(selection_of(table), paths)
    nominal = numpy_templates(columns)
    up = numpy_templates(columns, weight=columns["w"] * columns["up"])
    down = numpy_templates(columns, weight=columns["w"] * columns["down"])
    compare(selected, up, ("both", 0))
    compare(selected, down, ("both", 1))
    compare(selected, {"nue": 2 * nominal["nue"] - up["nue"]}, ("one", 1))
    assert "one" not in selected.samples["other"].variations
    factors = selected.samples["nue"].normalisations["scale"]
    assert factors == pytest.approx((up["nue"].sum() / nominal["nue"].sum(), down["nue"].sum() / nominal["nue"].sum()))


@pytest.mark.parametrize("about", ["nominal", "mean"])
def test_universes_reproduce_their_covariance_over_all_samples(table, selection_of, samples, about):
    paths, columns = samples
    table["signal"] = MOMENT
    share = 0.9
    table["systematic"] = [
        {"name": "flux", "kind": "universes", "branch": "universes", "share": share, "about": about},
        {"name": "all", "kind": "universes", "branch": "universes", "share": 1.0, "about": about},
    ]
    selected = select(selection_of(table), paths)
    names = ("elastic", "nue", "other")
    universes = [numpy_templates(columns, weight=columns["w"] * columns["universes"][:, u]) for u in range(30)]
    stacked = np.array([np.concatenate([one[name] for name in names]) for one in universes])
    expected = covariance(stacked, np.concatenate([selected[name].values() for name in names]), about=about)

    def rebuilt(prefix):
        shifts = []
        for number in range(len(selected.eigen[prefix].shifts)):
            parts = [selected.samples[name].variations[f"{prefix}_{number}"] for name in names]
            shifts.append(np.concatenate([(up.values() - down.values()) / 2 for up, down in parts]))
        return np.transpose(shifts) @ np.array(shifts)

    np.testing.assert_allclose(rebuilt("all"), expected, rtol=1e-7, atol=1e-9 * np.trace(expected))
    left, sigma = expected - rebuilt("flux"), np.sqrt(np.diag(expected))
    assert share <= selected.eigen["flux"].share < 1.0
    assert (np.diag(left) <= (1.0 - share) * sigma**2).all()  # in each bin of each sample
    assert (np.abs(left) <= (1.0 - share) * np.outer(sigma, sigma)).all()
    totals = np.tile(np.eye(8), 3)  # and in each bin of their sum, as a fit sees it
    assert (np.diag(totals @ left @ totals.T) <= (1.0 - share) * np.diag(totals @ expected @ totals.T)).all()
    assert "flux_0" in selected.samples["signal"].variations


@pytest.mark.parametrize("kind", ["magnetic-moment", "vector"])
def test_eigen_variations_follow_the_reference(table, selection_of, samples, kind):
    """Those of other references are the same ones, and so are the variations of the samples: no reference matters."""
    paths, _ = samples
    table["systematic"] = [{"name": "flux", "kind": "universes", "branch": "universes", "share": 0.9}]
    first, other = (
        select(selection_of({**table, "signal": {**MOMENT, "kind": kind, "reference": reference}}), paths)
        for reference in (1e-9, 7e-7)
    )
    moved = first.with_reference(7e-7)
    np.testing.assert_allclose(moved.eigen["flux"].kept, other.eigen["flux"].kept, rtol=1e-6)
    for found in (moved, other):
        stacked = np.concatenate(
            [found.samples[name].variations["flux_0"][0].values() - found[name].values() for name in found]
        )
        largest = np.abs(stacked).max()
        np.testing.assert_allclose(found.eigen["flux"].shifts[0], stacked, rtol=1e-9, atol=1e-9 * largest)
    square = [one.eigen["flux"].shifts.T @ one.eigen["flux"].shifts for one in (moved, other)]
    sigma = np.sqrt(np.diag(square[1]))
    np.testing.assert_allclose(square[0] / np.outer(sigma, sigma), square[1] / np.outer(sigma, sigma), atol=1e-7)


def test_universes_may_be_expressions(table, selection_of, samples):
    paths, columns = samples
    listed = {"name": "flux", "kind": "universes", "expressions": ["up", "down", "1"], "share": 1.0}
    table["systematic"] = [listed]
    selected = select(selection_of(table), paths)
    weights = [columns["w"] * columns[key] for key in ("up", "down")] + [columns["w"]]
    universes = [np.concatenate(list(numpy_templates(columns, weight=w).values())) for w in weights]
    nominal = np.concatenate(list(numpy_templates(columns).values()))
    shifts = selected.eigen["flux"].shifts
    np.testing.assert_allclose(shifts.T @ shifts, covariance(np.array(universes), nominal), rtol=1e-9, atol=1e-6)


def test_other_files_are_scaled_by_their_own_exposure(table, selection_of, samples, make_events):
    paths, columns = samples
    path, other = make_events("up.root", 5000, 9, pot=5e20)
    table["systematic"] = [{"name": "calibration", "kind": "file", "up": [path]}]
    selected = select(selection_of(table), paths)
    expected = {name: counts * 3e20 / 5e20 for name, counts in numpy_templates(other).items()}
    compare(selected, expected, ("calibration", 0))
    mirrored = {name: 2 * counts - expected[name] for name, counts in numpy_templates(columns).items()}
    compare(selected, mirrored, ("calibration", 1))


def test_a_normalisation_is_a_factor(table, selection_of, samples):
    table["systematic"] = [{"name": "rate", "kind": "normalisation", "size": 0.2, "samples": ["nue"]}]
    selected = select(selection_of(table), samples[0])
    assert selected.samples["nue"].normalisations["rate"] == pytest.approx((1.2, 0.8))
    assert not selected.samples["other"].normalisations


def test_data_are_counted_as_they_are(table, selection_of, samples):
    paths, columns = samples
    table["systematic"] = [{"name": "flux", "kind": "universes", "branch": "universes"}]
    table["signal"] = MOMENT
    counted = select(selection_of(table).of_data(), paths)
    ones = numpy_templates(columns, weight=np.ones(len(columns["w"])))
    np.testing.assert_array_equal(counted["data"].values(), sum(ones.values()))
    assert counted.exposure.simulated_pot == pytest.approx(3e20)
