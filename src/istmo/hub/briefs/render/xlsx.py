"""How does the brief become a workbook? One workbook in both languages: a sheet a table, then signs, sources and
method.

Heads stand in Spanish above English. A number is a number; beside it its own narrow column holds the status in
letters, so that a formula over the numbers meets no text. Where there is no value the cell holds the sign
(`n/d`, `n/c`, `n/a`, `s`, `incl.`) or the range (`0–9`), never 0 and never empty. Texts are written as texts: one that
begins with `=` is not a formula. No sheet holds a total over reporters.
"""

import io
from collections.abc import Callable, Sequence
from datetime import datetime, time
from itertools import pairwise

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from istmo.hub.briefs.render import words
from istmo.hub.briefs.render.naming import citation
from istmo.model.text import Text
from istmo.statistics.brief.figures import APPROXIMATE, SIGNS, letters, shown
from istmo.statistics.brief.values import Brief, BriefState, Cell, CellKind, PolicyNote, Table

NUMBERS = {
    CellKind.COUNT: "#,##0",
    CellKind.CHANGE: "+#,##0;\u2212#,##0;0",
    CellKind.PERCENT: '+0"%";\u22120"%";0"%"',
    CellKind.SHARE: '0.0"%"',
}
TEXT_WIDTH, NUMBER_WIDTH, STATUS_WIDTH, WIDEST = 30, 14, 4, 60


class _Formats:
    """The workbook's formats, made once; xlsxwriter numbers them in the order of making."""

    def __init__(self, book: Workbook) -> None:
        make: Callable[[dict[str, object]], Format] = book.add_format
        base = {"font_name": "Source Sans 3", "font_size": 10, "valign": "top"}
        self.text = make(base)
        self.wrap = make(base | {"text_wrap": True})
        self.bold = make(base | {"bold": True})
        self.title = make(base | {"bold": True, "font_size": 13})
        self.muted = make(base | {"font_color": "#46515b", "text_wrap": True})
        self.mark = make(base | {"bold": True, "font_color": "#6b4300", "bg_color": "#fff4d6"})
        self.head = make(base | {"bold": True, "text_wrap": True, "bottom": 2, "valign": "bottom"})
        self.head_right = make(
            base | {"bold": True, "text_wrap": True, "bottom": 2, "valign": "bottom", "align": "right"}
        )
        self.band = make(base | {"bold": True, "font_color": "#46515b", "bottom": 1})
        self.sign = make(base | {"font_color": "#46515b", "align": "right"})
        self.status = make(base | {"font_color": "#6b4300", "align": "left", "font_size": 8})
        self.numbers = {kind: make(base | {"num_format": form, "align": "right"}) for kind, form in NUMBERS.items()}
        self.whole_share = make(base | {"num_format": '0"%"', "align": "right"})


def xlsx(brief: Brief) -> bytes:
    """The workbook's bytes; the same brief gives the same bytes."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False})
    dated = brief.edition.published or brief.edition.cut_off
    book.set_properties(
        {
            "title": brief.title.es,
            "subject": brief.title.en,
            "author": words.PUBLISHER.es,
            "company": "Istmo",
            "comments": " ".join(_marks(brief)),
            "created": datetime.combine(dated, time()),
        }
    )
    formats = _Formats(book)
    _cover(book.add_worksheet("Informe · Brief"), brief, formats)
    for table in brief.tables:
        _table(book.add_worksheet(table.id), brief, table, formats)
    if brief.policies is not None:
        _policies(book.add_worksheet("Políticas · Policies"), brief, brief.policies, formats)
    _legend(book.add_worksheet("Signos · Signs"), brief, formats)
    _method(book.add_worksheet("Método · Method"), brief, formats)
    _vintages(book.add_worksheet("Fuentes · Sources"), brief, formats)
    book.close()
    return made.getvalue()


def _marks(brief: Brief) -> list[str]:
    marks = []
    if brief.edition.demonstration:
        marks.append(_both(words.DEMONSTRATION))
    if brief.edition.state is not BriefState.PUBLISHED:
        marks.append(_both(words.DRAFT))
    return marks


def _both(text: Text) -> str:
    return text.es if text.es == text.en else f"{text.es} / {text.en}"


def _over(text: Text) -> str:
    """Spanish above English within one cell."""
    return text.es if text.es == text.en else f"{text.es}\n{text.en}"


def _top(sheet: Worksheet, brief: Brief, formats: _Formats, title: str) -> int:
    """The marks and the title; the row below them."""
    row = 0
    for mark in _marks(brief):
        sheet.write_string(row, 0, mark, formats.mark)
        row += 1
    sheet.write_string(row, 0, title, formats.title)
    return row + 1


def _paper(sheet: Worksheet, brief: Brief, *, landscape: bool) -> None:
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    edition = f"{brief.edition.month} · {brief.edition.number}"
    sheet.set_footer(f"&L{edition} {' '.join(_marks(brief))}&R&P / &N")


def _cover(sheet: Worksheet, brief: Brief, formats: _Formats) -> None:
    edition = brief.edition
    row = _top(sheet, brief, formats, _both(brief.title))
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 2, WIDEST)
    state = words.PRELIMINARY if edition.preliminary else words.FINAL
    dates = (
        (words.EDITION, Text(f"{edition.number}, {state.es}", f"{edition.number}, {state.en}")),
        (words.CUT_OFF, _day(edition.cut_off.isoformat())),
        (words.RELEASED, _day(edition.published.isoformat()) if edition.published else words.NOT_PUBLISHED),
        (words.NEXT_RELEASE, _day(edition.next_release.isoformat()) if edition.next_release else words.NOT_SET),
        (words.COVERAGE, brief.coverage),
        (words.HOW_TO_CITE, Text(citation(brief, "es"), citation(brief, "en"))),
    )
    for label, value in dates:
        _line(sheet, row, formats, label, value)
        row += 1
    row += 1
    sheet.write_string(row, 0, _both(words.KEY_MESSAGES), formats.bold)
    for sentence in brief.sentences:
        row += 1
        sheet.write_string(row, 0, ", ".join(sentence.cells), formats.muted)
        sheet.write_string(row, 1, sentence.text.es, formats.wrap)
        sheet.write_string(row, 2, sentence.text.en, formats.wrap)
    row += 2
    sheet.write_string(row, 0, _both(words.READING), formats.bold)
    analysis = edition.analysis or words.NO_READING
    sheet.write_string(row, 1, analysis.es, formats.wrap)
    sheet.write_string(row, 2, analysis.en, formats.wrap)
    if edition.correction:
        row += 1
        _line(sheet, row, formats, words.CORRECTION, edition.correction)
    for note in edition.notes:
        row += 1
        head = Text(f"{words.MEMBER_NOTES.es}: {note.name.es}", f"{words.MEMBER_NOTES.en}: {note.name.en}")
        signed = f"({note.signed}, {note.on.isoformat()})"
        _line(sheet, row, formats, head, Text(f"{note.text.es} {signed}", f"{note.text.en} {signed}"))
    row += 2
    sheet.write_string(row, 0, _both(words.TABLE), formats.bold)
    for table in brief.tables:
        row += 1
        sheet.write_string(row, 0, table.id, formats.text)
        sheet.write_string(row, 1, table.title.es, formats.wrap)
        sheet.write_string(row, 2, table.title.en, formats.wrap)
    row += 2
    sheet.write_string(row, 0, words.OWNER.es, formats.text)
    sheet.write_string(row + 1, 0, words.OWNER.en, formats.text)
    _paper(sheet, brief, landscape=True)


def _day(iso: str) -> Text:
    return Text(iso, iso)


def _line(sheet: Worksheet, row: int, formats: _Formats, label: Text, value: Text) -> None:
    sheet.write_string(row, 0, _both(label), formats.bold)
    sheet.write_string(row, 1, value.es, formats.wrap)
    sheet.write_string(row, 2, value.en, formats.wrap)


def _table(sheet: Worksheet, brief: Brief, table: Table, formats: _Formats) -> None:
    row = _top(sheet, brief, formats, f"{table.id}. {table.title.es}")
    sheet.write_string(row, 0, table.title.en, formats.bold)
    sheet.write_string(row + 1, 0, _both(table.subtitle), formats.text)
    row += 3
    if table.missing:
        sheet.write_string(row, 0, table.missing.es, formats.text)
        sheet.write_string(row + 1, 0, table.missing.en, formats.text)
        _paper(sheet, brief, landscape=False)
        return
    places = _places(table)
    _heads(sheet, row, table, places, formats)
    sheet.freeze_panes(row + 1, 1)
    sheet.repeat_rows(row)
    before: Text | None = None
    for line in table.rows:
        row += 1
        if line.group and line.group != before:
            sheet.write_string(row, 0, _both(line.group), formats.band)
            row += 1
        before = line.group
        head = _both(line.head) + (f" ({_both(line.detail)})" if line.detail else "")
        sheet.write_string(row, 0, head, formats.text)
        for cell, at in zip(line.cells, places, strict=True):
            _cell(sheet, row, at, cell, formats)
    row += 2
    for note in table.notes:
        sheet.write_string(row, 0, f"{note.id.removeprefix('n')}) {_both(note.text)}", formats.text)
        row += 1
    for source in table.sources:
        sheet.write_string(row, 0, f"{_both(words.SOURCE)}: {_both(source)}", formats.text)
        row += 1
    sheet.write_string(row, 0, f"{_both(words.COVERAGE)}: {_both(brief.coverage)}", formats.text)
    sheet.write_string(
        row + 1, 0, f"{_both(words.HOW_TO_CITE)}: {citation(brief, 'es', figure=table.id)}", formats.text
    )
    _paper(sheet, brief, landscape=len(table.columns) > 5)


def _places(table: Table) -> list[int]:
    """Where each column of the table stands in the sheet: a column of numbers has its status beside it."""
    places, at = [], 1
    for column in table.columns:
        places.append(at)
        at += 1 if column.kind is CellKind.TEXT else 2
    return places


def _heads(sheet: Worksheet, row: int, table: Table, places: Sequence[int], formats: _Formats) -> None:
    sheet.write_string(row, 0, _over(table.row_head), formats.head)
    sheet.set_column(0, 0, TEXT_WIDTH)
    lines = 2
    for column, at in zip(table.columns, places, strict=True):
        numeric = column.kind is not CellKind.TEXT
        head = _over(column.head)
        if column.unit:
            head += f"\n({column.unit.es})" + ("" if column.unit.es == column.unit.en else f"\n({column.unit.en})")
        lines = max(lines, head.count("\n") + 2)
        sheet.write_string(row, at, head, formats.head_right if numeric else formats.head)
        sheet.set_column(at, at, NUMBER_WIDTH if numeric else TEXT_WIDTH)
        if numeric:
            sheet.write_string(row, at + 1, "", formats.head)
            sheet.set_column(at + 1, at + 1, STATUS_WIDTH)
    sheet.set_row(row, 14 * lines)


def _cell(sheet: Worksheet, row: int, at: int, cell: Cell, formats: _Formats) -> None:
    if cell.kind is CellKind.TEXT:
        sheet.write_string(row, at, _both(cell.text) if cell.text else SIGNS.get(cell.status, ""), formats.text)
        return
    if cell.value is None:
        sheet.write_string(row, at, shown(cell, "es"), formats.sign)
    else:
        whole = cell.kind is CellKind.SHARE and APPROXIMATE in cell.flags
        sheet.write_number(row, at, cell.value, formats.whole_share if whole else formats.numbers[cell.kind])
    marks = letters(cell) + "".join(f"{caveat.removeprefix('n')})" for caveat in cell.caveats)
    if marks:
        sheet.write_string(row, at + 1, marks, formats.status)


def _policies(sheet: Worksheet, brief: Brief, notes: Sequence[PolicyNote], formats: _Formats) -> None:
    row = _top(sheet, brief, formats, _both(words.POLICIES_SHEET))
    sheet.write_string(row, 0, _both(words.POLICIES_CAUSE), formats.text)
    row += 2
    heads = (words.DAY, words.KIND, words.CHANGE, words.AFFECTED, words.SERIES, words.SOURCE, words.URL, words.RELEASED)
    _row(sheet, row, [_over(head) for head in heads], formats.head)
    for note in notes:
        row += 1
        source = note.source if note.checked else f"{note.source}. {_both(words.POLICY_UNCHECKED)}"
        about = [_both(note.kind), _over(note.what), _both(note.about), ", ".join(note.reporters)]
        _row(sheet, row, [note.day.isoformat(), *about, source, note.url, note.published.isoformat()], formats.wrap)
    sheet.set_column(0, 1, TEXT_WIDTH)
    sheet.set_column(2, 2, WIDEST)
    sheet.set_column(3, 7, TEXT_WIDTH)
    _paper(sheet, brief, landscape=True)


def _legend(sheet: Worksheet, brief: Brief, formats: _Formats) -> None:
    row = _top(sheet, brief, formats, _both(words.LEGEND))
    sheet.set_column(0, 0, 10)
    sheet.set_column(1, 2, WIDEST)
    for sign, meaning in brief.legend:
        row += 1
        sheet.write_string(row, 0, sign, formats.bold)
        sheet.write_string(row, 1, meaning.es, formats.wrap)
        sheet.write_string(row, 2, meaning.en, formats.wrap)
    _paper(sheet, brief, landscape=True)


def _method(sheet: Worksheet, brief: Brief, formats: _Formats) -> None:
    row = _top(sheet, brief, formats, _both(words.METHOD)) + 1
    sheet.set_column(0, 1, TEXT_WIDTH)
    sheet.set_column(2, 5, WIDEST)
    for name, text in brief.methods:
        sheet.write_string(row, 0, _both(name), formats.wrap)
        sheet.write_string(row, 2, text.es, formats.wrap)
        sheet.write_string(row, 3, text.en, formats.wrap)
        row += 1
    row += 1
    sheet.write_string(row, 0, _both(words.COMPARABILITY_MATRIX), formats.bold)
    for pair in brief.comparability:
        row += 1
        sheet.write_string(
            row, 0, f"{pair.first} {pair.first_measure} – {pair.second} {pair.second_measure}", formats.text
        )
        sheet.write_number(row, 1, pair.level, formats.numbers[CellKind.COUNT])
        sheet.write_string(row, 2, f"{pair.name.es}: {pair.reason.es}", formats.wrap)
        sheet.write_string(row, 3, f"{pair.name.en}: {pair.reason.en}", formats.wrap)
    _paper(sheet, brief, landscape=True)


def _vintages(sheet: Worksheet, brief: Brief, formats: _Formats) -> None:
    row = _top(sheet, brief, formats, _both(words.VINTAGES)) + 1
    heads = (words.DATASET, words.VINTAGE, words.FILE, words.PROFILE, words.RECEIVED)
    _row(sheet, row, [_over(head) for head in heads], formats.head)
    for used in brief.vintages:
        row += 1
        _row(
            sheet,
            row,
            [used.dataset, used.vintage, used.source_hash, used.profile, used.received.isoformat()],
            formats.text,
        )
    row += 2
    sheet.write_string(row, 0, _both(words.REVISIONS), formats.bold)
    row += 1
    if brief.revisions:
        _row(
            sheet,
            row,
            [_over(head) for head in (words.DATASET, words.PERIOD, words.CELL, words.BEFORE, words.AFTER)],
            formats.head,
        )
    for change in brief.revisions:
        row += 1
        _row(sheet, row, [change.dataset, change.period, _both(change.cell)], formats.text)
        for at, value, status in ((3, change.before, ""), (4, change.after, change.status_after)):
            if value is None:
                sheet.write_string(row, at, SIGNS.get(status, "n/d"), formats.sign)
            else:
                sheet.write_number(row, at, value, formats.numbers[CellKind.COUNT])
    if not brief.revisions:
        sheet.write_string(row, 0, words.REVISIONS_NONE.es, formats.text)
        sheet.write_string(row + 1, 0, words.REVISIONS_NONE.en, formats.text)
    for first, last in pairwise((0, 2, 3, 5)):
        sheet.set_column(first, last - 1, TEXT_WIDTH if first != 2 else WIDEST)
    _paper(sheet, brief, landscape=True)


def _row(sheet: Worksheet, row: int, values: Sequence[str], form: Format) -> None:
    for at, value in enumerate(values):
        sheet.write_string(row, at, value, form)
