"""What is wrong about an analysis of several configurations: exit code 2, one message, nothing printed or written."""

import pytest

QUICK = (
    "--set", "binning.hits={ start = 85, stop = 500, bins = 20 }",
    "--set", "signal.reference=3e-11",
    "--set", 'detector.free_response=["light_yield"]',
)  # fmt: skip
METALLICITY = ("--set", "source.metallicity=gs98")
ONE = (*METALLICITY, "--set", "detector.estimator=within_230_ns", "--set", "detector.pile_up.model=synthetic")


def assert_refused(outcome, *words):
    """Exit code 2, all words in one message, nothing on standard output, no traceback."""
    assert outcome.code == 2, outcome.err
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert outcome.err.count("numm-stats: ") == 1
    assert len(outcome.err.strip().splitlines()) == 1
    for word in words:
        assert word in outcome.err, outcome.err


SETTINGS = {
    "unknown estimator": (
        "detector.estimator=within_300_ns",
        "'detector.estimator' = 'within_300_ns'",
        "within_230_ns",
    ),
    "unknown estimator among choices": (
        'choices={"detector.estimator" = ["within_230_ns", "foo"]}',
        "choices: key 'detector.estimator' = 'foo'",
    ),
    "misspelled free response": ('detector.free_response=["light_yeild"]', "did you mean 'light_yield'"),
    "free response twice": ('detector.free_response=["light_yield", "light_yield"]', "each parameter once"),
    "misspelled key": ("detector.estimater=within_230_ns", "'detector.estimater', did you mean 'estimator'"),
    "key of another detector": ("detector.threshold_mev=0.2", "'detector.threshold_mev'", "free_response"),
    "misspelled key of the bins": ("binning.hits.bin=20", "'binning.hits.bin', did you mean 'bins'"),
    "no error of gallium": ("gallium.uncertainty_snu=0", "gallium.uncertainty_snu", "greater than 0"),
    "cross section that is not known": ("gallium.cross_section_uncertainty=1.0", "less than 1"),
    "empty choices": ('choices={"detector.estimator" = []}', "choices: each key needs one or more values"),
    "one choice twice": ('choices={"source.metallicity" = ["gs98", "gs98"]}', "would be called gs98"),
    "choices of no key": ('choices={"detector.window" = ["short"]}', "choices: unknown key 'detector.window'"),
    "choices in a list": ('choices={"background.0.rate" = [1.0]}', "'background' is not a table"),
    "choices that are no list": ('choices={"source.metallicity" = "gs98"}', "choices.source.metallicity", "list"),
    "truth of no key": ('data.truth={"source.metal" = "gs98"}', "data.truth: unknown key 'source.metal'"),
    "truth in other bins": ('data.truth={"binning.hits.bins" = 10}', "data.truth has other bins"),
    "truth without gallium": ('data.truth={"gallium.apply" = false}', "data.truth has no 'gallium'"),
    "energy for hits": ("binning={recoil_mev = {start = 0.2, stop = 1.0, width = 0.1}}", "needs binning.hits"),
    "both binnings": ("binning.recoil_mev={start = 0.2, stop = 1.0, width = 0.1}", "one of the two"),
    "reversed bins": ("binning.hits={start = 500, stop = 85}", "start = 500 must be below stop = 85"),
    "half hits": ("binning.hits={start = 85.5, stop = 500}", "whole numbers of hits"),
    "bins narrower than a hit": ("binning.hits={start = 85, stop = 100, bins = 50}", "narrower than one hit"),
    "beyond the response": ("binning.hits={start = 85, stop = 3000}", "3000 hits"),
    "no bins": ("binning.hits.bins=0", "binning.hits.bins", "greater than or equal to 1"),
    "events for days": ("exposure={events = 1000}", "exposure: must state days, or years, and no events"),
    "no background at all": ("background=[]", "convolution' needs one background of nuclide C14"),
    "flat": ('background=[{kind = "flat", rate = 1.0}]', "background 'flat' of kind flat"),
    "free and known": (
        'background=[{kind = "decay", nuclide = "Kr85", rate = 1.0, free = true, uncertainty = 0.1}]',
        "[background.0] free = true has no use for uncertainty",
    ),
    "bounds without the rate": (
        'background=[{kind = "decay", nuclide = "Kr85", rate = 1.0, free = true, bounds = [2.0, 3.0]}]',
        "must hold 1 between them",
    ),
    "bounds of what is not free": (
        'background=[{kind = "decay", nuclide = "Kr85", rate = 1.0, bounds = [0.5, 3.0]}]',
        "state free = true with them",
    ),
    "nothing that is free": (
        'background=[{kind = "decay", nuclide = "Kr85", rate = 0.0, free = true}]',
        "free = true needs a rate above zero",
    ),
    "one bound": ('background=[{kind = "decay", nuclide = "Kr85", rate = 1.0, free = true, bounds = [0.5]}]', "bounds"),
    "free part that is none": ('source.free=["pp", "CNOs"]', "source.free.1", "CNO"),
    "free part that is left out": ('source.components=["pp", "pep"]', "'Be7' is not among the components"),
    "negative rate": ("source.rates_cpd_100t={pp = -1.0}", "source.rates_cpd_100t.pp"),
    "energy scale": ('systematic=[{name = "x", kind = "energy-scale", size = 0.1}]', "must be normalisation in hits"),
    "name in use": ('systematic=[{name = "light_yield", kind = "normalisation", size = 0.1}]', "has a name in use"),
    "interference": ('signal={kind = "vector"}', "a signal must be one term"),
    "name of the channel beside": ("name=gallium", "name = 'gallium'"),
    "pile-up model": ("detector.pile_up.model=random", "'detector.pile_up.model' = 'random'"),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_wrong_settings(numm_stats, tmp_path, case):
    setting, *words = SETTINGS[case]
    # what is not about the choices needs only one
    whole = setting.startswith(("choices", "background=[]"))
    chosen = () if whole else ONE
    settings = [*QUICK, *chosen, "--set", setting]
    if case == "name of the channel beside":
        assert_refused(numm_stats("workspace", "borexino-phase2", *settings, "-o", tmp_path / "x.json"), *words)
    else:
        assert_refused(numm_stats("show", "borexino-phase2", *settings), *words)
    assert not list(tmp_path.iterdir())


def test_a_source_that_is_not_the_sun(numm_stats):
    settings = ("--set", 'choices={"detector.estimator" = ["within_230_ns"]}', "--set", 'source={kind = "isodar"}')
    assert_refused(numm_stats("show", "borexino-phase2", *settings), "source.kind = 'isodar': must be solar")


@pytest.mark.parametrize("setting", ["gallium={apply = true}", 'source={kind = "solar", free = ["pp"]}'])
def test_what_goes_with_hits_alone(numm_stats, setting):
    outcome = numm_stats("show", "isodar-juno-0.2mev", "--set", setting)
    assert_refused(outcome, "go with detector.kind = 'borexino'")


def test_a_free_rate_and_a_normalisation_of_one_name(numm_stats):
    flat = 'background=[{kind = "flat", rate = 10.0, free = true}]'
    systematic = 'systematic=[{name = "flat_rate", kind = "normalisation", size = 0.1, samples = ["flat"]}]'
    outcome = numm_stats("show", "isodar-juno-0.2mev", "--set", flat, "--set", systematic)
    assert_refused(outcome, "'flat_rate' has a name in use")


OPTIONS = {
    "toys": (["limit", "--toys", "10"], "--toys", "--set"),
    "campaign": (["limit", "--campaign", "toys"], "--campaign", "--set"),
    "feldman-cousins": (["limit", "--construction", "feldman-cousins"], "feldman-cousins"),
    "unknown construction": (["limit", "--construction", "cl"], "construction 'cl' is unknown", "did you mean"),
    "unknown minimizer": (["limit", "--minimizer", "iminuit"], "minimizer 'iminuit'"),
    "marginal": (["limit", "--construction", "bayes", "--likelihood", "marginal"], "likelihood 'marginal'"),
    "likelihood without bayes": (["limit", "--likelihood", "profile"], "likelihood = profile belongs to"),
    "prior without bayes": (["limit", "--prior", "quantity"], "prior = quantity belongs to"),
    "rise without its construction": (["limit", "--construction", "cls", "--delta-chi2", "2"], "delta_chi2 = 2.0"),
    "weights of three": (["average", "--weights", "1,2,3"], "weights"),
    "no processes": (["average", "--jobs", "0"], "jobs = 0"),
    "observed data": (["limit", "--data", "observed"], "no observed counts"),
    "fit": (
        ["fit"],
        "8 configurations",
        "--set detector.estimator=within_230_ns --set",
        "--set source.metallicity=gs98",
    ),
    "scan": (["scan"], "8 configurations", "--set"),
    "interval": (["interval"], "8 configurations", "--set"),
    "significance": (["significance"], "8 configurations", "--set"),
    "goodness": (["goodness"], "8 configurations", "--set"),
    "impacts": (["impacts"], "8 configurations", "--set"),
    "contour": (["contour", "--with", "pp_rate"], "8 configurations", "--set"),
    "map": (["map"], "borexino-phase2"),
    "workspace on standard output": (["workspace"], "8 configurations", "give -o FOLDER"),
    "workspace in one file": (["workspace", "-o", "all.json"], "8 configurations", "give -o FOLDER"),
    "patch set": (["workspace", "-o", "folder", "--patchset", "patches.json"], "--patchset", "--set"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_what_several_configurations_have_not(numm_stats, tmp_path, monkeypatch, case):
    (command, *options), *words = OPTIONS[case]
    monkeypatch.chdir(tmp_path)
    assert_refused(numm_stats(command, "borexino-phase2", *options), *words)
    assert not list(tmp_path.iterdir())


def test_toys_are_of_one_configuration(numm_stats, tmp_path):
    outcome = numm_stats("toys", "run", tmp_path / "campaign", "borexino-phase2", "--toys", "10")
    assert_refused(outcome, "8 configurations", "--set")
    assert not list(tmp_path.iterdir())


def test_a_file_is_no_folder(numm_stats, tmp_path):
    (tmp_path / "file").write_text("")
    outcome = numm_stats("workspace", "borexino-phase2", *QUICK, *METALLICITY, "-o", tmp_path / "file")
    assert_refused(outcome, "give -o FOLDER")
    assert (tmp_path / "file").read_text() == ""
    outcome = numm_stats("workspace", "borexino-phase2", *QUICK, *METALLICITY, "-o", tmp_path / "file" / "inside")
    assert_refused(outcome, "inside")
