"""Checks across tables, months and reporters: exact numbers, both languages, and never a changed figure."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from istmo.model.findings import FINDING_SCHEMA
from istmo.model.periods import months, period
from istmo.registry.datasets import dataset, datasets
from istmo.statistics.checks import cross_checks, late_or_silent, revision_checks

from .frames import AUGUST, Row, by_code, frame, of

PAN, HND, MEX, MEX_SEX, USA = (
    "PAN.SNM.cuadro003",
    "HND.INM.flujo",
    "MEX.UPMRIP.3.1.1",
    "MEX.UPMRIP.3.1.3",
    "USA.CBP.nationwide",
)


def found(rows: list[Row], rule: str, touching: str | None = None) -> list[dict[str, object]]:
    frame_ = cross_checks(frame(*rows), datasets=datasets(), touching=touching)
    assert frame_.schema == FINDING_SCHEMA
    return frame_.filter(pl.col("rule") == rule).rows(named=True)


def sexes(id_: str, at: str, men: int, women: int) -> list[Row]:
    return [of(id_, at, men, SEX="M", AGE="Y_GE18"), of(id_, at, women, SEX="F", AGE="Y_GE18")]


def test_a_total_by_nationality_that_differs_from_the_total_by_sex_and_age_is_found_with_both_numbers() -> None:
    rows = [
        *by_code(MEX, "2024-01", {"VEN": 900, "HND": 334}),
        *sexes(MEX_SEX, "2024-01", 1000, 200),
        *by_code(MEX, "2024-02", {"VEN": 10}),
        *sexes(MEX_SEX, "2024-02", 6, 4),
    ]
    year, month = found(rows, "R7")
    assert (year["column"], year["value"]) == (f"{MEX} / {MEX_SEX}", "2024")
    assert "2024, con diferencia en 1 de 2 meses: por nacionalidad 1,244" in str(year["message_es"])
    assert month["value"] == "2024-01"
    assert "January 2024: by nationality 1,234 (MEX.UPMRIP.3.1.1) and by sex and age 1,200" in str(month["message_en"])
    assert "diferencia +34" in str(month["message_es"])


def test_the_months_of_a_stock_are_never_summed_into_a_year() -> None:
    stock = {"MEASURE": "STRANDED"}
    known = {
        id_: replace(one, measures=("STRANDED",), counted={"STRANDED": one.counted["EVT_IRR"]})
        for id_, one in ((id_, dataset(id_)) for id_ in (MEX, MEX_SEX))
    }
    rows = [
        of(id_, at, value, **parts, **stock)
        for at in ("2024-01", "2024-02")
        for id_, value, parts in ((MEX, 9, {"CITIZENSHIP": "VEN"}), (MEX_SEX, 5, {"SEX": "M"}))
    ]
    checked = cross_checks(frame(*rows), datasets=known)
    assert checked.filter(pl.col("rule") == "R7")["value"].to_list() == ["2024-01", "2024-02"]


def test_one_table_with_two_breakdowns_is_checked_against_itself() -> None:
    rows = [*by_code(HND, "2023-08", {"VEN": 5}), *sexes(HND, "2023-08", 3, 1)]
    assert [one["column"] for one in found(rows, "R7")] == [HND, HND]


def test_totals_that_agree_or_are_not_known_are_no_finding() -> None:
    agree = [*by_code(HND, "2023-08", {"VEN": 4}), *sexes(HND, "2023-08", 3, 1)]
    gap = [of(HND, "2023-07", None, CITIZENSHIP="VEN"), *sexes(HND, "2023-07", 3, 1)]
    assert found([*agree, *gap], "R7") == []


def test_breakdowns_of_two_reporters_or_of_another_coverage_are_not_compared() -> None:
    assert found([*by_code(PAN, "2023-08", {"VEN": 5}), *sexes(HND, "2023-08", 3, 1)], "R7") == []


def test_only_findings_that_touch_the_dataset_asked_for_are_given() -> None:
    rows = [*by_code(MEX, "2024-01", {"VEN": 9}), *sexes(MEX_SEX, "2024-01", 6, 4)]
    assert len(found(rows, "R7", touching=MEX_SEX)) == 2
    assert found(rows, "R7", touching=PAN) == []


def residual(share_by_month: dict[str, int], id_: str = USA) -> list[Row]:
    return [row for at, share in share_by_month.items() for row in by_code(id_, at, {"MEX": 1000 - share, "_O": share})]


def test_a_residual_that_jumps_is_found_in_the_first_month_of_its_new_size() -> None:
    usual = {str(at): 10 for at in months(period("2022-01"), period("2022-12"))}
    (one,) = found(residual({**usual, "2023-01": 60, "2023-02": 62}), "R8")
    assert (one["column"], one["value"]) == (USA, "2023-01")
    assert "60 (6.0\u00a0% de la tabla)" in str(one["message_es"])
    assert "the median of the months before was 1.0%" in str(one["message_en"])


def test_a_small_residual_a_small_rise_or_a_short_series_is_no_jump() -> None:
    usual = {str(at): 10 for at in months(period("2022-01"), period("2022-12"))}
    assert found(residual({**usual, "2023-01": 19}), "R8") == []
    assert found(residual({"2022-12": 10, "2023-01": 60}), "R8") == []
    few = [row for at in usual for row in by_code(USA, at, {"MEX": 100})]
    assert found([*few, *by_code(USA, "2023-01", {"MEX": 90, "_O": 9})], "R8") == []


def test_a_source_without_residual_has_none_that_jumps_and_another_dataset_is_left_out() -> None:
    usual = {str(at): 10 for at in months(period("2022-01"), period("2022-12"))}
    assert found(by_code(HND, "2023-08", {"VEN": 5}), "R8") == []
    assert found(residual({**usual, "2023-01": 60}), "R8", touching=PAN) == []


def test_codes_that_enter_or_leave_a_fixed_list_are_named_once_a_year() -> None:
    rows = [
        *by_code(PAN, "2022-12", {"VEN": 5, "SEN": 2}),
        *by_code(PAN, "2023-01", {"VEN": 5, "VNM": 1}),
        *by_code(PAN, "2023-02", {"VEN": 5}),
        *by_code(PAN, "2024-01", {"VEN": 5}),
        *by_code(PAN, "2025-01", {"VEN": 5, "SEN": 1}),
    ]
    changes = found(rows, "F41")
    assert [one["value"] for one in changes] == ["2023-01", "2024-01", "2025-01"]
    assert "entraron VNM y salieron SEN" in str(changes[0]["message_es"])
    assert "VNM left" in str(changes[1]["message_en"])
    assert "SEN entered" in str(changes[2]["message_en"])
    assert found(rows, "F41", touching=HND) == []


def test_a_known_list_and_a_gap_of_years_are_no_change_of_list() -> None:
    assert found([*by_code(USA, "2022-01", {"VEN": 5}), *by_code(USA, "2023-01", {"MEX": 5})], "F41") == []
    assert found([*by_code(PAN, "2021-01", {"VEN": 5}), *by_code(PAN, "2023-01", {"CUB": 5})], "F41") == []


SWAPPED = [
    *by_code(HND, "2023-03", {"VEN": 9000, "TWN": 719, "CHN": 0}),
    *by_code(PAN, "2023-03", {"VEN": 9000, "CHN": 800}),
]


def test_a_code_here_and_another_of_its_node_there_is_a_warning_at_both() -> None:
    here, there = found(SWAPPED, "R18a")
    assert (here["column"], here["value"], here["severity"]) == (HND, "2023 TWN", "warning")
    assert (there["column"], there["value"]) == (PAN, "2023 CHN")
    assert "X_CHN_TWN" in str(here["message_es"])
    assert "TWN (Taiwán) tiene 719 (7.4\u00a0%), pero Panamá no distingue TWN y tiene 800 de CHN" in str(
        here["message_es"]
    )
    assert "Honduras tiene 0 de CHN y 719 de TWN" in str(there["message_es"])
    assert here["suggestion"] == "X_CHN_TWN"


def test_a_group_of_candidates_without_node_counts_as_well() -> None:
    rows = [*by_code(HND, "2023-03", {"VEN": 900, "GUY": 120}), *by_code(PAN, "2023-03", {"VEN": 900, "GUF": 368})]
    assert {one["value"] for one in found(rows, "R18a")} == {"2023 GUY", "2023 GUF"}


@pytest.mark.parametrize(
    "there",
    [
        {"VEN": 9000, "CHN": 99},  # too few to be frequent
        {"VEN": 9000, "CHN": 800, "TWN": 20},  # TWN is there too: 0.2 % against 7.4 %, more than a fiftieth
        {"VEN": 9000, "JPN": 800},  # another code, but of no group with TWN
    ],
)
def test_a_code_that_is_there_too_or_is_rare_or_of_no_group_is_no_doubt(there: dict[str, int]) -> None:
    rows = [*by_code(HND, "2023-03", {"VEN": 9000, "TWN": 719}), *by_code(PAN, "2023-03", there)]
    assert found(rows, "R18a") == []


@pytest.mark.parametrize(("there", "doubted"), [(1000, False), (999, True)])
def test_almost_absent_is_less_than_a_fiftieth_of_the_share(there: int, doubted: bool) -> None:
    """5 % here; a fiftieth of it is 0.1 %, 1,000 of a million."""
    rows = [
        *by_code(HND, "2023-03", {"VEN": 950_000, "TWN": 50_000}),
        *by_code(PAN, "2023-03", {"VEN": 950_000 - there, "CHN": 50_000, "TWN": there}),
    ]
    assert bool(found(rows, "R18a")) is doubted


def test_other_years_and_reporters_without_figures_are_not_compared() -> None:
    rows = [*by_code(HND, "2022-03", {"TWN": 719}), *by_code(PAN, "2023-03", {"CHN": 800})]
    assert found(rows, "R18a") == []
    assert found([*by_code(HND, "2023-03", {"TWN": 719}), *by_code(PAN, "2023-03", {"CHN": 0})], "R18a") == []


def test_an_annual_source_is_compared_by_its_year() -> None:
    rows = [*by_code(HND, "2016-06", {"VEN": 900, "COD": 156}), *by_code(PAN, "2016", {"VEN": 900, "COG": 764})]
    assert {one["value"] for one in found(rows, "R18a")} == {"2016 COD", "2016 COG"}


def test_the_touched_dataset_stands_for_its_reporter_and_others_are_left_out() -> None:
    twice = [*SWAPPED, *by_code("PAN.SNM.gdi_nat", "2023-03", {"VEN": 9000, "CHN": 850})]
    assert {one["column"] for one in found(twice, "R18a")} == {HND, PAN}
    assert {one["column"] for one in found(twice, "R18a", touching="PAN.SNM.gdi_nat")} == {HND, "PAN.SNM.gdi_nat"}
    assert found(SWAPPED, "R18a", touching=USA) == []


def test_a_year_that_the_best_ranked_dataset_lacks_is_read_from_the_next() -> None:
    rows = [
        *by_code(PAN, "2023-03", {"VEN": 9000}),
        *by_code("PAN.SNM.gdi_nat", "2019-03", {"VEN": 900, "COG": 1274}),
        *by_code(MEX, "2019-03", {"VEN": 900, "COD": 1822}),
    ]
    assert {one["column"] for one in found(rows, "R18a")} == {"PAN.SNM.gdi_nat", MEX}


def test_returns_are_no_corridor_measure_and_are_not_compared() -> None:
    rows = [*by_code("MEX.UPMRIP.3.2.4", "2023-03", {"TWN": 719}), *by_code(PAN, "2023-03", {"CHN": 800})]
    assert found(rows, "R18a") == []


def test_checks_leave_unregistered_datasets_and_empty_stores_alone() -> None:
    rows = frame(*SWAPPED)
    assert cross_checks(rows.clear(), datasets=datasets()).is_empty()
    assert cross_checks(rows, datasets={}).is_empty()


BEFORE = [of(PAN, at, value) for at, value in (("2023-01", 10), ("2023-02", 20), ("2023-03", 30), ("2022-12", 5))]


def revision(after: list[Row]) -> list[dict[str, object]]:
    return revision_checks(frame(*BEFORE), frame(*after)).rows(named=True)


def test_a_month_that_a_new_load_no_longer_holds_is_a_warning() -> None:
    (one,) = revision([of(PAN, "2023-01", 10), of(PAN, "2023-03", 30), of(PAN, "2023-04", 40)])
    assert (one["rule"], one["value"], one["severity"], one["column"]) == ("R14", "2023-02", "warning", PAN)
    assert "no trae febrero de 2023 de «Tránsito irregular registrado»" in str(one["message_es"])


def test_a_month_emptied_by_a_new_load_counts_as_dropped() -> None:
    (one,) = revision([of(PAN, "2023-01", 10), of(PAN, "2023-02", None), of(PAN, "2023-03", 30)])
    assert one["value"] == "2023-02"


def test_a_load_of_one_month_or_of_another_year_drops_nothing() -> None:
    assert revision([of(PAN, "2023-04", 40)]) == []
    assert revision([of(PAN, "2023-01", 10)]) == []
    assert revision([of(PAN, "2024-01", 40), of(PAN, "2024-02", 40)]) == []


def test_a_changed_total_is_told_with_both_numbers() -> None:
    (one,) = revision([of(PAN, "2023-01", 10), of(PAN, "2023-02", 18), of(PAN, "2023-03", 30)])
    assert (one["value"], one["severity"]) == ("2023-02", "warning")
    assert "de 20 a 18 (\u22122)" in str(one["message_es"])
    assert "from 20 to 18" in str(one["message_en"])


def test_cells_that_change_under_the_same_total_are_counted() -> None:
    before = frame(*by_code(PAN, "2023-01", {"VEN": 5, "HTI": 5}))
    after = frame(*by_code(PAN, "2023-01", {"VEN": 6, "HTI": 4}))
    (one,) = revision_checks(before, after).rows(named=True)
    assert one["severity"] == "info"
    assert "cambia 2 celdas de «Tránsito irregular registrado» en enero de 2023" in str(one["message_es"])


def test_one_cell_and_one_day_are_told_in_the_singular() -> None:
    declared = [of(PAN, "2023-01", 10), *by_code(PAN, "2023-01", {"VEN": 5})]
    changed = [of(PAN, "2023-01", 10), *by_code(PAN, "2023-01", {"VEN": 6})]
    (one,) = revision_checks(frame(*declared), frame(*changed)).rows(named=True)
    assert "The load changes 1 cell of" in str(one["message_en"])
    (late,) = late_or_silent(
        [dataset(PAN)], month=AUGUST, received={PAN: date(2023, 9, 11)}, on=date(2023, 9, 18)
    ).rows(named=True)
    assert "1 día después del plazo" in str(late["message_es"])


def test_a_first_load_and_the_same_load_again_change_nothing() -> None:
    assert revision_checks(frame(*BEFORE).clear(), frame(*BEFORE)).is_empty()
    assert revision(BEFORE) == []


def test_late_and_silent_datasets_are_named_and_punctual_ones_are_not() -> None:
    expected = [dataset(id_) for id_ in (PAN, HND, MEX)]
    received = {PAN: date(2023, 9, 10), HND: date(2023, 9, 13)}
    late, silent = late_or_silent(expected, month=AUGUST, received=received, on=date(2023, 9, 18)).rows(named=True)
    assert (late["column"], late["severity"], late["rule"]) == (HND, "info", "F40")
    assert "3 días después del plazo" in str(late["message_es"])
    assert (silent["column"], silent["severity"]) == (MEX, "warning")
    assert "due on 2023-09-10" in str(silent["message_en"])


def test_what_is_not_due_yet_is_not_silent() -> None:
    assert late_or_silent([dataset(PAN)], month=AUGUST, received={}, on=date(2023, 9, 10)).is_empty()
