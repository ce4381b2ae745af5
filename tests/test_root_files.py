"""ROOT files that are not what they should be: one clear message each, whatever the bytes."""

import numpy as np
import pytest
import uproot

from numm_stats.errors import InputError
from numm_stats.root_files import open_root

EDGES = np.array([0.0, 1.0, 3.0])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "histograms.root"
    with uproot.recreate(path) as out:
        out["flux/numu"] = (np.array([2.0, 5.0]), EDGES)
        out["flux/nothing"] = (np.zeros(2), EDGES)
        out["flux/nan"] = (np.array([1.0, np.nan]), EDGES)
        out["note"] = "a text"
    return path


def binned(path, key, **options):
    with open_root(path) as opened:
        return opened.binned(key, **options)


def test_names_contents_and_edges(file):
    with open_root(file) as opened:
        assert opened.classes()["flux/numu"] == "TH1D"
        assert str(opened.read("note")) == "a text"
        counts = opened.binned("flux/numu")
    assert counts.inside.tolist() == [2.0, 5.0]
    assert counts.values.tolist() == [0.0, 2.0, 5.0, 0.0]
    assert counts.axes[0].edges.tolist() == EDGES.tolist()


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("flux/numus", r"histograms.root: no 'flux/numus' in the file, did you mean 'flux/numu'\?; it has flux/numu, "),
        ("note", "histograms.root: 'note' is a TObjString; allowed: TH1C, "),
        ("flux/nothing", "histograms.root: 'flux/nothing' is empty: no bin has any content$"),
        ("flux/nan", "histograms.root: 'flux/nan' has content nan in bin 2; allowed: finite numbers"),
    ],
)
def test_what_is_not_there_or_not_a_number(file, key, message):
    with pytest.raises(InputError, match=message):
        binned(file, key)


def test_empty_may_be_fine(file):
    assert binned(file, "flux/nothing", may_be_empty=True).values.sum() == 0.0


def test_missing_folder_text_and_empty_files(tmp_path):
    (tmp_path / "text.root").write_text("Neutrinos")
    (tmp_path / "empty.root").write_bytes(b"")
    for name, message in [
        ("absent.root", "absent.root: no such file"),
        (".", "is a folder: give a ROOT file in it"),
        ("text.root", "text.root is not a ROOT file: a ROOT file begins with the letters 'root'"),
        ("empty.root", "empty.root is empty"),
    ]:
        with pytest.raises(InputError, match=message):
            binned(tmp_path / name, "h")


def test_cut_short(file, tmp_path):
    (tmp_path / "cut.root").write_bytes(file.read_bytes()[:400])
    with pytest.raises(InputError, match=r"cut.root cannot be read, the file is damaged or cut short: "):
        binned(tmp_path / "cut.root", "flux/numu")


def outcome(path, content):
    """Contents that are read from these bytes, or the message."""
    path.write_bytes(content)
    try:
        return binned(path, "flux/numu", may_be_empty=True).inside.tolist()
    except InputError as error:
        return str(error)


def test_truncation_anywhere_is_one_message(file, tmp_path):
    content, cut = file.read_bytes(), tmp_path / "cut.root"
    found = [outcome(cut, content[:length]) for length in range(0, len(content), 211)]
    messages = [text for text in found if isinstance(text, str)]
    assert all(str(cut) in text and "\n" not in text for text in messages)
    assert 0 < len(messages) < len(found)
    # what is cut away last lies behind all that is needed
    assert all(contents == [2.0, 5.0] for contents in found[len(messages) :])


def test_damaged_bytes_are_one_message(file, tmp_path):
    content, random = file.read_bytes(), np.random.default_rng(20)
    messages = 0
    for _ in range(150):
        damaged = bytearray(content)
        for place in random.integers(len(content), size=40):
            damaged[place] = random.integers(256)
        messages += isinstance(outcome(tmp_path / "damaged.root", bytes(damaged)), str)
    assert messages > 50
