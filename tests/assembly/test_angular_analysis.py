"""Analyses in recoil energy and angle: channels that add up to the energies alone, limits, and what is refused."""

import json

import numpy as np
import pyhf
import pytest

from numm_stats.analyses.reading import parse_analysis
from numm_stats.assembly.assembling import assemble_templates
from numm_stats.errors import InputError
from numm_stats.inference.fitting import fit
from numm_stats.sources.artificial import artificial
from numm_stats.templates.ratio_regions import ratio_region
from numm_stats.verbs.limiting import limit
from numm_stats.verbs.loading import load
from numm_stats.verbs.mapping import patchset
from numm_stats.verbs.pipeline import build_spec_of, build_templates, statistical_model

SMALL = {
    "name": "small",
    "source": {"kind": "sr90-y90", "activity_megacurie": 5.0},
    "detector": {
        "kind": "hellaz",
        "distance_m": 12.0,
        "threshold_mev": 0.1,
        "resolution": 0.05,
        "angular_resolution_mrad": 100.0,
        "energy_scale_uncertainty": 0.01,
        "resolution_uncertainty": 0.1,
    },
    "exposure": {"years": 1.0},
    "binning": {"recoil_mev": {"edges": [0.1, 0.3, 0.6, 1.2, 2.1]}, "theta_mrad": {"edges": [0, 400, 800, 1200, 3142]}},
    "signal": {"kind": "magnetic-moment", "reference": 2e-11},
    "background": [{"kind": "flat", "name": "gammas", "rate": 1000.0, "per": "year", "uncertainty": 0.1}],
    "systematic": [
        {"name": "activity", "kind": "normalisation", "size": 0.01},
        {"name": "pointing", "kind": "angular-resolution", "size": 0.1},
    ],
}


def small(**changes):
    document = json.loads(json.dumps(SMALL))
    for key, value in changes.items():
        table = document
        *path, last = key.split("__")
        for name in path:
            table = table[name]
        if value is None:
            del table[last]
        else:
            table[last] = value
    return parse_analysis(document, "small")


def energies_only():
    return small(binning__theta_mrad=None, detector__angular_resolution_mrad=None, systematic=[SMALL["systematic"][0]])


def channels_of(templates):
    return [templates, *(side.templates for side in templates.beside.values())]


def test_channels_add_up_to_the_energies_alone():
    plain, seen = build_templates(energies_only()), build_templates(small())
    channels = channels_of(seen)
    assert list(seen.beside) == [
        "theta_400_to_800_mrad",
        "theta_800_to_1200_mrad",
        "theta_1200_to_3141.6_mrad",
    ]
    for name in ("signal", "weak", "gammas"):
        total = sum(part[name].values().sum() for part in channels)
        assert total == pytest.approx(plain[name].values().sum(), rel=1e-5)
    for systematic in ("energy_scale", "resolution"):
        for side in (0, 1):
            total = sum(part.samples["weak"].variations[systematic][side].values().sum() for part in channels)
            assert total == pytest.approx(plain.samples["weak"].variations[systematic][side].values().sum(), rel=1e-5)
    assert all({"energy_scale", "resolution", "pointing"} == set(part.samples["weak"].variations) for part in channels)
    assert all(part.samples["gammas"].normalisations == {"gammas_rate": (1.1, 0.9)} for part in channels)


def test_bins_that_expect_less_than_the_minimum_are_merged():
    for minimum in (1.0, 20.0):
        templates = build_templates(small(binning__minimum_events=minimum))
        assert min(part.background_counts.min() for part in channels_of(templates)) >= minimum


def test_the_angle_makes_the_limit_better():
    with_angle, without = limit(small()).value, limit(energies_only()).value
    assert with_angle < without
    blurred = small(detector__angular_resolution_mrad=400.0)
    assert with_angle < limit(blurred).value < without


def test_one_bin_of_all_angles_is_the_analysis_of_energies():
    one = small(binning__theta_mrad={"edges": [0, 3142]}, systematic=[SMALL["systematic"][0]])
    assert limit(one).value == pytest.approx(limit(energies_only()).value, rel=1e-5)


def test_pyhf_expects_the_same_in_every_channel():
    templates, spec = build_templates(small()), build_spec_of(small())
    workspace = pyhf.Workspace(spec)
    model = workspace.model()
    start = np.array(model.config.suggested_init())
    expected = model.expected_actualdata(start)
    for name, part in zip(["small", *templates.beside], channels_of(templates), strict=True):
        ours = part.background_counts + part["signal"].values()
        assert expected[model.config.channel_slices[name]] == pytest.approx(ours, rel=1e-9)
    ours, _, _ = statistical_model(small())
    assert ours.data.main.sum() == pytest.approx(sum(workspace.data(model, include_auxdata=False)))


def test_an_injected_signal_stands_in_every_channel():
    templates = build_templates(small())
    spec = build_spec_of(small(data={"kind": "asimov", "injected": 4e-11}))
    counts = {each["name"]: each["data"] for each in spec["observations"]}
    for name, part in zip(["small", *templates.beside], channels_of(templates), strict=True):
        assert counts[name] == pytest.approx(part.background_counts + 4.0 * part["signal"].values(), rel=1e-8)
    model, meaning, _ = statistical_model(small(data={"kind": "asimov", "injected": 4e-11}))
    best = fit(model)
    found = dict(zip(best.names, best.values.tolist(), strict=True))[model.poi]
    assert meaning.physical(found) == pytest.approx(4e-11, rel=1e-4)


def test_counts_are_given_angle_by_angle():
    templates = build_templates(small())
    analysis = small(data={"kind": "counts", "values": [float(k) for k in range(16)]})
    spec = build_spec_of(analysis)
    counts = {each["name"]: each["data"] for each in spec["observations"]}
    assert sum(sum(values) for values in counts.values()) == 120.0
    assert counts["theta_400_to_800_mrad"] == [4.0, 5.0, 6.0, 7.0]
    assert sum(counts["small"]) == 6.0
    assert len(counts["small"]) == len(templates.edges) - 1
    with pytest.raises(InputError, match=r"4 counts for 4 bins of the angle times 4 of the energy"):
        build_spec_of(small(data={"kind": "counts", "values": [1.0] * 4}))


def test_a_light_mediator_of_two_terms_is_one_signal_in_every_channel_for_pyhf():
    vector = small(signal={"kind": "vector", "reference": 1e-6})
    spec = build_spec_of(vector)
    assert [channel["samples"][0]["name"] for channel in spec["channels"]] == ["signal"] * 4
    two = build_spec_of(vector, for_pyhf=False)
    for channel in two["channels"]:
        assert [sample["name"] for sample in channel["samples"][:2]] == ["signal_g2", "signal_g4"]
    assert limit(vector).value > 0.0


def test_patches_replace_the_signal_in_every_channel():
    vector = small(signal={"kind": "vector", "reference": 1e-6})
    patches = pyhf.PatchSet(patchset(vector, [0.1]))
    base = pyhf.Workspace(build_spec_of(vector))
    patches.verify(base)
    for patch in patches:
        patched = patch.apply(base)
        model = pyhf.Workspace(patched).model()
        assert len(patch.patch) == 5
        assert model.config.poi_name not in base["measurements"][0]["config"]["poi"]


def test_lines_of_chromium_and_recoils_of_the_sun_have_angles_too():
    chromium = small(source={"kind": "cr51", "activity_megacurie": 5.0}, binning__recoil_mev={"edges": [0.1, 0.3, 0.7]})
    assert limit(chromium).value > 0.0
    sun = small(
        source={"kind": "solar", "components": ["pp"]}, systematic=[], binning__recoil_mev={"edges": [0.1, 0.25]}
    )
    assert sum(part["weak"].values().sum() for part in channels_of(build_templates(sun))) > 10.0


def test_a_region_holds_what_is_computed_without_bins():
    """A fine grid without resolutions against the boundaries in closed form, C = 0.7 at 6e-11."""
    fine = small(
        detector__resolution=None,
        detector__angular_resolution_mrad=None,
        detector__resolution_uncertainty=None,
        detector__energy_scale_uncertainty=None,
        systematic=[],
        background=[],
        binning__recoil_mev={"start": 0.1, "stop": 2.1, "width": 0.04},
        binning__theta_mrad={"start": 0, "stop": 1300, "width": 20},
        binning__region={"ratio": 0.7, "moment": 6e-11},
    )
    templates = assemble_templates(fine, 6e-11)
    exact = ratio_region(artificial("Sr90-Y90", 1.0, 1.0), 0.7, 6e-11, threshold_mev=0.1)
    inside, outside = templates, templates.beside["outside"].templates
    for name, share in (("weak", exact.of_weak), ("signal", exact.of_magnetic)):
        held = inside[name].values()[0]
        assert held / (held + outside[name].values()[0]) == pytest.approx(share, rel=0.03)


def test_a_region_of_energies_alone():
    region = small(
        binning__theta_mrad=None,
        detector__angular_resolution_mrad=None,
        systematic=[SMALL["systematic"][0]],
        binning__region={"ratio": 0.5},
    )
    templates = build_templates(region)
    assert len(templates.edges) == 2
    total = templates["weak"].values()[0] + templates.beside["outside"].templates["weak"].values()[0]
    assert total == pytest.approx(build_templates(energies_only())["weak"].values().sum(), rel=1e-9)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"binning__theta_mrad": {"edges": [0, 4000]}}, r"the last edge, 4000 mrad, must be 3142"),
        ({"binning__theta_mrad": {"edges": [0, 0]}}, r"increasing angles in mrad"),
        (
            {"binning__theta_mrad": {"edges": [3141.7, 3142]}},
            r"binning.theta_mrad.*the last bin is empty, as its lower edge, 3141.7 mrad",
        ),
        (
            {
                "binning__theta_mrad": {"start": 0, "stop": 1400, "width": 1},
                "binning__recoil_mev": {"start": 0.1, "stop": 2.1, "width": 0.1},
            },
            r"binning.*1400 bins of theta_mrad times 20 of recoil_mev are 28000: there must be 20000 at most",
        ),
        ({"binning__theta_mrad": None}, r"angular_resolution_mrad needs binning.theta_mrad"),
        (
            {"binning__theta_mrad": None, "detector__angular_resolution_mrad": None},
            r"systematic of kind 'angular-resolution' needs binning.theta_mrad",
        ),
        ({"binning__minimum_events": 0.0}, r"minimum_events"),
        ({"binning__minimum_events": 1.0, "binning__region": {}}, r"minimum_events is about bins of theta_mrad"),
        ({"binning__region": {"ratio": -1.0}}, r"region.ratio"),
        ({"detector__angular_resolution_mrad": 0.1}, r"angular_resolution_mrad = 0.1; allowed: 0, or from 1 to 500"),
        ({"detector__angular_resolution_mrad": None}, r"relative to an angular resolution, and there is none"),
        (
            {"background": [{"kind": "solar", "component": "pp", "rate": 1.0}], "source": {"kind": "solar"}},
            r"which have a direction",
        ),
        ({"signal": {"kind": "vector"}, "binning__region": {}}, r"binning.region compares magnetic with weak"),
    ],
)
def test_what_makes_no_sense_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        build_spec_of(small(**changes))


def test_the_catalogue_has_the_angle_gain_that_the_documentation_quotes():
    found = {name: limit(load(name)).value for name in ("hellaz", "hellaz-angle", "hellaz-region")}
    assert found["hellaz"] == pytest.approx(1.690e-11, rel=1e-3)
    assert found["hellaz-angle"] == pytest.approx(1.593e-11, rel=1e-3)
    assert found["hellaz-region"] == pytest.approx(1.705e-11, rel=1e-3)


def test_show_names_the_channels(numm_stats):
    found = numm_stats("show", "hellaz-region", "--json").json
    assert found["facts"]["beside: outside"].startswith("1 from 0.1 to 2.1 MeV, ")
    assert found["facts"]["detector"].endswith("angles to 35 mrad")
    weak = next(sample for sample in found["samples"] if sample["name"] == "weak")
    assert weak["events"] == pytest.approx(weak["first_bin"] + weak["last_bin"])


def test_toys_run_on_channels(numm_stats):
    found = numm_stats("limit", "hellaz-region", "--construction", "cls", "--toys", "200", "--json")
    assert found.code == 0, found.err
    assert found.json["toys"]
