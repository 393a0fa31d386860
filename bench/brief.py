"""How long does the Secretariat wait for a month? Ten years, eleven reporters, two hundred nationalities?

Read from PostgreSQL, compiled, and written as HTML, PDF, XLSX, CSV and JSON. The limit in the same run: the same
observations read from the store and written to disk as CSV, nothing laid out. Figures are a hash of their key.
"""

import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from istmo.app.home import Role, init, open_home
from istmo.app.settings import read_settings
from istmo.model.codes import codelist
from istmo.model.observations import COLUMNS, DEFAULTS, schema
from istmo.model.periods import month, months
from istmo.registry.members import members

LAST = month(2023, 8)


def figures(years: int = 10, nationalities: int = 200) -> pl.DataFrame:
    """Invented observations: one row a member, month and nationality, each member with a measure of its own unit."""
    periods = [str(period) for period in months(LAST.plus(1 - 12 * years), LAST)]
    countries = [code.id for code in codelist("citizenship") if code.attributes.get("kind") == "country"][
        :nationalities
    ]
    reporters = pl.DataFrame({"REPORTER": [member.code for member in members()]})
    frame = reporters.join(pl.DataFrame({"PERIOD": periods}), how="cross").join(
        pl.DataFrame({"CITIZENSHIP": countries}), how="cross"
    )
    key = pl.struct("REPORTER", "PERIOD", "CITIZENSHIP").hash(7)
    datasets = {
        "PAN": ("SNM", "cuadro003", "TRA_IRR", "REGISTRATION"),
        "HND": ("INM", "flujo", "ENT_IRR", "REGISTRATION"),
        "MEX": ("UPMRIP", "3.1.1", "EVT_IRR", "EVENT"),
        "USA": ("CBP", "nationwide", "ENCOUNTER", "EVENT"),
    }

    def known(position: int, other: str) -> pl.Expr:
        return pl.col("REPORTER").replace_strict(
            {code: parts[position] for code, parts in datasets.items()}, default=other
        )

    return (
        frame.with_columns(
            AGENCY=known(0, "BENCH"),
            DATASET=known(1, "bench"),
            MEASURE=known(2, "ENT_IRR"),
            UNIT=known(3, "REGISTRATION"),
            OBS_VALUE=(key % 5000).cast(pl.Int64),
            VINTAGE=pl.lit(""),
            SOURCE_HASH=pl.lit("0" * 64),
            PROFILE=pl.lit("bench@1.0.0"),
            **{name: pl.lit(value) for name, value in DEFAULTS.items() if name not in ("CITIZENSHIP",)},
        )
        .select(COLUMNS)
        .cast(dict(schema()))
    )


def run(years: int = 10, nationalities: int = 200, *, repeats: int = 3) -> list[dict[str, object]]:
    """Seconds for each step of the brief of a month; the median of `repeats` runs in one process, after a first one."""
    with tempfile.TemporaryDirectory(prefix="istmo-bench-") as folder:
        settings = read_settings(home=Path(folder) / "home")
        init(settings, role=Role.HUB)
        with open_home(settings):
            return _run(figures(years, nationalities), Path(folder), repeats)


def _run(frame: pl.DataFrame, folder: Path, repeats: int) -> list[dict[str, object]]:
    from istmo.hub.briefs.compilation import draft
    from istmo.hub.briefs.render.outputs import render_all
    from istmo.installation.observations.store import observations, store_frame
    from istmo.web.hub.editions import style_sheet

    received = datetime(2023, 9, 10, tzinfo=UTC)
    started = time.perf_counter()
    for _, part in frame.group_by("REPORTER"):
        store_frame(part, profile_hash="", parameters={}, source_name="bench", on=received.date(), received_at=received)
    stored = time.perf_counter() - started
    runs: list[tuple[float, float, float, int]] = []
    for _ in range(repeats + 1):
        t0 = time.perf_counter()
        held = observations()
        assert held.height == frame.height
        (folder / "limit.csv").write_bytes(held.write_csv().encode())
        t1 = time.perf_counter()
        drafted = draft(LAST, on=date(2023, 9, 18), demonstration=False)
        t2 = time.perf_counter()
        files = render_all(drafted.brief, css=style_sheet(), observations=drafted.observations)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        runs.append((t1 - t0, t2 - t1, time.perf_counter() - t2, sum(map(len, files.values()))))
    first, rest = runs[0], sorted(runs[1:], key=lambda times: times[1] + times[2])
    middle = rest[len(rest) // 2]
    return [
        {"what": f"store {frame.height:,} observations (COPY)", "seconds": round(stored, 2)},
        {"what": "limit: read them all and write them as CSV", "seconds": round(middle[0], 2)},
        {"what": "first brief of a process: compile", "seconds": round(first[1], 2)},
        {"what": "first brief of a process: HTML + PDF + XLSX + CSV + JSON, es and en", "seconds": round(first[2], 2)},
        {"what": "first brief of a process: together", "seconds": round(first[1] + first[2], 2)},
        {"what": "later brief: compile", "seconds": round(middle[1], 2)},
        {"what": "later brief: all formats", "seconds": round(middle[2], 2)},
        {"what": "later brief: together", "seconds": round(middle[1] + middle[2], 2), "bytes": middle[3]},
    ]
