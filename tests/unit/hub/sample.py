"""A brief made by hand with invented figures: every kind of table, note, status and sign that a renderer has to
lay out.
"""

from dataclasses import replace
from datetime import date

from istmo.model.periods import Period, month, months
from istmo.model.text import Text
from istmo.statistics.brief.values import (
    Brief,
    BriefState,
    Cell,
    CellKind,
    Chart,
    ChartKind,
    Column,
    ComparabilityCell,
    Edition,
    MemberNote,
    Note,
    Panel,
    Point,
    PolicyNote,
    Revision,
    Row,
    Sentence,
    Table,
    VintageUsed,
)

MONTH = month(2023, 8)
NAMES = {
    "PAN": Text("Panamá", "Panama"),
    "CRI": Text("Costa Rica", "Costa Rica"),
    "NIC": Text("Nicaragua", "Nicaragua"),
    "HND": Text("Honduras", "Honduras"),
    "GTM": Text("Guatemala", "Guatemala"),
    "MEX": Text("México", "Mexico"),
    "USA": Text("Estados Unidos", "United States"),
    "BLZ": Text("Belice", "Belize"),
    "CAN": Text("Canadá", "Canada"),
    "SLV": Text("El Salvador", "El Salvador"),
    "DOM": Text("República Dominicana", "Dominican Republic"),
}
ROUTE = ("PAN", "CRI", "NIC", "HND", "GTM", "MEX", "USA")
REPORTING = ("PAN", "HND", "MEX", "USA")
UNITS = {
    "PAN": Text("registros de persona", "person registrations"),
    "HND": Text("registros de persona", "person registrations"),
    "MEX": Text("eventos", "events"),
    "USA": Text("encuentros (eventos)", "encounters (events)"),
}
MEASURES = {
    "PAN": Text("Tránsito irregular registrado (SNM)", "Registered irregular transit (SNM)"),
    "HND": Text("Ingreso irregular registrado (INM)", "Registered irregular entry (INM)"),
    "MEX": Text(
        "Eventos de personas en situación migratoria irregular (UPMRIP)",
        "Events of people in an irregular migration situation (UPMRIP)",
    ),
    "USA": Text("Encuentros, frontera suroeste (CBP)", "Encounters, south-west border (CBP)"),
}
SCALE = {"PAN": 41_003, "HND": 30_007, "MEX": 40_011, "USA": 90_017}
NATIONALITIES = (
    ("VEN", Text("Venezuela", "Venezuela")),
    ("ECU", Text("Ecuador", "Ecuador")),
    ("HTI", Text("Haití", "Haiti")),
    ("CUB", Text("Cuba", "Cuba")),
    ("COL", Text("Colombia", "Colombia")),
    ("X_CONGO", Text("Congo, sin distinguir", "Congo, not distinguished")),
    ("CHN", Text("China", "China")),
    ("IND", Text("India", "India")),
    ("SEN", Text("Senegal", "Senegal")),
    ("AFG", Text("Afganistán", "Afghanistan")),
)
REGIONS = (
    ("SOUTH_AM", Text("América del Sur", "South America")),
    ("RCM", Text("Países miembros de la CRM", "RCM member countries")),
    ("CARIB", Text("Caribe no miembro", "Caribbean, not members")),
    ("AFRICA", Text("África", "Africa")),
    ("ASIA", Text("Asia", "Asia")),
    ("UNKNOWN", Text("Desconocida o apátrida", "Unknown or stateless")),
)
SHORT = {
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


def short(period: Period) -> Text:
    return Text(*(f"{SHORT[language][period.number - 1]} {period.year}" for language in ("es", "en")))


def figure(reporter: str, period: Period) -> int | None:
    """An invented figure; Mexico's April 2023 is missing."""
    if reporter not in SCALE or (reporter, str(period)) == ("MEX", "2023-04"):
        return None
    index = period.year * 12 + period.number
    return SCALE[reporter] + (index * 7_919 + len(reporter) * 101) % 37_013


def corridor_cell(reporter: str, period: Period) -> Cell:
    value = figure(reporter, period)
    status, flags, caveats = "O" if value is None else "A", (), ()
    if value is not None and period == MONTH and reporter != "HND":
        status = "P"
    if (reporter, str(period)) == ("USA", "2023-05"):
        status, caveats = "B", ("n1",)
    if (reporter, str(period)) == ("HND", "2023-07"):
        flags = ("r",)
    return Cell(f"T2.{reporter}.{period}", CellKind.COUNT, value, status=status, flags=flags, caveats=caveats)


def window() -> tuple[Period, ...]:
    return months(MONTH.plus(-12), MONTH)


def text_cell(id_: str, es: str, en: str, *, status: str = "A") -> Cell:
    return Cell(id_, CellKind.TEXT, text=Text(es, en) if es else None, status=status)


def coverage_table() -> Table:
    rows = []
    for code, name in NAMES.items():
        group = (
            Text("Sobre el corredor, en orden de ruta", "On the corridor, in route order")
            if code in ROUTE
            else Text("Otros miembros", "Other members")
        )
        if code in REPORTING:
            late = code == "HND"
            cells = (
                Cell(f"T1.{code}.measure", CellKind.TEXT, text=MEASURES[code]),
                Cell(f"T1.{code}.unit", CellKind.TEXT, text=UNITS[code]),
                Cell(f"T1.{code}.last", CellKind.TEXT, text=short(MONTH), status="P"),
                text_cell(
                    f"T1.{code}.delivery", *(("3 días tarde", "3 days late") if late else ("a tiempo", "on time"))
                ),
                text_cell(
                    f"T1.{code}.level",
                    "2 con HND" if code == "PAN" else "1 con MEX",
                    "2 with HND" if code == "PAN" else "1 with MEX",
                ),
            )
        else:
            cells = (
                *(
                    text_cell(f"T1.{code}.{part}", "", "", status="O" if code in ROUTE else "L")
                    for part in ("measure", "unit", "last")
                ),
                text_cell(f"T1.{code}.delivery", "no informó", "did not report"),
                text_cell(f"T1.{code}.level", "", "", status="M"),
            )
        rows.append(Row(f"T1.{code}", name, cells, group=group, reporter=code))
    heads = (
        ("measure", "Qué mide", "What it measures"),
        ("unit", "Unidad de conteo", "Unit of count"),
        ("last", "Último mes", "Last month"),
        ("delivery", "Entrega", "Delivery"),
        ("level", "Comparabilidad", "Comparability"),
    )
    return Table(
        "T1",
        Text("Quién informó", "Who reported"),
        Text(
            "Cuatro de once miembros informaron la medida del corredor",
            "Four of eleven members reported the corridor measure",
        ),
        Text(
            "Cobertura y puntualidad. Las salidas aún no tienen fuente.",
            "Coverage and timeliness. Departures have no source yet.",
        ),
        Text("Miembro", "Member"),
        tuple(Column(id_, Text(es, en), CellKind.TEXT) for id_, es, en in heads),
        tuple(rows),
        sources=(
            Text(
                "Registro de entregas de la Secretaría Técnica.", "The Technical Secretariat's register of deliveries."
            ),
        ),
    )


def corridor_table() -> Table:
    return Table(
        "T2",
        Text("El corredor", "The corridor"),
        Text("El corredor mes a mes, en orden de ruta", "The corridor month by month, in route order"),
        Text(
            "Una medida por informante. La tabla no tiene total por diseño.",
            "One measure a reporter. The table has no total by design.",
        ),
        Text("Mes", "Month"),
        tuple(Column(code, NAMES[code], CellKind.COUNT, unit=UNITS.get(code), reporter=code) for code in ROUTE),
        tuple(
            Row(f"T2.{period}", short(period), tuple(corridor_cell(code, period) for code in ROUTE))
            for period in reversed(window())
        ),
        notes=(
            Note(
                "n1",
                Text(
                    "Hasta el 11 de mayo de 2023 la medida incluía expulsiones del Título 42.",
                    "Until 11 May 2023 the measure included Title 42 expulsions.",
                ),
            ),
        ),
        sources=tuple(
            Text(
                f"{NAMES[code].es}: {MEASURES[code].es}; versión 2023-09-10.1.",
                f"{NAMES[code].en}: {MEASURES[code].en}; vintage 2023-09-10.1.",
            )
            for code in REPORTING
        ),
    )


def nationality_table() -> Table:
    rows = []
    for reporter in REPORTING:
        for index, (code, name) in enumerate(NATIONALITIES):
            if (reporter, code) == ("USA", "SEN"):
                continue
            value = SCALE[reporter] // (index + 2)
            base = 12 if code == "AFG" else value - (-1) ** index * (1_003 + index)
            id_ = f"T3.{reporter}.{code}"
            status = "P" if reporter != "HND" else "A"
            cells = (
                Cell(id_, CellKind.COUNT, value, status=status, caveats=("n1",) if code == "X_CONGO" else ()),
                Cell(f"{id_}.month", CellKind.CHANGE, value - base),
                Cell(
                    f"{id_}.month_pct",
                    CellKind.PERCENT,
                    100 * (value - base) / base if base >= 30 else None,
                    status="A" if base >= 30 else "M",
                ),
                Cell(
                    f"{id_}.year",
                    CellKind.CHANGE,
                    None if reporter == "PAN" and code == "SEN" else -index,
                    status="L" if reporter == "PAN" and code == "SEN" else "A",
                ),
                Cell(f"{id_}.year_pct", CellKind.PERCENT, None, status="M"),
            )
            group = Text(f"{NAMES[reporter].es}: {UNITS[reporter].es}", f"{NAMES[reporter].en}: {UNITS[reporter].en}")
            rows.append(Row(id_, name, cells, group=group, reporter=reporter))
    heads = (
        ("value", "Ago 2023", "Aug 2023", CellKind.COUNT),
        ("month", "s/ jul", "v. Jul", CellKind.CHANGE),
        ("month_pct", "s/ jul, %", "v. Jul, %", CellKind.PERCENT),
        ("year", "s/ ago 2022", "v. Aug 2022", CellKind.CHANGE),
        ("year_pct", "s/ ago 2022, %", "v. Aug 2022, %", CellKind.PERCENT),
    )
    return Table(
        "T3",
        Text("Nacionalidades", "Nationalities"),
        Text(
            "Las diez nacionalidades de cada informante, en su propio orden",
            "Each reporter's own ten nationalities, in its own order",
        ),
        Text(
            "Agosto de 2023. El porcentaje se da solo cuando la base es de 30 o más.",
            "August 2023. A percentage is given only on a base of 30 or more.",
        ),
        Text("Nacionalidad según la fuente", "Nationality as recorded"),
        tuple(Column(id_, Text(es, en), kind) for id_, es, en, kind in heads),
        tuple(rows),
        notes=(
            Note(
                "n1",
                Text(
                    "La fuente no distingue entre el Congo y la República Democrática del Congo.",
                    "The source does not distinguish the Congo from the Democratic Republic of the Congo.",
                ),
            ),
        ),
        sources=(Text("Los mismos informantes.", "The same reporters."),),
    )


def region_share(reporter: str, index: int) -> float | None:
    return None if (reporter, index) in {("USA", 3), ("PAN", 5)} else (60.0, 20.5, 11.04, 5.0, 3.4, 0.06)[index]


def region_table() -> Table:
    columns, rows = [], []
    for reporter in REPORTING:
        columns.append(
            Column(f"{reporter}.n", NAMES[reporter], CellKind.COUNT, unit=UNITS[reporter], reporter=reporter)
        )
        columns.append(Column(f"{reporter}.share", Text("%", "%"), CellKind.SHARE, reporter=reporter))
    for index, (code, name) in enumerate(REGIONS):
        cells = []
        for reporter in REPORTING:
            share = region_share(reporter, index)
            value = None if share is None else round(SCALE[reporter] * share / 100)
            status = "L" if share is None else "A"
            cells.append(Cell(f"T4.{reporter}.{code}", CellKind.COUNT, value, status=status))
            cells.append(Cell(f"T4.{reporter}.{code}.share", CellKind.SHARE, share, status=status))
        rows.append(Row(f"T4.{code}", name, tuple(cells)))
    return Table(
        "T4",
        Text("Región de origen", "Region of origin"),
        Text(
            "América del Sur reúne más de la mitad de los registros de cada informante",
            "South America makes up more than half of each reporter's registrations",
        ),
        Text(
            "Región de la nacionalidad según la fuente, agosto de 2023.",
            "Region of the nationality as recorded, August 2023.",
        ),
        Text("Región", "Region"),
        tuple(columns),
        tuple(rows),
        sources=(Text("La de la tabla T3.", "As table T3."),),
    )


def demographic_table() -> Table:
    heads = (
        ("men", "Hombres", "Men"),
        ("women", "Mujeres", "Women"),
        ("boys", "Niños", "Boys"),
        ("girls", "Niñas", "Girls"),
        ("alone", "No acompañados", "Unaccompanied"),
    )
    rows = []
    for reporter in REPORTING:
        cells = []
        for index, (id_, _, _) in enumerate(heads):
            known = (reporter == "USA") == (id_ == "alone")
            cells.append(
                Cell(
                    f"T5.{reporter}.{id_}",
                    CellKind.COUNT,
                    SCALE[reporter] // (index + 3) if known else None,
                    status="A" if known else "L",
                )
            )
        rows.append(Row(f"T5.{reporter}", NAMES[reporter], tuple(cells), detail=UNITS[reporter], reporter=reporter))
    return Table(
        "T5",
        Text("Sexo y edad", "Sex and age"),
        Text(
            "Sexo, edad y acompañamiento de lo que registró cada informante",
            "Sex, age and accompaniment of what each reporter registered",
        ),
        Text("Niñas y niños: menores de 18 años.", "Boys and girls: under 18."),
        Text("Informante", "Reporter"),
        tuple(Column(id_, Text(es, en), CellKind.COUNT) for id_, es, en in heads),
        tuple(rows),
        sources=(
            Text("Los mismos informantes, tablas por sexo y edad.", "The same reporters, tables by sex and age."),
        ),
    )


def returns_table() -> Table:
    rows = (
        Row(
            "T9.MEX.DEPORT",
            Text("Devoluciones", "Removals"),
            (Cell("T9.MEX.DEPORT", CellKind.COUNT, 4_007),),
            group=NAMES["MEX"],
            reporter="MEX",
        ),
        Row(
            "T9.MEX.RET_ASS",
            Text("Retornos asistidos", "Assisted returns"),
            (Cell("T9.MEX.RET_ASS", CellKind.COUNT, 0),),
            group=NAMES["MEX"],
            reporter="MEX",
        ),
        Row(
            "T9.GTM.RET_REC",
            Text("=Retornados recibidos", "=Returned nationals received"),
            (Cell("T9.GTM.RET_REC", CellKind.COUNT, None, status="Q"),),
            group=NAMES["GTM"],
            reporter="GTM",
        ),
    )
    return Table(
        "T9",
        Text("Retornos", "Returns"),
        Text("Retornos por tipo, cada uno en su propia medida", "Returns by kind, each in its own measure"),
        Text(
            "México devuelve, Guatemala recibe: no son las mismas personas.",
            "Mexico returns, Guatemala receives: they are not the same people.",
        ),
        Text("Tipo", "Kind"),
        (Column("value", Text("Ago 2023", "Aug 2023"), CellKind.COUNT, unit=Text("eventos", "events")),),
        rows,
        sources=(Text("UPMRIP 3.2.4; IGM.", "UPMRIP 3.2.4; IGM."),),
    )


def missing_table(id_: str, es: str, en: str) -> Table:
    nobody = Text("Ningún miembro lo envía todavía: no recolectado.", "No member sends it yet: not collected.")
    return Table(
        id_,
        Text("Aún no recolectado", "Not collected yet"),
        Text(es, en),
        nobody,
        Text("Tabla", "Table"),
        missing=nobody,
    )


def charts() -> tuple[Chart, ...]:
    c1 = Chart(
        "C1",
        ChartKind.MONTHLY_PANELS,
        Text("El corredor", "The corridor"),
        Text(
            "Los cuatro informantes del corredor registraron más en agosto que en julio",
            "The corridor's four reporters registered more in August than in July",
        ),
        Text(
            "Registros mensuales. Cada panel tiene su propia medida, unidad y escala.",
            "Monthly registrations. Each panel has its own measure, unit and scale.",
        ),
        Text(
            "Un panel de barras mensuales por informante, en orden de ruta.",
            "One panel of monthly bars a reporter, in route order.",
        ),
        "T2",
        tuple(
            Panel(
                code,
                NAMES[code],
                MEASURES.get(code, Text("Sin informe de esta medida", "No report of this measure")),
                tuple(
                    Point(
                        str(period),
                        short(period),
                        None if cell.value is None else float(cell.value),
                        cell.status,
                        cell.id,
                    )
                    for period in window()
                    for cell in (corridor_cell(code, period),)
                ),
                breaks=(("2023-05", Text("11 de mayo: fin del Título 42", "11 May: end of Title 42")),)
                if code == "USA"
                else (),
                policies=("2022-10", "2023-08") if code in ("PAN", "HND") else (),
            )
            for code in ROUTE
        ),
        notes=(Text("Los paneles no se suman.", "The panels are not added."),),
        sources=(Text("SNM, INM, UPMRIP y CBP.", "SNM, INM, UPMRIP and CBP."),),
    )
    c2 = Chart(
        "C2",
        ChartKind.SHARE_PANELS,
        Text("Región de origen", "Region of origin"),
        Text(
            "Qué parte de lo registrado viene de cada región", "What part of the registrations comes from each region"
        ),
        Text("Porcentaje de cada informante, agosto de 2023.", "Percentage of each reporter, August 2023."),
        Text(
            "Un panel de barras por informante; América del Sur es la mayor en todos.",
            "One panel of bars a reporter; South America is the largest in each.",
        ),
        "T4",
        tuple(
            Panel(
                code,
                NAMES[code],
                UNITS[code],
                tuple(
                    Point(
                        region,
                        name,
                        region_share(code, index),
                        "L" if region_share(code, index) is None else "A",
                        f"T4.{code}.{region}.share",
                    )
                    for index, (region, name) in enumerate(REGIONS)
                ),
            )
            for code in REPORTING
        ),
    )
    c5 = Chart(
        "C5",
        ChartKind.HEAT_MAP,
        Text("Nacionalidades", "Nationalities"),
        Text(
            "Venezuela es la primera nacionalidad de cada informante", "Venezuela is each reporter's first nationality"
        ),
        Text(
            "Registros por nacionalidad; el tono compara dentro de cada columna.",
            "Registrations by nationality; the shade compares within each column.",
        ),
        Text("Una columna por informante, una fila por nacionalidad.", "One column a reporter, one row a nationality."),
        "T3",
        tuple(
            Panel(
                code,
                NAMES[code],
                UNITS[code],
                tuple(
                    Point(
                        nationality,
                        name,
                        float(SCALE[code] // (index + 2)) if nationality != "SEN" or code != "USA" else None,
                        "A" if nationality != "SEN" or code != "USA" else "L",
                        f"T3.{code}.{nationality}",
                    )
                    for index, (nationality, name) in enumerate(NATIONALITIES)
                ),
            )
            for code in REPORTING
        ),
    )
    return (c1, c2, c5)


def sentences() -> tuple[Sentence, ...]:
    result = []
    for code in REPORTING:
        cell, before = corridor_cell(code, MONTH), corridor_cell(code, MONTH.plus(-1))
        result.append(
            Sentence(
                Text(
                    f"{NAMES[code].es} registró {cell.value:,} {UNITS[code].es} en agosto de 2023.",
                    f"{NAMES[code].en} registered {cell.value:,} {UNITS[code].en} in August 2023.",
                ),
                (cell.id, before.id),
                detail=Text(f"En julio fueron {before.value:,}.", f"In July there were {before.value:,}."),
            )
        )
    return tuple(result)


def comparability() -> tuple[ComparabilityCell, ...]:
    same = Text("mismo concepto y unidad, otra cobertura", "same concept and unit, other coverage")
    unit = Text("mismo concepto, otra unidad", "same concept, other unit")
    other = Text("otro concepto", "other concept")
    rows = []
    for index, first in enumerate(REPORTING):
        for second in REPORTING[index + 1 :]:
            level = 0 if "USA" in (first, second) else (1 if "MEX" in (first, second) else 2)
            name = (other, unit, same)[level]
            reason = Text(
                f"{MEASURES[first].es} frente a {MEASURES[second].es}.",
                f"{MEASURES[first].en} against {MEASURES[second].en}.",
            )
            rows.append(
                ComparabilityCell(
                    first, second, "TRA_IRR", "ENCOUNTER" if second == "USA" else "ENT_IRR", level, name, reason
                )
            )
    return tuple(rows)


def policies() -> tuple[PolicyNote, ...]:
    """Two invented changes: of the month, read in the act itself; and of an earlier one, of which that was not seen."""
    return (
        PolicyNote(
            "PAN-2023-08-04",
            date(2023, 8, 4),
            Text("Visa", "Visa"),
            Text("Panamá exige visa a las personas del Ecuador.", "Panama requires a visa of people from Ecuador."),
            Text("Ecuador", "Ecuador"),
            ("PAN", "HND"),
            "=Gaceta Inventada 12",
            "https://gaceta.example/12",
            date(2023, 8, 1),
            True,
        ),
        PolicyNote(
            "HND-2022-10-15",
            date(2022, 10, 15),
            Text("Tasa o multa", "Fee or fine"),
            Text("Honduras deja de cobrar la multa.", "Honduras no longer collects the fine."),
            Text("todas las nacionalidades", "every nationality"),
            ("PAN", "HND"),
            "Diario Inventado",
            "https://diario.example/9",
            date(2022, 10, 14),
            False,
        ),
    )


def edition(*, state: BriefState = BriefState.PUBLISHED, demonstration: bool = True) -> Edition:
    return Edition(
        month=MONTH,
        number=1,
        cut_off=date(2023, 9, 18),
        state=state,
        preliminary=True,
        demonstration=demonstration,
        published=date(2023, 9, 20) if state is BriefState.PUBLISHED else None,
        next_release=date(2023, 10, 20),
        analysis=Text(
            "El aumento de agosto aparece en los cuatro informantes.\n\nCon estas series no puede saberse "
            "cuántas personas distintas recorrieron la ruta.",
            "The rise in August appears at all four reporters.\n\nThese series cannot tell how many different "
            "people travelled the route.",
        ),
        analysed_by="Ana Lista",
        approved_by="Jefa Turno",
        correction=Text(
            "Corrige el total de Honduras, que sumaba dos veces una hoja.",
            "Corrects the total of Honduras, which added a sheet twice.",
        ),
        notes=(
            MemberNote(
                "HND",
                NAMES["HND"],
                Text("El registro de Trojes abrió en mayo.", "The register of Trojes opened in May."),
                "Estela Dística",
                date(2023, 9, 19),
            ),
        ),
    )


def brief(*, state: BriefState = BriefState.PUBLISHED, demonstration: bool = True, **changes: object) -> Brief:
    """The sample brief; `changes` replace any of its fields."""
    made = Brief(
        edition=edition(state=state, demonstration=demonstration),
        title=Text("Informe mensual regional, agosto de 2023", "Monthly regional brief, August 2023"),
        lead=Text(
            "Lo que registraron los países miembros a lo largo del corredor, con la fuente, la unidad y los "
            "límites de cada cifra.",
            "What the member countries registered along the corridor, with the source, unit and limits of each figure.",
        ),
        members=11,
        reported=REPORTING,
        other_measure=("GTM",),
        silent=("CRI", "NIC", "BLZ", "CAN", "SLV", "DOM"),
        coverage=Text(
            "No informaron sobre la ruta: Costa Rica, Nicaragua y Guatemala.",
            "Did not report on the route: Costa Rica, Nicaragua and Guatemala.",
        ),
        sentences=sentences(),
        tables=(
            coverage_table(),
            corridor_table(),
            nationality_table(),
            region_table(),
            demographic_table(),
            missing_table("T6", "Situación de la nacionalidad", "Nationality status"),
            missing_table("T7", "Atención brindada", "Attention provided"),
            missing_table("T8", "Asilo", "Asylum"),
            returns_table(),
            missing_table("T10", "Tráfico ilícito de migrantes", "Smuggling of migrants"),
            missing_table("T11", "Compromisos", "Commitments"),
        ),
        charts=charts(),
        comparability=comparability(),
        methods=tuple(
            (
                NAMES[code],
                Text(
                    f"{MEASURES[code].es}: una cuenta por registro.", f"{MEASURES[code].en}: one count a registration."
                ),
            )
            for code in REPORTING
        ),
        legend=(
            ("0", Text("cero", "zero")),
            ("n/a", Text("no aplica", "not applicable")),
            (
                "n/c",
                Text(
                    "no recolectado o no distinguido por la fuente", "not collected or not distinguished by the source"
                ),
            ),
            ("n/d", Text("no reportado aún", "not reported yet")),
            ("s", Text("retenido por confidencialidad", "withheld for confidentiality")),
            ("p", Text("provisional", "provisional")),
            ("r", Text("revisado", "revised")),
            ("b", Text("ruptura de serie", "break in series")),
            ("e", Text("estimado", "estimate")),
        ),
        revisions=(
            Revision(
                "HND.INM.flujo",
                "2023-07",
                Text("Total de julio de 2023", "Total for July 2023"),
                48_001,
                48_953,
                "2023-08-10.1",
                "2023-09-13.1",
            ),
        ),
        vintages=tuple(
            VintageUsed(dataset, "2023-09-10.1", f"{index:x}" * 64, f"{dataset}@1.0.0", date(2023, 9, 10))
            for index, dataset in enumerate(
                ("PAN.SNM.cuadro003", "HND.INM.flujo", "MEX.UPMRIP.3.1.1", "USA.CBP.nationwide"), start=10
            )
        ),
        findings=(
            {
                "rule": "R18a",
                "severity": "warning",
                "message": {"es": "Revise CHN y TWN.", "en": "Look at CHN and TWN."},
            },
        ),
        policies=policies(),
    )
    return replace(made, **changes)
