"""Which rows does the brief give away as `observations.csv`?

For the thirteen months of the brief and each reporter, dataset, measure and month: one total (CITIZENSHIP, SEX and
AGE `_T`), as declared, else summed within that dataset and said so in NOTE; then the same by nationality, and by sex
and age. Never one crossed with the other, never by place. A month that a series lacks is a row of status O; the first
figures after a declared break have status B. Only datasets whose cells are public at their source, or left protected,
are given away; what is not registered is not known to be.

What international organisations publish stands apart, in `organisations.csv`: the rows of the asylum tables, by year,
country of asylum, authority and instance, and of deaths and disappearances, by month, country and route. Never by
nationality, and no row is a sum over countries.
"""

from collections.abc import Mapping

import polars as pl

from istmo.model.codes import codelist
from istmo.model.observations import COLUMNS, KEY, column_type
from istmo.model.periods import Period, months
from istmo.model.text import Text
from istmo.registry.datasets import Dataset
from istmo.registry.datasets import datasets as registered
from istmo.statistics.breaks import with_breaks
from istmo.statistics.brief.asylum import SMALL_COUNTS, asylum_rows
from istmo.statistics.brief.deaths import MEASURE as DEATHS
from istmo.statistics.brief.deaths import deaths_rows
from istmo.statistics.brief.values import Revision
from istmo.statistics.margins import margin
from istmo.statistics.selection import by_organisations, monthly, of_states, with_dataset_id
from istmo.statistics.vintages import changes, revision, with_missing
from istmo.statistics.wording import first_letter_down, short_name

WINDOW = 13


def observations_for_publication(
    observations: pl.DataFrame, month: Period, *, datasets: Mapping[str, Dataset] | None = None
) -> pl.DataFrame:
    """The rows of `observations.csv`, in the columns of an observation, sorted by their key."""
    known = registered() if datasets is None else datasets
    public = [id_ for id_, dataset in known.items() if dataset.may_be_shown]
    held = with_dataset_id(of_states(monthly(observations))).filter(pl.col("ID").is_in(public)).drop("ID")
    held = held.filter(pl.col("PERIOD") <= str(month))
    first = str(month.plus(1 - WINDOW))
    totals = with_missing(margin(held), last=month).filter(pl.col("PERIOD") >= first)
    window = held.filter(pl.col("PERIOD") >= first)
    rows = pl.concat(
        [totals, margin(window, keep=("CITIZENSHIP",)), _by_sex_and_age(margin(window, keep=("DEMOGRAPHIC",)))]
    )
    return with_breaks(rows, held, datasets=known).sort(*KEY)


def organisations_for_publication(
    observations: pl.DataFrame, month: Period, *, datasets: Mapping[str, Dataset] | None = None
) -> pl.DataFrame:
    """The rows of `organisations.csv`: what the tables of the brief are made from, summed over nationalities alone."""
    known = registered() if datasets is None else datasets
    public = [id_ for id_, dataset in known.items() if dataset.may_be_shown]
    held = with_dataset_id(observations.filter(by_organisations())).filter(
        pl.col("ID").is_in(public), pl.col("PERIOD") <= str(month)
    )
    asylum = margin(asylum_rows(held, month).drop("ID"))
    deaths = margin(deaths_rows(held, months(month.plus(1 - WINDOW), month)).drop("ID"))
    return pl.concat([asylum.with_columns(_not_exact()), deaths]).sort(*KEY)


def _not_exact() -> tuple[pl.Expr, ...]:
    """Status E and the reason in NOTE: small counts are not printed, so that no sum of them is exact."""
    note = pl.concat_str(pl.col("NOTE"), pl.lit(f"{SMALL_COUNTS.es} / {SMALL_COUNTS.en}"), separator="; ")
    told = pl.col("NOTE").str.contains(SMALL_COUNTS.es, literal=True)
    has_value = pl.col("OBS_VALUE").is_not_null()
    status = pl.when(has_value).then(pl.lit("E")).otherwise(pl.col("OBS_STATUS").cast(pl.String))
    return (
        status.cast(column_type("OBS_STATUS")).alias("OBS_STATUS"),
        pl.when(told).then(pl.col("NOTE")).otherwise(note.str.strip_prefix("; ")).alias("NOTE"),
    )


def organisation_revisions(before: pl.DataFrame, after: pl.DataFrame, month: Period) -> tuple[Revision, ...]:
    """What organisations published otherwise than the edition of `month` said: each figure on asylum, and of deaths and
    disappearances the month in the Americas.
    """
    sides = [_comparable(organisations_for_publication(frame, month)) for frame in (before, after)]
    found = changes(*sides).filter(pl.col("BEFORE").is_not_null(), pl.col("BEFORE").ne_missing(pl.col("AFTER")))
    return tuple(revision(row, cell=_what(row)) for row in with_dataset_id(found).iter_rows(named=True))


def _comparable(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with those of deaths and disappearances taken together over countries and routes."""
    of_deaths = pl.col("MEASURE").cast(pl.String) == DEATHS
    deaths = rows.filter(of_deaths)
    together = deaths.group_by("PERIOD", maintain_order=True).agg(
        *(pl.col(column).first() for column in COLUMNS if column not in ("PERIOD", "OBS_VALUE")),
        pl.col("OBS_VALUE").sum(),
    )
    anywhere = [pl.lit("_T").cast(column_type(column)).alias(column) for column in ("COUNTERPART", "ENTRY_MODE")]
    return pl.concat([rows.filter(~of_deaths), together.with_columns(anywhere).select(COLUMNS)])


def _what(row: Mapping[str, str]) -> Text:
    """`Solicitud nueva de la condición de refugiado, México, gobierno, primera instancia`."""
    parts = [codelist("measure")[row["MEASURE"]].name]
    if row["COUNTERPART"] != "_T":
        parts.append(short_name("citizenship", row["COUNTERPART"]))
    if row["ENTRY_MODE"] != "_T":
        parts.append(first_letter_down(codelist("entry_mode")[row["ENTRY_MODE"]].name))
    return Text(es=", ".join(part.es for part in parts), en=", ".join(part.en for part in parts))


def _by_sex_and_age(rows: pl.DataFrame) -> pl.DataFrame:
    """Without the rows that say only with whom (`FAM`): they would stand beside the total with the same sex and age."""
    return rows.filter((pl.col("SEX") != "_T") | (pl.col("AGE") != "_T"))
