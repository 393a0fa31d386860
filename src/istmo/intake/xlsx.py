"""What is in an XLSX workbook, before calamine reads it? The container is checked, and its sheets' XML looked at.

A workbook is refused when it is damaged, unfolds beyond the limits (declared or real), is spread over more cells than
the limit, holds another archive, or declares a document type (external entities; XML in UTF-16 could hide one and is
refused too). Formulas, errors and merged cells are found in the sheet's own XML.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from istmo.intake.limits import MIB, Limits, too_large, too_spread
from istmo.intake.sheets import Merged, Special, damaged
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
_FAR = re.compile(rb'\br="(?:A[O-Z]|[B-Z][A-Z]|[A-Z]{3})\d')  # beyond column 40: see `Limits.cells`
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_HAS_FORMULA, _HAS_MERGED, _IS_WIDE = 1, 2, 4
_OTHERS = {
    "mimetype": ("OpenDocument (ODS)", "application/vnd.oasis"),
    "xl/workbook.bin": ("XLSB", ""),
    "word/document.xml": ("DOCX", ""),
    "ppt/presentation.xml": ("PPTX", ""),
}


def is_archive(data: bytes) -> bool:
    return data.startswith((MAGIC, b"PK\x05\x06"))


@dataclass(frozen=True, slots=True)
class XlsxSheet:
    """A worksheet whose XML is looked through when it is asked for, and only where there is something to find."""

    data: bytes
    part: str
    has: int
    unzipped: int
    hidden: bool

    @property
    def special(self) -> tuple[Special, ...]:
        return tuple(_special_cells(self._xml())) if self.has & _HAS_FORMULA else ()

    @property
    def merged(self) -> tuple[Merged, ...]:
        return tuple(_merged_cells(self._xml())) if self.has & _HAS_MERGED else ()

    def _xml(self) -> bytes:
        return _part(self.data, self.part, self.unzipped)


def read_xlsx(data: bytes, limits: Limits, *, filename: str) -> dict[str, XlsxSheet]:
    """The sheets of the workbook in order, the container being within the limits and without surprises.

    Raises `InvalidInput`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > limits.entries or sum(entry.file_size for entry in entries) > limits.unzipped:
                raise too_large(filename, limits.unzipped)
            has = {entry.filename: _check_entry(archive, entry, limits, filename) for entry in entries}
            parts = sheet_parts(archive, filename)
            hidden = _hidden(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as exc:
        raise damaged(filename) from exc
    for part in parts.values():
        if has[part] & _IS_WIDE and _area(_part(data, part, limits.unzipped)) > limits.cells:
            raise too_spread(filename, limits)
    return {name: XlsxSheet(data, part, has[part], limits.unzipped, name in hidden) for name, part in parts.items()}


def sheet_parts(archive: zipfile.ZipFile, filename: str) -> dict[str, str]:
    """The workbook's sheets in order, with the entry each stands in."""
    names = frozenset(archive.namelist())
    if "xl/workbook.xml" not in names:
        raise _other_kind(archive, names, filename)
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - document types were refused
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except (KeyError, ElementTree.ParseError) as exc:
        raise damaged(filename) from exc
    targets = {relation.get("Id", ""): relation.get("Target", "") for relation in relations}
    result = {}
    for sheet in book.iter():
        if sheet.tag.rpartition("}")[2] == "sheet":
            id_ = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
            target = targets.get(id_, "")
            part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if part in names and "worksheets" in part:
                result[sheet.get("name", "")] = part
    return result


def _hidden(archive: zipfile.ZipFile) -> frozenset[str]:
    """The names of the sheets that a person does not see."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - read once before
    sheets = (sheet for sheet in book.iter() if sheet.tag.rpartition("}")[2] == "sheet")
    return frozenset(sheet.get("name", "") for sheet in sheets if sheet.get("state", "visible") != "visible")


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits, filename: str) -> int:
    """What is in the entry, as flags; no more unfolds than it declares, which was limited before."""
    size = 0
    has = 0
    tail = b""
    is_sheet = "worksheets" in entry.filename
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
                if not has & _HAS_FORMULA and _FORMULA.search(window):
                    has |= _HAS_FORMULA
                if is_sheet and not has & _HAS_MERGED and b"mergeCell " in window:
                    has |= _HAS_MERGED
                if is_sheet and not has & _IS_WIDE and _FAR.search(window):
                    has |= _IS_WIDE
            tail = chunk[-16:]
    return has


def _part(data: bytes, part: str, unzipped: int) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(part) as entry:
        return entry.read(unzipped)


def _special_cells(xml: bytes) -> Iterator[Special]:
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
        yield Special(int(reference[2]), _column_number(reference[1]), stored is not None, text)


def _merged_cells(xml: bytes) -> Iterator[Merged]:
    for first_column, first_row, last_column, last_row in _MERGED.findall(xml):
        yield Merged(int(first_row), int(last_row), _column_number(first_column), _column_number(last_column))


def _area(xml: bytes) -> int:
    """How many cells lie between the first and the last that the sheet names, in both directions."""
    rows: set[int] = set()
    columns: set[bytes] = set()
    for reference in _REFERENCE.finditer(xml):
        columns.add(reference[1])
        rows.add(int(reference[2]))
    numbers = [*map(_column_number, columns)]
    return (max(rows, default=0) - min(rows, default=0) + 1) * (max(numbers, default=0) - min(numbers, default=0) + 1)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _other_kind(archive: zipfile.ZipFile, names: frozenset[str], filename: str) -> InvalidInput:
    """What the archive is, if it is a document that can be known by its parts."""
    for name, (kind, start) in _OTHERS.items():
        if name in names and (not start or archive.read(name).startswith(start.encode())):
            return InvalidInput(
                Text(es=f"El archivo es {kind}, no XLSX.", en=f"The file is {kind}, not XLSX."),
                place=filename,
                rule="F2",
                advice=Text(
                    es="Ábralo en su programa y guarde la tabla como XLSX o CSV.",
                    en="Open it in its program and save the table as XLSX or CSV.",
                ),
            )
    return damaged(filename)


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
