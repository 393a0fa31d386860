"""How are the files of an office read: a table of counts and the hierarchy of each dimension?

    cube = read_table(lines, rules, hierarchies, name="table.csv")

`table.csv` has one column a dimension, named as in the rules, and `n`; rows are leaf cells, and totals if the table
prints them (they must be the sum of their parts). A combination without a row is 0. `hierarchy.csv` has the columns
`code` and `parent`; the root's parent is empty. Everything is UTF-8 with commas; a byte order mark is no matter.
Whatever is wrong is an `InvalidInput` with `name:line`.
"""

import codecs
import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import IO

from istmo.model.csvtext import text_field
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.statistics.disclosure.cube import GREATEST, Cube, cube
from istmo.statistics.disclosure.hierarchy import Hierarchy, hierarchy
from istmo.statistics.disclosure.rules import Rules

COUNT = "n"
CELLS = 20_000_000
_OTHER_DELIMITERS = {";": "«;»", "\t": "tab", "|": "«|»"}


def read_hierarchy(stream: IO[bytes], *, dimension: str, name: str) -> Hierarchy:
    """The hierarchy of a file; columns other than `code` and `parent` are not read.

    Two codes that `published.csv` would write alike are refused: `=A` gets an apostrophe there.
    """
    records = records_of(stream, name)
    head = head_of(records, name)
    columns = [_column(head, wanted, name) for wanted in ("code", "parent")]
    pairs = [(line, (record[columns[0]].strip(), record[columns[1]].strip())) for line, record in records]
    codes = {code for _, (code, _) in pairs}
    for line, (code, _) in pairs:
        if text_field(code) != code and text_field(code) in codes:
            raise _wrong(
                f"El código «{code}» se escribe igual que «{text_field(code)}» en una hoja de cálculo.",
                f"The code “{code}” is written like “{text_field(code)}” for a spreadsheet.",
                f"{name}:{line}",
            )
    line = _faulty_line(pairs)
    return hierarchy(dimension, (pair for _, pair in pairs), place=f"{name}:{line}" if line else name)


def read_table(stream: IO[bytes], rules: Rules, hierarchies: Mapping[str, Hierarchy], *, name: str) -> Cube:
    """The cube of a table, its dimensions in the order of the table's columns."""
    records = records_of(stream, name)
    head = head_of(records, name)
    expected = [one.name for one in rules.dimensions]
    for wanted in (*expected, COUNT):
        _column(head, wanted, name)
    for column in head:
        if column not in (*expected, COUNT):
            raise _wrong(
                f"La columna «{column}» no es una dimensión de las reglas.",
                f"The column “{column}” is no dimension of the rules.",
                f"{name}:1",
                Text(
                    es=f"Las columnas son: {', '.join(expected)}, {COUNT}.",
                    en=f"The columns are: {', '.join(expected)}, {COUNT}.",
                ),
            )
    dimensions = [hierarchies[column] for column in head if column != COUNT]
    _check_size(dimensions, name)
    at = head.index(COUNT)
    places = _Places(name)
    read = cube(dimensions, _rows(records, at, places), places=places)
    if not places.lines:
        raise _wrong("El archivo no tiene filas.", "The file has no rows.", name)
    return read


class _Places(dict[int, str]):
    """Where the i-th row stands, without a text for each row."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.lines: list[int] = []

    def get(self, number: int, default: str = "") -> str:  # type: ignore[override]
        return f"{self.name}:{self.lines[number]}"


def _rows(records: Iterator[tuple[int, list[str]]], at: int, places: _Places) -> Iterator[tuple[Sequence[str], int]]:
    for line, record in records:
        places.lines.append(line)
        codes = [field.strip() for field in record]
        yield codes[:at] + codes[at + 1 :], _count(codes[at], f"{places.name}:{line}")


def whole_number(said: str) -> int | None:
    """The count in plain digits; None for anything else. What is beyond `GREATEST` is one more than that."""
    if not (said.isascii() and said.isdigit()):
        return None
    digits = said.lstrip("0") or "0"
    return min(int(digits), GREATEST + 1) if len(digits) <= 16 else GREATEST + 1


def _count(said: str, place: str) -> int:
    if (count := whole_number(said)) is not None:
        return count
    raise InvalidInput(
        Text(
            es=f"«{said}» no es un recuento: un número entero de personas o hechos, cero o más, sin signos ni puntos.",
            en=f"“{said}” is no count: a whole number of persons or events, zero or more, without signs or points.",
        ),
        place=place,
        rule="F114",
    )


def records_of(stream: IO[bytes], name: str) -> Iterator[tuple[int, list[str]]]:
    """The records with the line on which each ends, every one as long as the head; blank lines are passed over."""
    reader = csv.reader(_lines(stream, name), strict=True)
    width = 0
    while True:
        try:
            record = next(reader, None)
        except csv.Error as exc:
            raise _wrong(
                "La línea no es CSV: hay comillas sin cerrar o un signo extraño.",
                "The line is no CSV: quotes are not closed, or a sign is strange.",
                f"{name}:{reader.line_num}",
            ) from exc
        if record is None:
            return
        if not record or record == [""]:
            continue
        width = width or len(record)
        if len(record) != width:
            raise _wrong(
                f"La fila tiene {len(record)} campos y el encabezado {width}.",
                f"The row has {len(record)} fields and the head {width}.",
                f"{name}:{reader.line_num}",
            )
        yield reader.line_num, record


def _lines(stream: IO[bytes], name: str) -> Iterator[str]:
    for number, raw in enumerate(stream, 1):
        line = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
        if number == 1 and raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise _wrong("El archivo está en UTF-16.", "The file is UTF-16.", f"{name}:1", _SAVE_AS)
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as exc:
            raise _wrong("La línea no está en UTF-8.", "The line is not UTF-8.", f"{name}:{number}", _SAVE_AS) from exc
        if "\0" in text:
            raise _wrong("El archivo no es de texto.", "The file is no text.", f"{name}:{number}", _SAVE_AS)
        yield text


def head_of(records: Iterator[tuple[int, list[str]]], name: str) -> list[str]:
    first = next(records, None)
    if first is None:
        raise _wrong("El archivo está vacío.", "The file is empty.", name)
    head = [field.strip() for field in first[1]]
    for sign, told in _OTHER_DELIMITERS.items():
        if len(head) == 1 and sign in head[0]:
            raise _wrong(
                f"Las columnas están separadas con {told}; se esperaban comas.",
                f"The columns are separated by {told}; commas were expected.",
                f"{name}:1",
                _SAVE_AS,
            )
    for one, other in pairwise(sorted(head)):
        if one == other:
            raise _wrong(f"La columna «{one}» está dos veces.", f"The column “{one}” is there twice.", f"{name}:1")
    return head


def _column(head: Sequence[str], wanted: str, name: str) -> int:
    if wanted in head:
        return head.index(wanted)
    raise _wrong(
        f"Falta la columna «{wanted}».",
        f"The column “{wanted}” is missing.",
        f"{name}:1",
        Text(es=f"El archivo tiene: {', '.join(head)}.", en=f"The file has: {', '.join(head)}."),
    )


def _faulty_line(pairs: Iterable[tuple[int, tuple[str, str]]]) -> int:
    """The first line that makes a hierarchy unusable; 0 where no single line does."""
    pairs = list(pairs)
    codes = {code for _, (code, _) in pairs}
    seen: set[str] = set()
    rooted = False
    for line, (code, parent) in pairs:
        if not code or code in seen or (parent and parent not in codes) or (not parent and rooted):
            return line
        seen.add(code)
        rooted = rooted or not parent
    above = {code: parent for _, (code, parent) in pairs}
    return next((line for line, (code, _) in pairs if _in_circle(code, above)), 0)


def _in_circle(code: str, above: Mapping[str, str]) -> bool:
    """Whether the way up from a code comes back to it."""
    seen: set[str] = set()
    at = above[code]
    while at and at != code and at not in seen:
        seen.add(at)
        at = above[at]
    return at == code


def _check_size(dimensions: Sequence[Hierarchy], name: str) -> None:
    cells = 1
    for dimension in dimensions:
        cells *= len(dimension.codes)
    if cells > CELLS:
        raise _wrong(
            f"La tabla tendría {cells:,} celdas; se admiten {CELLS:,}.",
            f"The table would have {cells:,} cells; {CELLS:,} are allowed.",
            name,
        )


_SAVE_AS = Text(es="Guárdelo como CSV UTF-8 delimitado por comas.", en="Save it as CSV UTF-8, comma delimited.")


def _wrong(es: str, en: str, place: str, advice: Text | None = None) -> InvalidInput:
    return InvalidInput(Text(es=es, en=en), place=place, advice=advice, rule="F1")
