"""Two editions side by side: exactly the cells that are written otherwise, and every word of both comments."""

from dataclasses import replace
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istmo.hub.briefs.comparing import Change, compare
from istmo.model.text import Text
from istmo.statistics.brief.values import Brief, Row

WORDS = st.text(alphabet="abcdé \n", min_size=1, max_size=40)


def with_rows(brief: Brief, table_id: str, rows: tuple[Row, ...]) -> Brief:
    tables = tuple(replace(table, rows=rows) if table.id == table_id else table for table in brief.tables)
    return replace(brief, tables=tables)


def with_comment(brief: Brief, es: str, en: str) -> Brief:
    return replace(brief, edition=replace(brief.edition, analysis=Text(es, en)))


def test_an_edition_does_not_differ_from_itself(brief: Brief) -> None:
    assert compare(brief, brief).none


def test_a_revised_cell_is_named_with_both_figures(brief: Brief) -> None:
    table = brief.table("T2")
    first = table.rows[0]
    cell = replace(first.cells[0], value=1, status="A", flags=("r",))
    revised = with_rows(brief, "T2", (replace(first, cells=(cell, *first.cells[1:])), *table.rows[1:]))
    (change,) = compare(brief, revised).cells
    assert (change.id, change.table, change.change) == (cell.id, "T2", Change.REVISED)
    assert change.before is not None
    assert change.after == Text("1 r", "1 r")
    assert compare(revised, brief).cells[0].after == change.before


@given(data=st.data())
def test_rows_of_one_side_alone_are_added_or_removed_cell_by_cell(sample: ModuleType, data: st.DataObject) -> None:
    brief = sample.brief()
    table = data.draw(st.sampled_from([table for table in brief.tables if table.rows]))
    kept = tuple(row for row in table.rows if data.draw(st.booleans(), label=row.id))
    fewer = with_rows(brief, table.id, kept)
    gone = {cell.id for row in table.rows if row not in kept for cell in row.cells}
    removed, added = compare(brief, fewer), compare(fewer, brief)
    assert {change.id for change in removed.cells} == gone == {change.id for change in added.cells}
    assert all(change.change is Change.REMOVED and change.after is None for change in removed.cells)
    assert all(change.change is Change.ADDED and change.before is None for change in added.cells)


@given(before=WORDS, after=WORDS)
def test_no_word_of_either_comment_is_lost(sample: ModuleType, before: str, after: str) -> None:
    brief = sample.brief()
    difference = compare(with_comment(brief, before, "x"), with_comment(brief, after, "x"))
    spanish, english = difference.comment
    assert english.same
    assert "".join(passage.text for passage in spanish.before).split() == before.split()
    assert "".join(passage.text for passage in spanish.after).split() == after.split()
    if spanish.same:
        assert before.split() == after.split()


@pytest.mark.parametrize(
    ("before", "after", "gone", "come"), [("El alza sigue.", "El alza cesa.", "sigue. ", "cesa. ")]
)
def test_the_words_that_changed_are_marked(brief: Brief, before: str, after: str, gone: str, come: str) -> None:
    spanish = compare(with_comment(brief, before, "x"), with_comment(brief, after, "x")).comment[0]
    assert [p.text for p in spanish.before if p.change is Change.REMOVED] == [gone]
    assert [p.text for p in spanish.after if p.change is Change.ADDED] == [come]


def test_loads_that_only_one_edition_used_are_named(brief: Brief) -> None:
    used = brief.vintages[0]
    later = replace(brief, vintages=(replace(used, vintage="2023-10-10.1"), *brief.vintages[1:]))
    difference = compare(brief, later)
    assert difference.vintages_added == (f"{used.dataset} 2023-10-10.1",)
    assert difference.vintages_removed == (f"{used.dataset} {used.vintage}",)
