"""Workspaces on disk: one readable sentence for each thing that can be wrong, and no half files."""

import json
import os

import pytest

from numm_stats.errors import InputError
from numm_stats.workspace.files import read_json, write_text

GOOD = {"channels": [], "observations": [], "measurements": [], "version": "1.0.0"}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "workspace.json"


def test_what_is_written_is_read(file):
    write_text(file, json.dumps(GOOD))
    assert read_json(file) == GOOD
    assert [entry.name for entry in file.parent.iterdir()] == ["workspace.json"]


def test_missing_file(file):
    with pytest.raises(InputError, match=r"workspace\.json: no such file"):
        read_json(file)


def test_folder(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        read_json(tmp_path)


def test_binary(file):
    file.write_bytes(b"\xff\xfe\x00\x80root")
    with pytest.raises(InputError, match="cannot be read as text"):
        read_json(file)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser reads everything")
def test_unreadable(file):
    file.write_text("{}")
    file.chmod(0)
    with pytest.raises(InputError, match="cannot be read as text"):
        read_json(file)


@pytest.mark.parametrize(("text", "line"), [('{"channels": [],\n "x" 3}', 2), ("", 1), ("{}\n\n]", 3)])
def test_bad_json_with_its_line(file, text, line):
    file.write_text(text)
    with pytest.raises(InputError, match=rf"not JSON, line {line}, column"):
        read_json(file)


@pytest.mark.parametrize("text", ["[]", "3", '"channels"', "null"])
def test_json_that_is_no_object(file, text):
    file.write_text(text)
    with pytest.raises(InputError, match="no pyhf workspace, channels, observations, measurements, version missing"):
        read_json(file)


def test_missing_keys_are_named(file):
    file.write_text('{"channels": [], "version": "1.0.0"}')
    with pytest.raises(InputError, match=r"observations, measurements missing; it needs"):
        read_json(file)


def test_writing_replaces_in_one_step(file):
    write_text(file, "old")
    with file.open() as reader:
        write_text(file, "new and longer")
        assert reader.read() == "old"  # an open reader keeps the old file, whole
    assert file.read_text() == "new and longer"
    assert [entry.name for entry in file.parent.iterdir()] == ["workspace.json"]
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_missing_folder_and_a_folder_as_target(tmp_path):
    with pytest.raises(InputError, match=r"folder .*nowhere does not exist"):
        write_text(tmp_path / "nowhere" / "x.json", "{}")
    with pytest.raises(InputError, match="is a folder: give the name of a file"):
        write_text(tmp_path, "{}")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser writes everywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(InputError, match="cannot be written"):
            write_text(tmp_path / "x.json", "{}")
    finally:
        tmp_path.chmod(0o700)


def test_text_that_cannot_be_encoded_leaves_no_debris(file):
    """A lone surrogate, from a file name for example, is no UTF-8; the temporary file must not stay behind."""
    write_text(file, "old")
    with pytest.raises(InputError, match="cannot be written"):
        write_text(file, "\ud800")
    assert [entry.name for entry in file.parent.iterdir()] == ["workspace.json"]
    assert file.read_text() == "old"
