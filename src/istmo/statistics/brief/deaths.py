"""T7B: how many people does IOM document as dead or missing on the routes of the Americas?

The Missing Migrants Project documents incidents. The brief shows months and countries, never a place, a day or a point
on a map, and never nationality with a country or a route: only how many of the people are of a known nationality, of
incidents with several (a list that is never divided), or of an unknown one.

An incident happens in one country, so that the figures of this one dataset may be added over countries; they are a
minimum. A month with incidents held is complete for this source: a country without one in it is 0, which says that none
was documented, not that nobody died. The source goes on adding to earlier months.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from istmo.model.codes import codelist
from istmo.model.periods import Period, months
from istmo.model.text import Text
from istmo.registry.members import members
from istmo.registry.regions import region
from istmo.statistics.brief.cells import Notes, count
from istmo.statistics.brief.material import Material
from istmo.statistics.brief.sources import source_lines
from istmo.statistics.brief.values import Cell, CellKind, Column, Row, Sentence, Table
from istmo.statistics.comparability import Figure, Series
from istmo.statistics.wording import month_name, month_short, short_name

SECTION = Text(es="Muertes y desapariciones", en="Deaths and disappearances")
MEASURE = "DEATH_MISS"
AMERICAS = ("RCM", "CARIB", "SOUTH_AM", "NORTH_AM_OTH")
TOTAL = "T7B._T"
YEAR = 12

MINIMUM = Text(
    es="Son las personas cuya muerte o desaparición la OIM pudo documentar: un mínimo. Lo que se documenta cambia "
    "según el país y la ruta, y la fuente sigue agregando hechos de los meses recientes; por eso los países no se "
    "comparan entre sí. Fallecidas y desaparecidas son un solo número en la fuente.",
    en="These are the people whose death or disappearance IOM was able to document: a minimum. What is documented "
    "differs by country and route, and the source goes on adding incidents of recent months; countries are therefore "
    "not compared with each other. The dead and the missing are one number in the source.",
)
NO_INCIDENT = Text(
    es="Un 0 dice que la fuente no documentó ningún hecho, no que nadie haya muerto.",
    en="A 0 says that the source documented no incident, not that nobody died.",
)
NO_PLACE = Text(
    es="Por respeto y protección no se publica aquí el lugar, el día ni la causa, ni se cruza la nacionalidad con un "
    "país o una ruta.",
    en="Out of respect and for protection neither place, day nor cause is published here, and nationality is not "
    "crossed with a country or a route.",
)
LISTS = Text(
    es="En algunos hechos la fuente da una lista de nacionalidades sin decir cuántas personas eran de cada una; el "
    "número no se reparte entre ellas.",
    en="In some incidents the source gives a list of nationalities without saying how many people were of each; the "
    "number is not divided among them.",
)
ROUTES = ("RT_CENTRAL", "RT_SOUTH", "RT_UNDEF")
_GROUPS = {
    "country": Text(es="Por país donde ocurrió", en="By country where it happened"),
    "route": Text(es="Por ruta, según la OIM", en="By route, as grouped by IOM"),
    "nationality": Text(es="Nacionalidad de las personas", en="Nationality of the people"),
}
_NATIONALITIES = {
    "KNOWN": Text(es="Una nacionalidad conocida", en="One nationality, known"),
    "SEVERAL": Text(es="De un hecho con varias nacionalidades", en="Of an incident with several nationalities"),
    "UNKNOWN": Text(es="Nacionalidad desconocida", en="Nationality unknown"),
}


@dataclass(frozen=True)
class Deaths:
    """The rows of the Americas in the window, and the months that the source holds."""

    series: Series
    rows: pl.DataFrame  # PERIOD, COUNTRY, ROUTE, KIND, OBS_VALUE
    held: frozenset[Period]

    def figure(self, at: Period, where: pl.Expr | None = None) -> Figure:
        """The sum of one month; O where the source holds nothing of the month."""
        if at not in self.held:
            return Figure(self.series, None, "O")
        rows = self.rows.filter(pl.col("PERIOD") == str(at))
        return Figure(self.series, int((rows if where is None else rows.filter(where))["OBS_VALUE"].sum()))

    def year(self, last: Period, where: pl.Expr | None = None) -> Figure:
        """The sum of the twelve months that end with `last`; O where one of them is not held."""
        figures = [self.figure(at, where) for at in months(last.plus(1 - YEAR), last)]
        values = [figure.value for figure in figures if figure.value is not None]
        return Figure(self.series, sum(values)) if len(values) == YEAR else Figure(self.series, None, "O")


def deaths_of(material: Material) -> Deaths | None:
    """What the brief of the month shows; None where the source holds nothing of the month."""
    of_source = material.organisations.filter(pl.col("MEASURE").cast(pl.String) == MEASURE)
    held = frozenset(at for at in material.window if str(at) in set(of_source["PERIOD"]))
    if material.month not in held:
        return None
    nationality = pl.col("CITIZENSHIP").cast(pl.String)
    kind = (
        pl.when(nationality == "_MULTI")
        .then(pl.lit("SEVERAL"))
        .when(nationality.is_in(["_U", "_T"]))
        .then(pl.lit("UNKNOWN"))
        .otherwise(pl.lit("KNOWN"))
    )
    return Deaths(
        series=Series(material.datasets[str(of_source["ID"][0])], MEASURE),
        rows=deaths_rows(of_source, material.window).select(
            "PERIOD",
            "OBS_VALUE",
            COUNTRY=pl.col("COUNTERPART").cast(pl.String),
            ROUTE=pl.col("ENTRY_MODE").cast(pl.String),
            KIND=kind,
        ),
        held=held,
    )


def deaths_rows(organisations: pl.DataFrame, window: Sequence[Period]) -> pl.DataFrame:
    """The rows (with ID) of the months given that happened in the Americas."""
    return organisations.filter(
        pl.col("MEASURE").cast(pl.String) == MEASURE,
        pl.col("PERIOD").is_in([str(at) for at in window]),
        pl.col("COUNTERPART").cast(pl.String).is_in(_americas()),
        pl.col("OBS_VALUE").is_not_null(),
    )


def _americas() -> list[str]:
    return [code.id for code in codelist("citizenship") if region(code.id) in AMERICAS]


def deaths_table(material: Material) -> Table | None:
    deaths = deaths_of(material)
    if deaths is None:
        return None
    notes = Notes([MINIMUM, NO_PLACE])
    month, previous, year = material.month, material.previous, material.year_before
    return Table(
        id="T7B",
        section=SECTION,
        title=_title(deaths, month),
        subtitle=Text(
            es="Cada unidad de esta tabla es una persona cuya muerte o desaparición documentó el proyecto Migrantes "
            "Desaparecidos de la OIM, en las rutas migratorias de América, incluido el Caribe.",
            en="Each unit of this table is a person whose death or disappearance IOM's Missing Migrants Project "
            "documented on the migration routes of the Americas, the Caribbean included.",
        ),
        row_head=Text(es="Personas fallecidas o desaparecidas", en="People who died or went missing"),
        columns=(
            Column("now", month_short(month), CellKind.COUNT),
            Column("previous", month_short(previous), CellKind.COUNT),
            Column("year_before", month_short(year), CellKind.COUNT),
            Column(
                "twelve",
                Text(es=f"Doce meses hasta {month_short(month).es}", en=f"Twelve months to {month_short(month).en}"),
                CellKind.COUNT,
            ),
        ),
        rows=tuple(_rows(deaths, material, notes)),
        notes=notes.all(),
        sources=source_lines([deaths.series], material),
    )


def _title(deaths: Deaths, month: Period) -> Text:
    value, at = deaths.figure(month).value or 0, month_name(month)
    if value == 0:
        return Text(
            es=f"La OIM no documentó personas fallecidas o desaparecidas en las rutas de América en {at.es}",
            en=f"IOM documented nobody dead or missing on the routes of the Americas in {at.en}",
        )
    verb_es = "persona murió o desapareció" if value == 1 else "personas murieron o desaparecieron"
    verb_en = "person" if value == 1 else "people"
    return Text(
        es=f"Al menos {value:,} {verb_es} en rutas migratorias de América en {at.es}",
        en=f"At least {value:,} {verb_en} died or went missing on migration routes of the Americas in {at.en}",
    )


def _rows(deaths: Deaths, material: Material, notes: Notes) -> list[Row]:
    codes = [member.code for member in members()]
    own = pl.col("COUNTRY").is_in(codes)
    total = _row("_T", Text(es="América, todas las rutas", en="The Americas, all routes"), None, None, deaths, material)
    rows = [total]
    for code in codes:
        rows.append(_row(code, short_name("reporter", code), "country", pl.col("COUNTRY") == code, deaths, material))
    elsewhere = Text(es="Otros países y territorios de América", en="Other countries and territories of the Americas")
    rows.append(_row("OTHER", elsewhere, "country", ~own, deaths, material))
    for code in ROUTES:
        name = codelist("entry_mode")[code].name
        rows.append(_row(code, name, "route", pl.col("ROUTE") == code, deaths, material))
    for kind, name in _NATIONALITIES.items():
        rows.append(_row(kind, name, "nationality", pl.col("KIND") == kind, deaths, material))
    return [_noted(row, notes) for row in rows if row.id == TOTAL or any(cell.value for cell in row.cells)]


def _row(id_: str, head: Text, group: str | None, where: pl.Expr | None, deaths: Deaths, material: Material) -> Row:
    at = (("", material.month), (".P", material.previous), (".Y", material.year_before))
    cells = [count(f"T7B.{id_}{suffix}", deaths.figure(period_, where)) for suffix, period_ in at]
    return Row(
        id=TOTAL if id_ == "_T" else id_,
        head=head,
        cells=(*cells, count(f"T7B.{id_}.12", deaths.year(material.month, where))),
        group=_GROUPS[group] if group else None,
    )


def _noted(row: Row, notes: Notes) -> Row:
    """The row with its caveats: of a 0 of a country or a route, and of people of several nationalities."""
    of_incidents = row.id not in _NATIONALITIES

    def caveats(cell: Cell) -> tuple[str, ...]:
        found = (
            [NO_INCIDENT] if cell.value == 0 and of_incidents else [LISTS] if cell.value and row.id == "SEVERAL" else []
        )
        return tuple(notes.ref(text) for text in found)

    return replace(row, cells=tuple(replace(cell, caveats=caveats(cell)) for cell in row.cells))


def deaths_sentence(material: Material) -> Sentence | None:
    """`Al menos 206 personas murieron o desaparecieron ..., según la OIM`; None where nobody is documented."""
    deaths = deaths_of(material)
    if deaths is None or not deaths.figure(material.month).value:
        return None
    title, year = _title(deaths, material.month), deaths.year(material.month).value
    at = month_name(material.month)
    text = Text(es=f"{title.es}, según la OIM.", en=f"{title.en}, according to IOM.")
    if year is None:
        return Sentence(text, (TOTAL,))
    detail = Text(
        es=f"Es un mínimo; en los doce meses hasta {at.es} llega a {year:,}.",
        en=f"This is a minimum; in the twelve months to {at.en} it comes to {year:,}.",
    )
    return Sentence(text, (TOTAL, f"{TOTAL}.12"), detail)


def deaths_series(material: Material) -> tuple[Series, ...]:
    deaths = deaths_of(material)
    return (deaths.series,) if deaths else ()


def deaths_coverage(material: Material) -> Text | None:
    """What T1 says of this source."""
    if deaths_of(material) is None:
        return None
    at = month_name(material.month)
    return Text(
        es=f"las muertes y desapariciones hasta {at.es} según la OIM (T7B)",
        en=f"deaths and disappearances to {at.en}, from IOM (T7B)",
    )
