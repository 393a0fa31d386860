"""What is written is read back the same: periods, labels and documents."""

import json
from contextlib import suppress

from hypothesis import assume, given
from hypothesis import strategies as st

from istmo.model.documents import read_document
from istmo.model.errors import InvalidInput
from istmo.model.labels import clean, collation_key, fold
from istmo.model.periods import Grain, Period, from_fiscal, month, period

PERIODS = st.one_of(
    st.builds(Period, st.integers(1900, 2199), st.integers(1, 12), st.just(Grain.MONTH)),
    st.builds(Period, st.integers(1900, 2199), st.integers(1, 4), st.just(Grain.QUARTER)),
    st.builds(Period, st.integers(1900, 2199), st.just(1), st.just(Grain.YEAR)),
)
PRINTABLE = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff\ufffe\uffff"))


@given(PERIODS)
def test_a_period_is_read_back_as_it_was_written(one: Period) -> None:
    assert period(str(one)) == one


@given(PERIODS, st.integers(-400, 400))
def test_steps_forth_and_back_end_where_they_began(one: Period, steps: int) -> None:
    per_year = {Grain.YEAR: 1, Grain.QUARTER: 4, Grain.MONTH: 12}[one.grain]
    assume(1902 <= one.year + steps // per_year <= 2197)
    assert one.plus(steps).plus(-steps) == one
    assert steps == 0 or (one.plus(steps).first_day > one.first_day) == (steps > 0)


@given(st.integers(1902, 2190), st.integers(1, 12))
def test_a_fiscal_year_holds_twelve_months_in_a_row(fiscal_year: int, start: int) -> None:
    order = [(start - 1 + step) % 12 + 1 for step in range(12)]
    calendar = [from_fiscal(fiscal_year, number, start) for number in order]
    assert calendar == [calendar[0].plus(step) for step in range(12)]
    assert calendar[0] == month(fiscal_year - 1 if start > 1 else fiscal_year, start)


@given(st.text())
def test_text_that_is_no_period_is_refused_and_nothing_else_happens(text: str) -> None:
    with suppress(InvalidInput):
        assert str(period(text)) == text


@given(st.text())
def test_cleaning_twice_is_cleaning_once(label: str) -> None:
    assert clean(clean(label)) == clean(label)


@given(st.text())
def test_folding_twice_is_folding_once(label: str) -> None:
    assert fold(fold(label)) == fold(label)


@given(st.text())
def test_case_and_accents_do_not_change_the_order(label: str) -> None:
    assert collation_key(label) == collation_key(fold(label))


@given(st.dictionaries(PRINTABLE, st.one_of(PRINTABLE, st.lists(PRINTABLE), st.dictionaries(PRINTABLE, PRINTABLE))))
def test_a_document_is_read_back_as_it_was_written(document: dict[str, object]) -> None:
    assert read_document(json.dumps(document, ensure_ascii=False).encode(), name="x.yaml") == document


@given(st.binary(max_size=300))
def test_any_bytes_are_a_document_or_refused(raw: bytes) -> None:
    with suppress(InvalidInput):
        json.dumps(read_document(raw, name="x.yaml"), ensure_ascii=False).encode()
