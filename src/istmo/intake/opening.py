"""Is the file a workbook or text? Its bytes decide, never its name; the profile may insist on one of them."""

from istmo.intake.grammar import Read
from istmo.intake.limits import Limits
from istmo.intake.table import NOT_CODED, Coded, Table
from istmo.intake.textfile import read_text
from istmo.intake.workbook import is_archive, read_workbook
from istmo.model.errors import InvalidInput
from istmo.model.text import Text


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
    return table
