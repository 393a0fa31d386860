"""The PDF: tagged, titled, in its language, with every figure as text; and text from outside stays text."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from istmo.hub.briefs.render import words
from istmo.hub.briefs.render.pdf import pdf
from istmo.model.text import Text
from istmo.statistics.brief.values import Brief


@pytest.fixture(scope="module", params=["es", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def reader(brief: Brief, language: str) -> PdfReader:
    return PdfReader(io.BytesIO(pdf(brief, language)))


def text_of(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def tags(reader: PdfReader) -> list[tuple[str, str]]:
    """The structure elements in reading order: kind and alternative text."""
    found: list[tuple[str, str]] = []

    def walk(node: object) -> None:
        if isinstance(node, IndirectObject):
            node = node.get_object()
        if isinstance(node, list):
            for part in node:
                walk(part)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append((str(node["/S"]), str(node.get("/Alt", ""))))
            if "/K" in node:
                walk(node["/K"])

    walk(reader.trailer["/Root"]["/StructTreeRoot"])
    return found


def test_policy_changes_stand_in_it_and_their_absence_is_said(brief: Brief, language: str, reader: PdfReader) -> None:
    written = " ".join(text_of(reader).split())
    assert brief.policies is not None
    assert all(note.what.in_(language) in written for note in brief.policies)
    none, earlier = (
        " ".join(text_of(PdfReader(io.BytesIO(pdf(replace(brief, policies=some), language)))).split())
        for some in ((), None)
    )
    assert words.POLICIES_NONE.in_(language) in none
    assert words.POLICIES.in_(language) not in earlier


def test_it_is_tagged_titled_and_says_its_language(reader: PdfReader, brief: Brief, language: str) -> None:
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == brief.title.in_(language)
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_data()


def test_its_date_is_the_editions(reader: PdfReader) -> None:
    assert reader.metadata is not None
    assert str(reader.metadata["/CreationDate"]).startswith("D:20230920")


def test_tables_have_heads_and_drawings_have_text(reader: PdfReader, brief: Brief) -> None:
    kinds = [kind for kind, _ in tags(reader)]
    drawn = [alternative for kind, alternative in tags(reader) if kind == "/Figure"]
    assert kinds.count("/Table") >= 10
    assert kinds.count("/TH") > 40
    assert kinds.count("/H1") == 1
    assert len(drawn) == 7
    assert all(drawn)


def test_every_figure_of_the_brief_stands_in_it_as_text(reader: PdfReader, brief: Brief) -> None:
    text = text_of(reader)
    counts = {
        f"{int(cell.value):,}"
        for table in brief.tables
        for row in table.rows
        for cell in row.cells
        if cell.kind.value == "count" and cell.value is not None
    }
    assert not [figure for figure in counts if figure not in text]


def test_no_number_is_a_sum_over_reporters(
    reader: PdfReader, sums_over_reporters: frozenset[int], numbers_in: Callable[[str], list[int]]
) -> None:
    assert not sums_over_reporters & set(numbers_in(text_of(reader)))


def test_marks_stand_on_every_page(draft: Brief) -> None:
    for page in PdfReader(io.BytesIO(pdf(draft, "es"))).pages:
        text = page.extract_text()
        assert "BORRADOR" in text
        assert "DEMOSTRACIÓN" in text


def test_a_published_one_is_not_called_a_draft(reader: PdfReader) -> None:
    text = text_of(reader)
    assert "BORRADOR" not in text
    assert "DRAFT" not in text


def test_only_our_font_is_in_it(reader: PdfReader) -> None:
    names = {str(font["/BaseFont"]) for page in reader.pages for font in page["/Resources"]["/Font"].values()}
    assert names
    assert all("SourceSans3" in name for name in names)


def test_it_is_as_long_as_a_brief(reader: PdfReader) -> None:
    assert 5 <= len(reader.pages) <= 9


PRINTABLE = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
MARKUP = st.sampled_from(
    ["#panic()", '#read("/etc/passwd")', "*bold*", "= Heading", "$x$", '#import "@preview/x:0.1.0": *', "\\", '"', "//"]
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hostile=st.one_of(PRINTABLE, MARKUP, st.tuples(MARKUP, PRINTABLE).map("".join)))
def test_no_text_is_ever_read_as_markup(brief: Brief, hostile: str) -> None:
    """The document has the same structure whatever the analysis says, and says it letter by letter."""
    plain = PdfReader(io.BytesIO(pdf(_saying(brief, "x"), "en")))
    changed = PdfReader(io.BytesIO(pdf(_saying(brief, hostile), "en")))
    assert [kind for kind, _ in tags(changed)] == [kind for kind, _ in tags(plain)]
    assert "".join(hostile.split()) in "".join(text_of(changed).split())


def _saying(brief: Brief, text: str) -> Brief:
    """Only what is needed to set a page: the analysis, without tables and charts."""
    return replace(brief, tables=(), charts=(), sentences=(), edition=replace(brief.edition, analysis=Text(text, text)))
