"""Where do tables stand in a sheet or a text? Below the header that the profile describes, or below a title it names.

A profile that names no title has one table, whose header is among the first lines. One that names the title of its
table (`table`) or of its tables (`tables`) finds each below the line that is its title, wherever that stands, and the
table ends where the next begins. The lines above the first title belong to every table, after those of its own.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from istmo.intake.grammar import FIRST_LINES, Read
from istmo.intake.mending import Damaged, is_damaged, note
from istmo.intake.problems import HIDDEN
from istmo.intake.sheets import Merged
from istmo.intake.table import ROW, Header, Line, find_header, heading_note
from istmo.model.errors import InvalidInput
from istmo.model.findings import Finding, Severity
from istmo.model.text import Text

_NAMED = 10


@dataclass(frozen=True, slots=True)
class Place:
    """A table: the lines before it, the lines of its header, and where its rows begin and end among those looked at."""

    preamble: tuple[Line, ...]
    header: Header
    lines: tuple[Line, ...]
    begin: int
    end: int | None = None

    @property
    def header_row(self) -> int:
        return self.lines[0].row

    def notes(self, sheet: str, footer: Iterable[Line]) -> list[Finding]:
        """What was read otherwise than it is written: merged labels of the header, damaged texts in and around it."""
        around = (*self.preamble, *footer)
        return [
            *heading_note(self.header, sheet),
            *_damage(self.lines, self.header, sheet, hidden=None),
            *_damage(around, self.header, sheet, hidden=HIDDEN),
        ]


def places(lines: Sequence[Line], read: Read, merged: Iterable[Merged] = (), *, where: str) -> tuple[Place, ...]:
    """The tables among the lines (the first ones, or all where the profile names a title).

    Raises `InvalidInput` for a title without its table.
    """
    lines = [line.mended() for line in lines]
    merged = tuple(merged)
    if read.table is None:
        found = find_header(lines, read, merged)
        return () if found is None else (_place((), lines, 0, found, None),)
    titles = [index for index, line in enumerate(lines) if line.text and re.search(read.table, line.text)]
    ends = [*titles[1:], len(lines)]
    tables = list(zip(titles, ends, strict=False))[: None if read.every_table else 1]
    head = tuple(line for line in lines[: titles[0]][:FIRST_LINES] if line.text) if titles else ()
    result = []
    for begin, end in tables:
        found = find_header(lines[begin:end], read, merged)
        if found is None:
            raise _without_table(lines[begin], read, where)
        result.append(_place(head, lines, begin, found, end))
    return tuple(result)


def unread(lines: Sequence[Line], read: Read, found: Sequence[Place], sheet: str) -> list[Finding]:
    """F37 for tables that a profile with titles leaves unread: those above the first title, or of the same title."""
    if read.table is None or not found:
        return []
    first = found[0].preamble[0].row
    above = [line.row for line in lines if line.row < first and len(line.cells) > 1 and re.search(read.find, line.text)]
    below = [] if read.every_table else lines[found[0].end :]
    rows = [*above, *(line.row for line in below if line.text and re.search(read.table, line.text))]
    if not rows:
        return []
    named = ", ".join(map(str, rows[:_NAMED]))
    return [
        Finding(
            rule="F37",
            severity=Severity.WARNING,
            sheet=sheet,
            row=rows[0],
            message=Text(
                es=f"Hay otras tablas como esta (filas {named}) que no se leyeron: el perfil no las pide.",
                en=f"There are other tables like this one (rows {named}) that were not read: the profile does not ask.",
            ),
            suggestion="profile: read.tables",
        )
    ]


def without_repeated(
    body: pl.DataFrame, place: Place, read: Read, *, sheet: str, where: str
) -> tuple[pl.DataFrame, list[Finding]]:
    """The rows that are not the header again, and F35 if there were any.

    A header that is printed again on a page stands in every column with the same texts; the lines above it are left out
    with it as far as they are those above the first. Below another text that stands alone in its line it may head
    another table: that is refused, unless the profile says that its header is repeated. Columns of numbers, and of
    codes without the label, show at once that there is none.
    """
    names = [name for name in place.header.labels if name in body.columns]
    written = [_padded(line, len(names)) for line in place.lines]
    first = _rows_like(body, names, written[0])
    if not first:
        return body, []
    above = [_padded(line, len(names)) for line in place.preamble if line.text]
    out: set[int] = set()
    for index in first:
        rows = body[index : index + len(written)].select(names)
        if [_texts(row) for row in rows.iter_rows()] != written:
            continue
        out.update(range(index, index + len(written)))
        for title in reversed(above):
            index -= 1
            if index < 0 or index in out or _texts(body.select(names).row(index)) != title:
                break
            out.add(index)
        else:
            index -= 1
        if index >= 0 and index not in out and not read.repeats:
            label, *others = _texts(body.select(names).row(index))
            if label.strip() and others and not any(text.strip() for text in others):
                raise _another_table(body[ROW][index], where)
    if not out:
        return body, []
    kept = pl.Series([True]).new_from_index(0, body.height).scatter(sorted(out), False)
    rows_out = body[ROW].gather(sorted(out)).to_list()
    named = ", ".join(map(str, rows_out[:_NAMED])) + (", …" if len(rows_out) > _NAMED else "")
    count = len(rows_out)
    return body.filter(kept), [
        Finding(
            rule="F35",
            severity=Severity.INFO,
            sheet=sheet,
            row=rows_out[0],
            message=Text(
                es=f"Las filas que repiten el encabezado o el título no son registros ({count}): {named}.",
                en=f"The rows that repeat the header or the title are no records ({count}): {named}.",
            ),
        )
    ]


def _rows_like(body: pl.DataFrame, names: Sequence[str], written: Sequence[str]) -> list[int]:
    """The rows that have the text of the header in the column in which that is quickest to see."""
    candidates = [(name, text) for name, text in zip(names, written, strict=True) if text.strip()]
    for name, text in candidates:
        column = body[name]
        if column.dtype == pl.Int64() and not text.strip().isdigit():
            return []
        if isinstance(column.dtype, pl.Categorical) and not (column.dtype.categories.to_series() == text).any():
            return []
    if not candidates:
        return []
    name, text = candidates[0]
    return (body[name].cast(pl.String) == text).arg_true().to_list()


def _padded(line: Line, width: int) -> list[str]:
    """The cells of a line as the source has them, as many as the table has columns."""
    cells = line.source[:width]
    return [*cells, *[""] * (width - len(cells))]


def _texts(row: Sequence[object]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in row]


def _place(head: tuple[Line, ...], lines: Sequence[Line], begin: int, header: Header, end: int | None) -> Place:
    first, last = begin + header.first, begin + header.last + 1
    return Place((*lines[begin:first], *head), header, tuple(lines[first:last]), last, end)


def _damage(lines: Iterable[Line], header: Header, sheet: str, *, hidden: str | None) -> list[Finding]:
    """F36 for the texts of these lines that were mended, or are damaged and were left.

    Lines around a table may name who made it: `hidden` stands for their texts.
    """
    found = []
    for line in lines:
        for column, (text, cell) in enumerate(zip(line.source, line.cells, strict=True)):
            if is_damaged(text):
                entry = Damaged(text, cell if cell != text else None, 1, line.row)
                found.append(note(entry, sheet=sheet, column=_label(header, column), hidden=hidden))
    return found


def _label(header: Header, column: int) -> str:
    return header.labels[column] if column < len(header.labels) else ""


def _another_table(row: int, where: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es=f"Debajo de la fila {row} vuelve el encabezado: parece otra tabla, con su propio título.",
            en=f"Below row {row} the header comes again: it looks like another table, with a title of its own.",
        ),
        place=f"{where}, {row}",
        rule="F7",
        advice=Text(
            es="Diga en el perfil cuál es el título de cada tabla (read.tables), dónde termina la primera "
            "(read.stop_at) o que el encabezado se repite en cada página (read.header.repeats).",
            en="Say in the profile which line is the title of each table (read.tables), where the first ends "
            "(read.stop_at) or that the header is repeated on each page (read.header.repeats).",
        ),
    )


def _without_table(line: Line, read: Read, where: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es=f"Debajo del título de la fila {line.row} no está el encabezado que el perfil describe ({read.find}).",
            en=f"Below the title in row {line.row} there is no header as the profile describes it ({read.find}).",
        ),
        place=f"{where}, {line.row}",
        rule="F7",
        advice=Text(
            es="Si esa línea no es el título de una tabla, describa el título con más detalle en el perfil.",
            en="If that line is not the title of a table, describe the title in more detail in the profile.",
        ),
    )
