"""T5: how many of those registered were women, men, girls and boys, and how many children were alone?

Sources cross sex, age and accompaniment in different ways. What a source does not distinguish is `n/c`, never worked
out: the United States publishes neither sex nor age, Mexico the accompaniment of children under 12 only, Panama no
age by sex until 2022.
"""

from collections.abc import Callable, Mapping

from istmo.model.observations import MARGINS
from istmo.model.text import Text
from istmo.statistics.brief.cells import Notes, count, share_of
from istmo.statistics.brief.figures import change as written_change
from istmo.statistics.brief.material import Demographic, Material
from istmo.statistics.brief.protection import protected
from istmo.statistics.brief.sources import source_lines
from istmo.statistics.brief.values import Cell, CellKind, Column, Row, Table
from istmo.statistics.comparability import Figure, Series, added, difference, taken_together
from istmo.statistics.margins import subtotals
from istmo.statistics.wording import month_name, short_name

SECTION = Text(es="Sexo y edad", en="Sex and age")
ADULT = ("Y_GE18", "Y18T59", "Y18T25", "Y26T59", "Y_GE60")
CHILD = ("Y_LT18", "Y_LT12", "Y12T17", "Y0T4", "Y5T11")
ALONE = ("UNACC", "SEP")

Where = Callable[[str, str, str], bool]
Parts = dict[Demographic, Figure]

_COLUMNS: tuple[tuple[str, Text, Where], ...] = (
    ("MEN", Text(es="Hombres", en="Men"), lambda sex, age, _: sex == "M" and age in ADULT),
    ("WOMEN", Text(es="Mujeres", en="Women"), lambda sex, age, _: sex == "F" and age in ADULT),
    ("BOYS", Text(es="Niños", en="Boys"), lambda sex, age, _: sex == "M" and age in CHILD),
    ("GIRLS", Text(es="Niñas", en="Girls"), lambda sex, age, _: sex == "F" and age in CHILD),
)


def demography_table(material: Material) -> Table:
    notes = Notes()
    chosen = [*material.by_demographic.values(), *_returned(material)]
    rows = tuple(_row(series, material, notes) for series in chosen)
    return Table(
        id="T5",
        section=SECTION,
        title=Text(
            es="Sexo, edad y acompañamiento dentro de cada informante",
            en="Sex, age and accompaniment within each reporter",
        ),
        subtitle=Text(
            es=f"{month_name(material.month).es.capitalize()}. Niñas y niños: menores de 18 años. Los porcentajes "
            "son del total del mismo cuadro de cada informante.",
            en=f"{month_name(material.month).en}. Girls and boys: under 18. Percentages are of the total of each "
            "reporter's same table.",
        ),
        row_head=Text(es="Informante", en="Reporter"),
        columns=_columns(),
        rows=rows,
        notes=notes.all(),
        sources=source_lines(chosen, material),
        missing=None
        if rows
        else Text(
            es="Ningún informante publicó sexo, edad ni acompañamiento este mes.",
            en="No reporter published sex, age or accompaniment this month.",
        ),
    )


def _columns() -> tuple[Column, ...]:
    counts = tuple(Column(id_, head, CellKind.COUNT) for id_, head, _ in _COLUMNS)
    return (
        *counts,
        Column("CHILDREN", Text(es="Niñas y niños", en="Children"), CellKind.COUNT),
        Column("CHILDREN.S", Text(es="Niñas y niños, %", en="Children, %"), CellKind.SHARE),
        Column("UNACC", Text(es="Niñez no acompañada", en="Unaccompanied children"), CellKind.COUNT),
        Column("UNACC.S", Text(es="Niñez no acompañada, %", en="Unaccompanied children, %"), CellKind.SHARE),
        Column("SINGLE", Text(es="Personas adultas solas", en="Single adults"), CellKind.COUNT),
        Column("FAM", Text(es="En unidades familiares", en="In family units"), CellKind.COUNT),
    )


def _returned(material: Material) -> tuple[Series, ...]:
    """Other measures of the month whose dataset is not listed by nationality: returned nationals received."""
    return tuple(
        series
        for many in material.other_measures.values()
        for series in many
        if series.dataset.nationality_list == "none" and (series.dataset.id, series.measure) in material.demographics
    )


def _row(series: Series, material: Material, notes: Notes) -> Row:
    id_ = f"T5.{series.reporter}"
    parts = leaves(material.demographics[series.dataset.id, series.measure])
    whole = material.figure(series, material.month)
    figures = {name: _sum(series, parts, where) for name, _, where in _COLUMNS}
    children = children_of(series, parts)
    alone = unaccompanied_of(series, parts)
    for figure in (*parts.values(), whole):
        protected(figure, notes)
    cells: tuple[Cell, ...] = (
        *(count(f"{id_}.{name}", figure) for name, figure in figures.items()),
        count(f"{id_}.CHILDREN", children),
        share_of(f"{id_}.CHILDREN.S", children, whole, caveats=_other_total(series, whole, material, notes)),
        count(f"{id_}.UNACC", alone, caveats=_partly_alone(series, parts, notes)),
        share_of(f"{id_}.UNACC.S", alone, whole),
        count(f"{id_}.SINGLE", _sum(series, parts, lambda _, age, with_whom: with_whom == "SINGLE")),
        count(f"{id_}.FAM", _sum(series, parts, lambda _, age, with_whom: with_whom == "FAM")),
    )
    return Row(
        id=series.reporter,
        head=short_name("reporter", series.reporter),
        cells=_all_ages(id_, series, parts, cells, notes),
        detail=Text(
            es=f"{series.dataset.what.es}; {series.dataset.unit_name.es}",
            en=f"{series.dataset.what.en}; {series.dataset.unit_name.en}",
        ),
        reporter=series.reporter,
    )


def _other_total(series: Series, whole: Figure, material: Material, notes: Notes) -> tuple[str, ...]:
    """R7: the reporter's total in T2 is another than the total of this table; both are shown, neither is changed."""
    corridor = material.corridor.get(series.reporter)
    if corridor is None or corridor.measure != series.measure:
        return ()
    gap = difference(whole, material.figure(corridor, material.month))
    if not gap:
        return ()
    name, total = short_name("reporter", series.reporter), material.figure(corridor, material.month).value
    return (
        notes.ref(
            Text(
                es=f"{name.es}: el total de este cuadro es {whole.value:,} y el de la tabla T2, {total:,} "
                f"({written_change(gap)}). La fuente publica los dos; ninguno se corrige.",
                en=f"{name.en}: the total of this table is {whole.value:,} and that of table T2 {total:,} "
                f"({written_change(gap)}). The source publishes both; neither is corrected.",
            )
        ),
    )


def leaves(printed: Mapping[Demographic, Figure]) -> Parts:
    """The combinations that are no subtotal of others."""
    drop = subtotals(frozenset(printed), MARGINS["DEMOGRAPHIC"])
    return {codes: figure for codes, figure in printed.items() if codes not in drop}


def _sum(series: Series, parts: Parts, where: Where) -> Figure:
    """The sum of the parts that fit; L, not distinguished, where none does."""
    fitting = [figure for codes, figure in parts.items() if where(*codes)]
    if not fitting:
        return Figure(series, None, "L")
    if all(figure.value is not None for figure in fitting) or len(fitting) == 1:
        return taken_together(series, fitting)
    return Figure(series, None, next(figure.status for figure in fitting if figure.value is None))


def children_of(series: Series, parts: Parts) -> Figure:
    """All under 18; L where the source has a part that mixes adults and children."""
    if any(age == "_T" for _, age, _ in parts):
        return Figure(series, None, "L")
    return _sum(series, parts, lambda _, age, __: age in CHILD)


def unaccompanied_of(series: Series, parts: Parts) -> Figure:
    """Unaccompanied children; L where the source does not say it of every group of children."""
    children = [with_whom for _, age, with_whom in parts if age in CHILD]
    if not children or any(with_whom == "_T" for with_whom in children):
        return Figure(series, None, "L")
    return _sum(series, parts, lambda _, age, with_whom: age in CHILD and with_whom in ALONE)


def _partly_alone(series: Series, parts: Parts, notes: Notes) -> tuple[str, ...]:
    """A source that says accompaniment only of the youngest: the number stands in a note, not as if it were of all."""
    groups = {age: with_whom for _, age, with_whom in parts if age in CHILD}
    some = [figure for (_, age, with_whom), figure in parts.items() if age in CHILD and with_whom in ALONE]
    if not some or all(with_whom != "_T" for _, age, with_whom in parts if age in CHILD):
        return ()
    value, name = added(some), short_name("reporter", series.reporter)
    shown = "n/d" if value is None else f"{value:,}"
    youngest = "Y_LT12" in groups
    return (
        notes.ref(
            Text(
                es=f"{name.es} publica el acompañamiento solo de "
                f"{'menores de 12 años' if youngest else 'una parte de las niñas y los niños'}: {shown} sin "
                "compañía.",
                en=f"{name.en} publishes accompaniment only of "
                f"{'children under 12' if youngest else 'some of the children'}: {shown} unaccompanied.",
            )
        ),
    )


def _all_ages(id_: str, series: Series, parts: Parts, cells: tuple[Cell, ...], notes: Notes) -> tuple[Cell, ...]:
    """Where the source gives each sex at all ages together, these stand under men and women with a caveat."""
    result = list(cells)
    for position, (column, sex) in enumerate((("MEN", "M"), ("WOMEN", "F"))):
        figure = parts.get((sex, "_T", "_T"))
        if figure is None:
            continue
        name = short_name("reporter", series.reporter)
        caveat = notes.ref(
            Text(
                es=f"{name.es}: hombres y mujeres de todas las edades; la fuente no distingue niñas y niños este mes.",
                en=f"{name.en}: men and women of all ages; the source does not distinguish children this month.",
            )
        )
        result[position] = count(f"{id_}.{column}", figure, caveats=(caveat,))
    return tuple(result)
