"""T3, T3B and C5: which nationalities does each reporter register most, in its own order and on its own scale?

A rank over reporters would be a hidden sum: each reporter has its own ten (T3). Beside it, T3B gives the same
nationalities at every reporter, in the order of their codes, and C5 shades it within each reporter alone.
"""

from collections.abc import Iterable, Sequence

from istmo.model.codes import codelist
from istmo.model.periods import Period
from istmo.model.text import Text
from istmo.statistics.brief.cells import Notes, change, count, percent_change, share_of
from istmo.statistics.brief.corridor import breaks_in_window, dated, is_revised
from istmo.statistics.brief.material import Material, parts_of_node
from istmo.statistics.brief.protection import held_rows, holds, protected, surely_first, withheld_names
from istmo.statistics.brief.sources import source_lines
from istmo.statistics.brief.values import Cell, CellKind, Chart, ChartKind, Column, Panel, Point, Row, Table
from istmo.statistics.comparability import Figure, Series, one_scale, ranked
from istmo.statistics.disclosure.notes import ROLLED_UP
from istmo.statistics.wording import enumeration, in_prose, month_beside, month_name, month_short, short_name

SECTION = Text(es="Nacionalidades", en="Nationalities")
FIRST = 10

AS_RECORDED = Text(
    es="Nacionalidad según el registro de la fuente; ningún informante publica en qué se basa ni si fue verificada.",
    en="Nationality as recorded by the source; no reporter publishes its basis or whether it was verified.",
)
RESIDUAL = "_O"


def own_ten(series: Series, material: Material) -> list[tuple[str, Figure]]:
    """The ten nationalities with most registrations at one reporter in the month; equal ones by code."""
    printed = material.nationalities[series.dataset.id, series.measure][material.month]
    named = [(code, figure) for code, figure in sorted(printed.items()) if is_nationality(code)]
    return [pair for pair in ranked(named) if pair[1].value][:FIRST]


def is_nationality(code: str) -> bool:
    """Whether a row is a nationality, or a node of several; not what the source groups, nor unknown or stateless."""
    return codelist("citizenship")[code].attributes["kind"] in ("country", "node")


def own_ten_table(material: Material) -> Table:
    notes = Notes([AS_RECORDED])
    rows = tuple(row for series in material.by_nationality.values() for row in _rows(series, material, notes))
    now, before = month_name(material.month), month_beside(material.previous, material.month)
    return Table(
        id="T3",
        section=SECTION,
        title=Text(
            es="Las diez nacionalidades con más registros de cada informante, en su propio orden",
            en="The ten nationalities most registered by each reporter, in its own order",
        ),
        subtitle=Text(
            es=f"{now.es.capitalize()}, cambio sobre {before.es} y sobre {month_name(material.year_before).es}. No "
            "hay un orden común. El porcentaje se da solo cuando la base es de 30 o más.",
            en=f"{now.en}, change on {before.en} and on {month_name(material.year_before).en}. There is no common "
            "order. The percentage is given only on a base of 30 or more.",
        ),
        row_head=Text(es="Nacionalidad según la fuente", en="Nationality as recorded"),
        columns=change_columns(material),
        rows=rows,
        notes=notes.all(),
        sources=source_lines(material.by_nationality.values(), material),
        missing=None
        if rows
        else Text(
            es="Ningún informante publicó la nacionalidad este mes.", en="No reporter published nationality this month."
        ),
    )


def change_columns(material: Material) -> tuple[Column, ...]:
    """The month, and the change on the month before and on the same month of last year, absolute and in per cent."""
    previous, year = month_short(material.previous), month_short(material.year_before)
    percent = Text(es="%", en="%")
    return (
        Column("value", month_short(material.month), CellKind.COUNT),
        Column("D1", Text(es=f"sobre {previous.es}", en=f"on {previous.en}"), CellKind.CHANGE),
        Column("P1", percent, CellKind.PERCENT),
        Column("D12", Text(es=f"sobre {year.es}", en=f"on {year.en}"), CellKind.CHANGE),
        Column("P12", percent, CellKind.PERCENT),
    )


def change_cells(
    id_: str, at: Sequence[Figure], caveats: tuple[str, ...] = (), flags: tuple[str, ...] = ()
) -> tuple[Cell, ...]:
    """The cells of `change_columns`; `at` holds the figures of the month, the month before and the year before."""
    now, before, year = at
    return (
        count(id_, now, flags=flags, caveats=caveats),
        change(f"{id_}.D1", now, before),
        percent_change(f"{id_}.P1", now, before),
        change(f"{id_}.D12", now, year),
        percent_change(f"{id_}.P12", now, year),
    )


def _rows(series: Series, material: Material, notes: Notes) -> list[Row]:
    reporter = short_name("reporter", series.reporter)
    unit = series.dataset.unit_name
    group = Text(es=f"{reporter.es}: {unit.es}", en=f"{reporter.en}: {unit.en}")
    rows = [
        Row(
            id=f"{series.reporter}.{code}",
            head=short_name("citizenship", code),
            cells=change_cells(
                f"T3.{series.reporter}.{code}",
                figures := [material.nationality(series, month, code) for month in _at(material)],
                caveats=(*caveats_of(series, code, material, notes), *protected(figures[0], notes)),
            ),
            group=group,
            reporter=series.reporter,
        )
        for code, _ in own_ten(series, material)
    ]
    return [*rows, *_below(series, group, material, notes)]


def _at(material: Material) -> tuple[Period, Period, Period]:
    return material.month, material.previous, material.year_before


def _below(series: Series, group: Text, material: Material, notes: Notes) -> list[Row]:
    """The rows that hold nationalities without a figure of their own, the residual of the source where it prints one,
    and the reporter's own total.
    """
    at = _at(material)
    printed = material.nationalities[series.dataset.id, series.measure][material.month]
    for figure in printed.values():
        if figure.status != ROLLED_UP:
            protected(figure, notes)
    withheld_names(series.reporter, printed, notes)
    rows = [
        Row(
            id=f"{series.reporter}.{code}",
            head=short_name("citizenship", code),
            cells=change_cells(
                f"T3.{series.reporter}.{code}",
                [material.nationality(series, month, code) for month in at],
                caveats=holds(printed[code], held, notes),
            ),
            group=group,
            reporter=series.reporter,
        )
        for code, held in held_rows(printed).items()
        if code != RESIDUAL
    ]
    if material.nationality(series, material.month, RESIDUAL).value is not None and _prints_residual(series, material):
        figures = [material.nationality(series, month, RESIDUAL) for month in at]
        rows.append(
            Row(
                id=f"{series.reporter}.{RESIDUAL}",
                head=Text(es="Otras (residual de la fuente)", en="Other (residual of the source)"),
                cells=change_cells(
                    f"T3.{series.reporter}.{RESIDUAL}",
                    figures,
                    caveats=(
                        *_fixed_list_note(series, notes),
                        *holds(figures[0], held_rows(printed).get(RESIDUAL, ()), notes),
                    ),
                ),
                group=group,
                reporter=series.reporter,
            )
        )
    name = in_prose("reporter", series.reporter)
    totals = [material.figure(series, month) for month in at]
    rows.append(
        Row(
            id=f"{series.reporter}._T",
            head=Text(es=f"Total de {name.es}", en=f"Total of {name.en}"),
            cells=change_cells(
                f"T3.{series.reporter}._T",
                totals,
                caveats=(
                    *(notes.ref(dated(series, one)) for one in breaks_in_window(series, material)),
                    *protected(totals[0], notes),
                ),
                flags=("r",) if is_revised(series, material.month, material) else (),
            ),
            group=group,
            reporter=series.reporter,
        )
    )
    return rows


def _prints_residual(series: Series, material: Material) -> bool:
    return RESIDUAL in material.nationalities[series.dataset.id, series.measure][material.month]


FIXED_LIST = Text(
    es="La fuente publica una lista fija de nacionalidades; las demás están en su residual. Que una nacionalidad no "
    "figure no significa cero.",
    en="The source publishes a fixed list of nationalities; the others are in its residual. A nationality that is not "
    "listed is not zero.",
)
DOUBTFUL = Text(
    es="Este código y otro de su grupo se reparten de manera distinta entre informantes (R18a): puede ser la misma "
    "etiqueta leída de dos maneras. El código no se cambia.",
    en="This code and another of its group are spread differently over reporters (R18a): it may be one label read in "
    "two ways. The code is not changed.",
)


def _fixed_list_note(series: Series, notes: Notes) -> tuple[str, ...]:
    return (notes.ref(FIXED_LIST),) if series.dataset.nationality_list == "fixed" else ()


def caveats_of(series: Series, code: str, material: Material, notes: Notes) -> tuple[str, ...]:
    """Why this nationality's figure at this reporter needs care: a doubted code, a list that changed in the window."""
    doubtful = code in material.doubtful.get(series.dataset.id, ())
    result = [notes.ref(DOUBTFUL)] if doubtful else []
    reporter = short_name("reporter", series.reporter)
    for one in series.dataset.breaks_on("citizenship", series.measure):
        if (
            one.on == "citizenship"
            and material.window[0] < one.period <= material.month
            and _changed(series, code, material)
        ):
            result.append(notes.ref(Text(es=f"{reporter.es}: {one.text.es}", en=f"{reporter.en}: {one.text.en}")))
    return tuple(result)


def _changed(series: Series, code: str, material: Material) -> bool:
    """Whether the code is on the source's list of one year of the window, and not on that of the other."""
    lists = material.listed.get((series.dataset.id, series.measure), {})
    years = {month.year for month in material.window}
    return len({code in lists[year] for year in years if year in lists}) > 1


def common_codes(material: Material, told: Sequence[str]) -> tuple[str, ...]:
    """The nationalities of T3B in the order of their codes: every reporter's ten, those that a key message tells of,
    and the rows that hold one of them at a reporter.
    """
    codes = {code for series in material.by_nationality.values() for code, _ in own_ten(series, material)}
    codes |= set(told)
    holders = {
        figure.told.rolled_up
        for series in material.by_nationality.values()
        for code in codes
        if (figure := material.nationality(series, material.month, code)).told.rolled_up in codelist("citizenship")
    }
    return tuple(sorted(codes | holders))


def side_by_side_table(material: Material, told: Sequence[str]) -> Table:
    """T3B: each of these nationalities at each reporter, the count and its share of that reporter's own total."""
    notes = Notes([AS_RECORDED])
    chosen = material.by_nationality
    rows = tuple(
        Row(
            id=code,
            head=short_name("citizenship", code),
            cells=tuple(cell for series in chosen.values() for cell in _pair(series, code, material, notes)),
        )
        for code in common_codes(material, told)
    )
    return Table(
        id="T3B",
        section=SECTION,
        title=Text(
            es="Las mismas nacionalidades en cada informante, una al lado de la otra",
            en="The same nationalities at each reporter, side by side",
        ),
        subtitle=Text(
            es=f"{month_name(material.month).es.capitalize()}: registros y parte del total de cada informante. "
            "Orden por código de país; las columnas no se suman ni se ordenan entre sí.",
            en=f"{month_name(material.month).en}: figures and share of each reporter's own total. In the order of "
            "country codes; columns are neither added nor ranked across.",
        ),
        row_head=Text(es="Nacionalidad según la fuente", en="Nationality as recorded"),
        columns=pair_columns(chosen.values()),
        rows=rows,
        notes=notes.all(),
        sources=source_lines(chosen.values(), material),
        missing=None
        if rows
        else Text(
            es="Ningún informante publicó la nacionalidad este mes.", en="No reporter published nationality this month."
        ),
    )


def pair_columns(chosen: Iterable[Series]) -> tuple[Column, ...]:
    """Two columns a reporter: the count in its unit, and the share of its own total."""
    columns: list[Column] = []
    for series in chosen:
        name = short_name("reporter", series.reporter)
        columns.append(
            Column(series.reporter, name, CellKind.COUNT, unit=series.dataset.unit_name, reporter=series.reporter)
        )
        share = Text(es="% del total propio", en="% of own total")
        columns.append(Column(f"{series.reporter}.S", name, CellKind.SHARE, unit=share, reporter=series.reporter))
    return tuple(columns)


def _pair(series: Series, code: str, material: Material, notes: Notes) -> tuple[Cell, Cell]:
    id_ = f"T3B.{series.reporter}.{code}"
    figure = material.nationality(series, material.month, code)
    caveats = caveats_of(series, code, material, notes)
    if figure.value is None:
        caveats = (*caveats, *_fixed_list_note(series, notes))
    caveats = (*caveats, *_sum_of_node(series, code, material, notes), *protected(figure, notes))
    held = held_rows(material.nationalities[series.dataset.id, series.measure][material.month])
    caveats = (*caveats, *holds(figure, held.get(code, ()), notes))
    whole = material.figure(series, material.month)
    return count(id_, figure, caveats=caveats), share_of(f"{id_}.S", figure, whole)


def _sum_of_node(series: Series, code: str, material: Material, notes: Notes) -> tuple[str, ...]:
    """A node that the source prints in parts: which rows were taken together."""
    printed = material.nationalities[series.dataset.id, series.measure][material.month]
    parts = parts_of_node(printed, code)
    if code in printed or not parts or series.dataset.nationality_list != "open":
        return ()
    reporter = short_name("reporter", series.reporter)
    rows = enumeration([short_name("citizenship", part) for part in parts])
    return (
        notes.ref(
            Text(
                es=f"{reporter.es}: esta fila reúne lo que la fuente publica como {rows.es}.",
                en=f"{reporter.en}: this row holds what the source publishes as {rows.en}.",
            )
        ),
    )


def heat_map(material: Material, table: Table) -> Chart:
    """C5: the shares of T3B, one panel a reporter, each shaded on its own scale."""
    chosen = material.by_nationality
    month = month_name(material.month)
    return Chart(
        id="C5",
        kind=ChartKind.HEAT_MAP,
        section=SECTION,
        title=_title(material),
        subtitle=Text(
            es=f"Parte de cada nacionalidad en lo que registró cada informante, {month.es}. Cada columna se lee sola.",
            en=f"Share of each nationality in what each reporter registered, {month.en}. Each column is read alone.",
        ),
        alt=_alt(material),
        table=table.id,
        panels=tuple(_panel(series, table, material) for series in chosen.values()),
        notes=(
            Text(
                es="Cada columna es la composición de lo que registró un informante, sombreada en su propia escala.",
                en="Each column is the composition of what one reporter registered, shaded on its own scale.",
            ),
        ),
        sources=source_lines(chosen.values(), material),
    )


def _panel(series: Series, table: Table, material: Material) -> Panel:
    one_scale([material.nationality(series, material.month, row.id) for row in table.rows])
    shares = {
        row.id: cell for row in table.rows for cell in row.cells if cell.id == f"T3B.{series.reporter}.{row.id}.S"
    }
    return Panel(
        reporter=series.reporter,
        title=short_name("reporter", series.reporter),
        unit=Text(
            es=f"% del total propio; {series.dataset.unit_name.es}",
            en=f"% of own total; {series.dataset.unit_name.en}",
        ),
        points=tuple(
            Point(
                x=row.id,
                label=row.head,
                value=None if shares[row.id].value is None else float(shares[row.id].value or 0),
                status=shares[row.id].status,
                cell=shares[row.id].id,
            )
            for row in table.rows
        ),
    )


def _first_of_each(material: Material) -> dict[str, list[str]]:
    """Which reporters have a nationality as their first, by nationality; both in the order of the route."""
    firsts: dict[str, list[str]] = {}
    for reporter, series in material.by_nationality.items():
        ten = own_ten(series, material)
        printed = material.nationalities[series.dataset.id, series.measure][material.month]
        whole = material.figure(series, material.month)
        if ten and surely_first([figure for _, figure in ten], printed.values(), whole):
            firsts.setdefault(ten[0][0], []).append(reporter)
    return firsts


def _title(material: Material) -> Text:
    """`Venezuela es la primera nacionalidad en Panamá y Honduras; México, en Estados Unidos`."""
    es: list[str] = []
    en: list[str] = []
    for code, reporters in _first_of_each(material).items():
        nationality = short_name("citizenship", code)
        where = enumeration([in_prose("reporter", reporter) for reporter in reporters])
        es.append(
            f"{nationality.es} es la primera nacionalidad en {where.es}"
            if not es
            else f"{nationality.es}, en {where.es}"
        )
        en.append(
            f"{nationality.en} is the first nationality in {where.en}" if not en else f"{nationality.en} in {where.en}"
        )
    if not es:
        return Text(es="Nacionalidades dentro de cada informante", en="Nationalities within each reporter")
    return Text(es="; ".join(es), en="; ".join(en))


def _alt(material: Material) -> Text:
    title = _title(material)
    return Text(
        es=f"Mapa de calor de nacionalidades por informante, sombreado dentro de cada informante. {title.es}.",
        en=f"Heat map of nationalities by reporter, shaded within each reporter. {title.en}.",
    )
