"""Where does the period of a figure stand? In columns, in the labels of a wide table, in the title, or not in the file.

What the file does not say becomes a parameter, which the user gives with every load; a fiscal year's first month and a
choice between two columns of dates are decisions.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from istmo.intake.dates import MONTH_LANGUAGES, day, month_number
from istmo.intake.suggesting.columns import Plan, is_fiscal, says
from istmo.intake.suggesting.dating import dating
from istmo.intake.suggesting.fields import Drafted
from istmo.intake.suggesting.shapes import Shape
from istmo.intake.suggesting.titles import Captured
from istmo.intake.suggesting.values import Block, Decision, Guess, Node, Open, Option
from istmo.model.labels import clean
from istmo.model.text import Text

_MONTHS = (
    ("enero", "January"), ("febrero", "February"), ("marzo", "March"), ("abril", "April"), ("mayo", "May"),
    ("junio", "June"), ("julio", "July"), ("agosto", "August"), ("septiembre", "September"),
    ("octubre", "October"), ("noviembre", "November"), ("diciembre", "December"),
)  # fmt: skip


@dataclass(slots=True)
class Timed(Drafted):
    """The field PERIOD with the parameters that it asks for."""

    parameters: Block = field(default_factory=dict)


def period_of(
    plan: Plan, body: pl.DataFrame, *, year: Captured | None, years: Sequence[str], month: Captured | None, wide: str
) -> Timed:
    """The field PERIOD. `wide` is the name of the dimension of a wide table of months or periods, else ""."""
    timed = Timed()
    if wide and plan.wide and plan.wide.kind == "month":
        language = _language(plan.wide.labels)
        timed.entries["PERIOD"] = {"from": wide, "period": {"month": language, "year": _year(plan, year, years, timed)}}
    elif wide and plan.wide and plan.wide.kind == "period":
        timed.entries["PERIOD"] = {"from": wide, "period": {"grain": _grain(plan.wide.labels)}}
    elif plan.month is not None:
        _of_month(plan, plan.month, year, years, timed)
    elif plan.dates:
        _of_dates(plan.dates, body, timed)
    elif plan.period is not None:
        timed.entries["PERIOD"] = {"from": plan.period.label, "period": {"grain": _grain(tuple(plan.period.texts))}}
        _add(timed, plan.period.label, Text(es="Sus textos son períodos.", en="Its texts are periods."))
    elif plan.year is not None:
        _of_years(plan.year, timed)
    elif month is not None:
        timed.entries["PERIOD"] = {
            "const": "$month",
            "period": {"month": _language([month.values[0]]), "year": "$year"},
        }
    elif year is not None:
        _of_title(year, timed)
    else:
        timed.parameters["period"] = _parameter("month", Text(es="Mes del cuadro", en="Month of the table"))
        timed.entries["PERIOD"] = {"const": "$period", "period": {"grain": "M"}}
        why = Text(es="El archivo no dice su mes.", en="The file does not say its month.")
        _add(timed, "--set period=2024-01", why)
    return timed


def _of_month(plan: Plan, month: Shape, year: Captured | None, years: Sequence[str], timed: Timed) -> None:
    english = "en" if says("month", month.label) else ""
    how: Block = {"month": _language(tuple(month.texts), english), "year": _year(plan, year, years, timed)}
    block: Block = {"from": month.label, "period": how}
    if plan.year is not None and is_fiscal(plan.year.label):
        how["fiscal_start"] = Open("fiscal_start")
        block["keep_as"] = "SOURCE_PERIOD"
        timed.decisions.append(_fiscal_decision(plan.year))
    timed.entries["PERIOD"] = block
    _add(
        timed, month.label, Text(es=f"Los meses están en «{month.label}».", en=f"The months stand in “{month.label}”.")
    )


def _year(plan: Plan, year: Captured | None, years: Sequence[str], timed: Timed) -> Node:
    if plan.year is not None:
        plain = plan.year.is_of_years
        return {"from": plan.year.label} if plain else {"from": plan.year.label, "match": "^(\\d{4})"}
    if year is not None:
        return "$year"
    timed.parameters["year"] = _parameter("year", Text(es="Año del cuadro", en="Year of the table"))
    why = Text(es="El archivo no dice su año.", en="The file does not say its year.")
    if years:
        why = Text(
            es=f"Antes de la tabla hay varios años ({', '.join(years)}): ambiguo, lo dice quien carga el archivo.",
            en=f"Several years stand before the table ({', '.join(years)}): ambiguous, who loads the file says it.",
        )
    _add(timed, "--set year=2024", why)
    return "$year"


def _parameter(type_: str, title: Text) -> Node:
    return {"type": type_, "required": "yes", "title": {"es": title.es, "en": title.en}}


def _of_title(year: Captured, timed: Timed) -> None:
    """A title that names a year and no single month: the figures may be of the year, or of a month in it."""
    title = Text(es="Mes del cuadro, si no es de todo el año", en="Month of the table, if it is not of the whole year")
    timed.parameters["period"] = {"type": "month", "title": {"es": title.es, "en": title.en}}
    timed.entries["PERIOD"] = Open("PERIOD")
    timed.decisions.append(
        Decision(
            "PERIOD",
            Text(es="¿De qué período son las cifras?", en="Of which period are the figures?"),
            options=(
                Option(
                    {"const": "$year", "period": {"grain": "A"}},
                    Text(
                        es=f"de todo el año del título ({year.values[0]})",
                        en=f"of the title's whole year ({year.values[0]})",
                    ),
                ),
                Option(
                    {"const": "$period", "period": {"grain": "M"}},
                    Text(es="de un mes: --set period=2024-01", en="of one month: --set period=2024-01"),
                ),
            ),
            evidence=(
                Text(
                    es="El título nombra un año y ningún mes solo: ambiguo.",
                    en="The title names a year and no single month: ambiguous.",
                ),
            ),
        )
    )


def _of_years(year: Shape, timed: Timed) -> None:
    if year.is_of_years:
        timed.entries["PERIOD"] = {"from": year.label, "period": {"grain": "A"}}
        _add(timed, year.label, Text(es="Sus textos son años.", en="Its texts are years."))
        return
    timed.parameters["period"] = _parameter("year", Text(es="Año del cuadro", en="Year of the table"))
    timed.entries["PERIOD"] = {"const": "$period", "period": {"grain": "A"}}


def _of_dates(dates: Sequence[Shape], body: pl.DataFrame, timed: Timed) -> None:
    """The column of dates; where several are as good, a decision between them."""
    chosen = good_dates(dates, body)
    shape = chosen[0]
    dated = dating(shape.texts, column=shape.label, place="fields.PERIOD")
    source: Node = shape.label
    if len(chosen) > 1:
        source = Open("PERIOD.from")
        timed.decisions.append(_column_decision(chosen))
    block: Block = {"from": source, "date": dated.format, "period": {"grain": "M"}}
    days = _days(shape, dated.format)
    timed.decisions += [dated.decision] if dated.decision else []
    timed.guesses += [dated.guess] if dated.guess else []
    if days:
        block["period"] = _grains(days, timed)
    timed.entries["PERIOD"] = block


def good_dates(dates: Sequence[Shape], body: pl.DataFrame) -> list[Shape]:
    """The columns of dates that do not follow from another one."""
    labels = [shape.label for shape in dates]
    good = [
        shape for shape in dates if not _follows(body, shape.label, [name for name in labels if name != shape.label])
    ]
    return good or list(dates)


def _follows(body: pl.DataFrame, column: str, others: Sequence[str]) -> bool:
    """Whether another column says what this one says and more: one text there never goes with two here."""
    for other in others:
        both = body.select(column, other).n_unique()
        if both == body[other].n_unique() and body[other].n_unique() > body[column].n_unique():
            return True
    return False


def _column_decision(shapes: Sequence[Shape]) -> Decision:
    return Decision(
        "PERIOD.from",
        Text(es="¿Qué columna dice el período de la cifra?", en="Which column says the period of the figure?"),
        options=tuple(
            Option(shape.label, Text(es=f"{shape.distinct} fechas distintas", en=f"{shape.distinct} distinct dates"))
            for shape in shapes
        ),
        evidence=(
            Text(
                es="Varias columnas tienen fechas y ninguna sigue de otra: ambiguo.",
                en="Several columns hold dates and none follows from another: ambiguous.",
            ),
        ),
    )


def _days(shape: Shape, format_: Node) -> list[date]:
    if not isinstance(format_, str):
        return []
    return sorted({found.day for text in shape.texts if (found := day(text, format_)) is not None})


def _grains(days: Sequence[date], timed: Timed) -> Node:
    """Months; years before the first year that has more than its January, when there are such years."""
    by_year: dict[int, set[int]] = {}
    for each in days:
        by_year.setdefault(each.year, set()).add(each.month)
    monthly = [year for year, months in by_year.items() if months != {1}]
    yearly = [year for year in by_year if monthly and year < min(monthly)]
    if not monthly and len(by_year) > 1:
        timed.decisions.append(_grain_decision(None, len(by_year)))
        return {"grain": Open("PERIOD.grain")}
    if not yearly or (len(yearly) < 2 and len(monthly) < 2):
        return {"grain": "M"}
    timed.decisions.append(_grain_decision(date(min(monthly), 1, 1), len(yearly)))
    return Open("PERIOD.grain")


def _grain_decision(before: date | None, years: int) -> Decision:
    question = Text(es="¿De qué período son las cifras?", en="Of which period are the figures?")
    months, annual = Text(es="de cada mes", en="of each month"), Text(es="de cada año", en="of each year")
    if before is None:
        options = (Option("A", annual), Option("M", months))
    else:
        split: Node = {"when": [{"before": before.isoformat(), "grain": "A"}, {"grain": "M"}]}
        title = Text(
            es=f"de cada año antes de {before}, luego de cada mes",
            en=f"of each year before {before}, of each month after",
        )
        options = (Option(split, title), Option({"grain": "M"}, months))
    evidence = Text(
        es=f"{years} años tienen solo la fecha de enero.",
        en=f"{years} years have a date in January only.",
    )
    return Decision("PERIOD.grain", question, options, (evidence,))


def _fiscal_decision(year: Shape) -> Decision:
    starts = (10, 1, 4, 7, *(number for number in range(1, 13) if number not in (10, 1, 4, 7)))
    return Decision(
        "fiscal_start",
        Text(es="¿En qué mes empieza el año fiscal?", en="In which month does the fiscal year start?"),
        options=tuple(
            Option(str(number), Text(es=_MONTHS[number - 1][0], en=_MONTHS[number - 1][1])) for number in starts
        ),
        evidence=(
            Text(
                es=f"El encabezado dice «{year.label}» y no cuándo empieza.",
                en=f"The header says “{year.label}” and not when it starts.",
            ),
        ),
    )


def _language(labels: Sequence[str], header: str = "") -> str:
    """The language in which most of the labels are months; that of the header, or Spanish, where both read them all."""
    order = sorted(MONTH_LANGUAGES, key=lambda name: name != header)
    return max(order, key=lambda name: sum(month_number(clean(label), name) is not None for label in labels))


def _grain(labels: Sequence[str]) -> str:
    if all(re.fullmatch(r"\d{4}", clean(label)) for label in labels):
        return "A"
    return "Q" if any("Q" in label for label in labels) else "M"


def _add(timed: Timed, shown: str, why: Text) -> None:
    timed.guesses.append(Guess("fields.PERIOD", shown, why))
