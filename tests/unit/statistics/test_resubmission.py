"""What a new load changes beside the last: only in the periods that it gives figures for, by month and nationality."""

import polars as pl

from istmo.statistics.resubmission import since_last

from .frames import by_code, frame, of

PAN = "PAN.SNM.cuadro003"


def test_cells_are_added_dropped_or_revised_and_counted_by_period() -> None:
    before = frame(
        *by_code(PAN, "2023-07", {"VEN": 5, "HTI": 2}),
        *by_code(PAN, "2023-08", {"VEN": 7, "HTI": 2, "CUB": 1}),
    )
    after = frame(
        *by_code(PAN, "2023-07", {"VEN": 5, "HTI": 2}),
        *by_code(PAN, "2023-08", {"VEN": 9, "HTI": 2, "CHN": 3}),
        *by_code(PAN, "2023-09", {"VEN": 4}),
    )
    found = since_last(before, after)
    assert {kind: found.count(kind) for kind in ("added", "dropped", "revised")} == {
        "added": 2,
        "dropped": 1,
        "revised": 1,
    }
    months = found.months.select("PERIOD", "NEW", "ADDED", "DROPPED", "REVISED", "BEFORE", "AFTER").rows()
    assert months == [("2023-09", True, 1, 0, 0, None, 4), ("2023-08", False, 1, 1, 1, 10, 14)]
    nationalities = found.nationalities.select("PERIOD", "CITIZENSHIP", "KIND", "BEFORE", "AFTER").rows()
    assert nationalities == [
        ("2023-08", "_T", "revised", 10, 14),
        ("2023-08", "CHN", "added", None, 3),
        ("2023-08", "CUB", "dropped", 1, None),
        ("2023-08", "VEN", "revised", 7, 9),
        ("2023-09", "_T", "added", None, 4),
        ("2023-09", "VEN", "added", None, 4),
    ]
    assert not found.first
    assert found.missing.is_empty()


def test_sexes_and_ages_of_a_nationality_are_summed_and_the_cells_are_still_told() -> None:
    before = frame(of(PAN, "2023-08", 4, CITIZENSHIP="VEN", SEX="M"), of(PAN, "2023-08", 1, CITIZENSHIP="VEN", SEX="F"))
    after = frame(of(PAN, "2023-08", 3, CITIZENSHIP="VEN", SEX="M"), of(PAN, "2023-08", 2, CITIZENSHIP="VEN", SEX="F"))
    found = since_last(before, after)
    assert found.cells["KIND"].to_list() == ["revised", "revised"]
    assert found.nationalities.is_empty()
    assert found.months.select("REVISED", "BEFORE", "AFTER").rows() == [(2, 5, 5)]


def test_a_period_that_the_load_says_nothing_of_is_no_change() -> None:
    before = frame(of(PAN, "2023-07", 5), of(PAN, "2023-08", 6))
    after = frame(of(PAN, "2023-08", 6), of(PAN, "2023-09", None, OBS_STATUS="O"))
    found = since_last(before, after)
    assert found.cells.is_empty()
    assert found.months.is_empty()


def test_a_month_within_the_years_of_the_load_that_is_gone_is_missing_and_no_change() -> None:
    before = frame(*(of(PAN, f"2023-{number:02}", number) for number in range(1, 7)))
    after = frame(*(of(PAN, f"2023-{number:02}", number) for number in (1, 2, 3, 5, 6)))
    found = since_last(before, after)
    assert found.cells.is_empty()
    assert found.missing["PERIOD"].to_list() == ["2023-04"]


def test_a_figure_that_becomes_a_reason_is_revised_and_keeps_the_reason() -> None:
    before = frame(of(PAN, "2023-08", 6), of(PAN, "2023-08", 2, CITIZENSHIP="VEN"))
    after = frame(of(PAN, "2023-08", 6), of(PAN, "2023-08", None, CITIZENSHIP="VEN", OBS_STATUS="L"))
    (row,) = since_last(before, after).nationalities.filter(pl.col("CITIZENSHIP") == "VEN").to_dicts()
    assert (row["KIND"], row["BEFORE"], row["AFTER"], row["STATUS_AFTER"]) == ("revised", 2, None, "L")


def test_a_first_load_says_so() -> None:
    after = frame(of(PAN, "2023-08", 6))
    found = since_last(after.head(0), after)
    assert found.first
    assert found.months["NEW"].to_list() == [True]
