"""T4 and C2: from which region of the world are the people whom each reporter registered?

Regions are those of the list `flow_region`: nationals of the eleven members are a category of their own. Unknown,
stateless and the residual of the source are three more, never taken together. Where the source prints a fixed list, a
region's count is a minimum: more of its nationals may be in the residual; a region of which it lists no country is
not distinguished (L).
"""

from collections.abc import Mapping
from dataclasses import replace

from istmo.model.codes import codelist
from istmo.model.text import Text
from istmo.registry.regions import region
from istmo.statistics.brief.cells import Notes, count, share_of
from istmo.statistics.brief.figures import share as written_share
from istmo.statistics.brief.material import Material
from istmo.statistics.brief.nationalities import AS_RECORDED, pair_columns
from istmo.statistics.brief.protection import protected, surely_first
from istmo.statistics.brief.sources import source_lines
from istmo.statistics.brief.values import Cell, Chart, ChartKind, Panel, Point, Row, Table
from istmo.statistics.comparability import Figure, Series, ranked, taken_together, unknown_part
from istmo.statistics.wording import in_prose, month_name, short_name

SECTION = Text(es="Región de origen", en="Region of origin")
ORDER = (
    "SOUTH_AM",
    "RCM",
    "CARIB",
    "AFRICA",
    "ASIA",
    "EUROPE",
    "OCEANIA",
    "NORTH_AM_OTH",
    "MIXED",
    "OTHER",
    "UNKNOWN",
    "STATELESS",
)
# Rows that stand in the table only when a reporter has a figure for them.
_ONLY_WITH_FIGURES = ("NORTH_AM_OTH", "MIXED")
MINIMUM = Text(
    es="Valor mínimo: la fuente publica una lista fija; otras nacionalidades de la región pueden estar en su residual. "
    "Una región sin ningún país en la lista no se distingue.",
    en="A minimum: the source publishes a fixed list, and other nationalities of the region may be in its residual. A "
    "region with no country on the list is not distinguished.",
)
_CATEGORIES = ("UNKNOWN", "STATELESS")
_NOT_ORIGIN = ("OTHER", *_CATEGORIES)


def by_region(series: Series, material: Material) -> Mapping[str, Figure]:
    """The reporter's figures of the month by region, summed within its own dataset."""
    printed = material.nationalities[series.dataset.id, series.measure][material.month]
    groups: dict[str, dict[str, Figure]] = {}
    for code, figure in printed.items():
        groups.setdefault(region(code), {})[code] = figure
    ever = {region(code) for code in material.ever_printed.get((series.dataset.id, series.measure), ())}
    return {
        code: _region_figure(code, groups.get(code, {}), series, distinguished=code not in _CATEGORIES or code in ever)
        for code in ORDER
    }


def _region_figure(code: str, figures: Mapping[str, Figure], series: Series, *, distinguished: bool) -> Figure:
    """The sum of the region's rows; without rows 0 only where an open list would have printed them.

    Unknown and stateless are categories that a source may not have: they are 0 only where it has printed them before.
    """
    parts = list(figures.values())
    if unknown_part(parts, figures) or any(figure.value is not None for figure in parts):
        return taken_together(series, parts, figures)
    if series.dataset.nationality_list == "open" and code != "OTHER" and distinguished:
        return Figure(series, 0)
    return Figure(series, None, "M" if code == "OTHER" else "L")


def region_table(material: Material) -> Table:
    notes = Notes([AS_RECORDED])
    chosen = material.by_nationality
    figures = {reporter: by_region(series, material) for reporter, series in chosen.items()}
    shown = [
        code
        for code in ORDER
        if code not in _ONLY_WITH_FIGURES or any(of_reporter[code].value for of_reporter in figures.values())
    ]
    rows = tuple(
        Row(
            id=code,
            head=codelist("flow_region")[code].name,
            cells=tuple(
                cell
                for reporter, series in chosen.items()
                for cell in _pair(code, figures[reporter][code], series, material, notes)
            ),
        )
        for code in shown
    )
    return Table(
        id="T4",
        section=SECTION,
        title=Text(
            es="Región de origen en lo que registró cada informante",
            en="Region of origin in what each reporter registered",
        ),
        subtitle=Text(
            es=f"Región de la nacionalidad según la fuente, {month_name(material.month).es}: registros y parte del "
            "total de cada informante.",
            en=f"Region of the nationality as recorded, {month_name(material.month).en}: figures and share of each "
            "reporter's own total.",
        ),
        row_head=Text(es="Región", en="Region"),
        columns=pair_columns(chosen.values()),
        rows=rows if chosen else (),
        notes=notes.all(),
        sources=source_lines(chosen.values(), material),
        missing=None
        if chosen
        else Text(
            es="Ningún informante publicó la nacionalidad este mes.", en="No reporter published nationality this month."
        ),
    )


def _pair(code: str, figure: Figure, series: Series, material: Material, notes: Notes) -> tuple[Cell, Cell]:
    id_ = f"T4.{series.reporter}.{code}"
    caveats: tuple[str, ...] = ()
    if series.dataset.nationality_list == "fixed" and code not in _NOT_ORIGIN:
        caveats = (notes.ref(MINIMUM),)
    whole = material.figure(series, material.month)
    cell = count(id_, figure, caveats=(*caveats, *protected(figure, notes)))
    if cell.row in codelist("citizenship"):
        cell = replace(cell, row=region(cell.row))
    return cell, share_of(f"{id_}.S", figure, whole, caveats=caveats)


def _title(figures: Mapping[str, Mapping[str, Figure]], material: Material) -> Text:
    """The largest region of each reporter, in its own words: `Suramérica reúne el 92 % de los registros de Panamá`."""
    reporters = list(figures)
    if not reporters:
        return Text(es="Región de origen dentro de cada informante", en="Region of origin within each reporter")
    first = reporters[0]
    series = material.by_nationality[first]
    whole = material.figure(series, material.month)
    largest = ranked([(code, figure) for code, figure in figures[first].items() if code not in _NOT_ORIGIN])
    known = largest and surely_first([one for _, one in largest], figures[first].values(), whole)
    part = share_of("", largest[0][1], whole).value if known else None
    if not part:
        return Text(es="Región de origen dentro de cada informante", en="Region of origin within each reporter")
    name, area = in_prose("reporter", first), codelist("flow_region")[largest[0][0]].name
    rounded = largest[0][1].told.rounded
    es, en = written_share(part, "es", rounded=rounded), written_share(part, "en", rounded=rounded)
    return Text(
        es=f"{area.es}: {es} de lo que registró {name.es}; cada informante, en su propia columna",
        en=f"{area.en}: {en} of what {name.en} registered; each reporter in its own column",
    )


def region_chart(material: Material, table: Table) -> Chart:
    """C2: the shares of T4, one panel a reporter, every bar from 0 to 100 per cent."""
    chosen = material.by_nationality
    month = month_name(material.month)
    title = _title({reporter: by_region(series, material) for reporter, series in chosen.items()}, material)
    return Chart(
        id="C2",
        kind=ChartKind.SHARE_PANELS,
        section=SECTION,
        title=title,
        subtitle=Text(
            es=f"Composición por región de lo que registró cada informante, {month.es}.",
            en=f"Composition by region of what each reporter registered, {month.en}.",
        ),
        alt=Text(
            es=f"Barras por región, un panel por informante, {month.es}. {title.es}.",
            en=f"Bars by region, one panel a reporter, {month.en}. {title.en}.",
        ),
        table=table.id,
        panels=tuple(_panel(reporter, series, table) for reporter, series in chosen.items()),
        notes=tuple(note.text for note in table.notes),
        sources=table.sources,
    )


def _panel(reporter: str, series: Series, table: Table) -> Panel:
    name = short_name("reporter", reporter)
    shares = {cell.id: cell for row in table.rows for cell in row.cells}
    points = []
    for row in table.rows:
        cell = shares[f"T4.{reporter}.{row.id}.S"]
        value = None if cell.value is None else float(cell.value)
        points.append(Point(row.id, row.head, value, cell.status, cell.id))
    unit = Text(es=f"% de {series.dataset.unit_name.es}", en=f"% of {series.dataset.unit_name.en}")
    return Panel(reporter, name, unit, tuple(points))
