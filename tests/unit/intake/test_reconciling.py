"""One file against itself: nationality against sex and age (R7), nested ages (R13)."""

import polars as pl
import pytest

from istmo.intake.reconciling import findings
from istmo.model.observations import COLUMNS, DEFAULTS, schema


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    base = {"REPORTER": "MEX", "AGENCY": "UPMRIP", "DATASET": "x", "MEASURE": "EVT_IRR", "UNIT": "EVENT"}
    full = [
        {column: {**dict(DEFAULTS), **base, "PERIOD": "2024-01", **row}.get(column, "") for column in COLUMNS}
        for row in rows
    ]
    return pl.DataFrame(full, schema=schema())


def row(value: int | None, **codes: str) -> dict[str, object]:
    return {"OBS_VALUE": value, **codes}


HAITI = row(10, CITIZENSHIP="HTI")
CUBA = row(5, CITIZENSHIP="CUB")


def messages(*rows: dict[str, object]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.message.en) for finding in findings(frame(*rows), sheet="")]


def test_a_total_by_sex_that_differs_from_the_total_by_nationality_is_flagged() -> None:
    found = messages(HAITI, CUBA, row(9, SEX="M"), row(5, SEX="F"))
    assert found == [("R7", "EVT_IRR, 2024-01: by nationality they sum to 15 and by sex or age to 14.")]


@pytest.mark.parametrize(
    "rows",
    [
        (HAITI, CUBA, row(9, SEX="M"), row(6, SEX="F")),
        (HAITI, CUBA, row(15, CITIZENSHIP="_T")),  # a declared total is no margin by sex
        (HAITI, CUBA),
        (row(9, SEX="M"), row(5, SEX="F")),
        (HAITI, CUBA, row(3, CITIZENSHIP="HTI", SEX="M")),  # crossed: belongs to neither margin
        (HAITI, row(None, SEX="M")),
        (HAITI, row(3, SEX="M", PERIOD="2024-02")),
    ],
)
def test_margins_that_agree_or_cannot_be_compared_are_silent(rows: tuple[dict[str, object], ...]) -> None:
    assert messages(*rows) == []


def test_a_breakdown_by_sex_and_one_by_age_are_each_compared() -> None:
    found = messages(HAITI, row(10, SEX="M"), row(4, AGE="Y_GE18"), row(5, AGE="Y_LT18"))
    assert [rule for rule, _ in found] == ["R7"]
    assert "to 9" in found[0][1]


def test_a_group_smaller_than_those_it_holds_is_flagged() -> None:
    children = row(10, AGE="Y_LT18")
    found = messages(
        children,
        row(8, AGE="Y12T17"),
        row(2, AGE="Y_LT12", ACCOMPANIMENT="ACC"),
        row(1, AGE="Y_LT12", ACCOMPANIMENT="UNACC"),
    )
    assert found == [("R13", "2024-01: group Y_LT18 (10) is smaller than those it holds (11).")]


def test_groups_that_nest_are_silent() -> None:
    assert messages(row(10, AGE="Y_LT18"), row(8, AGE="Y12T17"), row(2, AGE="Y_LT12"), row(7, AGE="Y_GE18")) == []
    assert messages(row(8, AGE="Y12T17"), row(2, AGE="Y_LT12"), row(10, AGE="Y_LT18", SEX="M")) == []


def test_groups_within_groups_are_counted_once() -> None:
    under_18 = row(10, AGE="Y_LT18")
    assert messages(under_18, row(6, AGE="Y_LT12"), row(5, AGE="Y0T4")) == []
    assert [rule for rule, _ in messages(under_18, row(6, AGE="Y_LT12"), row(7, AGE="Y0T4"))] == ["R13"]
    assert [rule for rule, _ in messages(under_18, row(11, AGE="Y0T4"))] == ["R13"]
