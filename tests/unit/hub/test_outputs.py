"""All files of a brief, made twice in two processes, two time zones and two hash seeds: the same bytes."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
import polars as pl
from pypdf import PdfReader

from istmo.hub.briefs.render.json import read_brief
from istmo.hub.briefs.render.outputs import digests, media_type, render_all
from istmo.model.observations import schema
from istmo.statistics.brief.values import Brief

NAMES = {
    "brief.json",
    "brief.es.html",
    "brief.es.pdf",
    "brief.en.html",
    "brief.en.pdf",
    "brief.xlsx",
    "observations.csv",
}
PROGRAM = """
import json, runpy, sys
import polars as pl
from istmo.hub.briefs.render.outputs import digests, render_all
from istmo.model.observations import schema
brief = runpy.run_path(sys.argv[1])["brief"]()
files = render_all(brief, css=".n{color:red}", observations=pl.DataFrame(schema=schema()))
print(json.dumps(digests(files)))
"""


def made_elsewhere(zone: str, seed: str) -> Mapping[str, str]:
    """The digests of the files as another process makes them."""
    environment = os.environ | {"TZ": zone, "PYTHONHASHSEED": seed, "LANG": "C", "LC_ALL": "C"}
    sample = Path(__file__).resolve().parent / "sample.py"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(sample)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    read: Mapping[str, str] = json.loads(done.stdout)
    return read


def test_the_same_brief_gives_the_same_bytes_in_other_time_zones_and_processes() -> None:
    panama, kathmandu = made_elsewhere("America/Panama", "1"), made_elsewhere("Asia/Kathmandu", "2")
    assert set(panama) == NAMES
    assert panama == kathmandu


def test_all_formats_in_both_languages_are_made(brief: Brief, observations: pl.DataFrame) -> None:
    files = render_all(brief, css="", observations=observations)
    assert set(files) == NAMES
    assert all(files.values())
    assert set(digests(files)) == NAMES
    assert all(media_type(name) for name in files)


def test_one_language_may_be_asked_for(brief: Brief, observations: pl.DataFrame) -> None:
    files = render_all(brief, css="", observations=observations, languages=("en",))
    assert "brief.en.pdf" in files
    assert "brief.es.pdf" not in files


def test_every_format_says_what_it_corrects_and_prints_the_notes_of_members(brief: Brief) -> None:
    files = render_all(brief, css="", observations=pl.DataFrame(schema=schema()))
    (note,) = brief.edition.notes
    assert brief.edition.correction is not None
    for language in ("es", "en"):
        said = (brief.edition.correction.in_(language), note.text.in_(language), note.signed)
        page = files[f"brief.{language}.html"].decode()
        paper = " ".join(part.extract_text() for part in PdfReader(io.BytesIO(files[f"brief.{language}.pdf"])).pages)
        for text in said:
            assert text in page
            assert text in " ".join(paper.split())
    cover = openpyxl.load_workbook(io.BytesIO(files["brief.xlsx"])).worksheets[0]
    cells = [str(cell.value) for row in cover.iter_rows() for cell in row if cell.value]
    assert brief.edition.correction.es in cells
    assert any(note.text.en in cell and note.signed in cell for cell in cells)
    assert read_brief(files["brief.json"]) == brief


def test_what_organisations_publish_is_a_file_of_its_own_that_the_page_links(
    brief: Brief, observations: pl.DataFrame
) -> None:
    theirs = observations.head(2).with_columns(REPORTER=pl.lit("UNHCR").cast(schema()["REPORTER"]))
    own = brief.table("T2")
    cells = [tuple(replace(cell, id=f"T8.{cell.id}", caveats=()) for cell in row.cells) for row in own.rows]
    asylum = replace(
        own, id="T8", notes=(), rows=tuple(replace(row, cells=held) for row, held in zip(own.rows, cells, strict=True))
    )
    with_asylum = replace(brief, tables=(*(table for table in brief.tables if table.id != "T8"), asylum))
    files = render_all(with_asylum, css="", observations=pl.concat([observations, theirs]), languages=("en",))
    assert b"UNHCR" not in files["observations.csv"]
    assert len(files["organisations.csv"].splitlines()) == 3
    assert b'href="organisations.csv"' in files["brief.en.html"]
    assert b'href="organisations.csv"' not in render_all(brief, css="", observations=observations)["brief.en.html"]
