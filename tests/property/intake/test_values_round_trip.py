"""What is written by the marks, format or calendar of a source is read back as the same number, date or period."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from istmo.intake.dates import day, month_number
from istmo.intake.grammar import Precision
from istmo.intake.numbers import LARGEST, integer
from istmo.model.periods import from_fiscal

MARKS = st.sampled_from([(",", "."), (".", ","), ("\u00a0", ","), ("\u202f", ""), (" ", "."), ("'", "."), ("", "")])
FORMATS = st.sampled_from(["DD/MM/YYYY", "YYYY-MM-DD", "MM/DD/YYYY", "DD.MM.YYYY", "DD-MM-YYYY"])
NAMES = {
    "es": ("Ene.", "Feb.", "Mar.", "Abr.", "May.", "Jun.", "Jul.", "Ago.", "Set.", "Oct.", "Nov.", "Dic."),
    "en": ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
}


@given(number=st.integers(-LARGEST, LARGEST), marks=MARKS, zeros=st.booleans())
def test_a_number_is_read_back(number: int, marks: tuple[str, str], zeros: bool) -> None:
    thousands, decimal = marks
    text = f"{number:,}".replace(",", thousands) + (f"{decimal}00" if zeros and decimal else "")
    assert integer(text, thousands=thousands, decimal=decimal) == number


@given(text=st.text(max_size=12), marks=MARKS)
def test_what_is_read_as_a_number_has_its_digits_and_no_others(text: str, marks: tuple[str, str]) -> None:
    number = integer(text, thousands=marks[0], decimal=marks[1])
    if number is not None:
        digits = "".join(sign for sign in text if sign in "0123456789")
        assert digits.lstrip("0").rstrip("0") == str(abs(number)).strip("0")


@given(on=st.dates(date(1900, 1, 1), date(2199, 12, 31)), format_=FORMATS)
def test_a_date_is_read_back(on: date, format_: str) -> None:
    text = format_.replace("YYYY", f"{on:%Y}").replace("MM", f"{on:%m}").replace("DD", f"{on:%d}")
    dated = day(text, format_)
    assert dated is not None
    assert (dated.day, dated.precision) == (on, Precision.DAY)


@given(
    year=st.integers(1950, 2150),
    number=st.integers(1, 12),
    language=st.sampled_from(["es", "en"]),
    start=st.integers(1, 12),
)
def test_a_month_of_a_fiscal_year_is_the_month_of_the_calendar(
    year: int, number: int, language: str, start: int
) -> None:
    fiscal = year + 1 if start > 1 and number >= start else year
    read = month_number(NAMES[language][number - 1], language)
    assert read == number
    assert str(from_fiscal(fiscal, read, start)) == f"{year}-{number:02d}"
