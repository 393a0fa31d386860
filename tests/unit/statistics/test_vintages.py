"""Revisions, months that are not there, and what is given away."""

import polars as pl

from istmo.model.observations import schema
from istmo.model.periods import month, months
from istmo.registry.datasets import dataset
from istmo.statistics.margins import margin
from istmo.statistics.publication import observations_for_publication
from istmo.statistics.vintages import changes, revisions, with_missing

from .frames import AUGUST, by_code, frame, marked_frame, of

PAN, HND, USA = "PAN.SNM.cuadro003", "HND.INM.flujo", "USA.CBP.nationwide"


def test_a_cell_is_revised_added_or_dropped() -> None:
    before = frame(*by_code(PAN, "2023-08", {"VEN": 5, "HTI": 2, "CUB": 1}))
    after = frame(*by_code(PAN, "2023-08", {"VEN": 6, "HTI": 2, "CHN": 3}, VINTAGE="2023-10-01.1"))
    found = {row["CITIZENSHIP"]: row for row in changes(before, after).iter_rows(named=True)}
    assert {code: row["KIND"] for code, row in found.items()} == {"VEN": "revised", "CUB": "dropped", "CHN": "added"}
    assert (found["VEN"]["BEFORE"], found["VEN"]["AFTER"]) == (5, 6)
    assert (found["VEN"]["VINTAGE_BEFORE"], found["VEN"]["VINTAGE_AFTER"]) == ("2023-09-08.1", "2023-10-01.1")


def test_a_status_that_changes_is_a_revision_too() -> None:
    before, after = frame(of(PAN, "2023-08", 5, OBS_STATUS="P")), frame(of(PAN, "2023-08", 5))
    assert changes(before, after)["KIND"].to_list() == ["revised"]


def test_a_revision_of_the_edition_is_a_changed_or_vanished_total_and_never_a_new_month() -> None:
    before = frame(of(PAN, "2023-06", 1), of(PAN, "2023-07", 20), of(PAN, "2023-08", 30, OBS_STATUS="P"))
    after = frame(of(PAN, "2023-07", 25), of(PAN, "2023-08", 30), of(PAN, "2023-09", 40))
    gone, changed = revisions(before, after)
    assert (gone.period, gone.before, gone.after, gone.vintage_after) == ("2023-06", 1, None, "")
    assert (changed.dataset, changed.period, changed.before, changed.after) == (PAN, "2023-07", 20, 25)
    assert changed.cell.es == "Tránsito irregular registrado, total"


def test_an_absent_month_is_not_reported_and_never_zero() -> None:
    totals = margin(frame(of(PAN, "2023-05", 1), of(PAN, "2023-08", 2)))
    whole = with_missing(totals, last=month(2023, 9)).sort("PERIOD")
    assert whole["PERIOD"].to_list() == [str(one) for one in months(month(2023, 5), month(2023, 9))]
    assert whole["OBS_STATUS"].to_list() == ["A", "O", "O", "A", "O"]
    assert whole["OBS_VALUE"].to_list() == [1, None, None, 2, None]
    assert whole.filter(pl.col("OBS_STATUS") == "O")["CITIZENSHIP"].unique().to_list() == ["_T"]


def test_without_a_last_month_a_series_ends_where_it_ends() -> None:
    totals = margin(frame(of(PAN, "2023-05", 1), of(PAN, "2023-07", 2), of(HND, "2023-01", 3)))
    assert with_missing(totals).filter(pl.col("OBS_STATUS") == "O")["PERIOD"].to_list() == ["2023-06"]


def test_nothing_is_missing_in_nothing() -> None:
    assert with_missing(pl.DataFrame(schema=schema())).is_empty()


def test_each_reporter_dataset_measure_and_month_has_one_row_of_totals() -> None:
    rows = observations_for_publication(marked_frame(), AUGUST)
    totals = rows.filter(pl.col("CITIZENSHIP") == "_T", pl.col("SEX") == "_T", pl.col("AGE") == "_T")
    keys = totals.select("REPORTER", "DATASET", "MEASURE", "PERIOD")
    assert keys.is_unique().all()
    assert keys.height == 9 * 13
    assert rows.schema == schema()


def test_no_published_row_crosses_nationality_with_sex_age_or_place() -> None:
    south = {"BORDER": "SWB", "PLACE": "USA_BP_YUMA"}
    crossed = frame(
        *by_code(USA, "2023-08", {"VEN": 5, "HTI": 1}, **south, AGE="Y_GE18", ACCOMPANIMENT="SINGLE"),
        *by_code(USA, "2023-08", {"VEN": 2}, **south, ACCOMPANIMENT="FAM"),
    )
    rows = observations_for_publication(crossed, AUGUST)
    assert rows["PLACE"].unique().to_list() == ["_T"]
    of_a_code = rows.filter(pl.col("CITIZENSHIP") != "_T")
    assert dict(of_a_code.select("CITIZENSHIP", "OBS_VALUE").iter_rows()) == {"VEN": 7, "HTI": 1}
    assert of_a_code.filter((pl.col("SEX") != "_T") | (pl.col("AGE") != "_T")).is_empty()
    assert "FAM" not in rows["ACCOMPANIMENT"].to_list()


def test_the_window_is_thirteen_months_and_a_gap_in_it_is_a_row() -> None:
    rows = observations_for_publication(
        frame(of(PAN, "2021-01", 1), of(PAN, "2023-08", 2), of(PAN, "2023-09", 3), of(PAN, "2022", 99)), AUGUST
    )
    assert rows["PERIOD"].to_list() == [str(one) for one in months(month(2022, 8), AUGUST)]
    assert rows["OBS_VALUE"].drop_nulls().to_list() == [2]


def test_only_what_is_public_at_its_source_is_given_away() -> None:
    permits = frame(of("CRI.DGME.permisos", "2023-08", 5), of(PAN, "2023-08", 2))
    assert observations_for_publication(permits, AUGUST)["REPORTER"].to_list() == ["PAN"]
    assert observations_for_publication(permits, AUGUST, datasets={HND: dataset(HND)}).is_empty()
