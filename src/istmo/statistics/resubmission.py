"""What did a sender change since the last submission? Before and after a load, by month and nationality.

    since = since_last(observations(datasets=[id]), intake.observations)

Only the periods for which the new load gives figures are compared: what it says nothing of stays in force and is no
change. Months that the earlier figures have and a load over their years should have too are listed apart (`missing`).
It works on a load that is stored and on one that is only tried.
"""

from dataclasses import dataclass

import polars as pl

from istmo.statistics.margins import margin
from istmo.statistics.vintages import changes, dropped_months

HELD = ("REPORTER", "AGENCY", "DATASET", "PERIOD")
TABLE = ("MEASURE", "UNIT", "CITIZENSHIP_STATUS")
SIDES = ("BEFORE", "AFTER", "STATUS_BEFORE", "STATUS_AFTER")
KINDS = ("added", "dropped", "revised")
_REPORTED = pl.col("OBS_VALUE").is_not_null() | (pl.col("OBS_STATUS") != "O")


@dataclass(frozen=True, slots=True)
class SinceLast:
    """`cells`: each cell that is not as it was (KEY, KIND, BEFORE, AFTER, STATUS_BEFORE, STATUS_AFTER, vintages).

    `nationalities`: PERIOD, TABLE, CITIZENSHIP, KIND and SIDES of each nationality (and the total, `_T`) whose figure
    is not as it was. `months`: PERIOD, TABLE, NEW (nothing was held before), how many cells are ADDED, DROPPED
    and REVISED, and the total with its SIDES; only periods with a change, the latest first. `missing` are the months
    (`vintages.TABLE_MONTH`). `first` says that nothing of the dataset was held before.
    """

    cells: pl.DataFrame
    nationalities: pl.DataFrame
    months: pl.DataFrame
    missing: pl.DataFrame
    first: bool

    def count(self, kind: str) -> int:
        """How many cells were added, dropped or revised."""
        return self.cells.filter(pl.col("KIND") == kind).height


def since_last(before: pl.DataFrame, after: pl.DataFrame) -> SinceLast:
    """`before` is what was in force for the dataset, `after` the observations of the new load."""
    held = after.filter(_REPORTED).select(HELD).unique()
    old, new = (frame.join(held, on=HELD, how="semi") for frame in (before, after))
    cells = changes(old, new)
    return SinceLast(
        cells=cells,
        nationalities=_by_nationality(old, new),
        months=_by_month(cells, old, new),
        missing=dropped_months(before, after),
        first=before.is_empty(),
    )


def _by_nationality(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    figures = [pl.concat([margin(frame), margin(frame, keep=("CITIZENSHIP",))]) for frame in (old, new)]
    found = changes(*figures).select("PERIOD", *TABLE, "CITIZENSHIP", "KIND", *SIDES)
    return found.sort("PERIOD", *TABLE, pl.col("CITIZENSHIP") != "_T", pl.col("CITIZENSHIP").cast(pl.String))


def _by_month(cells: pl.DataFrame, old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    on = ["PERIOD", *TABLE]
    counted = cells.group_by(on).agg((pl.col("KIND") == kind).sum().alias(kind.upper()) for kind in KINDS)
    known = old.select(on).unique().with_columns(pl.lit(value=False).alias("NEW"))
    months = counted.join(known, on=on, how="left").with_columns(pl.col("NEW").fill_null(value=True))
    for frame, side in ((old, "BEFORE"), (new, "AFTER")):
        figures = pl.col("OBS_VALUE").alias(side), pl.col("OBS_STATUS").alias(f"STATUS_{side}")
        months = months.join(margin(frame).select(*on, *figures), on=on, how="left")
    return months.sort(*on, descending=[True, *(False for _ in TABLE)])
