"""How near is reading, mapping and checking a national file to the speed at which its bytes can be read at all?

One run, on the same file: raw Polars (every column text), the source profile with 12 rules, with Parquet out, with the
table of errors; then pandera (lazy) and frictionless on the same rules. XLSX: python-calamine on the same workbook.
Rates are rows a second; the median of `repeats` runs, interleaved so that a slow minute of the machine hits all alike.
"""

import io
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from bench.events import COLUMNS, NATIONALITIES, POSTS, write_events
from istmo.intake.profiles import read_profile
from istmo.intake.run import intake

_CODES = (
    *("VEN", "HTI", "ECU", "COL", "CHN", "CUB", "IND", "NPL", "BGD", "CMR"),
    *("SEN", "GHA", "AGO", "SOM", "ERI", "PAK", "AFG", "PER", "BRA", "CHL"),
)


def profile_text() -> str:
    """The source profile of the invented events: seven mapped fields and twelve rules."""
    nationalities = ", ".join(f"{label}: {code}" for label, code in zip(NATIONALITIES, _CODES, strict=True))
    posts = ", ".join(f"{post}: P{number:03d}" for number, post in enumerate(POSTS))
    return f"""
profile: PAN.BENCH.events
version: 1.0.0
author: Proyecto Istmo
date: 2026-11-24
title: {{es: Eventos inventados, en: Invented events}}
grain: person
read: {{encoding: utf-8, delimiter: ",", header: {{find: "^id,event_date"}}}}
fields:
  ID: {{from: id, text: {{}}, unique: {{on_duplicate: quarantine}}}}
  EVENT_DATE: {{from: event_date, date: DD/MM/YYYY}}
  REGISTERED_ON: {{from: registered_on, date: DD/MM/YYYY}}
  POST: {{from: post, map: {{{posts}}}}}
  CITIZENSHIP: {{from: nationality, map: {{{nationalities}}}}}
  SEX: {{from: sex, map: {{M: M, F: F}}}}
  AGE_YEARS: {{from: age, integer: {{min: "0", max: "110"}}}}
  MINOR: {{from: minor, map: {{SI: "1", "NO": "0"}}}}
  DOCUMENT: {{from: document, map: {{PASAPORTE: PASSPORT, SIN DOCUMENTO: NONE, CEDULA: NATIONAL_ID}}}}
  MEASURE: {{from: movement, map: {{TRANSITO: TRA_IRR, INGRESO: ENT_IRR}}}}
  ACCOMPANIMENT: {{from: accompaniment, map: {{ACOMPANADO: ACC, NO ACOMPANADO: UNACC, FAMILIA: FAM, SOLO: SINGLE}}}}
  PREVIOUS: {{from: previous_country, text: {{}}}}
  GROUP_SIZE: {{from: group_size, integer: {{min: "1", max: "99"}}}}
  ROUTE: {{from: route, text: {{}}}}
  BATCH: {{from: batch, text: {{}}}}
checks:
  - {{id: order, rule: R20, that: "REGISTERED_ON >= EVENT_DATE",
      es: Registrado antes del hecho., en: Registered before the event.}}
  - {{id: minor, rule: R13, that: "(AGE_YEARS < 18 and MINOR = '1') or (AGE_YEARS >= 18 and MINOR = '0')",
      es: La edad no concuerda con la marca de menor., en: The age does not agree with the minor flag.}}
  - {{id: previous, rule: F16, that: "PREVIOUS is not null",
      es: Falta el país anterior., en: The previous country is missing.}}
accept: {{max_stopped: 100 %}}
"""


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _interleaved(works: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            times[name].append(_timed(work))
    return {name: statistics.median(values) for name, values in times.items()}


def _pandera(path: Path) -> Callable[[], object]:
    import pandera.polars as pa  # the peers are optional: requirements-bench.lock
    from pandera.errors import SchemaErrors

    def day(name: str) -> pl.Expr:
        return pl.col(name).str.to_date("%d/%m/%Y", strict=False)

    schema = pa.DataFrameSchema(
        {
            "id": pa.Column(str, unique=True),
            "event_date": pa.Column(str, pa.Check(lambda d: d.lazyframe.select(day(d.key).is_not_null()))),
            "post": pa.Column(str, pa.Check.isin(list(POSTS))),
            "nationality": pa.Column(str, pa.Check.isin(list(NATIONALITIES))),
            "sex": pa.Column(str, pa.Check.isin(["M", "F"])),
            "age": pa.Column(
                str,
                pa.Check(lambda d: d.lazyframe.select(pl.col(d.key).cast(pl.Int64, strict=False).is_between(0, 110))),
            ),
            "document": pa.Column(str, pa.Check.isin(["PASAPORTE", "SIN DOCUMENTO", "CEDULA"])),
            "movement": pa.Column(str, pa.Check.isin(["TRANSITO", "INGRESO"])),
            "accompaniment": pa.Column(str, pa.Check.isin(["ACOMPANADO", "NO ACOMPANADO", "FAMILIA", "SOLO"])),
            "previous_country": pa.Column(str, nullable=False),
        },
        checks=[
            pa.Check(lambda d: d.lazyframe.select((day("registered_on") >= day("event_date")).fill_null(True))),
            pa.Check(
                lambda d: d.lazyframe.select(
                    ((pl.col("age").cast(pl.Int64, strict=False) < 18) == (pl.col("minor") == "SI")).fill_null(True)
                )
            ),
        ],
    )

    def work() -> object:
        frame = pl.read_csv(path, infer_schema=False)
        try:
            return schema.validate(frame, lazy=True)
        except SchemaErrors as exc:
            return exc.failure_cases

    return work


def _frictionless(path: Path) -> Callable[[], object]:
    from frictionless import Schema, fields, validate
    from frictionless.resources import TableResource

    def constrained(name: str, **constraints: object) -> fields.StringField:
        return fields.StringField(name=name, constraints=constraints)

    columns = {name: fields.StringField(name=name) for name in COLUMNS}
    columns["id"] = constrained("id", unique=True)
    columns["event_date"] = fields.DateField(name="event_date", format="%d/%m/%Y")
    columns["registered_on"] = fields.DateField(name="registered_on", format="%d/%m/%Y")
    columns["post"] = constrained("post", enum=list(POSTS))
    columns["nationality"] = constrained("nationality", enum=list(NATIONALITIES))
    columns["sex"] = constrained("sex", enum=["M", "F"])
    columns["age"] = fields.IntegerField(name="age", constraints={"minimum": 0, "maximum": 110})
    columns["document"] = constrained("document", enum=["PASAPORTE", "SIN DOCUMENTO", "CEDULA"])
    columns["movement"] = constrained("movement", enum=["TRANSITO", "INGRESO"])
    columns["accompaniment"] = constrained("accompaniment", enum=["ACOMPANADO", "NO ACOMPANADO", "FAMILIA", "SOLO"])
    columns["previous_country"] = constrained("previous_country", required=True)
    schema = Schema(fields=list(columns.values()))
    return lambda: validate(
        TableResource(path=path.name, basepath=str(path.parent), schema=schema), limit_errors=10_000_000
    )


def _workbook(frame: pl.DataFrame, path: Path) -> Path:
    frame.write_excel(path)
    return path


def run(
    rows: int = 1_000_000, *, repeats: int = 9, peer_rows: int = 100_000, xlsx_rows: int = 100_000
) -> list[dict[str, object]]:
    """The rows of the result table: what, rows a second, and the share of its limit."""
    profile = read_profile(profile_text().encode(), name="bench")
    with tempfile.TemporaryDirectory(prefix="istmo-bench-") as folder:
        path = write_events(Path(folder) / "events.csv", rows)
        small = write_events(Path(folder) / "small.csv", peer_rows)
        raw = path.read_bytes()

        def mapped(parquet: bool = False, findings: bool = True, digest: bool = False) -> object:
            result = intake(io.BytesIO(raw), filename="events.csv", profile=profile)
            assert result.accepted + result.quarantined + result.rejected == result.read == rows
            if findings:
                assert result.findings.height
            if digest:
                assert len(result.source_hash) == 64
            if parquet:
                result.events.write_parquet(Path(folder) / "out.parquet", compression="zstd", compression_level=1)
            return result

        works: dict[str, Callable[[], object]] = {
            "raw": lambda: pl.read_csv(io.BytesIO(raw), infer_schema=False),
            "mask": lambda: mapped(findings=False),
            "errors": lambda: mapped(),
            "parquet": lambda: mapped(parquet=True, findings=False),
            "whole": lambda: mapped(parquet=True, digest=True),
        }
        try:
            works["pandera"] = _pandera(path)
            frictionless = _frictionless(small)
        except ImportError:
            frictionless = None
        seconds = _interleaved(works, repeats)
        limit = rows / seconds["raw"]
        result = [{"what": "raw Polars read, all text", "rows_per_s": round(limit), "share": 1.0}]
        names = {
            "mask": "map + 12 rules (mask)",
            "errors": "map + 12 rules + error table",
            "parquet": "map + 12 rules + Parquet",
            "whole": "map + 12 rules + error table + Parquet + SHA-256 of the file",
            "pandera": "pandera, lazy (read + same rules, no mapping)",
        }
        for key, name in names.items():
            if key in seconds:
                rate = rows / seconds[key]
                result.append({"what": name, "rows_per_s": round(rate), "share": round(rate / limit, 3)})
        result.append(
            {
                "what": "cost of the error table over the mask",
                "rows_per_s": None,
                "share": round(seconds["errors"] / seconds["mask"] - 1, 3),
            }
        )
        if frictionless is not None:
            rate = peer_rows / _timed(frictionless)
            result.append(
                {
                    "what": f"frictionless ({peer_rows:,} rows)",
                    "rows_per_s": round(rate),
                    "share": round(rate / limit, 4),
                }
            )
        result += _xlsx(Path(folder), profile, xlsx_rows, repeats)
    return result


def _xlsx(folder: Path, profile: object, rows: int, repeats: int) -> list[dict[str, object]]:
    from python_calamine import CalamineWorkbook

    book = _workbook(pl.read_csv(write_events(folder / "x.csv", rows), infer_schema=False), folder / "events.xlsx")
    raw = book.read_bytes()

    def ours() -> object:
        result = intake(io.BytesIO(raw), filename="events.xlsx", profile=profile)
        assert result.read == rows
        return result

    seconds = _interleaved(
        {
            "calamine": lambda: CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0).to_python(),
            "ours": ours,
        },
        repeats,
    )
    limit = rows / seconds["calamine"]
    rate = rows / seconds["ours"]
    return [
        {
            "what": f"XLSX, python-calamine to Python lists ({rows:,} rows x 15)",
            "rows_per_s": round(limit),
            "share": 1.0,
        },
        {"what": "XLSX, map + 12 rules", "rows_per_s": round(rate), "share": round(rate / limit, 3)},
    ]
