"""Is the file a workbook or text? Its bytes decide, never its name; the profile may insist on one of them.

Columns that mean something only together (the authority and the instance of a procedure) become one here, as the
profile says: `G` and `FI` in `procedure_type / dec_level` are `G / FI`.
"""

from dataclasses import replace

import polars as pl

from istmo.intake.grammar import Read
from istmo.intake.limits import Limits
from istmo.intake.table import NOT_CODED, Coded, Table
from istmo.intake.textfile import read_text
from istmo.intake.workbook import is_archive, read_workbook
from istmo.model.errors import InvalidInput
from istmo.model.text import Text

JOINED = " / "


def open_table(data: bytes, read: Read, limits: Limits, *, filename: str, coded: Coded = NOT_CODED) -> Table:
    """The table that the profile describes; raises `InvalidInput`."""
    archive = is_archive(data)
    if archive if read.format in ("csv", "tsv") else read.format == "xlsx" and not archive:
        raise InvalidInput(
            Text(
                es=f"El perfil espera {read.format.upper()} y el archivo no lo es.",
                en=f"The profile expects {read.format.upper()} and the file is not.",
            ),
            place=filename,
            rule="F2",
        )
    if archive:
        table = read_workbook(data, read, limits, filename=filename)
    else:
        table = read_text(data, read, limits, filename=filename, coded=coded)
    if table.body.height > limits.rows:
        raise InvalidInput(
            Text(es=f"Hay más de {limits.rows} filas.", en=f"There are more than {limits.rows} rows."),
            place=filename,
            rule="F5",
        )
    if table.body.height == 0:
        raise InvalidInput(
            Text(es="La tabla no tiene ninguna fila.", en="The table has no rows."),
            place=", ".join(part for part in (filename, table.sheet, str(table.header_row)) if part),
            rule="F4",
            advice=Text(es="Solo se encontró el encabezado.", en="Only the header was found."),
        )
    return _combined(table, read, filename=filename) if read.combine else table


def _combined(table: Table, read: Read, *, filename: str) -> Table:
    """The table with the columns that the profile makes of others, after its own."""
    missing = sorted({column for _, columns in read.combine for column in columns} - set(table.header))
    if missing:
        names = ", ".join(missing)
        raise InvalidInput(
            Text(es=f"Faltan columnas en el encabezado: {names}.", en=f"Columns are missing in the header: {names}."),
            place=", ".join(part for part in (filename, table.sheet, str(table.header_row)) if part),
            rule="F7",
        )
    body = table.body.with_columns(
        pl.concat_str(
            [pl.col(column).cast(pl.String).fill_null("").str.strip_chars() for column in columns], separator=JOINED
        ).alias(name)
        for name, columns in read.combine
    )
    return replace(table, header=(*table.header, *(name for name, _ in read.combine)), body=body)
