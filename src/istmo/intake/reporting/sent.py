"""What did the sender see, and in which cell of it does a finding stand? The table as it was sent, with its columns.

A finding names the row as the user sees it and the label of the header; here the label becomes a column. Of a table of
figures the rows around the findings can be shown, only in the columns that the profile reads; of a table whose rows are
persons nothing is ever shown, only places.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import polars as pl

from istmo.intake import merged
from istmo.intake.grammar import Profile, RecordGrain
from istmo.intake.layout import labels_of, used_columns
from istmo.intake.limits import Limits
from istmo.intake.opening import open_tables
from istmo.intake.problems import HIDDEN
from istmo.intake.table import ROW, Table

AROUND = 3  # rows shown before and after one with a finding
EXCERPT = 3_000  # rows of an excerpt, at most
EXCERPT_SCHEMA = pl.Schema(
    {"sheet": pl.String(), "header_row": pl.Int64(), "row": pl.Int64(), "cells": pl.List(pl.String())}
)


@dataclass(frozen=True, slots=True)
class Sent:
    """The tables of a file, the columns (from 0) of each one's labels in its sheet, the labels that may be shown."""

    tables: tuple[Table, ...]
    columns: tuple[Mapping[str, int], ...]
    shown: frozenset[str]

    def table_of(self, sheet: str, row: int) -> int | None:
        """The number of the table in which a row stands; the first of its sheet for one above all; None for none."""
        own = [number for number, table in enumerate(self.tables) if table.sheet == sheet]
        above = [number for number in own if self.tables[number].header_row <= row]
        return max(above, key=lambda number: self.tables[number].header_row) if above else next(iter(own), None)

    def column(self, sheet: str, row: int, label: str) -> int | None:
        """The column that a finding names; None when it names the row as a whole."""
        number = self.table_of(sheet, row)
        return None if number is None else self.columns[number].get(label)

    def first_column(self, sheet: str, row: int) -> int:
        """The column in which the table of a row begins; that of its sheet where there is no table."""
        number = self.table_of(sheet, row)
        return 0 if number is None else self.tables[number].first_column

    def excerpt(self, findings: pl.DataFrame) -> pl.DataFrame:
        """Of each table its header and the rows around its findings (`EXCERPT_SCHEMA`); the gravest first if there
        are too many.
        """
        if not self.shown:
            return EXCERPT_SCHEMA.to_frame()
        gravest = findings.filter(pl.col("row") > 0).sort("severity", maintain_order=True)
        rows: dict[int, list[int]] = {}
        for sheet, row in gravest.select("sheet", "row").iter_rows():
            number = self.table_of(sheet, row)
            if number is not None:
                rows.setdefault(number, []).append(row)
        return pl.concat([EXCERPT_SCHEMA.to_frame(), *(self._around(number, own) for number, own in rows.items())])

    def _around(self, number: int, rows: Sequence[int]) -> pl.DataFrame:
        table = self.tables[number]
        wanted = sorted(near(rows, most=EXCERPT))
        cells = [
            pl.col(label).cast(pl.String).fill_null("") if label in self.shown else pl.lit(HIDDEN)
            for label in table.header
        ]
        place = pl.lit(table.sheet).alias("sheet"), pl.lit(table.header_row, pl.Int64).alias("header_row")
        body = table.body.filter(pl.col(ROW).is_in(wanted)).select(
            *place, pl.col(ROW).alias("row"), pl.concat_list(cells).alias("cells")
        )
        head = [(table.sheet, table.header_row, table.header_row, list(table.header))]
        return pl.concat([pl.DataFrame(head, EXCERPT_SCHEMA, orient="row"), body.cast(EXCERPT_SCHEMA)])


def read_sent(data: bytes, profile: Profile, limits: Limits, *, filename: str) -> Sent:
    """The tables of a file that was read by the profile before; raises `InvalidInput` as that reading would."""
    tables = tuple(_labelled(table, profile) for table in open_tables(data, profile.read, limits, filename=filename))
    persons = profile.grain is RecordGrain.PERSON
    shown = frozenset() if persons else frozenset(label for table in tables for label in _shown(table, profile))
    return Sent(tables, tuple(_columns(table, profile) for table in tables), shown)


def _labelled(table: Table, profile: Profile) -> Table:
    """The table with the labels of merged cells in each of their rows."""
    labels = [label for label in table.header if label in labels_of(profile)]
    return replace(table, body=merged.filled(table, labels)[0])


def _columns(table: Table, profile: Profile) -> Mapping[str, int]:
    columns = {label: table.first_column + index for index, label in enumerate(table.header)}
    for name, joined in profile.read.combine:
        columns[name] = columns[joined[0]]
    if profile.levels:
        columns |= dict.fromkeys(profile.levels.names, columns[profile.levels.column])
    return MappingProxyType(columns)


def near(rows: Iterable[int], *, most: int) -> set[int]:
    """The numbers of the rows around those given, taken in their order until there are `most`."""
    wanted: set[int] = set()
    for row in rows:
        if len(wanted) >= most:
            break
        wanted.update(range(max(row - AROUND, 1), row + AROUND + 1))
    return wanted


def _shown(table: Table, profile: Profile) -> frozenset[str]:
    """The columns that the profile reads, declared totals too; what it leaves aside may hold anything."""
    used = used_columns(profile)
    parts = [profile.unpivot.columns] if profile.unpivot else []
    totals = [total.column for total in profile.totals if total.column is not None]
    return frozenset(
        label
        for label in table.header
        if label in used
        or any(re.search(pattern, label) for pattern in parts)
        or any(re.fullmatch(pattern, label) for pattern in totals)
    )
