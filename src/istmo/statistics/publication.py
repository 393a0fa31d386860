"""Which rows does the brief give away as `observations.csv`?

For the thirteen months of the brief and each reporter, dataset, measure and month: one total (CITIZENSHIP, SEX and
AGE `_T`), as declared, else summed within that dataset and said so in NOTE; then the same by nationality, and by sex
and age. Never one crossed with the other, never by place. A month that a series lacks is a row of status O; the first
figures after a declared break have status B. Only datasets whose cells are public at their source are given away; what
is not registered is not known to be.
"""

from collections.abc import Mapping

import polars as pl

from istmo.model.observations import KEY
from istmo.model.periods import Period
from istmo.registry.datasets import Dataset
from istmo.registry.datasets import datasets as registered
from istmo.statistics.breaks import with_breaks
from istmo.statistics.margins import margin
from istmo.statistics.selection import monthly, with_dataset_id
from istmo.statistics.vintages import with_missing

WINDOW = 13


def observations_for_publication(
    observations: pl.DataFrame, month: Period, *, datasets: Mapping[str, Dataset] | None = None
) -> pl.DataFrame:
    """The rows of `observations.csv`, in the columns of an observation, sorted by their key."""
    known = registered() if datasets is None else datasets
    public = [id_ for id_, dataset in known.items() if dataset.public_at_source]
    held = with_dataset_id(monthly(observations)).filter(pl.col("ID").is_in(public)).drop("ID")
    held = held.filter(pl.col("PERIOD") <= str(month))
    first = str(month.plus(1 - WINDOW))
    totals = with_missing(margin(held), last=month).filter(pl.col("PERIOD") >= first)
    window = held.filter(pl.col("PERIOD") >= first)
    rows = pl.concat(
        [totals, margin(window, keep=("CITIZENSHIP",)), _by_sex_and_age(margin(window, keep=("DEMOGRAPHIC",)))]
    )
    return with_breaks(rows, held, datasets=known).sort(*KEY)


def _by_sex_and_age(rows: pl.DataFrame) -> pl.DataFrame:
    """Without the rows that say only with whom (`FAM`): they would stand beside the total with the same sex and age."""
    return rows.filter((pl.col("SEX") != "_T") | (pl.col("AGE") != "_T"))
