"""Which day or month does a text name? The format is stated; what cannot be is no date (R20)."""

from datetime import date

import pytest

from istmo.intake.dates import check_format, day, month_number
from istmo.intake.grammar import Precision
from istmo.model.errors import InvalidInput

PARTIAL = (("00/00/", Precision.YEAR), ("00/", Precision.MONTH))

# text, format, day, precision (None: no date)
DAYS = (
    ("02/06/2016", "DD/MM/YYYY", date(2016, 6, 2), Precision.DAY),
    ("2/6/2016", "DD/MM/YYYY", date(2016, 6, 2), Precision.DAY),
    ("06/02/2016", "MM/DD/YYYY", date(2016, 6, 2), Precision.DAY),
    ("2016-06-02", "YYYY-MM-DD", date(2016, 6, 2), Precision.DAY),
    ("02.06.2016", "DD.MM.YYYY", date(2016, 6, 2), Precision.DAY),
    (" 02/06/2016\u00a0", "DD/MM/YYYY", date(2016, 6, 2), Precision.DAY),
    ("2016-06-02 00:00:00", "DD/MM/YYYY", date(2016, 6, 2), Precision.DAY),  # a spreadsheet's own date
    ("2016-02-31 00:00:00", "DD/MM/YYYY", None, None),
    ("31/06/2016", "DD/MM/YYYY", None, None),
    ("29/02/2015", "DD/MM/YYYY", None, None),
    ("29/02/2016", "DD/MM/YYYY", date(2016, 2, 29), Precision.DAY),
    ("00/00/1988", "DD/MM/YYYY", date(1988, 1, 1), Precision.YEAR),
    ("00/05/1988", "DD/MM/YYYY", date(1988, 5, 1), Precision.MONTH),
    ("00/13/1988", "DD/MM/YYYY", None, None),
    ("02-06-2016", "DD/MM/YYYY", None, None),
    ("02/06/16", "DD/MM/YYYY", None, None),  # two digits of a year are never completed
    ("02/06/1016", "DD/MM/YYYY", None, None),
    ("", "DD/MM/YYYY", None, None),
)


@pytest.mark.parametrize(("text", "format_", "expected", "precision"), DAYS)
def test_a_date_is_read_by_its_format_with_what_is_known_of_it(
    text: str, format_: str, expected: date | None, precision: Precision | None
) -> None:
    dated = day(text, format_, PARTIAL)
    assert (dated and (dated.day, dated.precision)) == (expected and (expected, precision))


def test_a_partial_date_is_none_where_the_profile_does_not_say_what_it_is_worth() -> None:
    assert day("00/00/1988", "DD/MM/YYYY") is None


# text, language, month
MONTHS = (
    ("Ene.", "es", 1),
    ("enero", "es", 1),
    ("FEBRERO", "es", 2),
    ("Set.", "es", 9),
    ("setiembre", "es", 9),
    ("Septiembre", "es", 9),
    ("sept.", "es", 9),
    ("junio", "es", 6),
    ("Dic.", "es", 12),
    ("9", "es", 9),
    ("09", "es", 9),
    ("13", "es", None),
    ("OCT", "en", 10),
    ("January", "en", 1),
    ("Ene.", "en", None),
    ("ma\u00adyo", "es", 5),
    ("", "es", None),
    ("Total", "es", None),
)


@pytest.mark.parametrize(("text", "language", "number"), MONTHS)
def test_a_month_is_known_by_its_full_or_short_name(text: str, language: str, number: int | None) -> None:
    assert month_number(text, language) == number


@pytest.mark.parametrize("format_", ["DD/MM/YY", "DD/MM", "YYYY-MM-DD hh:mm", "YYYY-MM-DD-DD", ""])
def test_a_format_that_does_not_name_day_month_and_year_once_is_refused(format_: str) -> None:
    with pytest.raises(InvalidInput) as error:
        check_format(format_, place="p, date")
    assert error.value.place == "p, date"
