"""What does this file say? One file read by one profile: counts that add up, findings, observations or events.

    with open("cuadro003.csv", "rb") as stream:
        result = intake(stream, filename="cuadro003.csv", profile=builtin_profiles()["PAN.SNM.cuadro003"])
    assert result.accepted + result.quarantined + result.rejected == result.read

A file may hold several tables, in several sheets or below several titles: each is judged by itself, and a key or number
that stands in more than one of them is treated as one that stands twice in the same.

Pure: an open binary stream in, a value out. `on` is the day against which future periods are judged (R20).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import BinaryIO

import polars as pl

from istmo.intake import observing, reconciling, totals
from istmo.intake.cells import read_cells, value_field
from istmo.intake.grammar import Profile, RecordGrain
from istmo.intake.judging import Judge, repeated_across
from istmo.intake.layout import Layout, arrange, coded_columns
from istmo.intake.limits import Limits, read_limited
from istmo.intake.naming import named_values
from istmo.intake.opening import kind_of, misnamed, open_tables
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
class _Part:
    """One table of the file with its layout, and the judge of its records."""

    table: Table
    layout: Layout
    judge: Judge


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

    tables = open_tables(data, profile.read, limits, filename=filename, coded=coded_columns(profile))
    parts: list[_Part] = []
    for table in tables:
        _check_formulas(table, filename=filename)
        layout = arrange(table, profile, filename=filename)
        named = named_values(table, profile, parameters, filename=filename)
        parts.append(_Part(table, layout, Judge(profile, named, Problems(), on)))
    outcome = _unit_records(parts) if profile.grain is RecordGrain.PERSON else _figures(parts, source_hash())
    stopped = outcome.quarantined + outcome.rejected
    storable = outcome.read > 0 and stopped <= profile.max_stopped * outcome.read
    around = misnamed(kind_of(data), filename=filename)
    for part in parts:
        around += [*part.table.notes, *part.layout.notes]
        around += [*_formula_findings(part.table), *_unused_findings(part.table, part.layout)]
    if not storable:
        around.append(_too_many(stopped, outcome.read, profile))
    sheets = tuple(dict.fromkeys(table.sheet for table in tables))
    return Intake(
        filename=filename,
        profile=profile,
        parameters=MappingProxyType(dict(parameters)),
        encoding=tables[0].encoding,
        sheet=", ".join(sheets),
        read=outcome.read,
        accepted=outcome.read - stopped,
        quarantined=outcome.quarantined,
        rejected=outcome.rejected,
        set_aside=outcome.set_aside,
        make_source_hash=source_hash,
        make_findings=lambda: _ordered(pl.concat([findings_frame(around), outcome.findings()]), sheets),
        observations=outcome.observations,
        make_events=outcome.events,
        declared=outcome.declared,
        storable=storable,
    )


def _ordered(findings: pl.DataFrame, sheets: Sequence[str]) -> pl.DataFrame:
    """By row; those of several sheets by sheet first, in the order of the workbook."""
    if len(sheets) == 1:
        return findings.sort("row", maintain_order=True)
    number = pl.col("sheet").replace_strict(list(sheets), range(len(sheets)), default=-1, return_dtype=pl.Int64)
    return findings.sort(number, "row", maintain_order=True)


def _figures(parts: Sequence[_Part], source_hash: str) -> _Outcome:
    """The figures of every table: each judged by itself, a key that stands in several of them once in the end."""
    profile = parts[0].judge.profile
    _, column = value_field(profile)
    accepted: list[pl.DataFrame] = []
    declared: list[pl.DataFrame] = []
    set_aside: list[SetAside] = []
    others: list[Finding] = []
    found: list[Callable[[], pl.DataFrame]] = []
    read = quarantined = rejected = 0
    for part in parts:
        table, layout, problems = part.table, part.layout, part.judge.problems
        cells, masks = read_cells(layout, profile, problems)
        cells = totals.with_records(totals.with_ids(cells), layout, profile)
        judged = part.judge.judge(cells.filter(pl.col(totals.RECORD)), masks)
        counts = problems.counts(judged)
        read, quarantined, rejected = read + judged.height, quarantined + counts[0], rejected + counts[1]
        good = judged.filter(problems.accepted)
        accepted.append(observing.observations(good, profile, source_hash=source_hash, sheet=table.sheet))
        own = totals.declared(cells, layout, table, profile)
        declared.append(own)
        others += [*totals.differences(own), *totals.absent(layout, table, profile)]
        set_aside += totals.set_aside(cells, layout, table, profile)
        found.append(partial(problems.findings, judged, table.sheet))
    frame = pl.concat(accepted)
    twice = observing.same_keys(frame)
    if profile.add_same_key:
        frame = observing.added(frame, twice)
    else:
        quarantined += int((twice["times"] - 1).sum())
        frame = frame.unique(KEY, keep="first", maintain_order=True)
    if not profile.incidents:
        others += observing.same_key_findings(twice, column=column, add=profile.add_same_key)
    others += reconciling.findings(frame, sheet=parts[0].table.sheet if len(parts) == 1 else "")
    return _Outcome(
        read=read,
        quarantined=quarantined,
        rejected=rejected,
        set_aside=tuple(set_aside),
        findings=lambda: pl.concat([*(make() for make in found), findings_frame(others)]),
        observations=frame.select(COLUMNS),
        events=pl.DataFrame,
        declared=pl.concat(declared),
    )


def _unit_records(parts: Sequence[_Part]) -> _Outcome:
    """The unit records of every table; a number that should stand once is looked for in all of them."""
    profile = parts[0].judge.profile
    tables = [(part.table.sheet, part.layout.cells) for part in parts]
    across: list[dict[str, pl.DataFrame]] = [{} for _ in parts]
    for field in profile.fields if len(parts) > 1 else ():
        if field.unique:
            source = field.source or ""
            for again, rows in zip(across, repeated_across(tables, source), strict=True):
                again[source] = rows
    judged = [part.judge.judge(part.layout.cells, (), again) for part, again in zip(parts, across, strict=True)]
    counts = [part.judge.problems.counts(frame) for part, frame in zip(parts, judged, strict=True)]

    def findings() -> pl.DataFrame:
        pairs = zip(parts, judged, strict=True)
        return pl.concat(part.judge.problems.findings(frame, part.table.sheet) for part, frame in pairs)

    def events() -> pl.DataFrame:
        pairs = zip(parts, judged, strict=True)
        return _together(
            [
                observing.events(frame, profile, part.judge.problems.accepted, on_demand=part.judge.on_demand)
                for part, frame in pairs
            ]
        )

    return _Outcome(
        read=sum(frame.height for frame in judged),
        quarantined=sum(own for own, _ in counts),
        rejected=sum(own for _, own in counts),
        set_aside=(),
        findings=findings,
        observations=pl.DataFrame(schema=schema()),
        events=events,
        declared=totals.DECLARED.to_frame(),
    )


def _together(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The frames one below the other; the codes of several are texts, because each table has codes of its own."""
    if len(frames) == 1:
        return frames[0]
    return pl.concat(frame.with_columns(pl.col(pl.Enum).cast(pl.String)) for frame in frames)


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
