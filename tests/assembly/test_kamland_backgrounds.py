"""isodar-kamland-backgrounds: the published totals, and what they cost; solar and inverse-beta backgrounds."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from numm_stats.analyses.reading import parse_analysis
from numm_stats.backgrounds.nuclides import decay_spectrum
from numm_stats.detectors.response import Resolution, Response
from numm_stats.errors import InputError
from numm_stats.physics.beryllium8 import ENDPOINT_PROBABILITIES
from numm_stats.sources.isodar import isodar
from numm_stats.templates.positrons import positron_counts
from numm_stats.verbs.limiting import limit
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import build_templates

ENTRY = "isodar-kamland-backgrounds"
NOT_FROM_BEAM = ("B8", "Tl208", "Li8", "Be11")


def built(*backgrounds, source=None, **detector):
    document = {
        "name": "test",
        "source": source or {"kind": "isodar"},
        "detector": {"kind": "kamland", **detector},
        "exposure": {"years": 4.5},
        "binning": {"recoil_mev": {"start": 3.0, "stop": 12.0, "width": 0.5}},
        "signal": {"kind": "magnetic-moment", "reference": 6e-11},
        "background": list(backgrounds),
    }
    return build_templates(parse_analysis(document, "test"))


def test_totals_are_the_published_ones(shared):
    inputs = tomllib.loads((shared / "figures" / "inputs.toml").read_text())["isodar"]
    published = inputs["kamland_backgrounds_3_to_12_mev"]
    templates = build_templates(ENTRY)
    sums = {name: templates[name].sum() for name in ("weak", "ibd", *NOT_FROM_BEAM)}
    assert sums["weak"] == pytest.approx(published["elastic_scattering"])
    assert sums["ibd"] == pytest.approx(published["inverse_beta_misidentified"])
    assert sum(sums[name] for name in NOT_FROM_BEAM) == pytest.approx(published["not_from_beam"], abs=0.1)


def test_solar_rate_is_what_the_sun_makes():
    made = built(source={"kind": "solar", "components": ["B8"]})["weak"]
    assert load(ENTRY).background[1].rate == pytest.approx(made.sum(), abs=0.1)
    shape = built({"kind": "solar", "component": "B8", "rate": 979.6})["B8"]
    assert shape.values() == pytest.approx(made.values(), rel=1e-3)


def test_what_the_backgrounds_cost():
    """They weaken the limit 1.45 times; 1.15 times, were their rates known."""
    analysis, bare = load(ENTRY), limit(load(ENTRY, ("background=[]",))).value
    known = [table.model_copy(update={"uncertainty": 0.0}) for table in analysis.background]
    assert bare == pytest.approx(6.13e-11, rel=0.005)
    assert limit(ENTRY).value == pytest.approx(8.92e-11, rel=0.005)
    assert limit(analysis.model_copy(update={"background": known})).value == pytest.approx(7.08e-11, rel=0.005)


@pytest.mark.parametrize(("nuclide", "value"), [("Tl208", 9.38e-11), ("Li8", 8.34e-11), ("Be11", 8.22e-11)])
def test_the_split_that_was_assumed(nuclide, value):
    """All of the rest from one nuclide: 8 % less to 5 % more."""
    analysis = load(ENTRY)
    kept = [table for table in analysis.background if table.nuclide in (None, nuclide)]
    tables = [t.model_copy(update={"rate": 3 * t.rate}) if t.kind == "decay" else t for t in kept]
    assert limit(analysis.model_copy(update={"background": tables})).value == pytest.approx(value, rel=0.005)


def test_neutrinos_move_with_the_response_at_the_nominal_number():
    tables = ({"kind": "solar", "component": "B8", "rate": 50.0}, {"kind": "inverse-beta", "rate": 7.0})
    samples = built(*tables, energy_scale_uncertainty=0.02).samples
    for name, rate in (("B8", 50.0), ("inverse-beta", 7.0)):
        high, low = (side.values() for side in samples[name].variations["energy_scale"])
        assert samples[name].counts.sum() == pytest.approx(rate)
        assert high[-1] > samples[name].counts[-1] > low[-1]
        # recoils enter at 3 MeV, while more positrons leave at 12 MeV than enter
        assert (np.sum(high) > rate > np.sum(low)) == (name == "B8")
    nominal, response = np.linspace(3.0, 12.0, 19), Response(Resolution(stochastic=0.064))
    moved = replace(response, scale=1.02)
    ratio = positron_counts(isodar(), nominal, moved) / positron_counts(isodar(), nominal, response)
    sample = samples["inverse-beta"]
    assert sample.variations["energy_scale"][0].values() == pytest.approx(ratio * sample.counts, rel=1e-6)


@pytest.mark.parametrize(
    ("background", "source", "message"),
    [
        ({"kind": "solar", "rate": 1.0}, None, "needs component"),
        ({"kind": "solar", "rate": 1.0, "component": "B9"}, None, "component"),
        ({"kind": "inverse-beta", "rate": 1.0, "component": "B8"}, None, "no use for component"),
        ({"kind": "solar", "rate": 1.0, "component": "pp"}, None, "above the largest recoil"),
        ({"kind": "inverse-beta", "rate": 1.0}, {"kind": "solar", "components": ["B8"]}, "no continuous nu_e_bar"),
    ],
)
def test_mistakes_are_named(background, source, message):
    with pytest.raises(InputError, match=message):
        built(background, source=source)


def test_spallation_spectra():
    """8Li against its antineutrinos: both leptons share the mean endpoint, 12.2 MeV; 11Be ends at its Q of 11.5 MeV."""
    electron = decay_spectrum("Li8").mean_mev()
    antineutrino = isodar().components[0]
    energy, weights = antineutrino.quadrature([0.0])
    mean = float((energy * weights).sum() / weights.sum())
    endpoints = np.average(np.arange(16) + 0.5, weights=ENDPOINT_PROBABILITIES)
    assert electron + mean == pytest.approx(endpoints, rel=2e-3)
    assert decay_spectrum("Be11").above(11.4) > 0.0 == decay_spectrum("Be11").above(11.51)
