"""T8 and T8B: how many asylum applications, decisions and pending cases does UNHCR publish for each member?

UNHCR publishes years, by country of origin and of asylum. A row here is one country of asylum, one authority and
instance, one stage: `Mexico, new applications, government, first instance`. Rows are never added: one application may
pass through several instances, one person may apply in several countries, and the unit is persons in one country and
cases in another.

No figure here is exact. UNHCR prints no value from 1 to 4 (they become 5 or 0), and a row adds the figures of many
origins: its status is E, and its second line says how many of them are a printed 5.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import polars as pl

from istmo.model.codes import codelist
from istmo.model.periods import Grain, Period
from istmo.model.text import Text
from istmo.registry.datasets import Dataset
from istmo.registry.members import members
from istmo.statistics.brief.cells import Notes, change, count
from istmo.statistics.brief.material import Material
from istmo.statistics.brief.sources import source_lines
from istmo.statistics.brief.values import Cell, CellKind, Column, Row, Table
from istmo.statistics.comparability import Comparability, Figure, Series, about, compare
from istmo.statistics.wording import first_letter_down, first_letter_up, in_prose, short_name

SECTION = Text(es="Asilo", en="Asylum")
STAGES = ("ASY_APP", "ASY_APP_REP", "ASY_APP_REV", "ASY_APP_NEW_REP", "ASY_APP_NEW_REV", "ASY_APP_STAGE_U")
PENDING = "ASY_PEN"
OUTCOMES = ("ASY_REC", "ASY_COMP", "ASY_REJ", "ASY_CLO")
MEASURES = (*STAGES, PENDING, *OUTCOMES)
FOLDED = 5  # what UNHCR prints for a small count that it does not print as 0

UNITS = {
    "PERSON_SOURCE": Text(es="personas", en="persons"),
    "CASE": Text(es="casos", en="cases"),
    "PERSON": Text(es="personas al 31 de diciembre", en="persons at 31 December"),
}
SMALL_COUNTS = Text(es="ACNUR imprime los valores de 1 a 4 como 5 o 0", en="UNHCR prints values from 1 to 4 as 5 or 0")
NOT_EXACT = Text(
    es="Ninguna cifra de esta tabla es exacta (e): para proteger a las personas, el ACNUR no imprime valores de 1 a 4 "
    "por país de origen; aparecen como 5 o 0. La segunda línea de cada fila dice cuántas de las cifras que reúne son "
    "un 5 impreso, que puede ser de 1 a 5; un 0 puede ser de 0 a 4.",
    en="No figure of this table is exact (e): to protect people UNHCR prints no value from 1 to 4 by country of "
    "origin; they appear as 5 or 0. The second line of each row says how many of the figures that it takes together "
    "are a printed 5, which may be 1 to 5; a 0 may be 0 to 4.",
)
UNIT = Text(
    es="La unidad está en la segunda línea: personas, como las cuenta la fuente, o casos, que pueden incluir varias "
    "personas.",
    en="The unit stands in the second line: persons, as the source counts them, or cases, which may hold several "
    "persons.",
)
NOT_ADDED = Text(
    es="Las filas no se suman: una solicitud puede pasar por varias instancias, y una persona puede solicitar asilo en "
    "más de un país o más de una vez.",
    en="Rows are not added: one application may pass through several instances, and one person may apply in more than "
    "one country or more than once.",
)
NO_DAYS = Text(
    es="La mediana de días hasta la decisión no se publica en esta fuente.",
    en="The median of days to a decision is not published by this source.",
)
NO_RATE = Text(
    es="Las decisiones de un año son a menudo de solicitudes de años anteriores: no se dividen entre las solicitudes "
    "del año, y aquí no se calcula ninguna tasa.",
    en="Decisions of a year are often of applications of earlier years: they are not divided by the applications of "
    "the year, and no rate is computed here.",
)


@dataclass(frozen=True, slots=True)
class Key:
    """What a row is about: country of asylum, authority and instance, measure, unit."""

    area: str
    channel: str
    measure: str
    unit: str


@dataclass(frozen=True, slots=True)
class Printed:
    """What the source printed of a key in a year: the sum over origins, how many of them, how many a 5."""

    value: int
    origins: int
    folded: int


@dataclass(frozen=True, slots=True)
class Asylum:
    """The last whole year before the month that is held, and the year before it; figures by year and key."""

    year: Period
    figures: Mapping[Period, Mapping[Key, Printed]]
    datasets: Mapping[str, Dataset]  # by measure

    @property
    def before(self) -> Period:
        return self.year.plus(-1)

    def keys(self, measures: Sequence[str]) -> tuple[Key, ...]:
        """The keys of the two years, by member in its order, then authority and instance, then measure."""
        order = [member.code for member in members()]
        channels = codelist("entry_mode").ids
        units = list(UNITS)
        found = {key for figures in self.figures.values() for key in figures}
        chosen = [key for key in found if key.measure in measures]
        return tuple(
            sorted(
                chosen,
                key=lambda key: (
                    order.index(key.area),
                    measures.index(key.measure),
                    channels.index(key.channel),
                    units.index(key.unit),
                ),
            )
        )

    def series(self, key: Key) -> Series:
        name, channel = in_prose("reporter", key.area), codelist("entry_mode")[key.channel].name
        unit = UNITS[key.unit]
        coverage = Text(
            es=f"procedimiento de {name.es} ({first_letter_down(channel).es})",
            en=f"procedure of {name.en} ({first_letter_down(channel).en})",
        )
        dataset = about(self.datasets[key.measure], key.area, unit=key.unit, unit_name=unit, coverage=coverage)
        return Series(dataset, key.measure)

    def figure(self, key: Key, year: Period) -> Figure:
        """E where the source printed anything; else O, not reported: it prints no row for none."""
        printed = self.figures[year].get(key)
        return Figure(self.series(key), None, "O") if printed is None else Figure(self.series(key), printed.value, "E")


def asylum_of(material: Material) -> Asylum | None:
    """The asylum figures that the brief of the month shows; None where no whole year before it is held."""
    rows = asylum_rows(material.organisations, material.month)
    year = shown_year(rows, material.month)
    if year is None:
        return None
    years = (year, year.plus(-1))
    return Asylum(
        year=year,
        figures={at: _printed(rows.filter(pl.col("PERIOD") == str(at))) for at in years},
        datasets={
            measure: dataset
            for dataset in material.datasets.values()
            for measure in dataset.measures
            if dataset.id in set(rows["ID"])
        },
    )


def asylum_rows(organisations: pl.DataFrame, month: Period) -> pl.DataFrame:
    """The rows (with ID) of members that the brief of the month reads: the shown year and the one before it."""
    rows = organisations.filter(
        pl.col("PERIOD").str.len_chars() == 4,
        pl.col("MEASURE").cast(pl.String).is_in(MEASURES),
        pl.col("COUNTERPART").cast(pl.String).is_in([member.code for member in members()]),
        pl.col("OBS_VALUE").is_not_null(),
    )
    year = shown_year(rows, month)
    return rows.filter(pl.col("PERIOD").is_in([str(year), str(year.plus(-1))] if year else []))


def shown_year(rows: pl.DataFrame, month: Period) -> Period | None:
    """The last year of the rows that was over by the end of the month."""
    last = month.year if month.number == 12 else month.year - 1
    years = [int(year) for year in rows["PERIOD"].unique() if int(year) <= last]
    return Period(max(years), 1, Grain.YEAR) if years else None


def _printed(rows: pl.DataFrame) -> dict[Key, Printed]:
    by = [pl.col(column).cast(pl.String) for column in ("COUNTERPART", "ENTRY_MODE", "MEASURE", "UNIT")]
    value = pl.col("OBS_VALUE")
    sums = rows.group_by(by).agg(value.sum(), (value > 0).sum().alias("origins"), (value == FOLDED).sum().alias("5"))
    return {Key(*row[:4]): Printed(*row[4:]) for row in sums.iter_rows()}


def asylum_tables(material: Material) -> tuple[Table, ...]:
    """T8 and T8B; none where no year is held."""
    asylum = asylum_of(material)
    if asylum is None:
        return ()
    return tuple(table for table in (_applications(asylum, material), _decisions(asylum, material)) if table.rows)


def _applications(asylum: Asylum, material: Material) -> Table:
    keys = asylum.keys((*STAGES, PENDING))
    notes = Notes([NOT_EXACT, NOT_ADDED, UNIT])
    for text in (*_comparability(asylum, keys), NO_DAYS):
        notes.ref(text)
    rows = tuple(
        Row(
            id=f"{key.area}.{key.measure}.{key.channel}.{key.unit}",
            head=_head(asylum, key),
            cells=_cells(asylum, key, notes),
            group=short_name("reporter", key.area),
            detail=_detail(key, asylum),
        )
        for key in keys
    )
    return Table(
        id="T8",
        section=SECTION,
        title=Text(
            es=f"Asilo en {asylum.year}: solicitudes y pendientes por país de asilo, sin sumarlos",
            en=f"Asylum in {asylum.year}: applications and people waiting, by country of asylum, not added",
        ),
        subtitle=Text(
            es=f"Según el ACNUR, por autoridad e instancia. La fuente es anual: {asylum.year} es el último año "
            "completo recibido. Sin desglose por país de origen.",
            en=f"As published by UNHCR, by authority and instance. The source is yearly: {asylum.year} is the last "
            "whole year received. Not broken down by country of origin.",
        ),
        row_head=Text(es="País de asilo y etapa", en="Country of asylum and stage"),
        columns=(
            Column("now", Text(es=str(asylum.year), en=str(asylum.year)), CellKind.COUNT),
            Column("before", Text(es=str(asylum.before), en=str(asylum.before)), CellKind.COUNT),
            Column("change", Text(es="Cambio", en="Change"), CellKind.CHANGE),
        ),
        rows=rows,
        notes=notes.all(),
        sources=_sources(asylum, keys, material),
    )


def _head(asylum: Asylum, key: Key) -> Text:
    many = asylum.datasets[key.measure].counted[key.measure].many
    return Text(es=first_letter_up(many.es), en=first_letter_up(many.en))


def _cells(asylum: Asylum, key: Key, notes: Notes) -> tuple[Cell, ...]:
    id_ = f"T8.{key.area}.{key.measure}.{key.channel}.{key.unit}"
    now, before = asylum.figure(key, asylum.year), asylum.figure(key, asylum.before)
    return (
        count(id_, now, caveats=_caveats(asylum, key, asylum.year, notes)),
        count(f"{id_}.P", before, caveats=_caveats(asylum, key, asylum.before, notes)),
        change(f"{id_}.C", now, before),
    )


def _caveats(asylum: Asylum, key: Key, year: Period, notes: Notes) -> tuple[str, ...]:
    """Of a figure, that it is not exact; of a missing one, that the source gives it in another unit."""
    if key in asylum.figures[year]:
        return (notes.ref(NOT_EXACT),)
    return tuple(notes.ref(text) for text in _other_unit(asylum, key, year))


def _other_unit(asylum: Asylum, key: Key, year: Period) -> tuple[Text, ...]:
    name = short_name("reporter", key.area)
    units = sorted(other.unit for other in asylum.figures[year] if _same(other, key))
    return tuple(
        Text(
            es=f"{name.es}, {year}: la fuente da esta cifra en otra unidad ({UNITS[unit].es}); no se compara.",
            en=f"{name.en}, {year}: the source gives this figure in another unit ({UNITS[unit].en}); not compared.",
        )
        for unit in units
    )


def _same(one: Key, other: Key) -> bool:
    return (one.area, one.channel, one.measure) == (other.area, other.channel, other.measure)


def _detail(key: Key, asylum: Asylum) -> Text:
    """`Gobierno, primera instancia; personas según la fuente; 92 orígenes, 21 con un 5 impreso`."""
    unit, printed = UNITS[key.unit], asylum.figures[asylum.year].get(key)
    parts_es, parts_en = [unit.es], [unit.en]
    if key.channel != "_T":
        channel = codelist("entry_mode")[key.channel].name
        parts_es, parts_en = [channel.es, *parts_es], [channel.en, *parts_en]
    if printed is not None:
        parts_es.append(_of_origins(printed.origins, printed.folded, "es"))
        parts_en.append(_of_origins(printed.origins, printed.folded, "en"))
    return Text(es=first_letter_up("; ".join(parts_es)), en=first_letter_up("; ".join(parts_en)))


def _of_origins(origins: int, folded: int, language: str) -> str:
    if language == "es":
        return f"{origins} {'origen' if origins == 1 else 'orígenes'}, {folded} con un 5 impreso"
    return f"{origins} {'origin' if origins == 1 else 'origins'}, {folded} with a printed 5"


def _decisions(asylum: Asylum, material: Material) -> Table:
    keys = asylum.keys(OUTCOMES)
    notes = Notes([NOT_EXACT, NOT_ADDED, UNIT, NO_RATE])
    procedures = dict.fromkeys((key.area, key.channel, key.unit) for key in keys if _printed_in(asylum, key))
    rows = tuple(_decided(asylum, area, channel, unit, notes) for area, channel, unit in procedures)
    return Table(
        id="T8B",
        section=SECTION,
        title=Text(
            es=f"Asilo en {asylum.year}: decisiones por resultado, autoridad e instancia",
            en=f"Asylum in {asylum.year}: decisions by outcome, authority and instance",
        ),
        subtitle=Text(
            es="Según el ACNUR. «Cerrada por otra causa»: abandono, desistimiento u otra razón, sin decisión sobre el "
            "fondo.",
            en="As published by UNHCR. “Otherwise closed”: abandoned, withdrawn or closed for another reason, without "
            "a decision on the substance.",
        ),
        row_head=Text(es="País de asilo, autoridad e instancia", en="Country of asylum, authority and instance"),
        columns=tuple(Column(code, head, CellKind.COUNT) for code, head in _OUTCOME_HEADS.items()),
        rows=rows,
        notes=notes.all(),
        sources=_sources(asylum, keys, material),
    )


_OUTCOME_HEADS = {
    "ASY_REC": Text(es="Refugio reconocido", en="Refugee status"),
    "ASY_COMP": Text(es="Protección complementaria", en="Complementary protection"),
    "ASY_REJ": Text(es="Denegada", en="Rejected"),
    "ASY_CLO": Text(es="Cerrada por otra causa", en="Otherwise closed"),
}


def _printed_in(asylum: Asylum, key: Key) -> bool:
    return key in asylum.figures[asylum.year]


def _decided(asylum: Asylum, area: str, channel: str, unit: str, notes: Notes) -> Row:
    keys = [Key(area, channel, outcome, unit) for outcome in OUTCOMES]
    held = [asylum.figures[asylum.year][key] for key in keys if _printed_in(asylum, key)]
    figures, folded = sum(one.origins for one in held), sum(one.folded for one in held)
    return Row(
        id=f"{area}.{channel}.{unit}",
        head=codelist("entry_mode")[channel].name,
        cells=tuple(
            count(
                f"T8B.{area}.{channel}.{unit}.{key.measure}",
                asylum.figure(key, asylum.year),
                caveats=_caveats(asylum, key, asylum.year, notes),
            )
            for key in keys
        ),
        group=short_name("reporter", area),
        detail=Text(
            es=f"{first_letter_up(UNITS[unit].es)}; {figures:,} cifras por origen, {folded:,} con un 5 impreso",
            en=f"{first_letter_up(UNITS[unit].en)}; {figures:,} figures by origin, {folded:,} with a printed 5",
        ),
    )


def _comparability(asylum: Asylum, keys: Sequence[Key]) -> tuple[Text, ...]:
    """How far new applications of two countries may be read beside each other: a line a level, with one reason."""
    new: dict[str, Series] = {}
    for key in keys:
        if key.measure == "ASY_APP" and _printed_in(asylum, key):
            new.setdefault(key.area, asylum.series(key))
    by_level: dict[int, list[tuple[Series, Series, Comparability]]] = {}
    for a, b in combinations(new.values(), 2):
        found = compare(a.dataset, b.dataset, a.measure, b.measure)
        by_level.setdefault(found.level, []).append((a, b, found))
    return tuple(_level(level, pairs) for level, pairs in sorted(by_level.items(), reverse=True))


def _level(level: int, pairs: Sequence[tuple[Series, Series, Comparability]]) -> Text:
    first, second, found = pairs[0]
    who = f"{first.reporter}-{second.reporter}"
    more = len(pairs) - 1
    es = f"{who} y {more} {'par' if more == 1 else 'pares'} más de países" if more else who
    en = f"{who} and {more} more {'pair' if more == 1 else 'pairs'} of countries" if more else who
    return Text(
        es=f"Comparabilidad de las solicitudes nuevas, nivel {level}, {found.name.es.lower()}: {es}. {found.reason.es}",
        en=f"Comparability of new applications, level {level}, {found.name.en.lower()}: {en}. {found.reason.en}",
    )


def _sources(asylum: Asylum, keys: Iterable[Key], material: Material) -> tuple[Text, ...]:
    measures = dict.fromkeys(key.measure for key in keys)
    return source_lines([Series(asylum.datasets[measure], measure) for measure in measures], material)


def asylum_series(material: Material) -> tuple[Series, ...]:
    """One series of each dataset that the tables are made from."""
    asylum = asylum_of(material)
    datasets = {dataset.id: dataset for dataset in asylum.datasets.values()} if asylum else {}
    return tuple(Series(dataset, dataset.measures[0]) for dataset in datasets.values())


def asylum_coverage(material: Material) -> Text | None:
    """What T1 says of this source."""
    asylum = asylum_of(material)
    if asylum is None:
        return None
    return Text(
        es=f"el asilo de {asylum.year} según el ACNUR (T8 y T8B)",
        en=f"asylum of {asylum.year}, from UNHCR (T8 and T8B)",
    )
