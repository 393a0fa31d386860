"""Which months are not there yet? An absent month is `O`, not reported; it is never a zero and never left out.

Whether a reporter is on time, late or silent follows from the due day of each of its datasets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

from istmo.model.observations import DEFAULTS, KEY, schema
from istmo.model.periods import Period, month, months, period
from istmo.model.text import Text
from istmo.registry.datasets import Dataset, datasets

SILENT_AFTER_MONTHS = 3
SERIES = ("REPORTER", "AGENCY", "DATASET", "MEASURE", "UNIT")


class Standing(StrEnum):
    ON_TIME = "on_time"
    LATE = "late"
    SILENT = "silent"

    @property
    def title(self) -> Text:
        return _TITLES[self]


_TITLES = {
    Standing.ON_TIME: Text(es="Al día", en="On time"),
    Standing.LATE: Text(es="Con retraso", en="Late"),
    Standing.SILENT: Text(es="Sin informar", en="Silent"),
}


@dataclass(frozen=True, slots=True)
class DatasetStanding:
    """`latest` is the last month in the store (None: none ever), `expected` the last one that was due."""

    dataset: Dataset
    standing: Standing
    latest: Period | None
    expected: Period
    due: date


def standing(
    held: pl.DataFrame, *, on: date, registered: Mapping[str, Dataset] | None = None
) -> tuple[DatasetStanding, ...]:
    """How each monthly dataset stands on the day `on`; `held` is `store.periods_held()`."""
    latest = _latest_months(held)
    return tuple(
        _standing(dataset, latest.get(dataset.id), on)
        for dataset in (registered or datasets()).values()
        if dataset.frequency == "M"
    )


def expected_month(dataset: Dataset, on: date) -> Period:
    """The last month whose figures were due by the day `on`."""
    current = month(on.year, on.month).plus(-1)
    while dataset.due(current) > on:
        current = current.plus(-1)
    return current


def with_missing_months(frame: pl.DataFrame, *, first: Period, last: Period) -> pl.DataFrame:
    """`frame` with one row of status `O` for each month from `first` to `last` that a monthly series in it lacks."""
    wanted = pl.DataFrame({"PERIOD": [str(each) for each in months(first, last)]})
    monthly = frame.filter(pl.col("PERIOD").str.contains(r"^\d{4}-\d{2}$"))
    series = monthly.select(SERIES).unique()
    absent = series.join(wanted, how="cross").join(monthly, on=[*SERIES, "PERIOD"], how="anti")
    blank = {column: value for column, value in DEFAULTS.items() if column not in (*SERIES, "PERIOD")}
    rows = absent.with_columns(
        *(pl.lit(value).alias(column) for column, value in blank.items() if column != "OBS_STATUS"),
        pl.lit(None, dtype=pl.Int64()).alias("OBS_VALUE"),
        pl.lit("O").alias("OBS_STATUS"),
        *(pl.lit("").alias(column) for column in ("VINTAGE", "SOURCE_HASH", "PROFILE")),
    )
    types = schema()
    return pl.concat([frame, rows.select(types.names()).cast(dict(types))]).sort(*KEY)


def _latest_months(held: pl.DataFrame) -> dict[str, Period]:
    monthly = held.filter(pl.col("PERIOD").str.contains(r"^\d{4}-\d{2}$"))
    last = monthly.group_by("REPORTER", "AGENCY", "DATASET").agg(pl.col("PERIOD").max())
    return {f"{reporter}.{agency}.{dataset}": period(text) for reporter, agency, dataset, text in last.iter_rows()}


def _standing(dataset: Dataset, latest: Period | None, on: date) -> DatasetStanding:
    expected = expected_month(dataset, on)
    if latest is None or latest < expected.plus(-SILENT_AFTER_MONTHS):
        found = Standing.SILENT
    else:
        found = Standing.ON_TIME if latest >= expected else Standing.LATE
    return DatasetStanding(dataset, found, latest, expected, dataset.due(expected))
