"""`select` that is stopped half-way: nothing is left, one line is said."""

import os
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

import pytest

from numm_stats.atomic import create_file, replace_file
from numm_stats.cli.stopping import SIGNALS, stopping
from numm_stats.selections.staging import staged

COMMAND = Path(sysconfig.get_path("scripts")) / "numm-stats"
WAYS = {
    "kill": lambda process: process.terminate(),
    "Ctrl-C": lambda process: os.killpg(process.pid, signal.SIGINT),
    "kill of all": lambda process: os.killpg(process.pid, signal.SIGTERM),
    "hang-up": lambda process: process.send_signal(signal.SIGHUP),
}


@pytest.fixture(autouse=True)
def signals_are_heard():
    """Whoever runs the tests with nohup or in the background has them ignored, and children inherit that."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_left_of_a_simulation(tmp_path, way, jobs):
    """Neither files nor the folders made for them; a file that was there stays."""
    (tmp_path / "mine").mkdir()
    folder = tmp_path / "mine" / "new" / "events"
    command = [COMMAND, "select", "--simulate", folder, "--events", "20000000", "--number", "4", "--jobs", str(jobs)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        while not [path for path in folder.glob(".writing.*/.nova*") if path.stat().st_size > 0]:
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        WAYS[way](process)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, out) == (1, "")
    assert err.strip() == "numm-stats: interrupted"
    assert [path.name for path in tmp_path.rglob("*")] == ["mine"]


def test_what_a_process_killed_outright_left_is_cleared(numm_stats, tmp_path):
    """By the next one that writes there; what a process that lives is writing stays, and what is of others."""
    command = [COMMAND, "select", "--simulate", tmp_path, "--events", "20000000", "--number", "4"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    while not [path for path in tmp_path.glob(".writing.*/.nova*") if path.stat().st_size > 0]:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    (left,) = tmp_path.glob(".writing.*")
    with staged(tmp_path):
        assert left.is_dir()
    process.kill()
    process.communicate(timeout=60)
    elsewhere = tmp_path / ".writing.another-machine.1.x"
    elsewhere.mkdir()
    assert left.is_dir()
    assert numm_stats("select", "--simulate", tmp_path, "--events", "1000", "--number", "1").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [elsewhere.name, "nova-forward-0000.root"]


def test_a_selection_is_interrupted(numm_stats, small, tmp_path, monkeypatch):
    """While it reads, and while it writes."""
    path, selection = small.events("a.root"), small.selection()
    before = sorted(tmp_path.rglob("*"))

    def interrupted(*_):
        os.kill(os.getpid(), signal.SIGTERM)

    for place in ("numm_stats.selections.running.fill", "numm_stats.atomic.os.fdopen"):
        with monkeypatch.context() as patch:
            patch.setattr(place, interrupted)
            outcome = numm_stats("select", selection, path, "-o", tmp_path / "w.json")
        assert (outcome.code, outcome.out, outcome.err.strip()) == (1, "", "numm-stats: interrupted")
        assert sorted(tmp_path.rglob("*")) == before
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize("write", [create_file, replace_file])
def test_an_interrupted_file(tmp_path, monkeypatch, write):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("numm_stats.atomic.os.fdopen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "file", b"content")
    assert list(tmp_path.iterdir()) == []


def test_files_are_placed_together_or_not_at_all(tmp_path):
    (tmp_path / "b").write_text("mine")

    def write_three():
        with staged(tmp_path) as stage:
            for name in "abc":
                (stage / name).write_text("new")

    with pytest.raises(FileExistsError):
        write_three()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"b": "mine"}
    with staged(tmp_path / "x" / "y") as stage:
        (stage / "a").write_text("new")
    assert [path.name for path in (tmp_path / "x" / "y").iterdir()] == ["a"]


def test_signals_that_are_ignored_stay_so():
    """As by nohup; and other threads may not set any."""
    for one in SIGNALS:
        before = signal.signal(one, signal.SIG_IGN)
        try:
            with stopping():
                assert signal.getsignal(one) is signal.SIG_IGN
        finally:
            signal.signal(one, before)

    def elsewhere():
        with stopping():
            seen.append(signal.getsignal(signal.SIGTERM))

    seen = []
    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]


def test_workers_end_late():
    """Without a traceback, and only once the process that they work for had its time."""
    code = (
        "import os, signal, time; from numm_stats.cli import stopping\n"
        "stopping.GRACE_SECONDS = 0.2; stopping.stops_with_its_master()\n"
        "os.kill(os.getpid(), signal.SIGINT); print('still here', flush=True); time.sleep(60)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGALRM, "still here\n", "")
