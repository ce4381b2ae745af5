"""`reproduce`: what it prints, what a failing document leaves of the others, and its figures."""

import pytest

from numm_stats.reproduction import couplings
from numm_stats.reproduction.documents import DOCUMENTS

FIELDS = ["document", "row", "quantity", "published", "ours", "ratio", "note", "entry"]
QUICK = ("accelerators", "statements")


@pytest.fixture
def few(monkeypatch):
    """Two documents that take no time."""
    for name in tuple(DOCUMENTS):
        if name not in QUICK:
            monkeypatch.delitem(DOCUMENTS, name)


@pytest.fixture
def few_curves(monkeypatch):
    monkeypatch.setattr(couplings, "CURVES", couplings.CURVES[-2:])
    monkeypatch.setattr(couplings, "MASSES_MEV", (1e-6, 1.0, 100.0))


def test_one_document(numm_stats):
    outcome = numm_stats("reproduce", "statements", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert all(list(row) == FIELDS for row in outcome.json)
    printed = numm_stats("reproduce", "statements").out
    assert printed.startswith("statements\n")
    assert "  Sm145 line" in printed
    flat = " ".join(printed.split())
    assert all(row["note"] in flat for row in outcome.json)  # whole, and wrapped between words


def test_what_is_quoted_is_a_dash_and_null(numm_stats):
    outcome = numm_stats("reproduce", "world", "--json")
    quoted = [row for row in outcome.json if row["note"].startswith("quoted, not computed")]
    assert len(quoted) == 10
    assert all(row["ours"] is None and row["ratio"] is None for row in quoted)
    line = next(line for line in numm_stats("reproduce", "world").out.splitlines() if "RedGiants" in line)
    assert line.split()[:4] == ["RedGiants", "3e-12", "-", "-"]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("jobs", [1, 2])
def test_all_documents_in_their_order_with_progress_beside(numm_stats, jobs):
    outcome = numm_stats("reproduce", "--json", "--jobs", jobs)
    assert outcome.code == 0
    assert list(dict.fromkeys(row["document"] for row in outcome.json)) == list(QUICK)
    lines = outcome.err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["1 of 2, accelerators", "2 of 2, statements"]


@pytest.mark.usefixtures("few")
def test_notes_are_cut_where_all_are_printed(numm_stats):
    short, whole = numm_stats("reproduce").out, numm_stats("reproduce", "--notes").out
    assert "observed, from the rate alone, Delta chi2 = 1.642 ..." in short
    assert "flux and efficiency" not in " ".join(short.split())
    assert "flux and efficiency" in " ".join(whole.split())


def test_a_note_is_printed_once(numm_stats):
    printed = numm_stats("reproduce", "isodar").out
    assert printed.count("an input, taken over") == 1
    assert max(len(line) for line in printed.splitlines()) <= 100
    line = next(line for line in printed.splitlines() if "280000" in line)
    assert line.split() == ["isodar-juno-0.2mev", "280000", "280000", "1.000", "[14]"]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("json", [(), ("--json",)])
def test_a_document_that_fails_leaves_the_others(numm_stats, monkeypatch, json):
    monkeypatch.delenv("NUMM_STATS_DEBUG", raising=False)
    monkeypatch.setitem(DOCUMENTS, "broken", ("no_such_module", "rows"))
    outcome = numm_stats("reproduce", *json)
    assert outcome.code == 1
    assert all(name in outcome.out for name in QUICK)
    assert "1 of 3 documents failed: broken: internal error, a bug of ours: ModuleNotFoundError" in outcome.err
    assert "Traceback" not in outcome.err
    if json:
        assert {row["document"] for row in outcome.json} == set(QUICK)


@pytest.mark.usefixtures("few_curves")
def test_couplings(numm_stats, tmp_path):
    path = tmp_path / "couplings.svg"
    rows = numm_stats("reproduce", "couplings", "--json", "--plot", path).json
    assert [row["row"] for row in rows[:3]] == ["lsnd, 1e-06 MeV", "lsnd, 1 MeV", "lsnd, 100 MeV"]
    assert all(row["published"] is None and row["ours"] > 0.0 for row in rows)
    assert path.read_bytes().startswith(b"<?xml")
    printed = numm_stats("reproduce", "couplings").out
    assert f"{rows[0]['ours']:.2e}" in printed
    assert next(line for line in printed.splitlines() if "NOvA" in line).split()[:4] == [
        "NOvA", "near", "detector", "observed"
    ]  # fmt: skip


@pytest.mark.usefixtures("few", "few_curves")
def test_the_figure_of_the_field(numm_stats, tmp_path):
    path = tmp_path / "field.png"
    outcome = numm_stats("reproduce", "--plot", path)
    assert outcome.code == 0
    assert path.read_bytes().startswith(b"\x89PNG")
    assert "2 of 2, NOvA near detector: 3 masses" in outcome.err


def test_the_figure_of_the_world(numm_stats, tmp_path):
    path = tmp_path / "world.png"
    assert numm_stats("reproduce", "world", "--plot", path).code == 0
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["isodarr"], ["isodarr", "did you mean 'isodar'", "couplings"]),
        (["nova", "--plot", "figure.png"], ["'nova' has no figure", "couplings"]),
        (["--plot", "figure.gif"], [".gif", ".pdf"]),
        (["couplings", "--plot", "no/such/folder/figure.png"], ["no/such/folder"]),
        (["--jobs", "0"], ["jobs = 0"]),
    ],
)
def test_wrong_input_is_refused_before_anything_is_computed(numm_stats, arguments, words):
    outcome = numm_stats("reproduce", *arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert " of " not in outcome.err
    assert all(word in outcome.err for word in words)
