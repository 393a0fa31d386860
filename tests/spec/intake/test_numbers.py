"""Which number is in a cell? Marks are stated by the profile; everything else is text and is rejected (F10)."""

import pytest

from istmo.intake.numbers import integer

# text in the cell, thousands mark, decimal mark, number (None: rejected)
CASES = (
    ("1534", "", "", 1534),
    ("1,534", ",", "", 1534),
    ("1,534,201", ",", "", 1534201),
    ("1.534", ".", "", 1534),
    ("1.534", "", "", None),  # without a stated mark nobody guesses whether this is one and a half thousand
    ("1,534", ".", ",", None),  # a decimal comma with other decimals than zero
    ("1534,00", ".", ",", 1534),
    ("1534.0", ",", ".", 1534),
    ("1 204", "\u00a0", "", 1204),  # no-break space
    ("1\u00a0204", " ", "", 1204),
    ("1\u202f204", "\u00a0", "", 1204),  # narrow no-break space
    ("1\u2009204", "\u00a0", "", 1204),  # thin space
    ("1 204", ",", "", None),  # blanks only where the profile states a blank
    ("1\u00ad534", "", "", 1534),  # a soft hyphen is no sign
    ("  12  ", "", "", 12),
    ("007", "", "", 7),
    ("-5", "", "", -5),
    ("−5", "", "", -5),  # minus sign
    ("+5", "", "", 5),
    ("+-5", "", "", None),
    ("1,53", ",", "", None),  # groups have three digits
    ("15,34", ",", "", None),
    ("1,534,0", ",", "", None),
    ("12a", ",", "", None),
    ("1e3", "", "", None),
    ("٣", "", "", None),  # only 0 to 9
    ("", ",", ".", None),
    ("-", ",", ".", None),
    ("9007199254740992", "", "", 2**53),
    ("9007199254740993", "", "", None),  # a spreadsheet cannot tell it from its neighbour
    ("99999999999999999999999999", "", "", None),
)


@pytest.mark.parametrize(("text", "thousands", "decimal", "number"), CASES)
def test_a_number_is_read_by_the_marks_of_its_profile_only(
    text: str, thousands: str, decimal: str, number: int | None
) -> None:
    assert integer(text, thousands=thousands, decimal=decimal) == number
