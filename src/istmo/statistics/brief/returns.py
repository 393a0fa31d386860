"""T9: how many returns of which kind did each reporter register, each kind in its own unit and never added?"""

from collections.abc import Mapping

from istmo.model.codes import codelist
from istmo.model.text import Text
from istmo.statistics.brief.cells import Notes
from istmo.statistics.brief.material import Material
from istmo.statistics.brief.nationalities import change_cells, change_columns
from istmo.statistics.brief.protection import protected
from istmo.statistics.brief.sources import source_lines
from istmo.statistics.brief.values import Row, Table
from istmo.statistics.comparability import Figure, Series, compare
from istmo.statistics.wording import in_prose, month_beside, month_name, short_name

SECTION = Text(es="Devoluciones y retornos", en="Returns")
KINDS = ("DEPORT", "RET_ASS", "RET_ASS_CH", "EXPUL", "RET_AVRR", "RET_REC")


def returns_table(material: Material) -> Table:
    notes = Notes()
    chosen = [series for many in material.other_measures.values() for series in many if series.measure in KINDS]
    chosen.sort(key=lambda series: (series.reporter != "MEX", series.reporter, KINDS.index(series.measure)))
    rows = tuple(row for series in chosen for row in _rows(series, material, notes))
    _why_apart(chosen, notes)
    now, before = month_name(material.month), month_beside(material.previous, material.month)
    return Table(
        id="T9",
        section=SECTION,
        title=Text(es="Devoluciones y retornos por tipo, sin sumarlos", en="Returns by kind, not added"),
        subtitle=Text(
            es=f"{now.es.capitalize()}, cambio sobre {before.es} y sobre {month_name(material.year_before).es}.",
            en=f"{now.en}, change on {before.en} and on {month_name(material.year_before).en}.",
        ),
        row_head=Text(es="Tipo", en="Kind"),
        columns=change_columns(material),
        rows=rows,
        notes=notes.all(),
        sources=source_lines(chosen, material),
        missing=None
        if rows
        else Text(
            es="Aún no se recogen este mes: deportaciones, retornos asistidos y nacionales retornados, por tipo.",
            en="Not collected yet this month: deportations, assisted returns and returned nationals, by kind.",
        ),
    )


def _rows(series: Series, material: Material, notes: Notes) -> list[Row]:
    reporter, unit = short_name("reporter", series.reporter), series.dataset.unit_name
    group = Text(es=f"{reporter.es}: {unit.es}", en=f"{reporter.en}: {unit.en}")
    kind = codelist("measure")[series.measure].name
    id_ = f"{series.reporter}.{series.measure}"
    at = (material.month, material.previous, material.year_before)
    whole = [material.figure(series, month) for month in at]
    rows = [
        Row(
            id=id_,
            head=kind,
            cells=change_cells(f"T9.{id_}", whole, caveats=protected(whole[0], notes)),
            group=group,
            reporter=series.reporter,
        )
    ]
    by_origin = material.counterparts.get((series.dataset.id, series.measure), {})
    for code in sorted(by_origin.get(material.month, {})):
        figures = [by_origin.get(month, {}).get(code, _absent(series, by_origin.get(month))) for month in at]
        rows.append(
            Row(
                id=f"{id_}.{code}",
                head=_from(code),
                cells=change_cells(f"T9.{id_}.{code}", figures, caveats=_breaks(series, material, notes)),
                group=group,
                reporter=series.reporter,
            )
        )
    return rows


def _absent(series: Series, printed: Mapping[str, Figure] | None) -> Figure:
    """A country without a row in a month that has rows is not distinguished (L); a month without any is O."""
    return Figure(series, None, "L" if printed else "O")


def _from(code: str) -> Text:
    if code == "_U":
        return Text(es="desde país no indicado", en="from a country not stated")
    name = in_prose("citizenship", code)
    return Text(es=f"desde {name.es}", en=f"from {name.en}")


def _breaks(series: Series, material: Material, notes: Notes) -> tuple[str, ...]:
    name = short_name("reporter", series.reporter)
    return tuple(
        notes.ref(Text(es=f"{name.es}: {one.text.es}", en=f"{name.en}: {one.text.en}"))
        for one in series.dataset.breaks_on("counterpart", series.measure)
        if material.window[0] < one.period <= material.month
    )


def _why_apart(chosen: list[Series], notes: Notes) -> None:
    """The reason why the kinds of two reporters are not taken together, from the first pair of different reporters."""
    for a in chosen:
        for b in chosen:
            if a.reporter < b.reporter:
                found = compare(a.dataset, b.dataset, a.measure, b.measure)
                notes.ref(
                    Text(
                        es=f"{a.reporter} y {b.reporter}: comparabilidad {found.level}. {found.reason.es}",
                        en=f"{a.reporter} and {b.reporter}: comparability {found.level}. {found.reason.en}",
                    )
                )
                return
