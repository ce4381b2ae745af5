"""The README and the pages beside it are true: examples run, commands exist, tables name what there is."""

import re
from typing import get_args

import pytest

from numm_stats.analyses.analysis import Analysis, Background, DataTable, OffTable, Systematic
from numm_stats.analyses.binning import BinningTable
from numm_stats.analyses.source_tables import SOURCE_TABLES
from numm_stats.analyses.tables import DetectorTable, EfficiencyTable
from numm_stats.cli.main import COMMANDS
from numm_stats.detectors.known import DETECTORS
from numm_stats.selections.table import Selection
from numm_stats.selections.table_saved import ResponseTable, SavedExposure, SavedSelection
from numm_stats.selections.table_systematics import ShiftSystematic


@pytest.fixture(scope="module")
def readme(repository):
    return (repository / "README.md").read_text()


@pytest.fixture(scope="module")
def page_on_analyses(repository):
    return (repository / "docs" / "analysis.md").read_text()


def test_python_example_runs(readme, capsys):
    code = re.search(r"```python\n(.*?)```", readme, re.DOTALL)[1]
    assert len(code.strip().splitlines()) <= 10
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith(
        "isodar-juno-0.2mev_asimov: expected neutrino magnetic moment < 1.134e-11"
    )


def test_every_command_is_in_the_table(readme):
    for name in COMMANDS:
        assert f"| `numm-stats {name}" in readme


def test_commands_shown_exist(readme):
    shown = re.findall(r"^    \.venv/bin/numm-stats ([a-z-]+)", readme, re.MULTILINE)
    assert shown
    assert set(shown) <= set(COMMANDS)


def test_the_limit_table_is_what_the_command_prints(readme, numm_stats):
    printed = [line.split() for line in numm_stats("limit", "isodar-juno-0.2mev").out.splitlines()]
    for row in ("cls", "delta-chi2 1.642", "delta-chi2 2.706"):
        line = next(line for line in readme.splitlines() if line.startswith(f"     {row} "))
        assert line.split() in printed


@pytest.mark.parametrize(
    "model", [Background, BinningTable, DataTable, DetectorTable, EfficiencyTable, OffTable, Systematic, *SOURCE_TABLES]
)
def test_every_key_is_in_the_page_on_analyses(page_on_analyses, model):
    for key in model.model_fields:
        assert re.search(rf"`{key}\b", page_on_analyses), key


def test_every_table_kind_and_detector_is_in_the_page_on_analyses(page_on_analyses):
    for table in Analysis.model_fields:
        if table not in ("name", "note"):
            assert f"[{table}]" in page_on_analyses, table
    models = (Background, DataTable, Systematic, *SOURCE_TABLES)
    for kind in (*DETECTORS, *(kind for model in models for kind in get_args(model.model_fields["kind"].annotation))):
        assert f'"{kind}"' in page_on_analyses, kind


@pytest.mark.parametrize("model", [Selection, SavedSelection, ResponseTable, SavedExposure, ShiftSystematic])
def test_every_key_is_in_the_page_on_selections(repository, model):
    page = (repository / "docs" / "selection.md").read_text()
    for key in model.model_fields:
        assert f"`{key}" in page or f"[{key}]" in page, key
