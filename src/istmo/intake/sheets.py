"""What does a sheet of a workbook hold beside the texts of its cells? Rows are numbered from 1, columns from 0."""

from dataclasses import dataclass

from istmo.model.errors import InvalidInput
from istmo.model.text import Text


@dataclass(frozen=True, slots=True)
class Special:
    """A cell with a formula, or with an error (`error` is its text, #DIV/0!); `stored`: its result is in the file."""

    row: int
    column: int
    stored: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells that were made one; its value stands in the first of them. All bounds are included."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


def damaged(filename: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es="El libro no se puede abrir: está truncado o dañado.",
            en="The workbook cannot be opened: it is truncated or damaged.",
        ),
        place=filename,
        rule="F1",
        advice=Text(
            es="Ábralo en la hoja de cálculo, guárdelo como XLSX y envíelo de nuevo.",
            en="Open it in the spreadsheet, save it as XLSX and send it again.",
        ),
    )
