"""What did the sender see, and in which cell of it does a finding stand? The table as it was sent, with its columns.

A finding names the row as the user sees it and the label of the header; here the label becomes a column. Of a table of
figures the rows around the findings can be shown, only in the columns that the profile reads; of a table whose rows are
persons nothing is ever shown, only places.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from istmo.intake.grammar import Profile, RecordGrain
from istmo.intake.layout import used_columns
from istmo.intake.limits import Limits
from istmo.intake.opening import open_table
from istmo.intake.problems import HIDDEN
from istmo.intake.table import ROW, Table

AROUND = 3  # rows shown before and after one with a finding
EXCERPT = 3_000  # rows of an excerpt, at most
EXCERPT_SCHEMA = pl.Schema({"row": pl.Int64(), "cells": pl.List(pl.String())})


@dataclass(frozen=True, slots=True)
class Sent:
    """The table of a file, the column (from 0) of each label in its sheet, and the labels that may be shown."""

    table: Table
    columns: Mapping[str, int]
    shown: frozenset[str]

    def column(self, label: str) -> int | None:
        """The column that a finding names; None when it names the row as a whole."""
        return self.columns.get(label)

    def excerpt(self, findings: pl.DataFrame) -> pl.DataFrame:
        """The header and the rows around the findings (`EXCERPT_SCHEMA`), the gravest first if there are too many."""
        if not self.shown:
            return EXCERPT_SCHEMA.to_frame()
        wanted = sorted(near(findings.sort("severity", maintain_order=True)["row"], most=EXCERPT))
        cells = [
            pl.col(label).cast(pl.String).fill_null("") if label in self.shown else pl.lit(HIDDEN)
            for label in self.table.header
        ]
        rows = self.table.body.filter(pl.col(ROW).is_in(wanted)).select(
            pl.col(ROW).alias("row"), pl.concat_list(cells).alias("cells")
        )
        header = pl.DataFrame([(self.table.header_row, list(self.table.header))], EXCERPT_SCHEMA, orient="row")
        return pl.concat([header, rows.cast(EXCERPT_SCHEMA)])


def read_sent(data: bytes, profile: Profile, limits: Limits, *, filename: str) -> Sent:
    """The table of a file that was read by the profile before; raises `InvalidInput` as that reading would."""
    table = open_table(data, profile.read, limits, filename=filename)
    columns = {label: table.first_column + index for index, label in enumerate(table.header)}
    for name, joined in profile.read.combine:
        columns[name] = columns[joined[0]]
    if profile.levels:
        columns |= dict.fromkeys(profile.levels.names, columns[profile.levels.column])
    shown = frozenset() if profile.grain is RecordGrain.PERSON else _shown(table, profile)
    return Sent(table, MappingProxyType(columns), shown)


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
