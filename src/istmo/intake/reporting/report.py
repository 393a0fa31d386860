"""The annotated workbook: the sender's own sheets with notes in the cells, then a summary and the findings.

    report = annotated_report(data, result, result.findings, language="es", limits=Limits())

A workbook keeps its sheets, values and formats (`annotate`). A text file becomes a sheet in which every row stands at
the number that it has in the file. Findings are grouped by rule with counts and lead to their cells. No note holds a
value of a personal field: findings say `•••` there.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, takewhile
from typing import Any

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]

from istmo.intake.encoding import decode
from istmo.intake.limits import Limits
from istmo.intake.reporting import words
from istmo.intake.reporting.annotate import annotated
from istmo.intake.reporting.cells import Cells, Place, cells_in
from istmo.intake.reporting.grouping import groups, ordered
from istmo.intake.reporting.sent import Sent, near, read_sent
from istmo.intake.reporting.sheets import COLUMNS, ROWS, Cell, Link, Look, NewSheet, reference, sheet_name
from istmo.intake.result import Intake
from istmo.intake.table import Line, lines_of
from istmo.intake.textfile import choose
from istmo.intake.workbook import Book, is_workbook, open_book
from istmo.intake.xlsx import is_archive, read_xlsx
from istmo.model.findings import Severity
from istmo.model.text import Text

NOTES = 5_000  # cells with a note, at most: a spreadsheet program draws a box for each
PER_CELL = 5  # findings told in one note
LISTED = 100_000  # findings in the sheet of findings, at most
LONG = 100_000  # rows from which on only those near a finding are written
NEAR = 20_000
WIDEST = 40  # signs of a place that names its sheet
_EPOCH = datetime(1980, 1, 1)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,14})", re.ASCII)


def annotated_report(
    data: bytes,
    intake: Intake,
    findings: pl.DataFrame,
    *,
    language: str,
    limits: Limits,
    more: Sequence[NewSheet] = (),
    remarks: Sequence[Text] = (),
) -> bytes:
    """The annotated workbook of a file that was read; `more` are sheets after the findings, `remarks` stand in the
    summary. `findings` are those of the file, and any that came later.
    """
    sent = read_sent(data, intake.profile, limits, filename=intake.filename)
    findings = ordered(findings)
    said = [words.NEVER_CHANGES, *remarks]
    if is_archive(data):
        book = data
        cells = cells_in(read_xlsx(data, limits, filename=intake.filename), sent)
    elif is_workbook(data):
        old = open_book(data, limits, filename=intake.filename)
        book, cells = _from_old_workbook(old), Cells(sent, sent.tables[0].sheet, len(old.sheets) > 1)
    else:
        home = sheet_name(intake.filename.rpartition(".")[0] or words.DATA.in_(language))
        long = sum(table.body.height for table in sent.tables) > LONG
        kept = near(findings["row"], most=NEAR) if long else None
        book, cells = _from_text(data, sent, intake, home, kept, limits), Cells(sent, home)
        if long:
            said.append(words.ONLY_NEAR)
    notes, all_noted = _notes(findings, cells, language)
    if not all_noted:
        said.append(_filled(words.FEWER_NOTES, NOTES))
    if findings.height > LISTED:
        said.append(_filled(words.FEWER_FINDINGS, LISTED, findings.height))
    listed, summed = words.FINDINGS.in_(language), words.SUMMARY.in_(language)
    sheets = (
        _summary(summed, listed, intake, findings, said, language),
        _list(listed, findings.head(LISTED), cells, language),
        *more,
    )
    return annotated(book, notes=notes, sheets=sheets)


# --- the sender's sheet


def _from_text(data: bytes, sent: Sent, intake: Intake, name: str, kept: set[int] | None, limits: Limits) -> bytes:
    """A text file as a workbook, each record in the row that it begins on."""
    first = sent.tables[0].header_row
    headers = {table.header_row for table in sent.tables}
    lines = (
        line
        for line in _lines(data, intake, limits)
        if kept is None or line.row <= first or line.row in kept or line.row in headers
    )
    return _written([(name, takewhile(lambda line: line.row <= ROWS, lines))])


def _from_old_workbook(book: Book) -> bytes:
    """The values of an XLS workbook as XLSX, sheet by sheet; its formats are not kept."""
    sheets = []
    for name in book.sheets:
        grid = book.grid(name)
        blank = ("",) * grid.first_column
        lines = (Line(line.row, (*blank, *line.cells)) for line in lines_of(grid.cells))
        sheets.append((name, lines))
    return _written(sheets)


def _written(sheets: Iterable[tuple[str, Iterable[Line]]]) -> bytes:
    """A workbook with these lines: whole numbers as numbers, all else as text."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "constant_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": _EPOCH})  # the same file gives the same bytes
    for name, lines in sheets:
        sheet = book.add_worksheet(name)
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{ROWS}"})
        for line in lines:
            for column, cell in enumerate(line.cells[:COLUMNS]):
                if _WHOLE.fullmatch(cell):
                    sheet.write_number(line.row - 1, column, int(cell))
                elif cell:
                    sheet.write_string(line.row - 1, column, cell)
    book.close()
    return made.getvalue()


def _lines(data: bytes, intake: Intake, limits: Limits) -> Iterator[Line]:
    """The records of a text file, each with the row that it begins on."""
    text = decode(data, intake.profile.read.encoding, filename=intake.filename)
    delimiter = choose(text, intake.profile.read, limits, filename=intake.filename).delimiter
    reader = csv.reader(io.StringIO(text.data.decode("utf-8"), newline=""), delimiter=delimiter)
    before = 0
    for cells in reader:
        yield Line(before + 1, tuple(cells))
        before = reader.line_num


# --- notes


def _notes(findings: pl.DataFrame, cells: Cells, language: str) -> tuple[dict[str, dict[tuple[int, int], str]], bool]:
    """The notes by sheet and cell, and whether every cell that should have one has it; what is found in each row of a
    merged cell is told once.
    """
    told: dict[Place, dict[str, None]] = {}
    complete = True
    for finding in findings.iter_rows(named=True):
        if not 0 < finding["row"] <= ROWS:
            continue
        place = cells.place(finding)
        if place not in told and len(told) == NOTES:
            complete = False
            break
        told.setdefault(place, {})[_note(finding, language)] = None
    more = words.MORE.in_(language)
    notes: dict[str, dict[tuple[int, int], str]] = {}
    for (sheet, row, column), own in told.items():
        left = len(own) - PER_CELL
        text = "\n\n".join([*islice(own, PER_CELL), *([more.format(left)] if left > 0 else [])])
        notes.setdefault(sheet, {})[row, column] = text
    return notes, complete


def _note(finding: Mapping[str, str], language: str) -> str:
    severity = words.SEVERITIES[Severity(finding["severity"])].in_(language)
    parts = [f"{finding['rule']} · {severity}", finding[f"message_{language}"]]
    if finding["suggestion"]:
        parts.append(f"{words.SUGGESTION.in_(language)}: {finding['suggestion']}")
    return "\n".join(parts)


# --- our sheets


def _summary(
    name: str, listed: str, intake: Intake, findings: pl.DataFrame, remarks: Sequence[Text], language: str
) -> NewSheet:
    """The file, its counts, and the findings by rule; each rule leads to its first finding."""
    rows: list[tuple[Cell, ...]] = [
        (words.REPORT.in_(language),),
        (words.FILE.in_(language), intake.filename),
        (words.PROFILE.in_(language), f"{intake.profile.label}: {intake.profile.title.in_(language)}"),
        ("SHA-256", intake.source_hash),
        (words.READ.in_(language), intake.read),
        (words.ACCEPTED.in_(language), intake.accepted),
        (words.QUARANTINED.in_(language), intake.quarantined),
        (words.REJECTED.in_(language), intake.rejected),
        (words.SET_ASIDE.in_(language), len(intake.set_aside)),
        *((None, remark.in_(language)) for remark in remarks),
    ]
    if not intake.storable:
        rows.append((None, words.NOT_STORABLE.in_(language)))
    rows.append(())
    found = groups(findings)
    if not found:
        rows.append((None, words.NOTHING.in_(language)))
        return NewSheet(name, (30, 70, 14, 12), tuple(rows), ((0, Look.TITLE),))
    head = len(rows)
    rows.append(tuple(word.in_(language) for word in (words.RULE, words.MUST_HOLD, words.SEVERITY, words.COUNT)))
    first = 1
    for group in found:
        target: Cell = Link(group.rule.id, listed, first, 0) if first <= LISTED else group.rule.id
        severity = words.SEVERITIES[group.severity].in_(language)
        rows.append((target, group.rule.title.in_(language), severity, group.count))
        first += group.count
    return NewSheet(name, (30, 70, 14, 12), tuple(rows), ((0, Look.TITLE), (head, Look.HEAD)))


def _list(name: str, findings: pl.DataFrame, cells: Cells, language: str) -> NewSheet:
    """Every finding, with a link to its cell."""
    head = (
        *(words.NUMBER, words.PLACE, words.SEVERITY, words.RULE, words.FOUND, words.VALUE, words.SUGGESTION),
        *(words.ROW, words.COLUMN, words.MUST_HOLD),
    )
    rows: list[tuple[Cell, ...]] = [tuple(word.in_(language) for word in head)]
    titles = {group.rule.id: group.rule.title.in_(language) for group in groups(findings)}
    for finding in findings.iter_rows(named=True):
        rows.append(
            (
                finding["number"],
                _link(finding, cells, language),
                words.SEVERITIES[Severity(finding["severity"])].in_(language),
                finding["rule"],
                finding[f"message_{language}"],
                finding["value"],
                finding["suggestion"],
                finding["row"] or None,
                finding["column"],
                titles[finding["rule"]],
            )
        )
    places = (len(cell.text) for row in rows for cell in row if isinstance(cell, Link))
    place = min(max(places, default=0) + 2, WIDEST)
    return NewSheet(name, (7, max(place, 9), 11, 8, 60, 24, 40, 9, 22, 60), tuple(rows), ((0, Look.HEAD),), frozen=1)


def _link(finding: Mapping[str, Any], cells: Cells, language: str) -> Cell:
    if finding["row"] == 0:
        return words.WHOLE_FILE.in_(language)
    if finding["row"] > ROWS:
        return None
    sheet, row, column = cells.place(finding)
    name = reference(row, column)
    return Link(f"{sheet}, {name}" if cells.several else name, sheet, row, column)


def _filled(text: Text, *values: int) -> Text:
    return Text(es=text.es.format(*values), en=text.en.format(*values))
