"""What must a reader know before using a figure: definitions, signs, comparability, breaks, why nothing is added?"""

import polars as pl

from istmo.model.codes import codelist
from istmo.model.text import Text
from istmo.statistics.brief.corridor import NO_SUM
from istmo.statistics.brief.coverage import organisation_series
from istmo.statistics.brief.material import Material
from istmo.statistics.brief.values import ComparabilityCell
from istmo.statistics.comparability import Series, matrix
from istmo.statistics.wording import month_name, short_name

LEGEND: tuple[tuple[str, Text], ...] = (
    ("0", Text(es="cero", en="zero")),
    ("n/a", Text(es="no aplica", en="not applicable")),
    (
        "n/c",
        Text(es="no recolectado o no distinguido por la fuente", en="not collected or not distinguished by the source"),
    ),
    ("n/d", Text(es="no reportado aún", en="not reported yet")),
    ("s", Text(es="retenido para proteger a las personas", en="withheld to protect people")),
    ("p", Text(es="provisional", en="provisional")),
    ("r", Text(es="revisado desde la edición anterior", en="revised since the previous edition")),
    ("b", Text(es="ruptura de la serie", en="break in the series")),
    ("e", Text(es="estimado", en="estimated")),
)

_FIXED: tuple[tuple[Text, Text], ...] = (
    (
        Text(es="Totales y sumas", en="Totals and sums"),
        Text(
            es="Un total es el que declara la fuente; donde no lo declara, es la suma de las celdas de un solo "
            "conjunto de datos, y así lo dice la nota de la observación. De dos conjuntos de datos con la misma "
            "medida de un informante se lee uno.",
            en="A total is the one that the source declares; where it declares none, it is the sum of cells of "
            "one dataset, and the note of the observation says so. Of two datasets with the same measure of a "
            "reporter one is read.",
        ),
    ),
    (
        Text(es="Nacionalidad", en="Nationality"),
        Text(
            es="Es la que registra la fuente. Otras, desconocida, apátrida y no aplica son cuatro categorías. En "
            "una lista fija, una nacionalidad ausente no se distingue (n/c); donde la fuente publica todas las "
            "que registró, es cero.",
            en="It is as recorded by the source. Other, unknown, stateless and not applicable are four "
            "categories. On a fixed list an absent nationality is not distinguished (n/c); where the source "
            "prints all that it registered, it is zero.",
        ),
    ),
    (
        Text(es="Cambios", en="Changes"),
        Text(
            es="Los cambios se dan en número absoluto y, solo con una base de 30 o más, en porcentaje.",
            en="Changes are given in absolute numbers and, only on a base of 30 or more, in per cent.",
        ),
    ),
    (
        Text(es="Estaciones sucesivas y espejos", en="Successive stations and mirrors"),
        Text(
            es="Los informantes del corredor son estaciones sucesivas. Una diferencia entre ellos es un hallazgo "
            "por explicar (otra ruta, lista de nacionalidades, unidad o demora), no un error. Los espejos "
            "verdaderos aún no se recogen.",
            en="The reporters of the corridor are successive stations. A difference between them is a finding to "
            "explain (another route, list of nationalities, unit or delay), not an error. True mirrors are not "
            "collected yet.",
        ),
    ),
    (
        Text(es="Revisiones", en="Revisions"),
        Text(
            es="Nada se sobrescribe: cada entrega es una versión nueva y las anteriores siguen disponibles. El "
            "informe enumera lo que cambió desde la edición anterior.",
            en="Nothing is overwritten: each delivery is a new vintage and the earlier ones stay available. The "
            "brief lists what changed since the previous edition.",
        ),
    ),
    (
        Text(es="Cifras públicas en la fuente", en="Figures public at source"),
        Text(
            es="Las celdas se muestran tal como las publicó su fuente; no se cruzan con lugar ni edad y no van en "
            "mapas.",
            en="Cells are shown exactly as their source printed them; they are not crossed with place or age and "
            "are on no map.",
        ),
    ),
    (
        Text(es="Nombres", en="Names"),
        Text(
            es="Los nombres de países y territorios son los de las Naciones Unidas e ISO y no implican juicio "
            "alguno sobre la condición jurídica de un país o territorio. Los compromisos de la Conferencia no son "
            "jurídicamente vinculantes.",
            en="Names of countries and territories are those of the United Nations and ISO and imply no opinion "
            "on the status of any country or territory. The commitments of the Conference are not legally "
            "binding.",
        ),
    ),
)


def methods(material: Material, findings: pl.DataFrame | None = None) -> tuple[tuple[Text, Text], ...]:
    return (
        *_definitions(material),
        (Text(es="Por qué no se suman los informantes", en="Why reporters are not added"), NO_SUM),
        (Text(es="Comparabilidad", en="Comparability"), _levels()),
        *_breaks(material),
        *_findings(material, findings),
        *_FIXED,
        *_left_out(material),
    )


def _definitions(material: Material) -> tuple[tuple[Text, Text], ...]:
    """What each dataset of the brief counts, in route order, then other measures, then international organisations."""
    datasets = {series.dataset.id: series.dataset for series in _used(material)}
    result = []
    for dataset in datasets.values():
        name = short_name("reporter", dataset.reporter)
        title = Text(es=f"{name.es}: {dataset.title.es}", en=f"{name.en}: {dataset.title.en}")
        text = Text(
            es=f"{dataset.method.es} Cobertura: {dataset.coverage.es}.",
            en=f"{dataset.method.en} Coverage: {dataset.coverage.en}.",
        )
        result.append((title, text))
    return tuple(result)


def _used(material: Material) -> tuple[Series, ...]:
    """The series of the brief: along the route, those with nationality or with sex and age, then other measures."""
    return (
        *material.corridor.values(),
        *material.by_nationality.values(),
        *material.by_demographic.values(),
        *(series for many in material.other_measures.values() for series in many),
        *organisation_series(material),
    )


def _levels() -> Text:
    names = [(code.id, code.name) for code in codelist("comparability")]
    return Text(
        es="; ".join(f"{level}, {name.es.lower()}" for level, name in names)
        + ". Para restar o dividir hace falta nivel 2 o 3. Los informantes de un mismo corredor no se suman, "
        "ordenan ni sombrean juntos en ningún nivel.",
        en="; ".join(f"{level}, {name.en.lower()}" for level, name in names)
        + ". Subtracting or dividing needs level 2 or 3. Reporters of one corridor are not added, ranked or "
        "shaded together at any level.",
    )


def _breaks(material: Material) -> tuple[tuple[Text, Text], ...]:
    """The breaks that begin within the thirteen months, of totals and of breakdowns, each said once."""
    told: dict[Text, None] = {}
    for series in _used(material):
        name = short_name("reporter", series.reporter)
        for one in sorted(series.dataset.breaks, key=lambda one: one.period):
            if one.period in material.window and one.measure in (None, series.measure):
                month = month_name(one.period)
                told[Text(f"{name.es}, {month.es}: {one.text.es}", f"{name.en}, {month.en}: {one.text.en}")] = None
    if not told:
        return ()
    es, en = [text.es for text in told], [text.en for text in told]
    title = Text(es="Rupturas de serie en los trece meses", en="Breaks in series within the thirteen months")
    return ((title, Text(es=" ".join(es), en=" ".join(en))),)


def _findings(material: Material, findings: pl.DataFrame | None) -> tuple[tuple[Text, Text], ...]:
    """What the checks found in the figures of this brief: totals that differ (R7), a residual that jumps (R8), a code
    that two sources read in two ways (R18a). Of a table and its compilation only the one that the brief reads is told.
    """
    if findings is None:
        return ()
    month, year = str(material.month), str(material.month.year)
    window = [str(at) for at in material.window]
    told = (
        (pl.col("rule").eq("R7") & pl.col("value").is_in([month, year]))
        | (pl.col("rule").eq("R8") & pl.col("value").is_in(window))
        | (pl.col("rule").eq("R18a") & pl.col("value").str.starts_with(f"{year} "))
    )
    read = [series.dataset.id for series in _used(material)]
    found = findings.filter(told, pl.col("column").str.split(" / ").list.eval(pl.element().is_in(read)).list.all())
    if found.is_empty():
        return ()
    title = Text(es="Hallazgos por explicar", en="Findings to explain")
    return ((title, Text(es=" ".join(found["message_es"]), en=" ".join(found["message_en"]))),)


def _left_out(material: Material) -> tuple[tuple[Text, Text], ...]:
    if not material.left_out:
        return ()
    names = ", ".join(material.left_out)
    return (
        (
            Text(es="Conjuntos de datos fuera del informe", en="Datasets outside the brief"),
            Text(
                es=f"Están cargados, pero no registrados como públicos en su fuente: {names}.",
                en=f"Loaded, but not registered as public at their source: {names}.",
            ),
        ),
    )


def comparability(material: Material) -> tuple[ComparabilityCell, ...]:
    """Every pair of the reporters that have a corridor series, in route order, with level and reason."""
    return tuple(
        ComparabilityCell(
            first=pair.first.reporter,
            second=pair.second.reporter,
            first_measure=pair.first.measure,
            second_measure=pair.second.measure,
            level=pair.comparability.level,
            name=pair.comparability.name,
            reason=pair.comparability.reason,
        )
        for pair in matrix(material.corridor.values())
    )
