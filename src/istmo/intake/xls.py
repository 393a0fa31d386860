"""What is in an old workbook (XLS)? One stream of records (BIFF, [MS-XLS]), looked through before calamine reads it.

Calamine trusts what it reads, so it is given little: the stream alone, in a container of our own, without the records
that it does not need for the values of cells (declared extents, names, the terms of formulas). A workbook is refused
when it is encrypted, truncated or spread over more cells than the limit. From its records comes what calamine does not
tell: formulas and whether their results are stored, errors, merged cells.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from istmo.intake.compound import WRAPPED, Compound, wrapped
from istmo.intake.limits import Limits, too_large, too_spread
from istmo.intake.sheets import Merged, Special, damaged
from istmo.model.errors import InvalidInput
from istmo.model.text import Text

_BOF, _EOF, _CONTINUE = 0x0809, 0x000A, 0x003C
_ENCRYPTED, _CODEPAGE, _SHEET, _TEXTS = 0x002F, 0x0042, 0x0085, 0x00FC
_FORMULA, _STRING, _LABEL, _RICH, _BOOLERR, _MULRK, _MERGED = 0x0006, 0x0207, 0x0204, 0x00D6, 0x0205, 0x00BD, 0x00E5
_CELLS = frozenset({0x0203, 0x027E, 0x00FD, _LABEL, _RICH, _BOOLERR, _MULRK, _FORMULA})
_UNREAD = frozenset({0x0200, 0x0018, 0x0017, 0x013D, _MERGED})  # what calamine need not see
_LOOKED_AT = _CELLS | _UNREAD | {_STRING}
_NOTHING = 0xFFFF  # a type of record that nobody knows, so nobody reads
_WORKSHEET = 0
_BIFF5, _BIFF8 = 0x0500, 0x0600
_UTF16 = 1200
_CODEPAGES = {0x8001: 1252, 0x8000: 10000, 367: 1252}
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
_ON_LOAD = 2  # the program that wrote the formula left its result to be computed when the workbook is opened
_PAIR = struct.Struct("<HH")
_SHORTEST_TEXT = 10  # bytes of a LABEL that calamine can read


@dataclass(frozen=True, slots=True)
class XlsSheet:
    """What the records of a worksheet say beside its values."""

    hidden: bool
    special: tuple[Special, ...]
    merged: tuple[Merged, ...]


@dataclass(frozen=True, slots=True)
class XlsBook:
    """The workbook as calamine may have it, and its sheets in their order; None for a sheet that holds no cells."""

    data: bytes
    sheets: tuple[XlsSheet | None, ...]


def read_xls(data: bytes, limits: Limits, *, filename: str) -> XlsBook:
    """The checked workbook; raises `InvalidInput`."""
    try:
        compound = Compound(data)
        name = next((name for name in ("workbook", "book") if name in compound.streams), None)
        if name is None:
            raise _no_workbook(compound.streams, filename)
        stream = bytearray(compound.read(name))
        return _book(stream, limits, filename)
    except (ValueError, LookupError, struct.error) as exc:
        raise damaged(filename) from exc


def _book(stream: bytearray, limits: Limits, filename: str) -> XlsBook:
    if len(stream) > WRAPPED:
        raise too_large(filename, WRAPPED)
    places = _globals(stream, filename)
    sheets: list[XlsSheet | None] = []
    cells = 0
    end = 0
    read: dict[int, XlsSheet | None] = {}
    for start, hidden, kind in sorted(places):
        if start < end:
            raise ValueError("two sheets share their records")
        if kind == _WORKSHEET:
            sheet, size, end = _sheet(stream, start, hidden=hidden)
            cells += size
        else:
            sheet = None
        read[start] = sheet
        if cells > limits.cells:
            raise too_spread(filename, limits)
    sheets = [read[start] for start, _, _ in places]
    return XlsBook(wrapped("Workbook", bytes(stream)), tuple(sheets))


def _records(stream: bytearray, start: int) -> Iterator[tuple[int, int, int]]:
    """Type, place of the content and its length of each record of a substream, to its end; those within it too."""
    depth = 0
    while True:
        kind, size = _PAIR.unpack_from(stream, start)
        if start + 4 + size > len(stream):
            raise ValueError("a record is cut")
        yield kind, start + 4, size
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        start += 4 + size


def _globals(stream: bytearray, filename: str) -> list[tuple[int, bool, int]]:
    """Where each sheet begins, whether it is hidden, and its kind, from the records that come first."""
    places: list[tuple[int, bool, int]] = []
    version = _BIFF8
    texts = 0
    held = 0
    before = -1
    for kind, at, size in _records(stream, 0):
        if before < 0 and kind != _BOF:
            raise ValueError("no beginning")
        if kind == _BOF:
            version = _PAIR.unpack_from(stream, at)[0]
            if version not in (_BIFF5, _BIFF8):
                raise ValueError("a version of records that is not read")
        elif kind == _ENCRYPTED:
            raise protected(filename)
        elif kind == _CODEPAGE:
            own = struct.unpack_from("<H", stream, at)[0]
            struct.pack_into("<H", stream, at, _UTF16 if version == _BIFF8 else _CODEPAGES.get(own, own))
        elif kind == _SHEET:
            start, state, sort = struct.unpack_from("<IBB", stream, at)
            if size < 8 or start >= len(stream):
                raise ValueError("a sheet is not in the file")
            places.append((start, bool(state & 3), sort))
        elif kind == _TEXTS:
            texts, held = struct.unpack_from("<I", stream, at + 4)[0], size
        elif kind == _CONTINUE and before in (_TEXTS, _CONTINUE):
            held += size
        elif kind in _UNREAD:
            _PAIR.pack_into(stream, at - 4, _NOTHING, size)
        before = kind
    if texts > held:
        raise ValueError("more texts than the file can hold")
    return places


def _sheet(stream: bytearray, start: int, *, hidden: bool) -> tuple[XlsSheet, int, int]:
    """The sheet whose records begin at `start`, the size of the area of its cells, and where its records end."""
    first_row = first_column = 0x10000
    last_row = last_column = -1
    special: list[Special] = []
    merged: list[Merged] = []
    end = start
    for kind, at, size in _records(stream, start):
        end = at + size
        if kind not in _LOOKED_AT:
            continue
        if kind in _CELLS:
            row, column = _PAIR.unpack_from(stream, at)
            last = _PAIR.unpack_from(stream, end - 4)[1] if kind == _MULRK else column
            first_row = row if row < first_row else first_row
            last_row = row if row > last_row else last_row
            first_column = column if column < first_column else first_column
            last_column = last if last > last_column else last_column
            if kind == _FORMULA:
                special.append(_formula(stream, at, row, column))
                struct.pack_into("<H", stream, at + 20, 0)  # no terms
            elif kind == _BOOLERR and stream[at + 7]:
                special.append(Special(row + 1, column, stored=True, error=_ERRORS[stream[at + 6]]))
            elif kind in (_LABEL, _RICH):
                _PAIR.pack_into(stream, at - 4, _LABEL if size >= _SHORTEST_TEXT else _NOTHING, size)
        elif kind == _STRING and size >= 4 and special:
            formula = special[-1]
            special[-1] = Special(formula.row, formula.column, stored=True)
        elif kind == _STRING:
            _PAIR.pack_into(stream, at - 4, _NOTHING, size)
        else:
            if kind == _MERGED:
                merged += _merged(stream, at, size)
            _PAIR.pack_into(stream, at - 4, _NOTHING, size)
    area = max(last_row - first_row + 1, 0) * max(last_column - first_column + 1, 0)
    return XlsSheet(hidden, tuple(special), tuple(merged)), area, end


def _formula(stream: bytearray, at: int, row: int, column: int) -> Special:
    """[MS-XLS] 2.4.127 and 2.5.133: a number, or a mark whose first byte says what else the result is."""
    result = bytes(stream[at + 6 : at + 14])
    flags = struct.unpack_from("<H", stream, at + 14)[0]
    if result[6:] != b"\xff\xff":
        return Special(row + 1, column, stored=not (flags & _ON_LOAD and result == bytes(8)))
    if result[0] == 2:
        return Special(row + 1, column, stored=True, error=_ERRORS[result[2]])
    return Special(row + 1, column, stored=result[0] == 1)  # a text follows, if there is one, in a record of its own


def _merged(stream: bytearray, at: int, size: int) -> Iterator[Merged]:
    count = struct.unpack_from("<H", stream, at)[0]
    if size < 2 + 8 * count:
        raise ValueError("merged cells are cut")
    for number in range(count):
        first_row, last_row, first_column, last_column = struct.unpack_from("<HHHH", stream, at + 2 + 8 * number)
        yield Merged(first_row + 1, last_row + 1, first_column, last_column)


def _no_workbook(streams: Mapping[str, object], filename: str) -> InvalidInput:
    if "encryptedpackage" in streams:
        return protected(filename)
    kinds = {"worddocument": "DOC", "powerpoint document": "PPT"}
    kind = next((kind for name, kind in kinds.items() if name in streams), "")
    es, en = (f" (parece {kind})", f" (it looks like {kind})") if kind else ("", "")
    return InvalidInput(
        Text(es=f"El archivo no es un libro de cálculo{es}.", en=f"The file is no workbook{en}."),
        place=filename,
        rule="F2",
        advice=Text(es="Guarde la tabla como XLSX o CSV.", en="Save the table as XLSX or CSV."),
    )


def protected(filename: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es="El libro está protegido con contraseña y no se puede leer.",
            en="The workbook is protected with a password and cannot be read.",
        ),
        place=filename,
        rule="F1",
        advice=Text(
            es="Ábralo, quite la contraseña al guardarlo (o guárdelo como CSV) y envíelo de nuevo.",
            en="Open it, take the password off as you save it (or save it as CSV) and send it again.",
        ),
    )
