"""What must be said beside the figures of an answer, before somebody uses them?

Each caveat is about one reporter, or about how the reporters shown stand to each other. `notes_of` gives those of one
cell, for files in which every row carries its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from istmo.model.codes import codelist
from istmo.model.periods import Grain, Period
from istmo.model.text import Text
from istmo.registry.datasets import Break, is_organisation
from istmo.registry.members import route
from istmo.statistics.disclosure.notes import written
from istmo.statistics.explore.answer import Answer, Column
from istmo.statistics.explore.holdings import DEATHS
from istmo.statistics.explore.mixing import line_name, unit_name
from istmo.statistics.explore.origins import ALL, GROUPS, REGIONS, origin_name
from istmo.statistics.explore.question import CORRIDOR, measure_name
from istmo.statistics.wording import enumeration, in_prose, month_name, short_name

RESIDUAL = "_O"
_NAMED_PERIODS = 3
_NAMED_ROWS = 20  # the table of all nationalities of a month has each


class Weight(StrEnum):
    """Needs attention before the figure is used; good to know; nothing reported."""

    WARN = "warn"
    INFO = "info"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Caveat:
    weight: Weight
    title: Text
    text: Text


def caveats(answer: Answer) -> tuple[Caveat, ...]:
    """The caveats of an answer, those that need attention first; each once."""
    found: list[Caveat] = []
    for column in answer.columns:
        found.extend(_of_column(column))
    found.extend(_between(answer))
    found.extend(_of_kinds(answer))
    found.extend(_silent(answer))
    order = list(Weight)
    return tuple(sorted(dict.fromkeys(found), key=lambda one: order.index(one.weight)))


def protection_of(column: Column, at: Period) -> str:
    """What was done to one cell to protect people, as NOTE says it; empty where nothing was."""
    return written(column.shown(at).told)


def notes_of(column: Column, at: Period) -> tuple[Text, ...]:
    """What must be said of one cell."""
    notes = [one.text for one in column.breaks.get(at, ())]
    figure = column.figures.get(at)
    if figure is not None and figure.value is None and figure.status == "L" and column.origin != ALL:
        notes.append(_NOT_DISTINGUISHED)
    if column.origin in (*REGIONS, *GROUPS) and _fixed(column) and figure is not None and figure.value is not None:
        notes.append(_MINIMUM)
    if column.origin == ALL and at in column.held.summed:
        notes.append(_SUMMED)
    if figure is not None and figure.value is None and figure.status == "Q" and not figure.told.range:
        notes.append(WITHHELD)
    return tuple(notes)


_NOT_DISTINGUISHED = Text(
    es="La fuente no distingue este origen en este período; no es cero.",
    en="The source does not distinguish this origin in this period; it is not zero.",
)
_MINIMUM = Text(
    es="Valor mínimo: la fuente publica una lista fija; otras nacionalidades pueden estar en su residual.",
    en="A minimum: the source publishes a fixed list; other nationalities may be in its residual.",
)
WITHHELD = Text(
    es="Cifra retenida para proteger a las personas; no es cero y no se suma.",
    en="Figure withheld to protect people; it is not zero and is not added.",
)
_SUMMED = Text(
    es="Total sumado aquí dentro de este conjunto de datos; la fuente no lo imprime.",
    en="Total added up here within this dataset; the source does not print it.",
)


def _fixed(column: Column) -> bool:
    return column.line.dataset.nationality_list == "fixed"


def _of_column(column: Column) -> Iterable[Caveat]:
    name = short_name("reporter", column.line.reporter)
    origin = origin_name(column.origin)
    statuses = {one.status for one in column.figures.values() if one.value is None}
    if column.line.measure in DEATHS and column.origin != ALL:
        yield _deaths(name)
    elif "L" in statuses and column.origin != ALL:
        yield _absent(column, name, origin)
    if column.origin in (*REGIONS, *GROUPS) and _fixed(column) and column.has_value:
        yield Caveat(Weight.WARN, Text(es=f"{name.es}: valores mínimos", en=f"{name.en}: minimum values"), _MINIMUM)
    for at, broken in column.breaks.items():
        for one in broken:
            yield _break(name, at, one)
    yield from _protected(column, name)
    if "M" in statuses and column.origin == column.line.reporter:
        yield Caveat(
            Weight.INFO,
            Text(es=f"{name.es}: sus propios nacionales", en=f"{name.en}: its own nationals"),
            Text(
                es="La medida no se aplica a los nacionales del propio país (n/a).",
                en="The measure does not apply to the country’s own nationals (n/a).",
            ),
        )
    if any(one.value is None and one.status == "O" for one in column.figures.values()):
        yield _not_reported(column, name)
    if any(one.status == "P" for one in column.figures.values()):
        yield Caveat(
            Weight.INFO,
            Text(es=f"{name.es}: cifras provisionales", en=f"{name.en}: provisional figures"),
            Text(
                es="La fuente puede revisar los meses marcados con p.",
                en="The source may revise the months marked p.",
            ),
        )


def _protected(column: Column, name: Text) -> Iterable[Caveat]:
    """What a protected table does not give in each period, where its people are counted instead, and how it rounds."""
    origin = origin_name(column.origin)
    held: dict[Text, list[Period]] = {}
    for at, one in column.figures.items():
        if one.value is None and one.status == "K" and one.told.name is not None:
            held.setdefault(one.told.name, []).append(at)
    for row, periods in held.items():
        when = _periods(periods)
        yield Caveat(
            Weight.WARN,
            Text(
                es=f"{name.es}: {origin.es}, incluido en {row.es}",
                en=f"{name.en}: {origin.en}, included in {row.en}",
            ),
            Text(
                es=f"Sin cifra propia ({when.es}), para proteger a las personas: se cuentan en la fila «{row.es}», y "
                "solo en ella (incl.).",
                en=f"Without a figure of its own ({when.en}), to protect people: counted in the row “{row.en}”, and "
                "only there (incl.).",
            ),
        )
    withheld = [at for at, one in column.figures.items() if one.value is None and one.status == "Q"]
    if withheld:
        when = _periods(withheld)
        yield Caveat(
            Weight.WARN,
            Text(es=f"{name.es}: cifras retenidas", en=f"{name.en}: withheld figures"),
            Text(
                es=f"La institución retiene {when.es} para proteger a las personas. Retenido (s) no es cero: no se "
                "suma ni se dibuja, y una suma que lo contiene no tiene valor, salvo que la fuente la declare. Un "
                "intervalo como 0–9 no distingue cero de un número pequeño.",
                en=f"The institution withholds {when.en} to protect people. Withheld (s) is not zero: it is neither "
                "added nor drawn, and a sum that contains it has no value unless the source declares it. A range such "
                "as 0–9 does not tell zero from a small number.",
            ),
        )
    rounded = next((one.told for one in column.figures.values() if one.value is not None and one.told.rounded), None)
    if rounded is not None:
        how = rounded.how
        yield Caveat(
            Weight.WARN,
            Text(es=f"{name.es}: cifras aproximadas", en=f"{name.en}: approximate figures"),
            Text(
                es=f"Están marcadas con a: {how.es}. Diferencias, partes y porcentajes son de cifras redondeadas; "
                "los porcentajes se dan solo con una base de 30 o más.",
                en=f"They are marked a: {how.en}. Differences, shares and percentages are of rounded figures; "
                "percentages are given only on a base of 30 or more.",
            ),
        )
    yield from _holds(column, name, origin)


def _holds(column: Column, name: Text, origin: Text) -> Iterable[Caveat]:
    """Which nationalities stand in this row, in each period."""
    held: dict[tuple[str, ...], list[Period]] = {}
    for at in column.figures:
        printed = column.held.nationalities.get(at, {})
        codes = tuple(
            sorted(code for code, one in printed.items() if one.value is None and one.told.rolled_up == column.origin)
        )
        if codes:
            held.setdefault(codes, []).append(at)
    for codes, periods in held.items():
        named = [short_name("citizenship", code) for code in codes]
        rest = len(named) - _NAMED_ROWS
        if rest > 1:
            named = [*named[:_NAMED_ROWS], Text(es=f"{rest} nacionalidades más", en=f"{rest} more nationalities")]
        names, when = enumeration(named), _periods(periods)
        yield Caveat(
            Weight.INFO,
            Text(es=f"{name.es}: qué reúne {origin.es}", en=f"{name.en}: what {origin.en} holds"),
            Text(es=f"{names.es} ({when.es}).", en=f"{names.en} ({when.en})."),
        )


def _periods(periods: Sequence[Period]) -> Text:
    """Each period by name up to three, else the first, the last and how many."""
    ordered = sorted(periods)
    if len(ordered) <= _NAMED_PERIODS:
        return enumeration([month_name(at) for at in ordered])
    first, last = month_name(ordered[0]), month_name(ordered[-1])
    return Text(
        es=f"{len(ordered)} períodos de {first.es} a {last.es}",
        en=f"{len(ordered)} periods from {first.en} to {last.en}",
    )


def _deaths(name: Text) -> Caveat:
    return Caveat(
        Weight.INFO,
        Text(es=f"{name.es}: solo por país y mes", en=f"{name.en}: by country and month only"),
        Text(
            es="Las personas fallecidas o desaparecidas no se muestran por nacionalidad: la celda de un hecho "
            "señalaría a personas y a sus familias.",
            en="People who died or went missing are not shown by nationality: the cell of one incident would point at "
            "people and their families.",
        ),
    )


def _absent(column: Column, name: Text, origin: Text) -> Caveat:
    """The source does not distinguish the origin in some periods; how many its residual holds at most."""
    without = [at for at, one in column.figures.items() if one.value is None and one.status == "L"]
    last = max(without)
    residual = column.held.nationalities.get(last, {}).get(RESIDUAL)
    when = month_name(last)
    es = f"La fuente no distingue «{origin.es}» en todos los períodos: donde se lee n/c, no es cero."
    en = f"The source does not distinguish “{origin.en}” in every period: where n/c stands, it is not zero."
    if residual is not None and residual.value is not None:
        es += f" Su residual reúne {residual.value:,} en {when.es}: es lo más que puede haber."
        en += f" Its residual holds {residual.value:,} in {when.en}: there can be no more than that."
    return Caveat(
        Weight.WARN,
        Text(es=f"{name.es}: ausente no es cero", en=f"{name.en}: absent is not zero"),
        Text(es=es, en=en),
    )


def _break(name: Text, at: Period, one: Break) -> Caveat:
    when = month_name(at)
    return Caveat(
        Weight.WARN,
        Text(es=f"{name.es}: ruptura en {when.es}", en=f"{name.en}: break in {when.en}"),
        one.text,
    )


def _not_reported(column: Column, name: Text) -> Caveat:
    missing = [at for at, one in column.figures.items() if one.value is None and one.status == "O"]
    first, last = month_name(min(missing)), month_name(max(missing))
    es = first.es if first == last else f"{len(missing)} períodos de {first.es} a {last.es}"
    en = first.en if first == last else f"{len(missing)} periods from {first.en} to {last.en}"
    return Caveat(
        Weight.NONE,
        Text(es=f"{name.es}: no reportado aún", en=f"{name.en}: not reported yet"),
        Text(es=f"No se ha recibido {es}.", en=f"Not received: {en}."),
    )


def _between(answer: Answer) -> Iterable[Caveat]:
    """How the lines shown stand to each other, and why nothing is added."""
    stations = [line for line in answer.lines if line.reporter in route()]
    if len({line.reporter for line in stations}) > 1:
        yield Caveat(
            Weight.INFO,
            Text(es="Las columnas no se suman", en="Columns are not added"),
            Text(
                es="Una misma persona puede quedar registrada en cada país por el que pasa.",
                en="One person may be registered in each country on the way.",
            ),
        )
    units: dict[Text, list[Text]] = {}
    for line in answer.lines:
        names = units.setdefault(unit_name(line), [])
        if line_name(line) not in names:
            names.append(line_name(line))
    if len(units) > 1:
        said = [(enumeration(names), unit) for unit, names in units.items()]
        yield Caveat(
            Weight.INFO,
            Text(es="Unidades distintas", en="Different units"),
            Text(
                es="; ".join(f"{names.es}: {unit.es}" for names, unit in said) + ".",
                en="; ".join(f"{names.en}: {unit.en}" for names, unit in said) + ".",
            ),
        )


def _of_kinds(answer: Answer) -> Iterable[Caveat]:
    if any(column.origin != ALL for column in answer.columns):
        yield Caveat(
            Weight.INFO,
            Text(es="Nacionalidad según la fuente", en="Nationality as recorded"),
            Text(
                es="Ningún informante publica en qué se basa la nacionalidad ni si fue verificada.",
                en="No reporter publishes what the nationality rests on or whether it was verified.",
            ),
        )
    for line in answer.lines:
        if codelist("measure")[line.measure].attributes.get("time_basis") == "STOCK":
            yield Caveat(
                Weight.INFO,
                Text(es="Existencias a una fecha", en="A stock at a date"),
                Text(
                    es="Estas cifras se leen a la fecha de cierre y nunca se suman en el tiempo.",
                    en="These figures are read at the closing date and never added over time.",
                ),
            )
        if line.measure in DEATHS:
            yield Caveat(
                Weight.WARN,
                Text(es="Un mínimo: lo que se documentó", en="A minimum: what was documented"),
                Text(
                    es="Muchas muertes no se llegan a conocer. Un 0 dice que la fuente no documentó ningún hecho, "
                    "no que nadie haya muerto.",
                    en="Many deaths never become known. A 0 says that the source documented no incident, "
                    "not that nobody died.",
                ),
            )
        if is_organisation(line.reporter):
            name = short_name("reporter", line.reporter)
            yield Caveat(
                Weight.INFO, Text(es=f"{name.es}: cómo se cuenta", en=f"{name.en}: how it counts"), line.dataset.method
            )
    if any(at.grain is Grain.YEAR for column in answer.columns for at in column.figures):
        yield Caveat(
            Weight.INFO,
            Text(es="Cifras publicadas por año", en="Figures published by year"),
            Text(
                es="Lo que la fuente publicó solo como cifra del año no se reparte entre meses.",
                en="What the source published only as a figure of the year is not split into months.",
            ),
        )


def _silent(answer: Answer) -> Iterable[Caveat]:
    for reporter, measure in answer.silent:
        name, what = in_prose("reporter", reporter), measure_name(measure)
        yield Caveat(
            Weight.NONE,
            Text(es=f"{name.es}: sin cifras", en=f"{name.en}: no figures"),
            Text(
                es=f"No hay cifras de «{what.es}» en estos períodos."
                if measure != CORRIDOR
                else "No hay cifras de su medida del corredor en estos períodos.",
                en=f"There are no figures of “{what.en}” in these periods."
                if measure != CORRIDOR
                else "There are no figures of its corridor measure in these periods.",
            ),
        )
