"""What do merged cells of a table mean? The file says which cells are one, so a label among them is that of each row.

A label that is merged over several rows stands for each of them: it is filled in, and said (F34). A figure that is
merged over several rows or columns is one figure for all of them together: it is not divided, nor given to the first;
its cells are quarantined. Labels that are merged over several columns stay in the first, as they are written.
"""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from istmo.intake.grammar import Action
from istmo.intake.problems import Problem
from istmo.intake.table import ROW, Table
from istmo.model.findings import Finding, Severity
from istmo.model.text import Text

TOGETHER = "#together"  # true where a figure is one for several cells


def figure(column: str, source: str) -> Problem:
    """The problem of a figure that is one for several cells."""
    return Problem(
        "F34",
        Severity.ERROR,
        Action.QUARANTINE,
        Text(
            es="La cifra está en una celda combinada: vale para todas sus filas o columnas juntas y no se reparte.",
            en="The figure stands in a merged cell: it is one for all its rows or columns together and is not divided.",
        ),
        column,
        source,
    )


def filled(table: Table, columns: Iterable[str]) -> tuple[pl.DataFrame, list[Finding]]:
    """The body with the labels of merged cells in each of their rows, and what is said of it; `columns` hold labels."""
    body = table.body
    found: list[Finding] = []
    for column in columns if table.merged else ():
        number = table.header.index(column)
        ranges = _apart(
            (cell.first_row, cell.last_row)
            for cell in table.merged
            if cell.first_column == number and cell.first_row < cell.last_row
        )
        if not ranges:
            continue
        covered, starts = _cover(body[ROW], ranges)
        label = body[column].gather(_positions(body[ROW], starts))
        body = body.with_columns(pl.when(covered & label.is_not_null()).then(label).otherwise(column).alias(column))
        found.append(_note(table.sheet, column, ranges, int(covered.sum())))
    return body, found


def together(body: pl.DataFrame, table: Table, columns: Sequence[str]) -> dict[str, pl.Series]:
    """For each of the columns of figures that has some, which rows have a figure that is one for several cells."""
    numbers = {table.header.index(column): column for column in columns}
    by_column: dict[str, list[tuple[int, int]]] = {}
    for cell in table.merged:
        own = [numbers[n] for n in range(cell.first_column, cell.last_column + 1) if n in numbers]
        if len(own) > 1 or cell.first_row < cell.last_row:
            for column in own:
                by_column.setdefault(column, []).append((cell.first_row, cell.last_row))
    return {column: _cover(body[ROW], _apart(ranges))[0] for column, ranges in by_column.items()}


def unpivoted(marks: Mapping[str, pl.Series], rows: pl.Series, name: str) -> pl.DataFrame:
    """The marks of `together` as a table of `ROW` and the label of the column (`name`)."""
    frames = [
        pl.DataFrame({ROW: rows.filter(mark)}).with_columns(pl.lit(column).alias(name))
        for column, mark in marks.items()
    ]
    return pl.concat([pl.DataFrame(schema={ROW: pl.Int64, name: pl.String}), *frames]).with_columns(
        pl.lit(value=True).alias(TOGETHER)
    )


def _apart(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges in order, without those that overlap an earlier one, which no spreadsheet program writes."""
    kept: list[tuple[int, int]] = []
    for first, last in sorted(set(ranges)):
        if not kept or first > kept[-1][1]:
            kept.append((first, last))
    return kept


def _cover(rows: pl.Series, ranges: Sequence[tuple[int, int]]) -> tuple[pl.Series, pl.Series]:
    """Whether each row lies in a range, and the first row of the nearest range that begins above it."""
    starts = pl.Series([first for first, _ in ranges], dtype=pl.Int64)
    ends = pl.Series([last for _, last in ranges], dtype=pl.Int64)
    index = (starts.search_sorted(rows, side="right").cast(pl.Int64) - 1).clip(0)
    above = starts.gather(index)
    return (rows >= above) & (rows <= ends.gather(index)), above


def _positions(rows: pl.Series, wanted: pl.Series) -> pl.Series:
    """Where each wanted row stands among `rows`; null for one that is not there."""
    index = rows.search_sorted(wanted).cast(pl.Int64)
    inside = index.clip(0, len(rows) - 1)
    return pl.select(pl.when(rows.gather(inside) == wanted).then(inside)).to_series()


def _note(sheet: str, column: str, ranges: Sequence[tuple[int, int]], rows: int) -> Finding:
    count = len(ranges)
    return Finding(
        rule="F34",
        severity=Severity.INFO,
        sheet=sheet,
        row=ranges[0][0],
        column=column,
        message=Text(
            es=f"Las celdas combinadas de la columna valen para todas sus filas (celdas: {count}, filas: {rows}).",
            en=f"The merged cells of the column are those of all their rows (cells: {count}, rows: {rows}).",
        ),
    )
