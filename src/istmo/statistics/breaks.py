"""Which figures that are given away stand just after a break of their series? They have status B, and NOTE says why.

A break is declared in the registry for the first month of a new practice (R15). It is marked at the first month with
figures from there on, and only on the rows that it touches: a break of the total on every row, one of the list of
nationalities on the nationalities that it names. SDMX's guideline for CL_OBS_STATUS puts B before any other status of a
value; the status that it displaces stands in NOTE. A row without value keeps its sign, which says why it has none
(R17). What is stored is not changed.
"""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_

import polars as pl

from istmo.model.codes import codelist
from istmo.model.observations import MARGINS
from istmo.registry.datasets import Break, Dataset
from istmo.statistics.selection import monthly, with_dataset_id

_TOUCHES = {"citizenship": "CITIZENSHIP", "demographic": "DEMOGRAPHIC", "counterpart": "COUNTERPART"}


def with_breaks(rows: pl.DataFrame, held: pl.DataFrame, *, datasets: Mapping[str, Dataset]) -> pl.DataFrame:
    """`rows` with B at the breaks of their datasets; `held`: all that is known of these, to see where figures begin."""
    result = with_dataset_id(rows)
    for id_, measure, at, one in _marks(held, datasets):
        here = (pl.col("ID") == id_) & (pl.col("MEASURE") == measure) & (pl.col("PERIOD") == at)
        result = _marked(result, here & _touched(one) & pl.col("OBS_VALUE").is_not_null(), one)
    return result.drop("ID")


def _marks(held: pl.DataFrame, datasets: Mapping[str, Dataset]) -> Iterator[tuple[str, str, str, Break]]:
    """Dataset, measure, month and break, for each break after which figures came.

    A series that begins after a break, and not just with it, has no figure that it would be compared with.
    """
    known = with_dataset_id(monthly(held)).filter(pl.col("OBS_VALUE").is_not_null())
    table = known.group_by("ID", pl.col("MEASURE").cast(pl.String)).agg(pl.col("PERIOD").unique().sort()).sort("ID")
    for id_, measure, months in table.iter_rows():
        for one in datasets[id_].breaks if id_ in datasets else ():
            since = [month for month in months if month >= str(one.period)]
            if since and one.measure in (None, measure) and (since[0] == str(one.period) or months[0] < since[0]):
                yield id_, measure, since[0], one


def _touched(one: Break) -> pl.Expr:
    if one.on == "total":
        return pl.lit(True)
    detailed = reduce(or_, (pl.col(column) != "_T" for column in MARGINS[_TOUCHES[one.on]]))
    return detailed & pl.col("CITIZENSHIP").is_in(sorted(one.codes)) if one.codes else detailed


def _marked(rows: pl.DataFrame, here: pl.Expr, one: Break) -> pl.DataFrame:
    name = codelist("obs_status")["B"].name
    said = pl.lit(f"{name.es}: {one.text.es} / {name.en}: {one.text.en}")
    displaced = pl.col("OBS_STATUS").cast(pl.String)
    also = pl.when(displaced.is_in(["A", "B"])).then(pl.lit("")).otherwise(pl.format("; {}", displaced))
    gap = pl.when(pl.col("NOTE") == "").then(pl.lit("")).otherwise(pl.lit("; "))
    return rows.with_columns(
        OBS_STATUS=pl.when(here).then(pl.lit("B", dtype=rows.schema["OBS_STATUS"])).otherwise(pl.col("OBS_STATUS")),
        NOTE=pl.when(here).then(pl.concat_str(pl.col("NOTE"), gap, said, also)).otherwise(pl.col("NOTE")),
    )
