"""How are names, lists and months written inside a sentence, in both languages, and which words are never written?"""

import re
from collections.abc import Sequence

from istmo.model.codes import codelist
from istmo.model.periods import Grain, Period
from istmo.model.text import Text

MONTHS_ES = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

# Words that a sentence of ours never holds: they stigmatise people, picture them as a disaster, or promise a figure
# that cannot exist (the total flow of the region).
_BANNED = re.compile(
    r"\bilegal\w*|\billegal\w*|\baliens?\b|\bindocumentad\w*|\bundocumented\b|\bclandestin\w*"
    r"|\boleadas?\b|\bavalanchas?\b|\bavalanches?\b|\binvasi[oó]n\w*|\bwaves?\b|\bsurg(?:es?|ed|ing)\b|\bflood\w*"
    r"|\binflux\w*|\bswarm\w*|\bhordas?\b|\bhordes?\b|\bcrisis\b|\bcrises\b|\bvulnerables?\b|\bhind[úu]e?s?\b"
    r"|\bflujo total de la regi[oó]n\b|\btotal flow of the region\b|\btotal regional\b|\bregional total\b",
    re.IGNORECASE,
)

# Names that take an article in a sentence. English names of these kinds begin with one of these words.
_ARTICLE_EN = (
    "Bahamas",
    "Central African Republic",
    "Comoros",
    "DR ",
    "Democratic",
    "Dominican Republic",
    "Gambia",
    "Maldives",
    "Marshall Islands",
    "Netherlands",
    "Philippines",
    "Republic of",
    "Russian Federation",
    "Solomon Islands",
    "Syrian Arab Republic",
    "United",
)
_ARTICLE_ES = ("Federación", "República")


def banned_words(sentence: str) -> tuple[str, ...]:
    """The words in a sentence that must not be there, as they stand; empty for a sentence that may be read."""
    return tuple(found.group(0) for found in _BANNED.finditer(sentence))


def short_name(codelist_id: str, code: str) -> Text:
    """The short name of a code where its list has one, else its name: for heads, rows and sentences."""
    found = codelist(codelist_id)[code]
    return Text(
        es=found.attributes.get("short_es", found.name.es),
        en=found.attributes.get("short_en", found.name.en),
    )


def in_prose(codelist_id: str, code: str) -> Text:
    """The short name inside a sentence: `the United States`, `la República Dominicana`."""
    name = short_name(codelist_id, code)
    return Text(
        es=f"la {name.es}" if name.es.startswith(_ARTICLE_ES) else name.es,
        en=f"the {name.en}" if name.en.startswith(_ARTICLE_EN) else name.en,
    )


def first_letter_up(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def first_letter_down(text: Text) -> Text:
    """A head as part of a sentence; the names used here begin with no proper noun."""
    return Text(es=text.es[:1].lower() + text.es[1:], en=text.en[:1].lower() + text.en[1:])


def enumeration(items: Sequence[Text]) -> Text:
    """`A, B y C` / `A, B and C`; Spanish *y* becomes *e* before the sound i."""
    return Text(es=_joined([i.es for i in items], "es"), en=_joined([i.en for i in items], "en"))


def _joined(items: Sequence[str], language: str) -> str:
    if len(items) == 1:
        return items[0]
    word = "and" if language == "en" else ("e" if _sounds_like_i(items[-1]) else "y")
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def _sounds_like_i(word: str) -> bool:
    lower = word.lower()
    return lower.startswith(("i", "í", "hi", "hí")) and not lower.startswith(("hie", "ia", "ie", "io"))


def month_name(month: Period) -> Text:
    """`agosto de 2023`, `August 2023`; a year `2016` is itself."""
    if month.grain is not Grain.MONTH:
        return Text(es=str(month), en=str(month))
    return Text(
        es=f"{MONTHS_ES[month.number - 1]} de {month.year}",
        en=f"{MONTHS_EN[month.number - 1]} {month.year}",
    )


def month_beside(month: Period, other: Period) -> Text:
    """The month's name without its year where `other`, just named, has the same: `julio`, `July`."""
    if month.year != other.year or month.grain is not Grain.MONTH:
        return month_name(month)
    return Text(es=MONTHS_ES[month.number - 1], en=MONTHS_EN[month.number - 1])


def month_short(month: Period) -> Text:
    """`ago 2023`, `Aug 2023`: for heads and axes."""
    return Text(
        es=f"{MONTHS_ES[month.number - 1][:3]} {month.year}",
        en=f"{MONTHS_EN[month.number - 1][:3]} {month.year}",
    )
