"""Which day or month does a text name? Formats are stated by the profile, never sniffed: 03/04/2016 may be either.

A date that cannot be (31/06/2016) is no date (R20). `00/00/1988` is one only where the profile says what it is worth.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from istmo.intake.grammar import Precision
from istmo.model.errors import InvalidInput
from istmo.model.labels import clean, fold
from istmo.model.text import Text

_TOKENS = {"YYYY": r"(?P<year>\d{4})", "MM": r"(?P<month>\d{1,2})", "DD": r"(?P<day>\d{1,2})"}
_SPREADSHEET = re.compile(r"(\d{4})-(\d{2})-(\d{2}) \d{2}:\d{2}:\d{2}", re.ASCII)
_MONTHS = {
    "es": (
        "enero ene",
        "febrero feb",
        "marzo mar",
        "abril abr",
        "mayo may",
        "junio jun",
        "julio jul",
        "agosto ago",
        "septiembre setiembre sept sep set",
        "octubre oct",
        "noviembre nov",
        "diciembre dic",
    ),
    "en": (
        "january jan",
        "february feb",
        "march mar",
        "april apr",
        "may",
        "june jun",
        "july jul",
        "august aug",
        "september sept sep",
        "october oct",
        "november nov",
        "december dec",
    ),
}
MONTH_LANGUAGES = tuple(_MONTHS)


@dataclass(frozen=True, slots=True)
class DatedText:
    """A day with what is known of it; with less than a day's precision, the first day of what is known."""

    day: date
    precision: Precision


@cache
def _pattern(format_: str) -> re.Pattern[str]:
    parts = re.split("(YYYY|MM|DD)", format_)
    return re.compile("".join(_TOKENS.get(part, re.escape(part)) for part in parts), re.ASCII)


def check_format(format_: str, *, place: str) -> str:
    """The format itself if it names year, month and day once each; else `InvalidInput`."""
    if sorted(re.findall("YYYY|MM|DD", format_)) != ["DD", "MM", "YYYY"] or re.search(
        "[A-Za-z]", re.sub("YYYY|MM|DD", "", format_)
    ):
        raise InvalidInput(
            Text(es=f"«{format_}» no es un formato de fecha.", en=f"“{format_}” is not a date format."),
            place=place,
            rule="F20",
            advice=Text(es="Escriba por ejemplo DD/MM/YYYY.", en="Write for example DD/MM/YYYY."),
        )
    return format_


def day(text: str, format_: str, partial: Iterable[tuple[str, Precision]] = ()) -> DatedText | None:
    """The day that `text` names, or None. A spreadsheet's own date (2016-06-01 00:00:00) needs no format."""
    text = clean(text)
    own = _SPREADSHEET.fullmatch(text)
    if own:
        return _dated(int(own[1]), int(own[2]), int(own[3]), Precision.DAY)
    match = _pattern(format_).fullmatch(text)
    if match is None:
        return None
    year, month_, day_ = int(match["year"]), int(match["month"]), int(match["day"])
    for prefix, precision in partial:
        if text.startswith(prefix):
            return _dated(year, month_ if precision is Precision.MONTH else 1, 1, precision)
    return _dated(year, month_, day_, Precision.DAY)


def _dated(year: int, month_: int, day_: int, precision: Precision) -> DatedText | None:
    if not 1900 <= year <= 2199:
        return None
    try:
        return DatedText(date(year, month_, day_), precision)
    except ValueError:
        return None


@cache
def _months(language: str) -> dict[str, int]:
    names = {name: number for number, line in enumerate(_MONTHS[language], start=1) for name in line.split()}
    return names | {f"{number:{form}}": number for number in range(1, 13) for form in ("d", "02d")}


def month_number(text: str, language: str) -> int | None:
    """1..12 for a month's name in `language` (full or short, with or without full stop) or its number."""
    return _months(language).get(fold(text).removesuffix("."))
