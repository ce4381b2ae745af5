"""From simulated ROOT events to a limit: templates against a numpy script, workspaces against pyhf and cabinetry."""

import json
import shutil
import subprocess
import sysconfig
import tomllib
from dataclasses import replace
from pathlib import Path

import awkward as ak
import numpy as np
import pyhf
import pytest
import uproot

from numm_stats.errors import InputError
from numm_stats.inference.limits import cls_scan, upper_limit
from numm_stats.inference.statmodel import read_workspace
from numm_stats.physics.magnetic import magnetic_cross_section
from numm_stats.physics.weak import CouplingScheme, weak_cross_section
from numm_stats.selections.build import select
from numm_stats.selections.named_histograms import histograms_of
from numm_stats.selections.reading import parse_selection
from numm_stats.selections.simulation import simulate
from numm_stats.verbs.loading import selection_names, selection_text
from numm_stats.verbs.pipeline import rounded_reference
from numm_stats.verbs.selecting import at_reference, expected_limits, load_selection, selected_spec
from numm_stats.workspace.poi import PointOfInterest

PYHF = Path(sysconfig.get_path("scripts")) / "pyhf"
BINS = [0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0], [0.0, 0.005, 0.040]
FLAVOURS = {12: "nu_e", 14: "nu_mu", -12: "nu_e_bar", -14: "nu_mu_bar"}
PNG = "rec.vtx.elastic.fuzzyk.png.shwlid"
UNIVERSES = "rec.mc.nu.rwgt.ppfx.vuniv"
NAMES = {
    "npng": "rec.vtx.elastic.fuzzyk.npng",
    **{name: f"rec.sel.nuone.{name}" for name in ("contained", "nuoneid", "epi0nuoneid")},
    **{name: f"rec.mc.nu.{name}" for name in ("E", "recoil.T", "pdg", "inttype", "iscc", "wgt")},
    **{name: f"rec.mc.nu.rwgt.xsec.{name}" for name in ("plus1sigma", "minus1sigma")},
}


def numpy_script(paths):
    """What a physicist would write: selected events in double precision, weights at 3.62e20 protons on target."""
    jagged = {name: f"{PNG}.{name}" for name in ("calE", "theta")}
    wanted = [*NAMES.values(), *jagged.values(), UNIVERSES]
    tree = uproot.concatenate([f"{path}:recTree" for path in paths], filter_name=wanted, library="ak")
    tree = tree[(tree[NAMES["npng"]] == 1) & tree[NAMES["contained"]]]
    x = {key: ak.to_numpy(tree[name]).astype(float) for key, name in NAMES.items()}
    x |= {key: ak.to_numpy(tree[name][:, 0]).astype(float) for key, name in jagged.items()}
    x["universes"] = ak.to_numpy(tree[UNIVERSES]).astype(float)
    keep = (x["nuoneid"] > 0.73) & (x["epi0nuoneid"] > 0.92)
    x = {key: values[keep] for key, values in x.items()}
    x["wgt"] *= 3.62e20 / sum(uproot.open(path)["TotalPOT"].values().sum() for path in paths)
    return x


def numpy_templates(x, reference, factor=1.0, power=1):
    """The samples' sums of weights (9, 2), or of their squares; the signal by reweighting at a reference moment."""
    elastic, charged, flavour = x["inttype"] == 1098, x["iscc"] == 1, np.abs(x["pdg"])
    masks = {"elastic": elastic, "numu_cc": charged & (flavour == 14), "nue_cc": charged & (flavour == 12)}
    masks["nc"] = ~np.any(list(masks.values()), axis=0)
    ratio = np.zeros(len(elastic))
    for code in np.unique(x["pdg"][elastic]):
        mine = elastic & (x["pdg"] == code)
        energy, recoil = 1e3 * x["E"][mine], 1e3 * x["recoil.T"][mine]
        weak = weak_cross_section(energy, recoil, FLAVOURS[code], CouplingScheme())
        ratio[mine] = magnetic_cross_section(energy, recoil, reference) / weak
    weights = {"signal": ratio} | {name: mask.astype(float) for name, mask in masks.items()}
    place, weights = (
        (x["calE"], x["calE"] * x["theta"] ** 2),
        {n: (x["wgt"] * w * factor) ** power for n, w in weights.items()},
    )
    return {name: np.histogram2d(*place, bins=BINS, weights=weight)[0] for name, weight in weights.items()}


def simulated(folder, events, files):
    return [str(path) for path in simulate(folder, events=events, files=files, seed=3)]


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """60,000 events in three files, which is 6e20 protons on target."""
    return simulated(tmp_path_factory.mktemp("nova"), 60_000, 3)


@pytest.fixture(scope="module")
def selected(paths):
    return select(load_selection("nova-shape"), paths)


@pytest.fixture(scope="module")
def spec(selected):
    return selected_spec(selected)


def stated(spec, name, wanted=None):
    """What a workspace says of a sample as (9, 2), nominal, or a modifier's `hi_data`, `lo_data` or uncertainties."""
    found = []
    for channel in spec["channels"]:
        (sample,) = (one for one in channel["samples"] if one["name"] == name)
        modifiers = {
            one["type"] if one["type"] == "staterror" else one["name"]: one["data"] for one in sample["modifiers"]
        }
        entry = sample["data"] if wanted is None else modifiers[wanted[0]]
        found.append(entry[wanted[1]] if wanted is not None and len(wanted) > 1 else entry)
    return np.transpose(found)


def reference_of(spec):
    return PointOfInterest.read(spec["measurements"][0]["config"]["poi"]).reference


@pytest.mark.parametrize(("events", "files"), [(60_000, 3), pytest.param(2_000_000, 8, marks=pytest.mark.campaign)])
def test_two_commands_from_events_to_a_limit(numm_stats, tmp_path, events, files):
    """Every number of the workspace, to the ten digits that it has, is that of the numpy script."""
    made = simulated(tmp_path / "events", events, files)
    assert numm_stats("select", "nova-shape", tmp_path / "events" / "*.root", "-o", tmp_path / "nova.json").code == 0
    report = numm_stats("limit", tmp_path / "nova.json", "--construction", "cls", "--json").json
    spec = json.loads((tmp_path / "nova.json").read_text())
    reference, x = reference_of(spec), numpy_script(made)
    shutil.rmtree(tmp_path / "events")
    weights = {"hi_data": x["plus1sigma"], "lo_data": x["minus1sigma"]}
    squares = numpy_templates(x, reference, power=2)
    for name, counts in numpy_templates(x, reference).items():
        np.testing.assert_allclose(stated(spec, name), counts, rtol=1e-9, err_msg=name)
        if name != "signal":
            np.testing.assert_allclose(stated(spec, name, ("staterror",)), np.sqrt(squares[name]), rtol=1e-9)
    for side, factor in weights.items():
        varied = numpy_templates(x, reference, factor)
        for name in ("numu_cc", "nue_cc", "nc"):
            np.testing.assert_allclose(stated(spec, name, ("cross_section", side)), varied[name], rtol=1e-9)
    for side, factor in {"hi_data": 1.05, "lo_data": 0.95}.items():
        moved = numpy_templates(x | {"calE": x["calE"] * factor}, reference)
        for name, counts in moved.items():
            np.testing.assert_allclose(stated(spec, name, ("calibration", side)), counts, rtol=1e-9)
    assert report["observed"] is None
    assert 1e-9 < report["expected"][2] < 2e-9


def test_universes_reproduce_their_covariance_in_the_workspace(paths, selected, spec):
    """In each bin of all samples and both channels; what is left out is positive."""
    x, reference = numpy_script(paths), reference_of(spec)

    def stacked(templates):
        return np.concatenate([templates[name].ravel() for name in selected.samples])

    counts = stacked(numpy_templates(x, reference))
    universes = [stacked(numpy_templates(x, reference, factor)) for factor in x["universes"].T]
    deviations = (np.array(universes) - counts) / np.sqrt(len(universes))
    expected, kept = deviations.T @ deviations, np.zeros((counts.size, counts.size))
    for number in range(len(selected.eigen["flux"].shifts)):
        sides = (
            {n: stated(spec, n, (f"flux_{number}", side)) for n in selected.samples} for side in ("hi_data", "lo_data")
        )
        up, down = (stacked(templates) for templates in sides)
        kept += np.outer(up - down, up - down) / 4.0
    left, sigma = expected - kept, np.sqrt(np.diag(expected))
    sigma[sigma <= 1e-9 * counts] = np.inf  # bins without events
    left /= np.outer(sigma, sigma)
    assert np.diag(left).max() == pytest.approx(1.0 - selected.eigen["flux"].share, abs=1e-6)
    assert np.abs(left).max() <= 0.01  # of each bin's own variance, and of each two bins' covariance
    assert np.linalg.eigvalsh(left).min() > -1e-6  # ten digits in the workspace


def test_pyhf_on_the_command_line_has_our_cls(tmp_path, spec):
    path = tmp_path / "nova.json"
    path.write_text(json.dumps(spec))
    done = subprocess.run([PYHF, "cls", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)
    ours = cls_scan(read_workspace(spec), [1.0])[1][0]
    assert theirs["CLs_exp"] == pytest.approx(ours, abs=1e-4)
    assert theirs["CLs_obs"] == pytest.approx(ours[2], abs=1e-4)  # the data are the Asimov set


def test_cabinetry_opens_and_fits(selected):
    """An injected moment is found again."""
    cabinetry = pytest.importorskip("cabinetry", reason="cabinetry is not installed")
    spec = selected_spec(selected, injected=1e-9)
    model, data = cabinetry.model_utils.model_and_data(spec)
    result = cabinetry.fit.fit(model, data)
    poi, injected = spec["measurements"][0]["config"]["poi"], (1e-9 / reference_of(spec)) ** 2
    fitted = dict(zip(result.labels, result.bestfit, strict=True))
    error = dict(zip(result.labels, result.uncertainty, strict=True))[poi]
    assert fitted[poi] == pytest.approx(injected, abs=0.03 * error)


def test_the_shape_improves_on_counting_by_hand(numm_stats, tmp_path, selected, spec):
    """The first region as one bin, its workspace written down here."""
    shape, counting = expected_limits(selected)
    samples = []
    for name, template in selected.samples.items():
        shifts = {
            key: (up.values()[:, 0].sum(), down.values()[:, 0].sum()) for key, (up, down) in template.variations.items()
        }
        sizes = {"selection": 0.02, "pile_up": 0.106}
        modifiers = [
            {"name": key, "type": "normsys", "data": {"hi": 1.0 + size, "lo": 1.0 - size}}
            for key, size in sizes.items()
        ]
        for key, (up, down) in shifts.items():
            modifiers.append({"name": key, "type": "histosys", "data": {"hi_data": [up], "lo_data": [down]}})
        error = {"name": "staterror", "type": "staterror", "data": [np.sqrt((template.statistical[:, 0] ** 2).sum())]}
        strength = {"name": "mu_nu2_over_1e-9_squared", "type": "normfactor", "data": None}
        modifiers.append(strength if name == "signal" else error)
        samples.append({"name": name, "data": [template.counts[:, 0].sum()], "modifiers": modifiers})
    observed = sum(sample["data"][0] for sample in samples[1:])
    by_hand = {
        "channels": [{"name": "count", "samples": samples}],
        "observations": [{"name": "count", "data": [observed]}],
        "measurements": [{"name": "asimov", "config": {"poi": "mu_nu2_over_1e-9_squared", "parameters": []}}],
        "version": "1.0.0",
    }
    for limit, workspace in ((shape, spec), (counting, by_hand)):
        (tmp_path / "made.json").write_text(json.dumps(workspace))
        report = numm_stats("limit", tmp_path / "made.json", "--construction", "cls", "--json").json
        assert report["expected"][2] == pytest.approx(limit, rel=1e-6)
    assert shape < 0.9 * counting


def test_asimov_data_are_the_sum_of_the_samples(selected, spec):
    total = sum(stated(spec, name) for name in selected.samples if name != "signal")
    assert np.transpose([one["data"] for one in spec["observations"]]) == pytest.approx(total, rel=1e-9)
    injected = selected_spec(selected, injected=2e-9)
    moved = total + (2e-9 / reference_of(spec)) ** 2 * stated(spec, "signal")
    assert np.transpose([one["data"] for one in injected["observations"]]) == pytest.approx(moved, rel=1e-9)


def test_the_reference_is_the_expected_limit_unless_it_is_stated(selected, spec):
    """No limit depends on it: the signal, which grows with it, has no part in the staterror."""
    shape, _ = expected_limits(selected)
    assert reference_of(spec) == rounded_reference(shape, 2)
    table = tomllib.loads(selection_text("nova-shape"))
    table["signal"]["reference"] = 3e-10
    stating = replace(
        selected, selection=parse_selection(table, "test"), samples=selected.with_reference(3e-10).samples
    )
    ours = selected_spec(stating)
    assert reference_of(ours) == 3e-10
    expected = (3e-10 / reference_of(spec)) ** 2 * stated(spec, "signal")
    np.testing.assert_allclose(stated(ours, "signal"), expected, rtol=1e-9)
    assert expected_limits(stating) == pytest.approx(expected_limits(selected), rel=1e-6)


def test_a_vector_interferes(paths):
    """Its limit is on the coupling, by both powers; in a workspace made at it the strength is limited to one."""
    table = tomllib.loads(selection_text("nova-shape"))
    table["signal"] |= {"kind": "vector", "mediator_mass_mev": 100.0}
    # fits of two tied powers take half a minute with all the systematics
    table["systematic"] = [one for one in table["systematic"] if one["kind"] == "normalisation"]
    made = select(parse_selection(table, "vector"), paths)
    coupling, counting = expected_limits(made)
    assert 1e-5 < coupling < counting
    assert selected_spec(made)["measurements"][0]["config"]["poi"] == f"strength_at_g_{coupling:.1e}".replace("-0", "-")
    table["signal"]["reference"] = coupling
    there = read_workspace(selected_spec(replace(made.with_reference(coupling), selection=parse_selection(table, "v"))))
    assert upper_limit(there, "cls").median == pytest.approx(1.0, rel=1e-5)
    with pytest.raises(InputError, match="interfering signal elsewhere"):
        selected_spec(made, injected=1e-5)


def test_one_observable_is_one_channel(paths):
    selection = load_selection("nova-shape")
    alone = select(selection.model_copy(update={"observable": selection.observable[:1]}), paths)
    spec = selected_spec(alone)
    assert [channel["name"] for channel in spec["channels"]] == ["nova-shape"]
    assert pyhf.Workspace(spec).model().config.nmaindata == 9


def test_histograms_have_variances_and_names_of_their_own(selected):
    found = histograms_of(selected)
    for name, template in selected.samples.items():
        np.testing.assert_array_equal(found[name].values(), template.counts)
        np.testing.assert_allclose(found[name].variances(), template.statistical**2)
    assert len(found) == 5 + 2 * sum(len(one.variations) for one in selected.samples.values())
    assert found["signal_flux_0_up"].label == found["signal"].label == "signal of a moment of 1e-09 mu_B"
    assert "label" not in found["nc"].__dict__
    with pytest.raises(InputError, match="two histograms would be 'nc'"):
        histograms_of(selected, {"nc": found["nc"]})


def test_the_templates_of_a_workspace_are_at_its_reference(selected, spec):
    """Whether they are brought to it before or not: the workspace is the same."""
    found = at_reference(selected)
    assert found.reference == float(spec["measurements"][0]["config"]["poi"].split("_")[3])
    assert found.to_dict()["reference"] == found.reference != selected.reference
    sample = next(one for one in spec["channels"][0]["samples"] if one["name"] == "signal")
    np.testing.assert_allclose(sample["data"], found.samples["signal"].counts[:, 0])
    assert selected_spec(found) == spec


def test_selections_of_the_catalogue():
    assert selection_names() == ["nova-shape"]
    with pytest.raises(InputError, match="no selection 'nova-shap', did you mean 'nova-shape'"):
        load_selection("nova-shap")
