"""What does this file say? One file read by one profile: counts that add up, findings, observations or events.

    with open("cuadro003.csv", "rb") as stream:
        result = intake(stream, filename="cuadro003.csv", profile=builtin_profiles()["PAN.SNM.cuadro003"])
    assert result.accepted + result.quarantined + result.rejected == result.read

Pure: an open binary stream in, a value out. `on` is the day against which future periods are judged (R20).
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import BinaryIO

import polars as pl

from istmo.intake import observing, reconciling, totals
from istmo.intake.cells import read_cells, value_field
from istmo.intake.grammar import Profile, RecordGrain
from istmo.intake.judging import Judge
from istmo.intake.layout import Layout, arrange, coded_columns
from istmo.intake.limits import Limits, read_limited
from istmo.intake.naming import named_values
from istmo.intake.opening import kind_of, misnamed, open_table
from istmo.intake.problems import Problems
from istmo.intake.result import Intake, SetAside
from istmo.intake.table import Formula, Table
from istmo.model.errors import InvalidInput
from istmo.model.findings import Finding, Severity, findings_frame
from istmo.model.observations import COLUMNS, KEY, schema
from istmo.model.text import Text

NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})
DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class _Outcome:
    read: int
    quarantined: int
    rejected: int
    set_aside: tuple[SetAside, ...]
    findings: Callable[[], pl.DataFrame]
    observations: pl.DataFrame
    events: Callable[[], pl.DataFrame]
    declared: pl.DataFrame


def intake(
    stream: BinaryIO,
    *,
    filename: str,
    profile: Profile,
    parameters: Mapping[str, str] = NO_PARAMETERS,
    limits: Limits = DEFAULT_LIMITS,
    on: date | None = None,
) -> Intake:
    """Read the stream by the profile; raises `InvalidInput` when there is no table in it that can be read."""
    data = read_limited(stream, limits, filename=filename)

    def source_hash() -> str:
        return hashlib.sha256(data).hexdigest()

    table = open_table(data, profile.read, limits, filename=filename, coded=coded_columns(profile))
    _check_formulas(table, filename=filename)
    layout = arrange(table, profile, filename=filename)
    judge = Judge(profile, named_values(table, profile, parameters, filename=filename), Problems(), on)
    if profile.grain is RecordGrain.PERSON:
        outcome = _unit_records(table, layout, judge)
    else:
        outcome = _figures(table, layout, judge, source_hash())
    stopped = outcome.quarantined + outcome.rejected
    storable = outcome.read > 0 and stopped <= profile.max_stopped * outcome.read
    around = [
        *misnamed(kind_of(data), filename=filename),
        *table.notes,
        *layout.notes,
        *_formula_findings(table),
        *_unused_findings(table, layout),
    ]
    if not storable:
        around.append(_too_many(stopped, outcome.read, profile))
    return Intake(
        filename=filename,
        profile=profile,
        parameters=MappingProxyType(dict(parameters)),
        encoding=table.encoding,
        sheet=table.sheet,
        read=outcome.read,
        accepted=outcome.read - stopped,
        quarantined=outcome.quarantined,
        rejected=outcome.rejected,
        set_aside=outcome.set_aside,
        make_source_hash=source_hash,
        make_findings=lambda: pl.concat([findings_frame(around), outcome.findings()]).sort("row", maintain_order=True),
        observations=outcome.observations,
        make_events=outcome.events,
        declared=outcome.declared,
        storable=storable,
    )


def _figures(table: Table, layout: Layout, judge: Judge, source_hash: str) -> _Outcome:
    profile, problems = judge.profile, judge.problems
    cells, masks = read_cells(layout, profile, problems)
    cells = totals.with_records(totals.with_ids(cells), layout, profile)
    judged = judge.judge(cells.filter(pl.col(totals.RECORD)), masks)
    quarantined, rejected = problems.counts(judged)
    frame = observing.observations(judged.filter(problems.accepted), profile, source_hash=source_hash)
    twice = observing.same_keys(frame)
    if profile.add_same_key:
        frame = observing.added(frame, twice)
    else:
        quarantined += int((twice["times"] - 1).sum())
        frame = frame.unique(KEY, keep="first", maintain_order=True)
    _, column = value_field(profile)
    declared = totals.declared(cells, layout, table, profile)
    others = [
        *totals.differences(declared),
        *totals.absent(layout, table, profile),
        *([] if profile.incidents else _same_keys(twice, table, column, profile)),
        *reconciling.findings(frame, sheet=table.sheet),
    ]
    return _Outcome(
        read=judged.height,
        quarantined=quarantined,
        rejected=rejected,
        set_aside=totals.set_aside(cells, layout, table, profile),
        findings=lambda: pl.concat([problems.findings(judged, table.sheet), findings_frame(others)]),
        observations=frame.select(COLUMNS),
        events=pl.DataFrame,
        declared=declared,
    )


def _same_keys(twice: pl.DataFrame, table: Table, column: str, profile: Profile) -> list[Finding]:
    return observing.same_key_findings(twice, sheet=table.sheet, column=column, add=profile.add_same_key)


def _unit_records(table: Table, layout: Layout, judge: Judge) -> _Outcome:
    judged = judge.judge(layout.cells, ())
    problems = judge.problems
    quarantined, rejected = problems.counts(judged)
    return _Outcome(
        read=judged.height,
        quarantined=quarantined,
        rejected=rejected,
        set_aside=(),
        findings=lambda: problems.findings(judged, table.sheet),
        observations=pl.DataFrame(schema=schema()),
        events=lambda: observing.events(judged, judge.profile, problems.accepted),
        declared=totals.DECLARED.to_frame(),
    )


def _check_formulas(table: Table, *, filename: str) -> None:
    for formula in table.formulas:
        if not formula.stored:
            column = table.header[formula.column]
            raise InvalidInput(
                Text(
                    es=f"La celda de la fila {formula.row}, columna {column}, es una fórmula sin resultado guardado.",
                    en=f"The cell in row {formula.row}, column {column}, has a formula without a stored result.",
                ),
                place=f"{filename}, {table.sheet}, {formula.row}, {column}",
                rule="F13",
                advice=Text(
                    es="Abra el libro en la hoja de cálculo, guárdelo y envíelo de nuevo.",
                    en="Open the workbook in the spreadsheet, save it and send it again.",
                ),
            )


def _formula_findings(table: Table) -> list[Finding]:
    """One finding for each column with formulas, at the first of them."""
    by_column: dict[int, list[Formula]] = {}
    for formula in table.formulas:
        by_column.setdefault(formula.column, []).append(formula)
    return [
        Finding(
            rule="F13",
            severity=Severity.INFO,
            sheet=table.sheet,
            row=formulas[0].row,
            column=table.header[column],
            message=Text(
                es=f"{len(formulas)} celdas de la columna tienen fórmula: se leyó el resultado guardado.",
                en=f"{len(formulas)} cells of the column have a formula: the stored result was read.",
            ),
        )
        for column, formulas in sorted(by_column.items())
    ]


def _unused_findings(table: Table, layout: Layout) -> list[Finding]:
    return [
        Finding(
            rule="F27",
            severity=Severity.INFO,
            sheet=table.sheet,
            row=table.header_row,
            column=label,
            message=Text(
                es="El perfil no usa esta columna ni la deja fuera a propósito.",
                en="The profile neither uses this column nor leaves it out on purpose.",
            ),
        )
        for label in layout.unused
    ]


def _too_many(stopped: int, read: int, profile: Profile) -> Finding:
    limit = f"{profile.max_stopped * 100:g}"
    return Finding(
        rule="F15",
        severity=Severity.ERROR,
        message=Text(
            es=f"Se detuvieron {stopped} de {read} registros, más del {limit} % admitido: no se guarda nada.",
            en=f"{stopped} of {read} records were stopped, more than the {limit} % allowed: nothing is stored.",
        ),
        suggestion="profile: accept.max_stopped",
    )
