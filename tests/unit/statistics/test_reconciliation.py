"""Two reporters side by side: which series and months, what is refused, and the reasons in both languages."""

import json
from dataclasses import replace

import pytest

from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.periods import month, months
from istmo.registry.datasets import dataset, datasets
from istmo.registry.policy_changes import policy_changes
from istmo.statistics.reconciliation.compare import choose_measures, in_order, measures_of, reconcile
from istmo.statistics.reconciliation.table import as_json, as_table
from istmo.statistics.reconciliation.values import NationalityPair, Reconciliation

from .frames import AUGUST, Row, by_code, frame, of

PAN, PAN_SEX, HND, HND_SEX, MEX, RET, GTM, USA = (
    "PAN.SNM.cuadro003",
    "PAN.SNM.cuadro002",
    "HND.INM.flujo",
    "HND.INM.gdi_dmg",
    "MEX.UPMRIP.3.1.1",
    "MEX.UPMRIP.3.2.4",
    "GTM.IGM.retornados",
    "USA.CBP.nationwide",
)
YEAR = months(month(2023, 1), month(2023, 12))


def beside(first: str, second: str, *rows: Row, **other: object) -> Reconciliation:
    return reconcile(frame(*rows), first, second, datasets=datasets(), **other)  # type: ignore[arg-type]


def monthly(id_: str, value: int, held: tuple[str, ...] = tuple(map(str, YEAR)), **other: object) -> list[Row]:
    return [of(id_, at, value, **other) for at in held]


def row_of(found: Reconciliation, code: str) -> NationalityPair:
    return next(row for row in found.nationalities if row.code == code)


def reason(found: Reconciliation, code: str) -> str:
    return " | ".join(one.text.en for one in found.reasons if one.code == code)


# Order, series, months


def test_reporters_stand_in_route_order_whatever_the_order_asked_for() -> None:
    assert in_order("USA", "PAN") == in_order("PAN", "USA") == ("PAN", "USA")
    assert in_order("SLV", "HND") == ("HND", "SLV")
    assert in_order("SLV", "BLZ") == ("BLZ", "SLV")


def test_what_is_no_member_and_a_reporter_with_itself_are_refused() -> None:
    with pytest.raises(NotFound):
        in_order("PAN", "FRA")
    with pytest.raises(InvalidInput, match="PAN is not compared with itself"):
        in_order("PAN", "PAN")


def test_of_each_reporter_the_corridor_measure_comes_first_and_another_may_be_asked_for() -> None:
    rows = [*monthly(RET, 3), *monthly(MEX, 30), *monthly(GTM, 5)]
    assert measures_of(frame(*rows), "MEX", datasets=datasets()) == ("EVT_IRR", "DEPORT")
    assert beside("GTM", "MEX", *rows).second.measure == "EVT_IRR"
    found = beside("GTM", "MEX", *rows, measures=(None, "DEPORT"))
    assert (found.first.measure, found.second.measure) == ("RET_REC", "DEPORT")


@pytest.mark.parametrize(
    ("first", "second", "measures", "words"),
    [
        ("PAN", "CRI", (None, None), "Costa Rica"),
        ("PAN", "HND", ("DEPORT", None), "TRA_IRR"),
        ("PAN", "HND", (None, "NONSENSE"), "ENT_IRR"),
    ],
)
def test_a_reporter_or_measure_without_public_series_is_named(
    first: str, second: str, measures: tuple[str | None, str | None], words: str
) -> None:
    with pytest.raises(NotFound) as refused:
        beside(first, second, *monthly(PAN, 3), *monthly(HND, 3), measures=measures)
    assert words in refused.value.in_("es")
    assert words in refused.value.in_("en")


def test_a_dataset_that_is_not_public_at_its_source_is_not_read() -> None:
    private = dict(datasets()) | {HND: replace(dataset(HND), public_at_source=False)}
    with pytest.raises(NotFound):
        reconcile(frame(*monthly(PAN, 3), *monthly(HND, 3)), "PAN", "HND", datasets=private)


def test_a_series_without_any_figure_is_no_series() -> None:
    with pytest.raises(NotFound):
        beside("PAN", "HND", *monthly(PAN, 3), of(HND, "2023-08", None))


def test_months_stand_latest_first_and_a_month_of_one_only_is_not_reported_at_the_other() -> None:
    found = beside("PAN", "HND", *monthly(PAN, 30, ("2023-07", "2023-08")), *monthly(HND, 12, ("2023-08", "2023-09")))
    assert [(str(one.month), one.first.value, one.second.value, one.difference) for one in found.months] == [
        ("2023-09", None, 12, None),
        ("2023-08", 30, 12, 18),
        ("2023-07", 30, None, None),
    ]
    assert found.months[0].first.status == "O"


def test_the_best_ranked_table_with_the_latest_month_is_read() -> None:
    rows = [*monthly(PAN, 30), *monthly(HND, 12, ("2023-07",)), *monthly(HND_SEX, 13, ("2023-07", "2023-08"))]
    assert beside("PAN", "HND", *rows).second.dataset.id == HND_SEX


# Years


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        (tuple(map(str, YEAR)), tuple(map(str, YEAR)), "2023"),
        (("2023-01", "2023-02", "2023-03"), ("2023-02", "2023-03"), "February to March 2023"),
        (("2023-08",), ("2023-08", "2023-09"), "August 2023"),
        (("2023-01", "2023-05"), ("2023-01", "2023-05"), "2 months of 2023"),
        (("2023",), tuple(map(str, YEAR)), "2023"),
        (("2023",), ("2023",), "2023"),
    ],
)
def test_of_a_year_the_months_of_both_are_taken_or_the_year_as_published(
    first: tuple[str, ...], second: tuple[str, ...], name: str
) -> None:
    found = beside("PAN", "HND", *monthly(PAN, 30, first), *monthly(HND, 12, second))
    assert found.span is not None
    assert (found.span.name.en, found.years) == (name, (2023,))
    assert found.totals is not None
    assert [total.value for total in found.totals] == [30 * len(found.span.first), 12 * len(found.span.second)]


def test_a_year_published_as_a_year_is_not_compared_with_some_months() -> None:
    found = beside("PAN", "HND", *monthly(PAN, 30, ("2023",)), *monthly(HND, 12, ("2023-01", "2023-02")))
    assert (found.span, found.totals, found.years, found.nationalities) == (None, None, (), ())
    assert "POLICY" not in {one.code for one in found.reasons}


def test_the_latest_year_is_taken_unless_another_is_asked_for_and_one_that_is_not_held_is_refused() -> None:
    rows = [*monthly(PAN, 30, ("2022-01", "2023-01")), *monthly(HND, 12, ("2022-01", "2023-01"))]
    assert beside("PAN", "HND", *rows).years == (2023, 2022)
    assert beside("PAN", "HND", *rows, year=2022).span.year == 2022  # type: ignore[union-attr]
    with pytest.raises(NotFound) as refused:
        beside("PAN", "HND", *rows, year=2019)
    assert "2022, 2023" in refused.value.in_("en")
    with pytest.raises(NotFound):
        beside("PAN", "HND", *monthly(PAN, 1, ("2022-01",)), *monthly(HND, 1, ("2023-01",)), year=2022)


def test_the_months_of_a_stock_are_not_summed() -> None:
    stock = dict(datasets()) | {id_: replace(dataset(id_), measures=("STRANDED",)) for id_ in (PAN, HND)}
    rows = [*monthly(PAN, 30, MEASURE="STRANDED"), *monthly(HND, 12, MEASURE="STRANDED")]
    found = reconcile(frame(*rows), "PAN", "HND", datasets=stock)
    assert [total.value for total in found.totals or ()] == [30, 12]
    assert found.span is not None
    assert found.span.name.en == "December 2023"


# Refusal


def test_below_level_2_nothing_is_subtracted_and_the_reason_is_told() -> None:
    found = beside("PAN", "MEX", *monthly(PAN, 30, CITIZENSHIP="VEN"), *monthly(MEX, 12, CITIZENSHIP="VEN"))
    assert found.comparability.level == 1
    assert found.refusal is not None
    assert "cannot be subtracted: level 1" in found.refusal.en
    assert {one.difference for one in (*found.months, *found.nationalities)} == {None}


def test_at_level_2_months_and_nationalities_are_subtracted() -> None:
    found = beside("PAN", "HND", *monthly(PAN, 30, CITIZENSHIP="VEN"), *monthly(HND, 12, CITIZENSHIP="VEN"))
    assert (found.refusal, found.months[0].difference, row_of(found, "VEN").difference) == (None, 18, 12 * 18)


# Nationalities and their reasons


def test_a_table_without_nationalities_gives_no_rows() -> None:
    rows = [*monthly(PAN_SEX, 30, SEX="F"), *monthly(HND, 12, CITIZENSHIP="VEN")]
    assert beside("PAN", "HND", *rows).nationalities == ()


def test_what_a_fixed_list_does_not_hold_is_not_distinguished_and_named() -> None:
    rows = [
        *monthly(PAN, 30, CITIZENSHIP="VEN"),
        *monthly(HND, 12, CITIZENSHIP="VEN"),
        *monthly(HND, 90, CITIZENSHIP="SEN"),
    ]
    found = beside("PAN", "HND", *rows)
    row = row_of(found, "SEN")
    assert (row.first.figure.value, row.first.figure.status, row.second.figure.value) == (None, "L", 1080)
    assert row.difference is None
    assert "LIST" in row.reasons
    assert reason(found, "LIST") == (
        "Panama does not distinguish Senegal: they may be in its residual; they are not zero."
    )


def test_of_many_nationalities_the_first_are_named_and_the_rest_counted() -> None:
    codes = ("SEN", "MRT", "UZB", "TJK", "EGY", "GEO", "KAZ", "JOR", "TCD", "GMB", "BEN")
    rows = [*monthly(PAN, 30, CITIZENSHIP="VEN"), *monthly(HND, 12, CITIZENSHIP="VEN")]
    for number, code in enumerate(codes):
        rows += monthly(HND, 90 + number, CITIZENSHIP=code)
    assert reason(beside("PAN", "HND", *rows), "LIST").startswith("Panama does not distinguish Benin, Gambia")
    assert "and 3 more" in reason(beside("PAN", "HND", *rows), "LIST")


def test_a_month_without_the_code_leaves_the_year_incomplete() -> None:
    rows = [*monthly(PAN, 30, CITIZENSHIP="VEN"), *monthly(PAN, 9, ("2023-01",), CITIZENSHIP="VNM")]
    rows += [*monthly(HND, 12, CITIZENSHIP="VEN"), *monthly(HND, 9, CITIZENSHIP="VNM")]
    row = row_of(beside("PAN", "HND", *rows), "VNM")
    assert (row.first.figure.value, row.first.incomplete, "LIST" in row.reasons) == (9, True, True)


def test_a_list_with_only_one_code_of_a_node_is_incomplete() -> None:
    rows = [
        *monthly(PAN, 30, CITIZENSHIP="GIN"),
        *monthly(HND, 10, CITIZENSHIP="GIN"),
        *monthly(HND, 10, CITIZENSHIP="GNQ"),
    ]
    found = beside("PAN", "HND", *rows)
    row = row_of(found, "X_GUINEA")
    assert row.first.incomplete
    assert not row.second.incomplete
    assert [(code, figure.value) for code, figure in row.second.parts] == [("GIN", 120), ("GNQ", 120)]
    assert reason(found, "NODE") == (
        "Guinea (unspecified): Panama uses GIN and Honduras uses GIN, GNQ; they are compared together."
    )


def test_a_part_that_was_not_reported_leaves_the_year_without_value() -> None:
    rows = [
        *monthly(HND, 12),
        *monthly(HND, 12, CITIZENSHIP="COD"),
        of(HND, "2023-03", None, CITIZENSHIP="COG"),
        *monthly(PAN, 30, CITIZENSHIP="COG"),
    ]
    row = row_of(beside("PAN", "HND", *rows), "X_CONGO")
    assert (row.second.figure.value, row.second.figure.status, row.second.share) == (None, "O", None)


def test_codes_that_sources_confuse_without_a_node_are_named_and_not_called_a_route() -> None:
    rows = [*monthly(PAN, 900, CITIZENSHIP="VEN"), *monthly(PAN, 30, CITIZENSHIP="GUF")]
    rows += [*monthly(HND, 900, CITIZENSHIP="VEN"), *monthly(HND, 30, CITIZENSHIP="GUY")]
    found = beside("PAN", "HND", *rows)
    assert row_of(found, "GUF").reasons == ("NODE",)
    assert "Panama registers GUF and Honduras GUY" in reason(found, "NODE")


def test_a_nationality_that_hardly_passes_one_station_may_follow_another_route() -> None:
    rows = [
        *monthly(PAN, 9000, CITIZENSHIP="VEN"),
        *monthly(PAN, 9, CITIZENSHIP="CUB"),
        *monthly(PAN, 900, CITIZENSHIP="NPL"),
    ]
    rows += [
        *monthly(HND, 9000, CITIZENSHIP="VEN"),
        *monthly(HND, 900, CITIZENSHIP="CUB"),
        *monthly(HND, 9, CITIZENSHIP="NPL"),
    ]
    found = beside("PAN", "HND", *rows)
    there, here = (one.text.en for one in found.reasons if one.code == "BYPASS")
    assert there.startswith(
        "Cuba: their share in what Panama registers is less than a tenth of their share in Honduras."
    )
    assert here.startswith("Nepal: their share in what Honduras registers is less than a tenth")
    assert "the figures do not prove it" in here


def test_returns_are_no_station_so_no_route_and_no_lag_is_told() -> None:
    rows = [*monthly(GTM, 900, CITIZENSHIP="GTM"), *monthly(MEX, 30, CITIZENSHIP="VEN")]
    found = beside("GTM", "MEX", *rows)
    assert found.lags == ()
    assert {"LAG", "BYPASS"}.isdisjoint(one.code for one in found.reasons)


def test_own_nationals_are_not_applicable_at_home() -> None:
    rows = [*monthly(PAN, 30, CITIZENSHIP="VEN"), *monthly(HND, 30, CITIZENSHIP="PAN")]
    row = row_of(beside("PAN", "HND", *rows), "PAN")
    assert (row.first.figure.value, row.first.figure.status) == (None, "M")


# Reasons of the pair


def test_a_pair_tells_its_reasons_by_the_codes_of_the_list() -> None:
    found = beside("MEX", "USA", *monthly(MEX, 30), *monthly(USA, 12, BORDER="SWB"))
    codes = [one.code for one in found.reasons]
    assert codes == ["CONCEPT", "COVERAGE", "LAG", "BREAK", "POLICY"]
    assert set(codes) <= set(codelist("difference_reason").ids)
    assert "do not measure the same" in reason(found, "CONCEPT")
    assert "Title 42" in reason(found, "BREAK")
    assert "The calendar has 7 changes of 2023" in reason(found, "POLICY")
    assert found.lags_since == month(2023, 5)


def test_another_unit_is_told_at_level_1_and_beside_another_concept() -> None:
    assert "counts registrations of a person" in reason(
        beside("PAN", "MEX", *monthly(PAN, 3), *monthly(MEX, 3)), "UNIT"
    )
    both = beside("PAN", "USA", *monthly(PAN, 3), *monthly(USA, 3, BORDER="SWB"))
    assert reason(both, "UNIT") == "Panama: registrations of a person; United States of America: encounters (events)."


def test_the_same_coverage_is_no_reason() -> None:
    same = dict(datasets()) | {HND: replace(dataset(HND), coverage_key="PAN-COL")}
    found = reconcile(frame(*monthly(PAN, 3), *monthly(HND, 3)), "PAN", "HND", datasets=same)
    assert "COVERAGE" not in {one.code for one in found.reasons}
    assert found.comparability.level == 3


def test_policy_changes_of_the_time_stand_in_the_list_and_those_of_the_year_are_counted() -> None:
    rows = [*monthly(PAN, 3, ("2022-12", "2023-01")), *monthly(HND, 3, ("2022-12", "2023-01"))]
    calendar = [one for one in policy_changes() if one.id in ("USA-2023-01-09", "USA-2022-10-19", "NIC-2015-11-15")]
    found = beside("PAN", "HND", *rows, calendar=calendar)
    assert [one.id for one in found.changes] == ["USA-2023-01-09"]
    assert reason(found, "POLICY").startswith("The calendar has 1 change of 2023")
    assert "POLICY" not in {one.code for one in beside("PAN", "HND", *rows, calendar=()).reasons}


def test_a_change_about_one_nationality_is_a_reason_of_its_row_only() -> None:
    rows = [*by_code(PAN, "2023-01", {"VEN": 300, "CHN": 300}), *by_code(HND, "2023-01", {"VEN": 300, "CHN": 300})]
    calendar = [one for one in policy_changes() if one.id == "USA-2023-01-09"]
    found = beside("PAN", "HND", *rows, calendar=calendar)
    assert [row.code for row in found.nationalities if "POLICY" in row.reasons] == ["VEN"]


def test_neighbours_have_their_true_mirrors_which_are_not_collected() -> None:
    near = beside("GTM", "MEX", *monthly(GTM, 3), *monthly(MEX, 3))
    assert [(one.origin, one.destination, one.status) for one in near.mirrors] == [
        ("GTM", "MEX", "L"),
        ("MEX", "GTM", "L"),
    ]
    assert beside("PAN", "HND", *monthly(PAN, 3), *monthly(HND, 3)).mirrors == ()


def test_rows_with_fewer_than_a_hundred_are_held_and_not_put_first() -> None:
    rows = [*by_code(PAN, str(AUGUST), {"VEN": 300, "CHN": 9}), *by_code(HND, str(AUGUST), {"VEN": 3, "CHN": 99})]
    found = beside("PAN", "HND", *rows)
    assert [row.code for row in found.frequent] == ["VEN"]
    assert [row.code for row in found.nationalities] == ["CHN", "VEN"]


# For a machine


def test_the_table_has_each_month_and_each_nationality_with_unit_status_level_and_reasons() -> None:
    rows = [*by_code(PAN, "2023-01", {"VEN": 300}), *by_code(HND, "2023-01", {"VEN": 200, "SEN": 150})]
    rows += [*by_code(PAN, "2022-12", {"VEN": 10})]
    table = as_table(beside("PAN", "HND", *rows, calendar=()))
    assert table.select("PERIOD", "CITIZENSHIP", "FIRST_VALUE", "SECOND_VALUE", "DIFFERENCE", "REASONS").rows() == [
        ("2022-12", "_T", 10, None, None, ""),
        ("2023-01", "_T", 300, 350, -50, ""),
        ("2023", "SEN", None, 150, None, "LIST"),
        ("2023", "VEN", 300, 200, 100, ""),
    ]
    assert table["FIRST_UNIT"].unique().to_list() == ["REGISTRATION"]
    assert table["FIRST_STATUS"].to_list() == ["A", "A", "L", "A"]
    assert table["COMPARABILITY"].unique().to_list() == [2]


def test_the_json_has_what_the_page_has_in_both_languages() -> None:
    rows = [*by_code(PAN, "2023-01", {"VEN": 300, "CHN": 5}), *by_code(MEX, "2023-01", {"VEN": 200, "TWN": 5})]
    found = as_json(beside("PAN", "MEX", *rows))
    assert json.loads(json.dumps(found)) == found
    assert (found["comparability"]["level"], found["refusal"]["es"][:8]) == (1, "PAN.SNM.")
    assert found["months"] == [
        {
            "month": "2023-01",
            "first": {"value": 305, "status": "A"},
            "second": {"value": 205, "status": "A"},
            "difference": None,
        }
    ]
    node = next(one for one in found["nationalities"] if one["code"] == "X_CHN_TWN")
    assert node["second"]["parts"] == {"TWN": 5}
    assert {one["id"] for one in found["policy_changes"]} == {"USA-2023-01-09", "USA-2023-01-12"}
    assert found["lags"][0]["figures"] == {"months": 1, "coefficient": None}
    assert found["compared"]["en"] == "January 2023"


def test_the_json_of_two_series_without_a_year_in_common_says_so() -> None:
    found = as_json(beside("MEX", "USA", *monthly(MEX, 1, ("2022-01",)), *monthly(USA, 1, ("2023-06",), BORDER="SWB")))
    assert (found["compared"], found["totals"], found["nationalities"]) == (None, None, [])
    assert found["lags_since"] is None
    broken = as_json(beside("MEX", "USA", *monthly(MEX, 1), *monthly(USA, 1, BORDER="SWB")))
    assert broken["lags_since"] == "2023-05"


# Measures asked for


def test_a_measure_goes_to_the_reporter_that_holds_it_and_to_both_where_both_do() -> None:
    held = frame(*monthly(MEX, 1), *monthly(RET, 1), *monthly(GTM, 1), *monthly(RET, 1, MEASURE="RET_ASS"))

    def choose(*asked: str) -> tuple[str | None, str | None]:
        return choose_measures(held, ("GTM", "MEX"), asked, datasets=datasets())

    assert choose() == (None, None)
    assert choose("DEPORT") == (None, "DEPORT")
    assert choose("DEPORT", "RET_REC") == choose("RET_REC", "DEPORT") == ("RET_REC", "DEPORT")
    assert choose_measures(held, ("MEX", "MEX"), ["DEPORT"], datasets=datasets()) == ("DEPORT", "DEPORT")
    with pytest.raises(InvalidInput, match="Two measures of MEX"):
        choose("DEPORT", "RET_ASS")
    with pytest.raises(NotFound) as refused:
        choose("TRA_IRR")
    assert "GTM: RET_REC; MEX: EVT_IRR, DEPORT, RET_ASS" in refused.value.in_("es")
