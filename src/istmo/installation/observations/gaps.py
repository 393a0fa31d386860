"""Who is on time, who is late, who is silent? It follows from the due day of each dataset and the months held."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

from istmo.model.periods import Period, month, period
from istmo.model.text import Text
from istmo.registry.datasets import Dataset, datasets

SILENT_AFTER_MONTHS = 3


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
    """How each dataset with a due day stands on the day `on`; `held` is `store.periods_held()`."""
    latest = _latest_months(held)
    return tuple(
        _standing(dataset, latest.get(dataset.id), on)
        for dataset in (registered or datasets()).values()
        if dataset.has_due_day
    )


def expected_month(dataset: Dataset, on: date) -> Period:
    """The last month whose figures were due by the day `on`."""
    current = month(on.year, on.month).plus(-1)
    while dataset.due(current) > on:
        current = current.plus(-1)
    return current


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
