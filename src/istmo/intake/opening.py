"""Is the file a workbook or text? Its bytes decide, never its name; the profile may insist on one of them.

Columns that mean something only together (the authority and the instance of a procedure) become one here, as the
profile says: `G` and `FI` in `procedure_type / dec_level` are `G / FI`.
"""

from dataclasses import replace
from enum import StrEnum

import polars as pl

from istmo.intake.compound import is_compound
from istmo.intake.grammar import Read
from istmo.intake.limits import Limits
from istmo.intake.table import NOT_CODED, Coded, Table
from istmo.intake.textfile import read_text
from istmo.intake.workbook import read_workbook
from istmo.intake.xlsx import is_archive
from istmo.model.errors import InvalidInput
from istmo.model.findings import Finding, Severity
from istmo.model.text import Text

JOINED = " / "


class Kind(StrEnum):
    """What a file is by its bytes."""

    TEXT = "text"
    XLSX = "xlsx"
    XLS = "xls"


_FORMATS = {"csv": Kind.TEXT, "tsv": Kind.TEXT, "xlsx": Kind.XLSX, "xls": Kind.XLS}
_NAMES = {"txt": Kind.TEXT, "xlsm": Kind.XLSX, **_FORMATS}
_SAID = {
    Kind.TEXT: Text(es="texto (CSV)", en="text (CSV)"),
    Kind.XLSX: Text(es="un libro XLSX", en="an XLSX workbook"),
    Kind.XLS: Text(es="un libro XLS", en="an XLS workbook"),
}


def kind_of(data: bytes) -> Kind:
    if is_archive(data):
        return Kind.XLSX
    return Kind.XLS if is_compound(data) else Kind.TEXT


def may_be(kind: Kind, format_: str) -> bool:
    """Whether a file of this kind has the format that a profile names; "table" is any."""
    return _FORMATS.get(format_, kind) is kind


def misnamed(kind: Kind, *, filename: str) -> list[Finding]:
    """F2 for a file that was read although its name says that it is something else."""
    ending = filename.rpartition(".")[2].casefold()
    if _NAMES.get(ending, kind) is kind:
        return []
    es, en = _SAID[kind].es, _SAID[kind].en
    return [
        Finding(
            rule="F2",
            severity=Severity.INFO,
            value=f".{ending}",
            message=Text(
                es=f"El nombre termina en .{ending} y el archivo es {es}: se leyó como lo que es.",
                en=f"The name ends in .{ending} and the file is {en}: it was read as what it is.",
            ),
        )
    ]


def open_tables(
    data: bytes, read: Read, limits: Limits, *, filename: str, coded: Coded = NOT_CODED
) -> tuple[Table, ...]:
    """The tables that the profile describes, in their order: one, or those of several sheets and titles.

    Raises `InvalidInput`.
    """
    kind = kind_of(data)
    if not may_be(kind, read.format):
        raise InvalidInput(
            Text(
                es=f"El perfil espera {read.format.upper()} y el archivo no lo es.",
                en=f"The profile expects {read.format.upper()} and the file is not.",
            ),
            place=filename,
            rule="F2",
            advice=Text(es=f"Sus bytes son de {_SAID[kind].es}.", en=f"Its bytes are those of {_SAID[kind].en}."),
        )
    if kind is not Kind.TEXT:
        tables = read_workbook(data, read, limits, filename=filename)
    else:
        tables = read_text(data, read, limits, filename=filename, coded=coded)
    if sum(table.body.height for table in tables) > limits.rows:
        raise InvalidInput(
            Text(es=f"Hay más de {limits.rows} filas.", en=f"There are more than {limits.rows} rows."),
            place=filename,
            rule="F5",
        )
    if not any(table.body.height for table in tables):
        raise InvalidInput(
            Text(es="La tabla no tiene ninguna fila.", en="The table has no rows."),
            place=_place(tables[0], filename),
            rule="F4",
            advice=Text(es="Solo se encontró el encabezado.", en="Only the header was found."),
        )
    return tuple(_noted(_combined(table, read, filename=filename) if read.combine else table) for table in tables)


def open_table(data: bytes, read: Read, limits: Limits, *, filename: str) -> Table:
    """The first of the tables that the profile describes; raises `InvalidInput`."""
    return open_tables(data, read, limits, filename=filename)[0]


def _noted(table: Table) -> Table:
    """The table; one without rows, beside others that have some, says so (F37)."""
    if table.body.height:
        return table
    empty = Finding(
        rule="F37",
        severity=Severity.INFO,
        sheet=table.sheet,
        row=table.header_row,
        message=Text(es="La tabla no tiene ninguna fila.", en="The table has no rows."),
    )
    return replace(table, notes=(*table.notes, empty))


def _place(table: Table, filename: str) -> str:
    return ", ".join(part for part in (filename, table.sheet, str(table.header_row)) if part)


def _combined(table: Table, read: Read, *, filename: str) -> Table:
    """The table with the columns that the profile makes of others, after its own."""
    missing = sorted({column for _, columns in read.combine for column in columns} - set(table.header))
    if missing:
        names = ", ".join(missing)
        raise InvalidInput(
            Text(es=f"Faltan columnas en el encabezado: {names}.", en=f"Columns are missing in the header: {names}."),
            place=_place(table, filename),
            rule="F7",
        )
    body = table.body.with_columns(
        pl.concat_str(
            [pl.col(column).cast(pl.String).fill_null("").str.strip_chars() for column in columns], separator=JOINED
        ).alias(name)
        for name, columns in read.combine
    )
    return replace(table, header=(*table.header, *(name for name, _ in read.combine)), body=body)
