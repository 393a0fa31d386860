"""`observations.csv` and `brief.json`."""

import csv
import io
import json
from types import ModuleType

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from istmo.hub.briefs.render.csv import observations_csv
from istmo.hub.briefs.render.json import as_json, brief_json, read_brief
from istmo.model.csvtext import text_field
from istmo.model.errors import IntegrityFailure
from istmo.model.observations import COLUMNS
from istmo.statistics.brief.values import Brief, BriefState


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


def test_the_columns_stand_in_their_order(observations: pl.DataFrame) -> None:
    header = observations_csv(observations).decode().splitlines()[0]
    assert header == ",".join(COLUMNS)


def test_a_text_that_a_spreadsheet_would_run_is_written_as_text(observations: pl.DataFrame) -> None:
    notes = [row["NOTE"] for row in rows_of(observations_csv(observations))]
    assert "'=1+1" in notes


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_each_way_to_begin_a_formula_is_taken_as_text(start: str, observations: pl.DataFrame) -> None:
    changed = observations.with_columns(AGENCY=pl.lit(f"{start}A1"))
    content = observations_csv(changed).decode()
    assert text_field(f"{start}A1") == f"'{start}A1"
    assert f"'{start}A1" in content


def test_a_number_is_never_changed(observations: pl.DataFrame) -> None:
    """A negative number is not text that begins with a minus."""
    changed = observations.with_columns(OBS_VALUE=pl.lit(-5, dtype=pl.Int64))
    assert {row["OBS_VALUE"] for row in rows_of(observations_csv(changed))} == {"-5"}


def test_a_missing_value_is_empty_and_its_status_says_why(observations: pl.DataFrame) -> None:
    missing = [row for row in rows_of(observations_csv(observations)) if row["OBS_VALUE"] == ""]
    assert [row["OBS_STATUS"] for row in missing] == ["O"]


def test_the_order_of_the_rows_does_not_change_the_file(observations: pl.DataFrame) -> None:
    assert observations_csv(observations.reverse()) == observations_csv(observations)


@given(st.text(max_size=20))
def test_only_the_apostrophe_is_added(text: str) -> None:
    assert text_field(text) in (text, f"'{text}")
    assert not text_field(text).startswith(("=", "+", "-", "@"))


def test_the_whole_brief_comes_back_from_its_json(brief: Brief, draft: Brief) -> None:
    assert read_brief(brief_json(brief)) == brief
    assert read_brief(brief_json(draft)) == draft


def test_a_cell_says_id_value_status_and_caveats(brief: Brief) -> None:
    tables = {table["id"]: table for table in as_json(brief)["tables"]}
    cells = {cell["id"]: cell for row in tables["T2"]["rows"] for cell in row["cells"]}
    assert cells["T2.CRI.2023-08"]["value"] is None
    assert cells["T2.CRI.2023-08"]["status"] == "O"
    assert cells["T2.USA.2023-05"]["caveats"] == ["n1"]
    assert cells["T2.PAN.2023-08"]["value"] == brief.table("T2").rows[0].cells[0].value
    assert tables["T6"]["missing"]["en"].startswith("No member")


def test_the_json_names_edition_vintages_findings_and_comparability(brief: Brief) -> None:
    held = json.loads(brief_json(brief))
    assert held["edition"]["month"] == "2023-08"
    assert held["edition"]["state"] == "PUBLISHED"
    assert held["marks"] == [{"es": "DEMOSTRACIÓN", "en": "DEMONSTRATION"}]
    assert len(held["vintages"]) == 4
    assert held["findings"][0]["rule"] == "R18a"
    assert {pair["level"] for pair in held["comparability"]} == {0, 1, 2}


def test_a_draft_is_marked_in_the_json(sample: ModuleType) -> None:
    marks = as_json(sample.brief(state=BriefState.APPROVED, demonstration=False))["marks"]
    assert marks == [{"es": "BORRADOR", "en": "DRAFT"}]


def test_no_number_is_a_sum_over_reporters(brief: Brief, sums_over_reporters: frozenset[int]) -> None:
    found: set[int] = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.add(round(value))

    walk(as_json(brief))
    assert len(found) > 100
    assert not sums_over_reporters & found


def test_a_file_of_another_kind_is_not_taken_for_a_brief() -> None:
    with pytest.raises(IntegrityFailure):
        read_brief(b'{"format": "other"}')
    with pytest.raises(IntegrityFailure):
        read_brief(b"[]")
