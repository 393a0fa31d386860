"""The draft as a Word document: every figure of the brief, headings in order, charts with their text, stable bytes."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import docx as word
import pytest
from docx.document import Document

from istmo.hub.briefs.render import words
from istmo.hub.briefs.render.docx import docx
from istmo.model.text import Text
from istmo.statistics.brief.figures import shown
from istmo.statistics.brief.values import Brief


@pytest.fixture(scope="module", params=["es", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def document(brief: Brief, language: str) -> Document:
    return word.Document(io.BytesIO(docx(brief, language)))


def text_of(document: Document) -> str:
    paragraphs = [paragraph.text for paragraph in document.paragraphs]
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(paragraphs + cells)


def test_every_cell_of_every_table_stands_in_the_document(brief: Brief, language: str, document: Document) -> None:
    written = text_of(document)
    for table in brief.tables:
        for row in table.rows:
            for cell in row.cells:
                assert shown(cell, language) in written


def test_messages_and_the_comment_stand_in_the_document(brief: Brief, language: str, document: Document) -> None:
    written = text_of(document)
    assert brief.edition.analysis is not None
    assert all(sentence.text.in_(language) in written for sentence in brief.sentences)
    assert all(part in written for part in brief.edition.analysis.in_(language).split("\n") if part)


def test_policy_changes_stand_in_the_document_and_their_absence_is_said(
    brief: Brief, language: str, document: Document
) -> None:
    written = text_of(document)
    assert brief.policies is not None
    for note in brief.policies:
        assert note.what.in_(language) in written
        assert note.url in written
    none, earlier = (
        text_of(word.Document(io.BytesIO(docx(replace(brief, policies=some), language)))) for some in ((), None)
    )
    assert words.POLICIES_NONE.in_(language) in none
    assert words.POLICIES.in_(language) not in earlier


def test_headings_do_not_skip_a_level(document: Document) -> None:
    levels = [int(p.style.name[-1]) for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_picture_says_in_words_what_it_shows(brief: Brief, document: Document) -> None:
    drawn = [panel for chart in brief.charts for panel in chart.panels if any(p.value for p in panel.points)]
    pictures = document.element.xpath("//wp:docPr")
    assert 0 < len(pictures) <= len(drawn)
    assert all(picture.get("descr") for picture in pictures)


def test_table_heads_are_repeated_on_every_page(document: Document) -> None:
    with_borders = [table for table in document.tables if table.style.name == "Table Grid"]
    assert with_borders
    assert all(table.rows[0]._tr.xpath("./w:trPr/w:tblHeader") for table in with_borders)


def test_the_bytes_and_the_dates_depend_on_the_brief_alone(brief: Brief, language: str, document: Document) -> None:
    assert docx(brief, language) == docx(brief, language)
    assert brief.edition.published is not None
    assert document.core_properties.created == datetime.combine(brief.edition.published, datetime.min.time(), UTC)
    assert document.core_properties.language.startswith(language)


def test_no_number_is_a_sum_over_reporters(
    document: Document, sums_over_reporters: frozenset[int], numbers_in: Callable[[str], list[int]]
) -> None:
    assert len(sums_over_reporters) > 100
    assert not sums_over_reporters & set(numbers_in(text_of(document)))


def test_text_with_marks_of_the_format_stays_text(brief: Brief, language: str) -> None:
    hostile = "<w:p>&amp; {{x}} \"'=1+1"
    edition = replace(brief.edition, analysis=Text(hostile, hostile))
    made = word.Document(io.BytesIO(docx(replace(brief, edition=edition), language)))
    assert hostile in text_of(made)
