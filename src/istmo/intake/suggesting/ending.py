"""Where does the table end? At the first of its last lines that only says something: a note, a source, a caveat.

The lines are recognised by how they begin and by holding no figure beside it. The pattern that the profile gets names
the beginnings of all of them, and is refused when a row of the table begins so too.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import polars as pl

from istmo.intake.suggesting.heading import escaped
from istmo.intake.suggesting.texts import begins_as_note, is_data
from istmo.intake.table import INTERNAL, Line, cut, lines_of
from istmo.model.labels import clean

_LAST = 60
_LONG = 40  # a single cell longer than this is a sentence
_MARKS = (
    (re.compile(r"\(\d\)"), r"\(\d\)"),
    (re.compile(r"\[\d\]"), r"\[\d\]"),
    (re.compile(r"[¹²³⁴⁵⁶⁷⁸⁹]"), "[¹²³⁴⁵⁶⁷⁸⁹]"),
    (re.compile(r"\*"), r"\*"),
    (re.compile(r"\d/"), r"\d/"),
)


@dataclass(frozen=True, slots=True)
class Ending:
    """`stop_at` (None: nothing follows the table) with the body and the lines that it makes; `after`: rows beyond."""

    stop_at: str | None
    body: pl.DataFrame
    footer: tuple[Line, ...]
    after: int


def ending_of(body: pl.DataFrame) -> Ending:
    """The body of the table without its last lines."""
    last = lines_of(body[-_LAST:])
    notes = _notes(last)
    if not notes:
        return Ending(None, body, (), _beyond(body))
    stop_at = _pattern(notes, body)
    if stop_at is None:
        return Ending(None, body, (), 0)
    kept, footer = cut(body, stop_at)
    return Ending(stop_at, kept, footer, sum(_holds_data(line) for line in footer))


def _notes(last: Sequence[Line]) -> list[Line]:
    """The lines at the end that are notes, from the first of them on."""
    return list(takewhile(_is_note, reversed(last)))[::-1]


def _is_note(line: Line) -> bool:
    filled = [clean(cell) for cell in line.cells if cell.strip()]
    if not line.cells[0].strip():
        return len(filled) == 1 and not is_data(filled[0])
    words = begins_as_note(filled[0])
    if len(filled) == 1:
        return words or len(filled[0]) > _LONG
    return words and not any(map(is_data, filled[1:]))


def _holds_data(line: Line) -> bool:
    return len([cell for cell in line.cells if cell.strip()]) > 1 and any(map(is_data, map(clean, line.cells)))


def _beyond(body: pl.DataFrame) -> int:
    """Rows of figures below a note in the middle: a second table, which this profile does not read."""
    column = next(name for name in body.columns if name not in INTERNAL)
    texts = body[column].unique().drop_nulls().to_list()
    notes = [text for text in texts if begins_as_note(clean(text)) and len(clean(text)) > 3]
    rows = body.filter(pl.col(column).is_in(notes))
    lines = [line for line in lines_of(rows) if _is_note(line)]
    return body.filter(pl.col("#row") > lines[0].row).height if lines else 0


def _pattern(notes: Sequence[Line], body: pl.DataFrame) -> str | None:
    """The beginnings of the notes as one pattern that no row of the table has."""
    texts = [line.text for line in notes if line.text]
    first = notes[0].row
    rows = body.filter(pl.col("#row") < first)
    for words in (1, 2, 4, 8):
        indented = ",*" if any(text.startswith(",") for text in texts) else ""
        stop_at = f"^{indented}({'|'.join(dict.fromkeys(_beginning(text, words) for text in texts))})"
        if not cut(rows, stop_at)[1]:
            return stop_at
    return None


def _beginning(text: str, words: int) -> str:
    text = text.lstrip(",")
    for mark, pattern in _MARKS:
        if mark.match(text):
            return pattern
    beginning = re.match(rf"(?:[^\s,;:]+\s?){{1,{words}}}", text)
    return escaped(beginning[0].strip() if beginning else text[:20])
