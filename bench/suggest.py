"""How long does a ministry wait for the draft of a profile? Files of 100,000 rows: records, figures, a workbook.

The limit in the same run: Polars reads the same file, every column as text. Every figure and record is invented, a hash
of its row number. Medians of `repeats` runs after a first one.
"""

import io
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from bench.events import write_events
from istmo.intake.suggesting.drafting import suggest
from istmo.model.codes import codelist


def figures(rows: int) -> pl.DataFrame:
    """A long table of figures: month, nationality, sex, age group, post, people."""
    names = [code.name.es for code in codelist("citizenship") if code.attributes.get("kind") == "country"]
    number = pl.int_range(rows, eager=True).alias("n")

    def pick(values: list[str], seed: int) -> pl.Expr:
        return pl.lit(pl.Series(values)).gather((pl.col("n").hash(seed) % len(values)).cast(pl.UInt32))

    months = [f"{day:02d}/{month:02d}/{year}" for year in range(2015, 2025) for month in range(1, 13) for day in (1,)]
    return number.to_frame().select(
        pick(months, 1).alias("Fecha"),
        pick(names, 2).alias("Nacionalidad"),
        pick(["Hombre", "Mujer"], 3).alias("Sexo"),
        pick(["Menores de 12 años", "De 12 a 17 años", "18 años y más"], 4).alias("Grupo de edad"),
        pick([f"Puesto {post:03d}" for post in range(220)], 5).alias("Puesto"),
        (pl.col("n").hash(6) % 4000).cast(pl.String).alias("Personas"),
    )


def run(rows: int = 100_000, *, repeats: int = 3) -> list[dict[str, object]]:
    """Seconds for the draft of each file, beside those of the raw read."""
    with tempfile.TemporaryDirectory(prefix="istmo-bench-") as folder:
        events = write_events(Path(folder) / "registros.csv", rows).read_bytes()
    table = figures(rows)
    text = table.write_csv().encode()
    book = io.BytesIO()
    table.write_excel(book)
    return [
        _row(f"records: {rows:,} rows, 15 columns, CSV", events, "registros.csv", repeats),
        _row(f"figures: {rows:,} rows, 6 columns, CSV", text, "cifras.csv", repeats),
        _row(f"figures: {rows:,} rows, 6 columns, XLSX", book.getvalue(), "cifras.xlsx", repeats),
    ]


def _row(what: str, data: bytes, filename: str, repeats: int) -> dict[str, object]:
    read = pl.read_excel if filename.endswith("xlsx") else _read_csv
    return {
        "what": what,
        "raw read, seconds": _median(lambda: read(io.BytesIO(data)), repeats),
        "draft, seconds": _median(lambda: suggest(io.BytesIO(data), filename=filename), repeats),
        "wanted": "at most 5",
    }


def _read_csv(source: io.BytesIO) -> pl.DataFrame:
    return pl.read_csv(source, infer_schema=False)


def _median(act: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return round(statistics.median(times[1:]), 2)
