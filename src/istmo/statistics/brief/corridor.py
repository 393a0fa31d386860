"""T2 and C1: what did each station of the route register, month by month, side by side and never added?"""

from istmo.model.periods import Period
from istmo.model.text import Text
from istmo.registry.datasets import Break
from istmo.registry.members import route
from istmo.statistics.brief.cells import Notes, count, sign
from istmo.statistics.brief.coverage import NO_SOURCE
from istmo.statistics.brief.figures import SIGNS
from istmo.statistics.brief.material import Material
from istmo.statistics.brief.protection import protected
from istmo.statistics.brief.sources import source_lines
from istmo.statistics.brief.values import Cell, CellKind, Chart, ChartKind, Column, Panel, Point, Row, Table
from istmo.statistics.comparability import Series, direction
from istmo.statistics.wording import enumeration, first_letter_down, month_beside, month_name, month_short, short_name

SECTION = Text(es="El corredor", en="The corridor")
NO_SUM = Text(
    es="No hay total por diseño: una misma persona puede quedar registrada en cada país por el que pasa y, donde la "
    "unidad es el evento, más de una vez en el mismo mes.",
    en="There is no total by design: one person may be registered in each country on the way and, where the unit is "
    "the event, more than once in a month.",
)
_COUNTS_ES = {2: "Los dos", 3: "Los tres", 4: "Los cuatro", 5: "Los cinco", 6: "Los seis", 7: "Los siete"}
_COUNTS_EN = {2: "Both", 3: "All three", 4: "All four", 5: "All five", 6: "All six", 7: "All seven"}


def corridor_table(material: Material) -> Table:
    notes = Notes([NO_SUM])
    chosen = material.corridor
    rows = tuple(
        Row(
            id=str(month),
            head=month_short(month),
            cells=tuple(_cell(code, chosen.get(code), month, material, notes) for code in route()),
        )
        for month in reversed(material.window)
    )
    return Table(
        id="T2",
        section=SECTION,
        title=Text(es="El corredor mes a mes, en orden de ruta", en="The corridor month by month, in route order"),
        subtitle=Text(
            es="Una medida por informante, cada una con su unidad. La tabla no tiene total por diseño.",
            en="One measure a reporter, each with its unit. The table has no total by design.",
        ),
        row_head=Text(es="Mes", en="Month"),
        columns=tuple(_column(code, chosen.get(code)) for code in route()),
        rows=rows,
        notes=notes.all(),
        sources=source_lines(chosen.values(), material),
    )


def _column(code: str, series: Series | None) -> Column:
    return Column(
        code,
        short_name("reporter", code),
        CellKind.COUNT,
        unit=_head(series) if series else None,
        reporter=code,
    )


def _head(series: Series) -> Text:
    what, unit = series.dataset.what, series.dataset.unit_name
    return Text(es=f"{what.es}; {unit.es}", en=f"{what.en}; {unit.en}")


def _cell(code: str, series: Series | None, month: Period, material: Material, notes: Notes) -> Cell:
    id_ = f"T2.{code}.{month}"
    if series is None:
        return sign(id_, CellKind.COUNT, missing_status(code, material), caveats=_why_missing(code, material, notes))
    broken = breaks_at(series, month)
    caveats = tuple(notes.ref(dated(series, one)) for one in broken)
    flags = ("b",) if broken else ()
    if is_revised(series, month, material):
        flags = (*flags, "r")
    first = min(at for at, held in material.totals[series.dataset.id, series.measure].items() if held.reported)
    if month < first:
        caveats = (*caveats, notes.ref(_begins(series, first)))
    figure = material.figure(series, month)
    return count(id_, figure, flags=flags, caveats=(*caveats, *protected(figure, notes)))


def missing_status(code: str, material: Material) -> str:
    """O where a source of the corridor measure is registered and has not reported, else L."""
    expected = any(dataset.corridor and dataset.reporter == code for dataset in material.datasets.values())
    return "O" if expected else "L"


def _why_missing(code: str, material: Material, notes: Notes) -> tuple[str, ...]:
    if missing_status(code, material) == "O":
        return ()
    others = material.other_measures.get(code)
    if not others:
        return (notes.ref(NO_SOURCE),)
    what = enumeration([first_letter_down(series.dataset.what) for series in others])
    return (
        notes.ref(
            Text(
                es=f"{NO_SOURCE.es} Informa otra medida: {what.es}.",
                en=f"{NO_SOURCE.en} It reports another measure: {what.en}.",
            )
        ),
    )


def breaks_at(series: Series, month: Period) -> tuple[Break, ...]:
    """The breaks of the total that begin in the month."""
    return tuple(one for one in series.dataset.breaks_on("total", series.measure) if one.period == month)


def breaks_in_window(series: Series, material: Material) -> tuple[Break, ...]:
    return tuple(one for month in material.window for one in breaks_at(series, month))


def dated(series: Series, one: Break) -> Text:
    name, month = short_name("reporter", series.reporter), month_name(one.period)
    return Text(es=f"{name.es}, {month.es}: {one.text.es}", en=f"{name.en}, {month.en}: {one.text.en}")


def _begins(series: Series, first: Period) -> Text:
    name, month = short_name("reporter", series.reporter), month_name(first)
    return Text(
        es=f"{name.es}: la serie recibida empieza en {month.es}.",
        en=f"{name.en}: the series received begins in {month.en}.",
    )


def is_revised(series: Series, month: Period, material: Material) -> bool:
    """Whether a revision of the total of that month is part of the edition."""
    value = material.figure(series, month).value
    return any(
        revision.dataset == series.dataset.id and revision.period == str(month) and revision.after == value
        for revision in material.revisions
    )


def corridor_chart(material: Material) -> Chart:
    chosen = material.corridor
    first, last = month_name(material.window[0]), month_name(material.month)
    return Chart(
        id="C1",
        kind=ChartKind.MONTHLY_PANELS,
        section=SECTION,
        title=_title(material),
        subtitle=Text(
            es=f"Cifras mensuales por informante, en orden de ruta, de {first.es} a {last.es}. Cada panel tiene su "
            "propia medida, unidad y escala; todas las escalas parten de cero.",
            en=f"Monthly figures by reporter, in route order, {first.en} to {last.en}. Each panel has its own "
            "measure, unit and scale; every scale starts at zero.",
        ),
        alt=_alt(material),
        table="T2",
        panels=tuple(_panel(code, chosen.get(code), material) for code in route()),
        notes=(NO_SUM,),
        sources=source_lines(chosen.values(), material),
    )


def _panel(code: str, series: Series | None, material: Material) -> Panel:
    name = short_name("reporter", code)
    points = []
    for month in material.window:
        id_ = f"T2.{code}.{month}"
        if series is None:
            points.append(Point(str(month), month_short(month), None, missing_status(code, material), id_))
            continue
        figure = material.figure(series, month)
        points.append(Point(str(month), month_short(month), figure.value, figure.status, id_))
    if series is None:
        missing = Text(es="sin informe de esta medida", en="no report of this measure")
        return Panel(code, name, missing, tuple(points))
    what = series.dataset.what
    return Panel(
        reporter=code,
        title=Text(es=f"{name.es}: {what.es}", en=f"{name.en}: {what.en}"),
        unit=_drawn_unit(series, material),
        points=tuple(points),
        breaks=tuple((str(one.period), one.text) for one in breaks_in_window(series, material)),
    )


def _drawn_unit(series: Series, material: Material) -> Text:
    unit = series.dataset.unit_name
    if not any(material.figure(series, month).told.rounded for month in material.window):
        return unit
    return Text(es=f"{unit.es}; cifras redondeadas", en=f"{unit.en}; rounded figures")


def _changes(material: Material) -> dict[str, int]:
    """Where each reporter's month stands to the previous one: more, fewer, as many; left out where it cannot be
    said.
    """
    changes = {
        code: direction(material.figure(series, material.month), material.figure(series, material.previous))
        for code, series in material.reported.items()
    }
    return {code: value for code, value in changes.items() if value is not None}


def _title(material: Material) -> Text:
    """Says that all reporters registered more, or fewer, than the month before where that is so of each of them."""
    changes = _changes(material)
    now, before = month_name(material.month), month_beside(material.previous, material.month)
    whole = len(changes) == len(material.reported) and len(changes) in _COUNTS_ES
    for word_es, word_en, holds in (
        ("más", "more", all(value > 0 for value in changes.values())),
        ("menos", "fewer", all(value < 0 for value in changes.values())),
    ):
        if whole and holds:
            who_es, who_en = _COUNTS_ES[len(changes)], _COUNTS_EN[len(changes)]
            return Text(
                es=f"{who_es} informantes del corredor registraron {word_es} en {now.es} que en {before.es}",
                en=f"{who_en} corridor reporters registered {word_en} in {now.en} than in {before.en}",
            )
    return Text(
        es=f"El corredor, panel por panel, hasta {now.es}",
        en=f"The corridor, panel by panel, until {now.en}",
    )


def _alt(material: Material) -> Text:
    es, en = [], []
    for code, series in material.corridor.items():
        name, figure = short_name("reporter", code), material.figure(series, material.month)
        value = SIGNS.get(figure.status, "n/d") if figure.value is None else f"{figure.value:,}"
        es.append(f"{name.es}: {value}, {series.dataset.unit_name.es}")
        en.append(f"{name.en}: {value}, {series.dataset.unit_name.en}")
    month = month_name(material.month)
    return Text(
        es=f"Paneles de barras mensuales, uno por informante. Último mes, {month.es}: {'; '.join(es) or 'sin datos'}.",
        en=f"Panels of monthly bars, one a reporter. Last month, {month.en}: {'; '.join(en) or 'no data'}.",
    )
