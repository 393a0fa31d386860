"""What stands in a file, before any rule: lines before the table, its header, its rows as text, lines after it.

Rows are numbered as the user sees them (1-based, in the file or sheet). `find_header` looks for the line that the
profile describes; cells are compared cleaned and joined by commas, so that CSV, TSV and XLSX are one to a profile.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from istmo.intake.grammar import FIRST_LINES, Read
from istmo.intake.mending import is_damaged, mended
from istmo.intake.sheets import Merged
from istmo.model.errors import InvalidInput
from istmo.model.findings import Finding, Severity
from istmo.model.labels import clean
from istmo.model.text import Text

ROW = "#row"  # the row's number
EXTRA = "#extra"  # true where the row has more cells than the header
INTERNAL = (ROW, EXTRA)


@dataclass(frozen=True, slots=True)
class Line:
    """A line outside the table; `raw` are its cells as the source has them, where damaged ones were mended."""

    row: int
    cells: tuple[str, ...]
    raw: tuple[str, ...] = ()

    @property
    def source(self) -> tuple[str, ...]:
        """The cells as the source has them."""
        return self.raw or self.cells

    def mended(self) -> "Line":
        """The line with its damaged texts mended where that is proved."""
        if not any(map(is_damaged, self.cells)):
            return self
        return Line(self.row, tuple(mended(cell) or cell for cell in self.cells), self.cells)

    @property
    def text(self) -> str:
        return ",".join(map(clean, self.cells)).rstrip(",")


@dataclass(frozen=True, slots=True)
class Coded:
    """The columns of a long file that may be read as something quicker than text: codes of texts, and whole numbers."""

    texts: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


NOT_CODED = Coded()


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell with a formula: its row, its column (number from 0), whether its result is stored."""

    row: int
    column: int
    stored: bool


@dataclass(frozen=True, slots=True)
class Table:
    """`body` has the columns `ROW`, `EXTRA` (only where a row is ragged) and one for each label of `header`.

    `first_column` is the column of the sheet in which the first label stands; the columns of `formulas` and of `merged`
    (merged cells of the rows of the body) are numbers of labels. `notes` is what opening the table found.
    """

    sheet: str
    encoding: str
    preamble: tuple[Line, ...]
    header: tuple[str, ...]
    header_row: int
    body: pl.DataFrame
    footer: tuple[Line, ...]
    formulas: tuple[Formula, ...] = ()
    first_column: int = 0
    merged: tuple[Merged, ...] = ()
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header was found: `first` and `last` are indices into the lines looked at."""

    first: int
    last: int
    labels: tuple[str, ...]
    merged: tuple[Merged, ...] = ()  # the merged cells whose label stands for each of their columns


def find_header(lines: Sequence[Line], read: Read, merged: Iterable[Merged] = ()) -> Header | None:
    """The first of the lines that the profile's pattern describes, with as many more as it says.

    The columns of `merged` are numbers of the lines' cells. A label that is merged over several columns stands for each
    of them, where lines of the header follow below it; that it is written once is then no blank of the others.
    """
    for index, line in enumerate(lines):
        if len(line.cells) > 1 and re.search(read.find, line.text):
            rows = lines[index : index + read.header_rows]
            across = tuple(cell for cell in merged if _is_heading(cell, rows))
            width = max(len(row.cells) for row in rows)
            found = labels([_across(row, across, width) for row in rows], fill=read.fill)
            if found:
                return Header(index, index + len(rows) - 1, found, across)
    return None


def _is_heading(cell: Merged, rows: Sequence[Line]) -> bool:
    """Whether merged cells head several columns: they lie in the header and end above its last line."""
    return rows[0].row <= cell.first_row and cell.last_row < rows[-1].row and cell.first_column < cell.last_column


def _across(line: Line, merged: Iterable[Merged], width: int) -> tuple[str, ...]:
    """The cells of a line with the label of merged cells in each of their columns, as far as the header is wide."""
    cells = [*line.cells, *[""] * (width - len(line.cells))]
    for cell in merged:
        if cell.first_row == line.row and cell.first_column < width:
            last = min(cell.last_column + 1, width)
            cells[cell.first_column : last] = [cells[cell.first_column]] * (last - cell.first_column)
    return tuple(cells)


def heading_note(header: Header, sheet: str) -> list[Finding]:
    """F34 for labels of the header that were read in each of the columns that they are merged over."""
    if not header.merged:
        return []
    count = len(header.merged)
    return [
        Finding(
            rule="F34",
            severity=Severity.INFO,
            sheet=sheet,
            row=header.merged[0].first_row,
            message=Text(
                es=f"Las etiquetas en celdas combinadas valen para cada una de sus columnas (celdas: {count}).",
                en=f"The labels in merged cells are those of each of their columns (cells: {count}).",
            ),
        )
    ]


def labels(rows: Sequence[Sequence[str]], *, fill: bool) -> tuple[str, ...]:
    """One label for each column: lines joined by " / ", blank ones named by number, a second one of a name numbered."""
    width = max((len(row) for row in rows), default=0)
    cleaned = [[clean(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    if fill:
        cleaned = [*map(_filled, cleaned[:-1]), cleaned[-1]]
    result: list[str] = []
    for number, parts in enumerate(zip(*cleaned, strict=True), start=1):
        label = " / ".join(part for part in parts if part) or f"#{number}"
        result.append(label if label not in (*result, *INTERNAL) else f"{label} (#{number})")
    while result and result[-1] == f"#{len(result)}":
        result.pop()
    return tuple(result)


def _filled(cells: list[str]) -> list[str]:
    result: list[str] = []
    for cell in cells:
        result.append(cell or (result[-1] if result else ""))
    return result


def cut(body: pl.DataFrame, stop_at: str | None) -> tuple[pl.DataFrame, tuple[Line, ...]]:
    """The rows of the table, and the lines from the first row that `stop_at` describes; blank rows are none."""
    footer: tuple[Line, ...] = ()
    texts = [column for column in body.columns if column not in INTERNAL]
    if stop_at is not None:
        cells = [
            pl.col(column).fill_null("").str.replace_all(r"[\s\u{a0}]+", " ").str.strip_chars() for column in texts
        ]
        found = body.select(pl.concat_str(cells, separator=",").str.strip_chars_end(",").str.contains(stop_at))
        first = found.to_series().arg_max()
        if first is not None and found.item(first, 0):
            footer = tuple(line.mended() for line in lines_of(body[first:]))
            body = body[:first]
    return _without_blank_rows(body, texts), footer


def _without_blank_rows(body: pl.DataFrame, texts: list[str]) -> pl.DataFrame:
    """The rows that hold anything but white space; all are looked at only where no column is filled in every row."""
    if any(_is_filled(body[column]) for column in sorted(texts, key=lambda name: body.schema[name] == pl.String())):
        return body
    blank = [pl.col(column).cast(pl.String).str.strip_chars().fill_null("") == "" for column in texts]
    return body.filter(~pl.all_horizontal(blank))


def _is_filled(cells: pl.Series) -> bool:
    """Whether no cell of a column is blank, as far as can be told quickly: of a text only its first sign is seen."""
    if cells.null_count():
        return False
    if cells.dtype == pl.String():
        return not ((cells < "!") | cells.str.starts_with("\u00a0")).any()
    return not isinstance(cells.dtype, pl.Categorical) or all(map(str.strip, cells.dtype.categories.to_series()))


def lines_of(body: pl.DataFrame) -> tuple[Line, ...]:
    """Rows of a body as lines, blank cells at their ends left out."""
    texts = body.drop(column for column in INTERNAL if column in body.columns)
    rows = zip(body[ROW].to_list(), texts.iter_rows(), strict=True)
    return tuple(Line(row, _trimmed(cell or "" for cell in cells)) for row, cells in rows)


def _trimmed(cells: Iterable[str]) -> tuple[str, ...]:
    result = list(cells)
    while result and not result[-1]:
        result.pop()
    return tuple(result)


def header_not_found(place: str, read: Read, lines: Sequence[Line]) -> InvalidInput:
    if read.table is not None:
        return _title_not_found(place, read.table)
    seen = next((line.text for line in lines if line.text), "")[:80]
    quoted = bool(seen) and not re.search(r"\d", seen)  # a line with digits may be a person's
    return InvalidInput(
        Text(
            es=f"En las primeras {FIRST_LINES} líneas no está el encabezado que el perfil describe ({read.find}).",
            en=f"The first {FIRST_LINES} lines do not hold the header that the profile describes ({read.find}).",
        ),
        place=place,
        rule="F7",
        advice=Text(
            es=f"{f'La primera línea dice: «{seen}». ' if quoted else ''}Elija el perfil de este archivo.",
            en=f"{f'The first line says: “{seen}”. ' if quoted else ''}Choose the profile of this file.",
        ),
    )


def _title_not_found(place: str, title: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es=f"Ninguna línea es el título de la tabla que el perfil describe ({title}).",
            en=f"No line is the title of the table that the profile describes ({title}).",
        ),
        place=place,
        rule="F7",
        advice=Text(es="Elija el perfil de este archivo.", en="Choose the profile of this file."),
    )
