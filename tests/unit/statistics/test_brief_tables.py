"""The tables of the brief: what each cell says, what it does not know, and why."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from istmo.model.periods import month
from istmo.model.text import Text
from istmo.registry.datasets import dataset
from istmo.statistics.brief.compile import compile_brief
from istmo.statistics.brief.values import Brief, Revision

from .frames import Row, by_code, edition, frame, of, used
from .reading import cells, notes_of, rows

ON = date(2023, 9, 18)
PAN, HND, MEX, USA = "PAN.SNM.cuadro003", "HND.INM.flujo", "MEX.UPMRIP.3.1.1", "USA.CBP.nationwide"


def compiled(*rows_: Row, on: date = ON, **other: object) -> Brief:
    return compile_brief(frame(*rows_), edition=edition(), on=on, **other)  # type: ignore[arg-type]


# T1


def test_t1_names_all_members_in_route_order_then_the_others(brief: Brief) -> None:
    table = brief.table("T1")
    assert [row.id for row in table.rows] == [
        *("PAN", "CRI", "NIC", "HND", "GTM", "MEX", "USA"),
        *("BLZ", "CAN", "DOM", "SLV"),
    ]
    assert table.rows[0].group != table.rows[-1].group


def test_t1_says_what_when_how_late_and_how_far_comparable(brief: Brief) -> None:
    found = rows(brief.table("T1"))
    assert found["PAN"] == [
        "Tránsito irregular registrado",
        "registros de persona",
        "ago 2023 p",
        "a tiempo",
        "2 con HND",
    ]
    assert found["HND"][3:] == ["3 días tarde", "2 con PAN · 1 con MEX"]
    assert found["MEX"][3] == "1 día tarde"
    assert found["USA"][3] == "recibido"
    assert found["GTM"][0] == "Otra medida: nacionales retornados recibidos"


def test_t1_tells_a_member_without_source_from_one_that_has_not_reported() -> None:
    found = rows(compiled(*by_code(PAN, "2023-08", {"VEN": 5})).table("T1"))
    assert found["HND"] == ["n/d", "n/d", "n/d", "no informó", "n/a"]
    assert found["CRI"] == ["n/c", "n/c", "n/c", "no informó", "n/a"]
    assert found["PAN"][4] == "n/a"


def test_t1_says_of_a_source_that_published_the_year_alone_that_it_did() -> None:
    found = compiled(of(PAN, "2023", 30055), *by_code(HND, "2023-08", {"VEN": 5}))
    assert notes_of(found.table("T1"), "T1.PAN.measure") == [
        "Panamá: de 2023 la fuente publica solo la cifra del año, que no se reparte entre meses."
    ]
    assert rows(found.table("T2"))["2023-08"][0] == "n/d"
    assert "30,055" not in str(found)


def test_t1_does_not_call_late_what_is_not_due_yet() -> None:
    found = rows(compiled(*by_code(PAN, "2023-08", {"VEN": 5}), on=date(2023, 9, 9)).table("T1"), "en")
    assert found["HND"][3] == "not due yet (until 10 September 2023)"


def test_t1_a_reporter_with_earlier_months_alone_has_not_reported_this_one() -> None:
    brief = compiled(*by_code(PAN, "2023-08", {"VEN": 5}), *by_code(HND, "2023-06", {"VEN": 5}))
    assert rows(brief.table("T1"))["HND"][2:] == ["jun 2023", "no informó", "2 con PAN"]
    assert "HND" in brief.silent


def test_t1_says_that_departures_have_no_source(brief: Brief) -> None:
    assert any("Salidas: ningún miembro" in note.text.es for note in brief.table("T1").notes)
    assert "Departures have no source yet" in brief.coverage.en


def test_the_first_delivery_of_the_month_counts_when_it_is_known(region: pl.DataFrame) -> None:
    brief = compile_brief(
        region,
        edition=edition(),
        on=ON,
        vintages=[used(PAN, date(2023, 9, 16)), used(PAN, date(2023, 9, 15), "2022-01-01.1")],
        deliveries={HND: date(2023, 9, 11)},
    )
    found = rows(brief.table("T1"))
    assert (found["PAN"][3], found["HND"][3]) == ("recibido", "1 día tarde")


def test_without_days_of_delivery_the_earliest_vintage_that_holds_the_month_counts(region: pl.DataFrame) -> None:
    brief = compile_brief(
        region,
        edition=edition(),
        on=ON,
        vintages=[used(PAN, date(2023, 9, 16)), used(PAN, date(2023, 9, 15), "2022-01-01.1")],
    )
    assert rows(brief.table("T1"))["PAN"][3] == "6 días tarde"


def test_days_late_are_written_like_every_other_number() -> None:
    brief = compiled(*by_code(PAN, "2023-08", {"VEN": 5}), deliveries={PAN: date(2026, 11, 24)})
    assert rows(brief.table("T1"))["PAN"][3] == "1,171 días tarde"


@pytest.mark.parametrize(
    ("ids", "title", "sentence"),
    [
        ((), "Ninguno de once miembros informó la medida del corredor", "Ningún miembro informó la medida"),
        ((PAN,), "Uno de once miembros informó la medida del corredor", "Informó la medida del corredor de agosto"),
    ],
)
def test_coverage_agrees_in_number(ids: tuple[str, ...], title: str, sentence: str) -> None:
    brief = compiled(*(row for id_ in ids for row in by_code(id_, "2023-08", {"VEN": 5})))
    assert brief.table("T1").title.es == title
    assert brief.coverage.es.startswith(sentence)


def test_the_coverage_sentence_names_who_did_not_report(brief: Brief) -> None:
    assert (
        "No informaron: Costa Rica, Nicaragua, Belice, Canadá, República Dominicana y El Salvador." in brief.coverage.es
    )
    assert "was reported by Panama, Honduras, Mexico and the United States of America." in brief.coverage.en
    assert "No report from Costa Rica, Nicaragua, Belize, Canada, the Dominican Republic and El" in brief.coverage.en
    assert brief.reported == ("PAN", "HND", "MEX", "USA")
    assert brief.other_measure == ("GTM",)
    assert brief.silent == ("CRI", "NIC", "BLZ", "CAN", "DOM", "SLV")
    assert brief.members == 11


def test_when_all_members_report_none_is_named_as_missing_and_when_one_is_the_verb_agrees() -> None:
    everyone = {
        code: replace(dataset(PAN), id=f"{code}.X.y", reporter=code, agency="X", dataset="y", coverage_key=code)
        for code in ("PAN", "CRI", "NIC", "HND", "GTM", "MEX", "USA", "BLZ", "CAN", "DOM", "SLV")
    }
    known = {one.id: one for one in everyone.values()}
    figures = [
        of(PAN, "2023-08", 5, REPORTER=code, AGENCY="X", DATASET="y", CITIZENSHIP="VEN") for code in sorted(everyone)
    ]
    on_route = ("PAN", "CRI", "NIC", "HND", "GTM", "MEX", "USA")
    for code in everyone:
        known[f"{code}.X.y"] = replace(known[f"{code}.X.y"], corridor=code in on_route)
    brief = compiled(*figures, datasets=known)
    assert "No inform" not in brief.coverage.es
    assert "Informaron otra medida: Belice, Canadá, República Dominicana y El Salvador." in brief.coverage.es
    assert brief.table("T1").title.es.endswith("cuatro más informaron otra medida")
    brief = compiled(*(row for row in figures if row["REPORTER"] != "SLV"), datasets=known)
    assert "No informó: El Salvador." in brief.coverage.es


# T2


def test_t2_has_thirteen_months_newest_first_and_the_route_as_columns(brief: Brief) -> None:
    table = brief.table("T2")
    assert [row.id for row in table.rows][::12] == ["2023-08", "2022-08"]
    assert len(table.rows) == 13
    assert [column.id for column in table.columns] == ["PAN", "CRI", "NIC", "HND", "GTM", "MEX", "USA"]
    assert table.columns[0].unit == Text(
        es="Tránsito irregular registrado; registros de persona",
        en="Irregular transit registered; registrations of a person",
    )


def test_t2_writes_what_is_missing_with_its_own_sign(brief: Brief) -> None:
    found = rows(brief.table("T2"))
    assert found["2023-08"] == ["1,422p", "n/c", "n/c", "1,076", "n/c", "1,676", "5,700p"]
    assert found["2023-06"] == ["1,400p", "n/c", "n/c", "n/d", "n/c", "n/d", "n/d"]
    assert notes_of(brief.table("T2"), "T2.GTM.2023-08")[0].endswith(
        "Informa otra medida: nacionales retornados recibidos."
    )
    assert "Todavía no hay una fuente" in notes_of(brief.table("T2"), "T2.NIC.2023-08")[0]


def test_t2_marks_a_break_at_its_month(brief: Brief) -> None:
    found = rows(brief.table("T2"))
    assert found["2023-05"][-1] == "5,700pb"
    assert "Título 42" in notes_of(brief.table("T2"), "T2.USA.2023-05")[0]


def test_t2_says_where_a_series_begins_within_the_thirteen_months(brief: Brief) -> None:
    table = compiled(*by_code(PAN, "2023-06", {"VEN": 5}), *by_code(PAN, "2023-08", {"VEN": 5})).table("T2")
    assert notes_of(table, "T2.PAN.2023-05") == ["Panamá: la serie recibida empieza en junio de 2023."]
    assert notes_of(table, "T2.PAN.2023-07") == []


def test_t2_marks_what_was_revised_since_the_edition_before(region: pl.DataFrame) -> None:
    total = Text(es="TRA_IRR, total", en="TRA_IRR, total")
    revision = Revision(PAN, "2023-07", total, 1400, 1411, "a", "b")
    brief = compile_brief(region, edition=edition(), on=ON, revisions=[revision])
    found = rows(brief.table("T2"))
    assert (found["2023-07"][0], found["2023-08"][0]) == ("1,411pr", "1,422p")
    assert brief.revisions == (revision,)


def test_t2_reads_the_border_that_the_measure_covers(brief: Brief) -> None:
    assert cells(brief)["T2.USA.2023-08"].value == 5700  # without the 77 at the northern border


def test_t2_a_registered_reporter_without_any_load_is_not_reported_yet() -> None:
    found = rows(compiled(*by_code(PAN, "2023-08", {"VEN": 5})).table("T2"))
    assert found["2023-08"] == ["5", "n/c", "n/c", "n/d", "n/c", "n/d", "n/d"]


def test_of_two_compilations_of_one_table_only_one_is_read() -> None:
    both = compiled(
        *by_code("PAN.SNM.gdi_nat", "2023-08", {"VEN": 5, "HTI": 1}),
        *by_code("PAN.SNM.gdi_nat", "2023-07", {"VEN": 4}),
        *by_code(PAN, "2023-08", {"VEN": 50}),
    )
    assert cells(both)["T2.PAN.2023-08"].value == 50
    assert rows(both.table("T2"))["2023-07"][0] == "n/d"


def test_the_dataset_that_has_the_month_goes_before_the_better_ranked_one_that_lacks_it() -> None:
    late = compiled(*by_code("PAN.SNM.gdi_nat", "2023-08", {"VEN": 5}), *by_code(PAN, "2023-07", {"VEN": 50}))
    assert cells(late)["T2.PAN.2023-08"].value == 5


def test_figures_after_the_month_of_years_and_quarters_are_left_out() -> None:
    brief = compiled(of(PAN, "2023-08", 5), of(PAN, "2023-09", 50), of(PAN, "2016", 500), of(PAN, "2023-Q3", 5000))
    assert {cell.value for id_, cell in cells(brief).items() if id_.startswith("T2.PAN")} == {5, None}


# T3, T3B


def test_t3_gives_each_reporter_its_own_ten_in_its_own_order() -> None:
    codes = ("VEN", "ECU", "COL", "CHN", "HTI", "PER", "AFG", "CHL", "NPL", "BRA", "CUB", "IND")
    brief = compiled(
        *by_code(PAN, "2023-08", {code: 100 - number for number, code in enumerate(codes)}),
        *by_code(PAN, "2023-08", {"_O": 500, "_U": 400, "XXA": 300, "X_OTHER_AFRICA": 200, "X_CONGO": 150}),
        *by_code(HND, "2023-08", {"CUB": 5, "VEN": 9, "HTI": 5, "SLV": 0}),
    )
    order = [row.id for row in brief.table("T3").rows]
    assert order[:12] == [
        "PAN.X_CONGO",
        *(f"PAN.{code}" for code in codes[:9]),
        "PAN._O",
        "PAN._T",
    ]
    assert order[12:] == ["HND.VEN", "HND.CUB", "HND.HTI", "HND._T"]


def test_t3_a_total_tells_the_break_that_its_changes_cross_and_that_it_was_revised(region: pl.DataFrame) -> None:
    table = compile_brief(
        region,
        edition=edition(),
        on=ON,
        revisions=[Revision(PAN, "2023-08", Text("total", "total"), 1400, 1422, "2023-09-08.1", "2023-09-16.1")],
    ).table("T3")
    assert rows(table)["PAN._T"][0] == "1,422pr"
    assert "Título 42" in notes_of(table, "T3.USA._T")[0]
    assert notes_of(table, "T3.HND._T") == []


def test_t3_gives_a_percentage_only_on_a_base_of_thirty(brief: Brief) -> None:
    found = rows(brief.table("T3"))
    assert found["PAN.VEN"] == ["1,130p", "+10p", "+1\u00a0%p", "+120p", "+12\u00a0%p"]
    assert found["PAN.HTI"] == ["29p", "0p", "n/a", "0p", "n/a"]


def test_t3_a_code_that_entered_a_fixed_list_has_no_base_and_says_why(brief: Brief) -> None:
    assert rows(brief.table("T3"))["PAN.VNM"][3:] == ["n/c", "n/c"]
    assert "Viet Nam entraron" in notes_of(brief.table("T3"), "T3.PAN.VNM")[0]
    assert notes_of(brief.table("T3"), "T3.PAN.VEN") == []


def test_t3_a_month_that_was_not_reported_is_no_base() -> None:
    brief = compiled(*by_code(HND, "2023-08", {"VEN": 50}), *by_code(HND, "2022-08", {"HTI": 40}))
    assert rows(brief.table("T3"))["HND.VEN"] == ["50", "n/d", "n/d", "+50", "n/a"]


def test_t3_a_month_without_nationalities_is_no_base_either() -> None:
    brief = compiled(*by_code(USA, "2020-08", {"VEN": 50}), on=ON)
    assert brief.table("T3").missing is not None
    assert brief.table("T3").rows == ()
    assert brief.table("T3B").missing is not None
    assert brief.table("T4").missing is not None
    brief = compiled(*by_code(USA, "2023-08", {"VEN": 50}), of(USA, "2022-08", 40))
    assert rows(brief.table("T3"))["USA.VEN"] == ["50", "n/d", "n/d", "n/c", "n/c"]


def test_t3_a_doubted_code_says_so_and_stays(brief: Brief) -> None:
    assert "R18a" in notes_of(brief.table("T3"), "T3.HND.TWN")[0]
    assert cells(brief)["T3.HND.TWN"].value == 120


def test_t3b_a_nationality_absent_from_a_fixed_list_is_not_distinguished_and_never_zero(brief: Brief) -> None:
    found = rows(brief.table("T3B"))
    assert found["SEN"] == ["n/c", "n/c", "150", "13.9\u00a0%", "130", "7.8\u00a0%", "n/c", "n/c"]
    assert "no significa cero" in notes_of(brief.table("T3B"), "T3B.USA.SEN")[0]


def test_t3b_absent_from_an_open_or_known_list_is_zero_and_own_nationals_cannot_be(brief: Brief) -> None:
    found = rows(brief.table("T3B"))
    assert found["HND"][2:] == ["n/a", "n/a", "300", "17.9\u00a0%", "0", "0.0\u00a0%p"]


def test_t3b_a_code_whose_group_is_in_doubt_is_not_called_zero(brief: Brief) -> None:
    assert rows(brief.table("T3B"))["CHN"][2] == "n/c"


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ({"VEN": 5, "X_CONGO": 3}, "COG"),  # its node is printed
        ({"VEN": 5, "COD": None}, "X_CONGO"),  # a part of it is printed, without a figure
        ({"VEN": 5, "_O": 3}, "COG"),  # it may be in the residual
        ({"VEN": 5, "X_OTHER_AFRICA": 3}, "COG"),  # or in what the source groups of its region
        ({"VEN": 5, "X_ANTILLES": 3}, "DOM"),  # or of several regions
    ],
)
def test_t3b_a_code_that_may_stand_in_another_row_is_not_called_zero(printed: dict[str, int | None], code: str) -> None:
    brief = compiled(*by_code(MEX, "2023-08", printed), *by_code(PAN, "2023-08", {code: 9}))
    assert rows(brief.table("T3B"))[code][2] == "n/c"


def test_t3b_a_node_is_the_sum_of_the_rows_that_an_open_list_prints_for_it_and_says_which() -> None:
    brief = compiled(
        *by_code(PAN, "2023-08", {"X_CONGO": 9}),
        *by_code(HND, "2023-08", {"VEN": 5, "COG": 3, "COD": 4}),
        *by_code(USA, "2023-08", {"VEN": 5, "COG": 3}),
    )
    assert rows(brief.table("T3B"))["X_CONGO"] == ["9", "100.0\u00a0%", "7", "58.3\u00a0%", "n/c", "n/c"]
    (note,) = notes_of(brief.table("T3B"), "T3B.HND.X_CONGO")
    assert note == "Honduras: esta fila reúne lo que la fuente publica como RD del Congo y República del Congo."


def test_t3b_a_node_without_any_row_is_zero_where_every_nationality_is_printed() -> None:
    brief = compiled(*by_code(PAN, "2023-08", {"X_CONGO": 9}), *by_code(HND, "2023-08", {"VEN": 5}))
    assert rows(brief.table("T3B"))["X_CONGO"][2] == "0"


def test_t3b_a_group_of_another_region_or_an_empty_residual_leaves_a_zero() -> None:
    brief = compiled(
        *by_code(MEX, "2023-08", {"VEN": 5, "X_OTHER_AFRICA": 3, "_O": 0}), *by_code(PAN, "2023-08", {"ECU": 9})
    )
    assert rows(brief.table("T3B"))["ECU"][2] == "0"


def test_t3b_is_in_the_order_of_codes_and_holds_no_rank_over_reporters(brief: Brief) -> None:
    order = [row.id for row in brief.table("T3B").rows]
    assert order == sorted(order)


# T4


def test_t4_keeps_unknown_stateless_and_residual_apart(brief: Brief) -> None:
    found = rows(brief.table("T4"))
    assert found["OTHER"] == ["7p", "0.5\u00a0%p", "n/a", "n/a", "n/a", "n/a", "540p", "9.5\u00a0%p"]
    assert found["UNKNOWN"][4:6] == ["5", "0.3\u00a0%"]
    assert found["STATELESS"][4:6] == ["1", "0.1\u00a0%"]
    assert found["RCM"][2:6] == ["2", "0.2\u00a0%", "300", "17.9\u00a0%"]


def test_t4_a_region_without_a_listed_country_is_not_distinguished(brief: Brief) -> None:
    assert rows(brief.table("T4"))["AFRICA"][6:] == ["n/c", "n/c"]
    assert "Valor mínimo" in notes_of(brief.table("T4"), "T4.USA.AFRICA")[0]
    assert rows(brief.table("T4"))["EUROPE"][2:6] == ["0", "0.0\u00a0%", "0", "0.0\u00a0%"]


def test_t4_a_region_with_a_withheld_or_missing_part_has_no_sum() -> None:
    rows_ = [
        *by_code(HND, "2023-08", {"VEN": 5}),
        of(HND, "2023-08", None, CITIZENSHIP="COL", OBS_STATUS="Q"),
        of(HND, "2023-08", 9),
    ]
    assert rows(compiled(*rows_).table("T4"))["SOUTH_AM"] == ["s", "s"]


def test_t4_shows_mixed_regions_only_when_there_are_figures(brief: Brief) -> None:
    assert "MIXED" not in rows(brief.table("T4"))
    mixed = compiled(*by_code(PAN, "2023-08", {"X_ANTILLES": 5, "VEN": 3}))
    assert rows(mixed.table("T4"))["MIXED"] == ["5", "62.5\u00a0%"]


def test_c2_title_is_of_one_reporter_and_without_shares_of_none(brief: Brief) -> None:
    assert brief.chart("C2").title.es.startswith("Suramérica: 79.5\u00a0% de lo que registró Panamá")
    assert brief.chart("C2").title.es in brief.chart("C2").alt.es
    for rows_ in (by_code(HND, "2023-08", {"_U": 5}), by_code(PAN, "2023-08", {"_O": 5})):
        assert compiled(*rows_).chart("C2").title.es == "Región de origen dentro de cada informante"


def test_every_table_and_chart_has_a_title_of_its_own(brief: Brief) -> None:
    titles = [part.title.in_(language) for part in (*brief.tables, *brief.charts) for language in ("es", "en")]
    assert len(titles) == len(set(titles))


def test_t4_unknown_and_stateless_are_zero_only_where_the_source_has_printed_them_before() -> None:
    now, before = by_code(HND, "2023-08", {"VEN": 5}), by_code(HND, "2022-10", {"XXA": 1})
    found = rows(compiled(*now, *before).table("T4"))
    assert (found["UNKNOWN"][0], found["STATELESS"][0]) == ("n/c", "0")


# T5


def test_t5_shows_what_each_source_distinguishes(brief: Brief) -> None:
    found = rows(brief.table("T5"))
    assert found["PAN"] == ["600", "400", "250", "250", "500", "33.3\u00a0%", *["n/c"] * 4]
    assert found["USA"] == [*["n/c"] * 6, "950p", "16.7\u00a0%p", "2,850p", "1,900p"]
    assert found["GTM"][4:8] == ["130", "66.7\u00a0%", "65", "33.3\u00a0%"]


def test_t5_accompaniment_of_the_youngest_alone_is_a_note_and_not_the_figure(brief: Brief) -> None:
    assert rows(brief.table("T5"))["MEX"][6:8] == ["n/c", "n/c"]
    assert notes_of(brief.table("T5"), "T5.MEX.UNACC") == [
        "México publica el acompañamiento solo de menores de 12 años: 56 sin compañía."
    ]


def test_t5_accompaniment_of_some_children_that_is_missing_says_so() -> None:
    id_ = "MEX.UPMRIP.3.1.3"
    brief = compiled(
        of(id_, "2023-08", 5, SEX="M", AGE="Y_LT18"),
        of(id_, "2023-08", None, SEX="F", AGE="Y_LT18", ACCOMPANIMENT="UNACC"),
        of(id_, "2023-08", 7, SEX="M", AGE="Y_GE18"),
    )
    assert notes_of(brief.table("T5"), "T5.MEX.UNACC", "en") == [
        "Mexico publishes accompaniment only of some of the children: n/d unaccompanied."
    ]
    assert rows(brief.table("T5"))["MEX"][3:5] == ["n/d", "n/d"]


def test_t5_men_and_women_of_all_ages_stand_with_a_caveat() -> None:
    id_ = "PAN.SNM.cuadro002"
    brief = compiled(of(id_, "2023-08", 60, SEX="M"), of(id_, "2023-08", 40, SEX="F", OBS_STATUS="P"))
    assert rows(brief.table("T5"))["PAN"] == ["60", "40p", *["n/c"] * 8]
    assert "todas las edades" in notes_of(brief.table("T5"), "T5.PAN.MEN")[0]


def test_t5_a_missing_part_leaves_its_sum_missing_and_a_provisional_one_makes_it_provisional() -> None:
    id_ = "HND.INM.gdi_dmg"
    brief = compiled(
        of(id_, "2023-08", None, SEX="M", AGE="Y_GE18"),
        of(id_, "2023-08", 3, SEX="F", AGE="Y_GE18"),
        of(id_, "2023-08", 5, SEX="M", AGE="Y_LT18", OBS_STATUS="P"),
        of(id_, "2023-08", 5, SEX="F", AGE="Y_LT18"),
    )
    assert rows(brief.table("T5"))["HND"][:5] == ["n/d", "3", "5p", "5", "10p"]


def test_t5_says_when_its_total_is_another_than_that_of_t2() -> None:
    apart = [of(MEX, "2023-08", 68), of("MEX.UPMRIP.3.1.3", "2023-08", 65, SEX="M", AGE="Y_GE18")]
    (note,) = notes_of(compiled(*apart).table("T5"), "T5.MEX.CHILDREN.S", "en")
    assert note == (
        "Mexico: the total of this table is 65 and that of table T2 68 (\u22123). The source publishes both; neither "
        "is corrected."
    )
    agreed = [of(MEX, "2023-08", 65), apart[1]]
    assert notes_of(compiled(*agreed).table("T5"), "T5.MEX.CHILDREN.S") == []


def test_t5_says_when_nobody_publishes_sex_or_age() -> None:
    assert compiled(*by_code(PAN, "2023-08", {"VEN": 5})).table("T5").missing is not None


# T9 and the tables that are not collected


def test_t9_keeps_kinds_apart_and_gives_the_country_they_came_from(brief: Brief) -> None:
    table = brief.table("T9")
    assert [row.id for row in table.rows] == ["MEX.DEPORT", "GTM.RET_REC", "GTM.RET_REC.MEX", "GTM.RET_REC.USA"]
    assert rows(table)["GTM.RET_REC.MEX"] == ["120", "n/d", "n/d", "0", "0\u00a0%"]
    assert table.rows[0].group == Text(es="México: eventos", en="Mexico: events")
    assert table.rows[3].head.en == "from the United States of America"
    assert table.rows[2].head.es == "desde México"
    assert any("comparabilidad 0" in note.text.es for note in table.notes)


def test_t9_an_unnamed_country_is_not_guessed_and_its_break_is_told() -> None:
    id_ = "GTM.IGM.gdi_returns"
    known = {id_: dataset("GTM.IGM.gdi_returns")}
    at = edition(month(2024, 2))
    returned = replace_id(frame(of("GTM.IGM.retornados", "2024-02", 5, CITIZENSHIP="GTM", COUNTERPART="_U")))
    brief = compile_brief(returned, edition=at, on=ON, datasets=known)
    (_, row) = brief.table("T9").rows
    assert row.head.en == "from a country not stated"
    assert "Desde enero de 2024" in notes_of(brief.table("T9"), "T9.GTM.RET_REC._U")[0]


def test_t9_a_country_without_a_row_in_a_month_that_has_rows_is_not_called_unreported() -> None:
    before = of("GTM.IGM.retornados", "2022-08", 9, CITIZENSHIP="GTM", COUNTERPART="USA")
    now = of("GTM.IGM.retornados", "2023-08", 5, CITIZENSHIP="GTM", COUNTERPART="_U")
    found = rows(compiled(before, now).table("T9"))
    assert found["GTM.RET_REC._U"] == ["5", "n/d", "n/d", "n/c", "n/c"]


def test_t9_reads_one_of_two_datasets_of_the_same_returns() -> None:
    source = frame(*by_code("MEX.UPMRIP.3.2.4", "2023-08", {"HND": 50}))
    compilation = frame(*by_code("MEX.UPMRIP.3.2.4", "2023-08", {"HND": 5})).with_columns(DATASET=pl.lit("gdi_returns"))
    for order in ([source, compilation], [compilation, source]):
        brief = compile_brief(pl.concat(order), edition=edition(), on=ON)
        assert rows(brief.table("T9"))["MEX.DEPORT"][0] == "50"


def replace_id(rows_: pl.DataFrame) -> pl.DataFrame:
    return rows_.with_columns(DATASET=pl.lit("gdi_returns"))


def test_t9_says_that_returns_are_not_collected_when_there_are_none() -> None:
    assert "Not collected yet" in compiled(*by_code(PAN, "2023-08", {"VEN": 5})).table("T9").missing.en  # type: ignore[union-attr]


@pytest.mark.parametrize("id_", ["T6", "T7", "T8", "T10", "T11"])
def test_a_table_that_is_not_collected_says_so_and_what_it_will_hold(brief: Brief, id_: str) -> None:
    table = brief.table(id_)
    assert table.rows == ()
    assert table.missing is not None
    assert "Aquí se publicará" in table.missing.es


def test_true_mirrors_stand_as_not_collected(brief: Brief) -> None:
    found = rows(brief.table("TM"))
    assert len(found) == 12
    assert {sign for row in found.values() for sign in row} == {"n/c"}


def test_tables_stand_in_the_order_of_their_numbers(brief: Brief) -> None:
    assert [table.id for table in brief.tables] == [
        *("T1", "T2", "T3", "T3B", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "TM"),
    ]


def test_every_cell_has_an_address_of_its_own_and_every_caveat_a_note(brief: Brief) -> None:
    ids = [cell.id for table in brief.tables for row in table.rows for cell in row.cells]
    assert len(ids) == len(set(ids))
    for table in brief.tables:
        known = {note.id for note in table.notes}
        assert {caveat for row in table.rows for cell in row.cells for caveat in cell.caveats} <= known
        assert all(len(row.cells) == len(table.columns) for row in table.rows)


def test_what_is_not_public_at_its_source_or_not_registered_stays_out_and_is_named() -> None:
    brief = compiled(*by_code(PAN, "2023-08", {"VEN": 5}), of("CRI.DGME.permisos", "2023-08", 9))
    assert 9 not in {cell.value for cell in cells(brief).values()}
    assert any("CRI.DGME.permisos" in text.es for _, text in brief.methods)
