"""The validation report of one file as a workbook: what was found, and what changed since the last submission.

    report = report_workbook(data, intake, intake.findings, since_stored(intake), language="es")

The same for a file that is only tried and for one that was stored. `since` is None where there is nothing that the
file could be compared with: no installation, or a file on persons.
"""

from typing import TYPE_CHECKING, Any

from istmo.model.codes import codelist
from istmo.model.text import Text
from istmo.statistics.brief.figures import SIGNS
from istmo.statistics.resubmission import SinceLast

if TYPE_CHECKING:
    import polars as pl

    from istmo.intake.reporting.sheets import Cell, NewSheet
    from istmo.intake.result import Intake

LISTED = 100_000

CHANGES = Text(es="Istmo cambios", en="Istmo changes")
KIND_TITLES = {
    "added": Text(es="Agregada", en="Added"),
    "dropped": Text(es="Retirada", en="Removed"),
    "revised": Text(es="Revisada", en="Revised"),
}
HEAD = (
    Text(es="Período", en="Period"),
    Text(es="Medida", en="Measure"),
    Text(es="Nacionalidad", en="Nationality"),
    Text(es="Código", en="Code"),
    Text(es="Qué cambió", en="What changed"),
    Text(es="Antes", en="Before"),
    Text(es="Ahora", en="Now"),
    Text(es="Diferencia", en="Difference"),
)
FIRST = Text(
    es="Es el primer envío de este conjunto de datos: no hay con qué compararlo.",
    en="This is the first submission of the dataset: there is nothing to compare it with.",
)
SAME = Text(es="Nada cambió desde el último envío.", en="Nothing changed since the last submission.")
TOTAL = Text(es="Todas las nacionalidades", en="All nationalities")


def report_workbook(
    data: bytes, intake: "Intake", findings: "pl.DataFrame", since: SinceLast | None, *, language: str
) -> bytes:
    """The annotated workbook in one language, with the sheet of changes where something changed.

    `findings` are those of the file, and once it is stored those of the checks beside other figures too.
    """
    from istmo.intake.limits import Limits
    from istmo.intake.reporting.report import annotated_report

    more = (changes_sheet(since, language),) if since is not None and since.nationalities.height else ()
    remarks = (told(since, stopped=intake.stopped),) if since is not None else ()
    return annotated_report(data, intake, findings, language=language, limits=Limits(), more=more, remarks=remarks)


def since_stored(intake: "Intake") -> SinceLast | None:
    """What the file changes beside what is in force for its dataset; None for one on persons."""
    from istmo.installation.observations.store import observations
    from istmo.statistics.resubmission import since_last

    if intake.profile.grain == "person":
        return None
    return since_last(observations(datasets=[intake.profile.dataset_id]), intake.observations)


def told(since: SinceLast, *, stopped: int = 0) -> Text:
    """What changed, in a sentence or two; `stopped` is how many records of the file were not accepted."""
    if since.first:
        return FIRST
    es, en = SAME.es, SAME.en
    if since.cells.height:
        added, dropped, revised = (since.count(kind) for kind in ("added", "dropped", "revised"))
        periods = since.months["PERIOD"].n_unique()
        es = (
            f"Desde el último envío: {_es(added, 'celda agregada')}, {_es(dropped, 'retirada')} y "
            f"{_es(revised, 'revisada')}, en {_es(periods, 'período')}."
        )
        en = (
            f"Since the last submission: {added} {'cell' if added == 1 else 'cells'} added, {dropped} removed and "
            f"{revised} revised, in {periods} {'period' if periods == 1 else 'periods'}."
        )
        if stopped and dropped:
            es += " Las filas detenidas cuentan como retiradas."
            en += " Rows that were stopped count as removed."
    missing = sorted(set(since.missing["PERIOD"]))
    if missing:
        listed = ", ".join(missing)
        es += f" Faltan meses que el envío anterior traía: {listed}; sus cifras siguen vigentes."
        en += f" Months that the last submission had are missing: {listed}; their figures stay in force."
    return Text(es=es, en=en)


def _es(number: int, words: str) -> str:
    """`1 celda agregada`, `2 celdas agregadas`."""
    return f"{number} {words}" if number == 1 else f"{number} {' '.join(f'{word}s' for word in words.split())}"


def changes_sheet(since: SinceLast, language: str) -> "NewSheet":
    """What changed by period and nationality, the latest period first, its total before its parts."""
    from istmo.intake.reporting.sheets import Look, NewSheet

    rows: list[tuple[Cell, ...]] = [tuple(word.in_(language) for word in HEAD)]
    for row in latest_first(since).head(LISTED).iter_rows(named=True):
        before, after = row["BEFORE"], row["AFTER"]
        rows.append(
            (
                row["PERIOD"],
                codelist("measure")[row["MEASURE"]].name.in_(language),
                nationality(row["CITIZENSHIP"]).in_(language),
                row["CITIZENSHIP"],
                KIND_TITLES[row["KIND"]].in_(language),
                side(row, "BEFORE"),
                side(row, "AFTER"),
                None if before is None or after is None else after - before,
            )
        )
    return NewSheet(CHANGES.in_(language), (11, 34, 34, 10, 13, 12, 12, 12), tuple(rows), ((0, Look.HEAD),), frozen=1)


def latest_first(since: SinceLast) -> Any:
    """The changes by nationality, the latest period first."""
    return since.nationalities.sort("PERIOD", descending=True, maintain_order=True)


def nationality(code: str) -> Text:
    return TOTAL if code == "_T" else codelist("citizenship")[code].name


def side(row: dict[str, Any], which: str) -> int | str | None:
    """A figure before or after: its value, the sign of why there is none, or nothing where there was no cell."""
    value, status = row[which], row[f"STATUS_{which}"]
    return SIGNS.get(status or "") if value is None else int(value)
