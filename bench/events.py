"""Invented events for the intake benchmarks: 15 columns, about 1 % errors for each of 12 rules, one file a seed.

Nobody in them exists: every value is a hash of the row number. Rules: 1 unique id, 2-6 five coded columns, 7 post in
a table of 220, 8 event date can be read, 9 registered on or after the event, 10 previous country present, 11 age in
0..110, 12 minor flag agrees with the age.
"""

from pathlib import Path

import polars as pl

NATIONALITIES = (
    *("VENEZUELA", "HAITI", "ECUADOR", "COLOMBIA", "CHINA", "CUBA", "INDIA", "NEPAL", "BANGLADESH", "CAMERUN"),
    *("SENEGAL", "GHANA", "ANGOLA", "SOMALIA", "ERITREA", "PAKISTAN", "AFGANISTAN", "PERU", "BRASIL", "CHILE"),
)
POSTS = tuple(f"PUESTO {number:03d}" for number in range(220))
COLUMNS = (
    "id",
    "event_date",
    "registered_on",
    "post",
    "nationality",
    "sex",
    "age",
    "minor",
    "document",
    "movement",
    "accompaniment",
    "previous_country",
    "group_size",
    "route",
    "batch",
)


def _pick(values: tuple[str, ...] | list[str], seed: int) -> pl.Expr:
    return pl.lit(pl.Series(list(values))).gather((pl.col("n").hash(seed) % len(values)).cast(pl.UInt32))


def _one_in_a_hundred(seed: int) -> pl.Expr:
    return pl.col("n").hash(1000 + seed) % 100 == 0


def events(rows: int, *, seed: int = 0) -> pl.DataFrame:
    """`rows` invented events, all columns text, in the order of `COLUMNS`."""
    n = pl.col("n")
    day = pl.date(2023, 1, 1) + pl.duration(days=(n.hash(seed + 1) % 360).cast(pl.Int64))
    age = (n.hash(seed + 2) % 80).cast(pl.Int64)
    frame = pl.DataFrame({"n": pl.int_range(rows, eager=True)}).with_columns(day=day, years=age)
    columns = {
        "id": pl.when(_one_in_a_hundred(1)).then(n - 1).otherwise(n).cast(pl.String).str.zfill(9),
        "event_date": pl.when(_one_in_a_hundred(8))
        .then(pl.lit("31/06/2023"))
        .otherwise(pl.col("day").dt.strftime("%d/%m/%Y")),
        "registered_on": pl.when(_one_in_a_hundred(9))
        .then(pl.col("day") - pl.duration(days=3))
        .otherwise(pl.col("day") + pl.duration(days=2))
        .dt.strftime("%d/%m/%Y"),
        "post": pl.when(_one_in_a_hundred(7)).then(pl.lit("PUESTO X")).otherwise(_pick(POSTS, seed + 3)),
        "nationality": pl.when(_one_in_a_hundred(2))
        .then(pl.lit("OTRO PAIS"))
        .otherwise(_pick(NATIONALITIES, seed + 4)),
        "sex": pl.when(_one_in_a_hundred(3)).then(pl.lit("X?")).otherwise(_pick(["M", "F"], seed + 5)),
        "age": pl.when(_one_in_a_hundred(11)).then(pl.lit(130)).otherwise(pl.col("years")).cast(pl.String),
        "minor": pl.when(_one_in_a_hundred(12))
        .then(pl.when(pl.col("years") < 18).then(pl.lit("NO")).otherwise(pl.lit("SI")))
        .otherwise(pl.when(pl.col("years") < 18).then(pl.lit("SI")).otherwise(pl.lit("NO"))),
        "document": pl.when(_one_in_a_hundred(4))
        .then(pl.lit("CARNET?"))
        .otherwise(_pick(["PASAPORTE", "SIN DOCUMENTO", "CEDULA"], seed + 6)),
        "movement": pl.when(_one_in_a_hundred(5))
        .then(pl.lit("OTRO"))
        .otherwise(_pick(["TRANSITO", "INGRESO"], seed + 7)),
        "accompaniment": pl.when(_one_in_a_hundred(6))
        .then(pl.lit("?"))
        .otherwise(_pick(["ACOMPANADO", "NO ACOMPANADO", "FAMILIA", "SOLO"], seed + 8)),
        "previous_country": pl.when(_one_in_a_hundred(10))
        .then(pl.lit(""))
        .otherwise(_pick(["COL", "ECU", "PAN"], seed + 9)),
        "group_size": (n.hash(seed + 10) % 9 + 1).cast(pl.String),
        "route": _pick(["TERRESTRE", "MARITIMA"], seed + 11),
        "batch": pl.format("L{}", n // 5000),
    }
    return frame.select(**columns).select(COLUMNS)


def write_events(path: Path, rows: int, *, seed: int = 0) -> Path:
    events(rows, seed=seed).write_csv(path)
    return path
