"""How is a CSV or TSV file read? The lines up to the header by the csv module, the body at once by Polars, all as text.

A body that is not regular (a quoted line break, a row with more cells than the header) is read again by the csv
module, row by row, so that every row keeps its number and an unclosed quote is found where it opens.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from istmo.intake.encoding import Decoded, decode
from istmo.intake.grammar import FIRST_LINES, Read
from istmo.intake.grid import Grid
from istmo.intake.limits import Limits, check_lines
from istmo.intake.places import Place, places, without_repeated
from istmo.intake.table import EXTRA, NOT_CODED, ROW, Coded, Line, Table, cut, header_not_found
from istmo.model.errors import InvalidInput
from istmo.model.text import Text

DELIMITERS = {",": "csv", ";": "csv", "\t": "tsv", "|": "csv"}
_HEAD = 1 << 20
_FEW_QUOTES = 100_000


def read_text(data: bytes, read: Read, limits: Limits, *, filename: str, coded: Coded = NOT_CODED) -> list[Table]:
    """The tables of a text file, the columns `coded` as codes or numbers; raises `InvalidInput`."""
    text = decode(data, read.encoding, filename=filename)
    check_lines(text.data, limits, filename=filename)
    cut_by = choose(text, read, limits, filename=filename)
    if max(len(place.header.labels) for place in cut_by.places) > limits.columns:
        raise _too_wide(filename, limits)
    if cut_by.grid is not None:
        return cut_by.grid.tables(read, where=filename)
    return [_table(text, read, cut_by.places[0], cut_by.delimiter, coded, filename=filename)]


@dataclass(frozen=True, slots=True)
class CutBy:
    """The delimiter by which the text shows the profile's tables, and where they stand.

    `grid` holds the whole text cut so, where the profile names the titles of its tables.
    """

    delimiter: str
    places: tuple[Place, ...]
    grid: Grid | None = None


def choose(text: Decoded, read: Read, limits: Limits, *, filename: str) -> CutBy:
    """Of the delimiters that show the header, the one that gives it the most cells; raises `InvalidInput`."""
    head = first_lines(text, limits)
    fitting: list[CutBy] = []
    errors: list[tuple[int, InvalidInput]] = []  # with how many cells a line has at most
    for delimiter in delimiters(read):
        width = 0
        try:
            grid = grid_of(text, delimiter, filename=filename) if read.table else None
            lines = tuple(split_lines(head, delimiter)) if grid is None else grid.lines(read)
            width = max((len(line.cells) for line in lines), default=0)
            found = places(lines, read, where=filename)
            if not found:
                raise header_not_found(filename, read, lines)
        except InvalidInput as exc:
            errors.append((width, exc))
        else:
            fitting.append(CutBy(delimiter, found, grid))
    if not fitting:
        raise max(errors, key=lambda error: error[0])[1]
    return max(fitting, key=lambda view: len(view.places[0].header.labels))


def first_lines(text: Decoded, limits: Limits) -> str:
    """Enough of the file to find any header in."""
    return text.data[: max(_HEAD, limits.line)].decode("utf-8", errors="ignore")


def delimiters(read: Read) -> tuple[str, ...]:
    """The delimiters to try: the one that the profile states, else those of its format."""
    if read.delimiter is not None:
        return (read.delimiter,)
    return tuple(sign for sign, format_ in DELIMITERS.items() if read.format in ("table", format_))


def split_lines(head: str, delimiter: str) -> Iterator[Line]:
    """The first records of a text with the line each ends on."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    try:
        for _ in range(FIRST_LINES):
            cells = next(reader, None)
            if cells is None:
                return
            yield Line(reader.line_num, tuple(cells))
    except csv.Error:
        return


def _table(text: Decoded, read: Read, place: Place, delimiter: str, coded: Coded, *, filename: str) -> Table:
    names = place.header.labels
    last = place.lines[-1].row
    body = _fast(text.data, names, delimiter, last, coded)
    if body is None:
        body = _slow(text.data, names, delimiter, last, filename=filename)
    body, footer = cut(body, read.stop_at)
    body, repeated = without_repeated(body, place, read, sheet="", where=filename)
    return Table(
        sheet="",
        encoding=text.encoding,
        preamble=place.preamble,
        header=names,
        header_row=place.header_row,
        body=body,
        footer=footer,
        notes=(*place.notes("", footer), *repeated),
    )


def _fast(data: bytes, names: tuple[str, ...], delimiter: str, skip: int, coded: Coded) -> pl.DataFrame | None:
    """The body by Polars, or None when it is not one line to a row with at most as many cells as the header."""
    start = 0
    for _ in range(skip):
        start = data.find(b"\n", start) + 1
        if start == 0:
            start = len(data)
    if start == len(data):
        return pl.DataFrame(schema={ROW: pl.Int64, **dict.fromkeys(names, pl.String)})
    plain = _plainly_quoted(data, start, delimiter.encode())
    tries = (coded, Coded(coded.texts | coded.numbers)) if plain else (NOT_CODED,)
    for coded_ in dict.fromkeys(tries):  # a number column with any other text in it is read as codes
        body = _parsed(data, {name: _type(name, coded_) for name in names}, delimiter, skip)
        if body is not None:
            break
    else:
        return None
    if not plain and body.height != data.count(b"\n", start) + (not data.endswith(b"\n")):
        return None
    numbers = pl.int_range(skip + 1, skip + 1 + body.height, dtype=pl.Int64, eager=True)
    return body.insert_column(0, numbers.alias(ROW))


def _parsed(data: bytes, schema: dict[str, pl.DataType], delimiter: str, skip: int) -> pl.DataFrame | None:
    try:
        return pl.read_csv(
            data,
            has_header=False,
            skip_lines=skip,
            separator=delimiter,
            schema=schema,
            extra_columns="raise",
            missing_columns="insert",
        )
    except pl.exceptions.PolarsError:
        return None


def _type(name: str, coded: Coded) -> pl.DataType:
    if name in coded.numbers:
        return pl.Int64()
    return pl.Categorical(pl.Categories.random()) if name in coded.texts else pl.String()


def _plainly_quoted(data: bytes, start: int, delimiter: bytes) -> bool:
    """Whether quoted cells are few, each on one line and ended by its quote.

    Only then is each line a row, and columns may be read as codes: in those Polars drops what follows a closing quote,
    where text columns refuse it.
    """
    ends = (delimiter, b"\n", b"\r", b"")
    blanks = tuple(b'""' + end for end in ends[:-1])
    opening = data.find(b'"', start)
    for _ in range(_FEW_QUOTES):
        if opening < 0:
            return True
        if data[opening : opening + 3] in blanks:
            opening = data.find(b'"', opening + 3)
            continue
        closing = data.find(b'"', opening + 1)
        while closing >= 0 and data[closing + 1 : closing + 2] == b'"':
            closing = data.find(b'"', closing + 2)
        after = data[closing + 1 : closing + 2]
        if closing < 0 or after not in ends or data.find(b"\n", opening, closing) >= 0:
            return False
        opening = data.find(b'"', closing + 1)
    return False


def _slow(data: bytes, names: tuple[str, ...], delimiter: str, skip: int, *, filename: str) -> pl.DataFrame:
    """The body record by record; raises `InvalidInput` for quotes left open."""
    columns: list[list[str | None]] = [[] for _ in names]
    numbers: list[int] = []
    extra: list[bool] = []
    for number, cells in _records(data, delimiter, skip, filename=filename):
        numbers.append(number)
        extra.append(any(cell.strip() for cell in cells[len(names) :]))
        for index, column in enumerate(columns):
            column.append(cells[index] or None if index < len(cells) else None)
    schema = {ROW: pl.Int64, EXTRA: pl.Boolean, **dict.fromkeys(names, pl.String)}
    return pl.DataFrame([numbers, extra, *columns], schema=schema)


def grid_of(text: Decoded, delimiter: str, *, filename: str) -> Grid:
    """Every cell of a text; raises `InvalidInput` for quotes left open."""
    rows = list(_records(text.data, delimiter, 0, filename=filename))
    width = max((len(cells) for _, cells in rows), default=0)
    columns = [[cells[index] or None if index < len(cells) else None for _, cells in rows] for index in range(width)]
    schema = {ROW: pl.Int64, **{f"c{index}": pl.String for index in range(width)}}
    return Grid("", text.encoding, pl.DataFrame([[number for number, _ in rows], *columns], schema=schema))


def _records(data: bytes, delimiter: str, skip: int, *, filename: str) -> Iterator[tuple[int, list[str]]]:
    """Every record below the skipped lines, with the line that it begins on; raises `InvalidInput`."""
    stream = io.StringIO(data.decode("utf-8"), newline="")
    for _ in range(skip):
        stream.readline()
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            yield skip + before + 1, cells
            before = reader.line_num
    except csv.Error as exc:
        row = skip + before + 1
        raise InvalidInput(
            Text(
                es=f"Las comillas de la fila {row} no se pueden leer: falta cerrarlas o sobra texto tras ellas.",
                en=f"The quotes of row {row} cannot be read: they are not closed, or text follows them.",
            ),
            place=f"{filename}, {row}",
            rule="F2",
            advice=Text(
                es="Corrija las comillas de esa fila y envíe el archivo de nuevo.",
                en="Mend the quotes of that row and send the file again.",
            ),
        ) from exc


def _too_wide(filename: str, limits: Limits) -> InvalidInput:
    return InvalidInput(
        Text(es=f"Hay más de {limits.columns} columnas.", en=f"There are more than {limits.columns} columns."),
        place=filename,
        rule="F5",
    )
