"""How is an XLSX workbook read? First the container is checked, then calamine reads it as text.

A workbook is refused when it is damaged, unfolds beyond the limits (declared or real), holds another archive, or
declares a document type (external entities; XML in UTF-16 could hide one and is refused too). Formula cells are found
in the sheet's own XML: one with a stored result is read (F13, info), one without cannot be.
"""

import fnmatch
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

import fastexcel
import polars as pl

from istmo.intake.grammar import FIRST_LINES, Read
from istmo.intake.limits import MIB, Limits, too_large
from istmo.intake.table import ROW, Formula, Header, Line, Table, cut, find_header, header_not_found, lines_of
from istmo.model.errors import InvalidInput
from istmo.model.text import Text

MAGIC = b"PK\x03\x04"
_CHUNK = 1 << 20
_KEPT = 8 * MIB  # below this size an entry's ratio does not matter
_NESTED = (b"PK\x03\x04", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]|t=\"e\"")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_STORED = re.compile(rb"<(?:\w+:)?v[^>/]*>([^<]+)</")
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def is_archive(data: bytes) -> bool:
    return data.startswith((MAGIC, b"PK\x05\x06"))


@dataclass(frozen=True, slots=True)
class _Checked:
    """The workbook's entries by sheet name, and those whose XML has formulas or error values."""

    parts: dict[str, str]
    special: frozenset[str]


def read_workbook(data: bytes, read: Read, limits: Limits, *, filename: str) -> Table:
    """The table of the first sheet that fits the profile; raises `InvalidInput`."""
    checked = _check(data, limits, filename=filename)
    sheets = [name for name in checked.parts if sheet_fits(name, read)]
    if not sheets:
        raise InvalidInput(
            Text(
                es=f"El libro no tiene ninguna hoja «{read.sheet}».",
                en=f"The workbook has no sheet “{read.sheet}”.",
            ),
            place=filename,
            rule="F19",
            advice=Text(
                es=f"Sus hojas son: {', '.join(checked.parts)}.", en=f"Its sheets are: {', '.join(checked.parts)}."
            ),
        )
    lines: tuple[Line, ...] = ()
    for sheet in sheets:
        cells = _cells(data, sheet, filename=filename)
        lines = lines_of(cells[:FIRST_LINES])
        header = find_header(lines, read)
        if header is not None:
            special = checked.parts[sheet] in checked.special
            return _table(data, checked.parts[sheet], special, cells, header, lines, sheet, read, limits)
    raise header_not_found(filename, read, lines)


def first_sheets(data: bytes, limits: Limits, *, filename: str) -> Iterator[tuple[str, tuple[Line, ...]]]:
    """The first lines of each sheet, by its name."""
    for sheet in _check(data, limits, filename=filename).parts:
        yield sheet, lines_of(_cells(data, sheet, filename=filename)[:FIRST_LINES])


def sheet_fits(name: str, read: Read) -> bool:
    """Whether a sheet's name is one that the profile reads."""
    return fnmatch.fnmatchcase(name.casefold(), read.sheet.casefold())


def _cells(data: bytes, sheet: str, *, filename: str) -> pl.DataFrame:
    """Every cell of a sheet as text, from its first row on, with the row's number."""
    try:
        workbook = fastexcel.read_excel(data)
        frame = workbook.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as exc:
        raise _damaged(filename) from exc
    frame = frame.rename({name: f"c{index}" for index, name in enumerate(frame.columns)})
    return frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64))


def _table(
    data: bytes,
    part: str,
    special: bool,
    cells: pl.DataFrame,
    header: Header,
    lines: tuple[Line, ...],
    sheet: str,
    read: Read,
    limits: Limits,
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
    formulas: list[Formula] = []
    errors: list[tuple[int, int, str]] = []
    if special:
        for row, column, stored, text in _special_cells(data, part, limits):
            if first <= row <= last and column < len(names):
                if text:
                    errors.append((row, column, text))
                else:
                    formulas.append(Formula(row, column, stored))
    return Table(
        sheet=sheet,
        encoding="",
        preamble=lines[: header.first],
        header=names,
        header_row=lines[header.first].row,
        body=_with_errors(body, names, errors),
        footer=footer,
        formulas=tuple(formulas),
    )


def _with_errors(body: pl.DataFrame, names: tuple[str, ...], errors: list[tuple[int, int, str]]) -> pl.DataFrame:
    """Error values (#DIV/0!) as their text: calamine leaves them blank, and a blank may mean zero."""
    for row, column, text in errors:
        name = names[column]
        body = body.with_columns(pl.when(pl.col(ROW) == row).then(pl.lit(text)).otherwise(pl.col(name)).alias(name))
    return body


def _special_cells(data: bytes, part: str, limits: Limits) -> Iterator[tuple[int, int, bool, str]]:
    """Row, column, whether a result is stored, and the error value, of each cell with a formula or an error."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(part) as entry:
        xml = entry.read(limits.unzipped)
    for match in _CELL.finditer(xml):
        attributes, inner = match[1], match[2] or b""
        is_error = b't="e"' in attributes
        if not is_error and not re.search(rb"<(?:\w+:)?f[ >/]", inner):
            continue
        reference = _REFERENCE.search(attributes)
        if reference is None:
            continue
        stored = _STORED.search(inner)
        text = stored[1].decode("utf-8", errors="replace") if is_error and stored else ""
        yield int(reference[2]), _column_number(reference[1].decode()), stored is not None, text


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _check(data: bytes, limits: Limits, *, filename: str) -> _Checked:
    """The container within the limits and without surprises; raises `InvalidInput`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > limits.entries or sum(entry.file_size for entry in entries) > limits.unzipped:
                raise too_large(filename, limits.unzipped)
            special = frozenset(entry.filename for entry in entries if _check_entry(archive, entry, limits, filename))
            return _Checked(sheet_parts(archive, filename), special)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as exc:
        raise _damaged(filename) from exc


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits, filename: str) -> bool:
    """Whether the entry has formulas or error values; no more unfolds than it declares, which was limited before."""
    size = 0
    found = False
    tail = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            if size == 0 and chunk.startswith(_NESTED):
                raise _unsafe(filename, entry.filename)
            size += len(chunk)
            if size > _KEPT and size > limits.ratio * max(entry.compress_size, 1):
                raise _swollen(filename, entry.filename, limits)
            window = tail + chunk
            if entry.filename.endswith((".xml", ".rels")):
                if _DOCTYPE.search(window) or (size == len(chunk) and b"\0" in chunk[:200]):
                    raise _unsafe(filename, entry.filename)
                found = found or _FORMULA.search(window) is not None
            tail = chunk[-16:]
    return found


def sheet_parts(archive: zipfile.ZipFile, filename: str) -> dict[str, str]:
    """The workbook's sheets in order, with the entry each stands in."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - document types were refused
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except (KeyError, ElementTree.ParseError) as exc:
        raise _damaged(filename) from exc
    targets = {relation.get("Id", ""): relation.get("Target", "") for relation in relations}
    result = {}
    for sheet in book.iter():
        if sheet.tag.rpartition("}")[2] == "sheet":
            id_ = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
            target = targets.get(id_, "")
            part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if part in archive.namelist() and "worksheets" in part:
                result[sheet.get("name", "")] = part
    return result


def _damaged(filename: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es="El libro no se puede abrir: está truncado o dañado, o no es XLSX.",
            en="The workbook cannot be opened: it is truncated or damaged, or not XLSX.",
        ),
        place=filename,
        rule="F1",
        advice=Text(
            es="Ábralo en la hoja de cálculo, guárdelo como XLSX y envíelo de nuevo.",
            en="Open it in the spreadsheet, save it as XLSX and send it again.",
        ),
    )


def _swollen(filename: str, entry: str, limits: Limits) -> InvalidInput:
    return InvalidInput(
        Text(
            es=f"Una parte del libro ocupa al abrirse más de {limits.ratio} veces su tamaño: no es un libro normal.",
            en=f"A part of the workbook unpacks to over {limits.ratio} times its size: it is no ordinary workbook.",
        ),
        place=f"{filename}, {entry}",
        rule="F5",
        advice=Text(
            es="Guarde solo la hoja que hace falta, como CSV o XLSX.",
            en="Save only the sheet that is needed, as CSV or XLSX.",
        ),
    )


def _unsafe(filename: str, entry: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es="El libro contiene otro archivo comprimido o declara entidades: no se abre.",
            en="The workbook holds another archive or declares entities: it is not opened.",
        ),
        place=f"{filename}, {entry}",
        rule="F5",
        advice=Text(es="Guárdelo de nuevo como XLSX sencillo.", en="Save it again as a plain XLSX."),
    )
