"""How is a workbook read? Its container is checked (`xlsx`, `xls`), then calamine reads its cells as text.

Formula cells are found in the sheet itself: one with a stored result is read (F13, info), one without cannot be.
"""

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import fastexcel
import polars as pl

from istmo.intake.compound import is_compound
from istmo.intake.grammar import FIRST_LINES, Read
from istmo.intake.limits import Limits
from istmo.intake.sheets import Merged, Special, damaged
from istmo.intake.table import (
    ROW,
    Formula,
    Header,
    Line,
    Table,
    cut,
    find_header,
    header_not_found,
    heading_note,
    lines_of,
)
from istmo.intake.xls import XlsSheet, read_xls
from istmo.intake.xlsx import XlsxSheet, is_archive, read_xlsx
from istmo.model.errors import InvalidInput
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

    def cells(self, sheet: str) -> tuple[pl.DataFrame, int]:
        """Every cell of a sheet as text, from its first row on, with the row's number; and the first column's."""
        with _by_calamine(self.filename):
            loaded = self.reader.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
            frame = loaded.to_polars()
        columns = loaded.available_columns()
        frame = frame.rename({name: f"c{index}" for index, name in enumerate(frame.columns)})
        frame = frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64))
        first = columns[0].absolute_index if columns else 0
        return _with_errors(frame, self.sheets[sheet].special, first), first

    def merged(self, sheet: str, first_column: int) -> tuple[Merged, ...]:
        """The merged cells of a sheet, their columns counted from the first that holds anything."""
        return tuple(
            replace(
                cell,
                first_column=cell.first_column - first_column,
                last_column=cell.last_column - first_column,
            )
            for cell in self.sheets[sheet].merged
            if cell.first_column >= first_column
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


def read_workbook(data: bytes, read: Read, limits: Limits, *, filename: str) -> Table:
    """The table of the first sheet that fits the profile; raises `InvalidInput`."""
    book = open_book(data, limits, filename=filename)
    sheets = [name for name in book.sheets if sheet_fits(name, read)]
    if not sheets:
        raise InvalidInput(
            Text(
                es=f"El libro no tiene ninguna hoja «{read.sheet}».",
                en=f"The workbook has no sheet “{read.sheet}”.",
            ),
            place=filename,
            rule="F19",
            advice=Text(
                es=f"Sus hojas son: {', '.join(book.sheets)}.", en=f"Its sheets are: {', '.join(book.sheets)}."
            ),
        )
    lines: tuple[Line, ...] = ()
    for sheet in sheets:
        cells, first_column = book.cells(sheet)
        lines = lines_of(cells[:FIRST_LINES])
        merged = book.merged(sheet, first_column)
        header = find_header(lines, read, merged)
        if header is not None:
            return _table(book, sheet, cells, first_column, merged, header, lines, read)
    raise header_not_found(filename, read, lines)


def first_sheets(data: bytes, limits: Limits, *, filename: str) -> Iterator[tuple[str, tuple[Line, ...]]]:
    """The first lines of each sheet, by its name."""
    book = open_book(data, limits, filename=filename)
    for sheet in book.sheets:
        cells, _ = book.cells(sheet)
        yield sheet, lines_of(cells[:FIRST_LINES])


def sheet_fits(name: str, read: Read) -> bool:
    """Whether a sheet's name is one that the profile reads."""
    return fnmatch.fnmatchcase(name.casefold(), read.sheet.casefold())


def _table(
    book: Book,
    sheet: str,
    cells: pl.DataFrame,
    first_column: int,
    merged: tuple[Merged, ...],
    header: Header,
    lines: tuple[Line, ...],
    read: Read,
) -> Table:
    names = header.labels
    columns = [name for name in cells.columns if name != ROW]
    body = cells[lines[header.last].row :]
    extra = columns[len(names) :]
    if extra:
        filled = pl.any_horizontal(pl.col(column).str.strip_chars() != "" for column in extra).fill_null(value=False)
        body = body.with_columns(filled.alias("#extra"))
    body = body.drop(extra).rename(dict(zip(columns, names, strict=False)))
    missing = [pl.lit(None, pl.String).alias(name) for name in names[len(columns) :]]
    body, footer = cut(body.with_columns(missing), read.stop_at)
    first, last = lines[header.last].row + 1, (footer[0].row - 1 if footer else cells.height)
    formulas = tuple(
        Formula(cell.row, cell.column - first_column, cell.stored)
        for cell in book.sheets[sheet].special
        if not cell.error and first <= cell.row <= last and 0 <= cell.column - first_column < len(names)
    )
    return Table(
        sheet=sheet,
        encoding="",
        preamble=lines[: header.first],
        header=names,
        header_row=lines[header.first].row,
        body=body,
        footer=footer,
        formulas=formulas,
        first_column=first_column,
        merged=tuple(
            replace(cell, last_row=min(cell.last_row, last)) for cell in merged if first <= cell.first_row <= last
        ),
        notes=tuple(heading_note(header, sheet)),
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
