"""What will the brief tell that nobody collects yet? Each such table says what will be there; nothing is estimated."""

from istmo.model.text import Text
from istmo.statistics.brief.cells import sign
from istmo.statistics.brief.values import CellKind, Column, Row, Table
from istmo.statistics.comparability import mirrors
from istmo.statistics.wording import short_name

SECTION = Text(es="Lo que aún no se recoge", en="What is not collected yet")

_TABLES = (
    (
        "T6",
        Text(es="Situación de la nacionalidad", en="Nationality status"),
        Text(
            es="declarada, presentada, presunta, verificada y desconocida, por informante; consultas consulares "
            "enviadas y respondidas",
            en="declared, presented, presumed, verified and unknown, by reporter; consular requests sent and answered",
        ),
    ),
    (
        "T7",
        Text(es="Atención brindada", en="Attention provided"),
        Text(
            es="por servicio e informante, en contactos y en personas; grupos de salud",
            en="by service and reporter, in contacts and in persons; health groups",
        ),
    ),
    (
        "T8",
        Text(es="Asilo", en="Asylum"),
        Text(
            es="solicitudes, decisiones, pendientes al cierre y mediana de días",
            en="applications, decisions, pending at the end of the month and median days",
        ),
    ),
    (
        "T10",
        Text(es="Tráfico ilícito de migrantes", en="Smuggling of migrants"),
        Text(
            es="hechos, personas objeto de tráfico, personas detenidas, tramos de la ruta y precios con cinco o más "
            "respuestas",
            en="incidents, persons object of smuggling, persons detained, segments of the route and prices with "
            "five or more answers",
        ),
    ),
    (
        "T11",
        Text(es="Compromisos de la Conferencia", en="Commitments of the Conference"),
        Text(es="abiertos, vencidos y cumplidos", en="open, overdue and done"),
    ),
)


_DEATHS = Text(es="; fallecimientos y desapariciones", en="; deaths and missing people")


def pending_tables(*, asylum: bool = True, deaths: bool = True) -> tuple[Table, ...]:
    """The tables without a source; `asylum` and `deaths` say whether these have none either."""
    tables = [
        (id_, title, Text(es=what.es + _DEATHS.es, en=what.en + _DEATHS.en) if id_ == "T7" and deaths else what)
        for id_, title, what in _TABLES
        if asylum or id_ != "T8"
    ]
    return tuple(
        Table(
            id=id_,
            section=SECTION,
            title=title,
            subtitle=Text(es="Aún no se recoge.", en="Not collected yet."),
            row_head=title,
            missing=Text(
                es=f"Aún no se recoge. Aquí se publicará: {what.es}.",
                en=f"Not collected yet. Here will stand: {what.en}.",
            ),
        )
        for id_, title, what in tables
    )


def mirror_table() -> Table:
    """The true mirrors, all of them not collected."""
    kinds = (
        ("EXIT", Text(es="Salidas de A hacia B", en="Exits from A to B")),
        ("ENTRY", Text(es="Entradas a B desde A", en="Entries to B from A")),
    )
    return Table(
        id="TM",
        section=SECTION,
        title=Text(
            es="Espejos verdaderos entre países vecinos: aún no se recogen",
            en="True mirrors between neighbours: not collected yet",
        ),
        subtitle=Text(
            es="Un espejo es la salida de A hacia B frente a la entrada a B desde A. Panamá, Honduras y México son "
            "estaciones sucesivas, no espejos: sus cifras se muestran una al lado de la otra.",
            en="A mirror is the exit from A to B against the entry to B from A. Panama, Honduras and Mexico are "
            "successive stations, not mirrors: their figures stand side by side.",
        ),
        row_head=Text(es="De A a B", en="From A to B"),
        columns=tuple(Column(id_, head, CellKind.COUNT) for id_, head in kinds),
        rows=tuple(
            Row(
                id=f"{mirror.origin}.{mirror.destination}",
                head=_pair(mirror.origin, mirror.destination),
                cells=tuple(
                    sign(f"TM.{mirror.origin}.{mirror.destination}.{id_}", CellKind.COUNT, mirror.status)
                    for id_, _ in kinds
                ),
            )
            for mirror in mirrors()
        ),
    )


def _pair(origin: str, destination: str) -> Text:
    a, b = short_name("reporter", origin), short_name("reporter", destination)
    return Text(es=f"{a.es} → {b.es}", en=f"{a.en} → {b.en}")
