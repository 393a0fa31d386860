"""Periods are calendar months, quarters and years; a fiscal month becomes the calendar month that it was."""

from datetime import date

import pytest

from istmo.model.errors import InvalidInput
from istmo.model.periods import Grain, Period, from_fiscal, month, months, period


@pytest.mark.parametrize("text", ["2023-08", "2016", "2023-Q3", "1999-12", "2024-01"])
def test_a_period_is_written_as_it_was_read(text: str) -> None:
    assert str(period(text)) == text


@pytest.mark.parametrize(
    "text", ["2023-13", "2023-00", "2023-8", "2023-Q5", "agosto 2023", "", "23-08", "1200", "2016-01\n"]
)
def test_what_is_no_period_is_refused_with_advice(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        period(text)
    assert caught.value.advice is not None
    assert "2023-Q3" in caught.value.advice.es


@pytest.mark.parametrize(
    ("year", "number", "grain"),
    [(2023, 13, Grain.MONTH), (2023, 0, Grain.QUARTER), (2023, 2, Grain.YEAR), (999, 1, Grain.YEAR)],
)
def test_a_period_that_does_not_exist_cannot_be_made(year: int, number: int, grain: Grain) -> None:
    with pytest.raises(ValueError, match="no such period"):
        Period(year, number, grain)


@pytest.mark.parametrize(
    ("text", "day"), [("2023-08", date(2023, 8, 1)), ("2023-Q3", date(2023, 7, 1)), ("2023", date(2023, 1, 1))]
)
def test_a_period_begins_on_its_first_day(text: str, day: date) -> None:
    assert period(text).first_day == day


@pytest.mark.parametrize(
    ("text", "steps", "later"),
    [
        ("2023-08", 5, "2024-01"),
        ("2023-01", -1, "2022-12"),
        ("2023-Q4", 1, "2024-Q1"),
        ("2016", -2, "2014"),
        ("2023-08", 0, "2023-08"),
    ],
)
def test_steps_cross_the_year(text: str, steps: int, later: str) -> None:
    assert str(period(text).plus(steps)) == later


@pytest.mark.parametrize(
    ("fiscal_year", "number", "start", "calendar"),
    [
        (2017, 10, 10, "2016-10"),
        (2017, 12, 10, "2016-12"),
        (2017, 1, 10, "2017-01"),
        (2017, 9, 10, "2017-09"),
        (2023, 8, 1, "2023-08"),
    ],
)
def test_a_fiscal_month_is_converted(fiscal_year: int, number: int, start: int, calendar: str) -> None:
    assert str(from_fiscal(fiscal_year, number, start)) == calendar


def test_months_run_from_the_first_to_the_last() -> None:
    assert [str(one) for one in months(month(2022, 11), month(2023, 2))] == ["2022-11", "2022-12", "2023-01", "2023-02"]


def test_no_month_lies_between_a_month_and_an_earlier_one() -> None:
    assert months(month(2023, 2), month(2023, 1)) == ()


def test_months_are_ordered_by_time() -> None:
    assert month(2022, 12) < month(2023, 1) < month(2023, 2)
