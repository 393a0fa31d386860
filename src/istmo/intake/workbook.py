"""How is a workbook read? Its container is checked (`xlsx`, `xls`), then calamine reads its cells as text.

Formula cells are found in the sheet itself: one with a stored result is read (F13, info), one without cannot be.
"""

import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import fastexcel
import polars as pl

from istmo.intake.compound import is_compound
from istmo.intake.grammar import FIRST_LINES, Read
from istmo.intake.grid import Grid
from istmo.intake.limits import Limits
from istmo.intake.sheets import Special, damaged
from istmo.intake.table import ROW, Line, Table, header_not_found, lines_of
from istmo.intake.xls import XlsSheet, read_xls
from istmo.intake.xlsx import XlsxSheet, is_archive, read_xlsx
from istmo.model.errors import InvalidInput
from istmo.model.findings import Finding, Severity
from istmo.model.text import Text


def is_workbook(data: bytes) -> bool:
    """Whether the bytes begin as a workbook does, XLSX or XLS."""
    return is_archive(data) or is_compound(data)


@dataclass(frozen=True, slots=True)
class Book:
    """A checked workbook and its sheets in their order."""

    reader: fastexcel.ExcelReader
    sheets: Mapping[str, XlsxSheet | XlsSheet]
    filename: str

    def grid(self, sheet: str) -> Grid:
        """Every cell of a sheet as text, from its first row on, with what the sheet says of them."""
        with _by_calamine(self.filename):
            loaded = self.reader.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
            cells = loaded.to_polars()
        columns = loaded.available_columns()
        first = columns[0].absolute_index if columns else 0
        cells = cells.rename({name: f"c{index}" for index, name in enumerate(cells.columns)})
        cells = cells.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64))
        special, merged = self.sheets[sheet].special, self.sheets[sheet].merged
        return Grid(
            sheet=sheet,
            encoding="",
            cells=_with_errors(cells, special, first),
            first_column=first,
            merged=tuple(
                replace(cell, first_column=cell.first_column - first, last_column=cell.last_column - first)
                for cell in merged
                if cell.first_column >= first
            ),
            special=special,
        )


def open_book(data: bytes, limits: Limits, *, filename: str) -> Book:
    """The workbook, if it is within the limits and whole; raises `InvalidInput`."""
    if is_archive(data):
        parts = read_xlsx(data, limits, filename=filename)
        with _by_calamine(filename):
            return Book(fastexcel.read_excel(data), parts, filename)
    xls = read_xls(data, limits, filename=filename)
    with _by_calamine(filename):
        reader = fastexcel.read_excel(xls.data)
        sheets = zip(reader.sheet_names, xls.sheets, strict=True)
        return Book(reader, {name: sheet for name, sheet in sheets if sheet is not None}, filename)


@contextmanager
def _by_calamine(filename: str) -> Iterator[None]:
    """What calamine cannot read is a damaged workbook, also where it stops in a panic."""
    try:
        yield
    except fastexcel.FastExcelError as exc:
        raise damaged(filename) from exc
    except BaseException as exc:
        if type(exc).__name__ != "PanicException":
            raise
        raise damaged(filename) from exc


def read_workbook(data: bytes, read: Read, limits: Limits, *, filename: str) -> list[Table]:
    """The tables of the first sheet that fits the profile, or of every one (`sheets`); raises `InvalidInput`."""
    book = open_book(data, limits, filename=filename)
    sheets = [name for name in book.sheets if sheet_fits(name, read)]
    if not sheets:
        raise _no_sheet(book, read)
    tables = _of_every(book, sheets, read) if read.every_sheet else _of_the_first(book, sheets, read)
    return [replace(tables[0], notes=(*tables[0].notes, *_sheet_notes(book, sheets, tables, read))), *tables[1:]]


def _of_the_first(book: Book, sheets: Sequence[str], read: Read) -> list[Table]:
    lines: tuple[Line, ...] = ()
    for sheet in sheets:
        grid = book.grid(sheet)
        lines = grid.lines(read)
        tables = grid.tables(read, where=f"{book.filename}, {sheet}")
        if tables:
            return tables
    raise header_not_found(book.filename, read, lines)


def _of_every(book: Book, sheets: Sequence[str], read: Read) -> list[Table]:
    """The tables of every sheet; a sheet without one is refused, unless it is empty: no month is passed over."""
    result: list[Table] = []
    for sheet in sheets:
        where = f"{book.filename}, {sheet}"
        grid = book.grid(sheet)
        tables = grid.tables(read, where=where)
        lines = grid.lines(read)
        if not tables and any(line.text for line in lines):
            raise header_not_found(where, read, lines)
        result += tables
    if not result:
        raise header_not_found(book.filename, read, ())
    return result


def sheet_fits(name: str, read: Read) -> bool:
    """Whether a sheet's name is one that the profile reads."""
    return fnmatch.fnmatchcase(name.casefold(), read.sheet.casefold())


def first_sheets(data: bytes, limits: Limits, *, filename: str) -> Iterator[tuple[str, tuple[Line, ...]]]:
    """The first lines of each sheet, by its name."""
    book = open_book(data, limits, filename=filename)
    for sheet in book.sheets:
        yield sheet, lines_of(book.grid(sheet).cells[:FIRST_LINES])


def _sheet_notes(book: Book, sheets: Sequence[str], tables: Sequence[Table], read: Read) -> Iterator[Finding]:
    """F37 for the sheets that were not read, and for those that were although a person does not see them."""
    used = list(dict.fromkeys(table.sheet for table in tables))
    unread = [
        name for name in (book.sheets if read.every_sheet else sheets[sheets.index(used[-1]) :]) if name not in used
    ]
    if unread:
        names = ", ".join(f"«{name}»" for name in unread)
        yield Finding(
            rule="F37",
            severity=Severity.INFO,
            message=Text(
                es=f"No se leyeron las hojas {names}: el perfil no las pide o están vacías.",
                en=f"The sheets {names} were not read: the profile does not ask for them, or they are empty.",
            ),
        )
    for name in used:
        if book.sheets[name].hidden:
            yield Finding(
                rule="F37",
                severity=Severity.WARNING,
                sheet=name,
                message=Text(
                    es="La hoja está oculta en el libro y se leyó.",
                    en="The sheet is hidden in the workbook and was read.",
                ),
            )


def _no_sheet(book: Book, read: Read) -> InvalidInput:
    return InvalidInput(
        Text(es=f"El libro no tiene ninguna hoja «{read.sheet}».", en=f"The workbook has no sheet “{read.sheet}”."),
        place=book.filename,
        rule="F19",
        advice=Text(es=f"Sus hojas son: {', '.join(book.sheets)}.", en=f"Its sheets are: {', '.join(book.sheets)}."),
    )


def _with_errors(cells: pl.DataFrame, special: Iterable[Special], first_column: int) -> pl.DataFrame:
    """Error values (#DIV/0!) as their text: calamine leaves them blank, and a blank may mean zero."""
    errors: dict[str, dict[int, str]] = {}
    for cell in special:
        if cell.error:
            errors.setdefault(f"c{cell.column - first_column}", {})[cell.row] = cell.error
    return cells.with_columns(
        pl.coalesce(
            pl.col(ROW).replace_strict(list(texts), list(texts.values()), default=None, return_dtype=pl.String), name
        ).alias(name)
        for name, texts in errors.items()
        if name in cells.columns
    )
