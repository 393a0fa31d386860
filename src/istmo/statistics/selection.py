"""Which rows of the store belong to which dataset, which of them are its measure along the corridor, and which are not
a State's own?
"""

from collections.abc import Mapping

import polars as pl

from istmo.registry.datasets import Dataset, organisations


def with_dataset_id(observations: pl.DataFrame) -> pl.DataFrame:
    """The rows with a column ID, `REPORTER.AGENCY.DATASET`."""
    return observations.with_columns(
        ID=pl.concat_str(pl.col("REPORTER").cast(pl.String), pl.col("AGENCY"), pl.col("DATASET"), separator=".")
    )


def by_organisations() -> pl.Expr:
    """Whether a row is published by an international organisation, about the State that COUNTERPART names."""
    return pl.col("REPORTER").cast(pl.String).is_in(organisations())


def of_states(observations: pl.DataFrame) -> pl.DataFrame:
    """The rows that States report of themselves."""
    return observations.filter(~by_organisations())


def monthly(observations: pl.DataFrame) -> pl.DataFrame:
    """The rows whose period is a month."""
    return observations.filter(pl.col("PERIOD").str.len_chars() == 7, ~pl.col("PERIOD").str.contains("Q", literal=True))


def of_corridor_border(rows: pl.DataFrame, datasets: Mapping[str, Dataset]) -> pl.DataFrame:
    """The rows (with ID) of each dataset at the border that its corridor measure covers.

    A file of all borders of the United States is read at its south-west border; a file that does not name borders, as
    it is.
    """
    for id_ in rows["ID"].unique().sort():
        border = datasets[id_].border if id_ in datasets else ""
        of_dataset = pl.col("ID") == id_
        if border and not rows.filter(of_dataset, pl.col("BORDER") != "_T").is_empty():
            rows = rows.filter(~of_dataset | (pl.col("BORDER") == border))
    return rows


def lists_by_year(rows: pl.DataFrame, datasets: Mapping[str, Dataset]) -> pl.DataFrame:
    """ID, MEASURE, YEAR, CODES: what each fixed list that is not known beforehand held in each year, by year.

    A source with a fixed list prints one list a year; a code that it prints in no month of the year is not on it.
    """
    fixed = [id_ for id_, one in datasets.items() if one.nationality_list == "fixed" and not one.nationality_codes]
    printed = rows.filter(pl.col("ID").is_in(fixed), pl.col("CITIZENSHIP") != "_T", pl.col("OBS_VALUE").is_not_null())
    year = pl.col("PERIOD").str.slice(0, 4).cast(pl.Int64).alias("YEAR")
    codes = pl.col("CITIZENSHIP").cast(pl.String).unique().sort().alias("CODES")
    return printed.group_by("ID", pl.col("MEASURE").cast(pl.String), year).agg(codes).sort("ID", "MEASURE", "YEAR")
