"""The first figures after a declared break carry B, where they are given away and only where the break touches them."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from istmo.registry.datasets import datasets
from istmo.statistics.breaks import with_breaks
from istmo.statistics.publication import observations_for_publication

from .frames import AUGUST, Row, by_code, frame, marked_frame, of

PAN, PAN_SEX, HND, USA = "PAN.SNM.cuadro003", "PAN.SNM.cuadro002", "HND.INM.flujo", "USA.CBP.nationwide"


def broken(rows: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Reporter, month and nationality of each row with status B."""
    found = rows.filter(pl.col("OBS_STATUS") == "B").select("REPORTER", "PERIOD", "CITIZENSHIP")
    return sorted(found.cast(pl.String).iter_rows())


def marked(*rows: Row) -> pl.DataFrame:
    return with_breaks(frame(*rows), frame(*rows), datasets=datasets())


def test_a_break_of_the_total_is_on_every_row_of_its_first_month() -> None:
    rows = marked(
        of(USA, "2023-04", 9),
        of(USA, "2023-05", 8),
        *by_code(USA, "2023-05", {"VEN": 5, "MEX": 3}),
        of(USA, "2023-05", 6, AGE="Y_GE18"),
        of(USA, "2023-06", 7),
        of(PAN, "2023-05", 4),
    )
    assert broken(rows) == [("USA", "2023-05", code) for code in ("MEX", "VEN", "_T", "_T")]


def test_a_break_of_the_list_of_nationalities_is_on_those_that_it_names() -> None:
    figures = {"VEN": 5, "VNM": 3, "_O": 2, "_T": 10}
    rows = marked(*by_code(PAN, "2022-12", {"VEN": 5, "_O": 2, "_T": 7}), *by_code(PAN, "2023-01", figures))
    assert broken(rows) == [("PAN", "2023-01", "VNM"), ("PAN", "2023-01", "_O")]


def test_a_break_by_sex_and_age_is_not_on_the_total() -> None:
    men = [of(PAN_SEX, "2022-12", 6, SEX="M"), of(PAN_SEX, "2023-01", 5, SEX="M", AGE="Y_GE18")]
    rows = marked(*men, of(PAN_SEX, "2022-12", 9), of(PAN_SEX, "2023-01", 8))
    assert broken(rows) == [("PAN", "2023-01", "_T")]
    assert rows.filter(pl.col("OBS_STATUS") == "B")["SEX"].to_list() == ["M"]


def test_the_first_figures_may_come_later_than_the_break() -> None:
    rows = marked(of(USA, "2023-04", 9), of(USA, "2023-05", None), of(USA, "2023-07", 8), of(USA, "2023-08", 7))
    assert broken(rows) == [("USA", "2023-07", "_T")]


@pytest.mark.parametrize(("first", "expected"), [("2023-05", [("USA", "2023-05", "_T")]), ("2023-06", [])])
def test_a_series_that_begins_after_a_break_has_nothing_to_be_compared_with(
    first: str, expected: list[tuple[str, str, str]]
) -> None:
    assert broken(marked(of(USA, first, 9), of(USA, "2023-08", 7))) == expected


def test_a_figure_says_which_break_and_which_status_gave_way() -> None:
    rows = marked(of(USA, "2023-04", 9), of(USA, "2023-05", 8, OBS_STATUS="P", NOTE="SUM(2) x"), of(USA, "2023-06", 7))
    note = rows.filter(pl.col("OBS_STATUS") == "B")["NOTE"].item()
    assert note.startswith("SUM(2) x; Ruptura de la serie: Hasta el 11 de mayo de 2023")
    assert " / Time series break: Until 11 May 2023" in note
    assert note.endswith("; P")
    plain = marked(of(USA, "2023-04", 9), of(USA, "2023-05", 8)).filter(pl.col("OBS_STATUS") == "B")["NOTE"].item()
    assert plain.startswith("Ruptura de la serie: ")
    assert not plain.endswith("; A")


def test_a_missing_value_keeps_the_sign_that_says_why() -> None:
    rows = marked(
        *by_code(USA, "2023-04", {"VEN": 1, "SEN": None}),
        of(USA, "2023-05", 8, CITIZENSHIP="VEN"),
        of(USA, "2023-05", None, CITIZENSHIP="SEN", OBS_STATUS="L"),
    )
    assert broken(rows) == [("USA", "2023-05", "VEN")]
    assert rows.filter(pl.col("CITIZENSHIP") == "SEN")["OBS_STATUS"].to_list() == ["O", "L"]


def test_a_dataset_that_is_not_registered_breaks_nowhere() -> None:
    rows = frame(of(USA, "2023-04", 9), of(USA, "2023-05", 8))
    assert with_breaks(rows, rows, datasets={}).equals(rows)


def test_a_break_of_the_countries_of_origin_of_returns_touches_no_total() -> None:
    id_ = "GTM.IGM.retornados"
    rows = marked(of(id_, "2023-12", 9), of(id_, "2024-01", 8), of(id_, "2024-01", 5, COUNTERPART="MEX"))
    assert rows.filter(pl.col("OBS_STATUS") == "B")["COUNTERPART"].to_list() == ["MEX"]


def test_what_the_brief_gives_away_carries_the_breaks_of_its_window() -> None:
    rows = observations_for_publication(marked_frame(), AUGUST)
    found = broken(rows)
    assert ("USA", "2023-05", "_T") in found
    assert ("PAN", "2023-01", "_O") in found
    assert not [one for one in found if one[0] in ("GTM", "MEX", "HND")]
    assert rows.schema == marked_frame().schema


@given(st.sets(st.integers(0, 20)), st.sampled_from(["A", "P", "E"]))
def test_no_value_is_changed_and_no_row_is_lost(months: set[int], status: str) -> None:
    rows = frame(
        *(
            of(USA, f"{2022 + number // 12}-{number % 12 + 1:02}", number, CITIZENSHIP=code, OBS_STATUS=status)
            for number in sorted(months)
            for code in ("VEN", "_T")
        )
    )
    after = with_breaks(rows, rows, datasets=datasets())
    assert after.drop("OBS_STATUS", "NOTE").equals(rows.drop("OBS_STATUS", "NOTE"))
    assert after.filter(pl.col("OBS_STATUS") == "B")["PERIOD"].n_unique() <= 1
