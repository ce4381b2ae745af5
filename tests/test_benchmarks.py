"""Benchmarks: the workspaces are what they say, no ratio is stated for answers that disagree."""

import importlib.util
import json
import math
import sys
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pyhf
import pytest

from numm_stats.inference.limits import upper_limit
from numm_stats.inference.statmodel import read_workspace
from numm_stats.inference.toys import conditional_hypothesis, toy_task

MODULES = ("workspaces", "ours", "evermore_toys", "peers", "compare")


@pytest.fixture(scope="module")
def benchmarks(repository):
    """The scripts as modules; they import each other by name, and set how many threads may run."""
    with patch.dict("os.environ"), patch.dict(sys.modules):
        for name in MODULES:
            spec = importlib.util.spec_from_file_location(name, repository / "benchmarks" / f"{name}.py")
            sys.modules[name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(sys.modules[name])
        yield SimpleNamespace(**{name: sys.modules[name] for name in MODULES})


@pytest.fixture(scope="module")
def small(benchmarks):
    return benchmarks.workspaces.build("small")


@pytest.mark.parametrize(
    ("name", "channels", "bins", "parameters"),
    [("small", 1, 20, 4), ("main", 1, 60, 8), ("large_nostat", 3, 600, 31), ("large", 3, 600, 631)],
)
def test_workspaces_have_the_size_they_say(benchmarks, name, channels, bins, parameters):
    workspace = pyhf.Workspace(benchmarks.workspaces.build(name))
    model = workspace.model()
    assert len(model.config.channels) == channels
    assert model.config.nmaindata == bins
    assert model.config.npars == parameters
    assert model.config.poi_name == "mu"
    background = np.array(model.config.suggested_init())
    background[model.config.poi_index] = 0.0
    np.testing.assert_allclose(workspace.data(model), model.expected_data(background), rtol=1e-12)


def test_the_main_workspace_has_280_000_weak_events(benchmarks):
    samples = benchmarks.workspaces.build("main")["channels"][0]["samples"]
    assert [sample["name"] for sample in samples] == ["signal", "weak", "radon", "flat", "tl208", "cosmo"]
    assert sum(samples[1]["data"]) == pytest.approx(280_000.0)


@pytest.mark.parametrize("name", ["small", "main", "large_nostat"])
def test_limits_are_finite_and_in_order(benchmarks, name):
    limit = upper_limit(read_workspace(benchmarks.workspaces.build(name)), "cls")
    assert np.all(np.diff([0.0, *limit.expected, 20.0]) > 0.0)
    assert limit.observed == pytest.approx(limit.median, rel=1e-6)  # the observations are an Asimov set


def test_statistical_uncertainties_of_the_templates_cost_sensitivity(benchmarks):
    """By the Fisher information of the observations; an error of mu that is finite has a finite limit."""
    errors = []
    for name in ("large_nostat", "large"):
        model = read_workspace(benchmarks.workspaces.build(name))
        theta = model.model.parameters.initial.copy()
        theta[model.poi_index] = 0.0
        covariance = np.linalg.inv(model.likelihood.information(theta))
        errors.append(math.sqrt(covariance[model.poi_index, model.poi_index]))
    assert errors[0] < errors[1] < 1.1 * errors[0]


def test_files_are_the_same_each_time(benchmarks, tmp_path):
    first, second = (benchmarks.workspaces.write(tmp_path / name) for name in ("first", "second"))
    assert [path.name for path in first] == [f"{name}.json" for name in benchmarks.workspaces.NAMES]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.parametrize("theirs", [[1.0, 2.002], [1.0, np.nan], [1.0, np.inf], [1.0], []])
def test_the_gate_refuses_a_disagreement(benchmarks, theirs):
    with pytest.raises(benchmarks.compare.Disagreement):
        benchmarks.compare.gate(np.array([1.0, 2.0]), np.array(theirs), 1e-3)


def test_the_gate_refuses_to_agree_on_nothing(benchmarks):
    with pytest.raises(benchmarks.compare.Disagreement, match="0 answers"):
        benchmarks.compare.gate(np.array([]), np.array([]), 1e-3)


def test_the_gate_returns_the_largest_difference(benchmarks):
    worst = benchmarks.compare.gate(np.array([1.0, 2.0, 3.0]), np.array([1.0001, 1.9995, 3.0]), 1e-3)
    assert worst == pytest.approx(5e-4)


def test_a_disagreement_has_no_ratio(benchmarks):
    compare = benchmarks.compare
    row = compare.Row("small", "limit, loaded", "numpy+scipy", "1 s", "1 ms")
    agreed = compare.judged(row, np.ones(6), np.full(6, 1.0005), 1e-3, 1000.0)
    refused = compare.judged(row, np.ones(6), np.full(6, 1.002), 1e-3, 1000.0)
    assert agreed.ratio == "1e+03"
    assert not refused.ratio
    assert refused.difference == compare.DISAGREE
    assert "2.0e-03" in refused.note


@pytest.mark.parametrize(("difference", "code"), [("1e-05", 0), ("", 0), ("DISAGREE", 1), ("NO ANSWER", 1)])
def test_the_exit_code_tells_whether_answers_agree(benchmarks, difference, code):
    agreed = benchmarks.compare.Row("small", "toys, numpy", "numpy+scipy", difference="2e-06")
    rows = [agreed, benchmarks.compare.Row("small", "limit, loaded", "numpy+scipy", difference=difference)]
    assert benchmarks.compare.exit_code(rows) == code
    assert difference in benchmarks.compare.printed(rows)


def test_an_unknown_peer_is_refused(benchmarks, capsys):
    with pytest.raises(SystemExit, match="2"):
        benchmarks.compare.parsed(["--peers", "numpy+migrad"])
    assert "numpy+migrad" in capsys.readouterr().err


def test_an_unknown_workspace_is_refused(benchmarks, capsys):
    with pytest.raises(SystemExit, match="2"):
        benchmarks.compare.parsed(["--workspaces", "small,tiny"])
    assert "tiny: neither a file nor one of small" in capsys.readouterr().err


class Peer:
    """A program whose limits and q~ are what the test wants."""

    requires, most_parameters, draws_auxiliary, batch = (), 100, True, 1024

    def __init__(self, answers, values):
        self.answers, self.values = answers, values

    def load(self, text):
        return json.loads(text)

    def cls(self, *_):
        """Nothing to compile."""

    def limits(self, *_):
        if self.answers is None:
            raise RuntimeError("no minimum")
        return self.answers

    def q_mu_tilde(self, *_):
        return self.values


@pytest.fixture(scope="module")
def measured(benchmarks, small, tmp_path_factory):
    """Our side of a comparison on the small workspace, as it would be after a second of measurement."""
    path = tmp_path_factory.mktemp("workspaces") / "small.json"
    path.write_text(json.dumps(small))
    model = read_workspace(small)
    limit = upper_limit(model, "cls")
    task = toy_task(model, conditional_hypothesis(model, limit.median), (limit.median,), seed=1, engine="numpy")
    limits = np.array([limit.value, *limit.expected])
    return benchmarks.ours.Ours("small", path, model, limits, 0.01, 0.02, {"numpy": task}, {"numpy": 1e4})


def rows_against(benchmarks, measured, peer):
    options = SimpleNamespace(seconds=0.01, patience=100.0, all=False)
    with patch.dict(benchmarks.peers.PEERS, {"peer": peer}):
        return list(benchmarks.compare.peer_rows(measured, "peer", options))


@pytest.fixture(scope="module")
def values(benchmarks, measured):
    return benchmarks.ours.toys_and_values(measured.tasks["numpy"], draw_auxiliary=True)[1]


def test_a_peer_that_agrees_gets_a_ratio(benchmarks, measured, values):
    rows = rows_against(benchmarks, measured, Peer(measured.limits * 1.0005, values + 2e-4))
    assert [row.question for row in rows] == ["limit, loaded", "limit, from file", "toys, numpy"]
    assert [row.difference for row in rows] == ["5e-04", "5e-04", "2e-04"]
    assert all(float(row.ratio) > 0.0 for row in rows)


def test_a_peer_that_disagrees_gets_none(benchmarks, measured, values):
    rows = rows_against(benchmarks, measured, Peer(measured.limits * 1.01, values + 1e-3))
    assert [row.difference for row in rows] == [benchmarks.compare.DISAGREE] * 3
    assert not any(row.ratio for row in rows)


def test_a_peer_that_raises_does_not_stop_the_comparison(benchmarks, measured, values):
    first, second = rows_against(benchmarks, measured, Peer(None, values))
    assert first.difference == benchmarks.compare.NO_ANSWER
    assert "no minimum" in first.note
    assert second.ratio


def test_toys_that_fail_in_a_peer_are_counted_and_left_out(benchmarks, measured, values):
    some = np.where(np.arange(len(values)) < 5, np.nan, values)
    row = rows_against(benchmarks, measured, Peer(measured.limits, some))[-1]
    assert row.ratio
    assert row.note == f"5 of {len(values)} toys fail there"


def test_peers_that_are_left_out_say_why(benchmarks):
    compare = benchmarks.compare
    assert "hours" in compare.why_not("numpy+scipy", 631, everything=False)
    assert not compare.why_not("numpy+scipy", 631, everything=True)
    assert not compare.why_not("numpy+scipy", 8, everything=False)
    with patch.object(compare, "missing", return_value=["nextstat"]):
        assert compare.why_not("nextstat", 8, everything=False) == "not installed: nextstat"


@pytest.mark.parametrize("peer", ["numpy+minuit", "numpy+scipy"])
def test_pyhf_fits_the_toys_that_we_fit(benchmarks, small, peer):
    model = read_workspace(small)
    mu = 1.6
    task = toy_task(model, conditional_hypothesis(model, mu), (mu,), seed=1, engine="numpy")
    toys, values = benchmarks.ours.toys_and_values(task, draw_auxiliary=True)
    theirs = benchmarks.peers.PEERS[peer]
    try:
        answers = theirs.q_mu_tilde(theirs.load(json.dumps(small)), mu, toys.main[:3], toys.auxiliary[:3])
    finally:
        pyhf.set_backend("numpy", "scipy")
    assert answers[0] > benchmarks.ours.NOT_ZERO
    assert benchmarks.compare.gate(values[:3], answers, benchmarks.compare.TOY_AGREEMENT) < 5e-4


def test_auxiliary_measurements_that_are_not_drawn_are_nominal(benchmarks, small):
    model = read_workspace(small)
    task = toy_task(model, conditional_hypothesis(model, 1.6), (1.6,), seed=1, engine="numpy")
    drawn, _ = benchmarks.ours.toys_and_values(task, draw_auxiliary=True)
    fixed, values = benchmarks.ours.toys_and_values(task, draw_auxiliary=False)
    shared = min(len(fixed), len(drawn))  # each begins with its first q~ that is not zero
    np.testing.assert_array_equal(fixed.main[-shared:], drawn.main[-shared:])
    assert not np.ptp(fixed.auxiliary, axis=0).any()
    assert values.min() == 0.0
    assert np.isfinite(values).all()


@pytest.mark.parametrize(("high", "low"), [(1.2, 0.85), (1.05, 0.95), (1.1, 1.02)])
def test_the_polynomial_given_to_evermore_is_code4_of_pyhf(benchmarks, high, low):
    inside = benchmarks.evermore_toys._code4(high, low)
    for value in (-0.99, -0.4, 0.0, 0.7):
        expected = pyhf.interpolators.code4([[[[low], [1.0], [high]]]])(pyhf.tensorlib.astensor([[value]]))
        assert np.polyval(inside, value) == pytest.approx(float(np.ravel(expected)[0]), rel=1e-12)
