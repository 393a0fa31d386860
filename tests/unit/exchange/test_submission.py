"""The payload of a submission gives back the vintage that was sent, and nothing that is not one is read."""

import json
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from istmo.exchange.submission import (
    BODY,
    Answer,
    Submission,
    UnknownCodes,
    read_answer,
    read_submission,
    write_answer,
    write_submission,
)
from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.observations import COLUMNS, DEFAULTS, schema
from istmo.model.text import Text

HEAD = {
    "REPORTER": "PAN",
    "AGENCY": "SNM",
    "DATASET": "cuadro003",
    "MEASURE": "TRA_IRR",
    "UNIT": "REGISTRATION",
    "VINTAGE": "2023-09-15.1591",
    "SOURCE_HASH": "a" * 64,
    "PROFILE": "PAN.SNM.cuadro003@1.0.0",
}


def submission(rows: list[dict[str, Any]]) -> Submission:
    filled = [{**DEFAULTS, **HEAD, **row} for row in rows]
    frame = pl.DataFrame(filled, schema={name: pl.String() for name in COLUMNS} | {"OBS_VALUE": pl.Int64()})
    return Submission(
        frame=frame.select(COLUMNS).cast(dict(schema())),
        profile_hash="b" * 64,
        parameters={"year": "2023"},
        source_name="cuadro003.csv",
        counts={"read": len(rows), "accepted": len(rows), "quarantined": 0, "rejected": 0},
    )


ROWS = [
    {"PERIOD": "2023-08", "CITIZENSHIP": "VEN", "OBS_VALUE": 5},
    {"PERIOD": "2023-08", "CITIZENSHIP": "HTI", "OBS_VALUE": None, "OBS_STATUS": "O"},
]
CODES = ("VEN", "HTI", "CUB", "XXA", "_T")
DRAWN = st.lists(
    st.tuples(
        st.sampled_from(("2023-07", "2023-08")),
        st.sampled_from(CODES),
        st.sampled_from(("F", "M", "_T")),
        st.one_of(st.none(), st.integers(0, 2**63 - 1)),
        st.text(max_size=20),
    ),
    min_size=1,
    max_size=30,
)


@given(DRAWN)
def test_what_is_read_is_what_was_sent(drawn: list[tuple[str, str, str, int | None, str]]) -> None:
    sent = submission(
        [
            {
                "PERIOD": period,
                "CITIZENSHIP": code,
                "SEX": sex,
                "OBS_VALUE": value,
                "OBS_STATUS": "O" if value is None else "A",
                "NOTE": note.encode("utf-8", "replace").decode(),
            }
            for period, code, sex, value, note in drawn
        ]
    )
    got = read_submission(write_submission(sent))
    assert got.frame.sort(BODY).equals(sent.frame.sort(BODY))
    assert got.frame.schema == schema()
    assert (got.profile_hash, got.parameters, got.source_name, got.counts) == (
        sent.profile_hash,
        sent.parameters,
        sent.source_name,
        sent.counts,
    )
    assert write_submission(got) == write_submission(sent)
    assert got.dataset_id == "PAN.SNM.cuadro003"


def test_a_column_that_is_the_same_in_every_row_is_written_once() -> None:
    document = json.loads(write_submission(submission(ROWS)))
    assert document["columns"]["PERIOD"] == "2023-08"
    assert document["columns"]["OBS_VALUE"] == [None, 5]
    assert document["reporter"] == "PAN"


def changed(**parts: Any) -> bytes:
    document = json.loads(write_submission(submission(ROWS)))
    columns = parts.pop("columns", {})
    document |= parts
    if isinstance(columns, dict):
        document["columns"] |= columns
    else:
        document["columns"] = columns
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("payload", "place"),
    [
        (b"\xff", ""),
        (b"[]", ""),
        (b"[" * 100_000, ""),
        (changed(format="istmo-submission/9"), ""),
        (changed(rows=0), "rows"),
        (changed(rows=True), "rows"),
        (changed(rows=10**9), "rows"),
        (changed(columns=[]), "columns"),
        (changed(columns={"NAME": ["x", "y"]}), "columns"),
        (changed(columns={"SEX": ["F"]}), "columns.SEX"),
        (changed(columns={"SEX": [1, 2]}), "columns.SEX"),
        (changed(columns={"SEX": None}), "columns.SEX"),
        (changed(columns={"CITIZENSHIP": ["VEN", "ZZZ"]}), "columns.CITIZENSHIP"),
        (changed(columns={"OBS_VALUE": [1.5, 2]}), "columns.OBS_VALUE"),
        (changed(columns={"OBS_VALUE": [True, 2]}), "columns.OBS_VALUE"),
        (changed(columns={"OBS_VALUE": [-1, 2]}), "columns.OBS_VALUE"),
        (changed(columns={"OBS_VALUE": [2**63, 2]}), "columns.OBS_VALUE"),
        (changed(reporter="ZZZ"), "reporter"),
        (changed(vintage="yesterday"), "vintage, source_hash"),
        (changed(source_hash="a"), "vintage, source_hash"),
        (changed(profile_hash="a"), "profile_hash"),
        (changed(source_name="x" * 501), "source_name"),
        (changed(agency=None), "agency"),
        (changed(parameters={"year": 2023}), "parameters"),
        (changed(counts={"read": -1}), "counts"),
        (changed(counts=None), "counts"),
    ],
)
def test_what_is_no_submission_is_refused_with_its_place(payload: bytes, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_submission(payload)
    assert caught.value.place == place
    assert caught.value.rule == ("F86" if place in ("columns.CITIZENSHIP", "reporter") else "F85")


def test_codes_that_the_receiver_does_not_know_are_found_one_by_one_with_its_list_and_version() -> None:
    with pytest.raises(UnknownCodes) as caught:
        read_submission(changed(columns={"CITIZENSHIP": ["ZZZ", "A" * 60]}))
    version = codelist("citizenship").version
    assert caught.value.known == f"citizenship {version}"
    assert f"citizenship {version}" in caught.value.message.es
    found = caught.value.findings(most=5)
    assert [(one["rule"], one["column"], one["value"]) for one in found] == [
        ("F86", "CITIZENSHIP", "A" * 40),
        ("F86", "CITIZENSHIP", "ZZZ"),
    ]
    assert len(caught.value.findings(most=1)) == 1


def test_two_datasets_are_not_sent_as_one() -> None:
    two = submission([*ROWS, {"PERIOD": "2023-08", "DATASET": "cuadro004", "OBS_VALUE": 1}])
    with pytest.raises(InvalidInput, match="one dataset"):
        write_submission(two)


def test_an_answer_is_read_as_it_was_written_and_unknown_fields_stay() -> None:
    finding = {"rule": "R6", "row": 3}
    answer = Answer("acknowledged", "2023-09-15.1591", (finding,), Text(es="Bien.", en="Good."), {"later": [1]})
    assert read_answer(write_answer(answer)) == answer
    assert read_answer(write_answer(Answer("refused"))) == Answer("refused")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "x"},
        {"outcome": "perhaps"},
        {"findings": "none"},
        {"findings": [1]},
        {"message": {"es": "x"}},
        {"message": "x"},
        {"vintage": None},
    ],
)
def test_what_is_no_answer_is_refused(change: dict[str, Any]) -> None:
    document = json.loads(write_answer(Answer("known", "2023-09-15.1"))) | change
    with pytest.raises(InvalidInput):
        read_answer(json.dumps(document).encode())


def test_the_lines_of_a_protected_table_travel_with_it_and_others_have_none() -> None:
    bare = submission(ROWS)
    assert "protection" not in json.loads(write_submission(bare))
    assert read_submission(write_submission(bare)).protection is None
    protected = replace(bare, protection=('{"line":1}', '{"line":2}'))
    assert read_submission(write_submission(protected)).protection == ('{"line":1}', '{"line":2}')


@pytest.mark.parametrize("wrong", [None, "line", [1], {"0": "line"}])
def test_lines_that_are_none_are_refused(wrong: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_submission(changed(protection=wrong))
    assert refused.value.place == "protection"
