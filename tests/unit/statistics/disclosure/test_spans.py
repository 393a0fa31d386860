"""One run of months has one name."""

import pytest

from istmo.model.errors import InvalidInput
from istmo.model.periods import month, period
from istmo.statistics.disclosure.spans import Span, span, span_of, year_to_date


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("2023-08", Span(2023, 8, 8)),
        ("2023-Q3", Span(2023, 7, 9)),
        ("2023", Span(2023, 1, 12)),
        ("2023-01/2023-08", Span(2023, 1, 8)),
        ("2023-02/2023-04", Span(2023, 2, 4)),
    ],
)
def test_a_span_is_read_and_written_in_one_way(text: str, made: Span) -> None:
    assert span(text) == made
    assert str(made) == text


def test_the_year_to_date_is_the_month_the_quarter_and_the_year_where_it_is_the_same() -> None:
    assert [str(year_to_date(month(2023, m))) for m in (1, 3, 8, 12)] == [
        "2023-01",
        "2023-Q1",
        "2023-01/2023-08",
        "2023",
    ]
    assert span("2023-07/2023-09") == span_of(period("2023-Q3"))
    assert str(span("2023-01/2023-12")) == "2023"


@pytest.mark.parametrize("text", ["2023-08/2023-01", "2022-12/2023-01", "2023-13", "agosto", ""])
def test_what_is_no_run_of_months_of_one_year_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        span(text)


@pytest.mark.parametrize(("first", "last"), [(0, 3), (5, 4), (3, 13)])
def test_no_span_is_made_of_months_that_are_none(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="no such span"):
        Span(2023, first, last)


def test_months_overlap_within_a_year_only() -> None:
    assert span("2023-Q3").overlaps(span("2023-08"))
    assert not span("2023-Q3").overlaps(span("2023-06"))
    assert not span("2023-08").overlaps(span("2022-08"))
