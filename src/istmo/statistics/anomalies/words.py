"""How is an anomaly told: what was registered, what is usual, whether it is the season, what services may need?

Sentences name the reporter and its unit, say from which months the usual is taken, and end with services, never with
people as a burden (`wording.banned_words`). After a fall they say what to look at before a service is reduced.
"""

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from istmo.model.codes import codelist
from istmo.model.periods import Period
from istmo.model.text import Text
from istmo.registry.languages import languages_of
from istmo.statistics.anomalies.values import Band, Direction, Kind, Review, Subject, Why
from istmo.statistics.brief.sentences import AN_EVENT
from istmo.statistics.comparability import Figure, Series
from istmo.statistics.wording import (
    MONTHS_EN,
    MONTHS_ES,
    enumeration,
    first_letter_down,
    first_letter_up,
    in_prose,
    month_name,
    short_name,
)

RETURNS = ("DEPORT", "EXPUL", "EXPUL_T42", "RET_ASS", "RET_AVRR", "RET_REC")
OF_CHILDREN = ("CHANNEL", "RET_ASS_CH")


def told(
    figure: Figure,
    subject: Subject,
    month: Period,
    direction: Direction,
    *,
    of_year: Band,
    of_season: Band | None,
    years: int,
) -> Text:
    """What was registered and what is usual; `years`: how many earlier years of the month can be compared."""
    head, side = _registered(figure, subject, month), _side(direction)
    usual = Text(
        es=f"{head.es}, {side.es} de lo usual: en {of_year.figures} meses comparables de los doce anteriores la "
        f"mediana es {_whole(of_year.median)} y lo usual va de {_from(of_year)} a {_to(of_year)}.",
        en=f"{head.en}, {side.en} what is usual: in {of_year.figures} comparable months of the twelve before the "
        f"median is {_whole(of_year.median)} and the usual goes from {_from(of_year)} to {_to(of_year)}.",
    )
    parts = [usual, _season(month, of_season, years)]
    if figure.status == "P":
        parts.append(Text(es="La cifra es provisional.", en="The figure is provisional."))
    if figure.series.dataset.unit == "EVENT":
        parts.append(AN_EVENT)
    return Text(es=" ".join(part.es for part in parts), en=" ".join(part.en for part in parts))


def needs(measure: str, subject: Subject, direction: Direction) -> Text:
    """What services may need; after a fall, what to look at before any of them is reduced."""
    if direction is Direction.BELOW:
        return Text(
            es="Antes de reducir servicios conviene comprobar si cambiaron el registro, la entrega o la ruta.",
            en="Before services are reduced, it is worth checking whether registration, delivery or the route changed.",
        )
    services, interpretation = _services(measure, subject), _interpretation(subject)
    return Text(
        es=f"{services.es} pueden necesitar más capacidad{interpretation.es}.",
        en=f"{services.en} may need more capacity{interpretation.en}.",
    )


def why_left_out(why: Why, *, months: int, needed: int, since: Period) -> Text:
    """`since`: the month of the break; `months`: how many of the twelve before can be compared."""
    at = month_name(since)
    match why:
        case Why.DOUBTFUL:
            return Text(
                es="Otro informante parece leer la misma etiqueta con otro código (R18a).",
                en="Another reporter seems to read the same label under another code (R18a).",
            )
        case Why.BREAK:
            return Text(
                es=f"La serie tiene una ruptura en {at.es}: de los doce meses anteriores se pueden comparar {months} y "
                f"hacen falta {needed}.",
                en=f"The series has a break in {at.en}: of the twelve months before, {months} can be compared, and "
                f"{needed} are needed.",
            )
        case _:
            return Text(
                es=f"De los doce meses anteriores hay {months} con cifra y hacen falta {needed}.",
                en=f"Of the twelve months before, {months} have a figure, and {needed} are needed.",
            )


def name_of(subject: Subject) -> Text:
    """What is looked at, for a head: `Total`, `Niñas y niños`, `Guinea`."""
    match subject.kind:
        case Kind.TOTAL:
            return Text(es="Total", en="Total")
        case Kind.CHILDREN:
            return Text(es="Niñas y niños", en="Children")
        case Kind.UNACCOMPANIED:
            return Text(es="Niñez no acompañada", en="Unaccompanied children")
        case _:
            return short_name("citizenship", subject.code)


def as_json(found: Review) -> dict[str, Any]:
    """The anomalies of a month and what was left out, with each sentence in both languages."""
    return {
        "month": str(found.month),
        "examined": found.examined,
        "anomalies": [
            {
                "id": one.id,
                **_subject_json(one.series, one.subject, one.figure),
                "direction": one.direction.value,
                "of_year": _band_json(one.of_year),
                "of_season": _band_json(one.of_season) if one.of_season else None,
                "text": one.text.as_json(),
                "needs": one.needs.as_json(),
                "policy_changes": [change.id for change in one.changes],
            }
            for one in found.anomalies
        ],
        "left_out": [
            {**_subject_json(one.series, one.subject, one.figure), "why": one.why.value, "text": one.text.as_json()}
            for one in found.left_out
        ],
    }


def _subject_json(series: Series, subject: Subject, figure: Figure) -> dict[str, Any]:
    return {
        "dataset": series.dataset.id,
        "measure": series.measure,
        "unit": series.dataset.unit,
        "what": subject.kind.value,
        "citizenship": subject.code,
        "value": figure.value,
        "status": figure.status,
    }


def _band_json(usual: Band) -> dict[str, float]:
    return {"median": usual.median, "mad": usual.mad, "figures": usual.figures}


def _registered(figure: Figure, subject: Subject, month: Period) -> Text:
    """`De personas de Guinea, Honduras registró 1,005 ingresos irregulares en agosto de 2023`."""
    series, value, at = figure.series, figure.value or 0, month_name(month)
    name, noun = in_prose("reporter", series.reporter), series.dataset.counted[series.measure].of(value)
    of_whom = _of_whom(subject)
    said = Text(
        es=f"{name.es} registró {value:,} {noun.es} en {at.es}",
        en=f"{name.en} registered {value:,} {noun.en} in {at.en}",
    )
    if of_whom is None:
        return Text(es=first_letter_up(said.es), en=first_letter_up(said.en))
    return Text(es=f"{of_whom.es}, {said.es}", en=f"{of_whom.en}, {said.en}")


def _of_whom(subject: Subject) -> Text | None:
    match subject.kind:
        case Kind.TOTAL:
            return None
        case Kind.CHILDREN:
            return Text(es="De niñas y niños", en="Of children")
        case Kind.UNACCOMPANIED:
            return Text(es="De niñas y niños no acompañados", en="Of unaccompanied children")
        case _:
            origin = in_prose("citizenship", subject.code)
            return Text(es=f"De personas de {origin.es}", en=f"Of people from {origin.en}")


def _side(direction: Direction) -> Text:
    if direction is Direction.ABOVE:
        return Text(es="por encima", en="above")
    return Text(es="por debajo", en="below")


def _season(month: Period, of_season: Band | None, years: int) -> Text:
    name = Text(es=MONTHS_ES[month.number - 1], en=MONTHS_EN[month.number - 1])
    if of_season is not None:
        return Text(
            es=f"También está fuera de lo usual para {name.es}: en {of_season.figures} años anteriores la mediana es "
            f"{_whole(of_season.median)} y lo usual va de {_from(of_season)} a {_to(of_season)}.",
            en=f"It is also outside what is usual for {name.en}: in {of_season.figures} earlier years the median is "
            f"{_whole(of_season.median)} and the usual goes from {_from(of_season)} to {_to(of_season)}.",
        )
    return Text(
        es=f"De {name.es} {_years_es(years)}: aún no se sabe si es propio de la temporada.",
        en=f"Of {name.en} {_years_en(years)}: whether it belongs to the season is not known yet.",
    )


def _years_es(years: int) -> str:
    return {0: "no hay años anteriores comparables", 1: "hay 1 año anterior comparable"}.get(
        years, f"hay {years} años anteriores comparables"
    )


def _years_en(years: int) -> str:
    return {0: "there are no comparable earlier years", 1: "there is 1 comparable earlier year"}.get(
        years, f"there are {years} comparable earlier years"
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """Words that may be empty in both languages."""

    es: str = ""
    en: str = ""


def _services(measure: str, subject: Subject) -> Text:
    if subject.kind is Kind.UNACCOMPANIED:
        return Text(
            es="La protección a la niñez, la tutela, el alojamiento propio para niñas y niños y el contacto familiar",
            en="Child protection, guardianship, accommodation of their own for children and family contact",
        )
    if subject.kind is Kind.CHILDREN or measure in OF_CHILDREN:
        return Text(
            es="La protección a la niñez, la salud infantil y el alojamiento para familias",
            en="Child protection, child health and accommodation for families",
        )
    if measure in RETURNS:
        return Text(
            es="La información sobre asilo, la orientación, la salud y el transporte para personas retornadas",
            en="Information on asylum, orientation, health and transport for people returned",
        )
    return Text(
        es="La recepción, el alojamiento, el agua, la salud y la información",
        en="Reception, accommodation, water, health and information",
    )


def _interpretation(subject: Subject) -> _Words:
    """In which languages, where the registry names one that is not Spanish."""
    spoken = languages_of(subject.code) if subject.kind is Kind.NATIONALITY else ()
    if not spoken or "es" in spoken:
        return _Words()
    languages = codelist("language")
    names = enumeration(
        [Text(es=first_letter_down(languages[each].name).es, en=languages[each].name.en) for each in spoken]
    )
    return _Words(
        es=f", con interpretación en {names.es} según lo que cada persona pida",
        en=f", with interpretation in {names.en} as each person asks",
    )


def _whole(value: float) -> str:
    return f"{round(value):,}"


def _from(usual: Band) -> str:
    """The lowest whole number within the band; a count is never below zero."""
    return f"{max(0, ceil(usual.low)):,}"


def _to(usual: Band) -> str:
    return f"{floor(usual.high):,}"
