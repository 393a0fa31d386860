"""What was done to a cell stands in NOTE, in both languages, and is read back as it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istmo.model.text import Text
from istmo.statistics.disclosure.notes import (
    NOTHING,
    Disclosure,
    includes_note,
    join_notes,
    range_note,
    read_note,
    rolled_up_note,
    rounded_note,
)
from istmo.statistics.disclosure.protected import Method
from istmo.statistics.wording import banned_words

AFRICA = Text(es="África", en="Africa")
names = st.text(st.characters(categories=["L", "Nd"], include_characters=" ,()/"), min_size=1).filter(str.strip)


def test_a_rolled_up_cell_names_the_row_that_holds_it() -> None:
    note = rolled_up_note("X_AFRICA", AFRICA)
    assert note == "K(X_AFRICA) incluido en África / included in Africa"
    assert read_note(note) == Disclosure(rolled_up="X_AFRICA", name=AFRICA)


@pytest.mark.parametrize(
    ("note", "told"),
    [
        (includes_note(1), Disclosure(includes=1)),
        (includes_note(3), Disclosure(includes=3)),
        (rounded_note(5), Disclosure(method="round", base=5)),
        (rounded_note(10, "nearest"), Disclosure(method="nearest", base=10)),
        (rounded_note(5, "cell_key"), Disclosure(method="cell_key", base=5)),
        (rounded_note(5, "small_count"), Disclosure(method="small_count", base=5)),
        (range_note(0, 9), Disclosure(least=0, greatest=9)),
        (f"Dato revisado por la fuente; {rounded_note(5)}; {includes_note(2)}", Disclosure("", None, 2, "round", 5)),
    ],
)
def test_each_note_is_read_back(note: str, told: Disclosure) -> None:
    assert read_note(note) == told
    assert not banned_words(note)


@pytest.mark.parametrize(
    "note",
    ["", "SUM(12) suma de 12 celdas de este conjunto de datos / sum of 12 cells of this dataset", "OK(5)", "GROUND(5)"],
)
def test_other_notes_say_nothing_of_protection(note: str) -> None:
    assert read_note(note) == NOTHING
    assert not read_note(note).rounded
    assert read_note(note).range == ""


def test_a_token_that_is_not_of_ours_is_read_as_far_as_it_goes() -> None:
    assert read_note("ROUND(five); W(x); RANGE(0 to 9)") == Disclosure(method="round")
    assert read_note("K(2023-Q3)") == Disclosure(rolled_up="2023-Q3", name=Text(es="2023-Q3", en="2023-Q3"))


def test_every_method_but_suppression_has_a_note() -> None:
    assert {read_note(rounded_note(5, method.value)).method for method in Method if method is not Method.SUPPRESS} == {
        "round",
        "alike",
        "nearest",
        "cell_key",
        "small_count",
    }


def test_a_range_is_printed_with_its_sign() -> None:
    assert read_note(range_note(0, 9)).range == "0\N{EN DASH}9"


@pytest.mark.parametrize("code", ["", "A B", "A)", "A;B"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="no code"):
        rolled_up_note(code, AFRICA)


def test_notes_are_joined_without_gaps_or_doubles() -> None:
    assert join_notes("", "a", rounded_note(5), "a") == f"a; {rounded_note(5)}"
    assert join_notes("", "") == ""


@given(code=st.from_regex(r"[A-Z0-9_.\-]{1,12}", fullmatch=True), es=names, en=names, base=st.integers(2, 50))
def test_whatever_the_names_a_note_is_read_back(code: str, es: str, en: str, base: int) -> None:
    told = read_note(join_notes(rolled_up_note(code, Text(es=es, en=en)), rounded_note(base)))
    assert (told.rolled_up, told.base) == (code, base)
