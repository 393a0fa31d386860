"""Which total stands for a month of a table, as a statistician reads it.

Each case is what one table printed for one month: rows of nationality, sex, age, value (a sign instead of a value: O
not reported, Q withheld, L not distinguished, M cannot exist; p behind a value: provisional).
"""

import pytest
from tests.unit.statistics.frames import Row, frame, of

from istmo.statistics.margins import margin, note_is_sum

TABLE = [
    # what was printed                                                       total   status  summed here
    ("the source declares the total", "_T _T _T 100 | VEN _T _T 60 | HTI _T _T 39", 100, "A", False),
    ("it prints only parts", "VEN _T _T 60 | HTI _T _T 39", 99, "A", True),
    ("it prints two breakdowns", "VEN _T _T 60 | HTI _T _T 39 | _T M Y_GE18 98", 99, "A", True),
    ("it crosses nationality with sex", "VEN M _T 40 | VEN F _T 20 | HTI M _T 39", 99, "A", True),
    (
        "it prints subtotals beside their parts",
        "_T M _T 70 | _T M Y_GE18 50 | _T M Y_LT18 20 | _T F _T 5",
        75,
        "A",
        True,
    ),
    (
        "it breaks down by sex and, apart, by age",
        "_T M _T 70 | _T F _T 5 | _T _T Y_GE18 60 | _T _T Y_LT18 15",
        75,
        "A",
        True,
    ),
    ("a part is provisional", "VEN _T _T 60p | HTI _T _T 39", 99, "P", True),
    ("a part was not reported", "VEN _T _T 60 | HTI _T _T O", None, "O", True),
    ("a part is withheld", "VEN _T _T 60 | HTI _T _T Q", None, "Q", True),
    ("a part is not distinguished", "VEN _T _T 60 | HTI _T _T L", 60, "A", True),
    ("a part cannot exist", "VEN _T _T 60 | HTI _T _T M", 60, "A", True),
    ("a part is zero", "VEN _T _T 60 | HTI _T _T 0", 60, "A", True),
    ("the declared total is missing", "_T _T _T O | VEN _T _T 60 | HTI _T _T 39", 99, "A", True),
    ("nothing has a value", "_T _T _T O", None, "O", False),
]


def printed(text: str) -> list[Row]:
    rows = []
    for line in text.split("|"):
        code, sex, age, value = line.split()
        status = value if value in "OQLM" else ("P" if value.endswith("p") else "A")
        number = None if value in "OQLM" else int(value.rstrip("p"))
        rows.append(of("HND.INM.flujo", "2023-08", number, CITIZENSHIP=code, SEX=sex, AGE=age, OBS_STATUS=status))
    return rows


@pytest.mark.parametrize(("case", "text", "total", "status", "summed"), TABLE, ids=[case for case, *_ in TABLE])
def test_total(case: str, text: str, total: int | None, status: str, summed: bool) -> None:
    (row,) = margin(frame(*printed(text))).iter_rows(named=True)
    assert (row["OBS_VALUE"], row["OBS_STATUS"], note_is_sum(row["NOTE"])) == (total, status, summed), case
