"""What can a sheet that we add to a workbook hold? Texts, whole numbers and links to cells; no formula, ever."""

import re
from dataclasses import dataclass
from enum import Enum

NAME_LENGTH = 31
ROWS = 1_048_576  # what a sheet of XLSX can hold
COLUMNS = 16_384
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


class Look(Enum):
    """How a text stands in its cell."""

    PLAIN = "plain"
    HEAD = "head"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to a cell of the same workbook; `row` and `column` from 0."""

    text: str
    sheet: str
    row: int
    column: int

    @property
    def location(self) -> str:
        quoted = self.sheet.replace("'", "''")
        return f"'{quoted}'!{reference(self.row, self.column)}"


Cell = str | int | Link | None


@dataclass(frozen=True, slots=True)
class NewSheet:
    """`looks` says how the rows of those numbers stand (others: plain); the rows up to `frozen` stay in view, the last
    of them has the filter's buttons."""

    name: str
    widths: tuple[int, ...]
    rows: tuple[tuple[Cell, ...], ...]
    looks: tuple[tuple[int, Look], ...] = ()
    frozen: int = 0


def reference(row: int, column: int) -> str:
    """The name of a cell, both numbers from 0: (11, 2) is C12."""
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def sheet_name(wanted: str) -> str:
    """`wanted` as a sheet may be called."""
    return _NOT_IN_NAMES.sub(" ", wanted)[:NAME_LENGTH].strip(" '") or "Hoja"
