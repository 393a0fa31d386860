"""What stands in `observations.csv`, and how does text in it stay text?

The columns are those of every table of observations (`istmo.model.observations.COLUMNS`), in that order, as
UTF-8 without a byte order mark, one record a line. A spreadsheet runs a field that begins with `=`, `+`, `-`,
`@`, tab or carriage return as a formula; such a field of a text column gets an apostrophe before it, which a
spreadsheet takes as "this is text". Numbers are never touched: OBS_VALUE is an integer column, so a negative
value keeps its sign.
"""

import io

import polars as pl

from istmo.model.observations import COLUMNS

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def observations_csv(observations: pl.DataFrame) -> bytes:
    """The table as CSV, sorted by its columns so that the same rows give the same bytes."""
    order = [column for column in COLUMNS if column != "OBS_VALUE"]
    texts = observations.select(COLUMNS).with_columns(pl.col(order).cast(pl.String))
    made = io.BytesIO()
    texts.sort(order, maintain_order=True).with_columns(_as_text(column) for column in order).write_csv(made)
    return made.getvalue()


def text_field(value: str) -> str:
    """A text as it stands in a CSV field: `=1+1` becomes `'=1+1`."""
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def _as_text(column: str) -> pl.Expr:
    """The same as `text_field`, for a whole column."""
    begins = pl.any_horizontal(pl.col(column).str.starts_with(start) for start in FORMULA_STARTS)
    return pl.when(begins).then(pl.concat_str(pl.lit("'"), pl.col(column))).otherwise(pl.col(column)).alias(column)
