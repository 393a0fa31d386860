"""What changed between two states of the store, and which months are not there?

A revision is a cell that both states hold for the same month with another figure or status; a month that only one of
them holds is added or dropped, not revised. A month that a monthly series lacks between its first month and the last
one expected is `O`, not reported: never a zero, and never left out.
"""

from collections.abc import Iterable, Mapping

import polars as pl

from istmo.model.codes import codelist
from istmo.model.observations import COLUMNS, DEFAULTS, KEY, schema
from istmo.model.periods import Period, months, period
from istmo.model.text import Text
from istmo.statistics.brief.values import Revision
from istmo.statistics.margins import margin
from istmo.statistics.selection import monthly, of_states, with_dataset_id

TABLE_MONTH = ("REPORTER", "AGENCY", "DATASET", "MEASURE", "PERIOD")
SERIES = ("REPORTER", "AGENCY", "DATASET", "MEASURE", "UNIT")


def changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """KEY, then KIND (revised, added, dropped), BEFORE, AFTER, STATUS_BEFORE, STATUS_AFTER, VINTAGE_BEFORE,
    VINTAGE_AFTER.

    A cell that stands in one state only is added or dropped; so is every cell of a month that stands in one state
    only.
    """
    sides = [
        frame.select(
            *KEY,
            pl.col("OBS_VALUE").alias(side),
            pl.col("OBS_STATUS").alias(f"STATUS_{side}"),
            pl.col("VINTAGE").alias(f"VINTAGE_{side}"),
        )
        for frame, side in ((before, "BEFORE"), (after, "AFTER"))
    ]
    joined = sides[0].join(sides[1], on=list(KEY), how="full", coalesce=True, nulls_equal=True)
    kind = (
        pl.when(pl.col("STATUS_BEFORE").is_null())
        .then(pl.lit("added"))
        .when(pl.col("STATUS_AFTER").is_null())
        .then(pl.lit("dropped"))
        .otherwise(pl.lit("revised"))
    )
    same = pl.col("BEFORE").eq_missing(pl.col("AFTER")) & pl.col("STATUS_BEFORE").eq_missing(pl.col("STATUS_AFTER"))
    columns = ("BEFORE", "AFTER", "STATUS_BEFORE", "STATUS_AFTER", "VINTAGE_BEFORE", "VINTAGE_AFTER")
    return joined.filter(~same).with_columns(KIND=kind).select(*KEY, "KIND", *columns).sort(*KEY)


def revisions(before: pl.DataFrame, after: pl.DataFrame) -> tuple[Revision, ...]:
    """The monthly totals that both states hold with another figure, and those that only the earlier one holds.

    New months are not revisions. The totals are as declared, else summed within the dataset, in both states alike.
    """
    found = changes(*(margin(of_states(monthly(frame))) for frame in (before, after))).filter(
        pl.col("BEFORE").is_not_null(), pl.col("BEFORE").ne_missing(pl.col("AFTER"))
    )
    return tuple(_total_revision(row) for row in with_dataset_id(found).iter_rows(named=True))


def _total_revision(row: dict[str, object]) -> Revision:
    name = codelist("measure")[str(row["MEASURE"])].name
    return revision(row, cell=Text(es=f"{name.es}, total", en=f"{name.en}, total"))


def revision(row: Mapping[str, object], *, cell: Text) -> Revision:
    """A row of `changes` with ID, as the brief lists it; `cell` says which figure it is."""
    return Revision(
        dataset=str(row["ID"]),
        period=str(row["PERIOD"]),
        cell=cell,
        before=_number(row["BEFORE"]),
        after=_number(row["AFTER"]),
        vintage_before=str(row["VINTAGE_BEFORE"] or ""),
        vintage_after=str(row["VINTAGE_AFTER"] or ""),
        status_after=str(row["STATUS_AFTER"]) if row["STATUS_AFTER"] in ("Q", "K") else "",
    )


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def dropped_months(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """TABLE_MONTH of the months with figures in `before` that a new load should hold too, and holds without any.

    A load of several months stands for the calendar years that it touches, from its first month on; a load of one
    month stands for that month alone.
    """
    new, old = _months_with_figures(after), _months_with_figures(before)
    series = list(TABLE_MONTH[:-1])
    covered = new.group_by(series).agg(
        pl.col("PERIOD").min().alias("FIRST"),
        pl.col("PERIOD").str.slice(0, 4).unique().alias("YEARS"),
        pl.col("PERIOD").n_unique().alias("MONTHS"),
    )
    return (
        old.join(new, on=list(TABLE_MONTH), how="anti")
        .join(covered, on=series)
        .filter(
            pl.col("MONTHS") > 1,
            pl.col("PERIOD") > pl.col("FIRST"),
            pl.col("YEARS").list.contains(pl.col("PERIOD").str.slice(0, 4)),
        )
        .select(TABLE_MONTH)
        .sort(TABLE_MONTH)
    )


def _months_with_figures(frame: pl.DataFrame) -> pl.DataFrame:
    return monthly(frame).filter(pl.col("OBS_VALUE").is_not_null()).select(TABLE_MONTH).unique()


def with_missing(totals: pl.DataFrame, *, last: Period | None = None) -> pl.DataFrame:
    """`totals` with a row of status O for each month that a series lacks from its first to `last` (else its own
    last).
    """
    blank = {column: value for column, value in DEFAULTS.items() if column not in (*SERIES, "PERIOD", "OBS_STATUS")}
    absent = pl.DataFrame(
        list(_absent(monthly(totals), last)),
        schema={name: totals.schema[name] for name in (*SERIES, "PERIOD")},
        orient="row",
    )
    rows = absent.with_columns(
        *(pl.lit(value).alias(column) for column, value in blank.items()),
        *(pl.lit("").alias(column) for column in ("VINTAGE", "SOURCE_HASH", "PROFILE")),
        OBS_VALUE=pl.lit(None, dtype=pl.Int64),
        OBS_STATUS=pl.lit("O"),
    )
    return pl.concat([totals, rows.select(COLUMNS).cast(schema())])


def _absent(totals: pl.DataFrame, last: Period | None) -> Iterable[tuple[str, ...]]:
    for key, rows in totals.group_by(SERIES):
        held = {period(text) for text in rows["PERIOD"].unique()}
        for month in months(min(held), last or max(held)):
            if month not in held:
                yield (*(str(part) for part in key), str(month))
