"""As what can the file be seen? The first lines of each sheet, or of the text cut by each delimiter, and its encoding.

The encoding is proved where it can be: a mark, or bytes that are UTF-8 throughout. Bytes that are neither are read as
the one encoding in which every letter beyond ASCII is one that Spanish or English uses; several such are a decision.
"""

import codecs
from dataclasses import dataclass

from istmo.intake.encoding import decode
from istmo.intake.limits import Limits, check_lines
from istmo.intake.suggesting.values import Decision, Guess, Option
from istmo.intake.table import Line
from istmo.intake.textfile import DELIMITERS, first_lines, split_lines
from istmo.intake.workbook import first_sheets, is_workbook
from istmo.model.text import Text

LEGACY = ("cp1252", "cp850", "mac-roman")
_LETTERS = frozenset("áéíóúüñÁÉÍÓÚÜÑ¿¡«»“”’‘–—…°ºª€·´¹²³ \u00a0")
_NAMES = {",": "coma / comma", ";": "punto y coma / semicolon", "\t": "tabulador / tab", "|": "barra / bar"}


@dataclass(frozen=True, slots=True)
class View:
    """The first lines of a sheet (`delimiter` "") or of the text cut by a delimiter."""

    sheet: str
    delimiter: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """Every view, the encoding that the profile names (None: any), and what speaks for it."""

    views: tuple[View, ...]
    encoding: str | None
    guess: Guess | None
    decision: Decision | None


def see(data: bytes, limits: Limits, *, filename: str) -> Seen:
    """Raises `InvalidInput` for what is neither text nor a workbook."""
    if is_workbook(data):
        views = tuple(View(sheet, "", lines) for sheet, lines in first_sheets(data, limits, filename=filename))
        return Seen(views, None, None, None)
    encoding, guess, decision = _encoding(data)
    text = decode(data, encoding or LEGACY[0], filename=filename)
    check_lines(text.data, limits, filename=filename)
    head = first_lines(text, limits)
    views = tuple(View("", delimiter, tuple(split_lines(head, delimiter))) for delimiter in DELIMITERS)
    return Seen(views, encoding, guess, decision)


def delimiter_guess(delimiter: str, width: int) -> Guess:
    es, en = _NAMES[delimiter].split(" / ")
    return Guess(
        "read.delimiter",
        es,
        Text(es=f"Separador: {es}; da {width} columnas.", en=f"Delimiter: {en}; it gives {width} columns."),
    )


def _encoding(data: bytes) -> tuple[str | None, Guess | None, Decision | None]:
    mark = next((name for start, name in _MARKS if data.startswith(start)), None)
    if mark is not None:
        return None, _guess(mark, f"la marca del principio dice {mark}", f"the mark at its start says {mark}"), None
    if data.isascii():
        return None, _guess("ascii", "solo hay signos ASCII", "there are only ASCII signs"), None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _legacy(data)
    return None, _guess("utf-8", "todo el archivo es UTF-8", "the whole file is UTF-8"), None


_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def _legacy(data: bytes) -> tuple[str | None, Guess | None, Decision | None]:
    possible = [name for name in LEGACY if _letters(data, name) is not None]
    fitting = [name for name in possible if all(sign in _LETTERS for sign in _letters(data, name) or "")]
    if len(fitting) == 1:
        name = fitting[0]
        return (
            name,
            _guess(
                name,
                f"no es UTF-8; solo en {name} son del español todas las letras con signo",
                f"it is not UTF-8; only in {name} are all letters beyond ASCII those of Spanish",
            ),
            None,
        )
    decision = Decision(
        "encoding",
        Text(es="¿En qué codificación está el archivo?", en="Which encoding is the file in?"),
        options=tuple(Option(name, _sample(data, name)) for name in (fitting or possible)),
        evidence=(
            Text(
                es="No es UTF-8 y las letras con signo no dicen cuál es.",
                en="It is not UTF-8 and the letters beyond ASCII do not say which it is.",
            ),
        ),
    )
    return (fitting or possible)[0], None, decision


def _letters(data: bytes, encoding: str) -> str | None:
    """The signs beyond ASCII as the encoding has them; None when it has no sign for a byte."""
    try:
        return bytes(sorted({byte for byte in set(data) if byte > 127})).decode(encoding)
    except UnicodeDecodeError:
        return None


def _sample(data: bytes, encoding: str) -> Text:
    """The letters in which the encodings differ: letters only, never words."""
    shown = " ".join((_letters(data, encoding) or "")[:24])
    return Text(es=shown, en=shown)


def _guess(shown: str, es: str, en: str) -> Guess:
    return Guess("read", shown, Text(es=f"Codificación: {es}.", en=f"Encoding: {en}."))
