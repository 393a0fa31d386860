"""Where does the table begin, and which lines are its header? Found by content: words above rows that hold figures.

The header is the widest line of words below which rows of data go on within its columns. A line above it belongs to it
when the header leaves cells blank or repeats labels that only the line above tells apart.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from istmo.intake.grammar import Read
from istmo.intake.suggesting.texts import begins_as_note, is_data, is_date, is_number, is_period, is_year
from istmo.intake.suggesting.views import View
from istmo.intake.table import Line, find_header, labels
from istmo.model.labels import clean

_LOOKED_AT = 40
_NAMED = 4  # labels of the header that the profile's pattern names


@dataclass(frozen=True, slots=True)
class Heading:
    """A view with its header (`rows` lines from `first`), the pattern that finds it, and how well it fits."""

    view: View
    first: int
    rows: int
    fill: bool
    find: str
    labels: tuple[str, ...]
    score: float

    @property
    def row(self) -> int:
        return self.view.lines[self.first].row


def best_heading(views: Sequence[View]) -> Heading | None:
    """The heading of the view in which most rows fit the widest header; None where no line is one."""
    found = [heading for view in views if (heading := heading_of(view)) is not None]
    return max(found, key=lambda heading: heading.score, default=None)


def heading_of(view: View) -> Heading | None:
    lines = [tuple(clean(cell) for cell in line.cells) for line in view.lines]
    scored = [(_score(lines, index), -index) for index in range(len(lines))]
    score, position = max(scored, default=(0.0, 0))
    if score == 0:
        return None
    first = last = -position
    while last + 1 < len(lines) and _belongs_below(lines[last + 1], lines[last]):
        last += 1
    while first > 0 and _belongs_above(lines[first - 1], lines[first]):
        first -= 1
    rows, fill = last - first + 1, last > first
    names = labels(lines[first : last + 1], fill=fill)
    find = _pattern(view.lines, first, rows=rows, fill=fill)
    return Heading(view, first, rows, fill, find, names, score)


def _score(lines: list[tuple[str, ...]], index: int) -> float:
    """Rows below that hold data within the header's columns, weighed by the columns that they fill."""
    header = lines[index]
    names = [cell for cell in header if cell]
    if len(names) < 2 or not _is_words(header) or begins_as_note(names[0]) or _is_row(lines, index):
        return 0
    above = lines[index - 1] if index else ()
    if len([cell for cell in above if cell]) >= len(names) > 2 and _is_row(lines, index - 1):
        return 0
    score, data = 0.0, 0
    for cells in [line for line in lines[index + 1 : index + 1 + _LOOKED_AT] if any(line)]:
        filled = [cell for cell in cells if cell]
        figures = any(map(is_data, filled[1:]))
        if len(filled) < 2 or (begins_as_note(filled[0]) and not figures):
            continue
        score += min(len(filled), len(names)) if _width(cells) <= len(header) else -len(filled)
        data += any(map(is_data, filled))
    return score * len(names) if data else 0


def _is_row(lines: list[tuple[str, ...]], index: int) -> bool:
    """Whether a line is a row of a table that has no header: columns go on below with its own texts, or with days."""
    cells = lines[index]
    if not _is_words(cells) and any(map(is_data, cells)):
        return True
    below = [line for line in lines[index + 1 : index + 1 + _LOOKED_AT] if any(map(is_data, line)) and line != cells]
    return any(
        cell == other or (is_date(cell) and is_date(other))
        for line in below
        for cell, other in zip(cells, line, strict=False)
        if cell and other
    )


def _is_words(cells: Sequence[str]) -> bool:
    """Whether a line is of words; years, months or days after the first cell are labels of columns."""
    first, rest = cells[0], [cell for cell in cells[1:] if cell]
    if is_data(first) and first:
        return False
    data = [cell for cell in rest if is_data(cell)]
    return all(is_year(cell) or is_period(cell) or is_date(cell) for cell in data) and (
        not data or len(data) >= len(rest) - 1 > 0
    )


def _width(cells: Sequence[str]) -> int:
    return max((index for index, cell in enumerate(cells, start=1) if cell), default=0)


def _belongs_above(above: Sequence[str], header: Sequence[str]) -> bool:
    """Whether the header needs the line above: it is blank under a label, or repeats labels under different ones."""
    names = [cell for cell in above if cell]
    if not names or _width(above) > len(header) or any(is_number(cell) and not is_year(cell) for cell in names):
        return False
    blank = any(cell and not below for cell, below in zip(above, header, strict=False))
    repeated = max(Counter(cell for cell in header if cell).values(), default=1) > 1
    return len(names) > 1 and (blank or repeated)


def _belongs_below(below: Sequence[str], header: Sequence[str]) -> bool:
    """Whether the next line is still of the header: words under cells that the header leaves blank (merged ones)."""
    names = [cell for cell in below if cell]
    under = any(cell and not above for cell, above in zip(below, header, strict=False))
    plain = not any(map(is_data, names)) and not begins_as_note(below[0] if below else "")
    return len(names) > 1 and under and plain and _width(below) <= len(header)


def _pattern(lines: Sequence[Line], index: int, *, rows: int, fill: bool) -> str:
    """The shortest beginning of the header that no earlier line has."""
    names = lines[index].text.split(",")
    counts = range(min(_NAMED, len(names)), len(names) + 1)
    finds = [f"^{escaped(','.join(names[:count]))}{'$' if count == len(names) else ','}" for count in counts]
    return next((find for find in finds if _begins(lines, find, rows, fill) == index), finds[-1])


def _begins(lines: Sequence[Line], find: str, rows: int, fill: bool) -> int | None:
    """The line at which the pattern finds a header."""
    found = find_header(lines, Read(find=find, header_rows=rows, fill=fill))
    return found.first if found else None


def escaped(text: str) -> str:
    """The text as a pattern that a person can read: only signs of patterns are escaped."""
    return re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", text)
