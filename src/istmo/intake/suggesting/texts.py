"""What kind of text does a cell hold: a number, a sign for nothing, a date, a year, a month, words?

These are shapes only. What a sign means and how a date is ordered is asked elsewhere, with the whole column at hand.
"""

import re

from istmo.intake.dates import MONTH_LANGUAGES, month_number
from istmo.model.labels import clean, fold

SIGNS = frozenset(
    {"-", "–", "—", "--", "---", "−", ".", "..", "...", "…", "*", "**", "n/d", "n.d.", "nd", "n/a", "na", "s/d", "s.d."}
)
_NUMBER = re.compile(r"[-−+]?(?:\d{1,3}(?:[.,'\s\u2009]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)")
_YEAR_FIRST = re.compile(r"\d{4}([-/.])\d{1,2}\1\d{1,2}(?: \d{2}:\d{2}:\d{2})?")
_YEAR_LAST = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{4}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_PERIOD = re.compile(r"(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2])|-Q[1-4])?")
_TOTAL = re.compile(r"(?:sub|gran |grand )?total(?: general| nacional| general nacional)?|suma|sum|todos|todas|all")
_MARK = re.compile(r"\(\d\)|\d/|[¹²³⁴⁵⁶⁷⁸⁹*†‡]|\[\d\]")
_NOTE = re.compile(
    r"(?:fuente|nota|notas|source|note|notes|cifras|elaborad|elaboracion|grafico|datos|informacion|actualiza|"
    r"incluye|excluye|p/|r/|n/d|s/d|los datos|las cifras|the data|figures|provisional|preliminar|corte|fecha de)"
)


def is_number(text: str) -> bool:
    return _NUMBER.fullmatch(clean(text)) is not None


def is_sign(text: str) -> bool:
    return fold(text) in SIGNS


def is_date(text: str) -> bool:
    plain = clean(text)
    return _YEAR_FIRST.fullmatch(plain) is not None or _YEAR_LAST.fullmatch(plain) is not None


def is_year(text: str) -> bool:
    return _YEAR.fullmatch(clean(text)) is not None


def is_period(text: str) -> bool:
    """Whether the text is a year, a month or a quarter as `istmo.model.periods` writes them."""
    return _PERIOD.fullmatch(clean(text)) is not None


def month_language(text: str) -> str | None:
    """The first language in which the text names a month; a number alone names none."""
    if any(sign.isdigit() for sign in text):
        return None
    return next((language for language in MONTH_LANGUAGES if month_number(text, language)), None)


def is_total(text: str) -> bool:
    return _TOTAL.fullmatch(fold(text)) is not None


def begins_as_note(text: str) -> bool:
    """Whether a line that begins so says something about the table instead of belonging to it."""
    return _MARK.match(clean(text)) is not None or _NOTE.match(fold(text)) is not None


def is_data(text: str) -> bool:
    """Whether a cell is of the kind that headers do not have."""
    return is_number(text) or is_sign(text) or is_date(text)
