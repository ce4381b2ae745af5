"""`average`: on a terminal, as JSON, as a figure, in Python, and what cannot be."""

import json

import pytest

from numm_stats.errors import InputError
from numm_stats.plots.average import plot_average
from numm_stats.verbs.averages import average

SIGNAL = {"data": None, "type": "normfactor"}


def spectrum(poi, signal, *, background=1.0, observed=(31.0, 22.0, 17.0), name="measurement"):
    """Three bins, a signal and a background with an uncertainty."""
    modifier = {"name": "norm", "type": "normsys", "data": {"hi": 1.05, "lo": 0.95}}
    samples = [
        {"name": "signal", "data": [signal * n for n in (5.0, 3.0, 1.0)], "modifiers": [{"name": poi, **SIGNAL}]},
        {"name": "background", "data": [background * n for n in (28.0, 20.0, 18.0)], "modifiers": [modifier]},
    ]
    return {
        "version": "1.0.0",
        "channels": [{"name": "recoil", "samples": samples}],
        "observations": [{"name": "recoil", "data": list(observed)}],
        "measurements": [{"name": name, "config": {"poi": poi, "parameters": []}}],
    }


MOMENT = "mu_nu2_over_2e-11_squared"
CONFIGURATIONS = {
    "first": spectrum(MOMENT, 1.0),
    "second": spectrum(MOMENT, 1.2, background=1.03),
    "third": spectrum("mu_nu2_over_4e-11_squared", 4.4, background=0.98),  # 4.4 in (4e-11)^2 is 1.1 in (2e-11)^2
    "other": spectrum(MOMENT, 1.0, observed=(30.0, 25.0, 19.0)),
    "asimov": spectrum(MOMENT, 1.0, observed=(28.0, 20.0, 18.0), name="measurement_asimov"),
    "coupling": spectrum("g4_over_1e-6_fourth", 1.0),
    "foreign": spectrum("mu", 1.0),
    "stranger": spectrum("strength", 1.0),
}


@pytest.fixture
def files(tmp_path):
    paths = {name: tmp_path / f"{name}.json" for name in CONFIGURATIONS}
    for name, path in paths.items():
        path.write_text(json.dumps(CONFIGURATIONS[name]))
    return paths


def test_average(numm_stats, files):
    outcome = numm_stats("average", files["first"], files["second"], files["third"])
    assert outcome.code == 0, outcome.err
    for words in ("average of 3 configurations", "first", "average", "envelope", "lowest alone", "standard deviation",
                  "observed upper limits at 90 % C.L.", "maxima on one scale", "effective configurations of 3",
                  "flat in neutrino magnetic moment^2"):  # fmt: skip
        assert words in outcome.out
    report = numm_stats("average", files["first"], files["second"], files["third"], "--json").json
    limits = [numm_stats("limit", files[name], "--construction", "bayes", "--prior", "parameter", "--json").json
              for name in ("first", "second", "third")]  # fmt: skip
    singles = [single["observed"] for single in report["configurations"]]
    assert singles == pytest.approx([limit["observed"] for limit in limits], rel=1e-6)
    assert set(limits[0]) <= set(report)
    assert [single["poi"]["reference"] for single in report["configurations"]] == [2e-11, 2e-11, 4e-11]
    assert min(singles) < report["observed"] < max(singles)
    assert report["spread"]["minimum"] == min(singles)
    assert sum(report["weights"]) == pytest.approx(1.0)
    assert 1.0 < report["effective_configurations"] <= 3.0
    assert [found["prior"] for found in report["limits"]] == [
        "flat in neutrino magnetic moment^2", "flat in neutrino magnetic moment"]  # fmt: skip
    assert report["envelope"]["penalty"] == 1.0
    assert (report["scale"], report["weighting"]) == ("common", "maximum-likelihood")


def test_one_file_twice_is_the_file(numm_stats, files):
    report = numm_stats("average", files["first"], files["first"], "--construction", "all", "--json").json
    alone = numm_stats("limit", files["first"], "--construction", "all", "--json").json
    assert [found["construction"] for found in report["limits"]] == [found["construction"] for found in alone["limits"]]
    for found, limit in zip(report["limits"], alone["limits"], strict=True):
        assert found["observed"] == pytest.approx(limit["observed"], rel=2e-6)
        assert found["envelope"]["observed"] == pytest.approx(limit["observed"], rel=2e-6)
    assert len(set(report["names"])) == 2


def test_other_data_are_weighted_by_their_prior(numm_stats, files):
    pair = ("average", files["first"], files["other"])
    report = numm_stats(*pair, "--weights", "3,1", "--json").json
    assert (report["scale"], report["weights"]) == ("own", [0.75, 0.25])
    assert (
        numm_stats(*pair, "--weighting", "given", "--weights", "3,1", "--json").json["observed"] == report["observed"]
    )
    outcome = numm_stats(*pair, "--scale", "common")
    assert "warning: the data differ" in outcome.err


def test_workers_give_the_same(numm_stats, files):
    first, second = (
        numm_stats("average", files["first"], files["third"], "--jobs", jobs, "--json").json for jobs in (1, 2)
    )
    assert first == second


def test_asimov_data_stay_blind(numm_stats, files):
    outcome = numm_stats("average", files["asimov"], files["asimov"], "--construction", "cls")
    assert "expected upper limits" in outcome.out
    assert "Asimov data: nothing observed" in outcome.err
    report = numm_stats(
        "average", files["first"], files["second"], "--data", "asimov", "--construction", "cls", "--json"
    )
    assert report.json["observed"] is None
    assert report.json["expected"] == sorted(report.json["expected"])


def test_analyses_of_the_catalogue(numm_stats):
    names = ("isodar-juno-0.2mev", "isodar-juno-0.2mev")
    report = numm_stats("average", *names, "--set", "exposure.events=33000", "--construction", "cls", "--json").json
    alone = numm_stats("limit", names[0], "--set", "exposure.events=33000", "--construction", "cls", "--json").json
    assert report["expected"] == pytest.approx(alone["expected"], rel=2e-6)


def test_a_figure(numm_stats, files, tmp_path):
    path = tmp_path / "average.png"
    assert numm_stats("average", files["first"], files["second"], "--plot", path).code == 0
    assert path.read_bytes().startswith(b"\x89PNG")
    result = average([files["first"], files["second"]], prior="quantity")
    (axes,) = plot_average(result, title="two").axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels[0].startswith("first, weight ")
    assert labels[2:4] == ["average", "envelope"]
    limit = next(line for line in axes.lines if "limit of the average" in line.get_label())
    assert limit.get_xdata()[0] == result.limits[0].average.value
    for line in axes.lines[:4]:
        assert line.get_ydata().max() == pytest.approx(1.0, abs=1e-3)


def test_the_same_in_python():
    workspaces = [CONFIGURATIONS["first"], CONFIGURATIONS["third"]]
    result = average(workspaces, names=["low", "high"], constructions=["delta-chi2"], delta_chi2=2.706)
    assert str(result).startswith("average of 2 configurations: observed neutrino magnetic moment < ")
    assert result.names == ("low", "high")
    assert average(workspaces).names == ("measurement-1", "measurement-2")
    with pytest.raises(InputError, match="1 names for 2 configurations"):
        average(workspaces, names=["low"])
    with pytest.raises(InputError, match="at least two configurations"):
        average("nova-counting")
    with pytest.raises(InputError, match="at least one of"):
        average(workspaces, constructions=[])


@pytest.mark.parametrize(
    ("names", "options", "words"),
    [
        (["first"], [], ["at least two configurations"]),
        (["first", "coupling"], [], ["coupling", "g4_over_1e-6_fourth", "one quantity"]),
        (["foreign", "stranger"], [], ["stranger", "one quantity"]),
        (["first", "asimov"], [], ["Asimov set", "asimov", "first"]),
        (["first", "second"], ["--weights", "1"], ["1 weights for 2 configurations"]),
        (["first", "second"], ["--weights", "1,-2"], ["weight -2"]),
        (["first", "second"], ["--weights", "1,x"], ["--weights 1,x", "numbers with commas"]),
        (["first", "second"], ["--weights", "0,0"], ["not all zero"]),
        (["first", "second"], ["--weighting", "nul"], ["did you mean 'null'"]),
        (["first", "second"], ["--weighting", "equal", "--weights", "1,1"], ["no weights to give"]),
        (["first", "second"], ["--weighting", "given"], ["give the weights"]),
        (["first", "second"], ["--scale", "onw"], ["did you mean 'own'"]),
        (["first", "second"], ["--penalty", "-1"], ["penalty = -1"]),
        (["first", "second"], ["--construction", "feldman-cousins"], ["feldman-cousins", "orders toys"]),
        (["first", "second"], ["--cl", "1"], ["between 0 and 1"]),
        (["first", "second"], ["--prior", "quantitty"], ["did you mean 'quantity'"]),
        (["first", "second"], ["--construction", "cls", "--prior", "quantity"], ["prior = quantity", "bayes"]),
        (["first", "second"], ["--delta-chi2", "2.7"], ["delta_chi2 = 2.7", "delta-chi2"]),
        (["first", "second"], ["--jobs", "0"], ["jobs = 0"]),
        (["first", "second"], ["--poi", "muu"], ["muu"]),
        (["first", "second"], ["--set", "exposure.events=3"], ["--set", "workspace"]),
        (["first", "missing.json"], [], ["missing.json", "no such file"]),
        (["first", "second"], ["--plot", "average.jpeg"], [".jpeg"]),
    ],
)
def test_wrong_arguments(numm_stats, files, names, options, words):
    outcome = numm_stats("average", *(files.get(name, name) for name in names), *options)
    assert outcome.code == 2, outcome.err
    assert outcome.out == ""
    assert len(outcome.err.strip().splitlines()) == 1, outcome.err
    for word in words:
        assert word in outcome.err, outcome.err


def test_bad_input_in_a_worker(numm_stats, files):
    outcome = numm_stats("average", files["first"], "missing.json", "--jobs", 2)
    assert outcome.code == 2
    assert "missing.json: no such file" in outcome.err
