"""A brief with protected figures in every format: the same words everywhere, and the same bytes each time."""

import io
from datetime import date
from functools import cache

import docx as word
import openpyxl
import polars as pl
import pytest
from tests.unit.statistics.frames import by_code, edition, frame
from tests.unit.statistics.protected import ROUNDED, WITHHELD, observations, protected_datasets

from istmo.hub.briefs.render.docx import docx
from istmo.hub.briefs.render.html import body
from istmo.hub.briefs.render.json import brief_json, read_brief
from istmo.hub.briefs.render.pdf import pdf
from istmo.hub.briefs.render.xlsx import xlsx
from istmo.statistics.brief.compile import compile_brief
from istmo.statistics.brief.values import Brief


@cache
def brief() -> Brief:
    """The two protected reporters, and a third that registers Senegal openly."""
    openly = frame(*by_code("HND.INM.flujo", "2023-08", {"VEN": 90, "SEN": 40}))
    rows = pl.concat([observations(WITHHELD), observations(ROUNDED), openly])
    return compile_brief(rows, edition=edition(), on=date(2023, 9, 20), datasets=protected_datasets())


def cells_of(sheet: str) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(brief())))
    return [str(cell.value) for row in book[sheet].iter_rows() for cell in row if cell.value is not None]


@pytest.mark.parametrize(("language", "words"), [("es", "incluido en África"), ("en", "included in Africa")])
def test_a_cell_on_the_page_leads_to_the_row_that_holds_it(language: str, words: str) -> None:
    page = body(brief(), language)
    assert f'<a href="#T3B.CRI.X_AFRICA" title="{words}">incl.</a>' in page
    assert 'id="T3B.CRI.X_AFRICA"' in page


def test_a_cell_whose_row_stands_in_no_table_leads_nowhere() -> None:
    page = body(brief(), "es")
    assert '<abbr title="incluido en octubre a diciembre de 2022">incl.</abbr>' in page


def test_the_chart_of_the_corridor_explains_the_signs_of_its_gaps_and_says_what_is_approximate() -> None:
    page = body(brief(), "en")
    chart = page[page.index('id="C1"') : page.index('id="T2"')]
    assert "<b>incl.</b> included in another row" in chart
    assert "<b>s</b> withheld to protect people" in chart
    assert "Aug 2023, approximate figure" in page


def test_the_workbook_has_words_and_no_number_where_there_is_no_figure() -> None:
    assert "0–9" in cells_of("T5")
    assert "incl." in cells_of("T3B")
    assert "s" in cells_of("T4")
    assert any("Nicaragua: cifras aproximadas (a), redondeadas a múltiplos de 5" in text for text in cells_of("T3B"))


def test_the_share_of_rounded_figures_is_a_whole_number_in_the_workbook() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(brief())))
    found = [cell for row in book["T3B"].iter_rows() for cell in row if cell.value == 43]
    assert [cell.number_format for cell in found] == ['0"%"']


def test_the_draft_for_editing_says_the_same() -> None:
    document = word.Document(io.BytesIO(docx(brief(), "es")))
    texts = " ".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert "0–9" in texts
    assert "incl." in texts
    said = " ".join(paragraph.text for paragraph in document.paragraphs)
    assert "esta fila reúne Camerún, Eritrea y Senegal" in said


def test_what_a_machine_reads_is_read_back_and_a_brief_without_protection_is_written_as_before() -> None:
    assert read_brief(brief_json(brief())) == brief()
    assert b'"row": "X_AFRICA"' in brief_json(brief())
    plain = compile_brief(
        frame(*by_code("HND.INM.flujo", "2023-08", {"VEN": 90, "SEN": 40})), edition=edition(), on=date(2023, 9, 20)
    )
    assert b'"row"' not in brief_json(plain)
    assert "incl." not in [sign for sign, _ in plain.legend]


def test_the_files_have_the_same_bytes_each_time() -> None:
    again = read_brief(brief_json(brief()))
    assert pdf(again, "es") == pdf(brief(), "es")
    assert xlsx(again) == xlsx(brief())
    assert docx(again, "en") == docx(brief(), "en")
    assert body(again, "en") == body(brief(), "en")
