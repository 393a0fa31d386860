"""Numbers that stand twice are found whatever their order, each with the first row that has it."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from istmo.intake.judging import INDEX, repeated
from istmo.intake.table import ROW

NUMBERS = st.lists(st.one_of(st.none(), st.sampled_from(["1", "2", "03", "é", "e", ""])), min_size=1, max_size=12)


@given(numbers=st.one_of(NUMBERS, NUMBERS.map(lambda texts: sorted(text or "" for text in texts))))
def test_every_later_row_of_a_number_names_its_first_row(numbers: list[str | None]) -> None:
    records = pl.DataFrame({ROW: range(2, 2 + len(numbers)), "n": pl.Series(numbers, dtype=pl.String)})
    first: dict[str, int] = {}
    expected = []
    for row, number in enumerate(numbers, start=2):
        if number is not None and first.setdefault(number, row) != row:
            expected.append((row, first[number]))
    assert repeated(records, "n").drop(INDEX).rows() == expected
