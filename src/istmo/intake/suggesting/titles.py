"""What do the lines around the table say? Which table it is, its year or month, that its figures are provisional.

A line that may name a person ("Elaborado por", an address) is left out of everything that is shown or written.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from istmo.intake.dates import MONTH_LANGUAGES, month_number
from istmo.intake.suggesting.heading import escaped
from istmo.intake.suggesting.values import Block, Guess
from istmo.intake.table import Line
from istmo.model.labels import fold
from istmo.model.text import Text

_NUMBERED = re.compile(
    r"(?i)\b(?:cuadro|tabla|table|anexo|annex|gr[aá]fico|figure)\s*(?:n[oº°]?\.?\s*)?[\dIVX]+(?:[.\-]\d+)*"
)
_LEADING = re.compile(r"^\d+(?:\.\d+)+")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_WORD = r"[A-Za-zÁÉÍÓÚáéíóúñÑ]+"
_MONTH_YEAR = re.compile(rf"(?i)(?<!\w)({_WORD})(?:\s+(?:de|del|of))?[\s,/-]+((?:19|20)\d\d)(?!\d)")
_PRIVATE = re.compile(
    r"(?:elabor|prepar|respons|autor|firma|contacto|revis|aprob|correo|e-?mail|tel|por:|by:|compiled|signed|director|jefe)"
)
_PRELIMINARY = re.compile(
    r"(?i)^\W*((?:cifras|datos) (?:preliminares|provisionales)|preliminar\w*|provisional\w*|"
    r"(?:preliminary|provisional) (?:data|figures))"
)
_LONGEST = 70


@dataclass(frozen=True, slots=True)
class Captured:
    """A capture of the profile: its names, its block, and what it finds in this file."""

    names: tuple[str, ...]
    block: Block
    values: tuple[str, ...]
    guess: Guess

    @property
    def key(self) -> str:
        return " + ".join(self.names)


def is_private(line: str) -> bool:
    """Whether a line outside the table may name or address a person."""
    return _PRIVATE.search(fold(line)) is not None or "@" in line


def title_of(preamble: Sequence[Line]) -> str | None:
    """The line that says what the table is: a numbered one, else the longest; None where there is none."""
    lines = [line.text for line in preamble if line.text and not is_private(line.text)]
    numbered = [line for line in lines if _NUMBERED.search(line) or _LEADING.search(line)]
    return max(numbered or lines, key=len, default=None)


def first_lines_of(preamble: Sequence[Line]) -> tuple[str, Guess] | None:
    """The pattern by which the file is recognised: the number of its table, else the words of its title."""
    title = title_of(preamble)
    if title is None:
        return None
    number = _LEADING.search(title) or _NUMBERED.search(title)
    if number is not None:
        pattern = f"^{escaped(number[0])}" if number.start() == 0 else escaped(number[0])
        why = Text(es="el título numera el cuadro", en="the title numbers the table")
    else:
        pattern = _without_dates(title)
        why = Text(es="así empieza el título, sin fechas", en="so the title begins, without dates")
    shown = Text(es=f"Se reconoce por sus primeras líneas: {why.es}.", en=f"Recognised by its first lines: {why.en}.")
    return pattern, Guess("recognise", pattern, shown)


def _without_dates(title: str) -> str:
    """The beginning of a title up to what changes from one month to the next."""
    cut = min([match.start() for match in (_YEAR.search(title), re.search(r"\d", title)) if match] + [_LONGEST])
    words = title[:cut].rstrip(" ,;:-(")
    words = re.sub(r"(?i)[\s,]*(?:año|ano|year|de|del|al|a|enero|january)$", "", words).rstrip(" ,;:-(")
    return f"^{escaped(words or title[:_LONGEST])}"


def month_and_year(preamble: Sequence[Line]) -> Captured | None:
    """The one month that the lines before the table name, with its year; None when they name none or several."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for line in preamble:
        for match in _MONTH_YEAR.finditer(line.text):
            if any(month_number(match[1], language) for language in MONTH_LANGUAGES):
                found.setdefault((fold(match[1]), match[2]), (line.text, match[0]))
    if len(found) != 1:
        return None
    whole, text = next(iter(found.values()))
    named = _MONTH_YEAR.search(whole, whole.index(text))
    assert named is not None
    if _other_months(whole, named[1]):
        return None
    before = whole[: whole.index(text)]
    pattern = f"{_generalised(before)}({_CAPTURED_WORD}){_between(text, named)}(\\d{{4}})"
    guess = Guess(
        "capture",
        f"{named[1]} {named[2]}",
        Text(
            es=f"El mes y el año están antes de la tabla: {named[1]} {named[2]}.",
            en=f"The month and the year stand before the table: {named[1]} {named[2]}.",
        ),
    )
    return Captured(("month", "year"), _block("preamble", pattern), (named[1], named[2]), guess)


_CAPTURED_WORD = r"\w+"


def _other_months(line: str, month: str) -> bool:
    words = re.findall(_WORD, line)
    return any(
        fold(word) != fold(month) and any(month_number(word, language) for language in MONTH_LANGUAGES)
        for word in words
        if len(word) > 3
    )


def _between(text: str, match: re.Match[str]) -> str:
    return escaped(text[len(match[1]) : -len(match[2])])


def _generalised(before: str) -> str:
    """The words before a date as a pattern in which every number is any number."""
    words = " ".join(before.split()[-5:])
    end = " " if before.endswith(" ") and words else ""
    return re.sub(r"\d+", r"\\d+", escaped(words)) + end


def year_of(preamble: Sequence[Line]) -> tuple[Captured | None, tuple[str, ...]]:
    """The one year that the lines before the table name, and all that they name when they are several."""
    found: dict[str, tuple[str, int]] = {}
    for line in preamble:
        for match in _YEAR.finditer(line.text):
            found.setdefault(match[0], (line.text, match.start()))
    if len(found) != 1:
        return None, tuple(found)
    year, (whole, start) = next(iter(found.items()))
    before, after = whole[:start], whole[start + 4 :]
    word = re.search(rf"({_WORD}:?\s+)$", before)
    if word and any(month_number(word[1].strip(" :"), language) for language in MONTH_LANGUAGES):
        word, before = None, before[-1:]  # the word changes from month to month
    if not after.strip(" ,.;:)"):
        lead = escaped(word[1] if word else before[-2:]) if before else "^"
        pattern = f"{lead}(\\d{{4}}){escaped(after)}$"
    else:
        pattern = f"{escaped(word[1]) if word else ''}(\\d{{4}})"
    if word and fold(word[1]).strip(" :") in ("ano", "año", "year"):
        pattern = f"{escaped(word[1])}(\\d{{4}})"
    guess = Guess(
        "capture",
        year,
        Text(es=f"El año está antes de la tabla: {year}.", en=f"The year stands before the table: {year}."),
    )
    return Captured(("year",), _block("preamble", pattern), (year,), guess), (year,)


def preliminary(footer: Sequence[Line], preamble: Sequence[Line]) -> Captured | None:
    """The line that says that the figures are provisional, as a flag."""
    for where, lines in (("footer", footer), ("preamble", preamble)):
        for line in lines:
            match = _PRELIMINARY.search(line.text)
            if match is not None:
                guess = Guess(
                    "capture",
                    match[1],
                    Text(
                        es="Una nota dice que las cifras son preliminares.",
                        en="A note says that the figures are provisional.",
                    ),
                )
                block: Block = {"in": where, "match": f"(?i)^\\W*{escaped(match[1].lower())}", "as": "flag"}
                return Captured(("provisional",), block, ("yes",), guess)
    return None


def _block(where: str, pattern: str) -> Block:
    return {"in": where, "match": pattern, "required": "yes"}
