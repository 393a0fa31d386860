"""Which encoding is a text file in? A byte order mark decides; else UTF-8 if all of it is; else what the profile says.

The profile says CP1252 unless it names another. Statistical detectors are wrong for Spanish (they take CP1252 for
CP1250 or MacRoman), so none is used; CP850 has no mark of its own and is read only when the profile names it. A text
that is partly UTF-8 and partly CP1252 is read as CP1252; what that damages is mended cell by cell (`mending`).
"""

import codecs
import re
from dataclasses import dataclass

from istmo.model.errors import InvalidInput
from istmo.model.text import Text

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_KINDS = (
    (b"%PDF", "PDF"),
    (b"\xd0\xcf\x11\xe0", "XLS"),
    (b"\x09\x04\x06\x00", "XLS (Excel 4)"),
    (b"\x09\x02\x06\x00", "XLS (Excel 3)"),
    (b"\x09\x00\x04\x00", "XLS (Excel 2)"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"PAR1", "Parquet"),
    (b"{\\rtf", "RTF"),
)
_MARKUP = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*(?:(<!doctype\s+html|<html|<head|<body|<table|<meta|<style)|(<\?xml|<\w+:?Workbook)|(MIME-Version:))",
    re.IGNORECASE | re.DOTALL,
)
_CONTROLS = bytes(sign for sign in range(32) if sign not in b"\t\n\r\f\x1a")
_NEITHER = re.compile(rb"(?<![\xc2\xc3])(?<!\xe2\x80)[\x81\x8d\x8f\x90\x9d]")  # in neither CP1252 nor UTF-8 of Spanish
_CP1252 = {number: bytes([number]).decode("cp1252", errors="ignore") or number for number in range(0x80, 0xA0)}
_CHUNK = 1 << 20
_MARKED = 4096


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text as UTF-8 without mark, lines ended by \\n (or \\r\\n), and the encoding that it was in."""

    data: bytes
    encoding: str


def decode(data: bytes, legacy: str, *, filename: str) -> Decoded:
    """The text of a file; `legacy` is the encoding to use when it is not Unicode. Raises `InvalidInput`."""
    for start, kind in _KINDS:
        if data.startswith(start):
            raise _no_text(filename, kind)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(_unicode(data, mark, encoding, filename), encoding, filename)
    if _is_utf8(data):
        return _checked(data, "utf-8", filename)
    if b"\0" in data:
        raise _no_text(filename, "")
    encoding = "cp1252" if legacy == "utf-8" else legacy
    return _checked(_decoded(data, encoding, filename).encode(), encoding, filename)


def _unicode(data: bytes, mark: bytes, encoding: str, filename: str) -> bytes:
    body = data[len(mark) :]
    if encoding != "utf-8":
        return _decoded(body, encoding, filename).encode()
    if not _is_utf8(body):
        raise _unknown(filename, encoding)
    return body


def _is_utf8(data: bytes) -> bool:
    """Strictly, over the whole file: the only accent may stand in the last row."""
    if data.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(view[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(data: bytes, encoding: str, filename: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as exc:
        if encoding == "cp1252" and not _NEITHER.search(data):
            return data.decode("latin-1").translate(_CP1252)
        raise _unknown(filename, encoding) from exc


def _checked(data: bytes, encoding: str, filename: str) -> Decoded:
    head = data[:_CHUNK]
    markup = _MARKUP.match(head[:_MARKED])
    if markup is not None:
        raise _not_a_table(filename, ("HTML", "XML", "MHTML")[(markup.lastindex or 1) - 1])
    if b"\0" in data or len(head.translate(None, _CONTROLS)) < len(head):
        raise _no_text(filename, "")
    if b"\r" in head and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    return Decoded(data.removesuffix(b"\x1a"), encoding)


def _no_text(filename: str, kind: str) -> InvalidInput:
    es = f" (parece {kind})" if kind else ""
    en = f" (it looks like {kind})" if kind else ""
    return InvalidInput(
        Text(es=f"El archivo no es texto ni XLSX ni XLS{es}.", en=f"The file is neither text nor XLSX nor XLS{en}."),
        place=filename,
        rule="F2",
        advice=Text(es="Guárdelo como CSV en UTF-8 o como XLSX.", en="Save it as CSV in UTF-8 or as XLSX."),
    )


def _not_a_table(filename: str, kind: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es=f"Por dentro el archivo es {kind}, diga lo que diga su nombre: ni tabla de texto ni libro de cálculo.",
            en=f"Inside, the file is {kind}, whatever its name says: neither a table in text nor a workbook.",
        ),
        place=filename,
        rule="F2",
        advice=Text(
            es="Ábralo en la hoja de cálculo, guárdelo como libro XLSX (no como página web) y envíe ese archivo.",
            en="Open it in the spreadsheet, save it as an XLSX workbook (not as a web page) and send that file.",
        ),
    )


def _unknown(filename: str, encoding: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es=f"No se reconoce la codificación del texto: no es UTF-8 ni {encoding}.",
            en=f"The encoding of the text is not recognised: neither UTF-8 nor {encoding}.",
        ),
        place=filename,
        rule="F3",
        advice=Text(
            es="Guárdelo en UTF-8, o nombre la codificación en el perfil (read.encoding).",
            en="Save it in UTF-8, or name the encoding in the profile (read.encoding).",
        ),
    )
