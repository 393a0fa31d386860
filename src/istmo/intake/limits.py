"""How large may a file be? Sizes are limited before anything is parsed; limits are parameters."""

from dataclasses import dataclass
from typing import BinaryIO

from istmo.model.errors import InvalidInput
from istmo.model.text import Text

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """`ratio`: how many times larger than its compressed form an entry of a workbook may be, once over 8 MiB.

    `cells`: over how many cells a workbook's values may spread, the empty ones between them included: a reader makes
    room for all of them. Forty columns of a full XLSX sheet, two and a half full XLS sheets.
    """

    file: int = 2048 * MIB
    line: int = MIB
    entries: int = 1000
    unzipped: int = 1024 * MIB
    ratio: int = 150
    cells: int = 40 * 1_048_576
    rows: int = 20_000_000
    columns: int = 2000


def read_limited(stream: BinaryIO, limits: Limits, *, filename: str) -> bytes:
    """All bytes of the stream; raises `InvalidInput` when there are too many or none."""
    data = stream.read(limits.file + 1)
    if len(data) > limits.file:
        raise too_large(filename, limits.file)
    if not data:
        raise InvalidInput(
            Text(es="El archivo está vacío.", en="The file is empty."),
            place=filename,
            rule="F4",
            advice=Text(es="Envíe el archivo de nuevo.", en="Send the file again."),
        )
    return data


def too_large(place: str, limit: int) -> InvalidInput:
    return InvalidInput(
        Text(
            es=f"El archivo supera el límite de {limit // MIB} MiB.",
            en=f"The file is larger than the limit of {limit // MIB} MiB.",
        ),
        place=place,
        rule="F5",
        advice=Text(es="Divídalo por períodos.", en="Split it by periods."),
    )


def too_spread(filename: str, limits: Limits) -> InvalidInput:
    return InvalidInput(
        Text(
            es=f"Las celdas del libro abarcan un área de más de {limits.cells} celdas.",
            en=f"The cells of the workbook spread over an area of more than {limits.cells} cells.",
        ),
        place=filename,
        rule="F5",
        advice=Text(
            es="Borre las celdas que están lejos de la tabla, o guarde solo la tabla como CSV o XLSX.",
            en="Delete the cells that stand far from the table, or save the table alone as CSV or XLSX.",
        ),
    )


def check_lines(data: bytes, limits: Limits, *, filename: str) -> None:
    """Raises `InvalidInput` for a line longer than the limit, without looking at every byte."""
    start = 0
    while len(data) - start > limits.line:
        end = data.rfind(b"\n", start, start + limits.line + 1)
        if end < 0:
            row = data.count(b"\n", 0, start) + 1
            raise InvalidInput(
                Text(
                    es=f"La línea {row} mide más de {limits.line} bytes.",
                    en=f"Line {row} is longer than {limits.line} bytes.",
                ),
                place=f"{filename}, {row}",
                rule="F5",
                advice=Text(
                    es="Revise que el archivo sea texto con una fila por línea.",
                    en="Check that the file is text with one row on each line.",
                ),
            )
        start = end + 1
