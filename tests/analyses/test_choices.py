"""Discrete systematics of an analysis: its configurations, the truth of their Asimov data, and what cannot be."""

import subprocess
import sys

import numpy as np
import pytest
import tomli_w

from numm_stats.analyses.analysis import Analysis, DataTable
from numm_stats.analyses.choices import configurations, is_truth, refuse_choices, truth_of
from numm_stats.analyses.reading import parse_analysis, parse_toml, read_analysis
from numm_stats.assembly.assembling import assemble_templates
from numm_stats.errors import InputError
from numm_stats.verbs.averages import average
from numm_stats.verbs.limiting import limit, limits
from numm_stats.verbs.loading import load, with_data
from numm_stats.verbs.pipeline import build_spec_of, fit, has_choices

REFERENCE = 1e-11
DOCUMENT = {
    "name": "test",
    "source": {"kind": "isodar"},
    "detector": {"kind": "kamland", "resolution": 0.0},
    "exposure": {"events": 3000.0},
    "binning": {"recoil_mev": {"edges": [1.0, 2.0, 4.0, 9.0]}},
    "signal": {"kind": "magnetic-moment", "reference": REFERENCE},
    "background": [{"kind": "flat", "rate": 30.0, "free": True}],
}
CHOICES = {"source.spectrum": ["endpoints", "r-matrix"], "couplings.sin2_theta_w": [0.23, 0.24]}
NAMES = ["endpoints-0.23", "endpoints-0.24", "r-matrix-0.23", "r-matrix-0.24"]


def analysis(*overrides, **changes):
    return parse_analysis({**DOCUMENT, **changes}, "test", overrides)


@pytest.fixture(scope="module")
def several():
    return analysis(choices=CHOICES)


def observations(configuration):
    return np.array(build_spec_of(configuration)["observations"][0]["data"])


def test_every_combination_is_a_configuration(several):
    found = configurations(several)
    assert list(found) == NAMES
    for (name, each), spectrum, coupling in zip(
        found.items(), np.repeat(CHOICES["source.spectrum"], 2), [0.23, 0.24] * 2, strict=True
    ):
        alone = analysis(f"source.spectrum={spectrum}", f"couplings.sin2_theta_w={coupling}", f"name=test-{name}",
                         f"signal.reference={REFERENCE}")  # fmt: skip
        assert each == alone


def test_without_choices_an_analysis_is_its_own_configuration():
    alone = analysis()
    assert configurations(alone) == {"test": alone}
    assert not has_choices(alone)
    refuse_choices(alone)


def test_a_key_that_is_set_is_a_choice_made():
    keep = f"signal.reference={REFERENCE}"
    left = analysis("source.spectrum=r-matrix", keep, choices=CHOICES)
    assert left.choices == {"couplings.sin2_theta_w": [0.23, 0.24]}
    assert left.source.spectrum == "r-matrix"
    alone = analysis("source.spectrum=r-matrix", "couplings.sin2_theta_w=0.24", keep, choices=CHOICES)
    made = configurations(analysis(choices=CHOICES))["r-matrix-0.24"]
    assert alone.model_copy(update={"name": made.name}) == made


def test_what_to_set_is_said_and_is_enough(several):
    with pytest.raises(InputError, match="test has 4 configurations") as refused:
        fit(several)
    proposed = str(refused.value).partition("such as ")[2].split("--set ")[1:]
    assert len(proposed) == 2
    assert not analysis(*(text.strip() for text in proposed), choices=CHOICES).choices


def test_a_document_survives_its_text(several):
    for each in (several, *configurations(several).values()):
        assert Analysis.model_validate(parse_toml(tomli_w.dumps(each.to_document()), "text")) == each


def test_the_average_is_that_of_its_configurations(several):
    """One analysis with choices, and the list of what it stands for."""
    one, listed = average(several), average(list(configurations(several).values()))
    assert one.names == tuple(NAMES)
    assert listed.names == tuple(f"test-{name}" for name in NAMES)
    for ours, theirs in zip(one.limits, listed.limits, strict=True):
        assert ours.average.value == theirs.average.value
        assert ours.envelope.value == theirs.envelope.value
        assert ours.spread == theirs.spread
    assert (one.analysis, listed.analysis) == ("test", "average of 4 configurations")


@pytest.mark.parametrize("construction", ["cls", "clsb", "pcl", "delta-chi2", "bayes"])
def test_a_limit_is_the_average_with_the_single_ones_beside(several, construction):
    found = limit(several, construction=construction)
    merged = average([several], constructions=(construction,)).limits[0]
    assert found.value == merged.average.value
    assert found.analysis == "test"
    assert [each.analysis for each in found.configurations] == NAMES
    singles = [limit(each, construction=construction).value for each in configurations(several).values()]
    assert [each.value for each in found.configurations] == pytest.approx(singles, rel=2e-6)
    assert min(singles) < found.value < max(singles)


def test_limits_are_those_of_each_construction(several):
    found = limits(several, constructions=("cls", "delta-chi2"))
    assert [each.label for each in found] == ["cls", "delta-chi2 1.642", "delta-chi2 2.706"]
    assert found[0].value == limit(several).value
    assert found[1].value == limit(several, construction="delta-chi2").value
    assert found[2].value == limit(several, construction="delta-chi2", delta_chi2=found[2].parameter.delta_chi2).value


def test_a_mixed_list_keeps_its_names_apart(several):
    found = average([several, analysis()])
    assert found.names == (*(f"test-{name}" for name in NAMES), "test")


def test_asimov_data_are_those_of_the_truth():
    truth = {"source.spectrum": "endpoints", "couplings.sin2_theta_w": 0.24}
    several = analysis(choices=CHOICES, data={"truth": truth})
    found = configurations(several)
    assert [is_truth(each) for each in found.values()] == [False, True, False, False]
    own = observations(configurations(analysis(choices=CHOICES))["endpoints-0.24"])
    for each in found.values():
        assert observations(each) == pytest.approx(own, rel=1e-12)
    assert truth_of(analysis()) is None
    assert is_truth(analysis())


def test_a_signal_of_the_truth_is_injected():
    truth = {"source.spectrum": "r-matrix"}
    injected = with_data(analysis(data={"truth": truth}), "asimov:2e-11")
    templates = assemble_templates(analysis("source.spectrum=r-matrix"), REFERENCE)
    wanted = templates.background_counts + 4.0 * templates["signal"].values()
    # ten digits in a workspace
    assert observations(injected) == pytest.approx(wanted, rel=1e-9)


def test_the_truth_must_count_in_the_bins_of_the_model():
    other = analysis(data={"truth": {"binning.recoil_mev.edges": [1.0, 2.0, 9.0]}})
    with pytest.raises(InputError, match=r"data\.truth has other bins"):
        build_spec_of(other)


def test_files_of_choices_stand_beside_the_analysis(tmp_path):
    for name, last in (("first", 1.0), ("second", 2.0)):
        (tmp_path / f"{name}.txt").write_text(f"0.5 1.0\n10.0 {last}\n")
    spectrum = {"kind": "table", "file": "first.txt"}
    choices = {"source.file": ["first.txt", "second.txt"]}
    document = {**DOCUMENT, "source": spectrum, "choices": choices, "data": {"truth": {"source.file": "second.txt"}}}
    path = tmp_path / "mine.toml"
    path.write_text(tomli_w.dumps(document))
    found = configurations(read_analysis(path))
    assert list(found) == ["first.txt", "second.txt"]
    assert [is_truth(each) for each in found.values()] == [False, True]
    assert average(path).analysis == "test"


def test_lists_are_chosen_and_named():
    found = configurations(analysis(choices={"binning.recoil_mev.edges": [[1.0, 2.0, 9.0], [1.0, 3.0, 9.0]]}))
    assert list(found) == ["1.0_2.0_9.0", "1.0_3.0_9.0"]


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"source.spectrum": []}, "choices: each key needs one or more values"),
        ({"source.spectrum": ["endpoints", "endpoints"]}, "two configurations would be called endpoints"),
        ({"source.spectrun": ["endpoints"]}, "unknown key 'source.spectrun', did you mean 'spectrum'"),
        ({"source.spectrum": ["endpoints", "beta"]}, r"test, choices: key 'source\.spectrum' = 'beta'"),
        ({"background.0.rate": [1.0, 2.0]}, "'background' is not a table"),
        ({"exposure.events": [float(n) for n in range(1, 1200)]}, "1199 configurations; at most 1000"),
        ({"choices": [{"source.spectrum": ["endpoints"]}]}, "choices: 'choices' is no key of the model"),
        ({"name": ["a", "b"]}, "choices: 'name' is no key of the model"),
    ],
)
def test_choices_that_make_no_sense(choices, words):
    with pytest.raises(InputError, match=words):
        configurations(analysis(choices=choices))


@pytest.mark.parametrize(
    ("truth", "words"),
    [
        ({"source.spectrun": "endpoints"}, r"test, data\.truth: unknown key 'source\.spectrun'"),
        ({"exposure.events": -1.0}, r"exposure\.events"),
        ({"data.injected": 1e-11}, r"data\.truth: 'data\.injected' is no key of the model"),
        ({"background.0.rate": 1.0}, "'background' is not a table"),
    ],
)
def test_a_truth_that_makes_no_sense(truth, words):
    with pytest.raises(InputError, match=words):
        build_spec_of(analysis(data={"truth": truth}))


def test_real_data_have_no_truth():
    with pytest.raises(InputError, match=r"truth go with kind = 'asimov'"):
        analysis(data={"kind": "counts", "values": [1.0, 2.0, 3.0], "truth": {"source.spectrum": "endpoints"}})


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"construction": "feldman-cousins"}, "construction 'feldman-cousins' orders toys"),
        ({"construction": "cls", "delta_chi2": 1.0}, "delta_chi2 = 1.0 belongs to the construction delta-chi2"),
        ({"construction": "cls", "prior": "quantity"}, "prior = quantity belongs to the construction bayes"),
        ({"construction": "cls", "likelihood": "profile"}, "likelihood = profile belongs to the construction bayes"),
        ({"construction": "bayes", "likelihood": "marginal"}, "likelihood 'marginal'"),
        ({"minimizer": "iminuit"}, "minimizer 'iminuit'"),
    ],
)
def test_what_an_average_has_not(several, asked, words):
    with pytest.raises(InputError, match=words):
        limit(several, **asked)


def test_a_name_of_the_catalogue_with_choices():
    several = load("borexino-phase2")
    assert has_choices("borexino-phase2")
    found = configurations(several)
    assert len(found) == 8
    assert [name for name, each in found.items() if is_truth(each)] == [
        "within_230_ns-synthetic-gs98", "within_400_ns-synthetic-gs98"]  # fmt: skip


def test_real_counts_do_not_belong_to_several_estimators():
    """One set of counts is one estimator's: the other would be fitted to it as well, and its weight would hide that."""
    counts = load("borexino-phase2").model_copy(update={"data": DataTable(kind="counts", values=[1.0] * 120)})
    with pytest.raises(InputError, match="real counts are of one energy estimator"):
        configurations(counts)


def test_the_truth_of_all_is_said():
    found = average(load("borexino-phase2", ("binning.hits.bins=30", "detector.free_response=[]")))
    assert found.truth == {"detector.pile_up.model": "synthetic", "source.metallicity": "gs98"}
    assert found.to_dict()["truth"] == found.truth


def test_a_configuration_that_does_not_describe_its_data_is_named():
    def spec(counts):
        background = {"name": "b", "data": [50.0, 50.0, 50.0], "modifiers": []}
        signal = {
            "name": "s",
            "data": [5.0, 1.0, 1.0],
            "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
        }
        return {
            "channels": [{"name": "c", "samples": [signal, background]}],
            "observations": [{"name": "c", "data": counts}],
            "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
            "version": "1.0.0",
        }

    found = average([spec([50.0, 48.0, 55.0]), spec([50.0, 10.0, 150.0])], names=["good", "bad"])
    told = [text for text in found.warnings if "does not describe its data" in text]
    assert [text.split(":")[0] for text in told] == ["bad"]


def test_a_truth_is_named_only_where_all_have_it():
    one = load("borexino-phase2", ("binning.hits.bins=30", "detector.free_response=[]"))
    first, second, *_ = configurations(one).values()
    own = second.model_copy(update={"data": DataTable(kind="asimov")})
    assert average([first, second]).truth == one.data.truth
    assert average([first, own]).truth == {}


def test_an_average_needs_a_worker():
    with pytest.raises(InputError, match="workers = 0: must be at least 1"):
        average("borexino-phase2", workers=0)


def test_an_analysis_is_read_without_special_functions():
    """`list`, and every message about a wrong key, would wait for them."""
    load_one = "from numm_stats.verbs.loading import load; load('nova-counting')"
    code = f"import sys; {load_one}; print('scipy.special' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("truth", [{"exposure.years": 2.0}, {"off": {"days": 50.0}}, {"exposure": {"events": 5.0}}])
def test_an_exposure_is_no_truth(truth):
    with pytest.raises(InputError, match=r"data\.truth: '\S+' says how long was measured"):
        truth_of(analysis(data={"truth": truth}))
