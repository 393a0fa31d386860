"""Which period does a record belong to? The calendar's; a fiscal year is converted and the source's words kept (R4)."""

import io
from collections.abc import Callable
from datetime import date

import pytest

from istmo.intake.profiles import read_profile
from istmo.intake.result import Intake
from istmo.intake.run import intake

PROFILE = """
profile: USA.CBP.prueba
version: 1.0.0
read: {header: {find: "^a,b,n"}}
fields:
  MEASURE: {const: ENCOUNTER}
  UNIT: {const: EVENT}
  PERIOD: HOW
  OBS_VALUE: {from: n, integer: {}}
drop: {a: x, b: y}
accept: {max_stopped: 100 %}
"""
MONTH = "{from: b, period: {month: es, year: {from: a}}}"
FISCAL = "{from: b, period: {month: en, year: {from: a, match: '^(\\d{4})'}, fiscal_start: 10}, keep_as: SOURCE_PERIOD}"
DAY = "{from: a, date: YYYY-MM-DD, period: {grain: M}}"
MIXED = (
    "{from: a, date: YYYY-MM-DD, period: {when: [{before: 2020-01-01, grain: A}, {grain: M}]}, keep_as: SOURCE_PERIOD}"
)
QUARTER = "{from: a, date: YYYY-MM-DD, period: {grain: Q}}"
OWN = "{from: a, period: {grain: A}}"

# how the profile reads it, the two cells, the period, what is kept of the source's words
CASES = (
    (MONTH, "2016", "junio", "2016-06", ""),
    (MONTH, "2016", "Jun.", "2016-06", ""),
    (FISCAL, "2017", "OCT", "2016-10", "2017 OCT"),
    (FISCAL, "2017 (FYTD)", "SEP", "2017-09", "2017 (FYTD) SEP"),
    (DAY, "2023-08-01", "", "2023-08", ""),
    (MIXED, "2019-01-01", "", "2019", "2019-01-01"),
    (MIXED, "2020-01-01", "", "2020-01", "2020-01-01"),
    (QUARTER, "2020-05-31", "", "2020-Q2", ""),
    (OWN, "2016", "", "2016", ""),
)


@pytest.mark.parametrize(("how", "a", "b", "period", "kept"), CASES)
def test_a_record_belongs_to_a_period_of_the_calendar(
    read: Callable[..., Intake], how: str, a: str, b: str, period: str, kept: str
) -> None:
    result = read(f"a,b,n\n{a},{b},1\n", PROFILE.replace("HOW", how))
    assert result.observations.select("PERIOD", "SOURCE_PERIOD").rows() == [(period, kept)]


# how the profile reads it, the two cells, the rule that rejects the record, the column that it names
REJECTED = (
    (MONTH, "2016", "jullio", "F12", "b"),
    (MONTH, "16", "junio", "F12", "b"),
    (MONTH, "", "junio", "F12", "b"),
    (FISCAL, "FY17", "OCT", "F12", "b"),
    (DAY, "2023-02-30", "", "R20", "a"),
    (DAY, "agosto", "", "F12", "a"),
    (DAY, "", "", "F12", "a"),
    (OWN, "2016-05", "", "F12", "a"),  # a month where years are expected
    (OWN, "MMXVI", "", "F12", "a"),
)


@pytest.mark.parametrize(("how", "a", "b", "rule", "column"), REJECTED)
def test_what_is_no_period_is_rejected(
    read: Callable[..., Intake], how: str, a: str, b: str, rule: str, column: str
) -> None:
    result = read(f"a,b,n\n{a},{b},1\n", PROFILE.replace("HOW", how))
    assert (result.read, result.rejected) == (1, 1)
    assert result.findings.filter(result.findings["rule"] != "F15").select("rule", "column").rows() == [(rule, column)]


def test_a_period_that_has_not_come_yet_is_rejected_against_the_day_given(read: Callable[..., Intake]) -> None:
    profile = read_profile(PROFILE.replace("HOW", DAY).encode(), name="p.yaml")
    text = b"a,b,n\n2023-08-01,,1\n2023-09-01,,1\n"
    result = intake(io.BytesIO(text), filename="f.csv", profile=profile, on=date(2023, 8, 31))
    assert (result.accepted, result.rejected) == (1, 1)
    assert result.findings.select("rule", "row").rows() == [("R20", 3)]
    assert intake(io.BytesIO(text), filename="f.csv", profile=profile).rejected == 0


def test_a_sign_in_a_month_that_has_not_come_yet_is_not_reported_and_never_zero(read: Callable[..., Intake]) -> None:
    profile = read_profile(
        (PROFILE.replace("HOW", DAY) + 'cells: {"-": zero, "": not_reported}\n').encode(), name="p.yaml"
    )
    text = b"a,b,n\n2023-08-01,,-\n2023-09-01,,-\n2023-10-01,,\n"
    result = intake(io.BytesIO(text), filename="f.csv", profile=profile, on=date(2023, 8, 31))
    assert (result.accepted, result.rejected) == (3, 0)
    assert result.observations.select("PERIOD", "OBS_VALUE", "OBS_STATUS").sort("PERIOD").rows() == [
        ("2023-08", 0, "A"),
        ("2023-09", None, "O"),
        ("2023-10", None, "O"),
    ]
