"""A check says what the little language allows, or is refused at the sign that is wrong."""

from datetime import date

import pytest

from istmo.intake.expressions import MAX_LENGTH, Kind, evaluate, names, parse
from istmo.model.errors import InvalidInput

KINDS = {"AGE": Kind.NUMBER, "SEX": Kind.TEXT, "BORN": Kind.DATE, "SEEN": Kind.DATE, "[Fecha Registro]": Kind.TEXT}
ROW = {"AGE": 17, "SEX": "M", "BORN": date(1999, 1, 1), "SEEN": None, "[Fecha Registro]": "02/06/2016"}

# the check, what it says of ROW (None: unknown)
CASES = (
    ("AGE = 17", True),
    ("AGE != 17", False),
    ("AGE >= 18 or SEX = 'M'", True),
    ("AGE < 18 and SEX = 'F'", False),
    ("not AGE = 17", False),
    ("not not AGE = 17", True),
    ("AGE in (16, 17)", True),
    ("AGE not in (16, 17)", False),
    ("SEX in ('F')", False),
    ("SEEN in (2016-01-01)", None),
    ("SEEN", False),  # a name alone: is not null
    ("BORN", True),
    ("SEEN is null", True),
    ("SEEN is not null", False),
    ("BORN <= SEEN", None),  # a comparison with null is unknown
    ("BORN <= SEEN or SEX = 'M'", True),
    ("BORN <= SEEN and SEX = 'F'", False),
    ("not BORN <= SEEN", None),
    ("SEEN + 1 day = SEEN", None),
    ("BORN + 30 days = 1999-01-31", True),
    ("BORN - 1 day < 1999-01-01", True),
    ("BORN + 1 day - 1 day = BORN", True),
    ("[Fecha Registro] = '02/06/2016'", True),
    ("SEX = 'it''s'", False),
    ("((SEX = 'M'))", True),
)


@pytest.mark.parametrize(("text", "answer"), CASES)
def test_a_check_is_true_false_or_unknown(text: str, answer: bool | None) -> None:
    assert evaluate(parse(text, KINDS, place="p"), ROW) is answer


# the check, at which sign (from 1) it is refused, a word of the reason
REFUSED = (
    ("", 1, "field or a value"),
    ("AGE =", 6, "field or a value"),
    ("AGE = 17 17", 10, "left over"),
    ("AGE = 'x'", 5, "different kinds"),
    ("SEX = 1999-01-01", 5, "different kinds"),
    ("AGE in ('x')", 9, "different kinds"),
    ("AGE in (AGE)", 9, "value was expected"),
    ("AGE in 17", 8, "“(”"),
    ("AGE in (17", 11, "“)”"),
    ("AGE is 17", 8, "“null”"),
    ("AGE not 17", 9, "“in”"),
    ("AGE is 'null'", 8, "“null”"),
    ("(AGE = 17", 10, "“)”"),
    ("HEIGHT = 17", 1, "no field “HEIGHT”"),
    ("AGE + 1 day = 2", 5, "Only dates"),
    ("BORN + AGE days = BORN", 8, "number of days"),
    ("BORN + 1 = BORN", 8, "number of days"),
    ("BORN + 999999 days = BORN", 8, "number of days"),
    ("BORN = 2015-02-30", 8, "no such date"),
    ("AGE = 17;", 9, "not understood"),
    ("__import__('os')", 1, "no field"),
    ("AGE = 17 or and", 13, "field or a value"),
    ("SEX.upper = 'M'", 4, "not understood"),
    ("(" * 60 + "AGE" + ")" * 60, 51, "brackets"),
    ("AGE = 17 or " * 200 + "AGE = 17", 1, "too long"),
)


@pytest.mark.parametrize(("text", "at", "reason"), REFUSED)
def test_a_check_that_is_not_in_the_language_is_refused_at_its_sign(text: str, at: int, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(text, KINDS, place="p")
    assert caught.value.place == f"p, {at}"
    assert reason in caught.value.message.en
    assert caught.value.rule == "F22"


def test_a_check_of_the_greatest_length_is_read() -> None:
    assert evaluate(parse("AGE = 17".ljust(MAX_LENGTH), KINDS, place="p"), ROW)


def test_a_check_tells_which_names_it_looks_at() -> None:
    condition = parse(
        "not (AGE = 1 or SEX in ('M') or BORN + 1 day < SEEN) and [Fecha Registro] is null", KINDS, place="p"
    )
    assert names(condition) == {"AGE", "SEX", "BORN", "SEEN", "[Fecha Registro]"}
