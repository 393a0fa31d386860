"""Totals: as declared where the source declares them, else summed within one dataset and said so."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from istmo.model.observations import schema
from istmo.model.text import Text
from istmo.statistics.disclosure.notes import NOTHING, includes_note, read_note, rolled_up_note, rounded_note
from istmo.statistics.margins import grains, margin, note_is_sum, subtotals

from .frames import Row, by_code, frame, of

PAN, HND, USA = "PAN.SNM.cuadro003", "HND.INM.flujo", "USA.CBP.nationwide"
SEX_AGE = ("SEX", "AGE", "ACCOMPANIMENT")


def only(rows: pl.DataFrame) -> dict[str, object]:
    assert rows.height == 1
    return rows.row(0, named=True)


def test_a_declared_total_is_taken_as_it_is_even_when_its_parts_add_up_to_something_else() -> None:
    rows = frame(of(PAN, "2023-08", 100, NOTE="as printed"), *by_code(PAN, "2023-08", {"VEN": 60, "HTI": 39}))
    total = only(margin(rows))
    assert (total["OBS_VALUE"], total["NOTE"]) == (100, "as printed")


def test_without_a_declared_total_the_parts_are_summed_and_the_note_says_so() -> None:
    total = only(margin(frame(*by_code(PAN, "2023-08", {"VEN": 60, "HTI": 39}))))
    assert (total["OBS_VALUE"], total["CITIZENSHIP"]) == (99, "_T")
    assert str(total["NOTE"]).startswith("SUM(2) suma de 2 celdas")
    assert note_is_sum(str(total["NOTE"]))


def test_one_part_is_no_sum_and_keeps_its_note() -> None:
    total = only(margin(frame(of(PAN, "2023-08", 7, CITIZENSHIP="VEN", NOTE="(1)"))))
    assert (total["OBS_VALUE"], total["NOTE"]) == (7, "(1)")
    assert not note_is_sum(str(total["NOTE"]))


def test_the_grain_that_needs_the_least_summing_answers() -> None:
    rows = frame(
        *by_code(HND, "2016-06", {"HTI": 16, "CUB": 4}, PLACE="HND_TROJES"),
        *by_code(HND, "2016-06", {"HTI": 10, "CUB": 3}, PLACE="HND_TROJES", SEX="M", AGE="Y_GE18"),
        *by_code(HND, "2016-06", {"HTI": 5, "CUB": 1}, PLACE="HND_TROJES", SEX="F", AGE="Y_GE18"),
    )
    by_nationality = margin(rows, keep=("CITIZENSHIP",))
    assert dict(by_nationality.select("CITIZENSHIP", "OBS_VALUE").iter_rows()) == {"HTI": 16, "CUB": 4}
    by_sex = margin(rows, keep=("DEMOGRAPHIC",))
    assert dict(by_sex.select("SEX", "OBS_VALUE").iter_rows()) == {"M": 13, "F": 6}


def test_of_two_breakdowns_without_total_nationality_is_summed() -> None:
    rows = frame(
        *by_code(HND, "2023-08", {"HTI": 16, "CUB": 4}),
        of(HND, "2023-08", 12, SEX="M", AGE="Y_GE18"),
        of(HND, "2023-08", 7, SEX="F", AGE="Y_GE18"),
    )
    assert only(margin(rows))["OBS_VALUE"] == 20


def test_a_grain_without_any_value_gives_way_to_one_with_values() -> None:
    rows = frame(
        of(HND, "2023-08", None, OBS_STATUS="O"),
        *by_code(HND, "2023-08", {"HTI": 16, "CUB": 4}),
    )
    assert only(margin(rows))["OBS_VALUE"] == 20


def test_a_subtotal_beside_its_parts_is_not_added_to_them() -> None:
    rows = frame(
        of(HND, "2023-08", 10, SEX="M"),
        of(HND, "2023-08", 7, SEX="M", AGE="Y_GE18"),
        of(HND, "2023-08", 3, SEX="M", AGE="Y_LT18"),
        of(HND, "2023-08", 5, SEX="F", AGE="Y_GE18"),
    )
    assert only(margin(rows))["OBS_VALUE"] == 15


@pytest.mark.parametrize(
    ("codes", "dropped"),
    [
        ({("M", "_T", "_T"), ("F", "_T", "_T")}, set()),
        ({("M", "_T", "_T"), ("M", "Y_GE18", "_T"), ("M", "Y_LT18", "_T")}, {("M", "_T", "_T")}),
        ({("M", "Y_LT18", "_T"), ("M", "Y_LT12", "ACC"), ("M", "Y12T17", "_T")}, {("M", "Y_LT18", "_T")}),
        ({("M", "_T", "_T"), ("_T", "Y_GE18", "_T")}, {("_T", "Y_GE18", "_T")}),
        ({("_T", "Y_GE18", "SINGLE"), ("_T", "_T", "FAM"), ("_T", "Y_LT18", "UNACC")}, set()),
        ({("_T", "_T", "_T")}, set()),
        (set(), set()),
    ],
)
def test_subtotals_and_second_breakdowns_are_recognised(
    codes: set[tuple[str, str, str]], dropped: set[tuple[str, str, str]]
) -> None:
    assert subtotals(frozenset(codes), SEX_AGE) == dropped


@pytest.mark.parametrize("status", ["O", "Q"])
def test_a_part_that_is_not_known_leaves_the_sum_without_value(status: str) -> None:
    rows = frame(*by_code(PAN, "2023-08", {"VEN": 60}), of(PAN, "2023-08", None, CITIZENSHIP="HTI", OBS_STATUS=status))
    total = only(margin(rows))
    assert (total["OBS_VALUE"], total["OBS_STATUS"]) == (None, status)
    assert "1 sin valor, el resto suma 60" in str(total["NOTE"])


@pytest.mark.parametrize("status", ["L", "M"])
def test_a_part_that_is_not_distinguished_or_cannot_exist_adds_nothing(status: str) -> None:
    rows = frame(*by_code(PAN, "2023-08", {"VEN": 60}), of(PAN, "2023-08", None, CITIZENSHIP="HTI", OBS_STATUS=status))
    total = only(margin(rows))
    assert (total["OBS_VALUE"], total["OBS_STATUS"]) == (60, "A")


def test_a_sum_of_nothing_but_undistinguished_parts_is_undistinguished() -> None:
    rows = frame(*(of(PAN, "2023-08", None, CITIZENSHIP=code, OBS_STATUS="L") for code in ("VEN", "HTI")))
    total = only(margin(rows))
    assert (total["OBS_VALUE"], total["OBS_STATUS"]) == (None, "L")


def test_a_sum_with_a_provisional_part_is_provisional() -> None:
    rows = frame(of(PAN, "2023-08", 1, CITIZENSHIP="VEN"), of(PAN, "2023-08", 2, CITIZENSHIP="HTI", OBS_STATUS="P"))
    assert only(margin(rows))["OBS_STATUS"] == "P"


def test_one_border_goes_on_being_named_and_several_become_all() -> None:
    south = by_code(USA, "2023-08", {"VEN": 5, "HTI": 1}, BORDER="SWB", PLACE="USA_BP_YUMA")
    assert only(margin(frame(*south)))["BORDER"] == "SWB"
    both = margin(frame(*south, *by_code(USA, "2023-08", {"VEN": 2}, BORDER="NLB")))
    assert (only(both)["BORDER"], only(both)["PLACE"]) == ("_T", "_T")


def test_the_period_of_the_source_stays_when_it_is_one() -> None:
    rows = frame(
        of(USA, "2023-08", 1, CITIZENSHIP="VEN", SOURCE_PERIOD="FY2023 AUG"),
        of(USA, "2023-08", 1, CITIZENSHIP="HTI", SOURCE_PERIOD="FY2023 AUG"),
        of(USA, "2023-07", 1, CITIZENSHIP="VEN", SOURCE_PERIOD="a"),
        of(USA, "2023-07", 1, CITIZENSHIP="HTI", SOURCE_PERIOD="b"),
    )
    assert dict(margin(rows).select("PERIOD", "SOURCE_PERIOD").iter_rows()) == {
        "2023-08": "FY2023 AUG",
        "2023-07": "",
    }


def test_reporters_measures_and_months_are_never_summed_together() -> None:
    rows = frame(
        *by_code(PAN, "2023-08", {"VEN": 1, "HTI": 2}),
        *by_code(PAN, "2023-07", {"VEN": 4, "HTI": 8}),
        *by_code(HND, "2023-08", {"VEN": 16, "HTI": 32}),
    )
    assert sorted(margin(rows)["OBS_VALUE"].to_list()) == [3, 12, 48]


def test_an_empty_frame_has_no_margins_and_an_unknown_margin_is_refused() -> None:
    assert margin(pl.DataFrame(schema=schema())).schema == schema()
    with pytest.raises(ValueError, match="no such margin"):
        margin(frame(of(PAN, "2023-08", 1)), keep=("COLOUR",))


def test_places_are_kept_when_asked_for() -> None:
    rows = frame(*by_code(USA, "2023-08", {"VEN": 5, "HTI": 1}, BORDER="SWB", PLACE="USA_BP_YUMA"))
    kept = only(margin(rows, keep=("PLACE",)))
    assert (kept["BORDER"], kept["PLACE"], kept["OBS_VALUE"]) == ("SWB", "USA_BP_YUMA", 6)


def test_the_grain_of_a_row_is_what_it_is_detailed_in() -> None:
    rows = frame(of(PAN, "2023-08", 1), of(PAN, "2023-08", 1, CITIZENSHIP="VEN", SEX="M"))
    assert grains(rows)["GRAIN"].to_list() == [0, 3]


AFRICA_NAME = Text(es="África", en="Africa")
AFRICA = rolled_up_note("X_AFRICA", AFRICA_NAME)


def rolled_up(code: str, *, note: str = AFRICA, **other: object) -> Row:
    return of(PAN, "2023-08", None, CITIZENSHIP=code, OBS_STATUS="K", NOTE=note, **other)


def test_a_part_that_another_part_holds_is_counted_once() -> None:
    total = only(
        margin(
            frame(
                *by_code(PAN, "2023-08", {"VEN": 60}),
                of(PAN, "2023-08", 23, CITIZENSHIP="X_AFRICA", OBS_STATUS="W", NOTE=includes_note(2)),
                rolled_up("SEN"),
                rolled_up("ERI"),
            )
        )
    )
    assert (total["OBS_VALUE"], total["OBS_STATUS"]) == (83, "A")


def test_a_sum_with_a_part_that_a_row_outside_holds_is_withheld() -> None:
    total = only(margin(frame(*by_code(PAN, "2023-08", {"VEN": 60}), rolled_up("SEN"))))
    assert (total["OBS_VALUE"], total["OBS_STATUS"]) == (None, "Q")
    assert read_note(str(total["NOTE"])) == NOTHING


def test_a_sum_of_parts_that_one_row_outside_holds_is_held_by_it() -> None:
    total = only(margin(frame(rolled_up("SEN"), rolled_up("ERI"))))
    assert (total["OBS_VALUE"], total["OBS_STATUS"]) == (None, "K")
    assert read_note(str(total["NOTE"])).rolled_up == "X_AFRICA"


def test_a_sum_of_parts_that_two_rows_hold_is_withheld_and_one_not_reported_is_told_first() -> None:
    asia = rolled_up("CHN", note=rolled_up_note("X_ASIA", AFRICA_NAME))
    assert only(margin(frame(rolled_up("SEN"), asia)))["OBS_STATUS"] == "Q"
    silent = of(PAN, "2023-08", None, CITIZENSHIP="VEN")
    assert only(margin(frame(rolled_up("SEN"), asia, silent)))["OBS_STATUS"] == "O"


def test_a_rolled_up_nationality_keeps_its_status_and_note_over_places() -> None:
    rows = frame(rolled_up("SEN", PLACE="HND_TROJES"), rolled_up("SEN", PLACE="HND_DANLI"))
    found = only(margin(rows, keep=("CITIZENSHIP",)))
    assert (found["OBS_VALUE"], found["OBS_STATUS"]) == (None, "K")
    assert read_note(str(found["NOTE"])).name == Text(es="África", en="Africa")


def test_a_rolled_up_place_is_held_by_its_region() -> None:
    rows = frame(
        rolled_up("_T", PLACE="HND_TROJES", note=rolled_up_note("HND_DANLI", AFRICA_NAME)),
        of(PAN, "2023-08", 9, PLACE="HND_DANLI", OBS_STATUS="W"),
    )
    assert only(margin(rows))["OBS_VALUE"] == 9


def test_a_total_that_is_withheld_stays_withheld_whatever_parts_are_printed() -> None:
    rows = frame(of(PAN, "2023-08", None, OBS_STATUS="Q"), *by_code(PAN, "2023-08", {"VEN": 60, "HTI": 39}))
    total = only(margin(rows))
    assert (total["OBS_VALUE"], total["OBS_STATUS"]) == (None, "Q")


def test_one_row_that_holds_others_says_so_and_a_sum_with_it_does_not() -> None:
    held = of(PAN, "2023-08", 23, CITIZENSHIP="X_AFRICA", OBS_STATUS="W", NOTE=includes_note(2))
    assert only(margin(frame(held), keep=("CITIZENSHIP",)))["OBS_STATUS"] == "W"
    assert only(margin(frame(held, *by_code(PAN, "2023-08", {"VEN": 60}))))["OBS_STATUS"] == "A"


def test_a_sum_of_rounded_parts_says_how_they_are_rounded() -> None:
    rows = frame(*by_code(PAN, "2023-08", {"VEN": 60, "HTI": 40}, NOTE=rounded_note(5)))
    total = only(margin(rows))
    assert total["OBS_VALUE"] == 100
    assert note_is_sum(str(total["NOTE"]))
    assert (read_note(str(total["NOTE"])).base, read_note(str(total["NOTE"])).method) == (5, "round")


@given(
    st.dictionaries(
        st.sampled_from(["VEN", "HTI", "SEN", "ERI", "COL"]), st.sampled_from(["Q", "K", "A", "W"]), min_size=2
    )
)
def test_no_sum_over_a_withheld_part_or_one_held_elsewhere_ever_has_a_value(parts: dict[str, str]) -> None:
    rows = [
        of(PAN, "2023-08", None if status in "QK" else 7, CITIZENSHIP=code, OBS_STATUS=status, NOTE=AFRICA)
        for code, status in parts.items()
    ]
    total = only(margin(frame(*rows)))
    assert (total["OBS_VALUE"] is None) == bool({"Q", "K"} & set(parts.values()))
