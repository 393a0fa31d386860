"""How does a table come out of the cells of a sheet? Its rows are those below its header, up to its end.

A grid holds every cell of a sheet, or of a text whose tables stand below titles, as text.
"""

from dataclasses import dataclass, replace

import polars as pl

from istmo.intake.grammar import FIRST_LINES, Read
from istmo.intake.places import Place, places, unread, without_repeated
from istmo.intake.sheets import Merged, Special
from istmo.intake.table import EXTRA, ROW, Formula, Line, Table, cut, lines_of


@dataclass(frozen=True, slots=True)
class Grid:
    """`cells` has the columns `ROW` and c0, c1, ... from the sheet's `first_column` on, where those of `merged` count
    from too; those of `special` count from the sheet's own first column. `hidden`: a person does not see the sheet.
    """

    sheet: str
    encoding: str
    cells: pl.DataFrame
    first_column: int = 0
    merged: tuple[Merged, ...] = ()
    special: tuple[Special, ...] = ()

    def lines(self, read: Read) -> tuple[Line, ...]:
        """The lines in which the profile's tables are looked for."""
        return lines_of(self.cells if read.table else self.cells[:FIRST_LINES])

    def tables(self, read: Read, *, where: str) -> list[Table]:
        """The tables of the grid as the profile describes them, none where there is none."""
        lines = self.lines(read)
        found = places(lines, read, self.merged, where=where)
        tables = [self._table(place, read, where) for place in found]
        notes = unread(lines, read, found, self.sheet)
        return [replace(tables[0], notes=(*tables[0].notes, *notes)), *tables[1:]] if notes else tables

    def _table(self, place: Place, read: Read, where: str) -> Table:
        names = place.header.labels
        columns = [name for name in self.cells.columns if name != ROW]
        body = self.cells[place.begin : place.end]
        after = body[-1, ROW] if body.height else 0
        extra = columns[len(names) :]
        if extra:
            filled = [pl.col(column).str.strip_chars() != "" for column in extra]
            body = body.with_columns(pl.any_horizontal(filled).fill_null(value=False).alias(EXTRA))
        body = body.drop(extra).rename(dict(zip(columns, names, strict=False)))
        missing = [pl.lit(None, pl.String).alias(name) for name in names[len(columns) :]]
        body, footer = cut(body.with_columns(missing), read.stop_at)
        body, repeated = without_repeated(body, place, read, sheet=self.sheet, where=where)
        first, last = place.lines[-1].row + 1, footer[0].row - 1 if footer else after
        return Table(
            sheet=self.sheet,
            encoding=self.encoding,
            preamble=place.preamble,
            header=names,
            header_row=place.header_row,
            body=body,
            footer=footer,
            formulas=tuple(
                Formula(cell.row, cell.column - self.first_column, cell.stored)
                for cell in self.special
                if not cell.error and first <= cell.row <= last and 0 <= cell.column - self.first_column < len(names)
            ),
            first_column=self.first_column,
            merged=tuple(
                replace(cell, last_row=min(cell.last_row, last))
                for cell in self.merged
                if first <= cell.first_row <= last
            ),
            notes=(*place.notes(self.sheet, footer), *repeated),
        )
