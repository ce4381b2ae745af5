"""Every published number has its row: the table of published numbers is walked to its leaves."""

import tomllib

import pytest

from numm_stats.reproduction import reproduce, reproduce_each
from numm_stats.reproduction.documents import DOCUMENTS
from numm_stats.reproduction.field import FIELD
from numm_stats.verbs.throwing import workers


def leaves(table, at=""):
    """Numbers by their place, as in "isodar.rows.0.events"; text is no number."""
    if isinstance(table, dict | list):
        items = table.items() if isinstance(table, dict) else enumerate(table)
        for key, value in items:
            yield from leaves(value, f"{at}.{key}" if at else str(key))
    elif isinstance(table, int | float):
        yield at, table


@pytest.fixture(scope="module")
def published(shared):
    return dict(leaves(tomllib.loads((shared / "figures" / "published.toml").read_text())))


@pytest.fixture(scope="module")
def computed():
    with workers(2) as executor:
        return list(reproduce_each(tuple(DOCUMENTS), executor))


@pytest.fixture(scope="module")
def rows(computed):
    return [row for document in computed for row in document.rows]


def test_every_document_is_there_in_its_order(computed):
    assert [document.name for document in computed] == list(DOCUMENTS)
    assert [document.error for document in computed] == [""] * len(DOCUMENTS)
    statements = next(document for document in computed if document.name == "statements")
    assert list(statements.rows) == reproduce("statements")


def test_the_table_is_walked_to_its_numbers():
    table = {"a": {"rows": [{"x": 1.0, "name": "n"}, {"x": 2}], "range": [3, 4]}, "b": {"source": "s"}}
    assert dict(leaves(table)) == {"a.rows.0.x": 1.0, "a.rows.1.x": 2, "a.range.0": 3, "a.range.1": 4}


def test_every_published_number_has_a_row_with_that_number(published, rows):
    found = {row.entry: row.published for row in rows if row.entry}
    assert sorted(set(published) - set(found)) == []
    assert {entry: found[entry] for entry in published} == pytest.approx(published, rel=1e-12)


def test_no_row_names_an_entry_that_is_not_there(published, rows):
    assert {row.entry for row in rows if row.entry} <= set(published)


def test_rows_are_whole(rows):
    """A row has a reason; it has a ratio where both numbers are there, of the same data; what is quoted says so."""
    for row in rows:
        assert row.note, row
        if row.ours is None:
            assert row.ratio is None
            assert "quoted" in row.note or "not computed" in row.note, row
        elif "other data" in row.note:
            assert row.ratio is None
        elif row.published:
            assert row.ratio == pytest.approx(row.ours / row.published)


def test_the_figure_of_the_field_finds_all_its_rows(rows):
    known = {row.entry or f"{row.document}: {row.row}" for row in rows}
    assert {place for limits in FIELD.values() for _, places in limits for place in places} <= known
