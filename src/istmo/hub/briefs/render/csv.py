"""What stands in `observations.csv`: the columns of every table of observations, in their order and sorted by them.

The same rows give the same bytes; `istmo.model.csvtext` keeps text text.
"""

import polars as pl

from istmo.model.csvtext import csv_bytes
from istmo.model.observations import COLUMNS


def observations_csv(observations: pl.DataFrame) -> bytes:
    """The table as CSV, sorted by its columns so that the same rows give the same bytes."""
    order = [column for column in COLUMNS if column != "OBS_VALUE"]
    texts = observations.select(COLUMNS).with_columns(pl.col(order).cast(pl.String))
    return csv_bytes(texts.sort(order, maintain_order=True))
