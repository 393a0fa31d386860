"""What would a change of profile change? `istmo profile diff OLD NEW FILE` reads one file by both and lists the cells.

An observation is compared by its key: added, removed, or with another value, status or note. A record of a person has
no key that may be shown: records that only one of them gives are added or removed, with how often.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

import polars as pl

from istmo.intake.grammar import Profile, RecordGrain
from istmo.intake.limits import Limits
from istmo.intake.result import Intake
from istmo.intake.run import DEFAULT_LIMITS, NO_PARAMETERS, intake
from istmo.model.observations import KEY

COMPARED = ("OBS_VALUE", "OBS_STATUS", "SOURCE_PERIOD", "NOTE")


@dataclass(frozen=True, slots=True)
class Difference:
    """Both outcomes, and the cells that differ: `CHANGE` (added, removed, changed), key, `OLD_` and `NEW_` columns.

    For records of persons: `CHANGE`, `TIMES`, and the fields that are not personal.
    """

    old: Intake
    new: Intake
    cells: pl.DataFrame


def diff(
    old: Profile,
    new: Profile,
    stream: BinaryIO,
    *,
    filename: str,
    parameters: Mapping[str, str] = NO_PARAMETERS,
    limits: Limits = DEFAULT_LIMITS,
    on: date | None = None,
) -> Difference:
    """Read the stream by both profiles; raises `InvalidInput` when one of them cannot read it."""
    results = []
    for profile in (old, new):
        stream.seek(0)
        own = {parameter.name for parameter in profile.parameters}
        given = {name: value for name, value in parameters.items() if name in own}
        results.append(intake(stream, filename=filename, profile=profile, parameters=given, limits=limits, on=on))
    before, after = results
    persons = RecordGrain.PERSON in (old.grain, new.grain)
    compared = changed_records(before.rows, after.rows) if persons else changed_cells(before.rows, after.rows)
    return Difference(before, after, compared)


def changed_cells(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The observations that are not the same in both, in the order of their keys."""
    old = before.select(*KEY, *(pl.col(column).alias(f"OLD_{column}") for column in COMPARED), pl.lit(1).alias("#old"))
    new = after.select(*KEY, *(pl.col(column).alias(f"NEW_{column}") for column in COMPARED), pl.lit(1).alias("#new"))
    both = old.join(new, on=KEY, how="full", coalesce=True)
    change = (
        pl.when(pl.col("#old").is_null()).then(pl.lit("added"))
        .when(pl.col("#new").is_null()).then(pl.lit("removed"))
        .when(pl.any_horizontal(pl.col(f"OLD_{column}").ne_missing(pl.col(f"NEW_{column}")) for column in COMPARED))
        .then(pl.lit("changed"))
    )  # fmt: skip
    return (
        both.with_columns(change.alias("CHANGE"))
        .filter(pl.col("CHANGE").is_not_null())
        .drop("#old", "#new")
        .select("CHANGE", pl.exclude("CHANGE"))
        .sort(KEY)
    )


def changed_records(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The records that one side has more often than the other, with how much more often; nothing personal."""
    columns = list(dict.fromkeys((*before.columns, *after.columns)))
    sides = [_counted(frame, columns, name) for frame, name in ((before, "#old"), (after, "#new"))]
    both = sides[0].join(sides[1], on=columns, how="full", coalesce=True, nulls_equal=True)
    more = pl.col("#new").fill_null(0).cast(pl.Int64) - pl.col("#old").fill_null(0).cast(pl.Int64)
    return (
        both.with_columns(more.alias("#more"))
        .filter(pl.col("#more") != 0)
        .select(
            pl.when(pl.col("#more") > 0).then(pl.lit("added")).otherwise(pl.lit("removed")).alias("CHANGE"),
            pl.col("#more").abs().alias("TIMES"),
            *columns,
        )
        .sort(*columns, "CHANGE")
    )


def _counted(frame: pl.DataFrame, columns: list[str], name: str) -> pl.DataFrame:
    """How often each record stands in the frame, as texts; a column that it lacks is null."""
    texts = [_text(frame, column) for column in columns]
    return frame.select(texts).group_by(columns).len(name)


def _text(frame: pl.DataFrame, column: str) -> pl.Expr:
    if column not in frame.columns:
        return pl.lit(None, pl.String).alias(column)
    cells = pl.col(column)
    return (cells.list.join(" ") if isinstance(frame.schema[column], pl.List) else cells).cast(pl.String)
