"""From accepted records to observations (or events): defaults, statuses, notes, and one observation for each key.

A key that stands twice in an aggregate file is added, with a caveat in NOTE and a warning that names the rows (R21).
"""

from collections.abc import Iterable, Mapping

import polars as pl

from istmo.intake.cells import MEANING
from istmo.intake.grammar import Meaning, Profile
from istmo.intake.judging import NOTES, out
from istmo.intake.problems import CELL
from istmo.intake.table import ROW
from istmo.model.findings import Finding, Severity
from istmo.model.observations import COLUMNS, DEFAULTS, KEY, schema
from istmo.model.text import Text

SHEET = "#sheet"
_STATUS = {meaning.value: meaning.status for meaning in Meaning if meaning.status not in ("", "A")}
_NAMED_ROWS = 10


def observations(accepted: pl.DataFrame, profile: Profile, *, source_hash: str, sheet: str) -> pl.DataFrame:
    """One row for each accepted record, in the columns of the dataflow, with SHEET, ROW and the label of its cell."""
    given = {
        "SOURCE_HASH": pl.lit(source_hash),
        "PROFILE": pl.lit(profile.label),
        "VINTAGE": pl.lit(""),
        "OBS_STATUS": _status(accepted),
        "NOTE": _note(accepted),
    }
    frame = accepted.select(
        pl.lit(sheet).alias(SHEET),
        pl.col(ROW),
        pl.col(CELL) if CELL in accepted.columns else pl.lit("").alias(CELL),
        *(given[column].alias(column) if column in given else _value(accepted, column) for column in COLUMNS),
    )
    types = schema()
    return frame.with_columns(pl.col(column).cast(types[column]) for column in COLUMNS)


def _value(accepted: pl.DataFrame, column: str) -> pl.Expr:
    default = pl.lit(DEFAULTS.get(column, ""))
    return (pl.col(out(column)) if out(column) in accepted.columns else default).alias(column)


def _status(accepted: pl.DataFrame) -> pl.Expr:
    own = pl.col(out("OBS_STATUS")) if out("OBS_STATUS") in accepted.columns else pl.lit(DEFAULTS["OBS_STATUS"])
    of_sign = pl.col(MEANING).replace_strict(_STATUS, default=None, return_dtype=pl.String)
    return pl.coalesce(of_sign, own)


def _note(accepted: pl.DataFrame) -> pl.Expr:
    columns = [name for name in accepted.columns if name.startswith(NOTES) or name == out("NOTE")]
    if not columns:
        return pl.lit(DEFAULTS["NOTE"])
    texts = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in columns]
    return pl.concat_str(texts, separator="; ", ignore_nulls=True)


def same_keys(frame: pl.DataFrame) -> pl.DataFrame:
    """For each key that stands more than once: its columns, SHEET, ROW and CELL as lists, in the order of the file."""
    groups = frame.group_by(KEY, maintain_order=True).agg(SHEET, ROW, CELL, pl.len().alias("times"))
    return groups.filter(pl.col("times") > 1)


def _named(places: Iterable[tuple[str, int]]) -> str:
    """The first ten rows as a person names them, with their sheets where those differ."""
    first = list(places)[:_NAMED_ROWS]
    several = len({sheet for sheet, _ in first}) > 1
    return ", ".join(f"{sheet} {row}" if several else str(row) for sheet, row in first)


def added(frame: pl.DataFrame, twice: pl.DataFrame) -> pl.DataFrame:
    """One observation for each key: the sum, with its caveat, where the key stands more than once."""
    if twice.height == 0:
        return frame.select(COLUMNS)
    named = [_named(zip(*places, strict=True)) for places in twice.select(SHEET, ROW).iter_rows()]
    caveats = twice.select(*KEY, pl.Series("#rows", named, pl.String), "times")
    groups = frame.group_by(KEY, maintain_order=True).agg(
        pl.when(pl.col("OBS_VALUE").count() > 0).then(pl.col("OBS_VALUE").sum()).alias("OBS_VALUE"),
        pl.col("OBS_STATUS").sort_by(pl.col("OBS_VALUE").is_null(), maintain_order=True).first(),
        pl.col("SOURCE_PERIOD").first(),
        pl.col("NOTE").filter(pl.col("NOTE") != "").unique(maintain_order=True).str.join("; "),
        *(pl.col(column).first() for column in ("VINTAGE", "SOURCE_HASH", "PROFILE")),
    )
    caveat = pl.format(
        "suma de {} filas de la fuente / sum of {} source rows: {}", pl.col("times"), pl.col("times"), pl.col("#rows")
    )
    return (
        groups.join(caveats, on=KEY, how="left", maintain_order="left")
        .with_columns(
            pl.concat_str(
                [pl.when(pl.col("NOTE") != "").then(pl.col("NOTE")), caveat], separator="; ", ignore_nulls=True
            ).alias("NOTE")
        )
        .select(COLUMNS)
    )


def same_key_findings(twice: pl.DataFrame, *, column: str, add: bool) -> list[Finding]:
    """R21 for each key that stands more than once, with all of its rows (the first ten)."""
    findings = []
    for row in twice.iter_rows(named=True):
        rows = _named(dict.fromkeys(zip(row[SHEET], row[ROW], strict=True)))
        what = f"{row['CITIZENSHIP']}, {row['PERIOD']}"
        es = "se suman y se dice" if add else "se usa la primera y las demás quedan en cuarentena"
        en = "they are added and this is said" if add else "the first is used and the others are quarantined"
        findings.append(
            Finding(
                rule="R21",
                severity=Severity.WARNING if add else Severity.ERROR,
                sheet=row[SHEET][1],
                row=row[ROW][1],
                column=row[CELL][1] or column,
                value=what,
                message=Text(
                    es=f"La misma clave ({what}) está en las filas {rows}: {es}.",
                    en=f"The same key ({what}) stands in rows {rows}: {en}.",
                ),
            )
        )
    return findings


def events(
    judged: pl.DataFrame, profile: Profile, accepted: pl.Expr, *, on_demand: Mapping[str, pl.Expr]
) -> pl.DataFrame:
    """The accepted unit records without any personal field, nor anything made from one.

    `on_demand` are the columns that are made only here, by name.
    """
    hidden = {*profile.personal, *(f"{name}_PRECISION" for name in profile.personal)}
    made = (*(name for name in judged.columns if name.startswith("@")), *on_demand)
    columns = [name for name in made if name[1:] not in hidden]
    return (
        judged.lazy()
        .filter(accepted)
        .select(on_demand.get(name, pl.col(name)).alias(name[1:]) for name in _ordered(columns, profile))
        .collect()
    )


def _ordered(columns: Iterable[str], profile: Profile) -> list[str]:
    order = {column: index for index, column in enumerate(c for field in profile.fields for c in field.columns)}
    return sorted(columns, key=lambda name: order.get(name[1:].removesuffix("_PRECISION"), len(order)))
