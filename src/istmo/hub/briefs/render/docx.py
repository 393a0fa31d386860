"""How does the draft leave for editing outside? As a Word document of headings, paragraphs and real tables.

What stands here is the `Page` of the HTML and the PDF, so that no figure can differ. What a person rewrites in it comes
back by hand, through the editor of the workbench. The bytes depend on the brief alone, as those of the published
files do, but this file is never published.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime, time

import docx as word
import typst
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from istmo.hub.briefs.render import charts, words
from istmo.hub.briefs.render.html import FONTS
from istmo.hub.briefs.render.page import page, reasons
from istmo.hub.briefs.render.views import CellView, ChartView, Letter, Origin, PanelView, Policies, RowView, TableView
from istmo.statistics.brief.values import Brief

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_INK_2 = RGBColor(0x46, 0x51, 0x5B)
_ACCENT = RGBColor(0x0A, 0x4F, 0x5C)
_AMBER = RGBColor(0x6B, 0x43, 0x00)
_ZIPPED = (1980, 1, 1, 0, 0, 0)
_WIDE = 6  # a table with more columns than this is set smaller
_PPI = 288.0  # of a drawing that is as many points wide as its own units
_DRAWING = b"""
#set page(width: auto, height: auto, margin: 0pt)
#set text(font: "Source Sans 3", fallback: false)
#image(bytes(sys.inputs.svg), format: "svg", width: 176pt)
"""
_PANELS = 3  # panels beside each other
_LANGUAGES = {"es": "es-419", "en": "en"}


def docx(brief: Brief, language: str) -> bytes:
    """The brief as a Word document in `language`."""
    view = page(brief, language, size=charts.PAPER)
    document = word.Document()
    _set_up(document, brief, title=view.title, author=view.publisher, language=language)
    for mark in view.marks:
        paragraph = document.add_paragraph()
        run = paragraph.add_run(f"{mark.word}. ")
        run.bold, run.font.color.rgb = True, _AMBER
        paragraph.add_run(mark.meaning)
    _small(document.add_paragraph(), view.kicker)
    document.add_heading(view.heading, level=1)
    document.add_paragraph(view.lead)
    for fact in view.facts:
        _labelled(document, fact.label, ", ".join(filter(None, (fact.value, fact.detail))))
    if view.correction:
        document.add_heading(words.CORRECTION.in_(language), level=2)
        for text in view.correction:
            document.add_paragraph(text)
    document.add_heading(words.KEY_MESSAGES.in_(language), level=2)
    for message in view.messages:
        paragraph = document.add_paragraph(style="List Number")
        paragraph.add_run(message.text)
        cells = ", ".join(reference.label for reference in message.cells)
        _small(paragraph, f" {message.detail} [{cells}]" if message.detail else f" [{cells}]")
    document.add_heading(words.READING.in_(language), level=2)
    for text in view.analysis or (words.NO_READING.in_(language),):
        document.add_paragraph(text)
    if view.signed:
        _small(document.add_paragraph(), view.signed)
    if view.notes:
        document.add_heading(words.MEMBER_NOTES.in_(language), level=2)
        document.add_paragraph(words.MEMBER_NOTES_TEXT.in_(language))
        for note in view.notes:
            document.add_heading(note.name, level=3)
            for text in note.paragraphs:
                document.add_paragraph(text)
            _small(document.add_paragraph(), note.signed)
    for section in view.sections:
        document.add_heading(section.title, level=2)
        _items(document, section.items, language)
    if view.pending:
        document.add_heading(view.pending_title, level=2)
        document.add_paragraph(words.NOT_COLLECTED_TEXT.in_(language))
        for empty in view.pending:
            _labelled(document, f"{empty.id} {empty.title}", empty.reason)
        _items(document, view.pending_items, language)
    _policies(document, view.policies, language)
    document.add_heading(words.METHOD.in_(language), level=2)
    _origins(document, view.methods)
    for reason in reasons(brief, language):
        document.add_paragraph(reason, style="List Bullet")
    _plain_table(
        document,
        [words.DATASET, words.VINTAGE, words.FILE, words.PROFILE, words.RECEIVED],
        view.vintages,
        title=words.VINTAGES.in_(language),
        language=language,
    )
    if view.revisions:
        _plain_table(
            document,
            [words.DATASET, words.PERIOD, words.CELL, words.BEFORE, words.AFTER, words.VINTAGE],
            view.revisions,
            title=words.REVISIONS.in_(language),
            language=language,
        )
    document.add_heading(words.LEGEND.in_(language), level=3)
    _signs(document, view.legend)
    _labelled(document, words.HOW_TO_CITE.in_(language), view.citation)
    return _packed(document)


def _policies(document: Document, policies: Policies | None, language: str) -> None:
    if policies is None:
        return
    document.add_heading(words.POLICIES.in_(language), level=2)
    document.add_paragraph(words.POLICIES_TEXT.in_(language))
    if not policies.now:
        document.add_paragraph(words.POLICIES_NONE.in_(language))
    for part in (policies.now, policies.before):
        if part is policies.before and part:
            document.add_heading(words.POLICIES_BEFORE.in_(language), level=3)
        for change in part:
            _labelled(document, f"{change.day}, {change.kind}", change.what)
            _small(document.add_paragraph(), f"{change.about} {change.source} {change.url}")


def _set_up(document: Document, brief: Brief, *, title: str, author: str, language: str) -> None:
    section = document.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.PORTRAIT, Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(18)
    section.top_margin = section.bottom_margin = Mm(18)
    for level in (1, 2, 3):
        document.styles[f"Heading {level}"].font.color.rgb = _ACCENT
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(10)
    normal.paragraph_format.space_after = Pt(4)
    tag = OxmlElement("w:lang")
    tag.set(qn("w:val"), _LANGUAGES[language])
    normal.element.get_or_add_rPr().append(tag)
    made = datetime.combine(brief.edition.published or brief.edition.cut_off, time())
    properties = document.core_properties
    properties.title, properties.author, properties.language = title, author, _LANGUAGES[language]
    properties.created = properties.modified = made
    properties.last_modified_by, properties.comments = "", ""


def _items(document: Document, items: Iterable[TableView | ChartView], language: str) -> None:
    for item in items:
        _small(document.add_paragraph(), item.label)
        document.add_heading(item.title, level=3)
        document.add_paragraph(item.subtitle)
        if isinstance(item, TableView):
            _table(document, item)
        else:
            _chart(document, item)
        _signs(document, item.signs)
        if isinstance(item, TableView):
            for note in item.notes:
                _small(document.add_paragraph(), f"{note.marker}) {note.text}")
        _origins(document, item.origin, small=True)


def _table(document: Document, item: TableView) -> None:
    size = Pt(7 if len(item.columns) > _WIDE else 8.5)
    table = document.add_table(rows=1, cols=item.width, style="Table Grid")
    _heads(table, item, size=size)
    for row in item.rows:
        if row.band:
            band = table.add_row().cells
            _written(band[0].merge(band[-1]), row.band, size=size, bold=True)
        _row(table.add_row().cells, row, size=size)


def _heads(table: Table, item: TableView | ChartView, *, size: Pt) -> None:
    heads = table.rows[0].cells
    _written(heads[0], item.row_head, size=size, bold=True)
    for cell, column in zip(heads[1:], item.columns, strict=True):
        written = "\n".join(filter(None, (column.head, column.unit)))
        _written(cell, written, size=size, bold=True, right=column.numeric)
    _repeated(table.rows[0])


def _row(cells: Sequence[_Cell], row: RowView, *, size: Pt) -> None:
    bold = row.now or row.sum
    _written(cells[0], "\n".join(filter(None, (row.head, row.detail))), size=size, bold=bold)
    for cell, view in zip(cells[1:], row.cells, strict=True):
        paragraph = _written(cell, view.text, size=size, bold=bold, right=view.numeric)
        marks = _marks(view)
        if marks:
            run = paragraph.add_run(marks)
            run.font.size, run.font.superscript = size, True


def _marks(view: CellView) -> str:
    letters = "".join(letter.letter for letter in view.letters)
    return letters + "".join(f"{note.label})" for note in view.notes)


def _chart(document: Document, item: ChartView) -> None:
    """Panels as pictures with their text; a grid of figures as a table."""
    if item.panels:
        for start in range(0, len(item.panels), _PANELS):
            some = item.panels[start : start + _PANELS]
            table = document.add_table(rows=1, cols=_PANELS)
            for cell, panel in zip(table.rows[0].cells, some, strict=False):
                _panel(cell, panel)
    if item.rows:
        table = document.add_table(rows=1, cols=len(item.columns) + 1, style="Table Grid")
        _heads(table, item, size=Pt(8))
        for row in item.rows:
            cells = table.add_row().cells
            _written(cells[0], row.head, size=Pt(8))
            for cell, part in zip(cells[1:], row.cells, strict=True):
                _written(cell, part.text, size=Pt(8), right=True)


def _panel(cell: _Cell, panel: PanelView) -> None:
    _written(cell, f"{panel.number}. {panel.title}\n{panel.unit}", size=Pt(8), bold=True)
    latest = cell.add_paragraph()
    latest.add_run(f"{panel.latest} ").bold = True
    _small(latest, panel.latest_label)
    if panel.empty:
        _small(cell.add_paragraph(), panel.meaning)
        return
    run = cell.add_paragraph().add_run()
    picture = run.add_picture(io.BytesIO(_drawn(panel.svg)), width=Mm(54))
    picture._inline.docPr.set("descr", panel.alt)
    for broken in panel.breaks:
        _small(cell.add_paragraph(), broken)


def _drawn(svg: str) -> bytes:
    """The drawing as PNG, set by typst in our own font."""
    made = typst.compile(
        _DRAWING, font_paths=[str(FONTS)], ignore_system_fonts=True, format="png", ppi=_PPI, sys_inputs={"svg": svg}
    )
    assert isinstance(made, bytes)
    return made


def _plain_table(
    document: Document, heads: Sequence[words.Text], rows: Sequence[Sequence[str]], *, title: str, language: str
) -> None:
    document.add_heading(title, level=3)
    table = document.add_table(rows=1, cols=len(heads), style="Table Grid")
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        _written(cell, head.in_(language), size=Pt(8), bold=True)
    _repeated(table.rows[0])
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            _written(cell, text, size=Pt(8))


def _written(cell: _Cell, text: str, *, size: Pt, bold: bool = False, right: bool = False) -> Paragraph:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.font.size = size
    if bold:
        run.bold = True
    paragraph.paragraph_format.space_after = Pt(0)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    return paragraph


def _repeated(row: _Row) -> None:
    """The row is the head of its table and stands again on each page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _signs(document: Document, signs: Sequence[Letter]) -> None:
    if signs:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(4)
        _small(paragraph, "   ".join(f"{sign.letter} {sign.meaning}" for sign in signs))


def _origins(document: Document, origins: Iterable[Origin], *, small: bool = False) -> None:
    for origin in origins:
        _labelled(document, origin.label, origin.text, small=small)


def _labelled(document: Document, label: str, text: str, *, small: bool = False) -> None:
    paragraph = document.add_paragraph()
    for run in (paragraph.add_run(f"{label}: "), paragraph.add_run(text)):
        run.font.size = Pt(8) if small else None
    paragraph.runs[0].bold = True


def _small(paragraph: Paragraph, text: str) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.color.rgb = Pt(8), _INK_2


def _packed(document: Document) -> bytes:
    """The document with every part dated alike, so that its bytes depend on nothing else."""
    first, packed = io.BytesIO(), io.BytesIO()
    document.save(first)
    with zipfile.ZipFile(first) as made, zipfile.ZipFile(packed, "w") as target:
        for name in made.namelist():
            entry = zipfile.ZipInfo(name, date_time=_ZIPPED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, made.read(name))
    return packed.getvalue()
