"""The benchmark of selections: its gate refuses answers that differ, and its figures are there."""

import importlib.util
import json
import sys

import pytest


@pytest.fixture(scope="module")
def benchmark_of_selection(repository):
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("selection_benchmark", repository / "benchmarks" / "selection.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_figures_are_stated_for_answers_that_agree(benchmark_of_selection, capsys):
    assert benchmark_of_selection.main(["--events", "4000", "--files", "2", "--repeats", "1"]) == 0
    first, figures = capsys.readouterr().out.split("\n", maxsplit=1)
    assert "largest relative difference" in first
    assert all(value > 0.0 for value in json.loads(figures).values())


def test_nothing_is_stated_for_answers_that_differ(benchmark_of_selection, capsys, monkeypatch):
    monkeypatch.setattr(benchmark_of_selection, "largest_difference", lambda *_: float("nan"))
    assert benchmark_of_selection.main(["--events", "400", "--files", "1"]) == 1
    assert "DISAGREE: no time is stated" in capsys.readouterr().out
