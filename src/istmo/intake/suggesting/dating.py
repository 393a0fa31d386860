"""In which order is a date written? Year first says it; else a number over 12 proves which one is the day.

Without such a number both orders are possible ("03/04/2016"), and with one in each place the column has no order: then
a person decides. The proof is counted, never quoted: a date may be a person's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from istmo.intake.suggesting.values import Decision, Guess, Node, Open, Option
from istmo.model.labels import clean
from istmo.model.text import Text

_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?: 00:00:00)?")


@dataclass(frozen=True, slots=True)
class Dating:
    """The format (or the open place of the decision), the beginnings of dates that are known in part, the evidence."""

    format: Node
    partial: Mapping[str, str]
    guess: Guess | None
    decision: Decision | None


def dating(texts: Mapping[str, int], *, column: str, place: str) -> Dating:
    """The order of the dates in a column of distinct texts with their counts."""
    last = [(match, count) for text, count in texts.items() if (match := _YEAR_LAST.fullmatch(clean(text)))]
    first = [(match, count) for text, count in texts.items() if (match := _YEAR_FIRST.fullmatch(clean(text)))]
    if sum(count for _, count in first) >= sum(count for _, count in last):
        sign = first[0][0][2]
        why = Text(es="el año va primero", en="the year stands first")
        return Dating(f"YYYY{sign}MM{sign}DD", {}, _guess(place, f"YYYY{sign}MM{sign}DD", column, why), None)
    sign = last[0][0][2]
    known = [(match, count) for match, count in last if int(match[1]) and int(match[3])]
    days = sum(count for match, count in known if int(match[1]) > 12)
    months = sum(count for match, count in known if int(match[3]) > 12)
    partial = _partial([match for match, _ in last], sign)
    day_first, month_first = f"DD{sign}MM{sign}YYYY", f"MM{sign}DD{sign}YYYY"
    if days and not months:
        why = Text(
            es=f"en {days} fechas el primer número pasa de 12 y el segundo nunca",
            en=f"in {days} dates the first number is over 12 and the second never is",
        )
        return Dating(day_first, partial, _guess(place, day_first, column, why), None)
    if months and not days:
        why = Text(
            es=f"en {months} fechas el segundo número pasa de 12 y el primero nunca",
            en=f"in {months} dates the second number is over 12 and the first never is",
        )
        return Dating(month_first, partial, _guess(place, month_first, column, why), None)
    id_ = f"date.{column}"
    return Dating(Open(id_), partial, None, _decision(id_, column, day_first, month_first, days, months))


def _decision(id_: str, column: str, day_first: str, month_first: str, days: int, months: int) -> Decision:
    if days:
        evidence = Text(
            es=f"En {days} fechas el primer número pasa de 12 y en {months} el segundo: no hay un solo orden.",
            en=f"In {days} dates the first number is over 12 and in {months} the second: there is not one order.",
        )
    else:
        evidence = Text(
            es="Ningún número pasa de 12: los dos órdenes son posibles, ambiguo.",
            en="No number is over 12: both orders are possible, ambiguous.",
        )
    return Decision(
        id_,
        Text(es=f"¿En qué orden están las fechas de «{column}»?", en=f"In which order are the dates of “{column}”?"),
        options=(
            Option(day_first, Text(es="día, mes, año", en="day, month, year")),
            Option(month_first, Text(es="mes, día, año", en="month, day, year")),
        ),
        evidence=(evidence,),
    )


def _partial(matches: list[re.Match[str]], sign: str) -> dict[str, str]:
    """Beginnings of dates without day or without day and month: `00/00/1988` is a year."""
    result = {}
    if any(not int(match[1]) and not int(match[3]) for match in matches):
        result[f"00{sign}00{sign}"] = "year"
    if any(not int(match[1]) and int(match[3]) for match in matches):
        result[f"00{sign}"] = "month"
    return result


def _guess(place: str, format_: str, column: str, why: Text) -> Guess:
    return Guess(place, format_, Text(es=f"Fechas de «{column}»: {why.es}.", en=f"Dates of “{column}”: {why.en}."))
