"""How does text in a CSV that we write stay text in a spreadsheet?

A spreadsheet runs a field that begins with `=`, `+`, `-`, `@`, tab or carriage return as a formula; such a field of a
text column gets an apostrophe before it, which a spreadsheet takes as "this is text". Numbers are never touched:
OBS_VALUE is an integer column, so a negative value keeps its sign.
"""

import polars as pl

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def text_field(value: str) -> str:
    """A text as it stands in a CSV field: `=1+1` becomes `'=1+1`."""
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """The table as CSV, UTF-8 without a byte order mark, a record a line; an empty text is an empty field;
    lists are joined with spaces."""
    lists = [pl.col(name).list.join(" ") for name, type_ in frame.schema.items() if isinstance(type_, pl.List)]
    frame = frame.with_columns(lists)
    texts = [name for name, type_ in frame.schema.items() if type_ in (pl.String, pl.Enum, pl.Categorical)]
    return frame.with_columns(_as_text(name) for name in texts).write_csv().encode()


def _as_text(column: str) -> pl.Expr:
    """The same as `text_field`, for a whole column."""
    text = pl.col(column).cast(pl.String)
    begins = pl.any_horizontal(text.str.starts_with(start) for start in FORMULA_STARTS)
    plain = pl.when(text == "").then(None).otherwise(text)
    return pl.when(begins).then(pl.concat_str(pl.lit("'"), text)).otherwise(plain).alias(column)
