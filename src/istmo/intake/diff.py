"""What would a change of profile change? `istmo profile diff OLD NEW FILE` reads one file by both and lists the cells.

An observation is compared by its key: added, removed, or with another value, status or note. Counts are compared too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

import polars as pl

from istmo.intake.grammar import Profile
from istmo.intake.limits import Limits
from istmo.intake.result import Intake
from istmo.intake.run import DEFAULT_LIMITS, NO_PARAMETERS, intake
from istmo.model.observations import KEY

COMPARED = ("OBS_VALUE", "OBS_STATUS", "SOURCE_PERIOD", "NOTE")


@dataclass(frozen=True, slots=True)
class Difference:
    """Both outcomes, and the cells that differ: key, `CHANGE` (added, removed, changed), `OLD_` and `NEW_` columns."""

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
    return Difference(before, after, changed_cells(before.observations, after.observations))


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
