"""Borexino's samples: rates as stated, one flux for all of one origin, pyhf's expectation, and errors by hand."""

import numpy as np
import pyhf
import pytest
from scipy.integrate import quad

from numm_stats.analyses.analysis import Analysis
from numm_stats.assembly.assembling import assemble_couplings, assemble_templates
from numm_stats.assembly.borexino_samples import borexino_templates
from numm_stats.detectors.borexino import borexino_response
from numm_stats.errors import InputError
from numm_stats.inference.statmodel import read_workspace
from numm_stats.physics.kinematics import maximum_recoil_mev
from numm_stats.sources.solar import solar
from numm_stats.templates.folding import recoil_spectra
from numm_stats.templates.interactions import MagneticSignal, weak
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import build_spec_of

REFERENCE = 3e-11
EXPOSURE = 1291.5 * 71.3 / 100.0  # in days x 100 t
CHOSEN = (
    "binning.hits.bins=30",
    f"signal.reference={REFERENCE}",
    "detector.estimator=within_230_ns",
    "detector.pile_up.model=synthetic",
    "source.metallicity=gs98",
)


def analysis(*overrides):
    return load("borexino-phase2", (*CHOSEN, *overrides))


def fixed(*overrides):
    """The same with the response as it is: quicker."""
    return analysis("detector.free_response=[]", *overrides)


def replaced(made, **tables):
    """The analysis with whole tables replaced, lists among them."""
    return Analysis.model_validate({**made.to_document(), **tables})


def built(made):
    return assemble_templates(made, REFERENCE)


@pytest.fixture(scope="module")
def nominal():
    return analysis()


@pytest.fixture(scope="module")
def templates(nominal):
    return built(nominal)


@pytest.fixture(scope="module")
def spec(nominal):
    return build_spec_of(nominal)


def test_samples_and_channels(templates, spec):
    assert list(templates) == [
        "signal_pp", "signal_Be7", "signal_others", "pp", "Be7", "pep", "CNO", "B8", "C14", "Kr85", "Bi210", "C11",
        "Po210", "K40", "Bi214", "Tl208", "pile_up"]  # fmt: skip
    assert [channel["name"] for channel in spec["channels"]] == ["borexino-phase2", "gallium"]
    assert templates.unit == "hits"
    assert (templates.edges[0], templates.edges[-1], len(templates.edges)) == (85.0, 950.0, 31)


def test_asimov_data_are_the_sum_of_the_samples(spec):
    """All but the signal, in both channels."""
    for channel, observation in zip(spec["channels"], spec["observations"], strict=True):
        total = sum(np.array(s["data"]) for s in channel["samples"] if not s["name"].startswith("signal"))
        assert observation["data"] == pytest.approx(total, rel=1e-9)


def test_pp_by_another_integrator(templates):
    """One bin, by scipy over the recoil energy: the neutrinos' own integral is in the recoil spectrum."""
    source, response = solar(components=["pp"]), borexino_response("within_230_ns")
    scheme = assemble_couplings(analysis())
    end = float(maximum_recoil_mev(max(c.maximum_energy_mev for c in source.components)))
    edges = templates.edges[2:4]

    def rate(recoil):
        return float(recoil_spectra(source, [weak(scheme)], np.array([recoil]))[0, 0])

    def seen(recoil):
        return rate(recoil) * float(response.bin_probabilities(np.array([recoil]), edges)[0, 0])

    marks = [response.energy_mev(edges[0]), response.energy_mev(edges[1])]
    total = quad(rate, 0.0, end, epsrel=1e-9)[0]
    part = quad(seen, 0.1, end, points=marks, epsrel=1e-9, limit=200)[0]
    # 134 weak events per day and 100 t of any size; the table of pp is linear between points
    assert templates["pp"].values()[2] == pytest.approx(134.0 * EXPOSURE * part / total, rel=2e-4)


def test_a_stated_rate_is_that_of_all_recoils_and_the_model_gives_the_others():
    """From the model's flux to the published rates, within the model's errors and the rounding of print."""
    stated, model = built(fixed()), built(fixed("source.rates_cpd_100t={}"))
    for part, rate, error in (("pp", 134.0, 0.03), ("Be7", 48.3, 0.03)):
        ratio = stated[part].values().sum() / model[part].values().sum()
        assert ratio == pytest.approx(1.0, abs=error), rate
    assert stated["pep"].values() == pytest.approx(model["pep"].values(), rel=1e-12)
    # 48.3 per day and 100 t, of which 0.65 recoil above 85 hits
    assert 0.5 < stated["Be7"].values().sum() / (48.3 * EXPOSURE) < 0.75


def test_moment_weak_scattering_and_gallium_have_one_flux(templates):
    rates = {"pp": 2.0 * 134.0, "Be7": 48.3}
    source = fixed().source.model_copy(update={"rates_cpd_100t": rates})
    doubled = built(fixed().model_copy(update={"source": source}))
    for name in ("pp", "signal_pp"):
        assert doubled[name].values() == pytest.approx(2.0 * templates[name].values(), rel=1e-9)
        assert doubled.samples[name].scales == {"pp_rate": (0.0, 10.0)}
    captures = [t.beside["gallium"].templates for t in (templates, doubled)]
    assert captures[1]["pp"].values() == pytest.approx(2.0 * captures[0]["pp"].values(), rel=1e-9)
    assert captures[1]["Be7"].values() == pytest.approx(captures[0]["Be7"].values(), rel=1e-9)
    assert captures[0].samples["pp"].scales == templates.samples["pp"].scales


def test_the_signal_is_the_same_whatever_is_free(nominal, templates):
    alone = built(nominal.model_copy(update={"source": nominal.source.model_copy(update={"free": []})}))
    assert list(alone.signals) == ["signal"]
    total = sum(template.counts for template in templates.signals.values())
    assert alone["signal"].values() == pytest.approx(total, rel=1e-12)
    up = sum(template.variations["light_yield"][0].values() for template in templates.signals.values())
    assert alone.samples["signal"].variations["light_yield"][0].values() == pytest.approx(up, rel=1e-12)
    twice = assemble_templates(fixed(), 2.0 * REFERENCE)
    assert twice["signal_pp"].values() == pytest.approx(4.0 * templates["signal_pp"].values(), rel=1e-12)


def test_rates_are_per_day_and_100_tonnes(templates):
    # 210Po is a peak six standard deviations inside the range
    assert templates["Po210"].values().sum() == pytest.approx(260.0 * EXPOSURE, rel=1e-8)
    # 11C begins at 0.87 MeV, above the range's start, and ends at its end
    assert templates["C11"].values().sum() == pytest.approx(26.8 * EXPOSURE, rel=0.01)
    for name, rate in (("K40", 1.0), ("Bi214", 1.9), ("Tl208", 3.3)):
        assert 0.9 * rate * EXPOSURE < templates[name].values().sum() <= rate * EXPOSURE


def test_what_moves_what(templates):
    samples = templates.samples
    assert samples["Kr85"].scales == {"Kr85_rate": (-10.0, 10.0)}
    assert samples["Bi210"].scales == {"Bi210_rate": (0.0, 10.0)}
    assert samples["C14"].normalisations == {"C14_rate": (1.05, 0.95)}
    assert samples["pile_up"].normalisations == {"pile_up_rate": (1.02, 0.98)}
    assert samples["K40"].normalisations == {"K40_rate": (1.6, 0.4)}
    assert set(samples["Po210"].variations) == {"Po210_position", "Po210_width"}
    assert set(samples["pep"].variations) == {"light_yield", "resolution_constant", "resolution_slope"}
    assert not samples["pep"].scales


def test_both_pile_up_models_have_as_many_pairs(templates):
    """Above 85 hits, where a third of what is seen is 14C and its pairs."""
    convolved = built(fixed("detector.pile_up.model=convolution"))
    assert "pile_up" not in convolved
    none = built(fixed("detector.pile_up.model=none"))
    pairs = templates.background_counts.sum() - none.background_counts.sum()
    others = convolved.background_counts.sum() - none.background_counts.sum()
    assert pairs == pytest.approx(templates["pile_up"].values().sum())
    assert others == pytest.approx(pairs, rel=0.03)
    # beyond 102 hits nothing else is left of 14C
    first = templates["pile_up"].values()[1:4] + templates["C14"].values()[1:4]
    assert convolved["C14"].values()[1:4] == pytest.approx(first, rel=0.01)


def test_without_pile_up_or_its_uncertainty():
    quiet = built(fixed("detector.pile_up.rate_cpd_100t=0.0"))
    assert "pile_up" not in quiet
    known = built(fixed("detector.pile_up.uncertainty=0.0"))
    assert known.samples["pile_up"].normalisations == {}


def test_gallium_is_switched_off():
    off = build_spec_of(fixed("gallium.apply=false"))
    assert [channel["name"] for channel in off["channels"]] == ["borexino-phase2"]


def test_other_bins_are_the_same_spectrum(templates):
    edges = np.array([templates.edges[0], templates.edges[7], templates.edges[-1]])
    wide = borexino_templates(fixed(), MagneticSignal(REFERENCE), assemble_couplings(fixed()), edges)
    for name in templates:
        fine = templates[name].values()
        assert wide[name].values() == pytest.approx([fine[:7].sum(), fine[7:].sum()], rel=2e-4, abs=0.05)


@pytest.mark.parametrize("overrides", [(), ("detector.pile_up.model=convolution", "detector.estimator=within_400_ns")])
def test_pyhf_expects_what_our_engine_does(overrides):
    """At random parameters, both channels, auxiliary data too."""
    spec = build_spec_of(analysis(*overrides))
    theirs, ours = pyhf.Workspace(spec).model(), read_workspace(spec)
    names = theirs.config.par_names
    order = [ours.index(name) for name in names]
    generator = np.random.default_rng(4)
    for _ in range(5):
        theta = np.array([1.0 if "rate" in n or n == theirs.config.poi_name else 0.0 for n in names])
        theta += generator.normal(0.0, 0.4, len(names))
        own = np.empty(len(names))
        own[order] = theta
        counts = ours.model.expected(own)
        mine = np.concatenate([counts[c.bins] for c in sorted(ours.model.channels, key=lambda c: c.name)])
        assert mine == pytest.approx(theirs.expected_actualdata(theta), rel=1e-10)


def test_the_error_of_a_free_rate_is_the_analytic_one(nominal):
    """Nothing else free: 1 / sqrt(sum of s^2 / n), n the Asimov counts."""
    alone = replaced(
        fixed("source.free=[]", "gallium.apply=false", "detector.pile_up.uncertainty=0"),
        background=[
            {**table, "free": table["nuclide"] == "Bi210", "uncertainty": 0.0, "bounds": [0.0, 10.0]}
            for table in nominal.to_document()["background"]
        ],
    )
    spec = build_spec_of(alone)
    model = read_workspace(spec)
    theta = model.model.parameters.initial.copy()
    theta[model.poi_index] = 0.0
    assert set(model.model.parameters.names) == {"mu_nu2_over_3e-11_squared", "Bi210_rate"}
    information = 0.5 * model.likelihood.information(theta)[model.index("Bi210_rate"), model.index("Bi210_rate")]
    samples = built(alone)
    wanted = (samples["Bi210"].values() ** 2 / samples.background_counts).sum()
    assert information == pytest.approx(wanted, rel=1e-9)


def test_a_normalisation_is_of_the_sun_unless_samples_are_named():
    systematic = [
        {"name": "volume", "kind": "normalisation", "size": 0.01},
        {"name": "bismuth", "kind": "normalisation", "size": 0.1, "samples": ["Bi210"]},
        {"name": "moment", "kind": "normalisation", "size": 0.02, "samples": ["signal"]},
    ]
    samples = built(replaced(fixed(), systematic=systematic)).samples
    sun = {"signal_pp", "signal_Be7", "signal_others", "pp", "Be7", "pep", "CNO", "B8"}
    assert {name for name, t in samples.items() if "volume" in t.normalisations} == sun
    assert {name for name, t in samples.items() if "moment" in t.normalisations} == {n for n in sun if "signal" in n}
    assert samples["Bi210"].normalisations == {"bismuth": (1.1, 0.9)}


CARBON = {"kind": "decay", "nuclide": "C14", "rate": 3.456e6, "per": "day-100t"}
NORM = {"kind": "normalisation", "size": 0.1}


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"source": {"kind": "isodar"}}, r"source\.kind = 'isodar': must be solar"),
        ({"exposure": {"events": 100.0}}, "must state days, or years, and no events"),
        ({"exposure": {"events": 100.0, "days": 10.0}}, "must state days, or years, and no events"),
        ({"exposure": {"pot": 1e20}}, "must state days, or years"),
        ({"signal": {"kind": "vector"}}, "must be one term"),
        ({"background": [{"kind": "flat", "rate": 1.0}]}, "must be decay or external-gamma"),
        ({"background": [{**CARBON, "nuclide": "C15"}]}, "C15"),
        ({"background": [{**CARBON, "kind": "external-gamma"}]}, "'C14' is unknown"),
        ({"background": [CARBON, CARBON]}, "background 'C14' exists already"),
        ({"background": [{**CARBON, "name": "pp"}]}, "background 'pp' exists already"),
        ({"background": [{**CARBON, "name": "pile_up"}]}, "background 'pile_up' exists already"),
        ({"background": [{**CARBON, "name": "signal_x"}]}, "background 'signal_x' exists already"),
        ({"background": [{**CARBON, "nuclide": "Ar42"}, CARBON]}, None),
        ({"background": [{**CARBON, "nuclide": "K42", "gammas": "escape"}]}, "has no use for gammas"),
        ({"background": [{**CARBON, "nuclide": "Po210", "alpha_quenching": 0.1}]}, "has no use for alpha_quenching"),
        ({"systematic": [{"name": "x", "kind": "energy-scale", "size": 0.1}]}, "must be normalisation in hits"),
        ({"systematic": [{"name": "x", "samples": ["Bi211"], **NORM}]}, "names sample 'Bi211'"),
        ({"systematic": [{"name": "light_yield", **NORM}]}, "'light_yield' has a name in use"),
        ({"systematic": [{"name": "pp_rate", **NORM}]}, "'pp_rate' has a name in use"),
        ({"systematic": [{"name": "C14_rate", **NORM}]}, "'C14_rate' has a name in use"),
        ({"systematic": [{"name": "x", **NORM}, {"name": "x", **NORM}]}, "'x' acts twice on signal_pp"),
    ],
)
def test_what_cannot_be_seen_in_hits(nominal, tables, words):
    changed = replaced(nominal if "systematic" in tables else fixed(), **tables)
    if words is None:
        assert built(changed)["Ar42"].values().sum() > 0.0
        return
    with pytest.raises(InputError, match=words):
        assemble_templates(changed, REFERENCE)


def test_parts_that_are_not_there(nominal):
    changes = {"components": ["pp"], "free": ["Be7"], "rates_cpd_100t": {}}
    with pytest.raises(InputError, match=r"'Be7' is not among the components \['pp'\]"):
        built(nominal.model_copy(update={"source": nominal.source.model_copy(update=changes)}))


def test_convolution_needs_carbon_14_once():
    convolved = analysis("detector.pile_up.model=convolution")
    for background in (
        [],
        [{**CARBON, "per": "exposure"}],
        [{**CARBON, "rate": 0.0}],
        [CARBON, {**CARBON, "name": "x"}],
    ):
        with pytest.raises(InputError, match="convolution' needs one background of nuclide C14"):
            built(replaced(convolved, background=background))
