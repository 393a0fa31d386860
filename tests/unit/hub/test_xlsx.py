"""The workbook, read back by another program."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import openpyxl
import pytest
from openpyxl import Workbook

from istmo.hub.briefs.render.xlsx import xlsx
from istmo.model.text import Text
from istmo.statistics.brief.values import Brief, CellKind, Revision


@pytest.fixture(scope="module")
def book(brief: Brief) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(xlsx(brief)))


def values(book: Workbook) -> list[object]:
    return [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_each_table_has_its_sheet_and_the_signs_and_sources_theirs(book: Workbook, brief: Brief) -> None:
    names = book.sheetnames
    assert names[0] == "Informe · Brief"
    assert names[1:-4] == [table.id for table in brief.tables]
    assert names[-4:] == ["Políticas · Policies", "Signos · Signs", "Método · Method", "Fuentes · Sources"]


def test_numbers_are_numbers_with_their_status_beside_them(book: Workbook, brief: Brief) -> None:
    for table in brief.tables:
        sheet = book[table.id]
        held = [cell for row in sheet.iter_rows() for cell in row]
        numbers = [cell.value for cell in held if isinstance(cell.value, int | float)]
        wanted = [cell.value for row in table.rows for cell in row.cells if cell.value is not None]
        assert numbers == pytest.approx(wanted), table.id
    t2 = book["T2"]
    latest = next(row for row in t2.iter_rows() if str(row[0].value).startswith("ago 2023"))
    assert latest[1].value == brief.table("T2").rows[0].cells[0].value
    assert latest[2].value == "p"


def test_a_cell_without_value_holds_its_sign(book: Workbook, brief: Brief) -> None:
    signs = sum(
        cell.value is None and cell.kind is not CellKind.TEXT
        for table in brief.tables
        for row in table.rows
        for cell in row.cells
    )
    found = [
        cell.value
        for table in brief.tables
        if not table.missing
        for row in book[table.id].iter_rows()
        for cell in row[1:]
        if cell.value in ("n/a", "n/c", "n/d", "s") and cell.alignment.horizontal == "right"
    ]
    assert len(found) == signs > 50


def test_a_revision_that_hides_a_figure_says_why_of_the_figure_after_alone(brief: Brief) -> None:
    hidden = Revision("HND.INM.x", "2023-07", Text("Total", "Total"), None, None, "a", "b", status_after="K")
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx(replace(brief, revisions=(hidden,)))))["Fuentes · Sources"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert next(row for row in rows if row[0] == "HND.INM.x")[3:5] == ["n/d", "incl."]


def test_text_that_begins_like_a_formula_is_text(book: Workbook) -> None:
    texts = [cell for row in book["T9"].iter_rows() for cell in row if isinstance(cell.value, str)]
    dangerous = [cell for cell in texts if cell.value.startswith("=")]
    assert [cell.value for cell in dangerous] == ["=Retornados recibidos / =Returned nationals received"]


def test_policy_changes_have_a_sheet_with_day_source_and_what_is_to_be_checked(book: Workbook) -> None:
    found = [[cell.value for cell in row] for row in book["Políticas · Policies"].iter_rows()]
    dated = {row[0]: row for row in found if row[0] and str(row[0])[:2] == "20"}
    assert list(dated) == ["2023-08-04", "2022-10-15"]
    assert dated["2023-08-04"][3:] == [
        "Ecuador",
        "PAN, HND",
        "=Gaceta Inventada 12",
        "https://gaceta.example/12",
        "2023-08-01",
    ]
    assert "No se vio el texto oficial." in str(dated["2022-10-15"][5])


def test_an_edition_from_before_the_calendar_has_no_sheet_of_it(brief: Brief) -> None:
    earlier = openpyxl.load_workbook(io.BytesIO(xlsx(replace(brief, policies=None))))
    assert "Políticas · Policies" not in earlier.sheetnames


def test_the_file_holds_no_formula(brief: Brief) -> None:

    with zipfile.ZipFile(io.BytesIO(xlsx(brief))) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 16
    assert not [sheet for sheet in sheets if "<f>" in sheet or "<f " in sheet]


def test_both_languages_stand_in_every_head(book: Workbook) -> None:
    heads = [
        cell.value
        for row in book["T1"].iter_rows()
        for cell in row
        if isinstance(cell.value, str) and "\n" in cell.value
    ]
    assert "Qué mide\nWhat it measures" in heads


def test_heads_stay_in_sight_and_pages_fit(book: Workbook) -> None:
    sheet = book["T2"]
    assert sheet.freeze_panes is not None
    assert sheet.page_setup.paperSize in (9, "9")
    assert sheet.page_setup.fitToHeight in (0, "0")


def test_no_number_is_a_sum_over_reporters(
    book: Workbook, sums_over_reporters: frozenset[int], numbers_in: Callable[[str], list[int]]
) -> None:
    held = values(book)
    numbers = {value for value in held if isinstance(value, int)}
    texts = {number for value in held if isinstance(value, str) for number in numbers_in(value)}
    assert not sums_over_reporters & (numbers | texts)


def test_a_draft_says_so_on_every_sheet(sample: ModuleType) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(sample.brief(state=sample.BriefState.DRAFT))))
    for sheet in book:
        top = [sheet.cell(row, 1).value for row in (1, 2)]
        assert top == ["DEMOSTRACIÓN / DEMONSTRATION", "BORRADOR / DRAFT"], sheet.title
        assert "BORRADOR" in str(sheet.oddFooter.left.text)


def test_the_file_is_dated_by_the_edition(book: Workbook) -> None:
    assert str(book.properties.created).startswith("2023-09-20")


def test_a_table_that_is_not_collected_says_so(book: Workbook) -> None:
    said = [row[0].value for row in book["T8"].iter_rows()]
    assert "No member sends it yet: not collected." in said
