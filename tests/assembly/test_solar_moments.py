"""Solar neutrinos among the backgrounds of another source: they have the moment too, with the source on and off."""

import numpy as np
import pytest

import numm_stats as ns
from numm_stats.analyses.reading import parse_analysis
from numm_stats.assembly.assembling import assemble_detector, assemble_scattering, assemble_templates
from numm_stats.assembly.source_off import SOURCE_OFF
from numm_stats.errors import InputError
from numm_stats.sources.solar_model import solar_flux
from numm_stats.verbs.description import describe
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import build_spec_of, build_templates

REFERENCE = 1e-11
EDGES = [0.2, 0.3, 0.4, 0.5, 0.65]
DAYS_ON, DAYS_OFF = 100.0, 400.0
TONNES, ELECTRONS = 100.0, 3.3e29
DETECTOR = {
    "kind": "generic",
    "tonnes": TONNES,
    "electrons_per_tonne": ELECTRONS,
    "distance_m": 10.0,
    "resolution": 0.05,
}


def solar(**changes):
    return {"kind": "solar", "component": "Be7", "rate": 3000.0, "magnetic": True, **changes}


def analysis(*backgrounds, **changes):
    document = {
        "name": "test",
        "source": {"kind": "cr51", "activity_megacurie": 5.0},
        "detector": DETECTOR,
        "exposure": {"days": DAYS_ON},
        "off": {"days": DAYS_OFF},
        "binning": {"recoil_mev": {"edges": EDGES}},
        "signal": {"kind": "magnetic-moment", "reference": REFERENCE},
        "background": list(backgrounds or [solar()]),
    }
    document.update(changes)
    return parse_analysis({key: value for key, value in document.items() if value is not None}, "test")


def sun_alone(flavours=None, **detector):
    """The Sun as the source: weak and magnetic counts of as many days."""
    source = {"kind": "solar", "components": ["Be7"]}
    signal = {"kind": "magnetic-moment", "reference": REFERENCE, **({"flavours": flavours} if flavours else {})}
    changes = {
        "source": source,
        "off": None,
        "background": None,
        "signal": signal,
        "detector": {**DETECTOR, **detector},
    }
    templates = assemble_templates(analysis(**changes), REFERENCE)
    return templates.samples["weak"].counts, templates.samples["signal"].counts


@pytest.mark.parametrize("flavours", [None, ["e"]])
def test_counts_are_those_of_the_sun_as_the_source(flavours):
    """Families of the signal are those of solar neutrinos as they arrive."""
    weak, magnetic = sun_alone(flavours)
    signal = {"kind": "magnetic-moment", "reference": REFERENCE, **({"flavours": flavours} if flavours else {})}
    templates = assemble_templates(analysis(solar(rate=float(weak.sum())), signal=signal), REFERENCE)
    assert templates.samples["Be7"].counts == pytest.approx(weak, rel=1e-9)
    assert templates.samples["signal_Be7"].counts == pytest.approx(magnetic, rel=1e-9)
    off = templates.beside[SOURCE_OFF].templates.samples
    assert list(off) == ["Be7", "signal_Be7"]
    assert off["signal_Be7"].counts == pytest.approx(magnetic * DAYS_OFF / DAYS_ON, rel=1e-9)


def test_electron_neutrinos_alone_are_some_of_them():
    whole, electrons = (sun_alone(flavours)[1].sum() for flavours in (None, ["e"]))
    assert 0.4 < electrons / whole < 0.7  # the survival probability of 7Be


def test_one_moment_and_one_rate():
    """Both signals grow with the same parameter; the rate of the background multiplies its weak and magnetic events."""
    known, free = solar(component="pep", uncertainty=0.01), solar(free=True)
    systematics = [
        {"name": "activity", "kind": "normalisation", "size": 0.02},
        {"name": "both", "kind": "normalisation", "size": 0.03, "samples": ["Be7"]},
    ]
    spec = build_spec_of(analysis(free, known, systematic=systematics))
    channels = {channel["name"]: {s["name"]: s for s in channel["samples"]} for channel in spec["channels"]}
    poi = spec["measurements"][0]["config"]["poi"]

    def modifiers(channel, sample):
        return [modifier["name"] for modifier in channels[channel][sample]["modifiers"]]

    for channel in ("test", SOURCE_OFF):
        assert modifiers(channel, "signal_Be7") == [poi, "Be7_rate", "both"] == [poi, *modifiers(channel, "Be7")]
        assert modifiers(channel, "signal_pep") == [poi, "pep_rate"] == [poi, *modifiers(channel, "pep")]
    assert modifiers("test", "signal") == [poi, "activity"]
    assert "signal" not in channels[SOURCE_OFF]


def test_data_with_a_moment_hold_it_in_both_channels():
    found = analysis(data={"kind": "asimov", "injected": 2e-11})
    templates, spec = assemble_templates(found, REFERENCE), build_spec_of(found)
    channels = (templates, templates.beside[SOURCE_OFF].templates)
    for data, channel in zip(spec["observations"], channels, strict=True):
        expected = channel.background_counts + 4.0 * sum(term.counts for term in channel.signals.values())
        assert data["data"] == pytest.approx(expected.tolist(), rel=1e-8)
    fitted = ns.fit(found).to_dict()["parameters"]
    assert next(p["value"] for p in fitted if p["name"].startswith("mu_nu2")) == pytest.approx(4.0, rel=1e-3)


def test_a_response_moves_both():
    """As it moves the Sun as the source: a scale of 1.05 on all energies."""
    detector = {**DETECTOR, "energy_scale_uncertainty": 0.05}
    weak, _ = sun_alone()
    source = {"kind": "solar", "components": ["Be7"]}
    sun = assemble_templates(analysis(source=source, off=None, background=None, detector=detector), REFERENCE)
    found = assemble_templates(analysis(solar(rate=float(weak.sum())), detector=detector), REFERENCE)
    for ours, theirs in (("Be7", "weak"), ("signal_Be7", "signal")):
        for side, other in zip(
            found.samples[ours].variations["energy_scale"],
            sun.samples[theirs].variations["energy_scale"],
            strict=True,
        ):
            assert side.values() == pytest.approx(other.values(), rel=1e-9)


def test_argon_sees_the_sun_with_the_source_off():
    """At 5e-12: 36.6 magnetic events of the source, 14.4 of the Sun beside them and 100 without it."""
    templates = build_templates(load("ar37-xenon", ("signal.reference=5e-12",)))
    on, off = templates.signals, templates.beside[SOURCE_OFF].templates.signals
    assert on["signal"].counts.sum() == pytest.approx(36.64, rel=1e-3)
    assert sum(on[name].counts.sum() for name in off) == pytest.approx(14.5, rel=0.02)
    assert sum(term.counts.sum() for term in off.values()) == pytest.approx(101, rel=0.02)
    found = ns.limit(load("ar37-xenon"), construction="delta-chi2")
    assert found.value == pytest.approx(3.69e-12, rel=3e-3)


@pytest.mark.parametrize("entry", ["ar37-xenon", "cr51-borexino", "sr90-y90-scintillator"])
def test_rates_of_entries_are_those_of_the_model(entry):
    """All but the measured one of 7Be in scintillator, by the Sun as the source of the same bins and detector."""
    found = load(entry)
    document = {k: v for k, v in found.to_document().items() if k not in ("off", "background", "systematic")}
    tonnes, days = assemble_detector(found).tonnes, {"tonne-year": 1.0, "day-100t": 365.25 / 100.0}
    for table in found.background:
        if table.kind == "solar" and not table.free:
            sun = {"source": {"kind": "solar", "components": [table.component]}, "exposure": {"years": 1.0}}
            weak = assemble_scattering(parse_analysis({**document, **sun}, entry), REFERENCE).counts()[0].sum()
            assert table.rate == pytest.approx(weak / tonnes / days[table.per], rel=1e-3)
            assert table.uncertainty == solar_flux(table.component)[1]


def test_systematics_name_the_background():
    """Its magnetic sample goes with it, and has no name of its own in systematics."""
    systematic = [{"name": "x", "kind": "normalisation", "size": 0.1, "samples": ["signal_Be7"]}]
    with pytest.raises(InputError, match="names sample 'signal_Be7': samples are signal, weak, Be7"):
        assemble_templates(analysis(systematic=systematic), REFERENCE)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"background": [{"kind": "flat", "rate": 3.0, "magnetic": True}]}, "has no use for magnetic"),
        ({"background": [solar(per_bin=True)]}, "needs a spectrum that is known"),
        ({"signal": {"kind": "vector"}}, "magnetic = true goes with signal.kind = 'magnetic-moment'"),
        ({"source": {"kind": "solar"}}, "another source than the Sun itself"),
    ],
)
def test_where_it_makes_no_sense(changes, words):
    with pytest.raises(InputError, match=words):
        analysis(**changes)


def test_channels_are_described_each_by_itself():
    found = describe(analysis(), "test")
    sample = next(row for row in found.samples if row.name == "signal_Be7")
    alone = build_templates(analysis()).samples["signal_Be7"].counts
    assert sample.events == pytest.approx(float(np.sum(alone)))
