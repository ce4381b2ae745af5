"""What tests share: the command line as a function, and where the repository and its neighbours are."""

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from numm_stats.cli.main import exit_code

REPOSITORY = Path(__file__).parent.parent


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run_command(*arguments: object) -> Outcome:
    """Run the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = exit_code([str(argument) for argument in arguments])
    return Outcome(code, out.getvalue(), err.getvalue())


@pytest.fixture
def numm_stats():
    """The command line: numm_stats("limit", "nova-counting", "--json").json."""
    return run_command


@pytest.fixture(scope="session")
def repository() -> Path:
    """The top of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public data beside the checkout, or a skip."""
    path = REPOSITORY.parent / "shared"
    if not path.is_dir():
        pytest.skip(f"no folder {path.name} beside the checkout: a cross-check with public data is left out")
    return path
